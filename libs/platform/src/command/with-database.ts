import { migrationConfig, type MigrationConfig } from '../config/index.js';
import { createDataSource, Database } from '../database/index.js';
import { SecretsManagerProvider } from '../secrets/index.js';

/** What a command reads that works as the owner of its service's schema. */
export const ownerCommandConfig = migrationConfig.omit({ LOG_LEVEL: true });

/** Does the work on the service's database, as the role whose secret it is; one connection, closed when it is over. */
export async function withDatabase(
  { service, secretId }: { readonly service: string; readonly secretId: string },
  config: Pick<MigrationConfig, 'AWS_REGION' | 'DATABASE_TLS'>,
  work: (database: Database, secrets: SecretsManagerProvider) => Promise<string>,
): Promise<string> {
  const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
  try {
    const dataSource = await createDataSource(secrets, { service, secretId, poolSize: 1, tls: config.DATABASE_TLS });
    try {
      return await work(new Database(await dataSource.initialize()), secrets);
    } finally {
      if (dataSource.isInitialized) await dataSource.destroy();
    }
  } finally {
    await secrets.close();
  }
}
