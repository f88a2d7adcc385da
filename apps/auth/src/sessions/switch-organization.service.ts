import type { InputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints, SignedIn } from '@atrium/contracts/auth';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { OperatorVisits } from '../operators/operator-visits.js';
import { hashOfToken, newOpaqueToken } from '../tokens/opaque-token.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { SessionMemberships } from './session-memberships.js';
import { SessionRepository } from './session.repository.js';
import { SignedInAnswer, type SessionTokens } from './signed-in.js';

type Destination = InputOf<typeof authEndpoints.switchOrganization>['body'];

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
    private readonly visits: OperatorVisits,
  ) {}

  /** Throws NOT_FOUND for an organization that the person is no member of, and not let into as an operator. */
  async switch(principal: Principal, destination: Destination): Promise<SignedIn> {
    return this.answer.of(await this.database.withoutTenant((tx) => this.move(tx, principal, destination)));
  }

  private async move(tx: Transaction, principal: Principal, { org_id: orgId, reason }: Destination): Promise<SessionTokens> {
    const { userId, sessionId } = principal;
    const account = await this.accounts.lockActive(tx, userId);
    const session = await this.sessions.lock(tx, sessionId);
    if (session?.account_id !== userId || !account) {
      throw new DomainError('UNAUTHENTICATED', undefined, { detail: 'the session is over' });
    }
    const own = await this.sessionMemberships.find(userId, orgId);
    const visit = own ? undefined : await this.visits.enter(tx, principal, session, { orgId, reason });
    const membership = own ?? visit?.membership;
    const refreshToken = newOpaqueToken();
    await this.refreshTokens.rotateLive(tx, sessionId, hashOfToken(refreshToken), null);
    await this.sessions.touch(tx, sessionId, orgId);
    if (visit) return { ...visit, account, sessionId, refreshToken };
    await this.visits.leave(tx, session, 'switched');
    await this.accounts.rememberOrganization(tx, userId, orgId);
    // In the log of the organization that was entered, which is not told what others the person belongs to.
    await this.audit.recordIn(tx, orgId, userId, { action: 'session.organization_switched' });
    return { account, sessionId, membership, refreshToken };
  }
}
