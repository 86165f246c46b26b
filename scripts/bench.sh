#!/usr/bin/env bash
# Decodes each capture of BENCH_FILES (default: the demo capture) BENCH_RUNS times and prints best and median wall time.
# docs/benchmarks.md says how to measure so that figures can be compared.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
runs=${BENCH_RUNS:-5}

"$cargo" build --release --locked -p apitap -q
if [ -z "${BENCH_FILES:-}" ]; then
    BENCH_FILES=$target/demo/demo.pcap
    [ -s "$BENCH_FILES" ] || { mkdir -p "$target/demo"; "$cargo" run --release --locked -q -p make-fixtures -- demo "$BENCH_FILES"; }
fi

printf '%-40s %12s %10s %10s %10s %14s\n' capture bytes 'best s' 'median s' 'MB/s' transactions
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for file in $BENCH_FILES; do
    cat "$file" >/dev/null # warm the page cache
    for _ in $(seq "$runs"); do
        start=$(date +%s%N)
        "$target/release/apitap" decode "$file" -o "$scratch/out" 2>/dev/null
        echo $(($(date +%s%N) - start))
    done | sort -n >"$scratch/times"
    awk -v file="$(basename "$file")" -v bytes="$(stat -c %s "$file")" -v tx="$(wc -l <"$scratch/out")" '
        { t[NR] = $1 / 1e9 }
        END { printf "%-40s %12d %10.3f %10.3f %10.1f %14d\n", file, bytes, t[1], t[int((NR + 1) / 2)], bytes / t[1] / 1e6, tx }
    ' "$scratch/times"
done
