import type { Principal } from '@atrium/contract-kit';
import type { PasskeyAssertion, PasskeyRequestOptions } from '@atrium/contracts/auth';
import { Database } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { SessionRepository } from '../sessions/session.repository.js';
import { requestOptions } from './ceremony-options.js';
import { type Ceremony, PasskeyChallengeRepository } from './passkey-challenge.repository.js';
import { PasskeyProof } from './passkey-proof.js';
import { PasskeyRepository } from './passkey.repository.js';

const ceremonyOf = ({ sessionId }: Principal): Ceremony => ({ kind: 'reauthentication', sessionId });

/** Lets a person prove in their session, by a passkey of theirs, that it is still them. */
@Injectable()
export class PasskeyReauthenticationService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionRepository,
    private readonly challenges: PasskeyChallengeRepository,
    private readonly passkeys: PasskeyRepository,
    private readonly proof: PasskeyProof,
    @Inject(AUTH_CONFIG) private readonly config: AuthConfig,
  ) {}

  begin(principal: Principal): Promise<PasskeyRequestOptions> {
    return this.database.withoutTenant(async (tx) => {
      const challenge = await this.challenges.issue(tx, ceremonyOf(principal));
      return requestOptions(this.config, challenge, await this.passkeys.list(tx, principal.userId));
    });
  }

  /** Throws INVALID_CREDENTIALS. */
  async finish(principal: Principal, response: PasskeyAssertion): Promise<void> {
    await this.proof.require(response, ceremonyOf(principal), principal.userId);
    await this.database.withoutTenant(async (tx) => {
      const session = await this.sessions.lock(tx, principal.sessionId);
      if (!session) throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the session is over' });
      await this.sessions.markAuthenticated(tx, session.id, ['hwk']);
    });
  }
}
