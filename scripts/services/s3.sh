# S3: a Ceph RADOS Gateway on one monitor and one disk; read with `.`, not run.
# Two users: `owner`, and `keeper`, who has what a bucket's policy gives her (for example everything but to delete).

s3_servers="s3-monitor s3-disk s3-gateway"
s3_disk=${BACKUP_TEST_S3_DISK:-memstore} # or bluestore, which survives a kill of s3-disk and takes 4 s longer

s3_up() {
  local conf=$dir/s3/ceph.conf
  # A disk in memory takes its content along, and the monitor would wait for it for ever: begin anew.
  if [ "$s3_disk" = memstore ] && [ -e "$dir/s3/made" ] && ! running s3-disk; then
    for server in $s3_servers; do end_server "$server"; done
    rm -rf "$dir/s3"
  fi
  [ -e "$dir/s3/made" ] || s3_make

  running s3-monitor || launch s3-monitor ceph-mon -c "$conf" -i a -f
  wait_for s3-monitor s3_ceph mon stat
  if [ ! -e "$dir/s3/osd/made" ]; then
    s3_ceph osd new "$(< "$dir/s3/disk-id")" 0 > /dev/null 2>&1 || true # known already, if the last attempt came that far
    ceph-osd -c "$conf" -i 0 --mkfs --osd-uuid "$(< "$dir/s3/disk-id")" > "$dir/log/s3-disk-made.out" 2>&1 || give_up "The S3 server's disk cannot be made"
    touch "$dir/s3/osd/made"
  fi
  running s3-disk || launch s3-disk ceph-osd -c "$conf" -i 0 -f
  wait_for s3-disk s3_disk_is_up
  running s3-gateway || launch s3-gateway radosgw -c "$conf" -n client.rgw.a -f
  wait_for s3-gateway curl -s --noproxy '*' --max-time 2 "http://127.0.0.1:$s3_port/"
  s3_user owner
  s3_user keeper
}

s3_ceph() { timeout 10 ceph -c "$dir/s3/ceph.conf" --connect-timeout 5 "$@"; }
s3_disk_is_up() { s3_ceph osd stat --format json | grep -q '"num_up_osds":1'; }

s3_user() { # name
  [ ! -e "$dir/s3/user-$1" ] || return 0
  timeout "$bound" radosgw-admin -c "$dir/s3/ceph.conf" -n client.rgw.a user create --uid="$1" --display-name="$1" \
    --access-key="$(secret "s3-$1-access")" --secret-key="$(secret "s3-$1-secret")" > "$dir/log/s3-user-$1.out" 2>&1 || give_up "The S3 user $1 cannot be made"
  touch "$dir/s3/user-$1"
}

s3_make() {
  rm -rf "$dir/s3"
  mkdir -p "$dir/s3/mon" "$dir/s3/osd" "$dir/s3/rgw"
  cat /proc/sys/kernel/random/uuid > "$dir/s3/disk-id"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=localhost \
    -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$dir/s3/key.pem" -out "$dir/s3/certificate.pem" 2> /dev/null
  s3_configuration > "$dir/s3/ceph.conf"
  # All keys lie in one ring that the monitor takes in as it is made. Without authentication the gateway does not connect at all.
  local ring=$dir/s3/keyring
  {
    ceph-authtool -C "$ring" --gen-key -n mon. --cap mon 'allow *'
    ceph-authtool "$ring" --gen-key -n client.admin --cap mon 'allow *' --cap osd 'allow *'
    ceph-authtool "$ring" --gen-key -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *'
    ceph-authtool "$ring" --gen-key -n client.rgw.a --cap mon 'allow *' --cap osd 'allow *'
    monmaptool --create --fsid "$(sed -n 's/^fsid = //p' "$dir/s3/ceph.conf")" --addv a "[v2:127.0.0.1:$s3_monitor_port/0]" "$dir/s3/monmap"
    ceph-mon -c "$dir/s3/ceph.conf" --mkfs -i a --monmap "$dir/s3/monmap" --keyring "$ring"
  } > "$dir/log/s3-made.out" 2>&1 || give_up "The S3 server cannot be made"
  touch "$dir/s3/made"
}

s3_configuration() {
  cat << CONF
[global]
fsid = $(< /proc/sys/kernel/random/uuid)
mon host = [v2:127.0.0.1:$s3_monitor_port/0]
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind msgr1 = false
auth allow insecure global id reclaim = false
keyring = $dir/s3/keyring
run dir = $dir/run
crash dir = $dir/log
log file = $dir/log/\$name.log
mon cluster log file = $dir/log/cluster.log
debug ms = 0/0
# Several tools at once would quarrel about one control socket, and its path may be too long.
admin socket =
pid file =
# One disk, one copy.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
mon warn on pool no redundancy = false
# A cluster of one has nobody to wait for: 2 s instead of 13.
paxos propose interval = 0.05
paxos min wait = 0.01
[mon]
mon data = $dir/s3/mon
mon data avail warn = 1
mon data avail crit = 1
[osd]
osd data = $dir/s3/osd
osd objectstore = $s3_disk
memstore device bytes = $((6 << 30))
bluestore block size = $((20 << 30))
osd memory target = 939524096
osd op num shards = 2
osd op num threads per shard = 1
[client.rgw.a]
rgw data = $dir/s3/rgw
rgw frontends = beast endpoint=127.0.0.1:$s3_port tcp_nodelay=1 ssl_endpoint=127.0.0.1:$s3_tls_port ssl_certificate=$dir/s3/certificate.pem ssl_private_key=$dir/s3/key.pem
rgw thread pool size = 64
rgw dns name = localhost
rgw enable usage log = false
rgw dynamic resharding = false
# What is deleted frees its memory soon.
rgw gc obj min wait = 5
rgw gc processor period = 10
rgw gc processor max time = 10
CONF
}

s3_env() {
  tell S3_ENDPOINT "http://127.0.0.1:$s3_port"
  tell S3_TLS_ENDPOINT "https://localhost:$s3_tls_port"
  tell S3_CERTIFICATE "$dir/s3/certificate.pem"
  tell S3_REGION us-east-1
  tell S3_ACCESS_KEY "$(secret s3-owner-access)"
  tell S3_SECRET_KEY "$(secret s3-owner-secret)"
  tell S3_KEEPER arn:aws:iam:::user/keeper
  tell S3_KEEPER_ACCESS_KEY "$(secret s3-keeper-access)"
  tell S3_KEEPER_SECRET_KEY "$(secret s3-keeper-secret)"
  tell S3_PID_FILE "$dir/run/s3-gateway.pid"
  tell S3_DISK_PID_FILE "$dir/run/s3-disk.pid"
}
