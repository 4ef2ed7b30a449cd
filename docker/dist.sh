#!/bin/sh
# dist.sh <folder of the binaries> <folder of libduckdb.so> <new folder>: lays the binaries into bin/ and the library into
# lib/, where they find it, without what only a debugger reads.
set -eu
from=$1 library=$2 to=$3

mkdir -p "$to/bin" "$to/lib"
for name in warehouse-api ingest-worker quality-worker gateway-proxy profile-registry twilight hermes-profile-manager; do
  strip --strip-debug -o "$to/bin/$name" "$from/$name"
  chmod 0755 "$to/bin/$name"
done
# Removed first: another image's layer or an earlier run may hold the same file.
rm -f "$to/lib/libduckdb.so"
cp -L "$library/libduckdb.so" "$to/lib/"
