#!/bin/sh
# Validates SARIF logs against the schema of SARIF 2.1.0, when python3 has `jsonschema` (pip install jsonschema) and the schema
# is named or can be fetched; says so when nothing was checked. Also checks that every result has a location.
#
#   scripts/check-sarif.sh FILE.sarif...
#   SARIF_SCHEMA=sarif-schema-2.1.0.json scripts/check-sarif.sh FILE.sarif...
set -eu

URL=https://json.schemastore.org/sarif-2.1.0.json
[ $# -gt 0 ] || { echo "usage: $0 FILE.sarif..." >&2; exit 2; }

if ! python3 -c 'import jsonschema' 2>/dev/null; then
    echo "check-sarif: jsonschema is not installed for python3; nothing was checked"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
schema=${SARIF_SCHEMA:-$work/schema.json}
if [ -z "${SARIF_SCHEMA:-}" ] && ! curl -fsSL --max-time 30 -o "$schema" "$URL"; then
    echo "check-sarif: $URL cannot be fetched (name a copy: SARIF_SCHEMA=FILE); nothing was checked"
    exit 0
fi
python3 - "$schema" "$@" <<'END'
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
kind = jsonschema.validators.validator_for(schema)
validator = kind(schema, format_checker=kind.FORMAT_CHECKER)
bad = False
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        log = json.load(file)
    faults = ["/".join(map(str, fault.path)) + ": " + fault.message for fault in validator.iter_errors(log)]
    results = [result for run in log.get("runs", []) for result in run.get("results", [])]
    faults += [f"a result has no location: {result}" for result in results if not result.get("locations")]
    print("BAD " if faults else "ok  ", name, f"({len(results)} results)")
    for fault in faults[:20]:
        print("     " + fault[:300])
    bad = bad or bool(faults)
sys.exit(bad)
END
