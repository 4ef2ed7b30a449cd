#!/bin/sh
# Makes launchd keep Twilight's primary running on a Mac: fills in the templates beside this script and loads what changed.
# It may run again at any time; with the same words it changes nothing.
#
#   sh docker/launchd/install.sh [options]
#
#   --root FOLDER         where data/ lies, and bin/, and where relative paths of the configuration start; default ~/twilight
#   --config FILE         default <root>/twilight.toml
#   --bin FOLDER          the binaries; default <root>/bin (sh scripts/install.sh <root> puts them there)
#   --logs FOLDER         default ~/Library/Logs/twilight
#   --vps USER@HOST       the VPS: adds the reverse tunnel as that user, and the nightly push
#   --vps-port PORT       of its sshd; default 22
#   --tunnel-key FILE     the tunnel's key; default <root>/secrets/tunnel_key
#   --tunnel-end ADDRESS  where the VPS finds the Redis of this Mac; default 172.31.231.1:16379, which is compose's network
#   --push-at HH:MM       local time of the nightly push; default 20:30
#   --without JOB         leave a job out; may be given more than once
#   --system              for everybody, from boot on (LaunchDaemons; as root, for --user NAME)
#   --user NAME           with --system: whose rights the jobs have; default $SUDO_USER
#   --dry-run             say what would be done, and do nothing
#
# Jobs: redis-server ingest-worker quality-worker aktools tunnel replica-push.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd -P)
jobs='redis-server ingest-worker quality-worker aktools tunnel replica-push'

say() { printf 'install: %s\n' "$*"; }
die() { printf 'install: %s\n' "$*" >&2; exit 1; }
usage() { sed -n '2,24s/^# \{0,1\}//p' "$0"; }

root= config= bin= logs= vps= vps_port=22 tunnel_key= tunnel_end=172.31.231.1:16379 push_at=20:30
without=' ' system= user= dry_run=
while [ $# -gt 0 ]; do
  case "$1" in
    --system) system=yes ;;
    --dry-run) dry_run=yes ;;
    -h | --help) usage; exit 0 ;;
    --root | --config | --bin | --logs | --vps | --vps-port | --tunnel-key | --tunnel-end | --push-at | --without | --user)
      [ $# -ge 2 ] || { printf 'install: %s wants a value\n' "$1" >&2; exit 2; }
      case "$1" in
        --root) root=$2 ;;
        --config) config=$2 ;;
        --bin) bin=$2 ;;
        --logs) logs=$2 ;;
        --vps) vps=$2 ;;
        --vps-port) vps_port=$2 ;;
        --tunnel-key) tunnel_key=$2 ;;
        --tunnel-end) tunnel_end=$2 ;;
        --push-at) push_at=$2 ;;
        --user) user=$2 ;;
        --without)
          case " $jobs " in *" $2 "*) ;; *) die "there is no job $2: $jobs" ;; esac
          without="$without$2 "
          ;;
      esac
      shift
      ;;
    *) printf 'install: %s is no option; --help lists them\n' "$1" >&2; exit 2 ;;
  esac
  shift
done

command -v launchctl >/dev/null 2>&1 || die "there is no launchctl: this is for macOS; docker/systemd/ is for Linux"
case "$push_at" in
  [01][0-9]:[0-5][0-9] | 2[0-3]:[0-5][0-9]) ;;
  *) die "--push-at $push_at is no time; as in 20:30" ;;
esac
case "$vps_port" in '' | *[!0-9]*) die "--vps-port $vps_port is no port" ;; esac
case "$vps" in -* | *' '*) die "--vps $vps is no user@host" ;; esac

home=$HOME
if [ -n "$system" ]; then
  [ "$(id -u)" = 0 ] || [ -n "$dry_run" ] || die "--system needs root: sudo sh $0 --system …"
  user=${user:-${SUDO_USER:-}}
  [ -n "$user" ] || die "--system needs --user NAME: nothing of this runs as root"
  home=$(eval "printf %s ~$user")
  folder=/Library/LaunchDaemons domain=system
else
  [ -z "$user" ] || die "--user goes with --system"
  user=$(id -un) folder=$HOME/Library/LaunchAgents domain=gui/$(id -u)
fi
root=${root:-$home/twilight}
config=${config:-$root/twilight.toml}
bin=${bin:-$root/bin}
logs=${logs:-$home/Library/Logs/twilight}
tunnel_key=${tunnel_key:-$root/secrets/tunnel_key}
aktools=$root/aktools/bin/python
for path in "$root" "$config" "$bin" "$logs" "$tunnel_key"; do
  case "$path" in /*) ;; *) die "$path is no absolute path, and launchd starts in no folder of yours" ;; esac
done

# The first of several places where Homebrew puts redis-server.
redis=
for place in "$(command -v redis-server || true)" /opt/homebrew/bin/redis-server /usr/local/bin/redis-server; do
  if [ -n "$place" ] && [ -x "$place" ]; then redis=$place && break; fi
done

# Why a job is left out, or nothing.
objection() {
  case "$without" in *" $1 "*) echo "you said so"; return ;; esac
  case "$1" in
    redis-server) [ -n "$redis" ] || echo "redis-server is missing: brew install redis" ;;
    aktools) [ -x "$aktools" ] || echo "there is no $aktools (docs/install.md): macroeconomic series are not fetched" ;;
    tunnel)
      if [ -z "$vps" ]; then echo "no --vps was given"
      elif [ ! -f "$tunnel_key" ]; then echo "there is no $tunnel_key (docs/install.md)"; fi
      ;;
    replica-push) [ -n "$vps" ] || echo "no --vps was given" ;;
  esac
}

# The text of a template with every @NAME@ replaced, as XML.
filled() {
  hour=${push_at%:*} minute=${push_at#*:}
  ROOT=$root BIN=$bin CONFIG=$config LOGS=$logs REDIS=$redis AKTOOLS=$aktools VPS=$vps VPS_PORT=$vps_port \
    TUNNEL_KEY=$tunnel_key TUNNEL_END=$tunnel_end PUSH_HOUR=${hour#0} PUSH_MINUTE=${minute#0} USER_NAME=$user \
    SEARCHED="$bin:/opt/homebrew/bin:/usr/local/bin:/usr/bin:/bin" awk '
    function xml(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); gsub(/>/, "\\&gt;", text); return text }
    BEGIN {
      split("ROOT BIN CONFIG LOGS REDIS AKTOOLS VPS VPS_PORT TUNNEL_KEY TUNNEL_END PUSH_HOUR PUSH_MINUTE", names, " ")
      for (each in names) value[names[each]] = ENVIRON[names[each]]
      value["USER"] = ENVIRON["USER_NAME"]; value["PATH"] = ENVIRON["SEARCHED"]
    }
    {
      out = ""
      while (match($0, /@[A-Z_]+@/)) {
        name = substr($0, RSTART + 1, RLENGTH - 2)
        if (!(name in value)) { print "unknown @" name "@" > "/dev/stderr"; exit 1 }
        out = out substr($0, 1, RSTART - 1) xml(value[name])
        $0 = substr($0, RSTART + RLENGTH)
      }
      print out $0
    }' "$1"
}

is_loaded() { launchctl print "$domain/$1" >/dev/null 2>&1; }

# Ends a job and waits until it is gone: launchd refuses a new one before, and gives the old one 40 seconds.
unload() {
  launchctl bootout "$domain/$1" >/dev/null 2>&1 || true
  left=45
  while is_loaded "$1" && [ $left -gt 0 ]; do sleep 1; left=$((left - 1)); done
  ! is_loaded "$1" || die "$1 does not end; see launchctl print $domain/$1"
}

# Everything that is missing is told before anything is changed.
for name in ingest-worker quality-worker twilight; do
  [ -x "$bin/$name" ] || die "there is no $bin/$name: sh scripts/install.sh $root"
done
[ -f "$config" ] || die "there is no $config: docs/install.md says what goes into it"

changed=
do_it() {
  if [ -n "$dry_run" ]; then say "would $1"; else say "$1"; fi
  changed=yes
}

for path in "$root/data/redis-queue" "$logs" "$folder"; do
  [ -d "$path" ] && continue
  do_it "make $path"
  [ -n "$dry_run" ] || mkdir -p "$path"
done
if [ -n "$system" ] && [ -z "$dry_run" ]; then chown "$user" "$root" "$root/data" "$root/data/redis-queue" "$logs"; fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for job in $jobs; do
  label=drive.twilight.$job
  plist=$folder/$label.plist
  why=$(objection "$job")
  if [ -n "$why" ]; then
    say "$job is left out: $why"
    if [ -f "$plist" ] || is_loaded "$label"; then
      do_it "unload and remove $job"
      [ -n "$dry_run" ] || { unload "$label"; rm -f "$plist"; }
    fi
    continue
  fi
  filled "$here/$label.plist" >"$scratch/$label.plist"
  if command -v plutil >/dev/null 2>&1; then plutil -lint -s "$scratch/$label.plist" || die "$label.plist is damaged"; fi
  if cmp -s "$scratch/$label.plist" "$plist" && is_loaded "$label"; then continue; fi
  do_it "load $job"
  [ -z "$dry_run" ] || continue
  unload "$label"
  cp "$scratch/$label.plist" "$plist.new"
  chmod 0644 "$plist.new"
  mv -f "$plist.new" "$plist"
  launchctl enable "$domain/$label"
  launchctl bootstrap "$domain" "$plist" || die "launchd refuses $plist"
done
if [ -n "$changed" ] && [ -n "$dry_run" ]; then say "nothing was done"
elif [ -n "$changed" ]; then say "done; launchctl print $domain/drive.twilight.ingest-worker shows a job, $logs its log"
else say "nothing to do"; fi
