import type { ServiceName } from '@atrium/contract-kit';
import type { z } from 'zod';
import { type Environment, type MigrationConfig, parseConfig } from '../config/index.js';
import { createLogger, exitWithReason } from '../logging/index.js';
import { SecretsManagerProvider, type SecretsProvider } from '../secrets/index.js';
import { createDataSource, type DataSourceSettings } from './data-source.js';
import { migrate } from './migrate.js';

export interface MigrationTask<C extends MigrationConfig> {
  readonly service: ServiceName;
  readonly config: z.ZodType<C>;
  readonly migrations: NonNullable<DataSourceSettings['migrations']>;
  /** Brings up another store of the service after its schema; gives the names of what it ran. */
  readonly migrateMore?: (config: C, secrets: SecretsProvider) => Promise<readonly string[]>;
}

/** Runs a service's pending migrations as the owner of its schema. Exits with 1 and one clear message when it can't. */
export async function runMigrations<C extends MigrationConfig>(task: MigrationTask<C>, environment: Environment): Promise<void> {
  const name = `${task.service}-migrate`;
  try {
    const config = parseConfig(name, task.config, environment);
    const migrations = await run(task, config);
    createLogger({ service: name, level: config.LOG_LEVEL }).info(
      { migrations },
      migrations.length === 0 ? 'nothing to migrate' : 'migrated',
    );
  } catch (error) {
    exitWithReason(error, name, 'could not migrate');
  }
}

async function run<C extends MigrationConfig>(task: MigrationTask<C>, config: C): Promise<string[]> {
  const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
  try {
    const dataSource = await createDataSource(secrets, {
      service: task.service,
      secretId: config.DATABASE_OWNER_SECRET_ID,
      // The work itself, and the lock around it.
      poolSize: 2,
      // Nobody waits for an answer, and a server that has just started may be slow.
      connectTimeoutMs: 30_000,
      tls: config.DATABASE_TLS,
      migrations: task.migrations,
    });
    const done = await migrate(dataSource);
    return [...done, ...((await task.migrateMore?.(config, secrets)) ?? [])];
  } finally {
    await secrets.close();
  }
}
