import type { Client, InputOf } from '@atrium/contract-kit';
import type { authEndpoints, SignedIn } from '@atrium/contracts/auth';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { SignIn } from '../sessions/sign-in.js';
import { hashOfToken } from '../tokens/opaque-token.js';
import { CodeThrottle } from './code-throttle.js';
import { type CodeProof, FactorCodes } from './factor-codes.js';
import { FactorJournal } from './factor-journal.js';
import { MfaTokenRepository, type PendingSignIn } from './mfa-token.repository.js';
import { typedCode } from './typed-code.js';

type Answer = InputOf<typeof authEndpoints.loginSecondFactor>['body'];

/** The second step of a sign-in. */
@Injectable()
export class MfaLoginService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly tokens: MfaTokenRepository,
    private readonly codes: FactorCodes,
    private readonly throttle: CodeThrottle,
    private readonly journal: FactorJournal,
    private readonly signIn: SignIn,
  ) {}

  /** A token that is no good and a wrong code look the same. The limit is the account's: new tokens bring no new tries. */
  async login(answer: Answer, client: Client): Promise<SignedIn> {
    const hash = hashOfToken(answer.mfa_token);
    const code = typedCode(answer.code);
    const pending = await this.database.withoutTenant((tx) => this.tokens.find(tx, hash));
    if (!pending) throw new DomainError('INVALID_CREDENTIALS');
    const { accountId, methods, orgId } = pending;
    const isLast = await this.throttle.consume(accountId, code, client.address);
    const proof = (await this.database.withoutTenant((tx) => this.tokens.takeTry(tx, hash))) && (await this.codes.check(accountId, code));
    const account = proof && (await this.database.withoutTenant((tx) => this.redeem(tx, hash, pending, proof)));
    if (!account) return this.journal.refuse(accountId, { during: 'sign_in', isLast }, { orgId: null });
    await this.throttle.forgive(accountId);
    return this.signIn.finish(account, { orgId, client, methods: [...methods, proof.method] });
  }

  private async redeem(tx: Transaction, hash: Buffer, { accountId, passwordVersion }: PendingSignIn, proof: CodeProof): Promise<Account | undefined> {
    const account = await this.accounts.lockActive(tx, accountId);
    if (!account) throw new DomainError('ACCOUNT_DISABLED');
    if (account.password_version !== passwordVersion) return undefined;
    const actor = { kind: 'user', id: accountId, session_id: null } as const;
    if (!(await this.codes.redeem(tx, account, proof, { orgId: null, actor }))) return undefined;
    // Used by a parallel request a moment ago: thrown, so that the code stays good.
    if (!(await this.tokens.use(tx, hash))) throw new DomainError('INVALID_CREDENTIALS');
    return account;
  }
}
