import type { InputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints, Passkey as PasskeyView, PasskeyCreationOptions } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { Database, newId, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { type Account, AccountRepository } from '../accounts/account.repository.js';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { StepUp } from '../sessions/step-up.js';
import { creationOptions } from './ceremony-options.js';
import { challengeOf } from './client-data.js';
import { PasskeyAudit } from './passkey-audit.js';
import { type Ceremony, PasskeyChallengeRepository } from './passkey-challenge.repository.js';
import { PasskeyNotice } from './passkey-notice.js';
import { toPasskeyView } from './passkey.mapper.js';
import { type Passkey, PasskeyRepository } from './passkey.repository.js';
import { verifyRegistration } from './verify-registration.js';

type Registration = InputOf<typeof authEndpoints.finishPasskeyRegistration>['body'];
type Credential = Awaited<ReturnType<typeof verifyRegistration>>;

const maxPerPerson = 20;

const requireRoom = (passkeys: readonly Passkey[]): void => {
  if (passkeys.length >= maxPerPerson) throw new DomainError('CONFLICT', `A person has ${maxPerPerson} passkeys at most.`);
};

@Injectable()
export class PasskeyRegistrationService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly stepUp: StepUp,
    private readonly challenges: PasskeyChallengeRepository,
    private readonly passkeys: PasskeyRepository,
    private readonly audit: PasskeyAudit,
    private readonly notice: PasskeyNotice,
    @Inject(AUTH_CONFIG) private readonly config: AuthConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws REAUTHENTICATION_REQUIRED, and CONFLICT when there is no room for another passkey. */
  begin(principal: Principal): Promise<PasskeyCreationOptions> {
    return this.database.withoutTenant(async (tx) => {
      await this.stepUp.require(tx, principal);
      const account = await this.lock(tx, principal);
      const passkeys = await this.passkeys.list(tx, account.id);
      requireRoom(passkeys);
      const handle = await this.passkeys.handleFor(tx, account.id);
      const challenge = await this.challenges.issue(tx, { kind: 'registration', sessionId: principal.sessionId });
      return creationOptions(this.config, { account, handle, passkeys }, challenge);
    });
  }

  /**
   * The challenge stands for the recent proof that it was given for, and is used up whatever comes of it. Throws
   * INVALID_CREDENTIALS, which says nothing more, and CONFLICT when there is no room for another passkey.
   */
  async finish(principal: Principal, { response, name }: Registration): Promise<PasskeyView> {
    const ceremony: Ceremony = { kind: 'registration', sessionId: principal.sessionId };
    const challenge = challengeOf(response.response.clientDataJSON);
    if (challenge === undefined) throw this.refused('unreadable client data, or the frame of another site');
    // By itself: what fails below must not bring it back.
    const isGood = await this.database.withoutTenant((tx) => this.challenges.use(tx, challenge, ceremony));
    if (!isGood) throw this.refused('unknown challenge');
    const credential = await verifyRegistration(response, challenge, this.config).catch((error: unknown) => {
      throw this.refused(error instanceof Error ? error.message.slice(0, 200) : 'unreadable');
    });
    return toPasskeyView(await this.database.withoutTenant((tx) => this.add(tx, principal, credential, name)));
  }

  private async add(tx: Transaction, principal: Principal, credential: Credential, name = 'Passkey'): Promise<Passkey> {
    const account = await this.lock(tx, principal);
    requireRoom(await this.passkeys.list(tx, account.id));
    const passkey = await this.passkeys.insert(tx, { ...credential, id: newId(), account_id: account.id, name });
    if (!passkey) throw this.refused('the credential is known already');
    await this.audit.added(tx, passkey);
    await this.notice.send(tx, account, passkey, 'added');
    return passkey;
  }

  /** Under the locks: the session may have ended since the token was checked, by a new password for one. */
  private async lock(tx: Transaction, { userId, sessionId }: Principal): Promise<Account> {
    const account = await this.accounts.lockActive(tx, userId);
    const session = await this.sessions.lock(tx, sessionId);
    if (!account || session?.account_id !== account.id) {
      throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the session is over' });
    }
    return account;
  }

  private refused(reason: string): DomainError {
    this.logger.warn({ event: 'passkey.refused', ceremony: 'registration', reason }, 'A new passkey was refused');
    return new DomainError('INVALID_CREDENTIALS');
  }
}
