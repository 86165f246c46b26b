#!/usr/bin/env bash
# Replays labelled captures of attacks, each into an empty state, and scores the findings with the score.py beside them.
#   APITAP=BIN scripts/detection.sh DIR OUT [NAME…]
# DIR holds NAME.pcap.gz, NAME.labels.json and score.py. OUT gets NAME.jsonl (findings) and NAME.score.
set -euo pipefail

apitap=${APITAP:?APITAP names the program}
dir=$1 out=$2
shift 2
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# One key for all runs, so that two of them can be compared.
export XDG_STATE_HOME=$out/state

[ $# -gt 0 ] || set -- $(cd "$dir" && ls ./*.labels.json | sed 's|^./||; s|\.labels\.json$||')
for name; do
    "$apitap" replay --no-progress --allow-blind -q -o "$work/$name.findings" "$dir/$name.pcap.gz" || [ $? -eq 1 ]
    "$apitap" -q findings convert "$work/$name.findings" --to jsonl >"$out/$name.jsonl"
    python3 "$dir/score.py" "$dir/$name.labels.json" "$out/$name.jsonl" >"$out/$name.score"
    printf '%s\n' "== $name: $(wc -l <"$out/$name.jsonl") findings"
    cat "$out/$name.score"
done
