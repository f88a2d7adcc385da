import { parseConfig } from '@atrium/platform/config';
import { createDataSource, migrate } from '@atrium/platform/database';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { ClickHouse } from './clickhouse/clickhouse.js';
import { clickHouseOwnerSecret } from './clickhouse/clickhouse-secret.js';
import { migrateClickHouse } from './clickhouse/migrate-clickhouse.js';
import { clickHouseMigrations } from './clickhouse/migrations/index.js';
import { eventsMigrationConfig } from './config.js';
import { eventsMigrations } from './migrations/index.js';

const config = parseConfig('events-migrate', eventsMigrationConfig, process.env);
const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
const dataSource = await createDataSource(secrets, {
  service: 'events',
  secretId: config.DATABASE_OWNER_SECRET_ID,
  poolSize: 2,
  tls: config.DATABASE_TLS,
  migrations: eventsMigrations,
});
const done = await migrate(dataSource);
const clickHouse = new ClickHouse(() => secrets.getJson(config.CLICKHOUSE_OWNER_SECRET_ID, clickHouseOwnerSecret));
done.push(...(await migrateClickHouse(clickHouse, clickHouseMigrations)));
await secrets.close();
process.stdout.write(`events: ${done.length === 0 ? 'nothing to migrate' : `ran ${done.join(', ')}`}\n`);
