import fc from 'fast-check';
import { Logger } from '@nestjs/common';
import { describe, expect, it, vi } from 'vitest';
import type { CounterDelta, CounterStore } from './counter-store.js';
import { WindowCounters } from './window-counters.js';

class MemoryStore implements CounterStore {
  readonly counts = new Map<string, number>();
  down = false;

  async read(keys: readonly string[]): Promise<number[]> {
    return this.answer(() => keys.map((key) => this.counts.get(key) ?? 0));
  }

  async add(deltas: readonly CounterDelta[]): Promise<number[]> {
    return this.answer(() =>
      deltas.map(({ key, delta }) => {
        const count = (this.counts.get(key) ?? 0) + delta;
        this.counts.set(key, count);
        return count;
      }),
    );
  }

  private async answer<T>(work: () => T): Promise<T> {
    await new Promise((resolve) => setImmediate(resolve));
    if (this.down) throw new Error('down');
    return work();
  }
}

type Step = { readonly kind: 'ask'; readonly key: string } | { readonly kind: 'wait'; readonly ms: number } | { readonly kind: 'flush' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('ask' as const), key: fc.constantFrom('a', 'b', 'c') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('flush' as const) }) },
);

describe('WindowCounters', () => {
  it('allows exactly the limit in every window with one instance, whatever is evicted and flushed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 6 }), async (steps, requests) => {
        let now = 1_000_000_000_000;
        const counters = new WindowCounters(new MemoryStore(), { maxKeys: 2, now: () => now });
        const asked = new Map<string, number>();
        const allowed = new Map<string, number>();
        const open: Promise<void>[] = [];
        for (const current of steps) {
          if (current.kind === 'wait') {
            // A request is counted in the window that it began in.
            await Promise.all(open.splice(0));
            now += current.ms;
          } else if (current.kind === 'flush') void counters.flush();
          else {
            const window = `${current.key} ${Math.floor(now / 10_000)}`;
            asked.set(window, (asked.get(window) ?? 0) + 1);
            open.push(Promise.resolve(counters.consume(current.key, { requests, windowSeconds: 10 })).then((decision) => {
              if (decision.allowed) allowed.set(window, (allowed.get(window) ?? 0) + 1);
            }));
          }
        }
        await Promise.all(open);
        await counters.close();
        for (const [window, count] of asked) expect(allowed.get(window) ?? 0).toBe(Math.min(count, requests));
      }),
      { numRuns: 150 },
    );
  });

  it('decides later requests of a key without a promise', async () => {
    const counters = new WindowCounters(new MemoryStore());
    const limit = { requests: 5, windowSeconds: 86_400 };
    await counters.consume('k', limit);
    expect(counters.consume('k', limit)).toMatchObject({ allowed: true, remaining: 3 });
    await counters.close();
  });

  it('counts a request that stands for several as so many: all of them or none', async () => {
    const counters = new WindowCounters(new MemoryStore());
    const limit = { requests: 10, windowSeconds: 86_400 };
    expect(await counters.consume('k', limit, 7)).toMatchObject({ allowed: true, remaining: 3 });
    expect(counters.consume('k', limit, 4)).toMatchObject({ allowed: false, remaining: 3 });
    expect(counters.consume('k', limit, 3)).toMatchObject({ allowed: true, remaining: 0 });
    await counters.close();
  });

  it('logs an outage once and sends what it counted when the store is back', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const log = vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
    const store = new MemoryStore();
    store.down = true;
    const counters = new WindowCounters(store);
    const limit = { requests: 5, windowSeconds: 86_400 };
    for (let index = 0; index < 3; index += 1) {
      await counters.consume('k', limit);
      await counters.flush();
    }
    expect(warn).toHaveBeenCalledTimes(1);
    store.down = false;
    await counters.flush();
    expect(log).toHaveBeenCalledTimes(1);
    expect([...store.counts.values()]).toEqual([3]);
    await counters.close();
  });

  it('does not wait for a store that hangs', async () => {
    const hanging: CounterStore = { read: () => new Promise(() => undefined), add: async () => [0] };
    const counters = new WindowCounters(hanging, { loadTimeoutMs: 5 });
    expect(await counters.consume('k', { requests: 1, windowSeconds: 86_400 })).toMatchObject({ allowed: true });
    await counters.close();
  });
});
