#!/usr/bin/env bash
# Measures a million callers of 50,000 endpoints: made by make-fixtures, replayed into a state. Printed are seconds, CPU
# seconds and peak memory, and what the state keeps: rows and bytes of each kind, bytes of the whole and for each identity.
# It fails when callers were forgotten, or when the state is larger than 2 KiB an identity or 1 GiB.
#   scripts/bench-crowd.sh [IDENTITIES [FOLDER]]
# FOLDER takes the capture (2.3 GB for a million) and the state; without one a temporary one does. APITAP names another
# program to measure. docs/benchmarks.md says how figures become comparable.
set -euo pipefail
cd "$(dirname "$0")/.."

target=${CARGO_TARGET_DIR:-target}
apitap=${APITAP:-$target/release/apitap}
identities=${1:-1000000}
folder=${2:-}
if [ -z "$folder" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
export XDG_STATE_HOME=$folder/state-home

main() {
    [ -x /usr/bin/time ] || { echo "bench: GNU time is missing: apt-get install time" >&2; exit 1; }
    [ -n "${APITAP:-}" ] || "${CARGO:-cargo}" build --release --locked -p apitap -q
    [ -f "$folder/crowd.pcap" ] ||
        "${CARGO:-cargo}" run --release --locked -q -p make-fixtures -- crowd "$folder/crowd.pcap" "$identities"
    rm -rf "$folder/state"
    echo "bench: $("$apitap" --version), $identities callers, capture of $(($(stat -c %s "$folder/crowd.pcap") / 1000000)) MB"
    /usr/bin/time -o "$folder/time" -f '%e %U %S %M' \
        "$apitap" replay --no-progress -q --state "$folder/state" "$folder/crowd.pcap" >"$folder/out"
    awk '{ printf "replay: %.1f s, %.1f cpu s, peak %.1f MB\n", $1, $2 + $3, $4 / 1024 }' "$folder/time"
    python3 - "$folder/state" "$identities" <<'PYTHON'
import os, sqlite3, sys

folder, asked = sys.argv[1], int(sys.argv[2])
names = {1: "services, router", 2: "endpoints, catalog", 3: "endpoints, baseline", 4: "identities", 5: "pairs", 6: "open findings",
         7: "common", 9: "findings on the inventory", 10: "monitors", 11: "tokens of accounts", 12: "sensor",
         13: "calls of servers", 14: "coverage", 15: "answers read"}
db = sqlite3.connect(f"file:{folder}/apitap.db?mode=ro", uri=True)
kept = {}
print(f"{'rows':<28}{'number':>10}{'MB':>8}{'mean':>7}{'largest':>9}")
sizes = {}  # By kind and key, the last row of each: crates/store/src/segment.rs has the form of segments.
for (body,) in db.execute("SELECT body FROM segments ORDER BY seq"):
    at = 16  # Behind the checksum.
    while at < len(body):
        length = int.from_bytes(body[at + 17:at + 21], "little")
        sizes[body[at:at + 17]] = length
        at += 21 + length
lengths = {}
for key, length in sizes.items():
    if length:
        lengths.setdefault(key[0], []).append(length)
for kind, of_kind in sorted(lengths.items()):
    number, total, largest = len(of_kind), sum(of_kind), max(of_kind)
    kept[kind] = number
    print(f"{names.get(kind, kind):<28}{number:>10,}{total / 1e6:>8.1f}{total // number:>7,}{largest:>9,}")
number, total = db.execute("SELECT count(*), sum(length(record)) FROM endpoints").fetchone()
print(f"{'endpoints, as listed':<28}{number:>10,}{total / 1e6:>8.1f}{total // number:>7,}")
size = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))
print(f"state: {size / 1e6:.0f} MB, {size // max(1, kept.get(4, 0)):,} bytes an identity with all that hangs on it")
if kept.get(4, 0) < asked:
    sys.exit(f"bench: {kept.get(4, 0):,} of {asked:,} callers are kept")
if size > 1 << 30 or size > asked * 2048 + number * 4096:
    sys.exit(f"bench: the state is too large: {size:,} bytes")
PYTHON
}

main
