#!/usr/bin/env bash
# Real peers of HTTP/2, checked against what the server logged: nginx with curl and h2load over loopback, captured with
# tcpdump; then the same capture with one packet in a hundred lost, with packets out of order, and from its middle on.
# Whole: every logged request is told, and nothing else. Spoilt: nothing is told that the server did not log.
#   APITAP=target/release/apitap scripts/e2e-h2.sh [OUT_DIR]
# Needs root (tcpdump), nginx, curl, nghttp2-client (h2load) and python3.
set -euo pipefail
cd "$(dirname "$0")/.."
apitap=${APITAP:-target/release/apitap}
out=${1:-target/e2e-h2}
port=${PORT:-18080}
for tool in nginx curl h2load nghttp tcpdump python3; do
    command -v "$tool" >/dev/null || { echo "e2e-h2: $tool is missing" >&2; exit 2; }
done
mkdir -p "$out/www/v1"
out=$(cd "$out" && pwd)
rm -f "$out"/*.pcap "$out"/*.log "$out"/*.jsonl
printf '{"id":7}' > "$out/www/v1/order"
head -c 200000 /dev/zero | tr '\0' x > "$out/www/v1/large"
chmod 755 "$out" "$out/www" "$out/www/v1"
cat > "$out/nginx.conf" <<CONF
user root;
worker_processes 1;
pid $out/nginx.pid;
error_log $out/error.log;
events { worker_connections 256; }
http {
    log_format plain '\$request_method \$host:\$server_port \$request_uri \$status \$body_bytes_sent';
    access_log $out/access.log plain;
    default_type application/json;
    keepalive_requests 100000;
    server { listen 127.0.0.1:$port http2; root $out/www; }
}
CONF
cleanup() {
    [ -z "${dump:-}" ] || kill "$dump" 2>/dev/null || true
    [ ! -s "$out/nginx.pid" ] || kill "$(cat "$out/nginx.pid")" 2>/dev/null || true
}
trap cleanup EXIT
nginx -c "$out/nginx.conf"
tcpdump -i lo -B 65536 -s 0 -w "$out/whole.pcap" "tcp port $port" 2>"$out/tcpdump.log" &
dump=$!
sleep 1
base=http://127.0.0.1:$port
for path in /v1/order '/v1/large?a=1' /none; do
    curl -s --http2-prior-knowledge -H 'X-User: alice' "$base$path" -o /dev/null || true
done
# nginx may reset a stream that it has answered; what it logged is the truth, whatever the client makes of it.
curl -s --http2-prior-knowledge -d '{"n":1}' "$base/v1/order?post" -o /dev/null || true
curl -s --http2-prior-knowledge -I "$base/v1/large" -o /dev/null || true
nghttp -n -m 20 -H 'x-user: bob' "$base/v1/order?nghttp" > /dev/null
h2load -n 600 -c 3 -m 10 -H 'x-user: carol' "$base/v1/order?h2load" > /dev/null
for i in $(seq 20); do echo "$base/v1/order?unlike=$i"; done > "$out/urls"
h2load -n 400 -c 2 -m 4 -i "$out/urls" > /dev/null
sleep 1
kill -INT "$dump"; wait "$dump" || true
dump=
kill -QUIT "$(cat "$out/nginx.pid")"
sleep 1
python3 scripts/spoil_pcap.py "$out"
for name in whole lost reordered middle; do
    "$apitap" decode --allow-blind -q "$out/$name.pcap" -o "$out/$name.jsonl"
done
python3 - "$out" <<'PY'
import collections, json, sys
out, bad = sys.argv[1], 0
log = collections.Counter(tuple(line.split()) for line in open(f'{out}/access.log'))
for name in ('whole', 'lost', 'reordered', 'middle'):
    told, partial = collections.Counter(), 0
    for line in open(f'{out}/{name}.jsonl'):
        row = json.loads(line)
        if None in (row['method'], row['host'], row['target'], row['status'], row['resp_body_len']):
            partial += 1
            continue
        told[(row['method'], row['host'], row['target'], str(row['status']), str(row['resp_body_len']))] += 1
    wrong, missing = told - log, log - told
    whole = name in ('whole', 'reordered')
    fault = wrong or (whole and (missing or partial))
    bad |= bool(fault)
    print(f"{'FAIL' if fault else 'ok  '} {name}: {sum(told.values())} of {sum(log.values())} told whole, {partial} in part, {sum(wrong.values())} wrong")
    for row in list(wrong)[:5]:
        print('     wrong:', *row)
sys.exit(bad)
PY
