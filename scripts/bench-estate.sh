#!/usr/bin/env bash
# Measures an inventory of 65,536 endpoints: 64 services of 1,024, made by make-fixtures. Printed are seconds, CPU seconds
# and peak memory of the replay into a state, the size of the state, and the same of each form in which the inventory is
# read (the best of three). It fails when not every endpoint is there.
#   scripts/bench-estate.sh
# APITAP names another program to measure. docs/benchmarks.md says how figures become comparable.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
apitap=${APITAP:-$target/release/apitap}
endpoints=65536
runs=3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME=$work/state-home

main() {
    [ -x /usr/bin/time ] || { echo "bench: GNU time is missing: apt-get install time" >&2; exit 1; }
    [ -n "${APITAP:-}" ] || "${CARGO:-cargo}" build --release --locked -p apitap -q
    "${CARGO:-cargo}" run --release --locked -q -p make-fixtures -- estate "$work/estate.pcap"
    echo "bench: $("$apitap" --version), $endpoints endpoints, capture of $(size "$work/estate.pcap") MB"
    printf '%-26s %9s %9s %9s %9s\n' what seconds 'cpu s' 'peak MB' 'MB made'
    runs=1 measure 'replay into a state' replay --no-progress -q --state "$work/state" "$work/estate.pcap"
    local listed
    listed=$("$apitap" -q inventory list --state "$work/state" --format csv | tail -n +2 | wc -l)
    [ "$listed" -eq "$endpoints" ] || { echo "bench: $listed of $endpoints endpoints are listed" >&2; exit 1; }
    for format in table json jsonl csv; do
        measure "list --format $format" -q inventory list --state "$work/state" --format "$format"
    done
    measure 'list --wide' -q inventory list --state "$work/state" --wide
    measure 'export --openapi 3.1' -q inventory export --state "$work/state" --openapi 3.1
    measure 'export --format html' -q inventory export --state "$work/state" --format html
    local memory
    memory=$(du -sk "$work/state" | cut -f 1)
    echo "state: $((memory / 1024)) MB, $((memory * 1024 / endpoints)) bytes an endpoint"
}

size() {
    echo $(($(stat -c %s "$1") / 1000000))
}

# The best of the runs of apitap with these arguments.
measure() {
    local what=$1 _
    shift
    rm -f "$work/runs"
    for _ in $(seq "$runs"); do
        if ! /usr/bin/time -a -o "$work/runs" -f '%e %U %S %M' "$apitap" "$@" >"$work/out" 2>"$work/errors" </dev/null; then
            echo "bench: $what failed: $(tail -n 1 "$work/errors")" >&2
            exit 1
        fi
    done
    sort -n "$work/runs" | head -n 1 | awk -v what="$what" -v made="$(size "$work/out")" '{
        printf "%-26s %9.2f %9.2f %9.1f %9s\n", what, $1, $2 + $3, $4 / 1024, made
    }'
}

main
