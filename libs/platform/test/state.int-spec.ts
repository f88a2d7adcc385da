import { randomUUID } from 'node:crypto';
import type { Principal } from '@atrium/contract-kit';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { type AttemptDecision, connectState, type SharedState } from '@atrium/platform/state';
import { stores, type RunningStore } from './state-stores.js';

const principalOf = (overrides: Partial<Principal> = {}): Principal => ({
  userId: randomUUID(), sessionId: randomUUID(), orgId: randomUUID(), roles: [], permissions: [], siteIds: [],
  sitePermissions: {}, membershipVersion: 1, expiresAt: 0, ...overrides,
});
/** A busy machine must not turn a slow first read into a local decision. */
const connectPatiently = (url: string): Promise<SharedState> => connectState(url, { counters: { loadTimeoutMs: 20_000 } });
const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600;

for (const { name, start } of stores) {
  describe.skipIf(!start)(`shared state on ${name}`, () => {
    let store: RunningStore;
    let one: SharedState;
    let two: SharedState;

    beforeAll(async () => {
      if (start) store = await start();
    });
    afterAll(() => store.stop());
    beforeEach(async () => {
      await store.clear();
      [one, two] = await Promise.all([connectPatiently(store.url), connectPatiently(store.url)]);
    });
    afterEach(() => Promise.all([one.close(), two.close()]));

    it('answers a ping', async () => {
      await one.ping();
    });

    describe('limits', () => {
      const limit = { requests: 10, windowSeconds: 60 };

      it('are exact across instances under concurrent requests', async () => {
        const decisions = await Promise.all(
          Array.from({ length: 40 }, (_, index) => (index % 2 ? one : two).limits.consume('login a@example.com', limit)),
        );
        expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(10);
      });

      it('say what is left and when the window ends', async () => {
        expect(await one.limits.consume('k', limit)).toMatchObject({ allowed: true, limit: 10, remaining: 9 });
        const { remaining, resetSeconds } = await two.limits.consume('k', limit);
        expect(remaining).toBe(8);
        expect(resetSeconds).toBeGreaterThan(55);
        expect(resetSeconds).toBeLessThanOrEqual(60);
      });

      it('begin anew after the window', async () => {
        const short = { requests: 1, windowSeconds: 1 };
        expect((await one.limits.consume('k', short)).allowed).toBe(true);
        expect((await two.limits.consume('k', short)).allowed).toBe(false);
        await vi.waitFor(async () => expect((await one.limits.consume('k', short)).allowed).toBe(true), 3_000);
      });

      it('are forgotten by a reset', async () => {
        for (let index = 0; index < 11; index += 1) await one.limits.consume('k', limit);
        await two.limits.reset('k');
        expect((await one.limits.consume('k', limit)).remaining).toBe(9);
      });

      it('take keys of any length and content', async () => {
        const key = `\u0000'"; drop table ${'x'.repeat(5_000)}`;
        expect((await one.limits.consume(key, limit)).allowed).toBe(true);
        expect((await one.counters.consume(key, limit)).allowed).toBe(true);
      });
    });

    describe('attempts', () => {
      const rule = { attempts: 5, firstPauseSeconds: 60, longestPauseSeconds: 3_600, memorySeconds: 86_400 };
      const short = { ...rule, firstPauseSeconds: 0.2, longestPauseSeconds: 0.8 };
      const takeAll = async (count: number, key = 'k', by = rule) => {
        const decisions = [];
        for (let index = 0; index < count; index += 1) decisions.push(await (index % 2 ? one : two).attempts.take(key, by));
        return decisions;
      };

      it('are exact across instances, also many at once', async () => {
        const decisions = await Promise.all(Array.from({ length: 60 }, (_, index) => (index % 2 ? one : two).attempts.take('k', rule)));
        expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(5);
        expect(decisions.filter(({ allowed, pauseMs }) => allowed && pauseMs === 60_000)).toHaveLength(1);
        for (const { allowed, pauseMs } of decisions) if (!allowed) expect(pauseMs).toBeGreaterThan(30_000);
      });

      it('pause for all instances, twice as long each round, up to the longest', async () => {
        const pauses: number[] = [];
        for (let round = 0; round < 4; round += 1) {
          const taken: AttemptDecision[] = [];
          // What is refused counts nothing, so asking on ends when the pause does.
          await vi.waitFor(async () => {
            taken.push(...(await takeAll(1, 'k', short)));
            expect(taken.filter(({ allowed }) => allowed)).toHaveLength(5);
          }, { timeout: 10_000, interval: 1 });
          pauses.push(taken.at(-1)?.pauseMs ?? 0);
        }
        expect(pauses).toEqual([200, 400, 800, 800]);
      });

      it('can be given back, with the pause that they began, and forgotten', async () => {
        await takeAll(5);
        await two.attempts.giveBack('k');
        expect((await takeAll(2)).map(({ allowed, pauseMs }) => [allowed, pauseMs > 0])).toEqual([[true, true], [false, true]]);
        await two.attempts.forget('k');
        expect((await takeAll(4)).every(({ allowed, pauseMs }) => allowed && pauseMs === 0)).toBe(true);
        await one.attempts.giveBack('never heard of');
      });

      it('of a rule of one pause after each', async () => {
        const single = { ...rule, attempts: 1 };
        expect(await takeAll(2, 'k', single)).toMatchObject([{ allowed: true, pauseMs: 60_000 }, { allowed: false }]);
      });
    });

    describe('counters', () => {
      // A day: no window ends while a test runs, save at midnight.
      const limit = { requests: 100, windowSeconds: 86_400 };
      const spend = async (state: SharedState, key: string, requests: number): Promise<number> => {
        const decisions = await Promise.all(Array.from({ length: requests }, () => state.counters.consume(key, limit)));
        return decisions.filter(({ allowed }) => allowed).length;
      };

      it('are exact with one instance', async () => {
        expect(await spend(one, 'k', 250)).toBe(100);
        await one.counters.flush();
        expect(await spend(one, 'k', 50)).toBe(0);
      });

      it('begin with what other instances have flushed', async () => {
        expect(await spend(one, 'k', 70)).toBe(70);
        await one.counters.flush();
        expect(await spend(two, 'k', 100)).toBe(30);
      });

      it('converge across instances at the limit', async () => {
        let allowed = 0;
        for (let round = 0; round < 30; round += 1) {
          allowed += (await spend(one, 'k', 5)) + (await spend(two, 'k', 5));
          await Promise.all([one.counters.flush(), two.counters.flush()]);
        }
        expect(allowed).toBeGreaterThanOrEqual(100);
        // One flush interval of the other instance: five requests.
        expect(allowed).toBeLessThanOrEqual(105);
      });

      it('bring back what others counted without being asked', async () => {
        await spend(one, 'k', 10);
        await spend(two, 'k', 10);
        await vi.waitFor(async () => {
          expect((await one.counters.consume('k', limit)).remaining).toBeLessThan(80);
        });
      });

      it('survive a restart of the instance', async () => {
        await spend(one, 'k', 60);
        await one.close();
        one = await connectPatiently(store.url);
        expect(await spend(one, 'k', 100)).toBe(40);
      });

      it('count many keys in one batch', async () => {
        const keys = Array.from({ length: 3_000 }, (_, index) => `key ${index}`);
        await Promise.all(keys.map((key) => one.counters.consume(key, limit)));
        await one.counters.flush();
        const seen = await Promise.all(keys.map((key) => two.counters.consume(key, limit)));
        expect(seen.every(({ remaining }) => remaining === 98)).toBe(true);
      });
    });

    describe('revocations', () => {
      it('reach the other instance within a second or so', async () => {
        await two.revocations.start();
        const principal = principalOf();
        expect(two.revocations.isRevoked(principal)).toBe(false);
        await one.revocations.revokeSession(principal.sessionId, inAnHour());
        expect(one.revocations.isRevoked(principal)).toBe(true);
        await vi.waitFor(() => expect(two.revocations.isRevoked(principal)).toBe(true), 3_000);
      });

      it('kill tokens of an older membership version in that organization alone', async () => {
        const principal = principalOf({ membershipVersion: 3 });
        const { userId, orgId } = principal;
        await one.revocations.requireMembershipVersion(userId, orgId ?? '', 4, inAnHour());
        await one.revocations.requireMembershipVersion(userId, orgId ?? '', 2, inAnHour());
        await two.revocations.poll();
        const revoked = (overrides: Partial<Principal>) => two.revocations.isRevoked({ ...principal, ...overrides });
        expect(revoked({})).toBe(true);
        expect(revoked({ membershipVersion: 4 })).toBe(false);
        expect(revoked({ orgId: randomUUID() })).toBe(false);
        expect(revoked({ orgId: null })).toBe(false);
        expect(revoked({ userId: randomUUID() })).toBe(false);
      });

      it('are known after the first load of a new instance', async () => {
        const principal = principalOf();
        await one.revocations.revokeSession(principal.sessionId, inAnHour());
        expect(two.revocations.ready).toBe(false);
        await two.revocations.start();
        expect(two.revocations.ready).toBe(true);
        expect(two.revocations.isRevoked(principal)).toBe(true);
      });

      it('are all seen however writes and polls interleave', async () => {
        const principals = Array.from({ length: 300 }, () => principalOf());
        const writing = Promise.all(
          principals.map(({ sessionId }, index) => (index % 2 ? one : two).revocations.revokeSession(sessionId, inAnHour())),
        );
        const reader = await connectPatiently(store.url);
        let done = false;
        void writing.then(() => (done = true));
        while (!done) await reader.revocations.poll();
        await reader.revocations.poll();
        expect(principals.every((principal) => reader.revocations.isRevoked(principal))).toBe(true);
        await reader.close();
      });

      it('leave the store when they are over', async () => {
        const principal = principalOf();
        await one.revocations.revokeSession(principal.sessionId, Math.floor(Date.now() / 1000) - 3_600);
        await two.revocations.poll();
        expect(two.revocations.isRevoked(principal)).toBe(false);
        const later = await connectPatiently(store.url);
        await later.revocations.poll();
        expect(later.revocations.isRevoked(principal)).toBe(false);
        await later.close();
      });
    });

    describe('cache', () => {
      const schema = z.object({ name: z.string() });

      it('keeps values for their time', async () => {
        await one.cache.set('k', { name: 'a' }, 60);
        expect(await two.cache.get('k', schema)).toEqual({ name: 'a' });
        await one.cache.set('k', { name: 'b' }, 0.05);
        await vi.waitFor(async () => expect(await two.cache.get('k', schema)).toBeUndefined());
      });

      it('forgets what is deleted, and what another version wrote', async () => {
        await one.cache.set('k', { name: 'a' }, 60);
        expect(await two.cache.get('k', z.object({ title: z.string() }))).toBeUndefined();
        await two.cache.delete('k');
        expect(await one.cache.get('k', schema)).toBeUndefined();
      });
    });
  });
}
