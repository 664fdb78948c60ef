# PostgreSQL: one server on a socket, without a network and without waiting for the disk; read with `.`, not run.
# It refuses to run as root, so as root it runs as the package's own user.

postgres_servers="postgres"
postgres_as() { if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups -- "$@"; else "$@"; fi; }
postgres_bin() { compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -n 1; }
# A socket's path holds 107 bytes at most.
postgres_socket() { if [ "${#dir}" -lt 70 ]; then say "$dir/postgres/run"; else say "/tmp/backup-test-pg-$(basename "$dir" | cksum | cut -d ' ' -f 1)-$(id -u)"; fi; }

postgres_up() {
  local bin socket data=$dir/postgres/data; bin=$(postgres_bin) socket=$(postgres_socket)
  mkdir -p "$dir/postgres" "$socket"
  [ "$(id -u)" -ne 0 ] || chown postgres "$dir/postgres" "$socket"
  if [ ! -e "$dir/postgres/made" ]; then
    rm -rf "$data"
    (cd / && postgres_as "$bin/initdb" -D "$data" -U postgres --auth=trust -E UTF8 --locale=C.UTF-8 --no-sync) > "$dir/log/postgres-made.out" 2>&1 ||
      give_up "The PostgreSQL server cannot be made"
    touch "$dir/postgres/made"
  fi
  running postgres || (cd / && launch postgres env "BACKUP_TEST=$dir/" setpriv $([ "$(id -u)" -ne 0 ] || echo --reuid=postgres --regid=postgres --init-groups) -- \
    "$bin/postgres" -D "$data" -c listen_addresses= -c unix_socket_directories="$socket" -c shared_buffers=64MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off)
  wait_for postgres "$bin/pg_isready" -q -h "$socket" -U postgres
}

postgres_env() { tell POSTGRES_SOCKET "$(postgres_socket)"; }
