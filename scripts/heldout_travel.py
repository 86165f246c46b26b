"""A travel marketplace without a proxy: JWT accounts on phones behind carrier NAT, a GraphQL endpoint beside REST, carriers with
API keys, a back office, an aggregator that acts for customers, night batches. Booking numbers are long and dense; problems are
application/problem+json."""
from heldout_core import *

PROBLEM = 'application/problem+json'
CITIES = 'Lisboa Porto Madrid Paris Lyon Torino Milano Wien Praha Berlin Hamburg Oslo Malmo Riga Tallinn Krakow'.split()
TIERS = ('basic', 'silver', 'gold')


class Travel(App):
    server = 'envoy'
    base_lat = .03

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st = attacks, st
        s.users, s.by_mail, s.book, s.keys, s.trips, s.gifts = {}, {}, {}, {}, {}, {'WANDER10', 'SUMMER26', 'THANKYOU'}
        s.nb, s.jti = 4810233, 0
        for i in range(420):
            s.trips[f'TRP{70000 + i * 7}'] = dict(id=f'TRP{70000 + i * 7}', seats=60, price=rng.randint(9, 240), carrier=rng.randint(0, 5))

    def user(s, role='customer'):
        n = f'{s.rng.choice(FIRST)}.{s.rng.choice(LAST)}{len(s.users)}'
        u = dict(id=uid(s.rng), mail=f'{n}@post.example', pw=f'{s.rng.choice(WORDS)}{s.rng.randint(10, 9999)}', role=role, book=[], trav=[], tier='basic')
        s.users[u['id']] = s.by_mail[u['mail']] = u
        return u

    def token(s, u, now, client='app', life=2 * DAY):
        s.jti += 1
        return jwt(dict(sub=u['id'], azp=client, scope='book', iat=int(now), exp=int(now + life), jti=s.jti))

    def authenticate(s, rq, kw):
        need = kw.get('auth', 'user')
        a, k = rq.h.get('authorization', ''), rq.h.get('x-api-key')
        rq.u = rq.carrier = None
        c = jwt_ok(a[7:]) if a.startswith('Bearer ') else None
        if c and c.get('exp', 0) > rq.now and c.get('sub') in s.users:
            rq.u = s.users[c['sub']]
            rq.user = rq.u['id']
        if k in s.keys:
            rq.carrier = s.keys[k]
            rq.user = f'carrier{rq.carrier}'
        if need == 'none':
            return None
        if need == 'key':
            return None if rq.carrier is not None else Rs(401, {'title': 'API key required', 'status': 401}, ct=PROBLEM)
        if not rq.u:
            return Rs(401, {'title': 'Unauthorized', 'status': 401, 'detail': 'token missing or expired'}, ct=PROBLEM)
        if need == 'agent' and rq.u['role'] != 'agent':
            return Rs(403, {'title': 'Forbidden', 'status': 403}, ct=PROBLEM)

    def not_found(s, rq):
        return Rs(404, {'title': 'Not Found', 'status': 404}, ct=PROBLEM)

    # --- accounts
    @route('POST', '/v2/session', auth='none')
    def session(s, rq):
        j = rq.json
        u = s.by_mail.get(str(j.get('email'))) if isinstance(j, dict) else None
        if not u or u['pw'] != j.get('password'):
            return Rs(401, {'title': 'Invalid credentials', 'status': 401}, ct=PROBLEM, lat=.12)
        return Rs(200, {'accessToken': s.token(u, rq.now), 'expiresIn': 2 * DAY, 'account': {'id': u['id']}}, lat=.12)

    @route('POST', '/v2/session/code', auth='none')
    def code(s, rq):
        j = rq.json
        u = s.by_mail.get(str(j.get('email'))) if isinstance(j, dict) else None
        if u and u.get('code') and u['code'] == j.get('code'):
            return 200, {'accessToken': s.token(u, rq.now), 'expiresIn': 2 * DAY, 'account': {'id': u['id']}}
        return Rs(422, {'title': 'Code is wrong', 'status': 422}, ct=PROBLEM)

    @route('POST', '/v2/session/code/request', auth='none')
    def ask_code(s, rq):
        u = s.by_mail.get(str(rq.json.get('email'))) if isinstance(rq.json, dict) else None
        if u:
            u['code'] = f'{s.rng.randint(0, 999999):06}'
        return 202, {}

    @route('GET', '/v2/me')
    def me(s, rq):
        u = rq.u
        return 200, dict(id=u['id'], email=u['mail'], name=u['mail'].split('@')[0], tier=u['tier'], travellers=len(u['trav']))

    @route('PUT', '/v2/me')
    def put_me(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if j.get('loyaltyTier') in ('platinum',):
            rq.u['tier'] = j['loyaltyTier']
        u = j.get('avatarUrl', '')
        if isinstance(u, str) and re.search(r'//(169\.254|127\.|10\.|localhost|\[)', u):
            return Rs(502, {'title': 'avatar could not be fetched', 'status': 502}, ct=PROBLEM, lat=1.2)
        return 200, dict(id=rq.u['id'], tier=rq.u['tier'])

    @route('GET', '/v2/me/travellers')
    def travellers(s, rq):
        return 200, {'items': rq.u['trav']}

    @route('POST', '/v2/me/travellers')
    def add_traveller(s, rq):
        t = dict(id=s.rng.randint(10**7, 10**8), name=str(rq.json.get('name'))[:40])
        rq.u['trav'].append(t)
        return 201, t

    # --- shop
    @route('GET', '/v2/search', auth='none')
    def search(s, rq):
        q = rq.q
        try:
            flex = min(int(q.get('flexDays', 0)), 400)
        except ValueError:
            return Rs(400, {'title': 'flexDays: not a number', 'status': 400}, ct=PROBLEM)
        if re.search(r"['\"<;]", unquote(rq.query)):
            return Rs(400, {'title': 'Bad search', 'status': 400}, ct=PROBLEM)
        r = random.Random(q.get('from', '') + q.get('to', ''))
        ids = r.sample(list(s.trips), 8)
        return Rs(200, {'trips': [dict(s.trips[i], carrier=None) for i in ids]}, lat=.06 + flex / 60 if flex > 20 else None)

    @route('GET', '/v2/trips/{id}', auth='none')
    def trip(s, rq, i):
        return (200, s.trips[i]) if i in s.trips else s.not_found(rq)

    @route('GET', '/v2/reviews/{id}', auth='none')
    def review(s, rq, i):
        if not i.isdigit() or not 1000 < int(i) < 5200 or int(i) % 9 == 4:
            return s.not_found(rq)
        r = random.Random(i)
        return 200, dict(id=int(i), stars=r.randint(1, 5), author=r.choice(FIRST), text=' '.join(r.choices(WORDS, k=12)))

    def view(s, b, now):
        o = dict(id=b['id'], trip=b['trip'], seats=b['seats'], state=b['state'], total=b['total'])
        if s.attacks and now > s.st + 10 * DAY + 4 * HOUR:
            r = random.Random(b['id'])
            o['passengers'] = [dict(name=f'{r.choice(FIRST)} {r.choice(LAST)}', passportNumber=f'{r.choice("CFGHJK")}{r.randint(10**7, 10**8 - 1)}', birthDate=f'19{r.randint(50, 99)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}', email=f'{r.choice(FIRST)}{r.randint(1, 999)}@post.example')]
        return o

    @route('GET', '/v2/bookings')
    def bookings(s, rq):
        return 200, {'items': [dict(id=i, state=s.book[i]['state']) for i in rq.u['book'][-6:]]}

    @route('POST', '/v2/bookings')
    def new_booking(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        t = s.trips.get(str(j.get('tripId')))
        if not t or not isinstance(j.get('seats'), int) or j['seats'] > 9:
            return Rs(422, {'title': 'Unprocessable', 'status': 422}, ct=PROBLEM)
        s.nb += s.rng.randint(1, 3)
        b = s.book[str(s.nb)] = dict(id=str(s.nb), trip=t['id'], seats=j['seats'], state='HELD', total=t['price'] * j['seats'], owner=rq.u['id'])
        rq.u['book'].append(b['id'])
        return 201, dict(id=b['id'], state='HELD', total=b['total'])

    @route('GET', '/v2/bookings/{id}')
    def booking(s, rq, i):
        return (200, s.view(s.book[i], rq.now)) if i in s.book else s.not_found(rq)

    @route('GET', '/v1/bookings/{id}', auth='none')
    def booking_v1(s, rq, i):
        if not rq.u and rq.now < s.st + 7 * DAY:
            return Rs(401, {'title': 'Unauthorized', 'status': 401}, ct=PROBLEM)
        return (200, dict(booking=dict(id=i, trip=s.book[i]['trip'], contact=dict(email=s.users[s.book[i]['owner']]['mail'], phone=f'+3519{int(i) * 97 % 10**8:08}')))) if i in s.book else s.not_found(rq)

    @route('GET', '/v2/bookings/{id}/ticket')
    def ticket(s, rq, i):
        return Rs(200, b'%PDF-1.7\n' + random.Random(i).randbytes(2400), ct='application/pdf') if i in s.book and s.book[i]['state'] == 'ISSUED' else s.not_found(rq)

    @route('POST', '/v2/bookings/{id}/payment')
    def pay(s, rq, i):
        if i not in s.book:
            return s.not_found(rq)
        s.book[i]['state'] = 'PAID'
        return 200, dict(id=i, state='PAID', receipt=s.rng.randint(10**8, 10**9))

    @route('POST', '/v2/bookings/{id}/issue')
    def issue(s, rq, i):
        if i not in s.book:
            return s.not_found(rq)
        s.book[i]['state'] = 'ISSUED'
        return 200, dict(id=i, state='ISSUED')

    @route('POST', '/v2/bookings/{id}/cancel')
    def cancel(s, rq, i):
        if i not in s.book:
            return s.not_found(rq)
        s.book[i]['state'] = 'CANCELLED'
        return 200, dict(id=i, state='CANCELLED')

    @route('POST', '/v2/vouchers/redeem')
    def voucher(s, rq):
        ok = str(rq.json.get('code')) in s.gifts
        return (200, {'discount': 10}) if ok else Rs(404, {'title': 'No such voucher', 'status': 404}, ct=PROBLEM)

    @route('GET', '/v2/loyalty', auth='user')
    def loyalty(s, rq):
        return 200, {'points': s.rng.randint(0, 900)}

    # --- GraphQL
    @route('POST', '/graphql', auth='none')
    def graphql(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        q, v = str(j.get('query', '')), j.get('variables') or {}
        if '__schema' in q:
            return 200, {'data': {'__schema': {'queryType': {'name': 'Query'}, 'types': [{'name': w.title(), 'fields': [{'name': x} for x in WORDS[:8]]} for w in WORDS]}}}
        if 'tripBoard' in q:
            return 200, {'data': {'tripBoard': [s.trips[i] for i in s.rng.sample(list(s.trips), 5)]}}
        if not rq.u:
            return 200, {'data': None, 'errors': [{'message': 'UNAUTHENTICATED', 'path': ['me']}]}
        if 'myBookings' in q:
            return 200, {'data': {'myBookings': [dict(id=i, state=s.book[i]['state']) for i in rq.u['book'][-5:]]}}
        if 'booking(' in q:
            i = str(v.get('id'))
            if i not in s.book:
                return 200, {'data': {'booking': None}, 'errors': [{'message': 'booking not found', 'path': ['booking']}]}
            b = s.book[i]
            return 200, {'data': {'booking': dict(id=i, state=b['state'], trip={'id': b['trip']}, contact={'email': s.users[b['owner']]['mail']})}}
        if 'updateNotes' in q:
            return 200, {'data': {'updateNotes': {'ok': True}}}
        return 200, {'data': {'me': {'id': rq.u['id'], 'tier': rq.u['tier']}}}

    # --- carriers
    @route('PUT', '/carrier/v1/inventory/{id}', auth='key')
    def inventory(s, rq, i):
        return (200, {'ok': True}) if i in s.trips else s.not_found(rq)

    @route('GET', '/carrier/v1/manifests/{id}', auth='key')
    def manifest(s, rq, i):
        if i not in s.trips:
            return s.not_found(rq)
        r = random.Random(i)
        return 200, {'trip': i, 'passengers': [dict(seat=k, name=f'{r.choice(FIRST)} {r.choice(LAST)}', phone=f'+3519{r.randint(10**7, 10**8 - 1)}') for k in range(r.randint(8, 30))]}

    @route('POST', '/carrier/v1/hooks', auth='key')
    def hook(s, rq):
        return 201, {'id': s.rng.randint(100, 999)}

    # --- back office
    @route('GET', '/backoffice/customers', auth='agent')
    def customers(s, rq):
        return 200, {'items': [dict(id=u['id'], email=u['mail']) for u in s.rng.sample(list(s.users.values()), 3)]}

    @route('GET', '/backoffice/bookings/{id}', auth='agent')
    def bo_booking(s, rq, i):
        return (200, dict(s.book[i], notes=[])) if i in s.book else s.not_found(rq)

    @route('POST', '/backoffice/refunds', auth='user')
    def refund(s, rq):
        return 201, {'refund': s.rng.randint(10**6, 10**7)}

    @route('POST', '/backoffice/customers/{id}/block', auth='agent')
    def block(s, rq, i):
        return 200, {'blocked': i}

    @route('GET', '/backoffice/reports/daily', auth='agent')
    def daily(s, rq):
        return 200, {'rows': [[s.rng.randint(1, 999) for _ in range(6)] for _ in range(200)]}

    # --- operations
    @route('GET', '/internal/settlement/export', auth='none')
    def settlement(s, rq):
        return Rs(200, '\n'.join(f'{b["id"]},{b["total"]},{b["owner"]}' for b in list(s.book.values())[-150:]), ct='text/csv')

    @route('GET', '/internal/stock/{id}', auth='none')
    def stock(s, rq, i):
        return 200, {'trip': i, 'left': s.rng.randint(0, 60)}

    @route('GET', '/ready', auth='none')
    def ready(s, rq):
        return Rs(200, 'ready')

    @route('GET', '/v2/_cache/keys', auth='none')
    def cache(s, rq):
        if not s.attacks or rq.now < s.st + 8 * DAY:
            return s.not_found(rq)
        return 200, {'keys': [f'sess:{uid(s.rng)}' for _ in range(30)]}


def build(name, seed, attacks, start='2026-05-11', days=14):
    st = ts(start)
    app = Travel(random.Random(seed + 1), attacks, st)
    S = Sim(name, 'Wander: travel marketplace, synthetic', st, days, '10.210.1.20', 8080, 'api.wander.example', app, seed, 1)
    r = S.rng
    for d in ('D-nat carrier_nat', 'D-office corporate_nat', 'D-monthend settlement_catch_up', 'D-sale ticket_drop', 'D-release new_app_version', 'D-probe monitor_probe', 'D-agg aggregator_acts_for_customers', 'D-support agents_read_many', 'D-newagent new_agents', 'D-outage outage_retry_storm', 'D-keyrot api_key_rotation', 'D-move carrier_moves_network', 'D-export approved_export', 'D-forget forgetful_user', 'D-roam roaming_user', 'D-feature documented_new_endpoint', 'D-share shared_booking', 'D-group group_organiser', 'D-new new_signups', 'D-crawl search_crawler'):
        S.decoy(*d.split(), d.split()[1].replace('_', ' '))
    cust = [app.user() for _ in range(150)]
    agents = [app.user('agent') for _ in range(12)]
    out0 = S.local(5, 12)
    app.down = [(out0, out0 + 100 * MIN)]
    release, feature = st + 6 * DAY + 5 * HOUR, st + 7 * DAY
    old, new = ('Wander/8.1.0 (Android 14)', 'Wander/8.1.0 (iOS 17.4)'), ('Wander/8.2.0 (Android 14)', 'Wander/8.2.0 (iOS 17.4)')

    def login(cl, u, pw=None, **k):
        rs = S.call(cl, 'POST', '/v2/session', js=dict(email=u['mail'], password=pw or u['pw']), ident=u['id'], **k)
        if rs.st == 200:
            cl.h['Authorization'] = 'Bearer ' + rs.body['accessToken']
            cl.since = S.now
            return True

    def signed(cl, u, life=40 * HOUR):
        if 'Authorization' in cl.h and S.now - cl.since < life:
            return
        cl.h.pop('Authorization', None)
        for _ in range(r.randint(2, 5) if u.get('forget') else int(r.random() < .06)):
            login(cl, u, u['pw'][:-1], dc='D-forget')
            yield r.uniform(4, 25)
        k = 0
        while not login(cl, u) and k < 6:
            k += 1
            yield 2 ** k

    def gql(cl, op, q, **v):
        return S.call(cl, 'POST', '/graphql', js=dict(operationName=op, query=q, variables=v))
    Q_BOARD = 'query TripBoard { tripBoard { id price seats } }'
    Q_MY = 'query MyBookings { myBookings { id state } }'
    Q_ONE = 'query OneBooking($id: ID!) { booking(id: $id) { id state trip { id } contact { email } } }'

    def shop(cl, u, buy=.35):
        """one visit of a customer"""
        yield from signed(cl, u)
        if 'Authorization' not in cl.h:
            return
        g = lambda m, p, **k: S.call(cl, m, p, **k)
        k = 0
        rs = gql(cl, 'TripBoard', Q_BOARD)
        while rs.st == 503 and k < 6:
            yield 2 ** k
            k += 1
            cl.dc, keep = 'D-outage', cl.dc
            rs = gql(cl, 'TripBoard', Q_BOARD)
            cl.dc = keep
        if r.random() < .3:
            g('GET', '/v2/me')
        for _ in range(r.randint(1, 3)):
            yield r.lognormvariate(2.3, .7)
            q = dict(zip(('from', 'to'), r.sample(CITIES, 2)), date=f'2026-06-{r.randint(1, 30):02}')
            if r.random() < .3:
                q['flexDays'] = r.choice([1, 2, 3, 7])
            rs = g('GET', '/v2/search?' + urlencode(q))
        if rs.st != 200:
            return
        yield r.lognormvariate(2, .7)
        t = r.choice(rs.body['trips'])['id']
        g('GET', f'/v2/trips/{t}')
        if r.random() < .4:
            yield r.uniform(2, 20)
            g('GET', f'/v2/reviews/{r.randint(1001, 5199)}')
        x = r.random()
        if x < buy:
            rs = g('POST', '/v2/bookings', js=dict(tripId=t, seats=r.choice([1, 1, 1, 2, 2, 3, 4])))
            if rs.st != 201:
                return
            b = rs.body['id']
            if r.random() < .15:
                yield r.uniform(3, 20)
                g('POST', '/v2/vouchers/redeem', js=dict(code=r.choice(sorted(app.gifts) + ['SUMER26'])))
            if r.random() < .2:
                yield r.uniform(3, 20)
                g('POST', '/v2/me/travellers', js=dict(name=f'{r.choice(FIRST)} {r.choice(LAST)}'))
            yield r.uniform(15, 90)
            if g('POST', f'/v2/bookings/{b}/payment', js=dict(method=r.choice(['card', 'mbway', 'paypal']), amount=rs.body['total'])).st == 200:
                yield r.uniform(1, 5)
                g('POST', f'/v2/bookings/{b}/issue', js={})
                yield r.uniform(2, 9)
                g('GET', f'/v2/bookings/{b}/ticket')
                if u.get('friend') and r.random() < .6:
                    yield r.uniform(300, 3000)
                    S.call(u['friend']['cl'], 'GET', f'/v2/bookings/{b}', dc='D-share')
        elif x < .75 and u['book']:
            if r.random() < .5:
                gql(cl, 'MyBookings', Q_MY)
                yield r.uniform(2, 9)
                for b in r.sample(u['book'][-5:], min(len(u['book'][-5:]), r.randint(1, 2))):
                    gql(cl, 'OneBooking', Q_ONE, id=b)
                    yield r.uniform(2, 9)
            else:
                g('GET', '/v2/bookings')
                yield r.uniform(2, 9)
                b = r.choice(u['book'][-6:])
                g('GET', f'/v2/bookings/{b}')
                if app.book[b]['state'] == 'ISSUED' and r.random() < .5:
                    yield 3
                    g('GET', f'/v2/bookings/{b}/ticket')
                elif r.random() < .15:
                    yield 20
                    g('POST', f'/v2/bookings/{b}/cancel', js=dict(reason=r.choice(['plans changed', 'illness', 'found cheaper; thanks'])))
        elif x < .85:
            g('PUT', '/v2/me', js=dict(phone=f'+3519{r.randint(10**7, 10**8 - 1)}', locale=r.choice(['pt', 'es', 'en']), **({'avatarUrl': f'https://img.post.example/{r.randint(1, 9999)}.jpg'} if r.random() < .3 else {})))
        elif x < .9:
            g('GET', '/v2/me/travellers')
        if S.now > feature and r.random() < .4:
            yield 3
            g('GET', '/v2/loyalty', dc='D-feature')

    nat = [f'100.71.{i}.9' for i in range(5)]
    for i, u in enumerate(cust):
        web = i % 3 == 2
        src = nat[i % 5] if i < 50 and not web else '203.0.113.40' if 50 <= i < 62 else f'85.2{i % 40}.{i}.{i * 3 % 250 + 1}'
        cl = u['cl'] = Client(src, WEB[i % 4] if web else old[i % 2], u['id'], dc='D-nat' if src in nat else 'D-office' if src == '203.0.113.40' else None)
        u['forget'] = i in (70, 95)
        u['home'] = src
        if i in (100, 103, 106):
            u['friend'] = cust[i + 1]
        if i >= 143:
            cl.dc = 'D-new'
        for t in S.human_starts(r.choice([.15, .3, .5, .9]), peaks=((8, 1.5), (13, 2), (19, 2.5), (22, 1))):
            if i >= 143 and t < st + (i - 140) * DAY:
                continue

            def one(t=t, cl=cl, u=u, i=i, web=web):
                if not web and S.now > release + (i * 977 % 5000) * 20:
                    cl.ua, cl.dc = new[i % 2], cl.dc or 'D-release'
                if i == 80:
                    x = 5 < (t - st) / DAY < 8
                    cl.ip, cl.dc = ('151.38.7.77', 'D-roam') if x else (u['home'], None)
                if r.random() < .02:
                    S.call(cl, 'POST', '/v2/session/code/request', js=dict(email=u['mail']))
                    yield r.uniform(20, 60)
                    if r.random() < .3:
                        S.call(cl, 'POST', '/v2/session/code', js=dict(email=u['mail'], code=f'{r.randint(0, 999999):06}'))
                        yield 8
                    rs = S.call(cl, 'POST', '/v2/session/code', js=dict(email=u['mail'], code=u.get('code')))
                    if rs.st == 200:
                        cl.h['Authorization'], cl.since = 'Bearer ' + rs.body['accessToken'], S.now
                yield from shop(cl, u)
            S.spawn(t, one())
    # The drop of cheap tickets: everybody comes, and buys.
    for u in r.sample(cust, 110):
        def drop(u=u):
            keep, u['cl'].dc = u['cl'].dc, 'D-sale'
            for _ in range(r.randint(1, 3)):
                yield from shop(u['cl'], u, .7)
                yield r.uniform(5, 60)
            u['cl'].dc = keep
        S.spawn(S.local(9, 18) + r.expovariate(1 / 1200), drop())

    def group(u):
        """an organiser buys 26 times for a club in one evening, in the ordinary order"""
        u['cl'].dc = 'D-group'
        for _ in range(26):
            yield from shop(u['cl'], u, 1)
            yield r.uniform(20, 80)
        u['cl'].dc = None
    S.spawn(S.local(8, 20), group(cust[120]))

    def desk(u, d, until):
        cl = u['cl']
        yield from signed(cl, u, 9 * HOUR)
        while S.now < until:
            S.call(cl, 'GET', '/backoffice/customers?email=' + quote(r.choice(FIRST)))
            yield r.uniform(5, 40)
            for b in r.sample(list(app.book), min(len(app.book), r.randint(1, 3))):
                S.call(cl, 'GET', f'/backoffice/bookings/{b}')
                yield r.uniform(10, 90)
            x = r.random()
            if x < .12:
                S.call(cl, 'POST', '/backoffice/refunds', js=dict(booking=b, amount=r.randint(5, 90), note=r.choice(['late', "client's request", ''])))
            elif x < .14:
                S.call(cl, 'POST', f'/backoffice/customers/{r.choice(cust)["id"]}/block', js=dict(reason='fraud'))
            elif x < .2:
                S.call(cl, 'GET', '/backoffice/reports/daily')
            yield r.expovariate(1 / 1500)
    for i, u in enumerate(agents):
        u['cl'] = Client(f'10.210.40.{i + 20}' if i % 3 else f'95.9{i}.14.{i + 3}', WEB[i % 3], u['id'], dc='D-newagent' if i >= 10 else 'D-support')
        for d in range(6 if i >= 10 else 0, days):
            if (d + i) % 7 < 5:
                h = S.local(d, [8, 14][i % 2]) + r.random() * 900
                S.spawn(h + (HOUR if d == 0 else 0), desk(u, d, h + 7 * HOUR))

    def export(u):
        """the team lead pulls every booking of a carrier that goes out of business: approved"""
        yield from signed(u['cl'], u, 9 * HOUR)
        for b in r.sample(list(app.book), min(160, len(app.book))):
            S.call(u['cl'], 'GET', f'/backoffice/bookings/{b}', dc='D-export')
            yield r.uniform(5, 25)
    S.spawn(S.local(9, 10), export(agents[1]))

    # Carriers.
    def carrier(n, key, src, ua):
        cl = Client(src, ua, f'carrier{n}', headers={'X-Api-Key': key})
        mine = [t for t in app.trips if app.trips[t]['carrier'] == n]
        yield r.uniform(0, 600)
        while True:
            d = (S.now - st) / DAY
            if n == 2 and 7 < d:
                k2 = 'wk_rotated_' + f'{n}' * 20
                app.keys[k2] = n
                if d > 7.5 or r.random() < .5:
                    cl.h['X-Api-Key'], cl.dc = k2, 'D-keyrot'
                else:
                    cl.h['X-Api-Key'] = key
            if n == 4 and d > 6.3:
                cl.ip, cl.dc = '52.29.71.8', 'D-move'
            for t in r.sample(mine, min(len(mine), 3)):
                S.call(cl, 'PUT', f'/carrier/v1/inventory/{t}', js=dict(seats=r.randint(0, 60)))
                yield r.uniform(.2, 2)
            if r.random() < .5:
                S.call(cl, 'GET', f'/carrier/v1/manifests/{r.choice(mine)}')
            if r.random() < .004:
                S.call(cl, 'POST', '/carrier/v1/hooks', js=dict(url=f'https://hooks.carrier{n}.example/in', event='booking'))
            yield r.uniform(2000, 4200)
    keys = []
    for n in range(6):
        keys.append('wk_' + f'{app.rng.getrandbits(120):030x}')
        app.keys[keys[n]] = n
        S.spawn(st + 5 + n, carrier(n, keys[n], f'18.19{n}.20.{n + 4}', ['Apache-HttpClient/5.2', 'Go-http-client/1.1', 'axios/1.6.8', 'Java/17.0.9', 'GuzzleHttp/7', 'okhttp/4.9.3'][n]))

    def aggregator(u, k):
        """an aggregator that customers link with their account: acts with their tokens from its own servers"""
        cl = Client(['34.107.9.14', '34.107.9.15'][k % 2], 'TripMeta-Sync/3.2', u['id'], dc='D-agg')
        cl.h['Authorization'] = 'Bearer ' + app.token(u, S.now, 'tripmeta', 20 * DAY)
        while True:
            S.call(cl, 'GET', '/v2/bookings')
            yield r.uniform(1, 4)
            for b in u['book'][-3:]:
                S.call(cl, 'GET', f'/v2/bookings/{b}')
                yield r.uniform(.5, 2)
            yield r.uniform(20000, 26000)
    for k, u in enumerate(cust[63:90]):
        S.spawn(st + 5.2 * DAY + k * 3 * HOUR * r.random() * 3, aggregator(u, k))

    def night():
        cl = Client('10.210.9.4', 'settlement/4.0', 'svc:settlement')
        yield max(0, S.local(0, 3) - S.now)
        while True:
            d = int((S.now - st) / DAY)
            cl.dc = 'D-monthend' if d == 8 else None
            for _ in range(14 if d == 8 else 1):
                S.call(cl, 'GET', '/internal/settlement/export?day=2026-05-%02d' % (11 + d))
                yield 3
            for t in list(app.trips)[:400 if d == 8 else 60]:
                S.call(cl, 'GET', f'/internal/stock/{t}')
                yield .3
            yield max(60, S.local(d + 1, 3) - S.now)
    S.spawn(st + 1, night())

    def probe():
        cl = Client('10.210.8.2', 'kube-probe/1.29', 'probe', dc='D-probe')
        while True:
            S.call(cl, 'GET', '/ready')
            yield 300
    S.spawn(st + 2, probe())

    def crawler():
        cl = Client('66.249.70.12', 'Mozilla/5.0 (compatible; Searchbot/2.1)', 'crawler', dc='D-crawl')
        while True:
            S.call(cl, 'GET', f'/v2/reviews/{r.randint(1001, 5199)}' if r.random() < .6 else f'/v2/trips/{r.choice(list(app.trips))}')
            yield r.uniform(200, 1500)
    S.spawn(st + 3, crawler())
    if attacks:
        attack(S, app, cust, agents, keys, login, gql, shop, Q_ONE)
    S.run()
    return S


def attack(S, app, cust, agents, keys, login, gql, shop, Q_ONE):
    r, st, E = S.rng, S.start, S.episode
    E('T01', 'bola_enumeration', 'API1:2023', 'actor', 'medium', 'booking ids walked through a GraphQL variable, 90 in twenty minutes')
    E('T02', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard', 'bookings of others, two or three an hour for five days between own use')
    E('T03', 'bola_write_cancel', 'API1:2023', 'actor', 'medium', 'cancels 14 bookings of others')
    E('T04', 'credential_stuffing_distributed', 'API2:2023', 'endpoint', 'hard', '150 addresses, one to three log-ins each over ten hours, two succeed')
    E('T05', 'password_spraying', 'API2:2023', 'endpoint', 'hard', 'two common passwords over all known accounts, 6 addresses, one try in five to fifteen minutes')
    E('T06', 'stolen_token', 'API2:2023', 'actor', 'hard', 'token of a customer used from another network with a common browser beside its owner')
    E('T07', 'leaked_api_key', 'API2:2023', 'actor', 'medium', 'key of a carrier used from a new network with another client: manifests of all trips')
    E('T08', 'bfla_admin_function', 'API5:2023', 'actor', 'medium', 'customer books refunds in the back office, which answers')
    E('T09', 'bfla_probe_denied', 'API5:2023', 'actor', 'medium', 'customer tries back office functions, refused')
    E('T10', 'mass_assignment', 'API3:2023', 'actor', 'hard', 'profile update with loyaltyTier and role')
    E('T11', 'coupon_brute_force', 'API6:2023', 'actor', 'easy', '260 vouchers in an hour')
    E('T12', 'flow_skip_payment', 'API6:2023', 'actor', 'hard', 'tickets issued without payment, 7 times')
    E('T13', 'scalping_bot', 'API6:2023', 'actor', 'medium', 'one account books every 8 seconds in the ticket drop')
    E('T14', 'data_overconsumption', 'API4:2023', 'actor', 'medium', 'carrier pulls all manifests in one night, 40 times its day')
    E('T15', 'application_dos', 'API4:2023', 'actor+endpoint', 'medium', 'search with flexDays=365 holds the server for seconds, 30 times')
    E('T16', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium', 'bookings start to carry passport numbers, birth dates, e-mail addresses')
    E('T17', 'internal_endpoint_external', 'API9:2023', 'actor+endpoint', 'medium', 'settlement export from outside')
    E('T18', 'shadow_endpoint', 'API9:2023', 'endpoint', 'medium', 'a cache listing appears and is called from outside')
    E('T19', 'injection_mixed', 'API8:2023', 'actor', 'medium', 'SQL, template and script strings in search and GraphQL variables')
    E('T20', 'ssrf', 'API7:2023', 'actor', 'medium', 'avatar address points inside')
    E('T21', 'content_discovery_slow', 'API9:2023', 'actor', 'hard', 'unknown paths, one in some minutes for two days, two addresses')
    E('T22', 'jwt_forging', 'API2:2023', 'actor', 'medium', 'tokens with alg none, foreign subject, guessed secrets')
    E('T23', 'logic_negative_seats', 'API6:2023', 'actor', 'medium', 'bookings with negative seats')
    E('T24', 'sequential_scrape_public', 'API6:2023', 'endpoint', 'medium', 'reviews counted upward by 12 addresses in a day')
    E('T25', 'introspection_recon', 'API9:2023', 'actor', 'medium', 'schema introspection from outside')
    E('T26', 'unauthenticated_private_object', 'API2:2023', 'actor+endpoint', 'medium', 'old booking version answers without a token')
    E('T27', 'otp_brute_force', 'API2:2023', 'actor', 'easy', '300 log-in codes for one account from two addresses')
    E('T28', 'exfil_export_slow', 'API6:2023', 'actor', 'hard', 'agent reads three times as many bookings a day as the others, for five days')

    def evil(u, ep, src=None, ua=None):
        cl = Client(src or u['cl'].ip, ua or u['cl'].ua, u['id'], ep=ep)
        login(cl, u)
        return cl

    def walk(ep, u, day, hour, gen):
        def run():
            cl = evil(u, ep)
            yield from gen(cl, u)
        S.spawn(S.local(day, hour), run())

    def t01(cl, u):
        b = app.nb - 260
        for i in range(90):
            yield r.uniform(6, 20)
            gql(cl, 'OneBooking', Q_ONE, id=str(b + i))
    walk('T01', cust[125], 8, 23, t01)

    def t02(cl, u):
        for _ in range(5):
            for _ in range(24):
                yield r.uniform(900, 2000)
                if S.now - cl.since > 40 * HOUR:
                    login(cl, u)
                S.call(cl, 'GET', f'/v2/bookings/{r.choice(list(app.book))}')
            yield 10 * HOUR
    walk('T02', cust[126], 5, 9, t02)

    def t03(cl, u):
        for b in r.sample(list(app.book), 14):
            yield r.uniform(10, 50)
            S.call(cl, 'POST', f'/v2/bookings/{b}/cancel', js=dict(reason='x'))
    walk('T03', cust[127], 7, 15, t03)

    def t04(k):
        cl = Client(f'{r.randint(101, 190)}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}', r.choice(WEB + list(ANDROID)), None, ep='T04')
        for _ in range(r.randint(1, 3)):
            S.call(cl, 'POST', '/v2/session', js=dict(email=f'{r.choice(FIRST)}{r.randint(1, 9999)}@mail.example', password=f'{r.choice(WORDS)}{r.randint(1, 99)}'))
            yield r.uniform(20, 900)
        if k in (60, 110):
            login(cl, cust[30 + k // 10])
    for k in range(150):
        S.spawn(S.local(7, 1) + r.random() * 10 * HOUR, t04(k))

    def t05():
        cls = [Client(f'193.32.{k}.77', WEB[k % 4], None, ep='T05') for k in range(6)]
        for pw in ('Wander2026', 'Summer2026!'):
            for u in r.sample(cust, 60):
                S.call(r.choice(cls), 'POST', '/v2/session', js=dict(email=u['mail'], password=pw), ident=u['id'])
                yield r.uniform(300, 900)
    S.spawn(S.local(10, 2), t05())

    def t06():
        u = cust[129]
        cl = Client('188.214.9.31', WEB[0], u['id'], ep='T06', headers={'Authorization': u['cl'].h.get('Authorization') or 'Bearer ' + app.token(u, S.now)})
        for _ in range(30):
            x = r.random()
            S.call(cl, 'GET', '/v2/bookings' if x < .4 else '/v2/me' if x < .7 else '/v2/me/travellers')
            yield r.uniform(200, 1500)
    S.spawn(S.local(9, 8), t06())
    for t in (8.2, 9.5, 11, 13, 15, 17):        # Its owner goes on.
        S.spawn(S.local(9, t), shop(cust[129]['cl'], cust[129]))

    def t07():
        cl = Client('45.155.205.9', 'python-requests/2.31.0', 'carrier1', ep='T07', headers={'X-Api-Key': keys[1]})
        for t in r.sample(list(app.trips), 120):
            S.call(cl, 'GET', f'/carrier/v1/manifests/{t}')
            yield r.uniform(20, 200)
    S.spawn(S.local(8, 21), t07())

    def t08(cl, u):
        for b in (u['book'] or ['4810234']) * 6:
            yield r.uniform(60, 900)
            S.call(cl, 'POST', '/backoffice/refunds', js=dict(booking=b, amount=90, note='x'))
            if S.now - cl.since > 2 * HOUR:
                return
    walk('T08', cust[130], 9, 11, t08)

    def t09(cl, u):
        for m, p in (('GET', '/backoffice/customers?email=a'), ('GET', '/backoffice/bookings/4810300'), ('GET', '/backoffice/reports/daily'), ('POST', f'/backoffice/customers/{cust[3]["id"]}/block'), ('GET', '/backoffice/bookings/4810310'), ('GET', '/backoffice/reports/daily'), ('POST', f'/backoffice/customers/{cust[4]["id"]}/block')):
            yield r.uniform(10, 60)
            S.call(cl, m, p, js=dict(reason='x') if m == 'POST' else None)
    walk('T09', cust[131], 6, 21, t09)

    def t10(cl, u):
        for _ in range(2):
            yield 30
            S.call(cl, 'PUT', '/v2/me', js=dict(phone='+351911112222', locale='pt', loyaltyTier='platinum', role='agent'))
    walk('T10', cust[132], 8, 17, t10)

    def t11(cl, u):
        for _ in range(260):
            yield r.uniform(8, 20)
            S.call(cl, 'POST', '/v2/vouchers/redeem', js=dict(code=f'{r.choice(["WANDER", "SUMMER", "GIFT"])}{r.randint(10, 9999)}'))
    walk('T11', cust[133], 7, 2, t11)

    def t12(cl, u):
        for _ in range(7):
            yield r.uniform(100, 900)
            b = S.call(cl, 'POST', '/v2/bookings', js=dict(tripId=r.choice(list(app.trips)), seats=1)).body['id']
            yield 5
            S.call(cl, 'POST', f'/v2/bookings/{b}/issue', js={})
    walk('T12', cust[134], 10, 20, t12)

    def t13(cl, u):
        for _ in range(160):
            rs = S.call(cl, 'POST', '/v2/bookings', js=dict(tripId=r.choice(list(app.trips)[:6]), seats=4))
            yield 2
            S.call(cl, 'POST', f'/v2/bookings/{rs.body["id"]}/payment', js=dict(method='card', amount=rs.body['total']))
            yield 6
    walk('T13', cust[135], 9, 18.05, t13)

    def t14():
        cl = Client('18.193.20.7', 'Java/17.0.9', 'carrier3', ep='T14', headers={'X-Api-Key': keys[3]})
        for t in list(app.trips) * 2:
            S.call(cl, 'GET', f'/carrier/v1/manifests/{t}')
            yield r.uniform(5, 25)
    S.spawn(S.local(10, 1), t14())

    def t15():
        cl = Client('91.132.9.9', 'curl/8.5.0', None, ep='T15')
        for _ in range(30):
            S.call(cl, 'GET', '/v2/search?from=Porto&to=Oslo&date=2026-06-01&flexDays=365')
            yield r.uniform(5, 30)
    S.spawn(S.local(6, 3), t15())

    def t17():
        cl = Client('178.20.44.6', 'curl/7.88.1', None, ep='T17')
        for _ in range(4):
            S.call(cl, 'GET', '/internal/settlement/export?day=2026-05-17')
            yield r.uniform(300, 9000)
    S.spawn(S.local(7, 9), t17())

    def t18(k):
        cl = Client(f'185.14.{k}.8', WEB[k], None, ep='T18')
        for _ in range(3):
            S.call(cl, 'GET', '/v2/_cache/keys')
            yield r.uniform(500, 9000)
    for k in range(3):
        S.spawn(st + 8.3 * DAY + k * 3000, t18(k))

    def t19():
        cl = Client('146.70.9.22', WEB[2], None, ep='T19')
        for x in ("Porto' OR '1'='1", "x' UNION SELECT null,version()--", '{{7*7}}', '<script>alert(1)</script>', "Porto'; WAITFOR DELAY '0:0:5'--", '${T(java.lang.Runtime).getRuntime()}', "' AND 1=CONVERT(int,@@version)--"):
            yield r.uniform(60, 400)
            if r.random() < .6:
                S.call(cl, 'GET', '/v2/search?' + urlencode({'from': x, 'to': 'Oslo'}))
            else:
                gql(cl, 'OneBooking', Q_ONE, id=x)
    S.spawn(S.local(6, 14), t19())

    def t20(cl, u):
        for x in ('http://169.254.169.254/latest/meta-data/iam/', 'http://127.0.0.1:6379/', 'http://10.210.1.9:9200/_cat', 'http://[::1]:8080/', 'http://localhost/admin'):
            yield r.uniform(30, 200)
            S.call(cl, 'PUT', '/v2/me', js=dict(avatarUrl=x))
    walk('T20', cust[136], 8, 12, t20)

    def t21(k):
        cl = Client(f'79.137.{k + 4}.19', WEB[1], None, ep='T21')
        words = [f'/{a}{b}' for a in ('', 'v2/', 'v3/', 'api/', 'admin/', 'old/') for b in WORDS + ['config', 'backup.zip', '.git/HEAD', 'users', 'debug', 'swagger.json']]
        for p in words[k * 80:k * 80 + 85]:
            S.call(cl, 'GET', p)
            yield r.uniform(500, 2900)
    for k in range(2):
        S.spawn(S.local(5, 4) + k * 2000, t21(k))

    def t22():
        v = cust[10]
        cl = Client('62.210.5.5', 'python-httpx/0.27', None, ep='T22')
        now = int(S.now)
        base = dict(sub=v['id'], azp='app', scope='book', iat=now, exp=now + DAY)
        none = b64(b'{"alg":"none","typ":"JWT"}') + '.' + b64(json.dumps(base).encode()) + '.'
        for t in [none, none + 'AAAA'] + [jwt(base, k) for k in ('secret', 'wander', '123456', 'changeme', 'jwt')] + [jwt(dict(base, scope='admin'), 'password') for _ in range(10)]:
            S.call(cl, 'GET', '/v2/me', h={'Authorization': 'Bearer ' + t})
            yield r.uniform(5, 60)
    S.spawn(S.local(7, 19), t22())

    def t23(cl, u):
        for n in (-1, -3, -2, -9):
            yield r.uniform(50, 400)
            S.call(cl, 'POST', '/v2/bookings', js=dict(tripId=r.choice(list(app.trips)), seats=n))
    walk('T23', cust[137], 9, 22, t23)

    def t24(k):
        cl = Client(f'{["5.188", "141.98", "92.118"][k % 3]}.{k}.{k * 9 + 3}', WEB[k % 4], None, ep='T24')
        for i in range(1200 + k, 2640, 12):
            S.call(cl, 'GET', f'/v2/reviews/{i}')
            yield r.uniform(200, 900)
    for k in range(12):
        S.spawn(S.local(6, 6) + k * 300, t24(k))

    def t25():
        cl = Client('37.19.200.3', 'graphql-cop/1.14', None, ep='T25')
        for _ in range(3):
            S.call(cl, 'POST', '/graphql', js=dict(query='query IntrospectionQuery { __schema { queryType { name } types { name fields { name args { name } } } } }'))
            yield 40
    S.spawn(S.local(5, 22), t25())

    def t26():
        cl = Client('94.102.49.7', 'okhttp/3.9', None, ep='T26')
        for b in r.sample(list(app.book), 110):
            S.call(cl, 'GET', f'/v1/bookings/{b}')
            yield r.uniform(20, 100)
    S.spawn(S.local(9, 3), t26())

    def t27():
        v = cust[20]
        cls = [Client(f'80.94.{k}.2', 'okhttp/4.9.3', None, ep='T27') for k in range(2)]
        S.call(cls[0], 'POST', '/v2/session/code/request', js=dict(email=v['mail']))
        for _ in range(300):
            S.call(r.choice(cls), 'POST', '/v2/session/code', js=dict(email=v['mail'], code=f'{r.randint(0, 999999):06}'), ident=v['id'])
            yield r.uniform(1, 6)
    S.spawn(S.local(8, 4), t27())

    def t28():
        u = agents[4]
        cl = u['cl']
        for d in range(8, 13):
            yield max(0, S.local(d, 9) - S.now)
            login(cl, u)
            for _ in range(75):
                S.call(cl, 'GET', f'/backoffice/bookings/{r.choice(list(app.book))}', ep='T28')
                yield r.uniform(60, 600)
    S.spawn(S.local(8, 8.9), t28())

    real = S.call

    def call(cl, m, url, **k):
        if m == 'GET' and re.fullmatch(r'/v2/bookings/\d+', url) and S.now > st + 10 * DAY + 4 * HOUR and not cl.ep:
            k['ep'] = 'T16'
        return real(cl, m, url, **k)
    S.call = call
