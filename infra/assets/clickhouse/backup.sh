#!/bin/bash
# Every night: all tables when the last time of that is a week ago, else what changed since then. S3's lifecycle removes
# both. A backup is there when its marker is, `done/<kind>/<name>`, which holds the name of its base. Each success and each
# failure is a metric: alarms wake somebody at a failure, and after a day without success.
set -euo pipefail
set -a; source "${ATRIUM_CLICKHOUSE:-/etc/atrium-clickhouse}"; set +a

tell() { aws cloudwatch put-metric-data --namespace "Atrium/$STAGE" --metric-name "$1" --value 1; }
trap 'tell ClickHouseBackupFailures' ERR

password=$(aws secretsmanager get-secret-value --secret-id "$ADMIN_SECRET_ID" --query SecretString --output text | jq -r .password)
name=$(date -u +%Y-%m-%dT%H%M)
# Names sort by time; `None` is what the command says where there is no object.
base=$(aws s3api list-objects-v2 --bucket "$BACKUP_BUCKET" --prefix done/full/ --query 'max_by(Contents || `[]`, &Key).Key' --output text)
base=${base##*/}
kind=incremental settings=" SETTINGS base_backup = S3('$BACKUP_URL/full/$base')"
if [[ $base == None || $base < $(date -u -d '-6 days -12 hours' +%Y-%m-%dT%H%M) ]]; then
  kind=full settings='' base=''
fi
# The password is not among the arguments, which every process of the machine can read.
printf 'user = "admin:%s"\n' "$password" | curl -sSfk --config - --max-time 21600 https://127.0.0.1:8443/ \
  --data-binary "BACKUP DATABASE atrium, DATABASE analytics TO S3('$BACKUP_URL/$kind/$name')$settings"
printf '%s' "$base" | aws s3 cp - "s3://$BACKUP_BUCKET/done/$kind/$name"
tell ClickHouseBackups
