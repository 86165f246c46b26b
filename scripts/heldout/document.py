"""Reads an OpenAPI or Swagger document as operations with their parameters, bodies and answers."""
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

METHODS = ("get", "put", "post", "delete", "patch", "head")
PLACE = re.compile(r"\{([^{}]+)\}")
# Levels of references and of combined schemas that are followed.
DEPTH_MAX = 12


@dataclass
class Op:
    """An operation: its template, schemas of its path's values, of its query, of content sent and answered."""
    method: str
    template: str
    path: dict = field(default_factory=dict)
    query: dict = field(default_factory=dict)
    sent: dict | None = None
    answer: dict | None = None
    status: int = 200
    shadow: bool = False
    number: int = -1
    kinds: dict = field(default_factory=dict)


class Document:
    def __init__(self, root):
        self.root = root

    def resolve(self, node, depth=0):
        """A node behind its references, and what `allOf` and the like put together."""
        while isinstance(node, dict) and "$ref" in node and depth < DEPTH_MAX:
            node, depth = self.at(node["$ref"]), depth + 1
        if not isinstance(node, dict) or depth >= DEPTH_MAX:
            return node if isinstance(node, dict) else {}
        for key in ("allOf", "oneOf", "anyOf"):
            parts = [part for part in node.get(key) or [] if isinstance(part, dict)]
            if parts:
                node = self.joined(node, parts if key == "allOf" else parts[:1], depth)
        return node

    def joined(self, node, parts, depth):
        out = {key: value for key, value in node.items() if key not in ("allOf", "oneOf", "anyOf")}
        for part in (self.resolve(part, depth + 1) for part in parts):
            for key, value in part.items():
                if key == "properties":
                    out["properties"] = {**value, **out.get("properties", {})}
                else:
                    out.setdefault(key, value)
        return out

    def at(self, pointer):
        node = self.root
        for key in pointer.removeprefix("#/").split("/"):
            key = key.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")
            node = node.get(key, {}) if isinstance(node, dict) else {}
        return node

    def base(self):
        if "servers" in self.root:
            server = (self.root["servers"] or [{}])[0]
            url = server.get("url", "")
            for name, variable in (server.get("variables") or {}).items():
                url = url.replace("{%s}" % name, str(variable.get("default") or "x"))
            return PLACE.sub("x", urlsplit(url).path).rstrip("/")
        return (self.root.get("basePath") or "").rstrip("/")

    def content(self, node):
        """The schema of a body, in either version of the format; `None` when it has none."""
        node = self.resolve(node)
        schema = node.get("schema")
        for media, content in (node.get("content") or {}).items():
            if "json" in media or schema is None:
                schema = content.get("schema") if isinstance(content, dict) else None
            if "json" in media:
                break
        return self.resolve(schema) if schema else None

    def operation(self, template, method, item, node):
        op = Op(method.upper(), template)
        for parameter in map(self.resolve, (item.get("parameters") or []) + (node.get("parameters") or [])):
            schema = {**parameter, **self.resolve(parameter.get("schema") or {})}
            where = parameter.get("in")
            if where in ("path", "query") and "name" in parameter:
                (op.path if where == "path" else op.query)[parameter["name"]] = schema
            elif where == "body":
                op.sent = self.resolve(parameter.get("schema") or {})
        if "requestBody" in node:
            op.sent = self.content(node["requestBody"])
        codes = sorted(int(code) for code in node.get("responses") or {} if str(code).isdigit())
        good = [code for code in codes if 200 <= code < 400]
        op.status = good[0] if good else 200
        answer = (node.get("responses") or {}).get(str(op.status)) or (node.get("responses") or {}).get("default")
        op.answer = self.content(answer) if answer and op.status not in (204, 304) else None
        return op


def operations(root):
    """Operations of a document, and what gives schemas their substance. Templates that differ only in names are one."""
    document = Document(root)
    base, seen, out = document.base(), set(), []
    for path, item in sorted((root.get("paths") or {}).items()):
        template = base + "/" + path.split("?")[0].split("#")[0].lstrip("/")
        template = template.rstrip("/") or "/"
        for method in METHODS:
            node = item.get(method) if isinstance(item, dict) else None
            key = (method, PLACE.sub("{}", template))
            if isinstance(node, dict) and key not in seen:
                seen.add(key)
                out.append(document.operation(template, method, item, node))
    return document, out
