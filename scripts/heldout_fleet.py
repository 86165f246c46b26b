"""A smart-home and vehicle-fleet IoT platform (Go: gin behind a gRPC-gateway like JSON REST): devices by serial number and MAC,
per-device tokens, opaque OAuth access tokens (1 h) with rotating refresh tokens, households with roles, vehicles, trips, clips by
signed URLs, installers by X-API-Key, a support console and an admin API. Errors {"code":5,"message":..,"details":[]}; some refusals
are 200 {"ok":false,"error":"forbidden"}. UUIDv7 ids and sequential ints; IPv4 and IPv6, no proxy."""
from heldout_core import *

CODE = {3: 400, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 12: 501, 13: 500, 14: 503, 16: 401}
GIVEN = 'astrid bjorn cilla daan elin frida gustav hanna ivo jonas karla lars maja nils oda piet rikke sven tuva ulla viggo wim ylva anouk bram carmen dirk eva finn greta henk ilse jan kees lotte mats noor olle petra rens saskia tess'.split()
FAM = 'lindqvist berg dahl ekman falk holm jansen koster lund meijer nyberg olsen peeters quist rask sandberg toft visser winter aalto bakker claes devos engel frost gran hagen'.split()
MODELS = {'LC': 'cam-3', 'LL': 'lock-2', 'LT': 'thermo-1', 'LH': 'hub-4', 'LV': 'tracker-2', 'LS': 'sensor-1'}
OUI = {'LC': 'A4:CF:12', 'LL': 'A4:CF:12', 'LT': '7C:9E:BD', 'LH': '7C:9E:BD', 'LV': '34:94:54', 'LS': '34:94:54'}
CITIES = ['Oslo', 'Malmo', 'Utrecht', 'Gent', 'Aarhus', 'Turku', 'Bergen', 'Breda']
KINDS = ['motion', 'door', 'temp', 'arm', 'battery']
SECRET = 'lumen123'                 # of the live-view tokens; weak on purpose
TILEKEY = 'pk.lf_7d1c2'


def uuid7(r, t): ms = int(t * 1000); h = f'{ms & (1 << 48) - 1:012x}'; return f'{h[:8]}-{h[8:12]}-7{r.getrandbits(12):03x}-{r.choice("89ab")}{r.getrandbits(12):03x}-{r.getrandbits(48):012x}'


class Err(Exception):
    def __init__(s, code, msg, details=None): s.rs = Rs(CODE[code], {'code': code, 'message': msg, 'details': details or []})


def FORB(why='forbidden'): return Rs(200, {'ok': False, 'error': why})


class Fleet(App):
    server = 'lumen-gateway'; base_lat = .014
    def __init__(s, rng, growth_from, release):
        super().__init__(rng); s.growth_from, s.release = growth_from, release; s.users, s.byid, s.byphone, s.acc, s.ref, s.chal = {}, {}, {}, {}, {}, {}; s.hh, s.dev, s.bymac, s.dtok, s.veh, s.trips, s.keys = {}, {}, {}, {}, {}, {}, {}
        s.codes, s.claims, s.invites, s.cmds, s.hooks, s.subs, s.exports, s.tickets, s.clips, s.jobs = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}
        s.nacct, s.ntrip, s.ncmd, s.nexp, s.ntick, s.nthumb, s.njob, s.ninv = 104200, 881200, 3310400, 7120, 45010, 620400, 2300, 90310
        s.ndev = dict(LC=20114, LL=7310, LT=11902, LH=15023, LV=30077, LS=51240); s.pair = 481200; s.offer = dict(id=17, title='Camera upgrade voucher', opens=None, left=40, by={})
        s.promo = {'SUMMER26': 20, 'FLEET10': 10, 'HELLO5': 5, 'LUMENVIP-8842': 50, 'NORDIC15': 15}; s.refcodes = {}
    # --- state
    def user(s, email, pw, name, phone, role='user', at=None, mfa=False, parent=None):
        s.nacct += s.rng.randint(1, 3)
        u = dict(id=uuid7(s.rng, at or ts('2024-01-01') + s.rng.random() * 800 * DAY), no=s.nacct, email=email, pw=pw, name=name, phone=phone, role=role, mfa=mfa, parent=parent, plan='basic', hh=[], lang='en', units='metric', credit=0, refcode=f'{name.split()[0].upper()[:5]}{s.nacct % 1000}')
        s.users[email], s.byid[u['id']] = u, u
        if phone: s.byphone[phone] = u
        s.refcodes[u['refcode']] = u; return u
    def household(s, u, name, city, at=None):
        h = dict(id=uuid7(s.rng, at or ts('2024-06-01') + s.rng.random() * 600 * DAY), name=name, city=city, address=f'{s.rng.randint(1, 140)} {s.rng.choice(WORDS).title()}gata', owner=u['id'], members={u['id']: 'owner'}, devices=[], vehicles=[], pin=f'{s.rng.randint(0, 9999):04}')
        s.hh[h['id']] = h; u['hh'].append(h['id']); return h
    def join(s, u, h, role):
        h['members'][u['id']] = role
        if h['id'] not in u['hh']: u['hh'].append(h['id'])
    def device(s, kind, h=None):
        s.ndev[kind] += s.rng.randint(1, 4); n = s.ndev[kind]
        d = dict(serial=f'{kind}26{n:06}', mac=f'{OUI[kind]}:{n >> 16 & 255:02X}:{n >> 8 & 255:02X}:{n & 255:02X}', kind=kind, model=MODELS[kind], hh=h and h['id'], name=f'{s.rng.choice(["Front", "Garage", "Hall", "Garden", "Kitchen", "Attic"])} {MODELS[kind].split("-")[0]}', token='dt_' + s.rng.randbytes(18).hex(), fw='4.2.1', q=[], clips=[], seen=0)
        s.dev[d['serial']] = s.bymac[d['mac']] = s.dtok[d['token']] = d
        if h: h['devices'].append(d['serial'])
        return d
    def vehicle(s, h, plate):
        d = s.device('LV', h); v = dict(id=5200 + len(s.veh) * 3 + s.rng.randint(0, 2), hh=h['id'], plate=plate, tracker=d['serial'], lat=55 + s.rng.random() * 6, lon=5 + s.rng.random() * 18, odo=s.rng.randint(2000, 160000), trips=[])
        s.veh[v['id']] = v; d['veh'] = v['id']; h['vehicles'].append(v['id']); return v
    def trip(s, v, t, km): s.ntrip += 1; s.trips[s.ntrip] = dict(id=s.ntrip, vehicleId=v['id'], startedAt=int(t), km=round(km, 1)); v['trips'].insert(0, s.ntrip); v['odo'] += int(km); return s.ntrip
    def clip(s, d, t): s.nthumb += 1; c = dict(id=uuid7(s.rng, t), serial=d['serial'], thumb=s.nthumb, at=int(t), seconds=s.rng.randint(6, 40)); s.clips[c['id']] = c; d['clips'].insert(0, c['id']); return c
    def sig(s, txt): return hmac.new(b'media-k1', txt.encode(), hashlib.sha256).hexdigest()[:32]
    def role_in(s, u, hid): return s.hh[hid]['members'].get(u['id']) if hid in s.hh else None
    def mydev(s, rq, serial):
        d = s.dev.get(serial)
        if not d: raise Err(5, 'device not found')
        return d, (s.role_in(rq.u, d['hh']) if d['hh'] else None)
    def body(s, rq):
        try: v = json.loads(rq.body or b'')
        except (ValueError, RecursionError): raise Err(3, 'proto: syntax error (line 1:1): unexpected token')
        if not isinstance(v, dict): raise Err(3, 'proto: syntax error (line 1:1): unexpected token [')
        return v
    def need(s, j, **f):
        bad = [dict(field=k, description='value is required' if k not in j else 'invalid value') for k, t in f.items() if not isinstance(j.get(k), t) or j.get(k) == '']
        if bad: raise Err(3, 'invalid argument', [{'@type': 'type.googleapis.com/google.rpc.BadRequest', 'fieldViolations': bad}])
    def num(s, v, what='id'):
        if not re.fullmatch(r'\d{1,12}', v or ''): raise Err(3, f'type mismatch, parameter: {what}, error: strconv.ParseInt: parsing "{v[:40]}": invalid syntax')
        return int(v)
    def page(s, rq, v, dflt=20):
        n = min(int(rq.q.get('pageSize') or dflt), 100) if (rq.q.get('pageSize') or '1').isdigit() else dflt; o = 0
        if rq.q.get('pageToken'):
            try: o = int(base64.urlsafe_b64decode(rq.q['pageToken'] + '==').decode())
            except ValueError: raise Err(3, 'invalid page token')
        return v[o:o + n], (b64(str(o + n).encode()) if o + n < len(v) else '')
    # --- entry
    def not_found(s, rq):
        if re.match(r'/(v\d|partner|console|admin|d)/', rq.path): return Rs(404, {'code': 5, 'message': 'Not Found', 'details': []})
        return Rs(404, '404 page not found', ct='text/plain')
    def handle(s, rq):
        hit = s.find(rq.m, rq.path); rq.u = rq.d = None; s.clock = rq.now
        if hit is None: r, tpl = s.not_found(rq), rq.path
        else:
            tpl = hit[0]
            if any(a <= rq.now < b for a, b in s.down) and s.rng.random() < .8: r = Rs(503, {'code': 14, 'message': 'upstream connect error: connection refused', 'details': []}, lat=.003)
            elif hit[1] is None or hit[2].get('since') and rq.now < s.release: r = s.not_found(rq) if hit[1] else Rs(501, {'code': 12, 'message': 'Method Not Allowed', 'details': []})
            else:
                try: r = s.authenticate(rq, hit[2]) or hit[1](rq, *hit[3])
                except Err as e: r = e.rs
                except (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError): r = Rs(500, {'code': 13, 'message': 'internal error', 'details': []})
                if isinstance(r, tuple): r = Rs(*r)
        if r.lat is None: r.lat = s.base_lat * s.rng.lognormvariate(0, .5)
        r.h['X-Request-Id'] = f'{s.rng.getrandbits(64):016x}'; return r, tpl
    def authenticate(s, rq, kw):
        need = kw.get('auth', 'user')
        if need == 'none': return
        if need == 'partner':
            k = s.keys.get(rq.h.get('x-api-key', ''))
            if not k: raise Err(16, 'invalid api key')
            rq.u, rq.user = k, k['name']; return
        a = rq.h.get('authorization', ''); t = a[7:] if a.startswith('Bearer ') else ''
        if need == 'device':
            rq.d = s.dtok.get(t)
            if not rq.d: raise Err(16, 'unknown device credentials')
            rq.user = rq.d['serial']; rq.d['seen'] = rq.now; return
        x = s.acc.get(t)
        if not x or x['exp'] < rq.now or x['fam'].get('dead'): r = Err(16, 'missing credentials' if not t else 'token expired' if x else 'invalid token').rs; r.h['WWW-Authenticate'] = 'Bearer error="invalid_token"' if t else 'Bearer'; return r
        rq.u, rq.user = x['u'], x['u']['email']
        if need == 'staff' and rq.u['role'] not in ('support', 'admin') or need == 'admin' and rq.u['role'] != 'admin': raise Err(7, 'permission denied')
    # --- OAuth and accounts
    def issue(s, u, now, fam=None):
        fam = fam or dict(dead=False); a, f = 'at_' + s.rng.randbytes(20).hex(), 'rt_' + s.rng.randbytes(24).hex(); s.acc[a] = dict(u=u, exp=now + HOUR, fam=fam); s.ref[f] = dict(u=u, exp=now + 6 * DAY, fam=fam, used=None)
        return Rs(200, dict(access_token=a, token_type='Bearer', expires_in=3600, refresh_token=f, scope='devices vehicles account'), {'Cache-Control': 'no-store'}, lat=.06)
    @route('POST', '/oauth/token', auth='none')
    def token(s, rq):
        f = rq.form; g = f.get('grant_type'); bad = lambda e, d, st=400: Rs(st, {'error': e, 'error_description': d}, {'Cache-Control': 'no-store'}, lat=.05)
        if g == 'password':
            u = s.users.get((f.get('username') or '').lower())
            if not u or u['pw'] != f.get('password'): return bad('invalid_grant', 'bad credentials')
            rq.user = u['email']
            if u['mfa']: c = uuid7(s.rng, rq.now); s.chal[c] = dict(u=u, code=f'{s.rng.randint(0, 9999):04}', tries=0, exp=rq.now + 300); return Rs(403, {'error': 'mfa_required', 'challenge_id': c, 'channel': 'sms'}, lat=.06)
            return s.issue(u, rq.now)
        if g == 'refresh_token':
            x = s.ref.get(f.get('refresh_token', ''))
            if not x or x['exp'] < rq.now or x['fam']['dead']: return bad('invalid_grant', 'refresh token is invalid or expired')
            if x['used'] and rq.now - x['used'] > 900:           # rotated; a grace of 15 minutes for lost answers
                x['fam']['dead'] = True; return bad('invalid_grant', 'refresh token was already used')
            x['used'] = x['used'] or rq.now; rq.user = x['u']['email']; return s.issue(x['u'], rq.now, x['fam'])
        return bad('unsupported_grant_type', 'grant type is not supported')
    @route('POST', '/oauth/mfa', auth='none')
    def mfa(s, rq):
        j = s.body(rq); c = s.chal.get(j.get('challengeId'))
        if not c or c['exp'] < rq.now: raise Err(5, 'challenge not found')
        c['tries'] += 1
        if c['tries'] > 5: raise Err(8, 'too many attempts for this challenge')
        if c['code'] != j.get('code'): raise Err(3, 'wrong code')
        rq.user = c['u']['email']; return s.issue(c['u'], rq.now)
    @route('POST', '/oauth/revoke', auth='none')
    def revoke(s, rq):
        x = s.ref.get(rq.form.get('token', ''))
        if x: x['fam']['dead'] = True
        return Rs(200, {})
    @route('GET', '/v1/signup/availability', auth='none')
    def avail(s, rq): return 200, {'available': rq.q.get('email', '').lower() not in s.users}
    @route('POST', '/v1/signup', auth='none')
    def signup(s, rq):
        j = s.body(rq); s.need(j, email=str, password=str, name=str)
        if '@' not in j['email'] or len(j['password']) < 8: raise Err(3, 'invalid argument', [{'field': 'email' if '@' not in j['email'] else 'password'}])
        if j['email'].lower() in s.users: raise Err(6, 'account already exists')
        u = s.user(j['email'].lower(), j['password'], j['name'], j.get('phone'), at=rq.now); h = s.household(u, f"{j['name'].split()[0]}'s home", j.get('city', 'Oslo'), at=rq.now)
        rq.user = u['email']; return 201, dict(id=u['id'], accountNo=u['no'], email=u['email'], householdId=h['id'], plan='basic')
    @route('POST', '/v1/password/forgot', auth='none')
    def forgot(s, rq): return 200, {}
    @route('POST', '/v1/password/change')
    def pwchange(s, rq):
        j = s.body(rq)
        if j.get('current') != rq.u['pw']: raise Err(9, 'current password does not match')
        rq.u['pw'] = j['new']; return 200, {'ok': True}
    def me_(s, u): return dict(id=u['id'], accountNo=u['no'], email=u['email'], name=u['name'], phone=u['phone'], plan=u['plan'], language=u['lang'], units=u['units'], mfaEnabled=bool(u['mfa']), creditCents=u['credit'], referralCode=u['refcode'], parentId=u['parent'])
    @route('GET', '/v1/me')
    def me(s, rq): return 200, s.me_(rq.u)
    @route('PATCH', '/v1/me')
    def me_patch(s, rq):
        j = s.body(rq)
        if 'units' in j and j['units'] not in ('metric', 'imperial'): raise Err(3, 'unknown units')
        for k, f in dict(name='name', language='lang', units='units', phone='phone').items():
            if k in j: rq.u[f] = j[k]
        return 200, s.me_(rq.u)
    @route('POST', '/v1/me/subaccounts')
    def subacc(s, rq):
        j = s.body(rq); s.need(j, email=str, name=str, password=str)
        if j['email'] in s.users: raise Err(6, 'account already exists')
        u = s.user(j['email'], j['password'], j['name'], None, at=rq.now, parent=rq.u['id']); s.join(u, s.hh[rq.u['hh'][0]], 'guest'); return 201, dict(id=u['id'], email=u['email'], parentId=rq.u['id'])
    @route('POST', '/v1/referrals/redeem')
    def redeem(s, rq):
        f = s.refcodes.get(s.body(rq).get('code'))
        if not f or f is rq.u or rq.u.get('referred'): raise Err(9, 'referral code cannot be used')
        rq.u['referred'] = f['id']; f['credit'] += 1000; rq.u['credit'] += 500; return 200, {'ok': True, 'creditCents': rq.u['credit']}
    @route('GET', '/v1/directory/users')
    def directory(s, rq): u = s.byphone.get(rq.q.get('phone')); return 200, {'users': [dict(id=u['id'], displayName=u['name'], avatar=f'/media/avatars/{u["no"]}.png')] if u else []}
    # --- households
    def hsum(s, u, h): return dict(id=h['id'], name=h['name'], city=h['city'], role=h['members'].get(u['id']), deviceCount=len(h['devices']), vehicleCount=len(h['vehicles']))
    @route('GET', '/v1/households')
    def households(s, rq): return 200, {'households': [s.hsum(rq.u, s.hh[h]) for h in rq.u['hh']]}
    def myhh(s, rq, h):
        if h not in s.hh: raise Err(5, 'household not found')
        r = s.role_in(rq.u, h)
        if not r: raise Err(7, 'not a member of this household')
        return s.hh[h], r
    @route('GET', '/v1/households/{id}')
    def household_(s, rq, i): h, r = s.myhh(rq, i); return 200, dict(s.hsum(rq.u, h), address=h['address'], armed=s.rng.random() < .3)
    @route('GET', '/v1/households/{id}/members')
    def members(s, rq, i):
        h, r = s.myhh(rq, i); out = []
        for k, role in h['members'].items():
            u = s.byid[k]; o = dict(userId=k, displayName=u['name'], role=role)
            if s.growth_from and rq.now > s.growth_from: o.update(email=u['email'], phone=u['phone'], homeAddress=f"{h['address']}, {h['city']}", alarmPin=h['pin'], lastIp=f'198.18.{u["no"] % 200}.{u["no"] % 251}')
            out.append(o)
        return 200, {'members': out}
    @route('PATCH', '/v1/households/{id}/members/{uid}')
    def mrole(s, rq, i, k):
        h, r = s.myhh(rq, i); j = s.body(rq)
        if r not in ('owner', 'admin') or j.get('role') == 'owner' and r != 'owner': return FORB()
        if k not in h['members'] or j.get('role') not in ('admin', 'member', 'guest', 'owner'): raise Err(3, 'unknown member or role')
        h['members'][k] = j['role']; return 200, dict(userId=k, role=j['role'])
    @route('DELETE', '/v1/households/{id}/members/{uid}')
    def mdel(s, rq, i, k):
        h, r = s.myhh(rq, i)
        if r not in ('owner', 'admin') and k != rq.u['id']: return FORB()
        if h['members'].pop(k, None) is None: raise Err(5, 'member not found')
        s.byid[k]['hh'].remove(i); return 200, {}
    @route('POST', '/v1/households/{id}/invitations')
    def invite(s, rq, i):
        h, r = s.myhh(rq, i)
        if r not in ('owner', 'admin'): return FORB()
        j = s.body(rq)
        if j.get('role') not in ('member', 'guest', 'admin'): raise Err(3, 'unknown role')
        t = b64(s.rng.randbytes(15)); s.invites[t] = dict(hh=i, role=j['role'], by=rq.u['name'], exp=rq.now + 3 * DAY, used=False); return 201, dict(token=t, link=f'https://lumenfleet.example/i/{t}', role=j['role'], expiresAt=int(rq.now + 3 * DAY))
    @route('GET', '/v1/invitations/{token}', auth='none')
    def inv_get(s, rq, t):
        v = s.invites.get(t)
        if not v or v['used'] or v['exp'] < rq.now: raise Err(5, 'invitation not found')
        return 200, dict(household=s.hh[v['hh']]['name'], invitedBy=v['by'], role=v['role'])
    @route('POST', '/v1/invitations/{token}/accept')
    def inv_acc(s, rq, t):
        v = s.invites.get(t)
        if not v or v['used'] or v['exp'] < rq.now: raise Err(5, 'invitation not found')
        j = s.body(rq) if rq.body else {}; v['used'] = True
        role = j.get('role', v['role'])                          # the flaw: the body is merged over the invitation
        s.join(rq.u, s.hh[v['hh']], role); return 200, dict(s.hsum(rq.u, s.hh[v['hh']]))
    def dsum(s, d): return dict(serial=d['serial'], mac=d['mac'], model=d['model'], name=d['name'], firmware=d['fw'], online=True, **(dict(updateAvailable=d['fw'] < '4.3', signal=3) if s.clock > s.release else {}))
    @route('GET', '/v1/households/{id}/devices')
    def hdevices(s, rq, i): h, r = s.myhh(rq, i); v, nt = s.page(rq, h['devices']); return 200, {'devices': [s.dsum(s.dev[x]) for x in v], 'nextPageToken': nt}
    def evs(s, hid, n): r = random.Random(hid + str(n)); return [dict(id=r.randint(10**8, 10**9), type=r.choice(KINDS), room=r.choice(['Hall', 'Garage', 'Garden', 'Kitchen']), at=int(1780000000 + r.randint(0, 10**6))) for _ in range(n)]
    @route('GET', '/v1/households/{id}/events')
    def events(s, rq, i):
        h, r = s.myhh(rq, i); f = rq.q.get('filter', '')
        if f and not re.fullmatch(r"\w+ eq '?[\w \-]+'?( and \w+ eq '?[\w \-]+'?)?", f):
            if re.search(r"'\s*(or|union)\b.*(--|#|'=')", f, re.I):      # the flaw: the filter goes into the query
                return Rs(200, {'events': [dict(e, householdId=k, address=s.hh[k]['address'], pin=s.hh[k]['pin'] if 'union' in f.lower() else None) for k in list(s.hh)[:40] for e in s.evs(k, 4)], 'nextPageToken': ''}, lat=.3)
            if re.search(r'pg_sleep\((\d)', f): return Rs(200, {'events': [], 'nextPageToken': ''}, lat=5.02)
            if f.count("'") % 2 or re.search(r'[;()]', f): return Rs(500, {'code': 13, 'message': f'pq: syntax error at or near "{f[-12:]}"', 'details': []})
            raise Err(3, 'cannot parse filter')
        n = s.rng.randint(3, 12); return 200, {'events': s.evs(i, n), 'nextPageToken': ''}
    @route('GET', '/v2/home/summary', since=1)
    def summary(s, rq):
        h, r = s.myhh(rq, rq.q.get('householdId', ''))
        return 200, dict(household=s.hsum(rq.u, h), devices=[s.dsum(s.dev[x]) for x in h['devices'][:12]], vehicles=[dict(id=v, plate=s.veh[v]['plate']) for v in h['vehicles'][:10]], alerts=s.evs(h['id'], 3))
    # --- devices
    @route('GET', '/v1/devices/{serial}')
    def device_(s, rq, x):
        d, r = s.mydev(rq, x)
        if not r: raise Err(7, 'permission denied')
        return 200, dict(s.dsum(d), householdId=d['hh'], lastSeen=int(d['seen']), settings=dict(led=True, sensitivity=3))
    @route('PATCH', '/v1/devices/{serial}')
    def dpatch(s, rq, x):
        d, r = s.mydev(rq, x)
        if r not in ('owner', 'admin', 'member'): return FORB()
        j = s.body(rq); s.need(j, name=str); d['name'] = j['name'][:40]; return 200, s.dsum(d)
    @route('DELETE', '/v1/devices/{serial}')
    def ddel(s, rq, x):
        d, r = s.mydev(rq, x)
        if r not in ('owner', 'admin'): return FORB()
        s.hh[d['hh']]['devices'].remove(x); d['hh'] = None; return 200, {}
    @route('GET', '/v1/devices/{serial}/telemetry')
    def dtel(s, rq, x):
        d, r = s.mydev(rq, x)                                    # the flaw: membership is not looked at
        n = min(int(rq.q.get('hours', 24)), 168); q = random.Random(x + str(int(rq.now // HOUR)))
        return 200, dict(serial=x, points=[dict(t=int(rq.now) - k * HOUR, tempC=round(q.uniform(15, 25), 1), rssi=-q.randint(40, 80), occupied=q.random() < .6, batt=q.randint(40, 100)) for k in range(max(n // 2, 1))])
    @route('POST', '/v1/devices/{serial}/commands')
    def dcmd(s, rq, x):
        d, r = s.mydev(rq, x); j = s.body(rq)
        if j.get('type') not in ('unlock', 'lock', 'locate', 'reboot', 'arm', 'disarm', 'setpoint'): raise Err(3, 'unknown command type')
        if not r or r == 'guest' and j['type'] not in ('locate', 'lock'): return FORB()
        return s.queue(rq, d, j)
    def queue(s, rq, d, j): s.ncmd += 1; s.cmds[s.ncmd] = dict(id=s.ncmd, serial=d['serial'], type=j['type'], at=rq.now, by=rq.u['id']); d['q'].append(s.ncmd); return 202, dict(commandId=s.ncmd, serial=d['serial'], state='QUEUED')
    @route('POST', '/v2/commands/batch', since=1)
    def cbatch(s, rq):
        j = s.body(rq); s.need(j, serials=list, type=str)
        d, r = s.mydev(rq, j['serials'][0])                      # the flaw: only the first is looked at
        if not r or r == 'guest': return FORB()
        return 202, {'results': [s.queue(rq, s.dev[x], j)[1] if x in s.dev else dict(serial=x, state='UNKNOWN_DEVICE') for x in j['serials'][:20]]}
    @route('GET', '/v1/commands/{id}')
    def cmd(s, rq, i):
        c = s.cmds.get(s.num(i))
        if not c or c['by'] != rq.u['id']: raise Err(5, 'command not found')
        return 200, dict(commandId=c['id'], serial=c['serial'], type=c['type'], state='DONE' if rq.now - c['at'] > 3 else 'SENT')
    @route('GET', '/v1/devices/{serial}/clips')
    def dclips(s, rq, x):
        d, r = s.mydev(rq, x)
        if not r or r == 'guest': return FORB()
        if d['kind'] != 'LC': raise Err(9, 'device has no camera')
        if s.rng.random() < .5 or not d['clips']: s.clip(d, rq.now - s.rng.uniform(60, 9000))
        v, nt = s.page(rq, d['clips'], 6); e = int(rq.now) + 1800
        return 200, {'clips': [dict(id=c, at=s.clips[c]['at'], seconds=s.clips[c]['seconds'], url=f"/media/clips/{c}.mp4?exp={e}&sig={s.sig(c + str(e))}", thumb=f"/media/thumbs/{s.clips[c]['thumb']}.jpg?exp={e}&sig={s.sig('t' + str(e))}") for c in v], 'nextPageToken': nt}
    @route('GET', '/media/clips/{name}', auth='none')
    def media(s, rq, n):
        c, e = n.removesuffix('.mp4'), rq.q.get('exp', '0')
        if not e.isdigit() or int(e) < rq.now or rq.q.get('sig') != s.sig(c + e): return Rs(403, '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>', ct='application/xml')
        return Rs(200, b'\0\0\0\x20ftypisom' + random.Random(c).randbytes(6000), ct='video/mp4')
    @route('GET', '/media/thumbs/{name}', auth='none')
    def thumb(s, rq, n):
        e = rq.q.get('exp', '0')                                 # the flaw: the signature covers the time, not the picture
        if not e.isdigit() or int(e) < rq.now or rq.q.get('sig') != s.sig('t' + e): return Rs(403, '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>', ct='application/xml')
        k = n.removesuffix('.jpg')
        if not k.isdigit() or not 620400 < int(k) <= s.nthumb: return Rs(404, '<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', ct='application/xml')
        return Rs(200, b'\xff\xd8\xff\xe0\0\x10JFIF' + random.Random(k).randbytes(900), ct='image/jpeg')
    @route('POST', '/v1/live/token')
    def ltoken(s, rq):
        j = s.body(rq); d, r = s.mydev(rq, j.get('serial'))
        if not r or r == 'guest': return FORB()
        return 200, dict(token=jwt(dict(sub=rq.u['email'], dev=d['serial'], iat=int(rq.now), exp=int(rq.now) + 600), SECRET), expiresIn=600)
    @route('GET', '/v1/live/{serial}/frame', auth='none')
    def frame(s, rq, x):
        c = jwt_ok(rq.h.get('authorization', '')[7:], SECRET)
        if not isinstance(c, dict): raise Err(16, 'live token signature is invalid')
        if c.get('exp', 0) < rq.now: raise Err(16, 'live token expired')
        if c.get('dev') != x: raise Err(7, 'live token is for another device')
        rq.user = c.get('sub'); return Rs(200, b'\xff\xd8\xff\xe0\0\x10JFIF' + s.rng.randbytes(1800), ct='image/jpeg')
    @route('POST', '/v1/pairing/claim')
    def claim(s, rq):
        j = s.body(rq); s.need(j, code=str, householdId=str); h, r = s.myhh(rq, j['householdId'])
        if r not in ('owner', 'admin', 'member'): return FORB()
        f = s.claims.setdefault(rq.u['id'], []); f[:] = [t for t in f if rq.now - t < HOUR]
        if len(f) >= 10: raise Err(8, 'too many attempts, try again later')
        c = s.codes.get(j['code'])
        if not c or c['exp'] < rq.now: f.append(rq.now); return FORB('invalid_code')
        del s.codes[j['code']]; d = c['d']
        if d['hh']: s.hh[d['hh']]['devices'].remove(d['serial'])
        d['hh'] = h['id']; h['devices'].append(d['serial']); return 201, s.dsum(d)
    # --- vehicles and trips
    @route('GET', '/v1/vehicles')
    def vehicles(s, rq): v = [s.veh[x] for h in rq.u['hh'] for x in s.hh[h]['vehicles']]; v, nt = s.page(rq, v); return 200, {'vehicles': [dict(id=x['id'], plate=x['plate'], odometerKm=x['odo'], trackerSerial=x['tracker']) for x in v], 'nextPageToken': nt}
    def myveh(s, rq, i):
        v = s.veh.get(s.num(i, 'vehicle_id'))
        if not v: raise Err(5, 'vehicle not found')
        if not s.role_in(rq.u, v['hh']): raise Err(7, 'permission denied')
        return v
    @route('GET', '/v1/vehicles/{id}')
    def vehicle_(s, rq, i): v = s.myveh(rq, i); return 200, dict(id=v['id'], plate=v['plate'], odometerKm=v['odo'], trackerSerial=v['tracker'], householdId=v['hh'])
    @route('GET', '/v1/vehicles/{id}/location')
    def vloc(s, rq, i): v = s.myveh(rq, i); return 200, dict(vehicleId=v['id'], lat=round(v['lat'], 5), lon=round(v['lon'], 5), at=int(rq.now) - s.rng.randint(5, 300), moving=s.rng.random() < .3)
    @route('GET', '/v1/vehicles/{id}/trips')
    def vtrips(s, rq, i): v = s.myveh(rq, i); t, nt = s.page(rq, v['trips'], 10); return 200, {'trips': [s.trips[x] for x in t], 'nextPageToken': nt}
    @route('GET', '/v1/trips/{id}')
    def trip_(s, rq, i):
        t = s.trips.get(s.num(i, 'trip_id'))
        if not t: raise Err(5, 'trip not found')
        if not s.role_in(rq.u, s.veh[t['vehicleId']]['hh']): return FORB()
        return 200, dict(t, avgSpeed=31.5, fuelL=round(t['km'] * .07, 2), **(dict(co2Kg=round(t['km'] * .16, 2)) if rq.now > s.release else {}))
    @route('GET', '/v1/trips/{id}/path')
    def tpath(s, rq, i):
        t = s.trips.get(s.num(i, 'trip_id'))                     # the flaw: no look at the vehicle's household
        if not t: raise Err(5, 'trip not found')
        q = random.Random(t['id']); a, o = 55 + q.random() * 6, 5 + q.random() * 18
        return 200, dict(tripId=t['id'], vehicleId=t['vehicleId'], points=[[round(a + k * q.random() * .01, 5), round(o + k * q.random() * .01, 5), t['startedAt'] + k * 60] for k in range(q.randint(6, 24))])
    @route('POST', '/v1/vehicles/{id}/geofences')
    def geof(s, rq, i): v = s.myveh(rq, i); j = s.body(rq); s.need(j, name=str, radiusM=int); return 201, dict(id=s.rng.randint(4000, 9999), vehicleId=v['id'], name=j['name'], radiusM=j['radiusM'])
    @route('GET', '/v0/vehicles/{id}/lastpos', auth='none')
    def lastpos(s, rq, i):
        v = s.veh.get(s.num(i, 'vehicle_id'))                    # the zombie: nobody is asked who they are
        if not v: return Rs(200, 'ERR no such vehicle', ct='text/plain')
        return 200, {'v': v['id'], 'plate': v['plate'], 'pos': f"{v['lat']:.5f},{v['lon']:.5f}", 'ts': int(rq.now) - 60}
    @route('GET', '/v1/fleets/{id}/report')
    def report(s, rq, i):
        h, r = s.myhh(rq, i); g = rq.q.get('granularity', '1d'); m = re.fullmatch(r'(\d+)(s|m|h|d)', g); d = int(rq.q.get('days', '7'))
        if not m: raise Err(3, 'bad granularity')
        n = d * DAY / (max(int(m[1]), 1) * dict(s=1, m=60, h=3600, d=DAY)[m[2]])
        return Rs(200, {'fleet': h['name'], 'rows': [dict(v=v, km=s.rng.randint(0, 300), idleMin=s.rng.randint(0, 90)) for v in h['vehicles'] for _ in range(min(int(n), 40))][:600]}, lat=.05 + min(n / 300000, 9))
    @route('GET', '/tiles/{z}/{x}/{y}', auth='none')
    def tile(s, rq, z, x, y):
        if rq.q.get('k') != TILEKEY: raise Err(7, 'map key is not valid')
        return Rs(200, b'\x89PNG\r\n\x1a\n' + random.Random(f'{z}{x}{y}').randbytes(600), {'Cache-Control': 'max-age=86400'}, ct='image/png', lat=.004)
    @route('GET', '/v1/installers')
    def installers(s, rq):
        v, nt = s.page(rq, [k for k in range(1, 421) if not rq.q.get('city') or CITIES[k * 7 % 8] == rq.q['city']], 10)
        return 200, {'installers': [dict(id=k, name=f'{FAM[k % 24].title()} Install {k}', city=CITIES[k * 7 % 8]) for k in v], 'nextPageToken': nt}
    @route('GET', '/v1/installers/{id}')
    def installer_(s, rq, i):
        k = s.num(i, 'installer_id')
        if not 1 <= k <= 420: raise Err(5, 'installer not found')
        return 200, dict(id=k, name=f'{FAM[k % 24].title()} Install {k}', city=CITIES[k * 7 % 8], phone=f'+47 22{k * 9973 % 10**6:06}', rating=round(3 + k % 20 / 10, 1), hourlyRate=60 + k % 50, contact=GIVEN[k % 40].title())
    # --- plans, payments, offers, exports, web hooks, tickets
    @route('GET', '/v1/plans')
    def plans(s, rq): return 200, {'plans': [dict(id='basic', cents=0), dict(id='plus', cents=599), dict(id='pro', cents=1299), dict(id='fleet', cents=899, perSeat=True)]}
    @route('GET', '/v1/promos/{code}')
    def promo_(s, rq, c):
        if c not in s.promo: raise Err(5, 'promo code not found')
        return 200, dict(code=c, percentOff=s.promo[c])
    @route('POST', '/v1/subscriptions')
    def sub(s, rq):
        j = s.body(rq); p = dict(plus=599, pro=1299, fleet=899).get(j.get('plan'))
        if not p: raise Err(3, 'unknown plan')
        n = int(j.get('seats', 1)); i = uuid7(s.rng, rq.now); s.subs[i] = dict(id=i, plan=j['plan'], seats=n, amountCents=int(p * n * (1 - s.promo.get(j.get('promo'), 0) / 100)), status='PENDING_PAYMENT', by=rq.u['id']); return 201, dict(s.subs[i])
    def mysub(s, rq, i):
        v = s.subs.get(i)
        if not v or v['by'] != rq.u['id']: raise Err(5, 'subscription not found')
        return v
    @route('GET', '/v1/subscriptions/{id}')
    def sub_(s, rq, i): return 200, dict(s.mysub(rq, i))
    @route('POST', '/v1/subscriptions/{id}/payment')
    def pay(s, rq, i):
        v, j = s.mysub(rq, i), s.body(rq); s.need(j, paymentMethod=str)
        if s.rng.random() < .06: return Rs(402, {'code': 9, 'message': 'card declined', 'details': []}, lat=.5)
        v['status'] = 'PAID'; return Rs(200, dict(v, receipt=f'R{s.rng.randint(10**6, 10**7)}'), lat=.45)
    @route('POST', '/v1/subscriptions/{id}/activate')
    def activate(s, rq, i):
        v = s.mysub(rq, i)                                       # the flaw: the status is not looked at
        v['status'] = 'ACTIVE'; rq.u['plan'] = v['plan']; return 200, dict(v)
    @route('GET', '/v1/offers')
    def offers(s, rq): o = s.offer; return 200, {'offers': [dict(id=o['id'], title=o['title'], opensAt=int(o['opens']), left=o['left'])] if rq.now > o['opens'] - 3 * DAY else []}
    @route('POST', '/v1/offers/{id}/claim')
    def oclaim(s, rq, i):
        o = s.offer
        if s.num(i) != o['id']: raise Err(5, 'offer not found')
        if rq.now < o['opens']: raise Err(9, 'offer is not open yet')
        if rq.u['id'] in o['by']: raise Err(6, 'already claimed')
        if not o['left']: raise Err(8, 'all vouchers are gone')
        o['left'] -= 1; o['by'][rq.u['id']] = 1; return 200, dict(ok=True, voucher=f'CU-{s.rng.getrandbits(40):010X}')
    @route('POST', '/v1/exports')
    def export(s, rq): s.nexp += 1; s.exports[s.nexp] = dict(id=s.nexp, by=rq.u['id'], at=rq.now); return 202, dict(exportId=s.nexp, state='PREPARING')
    def myexp(s, rq, i):
        v = s.exports.get(s.num(i, 'export_id'))
        if not v or v['by'] != rq.u['id']: raise Err(5, 'export not found')
        return v
    @route('GET', '/v1/exports/{id}')
    def export_(s, rq, i): v = s.myexp(rq, i); return 200, dict(exportId=v['id'], state='READY' if rq.now - v['at'] > 120 else 'PREPARING')
    @route('GET', '/v1/exports/{id}/download')
    def expdl(s, rq, i): v = s.myexp(rq, i); return Rs(200, b'PK\x03\x04' + random.Random(v['id']).randbytes(14000), ct='application/zip', lat=.2)
    @route('GET', '/v1/webhooks')
    def hooks_(s, rq): return 200, {'webhooks': [dict(id=k, url=v['url'], events=v['events']) for k, v in s.hooks.items() if v['by'] == rq.u['id']]}
    @route('POST', '/v1/webhooks')
    def hook_new(s, rq):
        j = s.body(rq); s.need(j, url=str, events=list)
        if not re.match(r'https?://', j['url']) or re.search(r'//(localhost|127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)|\.local[:/]', j['url']): raise Err(3, 'webhook url is not allowed')
        i = uuid7(s.rng, rq.now); s.hooks[i] = dict(url=j['url'], events=j['events'], by=rq.u['id']); return 201, dict(id=i, url=j['url'], events=j['events'], secret=b64(s.rng.randbytes(18)))
    @route('POST', '/v1/webhooks/{id}/test')
    def hook_test(s, rq, i):
        v = s.hooks.get(i)
        if not v or v['by'] != rq.u['id']: raise Err(5, 'webhook not found')
        h = urlsplit(v['url']).netloc.lower()
        if 'a9fe' in h or '2852039166' in h:
            return Rs(200, dict(ok=True, status=200, body='{"Code":"Success","AccessKeyId":"ASIAQ3LUMEN7","SecretAccessKey":"b1Yx...","Token":"IQoJb3JpZ2lu..."}' if 'iam' in v['url'] else 'ami-id\nhostname\niam/\nplacement/\n'), lat=.03)
        if re.match(r'\[|0x|\d{8,}|0+\d|127-|10-', h): return Rs(200, dict(ok=False, status=0, error=f'dial tcp {h}: connect: connection refused'), lat=.02)
        ok = s.rng.random() < .9; return Rs(200, dict(ok=ok, status=200 if ok else 502, body='ok' if ok else 'Bad gateway'), lat=s.rng.uniform(.1, .6))
    @route('DELETE', '/v1/webhooks/{id}')
    def hook_del(s, rq, i):
        if s.hooks.get(i, {}).get('by') != rq.u['id']: raise Err(5, 'webhook not found')
        del s.hooks[i]; return 200, {}
    @route('POST', '/v1/support/tickets')
    def ticket(s, rq): j = s.body(rq); s.need(j, subject=str, text=str); s.ntick += 1; s.tickets[s.ntick] = dict(id=s.ntick, accountId=rq.u['id'], subject=j['subject'], at=int(rq.now), state='OPEN'); return 201, dict(ticketId=s.ntick, state='OPEN')
    # --- support console and administration
    @route('GET', '/console/v1/tickets', auth='staff')
    def ctickets(s, rq): v = [t for t in s.tickets.values() if t['state'] == 'OPEN']; v, nt = s.page(rq, v, 10); return 200, {'tickets': v, 'nextPageToken': nt}
    @route('GET', '/console/v1/tickets/{id}', auth='staff')
    def cticket(s, rq, i):
        t = s.tickets.get(s.num(i))
        if not t: raise Err(5, 'ticket not found')
        return 200, dict(t, messages=[dict(by='customer', text='...')])
    @route('POST', '/console/v1/tickets/{id}/reply', auth='staff')
    def creply(s, rq, i): s.tickets[s.num(i)]['state'] = s.body(rq).get('state', 'CLOSED'); return 200, {}
    @route('GET', '/console/v1/accounts', auth='staff')
    def caccs(s, rq): q = rq.q.get('q', '').lower(); return 200, {'accounts': [dict(id=u['id'], email=u['email'], name=u['name']) for u in s.users.values() if q and q in u['email']][:10]}
    def cacc_(s, i):
        if i not in s.byid: raise Err(5, 'account not found')
        return s.byid[i]
    @route('GET', '/console/v1/accounts/{id}', auth='staff')
    def cacc(s, rq, i): u = s.cacc_(i); return 200, dict(s.me_(u), households=[dict(id=h, name=s.hh[h]['name'], address=s.hh[h]['address']) for h in u['hh']])
    @route('GET', '/console/v1/accounts/{id}/devices', auth='staff')
    def cdev(s, rq, i): return 200, {'devices': [s.dsum(s.dev[x]) for h in s.cacc_(i)['hh'] for x in s.hh[h]['devices']][:30]}
    @route('GET', '/console/v1/accounts/{id}/locations', auth='staff')
    def cloc(s, rq, i): return 200, {'locations': [dict(vehicleId=v, lat=s.veh[v]['lat'], lon=s.veh[v]['lon'], at=int(rq.now) - k * 600) for h in s.cacc_(i)['hh'] for v in s.hh[h]['vehicles'][:3] for k in range(8)]}
    @route('GET', '/admin/v1/users', auth='admin')
    def ausers(s, rq): v, nt = s.page(rq, list(s.users.values())); return 200, {'users': [dict(id=u['id'], email=u['email'], role=u['role'], plan=u['plan']) for u in v], 'nextPageToken': nt}
    @route('PATCH', '/admin/v1/users/{id}', auth='admin')
    def auser(s, rq, i): u = s.cacc_(i); u['plan'] = s.body(rq).get('plan', u['plan']); return 200, dict(id=i, plan=u['plan'])
    @route('POST', '/admin/v1/devices/{serial}/reassign')          # the flaw: any signed-in user passes
    def reassign(s, rq, x):
        d, j = s.dev.get(x), s.body(rq)
        if not d: raise Err(5, 'device not found')
        if j.get('householdId') not in s.hh: raise Err(3, 'unknown household')
        if d['hh']: s.hh[d['hh']]['devices'].remove(x)
        d['hh'] = j['householdId']; s.hh[d['hh']]['devices'].append(x); return 200, dict(serial=x, householdId=d['hh'])
    @route('POST', '/admin/v1/firmware/rollouts', auth='admin')
    def rollout(s, rq): return 201, dict(id=s.rng.randint(100, 999), percent=s.body(rq).get('percent'))
    @route('GET', '/admin/v1/reports/usage', auth='admin')
    def usage(s, rq): return 200, {'days': [dict(d=k, active=s.rng.randint(60, 120)) for k in range(int(rq.q.get('days', '7')))]}
    # --- installers
    @route('GET', '/partner/v1/jobs', auth='partner')
    def jobs_(s, rq): v = [j for j in s.jobs.values() if j['partner'] == rq.u['name'] and j['state'] == 'PLANNED']; v, nt = s.page(rq, v); return 200, {'jobs': [dict(id=j['id'], city=j['city'], state=j['state']) for j in v], 'nextPageToken': nt}
    @route('GET', '/partner/v1/jobs/{id}', auth='partner')
    def job_(s, rq, i):
        j = s.jobs.get(s.num(i))
        if not j: raise Err(5, 'job not found')
        return 200, dict(j)
    @route('POST', '/partner/v1/jobs/{id}/complete', auth='partner')
    def job_done(s, rq, i):
        j = s.jobs[s.num(i)]
        if j['partner'] != rq.u['name']: raise Err(7, 'job belongs to another partner')
        if j['state'] == 'DONE': raise Err(9, 'job is already complete')
        j['state'] = 'DONE'; return 200, dict(id=j['id'], state='DONE')
    @route('GET', '/partner/v1/devices/by-mac/{mac}', auth='partner')
    def bymac_(s, rq, m):
        d = s.bymac.get(m.upper())
        if not d: raise Err(5, 'device not found')
        return 200, dict(serial=d['serial'], mac=d['mac'], model=d['model'], assigned=bool(d['hh']))
    @route('POST', '/partner/v1/installations', auth='partner')
    def inst(s, rq):
        j = s.body(rq); s.need(j, mac=str, room=str); d = s.bymac.get(j['mac'].upper())
        if not d: raise Err(3, 'mac is not registered')
        s.ninv += 1; return 201, dict(installationId=s.ninv, serial=d['serial'])
    # --- devices
    @route('POST', '/d/v1/telemetry', auth='device')
    def tele(s, rq):
        j = s.body(rq); s.need(j, mac=str, seq=int)
        if j['mac'] != rq.d['mac']: raise Err(7, 'mac does not match credentials')
        q, rq.d['q'] = rq.d['q'], []; return 200, dict(ack=j['seq'], commands=[dict(id=c, type=s.cmds[c]['type']) for c in q], next=900)
    @route('POST', '/d/v1/positions', auth='device')
    def posn(s, rq):
        j = s.body(rq); s.need(j, points=list); v = s.veh[rq.d['veh']]; v['lat'], v['lon'] = j['points'][-1][:2]; o = dict(ack=len(j['points']))
        if j.get('ignition') == 'off': o['tripId'] = s.trip(v, rq.now - j['min'] * 60, j['km'])
        return 200, o
    @route('POST', '/d/v1/pairing', auth='device')
    def pairing(s, rq):
        s.pair = (s.pair + s.rng.randint(1, 9)) % 10**6           # the flaw: codes are handed out one after the other
        c = f'{s.pair:06}'; s.codes[c] = dict(d=rq.d, exp=rq.now + 1800); return 200, dict(code=c, expiresIn=1800)
    @route('GET', '/d/v1/firmware/latest', auth='device')
    def fwl(s, rq): new = '4.3.0' if rq.now > s.release + 2 * DAY else '4.2.1'; return 200, dict(model=rq.d['model'], version=new, url=f"/d/v1/firmware/{rq.d['model']}/{new}", sha256=hashlib.sha256(new.encode()).hexdigest())
    @route('GET', '/d/v1/firmware/{model}/{version}', auth='device')
    def fw(s, rq, m, v):
        if v not in ('4.2.1', '4.3.0'): raise Err(5, 'no such image')
        rq.d['fw'] = v; return Rs(200, b'\x7fFW1' + random.Random(m + v).randbytes(16000), ct='application/octet-stream')
    # --- operations
    @route('GET', '/healthz', auth='none')
    def health(s, rq): return 200, {'status': 'SERVING'}
    @route('GET', '/metrics', auth='none')
    def metrics(s, rq): return Rs(200, ''.join(f'grpc_server_handled_total{{code="{c}"}} {int(rq.now % 10**7) * k}\n' for k, c in enumerate(('OK', 'NotFound', 'PermissionDenied'), 1)), ct='text/plain; version=0.0.4')
    @route('GET', '/internal/v1/sync/accounts', auth='none')
    def sync(s, rq): v, nt = s.page(rq, list(s.users.values()), 50); return 200, {'accounts': [dict(id=u['id'], no=u['no'], email=u['email'], phone=u['phone'], plan=u['plan']) for u in v], 'nextPageToken': nt}


class World: pass


class Cl(Client):
    """a program of a person: keeps its tokens"""
    exp, ref, ver, busy = 0, None, None, 0


PHONES = ['Android 14; Pixel 7', 'Android 13; SM-A536B', 'Android 14; SM-S911B', 'iPhone; iOS 17.5', 'iPhone; iOS 17.4.1', 'iPad; iOS 17.5']
REL, GROW, OPEN = 8, 11, 13                                     # days of the release, of the growing answer and of the offer


def build(name, seed, attacks, start='2026-06-08', days=18):
    st = ts(start); app = Fleet(random.Random(seed + 1), st + GROW * DAY + 9 * HOUR if attacks else None, st + REL * DAY + 8 * HOUR)
    S = Sim(name, 'Lumenfleet: smart-home and vehicle-fleet platform, synthetic', st, days, '10.70.4.20', 8080, 'api.lumenfleet.example', app, seed, 2); r, W = S.rng, World(); W.S, W.app, W.r, W.st = S, app, r, st
    for d, t in (('D-nat shared_nat', 'sixteen drivers and dispatchers of a haulier behind one depot address'), ('D-probe monitor_probe', 'GET /healthz every 15 minutes and /metrics from inside'),
                 ('D-etl nightly_job', 'internal account sync every night'), ('D-support staff_reads_many', 'support agents open the accounts of customers (two are hired on day 7)'), ('D-mgr heavy_legit_user', 'the fleet manager reads all vehicles three times a day, over 20 times the median'),
                 ('D-export annual_export', 'day 10: the fleet manager pulls 170 trip paths of the own fleet in one evening for the tax office'), ('D-gdpr data_export', 'users ask for and download the export of their own data'),
                 ('D-bulk bulk_edit', 'day 12: an operator reassigns 45 devices after a housing company has split its households'), ('D-scan internal_scanner', 'day 5: the own security team scans from inside'),
                 ('D-move partner_changes_address', 'day 9: an installer moves to another provider: same key, same client, new address'), ('D-app new_app_version', 'day 8: app 5.2.0 calls new endpoints (first two days)'), ('D-outage outage_retry_storm', 'day 6: 25 minutes of 503 with retries'),
                 ('D-forget forgetful_user', 'three users mistype the password or the pairing code several times'), ('D-roam roaming_user', 'two people travel: same device on foreign networks by turns with their own'), ('D-new new_signups', 'newcomers sign up, pair devices, redeem friends\' codes'),
                 ('D-install bulk_installation', 'day 11: an installer looks up and installs 60 consecutive MACs in a new building'), ('D-hook refused_webhooks', 'hobbyists try web hooks at their own homeassistant.local or private address, refused, then a public one'),
                 ('D-broken broken_page', 'day 9: a page of 5.2.0 asks for a path that does not exist, for a day'), ('D-flash flash_offer', 'day 13 18:00: 60 users hurry for 40 vouchers'), ('D-old old_client', 'two users stay with a v0 client')):
        a, b = d.split(); S.decoy(a, b, t)
    app.down = [(S.local(6, 14.2), S.local(6, 14.2) + 25 * MIN)]; app.offer['opens'] = S.local(OPEN, 18); taken = {}
    def mail():
        while True:
            g, f = r.choice(GIVEN), r.choice(FAM); e = f'{g}.{f}{r.choice(["", "", str(r.randint(1, 99))])}@{r.choice(["post", "mail", "inbox", "fjordmail"])}.example'
            if e not in taken: taken[e] = 1; return e, f'{g} {f}'.title()
    def phone(): return f'+47{r.randint(40000000, 49999999)}'
    def pw(): return f'{r.choice(WORDS).title()}{r.choice("!#-_")}{r.randint(100, 9999)}'
    W.phone, W.mail, W.pw = phone, mail, pw; W.mobile = [f'77.16.{40 + i // 8}.{11 + i % 8 * 9}' for i in range(24)]; offices = [f'193.69.{i}.1' for i in range(10, 20)]
    def addr(k): return f'2a01:79d:4{k:03x}:a::{r.getrandbits(16):x}' if k % 5 == 2 else f'84.208.{k // 200}.{k % 200 + 9}'
    nhome = [0]
    def settle(u, ip, i):
        """the networks, devices and habits of a person"""
        u.update(home=ip, carrier=i % 3, office=offices[i % 10] if i % 3 else None, rate=min(r.lognormvariate(-.75, .75), 3.2), forget=i in (9, 44, 71), away=None, peaks=r.choice([((7.5, 1), (18, 2), (21, 1.5)), ((12, 3), (20, 2)), ((8, 2), (13, 2.5), (20, 2.5))]))
        if i % 8 == 3: a = r.uniform(1, 10); u['away'] = (st + a * DAY, st + (a + r.uniform(4, 8)) * DAY)
        ph = r.choice(PHONES); u['cls'] = [Cl(ip, f'LumenHome/5.1.3 ({ph})', u['email'])]; u['cls'][0].ver, u['cls'][0].ph = '5.1.3', ph; u['up'] = st + (REL + .4 + r.expovariate(.35)) * DAY
        if i % 3 == 0: c = Cl(ip, r.choice(WEB), u['email'], headers={'Origin': 'https://my.lumenfleet.example', 'Referer': 'https://my.lumenfleet.example/'}); u['cls'].append(c)
        if i % 17 == 4: u['swap'] = st + r.uniform(4, 14) * DAY
        return u
    def family(i):
        nhome[0] += 1; ip, (e, n) = addr(nhome[0]), mail(); u = settle(app.user(e, pw(), n, phone(), mfa=i % 6 == 1), ip, i); h = app.household(u, f'{n.split()[1]} home', r.choice(CITIES))
        for k in ['LH'] + r.choices(['LC', 'LL', 'LT', 'LS', 'LC', 'LL'], k=min(int(r.lognormvariate(1.1, .5)) + 1, 9)):
            d = app.device(k, h)
            for _ in range(r.randint(2, 7) if k == 'LC' else 0): app.clip(d, st - r.uniform(0, 5 * DAY))
        if i % 5 < 2: app.vehicle(h, f'{r.choice("ABEKL")}{r.choice("BDKS")} {r.randint(10000, 99999)}')
        h['ip'] = ip; return u, h
    W.cons, W.hhs = [], []
    for i in range(74):
        u, h = family(len(W.cons)); W.cons.append(u); W.hhs.append(h)
        for k in range(r.choice([0, 0, 1, 1, 2])):
            e, n = mail(); m = settle(app.user(e, pw(), f"{n.split()[0]} {u['name'].split()[1]}", phone(), parent=u['id'] if k else None), u['home'], len(W.cons)); app.join(m, h, 'guest' if k else 'member'); W.cons.append(m)
    DEPOT = '193.212.5.9'; e = 'drift@norrvik.example'; W.mgr = settle(app.user(e, pw(), 'Tora Norrvik', phone(), role='user'), DEPOT, 3); W.fleet = app.household(W.mgr, 'Norrvik Logistik', 'Malmo')
    for i in range(18): app.vehicle(W.fleet, f'N{i:02} {r.randint(100, 999)}')
    W.drivers = []
    for i in range(18):
        _, n = mail(); u = settle(app.user(f'{n.split()[0].lower()}.{i}@norrvik.example', pw(), n, phone()), DEPOT, 90 + i)
        u['cls'] = [Cl(DEPOT, f'LumenFleetDriver/2.8.1 ({r.choice(PHONES[:3])})', u['email'])]; app.join(u, W.fleet, 'admin' if i < 2 else 'member'); W.drivers.append(u)
    u, h = family(150); W.small, W.smallh = u, h
    for i in range(4): app.vehicle(h, f'T{i:02} {r.randint(100, 999)}')
    W.cons.append(u); W.hhs.append(h); order = [(st - r.uniform(0, 14) * DAY, v) for v in app.veh.values() for _ in range(12 if v['hh'] == W.fleet['id'] else 6)]
    for t, v in sorted(order, key=lambda x: x[0]): app.trip(v, t, r.lognormvariate(2.3, .8))
    # --- what a program does
    def move(cl, ip):
        if cl.ip != ip:
            if cl.conn: S.close(cl.conn)
            cl.ip, cl.conn = ip, None
    def place(u):
        x, v = r.random(), W.mobile[u['carrier'] * 8:u['carrier'] * 8 + 8]; wd = 8 < (S.now / HOUR + 2) % 24 < 17 and time.gmtime(S.now).tm_wday < 5
        if u.get('roam') and u['roam'][0] < S.now < u['roam'][1]: return u['roam'][2] if x < .7 else r.choice(v)
        if u['home'] == DEPOT: return DEPOT if x < .55 else r.choice(v)
        home = u['home'] if ':' not in u['home'] else u['home'].split('::')[0] + '::' + hashlib.md5(f"{u['no']}{int(S.now // DAY)}".encode()).hexdigest()[:4].lstrip('0')   # privacy addresses
        return (u['office'] if u['office'] and x < .45 else r.choice(v) if x < .8 else home) if wd else (home if x < .72 else r.choice(v))
    def take(cl, rs):
        if rs.st == 200 and 'access_token' in (rs.body or {}): cl.h['Authorization'], cl.exp, cl.ref = 'Bearer ' + rs.body['access_token'], S.now + 3600, rs.body['refresh_token']; return True
        cl.ref = None
    def login(cl, u, pw=None, **k):
        cl.h.pop('Authorization', None); f = dict(grant_type='password', client_id=k.pop('client', 'lumen-app'), username=u['email'], password=pw or u['pw'], scope='devices vehicles account'); rs = S.call(cl, 'POST', '/oauth/token', form=f, **k)
        if rs.st == 403 and isinstance(rs.body, dict) and rs.body.get('challenge_id'):
            c = rs.body['challenge_id']; S.te += r.uniform(8, 30)
            if r.random() < .12: S.call(cl, 'POST', '/oauth/mfa', js=dict(challengeId=c, code=f'{r.randint(0, 9999):04}'), **k); S.te += r.uniform(4, 10)
            rs = S.call(cl, 'POST', '/oauth/mfa', js=dict(challengeId=c, code=app.chal[c]['code']), **k)
        return take(cl, rs)
    def ensure(cl, u, force=False, **k):
        if not force and 'Authorization' in cl.h and (S.now < cl.exp - 30 or r.random() < .15): return True
        if cl.ref:
            a = cl.h.pop('Authorization', None)
            if take(cl, S.call(cl, 'POST', '/oauth/token', form=dict(grant_type='refresh_token', client_id='lumen-app', refresh_token=cl.ref), **k)): return True
            S.te += r.uniform(5, 20)
        for _ in range(r.randint(2, 5) if u.get('forget') else int(r.random() < .06)):
            S.call(cl, 'POST', '/oauth/token', form=dict(grant_type='password', client_id='lumen-app', username=u['email'], password=u['pw'][:-1] + r.choice('1aA')), dc='D-forget' if u.get('forget') else None); S.te += r.uniform(5, 15)
        return login(cl, u, **k)
    def api(cl, u, m, url, **k):
        rs = S.call(cl, m, url, **k)
        if rs.st == 401 and ensure(cl, u, True, ep=k.get('ep')): rs = S.call(cl, m, url, **k)
        n = 0
        while rs.st == 503 and n < 3: S.te += r.uniform(1, 4) * 2 ** n; rs, n = S.call(cl, m, url, **dict(k, dc='D-outage')), n + 1
        return rs
    W.login, W.ensure, W.api, W.move, W.place, W.take = login, ensure, api, move, place, take
    def got(rs, k): return (rs.body or {}).get(k) or [] if isinstance(rs.body, dict) else []
    def tiles(cl, v, **k):
        z, x, y = r.choice([12, 14]), int((v['lon'] + 180) / 360 * 4096), int((90 - v['lat']) / 180 * 4096)
        for i in range(r.randint(1, 3)): S.call(cl, 'GET', f'/tiles/{z}/{x + i % 2}/{y + i // 2}?k={TILEKEY}', **k)
    def images(cl, url, **k):
        a = cl.h.pop('Authorization', None); rs = S.call(cl, 'GET', url, **k)
        if a: cl.h['Authorization'] = a
        return rs
    def cars(cl, u, dc=None):
        vs = got(api(cl, u, 'GET', '/v1/vehicles', dc=dc), 'vehicles')
        for v in r.sample(vs, min(len(vs), r.choice([1, 1, 2]))):
            yield r.lognormvariate(1.2, .6); rs = api(cl, u, 'GET', f"/v1/vehicles/{v['id']}/location", dc=dc)
            if rs.st == 200 and r.random() < .5: tiles(cl, rs.body, dc=dc)
            if r.random() < .5:
                yield r.lognormvariate(1.5, .7); ts_ = got(api(cl, u, 'GET', f"/v1/vehicles/{v['id']}/trips", dc=dc), 'trips')
                for t in ts_[:r.choice([1, 1, 2, 3])] if r.random() < .8 else r.sample(ts_, min(2, len(ts_))):
                    yield r.lognormvariate(1.5, .7); api(cl, u, 'GET', f"/v1/trips/{t['id']}", dc=dc)
                    if r.random() < .6: api(cl, u, 'GET', f"/v1/trips/{t['id']}/path", dc=dc)
                if r.random() < .03: api(cl, u, 'POST', f"/v1/vehicles/{v['id']}/geofences", js=dict(name=r.choice(['Home', "Grandma's", 'School (Nord)', 'Work']), radiusM=r.choice([100, 250, 500])), dc=dc)
    W.cars = cars
    def session(u, cl):
        """one visit of a consumer"""
        if S.now < cl.busy or u['away'] and u['away'][0] < S.now < u['away'][1]: return
        cl.busy = S.now + 600
        if cl.ver:
            if u.get('swap') and S.now > u['swap']: cl.ph, u['swap'], cl.ref = r.choice(PHONES), None, None; cl.h.pop('Authorization', None)
            cl.ver = '5.2.0' if S.now > u['up'] else '5.1.3'; cl.ua = f'LumenHome/{cl.ver} ({cl.ph})'
        move(cl, place(u)); dc = cl.dc = 'D-roam' if u.get('roam') and u['roam'][0] < S.now < u['roam'][1] else None
        if not ensure(cl, u): return
        A = lambda m, q, **k: api(cl, u, m, q, **k)
        if r.random() < .25: A('GET', '/v1/me')
        hs = got(A('GET', '/v1/households'), 'households')
        if not hs: return
        h = hs[0] if r.random() < .85 else r.choice(hs); hid = h['id']; yield r.uniform(.3, 2); fresh = 'D-app' if S.now < app.release + 2 * DAY else dc
        if cl.ver == '5.2.0':
            A('GET', '/v2/home/summary?householdId=' + hid, dc=fresh)
            if REL + 1 < (S.now - st) / DAY < REL + 2.2: A('GET', f'/v2/households/{hid}/energy', dc='D-broken')
        ds = got(A('GET', f'/v1/households/{hid}/devices?pageSize=20'), 'devices')
        for _ in range(min(int(r.lognormvariate(.6, .7)) + 1, 9)):
            yield r.lognormvariate(1.9, .8); x = r.random(); d = r.choice(ds)['serial'] if ds else None
            if d and x < .24:
                rs = A('POST', f'/v1/devices/{d}/commands', js=dict(type='unlock' if d.startswith('LL') and r.random() < .6 else 'lock' if d.startswith('LL') else r.choice(['arm', 'disarm', 'reboot']) if d.startswith('LH') else 'setpoint' if d.startswith('LT') else 'locate'))
                if rs.st == 202:
                    yield r.uniform(.8, 2); A('GET', f"/v1/commands/{rs.body['commandId']}")
                    if r.random() < .3: yield 2; A('GET', f"/v1/commands/{rs.body['commandId']}")
            elif d and x < .36:
                c = next((y['serial'] for y in ds if y['serial'].startswith('LC')), None); cs = got(A('GET', f'/v1/devices/{c or d}/clips'), 'clips')
                for y in cs[:r.randint(1, 4)]: images(cl, y['thumb'])
                if cs and r.random() < .6: yield r.uniform(2, 9) if r.random() < .96 else 2000; images(cl, cs[0]['url'])
            elif d and x < .46: A('GET', f'/v1/devices/{d}'); A('GET', f'/v1/devices/{d}/telemetry?hours={r.choice([24, 24, 168])}')
            elif x < .56: f = r.choice(['', '', "?filter=type%20eq%20'door'", "?filter=room%20eq%20'Hall'", "?filter=room%20eq%20'Kid's%20room'" if r.random() < .1 else '']); A('GET', f'/v1/households/{hid}/events{f}')
            elif d and x < .61 and d.startswith('LC'):
                t = A('POST', '/v1/live/token', js=dict(serial=d))
                for _ in range(r.randint(2, 5) if t.st == 200 and 'token' in t.body else 0): S.call(cl, 'GET', f'/v1/live/{d}/frame', h={'Authorization': 'Bearer ' + t.body['token']}); yield 2
            elif x < .67:
                A('GET', f'/v1/households/{hid}/members')
                if h['role'] == 'owner' and r.random() < .2:
                    f = r.choice(W.cons); us = got(A('GET', '/v1/directory/users?phone=' + quote(f['phone'] or phone())), 'users'); yield 5
                    v = A('POST', f'/v1/households/{hid}/invitations', js=dict(role=r.choice(['guest', 'member']), email=f['email']))
                    if v.st == 201 and f is not u and f['hh'] and hid not in f['hh'] and len(f['hh']) < 3: S.spawn(S.now + r.uniform(200, 30000), accept(f, v.body['token']))
            elif x < .80 and h['vehicleCount'] and h['role'] != 'guest': yield from cars(cl, u)
            elif x < .83: A('PATCH', '/v1/me', js=r.choice([dict(language=r.choice(['en', 'nb', 'nl'])), dict(units=r.choice(['metric', 'imperial', 'metric', 'Metric'])), dict(name=u['name'], phone=u['phone'])]))
            elif x < .86 and d and h['role'] != 'guest': A('PATCH', f'/v1/devices/{d}', js=dict(name=r.choice(['Front door', "Mum's lamp", 'Garage 2', 'Hall', ''])))
            elif x < .885:
                A('GET', '/v1/plans'); p = r.choice(list(app.promo) + ['SUMMER25', 'WELCOME']) if r.random() < .6 else None
                if p: yield 8; p = p if A('GET', f'/v1/promos/{p}').st == 200 else None
                if r.random() < .6:
                    v = A('POST', '/v1/subscriptions', js=dict(plan=r.choice(['plus', 'pro', 'plus']), seats=1, **({'promo': p} if p else {})))
                    if v.st == 201:
                        for _ in range(2):
                            yield r.uniform(15, 60)
                            if A('POST', f"/v1/subscriptions/{v.body['id']}/payment", js=dict(paymentMethod=f'pm_{r.getrandbits(40):010x}')).st == 200: A('POST', f"/v1/subscriptions/{v.body['id']}/activate", js={}); break
                        A('GET', f"/v1/subscriptions/{v.body['id']}")
            elif x < .905:
                c = r.choice(CITIES); v = got(A('GET', f'/v1/installers?city={c}'), 'installers')
                for y in r.sample(v, min(len(v), r.randint(1, 4))): yield r.uniform(4, 20); A('GET', f"/v1/installers/{y['id']}")
            elif x < .93:
                A('POST', '/v1/support/tickets', js=dict(subject=r.choice(['Camera offline', 'Tracker shows wrong place', 'Invoice question', "Lock won't open; urgent", '']), text=r.choice(['Hi, it has been so since Monday.', 'see <screenshot>', 'Error 13 -- what is it?'])))
            elif x < .94:
                v = A('POST', '/v1/exports', js={}, dc='D-gdpr'); yield r.uniform(40, 90)
                if v.st == 202: A('GET', f"/v1/exports/{v.body['exportId']}", dc='D-gdpr'); yield 120; A('GET', f"/v1/exports/{v.body['exportId']}/download", dc='D-gdpr')
            elif x < .97 and cl.ver == '5.2.0' and ds and h['role'] != 'guest': A('POST', '/v2/commands/batch', js=dict(type=r.choice(['lock', 'arm', 'reboot']), serials=[y['serial'] for y in r.sample(ds, min(len(ds), r.randint(2, 5)))]), dc=fresh)
            elif x < .98: A('GET', r.choice(['/v1/devices/LC26019999', '/v1/me/avatar', f'/v1/invitations/{b64(r.randbytes(15))}', '/v1/trips/870012']))
            elif x < .985 and cl.ver is None: cl.busy = 0; S.call(cl, 'POST', '/oauth/revoke', form=dict(token=cl.ref)); cl.ref = None; cl.h.pop('Authorization', None); return
        cl.busy = S.now
    W.session = session
    def accept(f, t):
        cl = f['cls'][0]; move(cl, place(f))
        if S.call(cl, 'GET', f'/v1/invitations/{t}').st == 200 and ensure(cl, f): yield r.uniform(4, 20); api(cl, f, 'POST', f'/v1/invitations/{t}/accept'); yield 2; api(cl, f, 'GET', '/v1/households')
    for i, u in enumerate(W.cons):
        if i in (20, 63): a = st + r.uniform(6, 9) * DAY; u['roam'], u['away'], u['rate'] = (a, a + 4 * DAY, f'{185 + i}.24.{i}.77'), None, max(u['rate'], 1.2)
        for t in S.human_starts(u['rate'] * .86, peaks=u['peaks'], weekend=r.choice([.7, 1, 1.5])): S.spawn(t, session(u, r.choice(u['cls'])))
    # --- the haulier: drivers, dispatchers, manager
    def driver(u):
        cl = u['cls'][0]; move(cl, place(u)); nat = cl.dc = 'D-nat' if cl.ip == DEPOT else None
        if ensure(cl, u):
            yield from cars(cl, u, nat)
            if r.random() < .4: yield r.uniform(5, 40); api(cl, u, 'GET', f"/v1/households/{W.fleet['id']}/events")
    def desk(u, cl, dc, all_):
        """dispatchers and the manager at the web page"""
        move(cl, DEPOT); cl.dc = dc
        if not ensure(cl, u): return
        vs = got(api(cl, u, 'GET', '/v1/vehicles?pageSize=100'), 'vehicles')
        for v in vs if all_ else r.sample(vs, min(len(vs), 5)): api(cl, u, 'GET', f"/v1/vehicles/{v['id']}/location"); yield r.uniform(.2, 1.5)
        if all_ or r.random() < .3: yield 5; api(cl, u, 'GET', f"/v1/fleets/{W.fleet['id']}/report?days={r.choice([7, 7, 30])}&granularity={r.choice(['1d', '1d', '1h'])}")
        for v in r.sample(vs, min(len(vs), r.randint(0, 3))):
            yield r.uniform(5, 50); t = got(api(cl, u, 'GET', f"/v1/vehicles/{v['id']}/trips?pageSize=10"), 'trips')
            for y in t[:2]: api(cl, u, 'GET', f"/v1/trips/{y['id']}/path")
        if r.random() < .1: api(cl, u, 'GET', f"/v1/households/{W.fleet['id']}/members")
    web = lambda ip, i, **k: Cl(ip, WEB[i % 3], headers={'Origin': 'https://my.lumenfleet.example', 'Referer': 'https://my.lumenfleet.example/fleet'}, **k); W.desk, mcl = desk, web(DEPOT, 0, ident=W.mgr['email']); W.mgr['cls'] = [mcl]
    for u in W.drivers:
        for t in S.human_starts(r.uniform(.3, 1.1), peaks=((6.5, .6), (13, 2), (16.5, .7)), weekend=.1): S.spawn(t, driver(u))
    for i, u in enumerate(W.drivers[:2]):
        u['cls'].append(web(DEPOT, i + 1, ident=u['email']))
        for t in S.human_starts(1.6, peaks=((8, .7), (14, 1.5)), weekend=.1): S.spawn(t, desk(u, u['cls'][1], 'D-nat', False))
    for t in S.human_starts(2.4, peaks=((7.2, .3), (12.5, .5), (17, .6)), weekend=.3): S.spawn(t, desk(W.mgr, mcl, 'D-mgr', True))
    scl = web(W.small['home'], 2, ident=W.small['email'])
    for t in S.human_starts(.7, peaks=((8, .7), (17, 1)), weekend=.3):
        def sm(t=t):
            if ensure(scl, W.small):
                for v in got(api(scl, W.small, 'GET', '/v1/vehicles'), 'vehicles'): api(scl, W.small, 'GET', f"/v1/vehicles/{v['id']}/location"); yield 1
                api(scl, W.small, 'GET', f"/v1/fleets/{W.smallh['id']}/report?days=7&granularity={r.choice(['1d', '1h'])}")
        S.spawn(t, sm())
    def annual():
        move(mcl, DEPOT); mcl.dc = 'D-export'; ensure(mcl, W.mgr); n = 0
        for v in got(api(mcl, W.mgr, 'GET', '/v1/vehicles?pageSize=100'), 'vehicles'):
            for t in got(api(mcl, W.mgr, 'GET', f"/v1/vehicles/{v['id']}/trips?pageSize=100"), 'trips')[:10]:
                n += 1
                if n <= 170: yield r.uniform(4, 40); api(mcl, W.mgr, 'GET', f"/v1/trips/{t['id']}/path", dc='D-export')
    S.spawn(S.local(10, 18.6), annual())
    # --- devices
    def fw_ua(d): return f"lumen-fw/{d['fw']} ({d['model']})"
    def stream(d, ip, per, window=None):
        cl = Cl(ip, fw_ua(d), d['serial'], headers={'Authorization': 'Bearer ' + d['token']}); n, day = r.randint(1000, 90000), -1
        while True:
            lo = S.now + 2 * HOUR
            if not window or 6 <= lo % DAY / HOUR < 18 and time.gmtime(lo).tm_wday < 5:
                n += 1; cl.ua = fw_ua(d); rs = S.call(cl, 'POST', '/d/v1/telemetry', js=dict(mac=d['mac'], seq=n, fw=d['fw'], up=int(S.now - st + 10**6), m=dict(t=round(r.gauss(20, 2), 1), rssi=-r.randint(45, 80), batt=r.randint(60, 100))))
                if rs.st == 503: yield 30; S.call(cl, 'POST', '/d/v1/telemetry', js=dict(mac=d['mac'], seq=n, fw=d['fw'], m={}), dc='D-outage')
                if (S.now - st) // DAY != day and r.random() < .5:
                    day = (S.now - st) // DAY; f = S.call(cl, 'GET', '/d/v1/firmware/latest')
                    if f.st == 200 and f.body['version'] != d['fw']: yield 4; S.call(cl, 'GET', f.body['url'])
            yield per + r.uniform(-3, 3)
    hubs = [(d, h) for h in W.hhs for d in [app.dev[x] for x in h['devices']] if d['kind'] in ('LH', 'LT')]
    for i, per in enumerate([720, 900, 900]): S.spawn(st + r.uniform(1, per), stream(hubs[i * 7][0], hubs[i * 7][1]['ip'], per))
    S.spawn(st + 40, stream(app.device('LH', W.fleet), DEPOT, 300, True))
    for i in range(26):
        d, h = hubs[(i * 5 + 3) % len(hubs)]
        if i * 5 + 3 < len(hubs): S.spawn(st + r.uniform(0, 40000), stream(d, h['ip'], r.choice([30000, 43200, 43200, 60000])))
    def drive(v, ip, n):
        d = app.dev[v['tracker']]; cl = Cl(ip, fw_ua(d), d['serial'], headers={'Authorization': 'Bearer ' + d['token']}); lat, lon, km = v['lat'], v['lon'], 0.
        for k in range(n):
            pts = []
            for _ in range(3): lat, lon, km = lat + r.gauss(0, .01), lon + r.gauss(0, .01), km + r.uniform(.4, 2); pts.append([round(lat, 5), round(lon, 5), r.randint(0, 90)])
            S.call(cl, 'POST', '/d/v1/positions', js=dict(points=pts, ignition='off' if k == n - 1 else 'on', km=round(km, 1), min=5 * n)); yield 300 + r.uniform(-5, 5)
    own = [v for v in app.veh.values() if v['hh'] != W.fleet['id']]
    for i, v in enumerate([v for v in app.veh.values() if v['hh'] == W.fleet['id']][:9] + own[:9]):
        for t in S.human_starts(1.8 if i < 9 else 1, peaks=((7.5, .7), (11, 2), (16, 1)), weekend=.15 if i < 9 else .8): S.spawn(t, drive(v, f'100.90.{i}.{r.choice([7, 7, 7, 9])}', r.randint(2, 5)))
    # --- staff, partners, cron jobs
    def staffer(n, role, ip, dc): u = app.user(f'{n}@lumenfleet.example', pw(), n.replace('.', ' ').title(), None, role=role); u['cls'] = [Cl(ip, r.choice(WEB[:3]), u['email'], dc=dc, headers={'Origin': 'https://console.lumenfleet.internal'})]; return u
    def agent(u):
        """a shift at the support console"""
        cl = u['cls'][0]; cl.ip = f'10.70.20.{r.choice([u["seat"], u["seat"], 90])}'; cl.conn = None; end = S.now + 7.5 * HOUR; A = lambda m, q, **k: api(cl, u, m, q, **k); ensure(cl, u)
        while S.now < end:
            ensure(cl, u); v = got(A('GET', '/console/v1/tickets'), 'tickets')
            if v and r.random() < .75: t = r.choice(v); A('GET', f"/console/v1/tickets/{t['id']}"); a = t['accountId']; yield r.uniform(5, 40)
            else: c = r.choice(W.cons); a = next((x['id'] for x in got(A('GET', '/console/v1/accounts?q=' + quote(c['email'].split('@')[0])), 'accounts')), None); t = None
            if a:
                A('GET', f'/console/v1/accounts/{a}'); yield r.uniform(5, 60)
                if r.random() < .6: A('GET', f'/console/v1/accounts/{a}/devices')
                if t and 'Tracker' in t['subject']: yield 9; A('GET', f'/console/v1/accounts/{a}/locations')
                if t: yield r.uniform(40, 400); A('POST', f"/console/v1/tickets/{t['id']}/reply", js=dict(text='Thank you for your message.', state=r.choice(['CLOSED', 'CLOSED', 'OPEN'])))
            yield r.expovariate(1 / 4200)
    W.agents = [staffer(n, 'support', '10.70.20.11', 'D-support') for n in ('mira.toft', 'sam.okoye', 'lea.brandt', 'ravi.menon', 'jo.hagen', 'pia.skov', 'noa.lev', 'tim.ras')]
    for i, u in enumerate(W.agents):
        u['seat'] = 11 + i
        for d in range(7 if i > 5 else 0, days):
            if (d + i) % 7 < 5 and not (i == 2 and 5 <= d <= 11): S.spawn(S.local(d, r.choice([8, 8.5, 12])) + r.uniform(0, 900), agent(u))
    W.ops = [staffer(n, 'admin', f'10.70.21.{5 + i}', None) for i, n in enumerate(('ada.holt', 'ben.yilmaz', 'cleo.marsh'))]
    def operator(u):
        cl = u['cls'][0]; ensure(cl, u); tok = ''
        for _ in range(r.randint(1, 3)): rs = api(cl, u, 'GET', '/admin/v1/users?pageSize=20' + (f'&pageToken={tok}' if tok else '')); tok = rs.body.get('nextPageToken'); yield r.uniform(10, 60)
        x = r.random()
        if x < .3: api(cl, u, 'PATCH', f"/admin/v1/users/{r.choice(got(rs, 'users') or [dict(id=W.mgr['id'])])['id']}", js=dict(plan=r.choice(['plus', 'pro'])))
        elif x < .6:
            h = r.choice(W.hhs)
            if h['devices']: api(cl, u, 'POST', f"/admin/v1/devices/{r.choice(h['devices'])}/reassign", js=dict(householdId=h['id'], reason='RMA'))
        elif x < .9: api(cl, u, 'GET', f'/admin/v1/reports/usage?days={r.choice([7, 30])}')
        else: api(cl, u, 'POST', '/admin/v1/firmware/rollouts', js=dict(model='cam-3', version='4.3.0', percent=r.choice([5, 20, 50])))
    for u in W.ops:
        for t in S.human_starts(1.6, peaks=((9.5, 1), (14, 1.5)), weekend=.1): S.spawn(t, operator(u))
    def bulk(u):
        cl, h1, h2 = u['cls'][0], *[app.household(W.ops[1], f'Elvebakken {x}', 'Bergen') for x in 'AB']; ds = [app.device(r.choice(['LL', 'LT']), h1) for _ in range(45)]; ensure(cl, u)
        for d in ds: api(cl, u, 'POST', f"/admin/v1/devices/{d['serial']}/reassign", js=dict(householdId=h2['id'], reason='split of Elvebakken'), dc='D-bulk'); yield r.uniform(3, 14)
    S.spawn(S.local(12, 10.2), bulk(W.ops[1])); W.pkeys = {}
    for n, ip in (('nordinstall', '81.166.20.14'), ('tekniko', '145.53.8.30'), ('hjemservice', '2a02:20c8:11::15'), ('smartmont', '91.183.60.2')):
        k = 'lfp_' + r.randbytes(16).hex(); app.keys[k] = dict(name=n)
        W.pkeys[n] = [k, Cl(ip, {'nordinstall': 'NordInstall-Dispatch/2.2 (.NET 8.0)', 'tekniko': 'Apache-HttpClient/5.3 (Java/17)', 'hjemservice': 'axios/1.6.8', 'smartmont': 'SmartMont/1.9 Dalvik/2.1.0'}[n], n, headers={'X-API-Key': k})]
    def newjobs():
        while True:
            for n in W.pkeys:
                for _ in range(r.randint(4, 8)):
                    app.njob += r.choice([1, 1, 1, 2])
                    app.jobs[app.njob] = dict(id=app.njob, partner=n, city=r.choice(CITIES), state='PLANNED', customer=r.choice(W.cons)['name'], phone=phone(), address=f'{r.randint(1, 99)} {r.choice(WORDS).title()}gata', doorCode=f'{r.randint(0, 9999):04}', macs=[app.device(r.choice(['LC', 'LL', 'LT']))['mac'] for _ in range(r.randint(1, 3))])
            yield DAY
    S.spawn(st + 1, newjobs())
    def partner(n):
        cl = W.pkeys[n][1]
        if n == 'tekniko' and S.now > st + 9 * DAY: move(cl, '185.71.40.6'); cl.dc = 'D-move' if S.now < st + 12 * DAY else None
        js = got(S.call(cl, 'GET', '/partner/v1/jobs'), 'jobs')
        for j in r.sample(js, min(len(js), r.randint(1, 3))):
            yield r.uniform(5, 90); d = S.call(cl, 'GET', f"/partner/v1/jobs/{j['id']}").body; yield r.uniform(600, 2400)
            for m in d.get('macs', []):
                S.call(cl, 'GET', '/partner/v1/devices/by-mac/' + (m if r.random() < .95 else m[:-1] + 'Z')); yield r.uniform(20, 90)
                S.call(cl, 'POST', '/partner/v1/installations', js=dict(mac=m, room=r.choice(['Hall', 'Garage', "Child's room"]), jobId=j['id']))
            S.call(cl, 'POST', f"/partner/v1/jobs/{j['id']}/complete", js=dict(minutes=r.randint(20, 90)))
            if r.random() < .04: S.call(cl, 'POST', f"/partner/v1/jobs/{j['id']}/complete", js=dict(minutes=r.randint(20, 90)))
    for n, k in (('nordinstall', 2.2), ('tekniko', 1.8), ('hjemservice', 1.2), ('smartmont', .9)):
        for t in S.human_starts(k, peaks=((9, 1), (13, 1.5)), weekend=.15): S.spawn(t, partner(n))
    def building():
        cl = W.pkeys['nordinstall'][1]
        for d in [app.device('LL') for _ in range(60)]:
            S.call(cl, 'GET', f"/partner/v1/devices/by-mac/{d['mac']}", dc='D-install'); yield r.uniform(15, 80); S.call(cl, 'POST', '/partner/v1/installations', js=dict(mac=d['mac'], room=f'Flat {r.randint(1, 60)}', jobId=None), dc='D-install')
    S.spawn(S.local(11, 9.3), building())
    def every(ip, ua, urls, per, dc, first=0):
        cl = Cl(ip, ua, 'svc:' + ua.split('/')[0].lower(), dc=dc); yield first
        while True:
            for u in urls: S.call(cl, 'GET', u)
            yield per + r.uniform(0, 1)
    S.spawn(st + 5, every('52.48.9.20', 'Pingwatch/3.1', ['/healthz'], 1500, 'D-probe')); S.spawn(st + 9, every('10.70.9.30', 'Prometheus/2.51.0', ['/metrics'], 3600, 'D-probe'))
    for i in (6, 31):
        u = W.cons[i]; v = r.choice(own)
        for t in S.human_starts(1.4, peaks=u['peaks']): S.spawn(t, (S.call(c, 'GET', f'/v0/vehicles/{x}/lastpos') and None for c, x in [(Cl(u['home'], 'CarWidget/0.9 (Android 8.1)', u['email'], dc='D-old'), v['id'])]))
    def etl():
        cl = Cl('10.70.8.12', 'lumen-etl/1.4', 'svc:etl', dc='D-etl')
        while True:
            tok = ''
            while True:
                rs = S.call(cl, 'GET', '/internal/v1/sync/accounts?pageSize=50' + (f'&pageToken={tok}' if tok else '')); tok = (rs.body or {}).get('nextPageToken')
                if not tok: break
                yield .4
            yield DAY + r.uniform(-60, 60)
    S.spawn(S.local(0, 3.1), etl())
    def scan():
        cl = Cl('10.70.9.9', 'Nuclei - Lumenfleet security team', 'svc:scanner', dc='D-scan')
        for i in range(220):
            p = r.choice(['/v1/', '/admin/v1/', '/', '/console/', '/d/v1/', '/.git/', '/debug/']) + r.choice(WORDS + ['config', 'env', 'pprof/heap', 'users', 'HEAD', "devices/1'%20OR%20'1'='1", '..%2f..%2fetc/passwd'])
            S.call(cl, r.choice(['GET', 'GET', 'GET', 'POST', 'PUT']), p, js={'x': '<script>alert(1)</script>'} if i % 4 == 0 else None); yield r.uniform(.1, .8)
    S.spawn(S.local(5, 11), scan())
    # --- newcomers, web hooks, the offer
    def newcomer(i):
        nhome[0] += 1; ip, (e, n) = addr(nhome[0]), mail(); cl = Cl(r.choice([ip, r.choice(W.mobile)]), f'LumenHome/{"5.2.0" if S.now > app.release else "5.1.3"} ({r.choice(PHONES)})', e, dc='D-new')
        if r.random() < .3: S.call(cl, 'GET', '/v1/signup/availability?email=' + quote(e[:-2])); yield 4
        S.call(cl, 'GET', '/v1/signup/availability?email=' + quote(e)); p = pw()
        if r.random() < .25: S.call(cl, 'POST', '/v1/signup', js=dict(email=e, password=p[:5], name=n)); yield 12
        rs = S.call(cl, 'POST', '/v1/signup', js=dict(email=e, password=p, name=n, phone=phone(), city=r.choice(CITIES)))
        if rs.st != 201: return
        u, h = app.users[e], app.hh[rs.body['householdId']]; settle(u, ip, i); u['cls'], h['ip'] = [cl], ip; yield 2; login(cl, u); api(cl, u, 'GET', '/v1/me')
        if r.random() < .35: yield 20; api(cl, u, 'POST', '/v1/referrals/redeem', js=dict(code=r.choice(W.cons)['refcode']))
        for _ in range(r.randint(1, 3)):
            yield r.uniform(60, 600); d = app.device(r.choice(['LC', 'LL', 'LH', 'LT'])); c = S.call(Cl(ip, fw_ua(d), d['serial'], headers={'Authorization': 'Bearer ' + d['token']}), 'POST', '/d/v1/pairing', js=dict(mac=d['mac'])).body.get('code')
            for _ in range(r.randint(0, 1) + (4 if i % 7 == 3 else 0)): yield r.uniform(6, 20); api(cl, u, 'POST', '/v1/pairing/claim', js=dict(code=''.join(r.sample(c or '000000', 6)), householdId=h['id']), dc='D-forget' if i % 7 == 3 else None)
            yield r.uniform(6, 30); api(cl, u, 'POST', '/v1/pairing/claim', js=dict(code=c, householdId=h['id'])); yield 3; api(cl, u, 'GET', f"/v1/households/{h['id']}/devices")
        W.cons.append(u)
        if r.random() < .4: yield r.uniform(200, 5000); ke, kn = mail(); api(cl, u, 'POST', '/v1/me/subaccounts', js=dict(email=ke, name=kn, password=pw()))
        t = S.now + .3 * DAY
        while t < S.end: S.spawn(t, session(u, cl)); t += r.expovariate(u['rate'] * .8) * DAY + 600
    for i in range(30): S.spawn(st + r.uniform(0, days - .6) * DAY, newcomer(i))
    def hobby(u, first, later):
        cl = u['cls'][-1]; move(cl, u['home']); ensure(cl, u); api(cl, u, 'GET', '/v1/webhooks', dc='D-hook')
        for x in first: yield r.uniform(20, 90); api(cl, u, 'POST', '/v1/webhooks', js=dict(url=x, events=['door.opened']), dc='D-hook')
        yield r.uniform(300, 3000); w = api(cl, u, 'POST', '/v1/webhooks', js=dict(url=later, events=['door.opened', 'motion']), dc='D-hook')
        for _ in range(r.randint(1, 4) if w.st == 201 else 0): yield r.uniform(8, 60); api(cl, u, 'POST', f"/v1/webhooks/{w.body['id']}/test", js={}, dc='D-hook')
    for i in range(9):
        u = W.cons[8 + 9 * i]
        S.spawn(S.local(1 + i * 2 - (i > 7), r.uniform(17, 22)), hobby(u, r.sample(['http://homeassistant.local:8123/api/webhook/lf', 'http://192.168.1.40:1880/lumen', 'http://localhost:5678/hook', 'hooks.example/x'], r.randint(0, 2)), f'https://{r.choice(["hooks.flowbee.example", "ha." + r.choice(FAM) + ".example", "maker.tray.example"])}/in/{r.getrandbits(48):012x}'))
    def hurry(u):
        cl = u['cls'][0]; move(cl, place(u))
        if not ensure(cl, u): return
        for _ in range(r.randint(1, 3)): api(cl, u, 'GET', '/v1/offers', dc='D-flash'); yield r.uniform(2, 30)
        for _ in range(1 + (r.random() < .15)): api(cl, u, 'POST', f'/v1/offers/{app.offer["id"]}/claim', js={}, dc='D-flash')
    for u in r.sample(W.cons[:110], 60): S.spawn(app.offer['opens'] + min(r.lognormvariate(4.6, 1.4), 9000) - 25, hurry(u))
    if attacks: attack(W)
    S.run(); return S


def attack(W):
    S, app, r, st, E = W.S, W.app, W.r, W.st, W.S.episode
    E('F01', 'bola_enumeration', 'API1:2023', 'actor', 'easy', 'a user walks trip numbers downward for their paths, 150 in a quarter of an hour; tell: consecutive ids of vehicles that are in none of the own lists')
    E('F02', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard', 'telemetry (presence in the rooms) of strangers\' thermostats, two to four an hour in waking hours for a week among own use; tell: serials that the household\'s device list never held, always 200')
    E('F03', 'bola_write_batch_commands', 'API1:2023', 'actor', 'hard', 'batch commands with an own serial first and strangers\' locks and trackers behind it; tell: serials never listed to this user in a command body')
    E('F04', 'bola_signed_thumbs', 'API1:2023', 'actor', 'medium', 'a signature given for own thumbnails is reused on consecutive picture numbers; tell: one address fetches numbers that no clip list gave it')
    E('F05', 'bola_insider_slow', 'API1:2023', 'actor', 'hard', 'a support agent reads the locations of the same three customers a few times each shift; tell: no ticket of theirs was opened before, unlike all other location look-ups')
    E('F06', 'bfla_admin_reassign', 'API5:2023', 'actor', 'medium', 'a user finds the admin reassign call open, moves locks and cameras of others into the own household and opens them; tell: an admin function called by an ordinary app user from outside')
    E('F07', 'bfla_probe_denied', 'API5:2023', 'actor', 'medium', 'a guest tries to raise the own role, remove the owner, invite and unlock: all 200 ok:false; tell: a guest on many owner functions, refused every time')
    E('F08', 'mass_assignment_invitation', 'API3:2023', 'actor', 'hard', 'an invited guest accepts with role owner in the body, then removes the true owner; tell: accept is always sent without a body, and the answer says another role than the invitation')
    E('F09', 'zombie_endpoint_v0', 'API9:2023', 'actor+endpoint', 'medium', 'the v0 last position call, kept for two old widgets, is walked over vehicle numbers without a token from three addresses; tell: many numbers where honest widgets ask for one')
    E('F10', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium', 'after a release the members list carries e-mail, phone, address and alarm PIN to every member (no attacker; every call is labelled); tell: new personal fields in an old answer')
    E('F11', 'credential_stuffing_distributed', 'API2:2023', 'endpoint', 'hard', '110 home addresses, two to four log-ins each over a day and a half under app user agents, four succeed and read the devices; tell: the share of refused log-ins for unknown names from never seen addresses')
    E('F12', 'exfil_overconsumption', 'API4:2023', 'actor', 'medium', 'a leaving dispatcher pulls every trip path of the fleet at home in two nights; tell: own rights, but many times the own volume, at night, from a new network')
    E('F13', 'phone_lookup_enumeration', 'API6:2023', 'actor', 'medium', 'two fresh accounts ask the directory for consecutive phone numbers, 85 each; tell: consecutive numbers, mostly empty answers, no invitation ever follows')
    E('F14', 'otp_brute_force', 'API2:2023', 'actor', 'medium', 'the password of a customer is known: new challenges are opened again and again and five codes tried on each; tell: dozens of challenges of one user from a hosting address')
    E('F15', 'pairing_code_brute_force', 'API6:2023', 'endpoint', 'hard', 'seven accounts try pairing codes close above a known one, each below the limit of ten an hour, until a stranger\'s new camera is claimed; tell: invalid codes in one narrow range over accounts that own no device')
    E('F16', 'api_fuzzing', 'API8:2023', 'actor', 'easy', '270 malformed bodies, types and ids in a few minutes; tell: error answers on everything')
    E('F17', 'stolen_token', 'API2:2023', 'actor', 'hard', 'a copied refresh token is exchanged inside the grace time and its branch used for five days from another network; tell: two programs and networks of one user in parallel, the second only watches places and clips')
    E('F18', 'leaked_api_key', 'API2:2023', 'actor', 'medium', 'an installer\'s key from a hosting address at night walks job numbers of all partners (door codes); tell: new address and client, no job list, consecutive ids')
    E('F19', 'jwt_forging', 'API2:2023', 'actor', 'medium', 'live-view tokens without algorithm, stripped and with guessed secrets until one is accepted for strangers\' cameras; tell: tokens that the server never issued')
    E('F20', 'ssrf_webhook', 'API7:2023', 'actor', 'medium', 'web hooks at internal and metadata addresses in odd spellings, tested, with credentials in the answer; tell: internal targets spelt as integers or mapped IPv6 and answers with connection errors')
    E('F21', 'injection_sql_filter', 'API8:2023', 'actor', 'medium', 'SQL in the events filter, after some errors it lists other households; tell: quotes and SQL words, 500 with database errors, then a far larger answer')
    E('F22', 'application_dos', 'API4:2023', 'actor+endpoint', 'medium', 'fleet reports by the second over years, 9 s of work each; tell: granularity and days never seen, answers a hundred times slower')
    E('F23', 'flow_skip_payment', 'API6:2023', 'actor', 'hard', 'three accounts, later at one address, activate subscriptions without the payment step, eight times in ten days; tell: activation of an id for which no payment was called')
    E('F24', 'scalping_bot', 'API6:2023', 'endpoint', 'medium', 'thirteen accounts poll the offer and claim vouchers within two seconds of the opening; tell: same rhythm, sub-second claims, no other use')
    E('F25', 'bot_referral_signups', 'API6:2023', 'endpoint', 'hard', '28 accounts are made in four days, all redeem one friend\'s code at once and do nothing more; tell: one code, same sequence and timing, no device paired')
    E('F26', 'internal_endpoint_external', 'API9:2023', 'actor+endpoint', 'medium', 'the account sync of the nightly job is paged through from outside; tell: a caller outside the internal zone')
    E('F27', 'scrape_multi_account', 'API6:2023', 'endpoint', 'hard', 'twenty accounts split the installer directory (420 numbers) among themselves, five or six profiles a day each; tell: accounts without devices that only read profiles, together without gaps or repeats')
    E('F28', 'content_discovery_slow', 'API9:2023', 'actor', 'hard', 'unknown paths one each ten minutes for two days from three addresses under an app user agent; tell: a client that only ever gets 404 on names no app knows')
    roam = {id(u) for u in W.cons if u.get('roam')}; pool = [u for u in W.cons if u['hh'] and app.role_in(u, u['hh'][0]) == 'owner' and not u['mfa'] and id(u) not in roam and u is not W.small and not u['forget'] and not u['away']]
    r.shuffle(pool); car = lambda u: any(app.hh[h]['vehicles'] for h in u['hh']); kind = lambda u, k: [x for x in app.hh[u['hh'][0]]['devices'] if x.startswith(k)]
    def pick(f=lambda u: True): u = next(x for x in pool if f(x)); pool.remove(u); return u
    res = lambda: f'{r.choice([31, 46, 62, 79, 88, 94])}.{r.randint(8, 220)}.{r.randint(0, 250)}.{r.randint(2, 250)}'; app_ua = lambda: f'LumenHome/{r.choice(["5.1.3", "5.2.0"])} ({r.choice(PHONES)})'
    others = lambda k, u: [d['serial'] for d in app.dev.values() if d['kind'] == k and d['hh'] and d['hh'] not in u['hh']]
    def own(u, ep):
        """the attacker's own program at home, and a call with a label"""
        cl = u['cls'][0]; W.move(cl, u['home']); cl.busy = S.now + 300; W.ensure(cl, u); return cl, lambda m, q, **k: W.api(cl, u, m, q, ep=ep, **k)
    def fresh(ip, ep, ua=None):
        e, n = W.mail(); cl, p = Cl(ip, ua or app_ua(), e, ep=ep), W.pw(); S.call(cl, 'POST', '/v1/signup', js=dict(email=e, password=p, name=n, phone=W.phone(), city=r.choice(CITIES)))
        u = app.users[e]; u['cls'], u['home'], u['forget'] = [cl], ip, False; S.te += r.uniform(1, 4); W.login(cl, u); return u, cl
    def go(day, hour, gen): S.spawn(S.local(day, hour), gen)
    def f01(u):
        cl, A = own(u, 'F01'); yield from W.cars(cl, u); n = app.ntrip - r.randint(20, 60)
        for i in range(150): yield r.uniform(2, 9); A('GET', f'/v1/trips/{n - i}/path')
    go(6, 22.2, f01(pick(car)))
    def f02(u):
        mine = kind(u, 'LT') or kind(u, 'LH')
        for d in range(8, 15):
            yield max(0, S.local(d, 8.5) - S.now)
            for _ in range(r.randint(28, 36)):
                yield r.uniform(900, 1900); cl, A = own(u, 'F02')
                if r.random() < .3: W.api(cl, u, 'GET', f'/v1/devices/{r.choice(mine)}/telemetry?hours=24'); continue
                x = r.choice(others('LT', u)); A('GET', f'/v1/devices/{x if r.random() < .93 else x[:-1] + str((int(x[-1]) + 1) % 10)}/telemetry?hours=24')
                if (S.now / HOUR + 2) % 24 > 22: break
    go(8, 8, f02(pick(lambda u: kind(u, 'LT'))))
    def f03(u):
        for d in (10, 11, 13, 14):
            yield max(0, S.local(d, r.uniform(17, 22)) - S.now); cl, A = own(u, 'F03'); hid = u['hh'][0]; W.api(cl, u, 'GET', f'/v1/households/{hid}/devices?pageSize=20')
            for _ in range(r.randint(3, 4)):
                yield r.uniform(20, 200); k = r.choice(['LL', 'LL', 'LV'])
                rs = A('POST', '/v2/commands/batch', js=dict(type='locate' if k == 'LV' else 'unlock', serials=[app.hh[hid]['devices'][0]] + r.sample(others(k, u), r.randint(1, 3)))); yield 3
                if rs.st == 202: A('GET', f"/v1/commands/{rs.body['results'][-1]['commandId']}")
    go(10, 16, f03(pick(lambda u: kind(u, 'LL'))))
    def f04(u):
        cl, A = own(u, 'F04'); c = kind(u, 'LC')[0]; n = app.nthumb - 40
        for i in range(95):
            if i % 20 == 0: cl, A = own(u, 'F04'); q = W.api(cl, u, 'GET', f'/v1/devices/{c}/clips').body['clips'][0]['thumb'].split('?')[1]; im = Cl(cl.ip, cl.ua, u['email'], ep='F04')
            yield r.uniform(30, 75); S.call(im, 'GET', f'/media/thumbs/{n - i}.jpg?{q}')
    go(12, 13, f04(pick(lambda u: kind(u, 'LC'))))
    def f05(u):
        cl, vic = u['cls'][0], r.sample([x for x in W.cons if car(x) and x is not W.small], 3)
        for d in range(4, 17):
            if (d + 3) % 7 < 5:
                yield max(0, S.local(d, r.uniform(13, 14)) - S.now)
                for _ in range(r.randint(1, 4)):
                    yield r.uniform(600, 4000); W.ensure(cl, u); a = r.choice(vic[:1] * 3 + vic)['id']
                    if r.random() < .4: W.api(cl, u, 'GET', f'/console/v1/accounts/{a}', ep='F05'); yield 6
                    W.api(cl, u, 'GET', f'/console/v1/accounts/{a}/locations', ep='F05')
    go(4, 12, f05(W.agents[3]))
    def f06(u):
        cl, A = own(u, 'F06'); h = u['hh'][0]
        for q in ('users', 'reports/usage', 'users?pageSize=100'): A('GET', '/admin/v1/' + q); yield r.uniform(20, 90)
        A('POST', f"/admin/v1/devices/{app.hh[h]['devices'][0]}/reassign", js=dict(householdId=h))
        for x in r.sample(others('LL', u), 3) + r.sample(others('LC', u), 3):
            yield r.uniform(60, 300); A('POST', f'/admin/v1/devices/{x}/reassign', js=dict(householdId=h)); yield r.uniform(5, 20)
            A('POST', f'/v1/devices/{x}/commands', js=dict(type='unlock')) if x.startswith('LL') else A('GET', f'/v1/devices/{x}/clips')
    go(9, 20.6, f06(pick()))
    def f07(u):
        h = next(x for x in u['hh'] if app.role_in(u, x) == 'guest'); hh = app.hh[h]
        for k in range(2):
            cl, A = own(u, 'F07'); W.api(cl, u, 'GET', f'/v1/households/{h}/members'); d = hh['devices']
            for m, q, j in [('PATCH', f"/v1/households/{h}/members/{u['id']}", dict(role='admin')), ('DELETE', f"/v1/households/{h}/members/{hh['owner']}", None), ('POST', f'/v1/households/{h}/invitations', dict(role='admin', email=u['email'])), ('POST', f'/v1/devices/{d[-1]}/commands', dict(type='unlock')), ('POST', f'/v1/devices/{d[0]}/commands', dict(type='disarm')), ('GET', f'/v1/devices/{d[-1]}/clips', None), ('POST', '/v1/live/token', dict(serial=d[-1])), ('DELETE', f'/v1/devices/{d[0]}', None), ('PATCH', f"/v1/households/{h}/members/{u['id']}", dict(role='owner'))]:
                yield r.uniform(15, 90); A(m, q, js=j)
            yield 22 * HOUR
    go(7, 20.1, f07(next(u for u in W.cons if u['hh'] and app.role_in(u, u['hh'][0]) == 'guest' and not u['away'] and not u['forget'])))
    def f08(u, v):
        cl, _ = own(v, None); h = v['hh'][0]; t = W.api(cl, v, 'POST', f'/v1/households/{h}/invitations', js=dict(role='guest', email=u['email'])).body['token']; yield 5000
        cl, A = own(u, 'F08'); S.call(cl, 'GET', f'/v1/invitations/{t}'); yield 25; A('POST', f'/v1/invitations/{t}/accept', js=dict(role='owner')); yield 8
        A('GET', f'/v1/households/{h}/members'); yield 40000; cl, A = own(u, 'F08'); A('PATCH', f"/v1/households/{h}/members/{v['id']}", js=dict(role='guest')); yield 6
        A('GET', f'/v1/households/{h}/devices?pageSize=20'); A('POST', f"/v1/devices/{app.hh[h]['devices'][0]}/commands", js=dict(type='disarm')); yield 900; A('DELETE', f"/v1/households/{h}/members/{v['id']}")
    go(10, 12, f08(pick(), pick(lambda u: len(u['hh']) == 1)))
    def f09(k):
        cl = Cl(res(), 'CarWidget/0.9 (Android 8.1)', ep='F09')
        for v in range(5200 + k, 5200 + 3 * len(app.veh), 3): yield r.uniform(150, 600); S.call(cl, 'GET', f'/v0/vehicles/{v}/lastpos')
    for k in range(3): go(9, 10 + k * .3, f09(k))
    def f11(names):
        cl = Cl(res() if r.random() < .8 else f'2a02:{r.randint(100, 999)}:{r.randint(1, 99)}::{r.getrandbits(16):x}', app_ua(), ep='F11')
        for e, p in names:
            rs = S.call(cl, 'POST', '/oauth/token', form=dict(grant_type='password', client_id='lumen-app', username=e, password=p, scope='devices vehicles account')); yield r.uniform(20, 900)
            if rs.st == 200:
                W.take(cl, rs); S.call(cl, 'GET', '/v1/me')
                for h in S.call(cl, 'GET', '/v1/households').body['households']: yield 3; S.call(cl, 'GET', f"/v1/households/{h['id']}/devices?pageSize=20")
    hit = [(u['email'], u['pw']) for u in r.sample([x for x in W.cons[:100] if not x['mfa']], 4)]
    for k in range(110):
        n = [(r.choice(W.cons)['email'] if r.random() < .25 else W.mail()[0], W.pw()) for _ in range(r.randint(2, 4))]
        if k % 28 == 13: n[-1] = hit[k // 28]
        go(11, 14 + r.uniform(0, 29), f11(n)) if k % 5 else go(12, r.uniform(2, 19), f11(n))
    def f12(u):
        cl = Cl('84.208.3.77', WEB[1], u['email'], headers={'Origin': 'https://my.lumenfleet.example', 'Referer': 'https://my.lumenfleet.example/fleet'}, ep='F12'); W.login(cl, u)
        vs = W.api(cl, u, 'GET', '/v1/vehicles?pageSize=100').body['vehicles']
        for v in vs:
            if v is vs[9]: yield DAY - 5000
            tok = ''
            while True:
                rs = W.api(cl, u, 'GET', f"/v1/vehicles/{v['id']}/trips?pageSize=20" + (f'&pageToken={tok}' if tok else '')).body
                for t in rs['trips'][:20 if v in vs[9:] else 12]: yield r.uniform(6, 28); W.api(cl, u, 'GET', f"/v1/trips/{t['id']}/path")
                tok = rs['nextPageToken']
                if not tok or v in vs[:9]: break
    go(14, 22.4, f12(W.drivers[1]))
    def f13(k):
        u, cl = fresh(res(), 'F13'); n = 41200000 + k * 85 + r.randint(0, 10); seen = [int(x['phone'][3:]) for x in W.cons if x['phone']]
        for i in range(85): yield r.uniform(50, 150); W.api(cl, u, 'GET', '/v1/directory/users?phone=' + quote(f'+47{r.choice(seen) if i % 29 == 20 else n + i}'))
    go(7, 12, f13(0)); go(7, 13.1, f13(1))
    def f14(v):
        cl = Cl('45.138.16.91', WEB[0], ep='F14')
        for _ in range(45):
            rs = S.call(cl, 'POST', '/oauth/token', form=dict(grant_type='password', client_id='lumen-app', username=v['email'], password=v['pw'], scope='devices vehicles account'))
            for _ in range(5):
                yield r.uniform(3, 12)
                if S.call(cl, 'POST', '/oauth/mfa', js=dict(challengeId=rs.body['challenge_id'], code=f'{r.randint(0, 9999):04}')).st == 200: return
            yield r.uniform(60, 400)
    go(13, 1, f14(next(u for u in W.cons if u['mfa']))); B = W.guess = {}
    def f15(k):
        u, cl = fresh(res(), 'F15'); cl.ep = None; yield max(0, S.local(12, 18 + k * .05) - S.now); cl.ep = 'F15'
        for h in range(6):
            for _ in range(r.randint(4, 7)):
                yield r.uniform(260, 620); W.ensure(cl, u)
                if 't' not in B or S.now - B['t'] > 3 * HOUR: B.update(t=S.now, base=app.pair, n=0)        # one of them lets a device of theirs show a code
                B['n'] += 1; rs = W.api(cl, u, 'POST', '/v1/pairing/claim', js=dict(code=f"{B['base'] + 1 + B['n'] % 30:06}", householdId=u['hh'][0]))
                if rs.st == 201: W.api(cl, u, 'GET', f"/v1/devices/{rs.body['serial']}/clips")
            yield r.uniform(300, 1200)
    for k in range(7): go(10, 9 + k * 1.7, f15(k))
    def unlucky(u):
        """honest customers whose fresh camera shows a code in that evening"""
        d = app.device('LC'); c = S.call(Cl(u['home'], 'lumen-fw/4.2.1 (cam-3)', d['serial'], headers={'Authorization': 'Bearer ' + d['token']}), 'POST', '/d/v1/pairing', js=dict(mac=d['mac'])).body.get('code'); yield 1500; cl, A = own(u, None)
        for _ in range(1 if not d['hh'] else 3): A('POST', '/v1/pairing/claim', js=dict(code=c, householdId=u['hh'][0])); yield 20
    for k in range(4): go(12, 18.8 + k, unlucky(pick()))
    def f16(u):
        cl = Cl('139.59.20.7', 'python-requests/2.31.0', u['email'], ep='F16'); W.login(cl, u)
        ps = ('/v1/me', '/v1/signup', '/v1/subscriptions', '/v1/webhooks', '/v1/pairing/claim', '/v1/live/token', '/d/v1/telemetry', '/v1/referrals/redeem', '/v1/trips/NaN', '/v1/vehicles/-1/location', '/v1/households/0', '/v2/commands/batch', '/v1/devices/%00', '/v1/exports/99999999999999999', '/oauth/mfa', '/v1/support/tickets')
        bad = [b'{', b'[]', b'{"a":' * 40, b'null', b'{"code":{"$ne":1}}', b'\x00\xff\xfe', b'A' * 3000, b'{"seats":1e999,"plan":"pro"}', '{"url":"\u202e\ufeff","events":[]}'.encode(), b'<a/>', b'-1', b'{"serials":[null],"type":"lock"}', b'{"email":1,"name":[],"password":{}}', b'{"units":"\'\\""}']
        for _ in range(270):
            m = r.choice(['POST'] * 8 + ['PATCH', 'PATCH', 'PUT', 'DELETE', 'GET', 'GET'])
            S.call(cl, m, r.choice(ps), body=None if m == 'GET' else r.choice(bad), ct=r.choice(['application/json', 'application/json', 'text/plain'])); yield r.uniform(.2, 1.6)
    go(4, 2.4, f16(pick()))
    def f17(u):
        cl, _ = own(u, None); old = cl.ref
        while not old: W.login(cl, u); old = cl.ref
        W.ensure(cl, u, True); yield 240; th = Cl('146.70.82.19', WEB[2], u['email'], ep='F17', headers={'Accept-Language': 'en-US,en;q=0.9'}); th.ref = old; A = lambda m, q: S.call(th, m, q)
        while S.now < S.local(15, 12):
            a = th.h.pop('Authorization', None)
            if not W.take(th, S.call(th, 'POST', '/oauth/token', form=dict(grant_type='refresh_token', client_id='lumen-app', refresh_token=th.ref))): return
            for v in A('GET', '/v1/vehicles').body['vehicles'][:2]: yield r.uniform(1, 8); A('GET', f"/v1/vehicles/{v['id']}/location")
            if r.random() < .5:
                c = [x['serial'] for h in u['hh'][:1] for x in A('GET', f'/v1/households/{h}/devices?pageSize=20').body['devices'] if x['serial'].startswith('LC')]
                if c: yield 5; A('GET', f'/v1/devices/{c[0]}/clips')
            yield r.uniform(1.5, 7) * HOUR
    go(10, 19.3, f17(pick(lambda u: car(u) and u['rate'] > .5)))
    def f18():
        cl = Cl('45.95.147.36', 'python-requests/2.32.3', 'hjemservice', ep='F18', headers={'X-API-Key': W.pkeys['hjemservice'][0]})
        for night in range(2):
            for _ in range(70): S.call(cl, 'GET', f'/partner/v1/jobs/{B.setdefault("job", app.njob)}'); B['job'] -= 1; yield r.uniform(8, 60)
            yield 22 * HOUR
    go(8, 1.2, f18())
    def f19(u):
        cl, A = own(u, 'F19'); d = kind(u, 'LC')[0]; t = W.api(cl, u, 'POST', '/v1/live/token', js=dict(serial=d)).body['token']
        F = lambda x, k: S.call(cl, 'GET', f'/v1/live/{x}/frame', h={'Authorization': 'Bearer ' + k}, ep='F19'); vic = r.sample(others('LC', u), 6); c = lambda x: dict(sub=u['email'], dev=x, iat=int(S.now), exp=int(S.now) + 86400); F(vic[0], t)
        for k in [jwt(c(vic[0]), alg='none', sig=''), jwt(c(vic[0]), alg='None', sig='x'), t.rsplit('.', 1)[0] + '.', jwt(c(vic[0]), sig=t.rsplit('.', 1)[1])] + [jwt(c(vic[0]), x) for x in ('secret', 'changeme', 'lumen', 'lumenfleet', 'live', 'password', 'lumen2026', 'lumen1', SECRET)]:
            yield r.uniform(8, 60); F(vic[0], k)
        for x in vic[1:]:
            for _ in range(r.randint(1, 3)): yield r.uniform(20, 300); F(x, jwt(c(x), SECRET))
    go(8, 21, f19(pick(lambda u: kind(u, 'LC'))))
    def f20(u):
        cl, A = own(u, 'F20')
        for x in ('http://169.254.169.254/latest/meta-data/', 'http://10.70.4.31:6379/', 'http://2130706433:8080/metrics', 'http://0x0a46041f:6379/', 'http://[::ffff:a9fe:a9fe]/latest/meta-data/', 'http://2852039166/latest/meta-data/iam/security-credentials/gw', 'http://10-70-4-31.nip.example:9200/_cat'):
            yield r.uniform(40, 240); w = A('POST', '/v1/webhooks', js=dict(url=x, events=['door.opened']))
            if w.st == 201:
                yield 4; A('POST', f"/v1/webhooks/{w.body['id']}/test", js={})
                if r.random() < .5: yield 9; A('DELETE', f"/v1/webhooks/{w.body['id']}")
    go(11, 23.1, f20(pick()))
    def f21(u):
        cl, A = own(u, 'F21')
        for x in ("type eq 'door", "type eq 'door' or 1=1", "type eq 'x');--", "room eq 'Hall' and (select 1)=1", "room eq '' or '1'='1", "room eq '' || pg_sleep(5)--", "room eq 'x' or 1=1--", "room eq 'x' union select address,pin from households--", "room eq 'x' union select address,pin,owner from households limit 40--"):
            yield r.uniform(30, 300); A('GET', f"/v1/households/{u['hh'][0]}/events?filter=" + quote(x))
    go(13, 15, f21(pick()))
    def f22(u):
        cl, A = own(u, 'F22'); c2 = Cl('62.113.200.8', 'curl/8.5.0', u['email'], ep='F22', headers={'Authorization': cl.h['Authorization']})
        for i in range(20): q = f"/v1/fleets/{u['hh'][0]}/report?days={r.choice([365, 730, 3650])}&granularity={r.choice(['1s', '1s', '5s'])}"; A('GET', q) if i % 2 else S.call(c2, 'GET', q); yield r.uniform(12, 40)
    go(14, 11.4, f22(pick()))
    def f23(us):
        for k in range(8):
            u = us[k % 3]; cl = u['cls'][0]
            if not k < 3: W.move(cl, us[0]['home'])
            cl.busy = S.now + 300; W.ensure(cl, u); W.api(cl, u, 'GET', '/v1/plans'); yield r.uniform(5, 30); v = W.api(cl, u, 'POST', '/v1/subscriptions', js=dict(plan=r.choice(['pro', 'plus']), seats=1), ep='F23'); yield r.uniform(10, 60)
            if v.st == 201: W.api(cl, u, 'POST', f"/v1/subscriptions/{v.body['id']}/activate", js={}, ep='F23'); yield 3; W.api(cl, u, 'GET', f"/v1/subscriptions/{v.body['id']}", ep='F23')
            yield r.uniform(.7, 1.5) * DAY
    go(6, 19.5, f23([pick(), pick(), pick()]))
    def f24():
        u, cl = fresh(res(), 'F24', 'LumenHome/5.2.0 (Android 14; Pixel 7)'); yield app.offer['opens'] - 100 - S.now + r.uniform(0, 8); W.login(cl, u)
        while S.now < app.offer['opens'] - 8: S.call(cl, 'GET', '/v1/offers'); yield 7.5
        yield max(0, app.offer['opens'] + r.uniform(.15, 1.8) - S.now); S.call(cl, 'POST', f'/v1/offers/{app.offer["id"]}/claim', js={})
    for k in range(13): go(11, 9 + k * .6, f24())
    boss = pick()
    def f25(ips):
        u, cl = fresh(r.choice(ips), 'F25'); yield r.uniform(3, 9); S.call(cl, 'POST', '/v1/referrals/redeem', js=dict(code=boss['refcode']))
        if r.random() < .5: yield 2; S.call(cl, 'GET', '/v1/me')
    ips = [boss['home']] + r.sample(W.mobile, 5)
    for k in range(28): go(13 + k % 4, r.uniform(9, 23), f25(ips))
    def f26():
        cl, tok = Cl('91.92.244.31', 'curl/8.4.0', ep='F26'), ''
        for _ in range(2):
            while True:
                rs = S.call(cl, 'GET', '/internal/v1/sync/accounts?pageSize=50' + (f'&pageToken={tok}' if tok else '')).body; tok = rs.get('nextPageToken'); yield r.uniform(30, 400)
                if not tok: break
            yield 15 * HOUR
    go(14, 4, f26())
    def f27(k):
        u, cl = fresh(res(), 'F27'); ids = list(range(k * 21 + 1, k * 21 + 22))
        for d in range(4):
            yield max(0, S.local(9 + d, r.uniform(8, 21)) - S.now); W.ensure(cl, u); S.call(cl, 'GET', '/v1/households'); W.api(cl, u, 'GET', f'/v1/installers?city={r.choice(CITIES)}')
            for i in ids[d * 6:d * 6 + 6]: yield r.uniform(5, 40); W.api(cl, u, 'GET', f'/v1/installers/{i}')
    for k in range(20): go(r.choice([5, 6, 7]), r.uniform(8, 22), f27(k))
    def f28(k):
        cl = Cl(f'2a0e:97c0:{k}::{r.getrandbits(12):x}' if k == 2 else res(), 'LumenHome/5.1.3 (Android 14; Pixel 7)', ep='F28')
        ws = r.sample(WORDS + 'debug config backup users export internal graphql swagger openapi.json actuator health v3 beta staging keys tokens logs firmware ota provisioning keys.json factory console mqtt rpc billing'.split(), 40)
        for w in ws + ws: yield r.uniform(900, 2600); S.call(cl, 'GET', r.choice(['/v1/', '/v2/', '/v3/', '/admin/v1/', '/d/v1/', '/partner/v1/', '/']) + w)
    for k in range(3): go(10, 3 + k * .4, f28(k))
    real = S.call
    def call(cl, m, url, **k):
        if m == 'GET' and url.startswith('/v1/households/') and url.endswith('/members') and S.now > app.growth_from and not cl.ep and not k.get('ep'): k['ep'] = 'F10'
        rs = real(cl, m, url, **k); S.tx[-1].update(dc=None if S.tx[-1]['ep'] else S.tx[-1]['dc']); return rs
    S.call = call
