import { passwordResetRequested } from '@atrium/contracts/domain-events';
import type { Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { EmailTokenRepository } from '../accounts/email-token.repository.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';

/** 1 hour. */
const lifetimeMs = 3_600_000;

/** Asks for the mail that lets a person set a new password; the token leaves with it, and only its hash stays. */
@Injectable()
export class ResetMail {
  constructor(
    private readonly tokens: EmailTokenRepository,
    private readonly outbox: Outbox,
  ) {}

  async request(tx: Transaction, account: Pick<Account, 'id' | 'email'>): Promise<void> {
    const token = newOpaqueToken();
    const expiresAt = new Date(Date.now() + lifetimeMs);
    await this.tokens.replace(tx, { accountId: account.id, purpose: 'reset_password', hash: hashOfToken(token), expiresAt });
    await this.outbox.publish(
      tx,
      passwordResetRequested,
      { user_id: account.id, email: account.email, token, expires_at: expiresAt.toISOString() },
      { orgId: null },
    );
  }
}
