#!/usr/bin/env bash
# Measures apitap and, where it is installed, Suricata on the same captures, in interleaved pairs.
#   BENCH_DIR=DIR [BENCH_RUNS=5] scripts/bench.sh
# DIR holds captures of your own (NAME.pcap or NAME.pcapng); without it the demo capture is measured, which is too small
# for more than a trial. NAME.truth.json beside a capture says in a number "…transactions" how many the servers logged.
# Printed are medians of user+system CPU seconds and of peak memory, transactions, and the ratios to Suricata (CPU, memory).
# APITAP names another program to measure. docs/benchmarks.md says how figures become comparable.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
apitap=${APITAP:-$target/release/apitap}
runs=${BENCH_RUNS:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME=$work/state

main() {
    [ -x /usr/bin/time ] || { echo "bench: GNU time is missing: apt-get install time" >&2; exit 1; }
    [ -n "${APITAP:-}" ] || "${CARGO:-cargo}" build --release --locked -p apitap -q
    programs=(replay decode)
    if command -v suricata >/dev/null; then
        programs+=(suricata)
        suricata_config
        echo "bench: $("$apitap" --version), $(suricata -V), $runs runs each"
    else
        echo "bench: $("$apitap" --version), $runs runs each; Suricata is not installed, so apitap is measured alone"
    fi
    printf '%-24s %-10s %9s %9s %13s %9s %9s\n' capture program 'cpu s' 'peak MB' transactions 'cpu ×' 'memory ×'
    local file found=0
    while IFS= read -r file; do
        found=1
        measure "$file"
    done < <(captures)
    [ "$found" -eq 1 ] || { echo "bench: no captures in ${BENCH_DIR:-}" >&2; exit 1; }
}

captures() {
    if [ -n "${BENCH_DIR:-}" ]; then
        find -L "$BENCH_DIR" -maxdepth 1 -type f \( -name '*.pcap' -o -name '*.pcapng' \) | sort
        return
    fi
    "${CARGO:-cargo}" run --release --locked -q -p make-fixtures -- demo "$work/demo.pcap" && echo "$work/demo.pcap"
}

# All programs one after the other, several times, so that a busy moment hits each alike.
measure() {
    local file=$1 program
    cat "$file" >/dev/null # warm the page cache
    rm -f "$work"/*.runs
    for _ in $(seq "$runs"); do
        for program in "${programs[@]}"; do
            "run_$program" "$file"
        done
    done
    local base_cpu='' base_memory=''
    if [ -s "$work/suricata.runs" ]; then
        base_cpu=$(median 1 suricata)
        base_memory=$(median 2 suricata)
    fi
    for program in "${programs[@]}"; do
        row "$(basename "$file")" "$program" "$(median 1 "$program")" "$(median 2 "$program")" "$(count "$program")" \
            "$base_cpu" "$base_memory"
    done
    truth "$file"
}

row() {
    awk -v file="$1" -v program="$2" -v cpu="$3" -v kb="$4" -v n="$5" -v base_cpu="$6" -v base_kb="$7" 'BEGIN {
        times = base_cpu > 0 ? sprintf("%.3f", cpu / base_cpu) : "-"
        memory = base_kb > 0 ? sprintf("%.3f", kb / base_kb) : "-"
        printf "%-24s %-10s %9.2f %9.1f %13s %9s %9s\n", file, program, cpu, kb / 1024, n, times, memory
    }'
}

run_replay() {
    timed replay "$apitap" replay --no-progress --allow-blind -q -o "$work/out.findings" "$1"
}

run_decode() {
    timed decode "$apitap" decode --allow-blind -q -o /dev/null "$1"
}

run_suricata() {
    rm -rf "$work/logs" && mkdir "$work/logs"
    timed suricata suricata -c "$work/suricata.yaml" -r "$1" -l "$work/logs" --runmode=single -k none
}

# Appends CPU seconds and peak kilobytes of one run.
timed() {
    local name=$1
    if ! /usr/bin/time -o "$work/time" -f '%U %S %M' "${@:2}" >/dev/null 2>"$work/errors" </dev/null; then
        echo "bench: $name failed: $(tail -n 1 "$work/errors")" >&2
        exit 1
    fi
    awk 'END { print $1 + $2, $3 }' "$work/time" >>"$work/$name.runs"
}

# Median of column $1 of the runs of program $2.
median() {
    awk -v column="$1" '{ print $column }' "$work/$2.runs" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

# Transactions of the last run.
count() {
    case $1 in
        replay) "$apitap" -q findings convert "$work/out.findings" --to jsonl --all | grep -o '"transactions":[0-9]*' | tail -n 1 | cut -d : -f 2 ;;
        suricata) wc -l <"$work/logs/eve.json" ;;
        *) echo - ;;
    esac
}

truth() {
    local truth=${1%.pcap*}.truth.json
    if [ -s "$truth" ]; then
        echo "  the servers logged $(grep -oE '"[a-z_]*transactions": *[0-9]+' "$truth" | grep -oE '[0-9]+$' | head -n 1)"
    fi
}

# The HTTP log and nothing else: what comes closest to the work measured here.
suricata_config() {
    cat >"$work/suricata.yaml" <<'YAML'
%YAML 1.1
---
outputs:
  - eve-log:
      enabled: yes
      filetype: regular
      filename: eve.json
      types:
        - http
logging:
  default-log-level: error
  outputs:
    - console:
        enabled: yes
app-layer:
  protocols:
    http:
      enabled: yes
stream:
  checksum-validation: no
YAML
}

main
