#!/usr/bin/env bash
# Replays labelled sets of traffic and holds what was discovered against their truth.
#   scripts/discovery.sh SETS OUT
# SETS is a folder of sets (traffic.pcap.zst, truth.json.gz, transactions.jsonl.gz; a score.py beside them is run too).
# For each set NAME: OUT/openapi/NAME.json (export), OUT/own/NAME.audit (export held against its own traffic),
# OUT/truth/NAME.jsonl and NAME.audit (inventory; audit against the documented operations of the truth).
# APITAP names another program than that of the release profile.
set -euo pipefail
cd "$(dirname "$0")/.."

[ $# -eq 2 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
sets=$(realpath "$1")
mkdir -p "$2"/{openapi,own,truth}
out=$(realpath "$2")
apitap=$(realpath "${APITAP:-${CARGO_TARGET_DIR:-target}/release/apitap}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_STATE_HOME=$work/key

python3 scripts/discovery_truth.py --specs "$sets" "$out/truth"
for set in "$sets"/*/; do
    name=$(basename "$set")
    state=$work/$name
    "$apitap" -q replay "$set/traffic.pcap.zst" --state "$state" >/dev/null
    "$apitap" -q inventory export --openapi 3.1 --state "$state" >"$out/openapi/$name.json"
    "$apitap" -q inventory list --format jsonl --state "$state" >"$out/truth/$name.jsonl"
    "$apitap" -q audit --state "$state" --spec "$out/openapi/$name.json" --format json >"$out/own/$name.audit"
    "$apitap" -q audit --state "$state" --spec "$out/truth/$name.spec.json" --format json >"$out/truth/$name.audit"
    rm -rf "$state"
done
[ ! -e "$sets/score.py" ] || python3 "$sets/score.py" "$sets" "$out/openapi"
python3 scripts/discovery_truth.py "$sets" "$out/truth"
echo "exports that differ from their own traffic: $(python3 - "$out"/own/*.audit <<'P'
import json, sys
print(sum(bool(json.load(open(f))["issues"]) for f in sys.argv[1:]))
P
)"
