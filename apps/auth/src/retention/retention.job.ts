import { LOGGER } from '@atrium/platform/context';
import { accountExpired } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type Transaction } from '@atrium/platform/database';
import { RecurringJob } from '@atrium/platform/jobs';
import type { Logger } from '@atrium/platform/logging';
import { Outbox } from '@atrium/platform/messaging';
import { Inject, Injectable } from '@nestjs/common';
import { ApiKeyRetention } from '../api-keys/api-key-retention.js';
import { AccountClosureRepository } from '../accounts/account-closure.repository.js';
import { graceSeconds } from '../sessions/session-lifetime.js';

const intervalMs = 60_000;
/** Accounts that expire in one round. */
const maxExpired = 500;

/** Bounded batches: what is left over is for the next round. */
const statements = [
  `delete from auth.sessions where id in (select id from auth.sessions
     where ended_at < now() - interval '24 hours' or expires_at < now() - interval '24 hours' limit 5000)`,
  `delete from auth.email_tokens where hash in (select hash from auth.email_tokens
     where used_at < now() - interval '24 hours' or expires_at < now() - interval '24 hours' limit 5000)`,
  // Anybody can ask for these, so a round takes many.
  `delete from auth.passkey_challenges where hash in (select hash from auth.passkey_challenges
     where expires_at < now() limit 50000)`,
  `delete from auth.mfa_tokens where hash in (select hash from auth.mfa_tokens
     where expires_at < now() - interval '1 hour' limit 5000)`,
  `delete from auth.totp_factors where confirmed_at is null and created_at < now() - interval '1 hour'`,
  `delete from auth.oidc_payloads where ctid = any (array(select ctid from auth.oidc_payloads where expires_at < now() limit 50000))`,
  `delete from auth.oauth_flows where id in (select id from auth.oauth_flows where expires_at < now() limit 5000)`,
  `delete from auth.oauth_codes where hash in (select hash from auth.oauth_codes where expires_at < now() limit 5000)`,
  `delete from auth.devices where id in (select id from auth.devices where expires_at < now() limit 5000)`,
  // A successor can be derived only as long as it may be given again.
  `update auth.refresh_tokens set successor_salt = null
     where successor_salt is not null and rotated_at < now() - interval '${graceSeconds} seconds'`,
  `select auth.forget_invitations(5000)`,
];

/**
 * Forgets what is over: API keys and invitations 30 days after their end, sessions and mailed tokens a day, sign-ins and
 * enrolments cut short an hour, challenges and sign-ins with other issuers at once; and accounts whose address nobody
 * verified within a week.
 */
@Injectable()
export class RetentionJob extends RecurringJob {
  constructor(
    private readonly database: Database,
    private readonly apiKeys: ApiKeyRetention,
    private readonly accounts: AccountClosureRepository,
    private readonly outbox: Outbox,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) logger: Logger,
  ) {
    super(logger, { everyMs: intervalMs, failure: 'What is over could not be deleted.' });
  }

  /** @returns whether this instance did it */
  async run(): Promise<boolean> {
    const done = await this.database.alone('auth.retention', async (tx) => {
      for (const statement of statements) await tx.manager.query(statement);
      await this.apiKeys.removeOverdue(tx);
      await this.expireUnverified(tx);
      return true;
    });
    return done ?? false;
  }

  private async expireUnverified(tx: Transaction): Promise<void> {
    for (const id of await this.accounts.expireUnverified(tx, maxExpired)) {
      await this.outbox.publish(tx, accountExpired, { user_id: id }, { orgId: null });
      await this.audit.record(tx, { action: 'account.expired', resource: { type: 'account', id } }, { orgId: null });
    }
  }
}
