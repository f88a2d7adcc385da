import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { findFreePort } from '@atrium/local';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayFixture, type RunningGateway } from './gateway-fixture.js';
import { head, openSocket, readUntil } from './raw-http.js';
import { answerJson, UpstreamServer } from './upstream-server.js';

const fixture = new GatewayFixture();
let gateway: RunningGateway;
const ms = { CLIENT_HEADERS_TIMEOUT_MS: '1000', CLIENT_REQUEST_TIMEOUT_MS: '2000', UPSTREAM_TIMEOUT_MS: '1000', UPSTREAM_IDLE_TIMEOUT_MS: '1000' };

beforeAll(async () => {
  await fixture.start();
  gateway = await fixture.gateway(ms);
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

const get = async (path = '/api/v1/auth/me', base = gateway.url) => {
  const answer = await request(`${base}${path}`, { headers: fixture.bearer() });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, code: /"code":"(\w+)"/.exec(text)?.[1], text };
};
const authorization = (): string => `Authorization: ${fixture.bearer().authorization}`;

/** What is held, not what waits to be collected. */
setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('a service that fails', () => {
  it('that is slow costs 504 at its budget, and other services nothing', async () => {
    fixture.upstream.handler = () => undefined;
    const other = await new UpstreamServer().start();
    const both = await fixture.gateway({ ...ms, USERS_URL: other.url });
    const started = performance.now();
    const slow = get('/api/v1/auth/me', both.url);
    const quick = await get('/api/v1/users', both.url);
    expect(quick.status).toBe(200);
    expect(performance.now() - started).toBeLessThan(900);
    expect(await slow).toMatchObject({ status: 504, code: 'UPSTREAM_TIMEOUT' });
    expect(performance.now() - started).toBeLessThan(3500);
    await other.stop();
  });

  it('that refuses connections costs 503 at once, with Retry-After, and works again unaided', async () => {
    const port = await findFreePort();
    const lonely = await fixture.gateway({ GALLERY_URL: `http://127.0.0.1:${port}` });
    const started = performance.now();
    const refused = await get('/api/v1/gallery/assets', lonely.url);
    expect(refused).toMatchObject({ status: 503, code: 'UPSTREAM_UNAVAILABLE' });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect(refused.headers).toHaveProperty('x-ratelimit-limit');
    expect(performance.now() - started).toBeLessThan(500);
    const back = await new UpstreamServer().start(port);
    expect((await get('/api/v1/gallery/assets', lonely.url)).status).toBe(200);
    await back.stop();
  });

  it('that resets the connection is asked a second time for a GET, never for a POST', async () => {
    fixture.upstream.handler = (incoming, response) => {
      if (fixture.upstream.seen.length === 1) incoming.socket.destroy();
      else answerJson(response, { ok: true });
    };
    expect((await get()).status).toBe(200);
    expect(fixture.upstream.seen).toHaveLength(2);
    fixture.upstream.seen.length = 0;
    const post = await request(`${gateway.url}/api/v1/sites`, { method: 'POST', headers: fixture.bearer(), body: '{}' });
    expect(post.statusCode).toBe(503);
    expect(await post.body.text()).toContain('UPSTREAM_UNAVAILABLE');
    expect(fixture.upstream.seen).toHaveLength(1);
  });

  it('that breaks off an answer breaks the client\'s connection', async () => {
    fixture.upstream.handler = (incoming, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('half', () => incoming.socket.destroy());
    };
    const socket = await openSocket(gateway.port);
    socket.write(head('GET /api/v1/auth/me HTTP/1.1', authorization()));
    await expect(readUntil(socket, (text) => text.endsWith('0\r\n\r\n'))).rejects.toThrow(/half/);
    expect(fixture.upstream.seen).toHaveLength(1);
  });

  it('that stops in the middle of an answer is given up, but not a client that reads slowly', async () => {
    fixture.upstream.handler = (_incoming, response) => response.writeHead(200, { 'content-length': '10' }).flushHeaders();
    await expect(get()).rejects.toThrow();
    const large = Buffer.alloc(20 * 1024 * 1024);
    fixture.upstream.handler = (_incoming, response) => response.writeHead(200, { 'content-length': large.length }).end(large);
    const slowlyRead = await request(`${gateway.url}/api/v1/auth/me`, { headers: fixture.bearer() });
    await delay(1500);
    expect((await slowlyRead.body.arrayBuffer()).byteLength).toBe(large.length);
  });

  it('never shows its address, stack or error text', async () => {
    fixture.upstream.handler = (incoming) => void incoming.socket.destroy();
    const { text } = await get();
    expect(text).not.toMatch(/127\.0\.0\.1|at .*\.js|ECONN|UND_ERR|socket/i);
  });

  it('is named by readiness, which stays 200 while one service works', async () => {
    const down = await fixture.gateway({ EVENTS_URL: `http://127.0.0.1:${await findFreePort()}` });
    expect(JSON.parse((await get('/health/ready', down.url)).text)).toEqual({ status: 'degraded', down: ['events'] });
    expect(await get('/health/ready', gateway.url)).toMatchObject({ status: 200 });
    fixture.upstream.ready = false;
    const none = await fixture.gateway();
    expect(await get('/health/ready', none.url)).toMatchObject({ status: 503 });
    expect((await get('/health/live', none.url)).status).toBe(200);
  });
});

describe('streaming', () => {
  it('an event stream begins with its headers and passes each piece as it comes', async () => {
    let push: (text: string) => void = () => undefined;
    fixture.upstream.handler = (_incoming, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      push = (text) => void response.write(text);
    };
    const answer = await request(`${gateway.url}/api/v1/auth/me`, { headers: { ...fixture.bearer(), 'accept-encoding': 'gzip' } });
    expect(answer.headers['content-encoding']).toBeUndefined();
    const pieces = answer.body[Symbol.asyncIterator]();
    for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
      push(text);
      expect(String((await pieces.next()).value)).toBe(text);
    }
    answer.body.destroy();
    answer.body.on('error', () => undefined);
  });

  it('a client that leaves ends the request at the service', async () => {
    let left = false;
    fixture.upstream.handler = (_incoming, response) => void response.on('close', () => (left = true));
    const socket = await openSocket(gateway.port);
    socket.write(head('GET /api/v1/auth/me HTTP/1.1', authorization()));
    await expect.poll(() => fixture.upstream.seen.length).toBe(1);
    socket.destroy();
    await expect.poll(() => left).toBe(true);
  });

  it('100 MB pass with flat memory, no faster than the client reads', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 1);
    let sent = 0;
    fixture.upstream.handler = (_incoming, response) => {
      const more = (): void => {
        while (sent < 100) {
          sent += 1;
          if (!response.write(chunk)) return;
        }
        response.end();
      };
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      response.on('drain', more);
      more();
    };
    const answer = await request(`${gateway.url}/api/v1/auth/me`, { headers: fixture.bearer() });
    await delay(300);
    // Held back by socket and stream buffers alone.
    expect(sent).toBeLessThan(30);
    const before = process.memoryUsage().arrayBuffers;
    let bytes = 0;
    let peak = 0;
    for await (const piece of answer.body) {
      const megabytes = Math.floor(bytes / chunk.length);
      bytes += (piece as Buffer).length;
      if (Math.floor(bytes / chunk.length) === megabytes || megabytes % 10 !== 0) continue;
      collectGarbage();
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    expect(bytes).toBe(100 * chunk.length);
    expect(peak).toBeLessThan(40 * 1024 * 1024);
  });
});

describe('stopping', () => {
  it('drops readiness first, finishes what is under way, then closes', async () => {
    const stopping = await fixture.gateway({ DRAIN_DELAY_MS: '400' });
    let answer: () => void = () => undefined;
    fixture.upstream.handler = (_incoming, response) => void (answer = () => answerJson(response, { late: true }));
    const underWay = get('/api/v1/auth/me', stopping.url);
    await expect.poll(() => fixture.upstream.seen.length).toBe(1);
    const stopped = stopping.app.stop();
    expect(await get('/health/ready', stopping.url)).toMatchObject({ status: 503, text: expect.stringContaining('draining') });
    await delay(500);
    answer();
    expect(await underWay).toMatchObject({ status: 200, text: '{"late":true}' });
    const answered = performance.now();
    await stopped;
    expect(performance.now() - answered).toBeLessThan(1000);
    await expect(get('/api/v1/auth/me', stopping.url)).rejects.toThrow();
  });

  it('cuts what never ends when the time is up', async () => {
    const stopping = await fixture.gateway({ DRAIN_TIMEOUT_MS: '200' });
    fixture.upstream.handler = (_incoming, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    const stream = await request(`${stopping.url}/api/v1/auth/me`, { headers: fixture.bearer() });
    stream.body.on('error', () => undefined);
    const started = performance.now();
    await stopping.app.stop();
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('a service that accepts and says nothing at all', () => {
  it('costs 504 as well', async () => {
    const mute = createServer().listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const waiting = await fixture.gateway({ ...ms, AUTH_URL: `http://127.0.0.1:${port}` });
    expect(await get('/api/v1/auth/me', waiting.url)).toMatchObject({ status: 504, code: 'UPSTREAM_TIMEOUT' });
    mute.close();
  });
});
