import { AuditTrail } from '@atrium/platform/audit';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { RevocationPublisher } from '../../sessions/revocation-publisher.js';
import { SessionRepository } from '../../sessions/session.repository.js';
import { OAuthClientRepository } from '../clients/oauth-client.repository.js';
import { type EndingGrant, GrantRepository, hashOfGrant } from './grant.repository.js';

/** Why a grant ended. A code or token that comes twice is in two hands. */
export type GrantEnd = 'revoked' | 'code_reused' | 'token_reused';

/** Ends grants with everything that came of them: codes, refresh tokens, and by their session all access tokens. */
@Injectable()
export class GrantRevocation {
  constructor(
    private readonly database: Database,
    private readonly grants: GrantRepository,
    private readonly clients: OAuthClientRepository,
    private readonly sessions: SessionRepository,
    private readonly revocations: RevocationPublisher,
    private readonly audit: AuditTrail,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Nothing happens where it is over already. */
  async end(grantId: string, end: GrantEnd): Promise<void> {
    const sessions = await this.database.withoutTenant(async (tx) => {
      const grant = await this.grants.lock(tx, hashOfGrant(grantId));
      return grant ? this.endAll(tx, [grant], end) : [];
    });
    await this.revocations.revokeSessions(sessions);
  }

  /** In the transaction that changes the client. @returns sessions whose end is to be announced when it has committed */
  async endOfClient(tx: Transaction, clientId: string): Promise<string[]> {
    return this.endAll(tx, await this.grants.lockOfClient(tx, clientId), 'revoked');
  }

  private async endAll(tx: Transaction, grants: readonly EndingGrant[], end: GrantEnd): Promise<string[]> {
    const ended: string[] = [];
    for (const grant of grants) {
      if (grant.session_id === null) continue;
      if (await this.sessions.end(tx, grant.account_id, grant.session_id, 'grant_revoked')) ended.push(grant.session_id);
      await this.record(tx, grant, end);
    }
    if (grants.length > 0) await this.grants.delete(tx, grants.map(({ hash }) => hash));
    return ended;
  }

  private async record(tx: Transaction, grant: EndingGrant, end: GrantEnd): Promise<void> {
    const client = await this.clients.findAnywhere(tx, grant.client_id);
    const details = { client_id: grant.client_id, user_id: grant.account_id, session_id: grant.session_id };
    if (end !== 'revoked') this.logger.error({ event: `grant.${end}`, ...details }, 'A used code or token was presented again; its grant has ended.');
    await this.audit.record(
      tx,
      { action: `grant.${end}`, outcome: end === 'revoked' ? 'success' : 'denied', resource: { type: 'oauth_client', id: grant.client_id }, details },
      { orgId: client?.org_id ?? null },
    );
  }
}
