#!/bin/sh
# Compiles the binaries and puts them, with libduckdb, into <prefix>/bin and <prefix>/lib: sh scripts/install.sh <prefix>
#
# What runs goes on with the old ones until it is started again. FROM=<folder> takes binaries that are compiled already.
set -eu
[ $# = 1 ] || { echo "usage: sh scripts/install.sh <prefix>, for example ~/twilight or /usr/local" >&2; exit 2; }
prefix=$1
cd "$(dirname -- "$0")/.."

if [ -z "${FROM:-}" ]; then
  sh scripts/setup.sh
  cargo build --release --locked --workspace --bins
  FROM=${CARGO_TARGET_DIR:-target}/release
fi
case "$(uname -s)" in Darwin) library=libduckdb.dylib ;; *) library=libduckdb.so ;; esac

# Beside its place, then renamed: a running binary keeps its file, and macOS what it knows about its signature.
put() {
  cp -L "$1" "$2.new"
  chmod 0755 "$2.new"
  mv -f "$2.new" "$2"
}
mkdir -p "$prefix/bin" "$prefix/lib"
put ".libduckdb/current/$library" "$prefix/lib/$library"
for name in ingest-worker quality-worker warehouse-api gateway-proxy profile-registry twilight hermes-profile-manager; do
  put "$FROM/$name" "$prefix/bin/$name"
done
"$prefix/bin/twilight" --version
