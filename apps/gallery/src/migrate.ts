import { parseConfig } from '@atrium/platform/config';
import { createDataSource, migrate } from '@atrium/platform/database';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { galleryMigrationConfig } from './config.js';
import { galleryMigrations } from './migrations/index.js';

const config = parseConfig('gallery-migrate', galleryMigrationConfig, process.env);
const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
const dataSource = await createDataSource(secrets, {
  service: 'gallery',
  secretId: config.DATABASE_OWNER_SECRET_ID,
  poolSize: 2,
  tls: config.DATABASE_TLS,
  migrations: galleryMigrations,
});
const done = await migrate(dataSource);
await secrets.close();
process.stdout.write(`gallery: ${done.length === 0 ? 'nothing to migrate' : `ran ${done.join(', ')}`}\n`);
