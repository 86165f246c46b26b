#!/usr/bin/env bash
# Builds apitap, gets a capture, decodes it and prints a summary.
#
# The capture is recorded from nginx and curl in two private network namespaces where that is possible (root, ip, tcpdump,
# nginx, curl), and otherwise built packet by packet by fixtures/make. The script says which. DEMO=synthetic skips recording.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
out=$target/demo
capture=$out/demo.pcap
transactions=$out/transactions.jsonl

main() {
    mkdir -p "$out"
    rm -f "$capture" "$transactions"
    echo "demo: building the release binary"
    "$cargo" build --release --locked -p apitap -q

    if [ "${DEMO:-}" != synthetic ] && scripts/record.sh "$capture"; then
        echo "demo: recorded real traffic (nginx and curl between two network namespaces): $capture"
    else
        rm -f "$capture"
        "$cargo" run --release --locked -q -p make-fixtures -- demo "$capture"
        echo "demo: built a synthetic capture: $capture"
    fi

    echo "demo: $target/release/apitap decode $capture -o $transactions"
    "$target/release/apitap" decode "$capture" -o "$transactions"
    summary
}

# ---- Summary -----------------------------------------------------------------------------------------------------

summary() {
    echo
    echo "transactions: $(wc -l <"$transactions")"
    tally method 'by method'
    tally status 'by status'
    tally host 'by host'
    echo
    echo "first three:"
    head -n 3 "$transactions" | sed 's/^/  /'
    echo
    echo "Findings come with the behaviour crates, which are planned; today apitap ends at decoded transactions."
}

tally() {
    echo "$2:"
    grep -oE "\"$1\": ?(\"[^\"]*\"|[0-9]+|null)" "$transactions" | sed -E 's/^[^:]*: ?//; s/"//g' | sort | uniq -c | sort -rn | head -n 8 || true
}

main
