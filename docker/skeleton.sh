#!/bin/sh
# skeleton.sh <checkout> <new folder>: all that cargo needs to build the workspace's dependencies, and nothing that
# changes when our own code does: manifests, lock file, configuration, and an empty source for every target.
set -eu
from=$1 to=$2

mkdir -p "$to/scripts" "$to/.cargo"
cp "$from/Cargo.toml" "$from/Cargo.lock" "$to/"
cp "$from/.cargo/config.toml" "$to/.cargo/"
cp "$from/scripts/setup-libduckdb.sh" "$to/scripts/"

for manifest in "$from"/crates/*/Cargo.toml "$from"/bins/*/Cargo.toml "$from"/tests/Cargo.toml; do
  folder=${manifest%/Cargo.toml}
  member=$to${folder#"$from"}
  mkdir -p "$member/src"
  cp "$manifest" "$member/"
  if [ -f "$folder/src/lib.rs" ]; then : >"$member/src/lib.rs"; fi
  if [ -f "$folder/src/main.rs" ]; then echo 'fn main() {}' >"$member/src/main.rs"; fi
  # Benchmarks and examples that the manifest names have to exist.
  awk '/^\[\[/ { kind = $0 } /^name *=/ && kind { split($0, part, "\""); print kind, part[2]; kind = "" }' "$manifest" |
    while read -r kind name; do
      case "$kind" in
        '[[bench]]') place=benches ;;
        '[[example]]') place=examples ;;
        '[[test]]') place=tests ;;
        *) continue ;;
      esac
      mkdir -p "$member/$place"
      echo 'fn main() {}' >"$member/$place/$name.rs"
    done
done
