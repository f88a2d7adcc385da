#!/bin/bash
# Makes this machine the ClickHouse server: run by cloud-init at the first boot of every instance of the group.
# /etc/atrium-clickhouse says AWS_DEFAULT_REGION, STAGE, VOLUME_ID, ADMIN_SECRET_ID, BACKUP_URL, BACKUP_BUCKET and VERSION.
# The tables are on a volume of their own, which moves from a lost instance to the next one. The load balancer sends
# requests here once /ping answers.
set -euo pipefail
set -a; source /etc/atrium-clickhouse; set +a

metadata() { curl -sf -H "X-aws-ec2-metadata-token: $token" "http://169.254.169.254/latest/meta-data/$1"; }
token=$(curl -sf -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 600' http://169.254.169.254/latest/api/token)
instance_id=$(metadata instance-id)

# The predecessor may still hold the volume: ten minutes, then the group tries another instance.
for _ in $(seq 60); do
  aws ec2 attach-volume --volume-id "$VOLUME_ID" --instance-id "$instance_id" --device /dev/sdf && break
  sleep 10
done
device=/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${VOLUME_ID/-/}
for _ in $(seq 60); do [ -b "$device" ] && break; sleep 1; done
[ -b "$device" ]
# Only a volume that has never held anything: blkid tells 2 for that alone.
blkid "$device" > /dev/null || { [ $? -eq 2 ] && mkfs.xfs "$device"; }
mkdir -p /var/lib/clickhouse
echo "$device /var/lib/clickhouse xfs defaults,noatime 0 2" >> /etc/fstab
mount /var/lib/clickhouse
# A volume that has grown since: nothing where it has not.
xfs_growfs /var/lib/clickhouse

dnf install -y dnf-plugins-core jq cronie openssl
dnf config-manager --add-repo https://packages.clickhouse.com/rpm/clickhouse.repo
dnf install -y "clickhouse-server-$VERSION" "clickhouse-client-$VERSION"
chown clickhouse:clickhouse /var/lib/clickhouse

password=$(aws secretsmanager get-secret-value --secret-id "$ADMIN_SECRET_ID" --query SecretString --output text | jq -r .password)
install -d -o clickhouse -g clickhouse -m 0750 /etc/clickhouse-server/config.d /etc/clickhouse-server/users.d
# For the way from the load balancer, which checks no names; the certificate that services check is the balancer's.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=clickhouse \
  -keyout /etc/clickhouse-server/server.key -out /etc/clickhouse-server/server.crt
chown clickhouse:clickhouse /etc/clickhouse-server/server.key /etc/clickhouse-server/server.crt
chmod 0400 /etc/clickhouse-server/server.key
cat > /etc/clickhouse-server/config.d/atrium.xml <<XML
<clickhouse>
  <listen_host>0.0.0.0</listen_host>
  <logger><level>information</level><console>1</console></logger>
  <https_port>8443</https_port>
  <openSSL><server>
    <certificateFile>/etc/clickhouse-server/server.crt</certificateFile>
    <privateKeyFile>/etc/clickhouse-server/server.key</privateKeyFile>
    <verificationMode>none</verificationMode>
    <disableProtocols>sslv2,sslv3,tlsv1,tlsv1_1</disableProtocols>
  </server></openSSL>
  <http_port remove="1"/><tcp_port remove="1"/><mysql_port remove="1"/><postgresql_port remove="1"/><interserver_http_port remove="1"/>
  <access_control_improvements>
    <select_from_system_db_requires_grant>true</select_from_system_db_requires_grant>
    <select_from_information_schema_requires_grant>true</select_from_information_schema_requires_grant>
    <settings_constraints_replace_previous>true</settings_constraints_replace_previous>
  </access_control_improvements>
  <allow_impersonate_user>false</allow_impersonate_user>
  <s3><backups><endpoint>$BACKUP_URL/</endpoint><use_environment_credentials>true</use_environment_credentials></backups></s3>
</clickhouse>
XML
# The administrator makes the services' users; nobody else can, and nobody has an empty password.
cat > /etc/clickhouse-server/users.d/admin.xml <<XML
<clickhouse><users>
  <default remove="remove"/>
  <admin>
    <password_sha256_hex>$(printf %s "$password" | sha256sum | cut -d' ' -f1)</password_sha256_hex>
    <networks><ip>::/0</ip></networks>
    <profile>default</profile><quota>default</quota>
    <access_management>1</access_management><named_collection_control>1</named_collection_control>
  </admin>
</users></clickhouse>
XML
chown -R clickhouse:clickhouse /etc/clickhouse-server/config.d /etc/clickhouse-server/users.d
chmod 0640 /etc/clickhouse-server/users.d/admin.xml
systemctl enable --now clickhouse-server crond

# Written beside this script, with the settings in /etc/atrium-clickhouse. A silent watch is an alarm.
cat > /etc/cron.d/atrium-clickhouse <<'CRON'
17 * * * * root flock --nonblock /run/clickhouse-backup.lock /usr/local/bin/atrium-clickhouse-backup 2>&1 | logger -t clickhouse-backup
* * * * * root /usr/local/bin/atrium-clickhouse-watch 2>&1 | logger -t clickhouse-watch
CRON

for _ in $(seq 120); do curl -sfk https://127.0.0.1:8443/ping && break; sleep 1; done
curl -sfk https://127.0.0.1:8443/ping
