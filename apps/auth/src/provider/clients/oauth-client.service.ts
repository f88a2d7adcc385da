import { randomUUID } from 'node:crypto';
import type { InputOf, MemberPrincipal } from '@atrium/contract-kit';
import type { authEndpoints, OAuthClient, OAuthClientWithSecret } from '@atrium/contracts/auth';
import { AuditTrail } from '@atrium/platform/audit';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { OwnSession } from '../../sessions/own-session.js';
import { RevocationPublisher } from '../../sessions/revocation-publisher.js';
import { StepUp } from '../../sessions/step-up.js';
import { GrantRevocation } from '../storage/grant-revocation.js';
import { hashOfSecret, newClientSecret } from './client-secret.js';
import { toOAuthClient } from './oauth-client.mapper.js';
import { refuseOperator, requireCoherent, requireLendable } from './oauth-client.policy.js';
import { type OAuthClientChange, OAuthClientRepository, type OAuthClientRow } from './oauth-client.repository.js';

type Created = InputOf<typeof authEndpoints.createOAuthClient>['body'];
type Changed = InputOf<typeof authEndpoints.updateOAuthClient>['body'];

const maxClients = 100;
const isNarrowed = (before: readonly string[], after: readonly string[]): boolean => before.some((one) => !after.includes(one));

/** Client apps of an organization. */
@Injectable()
export class OAuthClientService {
  constructor(
    private readonly database: Database,
    private readonly clients: OAuthClientRepository,
    private readonly own: OwnSession,
    private readonly stepUp: StepUp,
    private readonly grants: GrantRevocation,
    private readonly revocations: RevocationPublisher,
    private readonly audit: AuditTrail,
  ) {}

  async list({ orgId }: MemberPrincipal): Promise<{ data: OAuthClient[] }> {
    const rows = await this.database.inTenant(orgId, (tx) => this.clients.list(tx));
    return { data: rows.map(toOAuthClient) };
  }

  async get({ orgId }: MemberPrincipal, id: string): Promise<OAuthClient> {
    const row = await this.database.inTenant(orgId, (tx) => this.clients.find(tx, id));
    if (!row) throw notFound('client app');
    return toOAuthClient(row);
  }

  async create(principal: MemberPrincipal, settings: Created): Promise<OAuthClientWithSecret> {
    refuseOperator(principal);
    requireCoherent(settings);
    requireLendable(principal, settings.permissions);
    const secret = settings.token_endpoint_auth_method === 'none' ? null : newClientSecret();
    const row = await this.database.inTenant(principal.orgId, async (tx) => {
      await this.requireProof(tx, principal);
      if ((await this.clients.countForInsert(tx)) >= maxClients) throw new DomainError('CONFLICT', `An organization has ${maxClients} client apps at most.`);
      const made = { ...settings, id: newId(), secret_hash: secret === null ? null : hashOfSecret(secret), token_session_id: randomUUID(), created_by: principal.userId };
      const added = await this.clients.insert(tx, made);
      await this.record(tx, 'oauth_client.created', undefined, added);
      return added;
    });
    return { ...toOAuthClient(row), client_secret: secret };
  }

  /** What was taken away ends what people granted, and the client's own tokens: nobody keeps it until a token expires. */
  async update(principal: MemberPrincipal, id: string, change: Changed): Promise<OAuthClient> {
    refuseOperator(principal);
    const { row, ended } = await this.database.inTenant(principal.orgId, async (tx) => {
      await this.requireProof(tx, principal);
      const before = await this.lock(tx, id);
      requireCoherent({ ...before, ...change });
      requireLendable(principal, (change.permissions ?? []).filter((permission) => !before.permissions.includes(permission)));
      const narrowed =
        isNarrowed(before.permissions, change.permissions ?? before.permissions) ||
        isNarrowed(before.grant_types, change.grant_types ?? before.grant_types);
      const after = await this.change(tx, before, { ...change, ...(narrowed ? { token_session_id: randomUUID() } : {}) }, 'oauth_client.updated');
      return { row: after, ended: narrowed ? [before.token_session_id, ...(await this.grants.endOfClient(tx, id))] : [] };
    });
    await this.revocations.revokeSessions(ended);
    return toOAuthClient(row);
  }

  async rotateSecret(principal: MemberPrincipal, id: string): Promise<OAuthClientWithSecret> {
    refuseOperator(principal);
    const secret = newClientSecret();
    const { row, ended } = await this.database.inTenant(principal.orgId, async (tx) => {
      await this.requireProof(tx, principal);
      const before = await this.lock(tx, id);
      if (!before.secret_hash) throw new DomainError('CONFLICT', 'A public client has no secret.');
      const change = { secret_hash: hashOfSecret(secret), token_session_id: randomUUID() };
      return { row: await this.change(tx, before, change, 'oauth_client.secret_rotated'), ended: before.token_session_id };
    });
    await this.revocations.revokeSession(ended);
    return { ...toOAuthClient(row), client_secret: secret };
  }

  async delete(principal: MemberPrincipal, id: string): Promise<void> {
    const ended = await this.database.inTenant(principal.orgId, async (tx) => {
      const before = await this.lock(tx, id);
      const sessions = await this.grants.endOfClient(tx, id);
      await this.clients.delete(tx, id);
      await this.record(tx, 'oauth_client.deleted', before, undefined);
      return [before.token_session_id, ...sessions];
    });
    await this.revocations.revokeSessions(ended);
  }

  /** Of an organization that is deleted. @returns sessions whose end is to be announced when the transaction has committed */
  async deleteAll(tx: TenantTransaction): Promise<string[]> {
    const ended: string[] = [];
    for (const { id, token_session_id } of await this.clients.list(tx)) {
      ended.push(token_session_id, ...(await this.grants.endOfClient(tx, id)));
      await this.clients.delete(tx, id);
    }
    return ended;
  }

  /** A client's secret, or where codes are sent, outlives the session by far: it takes a recent proof of who asks. */
  private async requireProof(tx: TenantTransaction, principal: MemberPrincipal): Promise<void> {
    await this.own.lock(tx, principal);
    await this.stepUp.require(tx, principal);
  }

  private async lock(tx: TenantTransaction, id: string): Promise<OAuthClientRow> {
    const row = await this.clients.lock(tx, id);
    if (!row) throw notFound('client app');
    return row;
  }

  private async change(tx: TenantTransaction, before: OAuthClientRow, change: OAuthClientChange, action: string): Promise<OAuthClientRow> {
    const after = await this.clients.change(tx, before.id, change);
    if (!after) throw notFound('client app');
    await this.record(tx, action, before, after);
    return after;
  }

  private record(tx: TenantTransaction, action: string, before: OAuthClientRow | undefined, after: OAuthClientRow | undefined): Promise<void> {
    const id = (after ?? before)?.id ?? '';
    const entry = { action, resource: { type: 'oauth_client', id }, before: before ? toOAuthClient(before) : null, after: after ? toOAuthClient(after) : null };
    return this.audit.record(tx, entry, { orgId: tx.orgId });
  }
}
