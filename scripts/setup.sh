#!/bin/sh
# Installs what building, testing and the demo need: a C compiler, git, redis-server, rsync, libduckdb. Says what it did;
# where everything is there it takes a moment and says that. Rust is asked for, not installed.
#
# Debian and Ubuntu: with apt-get, as root or through a sudo that asks nothing. Without root, redis-server and its
# libraries are unpacked into .tools/ (git-ignored), which `make` puts on the PATH. macOS: with Homebrew.
#
#   SETUP_BROWSER=1       install Chromium and chromedriver, too: without them the tests of the console are skipped
#   SETUP_NO_ROOT=1       never install into the system; brings its own redis-server even where one is on the PATH
#   DUCKDB_LIB_DIR, LIBDUCKDB_HOME, LIBDUCKDB_CACHE: see scripts/setup-libduckdb.sh
set -eu

root=$(CDPATH= cd -- "$(dirname -- "$0")/.." && pwd -P)
tools=$root/.tools
did=

say() { printf 'setup: %s\n' "$*"; }
die() { printf 'setup: %s\n' "$*" >&2; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }
note() { did=yes; say "$*"; }

# ---- Debian and Ubuntu --------------------------------------------------------------------------------------------

# How to become root without a question, or failure.
as_root() {
  [ "${SETUP_NO_ROOT:-}" != 1 ] || return 1
  if [ "$(id -u)" = 0 ]; then "$@"
  elif has sudo && sudo -n true 2>/dev/null; then sudo -n "$@"
  else return 1
  fi
}

apt_install() {
  as_root true || return 1
  note "installing $* with apt-get"
  # The package lists of a fresh machine are empty or old: try, bring them up to date, try again.
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1 && return 0
  as_root apt-get update -qq || die "apt-get update failed"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || die "apt-get install $* failed"
}

# redis-server from the distribution's packages, unpacked into .tools without being root.
unpack_redis() {
  note "unpacking redis-server into .tools (no root)"
  new=$tools/redis.$$
  rm -rf "$new"
  mkdir -p "$new/download" "$new/lists/partial" "$tools/bin"
  trap 'rm -rf "$new"' EXIT
  download redis-server redis-tools
  # The direct dependencies that are libraries; libc must be the system's own.
  libraries=
  for library in $(dpkg -f "$new"/download/redis-tools_*.deb Depends | tr ',|' '\n\n' | awk '{ print $1 }'); do
    case "$library" in libc6 | libc6:*) ;; lib*) libraries="$libraries $library" ;; esac
  done
  # An alternative (a | b) that this release does not have is no loss: the program is started below.
  for library in $libraries; do download "$library" || true; done
  for package in "$new"/download/*.deb; do dpkg -x "$package" "$new"; done
  rm -rf "$new/download" "$new/lists" "$new"/*.bin "$new/log"
  rm -rf "$tools/redis"
  mv "$new" "$tools/redis"
  cat >"$tools/bin/redis-server.$$" <<'WRAPPER'
#!/bin/sh
# Written by scripts/setup.sh: the unpacked redis-server with its own libraries.
redis=$(CDPATH= cd -- "$(dirname -- "$0")/../redis" && pwd -P)
for folder in "$redis"/usr/lib/*-linux-gnu* "$redis"/lib/*-linux-gnu*; do
  [ ! -d "$folder" ] || LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$redis/usr/bin/redis-server" "$@"
WRAPPER
  chmod +x "$tools/bin/redis-server.$$"
  mv -f "$tools/bin/redis-server.$$" "$tools/bin/redis-server"
  "$tools/bin/redis-server" --version >/dev/null || die "the unpacked redis-server does not start; ask an administrator for: apt-get install redis-server"
}

# Downloads packages into $new/download, with the system's package lists or, where they are missing, its own.
download() {
  (cd "$new/download" && apt-get download -qq "$@" 2>/dev/null) && return 0
  own="-o Dir::State::lists=$new/lists -o Dir::Cache=$new -o APT::Sandbox::User=$(id -un)"
  # shellcheck disable=SC2086 # several words on purpose
  [ -n "$(ls "$new/lists" | grep -v partial)" ] || apt-get $own update -qq 2>"$new/log" || { cat "$new/log" >&2; die "no package lists: apt-get update failed"; }
  # shellcheck disable=SC2086
  (cd "$new/download" && apt-get $own download -qq "$@" 2>/dev/null)
}

# ---- any system ---------------------------------------------------------------------------------------------------

brew_install() {
  has brew || die "Homebrew is needed to install $*: see its site, brew.sh"
  note "installing $* with Homebrew"
  HOMEBREW_NO_AUTO_UPDATE=1 brew install --quiet "$@" || die "brew install $* failed"
}

# install <what it is for> <Debian package> <Homebrew formula>
install() {
  case "$system" in
    debian) apt_install "$2" || die "$1 is missing and this is not root: ask an administrator for: apt-get install $2" ;;
    macos) brew_install "$3" ;;
    *) die "$1 is missing; on this system it has to be installed by hand" ;;
  esac
}

ensure_rust() {
  has cargo && has rustc || die "Rust is missing: install it with rustup, then open a new shell and run this again"
  needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' "$root/Cargo.toml")
  found=$(rustc --version | awk '{ print $2 }')
  oldest=$(printf '%s\n%s\n' "$needed" "${found%%-*}" | sort -t . -k 1,1n -k 2,2n -k 3,3n | head -n 1)
  [ "$oldest" = "$needed" ] || die "Rust $found is too old, $needed or newer is needed: rustup update stable"
}

ensure_compiler() {
  if [ "$system" = macos ]; then
    xcode-select -p >/dev/null 2>&1 || die "the command line tools are missing: run xcode-select --install, then this again"
  elif ! has cc; then
    install "a C compiler" build-essential ""
  fi
}

ensure_redis() {
  [ ! -x "$tools/bin/redis-server" ] || return 0
  if [ "${SETUP_NO_ROOT:-}" != 1 ]; then
    ! has redis-server || return 0
    [ "$system" != debian ] || ! apt_install redis-server || return 0
  fi
  case "$system" in
    debian) unpack_redis ;;
    *) install redis-server redis-server redis ;;
  esac
}

# The replica's transport. macOS brings another program of that name, which lacks what is needed.
ensure_rsync() {
  ! rsync --version 2>/dev/null | grep -q '^rsync  *version v*[3-9]' || return 0
  install "rsync 3.1 or newer" rsync rsync
}

# One test has an outside client, in Python, read a simulated server. Without Python that test is skipped.
ensure_python() {
  ! python3 -c 'import ensurepip, venv' 2>/dev/null || return 0
  if [ "$system" = debian ] && [ "${SETUP_NO_ROOT:-}" != 1 ] && apt_install python3-venv; then return 0; fi
  note "python3 with venv is not there: the test against pytdx will be skipped"
}

# The tests of the console look through a browser. It is large, so it is only installed where that is asked for.
ensure_browser() {
  ! { has chromedriver && chromedriver --version >/dev/null 2>&1; } || return 0
  if [ "${SETUP_BROWSER:-}" != 1 ]; then
    say "chromedriver is not there: the tests of the console will be skipped (make setup SETUP_BROWSER=1 installs it)"
  elif [ "$system" = debian ]; then
    # Ubuntu's packages of these names only lead to a snap; Debian's are the programs themselves.
    apt_install chromium chromium-driver || die "chromedriver is missing and this is not root: ask an administrator for: apt-get install chromium chromium-driver"
    has chromedriver || die "chromium-driver brought no chromedriver"
  else
    die "chromedriver is missing; on this system it and Chromium have to be installed by hand"
  fi
}

# npm is only the way to libduckdb: not needed where that is there already.
ensure_libduckdb() {
  before=$(readlink "$root/.libduckdb/current" 2>/dev/null || true)
  lines=$(sh "$root/scripts/setup-libduckdb.sh" 2>&1) && status=0 || status=$?
  if [ "$status" != 0 ] && ! has npm; then
    install "npm (it brings libduckdb; DUCKDB_LIB_DIR can name one instead)" npm node
    lines=$(sh "$root/scripts/setup-libduckdb.sh" 2>&1) && status=0 || status=$?
  fi
  [ "$status" = 0 ] || die "$lines"
  libduckdb=$(readlink "$root/.libduckdb/current")
  [ "$before" = "$libduckdb" ] || note "libduckdb is at $libduckdb"
}

case "$(uname -s)" in
  Darwin) system=macos ;;
  Linux) if has apt-get && has dpkg; then system=debian; else system=other; fi ;;
  *) system=other ;;
esac

ensure_rust
ensure_compiler
has git || install git git git
ensure_rsync
ensure_redis
ensure_python
ensure_browser
ensure_libduckdb

PATH=$tools/bin:$PATH
summary="rust $found, $(redis-server --version | sed -n 's/.* v=\([^ ]*\).*/redis-server \1/p'), libduckdb ${libduckdb##*/}"
if [ -n "$did" ]; then say "done: $summary"; else say "nothing to do: $summary"; fi
