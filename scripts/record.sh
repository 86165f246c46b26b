#!/usr/bin/env bash
# record.sh FILE: records a short capture of real traffic, nginx answering curl, between two private network namespaces.
# Nothing touches the network of the host. Says why and ends with 1 where recording is not possible.
set -euo pipefail

capture=$1
PATH=$PATH:/usr/sbin:/sbin
server_ns=apitap-server-$$
client_ns=apitap-client-$$

main() {
    refuse_unless_possible
    work=$(mktemp -d)
    chmod 755 "$work"
    exec 3>&2
    trap finish EXIT
    network
    serve
    sniff
    browse
    settle
}

refuse_unless_possible() {
    local tool
    [ "$(id -u)" -eq 0 ] || { echo "record: not root, so no network namespaces" >&2; exit 1; }
    for tool in ip tcpdump nginx curl; do
        command -v "$tool" >/dev/null || { echo "record: no $tool" >&2; exit 1; }
    done
    unshare --net true 2>/dev/null || { echo "record: network namespaces are not allowed here" >&2; exit 1; }
}

network() {
    ip netns add "$server_ns"
    ip netns add "$client_ns"
    ip -n "$server_ns" link add eth0 type veth peer name eth0 netns "$client_ns"
    ip -n "$server_ns" address add 192.0.2.1/24 dev eth0
    ip -n "$client_ns" address add 192.0.2.2/24 dev eth0
    ip -n "$server_ns" link set eth0 up
    ip -n "$client_ns" link set eth0 up
}

serve() {
    cat >"$work/nginx.conf" <<CONF
pid $work/nginx.pid;
error_log $work/error.log;
worker_processes 1;
events {}
http {
    access_log $work/access.log;
    default_type application/json;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    server {
        listen 192.0.2.1:80;
        location = /login { return 200 '{"token":"demo"}'; }
        location ~ ^/v1/users/[0-9]+\$ { return 200 '{"id":1,"name":"Ada"}'; }
        location = /v1/orders { return 201 '{"id":7}'; }
        location /v1/admin { return 403 '{"error":"forbidden"}'; }
        location / { return 404 '{"error":"not found"}'; }
    }
}
CONF
    ip netns exec "$server_ns" nginx -c "$work/nginx.conf" 2>>"$work/log"
}

sniff() {
    rm -f "$capture"
    ip netns exec "$server_ns" tcpdump -i eth0 -U -Z root -w "$capture" tcp port 80 2>>"$work/log" &
    sniffer=$!
    for _ in $(seq 50); do
        grep -q '^tcpdump: listening' "$work/log" && return 0
        sleep 0.1
    done
    echo "tcpdump did not start" >>"$work/log"
    return 1
}

browse() {
    local user api=http://192.0.2.1
    fetch -d '{"user":"ada"}' -H 'Content-Type: application/json' "$api/login"
    for user in $(seq 1 20); do
        fetch "$api/v1/users/$user" "$api/v1/users/$((user + 100))"
    done
    fetch -d '{"item":3}' -H 'Content-Type: application/json' "$api/v1/orders"
    fetch "$api/v1/admin/users"
    fetch "$api/v1/nothing"
}

fetch() {
    ip netns exec "$client_ns" curl -sS -m 5 -H 'Host: api.example.test' "$@" >>"$work/answers" 2>>"$work/log"
}

# Waits until tcpdump has written what was said: the file has grown beyond its header and grows no more.
settle() {
    local before=0 now
    for _ in $(seq 50); do
        sleep 0.2
        now=$(stat -c %s "$capture")
        [ "$now" -gt 1000 ] && [ "$now" -eq "$before" ] && return 0
        before=$now
    done
    echo "tcpdump wrote no packets" >>"$work/log"
    return 1
}

finish() {
    local code=$?
    [ -n "${sniffer:-}" ] && kill "$sniffer" 2>/dev/null && wait "$sniffer" 2>/dev/null || true
    [ -s "$work/nginx.pid" ] && kill "$(cat "$work/nginx.pid")" 2>/dev/null || true
    [ $code -eq 0 ] || echo "record: failed: $(tail -n 1 "$work/log" 2>/dev/null || true)" >&3
    ip netns delete "$server_ns" 2>/dev/null || true
    ip netns delete "$client_ns" 2>/dev/null || true
    rm -rf "$work"
    exit $code
}

main
