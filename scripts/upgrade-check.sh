#!/bin/sh
# Lets the programs of another commit write a warehouse, the gateway's books, a registry and a host, and those of this
# checkout go on with them: every row, book, token, profile and secret is compared, then the next day is fetched, the next
# request answered, the next customer served.
#
#   scripts/upgrade-check.sh <commit>             `make upgrade FROM=<commit>`
#   scripts/upgrade-check.sh --archive <commit>   also keeps what was written as tests/data/upgrade/<commit>.tar.gz, which
#                                                 `make test` opens from then on
#
# The other commit is built in target/upgrade/<commit>, apart from this checkout; no branch, index or file of it is touched.
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root"

say() { printf 'upgrade: %s\n' "$*"; }
die() { printf 'upgrade: %s\n' "$*" >&2; exit 1; }

archive=
if [ "${1:-}" = --archive ]; then archive=yes; shift; fi
[ $# = 1 ] || die "name one commit: scripts/upgrade-check.sh [--archive] <commit>"
commit=$(git rev-parse --verify --quiet --short=7 "$1^{commit}") || die "there is no commit $1"

target=${CARGO_TARGET_DIR:-target}
case $target in /*) ;; *) target=$root/$target ;; esac
place=$target/upgrade/$commit
written=$(mktemp -d "${TMPDIR:-/tmp}/twilight-upgrade.XXXXXX")
trap 'rm -rf "$written"' EXIT

say "building $commit in $place"
rm -rf "$place/source"
mkdir -p "$place/source"
git archive "$commit" | tar -x -f - -C "$place/source"
# The same engine: its library is brought by scripts/setup-libduckdb.sh.
if [ -e "$root/.libduckdb" ]; then ln -s "$root/.libduckdb" "$place/source/.libduckdb"; fi
(cd "$place/source" && CARGO_TARGET_DIR=$place/target CARGO_INCREMENTAL=0 cargo build --workspace --bins --quiet)

say "building this checkout"
cargo build --workspace --bins --example upgrade --quiet

# From a folder with a plain name: what is written holds paths of programs.
mkdir "$written/programs" "$written/left"
for program in twilight ingest-worker warehouse-api gateway-proxy profile-registry hermes-profile-manager; do
  ln "$place/target/debug/$program" "$written/programs/$program" 2>/dev/null ||
    cp "$place/target/debug/$program" "$written/programs/$program"
done

say "$commit writes"
"$target/debug/examples/upgrade" write "$written/programs" "$written/left" "$commit"

if [ -n "$archive" ]; then
  mkdir -p tests/data/upgrade
  # The configuration belongs to the run, not to the installation.
  (cd "$written/left" && rm -f ./*.toml access-tokens.json && tar -c -f - .) | gzip -9 -n >"tests/data/upgrade/$commit.tar.gz"
  say "kept tests/data/upgrade/$commit.tar.gz, $(wc -c <"tests/data/upgrade/$commit.tar.gz") bytes"
fi

say "this checkout goes on"
"$target/debug/examples/upgrade" check "$target/debug" "$written/left"
say "this checkout goes on with what $commit wrote"
