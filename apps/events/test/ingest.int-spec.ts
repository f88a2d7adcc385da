import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { packMessage, unfoldLines } from '../src/packs/pack-message.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
let org: Awaited<ReturnType<typeof addOrganization>>;

beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
  org = await addOrganization(bench, api);
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});
beforeEach(() => bench.purge());

/** The status of a request on a connection of its own; 0 where none came. */
const statusOf = (url: string, headers: Record<string, string>, body: string) =>
  new Promise<number>((resolve) => {
    const sent = request(url, { method: 'POST', headers, agent: false }, (response) => resolve(response.resume().statusCode ?? 0));
    sent.on('error', () => resolve(0)).end(body);
  });

interface Sending {
  readonly headers?: Record<string, string>;
  readonly query?: string;
}
async function post(payload: string | Buffer | object, { headers, query = '' }: Sending = {}) {
  const raw = typeof payload === 'string' || Buffer.isBuffer(payload);
  const response = await api.inject({
    method: 'POST', url: `/api/v1/events${query}`, payload: raw ? payload : JSON.stringify(payload), remoteAddress: '203.0.113.77',
    headers: { 'content-type': 'application/json', ...(headers ?? { 'x-write-key': org.writeKey }) },
  });
  return { status: response.statusCode, json: response.json(), headers: response.headers };
}
async function queued(): Promise<Record<string, unknown>[]> {
  const packs = (await bench.receive()).map(({ Body }) => packMessage.parse(JSON.parse(Body ?? '')));
  return (await Promise.all(packs.map(({ data }) => unfoldLines(Buffer.from(data, 'base64'))))).flat().map((line) => JSON.parse(line));
}
const batch = (count: number, event: object = { event: 'e' }) => ({ batch: Array.from({ length: count }, () => event) });

describe('an accepted event', () => {
  it('is on the queue when 202 is answered, with its origin, time and a coarse address', async () => {
    const answer = await post({ event: 'signup', user_id: 'u1', properties: { plan: 'pro' } });
    expect(answer).toMatchObject({ status: 202, json: { accepted: 1, rejected: [] } });
    expect(answer.headers['x-request-id']).toBeTruthy();
    const [line] = await queued();
    expect(line).toMatchObject({
      org_id: org.orgId, site_id: org.siteId, source_id: org.source.id, event_name: 'signup', user_id: 'u1', type: 'track',
      ip: '203.0.113.0', properties: { plan: 'pro' }, retention_days: 1827, request_id: answer.headers['x-request-id'],
    });
    expect(Math.abs(Number(line?.['ts']) - Date.now())).toBeLessThan(10_000);
  });

  it.each([
    ['gzip', gzipSync], ['br', brotliCompressSync], ['zstd', zstdCompressSync], ['deflate', deflateSync],
  ] as const)('may come in a %s body', async (encoding, compress) => {
    const headers = { 'x-write-key': org.writeKey, 'content-encoding': encoding };
    expect(await post(compress(JSON.stringify(batch(100))), { headers })).toMatchObject({ status: 202, json: { accepted: 100 } });
    expect(await queued()).toHaveLength(100);
  });

  it('may come with Basic credentials, as text/plain, and with an id of its own', async () => {
    const event_id = randomUUID();
    const headers = { authorization: `Basic ${btoa(`${org.writeKey}:`)}`, 'content-type': 'text/plain;charset=UTF-8' };
    expect((await post({ event: 'beacon', event_id }, { headers })).status).toBe(202);
    expect((await queued()).map((line) => line['event_id'])).toEqual([event_id]);
  });

  it('shares a queue message with those of other requests', async () => {
    const other = await addOrganization(bench, api);
    const sent = Array.from({ length: 40 }, (_, index) => post({ event: `e${index}` }, { headers: { 'x-write-key': index % 2 ? org.writeKey : other.writeKey } }));
    expect((await Promise.all(sent)).every(({ status }) => status === 202)).toBe(true);
    expect(await bench.depth()).toBeLessThan(20);
    const lines = await queued();
    expect(lines).toHaveLength(40);
    expect(lines.every((line) => line['org_id'] === (Number(String(line['event_name']).slice(1)) % 2 ? org.orgId : other.orgId))).toBe(true);
  });

  it('travels in several messages when a request does not compress into one', async () => {
    const noise = () => Array.from({ length: 28_000 }, () => String.fromCharCode(33 + Math.random() * 90)).join('');
    const { status, json } = await post({ batch: Array.from({ length: 30 }, () => ({ event: 'noise', properties: { noise: noise() } })) });
    expect({ status, json }).toMatchObject({ status: 202, json: { accepted: 30 } });
    expect(await queued()).toHaveLength(30);
  });
});

describe('whose events they are', () => {
  it('is decided by the write key: an event can not name a site or an organization', async () => {
    for (const smuggled of [{ site_id: randomUUID() }, { org_id: randomUUID() }]) {
      expect(await post({ event: 'e', ...smuggled })).toMatchObject({ status: 400, json: { error: { code: 'VALIDATION_ERROR', details: [{ field: Object.keys(smuggled)[0] }] } } });
    }
    expect((await post({ event: 'e' }, { query: `?site_id=${randomUUID()}&org_id=${randomUUID()}` })).status).toBe(202);
    expect(await queued()).toMatchObject([{ org_id: org.orgId, site_id: org.siteId }]);
  });

  it.each([
    ['no credentials', {}], ['an unknown key', { 'x-write-key': `wk_${'a'.repeat(32)}` }], ['no key at all', { 'x-write-key': "' or 1=1" }],
    ['other Basic credentials', { authorization: 'Basic eDp5' }], ['a bad token', { authorization: 'Bearer nonsense' }],
  ])('must be known: %s is 401', async (_what, headers) => {
    expect(await post({ event: 'e' }, { headers })).toMatchObject({ status: 401, json: { error: { code: 'UNAUTHENTICATED', request_id: expect.any(String) } } });
  });

  it('with a token needs events.write and a site of its organization', async () => {
    const send = (token: string, site?: string) => post({ event: 'e' }, { headers: { authorization: `Bearer ${token}` }, query: site ? `?site_id=${site}` : '' });
    expect((await send(org.token)).status).toBe(400);
    expect((await send(org.token, org.siteId)).status).toBe(202);
    const [line] = await queued();
    expect(line).toMatchObject({ org_id: org.orgId, site_id: org.siteId });
    const other = await addOrganization(bench, api);
    const onlySite = bench.issuer.token({ org_id: org.orgId, site_permissions: { [org.siteId]: ['events.write'] } });
    expect((await send(onlySite, org.siteId)).status).toBe(202);
    expect((await send(onlySite, await bench.addSite(org.orgId))).status).toBe(404);
    expect((await send(bench.issuer.token({ org_id: org.orgId }), org.siteId)).status).toBe(403);
    expect(bench.log.join('')).toMatch(/access_denied.*"FORBIDDEN".*events\.write.*events\.ingestEvents/);
    expect([404, 503]).toContain((await send(org.token, other.siteId)).status);
  });

  it('ends with the key: rotated, disabled and deleted ones are refused', async () => {
    const { call, source, writeKey } = await addOrganization(bench, api);
    const sends = async (key: string) => (await post({ event: 'e' }, { headers: { 'x-write-key': key } })).status;
    expect(await sends(writeKey)).toBe(202);
    const rotated = (await call('POST', `/events/sources/${source.id}/rotate`)).json.write_key;
    expect([await sends(writeKey), await sends(rotated)]).toEqual([401, 202]);
    await call('PATCH', `/events/sources/${source.id}`, { enabled: false });
    expect(await sends(rotated)).toBe(401);
    await call('PATCH', `/events/sources/${source.id}`, { enabled: true });
    expect(await sends(rotated)).toBe(202);
    expect((await call('DELETE', `/events/sources/${source.id}`)).status).toBe(204);
    expect(await sends(rotated)).toBe(401);
  });
});

describe('what is refused', () => {
  it('in a batch is named event by event, and the others are accepted', async () => {
    const answer = await post({
      batch: [
        { event: 'ok' }, { event: '' }, { event: 'e', extra: 1 }, 5, { event: 'e', timestamp: '1900-01-01T00:00:00Z' },
        { event: 'e', timestamp: '2300-01-01T00:00:00Z' }, { event: 'e', properties: { text: 'x'.repeat(33_000) } }, { event: 'e', event_id: 'no' },
        { event: 'ok', timestamp: new Date(Date.now() - 1000).toISOString() },
      ],
    });
    expect(answer.status).toBe(202);
    expect(answer.json.accepted).toBe(2);
    expect(answer.json.rejected.map(({ index, code }: { index: number; code: string }) => [index, code])).toEqual([
      [1, 'INVALID_EVENT'], [2, 'INVALID_EVENT'], [3, 'INVALID_EVENT'], [4, 'TIMESTAMP_OUT_OF_RANGE'],
      [5, 'TIMESTAMP_OUT_OF_RANGE'], [6, 'EVENT_TOO_LARGE'], [7, 'INVALID_EVENT'],
    ]);
    expect(answer.json.rejected[1].message).toBe('extra is not a known field.');
    expect(await queued()).toHaveLength(2);
  });

  it('alone is an error of the request', async () => {
    expect(await post({ event: '', type: 'x' })).toMatchObject({ status: 400, json: { error: { details: [{ field: 'type' }, { field: 'event' }] } } });
    expect((await post({ event: 'e', timestamp: '1900-01-01T00:00:00Z' })).json.error.details[0].field).toBe('timestamp');
    expect((await post({ event: 'e', properties: { text: 'x'.repeat(33_000) } })).status).toBe(413);
  });

  it.each([
    ['a batch of 1001', JSON.stringify(batch(1001)), 413], ['an empty batch', '{"batch":[]}', 400], ['a batch that is no list', '{"batch":5}', 400],
    ['a batch with an unknown field', '{"batch":[{"event":"e"}],"org_id":"x"}', 400], ['no JSON', '{oops', 400], ['nothing', '', 400], ['a list', '[]', 400],
    ['NaN', '{"event":"e","properties":{"x":NaN}}', 400], ['infinity', '{"event":"e","properties":{"x":1e400}}', 400],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 400],
    ['depth 10,000', `{"event":"e","properties":${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}}`, 400],
    ['depth 10,000 of lists', `{"event":"e","properties":{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}}`, 400],
    ['__proto__', '{"event":"e","properties":{"__proto__":{"admin":true}}}', 400], ['__proto__ at the top', '{"event":"e","__proto__":{"event":"x"}}', 400],
    ['more than a megabyte', JSON.stringify({ event: 'e', properties: { x: 'x'.repeat(1_050_000) } }), 413],
  ])('by name: %s', async (_what, body, status) => {
    const answer = await post(body);
    expect(answer.status).toBe(status);
    expect(answer.json.error.code).toBe(status === 413 ? 'PAYLOAD_TOO_LARGE' : 'VALIDATION_ERROR');
    expect(await queued()).toEqual([]);
  });

  it.each([['gzip', gzipSync], ['br', brotliCompressSync], ['zstd', zstdCompressSync]] as const)('cheaply: a %s bomb', async (encoding, compress) => {
    const bomb = compress(Buffer.alloc(200_000_000, ' '));
    const before = process.memoryUsage().rss;
    const answer = await post(bomb, { headers: { 'x-write-key': org.writeKey, 'content-encoding': encoding } });
    expect(answer).toMatchObject({ status: 413, json: { error: { code: 'PAYLOAD_TOO_LARGE' } } });
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('for its type or coding is 415, for a broken coding 400', async () => {
    const key = { 'x-write-key': org.writeKey };
    expect((await post('a=b', { headers: { ...key, 'content-type': 'application/x-www-form-urlencoded' } })).status).toBe(415);
    expect((await post('{}', { headers: { ...key, 'content-encoding': 'compress' } })).status).toBe(415);
    expect((await post('{}', { headers: { ...key, 'content-encoding': 'gzip, gzip' } })).status).toBe(415);
    expect((await post('{}', { headers: { ...key, 'content-encoding': 'gzip' } })).status).toBe(400);
    expect((await post(gzipSync('{"event":"e"}').subarray(0, 20), { headers: { ...key, 'content-encoding': 'gzip' } })).status).toBe(400);
  });
});

describe('times', () => {
  it('are corrected when the client\'s clock was off, by when it says it sent', async () => {
    const skewed = Date.now() - 3 * 86_400_000;
    const timestamp = new Date(skewed - 60_000).toISOString();
    await post({ event: 'skewed', timestamp, sent_at: new Date(skewed).toISOString() });
    const [line] = await queued();
    expect(Math.abs(Number(line?.['ts']) - (Date.now() - 60_000))).toBeLessThan(10_000);
  });

  it('are kept as sent when the clock was right', async () => {
    const timestamp = new Date(Date.now() - 3_600_000);
    await post({ batch: [{ event: 'right', timestamp: timestamp.toISOString() }], sent_at: new Date(Date.now() - 500).toISOString() });
    expect((await queued()).map((line) => line['ts'])).toEqual([timestamp.getTime()]);
  });
});

it('texts with half a surrogate pair are mended, so that ClickHouse can read them', async () => {
  await post(String.raw`{"event":"a\ud800","user_id":"u\u0000","properties":{"\udc00k":["\ud83d","\\ud800","😀"]}}`);
  expect(await queued()).toMatchObject([{ event_name: 'a\ufffd', user_id: 'u\u0000', properties: { '\ufffdk': ['\ufffd', '\\ud800', '😀'] } }]);
});

describe('when the queue is away', () => {
  it('nothing is answered 202: 503 with Retry-After, and recovery by itself', async () => {
    await bench.stopSqs();
    const answers = await Promise.all([post({ event: 'lost' }), post(batch(10))]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ status: 503, json: { error: { code: 'UPSTREAM_UNAVAILABLE' } } });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    }
    expect((await api.inject('/health/ready')).statusCode).toBe(200);
    await bench.startSqsAgain();
    expect((await post({ event: 'found' })).status).toBe(202);
    expect((await queued()).map((line) => line['event_name'])).toContain('found');
  });
});

it('a stop answers the requests at hand, and what was answered 202 is on the queue', async () => {
  const second = await bench.startApi({ EVENTS_PACK_LINGER_MS: '10' });
  const url = `${await second.getUrl()}/api/v1/events`;
  const send = (event: string) => statusOf(url, { 'x-write-key': org.writeKey, 'content-type': 'application/json' }, JSON.stringify({ event }));
  await send('warm');
  const sending = Array.from({ length: 50 }, (_, index) => send(`last ${index}`));
  await Promise.race(sending);
  const closing = second.close();
  const statuses = await Promise.all(sending);
  await closing;
  expect(statuses).toContain(202);
  expect(statuses.filter((status) => status !== 202 && status !== 0)).toEqual([]);
  const found = await queued();
  expect(found.filter((line) => String(line['event_name']).startsWith('last')).length).toBeGreaterThanOrEqual(statuses.filter((status) => status === 202).length);
});
