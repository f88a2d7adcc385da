import { describe, expect, it } from 'vitest';
import { BoundedQueue } from './bounded-queue.js';

const gate = () => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open: () => open() };
};

describe('BoundedQueue', () => {
  it('runs no more at once than allowed, and the rest in their order', async () => {
    const queue = new BoundedQueue(2, 10);
    const gates = Array.from({ length: 5 }, gate);
    const begun: number[] = [];
    const all = gates.map((held, index) =>
      queue.run(async () => {
        begun.push(index);
        await held.opened;
      }),
    );
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    gates[1]?.open();
    await all[1];
    await Promise.resolve();
    expect(begun).toEqual([0, 1, 2]);
    gates.forEach((held) => held.open());
    await Promise.all(all);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
  });

  it('refuses with a time to come back when too many wait, and recovers', async () => {
    const queue = new BoundedQueue(1, 1);
    const held = gate();
    const running = queue.run(() => held.opened);
    const waiting = queue.run(async () => 'done');
    await expect(queue.run(async () => 'never')).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterSeconds: 2 });
    held.open();
    await running;
    await expect(waiting).resolves.toBe('done');
    await expect(queue.run(async () => 'again')).resolves.toBe('again');
  });

  it('gives its turn on when work fails', async () => {
    const queue = new BoundedQueue(1, 1);
    await expect(queue.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
    await expect(queue.run(async () => 'next')).resolves.toBe('next');
  });
});
