import type { ServiceName } from '@atrium/contract-kit';
import pg from 'pg';
import type { z } from 'zod';
import { type Environment, parseConfig, type ProvisioningConfig } from '../config/index.js';
import { createLogger, exitWithReason } from '../logging/index.js';
import { SecretError, SecretsManagerProvider, type SecretsProvider, type SecretStage } from '../secrets/index.js';
import { databaseSecret } from './data-source.js';
import { provisionDatabase, provisionService } from './provision.js';

export interface ProvisioningTask<C extends ProvisioningConfig> {
  readonly service: ServiceName;
  readonly config: z.ZodType<C>;
  /** Brings up the accounts of another store of the service. */
  readonly provisionMore?: (config: C, secrets: SecretsProvider) => Promise<void>;
}

type Account = z.output<typeof databaseSecret>;

/** Any constant: tasks of several services change the same catalogue, one after the other. */
const provisioningLock = 4_071_984;

/**
 * Makes a service's roles and schema as the database's administrator, with the passwords of their secrets; safe to
 * repeat. Exits with 1 and one clear message when it can't.
 */
export async function runProvisioning<C extends ProvisioningConfig>(task: ProvisioningTask<C>, environment: Environment): Promise<void> {
  const name = `${task.service}-provision`;
  try {
    const config = parseConfig(name, task.config, environment);
    const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
    try {
      const changed = await provision(task.service, config, secrets);
      await task.provisionMore?.(config, secrets);
      createLogger({ service: name, level: config.LOG_LEVEL }).info({ passwords_set: changed }, 'provisioned');
    } finally {
      await secrets.close();
    }
  } catch (error) {
    exitWithReason(error, name, 'could not provision');
  }
}

/** @returns the roles whose password was set */
async function provision(service: string, config: ProvisioningConfig, secrets: SecretsProvider): Promise<string[]> {
  const { DATABASE_ADMIN_SECRET_ID, DATABASE_OWNER_SECRET_ID, DATABASE_SECRET_ID, DATABASE_TLS: tls } = config;
  const ssl = tls === 'verify';
  const administrator = connection(await secrets.getJson(DATABASE_ADMIN_SECRET_ID, databaseSecret), ssl);
  await administrator.connect();
  try {
    await administrator.query('select pg_advisory_lock($1)', [provisioningLock]);
    const owner = await passwordToSet(secrets, DATABASE_OWNER_SECRET_ID, ssl);
    const app = await passwordToSet(secrets, DATABASE_SECRET_ID, ssl);
    await provisionDatabase(administrator);
    await provisionService(administrator, service, { owner, app });
    return Object.entries({ owner, app }).flatMap(([role, password]) => (password === undefined ? [] : [role]));
  } finally {
    await administrator.end();
  }
}

const connection = ({ host, port, dbname: database, username: user, password }: Account, ssl: boolean): pg.Client =>
  new pg.Client({ host, port, database, user, password, ssl, connectionTimeoutMillis: 30_000, application_name: 'atrium-provision' });

/**
 * Undefined where the role signs in already, with its secret's value or with the next one: in the midst of a rotation the
 * database knows that first, and to set the value before it would lock the service out when the rotation ends.
 */
async function passwordToSet(secrets: SecretsProvider, secretId: string, ssl: boolean): Promise<string | undefined> {
  const current = await secrets.getJson(secretId, databaseSecret, { refresh: true });
  if (await signsIn(current, ssl)) return undefined;
  const next = await findVersion(secrets, secretId, 'AWSPENDING');
  return next && (await signsIn(next, ssl)) ? undefined : current.password;
}

async function findVersion(secrets: SecretsProvider, secretId: string, stage: SecretStage): Promise<Account | undefined> {
  try {
    return await secrets.getJson(secretId, databaseSecret, { stage, refresh: true });
  } catch (error) {
    if (error instanceof SecretError && error.reason === 'missing') return undefined;
    throw error;
  }
}

/** SQLSTATE of a role that is not there, must not log in, or has another password. */
const refusals: readonly unknown[] = ['28000', '28P01'];

async function signsIn(account: Account, ssl: boolean): Promise<boolean> {
  const client = connection(account, ssl);
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && refusals.includes(error.code)) return false;
    throw error;
  } finally {
    await client.end();
  }
}
