import { parseArgs } from 'node:util';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { ConfigError, databaseEnvironment, migrationConfig, parseConfig } from '@atrium/platform/config';
import { createDataSource, Database } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { SecretsManagerProvider } from '@atrium/platform/secrets';
import { z } from 'zod';
import { QuotaError, QuotaOverrides } from './quotas/quota-overrides.js';

const service = 'gallery';
const usage = `Usage: quota --org <id> [--bytes <bytes>|default] [--files <files>|default] [--reason <text>]
  Without --bytes and --files it shows what is set. A change needs a reason, which the organization reads.`;

const quotaConfig = z.object({
  AWS_REGION: migrationConfig.shape.AWS_REGION,
  DATABASE_OWNER_SECRET_ID: migrationConfig.shape.DATABASE_OWNER_SECRET_ID,
  DATABASE_TLS: databaseEnvironment.DATABASE_TLS,
});

const amount = z
  .union([z.literal('default').transform(() => null), z.string().regex(/^\d+$/).transform(Number).pipe(z.int().max(1e15))])
  .optional();

const options = z.object({
  org: z.uuid().transform((id) => id.toLowerCase()),
  bytes: amount,
  files: amount,
  reason: z.string().trim().min(1).max(500).optional(),
});
type Options = z.output<typeof options>;

function readOptions(words: readonly string[]): Options {
  const text = { type: 'string' } as const;
  try {
    const { values } = parseArgs({ args: [...words], options: { org: text, bytes: text, files: text, reason: text } });
    const parsed = options.safeParse(values);
    if (parsed.success) return parsed.data;
    throw new QuotaError(`--${parsed.error.issues[0]?.path.join('.') ?? 'org'} is missing or wrong.\n${usage}`);
  } catch (error) {
    throw error instanceof QuotaError ? error : new QuotaError(usage);
  }
}

async function execute(overrides: QuotaOverrides, { org, reason, bytes, files }: Options): Promise<string> {
  const isChange = bytes !== undefined || files !== undefined;
  if (isChange && reason === undefined) throw new QuotaError(`--reason is missing.\n${usage}`);
  const set = isChange ? await overrides.set(org, { bytes, files }, reason ?? '') : await overrides.read(org);
  return `${org}\tbytes: ${set.bytes ?? 'default'}\tfiles: ${set.files ?? 'default'}`;
}

/** `node dist/quota.js`, as the owner of the gallery schema; exits with 1 and one clear line when it can't. */
async function run(words: readonly string[]): Promise<string> {
  const chosen = readOptions(words);
  // eslint-disable-next-line no-restricted-properties -- an entry point, as main.ts is
  const config = parseConfig('quota', quotaConfig, process.env);
  const secrets = new SecretsManagerProvider({ region: config.AWS_REGION });
  const settings = { service, secretId: config.DATABASE_OWNER_SECRET_ID, poolSize: 1, tls: config.DATABASE_TLS } as const;
  const dataSource = await createDataSource(secrets, settings);
  try {
    const database = new Database(await dataSource.initialize());
    return await execute(new QuotaOverrides(database, new AuditTrail(new Outbox(service), auditRecorded)), chosen);
  } finally {
    if (dataSource.isInitialized) await dataSource.destroy();
    await secrets.close();
  }
}

try {
  process.stdout.write(`${await run(process.argv.slice(2))}\n`);
} catch (error) {
  const known = error instanceof QuotaError || error instanceof ConfigError;
  process.stderr.write(`${known ? error.message : `Quotas could not be changed: ${String(error)}`}\n`);
  process.exitCode = 1;
}
