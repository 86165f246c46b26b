#!/usr/bin/env bash
# e2e-tls.sh [file|live|mutual|openssl]…: real peers of TLS, captured and opened; without arguments all.
#
#   file     nginx and curl, TLS 1.2 and 1.3, key log of curl: the transactions are the lines of nginx's access log
#   openssl  s_server and s_client: each suite below; key update, renegotiation, resumption
#   mutual   a client with a certificate, at nginx and at the server behind it: one caller by name
#   live     `apitap run --keylog` on loopback while curl writes the key log
#
# Needs root for tcpdump on loopback; uses ports from 18443 on. APITAP names the binary. Ends with 0 when all holds, 1 when not, 77 where it
# cannot be tried. E2E_KEEP=1 leaves the work folder.
set -euo pipefail

PATH=$PATH:/usr/sbin:/sbin
root=$(cd "$(dirname "$0")/.." && pwd)
apitap=$(realpath -m "${APITAP:-${CARGO_TARGET_DIR:-$root/target}/release/apitap}")
port=$((18443 + $$ % 1000))
failed=0
started=()

main() {
    for tool in nginx curl openssl tcpdump; do
        command -v $tool >/dev/null || { echo "no $tool"; exit 77; }
    done
    [ "$(id -u)" = 0 ] || { echo 'not root'; exit 77; }
    [ -x "$apitap" ] || { echo "no $apitap"; exit 77; }
    work=$(mktemp -d)
    cd "$work"
    trap finish EXIT
    openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=shop.test \
        -addext subjectAltName=DNS:shop.test,DNS:api.shop.test 2>/dev/null
    local part
    for part in "${@:-file openssl mutual live}"; do
        for part in $part; do
            "part_$part"
        done
    done
    [ "$failed" -eq 0 ]
}

finish() {
    local pid
    for pid in "${started[@]}"; do
        kill "$pid" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    if [ "${E2E_KEEP:-}" = 1 ]; then echo "left: $work"; else rm -rf "$work"; fi
}

same() {
    if [ "$2" = "$3" ]; then echo "ok    $1: $2"; else echo "WRONG $1: $2, not $3"; failed=1; fi
}

capture() {
    tcpdump -i lo -w "$1" -U --immediate-mode -B 65536 "tcp port $port" 2>tcpdump.log &
    tcpdump=$!
    started+=("$tcpdump")
    until grep -q listening tcpdump.log; do sleep 0.1; done
}

captured() {
    sleep 0.5
    kill -INT "$tcpdump"
    wait "$tcpdump" || true
}

serve() {
    cat >nginx.conf <<CONF
daemon off; pid $work/nginx.pid; error_log $work/error.log; worker_processes 1;
events {}
http {
    access_log $work/access.log; root $work;
    client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f;
    uwsgi_temp_path $work/u; scgi_temp_path $work/s;
    server {
        listen 127.0.0.1:$port ssl; server_name shop.test;
        ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
        ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:@SECLEVEL=0;
        location /v1/ { return 200 '{"id":7}'; }
    }
}
CONF
    chmod 755 "$work"
    head -c 3000000 /dev/urandom >large
    nginx -p "$work" -c nginx.conf 2>nginx.out &
    nginx=$!
    started+=("$nginx")
    until curl -sk "https://127.0.0.1:$port/v1/up" >/dev/null; do sleep 0.1; done
    sleep 0.2
    : >access.log
}

served() {
    kill "$nginx"
    wait "$nginx" || true
}

get() {
    SSLKEYLOGFILE=$work/keys.log curl -sk --http1.1 --resolve "shop.test:$port:127.0.0.1" -o answer "$@"
}

load() {
    local url=https://shop.test:$port n
    for n in 1 2 3 4 5; do
        get --tls-max 1.3 "$url/v1/orders/$n" -o answer "$url/v1/orders/$n/items"
        get --tls-max 1.2 -d "{\"n\":$n}" "$url/v1/orders"
        get --tls-max 1.2 --ciphers ECDHE-RSA-AES256-SHA384 "$url/v1/cbc/$n"
        get --tls13-ciphers TLS_CHACHA20_POLY1305_SHA256 "$url/large"
    done
}

part_file() {
    rm -f keys.log
    serve
    capture file.pcap
    load
    captured
    served
    "$apitap" decode --keylog keys.log file.pcap -o file.jsonl 2>file.err
    same 'transactions = lines of the access log' "$(wc -l <file.jsonl)" "$(wc -l <access.log)"
    same 'targets' "$(grep -o '"target":"[^"]*"' file.jsonl | cut -d'"' -f4 | sort | sha256sum)" \
        "$(cut -d' ' -f7 access.log | sort | sha256sum)"
    same 'whole answers' "$(grep -c '"resp_body_len":3000000' file.jsonl)" 5
    "$apitap" decode --tls -q file.pcap -o tls.jsonl
    same 'named without keys' "$(grep -c '"sni":"shop.test".*"not_decrypted":"no_key"' tls.jsonl)" "$(wc -l <tls.jsonl)"
    same 'names in certificates of TLS 1.2' \
        "$(grep '"version":"1.2"' tls.jsonl | grep -c '"certificate_names":\["shop.test","api.shop.test"\]')" 10
}

part_mutual() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout client.key -out client.pem -days 2 -subj '/O=Shop/CN=billing' 2>/dev/null
    cat >mutual.conf <<CONF
daemon off; pid $work/mutual.pid; error_log $work/error.log; worker_processes 1;
events {}
http {
    access_log off; client_body_temp_path $work/b; proxy_temp_path $work/p; fastcgi_temp_path $work/f;
    uwsgi_temp_path $work/u; scgi_temp_path $work/s;
    server {
        listen 127.0.0.1:$port ssl;
        ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
        ssl_client_certificate $work/client.pem; ssl_verify_client on;
        location / {
            proxy_pass http://127.0.0.1:$((port + 1));
            proxy_set_header X-SSL-Client-S-DN \$ssl_client_s_dn; proxy_set_header X-SSL-Client-Verify \$ssl_client_verify;
        }
    }
    server { listen 127.0.0.1:$((port + 1)); location / { return 200 '{"id":7}'; } }
}
CONF
    chmod 755 "$work"
    rm -f keys.log
    nginx -p "$work" -c mutual.conf 2>nginx.out &
    nginx=$!
    started+=("$nginx")
    until curl -sk "https://127.0.0.1:$port/" >/dev/null; do sleep 0.1; done
    tcpdump -i lo -w mutual.pcap -U --immediate-mode "tcp portrange $port-$((port + 1))" 2>tcpdump.log &
    tcpdump=$!
    started+=("$tcpdump")
    until grep -q listening tcpdump.log; do sleep 0.1; done
    for n in 1 2 3; do
        get --cert client.pem --key client.key --tls-max "1.$((2 + n % 2))" "https://shop.test:$port/v1/invoices/$n"
    done
    captured
    served
    printf '[zones]\ntrusted_proxies = ["127.0.0.1"]\n' >mutual.toml
    rm -rf mutual-state
    "$apitap" replay -q --config mutual.toml --keylog keys.log mutual.pcap --state mutual-state >/dev/null 2>mutual.err || true
    "$apitap" inventory export --state mutual-state >mutual.json 2>mutual.err || true
    same 'both services know the certificate' "$(grep -o '"type": *"mutualTLS"' mutual.json | wc -l)" 1
    "$apitap" inventory list --state mutual-state --format json >mutual-list.json 2>>mutual.err || true
    same 'calls by certificate' "$(grep -o '"client_certificate": 3' mutual-list.json | wc -l)" 2
}

# A server and a client that sends one request; further arguments go to the client.
exchange() {
    local server=$1 client=$2 input=${3:-plain}
    # shellcheck disable=SC2086
    openssl s_server -accept "$port" -key key.pem -cert cert.pem -WWW -quiet $server 2>server.err &
    local pid=$!
    started+=("$pid")
    sleep 0.4
    {
        case $input in
            update) sleep 0.5; echo K; sleep 0.5 ;;
            renegotiate) sleep 0.5; echo R; sleep 0.5 ;;
        esac
        printf 'GET /hello HTTP/1.0\r\n\r\n'
        sleep 1
    } | timeout 5 openssl s_client -connect "127.0.0.1:$port" -servername shop.test -keylogfile keys.log $client \
        >client.out 2>client.err || true
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}

opened() {
    "$apitap" decode -q --allow-blind "${@:2}" one.pcap -o one.jsonl
    same "$1" "$(grep -c '"target":"/hello".*"status":200' one.jsonl)" 1
}

part_openssl() {
    printf 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi' >hello
    local suite
    for suite in AES128-GCM-SHA256 AES256-SHA AES128-SHA256 ECDHE-RSA-AES256-SHA384 ECDHE-RSA-CHACHA20-POLY1305 \
        AES128-CCM8 AES256-CCM ECDHE-RSA-AES128-GCM-SHA256; do
        capture one.pcap
        exchange "-tls1_2 -cipher $suite:@SECLEVEL=0" "-tls1_2 -cipher $suite:@SECLEVEL=0"
        captured
        opened "TLS 1.2 $suite" --keylog keys.log
        case $suite in AES*) opened "TLS 1.2 $suite with the server's key" --tls-key key.pem ;; esac
    done
    local version
    for version in tls1 tls1_1; do
        capture one.pcap
        exchange "-$version -cipher AES128-SHA:@SECLEVEL=0" "-$version -cipher AES128-SHA:@SECLEVEL=0"
        captured
        opened "$version AES128-SHA" --keylog keys.log
        opened "$version AES128-SHA with the server's key" --tls-key key.pem
    done
    for suite in TLS_AES_128_GCM_SHA256 TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256 TLS_AES_128_CCM_SHA256 \
        TLS_AES_128_CCM_8_SHA256; do
        capture one.pcap
        exchange "-tls1_3 -ciphersuites $suite" "-tls1_3 -ciphersuites $suite"
        captured
        opened "TLS 1.3 $suite" --keylog keys.log
    done
    capture one.pcap
    exchange -tls1_3 -tls1_3 update
    captured
    opened 'TLS 1.3 with a key update' --keylog keys.log
    capture one.pcap
    exchange '-tls1_2 -client_renegotiation' -tls1_2 renegotiate
    captured
    opened 'TLS 1.2 negotiated anew' --keylog keys.log
    capture one.pcap
    exchange '-tls1_3 -groups P-384' '-tls1_3 -groups X25519:P-384'
    captured
    opened 'TLS 1.3 after a retry' --keylog keys.log
}

part_live() {
    rm -f keys.log
    : >keys.log
    serve
    "$apitap" run -i lo -f "tcp port $port" --keylog keys.log --state state -v >run.out 2>run.err &
    local pid=$!
    started+=("$pid")
    until grep -q watching run.err; do sleep 0.1; done
    load
    sleep 2
    kill -INT "$pid"
    wait "$pid" || true
    served
    grep -E '^(tls|payload|capture)' run.err
    same 'live transactions = lines of the access log' "$(sed -n 's/^transactions.complete //p' run.err)" "$(wc -l <access.log)"
}

main "$@"
