#!/usr/bin/env bash
# Real peers of WebSocket, with and without compression, checked against what the servers logged message by message: servers and
# clients of the Python packages websockets and aiohttp over loopback, captured with tcpdump; then the same capture with one
# packet in a hundred lost, with packets out of order, and from its middle on.
# Whole: as many messages and bytes as were logged. Spoilt: no message is told that was not logged, and none twice.
#   APITAP=target/release/apitap PYTHON=python3 scripts/e2e-ws.sh [OUT_DIR]
# Needs root (tcpdump), cargo, and a python3 with websockets and aiohttp.
set -euo pipefail
cd "$(dirname "$0")/.."
apitap=${APITAP:-target/release/apitap}
python=${PYTHON:-python3}
out=${1:-target/e2e-ws}
port=${PORT:-18090}
CARGO_OPTIONS=${CARGO_OPTIONS:-}
for tool in "$python" tcpdump cargo; do
    command -v "$tool" >/dev/null || { echo "e2e-ws: $tool is missing" >&2; exit 2; }
done
"$python" -c 'import websockets, aiohttp' || { echo "e2e-ws: $python lacks websockets or aiohttp" >&2; exit 2; }
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out"/*.pcap "$out"/*.log "$out"/*.jsonl "$out"/*.messages
cleanup() {
    [ -z "${dump:-}" ] || kill "$dump" 2>/dev/null || true
}
trap cleanup EXIT
tcpdump -i lo -B 65536 -s 0 -w "$out/whole.pcap" "tcp portrange $port-$((port + 2))" 2>"$out/tcpdump.log" &
dump=$!
sleep 1
"$python" scripts/e2e_ws_peers.py "$port" "$out/server.log"
sleep 1
kill -INT "$dump"; wait "$dump" || true
dump=
python3 scripts/spoil_pcap.py "$out"
for name in whole lost reordered middle; do
    "$apitap" decode --streams --allow-blind -q "$out/$name.pcap" -o "$out/$name.jsonl"
    cargo run -q $CARGO_OPTIONS -p capture --example messages -- "$out/$name.pcap" > "$out/$name.messages"
done
python3 - "$out" "$port" <<'PY'
import collections, json, sys
out, port, bad = sys.argv[1], int(sys.argv[2]), 0
log, logged = collections.Counter(), collections.Counter()
for line in open(f'{out}/server.log'):
    server, client, by, size, crc = line.split()
    log[(server, client, by, size, crc)] += 1
    logged[(server, by, 'messages')] += 1
    logged[(server, by, 'content')] += int(size)
for name in ('whole', 'lost', 'reordered', 'middle'):
    told, missing, unread, read = collections.Counter(), 0, 0, collections.Counter()
    for line in open(f'{out}/{name}.jsonl'):
        row = json.loads(line)
        if 'stream' not in row:
            continue
        missing += row['missing_bytes']
        for by, counts in (('client', row['sent']), ('server', row['received'])):
            told[(str(row['dport']), by, 'messages')] += counts['messages']
            told[(str(row['dport']), by, 'content')] += counts['content_bytes']
            unread += counts['unread']
            read[str(row['dport'])] += counts['messages'] - counts['unread']
    # Content that was kept: all of the clients' messages that are not over 64 KiB, a sample of the servers'.
    kept = collections.Counter(tuple(line.split()) for line in open(f'{out}/{name}.messages'))
    kept = collections.Counter({row: n for row, n in kept.items() if row[4] != '-'})
    wrong = kept - log
    whole = name in ('whole', 'reordered')
    more = {key: n for key, n in told.items() if n > logged[key]}
    fault = wrong or more or (whole and (told != logged or missing or unread))
    bad |= bool(fault)
    each = ', '.join(f'{read[str(p)]}' for p in range(port, port + 3))
    print(f"{'FAIL' if fault else 'ok  '} {name}: read {each} of {', '.join(str(sum(logged[(str(p), by, 'messages')] for by in ('client', 'server'))) for p in range(port, port + 3))} messages "
          f"(plain, compressed, aiohttp), {unread} told as unread, {missing} bytes told as missing, {sum(kept.values())} compared, {sum(wrong.values())} wrong")
    for row in list(wrong)[:5] + list(more)[:5]:
        print('     wrong:', *row)
sys.exit(bad)
PY
