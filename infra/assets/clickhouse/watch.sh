#!/bin/bash
# Each minute: how full the volume is, and that the server answers. What is not told is an alarm.
set -euo pipefail
set -a; source "${ATRIUM_CLICKHOUSE:-/etc/atrium-clickhouse}"; set +a

used=$(df --output=pcent /var/lib/clickhouse | tr -dc 0-9)
aws cloudwatch put-metric-data --namespace "Atrium/$STAGE" --metric-name ClickHouseDiskUsed --unit Percent --value "$used"
curl -sfk --max-time 10 https://127.0.0.1:8443/ping > /dev/null
aws cloudwatch put-metric-data --namespace "Atrium/$STAGE" --metric-name ClickHouseAnswers --value 1
