import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PackMessage, unfoldLines } from './pack-message.js';
import { PackLanes, type PackLanesOptions } from './pack-lanes.js';

const line = (text: string) => `"${text}"\n`;
const large = (bytes: number) => [`"${'x'.repeat(bytes - 3)}"\n`];
const linesOf = (pack: PackMessage) => unfoldLines(Buffer.from(pack.data, 'base64'));

function lanesWith(options: Partial<PackLanesOptions> = {}) {
  const shared: PackMessage[] = [];
  const bulk: { readonly orgId: string; readonly pack: PackMessage }[] = [];
  const lanes = new PackLanes({
    sendShared: async (pack) => void shared.push(pack),
    sendBulk: async (pack, orgId) => void bulk.push({ orgId, pack }),
    lingerMs: 1, maxWaiting: 1_000_000, bulkPerSecond: 1_000, ...options,
  });
  return { lanes, shared, bulk };
}

describe('PackLanes', () => {
  it('packs small organizations together, and one that sends a great deal by itself', async () => {
    const { lanes, shared, bulk } = lanesWith({ now: () => 0 });
    await Promise.all([lanes.add('a', [line('a')]), lanes.add('b', [line('b')]), lanes.add('flood', large(2_000))]);
    expect(await linesOf(shared[0]!)).toEqual(['"a"', '"b"']);
    expect(shared).toHaveLength(1);
    expect(bulk.map(({ orgId }) => orgId)).toEqual(['flood']);
  });

  it('lets it back among the others when it sends less than half of that', async () => {
    let now = 0;
    const { lanes, shared, bulk } = lanesWith({ now: () => now });
    await lanes.add('a', large(2_000));
    now = 1_500;
    await lanes.add('a', large(100));
    expect([shared.length, bulk.length]).toEqual([0, 2]);
    now = 2_600;
    await lanes.add('a', large(100));
    expect([shared.length, bulk.length]).toEqual([1, 2]);
  });

  it('refuses an organization that has as much waiting as is free, while others pass', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const { lanes } = lanesWith({ maxWaiting: 1_000, sendShared: () => gate, sendBulk: () => gate });
    const waiting = [lanes.add('flood', large(400)), lanes.add('flood', large(100))];
    await expect(lanes.add('flood', large(100))).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterSeconds: 1 });
    waiting.push(lanes.add('quiet', large(200)));
    release();
    await Promise.all(waiting);
    expect(lanes.waitingSize).toBe(0);
    await lanes.add('flood', large(400));
  });

  it('leaves room for one more organization, however many flood', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 10, max: 100 })), { maxLength: 200, size: 'max' }), async (requests) => {
        const never = new Promise<void>(() => undefined);
        const { lanes } = lanesWith({ maxWaiting: 4_000, sendShared: () => never, sendBulk: () => never });
        for (const [orgId, size] of requests) void lanes.add(orgId, large(size)).catch(() => undefined);
        // Each takes half of what the others leave at most, but for a request.
        expect(4_000 - lanes.waitingSize).toBeGreaterThanOrEqual(400);
        const before = lanes.waitingSize;
        void lanes.add('quiet', large(100));
        expect(lanes.waitingSize).toBe(before + 100);
      }),
      { numRuns: 50 },
    );
  });

  it('fails the requests whose pack failed, of the lane concerned alone', async () => {
    const { lanes } = lanesWith({ sendBulk: () => Promise.reject(new Error('queue away')) });
    const [flood, quiet] = await Promise.allSettled([lanes.add('flood', large(2_000)), lanes.add('quiet', [line('q')])]);
    expect(flood).toMatchObject({ status: 'rejected', reason: { message: 'queue away' } });
    expect(quiet.status).toBe('fulfilled');
    expect([lanes.waitingSize, lanes.packsUnderWay]).toEqual([0, 0]);
  });

  it('sends what waits in every lane when it is closed', async () => {
    const { lanes, shared, bulk } = lanesWith({ lingerMs: 60_000 });
    const added = [lanes.add('quiet', [line('q')]), lanes.add('flood', large(2_000))];
    await lanes.close();
    await Promise.all(added);
    expect([shared.length, bulk.length]).toEqual([1, 1]);
  });
});
