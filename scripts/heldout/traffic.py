"""Traffic of one API: calls of its operations, errors and noise, each with its label."""
import json
import re
from urllib.parse import quote

from bodies import Bodies
from capture import Exchange
from document import PLACE, Op
from values import NOUNS, Values

CALLS_PER_OPERATION, CALLS_MIN, CALLS_MAX = 42, 2000, 20000
SILENT = 1 / 8
ERRORS = ((0.02, 400), (0.035, 401), (0.042, 403), (0.065, 404), (0.072, 429), (0.076, 500), (0.08, 503))
NOT_MODIFIED = 0.025
NOISE = 0.11
KINDS = ["fuzz", "page", "preflight", "scan", "static"]
SCANS = ("/.env /.git/config /wp-login.php /phpmyadmin/index.php /admin /server-status /actuator/env /solr/admin/info "
         "/cgi-bin/luci /boaform/admin/formLogin /vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php /api/v1/pods /debug/pprof "
         "/swagger.json /robots.txt /ads.txt /backup.zip /owa/auth/logon.aspx").split()
STATIC = (("/static/js/app.{h}.js", "application/javascript"), ("/static/css/main.{h}.css", "text/css"),
          ("/assets/img/{n}.png", "image/png"), ("/uploads/avatars/{i}.jpg", "image/jpeg"), ("/manifest.json", "application/json"))
PAGES = ("/", "/login", "/index.html", "/about")
AGENTS = ("python-requests/2.32.3", "okhttp/4.12.0", "axios/1.7.2", "Go-http-client/1.1", "Mozilla/5.0 (X11; Linux x86_64)")


class Traffic:
    def __init__(self, rng, name, read, linked):
        document, operations = read
        self.rng, self.host, self.kinds = rng, f"api.{name}.example", KINDS
        self.unknown = rng.choice(["404json", "404json", "404html", "login302"])
        self.values = Values(rng)
        self.bodies = Bodies(rng, document, self.values, linked)
        self.base = common_base(operations)
        self.operations = operations + self.shadows(operations)
        for number, op in enumerate(self.operations):
            op.number = number
        self.literal = [(op.method, matcher(op.template), op) for op in self.operations]
        self.sources = [bytes((rng.randint(20, 220), rng.randint(0, 255), rng.randint(0, 255), rng.randint(1, 254)))
                        for _ in range(180)]
        self.tokens = {source: "".join(rng.choices("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=32))
                       for source in self.sources}
        self.at = 1_720_000_000.0

    def shadows(self, operations):
        known = {(op.method, PLACE.sub("{}", op.template)) for op in operations}
        added = [Op("GET", "/healthz"), Op("GET", "/metrics"), Op("GET", self.base + "/internal/debug/{id}"),
                 Op("GET", self.base + "/beta/reports/{slug}"), Op("DELETE", self.base + "/internal/cache/{key}"),
                 Op("GET", self.base + "/_admin/jobs")]
        for op in added:
            op.shadow, op.answer = True, {"type": "object", "properties": {"ok": {"type": "boolean"}, "took": {"type": "integer"}},
                                          "required": ["ok", "took"]}
        return [op for op in added if (op.method, PLACE.sub("{}", op.template)) not in known]

    def exchanges(self):
        """Label and exchange, one after the other; labels of noise are below 0."""
        rng = self.rng
        active = [op for op in self.operations if rng.random() >= SILENT]
        total = min(CALLS_MAX, max(CALLS_MIN, CALLS_PER_OPERATION * len(active)))
        for op in rng.choices(active, self.weights(active), k=total):
            self.at += rng.expovariate(1 / 20)
            yield self.noise(active) if rng.random() < NOISE else self.call(op)

    def weights(self, ops):
        order = sorted(ops, key=lambda op: self.rng.random() * (1 if op.method == "GET" else 2))
        rank = {op.number: at for at, op in enumerate(order)}
        return [1 / (rank[op.number] + 3) ** 0.75 * self.rng.lognormvariate(0, 0.6) for op in ops]

    def call(self, op):
        path = self.path(op)
        op = self.named(op.method, path) or op
        status, answer = self.answer(op)
        sent = op.method in ("POST", "PUT", "PATCH") and op.sent is not None
        exchange = self.exchange(op.method, self.spelled(path), status, json.dumps(answer).encode() if isinstance(answer, dict)
                                 else answer.encode(), "application/json; charset=utf-8")
        exchange.query = "&".join(f"{name}={self.rng.choice(NOUNS)}" for name in op.query if self.rng.random() < 0.15)
        exchange.query = quote(exchange.query, safe="=&[]._-")
        exchange.body = self.bodies.text(op.sent).encode() if sent else b""
        if not exchange.answer:
            exchange.media = ""
        if not op.shadow or self.rng.random() < 0.5:
            exchange.sent["Authorization"] = "Bearer " + self.tokens[exchange.source]
        return op.number, exchange

    def path(self, op):
        def value(match):
            name = match[1].strip("+*")
            schema = op.path.get(match[1]) or op.path.get(name) or {}
            kind, drawn = self.values.pick(name, schema)
            op.kinds[name] = kind
            whole = kind == "path" and match.end() == len(op.template) and op.template[match.start() - 1] == "/"
            if kind == "path" and not whole:
                drawn = drawn.rsplit("/", 1)[-1]
            return quote(drawn, safe="/" if whole else "-._~:@,")
        return PLACE.sub(value, op.template)

    def named(self, method, path):
        """The operation that the API itself would take a path for: the one with fewest and last variables."""
        found = [(rank, op.number, op) for known, (pattern, rank), op in self.literal if known == method and pattern.fullmatch(path)]
        return min(found)[2] if found else None

    def answer(self, op):
        draw = self.rng.random()
        status = next((code for most, code in ERRORS if draw < most), 0)
        if status:
            return status, {"error": {"code": status, "message": "refused"}}
        if op.method == "GET" and op.status == 200 and self.rng.random() < NOT_MODIFIED:
            return 304, ""
        if op.status in (204, 304):
            return op.status, ""
        return op.status, self.bodies.text(op.answer) if op.answer is not None else "{}"

    def spelled(self, path):
        draw, at = self.rng.random(), self.rng.randrange(len(path))
        if draw < 0.01 and len(path) > 1:
            return path + "/"
        if draw < 0.016 and path[at].isalpha() and "%" not in path[max(0, at - 2):at]:
            return path[:at] + f"%{ord(path[at]):02X}" + path[at + 1:]
        return path.replace("/", "//", 1) if draw < 0.019 else path

    def exchange(self, method, path, status, answer, media):
        source = self.rng.choice(self.sources)
        return Exchange(self.at, source, self.host, method, path, "", status,
                        {"User-Agent": self.rng.choice(AGENTS), "Accept": "application/json"}, b"", media, {}, answer)

    def noise(self, active):
        rng, kind = self.rng, self.rng.choices(KINDS, (4, 1, 1, 5, 4))[0]
        label = -1 - KINDS.index(kind)
        if kind == "static":
            path, media = rng.choice(STATIC)
            path = path.format(h="".join(rng.choices("0123456789abcdef", k=8)), n=rng.choice(NOUNS), i=rng.randint(1, 9999))
            return label, self.exchange("GET", path, 200, b"x" * 50, media)
        if kind == "page" and not any(self.named("GET", page) for page in PAGES):
            return label, self.exchange("GET", rng.choice(PAGES), 200, b"<!doctype html><title>App</title>", "text/html")
        if kind == "preflight":
            return label, self.exchange("OPTIONS", self.path(rng.choice(active)), 204, b"", "")
        path = rng.choice(SCANS) if kind == "scan" else self.fuzzed(active)
        if self.named("GET", path):
            path += "/x9/y9/z9/w9/v9/u9/t9"
        exchange = self.exchange("GET", path, *self.refusal())
        if self.unknown == "login302":
            exchange.extra["Location"] = "/login"
        return label, exchange

    def fuzzed(self, active):
        path = self.path(self.rng.choice(active)).split("/")
        return "/".join(path[:self.rng.randint(2, max(2, len(path)))]) + "/" + self.rng.choice(["admin", "debug", "v9", "backup", "1"])

    def refusal(self):
        return {"404json": (404, b'{"error":"not_found"}', "application/json"), "login302": (302, b"", "text/html"),
                "404html": (404, b"<html><title>404</title></html>", "text/html")}[self.unknown]


def matcher(template):
    """A pattern for a template, and how late it is asked."""
    pattern, rank, parts = "", [], template.split("/")
    for at, part in enumerate(parts):
        whole = PLACE.fullmatch(part)
        tail = whole and at == len(parts) - 1 and part.strip("{}+*").lower().endswith("path")
        rank.append(2 if whole else 1 if PLACE.search(part) else 0)
        body = PLACE.sub("\0", part)
        pattern += ("/" if at else "") + re.escape(body).replace("\0", ".+" if tail else "[^/]+")
    return re.compile(pattern), rank


def common_base(operations):
    """Leading literal segments that all templates share."""
    split = [op.template.split("/")[1:-1] for op in operations]
    base = []
    for parts in zip(*split):
        if len(set(parts)) > 1 or "{" in parts[0]:
            break
        base.append(parts[0])
    return "".join("/" + part for part in base)
