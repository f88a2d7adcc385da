import type { Principal } from '@atrium/contract-kit';
import type { SignedIn } from '@atrium/contracts/auth';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError, notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { SessionMemberships } from './session-memberships.js';
import { SessionRepository } from './session.repository.js';
import { SignedInAnswer, type SessionTokens } from './signed-in.js';

/**
 * Moves a session to another organization. The caller proves itself by an access token, so the refresh token at hand
 * isn't known here: it ends, and a fresh one takes its place. Were both to live, a stolen access token could be turned
 * into a refresh token unnoticed; so its owner's next refresh raises the alarm.
 */
@Injectable()
export class SwitchOrganizationService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly sessionMemberships: SessionMemberships,
    private readonly answer: SignedInAnswer,
    private readonly audit: AccountAudit,
  ) {}

  /** Throws NOT_FOUND for an organization that the person is no member of. */
  async switch(principal: Principal, orgId: string): Promise<SignedIn> {
    return this.answer.of(await this.database.withoutTenant((tx) => this.move(tx, principal, orgId)));
  }

  private async move(tx: Transaction, { userId, sessionId }: Principal, orgId: string): Promise<SessionTokens> {
    const account = await this.accounts.lockActive(tx, userId);
    const session = await this.sessions.lock(tx, sessionId);
    if (session?.account_id !== userId || !account) {
      throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the session is over' });
    }
    const membership = await this.sessionMemberships.find(userId, orgId);
    if (!membership) throw notFound('organization');
    const refreshToken = newOpaqueToken();
    await this.refreshTokens.rotateLive(tx, sessionId, hashOfToken(refreshToken), null);
    await this.sessions.touch(tx, sessionId, orgId);
    await this.accounts.rememberOrganization(tx, userId, orgId);
    // In the log of the organization that was entered, which is not told what others the person belongs to.
    await this.audit.recordIn(tx, orgId, userId, { action: 'session.organization_switched' });
    return { account, sessionId, membership, refreshToken };
  }
}
