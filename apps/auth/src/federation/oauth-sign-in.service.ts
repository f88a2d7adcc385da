import type { Client, InputOf, OutputOf } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import { FederatedAccounts } from '../identities/federated-accounts.js';
import { SignIn } from '../sessions/sign-in.js';
import { CodeRedemption } from './code-redemption.js';

type Redeem = InputOf<typeof authEndpoints.redeemOauthCode>;
type SignedInOrMore = OutputOf<typeof authEndpoints.redeemOauthCode>;

@Injectable()
export class OauthSignInService {
  constructor(
    private readonly database: Database,
    private readonly redemption: CodeRedemption,
    private readonly accounts: FederatedAccounts,
    private readonly signIn: SignIn,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws INVALID_CREDENTIALS for a code that is no good, ACCOUNT_DISABLED. */
  async redeem(body: Redeem['body'], cookies: Redeem['cookies'], client: Client): Promise<SignedInOrMore> {
    const account = await this.accountOf(body, cookies);
    if (!account) {
      this.logger.warn({ event: 'oauth.code_refused' }, 'A code of a sign-in with another issuer was refused');
      throw new DomainError('INVALID_CREDENTIALS');
    }
    return this.signIn.continue(account, { orgId: body.org_id, client, methods: ['fed'] });
  }

  private async accountOf(body: Redeem['body'], cookies: Redeem['cookies']): Promise<Account | undefined> {
    const grant = await this.redemption.redeem(body, cookies);
    if (grant?.kind !== 'sign-in') return undefined;
    return this.database.withoutTenant((tx) => this.accounts.find(tx, grant.identityId));
  }
}
