#!/usr/bin/env bash
# Measures the published program beside restic and borg, with the same steps on the same trees, and prints the table of the README.
#   scripts/bench.sh [all|tree|gc|erase|cities|subjects|databases] [--rounds N] [--readme]
# tree:     two versions of the Linux sources, as Debian packs them; three local sites here, one there
# gc:       a history of versions of that tree, all but the last forgotten, then gc there and prune here
# erase:    one person out of 0.5 and 5 GB, beside rewrite and prune; and finding one among 100,000 in 1,000 snapshots
# cities:   S3, Azure and SFTP on this machine, each behind a line of 20 ms and 40 MB/s: all three at once beside each one alone
# subjects: 100,000 folders with a file each, one person a folder, with and without rules
# databases: 1 GB in MariaDB and in PostgreSQL, with and without a data map of 50,000 persons, beside the vendor's own dump and load
# It takes 25 GB of disk: what was restored is removed at the end only.
# Exit 1: a bar is missed. Exit 2: Debian offers fewer than two versions, or something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/services/lib.sh

what=all rounds=3 readme=
while [ $# -gt 0 ]; do
  case $1 in
    all|tree|gc|erase|cities|subjects|databases) what=$1 ;;
    --rounds) rounds=${2:?}; shift ;;
    --readme) readme=--readme ;;
    *) fail "scripts/bench.sh [all|tree|gc|erase|cities|subjects|databases] [--rounds N] [--readme]" ;;
  esac
  shift
done

need_dotnet
need_linker
need_package python3 python
need_package xz-utils has xz
case $what in
  all|tree|gc|erase)
    need_package restic has restic
    need_package borgbackup has borg ;;
esac
case $what in all|cities|databases) need_services ;; esac
case $what in all|databases) need_package zstd has zstd ;; esac
install_missing
case $what in
  all|erase)
    restic help 2>&1 | grep -q '^ *rewrite ' || BENCH_RESTIC=${BENCH_RESTIC:?"names a restic of 0.15 or later: this one cannot take a path out of snapshots"}
    export BENCH_RESTIC ;;
esac

# Packages and trees stay for the next time; everything else of a run is removed with it.
cache=${BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/backup-bench}
mkdir -p "$cache"

unpack() { # version: the tree of linux-source-6.1 as it lies in the package
  local version=$1 folder=$cache/tree-${1//[^0-9A-Za-z.-]/_}
  if [ ! -e "$folder/.complete" ]; then
    rm -rf "$folder" && mkdir -p "$folder/package"
    say "Downloading linux-source-6.1 $version" >&2
    (cd "$cache" && apt-get download -qq "linux-source-6.1=$version" >&2) || fail "apt-get could not download linux-source-6.1=$version."
    dpkg-deb -x "$cache"/linux-source-6.1_"${version//:/%3a}"_all.deb "$folder/package"
    tar -xJf "$folder/package/usr/src/linux-source-6.1.tar.xz" -C "$folder"
    rm -rf "$folder/package"
    mv "$folder"/linux-source-6.1 "$folder/tree"
    touch "$folder/.complete"
  fi
  printf '%s\n' "$folder/tree"
}

trees=()
case $what in all|tree|gc) needs_trees=1 ;; *) needs_trees= ;; esac
if [ -n "$needs_trees" ]; then
  command -v apt-cache >/dev/null 2>&1 || fail "The benchmark takes its data from Debian: apt-cache is missing."
  versions=$(apt-cache madison linux-source-6.1 2>/dev/null | awk '{ print $3 }')
  if [ "$(printf '%s\n' "$versions" | sort -u | grep -c .)" -lt 2 ] && [ "$(id -u)" -eq 0 ]; then
    apt-get update -qq >/dev/null || true
    versions=$(apt-cache madison linux-source-6.1 2>/dev/null | awk '{ print $3 }')
  fi
  versions=$(printf '%s\n' "$versions" | sort -uV)
  [ "$(printf '%s\n' "$versions" | grep -c .)" -ge 2 ] || fail "Debian offers fewer than two versions of linux-source-6.1 here: $(echo $versions). Nothing was measured."
  trees=("$(unpack "$(printf '%s\n' "$versions" | head -1)")" "$(unpack "$(printf '%s\n' "$versions" | tail -1)")")
fi

say "Building" >&2
dotnet publish src/Backup.Cli -c Release -o bin/backupctl -v quiet -nologo >&2
benchmarks=tests/Backup.Benchmarks/bin/Release/net10.0/Backup.Benchmarks tests=tests/Backup.Engine.Tests/bin/Release/net10.0/Backup.Engine.Tests
case $what in all|cities) dotnet build tests/Backup.Benchmarks -c Release -v quiet -nologo >&2 ;; esac
case $what in all|gc|erase) dotnet build tests/Backup.Engine.Tests -c Release -v quiet -nologo >&2 ;; esac

scratch=$(mktemp -d "$cache/run.XXXXXX")
servers=
trap '[ -z "$servers" ] || scripts/test-services.sh down "$servers" > /dev/null; rm -rf "$scratch"' EXIT
case $what in
  all|databases)
    servers=$scratch/servers
    set -a; . "$(scripts/test-services.sh up "$servers" mariadb postgres)"; set +a ;;
esac
"$(python)" scripts/bench.py "$what" --binary "$PWD/bin/backupctl/backupctl" --benchmarks "$benchmarks" --tests "$tests" --scratch "$scratch" --rounds "$rounds" $readme ${trees:+--trees "${trees[@]}"}
