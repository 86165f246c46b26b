"""Writes exchanges as a capture: HTTP/1.1 over TCP over IPv4 over Ethernet, connections kept for a few exchanges."""
import struct
from dataclasses import dataclass, field

SERVER = bytes((10, 1, 0, 10))
SEGMENT_MAX = 1460
# Share of connections that end after an exchange.
CLOSES = 0.3
REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content", 301: "Moved", 302: "Found", 304: "Not Modified",
           400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 429: "Too Many", 500: "Error", 503: "Busy"}


@dataclass
class Exchange:
    """A request and its response."""
    at: float
    source: bytes
    host: str
    method: str
    path: str
    query: str = ""
    status: int = 200
    sent: dict = field(default_factory=dict)
    body: bytes = b""
    media: str = ""
    extra: dict = field(default_factory=dict)
    answer: bytes = b""

    def request(self):
        target = self.path + ("?" + self.query if self.query else "")
        fields = {"Host": self.host, **self.sent}
        if self.body:
            fields |= {"Content-Type": "application/json", "Content-Length": len(self.body)}
        return message(f"{self.method} {target} HTTP/1.1", fields, self.body)

    def response(self):
        fields = dict(self.extra)
        if self.media:
            fields["Content-Type"] = self.media
        if self.status not in (204, 304):
            fields["Content-Length"] = len(self.answer)
        content = b"" if self.method == "HEAD" or self.status in (204, 304) else self.answer
        return message(f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Status')}", fields, content)


def message(first, fields, content):
    return "\r\n".join([first, *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode() + content


class Capture:
    def __init__(self, out, rng):
        self.out, self.rng, self.open, self.port = out, rng, {}, 20000
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))

    def exchange(self, exchange):
        flow = self.open.get(exchange.source) or self.connect(exchange)
        self.send(flow, exchange.at, exchange.request(), True)
        self.send(flow, exchange.at + 0.02, exchange.response(), False)
        if self.rng.random() < CLOSES:
            self.finish(exchange.source, exchange.at + 0.03)

    def connect(self, exchange):
        self.port = self.port + 1 if self.port < 60000 else 20000
        flow = self.open[exchange.source] = {"ends": (exchange.source, self.port), "next": [1000, 5000], "at": exchange.at}
        self.frame(flow, exchange.at - 0.003, b"", True, 0x02)
        self.frame(flow, exchange.at - 0.002, b"", False, 0x12)
        self.frame(flow, exchange.at - 0.001, b"", True, 0x10)
        return flow

    def send(self, flow, at, data, forth):
        for start in range(0, len(data), SEGMENT_MAX):
            self.frame(flow, at + start * 1e-9, data[start:start + SEGMENT_MAX], forth, 0x18)
        flow["at"] = at

    def finish(self, source, at):
        flow = self.open.pop(source)
        self.frame(flow, at, b"", True, 0x11)
        self.frame(flow, at + 0.001, b"", False, 0x11)
        self.frame(flow, at + 0.002, b"", True, 0x10)

    def close(self):
        last = max((flow["at"] for flow in self.open.values()), default=0)
        for source in sorted(self.open):
            self.finish(source, last + 1)

    def frame(self, flow, at, data, forth, flags):
        address, port = flow["ends"]
        sequence, acknowledged = flow["next"] if forth else flow["next"][::-1]
        source, target = (address, SERVER) if forth else (SERVER, address)
        ports = (port, 80) if forth else (80, port)
        tcp = struct.pack(">HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 64240, 0, 0) + data
        check = checksum(source + target + struct.pack(">BBH", 0, 6, len(tcp)) + tcp)
        tcp = tcp[:16] + struct.pack(">H", check) + tcp[18:]
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0) + source + target
        ip = ip[:10] + struct.pack(">H", checksum(ip)) + ip[12:]
        frame = b"\x02\0\0\0\0\x02\x02\0\0\0\0\x01\x08\0" + ip + tcp
        seconds = int(at)
        self.out.write(struct.pack("<IIII", seconds, int((at - seconds) * 1e6), len(frame), len(frame)) + frame)
        flow["next"][0 if forth else 1] += len(data) + (1 if flags & 0x03 else 0)


def checksum(data):
    """The Internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
