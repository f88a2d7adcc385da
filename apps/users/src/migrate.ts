import 'reflect-metadata';
import { parseConfig } from '@atrium/platform/config';
import { createDataSource, migrate } from '@atrium/platform/database';
import { createLogger } from '@atrium/platform/logging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { migrationConfig } from './config.js';
import { migrations } from './migrations/index.js';

const config = parseConfig('users-migrate', migrationConfig, process.env);
const logger = createLogger({ service: 'users-migrate', level: config.LOG_LEVEL });
const dataSource = await createDataSource(new SecretsManagerProvider({ region: config.AWS_REGION }), {
  service: 'users',
  secretId: config.DATABASE_OWNER_SECRET_ID,
  poolSize: 2,
  tls: config.DATABASE_TLS,
  migrations,
});
logger.info({ migrations: await migrate(dataSource) }, 'migrated');
