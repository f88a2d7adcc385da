import type { SignedIn } from '@atrium/contracts/auth';
import { LOGGER } from '@atrium/platform/context';
import { Database, type Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { Inject, Injectable } from '@nestjs/common';
import { AccountRepository } from '../accounts/account.repository.js';
import { AccountAudit } from '../audit/account-audit.js';
import { OperatorVisits } from '../operators/operator-visits.js';
import { hashOfToken, newSuccessorSalt, successorOf } from '../tokens/opaque-token.js';
import { decideRefresh } from './refresh-decision.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { RevocationPublisher } from './revocation-publisher.js';
import { SessionMemberships } from './session-memberships.js';
import { type Session, SessionRepository } from './session.repository.js';
import { SignedInAnswer, type SessionTokens } from './signed-in.js';

type Outcome =
  | { readonly kind: 'tokens'; readonly tokens: SessionTokens }
  | { readonly kind: 'refused' }
  | { readonly kind: 'reuse'; readonly session: Session };

@Injectable()
export class RefreshService {
  constructor(
    private readonly database: Database,
    private readonly accounts: AccountRepository,
    private readonly sessions: SessionRepository,
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly sessionMemberships: SessionMemberships,
    private readonly revocations: RevocationPublisher,
    private readonly answer: SignedInAnswer,
    private readonly audit: AccountAudit,
    private readonly visits: OperatorVisits,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Throws INVALID_CREDENTIALS for a token that is no good; one that was used before also ends its session. */
  async refresh(presented: string): Promise<SignedIn> {
    const usual = await this.rotateAsUsual(presented);
    if (usual) return this.answer.of(usual);
    const outcome = await this.database.withoutTenant((tx) => this.exchange(tx, presented));
    if (outcome.kind === 'tokens') return this.answer.of(outcome.tokens);
    if (outcome.kind === 'reuse') await this.raiseAlarm(outcome.session);
    throw new DomainError('INVALID_CREDENTIALS');
  }

  /** Nearly every refresh; undefined for what {@link exchange} must look at step by step. */
  private async rotateAsUsual(presented: string): Promise<SessionTokens | undefined> {
    const salt = newSuccessorSalt();
    const successor = successorOf(presented, salt);
    const row = await this.refreshTokens.rotateInOneStep(this.database, hashOfToken(presented), hashOfToken(successor), salt);
    return (
      row && {
        account: { id: row.r_account_id, email: row.r_email },
        sessionId: row.r_session_id,
        membership: { orgId: row.r_org_id, userId: row.r_account_id, version: row.r_version, roles: row.r_roles },
        refreshToken: successor,
      }
    );
  }

  /** Ending the session on reuse must commit: an outcome is returned, not thrown. */
  private async exchange(tx: Transaction, presented: string): Promise<Outcome> {
    const hash = hashOfToken(presented);
    const session = await this.sessions.lockOfToken(tx, hash);
    // Read under the lock: a parallel refresh may have rotated it until then.
    const token = session && (await this.refreshTokens.find(tx, hash));
    if (!session || !token) return { kind: 'refused' };
    const decision = decideRefresh(token);
    switch (decision.kind) {
      case 'rotate':
        return this.tokensOf(tx, session, await this.rotate(tx, session.id, presented));
      case 'repeat':
        return this.tokensOf(tx, session, successorOf(presented, decision.salt));
      case 'refuse':
        return { kind: 'refused' };
      case 'reuse':
        await this.sessions.end(tx, session.account_id, session.id, 'reuse_detected');
        await this.audit.record(
          tx,
          { id: session.account_id, last_org_id: session.org_id },
          { action: 'session.reuse_detected', outcome: 'denied', details: { session_id: session.id } },
        );
        return { kind: 'reuse', session };
    }
  }

  private async rotate(tx: Transaction, sessionId: string, presented: string): Promise<string> {
    const salt = newSuccessorSalt();
    const successor = successorOf(presented, salt);
    await this.refreshTokens.rotateLive(tx, sessionId, hashOfToken(successor), salt);
    return successor;
  }

  private async tokensOf(tx: Transaction, session: Session, refreshToken: string): Promise<Outcome> {
    const account = await this.accounts.findById(tx, session.account_id);
    if (account?.status !== 'active') throw new DomainError('ACCOUNT_DISABLED');
    const visit = await this.visits.current(tx, session);
    const membership = visit?.membership ?? (await this.sessionMemberships.current(session, account));
    await this.sessions.touch(tx, session.id, membership?.orgId ?? null);
    return { kind: 'tokens', tokens: { ...visit, account, sessionId: session.id, membership, refreshToken } };
  }

  private async raiseAlarm(session: Session): Promise<void> {
    this.logger.error(
      { event: 'session.reuse_detected', session_id: session.id, account_id: session.account_id, org_id: session.org_id },
      'A used refresh token was presented again; its session has ended.',
    );
    await this.revocations.revokeSession(session.id);
  }
}
