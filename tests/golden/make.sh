#!/usr/bin/env bash
# Makes the golden repositories anew: publishes the CLI, makes the trees, saves them to three sites and keeps one. As root, for owners and nodes.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
world=/tmp/golden # part of every path in the snapshots
python=/usr/bin/python3

# The name of this machine would stand in every snapshot.
if [ "${GOLDEN_HOST:-}" != yes ]; then
  exec env GOLDEN_HOST=yes unshare --uts bash -c 'hostname golden && exec "$0"' "$here/make.sh"
fi

publish() {
  dotnet publish "$root/src/Backup.Cli" -c Release -o "$world/program" -v quiet -nologo
}

write_policy() { # what follows the roots
  cat > "$world/policy.yaml" <<POLICY
version: 1
tenant: golden
keys: { passphrase_file: passphrase }
sites:
  - { id: unna,        kind: local, path: sites/unna,        city: Unna,        country: DE }
  - { id: nuernberg,   kind: local, path: sites/nuernberg,   city: Nürnberg,    country: DE }
  - { id: falkenstein, kind: local, path: sites/falkenstein, city: Falkenstein, country: DE }
placement: { cities: 3, countries: [DE] }
sources:
  - id: data
    kind: files
    roots: [$world/data]
$1
POLICY
}

backupctl() {
  "$world/program/backupctl" --policy "$world/policy.yaml" --state "$world/state" --json "$@"
}

save() { # kind step
  "$python" "$here/make_tree.py" "$1" "$2" "$world/data"
  "$python" "$root/tests/manifest.py" --no-names "$world/data" > "$world/manifest"
  local id
  id=$(backupctl backup | "$python" -c 'import json, sys
print(next(line["snapshot"] for line in map(json.loads, sys.stdin) if line["message_type"] == "summary"))')
  cp "$world/manifest" "$here/$1/expected/$id"
}

make() { # kind site passphrase rules
  rm -rf "$world/data" "$world/state" "$world/sites" "$here/$1" "$world/recovery.key"
  mkdir -p "$world/sites" "$here/$1/expected"
  (umask 077 && printf '%s\n' "$3" > "$world/passphrase")
  write_policy "$4"
  backupctl init --recovery-out "$world/recovery.key" > "$world/log"
  save "$1" 1
  save "$1" 2
  cp -r "$world/sites/$2" "$here/$1/site"
  rm -rf "$here/$1/site/tmp"
  cp "$world/recovery.key" "$world/passphrase" "$here/$1/"
  find "$here/$1" -type f -exec chmod 644 {} +
  find "$here/$1" -type d -exec chmod 755 {} +
}

rm -rf "$world"
install -d -m 755 "$world"
trap 'rm -rf "$world"' EXIT
publish
make plain unna 'a golden passphrase' ''
make persons falkenstein 'Straße nach Süden' "    class: correspondence
    subjects:
      - { match: \"$world/data/mail/{user}.box/**\", id: \"email:{user}@example.org\", class: journal }
      - { match: \"$world/data/vouchers/{customer}/{year}/**\", id: \"customer:{customer}\", class: voucher }
classes:
  correspondence: { keep: { daily: 7 } }
  journal: { keep: { daily: 7 }, delete_after: 10y, starts: mtime, basis: \"Art. 6(1)(f) GDPR\" }
  voucher: { keep: { monthly: 12 }, retain_until: 8y, from: year_end, starts: \"{year}\", basis: \"§ 147 AO\" }"
du -sh "$here"/*/
