#!/usr/bin/env bash
# record.sh FILE: records a short capture of real traffic, nginx answering curl, between two private network namespaces.
# Nothing touches the network of the host. Says why and ends with 1 where recording is not possible.
set -euo pipefail

capture=$1
PATH=$PATH:/usr/sbin:/sbin
server_ns=apitap-server-$$
client_ns=apitap-client-$$
customers=24
api=http://192.0.2.1
json='Content-Type: application/json'

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
    local last
    for last in $(seq 2 $((10 + customers))); do
        ip -n "$client_ns" address add "192.0.2.$last/24" dev eth0
    done
    ip -n "$server_ns" link set eth0 up
    ip -n "$client_ns" link set eth0 up
}

# The API: a customer sees own orders, others' are refused, deleted ones are missing. The flaw: orders before 1031 are given
# to anybody. Synthetic captures play the same story (fixtures/make/src/shop.rs).
serve() {
    mkdir -p "$work/static"
    { printf '\211PNG\r\n\032\n'; head -c 3000 /dev/zero; } >"$work/static/logo.png"
    callers >"$work/callers.conf"
    owners >"$work/owners.conf"
    cat >"$work/nginx.conf" <<CONF
pid $work/nginx.pid;
error_log $work/error.log;
worker_processes 1;
user root;
events {}
http {
    access_log $work/access.log;
    default_type application/json;
    client_body_temp_path $work/body;
    proxy_temp_path $work/proxy;
    fastcgi_temp_path $work/fastcgi;
    uwsgi_temp_path $work/uwsgi;
    scgi_temp_path $work/scgi;
    map_hash_bucket_size 512;
    map \$http_authorization \$caller { default ""; include $work/callers.conf; }
    map \$uri \$owner { default nobody; include $work/owners.conf; }
    map "\$caller:\$owner" \$verdict { default 403; ~^: 401; ~:nobody\$ 404; ~:anybody\$ 200; ~^(.+):\1\$ 200; }
    map \$caller \$known { default 1; "" 0; }
    server {
        listen 192.0.2.1:80;
        location = /v1/login { return 200 '{"expires_in":3600}'; }
        location = /v1/account {
            if (\$known = 0) { return 401 '{"error":"who are you"}'; }
            return 200 '{"id":"user-\$caller","name":"Ada Example","email":"user-\$caller@mail.example"}';
        }
        location = /v1/orders {
            if (\$known = 0) { return 401 '{"error":"who are you"}'; }
            if (\$request_method = POST) { return 201 '{"id":5000,"state":"new","total_cents":4200}'; }
            return 200 '{"page":\$arg_page,"items":[{"id":1001,"state":"paid"},{"id":1002,"state":"paid"}]}';
        }
        location ~ ^/v1/orders/(?<order>[0-9]+)\$ {
            if (\$verdict = 401) { return 401 '{"error":"who are you"}'; }
            if (\$verdict = 403) { return 403 '{"error":"not your order"}'; }
            if (\$verdict = 404) { return 404 '{"error":"no such order"}'; }
            return 200 '{"id":\$order,"state":"paid","total_cents":4200,"ship_to":{"name":"Ada Example","city":"Springfield"}}';
        }
        location ~ ^/v1/products/(17|34|51)\$ { return 404 '{"error":"no such product"}'; }
        location ~ ^/v1/products/(?<product>[0-9]+)\$ { return 200 '{"id":\$product,"name":"Lamp","price_cents":1900}'; }
        location = /healthz { return 200 '{"ok":true}'; }
        location /static/ { root $work; types { image/png png; } }
        location / { return 404; }
    }
}
CONF
    ip netns exec "$server_ns" nginx -c "$work/nginx.conf" 2>>"$work/log"
}

# The signed token of customer $1.
token() {
    printf '%s.%s.c2lnbmF0dXJlLW9mLXVzZXItJXM%s' "$(base64url '{"alg":"HS256","typ":"JWT"}')" \
        "$(base64url "{\"iss\":\"https://login.shop.example\",\"sub\":\"user-$1\",\"exp\":1999999999}")" "$1"
}

base64url() {
    printf '%s' "$1" | base64 -w 0 | tr '+/' '-_' | tr -d '='
}

callers() {
    local user
    for user in $(seq 0 "$customers"); do
        echo "\"Bearer $(token "$user")\" $user;"
    done
}

# Customers order in turn; every fortieth order was deleted.
owners() {
    local order owner
    for order in $(seq 1001 1200); do
        [ $((order % 40)) -eq 0 ] && continue
        owner=$(((order - 1001) % (customers + 1)))
        [ "$order" -lt 1031 ] && owner=anybody
        echo "/v1/orders/$order $owner;"
    done
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

# Customers with a few calls each, a load balancer, a scanner, and at last the customer who tries the orders of others.
browse() {
    local user
    fetch 2 --rate 2/s "$api/healthz?n=[1-12]" &
    for user in $(seq 0 $((customers - 1))); do
        customer "$user" &
        sleep 0.1
    done
    fetch 3 "$api"/{.env,.git/config,wp-login.php,phpmyadmin/,actuator/env,admin/config.php}
    as "$customers" --rate 15/s "$api/v1/orders/[1001-1090]" &
    walker=$!
    wait "$walker"
    wait_for_callers
}

# What one customer does: about a dozen calls.
customer() {
    local user=$1 order orders=()
    for order in 0 1 2 3 4; do
        orders+=("$api/v1/orders/$((1001 + user + order * (customers + 1)))")
    done
    fetch $((10 + user)) "$api/static/logo.png"
    fetch $((10 + user)) -d "{\"email\":\"user-$user@mail.example\",\"password\":\"correct horse\"}" -H "$json" "$api/v1/login"
    as "$user" --rate 5/s "$api/v1/account" "$api/v1/orders?page=[1-2]&limit=2" "${orders[@]:0:$((2 + user % 4))}"
    as "$user" -d '{"items":[{"sku":"lamp-3","count":1}]}' -H "$json" "$api/v1/orders"
    as "$user" --rate 5/s "$api/v1/products/$((1 + user * 2))" "${orders[0]}"
}

# curl with the token of customer $1.
as() {
    local user=$1
    fetch $((10 + user)) -H "Authorization: Bearer $(token "$user")" "${@:2}"
}

# curl from the address that ends with $1.
fetch() {
    ip netns exec "$client_ns" curl -sS -m 30 --interface "192.0.2.$1" -H 'Host: shop.example' "${@:2}" >>"$work/answers" 2>>"$work/log"
}

wait_for_callers() {
    local job
    for job in $(jobs -p); do
        [ "$job" = "$sniffer" ] || wait "$job"
    done
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
    if [ -n "${sniffer:-}" ]; then
        kill "$sniffer" 2>/dev/null || true
        wait "$sniffer" 2>/dev/null || true
    fi
    if [ -s "$work/nginx.pid" ]; then
        kill "$(cat "$work/nginx.pid")" 2>/dev/null || true
    fi
    [ $code -eq 0 ] || echo "record: failed: $(tail -n 1 "$work/log" 2>/dev/null || true)" >&3
    ip netns delete "$server_ns" 2>/dev/null || true
    ip netns delete "$client_ns" 2>/dev/null || true
    rm -rf "$work"
    exit $code
}

main
