import { once } from 'node:events';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { packMessage, unfoldLines } from '../src/packs/pack-message.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let org: Awaited<ReturnType<typeof addOrganization>>;
let reachedFastify: () => number;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  org = await addOrganization(bench, api);
  const routed = vi.spyOn(api.getHttpAdapter().getInstance(), 'routing');
  reachedFastify = () => routed.mock.calls.length;
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});
beforeEach(async () => {
  await bench.purge();
  // What is known of write keys is asked for again after some seconds.
  await send('{"event":"known"}');
  await bench.purge();
});

/** What Fastify serves as well, but nobody takes before it. */
const leftToFastify = 'application/json; x=1';
const open = async (app: NestFastifyApplication = api) => {
  const socket = connect({ port: Number(new URL(await app.getUrl()).port), host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return socket;
};
const headOf = (length: number | undefined, headers: Record<string, string>): string => {
  const all = { host: 'localhost', 'content-type': 'application/json', 'x-write-key': org.writeKey, ...(length === undefined ? {} : { 'content-length': String(length) }), ...headers };
  return `POST /api/v1/events HTTP/1.1\r\n${Object.entries(all).filter(([, value]) => value !== '').map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
};

/** The whole answer, byte for byte, but for its date; the body goes out in pieces. */
async function send(body: string | Buffer, headers: Record<string, string> = {}, pieces = 1, app = api): Promise<string> {
  const bytes = Buffer.from(body);
  const socket = await open(app);
  let answer = '';
  socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
  const closed = once(socket, 'close');
  socket.write(headOf(bytes.length, { connection: 'close', ...headers }));
  const size = Math.max(1, Math.ceil(bytes.length / pieces));
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(bytes.subarray(at, at + size));
    if (pieces > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
  return answer.replace(/\r\ndate: [^\r]*/i, '');
}
const statusIn = (answer: string): number => Number(answer.slice(9, 12));

async function queued(): Promise<Record<string, unknown>[]> {
  const packs = (await bench.receive()).map(({ Body }) => packMessage.parse(JSON.parse(Body ?? '')));
  return (await Promise.all(packs.map(({ data }) => unfoldLines(Buffer.from(data, 'base64'))))).flat().map((line) => JSON.parse(line));
}

const member = fc.constantFrom(
  '"event":"Order Placed"', '"event":"Bestellt ä 😀"', '"event":""', '"event":1', '"user_id":"u-1"', '"user_id":null', '"type":"page"', '"type":"other"',
  '"timestamp":"2026-11-20T10:00:00Z"', '"timestamp":"1900-01-01T00:00:00Z"', '"properties":{"price":12.5,"in":{"er":true}}', '"properties":{"a":null}', '"properties":{"id":9007199254740993}',
  `"properties":{"a":"${'y'.repeat(33_000)}"}`, '"context":{"ip":"1.2.3.4"}', '"context":{"userAgent":"Mozilla/5.0"}', '"other":1', '"event_id":"00000000-0000-7000-8000-000000000001"',
);
const event = fc.array(member, { maxLength: 4 }).map((members) => `{${['"event":"e"', ...members].slice(members.length % 2).join(',')}}`);
const batch = fc.array(event, { maxLength: 6 }).map((events) => `{"batch":[${events.join(',')}]}`);
const body = fc.oneof(event, batch, fc.tuple(fc.oneof(event, batch), fc.nat(60), fc.constantFrom('"', '}', ',', '\ufeff', 'ä')).map(([text, at, more]) => text.slice(0, at) + more + text.slice(at)));
const header = fc.record({
  'user-agent': fc.constantFrom('', 'bench', 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36'),
  'x-forwarded-for': fc.constantFrom('', '203.0.113.77', '10.0.0.1, 198.51.100.9', '2001:db8:1:2::3', 'nonsense'),
  traceparent: fc.constantFrom('', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'nonsense'),
  'x-request-id': fc.constantFrom('request-of-my-own', 'request_2.with-dots'),
  connection: fc.constantFrom('close', 'Close'),
});

/** Without what is made anew for each. */
const comparable = ({ event_id: id, received_at: _at, ts: _ts, trace_id: trace, ...columns }: Record<string, unknown>) => ({
  ...columns, id: String(id).startsWith('00000000') ? id : 'new', trace: trace === '0af7651916cd43dd8448eb211c80319c' ? trace : 'new',
});

describe('a request that is taken before Fastify', () => {
  it('is answered byte for byte as Fastify answers it, with the same lines on the queue', async () => {
    const runs = 60;
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(body, header, fc.integer({ min: 1, max: 3 }), async (text, headers, pieces) => {
        await bench.purge();
        const before = reachedFastify();
        const early = await send(text, headers, pieces);
        const left = reachedFastify() - before;
        taken += 1 - left;
        const lines = (await queued()).map(comparable);
        await bench.purge();
        expect(early).toBe(await send(text, { ...headers, 'content-type': leftToFastify }));
        expect(reachedFastify()).toBe(before + left + 1);
        expect(lines).toEqual((await queued()).map(comparable));
      }),
      { numRuns: runs },
    );
    // All but those for which the key had to be asked for again.
    expect(taken).toBeGreaterThan(runs / 2);
  });

  it('may share its connection with others, and come in parts', async () => {
    const socket = await open();
    let answers = '';
    socket.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    const two = '{"event":"one"}';
    socket.write(headOf(two.length, {}) + two + headOf(two.length, {}) + two.slice(0, 5));
    await vi.waitFor(() => expect(answers.match(/HTTP\/1\.1 202/g)).toHaveLength(1));
    socket.write(two.slice(5));
    await vi.waitFor(() => expect(answers.match(/HTTP\/1\.1 202/g)).toHaveLength(2));
    expect(answers).toMatch(/keep-alive/i);
    socket.destroy();
    expect(await queued()).toHaveLength(2);
  });

  it('stores nothing, and harms nobody, when it breaks off', async () => {
    const socket = await open();
    socket.write(headOf(100, {}) + '{"event":"half');
    await new Promise((resolve) => setImmediate(resolve));
    socket.destroy();
    expect(statusIn(await send('{"event":"whole"}'))).toBe(202);
    expect((await queued()).map((line) => line['event_name'])).toEqual(['whole']);
  });
});

describe('left to Fastify is', () => {
  const ordinary = '{"event":"e"}';
  it.each<[string, string | Buffer, () => Record<string, string>, number]>([
    ['a key that nobody knows', ordinary, () => ({ 'x-write-key': `wk_${'a'.repeat(32)}` }), 401],
    ['no key', ordinary, () => ({ 'x-write-key': '' }), 401],
    ['a token', ordinary, () => ({ authorization: `Bearer ${org.token}` }), 400],
    ['another media type', ordinary, () => ({ 'content-type': 'application/xml' }), 415],
    ['no media type', ordinary, () => ({ 'content-type': '' }), 202],
    ['text of a beacon', ordinary, () => ({ 'content-type': 'text/plain' }), 202],
    ['a compressed body', gzipSync(ordinary), () => ({ 'content-encoding': 'gzip' }), 202],
    ['an unknown coding', ordinary, () => ({ 'content-encoding': 'lzma' }), 415],
    ['no body', '', () => ({}), 400],
    ['a body in chunks', `d\r\n${ordinary}\r\n0\r\n\r\n`, () => ({ 'content-length': '', 'transfer-encoding': 'chunked' }), 202],
    ['a body that is too large', ordinary, () => ({ 'content-length': '99999999' }), 413],
  ])('%s', async (_what, text, headers, status) => {
    const before = reachedFastify();
    expect(statusIn(await send(text, headers()))).toBe(status);
    expect(reachedFastify()).toBe(before + 1);
  });

  it('who judges by the catalog', async () => {
    await org.call('PATCH', `/events/sources/${org.source.id}`, { schema_mode: 'observe' });
    await send(ordinary);
    const before = reachedFastify();
    expect(statusIn(await send(ordinary))).toBe(202);
    expect(reachedFastify()).toBe(before + 1);
    await org.call('PATCH', `/events/sources/${org.source.id}`, { schema_mode: 'off' });
  });

  it('who has used up the month, and is refused there', async () => {
    const second = await bench.startApi({ EVENTS_QUOTA_PER_MONTH: '2' });
    const other = await addOrganization(bench, second);
    const post = () => send(ordinary, { 'x-write-key': other.writeKey }, 1, second);
    const answers = [await post(), await post(), await post()];
    expect(answers.map(statusIn)).toEqual([202, 202, 429]);
    expect(answers[2]).toMatch(/retry-after: \d+[^]*RATE_LIMITED/);
    await second.close();
  });

  it('what comes while the service stops: the connection ends with its answer', async () => {
    const second = await bench.startApi();
    const socket = await open(second);
    let answers = '';
    socket.on('data', (chunk: Buffer) => (answers += chunk.toString()));
    socket.write(headOf(ordinary.length, {}) + ordinary);
    await vi.waitFor(() => expect(answers).toContain('202'));
    // Half a head keeps the connection open when the server closes.
    socket.write(headOf(ordinary.length, {}).slice(0, -2));
    const closing = second.close();
    await vi.waitFor(() => expect(second.getHttpServer().listening).toBe(false), { timeout: 10_000 });
    answers = '';
    socket.write(`\r\n${ordinary}`);
    await once(socket, 'close');
    await closing;
    expect(answers).toMatch(/^HTTP\/1\.1 202[^]*connection: close/i);
  });
});
