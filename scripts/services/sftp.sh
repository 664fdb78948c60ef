# SFTP: three OpenSSH servers, each a city with a host key and a folder of its own; read with `.`, not run.
# The user is no user of the system: libnss-wrapper shows her to these servers only, so she can have a password and leaves nothing behind.
# She has no rights of root's either, so a folder can be closed to her.

sftp_cities="unna nuernberg falkenstein"
sftp_servers="sftp-unna sftp-nuernberg sftp-falkenstein"
sftp_user=city
if [ "$(id -u)" -eq 0 ]; then sftp_id=47110; else sftp_id=$(id -u); fi # who is not root can only log in as herself

sftp_up() {
  [ "$(id -u)" -ne 0 ] || mkdir -p -m 0755 /run/sshd # its prison while nobody has logged in; the package's own start makes it
  mkdir -p "$dir/sftp"
  sftp_accounts
  [ -e "$dir/sftp/client" ] || ssh-keygen -q -t ed25519 -N '' -C "$sftp_user" -f "$dir/sftp/client"
  local city port=$sftp_port
  for city in $sftp_cities; do
    sftp_make "$city" "$port"
    running "sftp-$city" || sftp_launch "$city"
    port=$((port + 1))
  done
  port=$sftp_port
  for city in $sftp_cities; do
    wait_for "sftp-$city" listens "$port"
    port=$((port + 1))
  done
}

sftp_accounts() {
  local as=x:$sftp_id:$sftp_id::$dir/sftp:/bin/sh
  { getent passwd root sshd || true; echo "$sftp_user:$as"; } > "$dir/sftp/passwd"
  { getent group root nogroup || true; echo "$sftp_user:x:$sftp_id:"; } > "$dir/sftp/group"
  (umask 077; echo "$sftp_user:$(openssl passwd -6 "$(secret sftp)"):20000:0:99999:7:::" > "$dir/sftp/shadow")
}

sftp_launch() { # city
  local wrapper; wrapper=$(nss_wrapper)
  launch "sftp-$1" env LD_PRELOAD="$wrapper" NSS_WRAPPER_PASSWD="$dir/sftp/passwd" NSS_WRAPPER_GROUP="$dir/sftp/group" \
    NSS_WRAPPER_SHADOW="$dir/sftp/shadow" /usr/sbin/sshd -D -e -f "$dir/sftp/$1/sshd_config"
}

sftp_make() { # city port
  local home=$dir/sftp/$1 kind
  mkdir -p "$home/files"
  if [ "$(id -u)" -eq 0 ]; then
    chown "$sftp_id:$sftp_id" "$home/files"
    setpriv --reuid "$sftp_id" --clear-groups test -x "$home/files" || fail "The user of the SFTP servers cannot reach $home/files: take a folder that others may enter."
  fi
  for kind in ed25519 ecdsa; do # two, like most servers have: a client must ask for the one it knows
    [ -e "$home/host_$kind" ] || ssh-keygen -q -t "$kind" -N '' -C "$1" -f "$home/host_$kind"
  done
  sed "s/^/[127.0.0.1]:$2 /" "$home"/host_*.pub | cut -d ' ' -f 1-3 > "$home/known_hosts"
  cat > "$home/sshd_config" << CONF
ListenAddress 127.0.0.1:$2
HostKey $home/host_ed25519
HostKey $home/host_ecdsa
PidFile none
AuthorizedKeysFile $dir/sftp/client.pub
AllowUsers $sftp_user
PasswordAuthentication yes
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
# The parents of the scratch directory are not ours to judge.
StrictModes no
PermitTTY no
DisableForwarding yes
PermitUserRC no
MaxStartups 100
MaxSessions 64
Subsystem sftp internal-sftp
ForceCommand internal-sftp -d $home/files
CONF
}

sftp_env() {
  tell SFTP_HOST 127.0.0.1
  tell SFTP_USER "$sftp_user"
  tell SFTP_KEY_FILE "$dir/sftp/client"
  tell SFTP_PASSWORD_FILE "$dir/secrets/sftp"
  tell SFTP_CITIES "$sftp_cities"
  local city port=$sftp_port
  for city in $sftp_cities; do
    tell "SFTP_${city^^}_PORT" "$port"
    tell "SFTP_${city^^}_KNOWN_HOSTS" "$dir/sftp/$city/known_hosts"
    tell "SFTP_${city^^}_FOLDER" "$dir/sftp/$city/files"
    tell "SFTP_${city^^}_PID_FILE" "$dir/run/sftp-$city.pid"
    port=$((port + 1))
  done
}
