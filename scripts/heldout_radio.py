"""A small podcast platform: GraphQL over GET and POST on one path, no Authorization header at all (tokens travel as arguments of
the app or as a cookie of the browser), errors in the style of graphene; REST for feeds, audio, transcripts and uploads."""
import difflib
from heldout_core import *

REASON.update({413: 'Payload Too Large', 415: 'Unsupported Media Type'})
HTML = '<!doctype html>\n<html lang=en>\n<title>%s</title>\n<h1>%s</h1>\n<p>%s</p>\n'
TOKEN = re.compile(r'"(?:[^"\\\n]|\\.)*"|\.\.\.|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|[{}()\[\]:!=$@|]')
TOPICS = ['news', 'true crime', 'comedy', 'history', 'science', 'football', 'music', 'business', 'kids', 'books']


class Gql(Exception):
    pass


class Parser:
    """as much of the query language as the clients here use"""

    def __init__(s, text):
        s.t, pos = [], 0
        for m in TOKEN.finditer(text):
            gap = text[pos:m.start()].strip(' \t\r\n,')
            if gap:
                raise Gql(f'Syntax Error: Cannot parse the unexpected character {json.dumps(gap[0])}.')
            s.t.append(m.group())
            pos = m.end()
        if text[pos:].strip(' \t\r\n,'):
            raise Gql('Syntax Error: Unterminated string.')
        s.i, s.frag = 0, {}

    def peek(s):
        return s.t[s.i] if s.i < len(s.t) else '<EOF>'

    def take(s, want=None):
        v = s.peek()
        if want and v != want or v == '<EOF>':
            raise Gql(f"Syntax Error: Expected {want or 'Name'}, found {v}.")
        s.i += 1
        return v

    def document(s):
        ops = []
        while s.peek() != '<EOF>':
            kind, name = 'query', None
            if s.peek() != '{':
                kind = s.take()
                if kind not in ('query', 'mutation', 'fragment'):
                    raise Gql(f'Syntax Error: Unexpected Name {json.dumps(kind)}.')
                name = s.take() if s.peek() not in '({' else None
                if kind == 'fragment':
                    s.take('on'), s.take()
                if s.peek() == '(':
                    while s.take() != ')':
                        pass
            v = s.selections()
            if kind == 'fragment':
                s.frag[name] = v
            else:
                ops.append((kind, name, v))
        if not ops:
            raise Gql('Syntax Error: Unexpected <EOF>.')
        return ops

    def selections(s):
        s.take('{')
        out = []
        while s.peek() != '}':
            if s.peek() == '...':
                s.take()
                out.append(('...', s.take(), {}, None))
                continue
            name = alias = s.take()
            if s.peek() == ':':
                s.take()
                name = s.take()
            out.append((alias, name, s.arguments(), s.selections() if s.peek() == '{' else None))
        s.take('}')
        return out

    def arguments(s):
        out = {}
        if s.peek() == '(':
            s.take()
            while s.peek() != ')':
                k = s.take()
                s.take(':')
                out[k] = s.value()
            s.take(')')
        return out

    def value(s):
        v = s.take()
        if v == '$':
            return ('$', s.take())
        if v == '[':
            out = []
            while s.peek() != ']':
                out.append(s.value())
            s.take(']')
            return out
        if v[0] == '"':
            return json.loads(v)
        if re.match(r'-?\d', v):
            return float(v) if '.' in v else int(v)
        return {'true': True, 'false': False, 'null': None}.get(v, v)


SHOW = {'id': 0, 'title': 0, 'slug': 0, 'description': 0, 'topic': 0, 'subscribers': 0, 'artwork': 0, 'owner': 'Listener', 'episodes': 'Episode'}
EPISODE = {'id': 0, 'title': 0, 'summary': 0, 'published': 0, 'audioUrl': 0, 'duration': 0, 'transcript': 0, 'show': 'Show', 'comments': 'Comment',
    'chapters': 0, 'internalNotes': 0}
LISTENER = {'id': 0, 'handle': 0, 'displayName': 0, 'bio': 0, 'city': 0, 'joined': 0, 'email': 0, 'passwordHash': 0, 'role': 0, 'following': 'Show'}
SCHEMA = {
    'Show': SHOW, 'Episode': EPISODE, 'Listener': LISTENER, 'Comment': {'id': 0, 'text': 0, 'author': 'Listener'},
        'Ok': {'ok': 0, 'message': 0, 'log': 0, 'deleted': 0, 'days': 0},
    'Auth': {'token': 0, 'refreshToken': 0, 'listener': 'Listener'}, 'Stats': {'plays': 0, 'daily': 0, 'countries': 0},
        'Audit': {'at': 0, 'operation': 0, 'query': 0},
    'Query': {'featured': 'Show', 'chart': 'Show', 'categories': 0, 'shows': 'Show', 'show': 'Show', 'episode': 'Episode', 'search': 'Episode',
        'me': 'Listener', 'listener': 'Listener', 'myQueue': 'Episode', 'stats': 'Stats', 'clips': 'Episode',
              'systemStatus': 0, 'listeners': 'Listener', 'auditLog': 'Audit', 'maintenance': 0},
    'Mutation': {'signIn': 'Auth', 'signUp': 'Auth', 'subscribe': 'Ok', 'trackPlay': 'Ok', 'comment': 'Comment', 'createEpisode': 'Episode',
        'publishEpisode': 'Episode', 'importFeed': 'Ok', 'redeemGift': 'Ok', 'findFriends': 'Listener',
                 'updateProfile': 'Listener', 'transcode': 'Ok', 'purgeDrafts': 'Ok', 'removeShow': 'Ok'}}


class Radio(App):
    server = 'gunicorn/21.2.0'
    base_lat = .022

    def __init__(s, rng):
        super().__init__(rng)
        s.people, s.by_handle, s.shows, s.eps, s.sess, s.gifts, s.etag = {}, {}, {}, {}, {}, {'JUNE26': 30, 'MURMURFAN': 14}, {}
        s.feature, s.uploads, s.audit = None, {}, []
        for i in range(1, 760):
            s.person(f'{rng.choice(FIRST)}{rng.choice(["_", ".", ""])}{rng.choice(LAST)}{i}')
        for i in range(1, 45):
            t = f'{rng.choice(WORDS)} {rng.choice(WORDS)}'
            s.shows[i] = dict(id=i, title=t.title(), slug=f'{t.replace(" ", "-")}-{i}', topic=rng.choice(TOPICS), owner=rng.randint(1, 14), eps=[],
                subscribers=rng.randint(5, 4000))
        for i in range(1, 901):
            s.episode(rng.randint(1, 44), rng.random() < .84)

    def person(s, h, pw=None):
        i = len(s.people) + 1
        s.people[i] = s.by_handle[h] = dict(id=i, handle=h, pw=pw or f'{s.rng.choice(WORDS)}{s.rng.randint(10, 999)}', email=f'{h}@mail.example',
            role='listener', follow=[])
        return s.people[i]

    def episode(s, show, published):
        i = len(s.eps) + 1
        s.eps[i] = dict(id=i, show=show, published=published, title=f'{s.rng.choice(WORDS)} of {s.rng.choice(WORDS)}'.title(),
            comments=[(s.rng.randint(1, 759), s.rng.choice(COMMENTS)) for _ in range(s.rng.randint(0, 3))])
        s.shows[show]['eps'].append(i)
        return s.eps[i]

    def public(s, show):
        return [i for i in s.shows[show]['eps'] if s.eps[i]['published']]

    # --- frame
    def not_found(s, rq):
        return Rs(404, HTML % ('404 Not Found', 'Not Found', 'The requested URL was not found on the server.'), ct='text/html; charset=utf-8')

    def handle(s, rq):
        r, tpl = super().handle(rq)
        if r.st == 405 and rq.path != '/graphql':
            r.body, r.ct = HTML % ('405 Method Not Allowed', 'Method Not Allowed',
                'The method is not allowed for the requested URL.'), 'text/html; charset=utf-8'
        return r, tpl

    def cookie(s, rq, name):
        m = re.search(name + r'=([\w-]+)', rq.h.get('cookie', ''))
        return m.group(1) if m else None

    def who(s, rq, a, need=True):
        """the account of the token argument or of the cookie. The signature of a token is not looked at: that is the flaw."""
        u, t = s.sess.get(s.cookie(rq, 'rsid')), a.get('token')
        if t is not None:
            p = str(t).split('.')
            if len(p) != 3 or not p[2]:
                raise Gql('Error decoding signature')
            try:
                c = json.loads(base64.urlsafe_b64decode(p[1] + '=='))
            except ValueError:
                raise Gql('Error decoding signature')
            if c.get('exp', 0) < rq.now:
                raise Gql('Signature has expired')
            u = s.by_handle.get(c.get('username'))
        if u:
            rq.user = u['handle']
        elif need:
            raise Gql('You do not have permission to perform this action')
        return u

    # --- GraphQL
    @route('GET', '/graphql')
    def gql_get(s, rq):
        try:
            v = json.loads(rq.q.get('variables') or '{}')
        except ValueError:
            return 400, {'errors': [{'message': 'Variables are invalid JSON.'}]}
        return s.answer(rq, dict(query=rq.q.get('query'), variables=v, operationName=rq.q.get('operationName')))

    @route('POST', '/graphql')
    def gql_post(s, rq):
        try:
            j = json.loads(rq.body or b'')
        except ValueError:
            return 400, {'errors': [{'message': 'POST body sent invalid JSON.'}]}
        if isinstance(j, list):
            v = [s.one(rq, x if isinstance(x, dict) else {}) for x in j]
            return Rs(max(x[0] for x in v), [x[1] for x in v], lat=sum(x[2] for x in v), h=s.anon(rq))
        return s.answer(rq, j if isinstance(j, dict) else {})

    def answer(s, rq, j):
        st, body, lat = s.one(rq, j)
        h = s.anon(rq)
        if getattr(rq, 'login', None):
            h = {'Set-Cookie': f'rsid={rq.login}; Path=/; HttpOnly; SameSite=Lax'}
        return Rs(st, body, h, lat=lat)

    def anon(s, rq):
        if 'Mozilla' in rq.h.get('user-agent', '') and 'aid=' not in rq.h.get('cookie', ''):
            return {'Set-Cookie': f'aid={uid(s.rng)}; Path=/; Max-Age=31536000'}
        return {}

    def one(s, rq, j):
        if not j.get('query'):
            return 400, {'errors': [{'message': 'Must provide query string.'}]}, .004
        try:
            p = Parser(str(j['query']))
            ops = p.document()
        except Gql as e:
            return 400, {'errors': [{'message': str(e)}]}, .004
        kind, name, sels = next((o for o in ops if o[1] == j.get('operationName')), ops[0])
        if kind == 'mutation' and rq.m == 'GET':
            return 405, {'errors': [{'message': 'Can only perform a mutation operation from a POST request.'}]}, .004
        errs = s.check(p, sels, kind.title())
        if errs:
            return 400, {'errors': [{'message': e} for e in errs], 'data': None}, .006
        s.audit.append((rq.now, name or 'anonymous', str(j['query'])[:160]))
        rq.nodes, rq.slow, rq.errs = 0, 0, []
        data = s.run(rq, p, sels, kind.title(), None, j.get('variables') or {})
        out = {'data': data}
        if rq.errs:
            out = {'errors': [{'message': e} for e in rq.errs], 'data': data}
        return 200, out, s.base_lat * s.rng.lognormvariate(0, .45) + rq.nodes * .0003 + rq.slow

    def check(s, p, sels, typ, depth=0):
        errs = []
        for alias, name, args, sub in sels:
            if alias == '...' or name.startswith('__'):
                continue
            if name not in SCHEMA[typ]:
                near = difflib.get_close_matches(name, SCHEMA[typ], 3, .55)
                errs.append(f'Cannot query field "{name}" on type "{typ}".' + (' Did you mean ' + ' or '.join(f'"{n}"' for n in near) + '?' if near
                    else ''))
            elif SCHEMA[typ][name] and not sub:
                errs.append(f'Field "{name}" of type "{SCHEMA[typ][name]}" must have a selection of subfields. Did you mean "{name} {{ ... }}"?')
            elif sub and not SCHEMA[typ][name]:
                errs.append(f'Field "{name}" must not have a selection since type "String" has no subfields.')
            elif sub:
                errs += s.check(p, sub, SCHEMA[typ][name], depth + 1)
        return errs

    def run(s, rq, p, sels, typ, obj, var):
        out = {}
        rq.nodes += 1
        for alias, name, args, sub in sels:
            if name == '__typename':
                out[alias] = typ
                continue
            if name.startswith('__'):
                out[alias] = s.project(p, s.introspect(), sub)
                continue
            a = {k: var.get(v[1]) if isinstance(v, tuple) else v for k, v in args.items()}
            try:
                v = getattr(s, 'q_' + name)(rq, a) if obj is None else s.field(typ, obj, name, a)
            except (Gql, KeyError, TypeError, ValueError) as e:
                rq.errs.append(str(e) if isinstance(e, Gql) else f'{type(e).__name__}: {e}')
                v = None
            if sub and v is not None:
                t = SCHEMA[typ][name]
                v = [s.run(rq, p, sub, t, x, var) for x in v] if isinstance(v, list) else s.run(rq, p, sub, t, v, var)
            out[alias] = str(v) if name == 'id' and v is not None else v
        return out

    def project(s, p, v, sels):
        if isinstance(v, list):
            return [s.project(p, x, sels) for x in v]
        if not sels or not isinstance(v, dict):
            return v
        out = {}
        for alias, name, _, sub in sels:
            if alias == '...':
                out.update(s.project(p, v, p.frag.get(name, [])))
            else:
                out[alias] = s.project(p, v.get(name), sub)
        return out

    def introspect(s):
        ref = lambda t: {'kind': 'OBJECT' if t else 'SCALAR', 'name': t or 'String', 'ofType': None}
        types = [{'kind': 'OBJECT', 'name': t, 'description': None, 'fields': [{'name': f, 'description': None, 'args': [], 'type': ref(x),
            'isDeprecated': False} for f, x in fs.items()]} for t, fs in SCHEMA.items()]
        return {'queryType': {'name': 'Query'}, 'mutationType': {'name': 'Mutation'}, 'subscriptionType': None, 'types': types,
            'directives': [{'name': 'include', 'locations': ['FIELD']}, {'name': 'skip', 'locations': ['FIELD']}]}

    def field(s, typ, o, name, a):
        if typ == 'Show':
            return s.show_field(o, name, a)
        if typ == 'Episode':
            return s.episode_field(o, name)
        if typ == 'Listener':
            return s.listener_field(o, name)
        if typ == 'Comment' and name == 'author':
            return s.people[o['author']]
        return o.get(name)

    def show_field(s, o, name, a):
        if name == 'owner':
            return s.people[o['owner']]
        if name == 'episodes':
            return [s.eps[i] for i in s.public(o['id'])[-int(a.get('limit') or 3):]]
        if name == 'description':
            return ' '.join(random.Random(o['id']).choices(WORDS, k=18))
        return f'/artwork/{o["id"]}.jpg' if name == 'artwork' else o.get(name)

    def episode_field(s, o, name):
        r = random.Random(o['id'])
        if name == 'show':
            return s.shows[o['show']]
        if name == 'comments':
            return [dict(id=o['id'] * 10 + k, text=t, author=w) for k, (w, t) in enumerate(o['comments'])]
        made = {'summary': ' '.join(r.choices(WORDS, k=14)), 'duration': r.randint(600, 5400), 'audioUrl': f'/listen/{o["id"]}.mp3',
            'transcript': f'/transcripts/{o["id"]}.vtt', 'chapters': r.randint(1, 9),
            'internalNotes': f'cut at {r.randint(1, 50)} min; sponsor {r.choice(WORDS)}'}
        return made.get(name, o.get(name))

    def listener_field(s, o, name):
        r = random.Random(o['id'])
        if name == 'following':
            return [s.shows[i] for i in o['follow'][:5]]
        made = {'displayName': o['handle'].title(), 'bio': ' '.join(r.choices(WORDS, k=6)), 'city': r.choice(WORDS).title(),
            'joined': f'202{r.randint(1, 6)}-0{r.randint(1, 9)}-1{r.randint(0, 9)}',
            'passwordHash': f'pbkdf2:sha256:600000${r.getrandbits(48):012x}${r.getrandbits(256):064x}'}
        return made.get(name, o.get(name))

    def q_featured(s, rq, a):
        return [s.shows[i] for i in random.Random(int(rq.now // DAY)).sample(list(s.shows), 4)]

    def q_chart(s, rq, a):
        return sorted(s.shows.values(), key=lambda x: -x['subscribers'])[:min(int(a.get('limit') or 10), 60)]

    def q_categories(s, rq, a):
        return TOPICS

    def q_shows(s, rq, a):
        f, n = str(a.get('filter') or ''), min(int(a.get('limit') or 10), 100)
        if "'" in f:
            if re.search(r"or\s+('a'='a|1=1)", f, re.I):
                return list(s.shows.values())[:n]
            raise Gql(f'(sqlite3.OperationalError) near "%": syntax error [SQL: SELECT * FROM show WHERE title LIKE \'%{f}%\' LIMIT {n}]'
                if f.count("'") % 2 else f'(sqlite3.OperationalError) no such column: {f.split()[-1][:20]}')
        return [x for x in s.shows.values() if f in x['topic'] or f in x['title'].lower()][:n]

    def q_show(s, rq, a):
        x = s.shows.get(int(a.get('id') or 0))
        if not x:
            raise Gql('Show matching query does not exist.')
        return x

    def q_episode(s, rq, a):
        s.who(rq, {'token': a['token']} if a.get('token') else {}, False)
        x = s.eps.get(int(a.get('id') or 0))
        if not x or x.get('gone'):
            raise Gql('Episode matching query does not exist.')
        return x

    def q_search(s, rq, a):
        r = random.Random(str(a.get('term')))
        return [s.eps[i] for i in r.sample([i for i, e in s.eps.items() if e['published']], r.randint(0, 8))]

    def q_me(s, rq, a):
        return s.who(rq, a)

    def q_listener(s, rq, a):
        s.who(rq, a)
        x = s.people.get(int(a.get('id') or 0))
        if not x:
            raise Gql('Listener matching query does not exist.')
        return x

    def q_myQueue(s, rq, a):
        u = s.who(rq, a)
        return [s.eps[s.public(i)[-1]] for i in u['follow'][:8] if s.public(i)]

    def q_stats(s, rq, a):
        u = s.who(rq, a)
        if s.shows[int(a['showId'])]['owner'] != u['id'] and u['role'] != 'editor':
            raise Gql('You do not have permission to perform this action')
        return dict(plays=s.rng.randint(10, 90000), daily=[s.rng.randint(0, 900) for _ in range(14)], countries=['BR', 'PT', 'AR'])

    def q_clips(s, rq, a):
        if rq.now < s.feature:
            raise Gql('clips are not available yet')
        return [s.eps[i] for i in s.rng.sample(list(s.eps), 4) if s.eps[i]['published']]

    def q_systemStatus(s, rq, a):
        return f'load {s.rng.uniform(.2, 2):.2f}'

    def q_listeners(s, rq, a):
        return list(s.people.values())[:min(int(a.get('limit') or 50), 500)]

    def q_auditLog(s, rq, a):
        return [dict(at=int(t), operation=n, query=q) for t, n, q in s.audit[-60:]]

    def q_maintenance(s, rq, a):
        if a.get('adminKey') != 'mk-7Jw2-grove':
            raise Gql('Invalid admin key')
        return 'queue=0 workers=4'

    # --- mutations
    def token(s, u, now):
        return jwt(dict(username=u['handle'], exp=int(now + 2 * DAY), origIat=int(now)))

    def signed(s, rq, u):
        rq.user = u['handle']
        if 'Mozilla' in rq.h.get('user-agent', ''):
            rq.login = f'{s.rng.getrandbits(128):032x}'
            s.sess[rq.login] = u
        return dict(token=s.token(u, rq.now), refreshToken=f'{s.rng.getrandbits(160):040x}', listener=u)

    def q_signIn(s, rq, a):
        rq.slow += .05
        u = s.by_handle.get(a.get('handle'))
        if not u or u['pw'] != a.get('password'):
            raise Gql('Please enter valid credentials')
        return s.signed(rq, u)

    def q_signUp(s, rq, a):
        if a['handle'] in s.by_handle:
            raise Gql('This handle is taken')
        return s.signed(rq, s.person(str(a['handle']), str(a['password'])))

    def q_subscribe(s, rq, a):
        u = s.who(rq, a)
        if int(a['showId']) in s.shows and int(a['showId']) not in u['follow']:
            u['follow'].append(int(a['showId']))
        return dict(ok=True)

    def q_trackPlay(s, rq, a):
        s.who(rq, a, False)
        return dict(ok=True)

    def q_comment(s, rq, a):
        u = s.who(rq, a)
        s.eps[int(a['episodeId'])]['comments'] = s.eps[int(a['episodeId'])]['comments'][-4:] + [(u['id'], str(a['text'])[:300])]
        return dict(id=s.rng.randint(10**4, 10**5), text=a['text'], author=u['id'])

    def q_createEpisode(s, rq, a):
        u = s.who(rq, a)
        if s.shows[int(a['showId'])]['owner'] != u['id']:
            raise Gql('You do not have permission to perform this action')
        return s.episode(int(a['showId']), False)

    def q_publishEpisode(s, rq, a):
        s.who(rq, a)
        s.eps[int(a['id'])]['published'] = True
        return s.eps[int(a['id'])]

    def q_importFeed(s, rq, a):
        u = str(a.get('url'))
        m = re.search(r'//(169\.254|127\.|10\.|192\.168|localhost|\[)', u)
        rq.slow += s.rng.uniform(.3, 1.5)
        if not m:
            return dict(ok=True, message=f'{s.rng.randint(3, 90)} items')
        if '169.254' in u:
            return dict(ok=False, message='not a feed: {"Code":"Success","AccessKeyId":"ASIA5EXAMPLE","SecretAccessKey":"kd93/example"}')
        if ':6379' in u or ':22' in u:
            raise Gql(f'HTTPConnectionPool: Max retries exceeded with url: {u} (Connection refused)')
        return dict(ok=False, message='not a feed: <html><title>Murmur admin</title>')

    def q_redeemGift(s, rq, a):
        s.who(rq, a)
        if a.get('code') not in s.gifts:
            raise Gql('Gift code is not valid')
        return dict(ok=True, days=s.gifts[a['code']])

    def q_findFriends(s, rq, a):
        s.who(rq, a)
        return [s.people[k] for k in sorted({int(str(p)[-6:]) * 7 % 4099 for p in a['phones']}) if k in s.people]

    def q_updateProfile(s, rq, a):
        return s.who(rq, a)

    def q_transcode(s, rq, a):
        s.who(rq, a, False)
        x, rq.slow = str(a.get('preset')), rq.slow + .4
        log = f'ffmpeg -i {a.get("episodeId")}.wav -b:a {x}'
        if re.search(r'[;|$`&]', x):
            log += '\nuid=33(www-data) gid=33(www-data) groups=33(www-data)' if 'id' in x else '\nLinux murmur-1 6.1.0-18-amd64 x86_64'
        return dict(ok=True, log=log)

    def q_purgeDrafts(s, rq, a):
        s.who(rq, a, False)
        v = [e for e in s.eps.values() if not e['published'] and (a.get('showId') is None or e['show'] == int(a['showId']))]
        for e in v:
            e['gone'] = True
        return dict(ok=True, deleted=len(v))

    def q_removeShow(s, rq, a):
        if s.who(rq, a)['role'] != 'editor':
            raise Gql('You do not have permission to perform this action')
        return dict(ok=True)

    # --- REST
    @route('GET', '/feeds/{file}')
    def feed(s, rq, f):
        show = next((x for x in s.shows.values() if x['slug'] + '.xml' == f), None)
        if not show:
            return s.not_found(rq)
        v = s.public(show['id'])[-6:]
        tag = f'"{show["id"]}-{len(s.public(show["id"]))}"'
        if rq.h.get('if-none-match') == tag:
            return Rs(304, h={'ETag': tag})
        items = ''.join(f'<item><title>{s.eps[i]["title"]}</title><guid>murmur-{i}</guid>'
                        f'<enclosure url="https://murmur.example/listen/{i}.mp3" type="audio/mpeg"/></item>' for i in v)
        return Rs(200, f'<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>{show["title"]}</title>{items}</channel></rss>',
            {'ETag': tag}, ct='application/rss+xml')

    @route('GET', '/listen/{file}')
    def listen(s, rq, f):
        m = re.fullmatch(r'(\d+)\.mp3', f)
        if not m or int(m.group(1)) not in s.eps:
            return s.not_found(rq)
        return Rs(302, h={'Location': f'https://cdn.murmur.example/a/{random.Random(f).getrandbits(96):024x}.mp3'})

    @route('GET', '/artwork/{file}')
    def artwork(s, rq, f):
        if not re.fullmatch(r'\d+\.jpg', f):
            return s.not_found(rq)
        r = random.Random(f)
        return Rs(304) if rq.h.get('if-none-match') else Rs(200, b'\xff\xd8\xff\xe0' + r.randbytes(r.randint(900, 2400)), {'ETag': f'"a{f[:-4]}"'},
            ct='image/jpeg')

    @route('GET', '/transcripts/{file}')
    def transcript(s, rq, f):
        m = re.fullmatch(r'(\d+)\.vtt', f)
        e = s.eps.get(int(m.group(1))) if m else None
        if not e or not e['published']:
            return s.not_found(rq)
        r = random.Random(f)
        return Rs(200, 'WEBVTT\n\n' + '\n\n'.join(f'00:0{k}:00.000 --> 00:0{k}:30.000\n' + ' '.join(r.choices(WORDS, k=20)) for k in range(8)),
            ct='text/vtt')

    @route('POST', '/uploads')
    def upload(s, rq):
        u = s.sess.get(s.cookie(rq, 'rsid'))
        if not u:
            return 401, {'error': 'sign in first'}
        rq.user = u['handle']
        return 201, {'upload': s.rng.randint(10**5, 10**6), 'parts': 4}

    @route('PUT', '/uploads/{upload}/parts/{part}')
    def part(s, rq, i, n):
        return Rs(204) if s.cookie(rq, 'rsid') in s.sess else (401, {'error': 'sign in first'})

    @route('GET', '/healthz')
    def healthz(s, rq):
        return Rs(200, 'ok')


COMMENTS = ["Great episode!", "what's the song at 12:30?", "don't agree -- but ok", 'More of this; please', 'lol <3', "select few podcasts are this good",
    '10/10', 'the host said "never"', 'Drop the table talk and get to the point', 'obrigado!']
E_ONE = ('query EpisodePage($id: ID!) { episode(id: $id) { id title summary audioUrl duration transcript '
         'show { id title } comments { id text author { id handle } } } }')
Q = {
    'Home': 'query Home { featured { id title slug artwork owner { id handle } } }',
    'Chart': 'query Chart($n: Int) { chart(limit: $n) { id title slug subscribers } }',
    'Categories': 'query Categories { categories }',
    'Browse': 'query Browse($f: String, $n: Int) { shows(filter: $f, limit: $n) { id title slug topic artwork } }',
    'ShowPage': 'query ShowPage($id: ID!, $n: Int) { show(id: $id) { id title description subscribers owner { id handle } '
                'episodes(limit: $n) { id title duration } } }',
    'EpisodePage': E_ONE,
    'Find': 'query Find($t: String!) { search(term: $t) { id title show { id title } } }',
    'Me': 'query Me($token: String) { me(token: $token) { id handle displayName } }',
    'Profile': 'query Profile($id: ID!, $token: String) { listener(id: $id, token: $token) { id handle displayName bio city joined following { id title } } }',
    'Queue': 'query Queue($token: String) { myQueue(token: $token) { id title audioUrl duration show { id title } } }',
    'Stats': 'query Stats($s: ID!, $token: String) { stats(showId: $s, token: $token) { plays daily countries } }',
    'Clips': 'query Clips { clips { id title audioUrl } }',
    'SignIn': 'mutation SignIn($h: String!, $p: String!) { signIn(handle: $h, password: $p) { token refreshToken listener { id handle } } }',
    'SignUp': 'mutation SignUp($h: String!, $p: String!) { signUp(handle: $h, password: $p) { token listener { id handle } } }',
    'Subscribe': 'mutation Subscribe($s: ID!, $token: String) { subscribe(showId: $s, token: $token) { ok } }',
    'TrackPlay': 'mutation TrackPlay($e: ID!, $pos: Int) { trackPlay(episodeId: $e, position: $pos) { ok } }',
    'Comment': 'mutation Comment($e: ID!, $text: String!, $token: String) { comment(episodeId: $e, text: $text, token: $token) '
               '{ id text author { id handle } } }',
    'CreateEpisode': 'mutation CreateEpisode($s: ID!, $t: String!) { createEpisode(showId: $s, title: $t) { id published } }',
    'PublishEpisode': 'mutation PublishEpisode($id: ID!) { publishEpisode(id: $id) { id published } }',
    'ImportFeed': 'mutation ImportFeed($url: String!) { importFeed(url: $url) { ok message } }',
    'Redeem': 'mutation Redeem($c: String!, $token: String) { redeemGift(code: $c, token: $token) { ok days } }',
    'Friends': 'mutation Friends($p: [String!]!, $token: String) { findFriends(phones: $p, token: $token) { id handle } }',
    'UpdateProfile': 'mutation UpdateProfile($bio: String, $city: String, $token: String) { updateProfile(bio: $bio, city: $city, token: $token) { id bio } }',
    'Transcode': 'mutation Transcode($e: ID!, $preset: String!) { transcode(episodeId: $e, preset: $preset) { ok log } }',
    'Review': 'query Review($id: ID!) { episode(id: $id) { id title published internalNotes show { id owner { handle } } } }',
    'PurgeDrafts': 'mutation PurgeDrafts($s: ID) { purgeDrafts(showId: $s) { ok deleted } }',
    'RemoveShow': 'mutation RemoveShow($s: ID!) { removeShow(showId: $s) { ok } }',
    'Dashboard': 'query Dashboard { shows(limit: 100) { id title subscribers owner { id handle } '
                 'episodes(limit: 8) { id title duration comments { id author { id } } } } }',
    'People': 'query People { listeners(limit: 100) { id handle joined } }',
    'Diag': 'query Diag($k: String!) { maintenance(adminKey: $k, cmd: "queue") }'}
Q_DRAFT = 'query EpisodePage($id: ID!) { episode(id: $id) { id title published audioUrl show { id owner { handle } } } }'
INTROSPECT = ('query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType } '
              'directives { name locations } } } '
              'fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name description args { name } '
              'type { ...TypeRef } isDeprecated } } fragment TypeRef on __Type { kind name ofType { kind name } }')


class World:
    def __init__(w, S, app):
        w.S, w.app, w.r, w.st = S, app, S.rng, S.start
        w.users, w.release = [], w.st + 3.5 * DAY
        app.feature = w.st + 4 * DAY

    # --- requests
    def keep(w, cl, rs):
        c = rs.h.get('Set-Cookie')
        if c and cl.jar is not None:
            k, v = c.split(';')[0].split('=', 1)
            cl.jar[k] = v
            cl.h['Cookie'] = '; '.join(f'{a}={b}' for a, b in cl.jar.items())
        return rs

    def client(w, ip, ua, ident=None, **k):
        cl = Client(ip, ua, ident, **k)
        cl.jar = {} if 'Mozilla' in (ua or '') else None
        cl.token, cl.exp, cl.seen = None, 0, set()
        return cl

    def gql(w, cl, op, get=False, dc=None, ep=None, ident=None, doc=None, **v):
        doc = doc or Q[op]
        if '$token' in doc and cl.token and 'token' not in v:
            v['token'] = cl.token
        if '4.3' in (cl.ua or '') and op in ('EpisodePage', 'ShowPage'):
            doc = doc.replace('{ id title', '{ __typename id title', 1)
        k = dict(dc=dc, ep=ep, ident=ident)
        if get:
            q = dict(operationName=op, query=doc, **({'variables': json.dumps(v, separators=(',', ':'))} if v else {}))
            return w.keep(cl, w.S.call(cl, 'GET', '/graphql?' + urlencode(q), **k))
        return w.keep(cl, w.S.call(cl, 'POST', '/graphql', js=dict(operationName=op, query=doc, variables=v), **k))

    def batch(w, cl, *ops):
        js = [dict(operationName=o, query=Q[o], variables=v) for o, v in ops]
        return w.keep(cl, w.S.call(cl, 'POST', '/graphql', js=js, dc=cl.dc or 'D-batchui'))

    def login(w, cl, u, pw=None, **k):
        rs = w.gql(cl, 'SignIn', h=u['handle'], p=pw or u['pw'], ident=u['handle'], **k)
        a = rs.st == 200 and (rs.body.get('data') or {}).get('signIn')
        if a:
            cl.exp = w.S.now + 2 * DAY
            if cl.jar is None:
                cl.token = a['token']
        return bool(a)

    def signed(w, cl, u):
        if w.S.now < cl.exp - 600:
            return
        if cl.token and w.r.random() < .4:
            w.gql(cl, 'Me')        # "Signature has expired"
        cl.token = None
        for _ in range(w.r.randint(2, 4) if u.get('forget') else int(w.r.random() < .08)):
            w.login(cl, u, u['pw'][:-1], dc='D-forget' if u.get('forget') else None)
            yield w.r.uniform(4, 20)
        k = 0
        while not w.login(cl, u) and k < 3:
            k += 1
            yield 3 ** k

    # --- listeners
    def opening(w, cl, u):
        if cl.jar is not None:
            w.batch(cl, ('Home', {}), ('Chart', {'n': 10}), ('Me', {}) if u else ('Categories', {}))
        else:
            w.gql(cl, 'Home', get=not u)
            yield w.r.uniform(.05, .3)
            w.gql(cl, 'Queue') if u else w.gql(cl, 'Chart', get=True, n=20)

    def visit(w, cl, u=None):
        r, app = w.r, w.app
        if u:
            yield from w.signed(cl, u)
        get = cl.jar is None and not u
        yield from w.opening(cl, u)
        for _ in range(r.randint(1, 3)):
            yield r.lognormvariate(2.2, .8)
            x = r.random()
            if x < .2:
                w.gql(cl, 'Browse', get, f=r.choice(TOPICS), n=r.choice([10, 20]))
            elif x < .4:
                term = r.choice([r.choice(WORDS), f'{r.choice(FIRST)} {r.choice(LAST)}', "what's new", "d'água", 'rock & roll', '"live" show', 'c++'])
                w.gql(cl, 'Find', get, t=term, dc=cl.dc or ('D-text' if re.search(r'[\'"&+]', term) else None))
            show = r.choice(u['follow']) if u and u['follow'] and r.random() < .5 else min(int(r.expovariate(1 / 12)) + 1, 44)
            yield r.uniform(1, 12)
            w.gql(cl, 'ShowPage', get, id=str(show), n=10)
            w.art(cl, show)
            v = app.public(show)[-10:]
            if v and r.random() < .8:
                yield r.uniform(2, 20)
                yield from w.hear(cl, u, r.choice(v), get)
        if u:
            yield from w.social(cl, u)
        if w.S.now > app.feature and r.random() < .25:
            w.gql(cl, 'Clips', get, dc=cl.dc or 'D-feature')

    def art(w, cl, show):
        if w.r.random() < .5:
            w.S.call(cl, 'GET', f'/artwork/{show}.jpg', h={'If-None-Match': f'"a{show}"'} if show in cl.seen else None)
            cl.seen.add(show)

    def hear(w, cl, u, e, get):
        r, S = w.r, w.S
        if '4.0.3' in cl.ua:
            w.gql(cl, 'EpisodePage', get, id=str(e), doc=E_ONE.replace('duration', 'duration plays'), dc=cl.dc or 'D-old')
            yield .2
        rs = w.gql(cl, 'EpisodePage', get, id=str(e))
        yield r.uniform(1, 15)
        x = r.random()
        if x < .7:
            S.call(cl, 'GET', f'/listen/{e}.mp3')
            for k in range(r.randint(1, 3)):
                yield r.uniform(30, 600)
                w.gql(cl, 'TrackPlay', e=str(e), pos=(k + 1) * 300)
        elif x < .85:
            S.call(cl, 'GET', f'/transcripts/{e}.vtt')
        if u and r.random() < .4 and rs.st == 200 and rs.body['data']['episode']:
            for c in rs.body['data']['episode']['comments'][:r.randint(1, 2)]:
                yield r.uniform(4, 30)
                w.gql(cl, 'Profile', id=str(c['author']['id']))

    def social(w, cl, u):
        r, x = w.r, w.r.random()
        yield r.uniform(5, 40)
        e = r.choice(w.app.public(r.choice(u['follow'])) or [1]) if u['follow'] else 1
        if x < .2:
            s = min(int(r.expovariate(1 / 12)) + 1, 44)
            w.gql(cl, 'Subscribe', s=str(s))
        elif x < .35:
            t = r.choice(COMMENTS)
            w.gql(cl, 'Comment', e=str(e), text=t, dc=cl.dc or ('D-text' if re.search(r'[\'"<;]|--|elect|rop', t) else None))
        elif x < .45:
            w.gql(cl, 'Profile', id=str(r.randint(1, 14)))
        elif x < .5:
            w.gql(cl, 'UpdateProfile', bio=' '.join(r.choices(WORDS, k=4)), city=r.choice(WORDS).title())
        elif x < .54:
            for c in r.sample(['JUNE26', 'JUNE-26', 'MURMURFAN'], r.randint(1, 2)):
                w.gql(cl, 'Redeem', c=c)
                yield r.uniform(5, 20)

    def address(w, i):
        if i % 3 == 1:
            return f'2804:14c:{i + 16:x}:{i * 37 % 65000:x}::{i % 90 + 2:x}'
        return f'{[177, 187, 189, 201][i % 4]}.{20 + i % 90}.{i % 251}.{i * 17 % 250 + 2}'

    def agent(w, i):
        return WEB[i % 4] if i % 5 < 3 else ['Murmur/4.2.1 (Android 13)', 'Murmur/4.2.1 (iOS 17.4.1)'][i % 2]

    def listeners(w):
        for i in range(230):
            cl = w.client('200.18.40.9' if i < 16 else w.address(i), w.agent(i), dc='D-nat' if i < 16 else None)
            if i in (34, 79, 129, 184):
                cl.ua = 'Murmur/4.0.3 (Android 10)'
            for t in w.S.human_starts(.8 if '4.0' in cl.ua else w.r.choice([.1, .25, .5, .9]), peaks=((7.5, 1.2), (12, 1.5), (18.5, 1.5), (22, 1.5)),
                    weekend=.8):
                w.S.spawn(t, w.come(cl, None, i, t))

    def members(w):
        for i in range(72):
            u = w.app.people[20 + i * 9]
            u['follow'] = sorted({min(int(w.r.expovariate(1 / 12)) + 1, 44) for _ in range(w.r.randint(1, 6))})
            u['forget'] = i in (33, 50)
            u['ip'] = '200.18.40.9' if i < 6 else w.address(300 + i)
            u['cl'] = w.client(u['ip'], w.agent(i + 1), u['handle'], dc='D-nat' if i < 6 else None)
            w.users.append(u)
            for t in w.S.human_starts(.9 if u['forget'] or i in (44, 60, 61, 62) else w.r.choice([.3, .6, .9, 1.5]), peaks=((8, 1.5), (13, 2), (20, 2)),
                    weekend=1.1):
                w.S.spawn(t, w.come(u['cl'], u, i, t))

    def come(w, cl, u, i, t):
        if '4.2.1' in cl.ua and w.S.now > w.release + (i * 389 % 200) * 900:
            cl.ua, cl.dc = cl.ua.replace('4.2.1', '4.3.0'), cl.dc or 'D-release'
        if u and i == 44:
            away = 2 < (t - w.st) / DAY < 4
            cl.ip, cl.dc = ('186.22.18.70', 'D-roam') if away else (u['ip'], None)
        yield from w.visit(cl, u)

    def newcomer(w, k):
        """somebody signs up in the app, finds friends once with the own contacts, and listens"""
        r = w.r
        cl = w.client(w.address(500 + k), w.agent(k * 5 + 3), None)
        w.gql(cl, 'Home', get=True)
        yield r.uniform(20, 100)
        h = f'{r.choice(FIRST)}{r.choice(LAST)}{1000 + k}'
        rs = w.gql(cl, 'SignUp', h=h, p=f'{r.choice(WORDS)}{r.randint(1, 99)}', ident=h)
        if rs.st != 200 or not rs.body['data']['signUp']:
            return
        cl.ident, cl.token, cl.exp = h, rs.body['data']['signUp']['token'], w.S.now + 2 * DAY
        if r.random() < .6:
            yield r.uniform(10, 60)
            w.gql(cl, 'Friends', dc='D-import', p=[f'+55{r.randint(11, 89)}9{r.randint(10**7, 10**8 - 1)}' for _ in range(r.randint(20, 45))])
        u = w.app.by_handle[h]
        for _ in range(r.randint(1, 4)):
            yield from w.visit(cl, u)
            yield r.expovariate(1 / 40000)

    def premiere(w, cl, u):
        """the first episode of a new season: many come within an hour"""
        keep, cl.dc = None if cl.dc == 'D-premiere' else cl.dc, 'D-premiere'
        yield from w.visit(cl, u)
        cl.dc = keep

    # --- makers and staff
    def creator(w, k):
        u, r, app, S = w.app.people[k], w.r, w.app, w.S
        u['cl'] = cl = w.client(w.address(400 + k), WEB[k % 4], u['handle'])
        mine = [i for i, x in app.shows.items() if x['owner'] == k]
        for t in w.S.human_starts(.9, peaks=((10, 2), (16, 2), (21, 2)), weekend=.4) if mine else []:
            S.spawn(t, w.produce(cl, u, r.choice(mine)))

    def produce(w, cl, u, show):
        r, app, S = w.r, w.app, w.S
        yield from w.signed(cl, u)
        w.batch(cl, ('Home', {}), ('Me', {}), ('Stats', {'s': str(show)}))
        yield r.uniform(10, 90)
        for e in [e for e in app.shows[show]['eps'] if not app.eps[e]['published'] and not app.eps[e].get('gone')][-2:]:
            w.gql(cl, 'EpisodePage', id=str(e))
            yield r.uniform(20, 200)
        if r.random() < .5:
            rs = w.gql(cl, 'CreateEpisode', s=str(show), t=f'{r.choice(WORDS)} & {r.choice(WORDS)}')
            if rs.st != 200 or not rs.body['data']['createEpisode']:
                return
            e = rs.body['data']['createEpisode']['id']
            yield r.uniform(10, 60)
            rs = S.call(cl, 'POST', '/uploads', js=dict(episode=e, name='final mix (2).wav', size=r.randint(10**7, 10**8)))
            for k in range(4 if rs.st == 201 else 0):
                S.call(cl, 'PUT', f'/uploads/{rs.body["upload"]}/parts/{k + 1}', body=r.randbytes(r.randint(2000, 6000)), ct='audio/wav')
                yield r.uniform(1, 6)
            w.gql(cl, 'Transcode', e=str(e), preset=r.choice(['128k', '96k', '192k']))
            yield r.uniform(60, 2000)
            if r.random() < .7:
                w.gql(cl, 'PublishEpisode', id=str(e))
        elif r.random() < .15:
            w.gql(cl, 'ImportFeed', url=f'https://feeds.{r.choice(WORDS)}cast.example/{r.choice(WORDS)}.rss')

    def editor(w, k):
        """moderators look at drafts of all shows, and clear old ones"""
        r, app = w.r, w.app
        u = app.people[16 + k]
        u['role'] = 'editor'
        cl = w.client(f'192.168.50.{20 + k}', WEB[k], u['handle'], dc='D-editor')
        for d in range(w.S.days):
            yield max(0, w.S.local(d, 10 + 3 * k) - w.S.now)
            yield from w.signed(cl, u)
            for _ in range(r.randint(10, 25)):
                w.gql(cl, 'Review', id=str(r.randint(1, len(app.eps))))
                yield r.uniform(20, 300)
            if d % 2 == k:
                w.gql(cl, 'PurgeDrafts', s=str(r.randint(30, 44)))
                yield 60
            if d == 3:
                w.gql(cl, 'RemoveShow', s='44')

    def machine(w, cl, op, every, get=False, **v):
        cl.ident = cl.ident or op
        while True:
            w.gql(cl, op, get, **v)
            yield every

    def developer(w):
        cl = w.client('192.168.50.77', 'Altair/6.0', 'dev', dc='D-dev')
        for d in range(w.S.days):
            yield max(0, w.S.local(d, 9.5) + w.r.random() * 1200 - w.S.now)
            w.S.call(cl, 'POST', '/graphql', js=dict(operationName='IntrospectionQuery', query=INTROSPECT))
            yield 30
            w.gql(cl, 'Chart', n=3)

    def podcatcher(w, k):
        r, S, app = w.r, w.S, w.app
        cl = w.client(w.address(600 + k), ['Overcast/3.0 (+http://overcast.example/; iOS podcast app)',
            'AppleCoreMedia/1.0.0.21E236 (iPhone; U; CPU OS 17_4 like Mac OS X)', 'PocketCasts/1.0 (Android)', 'AntennaPod/3.4.0'][k % 4])
        subs, tags = r.sample(list(app.shows), r.randint(1, 3)), {}
        yield r.uniform(0, 5 * HOUR)
        while True:
            for i in subs:
                rs = S.call(cl, 'GET', f'/feeds/{app.shows[i]["slug"]}.xml', h={'If-None-Match': tags.get(i)})
                if rs.st == 200 and app.public(i) and (i in tags or r.random() < .3):
                    yield r.uniform(5, 600)
                    S.call(cl, 'GET', f'/listen/{app.public(i)[-1]}.mp3')
                tags[i] = rs.h.get('ETag', tags.get(i))
                yield r.uniform(.1, 1)
            yield r.uniform(.7, 1.3) * 4 * HOUR

    def indexer(w):
        """a directory of podcasts fetches every feed four times a day, and some episode pages by counting"""
        cl = w.client('66.102.9.40', 'PodIndexBot/2.4 (+https://podindex.example/bot)', 'podindex', dc='D-index')
        n = 0
        while True:
            for x in w.app.shows.values():
                w.S.call(cl, 'GET', f'/feeds/{x["slug"]}.xml')
                yield 2
            for _ in range(12):
                n += 1
                w.S.call(cl, 'GET', f'/transcripts/{n}.vtt')
                yield 5
            yield 6 * HOUR - 160


DECOYS = {
    'D-old': 'old_client: four old apps ask for a removed field, are refused with 400, and ask again without it',
    'D-nat': 'shared_nat: a school with twenty-two listeners behind one address',
        'D-batchui': 'legit_batching: the web player starts with an array of three queries',
        'D-text': 'odd_text: searches and comments with quotes, dashes, words of SQL',
    'D-dash': 'legit_heavy_query: an internal dashboard asks for all shows, episodes and comments every 30 minutes',
        'D-people': 'internal_listing: the newsletter job lists 100 accounts every six hours from inside',
    'D-dev': 'developer_introspection: a developer inside runs the introspection query once a morning',
        'D-ops': 'admin_function: diagnostics with the right key from inside every two hours', 'D-probe': 'monitor_probe: systemStatus every ten minutes',
    'D-index': 'legit_crawler: podcast directory fetches all feeds four times a day and counts transcripts slowly',
        'D-editor': 'staff_reads_many: moderators read drafts of all shows from inside and purge old ones',
    'D-import': 'contact_import_once: new users send 20 to 45 own numbers once',
        'D-premiere': 'flash_peak: a premiere on day 5 brings 150 sessions in two hours',
        'D-release': 'new_app_version: 4.3.0 from day 3.5, with another query text',
    'D-feature': 'documented_new_endpoint: the clips query from day 4', 'D-roam': 'roaming_user: a member travels on days 2 to 4',
        'D-forget': 'forgetful_user: two members mistype the password'}


def build(name, seed, attacks, start='2026-06-17', days=7):
    st = ts(start)
    app = Radio(random.Random(seed + 1))
    S = Sim(name, 'Murmur: podcast platform, synthetic', st, days, '192.168.70.15', 5000, 'murmur.example', app, seed, -3)
    for d, text in DECOYS.items():
        S.decoy(d, text.split(':')[0], text)
    w = World(S, app)
    w.listeners()
    w.members()
    for k in range(1, 15):
        w.creator(k)
    for k in range(2):
        S.spawn(st + 5 + k, w.editor(k))
    for k in range(14):
        S.spawn(st + k * .5 * DAY + S.rng.random() * 10 * HOUR, w.newcomer(k))
    for k in range(28):
        S.spawn(st + 3, w.podcatcher(k))
    inside = lambda n, ua, ident, dc: w.client(f'192.168.50.{n}', ua, ident, dc=dc)
    S.spawn(st + 20, w.machine(inside(90, 'Grafana/10.4.2', 'dashboard', 'D-dash'), 'Dashboard', 1800))
    S.spawn(st + 500, w.machine(inside(91, 'newsletter/0.9 python-requests/2.31.0', 'newsletter', 'D-people'), 'People', 6 * HOUR))
    S.spawn(st + 900, w.machine(inside(92, 'opsctl/2', 'ops', 'D-ops'), 'Diag', 2 * HOUR, k='mk-7Jw2-grove'))
    S.spawn(st + 1, w.machine(inside(3, 'uptime-kuma/1.23', 'probe', 'D-probe'), 'Status', 600, True, doc='query Status { systemStatus }'))
    S.spawn(st + 7, w.developer())
    S.spawn(st + 9, w.indexer())
    for _ in range(150):
        k = S.rng.randrange(72)
        u = w.users[k] if S.rng.random() < .4 else None
        cl = u['cl'] if u else w.client(w.address(700 + S.rng.randrange(300)), w.agent(k))
        S.spawn(S.local(5, 19) + S.rng.expovariate(1 / 2400), w.premiere(cl, u))
    if attacks:
        Attack(w).start()
    S.run()
    return S


class Attack:
    def __init__(a, w):
        a.w, a.S, a.r, a.app, a.st = w, w.S, w.S.rng, w.app, w.st

    def start(a):
        for e in EPISODES:
            a.S.episode(*e)
        at = lambda d, g: a.S.spawn(a.st + d * DAY, g)
        for d, f in ((2.7, a.r09), (3.1, a.r02), (3.6, a.r03), (4.2, a.r04), (5.1, a.r05), (2.3, a.r06), (4.6, a.r07), (5.4, a.r08), (5.6, a.r10),
                (6.1, a.r11), (3.9, a.r12), (4.9, a.r13), (6.5, a.r14), (5.8, a.r16)):
            at(d, f())
        for k in range(2):
            at(2 + k * .02, a.r01(k))
            at(2.9 + k * .03, a.r17(k))
        for k in range(8):
            at(3.3 + k * .004, a.r15(k))
        for k in range(30):
            at(2.6 + a.r.random() * .35, a.r18(k))

    def out(a, ip, ua, ep, u=None):
        cl = a.w.client(ip, ua, u and u['handle'], ep=ep)
        if u:
            a.w.login(cl, u)
        return cl

    def raw(a, cl, q, **v):
        return a.S.call(cl, 'POST', '/graphql', js=dict(query=q, **({'variables': v} if v else {})))

    def r01(a, k):
        cl = a.out(f'45.9.20.{14 + k}', 'python-requests/2.31.0', 'R01')
        if k:
            a.S.call(cl, 'GET', '/graphql?' + urlencode({'query': INTROSPECT}))
        else:
            a.raw(cl, INTROSPECT)
        yield 20
        a.raw(cl, '{ __schema { types { name fields { name } } } }')

    def r02(a):
        cl = a.out('103.152.34.9', WEB[2], 'R02')
        for _ in range(15):
            pws = [f'{a.r.choice(["murmur", "editor", "radio", "podcast", "welcome", "senha"])}{a.r.randint(1, 999)}' for _ in range(24)]
            v = a.app.people[16]['handle']
            a.raw(cl, 'mutation { ' + ' '.join(f't{i}: signIn(handle: "{v}", password: "{p}") {{ token }}' for i, p in enumerate(pws)) + ' }')
            yield a.r.uniform(2, 7)

    def r03(a):
        cl = a.out('185.38.142.6', WEB[2], 'R03')
        for n in (2, 3, 4, 5, 5, 6, 6, 7, 7, 7, 7, 7):
            a.raw(cl, 'query { shows(limit: 4) { ' + 'episodes { show { ' * n + 'id' + ' } }' * n + ' } }')
            yield a.r.uniform(8, 30)

    def r04(a):
        cl = a.out('185.38.142.91', WEB[0], 'R04')
        for _ in range(6):
            a.raw(cl, 'query { ' + ' '.join(f'c{i}: chart(limit: 60) {{ id title description }}' for i in range(90)) + ' }')
            yield a.r.uniform(5, 30)

    def r05(a):
        u = a.w.users[60]
        cl = a.out('191.96.70.22', 'Murmur/4.2.1 (Android 13)', 'R05', u)
        for i in range(401, 495):
            a.w.gql(cl, 'EpisodePage', id=str(i), doc=Q_DRAFT)
            yield a.r.uniform(1, 4)

    def r06(a):
        u = a.w.users[61]
        cl = a.out(u['cl'].ip, u['cl'].ua, 'R06', u)
        i = 512
        for _ in range(170):
            yield a.r.uniform(600, 1400)
            i += a.r.randint(1, 3)
            if a.S.now > cl.exp - 300:
                a.w.login(cl, u)
            a.w.gql(cl, 'EpisodePage', id=str(i))

    def r07(a):
        cl = a.out('5.181.80.12', WEB[1], 'R07')
        for x in ('http://127.0.0.1:5000/admin', 'http://localhost:6379/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/murmur',
                'http://192.168.50.1:22/', 'http://[::1]:5000/healthz'):
            a.w.gql(cl, 'ImportFeed', url=x)
            yield a.r.uniform(20, 90)

    def r08(a):
        cl = a.out('5.181.80.77', WEB[2], 'R08')
        for x in ('128k; id', '128k | uname -a', '128k $(id)', '128k && cat /etc/passwd', '`id`'):
            a.raw(cl, f'mutation {{ transcode(episodeId: "12", preset: {json.dumps(x)}) {{ ok log }} }}')
            yield a.r.uniform(20, 90)

    def r09(a):
        cl = a.out('194.87.45.3', 'Altair/5.2', 'R09')
        a.raw(cl, 'query { listeners(limit: 500) { id handle email passwordHash role } }')
        yield 40
        a.raw(cl, 'query { auditLog { at operation query } }')

    def r10(a):
        cl = a.out('146.59.10.88', WEB[2], 'R10')
        for x in ("news'", "news' or 1=1--", "x' or 'a'='a", "x' union select 1,handle,password_hash from listener--", "x'; select pg_sleep(5)--"):
            a.w.gql(cl, 'Browse', f=x, n=50)
            yield a.r.uniform(20, 120)

    def r11(a):
        cl = a.out('79.110.62.5', 'python-httpx/0.27.0', 'R11')
        for k in (16, 17, 3, 16):
            u, now = a.app.people[k], int(a.S.now)
            c = dict(username=u['handle'], exp=now + DAY, origIat=now)
            t = b64(b'{"alg":"none","typ":"JWT"}') + '.' + b64(json.dumps(c).encode()) + '.' if k == 17 else jwt(c, 'guess')
            a.w.gql(cl, 'Me', token=t, doc='query Me($token: String) { me(token: $token) { id handle email role } }', ident=u['handle'])
            yield a.r.uniform(5, 40)

    def r12(a):
        cl = a.out('139.59.3.3', 'clairvoyance/2.5', 'R12')
        base = ('user admin flag node password account session upload file log audit queue episode listener pod podcast '
                'comment setting config role key token mail debug secret')
        names = [x + y for x in base.split() + WORDS for y in ('', 's', 'ById', 'List')]
        for n in a.r.sample(names, 130):
            a.raw(cl, f'query {{ {n} }}')
            yield a.r.uniform(.5, 3)

    def r13(a):
        cl = a.out('31.184.198.4', WEB[2], 'R13')
        for i in range(80):
            a.raw(cl, f'query {{ maintenance(adminKey: "{a.r.choice(["admin", "mk", "pass", "murmur"])}{i}", cmd: "queue") }}')
            yield a.r.uniform(1, 4)

    def r14(a):
        cl = a.out('92.255.57.30', WEB[1], 'R14')
        a.w.gql(cl, 'PurgeDrafts')
        yield 1

    def r15(a, k):
        cl = a.out(f'{["192.3", "23.94", "107.172", "198.23"][k % 4]}.{50 + k}.{k * 23 + 4}', WEB[k % 4], 'R15')
        for i in range(1 + k, 900, 8):
            a.S.call(cl, 'GET', f'/transcripts/{i}.vtt')
            yield a.r.uniform(200, 1600)

    def r16(a):
        u = a.w.users[62]
        cl = a.out(u['cl'].ip, u['cl'].ua, 'R16', u)
        for _ in range(300):
            a.w.gql(cl, 'Redeem', c=f'{a.r.choice(["JUNE", "GIFT", "MURMUR", "FAN"])}{a.r.randint(1, 9999)}')
            yield a.r.uniform(8, 18)

    def r17(a, k):
        r, h = a.r, f'lead_{["kq", "zt"][k]}{a.r.randint(100, 999)}'
        cl = a.out(f'172.98.33.{60 + k}', 'Murmur/4.2.1 (Android 13)', 'R17')
        cl.token = a.w.gql(cl, 'SignUp', h=h, p='Xk29pass', ident=h).body['data']['signUp']['token']
        cl.ident, n = h, 11987650000 + k * 40000
        for _ in range(40):
            yield r.uniform(200, 1400)
            a.w.gql(cl, 'Friends', p=[f'+55{n + i}' for i in range(50)])
            n += 50

    def r18(a, k):
        """an account made for the purpose: some profiles a day, like an ordinary member"""
        r, h, i = a.r, f'{a.r.choice(FIRST)}.{a.r.choice(WORDS)}{a.r.randint(10, 99)}{k}', k * 25 + 1
        cl = a.out(f'{[152, 170, 138, 191][k % 4]}.{90 + k}.{k * 7}.{k * 3 + 5}', ['Murmur/4.2.1 (Android 13)', 'Murmur/4.2.1 (iOS 17.4.1)'][k % 2], 'R18')
        cl.ident, p = h, f'{r.choice(WORDS)}{r.randint(100, 999)}'
        cl.token = a.w.gql(cl, 'SignUp', h=h, p=p).body['data']['signUp']['token']
        for d in range(3, 6):
            yield max(0, a.st + (d + r.uniform(.4, .95)) * DAY - a.S.now)
            a.w.login(cl, dict(handle=h, pw=p))
            a.w.gql(cl, 'Home')
            for _ in range(r.randint(7, 9)):
                yield r.uniform(15, 200)
                a.w.gql(cl, 'Profile', id=str(i))
                i += 1


EPISODES = (
    ('R01', 'introspection_recon', 'API9:2023', 'actor', 'medium', 'full schema introspection from outside, two addresses, one by GET; 200'),
    ('R02', 'graphql_batch_brute_force', 'API2:2023', 'actor', 'medium',
        'sign-in guesses for one moderator, 24 a request as aliases, 15 requests; 200 with errors'),
    ('R03', 'application_dos_deep_query', 'API4:2023', 'actor', 'medium',
        'circular episodes/show nesting of growing depth, 12 requests, up to some seconds; 200'),
    ('R04', 'application_dos_alias_overload', 'API4:2023', 'actor', 'medium', 'the chart 90 times under aliases in one request, 6 requests; 200'),
    ('R05', 'bola_enumeration', 'API1:2023', 'actor', 'easy', 'member reads episodes 401 to 494 by id with drafts among them, four minutes; 200'),
    ('R06', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard',
        'member reads episodes and drafts by rising id, about four an hour for two days between ordinary queries; 200'),
    ('R07', 'ssrf', 'API7:2023', 'actor', 'medium', 'feed import is pointed at local and metadata addresses; 200, partly with errors'),
    ('R08', 'command_injection', 'API8:2023', 'actor', 'medium', 'shell strings in the transcode preset; 200 with output'),
    ('R09', 'excessive_data_exposure_debug', 'API3:2023', 'actor', 'medium',
        'accounts with e-mail and password hashes, and the audit log, from outside; 200'),
    ('R10', 'sql_injection_manual', 'API8:2023', 'actor', 'medium', 'SQL strings in the filter argument; 200, partly with database errors'),
    ('R11', 'jwt_forging', 'API2:2023', 'actor', 'hard',
        'tokens with a foreign identity and no valid signature in the me query; 200, three taken, one refused'),
    ('R12', 'schema_suggestion_recon', 'API9:2023', 'actor', 'easy', '130 unknown field names to read the suggestions; 400'),
    ('R13', 'brute_force_admin_function', 'API2:2023', 'actor', 'easy', 'diagnostics function with 80 guessed keys; 200 with errors'),
    ('R14', 'bfla_admin_function', 'API5:2023', 'actor', 'hard', 'an outsider calls purgeDrafts for all shows, once; 200'),
    ('R15', 'sequential_scrape_public', 'API6:2023', 'endpoint', 'medium',
        'transcripts counted upward by eight addresses, 900 in some 28 hours; 200, 404 for drafts'),
    ('R16', 'coupon_brute_force', 'API6:2023', 'actor', 'easy', '300 gift codes by one member in 65 minutes; 200 with errors'),
    ('R17', 'contact_import_enumeration', 'API6:2023', 'actor', 'medium',
        'friend finder with consecutive numbers, 50 a request, two accounts, 80 requests in nine hours; 200'),
    ('R18', 'multi_account_profile_scrape', 'API6:2023', 'endpoint', 'hard',
        '30 accounts made for the purpose read 7 to 9 profiles a day each, for three days; 200'))
