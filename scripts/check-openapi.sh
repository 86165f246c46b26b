#!/bin/sh
# Validates exported OpenAPI documents with openapi-spec-validator, when it is installed (pip install openapi-spec-validator).
#
#   scripts/check-openapi.sh FILE...                   documents (JSON), or captures: those are replayed and exported first
#   APITAP=path OPENAPI_VALIDATOR=path scripts/check-openapi.sh shop.pcap
set -eu

APITAP=${APITAP:-target/release/apitap}
VALIDATOR=${OPENAPI_VALIDATOR:-openapi-spec-validator}

if ! command -v "$VALIDATOR" >/dev/null 2>&1; then
    echo "check-openapi: openapi-spec-validator is not installed; nothing was checked"
    exit 0
fi
[ $# -gt 0 ] || { echo "usage: $0 FILE..." >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0
for file in "$@"; do
    document=$file
    case $file in
    *.json) ;;
    *)
        document=$work/openapi.json
        rm -f "$work/log.findings"
        "$APITAP" replay -o "$work/log.findings" "$file" >"$work/replay.out" 2>&1 || {
            echo "check-openapi: $file could not be replayed"
            cat "$work/replay.out"
            bad=1
            continue
        }
        "$APITAP" inventory export --openapi 3.1 "$work/log.findings" >"$document"
        ;;
    esac
    if "$VALIDATOR" "$document" >"$work/out" 2>&1; then
        echo "ok   $file"
    else
        echo "BAD  $file"
        sed 's/^/     /' "$work/out" | head -20
        bad=1
    fi
done
exit $bad
