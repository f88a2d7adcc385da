import { createLogger } from '@atrium/platform/logging';
import type { Database } from '@atrium/platform/database';
import type { RevocationList } from '@atrium/platform/state';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiKeyRepository } from '../api-keys/api-key.repository.js';
import { MembershipRepository } from '../memberships/membership.repository.js';
import { RevocationPublisher } from './revocation-publisher.js';
import { SessionRepository } from './session.repository.js';

/** A store that refuses so many calls, then takes them. */
class FlakyRevocations {
  readonly taken: unknown[] = [];
  refusals = 0;

  async revokeSession(...call: unknown[]): Promise<void> {
    await this.take(call);
  }

  async requireMembershipVersion(...call: unknown[]): Promise<void> {
    await this.take(call);
  }

  private async take(call: unknown[]): Promise<void> {
    if (this.refusals-- > 0) throw new Error('the store is down');
    this.taken.push(call);
  }
}

describe('RevocationPublisher', () => {
  const now = Date.parse('2026-11-20T10:00:00Z');
  let store: FlakyRevocations;
  let lines: string[];
  let publisher: RevocationPublisher;

  beforeEach(() => {
    vi.useFakeTimers({ now });
    store = new FlakyRevocations();
    lines = [];
    const logger = createLogger({ service: 'auth', level: 'info', destination: { write: (line) => void lines.push(line) } });
    const state = { revocations: store as Partial<RevocationList> as RevocationList };
    publisher = new RevocationPublisher(state, {} as Database, new SessionRepository(), new MembershipRepository(), logger, new ApiKeyRepository());
  });
  afterEach(() => {
    publisher.onApplicationShutdown();
    vi.useRealTimers();
  });

  it('announces a session until the last of its tokens has expired, clock skew included', async () => {
    await publisher.revokeSession('session');
    expect(store.taken).toEqual([['session', now / 1000 + 16 * 60]]);
  });

  it('never fails its caller, and tries again each second until the store takes it, with one log line', async () => {
    store.refusals = 3;
    await publisher.revokeSession('session');
    expect(store.taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(store.taken).toEqual([]);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(store.taken).toEqual([['session', now / 1000 + 16 * 60]]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(store.taken).toHaveLength(1);
    expect(lines).toHaveLength(1);
  });

  it('gives an announcement up when its tokens have expired by themselves', async () => {
    store.refusals = Number.POSITIVE_INFINITY;
    publisher.requireMembershipVersion('person', 'org', 3);
    await vi.advanceTimersByTimeAsync(17 * 60_000);
    expect(vi.getTimerCount()).toBe(0);
    expect(store.taken).toEqual([]);
  });
});
