"""JSON content made of schemas: some optional fields come and go, objects are shallow, lists short."""
import json

from values import ADJECTIVES, FIRST, LAST, NOUNS

# Fields kept of an object, by how deep it stands; below it objects are empty.
FIELDS = (8, 4)
OPTIONAL = 0.75


class Bodies:
    def __init__(self, rng, document, values, linked):
        self.rng, self.document, self.values, self.linked = rng, document, values, linked

    def text(self, schema):
        return json.dumps(self.value(schema, "", 0), separators=(",", ":"))

    def value(self, schema, name, depth):
        rng, schema = self.rng, self.document.resolve(schema)
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if schema.get("enum"):
            return rng.choice(schema["enum"])
        if kind == "array":
            count = rng.choice([0, 1, 2]) if depth else rng.choice([0, 1, 2, 2, 3])
            return [self.value(schema.get("items") or {}, name, depth) for _ in range(count)]
        if kind == "object" or "properties" in schema or (kind is None and depth == 0):
            return self.object(schema, depth)
        if kind in ("integer", "number"):
            return rng.randint(0, 300000)
        if kind == "boolean":
            return rng.random() < 0.5
        return self.string(schema, name)

    def object(self, schema, depth):
        if depth >= len(FIELDS):
            return {}
        required = schema.get("required")
        required = set(required) if isinstance(required, list) else set()
        names = sorted(schema.get("properties") or {}, key=lambda name: name not in required)[:FIELDS[depth]]
        return {name: self.value(schema["properties"][name], name, depth + 1) for name in names
                if name in required or self.rng.random() < OPTIONAL}

    def string(self, schema, name):
        rng, form = self.rng, str(schema.get("format") or "")
        if form.startswith("date"):
            return self.values.draw("date", {}) + ("T10:20:30Z" if form == "date-time" else "")
        low = name.lower()
        if low.endswith(("id", "name", "slug", "login", "key")) and rng.random() < self.linked and self.values.pools:
            pool = self.values.pools[rng.choice(sorted(self.values.pools))][1]
            return rng.choice(pool)
        if low.endswith("name"):
            return f"{rng.choice(FIRST).title()} {rng.choice(LAST).title()}"
        if low.endswith("id"):
            return self.values.draw(self.values.opaque, {})
        if "email" in low:
            return self.values.draw("email", {})
        if "url" in low or "uri" in low or "href" in low:
            return f"https://{self.values.draw('domain', {})}/{rng.choice(NOUNS)}"
        return rng.choice([rng.choice(NOUNS), f"{rng.choice(ADJECTIVES)}-{rng.choice(NOUNS)}"])
