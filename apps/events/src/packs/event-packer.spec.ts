import { describe, expect, it } from 'vitest';
import { EventPacker } from './event-packer.js';
import { type PackMessage, unfoldLines } from './pack-message.js';

function packerWith(send: (pack: PackMessage) => Promise<void>, options: { lingerMs?: number; maxWaiting?: number } = {}) {
  return new EventPacker({ send, lingerMs: options.lingerMs ?? 1, maxWaiting: options.maxWaiting ?? 1_000_000 });
}
const linesOf = (pack: PackMessage) => unfoldLines(Buffer.from(pack.data, 'base64'));

describe('EventPacker', () => {
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

  it('holds back a few events while a pack is under way, but not behind one that is late', async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    const sentAt: number[] = [];
    const packer = packerWith(() => { sentAt.push(performance.now()); return gate; });
    const first = packer.add(['1\n']);
    await expect.poll(() => sentAt.length).toBe(1);
    const second = packer.add(['2\n']);
    await expect.poll(() => sentAt.length).toBe(2);
    expect((sentAt[1] ?? 0) - (sentAt[0] ?? 0)).toBeGreaterThan(20);
    release();
    await Promise.all([first, second]);
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
