# What the servers of the tests share; read with `.`, not run. $dir is the scratch directory of this set of servers.

bound=60 # seconds that a server may take until it answers

# need_services: packages that a machine lacks. What they start of their own is not used: the servers here have own ports and own files.
need_services() {
  need_package ceph-mon has ceph-mon
  need_package ceph-osd has ceph-osd
  need_package ceph-common has ceph-authtool
  need_package radosgw has radosgw
  need_package openssh-server test -x /usr/sbin/sshd
  need_package openssh-client has ssh-keygen
  need_package libnss-wrapper nss_wrapper
  need_package mariadb-server mariadb_server
  need_package mariadb-client has mariadb-dump
  need_package postgresql postgres_server
  need_package postgresql-client has pg_dump
  need_package npm has npm # a Node.js from elsewhere brings its own, and Debian's would not go with it
  need_package curl has curl
  need_package openssl has openssl
}

postgres_server() { compgen -G '/usr/lib/postgresql/*/bin/initdb'; }
mariadb_server() { has mariadbd || test -x /usr/sbin/mariadbd; }

# nss_wrapper: the library that shows one process a user who is not the system's.
nss_wrapper() { compgen -G '/usr/lib/*/libnss_wrapper.so'; }

# A secret of this set of servers, drawn once: other users of the machine reach loopback as well.
secret() { # name
  [ -s "$dir/secrets/$1" ] || (umask 077; openssl rand -hex 20 > "$dir/secrets/$1")
  cat "$dir/secrets/$1"
}

# A process that nobody has waited for yet is gone as well, though `kill -0` finds it.
gone() { ! grep -qs '^State:[[:space:]]*[^ZX[:space:]]' "/proc/$1/status"; }

# The number in a pid file may long belong to somebody else's process: ours names the scratch directory in its command line.
running() { # name
  local pid
  [ -s "$dir/run/$1.pid" ] && pid=$(< "$dir/run/$1.pid") && ! gone "$pid" && grep -qsF "$dir/" "/proc/$pid/cmdline"
}

# On a busy machine it may take a while until what was launched has become the server.
starting() { # name
  local pid; pid=$(< "$dir/run/$1.pid")
  ! gone "$pid" && { grep -qsF test-services.sh "/proc/$pid/cmdline" || { sleep 0.5; running "$1"; }; }
}

# launch: starts a server in a session of its own, so that an interrupted terminal does not take it along; descriptor 9 is the lock of `up`.
launch() { # name command...
  local name=$1; shift
  setsid "$@" > "$dir/log/$name.out" 2>&1 < /dev/null 9>&- &
  echo $! > "$dir/run/$name.pid"
}

wait_for() { # name test...
  local name=$1 end=$((SECONDS + bound)); shift
  until "$@" > /dev/null 2>&1; do
    running "$name" || starting "$name" || give_up "$name ended at its start"
    [ "$SECONDS" -lt "$end" ] || give_up "$name does not answer after $bound seconds"
    sleep 0.1
  done
}

give_up() { # what happened
  fail "$1. Its last words, in $dir/log:
$(tail -qn 5 "$dir"/log/* 2> /dev/null | tail -n 15)"
}

listens() { (exec 3<> "/dev/tcp/127.0.0.1/$1") 2> /dev/null; } # port

# The processes of a server: they write to its log, and so do the sessions that outlive a killed sshd; and what those have started.
family() { # name
  local pid
  for pid in $(find /proc/[0-9]*/fd/2 -maxdepth 0 -lname "$dir/log/$1.out" 2> /dev/null | cut -d / -f 3); do
    say "$pid"
    ps -o pid= --ppid "$pid" || true
  done
}

# end_server: at once, for nothing here is worth an orderly end.
end_server() { # name
  local pid pids; pids=$(family "$1")
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill -KILL $pids 2> /dev/null || true
  for pid in $pids; do
    for _ in {1..100}; do ! gone "$pid" || break; sleep 0.05; done
  done
  rm -f "$dir/run/$1.pid"
}

# One line of the file `env`: a shell can read it with `.`.
tell() { printf "%s='%s'\n" "$1" "$2"; } # name value
