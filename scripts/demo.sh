#!/usr/bin/env bash
# Builds apitap, gets a capture of a small shop, and shows what apitap says of it: inventory, a finding, its explanation.
# Ends with code 1 when there is no finding.
#
# The capture is recorded from nginx and curl in two private network namespaces where that is possible (root, ip, tcpdump,
# nginx, curl), and otherwise built packet by packet by fixtures/make. The script says which. DEMO=synthetic skips recording.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=$(realpath -m "${CARGO_TARGET_DIR:-target}")
apitap=$target/release/apitap
out=$target/demo

main() {
    mkdir -p "$out"
    rm -rf "${out:?}"/*
    echo "demo: building the release binary"
    "$cargo" build --release --locked -p apitap -q
    capture
    cd "$out"
    export XDG_STATE_HOME=$out/state APITAP_COLOR=never # The key of the demo's pseudonyms stays in its folder.
    unset APITAP_CONFIG APITAP_STATE APITAP_FORMAT

    show replay --no-progress shop.pcap
    show inventory shop.findings
    show findings shop.findings
    local finding
    finding=$("$apitap" -q findings shop.findings --detector object-enumeration | awk -F '\t' 'NR == 2 { print $1 }')
    if [ -z "$finding" ]; then
        echo "demo: no finding: the enumeration in $out/shop.pcap was not told" >&2
        exit 1
    fi
    show findings explain "$finding" shop.findings
    echo
    echo "demo: the files are in $out; the program is $apitap"
}

capture() {
    if [ "${DEMO:-}" != synthetic ]; then
        echo "demo: recording nginx and curl between two network namespaces (about 20 s)"
        if scripts/record.sh "$out/shop.pcap"; then
            echo "demo: real traffic, recorded just now"
            return
        fi
    fi
    "$cargo" run --release --locked -q -p make-fixtures -- demo "$out/shop.pcap"
    echo "demo: a synthetic capture (fixtures/make), ten minutes of virtual time"
}

# Runs apitap and shows the command and what it prints.
show() {
    echo
    echo "\$ apitap $*"
    "$apitap" "$@" 2>&1
}

main
