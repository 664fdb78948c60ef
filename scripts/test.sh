#!/usr/bin/env bash
# Everything the tests need, then all tests. Ends with one line: N passed, N failed, N skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
. scripts/services/lib.sh

# Fewer than this ran: something was lost on the way, and that is a failure.
expected_at_least=2650

if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null 2>&1 || fail "The tests restore owners and devices and mount small file systems: run them as root."
  exec sudo --preserve-env=PATH,HOME "$0" "$@"
fi

need_dotnet
need_linker
need_package python3 python
need_package python3-cryptography imports cryptography
need_package python3-zstandard imports zstandard
need_package python3-cbor2 imports cbor2
need_package python3-argon2 imports argon2
need_package acl has setfacl
need_package attr has setfattr
need_package libcap2-bin has setcap
need_services
install_missing

results=$PWD/TestResults
rm -rf "$results"
mkdir -p "$results"
# What the tests make is gone with this folder, even when they are killed.
scratch=$(mktemp -d)
chmod 755 "$scratch" # some tests run as another user
starting=
clean_up() {
  [ -z "$starting" ] || wait "$starting" 2> /dev/null || true
  for mark in "$scratch"/*/.backup-test-services; do # a test that was killed has left its own set
    [ ! -e "$mark" ] || scripts/test-services.sh down "$(dirname "$mark")" || true
  done
  awk -v under="$scratch/" 'index($2, under) == 1 { print $2 }' /proc/mounts | xargs -r umount --lazy
  rm -rf "$scratch"
}
trap clean_up EXIT

say "Starting the storage servers; restoring and building"
scripts/test-services.sh up "$scratch/services" > "$results/services.out" 2>&1 &
starting=$!
dotnet restore Backup.sln --locked-mode -v quiet
dotnet build Backup.sln -c Release --no-restore -v quiet -nologo
if ! wait "$starting"; then
  cat "$results/services.out" >&2
  fail "The tests need their storage servers."
fi
export BACKUP_TEST_SERVICES=$scratch/services/env TMPDIR=$scratch

dotnet_suite() { # project options...
  local project=$1; shift
  timeout 1300 "tests/$project/bin/Release/net10.0/$project" -noLogo -noColor -longRunning 120 "$@" -result-xml "$results/$project.xml" > "$results/$project.log" 2>&1 ||
    echo "$?" > "$results/$project.code"
}
python_suite() { # name folder
  timeout 600 "$(python)" -m unittest discover -s "$2" -t "$2" -v > "$results/$1.log" 2>&1 || echo "$?" > "$results/$1.code"
}

say "Testing"
started=$SECONDS
# The end-to-end tests run the published program; the others need not wait for it.
{
  python_suite reader tests/reader
  for project in Backup.Engine.Tests Backup.Databases.Tests Backup.Stores.Tests Backup.Cli.Tests; do
    dotnet_suite "$project" -maxThreads 2
  done
} &
if dotnet publish src/Backup.Cli -c Release --no-restore -o bin/backupctl -v quiet -nologo; then
  BACKUPCTL=$PWD/bin/backupctl/backupctl dotnet_suite Backup.EndToEnd.Tests -maxThreads 5
else
  echo "The program was not published: see above." | tee "$results/Backup.EndToEnd.Tests.log"
  echo 1 > "$results/Backup.EndToEnd.Tests.code"
fi
wait

"$(python)" scripts/test_results.py "$results" "$expected_at_least" "$((SECONDS - started))"
