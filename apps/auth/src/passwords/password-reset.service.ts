import type { Client, InputOf } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import { type DomainError, invalidField } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { atPace } from '../accounts/answer-pace.js';
import { EmailTokenRepository } from '../accounts/email-token.repository.js';
import { EmailVerificationService } from '../accounts/email-verification.service.js';
import { TokenMail } from '../accounts/token-mail.js';
import { AccountAudit } from '../audit/account-audit.js';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { KnownDevices, type RememberedDevice } from '../devices/known-devices.js';
import { RevocationPublisher } from '../sessions/revocation-publisher.js';
import { hashOfToken } from '../tokens/opaque-token.js';
import { NewPassword } from './new-password.js';
import { PasswordReplacement } from './password-replacement.js';

interface Redeemed {
  /** Ids of sessions. */
  readonly ended: readonly string[];
  readonly device: RememberedDevice;
}

type Reset = InputOf<typeof authEndpoints.resetPassword>['body'];

/** Unknown, expired, used, another purpose's or a disabled account's: the answer is the same. */
const badToken = (): DomainError => invalidField('token', 'is not valid any more');

@Injectable()
export class PasswordResetService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly tokens: EmailTokenRepository,
    private readonly verification: EmailVerificationService,
    private readonly mail: TokenMail,
    private readonly newPassword: NewPassword,
    private readonly replacement: PasswordReplacement,
    private readonly devices: KnownDevices,
    private readonly revocations: RevocationPublisher,
    private readonly audit: AccountAudit,
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'limits'>,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'LIMIT_SCALE'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Resolves alike whether or not the address has an account; a mailbox gets five such mails an hour at most. */
  forgot(email: string): Promise<void> {
    return atPace(this.requestMail(email));
  }

  /**
   * Whoever has the token has the mailbox, so the address is verified too. Someone else who registered it before its
   * owner came loses password and sessions alike. The device is known from now on: attempts of others, which may hold up
   * strangers, don't keep its owner out.
   */
  async reset({ token, password }: Reset, client: Client): Promise<void> {
    const hash = hashOfToken(token);
    const account = await this.database.withoutTenant((tx) => this.accountOf(tx, hash));
    // The token stays good when the policy refuses the password; of parallel requests the first to commit uses it up.
    const passwordHash = await this.newPassword.hash(account, password);
    const { ended, device } = await this.database.withoutTenant((tx) => this.redeem(tx, hash, passwordHash, client));
    this.devices.tell(client, device);
    this.logger.info({ event: 'password.reset', account_id: account.id, sessions_ended: ended.length }, 'Password reset');
    await this.revocations.revokeSessions(ended);
  }

  private async requestMail(email: string): Promise<void> {
    const limit = { requests: Math.ceil(5 * this.config.LIMIT_SCALE), windowSeconds: 3_600 };
    if (!(await this.state.limits.consume(`forgot ${email}`, limit)).allowed) return;
    await this.database.withoutTenant(async (tx) => {
      const account = await this.accounts.findByEmail(tx, email);
      if (account?.status !== 'active') return;
      await this.mail.request(tx, account, 'reset_password');
      await this.audit.record(tx, account, { action: 'password.reset_requested' });
    });
  }

  private async accountOf(tx: Transaction, hash: Buffer): Promise<Account> {
    const id = await this.tokens.find(tx, 'reset_password', hash);
    const account = id === undefined ? undefined : await this.accounts.findById(tx, id);
    if (account?.status !== 'active') throw badToken();
    return account;
  }

  private async redeem(tx: Transaction, hash: Buffer, passwordHash: string, client: Client): Promise<Redeemed> {
    const id = await this.tokens.use(tx, 'reset_password', hash);
    const account = id === undefined ? undefined : await this.accounts.lockActive(tx, id);
    if (!account) throw badToken();
    await this.verification.markVerified(tx, account.id);
    const ended = await this.replacement.apply(tx, account, { passwordHash, means: 'reset' });
    return { ended, device: await this.devices.remember(tx, account.id, client) };
  }
}
