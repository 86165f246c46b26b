#!/usr/bin/env bash
# e2e-live.sh [exact|ring|rights|device|shed]…: `apitap run` behind a mirror, against nginx; without arguments all.
#
#   exact  the transactions counted are the lines of nginx's access log, and no frame is lost
#   ring   the kernel's ring overflows; frames sent = frames seen + frames dropped, and the ledger balances
#   shed   a starved shard; whole flows are shed, every frame has its counter, and what comes later is whole again
#   rights given up with --user; refused without them
#   device the mirror's end goes away and comes back
#
# Three private network namespaces: client ─ veth ─ server (nginx) ─ tc mirred, both directions ─ veth ─ monitor (apitap).
# Nothing touches the network of the host. Ends with 0 when all holds, 1 when not, 77 where it cannot be tried (it says why).
# APITAP names the binary (default: that of the release profile), E2E_REQUESTS the load. E2E_KEEP=1 leaves the work folder.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin
root=$(cd "$(dirname "$0")/.." && pwd)
apitap=$(realpath -m "${APITAP:-${CARGO_TARGET_DIR:-$root/target}/release/apitap}")
server_ns=apitap-e2e-s-$$
client_ns=apitap-e2e-c-$$
monitor_ns=apitap-e2e-m-$$
url=http://192.0.2.1
requests=${E2E_REQUESTS:-20000}
failed=0

main() {
    refuse_unless_possible
    work=$(mktemp -d)
    chmod 755 "$work"
    cd "$work"
    trap finish EXIT
    network
    serve
    local part
    for part in "${@:-exact ring rights device shed}"; do
        for part in $part; do
            "part_$part"
        done
    done
    [ "$failed" -eq 0 ]
}

# ---- Parts -------------------------------------------------------------------------------------------------------

part_exact() {
    begin exact
    load "$requests" 8
    load 2000 2 --data=body.json --header='content-type: application/json'
    local user
    for user in $(seq 1 40); do
        in_client curl -sS -m 5 -o answer "$url/v1/users/$user"
    done
    end
    same 'transactions complete = lines of the access log' "$(counter transactions.complete)" "$logged"
    same 'transactions in part' "$(sum transactions.)" "$(counter transactions.complete)"
    same 'frames the kernel dropped' "$(counter capture.kernel_dropped)" 0
    same 'frames shed' "$(counter frames.shed)" 0
    balanced

    # wrk stops in the middle of requests: nginx may or may not have read the last ones. So two bounds hold, and no more.
    command -v wrk >/dev/null || { say 'no wrk: its load is left out'; return 0; }
    begin wrk
    in_client wrk -t1 -c8 -d2s "$url/v1/users/7" >wrk.out
    end
    same 'frames the kernel dropped' "$(counter capture.kernel_dropped)" 0
    at_least 'lines of the access log ≥ transactions complete' "$logged" "$(counter transactions.complete)"
    # wrk sends as fast as it can: a slow build on a slow machine sheds, which is right as long as it says so.
    if [ "$(counter frames.shed)" = 0 ]; then
        at_least 'transactions with a request ≥ lines of the access log' \
            "$(($(counter transactions.complete) + $(counter transactions.request_only)))" "$logged"
    else
        at_least 'flows shed, under a load that this build cannot take' "$(counter flows.shed)" 1
    fi
    balanced
}

# While the process is stopped, nobody empties the ring.
part_ring() {
    begin ring --ring-mib 1
    load 500 4
    kill -STOP "$pid"
    load 10000 8
    kill -CONT "$pid"
    sleep 1
    afterwards 50
    end
    at_least 'frames the kernel dropped' "$(counter capture.kernel_dropped)" 1
    at_least 'lines of the access log ≥ transactions' "$logged" "$(counter transactions.complete)"
    same 'calls of /after, made after the overflow' "$(calls /after)" 50
    balanced
}

# The shard's thread gets the lowest priority on a processor that is busy with something else.
part_shed() {
    local tool
    for tool in taskset chrt; do
        command -v "$tool" >/dev/null || { say "no $tool: the part 'shed' is left out"; return 0; }
    done
    begin shed --shards 1 --ring-mib 256
    local task processor
    processor=$(taskset -cp "$pid" | sed 's/.*[ ,-]//')
    task=$(grep -lx apitap-shard /proc/"$pid"/task/*/comm | head -n 1 | cut -d/ -f5)
    taskset -cp "$processor" "$task" >/dev/null
    chrt -i -p 0 "$task"
    taskset -c "$processor" sh -c 'while :; do :; done' &
    hog=$!
    load "$((2 * requests))" 16
    kill "$hog"
    wait "$hog" 2>/dev/null || true
    hog=
    chrt -o -p 0 "$task"
    sleep 2
    afterwards 1000
    end
    at_least 'frames shed' "$(counter frames.shed)" 1
    at_least 'flows shed' "$(counter flows.shed)" 1
    at_least 'lines of the access log ≥ transactions' "$logged" "$(counter transactions.complete)"
    same 'calls of /after, made after the shedding' "$(calls /after)" 1000
    balanced
}

part_rights() {
    mkdir -m 700 state-rights
    chown 65534:65534 state-rights
    begin rights --user 65534:65534
    same 'user and group' "$(awk '/^[UG]id:/ { print $2 "," $3 "," $4 }' /proc/"$pid"/status | sort -u)" 65534,65534,65534
    same 'capabilities' "$(awk '/^Cap(Inh|Prm|Eff|Amb):/ { print $2 }' /proc/"$pid"/status | sort -u)" 0000000000000000
    same 'no new privileges' "$(awk '/^NoNewPrivs:/ { print $2 }' /proc/"$pid"/status)" 1
    same 'users of its threads' "$(cat /proc/"$pid"/task/*/status | awk '/^Uid:/ { print $2 }' | sort -u)" 65534
    load 200 2
    local code=0
    ip netns exec "$monitor_ns" "$apitap" run -i tap0 --state state-rights --for 1s >twice.out 2>twice.err || code=$?
    same 'a second run on the same state' "$code $(grep -o 'E401' twice.err | head -n 1)" '2 E401'
    end
    same 'transactions complete = lines of the access log' "$(counter transactions.complete)" "$logged"

    command -v setpriv >/dev/null || { say 'no setpriv: the run without rights is left out'; return 0; }
    code=0
    ip netns exec "$monitor_ns" setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$apitap" run -i tap0 --for 1s >denied.out 2>denied.err || code=$?
    same 'a run without rights' "$code $(grep -o 'E101' denied.err | head -n 1)" '6 E101'
    code=0
    ip netns exec "$monitor_ns" "$apitap" run -i tap1 --for 1s >unknown.out 2>unknown.err || code=$?
    same 'a run on a name mistyped' "$code $(grep -o 'did you mean tap0' unknown.err)" '6 did you mean tap0'
}

part_device() {
    begin device
    load 200 2
    sleep 0.3
    ip -n "$server_ns" link delete mirror0
    heard 'cannot be read any more' || { say '  WRONG the loss of the device is not told'; failed=1; }
    wire_mirror
    heard 'is read again' || { say '  WRONG the device is not read again'; failed=1; }
    afterwards 50
    sent_to=0
    end
    same 'transactions complete = lines of the access log' "$(counter transactions.complete)" "$logged"
    same 'calls of /after, made after its return' "$(calls /after)" 50
}

# heard TEXT: waits until apitap has said so.
heard() {
    local _
    for _ in $(seq 60); do
        grep -q "$1" "$part.err" && return 0
        sleep 0.1
    done
    return 1
}

# ---- Steps -------------------------------------------------------------------------------------------------------

# begin NAME OPTION…: starts apitap on the mirror and waits until it reads.
begin() {
    part=$1
    shift
    logged_to=$(wc -l <access.log)
    sent_to=$(mirrored)
    ip netns exec "$monitor_ns" "$apitap" run -i tap0 --state "state-$part" --for 2m "$@" >"$part.out" 2>"$part.err" &
    pid=$!
    local _
    for _ in $(seq 100); do
        grep -qs '^apitap: watching' "$part.err" && return 0
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.05
    done
    cat "$part.err" >&2
    say "$part: apitap did not start"
    exit 1
}

# load REQUESTS CONNECTIONS OPTION…: exactly so many requests.
load() {
    in_client h2load --h1 -n "$1" -c "$2" "${@:3}" "${target:-$url/v1/users/7}" >load.out 2>&1 || { cat load.out >&2; exit 1; }
    grep -q "requests: $1 total.* $1 succeeded" load.out || { cat load.out >&2; say 'the load did not come through'; exit 1; }
}

# afterwards REQUESTS: one after the other, under a path of their own.
afterwards() {
    target=$url/after load "$1" 1
}

# calls PATH: what the inventory counts.
calls() {
    "$apitap" -q inventory --state "state-$part" --format json >"$part.inventory"
    jq --arg path "$1" '[.endpoints[] | select(.template == $path) | .count] | add // 0' "$part.inventory"
}

# Stops apitap as a person would, and reads the trailer.
end() {
    sleep 0.3
    local code=0 began
    sent=$(($(mirrored) - sent_to))
    began=$(date +%s%N)
    kill -INT "$pid"
    wait "$pid" || code=$?
    pid=
    took=$((($(date +%s%N) - began) / 1000000))
    logged=$(($(wc -l <access.log) - logged_to))
    "$apitap" -q findings convert "state-$part/findings.mp" --to jsonl --all >"$part.jsonl"
    jq -e 'select(.kind == "trailer") | .counters' "$part.jsonl" >"$part.counters" || { say "$part: no trailer"; exit 1; }
    say "$part: sent $sent frames, logged $logged requests; ended in $took ms"
    same 'exit code' "$code" 0
}

# What went over the mirror is what was read or dropped, and each frame read has one counter.
balanced() {
    same 'frames sent = seen + dropped by the kernel + by the interface + unread' "$sent" \
        "$(($(counter frames.seen) + $(counter capture.kernel_dropped) + $(counter capture.interface_dropped) \
        + $(counter capture.unread)))"
    same 'frames seen = accepted + fragment + ignored + malformed + shed' "$(counter frames.seen)" \
        "$(($(counter frames.accepted) + $(counter frames.fragment) + $(sum frames.ignored.) + $(sum frames.malformed.) \
        + $(counter frames.shed)))"
    same 'payload accepted = its parts' "$(counter payload.accepted)" \
        "$(($(sum payload.delivered.) + $(sum payload.unparsed.) + $(counter payload.duplicate) \
        + $(counter payload.conflict) + $(counter payload.outside_window) + $(counter payload.over_limit)))"
    same 'flows opened = their ends' "$(counter flows.opened)" "$(($(sum flows.) - $(counter flows.opened)))"
    same 'observations made = judged + refused' "$(counter observations.made)" \
        "$(($(counter observations.judged) + $(sum observations.refused.)))"
}

counter() {
    jq --arg name "$1" '.[$name] // 0' "$part.counters"
}

sum() {
    jq --arg prefix "$1" '[to_entries[] | select(.key | startswith($prefix)) | .value] | add // 0' "$part.counters"
}

# Frames that the mirror has sent.
mirrored() {
    ip netns exec "$server_ns" cat /sys/class/net/mirror0/statistics/tx_packets
}

in_client() {
    ip netns exec "$client_ns" "$@"
}

same() {
    [ "$2" = "$3" ] && { say "  ok    $1: $2"; return 0; }
    say "  WRONG $1: $2, not $3"
    failed=1
}

at_least() {
    [ "$2" -ge "$3" ] && { say "  ok    $1: $2 (at least $3)"; return 0; }
    say "  WRONG $1: $2, below $3"
    failed=1
}

say() {
    echo "e2e-live: $*"
}

# ---- Place -------------------------------------------------------------------------------------------------------

refuse_unless_possible() {
    local tool
    [ "$(id -u)" -eq 0 ] || skip 'not root, so no network namespaces'
    for tool in ip tc ethtool nginx h2load curl jq; do
        command -v "$tool" >/dev/null || skip "no $tool"
    done
    [ -x "$apitap" ] || { say "no $apitap: build it, or name it in APITAP"; exit 1; }
    unshare --net true 2>/dev/null || skip 'network namespaces are not allowed here'
    ip netns add "$monitor_ns" 2>/dev/null || skip 'ip netns add is not allowed here'
    ip netns exec "$monitor_ns" true 2>/dev/null || { ip netns delete "$monitor_ns"; skip 'ip netns exec is not allowed here'; }
}

skip() {
    say "skipped: $*"
    exit 77
}

network() {
    ip netns add "$server_ns"
    ip netns add "$client_ns"
    # IPv6 would talk by itself, and the mirror's counters would count it.
    local ns
    for ns in "$server_ns" "$client_ns" "$monitor_ns"; do
        ip netns exec "$ns" sh -c 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6' 2>/dev/null || true
    done
    ip -n "$server_ns" link add eth0 type veth peer name eth0 netns "$client_ns"
    up "$server_ns" eth0
    up "$client_ns" eth0
    ip -n "$server_ns" address add 192.0.2.1/24 dev eth0
    ip -n "$client_ns" address add 192.0.2.2/24 dev eth0
    ip netns exec "$server_ns" tc qdisc add dev eth0 clsact 2>/dev/null || skip 'tc has no clsact here'
    wire_mirror
}

# The mirror and what feeds it: also after it was taken away, and its filters with it.
wire_mirror() {
    ip -n "$server_ns" link add mirror0 type veth peer name tap0 netns "$monitor_ns"
    up "$server_ns" mirror0
    up "$monitor_ns" tap0
    local way
    for way in ingress egress; do
        mirror "$way" matchall 2>/dev/null || mirror "$way" u32 match u32 0 0 || skip 'tc cannot mirror here'
    done
}

# up NAMESPACE DEVICE: without offloads, so that frames are those of the wire.
up() {
    ip netns exec "$1" ethtool -K "$2" tso off gso off gro off rx off tx off sg off >/dev/null 2>&1 || true
    ip -n "$1" link set "$2" up
}

# mirror ingress|egress CLASSIFIER…
mirror() {
    ip netns exec "$server_ns" tc filter delete dev eth0 "$1" 2>/dev/null || true
    ip netns exec "$server_ns" tc filter add dev eth0 "$1" protocol all "${@:2}" action mirred egress mirror dev mirror0
}

serve() {
    printf '{"item":3}' >body.json
    cat >nginx.conf <<CONF
pid $work/nginx.pid;
error_log $work/error.log;
worker_processes 1;
events { worker_connections 512; }
http {
    access_log $work/access.log;
    default_type application/json;
    keepalive_requests 1000000;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 192.0.2.1:80;
        location = /after { return 200 '{"after":true}'; }
        location / { return 200 '{"id":1,"name":"Ada","mail":"ada@example.test"}'; }
    }
}
CONF
    ip netns exec "$server_ns" nginx -c "$work/nginx.conf" 2>>nginx.err
    local _
    for _ in $(seq 100); do
        in_client curl -sS -m 1 -o answer "$url/ready" 2>/dev/null && return 0
        sleep 0.05
    done
    say 'nginx does not answer'
    exit 1
}

finish() {
    local code=$?
    trap - EXIT
    [ -z "${hog:-}" ] || kill "$hog" 2>/dev/null || true
    [ -z "${pid:-}" ] || { kill -CONT "$pid"; kill -KILL "$pid"; } 2>/dev/null || true
    [ ! -s nginx.pid ] || kill "$(cat nginx.pid)" 2>/dev/null || true
    for ns in "$server_ns" "$client_ns" "$monitor_ns"; do
        ip netns delete "$ns" 2>/dev/null || true
    done
    cd /
    if [ -n "${E2E_KEEP:-}" ]; then say "kept $work"; else rm -rf "$work"; fi
    exit $code
}

main "$@"
