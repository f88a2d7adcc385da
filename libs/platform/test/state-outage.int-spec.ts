import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectState, type SharedState } from '@atrium/platform/state';
import { stores, type RunningStore } from './state-stores.js';

/** A door to the store that can be shut. */
class Door {
  private readonly sockets = new Set<Socket>();
  private server: Server | undefined;
  private port = 0;

  constructor(private readonly target: URL) {}

  get url(): string {
    const url = new URL(this.target);
    url.hostname = '127.0.0.1';
    url.port = `${this.port}`;
    return url.href;
  }

  async open(): Promise<void> {
    this.server = createServer((inside) => {
      const outside = connect(Number(this.target.port), this.target.hostname);
      for (const socket of [inside, outside]) {
        this.sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => [inside, outside].forEach((end) => end.destroy()));
      }
      inside.pipe(outside).pipe(inside);
    }).listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async shut(): Promise<void> {
    this.server?.close();
    for (const socket of this.sockets) socket.destroy();
    if (this.server) await once(this.server, 'close');
  }
}

const limit = { requests: 3, windowSeconds: 86_400 };

for (const { name, start } of stores) {
  describe.skipIf(!start)(`shared state while ${name} is down`, () => {
    let store: RunningStore;
    let door: Door;
    let state: SharedState;
    const warnings = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

    beforeAll(async () => {
      if (!start) return;
      store = await start();
      door = new Door(new URL(store.url));
      await door.open();
      state = await connectState(door.url);
      await state.ping();
      await state.revocations.start();
      await door.shut();
    });
    afterAll(async () => {
      await state.close();
      await door.shut();
      await store.stop();
    });
    beforeEach(() => void warnings.mockClear());

    it('counts for itself in counters and limits', async () => {
      for (const part of [state.counters, state.limits]) {
        const decisions = [];
        for (let index = 0; index < 5; index += 1) decisions.push(await part.consume(`k ${part.constructor.name}`, limit));
        expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
      }
    });

    it('lets attempts pause by itself', async () => {
      const rule = { attempts: 3, firstPauseSeconds: 60, longestPauseSeconds: 3_600, memorySeconds: 86_400 };
      const take = async () => (await state.attempts.take('k', rule)).allowed;
      expect([await take(), await take(), await take(), await take()]).toEqual([true, true, true, false]);
      await state.attempts.giveBack('k');
      expect([await take(), await take()]).toEqual([true, false]);
      await state.attempts.forget('k');
      expect(await take()).toBe(true);
    });

    it('reports the outage once for each part', async () => {
      for (let index = 0; index < 20; index += 1) {
        await state.counters.consume(`again ${index}`, limit);
        await state.limits.consume(`again ${index}`, limit);
        await state.revocations.poll();
      }
      const parts = warnings.mock.calls.map(([fields]) => (fields as { part: string }).part);
      expect(new Set(parts).size).toBe(parts.length);
    });

    it('rejects a ping and a revocation, and still kills the token here', async () => {
      const sessionId = randomUUID();
      await expect(state.ping()).rejects.toThrow();
      await expect(state.revocations.revokeSession(sessionId, Date.now() / 1000 + 900)).rejects.toThrow();
      expect(state.revocations.isRevoked({
        sessionId, userId: '', orgId: null, roles: [], permissions: [], siteIds: [], sitePermissions: {}, membershipVersion: 1, expiresAt: 0,
      })).toBe(true);
    });

    it('starts without the store and works once it is back', async () => {
      const late = await connectState(door.url);
      await late.revocations.start();
      expect(late.revocations.ready).toBe(false);
      await door.open();
      await vi.waitFor(() => late.ping(), 5_000);
      await vi.waitFor(() => expect(late.revocations.ready).toBe(true), 5_000);
      await late.close();
    });

    it('sends what it counted meanwhile', async () => {
      await vi.waitFor(() => state.ping(), 5_000);
      await state.counters.flush();
      const other = await connectState(store.url);
      expect((await other.counters.consume('k WindowCounters', limit)).allowed).toBe(false);
      await other.close();
    });
  });
}
