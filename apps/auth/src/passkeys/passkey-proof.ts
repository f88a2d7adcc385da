import type { PasskeyAssertion } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { challengeOf } from './client-data.js';
import { PasskeyAudit } from './passkey-audit.js';
import { type Ceremony, PasskeyChallengeRepository } from './passkey-challenge.repository.js';
import { type Passkey, PasskeyRepository, type PasskeyUse } from './passkey.repository.js';
import { suggestsClone } from './sign-count.js';
import { verifyAssertion } from './verify-assertion.js';

/** Texts of the library quote what came. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message.slice(0, 200) : 'unreadable');

interface Refused {
  /** For the log; the caller hears the same of all. */
  readonly refused: string;
  readonly passkey?: Passkey;
}
type Outcome = Refused | { readonly passkey: Passkey };

interface Claim {
  readonly response: PasskeyAssertion;
  readonly challenge: string;
  readonly ceremony: Ceremony;
  /** Whose passkey it must be; where unset, the passkey says whose it is. */
  readonly accountId: string | undefined;
}

/** Checks that a person has just used one of their passkeys (WebAuthn L3 §7.2). */
@Injectable()
export class PasskeyProof {
  constructor(
    private readonly database: Database,
    private readonly challenges: PasskeyChallengeRepository,
    private readonly passkeys: PasskeyRepository,
    private readonly audit: PasskeyAudit,
    @Inject(AUTH_CONFIG) private readonly config: AuthConfig,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Uses the challenge up, whatever comes of it. Throws INVALID_CREDENTIALS, which says nothing more.
   *
   * @param accountId whose passkey it must be; where unset, the passkey says whose it is
   * @returns the passkey that was used
   */
  async require(response: PasskeyAssertion, ceremony: Ceremony, accountId?: string): Promise<Passkey> {
    const outcome = await this.redeem(response, ceremony, accountId);
    if (!('refused' in outcome)) return outcome.passkey;
    const { refused: reason, passkey } = outcome;
    const record = { event: 'passkey.refused', ceremony: ceremony.kind, reason, passkey_id: passkey?.id ?? null };
    this.logger.warn(record, 'A passkey was refused');
    if (passkey) await this.database.withoutTenant((tx) => this.audit.refused(tx, passkey, ceremony));
    throw new DomainError('INVALID_CREDENTIALS');
  }

  /** In two transactions: what is refused in the second must not bring the challenge back. */
  private async redeem(response: PasskeyAssertion, ceremony: Ceremony, accountId: string | undefined): Promise<Outcome> {
    const challenge = challengeOf(response.response.clientDataJSON);
    if (challenge === undefined) return { refused: 'unreadable client data, or the frame of another site' };
    const claim = { response, challenge, ceremony, accountId };
    const found = await this.database.withoutTenant((tx) => this.find(tx, claim));
    if ('refused' in found) return found;
    const use = await verifyAssertion(response, challenge, found.passkey, this.config).catch(reasonOf);
    if (typeof use === 'string') return { refused: use, passkey: found.passkey };
    return this.database.withoutTenant((tx) => this.count(tx, found.passkey, ceremony, use));
  }

  private async find(tx: Transaction, claim: Claim): Promise<Outcome> {
    if (!(await this.challenges.use(tx, claim.challenge, claim.ceremony))) return { refused: 'unknown challenge' };
    const passkey = await this.passkeys.findByCredentialId(tx, Buffer.from(claim.response.id, 'base64url'));
    if (!passkey) return { refused: 'unknown passkey' };
    return (await this.isOwners(tx, passkey, claim)) ? { passkey } : { refused: "another person's passkey", passkey };
  }

  /** The user handle must name the passkey's owner; it may be missing only where the person is known already. */
  private async isOwners(tx: Transaction, passkey: Passkey, { response, accountId }: Claim): Promise<boolean> {
    if (accountId !== undefined && passkey.account_id !== accountId) return false;
    const { userHandle } = response.response;
    if (typeof userHandle !== 'string') return accountId !== undefined;
    const handle = await this.passkeys.findHandle(tx, passkey.account_id);
    return handle?.equals(Buffer.from(userHandle, 'base64url')) ?? false;
  }

  /** By the count as it is under the lock. A refusal is returned, not thrown: its entry in the audit log must commit. */
  private async count(tx: Transaction, { id }: Passkey, ceremony: Ceremony, use: PasskeyUse): Promise<Outcome> {
    const passkey = await this.passkeys.lock(tx, id);
    if (!passkey) return { refused: 'removed meanwhile' };
    if (suggestsClone(passkey.sign_count, use.sign_count)) {
      await this.audit.cloneSuspected(tx, passkey, ceremony, use.sign_count);
      return { refused: 'the count of uses went back', passkey };
    }
    await this.passkeys.recordUse(tx, passkey.id, use);
    await this.audit.used(tx, passkey, ceremony);
    return { passkey };
  }
}
