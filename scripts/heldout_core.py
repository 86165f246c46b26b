"""Simulation in virtual time and pcap writing for labelled captures (Python standard library only).

Actors are generators that make requests and yield the seconds to wait. An application is a set of routes. The
simulation runs the actors in time order, so that state (tokens, orders) is consistent, and writes NAME.pcap.gz,
NAME.labels.json and NAME.transactions.jsonl.gz.
"""
import base64, calendar, datetime, gzip, hashlib, hmac, heapq, ipaddress, json, random, re, socket, struct, time
from collections import Counter, defaultdict
from urllib.parse import parse_qs, quote, unquote, urlencode, urlsplit

DAY, HOUR, MIN = 86400, 3600, 60
REASON = {200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 302: 'Found', 304: 'Not Modified', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed', 409: 'Conflict', 422: 'Unprocessable Entity', 429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable'}


def ts(s):
    return calendar.timegm(datetime.datetime.strptime(s, '%Y-%m-%d').timetuple())


class Client:
    """One program at one address: its connection, its standing headers, its label."""

    def __init__(s, ip, ua, ident=None, ep=None, dc=None, xff=None, headers=None):
        s.ip, s.ua, s.ident, s.ep, s.dc, s.xff = ip, ua, ident, ep, dc, xff
        s.h = dict(headers or {})
        s.conn = None
        s.gzip = 'bot' not in (ua or '') and not (ua or '').startswith(('curl', 'python', 'Go-http'))


class Rq:
    def __init__(s, m, url, h, body, cl, now):
        s.m, s.url, s.h, s.body, s.cl, s.now = m, url, h, body, cl, now
        u = urlsplit(url)
        s.path, s.query = u.path, u.query
        s.q = {k: v[0] for k, v in parse_qs(u.query, keep_blank_values=True).items()}
        s.user = None

    @property
    def json(s):
        try:
            v = json.loads(s.body)
        except ValueError:
            return {}
        return v if isinstance(v, (dict, list)) else {}

    @property
    def form(s):
        return {k: v[0] for k, v in parse_qs((s.body or b'').decode('utf-8', 'replace'), keep_blank_values=True).items()}


class Rs:
    def __init__(s, st, body=None, h=None, lat=None, ct=None, raw=b''):
        s.st, s.body, s.h, s.lat, s.ct, s.raw = st, body, dict(h or {}), lat, ct, raw


def route(m, tpl, **kw):
    def deco(f):
        f.routes = getattr(f, 'routes', []) + [(m, tpl, kw)]
        return f
    return deco


class App:
    """Routes of an application. A handler returns Rs, or (status, object)."""
    server = 'nginx'
    base_lat = .012

    def __init__(s, rng):
        s.rng = rng
        s.table = []
        s.down = []
        for n in dir(type(s)):
            f = getattr(s, n)
            for m, tpl, kw in getattr(f, 'routes', []):
                s.table.append((m, tpl.strip('/').split('/'), tpl, f, kw))
        s.table.sort(key=lambda r: sum(x.startswith('{') for x in r[1]))

    def find(s, m, path):
        segs = path.strip('/').split('/')
        other = None
        for mm, t, tpl, f, kw in s.table:
            if len(t) == len(segs) and all(a == b or (a.startswith('{') and b) for a, b in zip(t, segs)):
                if mm == m:
                    return tpl, f, kw, [unquote(b) for a, b in zip(t, segs) if a.startswith('{')]
                other = tpl
        return None if other is None else (other, None, None, None)

    def not_found(s, rq):
        return Rs(404, {'error': 'not_found'})

    def authenticate(s, rq, kw):
        return None

    def handle(s, rq):
        hit = s.find(rq.m, rq.path)
        if hit is None:
            r, tpl = s.not_found(rq), rq.path
        else:
            tpl = hit[0]
            if any(a <= rq.now < b for a, b in s.down) and s.rng.random() < .85:
                r = Rs(503, '<html><head><title>503 Service Temporarily Unavailable</title></head></html>', ct='text/html', lat=.002)
            elif hit[1] is None:
                r = Rs(405, {'error': 'method_not_allowed'})
            else:
                r = s.authenticate(rq, hit[2]) or hit[1](rq, *hit[3])
                if isinstance(r, tuple):
                    r = Rs(*r)
        if r.lat is None:
            r.lat = s.base_lat * s.rng.lognormvariate(0, .5)
        return r, tpl


class Sim:
    def __init__(s, name, title, start, days, server, port, host, app, seed, tz, notes=''):
        s.name, s.title, s.start, s.days, s.server, s.port, s.host, s.app, s.tz, s.notes = name, title, start, days, server, port, host, app, tz, notes
        s.end = start + days * DAY
        s.rng = random.Random(seed)
        s.heap, s.seq, s.now, s.tick = [], 0, start, 0
        s.tx, s.pk = [], []
        s.ep, s.dc = {}, {}
        s.ports = Counter()

    # --- actors
    def spawn(s, t, gen):
        if t < s.end:
            s.seq += 1
            heapq.heappush(s.heap, (max(t, s.start + .5), s.seq, gen))

    def run(s):
        while s.heap:
            t, _, g = heapq.heappop(s.heap)
            if t >= s.end:
                continue
            s.now = s.te = t
            try:
                d = next(g)
            except StopIteration:
                continue
            s.seq += 1
            heapq.heappush(s.heap, (max(t + (d or 0), s.te + .004), s.seq, g))

    def local(s, day, hour):
        """time of the local hour on the day number (by UTC day)"""
        return s.start + day * DAY + ((hour - s.tz) % 24) * HOUR

    def human_starts(s, per_day, peaks=((8, 2), (13, 2.5), (20, 3)), weekend=1., rng=None):
        """start times of a person's sessions: normal peaks at local hours"""
        r, out = rng or s.rng, []
        for d in range(s.days):
            wd = time.gmtime(s.start + d * DAY).tm_wday >= 5
            n = per_day * (weekend if wd else 1)
            k = int(n) + (r.random() < n - int(n))
            for _ in range(k):
                h, sd = r.choice(peaks)
                out.append(s.local(d, r.gauss(h, sd) % 24) + r.random() * 60)
        return sorted(out)

    def episode(s, id, kind, owasp, scope, difficulty, description, incident=None):
        s.ep[id] = dict(id=id, kind=kind, owasp=owasp, incident=incident, description=description, scope=scope, difficulty=difficulty)
        return id

    def decoy(s, id, kind, description):
        s.dc[id] = dict(id=id, kind=kind, description=description)
        return id

    # --- one exchange
    def call(s, cl, m, url, js=None, form=None, body=None, ct=None, h=None, ep=None, dc=None, ident=None):
        if s.now < s.te:
            s.now = s.te + s.rng.uniform(.005, .05)
        if js is not None:
            body, ct = json.dumps(js, separators=(',', ':')).encode(), 'application/json'
        elif form is not None:
            body, ct = urlencode(form).encode(), 'application/x-www-form-urlencoded'
        hs = {'Host': s.host}
        if cl.ua:
            hs['User-Agent'] = cl.ua
        hs['Accept'] = 'application/json, */*'
        if cl.gzip:
            hs['Accept-Encoding'] = 'gzip, deflate'
        if cl.xff:
            hs['X-Forwarded-For'] = cl.xff
        hs.update(cl.h)
        if body is not None:
            hs['Content-Type'], hs['Content-Length'] = ct or 'application/octet-stream', str(len(body))
        hs.update(h or {})
        hs = {k: v for k, v in hs.items() if v is not None}
        raw = f'{m} {url} HTTP/1.1\r\n'.encode() + b''.join(f'{k}: {v}\r\n'.encode('utf-8', 'replace') for k, v in hs.items()) + b'\r\n' + (body or b'')
        rq = Rq(m, url, {k.lower(): v for k, v in hs.items()}, body, cl, s.now)
        r, tpl = s.app.handle(rq)
        r.raw = s.response(r, rq)
        te = s.wire(cl, raw, r.raw[0] + r.raw[1], s.now, r.lat)
        tok = rq.h.get('authorization', '').split(' ')[-1] or rq.h.get('x-api-key')
        s.tx.append(dict(ts=round(s.now, 6), te=round(te, 6), c=f'{cl.ip}|{cl.conn[0]}', xff=cl.xff, m=m, u=url, tm=f'{m} {tpl}', st=r.st, rq=len(body or b''), rs=len(r.raw[1]), id=ident or cl.ident or rq.user, ep=ep or cl.ep, dc=dc or cl.dc, _tok=tok))
        s.te = te
        return r

    def response(s, r, rq):
        b = r.body
        ct = r.ct
        if b is None:
            b = b''
        elif isinstance(b, (dict, list)):
            b, ct = json.dumps(b, separators=(',', ':')).encode(), ct or 'application/json'
        elif isinstance(b, str):
            b = b.encode()
        hs = {'Server': s.app.server, 'Date': time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(s.now))}
        if b:
            hs['Content-Type'] = ct or 'text/plain'
        hs.update(r.h)
        if len(b) > 900 and 'gzip' in rq.h.get('accept-encoding', ''):
            b = gzip.compress(b, 5, mtime=0)
            hs['Content-Encoding'] = 'gzip'
        if len(b) > 2500 and r.st == 200:
            hs['Transfer-Encoding'] = 'chunked'
            b = b''.join(f'{len(b[i:i+2048]):x}\r\n'.encode() + b[i:i + 2048] + b'\r\n' for i in range(0, len(b), 2048)) + b'0\r\n\r\n'
        elif r.st != 204 and r.st != 304:
            hs['Content-Length'] = str(len(b))
        head = f'HTTP/1.1 {r.st} {REASON.get(r.st, "Status")}\r\n' + ''.join(f'{k}: {v}\r\n' for k, v in hs.items()) + 'Connection: keep-alive\r\n\r\n'
        return head.encode(), b

    # --- packets
    def wire(s, cl, req, rsp, t, lat):
        c = cl.conn
        rtt = .0004 if cl.ip.startswith('10.') else .02
        if c is None or t - c[3] > 20 or t < c[3]:
            if c is not None:
                s.close(c)
            s.ports[cl.ip] += s.rng.randint(1, 9)
            c = cl.conn = [20000 + s.ports[cl.ip] % 40000, s.rng.getrandbits(32), s.rng.getrandbits(32), t, cl.ip]
            s.seg(c, 1, 0x02, b'', t - .0009)
            s.seg(c, 0, 0x12, b'', t - .0006)
            c[1] = (c[1] + 1) & 0xffffffff
            c[2] = (c[2] + 1) & 0xffffffff
            s.seg(c, 1, 0x10, b'', t - .0003)
        n = 0
        for i in range(0, len(req), 1400):
            d = req[i:i + 1400]
            s.seg(c, 1, 0x18, d, t + n * 2e-5)
            c[1] = (c[1] + len(d)) & 0xffffffff
            n += 1
        u = t + n * 2e-5 + max(lat, .0005)
        n = 0
        for i in range(0, len(rsp), 1400):
            d = rsp[i:i + 1400]
            s.seg(c, 0, 0x18, d, u + n * 3e-5)
            c[2] = (c[2] + len(d)) & 0xffffffff
            n += 1
        u += n * 3e-5
        s.seg(c, 1, 0x10, b'', u + .0001)
        c[3] = u + .0002
        return u

    def close(s, c):
        t = c[3] + 5
        s.seg(c, 0, 0x11, b'', t)
        c[2] = (c[2] + 1) & 0xffffffff
        s.seg(c, 1, 0x11, b'', t + .001)
        c[1] = (c[1] + 1) & 0xffffffff
        s.seg(c, 0, 0x10, b'', t + .002)

    def seg(s, c, up, flags, data, t):
        six = ':' in c[4]
        fam = socket.AF_INET6 if six else socket.AF_INET
        srv = '2001:db8:77::50' if six else s.server
        a, b = (c[4], srv) if up else (srv, c[4])
        sp, dp = (c[0], s.port) if up else (s.port, c[0])
        sq, ak = (c[1], c[2]) if up else (c[2], c[1])
        if flags == 2:
            ak = 0
        a, b = socket.inet_pton(fam, a), socket.inet_pton(fam, b)
        if flags == 0x12:
            ak = (ak + 1) & 0xffffffff
        tcp = struct.pack('!HHIIBBHHH', sp, dp, sq, ak, 0x50, flags, 64240, 0, 0) + data
        ph = a + b + (struct.pack('!IHBB', len(tcp), 0, 0, 6) if six else struct.pack('!BBH', 0, 6, len(tcp)))
        tcp = tcp[:16] + struct.pack('!H', cksum(ph + tcp)) + tcp[18:]
        if six:
            ip, et = struct.pack('!IHBB', 6 << 28, len(tcp), 6, 60) + a + b, 0x86dd
        else:
            ip, et = struct.pack('!BBHHHBBH', 0x45, 0, 20 + len(tcp), s.rng.getrandbits(16), 0x4000, 60, 6, 0) + a + b, 0x0800
            ip = ip[:10] + struct.pack('!H', cksum(ip)) + ip[12:]
        s.pk.append((t, len(s.pk), b'\x02\0\0\0\0\x01\x02\0\0\0\0\x02' + struct.pack('!H', et) + ip + tcp))

    # --- results
    def write(s, out):
        s.pk.sort()
        with gzip.GzipFile(f'{out}/{s.name}.pcap.gz', 'wb', 4, mtime=0) as f:
            f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for t, _, d in s.pk:
                us = int(round(t * 1e6))
                f.write(struct.pack('<IIII', us // 10**6, us % 10**6, len(d), len(d)) + d)
        s.tx.sort(key=lambda t: t['ts'])
        by, benign = defaultdict(list), set()
        for n, t in enumerate(s.tx):
            t['n'] = n
            ip = t['xff'] or t['c'].split('|')[0]
            if t['ep']:
                by[t['ep']].append(t)
            else:
                benign.add(ip)
            if t['dc']:
                by[t['dc']].append(t)
        lab = lambda v: [s.label(e, by[e['id']], benign) for e in v.values() if by[e['id']]]
        L = dict(capture=s.name, title=s.title, notes=s.notes, start=s.start, end=s.end, virtual_days=s.days, server=f'{s.server}:{s.port}', host=s.host, packets=len(s.pk), transactions=len(s.tx), attack_transactions=sum(bool(t['ep']) for t in s.tx), episodes=lab(s.ep), decoys=lab(s.dc))
        json.dump(L, open(f'{out}/{s.name}.labels.json', 'w'), indent=0)
        with gzip.open(f'{out}/{s.name}.transactions.jsonl.gz', 'wt') as f:
            for t in s.tx:
                f.write(json.dumps({k: t[k] for k in ('n', 'ts', 'te', 'c', 'xff', 'm', 'u', 'tm', 'st', 'rq', 'rs', 'id', 'ep', 'dc')}) + '\n')
        print(s.name, len(s.tx), 'transactions', L['attack_transactions'], 'labelled', len(s.pk), 'packets', len(L['episodes']), 'episodes', len(L['decoys']), 'decoys')
        missing = [e for e in list(s.ep) + list(s.dc) if not by[e]]
        if missing:
            print('  without a transaction:', missing)

    @staticmethod
    def label(e, v, benign):
        ips = sorted({t['xff'] or t['c'].split('|')[0] for t in v})
        eps = [k for k, _ in Counter(t['tm'] for t in v).most_common(40)]
        return dict(e, start=v[0]['ts'], end=max(t['te'] for t in v), ips=ips, ips_shared_with_benign=[i for i in ips if i in benign], identities=sorted({t['id'] for t in v if t['id']}), tokens=sorted({t['_tok'] for t in v if t['_tok']})[:200], endpoints=eps, transactions=len(v), statuses=dict(Counter(str(t['st']) for t in v)), txn_ranges=[[t['n'], t['n']] for t in v])


def cksum(b):
    if len(b) & 1:
        b += b'\0'
    n = sum(struct.unpack(f'!{len(b) // 2}H', b))
    n = (n >> 16) + (n & 0xffff)
    return ~(n + (n >> 16)) & 0xffff


# --- small helpers for applications
def b64(b):
    return base64.urlsafe_b64encode(b).rstrip(b'=').decode()


def jwt(claims, key='s3cr3t-signing', alg='HS256', sig=None):
    p = b64(json.dumps({'alg': alg, 'typ': 'JWT'}).encode()) + '.' + b64(json.dumps(claims).encode())
    return p + '.' + (sig if sig is not None else b64(hmac.new(key.encode(), p.encode(), hashlib.sha256).digest()))


def jwt_ok(tok, key='s3cr3t-signing'):
    p = tok.split('.')
    if len(p) != 3:
        return None
    if not hmac.compare_digest(p[2], b64(hmac.new(key.encode(), f'{p[0]}.{p[1]}'.encode(), hashlib.sha256).digest())):
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(p[1] + '=='))
    except ValueError:
        return None


def uid(r):
    h = f'{r.getrandbits(128):032x}'
    return f'{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}'


FIRST = 'ana bruno carla diego elena fabio gisela hugo irene joao karina lucas marta nuno olivia paulo quiteria rafael sonia tiago ursula vitor wanda xavier yara zeca amir bela chandra dewi eko farid gita hana indra joko kartika lina made nina omar putri rani sari tono umar vina wati yanto'.split()
LAST = 'silva costa rocha lima prado moraes nunes teles vargas pinto santoso wijaya hartono kusuma lestari nugroho pratama rahayu setiawan utami shah mehta iyer nair rao patel gupta das roy sen'.split()
WORDS = 'amber birch cedar delta ember fjord grove harbor island jasper knoll lagoon meadow north ocean prairie quartz river summit timber upland valley willow zephyr'.split()
ANDROID = ['okhttp/4.12.0', 'okhttp/4.9.3']
IPHONE = 'CFNetwork/1494.0.7 Darwin/23.4.0'
WEB = ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36', 'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15', 'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0', 'Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36']


def names(r, n):
    out = set()
    while len(out) < n:
        out.add(f'{r.choice(FIRST)}.{r.choice(LAST)}{r.choice(["", "", str(r.randint(1, 99))])}')
    return sorted(out)
