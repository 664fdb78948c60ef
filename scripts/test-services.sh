#!/usr/bin/env bash
# Real servers for the tests, on loopback, without Docker: S3 (Ceph RADOS Gateway), Azure Blob (Azurite), SFTP (three OpenSSH servers), MariaDB, PostgreSQL.
#   scripts/test-services.sh up|down|status [DIR] [s3|azure|sftp|mariadb|postgres]...
# All they write lies under DIR (default: one of this user in the temporary folder); nothing is left of it after `down`, nor of the servers.
# `up` leaves alone what runs, starts what does not, and prints the path of DIR/env, in which stands all that a client needs.
# BACKUP_TEST_PORT: the first of 30 ports; without it the first 30 free ones from 17480 on. BACKUP_TEST_S3_DISK: memstore, bluestore.
set -euo pipefail
scripts=$(cd "$(dirname "$0")" && pwd)
. "$scripts/lib.sh"
. "$scripts/services/lib.sh"
. "$scripts/services/s3.sh"
. "$scripts/services/azure.sh"
. "$scripts/services/sftp.sh"
. "$scripts/services/mariadb.sh"
. "$scripts/services/postgres.sh"

all="s3 azure sftp mariadb postgres"
verb=${1:-}
case "$verb" in up | down | status) shift ;; *) fail "usage: scripts/test-services.sh up|down|status [DIR] [s3|azure|sftp|mariadb|postgres]..." ;; esac
dir=${TMPDIR:-/tmp}/backup-test-services-$(id -u)
case "${1:-}" in s3 | azure | sftp | mariadb | postgres | '') ;; *) dir=$1; shift ;; esac
for kind in "$@"; do case "$kind" in s3 | azure | sftp | mariadb | postgres) ;; *) fail "There is no kind of server named $kind: $all." ;; esac; done
kinds=${*:-$all}
dir=$(realpath -m "$dir")

is_ours() { [ -O "$dir" ] && [ -e "$dir/.backup-test-services" ]; } # `down` removes the folder: never another one

claim_folder() {
  is_ours || mkdir "$dir" 2> /dev/null || { [ -O "$dir" ] && [ -z "$(ls -A "$dir")" ]; } ||
    fail "$dir cannot be made, or is something else: name a new folder in one that exists."
  touch "$dir/.backup-test-services"
  mkdir -p "$dir/run" "$dir/log" "$dir/secrets"
  chmod 755 "$dir" # the user of the SFTP servers passes through
  chmod 700 "$dir/secrets"
}

claim_ports() {
  local first=${BACKUP_TEST_PORT:-}
  if [ -s "$dir/port" ]; then
    first=$(< "$dir/port")
  elif [ -n "$first" ]; then
    are_free "$first" || fail "Of the ports $first to $((first + 29)) one is taken: name others with BACKUP_TEST_PORT, or none."
  else
    for ((first = 17480; first < 19880; first += 30)); do ! are_free "$first" || break; done
  fi
  echo "$first" > "$dir/port"
  s3_port=$first s3_tls_port=$((first + 1)) s3_monitor_port=$((first + 2)) azure_port=$((first + 10)) sftp_port=$((first + 21))
}

are_free() { # first port
  local offset
  for offset in 0 1 2 10 21 22 23; do ! listens $(($1 + offset)) || return 1; done
}

up() {
  exec 9< /tmp # one set after another, of whichever project folder: each looks for ports that are free
  flock -w 300 9 || fail "Another scripts/test-services.sh is still at work after five minutes."
  claim_folder
  claim_ports
  local kind failed= jobs=()
  for kind in $kinds; do "${kind}_up" & jobs+=($!); done
  for job in "${jobs[@]}"; do wait "$job" || failed=yes; done
  [ -z "$failed" ] || fail "Not all servers came up; scripts/test-services.sh down $dir"
  (umask 077; for kind in $all; do [ ! -d "$dir/$kind" ] || "${kind}_env"; done > "$dir/env.new") # an earlier `up` counts too
  mv "$dir/env.new" "$dir/env"
  say "$dir/env"
}

down() {
  [ -e "$dir" ] || return 0
  is_ours || fail "$dir was not made by scripts/test-services.sh: nothing in it is touched."
  local kind server
  for kind in $kinds; do for server in $(servers "$kind"); do end_server "$server"; done; done
  [ "$kinds" != "$all" ] || rm -rf "$dir"
}

servers() { local of=$1_servers; say "${!of}"; } # kind

status() {
  local kind server code=0
  for kind in $kinds; do
    for server in $(servers "$kind"); do
      if running "$server"; then say "$server: runs, process $(< "$dir/run/$server.pid")"; else say "$server: does not run"; code=1; fi
    done
  done
  say "$dir"
  return "$code"
}

if [ "$verb" = up ]; then
  need_services
  install_missing >&2
fi
"$verb"
