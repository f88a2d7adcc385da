import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { eventsEndpoints } from '@atrium/contracts/events';
import { describe, expect, it } from 'vitest';
import { carriedWriteKey } from './carried-write-key.js';

const { segmentTrack, segmentBatch, segmentSettings, rudderSourceConfig, ingestEvents } = eventsEndpoints;

function requestOf(body: string, { url = '/v1/track', headers = {} }: { url?: string; headers?: Record<string, string> } = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  request.headers = { 'content-length': String(Buffer.byteLength(body)), ...headers };
  request.push(body);
  request.push(null);
  return request;
}
const find = async (endpoint: Parameters<typeof carriedWriteKey>[0], body: string, more: Parameters<typeof requestOf>[1] = {}) =>
  (await carriedWriteKey(endpoint, requestOf(body, more))).writeKey;

describe('a write key outside of the headers', () => {
  it('is found in a small body, which is handed on as it came', async () => {
    const body = '{"event":"e","writeKey":"wk_1"}';
    expect(await carriedWriteKey(segmentTrack, requestOf(body))).toEqual({ writeKey: 'wk_1', body: Buffer.from(body) });
  });

  it('is found in the query of beacons and in the path of settings', async () => {
    expect(await find(segmentBatch, '', { url: '/beacon/v1/batch?a=b&writeKey=wk_1' })).toBe('wk_1');
    expect(await find(rudderSourceConfig, '', { url: '/sourceConfig/?writeKey=wk_1' })).toBe('wk_1');
    expect(await find(segmentSettings, '', { url: '/v1/projects/wk_1/settings?x=y' })).toBe('wk_1');
  });

  it.each([
    ['nested', '{"properties":{"writeKey":"wk_1"}}'], ['inherited', '{"__proto__":{"writeKey":"wk_1"}}'], ['no text', '{"writeKey":1}'], ['too long', `{"writeKey":"${'w'.repeat(200)}"}`],
    ['no header value', '{"writeKey":"a\\r\\nb"}'], ['no JSON', '{"writeKey":"wk_1"'], ['null', 'null'],
  ])('is none where it is %s', async (_what, body) => expect(await find(segmentTrack, body)).toBeUndefined());

  it('is not looked for where the headers have credentials, or the endpoint does not say so', async () => {
    const body = '{"writeKey":"wk_1"}';
    for (const name of ['authorization', 'x-write-key', 'x-api-key']) {
      expect(carriedWriteKey(segmentTrack, requestOf(body, { headers: { [name]: 'x' } }))).toEqual({});
    }
    expect(carriedWriteKey(ingestEvents, requestOf(body))).toEqual({});
    expect(await find(segmentTrack, '', { url: '/v1/track?writeKey=wk_1' })).toBeUndefined();
  });

  it.each([['large', { 'content-length': '65537' }], ['compressed', { 'content-encoding': 'gzip' }], ['of unknown length', { 'transfer-encoding': 'chunked' }], ['waiting for leave', { expect: '100-continue' }]])(
    'is not looked for in a body that is %s, which stays unread',
    (_what, headers) => expect(carriedWriteKey(segmentTrack, requestOf('{"writeKey":"wk_1"}', { headers }))).toEqual({}),
  );
});
