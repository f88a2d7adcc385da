import { auditRecorded } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { CommandError, ownerCommandConfig, runCommand, withDatabase } from '@atrium/platform/command';
import { Outbox } from '@atrium/platform/messaging';
import type { SecretsProvider } from '@atrium/platform/secrets';
import { connectState } from '@atrium/platform/state';
import { z } from 'zod';
import { OperatorRights } from './operators/operator-rights.js';
import { revocationSeconds } from './sessions/session-lifetime.js';

const service = 'auth';

const operatorConfig = ownerCommandConfig.extend({
  /** Secret with `{url}` of the shared state, by which all services hear of ended sessions. */
  STATE_SECRET_ID: z.string(),
});

const commandLine = z.union([
  z.tuple([z.literal('grant'), z.string()]),
  z.tuple([z.literal('grant'), z.string(), z.literal('--without-second-factor')]),
  z.tuple([z.literal('revoke'), z.string()]),
  z.tuple([z.literal('list')]),
]);

async function announce(secrets: SecretsProvider, secretId: string, sessionIds: readonly string[]): Promise<void> {
  const { url } = await secrets.getJson(secretId, z.object({ url: z.string() }));
  const state = await connectState(url);
  try {
    const until = Math.floor(Date.now() / 1000) + revocationSeconds;
    for (const id of sessionIds) await state.revocations.revokeSession(id, until);
  } catch (error) {
    throw new CommandError(`The right is gone, but the end of sessions could not be announced (${String(error)}): run the same again.`);
  } finally {
    await state.close();
  }
}

async function list(rights: OperatorRights): Promise<string> {
  const lines = (await rights.list()).map(({ account_id, email, granted_at, without_second_factor }) =>
    [account_id, email, granted_at.toISOString(), ...(without_second_factor ? ['without second factor'] : [])].join('\t'));
  return lines.join('\n') || 'There is no operator.';
}

async function grant(rights: OperatorRights, who: string, withoutSecondFactor: boolean): Promise<string> {
  const isAdded = await rights.grant(who, { withoutSecondFactor });
  return isAdded ? 'This account is an operator from now on.' : 'This account was an operator already.';
}

/** `node dist/operator.js grant|revoke|list`, as the owner of auth's schema. */
await runCommand(
  {
    name: 'operator',
    usage: 'Usage: operator grant <e-mail or account id> [--without-second-factor] | revoke <e-mail or account id> | list',
    failure: 'Operators could not be changed',
    config: operatorConfig,
    read: (words) => commandLine.parse(words),
    run: ([command, who, flag], config) =>
      withDatabase({ service, secretId: config.DATABASE_OWNER_SECRET_ID }, config, async (database, secrets) => {
        const rights = new OperatorRights(database, new AuditTrail(new Outbox(service), auditRecorded));
        if (command === 'list') return list(rights);
        if (command === 'grant') return grant(rights, who, flag !== undefined);
        const ended = await rights.revoke(who);
        await announce(secrets, config.STATE_SECRET_ID, ended);
        return `This account is no operator any more; sessions ended: ${ended.length}.`;
      }),
  },
  process,
);
