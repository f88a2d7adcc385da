import type { InputOf, MemberPrincipal, OutputOf } from '@atrium/contract-kit';
import type { authEndpoints, NewApiKey } from '@atrium/contracts/auth';
import { apiKeyCreated } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { newApiKey, publicPrefixOf } from '@atrium/platform/auth-guard';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Outbox } from '@atrium/platform/messaging';
import { siteExistsAtUsers } from '@atrium/site-directory';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import type { Membership } from '../memberships/membership.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { OwnSession } from '../sessions/own-session.js';
import { RevocationPublisher } from '../sessions/revocation-publisher.js';
import { StepUp } from '../sessions/step-up.js';
import { hashOfToken } from '../tokens/opaque-token.js';
import { expiryOf } from './api-key-expiry.js';
import { toApiKey } from './api-key.mapper.js';
import { requireMayDelete, requireMayGive, visibleOwner } from './api-key.policy.js';
import { ApiKeyRepository, type ApiKeyRow } from './api-key.repository.js';

type NewKeyBody = InputOf<typeof authEndpoints.createApiKey>['body'];
type PageQuery = InputOf<typeof authEndpoints.listApiKeys>['query'];

/** Live keys of one person in one organization. */
const maxKeys = 100;

/** What an audit entry says of a key. */
const told = ({ prefix, name, user_id, permissions, site_id, expires_at }: ApiKeyRow) => ({
  prefix, name, user_id, permissions: [...permissions], site_id, expires_at: expires_at.toISOString(),
});

@Injectable()
export class ApiKeyService {
  constructor(
    private readonly database: Database,
    private readonly keys: ApiKeyRepository,
    private readonly own: OwnSession,
    private readonly memberships: MembershipRepository,
    private readonly stepUp: StepUp,
    private readonly revocations: RevocationPublisher,
    private readonly audit: AuditTrail,
    private readonly outbox: Outbox,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'USERS_URL'>,
  ) {}

  /** A key outlives the session by far: it takes a recent proof of who asks. The key itself is in this answer alone. */
  create(principal: MemberPrincipal, { name, permissions, site_id, expires_at }: NewKeyBody): Promise<NewApiKey> {
    const expiresAt = expiryOf(expires_at, Date.now());
    const siteId = site_id ?? null;
    const grant = { permissions: [...new Set(permissions)].sort(), site_id: siteId };
    return this.database.inTenant(principal.orgId, async (tx) => {
      // One after the other for each person; and under the lock, since a new password may end the session meanwhile.
      const account = await this.own.lock(tx, principal);
      await this.stepUp.require(tx, principal);
      const membership = await this.memberships.findActive(tx, principal.userId);
      if (!membership) throw new DomainError('FORBIDDEN', undefined, { detail: 'no longer a member' });
      requireMayGive(membership, grant);
      if (siteId !== null) await this.requireSite(membership, siteId);
      await this.requireRoom(tx, principal.userId);
      const key = newApiKey();
      const identity = { id: newId(), user_id: principal.userId, prefix: publicPrefixOf(key), hash: hashOfToken(key) };
      const row = await this.keys.insert(tx, { ...identity, ...grant, name, expires_at: expiresAt });
      if (!row) throw new Error('An API key was not stored.');
      const resource = { type: 'api_key', id: row.id };
      await this.audit.record(tx, { action: 'api_key.created', resource, site_id: siteId, after: told(row) }, { orgId: tx.orgId });
      const times = { created_at: row.created_at.toISOString(), valid_until: row.expires_at.toISOString() };
      await this.outbox.publish(tx, apiKeyCreated, { user_id: account.id, email: account.email, key_name: row.name, ...times }, { orgId: null });
      return { ...toApiKey(row), key };
    });
  }

  list(principal: MemberPrincipal, { page, page_size }: PageQuery): Promise<OutputOf<typeof authEndpoints.listApiKeys>> {
    const owner = visibleOwner(principal);
    return this.database.inTenant(principal.orgId, async (tx) => {
      const total_count = await this.keys.count(tx, owner);
      const rows = await this.keys.page(tx, owner, page_size, (page - 1) * page_size);
      const total_pages = Math.ceil(total_count / page_size);
      return { data: rows.map(toApiKey), pagination: { page, page_size, total_pages, total_count } };
    });
  }

  async delete(principal: MemberPrincipal, id: string): Promise<void> {
    await this.database.inTenant(principal.orgId, async (tx) => {
      const row = await this.keys.lock(tx, id);
      if (!row) throw notFound('API key');
      requireMayDelete(principal, row.user_id);
      await this.keys.markDeleted(tx, id);
      const resource = { type: 'api_key', id };
      await this.audit.record(tx, { action: 'api_key.deleted', resource, site_id: row.site_id, before: told(row) }, { orgId: tx.orgId });
    });
    await this.revocations.revokeSession(id);
  }

  /** A role at the site proves it; whoever may everything everywhere could name any id, and users knows which there are. */
  private async requireSite({ roles }: Membership, siteId: string): Promise<void> {
    if (roles.some((role) => role.site_id === siteId)) return;
    if (!(await siteExistsAtUsers(this.config.USERS_URL, siteId))) throw notFound('site');
  }

  private async requireRoom(tx: TenantTransaction, userId: string): Promise<void> {
    if ((await this.keys.countLive(tx, userId)) >= maxKeys) {
      throw new DomainError('CONFLICT', `At most ${maxKeys} API keys of one person can live in an organization. Delete one first.`);
    }
  }
}
