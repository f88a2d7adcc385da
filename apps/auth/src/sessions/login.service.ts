import type { Client, InputOf } from '@atrium/contract-kit';
import type { authEndpoints, SignInAnswer } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { PasswordHasher } from '../passwords/password-hasher.js';
import { LoginThrottle, type PasswordAttempt } from './login-throttle.js';
import { SignIn } from './sign-in.js';
import { SignInLookup } from './sign-in-lookup.js';

interface Found {
  readonly account: Account | undefined;
  readonly attempt: PasswordAttempt;
}

type Credentials = InputOf<typeof authEndpoints.login>['body'];

@Injectable()
export class LoginService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly lookup: SignInLookup,
    private readonly hasher: PasswordHasher,
    private readonly throttle: LoginThrottle,
    private readonly signIn: SignIn,
    private readonly audit: AccountAudit,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * An unknown address, an account without a password and a wrong password look and cost the same. Only a right password learns of EMAIL_NOT_VERIFIED
   * or ACCOUNT_DISABLED.
   */
  async login(credentials: Credentials, client: Client): Promise<SignInAnswer> {
    const { email, password } = credentials;
    const { account, attempt } = await this.find(email, client);
    const pauses = await this.throttle.consume(attempt);
    const isRight = await this.hasher.verify(account?.password_hash ?? undefined, password);
    if (!account || !isRight) {
      this.logger.warn({ event: 'login.failed', account_id: account?.id ?? null }, 'Sign-in refused');
      this.audit.failed(account, 'user.sign_in_failed', 'wrong password');
      this.throttle.note(attempt, pauses);
      throw new DomainError('INVALID_CREDENTIALS');
    }
    await this.throttle.forgive(attempt);
    await this.strengthenHash(account, password);
    return this.signIn.continue(account, { orgId: credentials.org_id, client, methods: ['pwd'] });
  }

  private async find(email: string, client: Client): Promise<Found> {
    const { account, device } = await this.lookup.find(email, client);
    const from = device === undefined ? { address: client.address } : { device };
    return { account, attempt: { email, accountId: account?.id, from } };
  }

  /** A failure is no reason to refuse the sign-in: the next one tries again. */
  private async strengthenHash(account: Account, password: string): Promise<void> {
    const verified = account.password_hash;
    if (verified === null || !this.hasher.needsRehash(verified)) return;
    try {
      const stronger = await this.hasher.hash(password);
      await this.database.withoutTenant((tx) => this.accounts.replaceHash(tx, account.id, verified, stronger));
    } catch (error) {
      this.logger.warn({ err: error, account_id: account.id }, 'A password hash could not be strengthened.');
    }
  }
}
