# Azure Blob Storage: Azurite, Microsoft's emulator; read with `.`, not run.

azure_servers=azure
azurite_version=3.37.0
# Kept from run to run, for it takes 20 s and 365 MB to come.
azurite_folder=${BACKUP_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/backup-test}/azurite-$azurite_version

azure_up() {
  azure_install
  mkdir -p "$dir/azure"
  local options=(--blobHost 127.0.0.1 --blobPort "$azure_port" --location "$dir/azure" --silent --disableTelemetry
    --skipApiVersionCheck) # the client libraries speak newer versions of the protocol than it knows
  running azure || AZURITE_ACCOUNTS="backup:$(azure_key)" launch azure node "$azurite_folder/node_modules/azurite/dist/src/blob/main.js" "${options[@]}"
  wait_for azure curl -s --noproxy '*' --max-time 2 "http://127.0.0.1:$azure_port/backup?comp=list"
}

azure_install() {
  [ ! -e "$azurite_folder" ] || return 0
  mkdir -p "$(dirname "$azurite_folder")"
  local fresh; fresh=$(mktemp -d "$azurite_folder.XXXXXX") # renamed when it is whole: it may be interrupted, and is
  if ! npm install --prefix "$fresh" --no-audit --no-fund --loglevel error "azurite@$azurite_version" > "$dir/log/azure-install.out" 2>&1; then
    rm -rf "$fresh"
    give_up "npm cannot install azurite@$azurite_version"
  fi
  mv -T "$fresh" "$azurite_folder" 2> /dev/null || rm -rf "$fresh"
}

azure_key() { secret azure | base64 -w 0; }

azure_env() {
  local endpoint=http://127.0.0.1:$azure_port/backup
  tell AZURE_ENDPOINT "$endpoint"
  tell AZURE_ACCOUNT backup
  tell AZURE_KEY "$(azure_key)"
  tell AZURE_CONNECTION_STRING "DefaultEndpointsProtocol=http;AccountName=backup;AccountKey=$(azure_key);BlobEndpoint=$endpoint;"
  tell AZURE_PID_FILE "$dir/run/azure.pid"
}
