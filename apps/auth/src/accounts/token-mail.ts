import { emailVerificationRequested, passwordResetRequested } from '@atrium/contracts/domain-events';
import type { Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import type { Account } from './account.repository.js';
import { type EmailTokenPurpose, EmailTokenRepository } from './email-token.repository.js';

const hourMs = 3_600_000;
const mails = {
  verify_email: { event: emailVerificationRequested, lifetimeMs: 24 * hourMs },
  reset_password: { event: passwordResetRequested, lifetimeMs: hourMs },
} as const;

/** Asks for the mail whose link proves that a person reads the mailbox; the token leaves with it, and only its hash stays. */
@Injectable()
export class TokenMail {
  constructor(
    private readonly tokens: EmailTokenRepository,
    private readonly outbox: Outbox,
  ) {}

  async request(tx: Transaction, { id, email }: Pick<Account, 'id' | 'email'>, purpose: EmailTokenPurpose): Promise<void> {
    const { event, lifetimeMs } = mails[purpose];
    const token = newOpaqueToken();
    const expiresAt = new Date(Date.now() + lifetimeMs);
    await this.tokens.replace(tx, { accountId: id, purpose, hash: hashOfToken(token), expiresAt });
    await this.outbox.publish(tx, event, { user_id: id, email, token, expires_at: expiresAt.toISOString() }, { orgId: null });
  }
}
