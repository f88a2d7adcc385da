import type { DataOf } from '@atrium/contract-kit';
import { accountClosed, accountErased, accountReopened } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, type Transaction } from '@atrium/platform/database';
import { OnDomainEvent } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { RevocationPublisher } from '../sessions/revocation-publisher.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { AccountClosureRepository } from './account-closure.repository.js';
import { EmailTokenRepository } from './email-token.repository.js';

/** Ends accounts as users tells: closed at once, deleted when the time to reopen them is over. */
@Injectable()
export class AccountClosureConsumer {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountClosureRepository,
    private readonly tokens: EmailTokenRepository,
    private readonly sessions: SessionRepository,
    private readonly revocations: RevocationPublisher,
    private readonly audit: AuditTrail,
  ) {}

  @OnDomainEvent(accountClosed)
  async onClosed({ user_id: id, at }: DataOf<typeof accountClosed>): Promise<void> {
    const ended = await this.database.withoutTenant(async (tx) => {
      if (!(await this.accounts.close(tx, id, at))) return [];
      await this.tokens.discard(tx, id, ['verify_email', 'reset_password']);
      await this.record(tx, 'account.closed', id);
      return this.sessions.endAll(tx, id, 'revoked');
    });
    await this.revocations.revokeSessions(ended);
  }

  @OnDomainEvent(accountReopened)
  async onReopened({ user_id: id, at }: DataOf<typeof accountReopened>): Promise<void> {
    await this.database.withoutTenant(async (tx) => {
      if (await this.accounts.reopen(tx, id, at)) await this.record(tx, 'account.reopened', id);
    });
  }

  /** Whatever was heard of closing: who tells this has deleted the person. */
  @OnDomainEvent(accountErased)
  async onErased({ user_id: id }: DataOf<typeof accountErased>): Promise<void> {
    const ended = await this.database.withoutTenant(async (tx) => {
      const sessions = await this.accounts.erase(tx, id);
      await this.record(tx, 'account.erased', id);
      return sessions;
    });
    await this.revocations.revokeSessions(ended);
  }

  private record(tx: Transaction, action: string, id: string): Promise<void> {
    return this.audit.record(tx, { action, resource: { type: 'account', id } }, { orgId: null });
  }
}
