import type { Principal } from '@atrium/contract-kit';
import { OutageLog } from './outage-log.js';
import { membershipSubject, sessionSubject, type Revocation, type RevocationStore } from './revocation-store.js';

export interface RevocationListOptions {
  /** 1,000 where unset. */
  readonly pollIntervalMs?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Everything is read again this often: should the store's clock ever step back, nothing is missed for longer. */
const reloadIntervalMs = 60_000;
/** Entries outlive their end by more than the clock tolerance of token verification. */
const graceSeconds = 120;

/**
 * Sessions and membership versions whose tokens are dead before they expire. Checks are answered from a snapshot that
 * follows the store within about a second. While the store is down the last snapshot serves.
 */
export class RevocationList {
  private readonly held = new Map<string, Revocation>();
  private readonly outage = new OutageLog('revocations');
  private readonly pollIntervalMs: number;
  private readonly now: () => number;
  private cursor = 0;
  private reloadedAt = -Infinity;
  private loaded = false;
  private running = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: RevocationStore,
    options: RevocationListOptions = {},
  ) {
    this.pollIntervalMs = options.pollIntervalMs ?? 1_000;
    this.now = options.now ?? Date.now;
  }

  /** Whether the list has been read once. */
  get ready(): boolean {
    return this.loaded;
  }

  /** Kills every token of the session; `until` is when the last of them expires. Rejects when the store is down. */
  async revokeSession(sessionId: string, untilEpochSeconds: number): Promise<void> {
    await this.add({ subject: sessionSubject(sessionId), minVersion: null, until: untilEpochSeconds });
  }

  /** Kills the person's tokens of the organization that are older than `version`. Rejects when the store is down. */
  async requireMembershipVersion(userId: string, orgId: string, version: number, untilEpochSeconds: number): Promise<void> {
    await this.add({ subject: membershipSubject(userId, orgId), minVersion: version, until: untilEpochSeconds });
  }

  isRevoked(principal: Principal): boolean {
    if (this.held.size === 0) return false;
    if (this.held.has(sessionSubject(principal.sessionId))) return true;
    if (principal.orgId === null) return false;
    const membership = this.held.get(membershipSubject(principal.userId, principal.orgId));
    return membership !== undefined && principal.membershipVersion < (membership.minVersion ?? 0);
  }

  /** Begins to follow the store; resolves after the first attempt, and {@link ready} says whether it worked. */
  async start(): Promise<void> {
    if (this.running) return;
    this.running = true;
    await this.pollAndSchedule();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.timer);
  }

  /** Reads what changed. Never rejects. */
  async poll(): Promise<void> {
    const reload = this.now() - this.reloadedAt >= reloadIntervalMs;
    try {
      const changes = await this.store.changedSince(reload ? 0 : this.cursor);
      changes.revocations.forEach((revocation) => this.hold(revocation));
      this.cursor = changes.cursor;
      this.loaded = true;
      if (reload) await this.reloaded();
      this.outage.worked();
    } catch (error) {
      this.outage.failed(error);
    }
  }

  private async pollAndSchedule(): Promise<void> {
    await this.poll();
    if (!this.running) return;
    this.timer = setTimeout(() => void this.pollAndSchedule(), this.pollIntervalMs);
    this.timer.unref();
  }

  private async reloaded(): Promise<void> {
    this.reloadedAt = this.now();
    const now = this.now() / 1000;
    for (const [subject, { until }] of this.held) {
      if (until + graceSeconds < now) this.held.delete(subject);
    }
    await this.store.removeExpired();
  }

  /** Holds here at once: what is revoked stays so on this instance even if the store fails. */
  private async add(revocation: Revocation): Promise<void> {
    this.hold(revocation);
    await this.store.add(revocation);
  }

  private hold(revocation: Revocation): void {
    const held = this.held.get(revocation.subject);
    const minVersion =
      held === undefined || held.minVersion === null || revocation.minVersion === null
        ? revocation.minVersion
        : Math.max(held.minVersion, revocation.minVersion);
    this.held.set(revocation.subject, { ...revocation, minVersion, until: Math.max(held?.until ?? 0, revocation.until) });
  }
}
