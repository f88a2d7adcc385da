import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Person } from '@atrium/testing';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserProgram, startBrowser } from './browser.js';
import { rowsOf } from './event-rows.js';
import { platform, world } from './platform.js';

const folderOf = (name: string): string => {
  const entry = createRequire(import.meta.url).resolve(name);
  return entry.slice(0, entry.indexOf(name) + name.length);
};
const scripts: Readonly<Record<string, string>> = {
  '/segment.js': join(folderOf('@segment/analytics-next'), 'dist/umd/index.js'),
  '/rudder.js': join(folderOf('@rudderstack/analytics-js'), 'dist/npm/modern/bundled/umd/index.js'),
};

/** A shop's site: another origin than the platform's. */
function startShop(): Promise<Server> {
  const server = createServer((request, response) => {
    const script = scripts[request.url ?? ''];
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? readFileSync(script) : '<!doctype html><title>Shop</title><p>Hats');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

describe.skipIf(browserProgram === undefined)('a page of another origin, in a real browser', () => {
  let ann: Person;
  let writeKey: string;
  let shop: Server;
  let browser: Browser;

  beforeAll(async () => {
    [shop, browser, ann] = await Promise.all([startShop(), startBrowser(), world.newAdmin()]);
    writeKey = (await world.newSource(ann, (await world.newSite(ann)).id)).write_key;
  });
  afterAll(async () => {
    await browser?.close();
    shop?.close();
  });

  const open = async (path = '/'): Promise<Page> => {
    const page = await (await browser.newContext({ viewport: { width: 1200, height: 800 }, locale: 'de-DE' })).newPage();
    await page.goto(`http://127.0.0.1:${(shop.address() as AddressInfo).port}${path}`);
    return page;
  };

  it('sends events by fetch, after a preflight that allows it, and reads the answer', async () => {
    const page = await open();
    const event = `Fetched ${randomUUID()}`;
    const send = `(async () => {
      const response = await fetch(${JSON.stringify(`${platform.gateway}/api/v1/events`)}, {
        method: 'POST', headers: { 'content-type': 'application/json', 'x-write-key': ${JSON.stringify(writeKey)}, 'x-own-header': '1' },
        body: JSON.stringify({ event: ${JSON.stringify(event)} }) });
      return [response.status, await response.json(), response.headers.get('x-request-id') !== null];
    })()`;
    expect(await page.evaluate(send)).toEqual([202, { accepted: 1, rejected: [] }, true]);
    const [row] = await rowsOf(ann.token, 'event_name', event, 1);
    expect(row).toMatchObject({ browser: expect.stringMatching(/Chrom/), device_type: 'bot', is_bot: true });
  });

  it('may not read anything with a token: other endpoints name no foreign origin', async () => {
    const page = await open();
    const read = `fetch(${JSON.stringify(`${platform.gateway}/api/v1/events/sources`)}, { headers: { authorization: 'Bearer x' } }).then(() => 'read', () => 'refused')`;
    expect(await page.evaluate(read)).toBe('refused');
  });

  it('sends a beacon as text/plain, with the write key in its body and without any preflight', async () => {
    const page = await open();
    const userId = randomUUID();
    const methods: string[] = [];
    page.on('request', (request) => methods.push(`${request.method()} ${request.headers()['content-type'] ?? ''}`));
    const body = JSON.stringify({ batch: [{ type: 'track', event: 'Left', userId }], writeKey });
    await page.evaluate(`navigator.sendBeacon(${JSON.stringify(`${platform.gateway}/v1/batch`)}, ${JSON.stringify(body)})`);
    await page.context().close();
    expect(await rowsOf(ann.token, 'user_id', userId, 1)).toMatchObject([{ event_name: 'Left' }]);
    expect(methods).toEqual(['POST text/plain;charset=UTF-8']);
  });

  it("delivers with Segment's SDK, which is told the rest by the settings that it fetches", async () => {
    const page = await open('/hats?utm_source=news&utm_medium=mail&utm_campaign=spring');
    const complaints: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
    const userId = randomUUID();
    await page.addScriptTag({ url: '/segment.js' });
    const run = `(async () => {
      const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: ${JSON.stringify(writeKey)}, cdnURL: ${JSON.stringify(platform.gateway)} });
      await analytics.identify(${JSON.stringify(userId)}, { plan: 'pro' });
      await analytics.page('Catalogue', 'Hats');
      const context = await analytics.track('Hat Seen', { price: 12.5, colour: null });
      return context.failedDelivery() ?? null;
    })()`;
    expect(await page.evaluate(run)).toBeNull();
    const found = await rowsOf(ann.token, 'user_id', userId, 3);
    expect(found.map((row) => row['event_name']).sort()).toEqual(['Hat Seen', 'Identify', 'Page Viewed']);
    const track = found.find((row) => row['type'] === 'track');
    expect(track).toMatchObject({
      properties_raw: '{"price":12.5,"colour":null}', page_host: '127.0.0.1', page_path: '/hats', locale: 'de-DE', library_name: 'analytics.js',
      utm_source: 'news', utm_medium: 'mail', utm_campaign: 'spring', os: 'Linux',
    });
    expect(track?.['anonymous_id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(complaints).toEqual([]);
  });

  it.each([[false], [true]])("delivers with RudderStack's SDK (beacons: %s)", async (useBeacon) => {
    const page = await open('/hats');
    const userId = randomUUID();
    await page.addScriptTag({ url: '/rudder.js' });
    const options = { configUrl: platform.gateway, logLevel: 'ERROR', useBeacon, beaconQueueOptions: { flushQueueInterval: 500 } };
    const run = `new Promise((resolve) => {
      const rudder = new rudderanalytics.RudderAnalytics();
      rudder.load(${JSON.stringify(writeKey)}, ${JSON.stringify(platform.gateway)}, ${JSON.stringify(options)});
      rudder.ready(() => {
        rudder.identify(${JSON.stringify(userId)}, { plan: 'pro' });
        rudder.track('Hat Seen', { price: 12.5 }, resolve);
      });
    })`;
    await page.evaluate(run);
    const found = await rowsOf(ann.token, 'user_id', userId, 2);
    const track = found.find((row) => row['type'] === 'track');
    expect(track).toMatchObject({ event_name: 'Hat Seen', properties_raw: '{"price":12.5}', page_path: '/hats', library_name: 'RudderLabs JavaScript SDK' });
    expect(Number(track?.['screen_width'])).toBeGreaterThan(0);
    expect(track?.['session_id']).toMatch(/^\d+$/);
    expect(found.find((row) => row['type'] === 'identify')).toMatchObject({ properties_raw: '{"plan":"pro"}' });
  });
});
