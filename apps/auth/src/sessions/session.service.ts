import type { OutputOf, Principal } from '@atrium/contract-kit';
import type { authEndpoints } from '@atrium/contracts/auth';
import { Database, type Transaction } from '@atrium/platform/database';
import { notFound } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { AccountAudit } from '../audit/account-audit.js';
import { hashOfToken } from '../tokens/opaque-token.js';
import { KnownDevices } from '../devices/known-devices.js';
import { RefreshTokenRepository } from './refresh-token.repository.js';
import { RevocationPublisher } from './revocation-publisher.js';
import { toSessionView } from './session.mapper.js';
import { SessionRepository } from './session.repository.js';

/** A person's own sessions. */
@Injectable()
export class SessionService {
  constructor(
    private readonly database: Database,
    private readonly sessions: SessionRepository,
    private readonly refreshTokens: RefreshTokenRepository,
    private readonly devices: KnownDevices,
    private readonly revocations: RevocationPublisher,
    private readonly audit: AccountAudit,
  ) {}

  async list({ userId, sessionId }: Principal): Promise<OutputOf<typeof authEndpoints.listSessions>> {
    const sessions = await this.database.withoutTenant((tx) => this.sessions.list(tx, userId));
    return { data: sessions.map((session) => toSessionView(session, sessionId)) };
  }

  /** Ends the token's session and, where a refresh token of another session of the same person is given, that one too. */
  async logout({ userId, sessionId, orgId }: Principal, refreshToken: string | undefined): Promise<void> {
    const ended = await this.database.withoutTenant(async (tx) => {
      const ids = new Set([sessionId, await this.sessionOf(tx, refreshToken)]);
      const results: string[] = [];
      for (const id of ids) if (id !== undefined && (await this.sessions.end(tx, userId, id, 'logout'))) results.push(id);
      await this.recordEnd(tx, { userId, orgId }, 'logout', results);
      return results;
    });
    await this.revocations.revokeSessions(ended);
  }

  /** All devices are forgotten too: whoever got in by one of them is a stranger again. */
  async logoutAll({ userId, orgId }: Principal): Promise<void> {
    const ended = await this.database.withoutTenant(async (tx) => {
      const ids = await this.sessions.endAll(tx, userId, 'logout_all');
      await this.recordEnd(tx, { userId, orgId }, 'logout_all', ids);
      await this.devices.forgetAll(tx, userId);
      return ids;
    });
    await this.revocations.revokeSessions(ended);
  }

  /** Forgets the device of the session as well. Throws NOT_FOUND for a session that is over or another person's. */
  async revoke({ userId, orgId }: Principal, id: string): Promise<void> {
    await this.database.withoutTenant(async (tx) => {
      if (!(await this.sessions.end(tx, userId, id, 'revoked'))) throw notFound('session');
      await this.devices.forgetOfSession(tx, userId, id);
      await this.recordEnd(tx, { userId, orgId }, 'revoked', [id]);
    });
    await this.revocations.revokeSession(id);
  }

  private async recordEnd(tx: Transaction, of: Pick<Principal, 'userId' | 'orgId'>, reason: string, ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    await this.audit.recordIn(tx, of.orgId, of.userId, { action: 'session.ended', details: { reason, sessions_ended: ids.length } });
  }

  private async sessionOf(tx: Transaction, refreshToken: string | undefined): Promise<string | undefined> {
    return refreshToken === undefined ? undefined : this.refreshTokens.findSession(tx, hashOfToken(refreshToken));
  }
}
