#!/bin/sh
# prepare.sh <data folder>: the folders that the daemons write to, and the secrets that nobody else gives out. Compose runs
# it before anything else; it may run again at any time: what is there stays, and gets its owner and mode back.
#
# Owners are by number, as containers see them; on a host without Docker set OWNER=twilight:twilight and SEARXNG_OWNER.
set -eu
umask 077
data=${1:?usage: prepare.sh <data folder>}
owner=${OWNER:-10001:10001}
searxng_owner=${SEARXNG_OWNER:-977:977}

# A secret of so many bytes of chance, in hexadecimal, unless it is there.
draw() {
  [ ! -s "$secrets/$1" ] || return 0
  head -c "$2" /dev/urandom | od -An -v -tx1 | tr -d ' \n' >"$secrets/$1.new"
  mv "$secrets/$1.new" "$secrets/$1"
  echo "prepare: drew $1"
}

# The same secret for another container.
share() {
  cmp -s "$secrets/$1" "$secrets/$2" || cp "$secrets/$1" "$secrets/$2"
}

for name in warehouse/published warehouse-api gateway registry quality replica-watch redis-queue tmp; do
  mkdir -p "$data/$name"
done
secrets=$data/secrets
for name in warehouse-api gateway-proxy profile-registry ingest-worker quality-worker twilight searxng; do
  mkdir -p "$secrets/$name"
done

draw gateway-proxy/gateway_admin_token 24
draw gateway-proxy/gateway_master_key 32
share gateway-proxy/gateway_admin_token profile-registry/gateway_admin_token
share gateway-proxy/gateway_admin_token twilight/gateway_admin_token
draw profile-registry/registry_admin_token 24
share profile-registry/registry_admin_token twilight/registry_admin_token
draw warehouse-api/api_token 24
draw searxng/searxng_secret 32

# Top folders only, where they are not right yet: a warehouse has many files, and they have the right owner by birth.
for folder in "$data"/warehouse "$data"/warehouse/published "$data"/warehouse-api "$data"/gateway "$data"/registry \
  "$data"/quality "$data"/replica-watch "$data"/redis-queue "$data"/tmp; do
  chown "$owner" "$folder"
  chmod 0750 "$folder"
done
chown -R "$owner" "$secrets"
chown -R "$searxng_owner" "$secrets/searxng"
find "$secrets" -type d -exec chmod 0700 {} +
find "$secrets" -type f -exec chmod 0600 {} +
# Passed through by two owners.
chmod 0711 "$secrets"
