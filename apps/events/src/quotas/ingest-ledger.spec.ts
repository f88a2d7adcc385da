import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IngestLedger } from './ingest-ledger.js';
import type { LedgerBatch, LedgerStore, Usage } from './ledger-store.js';
import { monthOf } from './month.js';
import type { UsageAccount } from './usage-account.js';

const org = '0198c0de-0000-7000-8000-000000000001';

/** What the function in PostgreSQL does, with calls that fail before it or whose answer is lost. */
class MemoryStore implements LedgerStore {
  readonly accepted = new Map<string, number>();
  readonly rejected = new Map<string, number>();
  private readonly seen = new Map<string, number>();
  next: 'works' | 'fails' | 'loses its answer' = 'works';
  reads = 0;
  eventsPerMonth: number | undefined;

  async read(orgId: string, month: string): Promise<Usage> {
    this.reads += 1;
    return this.usage(orgId, month);
  }

  async record({ instanceId, number, counts }: LedgerBatch): Promise<Usage[]> {
    const fate = this.next;
    this.next = 'works';
    // Each leaves others a turn: answers arrive when more has happened.
    await Promise.resolve();
    if (fate === 'fails') throw new Error('down');
    if (number > (this.seen.get(instanceId) ?? 0)) {
      this.seen.set(instanceId, number);
      for (const { orgId, bucket, outcome, code, count } of counts) {
        const [sums, key] = outcome === 'accepted' ? [this.accepted, `${monthOf(bucket).month} ${orgId}`] : [this.rejected, code];
        sums.set(key, (sums.get(key) ?? 0) + count);
      }
    }
    await Promise.resolve();
    if (fate === 'loses its answer') throw new Error('cut off');
    return counts.map(({ orgId, bucket }) => this.usage(orgId, monthOf(bucket).month));
  }

  async forget(): Promise<void> {}

  private usage(orgId: string, month: string): Usage {
    const accepted = this.accepted.get(`${month} ${orgId}`) ?? 0;
    return { orgId, month, accepted, eventsPerMonth: this.eventsPerMonth, eventsPerSecond: undefined };
  }
}

const maxUnshared = 10;
const startOfNovember = Date.UTC(2026, 10, 1);

type Step =
  | { readonly kind: 'send'; readonly by: number; readonly events: number; readonly acknowledged: boolean }
  | { readonly kind: 'flush'; readonly by: number; readonly fate: MemoryStore['next'] }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'settle' };

const steps = (instances: number): fc.Arbitrary<Step[]> => {
  const by = fc.nat({ max: instances - 1 });
  const fate = fc.constantFrom<MemoryStore['next']>('works', 'works', 'fails', 'loses its answer');
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 24, arbitrary: fc.record({ kind: fc.constant('send' as const), by, events: fc.integer({ min: 1, max: 6 }), acknowledged: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush' as const), by, fate }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 15_000 }) }) },
    { weight: 6, arbitrary: fc.constant({ kind: 'settle' as const }) },
  );
  return fc.array(step, { maxLength: 150, size: 'max' });
};

/** Runs the steps on instances with one store; gives what was acknowledged, and what the store counted in the end. */
async function play(script: readonly Step[], instances: number, eventsPerMonth: number) {
  let now = startOfNovember;
  const store = new MemoryStore();
  const defaults = { eventsPerMonth, eventsPerSecond: 100 };
  const ledgers = Array.from({ length: instances }, () => new IngestLedger(store, { defaults, now: () => now }));
  const open: (() => void)[] = [];
  const flushes: Promise<unknown>[] = [];
  let acknowledged = 0;
  const send = (ledger: IngestLedger, account: UsageAccount, step: Extract<Step, { kind: 'send' }>): void => {
    if (account.admit(step.events, maxUnshared) !== 'admitted') return;
    open.push(() => {
      if (!step.acknowledged) return account.release(step.events);
      acknowledged += step.events;
      ledger.accept(account, step.events);
    });
  };
  for (const step of script) {
    const ledger = ledgers['by' in step ? step.by : 0]!;
    if (step.kind === 'send') send(ledger, await ledger.account(org), step);
    else if (step.kind === 'wait') now += step.ms;
    else if (step.kind === 'settle') for (const settle of open.splice(0)) settle();
    else {
      store.next = step.fate;
      flushes.push(ledger.flush().catch(() => undefined));
    }
  }
  for (const settle of open) settle();
  await Promise.all(flushes);
  store.next = 'works';
  for (const ledger of ledgers) await ledger.flush();
  return { acknowledged, counted: store.accepted.get(`2026-11-01 ${org}`) ?? 0 };
}

describe('IngestLedger', () => {
  it('counts every acknowledged event once, and lets no more through than the quota and what others could not know', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 0, max: 120 }), fc.gen(), async (instances, quota, draw) => {
        const { acknowledged, counted } = await play(draw(steps, instances), instances, quota);
        expect(counted).toBe(acknowledged);
        expect(counted).toBeLessThanOrEqual(quota + (instances - 1) * maxUnshared);
      }),
      { numRuns: 500 },
    );
  });

  it('uses a quota up to the last event with one instance', async () => {
    const script = Array.from({ length: 50 }, (): Step[] => [
      { kind: 'send', by: 0, events: 1, acknowledged: true },
      { kind: 'settle' },
      { kind: 'flush', by: 0, fate: 'works' },
    ]).flat();
    expect(await play(script, 1, 37)).toEqual({ acknowledged: 37, counted: 37 });
  });

  it('asks the store once for an organization, however many events come at a time', async () => {
    const store = new MemoryStore();
    const ledger = new IngestLedger(store, { defaults: { eventsPerMonth: 10, eventsPerSecond: 100 } });
    await Promise.all(Array.from({ length: 20 }, () => ledger.account(org)));
    expect(ledger.account(org)).not.toBeInstanceOf(Promise);
    expect(store.reads).toBe(1);
  });

  it('hears of a raised quota although nothing is accepted any more', async () => {
    let now = startOfNovember;
    const store = new MemoryStore();
    const ledger = new IngestLedger(store, { defaults: { eventsPerMonth: 0, eventsPerSecond: 100 }, now: () => now });
    expect((await ledger.account(org)).admit(1, maxUnshared)).toBe('used-up');
    store.eventsPerMonth = 5;
    now += 11_000;
    await ledger.account(org);
    await expect.poll(async () => (await ledger.account(org)).admit(5, maxUnshared)).toBe('admitted');
  });

  it('begins a new month with nothing used, and counts in the old one what was admitted there', async () => {
    let now = Date.UTC(2026, 11, 1) - 1;
    const store = new MemoryStore();
    const ledger = new IngestLedger(store, { defaults: { eventsPerMonth: 3, eventsPerSecond: 100 }, now: () => now });
    const november = await ledger.account(org);
    november.admit(3, maxUnshared);
    now += 1;
    expect((await ledger.account(org)).admit(3, maxUnshared)).toBe('admitted');
    ledger.accept(november, 3);
    await ledger.flush();
    expect(store.accepted).toEqual(new Map([[`2026-11-01 ${org}`, 3]]));
  });

  it('keeps apart what was rejected, by code, and repeats nothing', async () => {
    const store = new MemoryStore();
    const ledger = new IngestLedger(store, { defaults: { eventsPerMonth: 3, eventsPerSecond: 100 } });
    ledger.count(org, 'rejected', 'INVALID_EVENT', 2);
    ledger.count(org, 'rejected', 'INVALID_EVENT', 1);
    ledger.count(org, 'rejected', 'EVENT_TOO_LARGE', 1);
    store.next = 'loses its answer';
    await expect(ledger.flush()).rejects.toThrow('cut off');
    await ledger.flush();
    await ledger.flush();
    expect(store.rejected).toEqual(new Map([['INVALID_EVENT', 3], ['EVENT_TOO_LARGE', 1]]));
  });
});
