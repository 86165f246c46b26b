#!/usr/bin/env bash
# fuzz.sh SECONDS: runs every fuzz target for so long (default 60), stopping at the first that fails.
# Needs `cargo install cargo-fuzz` and a nightly toolchain, which cargo-fuzz asks for its sanitizers.
set -euo pipefail
cd "$(dirname "$0")/../crates/fuzz"

seconds=${1:-60}
toolchain=${FUZZ_TOOLCHAIN:-nightly}

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "fuzz: cargo-fuzz is not installed: cargo install --locked cargo-fuzz" >&2
    exit 1
fi
if ! cargo "+$toolchain" --version >/dev/null 2>&1; then
    echo "fuzz: no $toolchain toolchain: rustup toolchain install $toolchain --profile minimal" >&2
    exit 1
fi

for source in fuzz_targets/*.rs; do
    name=$(basename "$source" .rs)
    mkdir -p "corpus/$name"
    echo "fuzz: $name for ${seconds} s"
    # --fuzz-dir: this folder is the fuzz project itself. Memory and time per input are bounded: a bound broken is a fault.
    cargo "+$toolchain" fuzz run --fuzz-dir . "$name" -- \
        -max_total_time="$seconds" -max_len=65536 -rss_limit_mb=1024 -timeout=10
done
