export { startClickHouse, type ClickHouseOptions, type RunningClickHouse } from './start-clickhouse.js';
export { organizationRowFilter, untrustedQueryLimits, untrustedQueryQuota, type ClickHouseUsers } from './users.js';
