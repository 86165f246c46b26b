#!/usr/bin/env bash
# Real peers of gRPC, checked against what the server logged: a tonic server and client with all four kinds of calls, in a
# network namespace of their own, captured with tcpdump; also gRPC-Web by curl, and messages compressed with gzip. Then the
# same capture with one packet in a hundred lost, with packets out of order, and from its middle on.
# Whole: every logged call is told with its code, messages and bytes, and nothing else. Spoilt: nothing is told as exact that
# the server did not log, and what is not exact says so and tells no more than there was.
#   APITAP=target/release/apitap PEER=target/debug/grpc-peer scripts/e2e-grpc.sh [OUT_DIR]
# Needs root (tcpdump, ip netns), curl and python3; builds the peer (crates/grpc-peer) unless PEER names it.
set -euo pipefail
cd "$(dirname "$0")/.."
apitap=$(realpath "${APITAP:-target/release/apitap}")
out=${1:-target/e2e-grpc}
port=${PORT:-50051}
for tool in tcpdump ip curl python3; do
    command -v "$tool" >/dev/null || { echo "e2e-grpc: $tool is missing" >&2; exit 2; }
done
if [ -z "${PEER:-}" ]; then
    (cd crates/grpc-peer && cargo build --quiet)
    PEER=${CARGO_TARGET_DIR:-crates/grpc-peer/target}/debug/grpc-peer
fi
peer=$(realpath "$PEER")
mkdir -p "$out"
out=$(cd "$out" && pwd)
rm -f "$out"/*.pcap "$out"/*.log "$out"/*.jsonl "$out"/*.findings
space=e2e-grpc-$$
ip netns add "$space"
inside() { ip netns exec "$space" "$@"; }
cleanup() {
    for pid in ${dump:-} ${server:-}; do kill "$pid" 2>/dev/null || true; done
    ip netns del "$space" 2>/dev/null || true
}
trap cleanup EXIT
inside ip link set lo up
# Packets as they are on a wire, not as large as the loopback lets them be.
inside ip link set lo mtu 1500
addr=127.0.0.1:$port

capture() { # NAME: what follows is captured, and what the server ends is logged
    # Not through the function: what is ended later must be the process itself.
    ip netns exec "$space" "$peer" serve "$addr" "$out/$1.log" & server=$!
    ip netns exec "$space" tcpdump -i lo -B 65536 -s 0 -w "$out/$1.pcap" "tcp port $port" 2>"$out/tcpdump.log" & dump=$!
    sleep 1
}
finish() {
    sleep 1
    kill -TERM "$dump"; wait "$dump" || true
    kill -TERM "$server"; wait "$server" || true
    dump= server=
}

capture whole
inside "$peer" call "$addr" "${ROUNDS:-60}"
# gRPC-Web over HTTP/1: an order that there is, and one that there is not; binary and base64.
base=http://$addr/shop.v1.Orders
for id in 21 22 29; do
    printf "\\0\\0\\0\\0\\4\\10\\$(printf %o "$id")\\20\\5" > "$out/ask"
    inside curl -s --http1.1 -H 'content-type: application/grpc-web+proto' --data-binary "@$out/ask" "$base/Get" -o /dev/null
    base64 < "$out/ask" | tr -d '\n' > "$out/ask.text"
    inside curl -s --http1.1 -H 'content-type: application/grpc-web-text+proto' --data-binary "@$out/ask.text" "$base/Get" -o /dev/null
done
finish
capture gzip
inside "$peer" call "$addr" 20 gzip
finish

python3 scripts/spoil_pcap.py "$out" 0 1 2 3
for name in whole gzip reordered lost0 lost1 lost2 lost3 middle; do
    "$apitap" decode --allow-blind -q "$out/$name.pcap" -o "$out/$name.jsonl"
done
"$apitap" replay -q --allow-blind "$out/whole.pcap" -o "$out/whole.findings"
"$apitap" inventory list "$out/whole.findings" --format json > "$out/inventory.json"
python3 - "$out" <<'PY'
import collections, json, sys
out, bad = sys.argv[1], 0
KINDS = {'Get': 'unary', 'Watch': 'server_stream', 'Import': 'client_stream', 'Chat': 'bidi'}

def log(name, with_bytes):
    rows = (line.split() for line in open(f'{out}/{name}.log'))
    rows = ([path, *map(int, rest)] for path, *rest in rows)
    return collections.Counter(tuple(row if with_bytes else (row[0], row[1], row[2], row[4])) for row in rows)

def fits(row, logged):
    """Whether some logged call of that path and code has at least as much."""
    return any(path == row[0] and row[1] in (None, code) and all(have <= most for have, most in zip(row[2:], more))
               for path, code, *more in logged)

for name in ('whole', 'gzip', 'reordered', 'lost0', 'lost1', 'lost2', 'lost3', 'middle'):
    with_bytes = name != 'gzip'
    logged = log('gzip' if name == 'gzip' else 'whole', with_bytes)
    told, partial, excess = collections.Counter(), 0, []
    for line in open(f'{out}/{name}.jsonl'):
        row = json.loads(line)
        grpc = row.get('grpc')
        if grpc is None:
            partial += 1
            continue
        sides = [grpc['request'], grpc['response']]
        # An end of which no content was sent has no messages; of other content whose type is not known nothing is told.
        lens = [row['req_body_len'], row['resp_body_len']]
        sides = [side or {'messages': 0, 'bytes': 0, 'exact': size == 0} for side, size in zip(sides, lens)]
        # Content of which bytes are missing at its end is not known to be whole.
        exact = row['target'] and grpc['status'] is not None and all(side['exact'] for side in sides) \
            and row['req_body_len'] is not None and row['resp_body_len'] is not None
        counts = [n for side in sides for n in ([side['messages'], side['bytes']] if with_bytes else [side['messages']])]
        told_row = (row['target'], grpc['status'], *counts)
        if exact:
            told[told_row] += 1
        else:
            partial += 1
            if row['target'] and not fits(told_row, logged):
                excess.append(told_row)
    wrong, missing = told - logged, logged - told
    whole = name in ('whole', 'gzip', 'reordered')
    fault = wrong or excess or (whole and (missing or partial)) or not told
    bad |= bool(fault)
    print(f"{'FAIL' if fault else 'ok  '} {name}: {sum(told.values())} of {sum(logged.values())} calls told whole, "
          f"{partial} in part, {sum(wrong.values())} wrong, {len(excess)} with too much")
    for row in list(wrong)[:5] + excess[:5]:
        print('     wrong:', *row)
    if whole:
        for row in list(missing)[:5]:
            print('     missing:', *row)

# The inventory: kinds, codes and messages by method.
sums = {}
for (path, code, asked, _, answered, _), n in log('whole', True).items():
    entry = sums.setdefault(path, [collections.Counter(), 0, 0])
    entry[0][str(code)] += n
    entry[1] += asked * n
    entry[2] += answered * n
endpoints = json.load(open(f'{out}/inventory.json'))
endpoints = endpoints if isinstance(endpoints, list) else endpoints['endpoints']
seen = {e['template']: e for e in endpoints}
for path, (codes, asked, answered) in sorted(sums.items()):
    grpc = seen.get(path, {}).get('grpc', {})
    got = (grpc.get('kind'), grpc.get('codes'), grpc.get('requests', {}).get('count'), grpc.get('responses', {}).get('count'))
    want = (KINDS[path.rsplit('/')[-1]], dict(codes), asked, answered)
    bad |= got != want
    print(f"{'ok  ' if got == want else 'FAIL'} inventory {path}: {got}" + ('' if got == want else f', not {want}'))
sys.exit(bad)
PY
