export { ClickHouse } from './clickhouse/clickhouse.js';
export { migrateClickHouse, revertClickHouse } from './clickhouse/migrate-clickhouse.js';
export { clickHouseMigrations } from './clickhouse/migrations/index.js';
export { eventsConfig, eventsWorkerConfig } from './config.js';
export { EventsModule } from './events.module.js';
export { EventsWorkerModule } from './events-worker.module.js';
export { eventsMigrations } from './migrations/index.js';
