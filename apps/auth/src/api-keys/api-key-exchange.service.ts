import type { ExchangedApiKey } from '@atrium/contracts/auth';
import { AuditTrail } from '@atrium/platform/audit';
import { isApiKey } from '@atrium/platform/auth-guard';
import { LOGGER } from '@atrium/platform/context';
import { Database, type TenantTransaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import type { Membership } from '../memberships/membership.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { hashOfToken } from '../tokens/opaque-token.js';
import { claimsOfApiKey } from './api-key-claims.js';
import { ApiKeyRepository, type PresentedApiKey } from './api-key.repository.js';

/** Far below the life of a session's tokens: who gives none back can't be asked to sign in again. */
const tokenSeconds = 300;

type Verdict = { readonly membership: Membership } | { readonly refused: string };

const secondsLeft = ({ expires_at }: PresentedApiKey): number => Math.floor((expires_at.getTime() - Date.now()) / 1000);

/** Gives the gateway a short-lived access token for an API key, so that no service ever sees a key. */
@Injectable()
export class ApiKeyExchangeService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyRepository,
    private readonly accounts: AccountRepository,
    private readonly memberships: MembershipRepository,
    private readonly issuer: AccessTokenIssuer,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws UNAUTHENTICATED for a key that is unknown, over, or of somebody who is no longer an active member. */
  async exchange(presented: string): Promise<ExchangedApiKey> {
    const key = isApiKey(presented)
      ? await this.database.withoutTenant((tx) => this.keys.findByHash(tx, hashOfToken(presented)))
      : undefined;
    if (!key) throw refusal('unknown');
    const verdict = await this.database.inTenant(key.org_id, (tx) => this.judge(tx, key));
    if ('refused' in verdict) throw refusal(verdict.refused);
    const seconds = Math.min(tokenSeconds, secondsLeft(key));
    const token = this.issuer.issueForApiKey({ accountId: key.user_id, keyId: key.id, claims: claimsOfApiKey(key, verdict.membership), seconds });
    void this.rememberUse(key);
    return { access_token: token, expires_in: seconds };
  }

  /** The trace of a refusal must commit: it is returned, not thrown. */
  private async judge(tx: TenantTransaction, key: PresentedApiKey): Promise<Verdict> {
    const membership = await this.memberships.findActive(tx, key.user_id);
    const refused = await this.problemOf(tx, key, membership);
    if (refused === undefined && membership) return { membership };
    const reason = refused ?? 'no membership';
    if (await this.keys.markRefused(tx, key.id)) {
      await this.audit.record(
        tx,
        {
          action: 'api_key.refused',
          outcome: 'denied',
          actor: { kind: 'api_key', id: key.id, session_id: null },
          resource: { type: 'api_key', id: key.id },
          site_id: key.site_id,
          details: { reason, user_id: key.user_id },
        },
        { orgId: tx.orgId },
      );
    }
    return { refused: reason };
  }

  private async problemOf(tx: TenantTransaction, key: PresentedApiKey, membership: Membership | undefined): Promise<string | undefined> {
    if (key.deleted_at !== null) return 'deleted';
    if (secondsLeft(key) < 1) return 'expired';
    if (!membership) return 'the owner is no active member';
    const account = await this.accounts.findById(tx, key.user_id);
    return account?.status === 'active' ? undefined : "the owner's account is disabled";
  }

  /** After the answer: when a key was used last is worth no request's waiting. */
  private async rememberUse({ org_id, id }: PresentedApiKey): Promise<void> {
    await this.database.inTenant(org_id, (tx) => this.keys.markUsed(tx, id)).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'The last use of an API key could not be kept.');
    });
  }
}

const refusal = (reason: string): DomainError => new DomainError('UNAUTHENTICATED', undefined, { detail: `API key refused: ${reason}` });
