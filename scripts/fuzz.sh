#!/usr/bin/env bash
# Runs fuzz targets, each for FUZZ_SECONDS (default 60), stopping at the first finding: `fuzz.sh [TARGET…]`, all by default.
# Installs cargo-fuzz and the nightly toolchain it needs when they are missing. One core is used.
#
#   FUZZ_SECONDS    seconds for each target
#   FUZZ_SANITIZER  none (default: there is no unsafe code here, and it is ten times faster), address
#   FUZZ_TOOLCHAIN  default: nightly
set -euo pipefail
cd "$(dirname "$0")/../crates/fuzz"

seconds=${FUZZ_SECONDS:-60}
sanitizer=${FUZZ_SANITIZER:-none}
toolchain=${FUZZ_TOOLCHAIN:-nightly}

command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
cargo "+$toolchain" --version >/dev/null 2>&1 || rustup toolchain install "$toolchain" --profile minimal

targets=("$@")
[ $# -gt 0 ] || mapfile -t targets < <(basename -s .rs fuzz_targets/*.rs)

# Targets that read captures begin with the fixtures.
captures=corpus/fixtures
mkdir -p "$captures"
for fixture in ../../fixtures/*/input.pcap ../../fixtures/*/input.har; do
    cp "$fixture" "$captures/$(basename "$(dirname "$fixture")").${fixture##*.}"
done

for target in "${targets[@]}"; do
    seeds=()
    [ ! -d "seeds/$target" ] || seeds=("seeds/$target")
    case $target in replay | sources) seeds+=("$captures") ;; esac
    mkdir -p "corpus/$target"
    echo "fuzz: $target for $seconds s"
    # --fuzz-dir: this folder is the fuzz project itself. -a: debug assertions. Memory and time of an input are bounded.
    cargo "+$toolchain" fuzz run --fuzz-dir . -O -a --sanitizer "$sanitizer" "$target" "corpus/$target" "${seeds[@]}" -- \
        -max_total_time="$seconds" -max_len=65536 -len_control=10 -rss_limit_mb=2048 -timeout=10 -dict=http.dict -print_final_stats=1
done
