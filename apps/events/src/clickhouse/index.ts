export { ClickHouse } from './clickhouse.js';
export { migrateClickHouse } from './migrate-clickhouse.js';
export { clickHouseMigrations } from './migrations/index.js';
