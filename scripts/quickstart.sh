#!/usr/bin/env bash
# The whole story in a few minutes: DIR is saved to three cities, one city is lost, everything comes back from each of the others,
# and one person is erased.
#   scripts/quickstart.sh [DIR]      (default: /usr/share/doc as root, else ./src; nothing outside of ./.quickstart is written, nothing keeps running)
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

default=/usr/share/doc
if [ "$(id -u)" -ne 0 ]; then default=src; fi
source_folder=$(realpath -e "${1:-$default}") || fail "There is no folder ${1:-$default}."
place=$PWD/.quickstart

step() { printf '\n%s\n' "$*"; }
# Shows a command as one would type it, then runs it.
run() { printf '  $ %s\n' "${*//"$PWD/"/}"; "$@"; }

step "1. What is needed"
need_dotnet
need_package python3 python
install_missing
if [ "$(id -u)" -ne 0 ] && [ -n "$(find "$source_folder" ! -user "$(id -un)" -print -quit 2>/dev/null)" ]; then
  fail "$source_folder holds files of other users; only root can give those back to their owners.
Run this as root, or name a folder that is all yours: scripts/quickstart.sh DIR"
fi
say "  .NET $(dotnet --version), $("$(python)" --version)"

step "2. The program is built"
run dotnet publish src/Backup.Cli -c Release -o bin/backupctl -v quiet -nologo
binary=$PWD/bin/backupctl/backupctl
say "  $("$binary" version)"

step "3. A policy with three cities is written to .quickstart"
rm -rf "$place"
(umask 077 && mkdir -p "$place/keys" && head -c 24 /dev/urandom | base64 > "$place/keys/passphrase")
cat > "$place/backup.yaml" <<EOF
version: 1
tenant: quickstart
state: $place/state
keys: { passphrase_file: $place/keys/passphrase }
sites:
  - { id: unna,        kind: local, path: $place/cities/unna,        city: Unna,        country: DE }
  - { id: nuernberg,   kind: local, path: $place/cities/nuernberg,   city: Nürnberg,    country: DE }
  - { id: falkenstein, kind: local, path: $place/cities/falkenstein, city: Falkenstein, country: DE }
placement: { cities: 3 }
sources:
  - { id: files, kind: files, roots: ["$source_folder"] }
EOF
mkdir -p "$place/cities"
export BACKUP_POLICY=$place/backup.yaml
say "  The passphrase was drawn at random; it stands in .quickstart/keys/passphrase, for its owner only."

step "4. The repository is opened in every city, and the recovery key is kept apart"
run "$binary" init --recovery-out "$place/keys/recovery"

step "5. $source_folder is described by a program that knows nothing of this one, then saved"
"$(python)" tests/manifest.py "$source_folder" > "$place/before.manifest"
say "  $(wc -l < "$place/before.manifest") entries stand in .quickstart/before.manifest"
run "$binary" backup

step "6. Nürnberg is lost"
run mv "$place/cities/nuernberg" "$place/nuernberg.lost"
code=0; run "$binary" verify || code=$?
say "  (exit code $code: 20 means that fewer cities answer than the policy demands)"
[ "$code" -eq 20 ] || fail "verify should have said 20."

# Another machine: nothing but a policy that names one city, and the recovery key.
rescue_policy() { # folder id city
  mkdir -p "$1"
  cat > "$1/backup.yaml" <<EOF
version: 1
tenant: quickstart
sites:
  - { id: $2, kind: local, path: $place/cities/$2, city: $3, country: DE }
EOF
}
restore_from() { # id city
  local rescue=$place/rescue-$1
  rescue_policy "$rescue" "$1" "$2"
  run env BACKUP_RECOVERY_KEY_FILE="$place/keys/recovery" "$binary" --policy "$rescue/backup.yaml" --state "$rescue/state" restore latest --target "$rescue/restored"
  "$(python)" tests/manifest.py "$rescue/restored$source_folder" > "$rescue/after.manifest"
  if ! diff "$place/before.manifest" "$rescue/after.manifest" > "$rescue/difference"; then
    head -20 "$rescue/difference"
    say "  $2 alone did not give back what was saved (or $source_folder changed meanwhile): .quickstart/rescue-$1/difference"
    exit 1
  fi
  say "  $2 alone gave back all $(wc -l < "$rescue/after.manifest") entries: content, owners, modes, times, links and attributes are equal."
  rm -rf "$rescue/restored"
}
step "7. A machine that has only Unna and the recovery key restores"
restore_from unna Unna
step "8. A machine that has only Falkenstein and the recovery key restores"
restore_from falkenstein Falkenstein

step "9. Nürnberg gets an empty new disk and is filled again"
mkdir "$place/cities/nuernberg"
run "$binary" sync --to nuernberg --rebuild
rm -rf "$place/nuernberg.lost"

step "10. Three persons have files of their own, and one of them wants to be erased"
person=adelheid.zimmermann
for name in "$person" balthasar.oberhuber kunigunde.wittelsbach; do
  mkdir -p "$place/people/$name"
  printf 'A letter of %s.\n' "$name" > "$place/people/$name/letter.txt"
done
cat >> "$place/backup.yaml" <<EOF
  - id: people
    kind: files
    roots: ["$place/people"]
    subjects:
      - { match: "$place/people/{person}/**", id: "customer:{person}" }
EOF
run "$binary" backup people
run "$binary" subject find "customer:$person"
run "$binary" erase run --subject "customer:$person" --reason request --yes
run "$binary" erase status

step "11. A machine that has only Nürnberg and the recovery key restores the others, and not the erased person"
rescue=$place/rescue-people
rescue_policy "$rescue" nuernberg Nürnberg
run env BACKUP_RECOVERY_KEY_FILE="$place/keys/recovery" "$binary" --policy "$rescue/backup.yaml" --state "$rescue/state" restore people@latest --target "$rescue/restored"
[ ! -e "$rescue/restored$place/people/$person" ] || fail "Nürnberg alone gave back the person who was erased."
for name in balthasar.oberhuber kunigunde.wittelsbach; do
  cmp "$place/people/$name/letter.txt" "$rescue/restored$place/people/$name/letter.txt" || fail "Nürnberg alone did not give back $name."
done
say "  Nürnberg alone gave back $(ls -m "$rescue/restored$place/people"), and nothing of $person."
rm -rf "$rescue/restored"

step "12. The certificate of the erasure is checked with neither policy nor site nor key"
request=$("$binary" --json erase status | "$(python)" -c 'import json, sys; print(json.loads(sys.stdin.readline())["request"])')
say "  \$ bin/backupctl/backupctl erase certificate ${request:0:8} > .quickstart/certificate.json"
"$binary" erase certificate "$request" > "$place/certificate.json"
run env -u BACKUP_POLICY "$binary" erase verify --certificate "$place/certificate.json"
rm -rf "${place:?}/people/$person"
say "  What stands in the source is its owner's to delete: the person's folder is removed from .quickstart/people."

step "13. How it stands now"
run "$binary" status

step "Done. All of it lies in .quickstart ($(du -sh "$place" | cut -f1)); remove that folder whenever you like."
