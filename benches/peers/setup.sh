#!/usr/bin/env bash
# Installs the Python peers into target/peers/venv. Does nothing the second time.
set -euo pipefail
cd "$(dirname "$0")/../.."

venv=target/peers/venv
wanted=benches/peers/requirements.txt
if cmp -s "$wanted" "$venv/installed.txt"; then
    exit 0
fi
if ! command -v python3 >/dev/null; then
    echo "peers: no python3, so the peers are not measured" >&2
    exit 0
fi
echo "peers: installing $(tr '\n' ' ' <"$wanted")into $venv"
rm -rf "$venv"
python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"
cp "$wanted" "$venv/installed.txt"
