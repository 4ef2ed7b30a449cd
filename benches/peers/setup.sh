#!/usr/bin/env bash
# Installs what the figures are compared with, into target/peers: Python packages, LiteLLM in an environment of its own,
# and Portkey's gateway. Does nothing the second time. What cannot be had here is named and left out: the figures say so
# too. nginx and wrk are taken from the system where they are installed (Debian: apt-get install nginx-light wrk).
set -euo pipefail
cd "$(dirname "$0")/../.."

peers=target/peers

left_out() { echo "peers: $*" >&2; }

# python_peer FOLDER REQUIREMENTS: an environment with exactly these packages.
python_peer() {
    local venv=$peers/$1 wanted=benches/peers/$2
    if cmp -s "$wanted" "$venv/installed.txt"; then
        return
    fi
    if ! command -v python3 >/dev/null; then
        left_out "no python3, so what $wanted lists is not measured"
        return
    fi
    echo "peers: installing $(tr '\n' ' ' <"$wanted")into $venv"
    rm -rf "$venv"
    if python3 -m venv "$venv" && "$venv/bin/pip" install --quiet --disable-pip-version-check -r "$wanted"; then
        cp "$wanted" "$venv/installed.txt"
    else
        rm -rf "$venv"
        left_out "PyPI gave nothing, so what $wanted lists is not measured"
    fi
}

node_peer() {
    local folder=$peers/portkey wanted=benches/peers/portkey.json
    if cmp -s "$wanted" "$folder/installed.json"; then
        return
    fi
    if ! command -v npm >/dev/null; then
        left_out "no npm, so Portkey is not measured"
        return
    fi
    echo "peers: installing what $wanted lists into $folder"
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$wanted" "$folder/package.json"
    if npm install --silent --no-audit --no-fund --prefix "$folder"; then
        cp "$wanted" "$folder/installed.json"
    else
        rm -rf "$folder"
        left_out "npm gave nothing, so Portkey is not measured"
    fi
}

python_peer venv requirements.txt
python_peer litellm requirements-litellm.txt
node_peer
for program in nginx wrk; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || left_out "no $program: figures that need it are left out"
done
