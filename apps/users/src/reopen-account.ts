import { databaseEnvironment, ConfigError, parseConfig, processEnvironment } from '@atrium/platform/config';
import { createDataSource, Database } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { z } from 'zod';
import { AccountClosure } from './accounts/account-closure.js';
import { AccountRepository } from './accounts/account.repository.js';

const service = 'users';
const reopeningConfig = z.object({ ...databaseEnvironment, AWS_REGION: processEnvironment.AWS_REGION });

class UsageError extends Error {}

/** `node dist/reopen-account.js <user id>`: undoes the closing of an account; exits with 1 and one clear line when it can't. */
async function run(given: string | undefined): Promise<string> {
  const userId = z.uuid().safeParse(given);
  if (!userId.success) throw new UsageError('Usage: reopen-account <user id>');
  // eslint-disable-next-line no-restricted-properties -- an entry point, as main.ts is
  const config = parseConfig('reopen-account', reopeningConfig, process.env);
  const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
  const settings = { service, secretId: config.DATABASE_SECRET_ID, poolSize: 1, tls: config.DATABASE_TLS };
  const dataSource = await createDataSource(secrets, settings);
  try {
    const database = new Database(await dataSource.initialize());
    const closure = new AccountClosure(database, new AccountRepository(), new Outbox(service));
    if (!(await closure.reopen(userId.data))) throw new UsageError('This account is not closed, or is deleted already.');
    return 'The account is open again. Organizations have to restore or invite the person themselves.';
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await secrets.close();
  }
}

try {
  process.stdout.write(`${await run(process.argv[2])}\n`);
} catch (error) {
  const known = error instanceof UsageError || error instanceof ConfigError;
  process.stderr.write(`${known ? error.message : `The account could not be reopened: ${String(error)}`}\n`);
  process.exitCode = 1;
}
