import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EventPacker } from './event-packer.js';
import { type PackMessage, unfoldLines } from './pack-message.js';

function packerWith(send: (pack: PackMessage) => Promise<void>, options: { lingerMs?: number; maxWaiting?: number } = {}) {
  return new EventPacker({ send, lingerMs: options.lingerMs ?? 1, maxWaiting: options.maxWaiting ?? 1_000_000 });
}
const linesOf = (pack: PackMessage) => unfoldLines(Buffer.from(pack.data, 'base64'));

afterEach(() => void vi.useRealTimers());

describe('EventPacker', () => {
  it('lets those who were just answered go together, and nobody wait after a pause', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'clearImmediate', 'performance'] });
    const packs: PackMessage[] = [];
    const packer = packerWith(async (pack) => void packs.push(pack), { lingerMs: 0 });
    const rows = () => packs.map((pack) => pack.rows);
    const first = packer.add(['1\n']);
    await vi.advanceTimersByTimeAsync(0);
    await first;
    const others = [packer.add(['2\n'])];
    await vi.advanceTimersByTimeAsync(3);
    others.push(packer.add(['3\n']));
    expect(rows()).toEqual([1]);
    await vi.advanceTimersByTimeAsync(1);
    await Promise.all(others);
    expect(rows()).toEqual([1, 2]);
    await vi.advanceTimersByTimeAsync(4);
    const last = packer.add(['4\n']);
    await vi.advanceTimersByTimeAsync(0);
    expect(rows()).toEqual([1, 2, 1]);
    await last;
  });

  it('answers a request only when its pack was sent', async () => {
    let sent: () => void = () => undefined;
    const sending = new Promise<void>((resolve) => (sent = resolve));
    let answered = false;
    const packs: PackMessage[] = [];
    const packer = packerWith((pack) => { packs.push(pack); return sending; });
    const added = packer.add(['{"a":1}\n']).then(() => (answered = true));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([packs.length, answered]).toEqual([1, false]);
    sent();
    await added;
    expect(answered).toBe(true);
    expect(await linesOf(packs[0]!)).toEqual(['{"a":1}']);
  });

  it('fails exactly the requests whose pack failed', async () => {
    let first = true;
    const packer = packerWith(() => (first ? ((first = false), Promise.reject(new Error('queue away'))) : Promise.resolve()));
    await expect(Promise.all([packer.add(['1\n']), packer.add(['2\n'])])).rejects.toThrow('queue away');
    await expect(packer.add(['3\n'])).resolves.toBeUndefined();
    expect(packer.waitingSize).toBe(0);
  });

  it('gathers while packs are under way, and loses and repeats no line', async () => {
    const packs: PackMessage[] = [];
    const packer = packerWith(async (pack) => { packs.push(pack); await new Promise((resolve) => setTimeout(resolve, 10)); });
    const lines = Array.from({ length: 500 }, (_, index) => `${index}\n`);
    await Promise.all(lines.map(async (line, index) => {
      if (index % 50 === 0) await new Promise((resolve) => setTimeout(resolve, index / 25));
      await packer.add([line]);
    }));
    expect(packs.length).toBeLessThan(20);
    expect(packs.reduce((sum, { rows }) => sum + rows, 0)).toBe(500);
    const all = (await Promise.all(packs.map(linesOf))).flat();
    expect(all.map(Number).toSorted((a, b) => a - b)).toEqual(lines.map(Number));
    expect(new Set(packs.map(({ batch_id }) => batch_id)).size).toBe(packs.length);
  });

  it('sends the first events at once, together with what the same turn of the event loop brings', async () => {
    const packs: PackMessage[] = [];
    const packer = packerWith(async (pack) => void packs.push(pack), { lingerMs: 0 });
    const added = Promise.all([packer.add(['1\n']), packer.add(['2\n'])]);
    expect(packs).toHaveLength(0);
    await new Promise(setImmediate);
    expect(packs.map(({ rows }) => rows)).toEqual([2]);
    await added;
  });

  it('holds back a few events while a pack is under way, but not behind one that is late', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const packs: PackMessage[] = [];
    const packer = packerWith((pack) => { packs.push(pack); return gate; }, { lingerMs: 0 });
    const first = packer.add(['1\n']);
    await new Promise(setImmediate);
    const others = [packer.add(['2\n'])];
    await new Promise(setImmediate);
    others.push(packer.add(['3\n']));
    expect(packs.map(({ rows }) => rows)).toEqual([1]);
    await expect.poll(() => packs.map(({ rows }) => rows)).toEqual([1, 2]);
    release();
    await Promise.all([first, ...others]);
  });

  it('bounds a pack, however much waits for the queue', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const packs: PackMessage[] = [];
    const packer = packerWith((pack) => { packs.push(pack); return gate; }, { maxWaiting: 100_000_000 });
    const lines = Array.from({ length: 1_000 }, () => `${'x'.repeat(1_000)}\n`);
    const added = Promise.all(Array.from({ length: 40 }, () => packer.add(lines)));
    await expect.poll(() => packs.length).toBeGreaterThan(0);
    release();
    await added;
    // Twice what fills one, and less than what the worker unfolds at most.
    const sizes = await Promise.all(packs.map(async (pack) => (await linesOf(pack)).length * 1_001));
    expect(Math.max(...sizes)).toBeLessThan(8 * 1024 * 1024);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(40 * 1_000 * 1_001);
    expect(packer.waitingSize).toBe(0);
  });

  it('tells each request what became of its own lines, whatever the queue takes and refuses', async () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => `${JSON.stringify(text)}\n`);
    const large = fc.nat(9).map((digit) => `"${String(digit).repeat(150_000)}"\n`);
    const requests = fc.array(fc.record({ lines: fc.array(fc.oneof({ weight: 9, arbitrary: line }, large), { maxLength: 6 }), pause: fc.nat(2) }), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(requests, fc.infiniteStream(fc.boolean()), async (sent, verdicts) => {
        const taken: PackMessage[] = [];
        const packer = packerWith(async (pack) => {
          await new Promise(setImmediate);
          if (verdicts.next().value !== true) throw new Error('refused');
          taken.push(pack);
        }, { lingerMs: 0, maxWaiting: 100_000_000 });
        const outcomes = await Promise.all(sent.map(async ({ lines, pause }, index) => {
          for (let turn = 0; turn < pause; turn += 1) await new Promise(setImmediate);
          const own = lines.map((text) => `[${index},${text.trimEnd()}]\n`);
          return packer.add(own).then(() => own, () => []);
        }));
        const stored = new Map<string, number>();
        for (const text of (await Promise.all(taken.map(linesOf))).flat()) stored.set(text, (stored.get(text) ?? 0) + 1);
        const promised = new Map<string, number>();
        for (const text of outcomes.flat()) promised.set(text.trimEnd(), (promised.get(text.trimEnd()) ?? 0) + 1);
        for (const [text, times] of promised) expect(stored.get(text)).toBe(times);
        expect(packer.waitingSize).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('sends many events beside a pack that is under way', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const packs: PackMessage[] = [];
    const packer = packerWith((pack) => { packs.push(pack); return gate; }, { lingerMs: 0 });
    const many = Array.from({ length: 300 }, () => `${'x'.repeat(1_000)}\n`);
    const added = Promise.all([packer.add(many), packer.add(many)]);
    await expect.poll(() => packs.length).toBe(2);
    release();
    await added;
  });

  it('refuses more than may wait, and takes events again when there is room', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const packer = packerWith(() => gate, { maxWaiting: 10 });
    const waiting = packer.add(['12345678\n']);
    await expect(packer.add(['12345678\n'])).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterSeconds: 1 });
    release();
    await waiting;
    await packer.add(['12345678\n']);
  });

  it('sends at once what waits when it is closed', async () => {
    const packs: PackMessage[] = [];
    const packer = packerWith(async (pack) => void packs.push(pack), { lingerMs: 60_000 });
    const added = packer.add(['1\n']);
    await packer.close();
    await added;
    expect(packs).toHaveLength(1);
  });
});
