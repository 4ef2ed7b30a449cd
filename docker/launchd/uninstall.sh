#!/bin/sh
# Unloads Twilight's jobs and removes their plists. Data, logs, secrets and binaries stay.
#
#   sh docker/launchd/uninstall.sh [--system] [--dry-run]
set -eu

say() { printf 'uninstall: %s\n' "$*"; }
system= dry_run=
for word in "$@"; do
  case "$word" in
    --system) system=yes ;;
    --dry-run) dry_run=yes ;;
    *) printf 'usage: sh uninstall.sh [--system] [--dry-run]\n' >&2; exit 2 ;;
  esac
done
command -v launchctl >/dev/null 2>&1 || { printf 'uninstall: there is no launchctl: this is for macOS\n' >&2; exit 1; }
if [ -n "$system" ]; then folder=/Library/LaunchDaemons domain=system
else folder=$HOME/Library/LaunchAgents domain=gui/$(id -u); fi

is_loaded() { launchctl print "$domain/$1" >/dev/null 2>&1; }

found=
# Whoever pushes or asks for work first, the queues last.
for job in replica-push tunnel aktools quality-worker ingest-worker redis-server; do
  label=drive.twilight.$job
  plist=$folder/$label.plist
  [ -f "$plist" ] || is_loaded "$label" || continue
  found=yes
  if [ -n "$dry_run" ]; then say "would unload and remove $job" && continue; fi
  say "unload and remove $job"
  launchctl bootout "$domain/$label" >/dev/null 2>&1 || true
  left=45
  while is_loaded "$label" && [ $left -gt 0 ]; do sleep 1; left=$((left - 1)); done
  if is_loaded "$label"; then printf 'uninstall: %s does not end\n' "$job" >&2; exit 1; fi
  rm -f "$plist"
done
[ -n "$found" ] || say "nothing to do"
