import { parseConfig } from '@atrium/platform/config';
import { createDataSource, migrate } from '@atrium/platform/database';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { migrationConfig } from './config.js';
import { migrations } from './migrations/index.js';

const config = parseConfig('users-migrate', migrationConfig, process.env);
const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
const dataSource = await createDataSource(secrets, {
  service: 'users',
  secretId: config.DATABASE_OWNER_SECRET_ID,
  poolSize: 2,
  tls: config.DATABASE_TLS,
  migrations,
});
const done = await migrate(dataSource);
await secrets.close();
process.stdout.write(`users: ${done.length === 0 ? 'nothing to migrate' : `ran ${done.join(', ')}`}\n`);
