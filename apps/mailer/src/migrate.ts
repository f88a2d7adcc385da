import { parseConfig } from '@atrium/platform/config';
import { createDataSource, migrate } from '@atrium/platform/database';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { migrateConfig } from './config.js';
import { mailerMigrations } from './migrations/index.js';

const config = parseConfig('mailer-migrate', migrateConfig, process.env);
const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
const dataSource = await createDataSource(secrets, {
  service: 'mailer',
  secretId: config.DATABASE_OWNER_SECRET_ID,
  poolSize: 2,
  tls: config.DATABASE_TLS,
  migrations: mailerMigrations,
});
const done = await migrate(dataSource);
await secrets.close();
process.stdout.write(`mailer: ${done.length} migrations run\n`);
