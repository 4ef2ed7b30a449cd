#!/bin/sh
# Builds the images of docker/Dockerfile and starts each with --help.
#
#   sh scripts/images.sh [--host] [--debug] [target...]
#
#   --host      take binaries compiled on this machine (Linux, with a libc no newer than Debian 12's): minutes less
#   --debug     with --host: those of the dev profile
#   target      warehouse-api, gateway-proxy, …; all of them without one
#
# Images are named twilight/<target>:<version>, the version being Cargo.toml's or $TWILIGHT_VERSION. $DEBIAN, $RUST, $NODE and
# $PYTHON name other base images, $BUILD_FLAGS are further words for docker build (`--network host`), $CARGO_TARGET_DIR is
# where --host has the binaries built.
set -eu
cd "$(dirname -- "$0")/.."

binaries=compiled profile=release folder=release targets=
for word in "$@"; do
  case "$word" in
    --host) binaries=host ;;
    --debug) profile=dev folder=debug ;;
    -*) echo "usage: sh scripts/images.sh [--host] [--debug] [target...]" >&2; exit 2 ;;
    *) targets="$targets $word" ;;
  esac
done
[ "$binaries" = host ] || [ "$profile" = release ] || { echo "--debug goes with --host" >&2; exit 2; }
targets=${targets:-warehouse-api gateway-proxy profile-registry ingest-worker quality-worker twilight aktools}
version=${TWILIGHT_VERSION:-$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)}

if [ "$binaries" = host ]; then
  [ "$(uname -s)" = Linux ] || { echo "--host needs Linux: images hold Linux binaries" >&2; exit 1; }
  # NO_BUILD=1: what is there was built just now.
  [ "${NO_BUILD:-}" = 1 ] || cargo build --profile "$profile" --locked --workspace --bins
  sh docker/dist.sh "${CARGO_TARGET_DIR:-target}/$folder" .libduckdb/current docker/dist
fi

set -- --build-arg "BINARIES=$binaries"
for base in DEBIAN RUST NODE PYTHON; do
  eval "image=\${$base:-}"
  [ -z "$image" ] || set -- "$@" --build-arg "$base=$image"
done
for target in $targets; do
  # shellcheck disable=SC2086 # several words on purpose
  DOCKER_BUILDKIT=1 docker build ${BUILD_FLAGS:-} --file docker/Dockerfile --target "$target" --tag "twilight/$target:$version" "$@" .
  docker run --rm --network none "twilight/$target:$version" --help >/dev/null
  echo "twilight/$target:$version: built, --help works"
done
