"""Values of path parameters: what their schema says, else what their name suggests; one pool for each name of an API."""
import base64
import random
import re
import string
from re import _parser as regex

ADJECTIVES = ("amber brisk calm dusky eager faint gentle hollow ivory jolly keen lofty misty noble olive plain quiet rapid "
              "silent tidy upper vivid warm young zesty").split()
NOUNS = ("acorn basin cedar delta ember falcon grove harbor island jungle kettle lantern meadow nectar orbit pepper quarry "
         "ridge signal timber urchin valley walnut yonder zephyr anvil bridge cactus dune engine fabric garnet hammer ink "
         "jacket kernel ladder magnet needle otter").split()
FIRST = "ada bruno chen dalia emil farah goran hana ivan jade kofi lena marco nadia omar priya".split()
LAST = "abbott brandt castro duarte ekholm fischer gomez hoang ito jansen kovacs lund moreau novak".split()
COUNTRIES = "AR AT AU BE BR CA CH CL CN CZ DE DK EG ES FI FR GB GR HU IE IN IT JP KE KR MX NL NO NZ PE PL PT SE SG TR US ZA".split()
LANGUAGES = "en de fr es it nl pl pt-BR sv ja zh-CN en-GB fr-CA".split()
CURRENCIES = "USD EUR GBP JPY CHF SEK PLN CAD AUD BRL".split()
VOCABULARY = "daily weekly basic premium draft active metric account video default primary event email public".split()
FILES = "main.rs index.js README.md LICENSE Makefile src/lib.rs docs/setup.md src/app/main.go assets/logo.svg a/b/notes.txt".split()
B62 = string.ascii_letters + string.digits
# Ways an API writes its opaque identifiers, as often as they are met.
OPAQUE = ("int int int snowflake uuid uuid uuid hex16 hex24 objectid b62 b62p ulid alnum22 b64u prefixed short").split()
# Most repetitions drawn for an open quantifier.
REPEAT_MAX = 12


class Values:
    def __init__(self, rng):
        self.rng = rng
        self.opaque = rng.choice(OPAQUE)
        self.pools = {}
        self.prefix = "".join(rng.choices(string.ascii_lowercase, k=rng.randint(2, 4)))

    def kind(self, name, schema):
        """What the values of a parameter are."""
        low = re.sub(r"[^a-z0-9]+", "_", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()).strip("_")
        form, last = str(schema.get("format") or "").lower(), low.rsplit("_", 1)[-1]
        if schema.get("enum"):
            return "enum"
        if schema.get("type") == "integer":
            return "smallint" if last in ("zoom", "page", "level", "year", "month", "day", "number", "version") else "int"
        if schema.get("type") == "number":
            return "decimal"
        if schema.get("type") == "boolean":
            return "bool"
        if "uuid" in form or low in ("uuid", "guid") or last in ("uuid", "guid"):
            return "uuid"
        if form in ("date", "date-time", "email", "ipv4"):
            return {"date-time": "date", "ipv4": "ip"}.get(form, form)
        if schema.get("pattern"):
            return "pattern"
        return self.suggested(low, last)

    def suggested(self, low, last):
        words = set(low.split("_"))
        for kind, names in (("email", {"email"}), ("date", {"date", "day"}), ("country", {"country"}),
                            ("locale", {"locale", "language", "lang"}), ("currency", {"currency"}), ("ip", {"ip"}),
                            ("domain", {"domain", "host", "hostname"}), ("sha", {"sha", "commit", "digest", "hash", "basehead"})):
            if words & names and last not in ("id",):
                return kind
        if last in ("path", "filepath", "file", "filename"):
            return "path" if last in ("path", "filepath") else "file"
        if last in ("ref", "branch", "tag"):
            return "ref"
        if last in ("username", "user", "login", "handle", "owner", "assignee"):
            return "username"
        if last in ("org", "workspace", "tenant", "organization", "account", "team", "realm"):
            return "org"
        if last in ("type", "kind", "status", "category", "format", "mode", "period", "field", "property", "channel"):
            return "vocab"
        if last in ("slug", "permalink", "topic"):
            return "slug"
        if last in ("token", "code", "secret"):
            return "token"
        if last in ("version", "release"):
            return "version"
        if last in ("name", "namespace", "repo", "project", "label", "cluster", "service", "group", "role", "zone", "region", "title",
                    "app", "environment", "package"):
            return "name"
        if last in ("id", "ids", "gid", "key", "identifier", "sid") or low.endswith("id"):
            return self.opaque if self.rng.random() < 0.8 else self.rng.choice(OPAQUE)
        return "name" if self.rng.random() < 0.5 else self.opaque

    def pool(self, name, schema):
        """Kind and values of a parameter."""
        known = self.pools.get(name)
        if known is None:
            kind = self.kind(name, schema)
            size = {"enum": 99, "vocab": 6, "org": 30, "name": self.rng.randint(20, 70), "slug": 40, "username": 60}
            drawn = [self.draw(kind, schema) for _ in range(size.get(kind, self.rng.randint(80, 400)))]
            known = self.pools[name] = (kind, list(dict.fromkeys(map(str, drawn))))
        return known

    def pick(self, name, schema):
        kind, pool = self.pool(name, schema)
        at = int(len(pool) * self.rng.random() ** 1.7)
        return kind, pool[min(at, len(pool) - 1)]

    def draw(self, kind, schema):
        rng = self.rng
        pick, letters = rng.choice, lambda alphabet, n: "".join(rng.choices(alphabet, k=n))
        if kind == "enum":
            return pick(schema["enum"])
        if kind == "pattern":
            return matching(rng, schema["pattern"])
        hexes, a, b = "0123456789abcdef", pick(ADJECTIVES), pick(NOUNS)
        return {
            "int": lambda: rng.randint(*rng.choice([(1, 999), (10000, 99999), (100000, 9999999)])),
            "smallint": lambda: rng.randint(1, 30),
            "snowflake": lambda: rng.randint(10**17, 10**18),
            "decimal": lambda: round(rng.uniform(-90, 90), 4),
            "bool": lambda: pick(["true", "false"]),
            "uuid": lambda: "-".join(letters(hexes, n) for n in (8, 4, 4, 4, 12)),
            "hex16": lambda: letters(hexes, 16),
            "hex24": lambda: letters(hexes, 24),
            "objectid": lambda: letters(hexes, 24),
            "sha": lambda: letters(hexes, 40),
            "b62": lambda: letters(B62, 17),
            "b62p": lambda: self.prefix + "_" + letters(B62, 16),
            "prefixed": lambda: self.prefix + "-" + letters(string.ascii_lowercase + string.digits, 8),
            "alnum22": lambda: letters(B62, 22),
            "short": lambda: letters(B62, 7),
            "ulid": lambda: "01H" + letters("0123456789ABCDEFGHJKMNPQRSTVWXYZ", 23),
            "b64u": lambda: base64.urlsafe_b64encode(rng.randbytes(12)).decode().rstrip("="),
            "token": lambda: base64.urlsafe_b64encode(rng.randbytes(24)).decode().rstrip("="),
            "date": lambda: f"20{rng.randint(22, 25)}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}",
            "email": lambda: f"{pick(FIRST)}.{pick(LAST)}@{b}.example",
            "ip": lambda: ".".join(str(rng.randint(1, 254)) for _ in range(4)),
            "domain": lambda: pick(["", "www.", "api."]) + f"{a}-{b}.example",
            "country": lambda: pick(COUNTRIES),
            "locale": lambda: pick(LANGUAGES),
            "currency": lambda: pick(CURRENCIES),
            "vocab": lambda: pick(VOCABULARY),
            "version": lambda: f"{rng.randint(0, 9)}.{rng.randint(0, 30)}.{rng.randint(0, 9)}",
            "path": lambda: pick(FILES),
            "file": lambda: f"{a}_{b}.{pick(['pdf', 'png', 'csv', 'docx'])}",
            "ref": lambda: pick(["main", "develop", f"feature/{a}-{b}", f"release-{b}", f"v{rng.randint(0, 4)}.{rng.randint(0, 20)}.0"]),
            "username": lambda: pick([f"{pick(FIRST)}{pick(LAST)}", f"{pick(FIRST)}.{pick(LAST)}", f"{pick(FIRST)}{rng.randint(1, 99)}",
                                      f"{pick(FIRST).title()}{pick(LAST).title()}", f"{pick(FIRST)}-{b}"]),
            "org": lambda: pick([b, f"{a}-{b}", f"{a}{b}"]),
            "slug": lambda: pick([b, f"{a}-{b}", f"{a}-{b}-{pick(NOUNS)}"]),
            "name": lambda: pick([b, f"{a}-{b}", f"{b}-{pick(['prod', 'dev', 'stg', 'v2'])}", f"{b}_{rng.randint(2019, 2025)}",
                                  f"{a}-{b}-{letters(hexes, 6)}", f"{a.title()}{b}", f"{b}-{rng.randint(1, 40):02}"]),
        }[kind]()


def matching(rng, pattern):
    """A text that a regular expression takes, as far as it is one of characters, classes, groups and counts."""
    try:
        return drawn(rng, regex.parse(pattern)) or "x"
    except (re.error, ValueError, OverflowError):
        return random.Random(rng.random()).choice(NOUNS)


def drawn(rng, tokens):
    out = []
    for op, value in tokens:
        op = str(op)
        if op == "LITERAL":
            out.append(chr(value))
        elif op == "IN":
            out.append(one_of(rng, value))
        elif op in ("ANY", "NOT_LITERAL", "CATEGORY"):
            out.append(rng.choice(string.ascii_lowercase))
        elif op in ("MAX_REPEAT", "MIN_REPEAT"):
            low, high, inner = value
            most = min(int(high), max(int(low), REPEAT_MAX))
            out.extend(drawn(rng, inner) for _ in range(rng.randint(max(int(low), min(1, most)), most)))
        elif op == "SUBPATTERN":
            out.append(drawn(rng, value[3]))
        elif op == "BRANCH":
            out.append(drawn(rng, rng.choice(value[1])))
    return "".join(out)


def one_of(rng, items):
    chars = []
    for op, value in items:
        if str(op) == "LITERAL":
            chars.append(chr(value))
        elif str(op) == "RANGE":
            chars.extend(map(chr, range(value[0], value[1] + 1)))
        elif str(op) == "CATEGORY":
            chars.extend(string.digits if "DIGIT" in str(value) else string.ascii_lowercase + string.digits)
        elif str(op) == "NEGATE":
            return rng.choice(string.ascii_lowercase)
    chars = [c for c in chars if c.isalnum() or c in "-_."] or ["x"]
    return rng.choice([c for c in chars if c.isalnum()] or chars)
