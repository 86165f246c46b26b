#!/usr/bin/env bash
# Real peers of WebSocket, with and without compression, checked against what the servers logged message by message: servers and
# clients of Rust (crates/ws-peer: tungstenite; ratchet for what is compressed; both on HTTP/2 too, by h2) and of Python
# (websockets and aiohttp), each in a network namespace of its own, captured with tcpdump; then the same capture with one packet
# in a hundred lost, with packets out of order, and from its middle on.
# Whole: as many messages and bytes as were logged. Spoilt: no message is told that was not logged, none twice, and a connection
# that is told short says that something is missing.
#   APITAP=target/release/apitap PYTHON=python3 scripts/e2e-ws.sh [OUT_DIR]
# Needs root (tcpdump, ip netns) and python3; builds the peer of Rust (crates/ws-peer) unless PEER names it, and the example that
# prints messages (crates/capture) unless MESSAGES does. The peers of Python are left out where PYTHON lacks websockets or aiohttp.
set -euo pipefail
cd "$(dirname "$0")/.."
apitap=$(realpath "${APITAP:-target/release/apitap}")
python=${PYTHON:-python3}
out=${1:-target/e2e-ws}
port=${PORT:-18090}
for tool in tcpdump ip python3; do
    command -v "$tool" >/dev/null || { echo "e2e-ws: $tool is missing" >&2; exit 2; }
done
if [ -z "${PEER:-}" ]; then
    (cd crates/ws-peer && cargo build --quiet --locked)
    PEER=${CARGO_TARGET_DIR:-crates/ws-peer/target}/debug/ws-peer
fi
peer=$(realpath "$PEER")
if [ -z "${MESSAGES:-}" ]; then
    cargo build --quiet --locked -p capture --example messages
    MESSAGES=${CARGO_TARGET_DIR:-target}/debug/examples/messages
fi
messages=$(realpath "$MESSAGES")
mkdir -p "$out"
out=$(cd "$out" && pwd)
space=e2e-ws-$$
ip netns add "$space"
cleanup() {
    [ -z "${dump:-}" ] || kill "$dump" 2>/dev/null || true
    ip netns del "$space" 2>/dev/null || true
}
trap cleanup EXIT
ip netns exec "$space" ip link set lo up
# Packets as they are on a wire, not as large as the loopback lets them be.
ip netns exec "$space" ip link set lo mtu 1500 gso_max_segs 1

capture() { # NAME COMMAND...: what the command sends meanwhile
    mkdir -p "$out/$1"
    rm -f "$out/$1"/*.pcap "$out/$1"/*.log "$out/$1"/*.jsonl "$out/$1"/*.messages "$out/$1"/*.said
    ip netns exec "$space" tcpdump -i lo -B 65536 -s 0 -w "$out/$1/whole.pcap" "tcp portrange $port-$((port + 3))" \
        2>"$out/$1/tcpdump.log" & dump=$!
    sleep 1
    ip netns exec "$space" "${@:2}"
    sleep 1
    kill -INT "$dump"; wait "$dump" || true
    dump=
}

bad=0
judge() { # NAME PEER=PORT...: what is told of the capture and of spoilt ones
    local folder=$out/$1
    python3 scripts/spoil_pcap.py "$folder" 0 1 2 3
    for name in whole reordered lost0 lost1 lost2 lost3 middle; do
        "$apitap" decode --streams --allow-blind "$folder/$name.pcap" -o "$folder/$name.jsonl" 2>"$folder/$name.said"
        "$messages" "$folder/$name.pcap" > "$folder/$name.messages"
    done
    echo "$1 (of each peer: messages read + told as unread / logged)"
    python3 scripts/e2e_ws_check.py "$folder" "${@:2}" || bad=1
}

capture rust "$peer" "$port" "$out/rust"
judge rust tungstenite=$port ratchet=$((port + 1)) ratchet-no-takeover=$((port + 2)) http2=$((port + 3))
if "$python" -c 'import websockets, aiohttp' 2>/dev/null; then
    capture python "$python" scripts/e2e_ws_peers.py "$port" "$out/python/server.log"
    judge python websockets=$port websockets-deflate=$((port + 1)) aiohttp=$((port + 2))
else
    echo "python: left out, for $python lacks websockets or aiohttp"
fi
exit $bad
