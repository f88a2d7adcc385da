import { passwordChanged } from '@atrium/contracts/domain-events';
import type { Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { EmailTokenRepository } from '../accounts/email-token.repository.js';
import { AccountAudit, actorOf } from '../audit/account-audit.js';
import { KnownDevices } from '../devices/known-devices.js';
import { SessionRepository } from '../sessions/session.repository.js';

export interface Replacement {
  readonly passwordHash: string;
  readonly means: 'reset' | 'change';
  /** The session that goes on, if one does. */
  readonly keptSessionId?: string;
}

/** What goes with a new password, however it comes about: whatever the old one opened is closed, and the person is told. */
@Injectable()
export class PasswordReplacement {
  constructor(
    private readonly accounts: AccountRepository,
    private readonly tokens: EmailTokenRepository,
    private readonly sessions: SessionRepository,
    private readonly devices: KnownDevices,
    private readonly outbox: Outbox,
    private readonly audit: AccountAudit,
  ) {}

  /** The account must be locked. @returns ids of the sessions that ended, to be announced after the transaction */
  async apply(
    tx: Transaction,
    account: Pick<Account, 'id' | 'email' | 'last_org_id'>,
    { passwordHash, means, keptSessionId }: Replacement,
  ): Promise<string[]> {
    await this.accounts.setPassword(tx, account.id, passwordHash);
    await this.tokens.discard(tx, account.id, ['reset_password']);
    await this.devices.forgetAll(tx, account.id, keptSessionId);
    const reason = means === 'reset' ? 'password_reset' : 'password_changed';
    const ended = await this.sessions.endAll(tx, account.id, reason, keptSessionId);
    await this.outbox.publish(
      tx,
      passwordChanged,
      { user_id: account.id, email: account.email, changed_at: new Date().toISOString(), means },
      { orgId: null },
    );
    const details = { sessions_ended: ended.length };
    await this.audit.record(
      tx,
      account,
      means === 'reset' ? { action: 'password.reset', actor: actorOf(account.id), details } : { action: 'password.changed', details },
    );
    return ended;
  }
}
