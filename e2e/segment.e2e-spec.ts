import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { eventsEndpoints } from '@atrium/contracts/events';
import { type Person } from '@atrium/testing';
import { Analytics } from '@segment/analytics-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { rowsOf } from './event-rows.js';
import { api, platform, world } from './platform.js';
import { startFlakyProxy } from './flaky-proxy.js';

/** RudderStack's package has types that don't say what it is called with. */
interface RudderAnalytics {
  track(message: object): void;
  identify(message: object): void;
  flush(): Promise<unknown>;
}
const Rudder = createRequire(import.meta.url)('@rudderstack/rudder-sdk-node') as new (key: string, options: object) => RudderAnalytics;

let ann: Person;
let writeKey: string;

beforeAll(async () => {
  ann = await world.newAdmin();
  writeKey = (await world.newSource(ann, (await world.newSite(ann)).id)).write_key;
});

const rows = (user: string, count: number) => rowsOf(ann.token, 'user_id', user, count);
const post = (path: string, body: unknown, headers: Record<string, string> = { authorization: `Basic ${btoa(`${writeKey}:`)}` }) =>
  fetch(`${platform.gateway}${path}`, { method: 'POST', headers, body: typeof body === 'string' ? body : JSON.stringify(body) });

describe("Segment's Node SDK, pointed here", () => {
  it('delivers every kind of call, and each is found with what it says', async () => {
    const userId = `node ${randomUUID()}`;
    const analytics = new Analytics({ writeKey, host: platform.gateway, flushAt: 10 });
    const failures: unknown[] = [];
    analytics.on('error', (error) => failures.push(error));
    analytics.identify({ userId, traits: { plan: 'pro' } });
    analytics.track({ userId, event: 'Order Placed', properties: { total: 12.5, coupon: null }, context: { userAgent: firefox, ip: '203.0.113.9' } });
    analytics.page({ userId, name: 'Home', category: 'Shop', properties: { url: 'https://shop.example/' } });
    analytics.screen({ userId, name: 'Start' });
    analytics.group({ userId, groupId: 'g1', traits: { seats: 5 } });
    analytics.alias({ userId, previousId: 'p1' });
    await analytics.closeAndFlush();
    expect(failures).toEqual([]);
    const found = Object.fromEntries((await rows(userId, 6)).map((row) => [row.type, row]));
    expect(found['identify']).toMatchObject({ event_name: 'Identify', properties_raw: '{"plan":"pro"}', library_name: '@segment/analytics-node' });
    expect(found['track']).toMatchObject({ event_name: 'Order Placed', properties_raw: '{"total":12.5,"coupon":null}' });
    expect(found['track']).toMatchObject({ browser: 'Firefox', browser_version: 127, os: 'Linux', device_type: 'desktop', is_bot: false, ip: '203.0.113.0' });
    expect(JSON.stringify(found['track'])).not.toContain('203.0.113.9');
    expect(JSON.parse(String(found['page']?.['properties_raw']))).toEqual({ name: 'Home', category: 'Shop', url: 'https://shop.example/' });
    expect(found['page']).toMatchObject({ event_name: 'Page Viewed', browser: '' });
    expect(found['screen']).toMatchObject({ event_name: 'Screen Viewed' });
    expect(found['group']).toMatchObject({ event_name: 'Group', group_id: 'g1', properties_raw: '{"seats":5}' });
    expect(found['alias']).toMatchObject({ event_name: 'Alias', previous_id: 'p1' });
  });

  it.each([[503, 'UPSTREAM_UNAVAILABLE'], [429, 'RATE_LIMITED']])('tries again after a %i, and what arrives twice counts once', async (status) => {
    const proxy = await startFlakyProxy(platform.gateway, { status, headers: { 'retry-after': '1' } });
    const userId = `retried ${randomUUID()}`;
    const analytics = new Analytics({ writeKey, host: proxy.url, flushAt: 2, maxRetries: 3 });
    analytics.track({ userId, event: 'Retried', messageId: `made by hand ${userId}` });
    analytics.track({ userId, event: 'Retried too' });
    await analytics.closeAndFlush();
    await proxy.stop();
    // The first try reached the platform too: its answer was lost.
    expect(proxy.statuses).toEqual([status, 200]);
    await rows(userId, 2);
    await post('/v1/track', { userId, event: 'Last' });
    expect((await rows(userId, 3)).map(({ event_name }) => event_name).sort()).toEqual(['Last', 'Retried', 'Retried too']);
  });
});

it("RudderStack's Node SDK, pointed here, delivers gzipped batches", async () => {
  const userId = `rudder ${randomUUID()}`;
  const rudder = new Rudder(writeKey, { dataPlaneUrl: platform.gateway, flushAt: 2, logLevel: 'none' });
  rudder.identify({ userId, traits: { plan: 'free' } });
  rudder.track({ userId, event: 'Song Played', properties: { bpm: 120 } });
  await rudder.flush();
  const found = await rows(userId, 2);
  expect(found.map(({ event_name, properties_raw }) => [event_name, properties_raw]).sort()).toEqual([['Identify', '{"plan":"free"}'], ['Song Played', '{"bpm":120}']]);
});

describe('the tracking API', () => {
  it.each([
    ['/v1/track', '/v1/t', 'track'], ['/v1/identify', '/v1/i', 'identify'], ['/v1/page', '/v1/p', 'page'], ['/v1/screen', '/v1/s', 'screen'],
    ['/v1/group', '/v1/g', 'group'], ['/v1/alias', '/v1/a', 'alias'],
  ])('takes %s and %s, says what SDKs expect, and knows the type by the path', async (long, short, type) => {
    const userId = randomUUID();
    for (const path of [long, short]) {
      const response = await post(path, { event: 'E', userId, integrations: { All: true }, _metadata: { nodeVersion: '1' }, channel: 'server' });
      expect([response.status, await response.json()]).toEqual([200, { success: true, accepted: 1, rejected: [] }]);
    }
    expect((await rows(userId, 2)).map((row) => row.type)).toEqual([type, type]);
  });

  it.each(['/v1/batch', '/v1/b', '/v1/import', '/beacon/v1/batch'])('takes batches at %s, with a verdict for each message that is refused', async (path) => {
    const userId = randomUUID();
    const batch = [
      { type: 'track', event: 'Good', userId }, { type: 'dance', userId }, { type: 'track', userId }, 5, { type: 'track', event: 'x', userId: { id: 1 } },
      { type: 'track', event: 'x', properties: [1] }, { type: 'track', event: 'x', timestamp: 'soon' }, { type: 'page', userId, properties: null },
      { type: 'track', event: 'x', properties: { text: 'x'.repeat(33_000) } }, { type: 'track', event: 'x', timestamp: '1900-01-01T00:00:00Z' },
    ];
    const response = await post(path, { batch, sentAt: new Date().toISOString(), writeKey });
    const answer = await response.json() as { rejected: { index: number; code: string }[] };
    expect(response.status).toBe(200);
    expect(answer).toMatchObject({ success: true, accepted: 2 });
    expect(answer.rejected.map(({ index, code }) => `${index} ${code}`)).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((index) => `${index} INVALID_EVENT`), '8 EVENT_TOO_LARGE', '9 TIMESTAMP_OUT_OF_RANGE',
    ]);
    expect((await rows(userId, 2)).map((row) => row.event_name).sort()).toEqual(['Good', 'Page Viewed']);
  });

  it('counts a message that is sent again once, whatever its id looks like', async () => {
    const userId = randomUUID();
    const own = randomUUID();
    const timestamp = new Date().toISOString();
    const batch = [own, 'ajs-next-1', 12345].map((messageId) => ({ type: 'track', event: 'Once', userId, messageId, timestamp }));
    for (const _attempt of [1, 2, 3]) expect((await post('/v1/batch', { batch })).status).toBe(200);
    await post('/v1/track', { userId, event: 'Last' });
    const found = await rows(userId, 4);
    expect(found.map(({ event_id }) => event_id)).toContain(own);
  });

  it('corrects times by the clock of the sender, whose name for them may be either', async () => {
    const userId = randomUUID();
    const wrong = Date.now() - 3 * 86_400_000;
    const at = new Date(wrong - 60_000).toISOString();
    const sentAt = new Date(wrong).toISOString();
    const batch = [{ event: 'a', timestamp: at }, { event: 'b', originalTimestamp: at, sentAt }, { event: 'c', originalTimestamp: at, timestamp: at, sentAt }];
    await post('/v1/batch', { batch: batch.map((message) => ({ ...message, type: 'track', userId })), sentAt });
    const ages = Object.fromEntries((await rows(userId, 3)).map((row) => [row.event_name, Math.round((Date.now() - Date.parse(`${String(row['ts'])}Z`)) / 3_600_000)]));
    expect(ages).toEqual({ a: 0, b: 0, c: 72 });
  });

  it('refuses a single message by name, and asks for nobody\'s retry', async () => {
    expect(await api.verdict(eventsEndpoints.segmentTrack, { headers: { 'x-write-key': writeKey }, body: { userId: 'u' } })).toBe('400 VALIDATION_ERROR');
    expect((await post('/v1/track', '{oops')).status).toBe(400);
    expect((await post('/v1/track', { event: 'x', properties: { text: 'x'.repeat(33_000) } })).status).toBe(413);
    expect((await post('/v1/batch', { batch: Array.from({ length: 2_501 }, () => ({})) })).status).toBe(413);
    expect((await post('/v1/batch', { batch: Array.from({ length: 2_500 }, () => ({ type: 'track', event: 'x' })) })).status).toBe(200);
  });
});

describe('the write key', () => {
  const body = { event: 'Keyed', writeKey: '' };

  it('may stand in the body, as analytics.js and beacons have it, or in the query of beacons', async () => {
    const userId = randomUUID();
    const answers = [
      await post('/v1/t', { ...body, userId, writeKey }, { 'content-type': 'text/plain' }),
      await post('/v1/batch', { batch: [{ ...body, type: 'track', userId }], writeKey }, {}),
      await post(`/beacon/v1/batch?writeKey=${writeKey}`, { batch: [{ ...body, type: 'track', userId }] }, { 'content-type': 'text/plain' }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    // Counted like any other: the limit is the key's.
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe(answers[1]?.headers.get('ratelimit-policy'));
    expect(answers[0]?.headers.get('ratelimit-policy')).toMatch(/^"route";q=\d+;w=60$/);
    await rows(userId, 3);
  });

  it.each([
    ['none', {}, {}], ['a wrong one in the body', { writeKey: `wk_${'a'.repeat(32)}` }, {}], ['one that breaks headers', { writeKey: 'a\r\nx-a: b' }, {}],
    ['one of the body that headers contradict', { writeKey: 'own' }, { authorization: `Basic ${btoa('nonsense:')}` }], ['an object', { writeKey: {} }, {}],
  ])('is demanded: %s is 401', async (_what, key, headers) => {
    const sent = 'writeKey' in key && key.writeKey === 'own' ? { writeKey } : key;
    expect((await post('/v1/track', { event: 'x', ...sent }, headers)).status).toBe(401);
  });

  it('is not looked for where the contract does not say so', async () => {
    expect((await post('/api/v1/events', { event: 'x', writeKey }, {})).status).toBe(401);
    expect((await post(`/v1/track?writeKey=${writeKey}`, { event: 'x' }, {})).status).toBe(401);
  });
});

const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';

