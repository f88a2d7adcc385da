import type { Client, InputOf } from '@atrium/contract-kit';
import type { authEndpoints, PasskeyRequestOptions, SignedIn } from '@atrium/contracts/auth';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { SignIn } from '../sessions/sign-in.js';
import { requestOptions } from './ceremony-options.js';
import { PasskeyChallengeRepository } from './passkey-challenge.repository.js';
import { PasskeyProof } from './passkey-proof.js';

type Credentials = InputOf<typeof authEndpoints.finishPasskeyLogin>['body'];

/** Signs people in by their passkeys, without a name: the passkey says whose it is. */
@Injectable()
export class PasskeyLoginService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly challenges: PasskeyChallengeRepository,
    private readonly proof: PasskeyProof,
    private readonly signIn: SignIn,
    @Inject(AUTH_CONFIG) private readonly config: AuthConfig,
  ) {}

  async begin(): Promise<PasskeyRequestOptions> {
    const challenge = await this.database.withoutTenant((tx) => this.challenges.issue(tx, { kind: 'login' }));
    return requestOptions(this.config, challenge);
  }

  /** Throws INVALID_CREDENTIALS; only a passkey that was proven learns of EMAIL_NOT_VERIFIED or ACCOUNT_DISABLED. */
  async finish({ response, org_id: orgId }: Credentials, client: Client): Promise<SignedIn> {
    const passkey = await this.proof.require(response, { kind: 'login' });
    const account = await this.database.withoutTenant((tx) => this.accounts.findById(tx, passkey.account_id));
    if (!account) throw new DomainError('INVALID_CREDENTIALS');
    return this.signIn.finish(account, { orgId, client, methods: ['hwk'] });
  }
}
