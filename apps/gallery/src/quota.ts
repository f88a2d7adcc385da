import { parseArgs } from 'node:util';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { CommandError, ownerCommandConfig, runCommand, withDatabase } from '@atrium/platform/command';
import { Outbox } from '@atrium/platform/messaging';
import { z } from 'zod';
import { QuotaOverrides } from './quotas/quota-overrides.js';

const service = 'gallery';
const usage = `Usage: quota --org <id> [--bytes <bytes>|default] [--files <files>|default] [--reason <text>]
  Without --bytes and --files it shows what is set. A change needs a reason, which the organization reads.`;

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

function read(words: readonly string[]): Options {
  const text = { type: 'string' } as const;
  return options.parse(parseArgs({ args: [...words], options: { org: text, bytes: text, files: text, reason: text } }).values);
}

async function execute(overrides: QuotaOverrides, { org, reason, bytes, files }: Options): Promise<string> {
  const isChange = bytes !== undefined || files !== undefined;
  if (isChange && reason === undefined) throw new CommandError(`--reason is missing.\n${usage}`);
  const set = isChange ? await overrides.set(org, { bytes, files }, reason ?? '') : await overrides.read(org);
  return `${org}\tbytes: ${set.bytes ?? 'default'}\tfiles: ${set.files ?? 'default'}`;
}

/** `node dist/quota.js`, as the owner of the gallery schema. */
await runCommand(
  {
    name: 'quota',
    usage,
    failure: 'Quotas could not be changed',
    config: ownerCommandConfig,
    read,
    run: (chosen, config) =>
      withDatabase({ service, secretId: config.DATABASE_OWNER_SECRET_ID }, config, (database) =>
        execute(new QuotaOverrides(database, new AuditTrail(new Outbox(service), auditRecorded)), chosen),
      ),
  },
  process,
);
