"""Real WebSocket servers and clients for e2e-ws.sh: what each server sent and received, message by message, goes to a log.

Lines of the log: server port, client port, who sent it, bytes of content, CRC-32.
"""
import asyncio, json, random, sys, zlib

import aiohttp
from aiohttp import web
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

PORT, LOG = int(sys.argv[1]), open(sys.argv[2], "w")
WORDS = "order state packed sent delivered buyer email street item price total note hello world".split()


def note(port, peer, by, message):
    content = message.encode() if isinstance(message, str) else bytes(message)
    LOG.write(f"{port} {peer} {by} {len(content)} {zlib.crc32(content)}\n")


def content(rng):
    """A message of some kind: mostly small JSON, some large, some of bytes."""
    kind = rng.random()
    if kind < 0.1:
        return rng.randbytes(rng.randrange(1, 3000))
    fields = {rng.choice(WORDS): rng.choice([rng.randrange(10**6), " ".join(rng.choices(WORDS, k=rng.randrange(1, 30)))])
              for _ in range(rng.randrange(1, 8))}
    if kind > 0.95:
        fields["large"] = " ".join(rng.choices(WORDS, k=rng.randrange(500, 9000)))
    return json.dumps(fields)


async def plain(socket):
    """The server of `websockets`: answers each message, and tells something of its own now and then."""
    port, peer = socket.local_address[1], socket.remote_address[1]
    rng = random.Random(port + peer)
    async for message in socket:
        note(port, peer, "client", message)
        for _ in range(rng.choice([0, 1, 1, 2])):
            answer = content(rng)
            note(port, peer, "server", answer)
            await socket.send(answer)


async def other(request):
    """The server of aiohttp."""
    socket = web.WebSocketResponse(compress=True, heartbeat=0.5)
    await socket.prepare(request)
    port, peer = PORT + 2, request.transport.get_extra_info("peername")[1]
    rng = random.Random(peer)
    async for message in socket:
        if message.type not in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
            continue
        note(port, peer, "client", message.data)
        answer = content(rng)
        note(port, peer, "server", answer)
        await (socket.send_str(answer) if isinstance(answer, str) else socket.send_bytes(answer))
    return socket


async def client(port, seed, count, compression):
    rng = random.Random(seed)
    options = {"compression": compression, "max_size": None, "additional_headers": {"Authorization": f"Bearer made-{seed}"}}
    async with connect(f"ws://127.0.0.1:{port}/v1/live/{seed}", **options) as socket:
        async def drain():
            async for _ in socket:
                pass
        task = asyncio.create_task(drain())
        for n in range(count):
            message = content(rng)
            if rng.random() < 0.1:
                at = sorted(rng.randrange(len(message) + 1) for _ in range(3))
                pieces = [message[a:b] for a, b in zip([0, *at], [*at, len(message)])]
                await socket.send(pieces)
            else:
                await socket.send(message)
            if rng.random() < 0.1:
                await socket.ping()
            await asyncio.sleep(rng.random() * 0.004)
        await asyncio.sleep(0.3)
        await socket.close()
        await task


async def other_client(seed, count):
    rng = random.Random(seed)
    async with aiohttp.ClientSession() as session:
        async with session.ws_connect(f"http://127.0.0.1:{PORT + 2}/v1/other", compress=15 if seed % 2 else 0, max_msg_size=0) as socket:
            for n in range(count):
                message = content(rng)
                await (socket.send_str(message) if isinstance(message, str) else socket.send_bytes(message))
                await socket.receive()
            await socket.close()


async def main():
    app = web.Application()
    app.router.add_get("/v1/other", other)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT + 2).start()
    async with serve(plain, "127.0.0.1", PORT, compression=None, max_size=None), serve(plain, "127.0.0.1", PORT + 1, max_size=None):
        clients = [client(PORT, seed, 150, None) for seed in range(4)]
        clients += [client(PORT + 1, seed, 150, "deflate") for seed in range(4)]
        clients += [other_client(seed, 150) for seed in range(4)]
        await asyncio.gather(*clients)
    await runner.cleanup()


asyncio.run(main())
