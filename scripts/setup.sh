#!/usr/bin/env bash
# Installs the Debian packages that building needs. Says nothing when all are there.
set -euo pipefail

missing=()
have() { command -v "$1" >/dev/null 2>&1; }

have cc || missing+=(gcc libc6-dev)
compiles() { printf '#include <%s>\nint main(void) { return 0; }\n' "$1" | cc -x c - "${@:2}" -o /dev/null 2>/dev/null; }
have cc && compiles pcap/pcap.h -lpcap || missing+=(libpcap-dev)

[ ${#missing[@]} -eq 0 ] && exit 0

if ! have apt-get; then
    echo "setup: missing: ${missing[*]} (Debian names); install them with your package manager" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    as_root=()
elif have sudo; then
    as_root=(sudo)
else
    echo "setup: missing: ${missing[*]}; run as root: apt-get install ${missing[*]}" >&2
    exit 1
fi
echo "setup: installing ${missing[*]}" >&2
export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -q >/dev/null
"${as_root[@]}" apt-get install -y -q --no-install-recommends "${missing[@]}" >/dev/null
