import { LOGGER } from '@atrium/platform/context';
import { Database } from '@atrium/platform/database';
import type { Logger } from '@atrium/platform/logging';
import { SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { ApiKeyRepository } from '../api-keys/api-key.repository.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { revocationSeconds } from './session-lifetime.js';
import { SessionRepository } from './session.repository.js';

/** Rejects while the store is down. */
type Push = () => Promise<void>;

const retryMs = 1_000;
const epochSeconds = (): number => Math.floor(Date.now() / 1000);

/** Once its tokens have expired by themselves there is nothing left to announce. */
function announcement(send: (until: number) => Promise<void>): Push {
  const until = epochSeconds() + revocationSeconds;
  return async () => {
    if (epochSeconds() < until) await send(until);
  };
}

/**
 * Tells all services which tokens are dead, after our own database knows. A store that is down never fails the caller:
 * the announcement is tried again each second, and after a restart everything recent is announced once more.
 */
@Injectable()
export class RevocationPublisher implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly pending = new Set<Push>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'revocations'>,
    private readonly database: Database,
    private readonly sessions: SessionRepository,
    private readonly memberships: MembershipRepository,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly apiKeys: ApiKeyRepository,
  ) {}

  onApplicationBootstrap(): void {
    this.enqueue(() => this.announceRecent());
  }

  onApplicationShutdown(): void {
    clearTimeout(this.timer);
  }

  /** Of a session, or of an API key by its id. Resolves after the first attempt, and never rejects. */
  async revokeSession(sessionId: string): Promise<void> {
    await this.attempt(announcement((until) => this.state.revocations.revokeSession(sessionId, until)));
  }

  /** As {@link revokeSession}, for each. */
  async revokeSessions(sessionIds: readonly string[]): Promise<void> {
    await Promise.all(sessionIds.map((id) => this.revokeSession(id)));
  }

  requireMembershipVersion(userId: string, orgId: string, version: number): void {
    this.enqueue(announcement((until) => this.state.revocations.requireMembershipVersion(userId, orgId, version, until)));
  }

  private enqueue(push: Push): void {
    void this.attempt(push);
  }

  private async attempt(push: Push): Promise<void> {
    try {
      await push();
      this.pending.delete(push);
    } catch (error) {
      if (this.pending.size === 0) this.logger.error({ err: error }, 'A revocation could not be announced; trying again.');
      this.pending.add(push);
      this.timer ??= setTimeout(() => void this.retry(), retryMs).unref();
    }
  }

  private async retry(): Promise<void> {
    await Promise.all([...this.pending].map((push) => this.attemptAgain(push)));
    this.timer = this.pending.size > 0 ? setTimeout(() => void this.retry(), retryMs).unref() : undefined;
  }

  private async attemptAgain(push: Push): Promise<void> {
    await push().then(
      () => this.pending.delete(push),
      () => undefined,
    );
  }

  /** What a crash may have kept from the store. */
  private async announceRecent(): Promise<void> {
    const since = new Date(Date.now() - revocationSeconds * 1000);
    const until = epochSeconds() + revocationSeconds;
    const { sessions, memberships, apiKeys } = await this.database.withoutTenant(async (tx) => ({
      sessions: await this.sessions.endedSince(tx, since),
      memberships: await this.memberships.changedSince(tx, since),
      apiKeys: await this.apiKeys.deletedSince(tx, since),
    }));
    const { revocations } = this.state;
    for (const id of [...sessions, ...apiKeys]) await revocations.revokeSession(id, until);
    for (const { user_id, org_id, version } of memberships) {
      await revocations.requireMembershipVersion(user_id, org_id, version, until);
    }
  }
}
