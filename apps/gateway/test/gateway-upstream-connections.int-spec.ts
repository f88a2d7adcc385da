import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createServer as createHttpServer } from 'node:http';
import { authEndpoints } from '@atrium/contracts/auth';
import { openSpan, SpanKind } from '@atrium/platform/telemetry';
import { until } from '@atrium/testing';
import { Forwarder } from '../src/proxy/forwarder.js';
import { Upstream } from '../src/proxy/upstream.js';
import { GatewayFixture } from './gateway-fixture.js';

const fixture = new GatewayFixture();
const answer = (body: string, extra = ''): string => `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${extra}content-length: ${body.length}\r\n\r\n${body}`;

/** A service that says any bytes; each connection is one entry of `opened`. */
class RawService {
  readonly opened: Socket[] = [];
  /** What it was asked, head and body. */
  readonly asked: string[] = [];
  respond: (socket: Socket, request: string) => void = (socket) => void socket.write(answer('{}'));
  private readonly server: Server = createServer((socket) => {
    this.opened.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => {
      const request = bytes.toString('latin1');
      this.asked.push(request);
      this.respond(socket, request);
    });
  });

  async start(): Promise<this> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    for (const socket of this.opened) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

let service: RawService;
let url: string;
beforeAll(async () => {
  await fixture.start();
  service = await new RawService().start();
  url = (await fixture.gateway({ AUTH_URL: service.url })).url;
});
afterEach(() => {
  for (const socket of service.opened) socket.destroy();
  service.opened.length = service.asked.length = 0;
  service.respond = (socket) => void socket.write(answer('{}'));
});
afterAll(async () => {
  await fixture.stop();
  await service.stop();
});

const get = (): Promise<Response> => fetch(`${url}/.well-known/jwks.json`);
const post = (body: string): Promise<Response> => fetch(`${url}/api/v1/auth/login`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });

describe('a connection to a service', () => {
  it('carries one request after another', async () => {
    for (let turn = 0; turn < 5; turn += 1) expect(await (await get()).text()).toBe('{}');
    expect(service.opened).toHaveLength(1);
  });

  it('brings an answer that comes byte by byte, after one that was only provisional', async () => {
    service.respond = (socket) => {
      const bytes = [...`HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n${answer('{"slow":1}')}`];
      const next = (): void => {
        const byte = bytes.shift();
        if (byte !== undefined) socket.write(byte, () => setImmediate(next));
      };
      next();
    };
    const response = await get();
    expect(response.headers.get('link')).toBeNull();
    expect(await response.json()).toEqual({ slow: 1 });
  });

  it('brings chunks, and bodies that end with the connection', async () => {
    service.respond = (socket) => void socket.write('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n');
    expect(await (await get()).text()).toBe('abcde');
    expect(await (await get()).text()).toBe('abcde');
    expect(service.opened).toHaveLength(1);
    service.respond = (socket) => void socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
    expect(await (await get()).text()).toBe('until the end');
  });

  it('that says more than it was asked is not used again, and what it said is nobody\'s answer', async () => {
    service.respond = (socket) => void socket.write(answer('{"first":1}') + answer('{"smuggled":1}'));
    expect(await (await get()).json()).toEqual({ first: 1 });
    service.respond = (socket) => void socket.write(answer('{"second":1}'));
    expect(await (await get()).json()).toEqual({ second: 1 });
    expect(service.opened).toHaveLength(2);
  });

  it.each([
    ['two lengths', 'content-length: 1\r\n'],
    ['a length and chunks', 'transfer-encoding: chunked\r\n'],
    ['a folded header', 'x: 1\r\n 2\r\n'],
    ['headers without end', `x: ${'y'.repeat(40_000)}\r\n`],
  ])('whose answer has %s is given up', async (_name, extra) => {
    service.respond = (socket) => void socket.write(answer('{}', extra));
    expect(await (await post('{}')).json()).toMatchObject({ error: { code: 'UPSTREAM_UNAVAILABLE' } });
    expect(service.opened).toHaveLength(1);
  });

  it('that the service closes between two requests costs neither', async () => {
    service.respond = (socket) => void socket.end(answer('{}', 'connection: close\r\n'));
    for (let turn = 0; turn < 5; turn += 1) expect((await post('{}')).status).toBe(200);
    expect(service.opened).toHaveLength(5);
  });

  it('that breaks in a chunk breaks the answer', async () => {
    service.respond = (socket) => void socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc');
    await expect(get().then((response) => response.text())).rejects.toThrow();
  });

  it('gets a small body with its head, byte for byte', async () => {
    const body = JSON.stringify({ text: 'Grüße ☃ \u0000'.repeat(20) });
    await (await post(body)).text();
    expect(service.asked).toHaveLength(1);
    expect(Buffer.from(service.asked[0]?.split('\r\n\r\n', 2)[1] ?? '', 'latin1').toString('utf8')).toBe(body);
  });
});

describe('a client that has left while it was asked who it is', () => {
  const places = 4;
  const jwks = 'GET /.well-known/jwks.json HTTP/1.1\r\nhost: x\r\n\r\n';
  const login = 'POST /api/v1/auth/login HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n';
  const endless = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n' + `8000\r\n${'x'.repeat(0x8000)}\r\n`.repeat(200);

  it.each([
    ['with half of a body', login + 'x', authEndpoints.login, 1],
    ['with all of it', login + 'x'.repeat(100), authEndpoints.login, 1],
    ['before an answer without end', jwks, authEndpoints.jwks, 1],
    ['before answers that wait behind each other', jwks.repeat(3), authEndpoints.jwks, 3],
  ])('%s, holds no place', async (_, bytes, endpoint, requests) => {
    service.respond = (socket) => void socket.write(endless);
    const upstream = new Upstream('auth', service.url, { connectTimeout: 1_000, headersTimeout: 1_000, idleTimeout: 1_000, maxInFlight: places });
    const forwarder = new Forwarder(new Map([['auth', upstream]]), { answered: () => undefined, failed: () => undefined });
    const ended: Promise<unknown>[] = [];
    const server = createHttpServer((request, response) => {
      const span = openSpan('test', { kind: SpanKind.SERVER, attributes: {}, parent: {} });
      const admitted = { caller: { addressKey: 'a' }, limitHeaders: [] };
      const exchange = { endpoint, request, response, requestId: 'r', address: '127.0.0.1', span, startedAt: 0, corsHeaders: [], vary: [], admitted, carried: {} };
      const left = request.socket.destroyed ? Promise.resolve() : once(request.socket, 'close');
      ended.push(left.then(() => forwarder.forward(exchange)).catch((error: unknown) => error));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
    client.write(bytes);
    await until('the requests', () => Promise.resolve(ended.length === requests));
    client.destroy();
    await Promise.all(ended);
    await until('all places to be free', async () => {
      const taken = Array.from({ length: places }, () => attempt(() => upstream.acquire())).filter(Boolean).length;
      for (let place = 0; place < taken; place += 1) upstream.release();
      return taken === places;
    }, { seconds: 5 });
    expect(service.opened.filter(({ destroyed }) => !destroyed)).toEqual([]);
    upstream.close();
    server.close();
  });
});

function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
