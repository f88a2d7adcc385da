import { describe, expect, it } from 'vitest';
import { isCompressible } from './json-compression.js';

const json = { 'content-type': 'application/json; charset=utf-8', 'content-length': '5000' };

describe('compression', () => {
  it.each([
    ['large JSON', 'gzip, br', json, true],
    ['JSON of a kind', '*', { 'content-type': 'application/problem+json' }, true],
    ['a client that refuses gzip', 'gzip;q=0, br', json, false],
    ['a client that says nothing', undefined, json, false],
    ['small JSON', 'gzip', { ...json, 'content-length': '100' }, false],
    ['an encoded answer', 'gzip', { ...json, 'content-encoding': 'br' }, false],
    ['an answer with a version to send back', 'gzip', { ...json, etag: '"7"' }, false],
    ['an event stream', 'gzip', { 'content-type': 'text/event-stream' }, false],
    ['lines of JSON', 'gzip', { 'content-type': 'application/x-ndjson' }, false],
    ['an answer that forbids it', 'gzip', { ...json, 'cache-control': 'no-transform' }, false],
  ])('of %s', (_name, accepted, headers, expected) => {
    expect(isCompressible(accepted === undefined ? {} : { 'accept-encoding': accepted }, Object.entries(headers).flat())).toBe(expected);
  });
});
