import { databaseEnvironment, ConfigError, migrationConfig, parseConfig } from '@atrium/platform/config';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { createDataSource, Database } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { connectState } from '@atrium/platform/state';
import { z } from 'zod';
import { OperatorError, OperatorRights } from './operators/operator-rights.js';
import { revocationSeconds } from './sessions/session-lifetime.js';

const service = 'auth';
const usage = `Usage: operator grant <e-mail or account id> [--without-second-factor] | revoke <e-mail or account id> | list`;

const operatorConfig = z.object({
  AWS_REGION: migrationConfig.shape.AWS_REGION,
  DATABASE_OWNER_SECRET_ID: migrationConfig.shape.DATABASE_OWNER_SECRET_ID,
  DATABASE_TLS: databaseEnvironment.DATABASE_TLS,
  /** Secret with `{url}` of the shared state, by which all services hear of ended sessions. */
  STATE_SECRET_ID: z.string(),
});
type OperatorConfig = z.output<typeof operatorConfig>;

async function announce(secrets: SecretsManagerProvider, secretId: string, sessionIds: readonly string[]): Promise<void> {
  const { url } = await secrets.getJson(secretId, z.object({ url: z.string() }));
  const state = await connectState(url);
  try {
    const until = Math.floor(Date.now() / 1000) + revocationSeconds;
    for (const id of sessionIds) await state.revocations.revokeSession(id, until);
  } catch (error) {
    throw new OperatorError(`The right is gone, but the end of sessions could not be announced (${String(error)}): run the same again.`);
  } finally {
    await state.close();
  }
}

async function execute(rights: OperatorRights, secrets: SecretsManagerProvider, config: OperatorConfig, words: readonly string[]): Promise<string> {
  const [command, who, flag, ...more] = words;
  if (command === 'list' && who === undefined) {
    const operators = await rights.list();
    const lines = operators.map(({ account_id, email, granted_at, without_second_factor }) =>
      [account_id, email, granted_at.toISOString(), ...(without_second_factor ? ['without second factor'] : [])].join('\t'));
    return lines.join('\n') || 'There is no operator.';
  }
  if (who === undefined || more.length > 0) throw new OperatorError(usage);
  if (command === 'grant' && (flag === undefined || flag === '--without-second-factor')) {
    const isAdded = await rights.grant(who, { withoutSecondFactor: flag !== undefined });
    return isAdded ? 'This account is an operator from now on.' : 'This account was an operator already.';
  }
  if (command === 'revoke' && flag === undefined) {
    const ended = await rights.revoke(who);
    await announce(secrets, config.STATE_SECRET_ID, ended);
    return `This account is no operator any more; sessions ended: ${ended.length}.`;
  }
  throw new OperatorError(usage);
}

/** `node dist/operator.js grant|revoke|list`, as the owner of auth's schema; exits with 1 and one clear line when it can't. */
async function run(words: readonly string[]): Promise<string> {
  // eslint-disable-next-line no-restricted-properties -- an entry point, as main.ts is
  const config = parseConfig('operator', operatorConfig, process.env);
  const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
  const settings = { service, secretId: config.DATABASE_OWNER_SECRET_ID, poolSize: 1, tls: config.DATABASE_TLS } as const;
  const dataSource = await createDataSource(secrets, settings);
  try {
    const database = new Database(await dataSource.initialize());
    return await execute(new OperatorRights(database, new AuditTrail(new Outbox(service), auditRecorded)), secrets, config, words);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await secrets.close();
  }
}

try {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
} catch (error) {
  const known = error instanceof OperatorError || error instanceof ConfigError;
  process.stderr.write(`${known ? error.message : `Operators could not be changed: ${String(error)}`}\n`);
  process.exitCode = 1;
}
