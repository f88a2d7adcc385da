import { userEmailVerified } from '@atrium/contracts/domain-events';
import { Database, type Transaction } from '@atrium/platform/database';
import { invalidField } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { AccountAudit, actorOf } from '../audit/account-audit.js';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { hashOfToken } from '../tokens/opaque-token.js';
import { AccountRepository } from './account.repository.js';
import { atPace } from './answer-pace.js';
import { EmailTokenRepository } from './email-token.repository.js';
import { TokenMail } from './token-mail.js';

@Injectable()
export class EmailVerificationService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly tokens: EmailTokenRepository,
    private readonly mail: TokenMail,
    private readonly outbox: Outbox,
    private readonly audit: AccountAudit,
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'limits'>,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'LIMIT_SCALE'>,
  ) {}

  /** Throws the same VALIDATION_ERROR for a token that is unknown, expired or used. */
  async verify(token: string): Promise<void> {
    await this.database.withoutTenant(async (tx) => {
      const accountId = await this.tokens.use(tx, 'verify_email', hashOfToken(token));
      if (accountId === undefined) throw invalidField('token', 'is not valid any more');
      await this.markVerified(tx, accountId);
    });
  }

  /** For whoever has proven to read the mailbox. */
  async markVerified(tx: Transaction, accountId: string): Promise<void> {
    const verifiedAt = await this.accounts.markVerified(tx, accountId);
    if (!verifiedAt) return;
    await this.outbox.publish(
      tx,
      userEmailVerified,
      { user_id: accountId, verified_at: verifiedAt.toISOString() },
      { orgId: null },
    );
    await this.audit.recordIn(tx, null, accountId, { action: 'email.verified', actor: actorOf(accountId) });
  }

  /** Resolves alike whether or not the address waits for verification; a mailbox gets five such mails an hour at most. */
  resend(email: string): Promise<void> {
    return atPace(this.requestAgain(email));
  }

  private async requestAgain(email: string): Promise<void> {
    const limit = { requests: Math.ceil(5 * this.config.LIMIT_SCALE), windowSeconds: 3_600 };
    if (!(await this.state.limits.consume(`resend ${email}`, limit)).allowed) return;
    await this.database.withoutTenant(async (tx) => {
      const account = await this.accounts.findByEmail(tx, email);
      if (account?.status === 'active' && account.email_verified_at === null) await this.mail.request(tx, account, 'verify_email');
    });
  }
}
