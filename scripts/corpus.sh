#!/bin/sh
# Decodes every capture of a labelled corpus and scores the result with the corpus's own scorer.
#   scripts/corpus.sh CORPUS_DIR [OUT_DIR] [scorer options]
# CORPUS_DIR holds index.json, score.py and cases/NAME.pcap[ng], with keys in NAME.keys. Captures of TLS without HTTP have the digests
# of their content in NAME.plain.json. Ends with code 1 when a capture makes decode panic or hang.
set -eu
corpus=$1
out=${2:-target/corpus}
shift; [ $# -gt 0 ] && shift
mkdir -p "$out"
bad=0
for file in "$corpus"/cases/*.pcap "$corpus"/cases/*.pcapng; do
    name=$(basename "$file"); name=${name%.pcap}; name=${name%.pcapng}
    code=0
    keys=${file%.*}.keys
    [ -e "$keys" ] && keys="--keylog=$keys" || keys=
    if [ -e "${file%.*}.plain.json" ]; then
        "${APITAP:-target/release/apitap}" decode --tls -q --allow-blind $keys "$file" -o "$out/$name.tls" || bad=1
    fi
    timeout 20 "${APITAP:-target/release/apitap}" decode --allow-blind $keys "$file" -o "$out/$name.jsonl" 2>"$out/$name.log" || code=$?
    case $code in
        0|3) ;;
        *) bad=1; echo "exit $code: $name: $(tail -n 1 "$out/$name.log")" ;;
    esac
done
python3 "$(dirname "$0")/tls_plain.py" "$corpus" "$out"
python3 "$corpus/score.py" "$corpus" "$out" "$@"
exit $bad
