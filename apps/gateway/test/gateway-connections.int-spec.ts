import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayFixture, type RunningGateway } from './gateway-fixture.js';
import { head, openSocket, readUntil, sendRaw } from './raw-http.js';
import { answerJson } from './upstream-server.js';

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

describe('bodies', () => {
  const post = async (body: Buffer, headers: Record<string, string> = {}) => {
    const answer = await request(`${gateway.url}/api/v1/sites`, { method: 'POST', headers: { ...fixture.bearer(), ...headers }, body });
    return { status: answer.statusCode, text: await answer.body.text() };
  };
  const counting = (): { bytes: () => number } => {
    let bytes = 0;
    fixture.upstream.handler = (incoming, response) => {
      incoming.on('data', (chunk: Buffer) => void (bytes += chunk.length));
      incoming.on('end', () => answerJson(response, { bytes }));
    };
    return { bytes: () => bytes };
  };

  it('reach the service whole, gathered or streamed, in their own encoding', async () => {
    for (const size of [1, 60_000, 70_000, 1024 * 1024]) {
      const { bytes } = counting();
      expect((await post(Buffer.alloc(size, 'a'), { 'content-encoding': 'gzip' })).status).toBe(200);
      expect(bytes()).toBe(size);
      expect(fixture.upstream.seen.at(-1)?.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(size) });
    }
  });

  it('announced too large are refused before the service hears of them', async () => {
    expect(await post(Buffer.alloc(1024 * 1024 + 1))).toMatchObject({ status: 413, text: expect.stringContaining('PAYLOAD_TOO_LARGE') });
    expect(fixture.upstream.seen).toEqual([]);
  });

  it('chunked are counted on their way', async () => {
    const { bytes } = counting();
    const socket = await openSocket(gateway.port);
    const answered = readUntil(socket, (text) => text.includes('request_id'));
    socket.write(head('POST /api/v1/sites HTTP/1.1', authorization(), 'Transfer-Encoding: chunked'));
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    for (let sent = 0; sent < 20 && socket.writable; sent += 1) socket.write(chunk);
    expect(await answered).toMatch(/^HTTP\/1\.1 413 [^]*PAYLOAD_TOO_LARGE/);
    expect(bytes()).toBeLessThanOrEqual(1024 * 1024);
    socket.destroy();
  });

  it('small and chunked arrive', async () => {
    const { bytes } = counting();
    const raw = await sendRaw(gateway.port, `${head('POST /api/v1/sites HTTP/1.1', authorization(), 'Connection: close', 'Transfer-Encoding: chunked')}5\r\nhello\r\n0\r\n\r\n`);
    expect(raw).toMatch(/^HTTP\/1\.1 200/);
    expect(bytes()).toBe(5);
  });

  it('are asked for by 100 Continue only from those who are let in', async () => {
    counting();
    const expects = ['Expect: 100-continue', 'Content-Length: 2'];
    const socket = await openSocket(gateway.port);
    const asked = readUntil(socket, (text) => text.includes('100 Continue'));
    socket.write(head('POST /api/v1/sites HTTP/1.1', authorization(), ...expects));
    await asked;
    const answered = readUntil(socket, (text) => text.includes('"bytes":2'));
    socket.write('{}');
    await answered;
    socket.destroy();
    const stranger = await openSocket(gateway.port);
    const refused = readUntil(stranger, (text) => text.includes('request_id'));
    stranger.write(head('POST /api/v1/sites HTTP/1.1', ...expects));
    expect(await refused).toMatch(/^HTTP\/1\.1 401/);
    stranger.destroy();
  });

  it('of a client that leaves in the middle cost nobody anything', async () => {
    const socket = await openSocket(gateway.port);
    socket.write(`${head('POST /api/v1/sites HTTP/1.1', authorization(), 'Content-Length: 500000')}${'a'.repeat(200_000)}`);
    await expect.poll(() => fixture.upstream.seen.length).toBe(1);
    socket.destroy();
    fixture.upstream.reset();
    expect((await get()).status).toBe(200);
    expect(gateway.log.filter((line) => line.includes('request failed'))).toEqual([]);
  });
});

describe('a hostile connection', () => {
  it.each([
    ['both lengths', ['Content-Length: 6', 'Transfer-Encoding: chunked'], '0\r\n\r\nG'],
    ['two lengths', ['Content-Length: 6', 'Content-Length: 5'], 'aaaaaa'],
    ['an odd transfer coding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
    ['a chunked that is not last', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
    ['a space before the colon', ['Transfer-Encoding : chunked'], '0\r\n\r\n'],
  ])('with %s gets 400, and nothing of it reaches a service', async (_name, headers, body) => {
    const raw = await sendRaw(gateway.port, head('POST /api/v1/auth/login HTTP/1.1', ...headers) + body);
    expect(raw).toMatch(/^HTTP\/1\.1 400 [^]*"code":"VALIDATION_ERROR"/);
    expect(raw.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(fixture.upstream.seen).toEqual([]);
  });

  it('with a megabyte of Authorization gets 431, with binary or cut-off ones 401 or 400', async () => {
    expect(await sendRaw(gateway.port, head('GET /api/v1/auth/me HTTP/1.1', `Authorization: Bearer ${'a'.repeat(1024 * 1024)}`))).toMatch(/^HTTP\/1\.1 431/);
    const binary = Buffer.concat([Buffer.from('GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: Bearer '), Buffer.from([0xff, 0xfe, 0x80]), Buffer.from('\r\n\r\n')]);
    expect(await sendRaw(gateway.port, binary)).toMatch(/^HTTP\/1\.1 40[01]/);
  });

  it('that sends its headers or its body slowly is ended, while others are served', async () => {
    const started = performance.now();
    const slowHeaders = sendRaw(gateway.port, 'GET /api/v1/auth/me HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    const slowBody = sendRaw(gateway.port, `${head('POST /api/v1/sites HTTP/1.1', authorization(), 'Content-Length: 100')}a`);
    expect((await get()).status).toBe(200);
    expect(await slowHeaders).toMatch(/^HTTP\/1\.1 408/);
    await slowBody;
    expect(performance.now() - started).toBeLessThan(6000);
    // A body that never came whole never took a connection to the service.
    expect(fixture.upstream.seen.map(({ method }) => method)).toEqual(['GET']);
  });

  it('among hundreds of idle ones changes nothing for the next', async () => {
    const idle = await Promise.all(Array.from({ length: 500 }, () => openSocket(gateway.port)));
    expect((await get()).status).toBe(200);
    for (const socket of idle) socket.destroy();
  });
});
