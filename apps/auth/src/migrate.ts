import { parseConfig } from '@atrium/platform/config';
import { createDataSource, migrate } from '@atrium/platform/database';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { migrateConfig } from './config.js';
import { authMigrations } from './migrations/index.js';

const config = parseConfig('auth-migrate', migrateConfig, process.env);
const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
const dataSource = await createDataSource(secrets, {
  service: 'auth',
  secretId: config.DATABASE_OWNER_SECRET_ID,
  poolSize: 2,
  tls: config.DATABASE_TLS,
  migrations: authMigrations,
});
const done = await migrate(dataSource);
await secrets.close();
process.stdout.write(`auth: ${done.length} migrations run\n`);
