# MariaDB: one server on a socket, without a network and without waiting for the disk; read with `.`, not run.
# A socket's path holds 107 bytes at most: where the scratch directory lies deeper, it lies in a folder of its own in /tmp.

mariadb_servers="mariadb"
mariadb_socket() { if [ "${#dir}" -lt 80 ]; then say "$dir/run/mariadb.sock"; else say "/tmp/backup-test-$(basename "$dir" | cksum | cut -d ' ' -f 1)-$(id -u).sock"; fi; }

mariadb_up() {
  local data=$dir/mariadb/data socket; socket=$(mariadb_socket)
  mkdir -p "$dir/mariadb"
  if [ ! -e "$dir/mariadb/made" ]; then
    rm -rf "$data"
    mariadb-install-db --no-defaults --datadir="$data" --user="$(id -un)" --auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
      --innodb-log-file-size=16M > "$dir/log/mariadb-made.out" 2>&1 || give_up "The MariaDB server cannot be made"
    touch "$dir/mariadb/made"
  fi
  running mariadb || launch mariadb "$(command -v mariadbd || echo /usr/sbin/mariadbd)" --no-defaults --datadir="$data" --user="$(id -un)" --socket="$socket" \
    --pid-file="$dir/mariadb/pid" --skip-networking --skip-name-resolve --innodb-buffer-pool-size=64M --innodb-log-file-size=16M \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --performance-schema=off
  wait_for mariadb mariadb-admin --no-defaults -u root -S "$socket" ping
}

mariadb_env() { tell MARIADB_SOCKET "$(mariadb_socket)"; }
