#!/bin/bash
# Every hour: all tables when the last time of that is a week ago; else, once a day, what changed since then; else what
# changed since the last of these two. S3's lifecycle removes all three. A backup is there when its marker is,
# `done/<kind>/<name>`, which holds its base. Each success and each failure is a metric: alarms wake somebody at a failure,
# and after some hours without success.
set -euo pipefail
set -a; source "${ATRIUM_CLICKHOUSE:-/etc/atrium-clickhouse}"; set +a

tell() { aws cloudwatch put-metric-data --namespace "Atrium/$STAGE" --metric-name "$1" --value 1; }
trap 'tell ClickHouseBackupFailures' ERR

password=$(aws secretsmanager get-secret-value --secret-id "$ADMIN_SECRET_ID" --query SecretString --output text | jq -r .password)
# Names sort by time.
at() { date -u -d "$1" +%Y-%m-%dT%H%M; }
# The last one of a kind; nothing where there is none, of which the command says `None`.
last() {
  local key
  key=$(aws s3api list-objects-v2 --bucket "$BACKUP_BUCKET" --prefix "done/$1/" --query 'max_by(Contents || `[]`, &Key).Key' --output text)
  [[ $key == None ]] || printf '%s' "${key##*/}"
}
name=$(at now) full=$(last full) daily=$(last incremental)
if [[ $full < $(at '-6 days -12 hours') ]]; then
  kind=full base=''
elif [[ $daily > $full && $daily > $(at '-23 hours -30 minutes') ]]; then
  kind=hourly base=incremental/$daily
elif [[ $full > $(at '-23 hours -30 minutes') ]]; then
  kind=hourly base=full/$full
else
  kind=incremental base=full/$full
fi
settings=${base:+" SETTINGS base_backup = S3('$BACKUP_URL/$base')"}
# The password is not among the arguments, which every process of the machine can read.
printf 'user = "admin:%s"\n' "$password" | curl -sSfk --config - --max-time 21600 https://127.0.0.1:8443/ \
  --data-binary "BACKUP DATABASE atrium, DATABASE analytics TO S3('$BACKUP_URL/$kind/$name')$settings"
printf '%s' "$base" | aws s3 cp - "s3://$BACKUP_BUCKET/done/$kind/$name"
tell ClickHouseBackups
