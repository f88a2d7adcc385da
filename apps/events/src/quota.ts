import { parseArgs } from 'node:util';
import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { CommandError, ownerCommandConfig, runCommand, withDatabase } from '@atrium/platform/command';
import { Outbox } from '@atrium/platform/messaging';
import { z } from 'zod';
import { QuotaOverrides } from './quotas/quota-overrides.js';

const service = 'events';
const usage = `Usage: quota --org <id> [--per-month <events>|default] [--per-second <events>|default] [--reason <text>]
  Per month 0 or more, per second 100 or more. Without --per-month and --per-second it shows what is set. A change needs a
  reason, which the organization reads.`;

const events = (least: number, most: number) =>
  z.union([
    z.literal('default').transform(() => null),
    z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(least).max(most)),
  ]).optional();

const options = z.object({
  org: z.uuid().transform((id) => id.toLowerCase()),
  'per-month': events(0, 1e15),
  // The rate is measured over ten seconds: the least lets one batch of the greatest length through.
  'per-second': events(100, 100_000_000),
  reason: z.string().trim().min(1).max(500).optional(),
});
type Options = z.output<typeof options>;

function read(words: readonly string[]): Options {
  const text = { type: 'string' } as const;
  return options.parse(parseArgs({ args: [...words], options: { org: text, 'per-month': text, 'per-second': text, reason: text } }).values);
}

async function execute(overrides: QuotaOverrides, { org, reason, ...change }: Options): Promise<string> {
  const [eventsPerMonth, eventsPerSecond] = [change['per-month'], change['per-second']];
  const isChange = eventsPerMonth !== undefined || eventsPerSecond !== undefined;
  if (isChange && reason === undefined) throw new CommandError(`--reason is missing.\n${usage}`);
  const set = isChange ? await overrides.set(org, { eventsPerMonth, eventsPerSecond }, reason ?? '') : await overrides.read(org);
  return `${org}\tper month: ${set.events_per_month ?? 'default'}\tper second: ${set.events_per_second ?? 'default'}`;
}

/** `node dist/quota.js`, as the owner of the events schema. */
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
