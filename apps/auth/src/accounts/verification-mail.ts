import { emailVerificationRequested } from '@atrium/contracts/domain-events';
import type { Transaction } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { Injectable } from '@nestjs/common';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import type { Account } from './account.repository.js';
import { EmailTokenRepository } from './email-token.repository.js';

/** 24 hours. */
const lifetimeMs = 86_400_000;

/** Asks for the mail that lets a person prove their address; the token leaves with it, and only its hash stays. */
@Injectable()
export class VerificationMail {
  constructor(
    private readonly tokens: EmailTokenRepository,
    private readonly outbox: Outbox,
  ) {}

  async request(tx: Transaction, account: Pick<Account, 'id' | 'email'>): Promise<void> {
    const token = newOpaqueToken();
    const expiresAt = new Date(Date.now() + lifetimeMs);
    await this.tokens.replace(tx, { accountId: account.id, purpose: 'verify_email', hash: hashOfToken(token), expiresAt });
    await this.outbox.publish(
      tx,
      emailVerificationRequested,
      { user_id: account.id, email: account.email, token, expires_at: expiresAt.toISOString() },
      { orgId: null },
    );
  }
}
