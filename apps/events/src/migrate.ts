import { runMigrations } from '@atrium/platform/database';
import { ClickHouse } from './clickhouse/clickhouse.js';
import { clickHouseOwnerSecret } from './clickhouse/clickhouse-secret.js';
import { migrateClickHouse } from './clickhouse/migrate-clickhouse.js';
import { clickHouseMigrations } from './clickhouse/migrations/index.js';
import { eventsMigrationConfig } from './config.js';
import { eventsMigrations } from './migrations/index.js';

await runMigrations(
  {
    service: 'events',
    config: eventsMigrationConfig,
    migrations: eventsMigrations,
    migrateMore: ({ CLICKHOUSE_OWNER_SECRET_ID: secretId }, secrets) =>
      migrateClickHouse(new ClickHouse(() => secrets.getJson(secretId, clickHouseOwnerSecret)), clickHouseMigrations),
  },
  process.env,
);
