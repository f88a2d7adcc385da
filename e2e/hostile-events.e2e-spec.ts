import { randomUUID } from 'node:crypto';
import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { Person } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventRow, rowsOf } from './event-rows.js';
import { platform, world } from './platform.js';

let ann: Person;
let writeKey: string;

beforeAll(async () => {
  ann = await world.newAdmin();
  writeKey = (await world.newSource(ann, (await world.newSite(ann)).id)).write_key;
});

interface Verdict {
  readonly status: number;
  readonly accepted?: number;
  readonly rejected?: readonly { readonly index: number; readonly code: string; readonly message: string }[];
  readonly error?: { readonly code: string; readonly message: string; readonly details?: readonly { readonly field: string }[] };
}
async function send(body: string | Buffer, headers: Record<string, string> = {}): Promise<Verdict> {
  const response = await fetch(`${platform.gateway}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-write-key': writeKey, ...headers },
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : body,
  });
  return { ...(await response.json() as object), status: response.status };
}
/** An event with those properties, as they stand. */
const eventOf = (properties: string, user = 'u'): string => `{"event":"Hostile","user_id":"${user}","properties":${properties}}`;

async function storedWith(properties: string): Promise<EventRow> {
  const user = randomUUID();
  expect(await send(eventOf(properties, user))).toEqual({ status: 202, accepted: 1, rejected: [] });
  const [row] = await rowsOf(ann.token, 'user_id', user, 1);
  return row ?? {};
}
const repeated = (text: string, count: number): string => text.repeat(count);

afterAll(async () => {
  // Whatever was sent: nothing went down, and nothing waits.
  for (const port of [platform.ports.events, platform.ports.events_worker]) {
    expect((await fetch(`http://127.0.0.1:${port}/health/ready`)).status).toBe(200);
  }
});

describe('properties that are accepted come back, as text equal to what was sent:', () => {
  it.each([
    ['keys of every object', '{"constructor":{"prototype":{"admin":true}},"toString":1,"hasOwnProperty":"x"}'],
    ['noncharacters', '{"a":"\uffff\ufffe","\uffff":1}'], ['NUL', String.raw`{"a\u0000":"\u0000"}`], ['empty keys', '{"":{"":1}}'], ['dots in keys', '{"a.b":1,"a":{"b":2},".":3}'],
    ['nulls and empty objects', '{"a":null,"b":{},"c":[null,{}]}'], ['integers beyond 2^53', '{"id":9007199254740993,"min":-9223372036854775808}'],
    ['2^63 and 2^64 - 1', '{"a":9223372036854775808,"b":18446744073709551615}'], ['integers beyond 64 bits', '{"a":18446744073709551616,"b":[-9223372036854775809]}'],
    ['large and small floats', '{"a":1e+300,"b":5e-324,"c":1.7976931348623157e+308,"d":0.30000000000000004}'], ['quotes and markup', String.raw`{"'":"'; DROP TABLE events; --","<b>":"<script>","\\":"\t\n"}`],
    ['lists of everything', '{"a":[1,"b",true,null,[[]],{"c":[]}]}'], ['32 levels', `${repeated('{"a":', 31)}{"b":1}${repeated('}', 31)}`],
    ['characters beyond the basic plane', '{"😀":"𝕏"}'], ['what looks like dates and numbers', '{"a":"2026-01-01","b":"1e400","c":"NaN"}'],
  ])('%s', async (_what, properties) => {
    const row = await storedWith(properties);
    expect(JSON.stringify(sorted(JSON.parse(String(row['properties_raw']))))).toBe(JSON.stringify(sorted(JSON.parse(properties))));
    if (/[:[]-?\d{16}/.test(properties)) expect(row['properties_raw']).toBe(properties);
  });

  it.each([
    ['half a surrogate pair becomes U+FFFD', String.raw`{"a\ud800":"\udfff!"}`, { 'a\ufffd': '\ufffd!' }], ['-0 becomes 0', '{"a":-0}', { a: 0 }],
    ['of a repeated key the last counts', '{"a":1,"a":2}', { a: 2 }], ['digits that doubles do not hold are rounded', '{"a":0.1234567890123456789}', { a: 0.12345678901234568 }],
  ])('but %s', async (_what, properties, expected) => {
    expect(JSON.parse(String((await storedWith(properties))['properties_raw']))).toEqual(expected);
  });

  it('can be queried by path, integers beyond 64 bits as floats', async () => {
    const row = await storedWith('{"a":1e20,"b":{"c":"x"},"d":-1}');
    expect(row['properties']).toEqual({ a: 1e20, b: { c: 'x' }, d: '-1' });
  });

  it('after a byte order mark too', async () => {
    const user = randomUUID();
    expect(await send(`\ufeff${eventOf('{"a":1}', user)}`)).toMatchObject({ status: 202 });
    await rowsOf(ann.token, 'user_id', user, 1);
  });
});

describe('what is refused says so by name:', () => {
  it.each([
    ['__proto__ as a key', eventOf('{"__proto__":{"admin":true}}'), 400, 'VALIDATION_ERROR', 'properties'], ['__proto__ deep down', eventOf('{"a":[{"__proto__":1}]}'), 400, 'VALIDATION_ERROR', 'properties'],
    ['__proto__ as a field', '{"event":"e","__proto__":{"event":"x"}}', 400, 'VALIDATION_ERROR', '__proto__'], ['constructor as a field', '{"event":"e","constructor":1}', 400, 'VALIDATION_ERROR', 'constructor'],
    ['1e400', eventOf('{"a":1e400}'), 400, 'VALIDATION_ERROR', 'properties'], ['NaN', eventOf('{"a":NaN}'), 400, 'VALIDATION_ERROR', undefined], ['Infinity', eventOf('{"a":Infinity}'), 400, 'VALIDATION_ERROR', undefined],
    ['10,000 levels', eventOf(`${repeated('{"a":', 10_000)}1${repeated('}', 10_000)}`), 400, 'VALIDATION_ERROR', 'properties'], ['10,000 lists', eventOf(`{"a":${repeated('[', 10_000)}${repeated(']', 10_000)}}`), 400, 'VALIDATION_ERROR', 'properties'],
    ['as many keys as a body holds', eventOf(`{${Array.from({ length: 100_000 }, (_, index) => `"${index.toString(36)}":1`).join(',')}}`), 413, 'PAYLOAD_TOO_LARGE', undefined],
    ['a number for properties', eventOf('12345678901234567890'), 400, 'VALIDATION_ERROR', 'properties'], ['33 KB', eventOf(`{"a":"${repeated('x', 33 * 1024)}"}`), 413, 'PAYLOAD_TOO_LARGE', undefined],
    ['a batch of 1001', JSON.stringify({ batch: Array.from({ length: 1001 }, () => ({ event: 'e' })) }), 413, 'PAYLOAD_TOO_LARGE', undefined],
    ['the year 1900', '{"event":"e","timestamp":"1900-01-01T00:00:00Z"}', 400, 'VALIDATION_ERROR', 'timestamp'], ['the year 2300', '{"event":"e","timestamp":"2300-01-01T00:00:00Z"}', 400, 'VALIDATION_ERROR', 'timestamp'],
    ['a day that is none', '{"event":"e","timestamp":"2026-02-30T00:00:00Z"}', 400, 'VALIDATION_ERROR', 'timestamp'], ['half of JSON', '{"event":', 400, 'VALIDATION_ERROR', undefined],
  ])('%s', async (_what, body, status, code, field) => {
    const verdict = await send(body);
    expect([verdict.status, verdict.error?.code]).toEqual([status, code]);
    if (field !== undefined) expect(verdict.error?.details?.map((detail) => detail.field)).toContain(field);
  });

  it.each([
    ['invalid UTF-8', Buffer.from([...Buffer.from('{"event":"'), 0xff, ...Buffer.from('"}')]), {}, 400], ['UTF-16', Buffer.from('\ufeff{"event":"e"}', 'utf16le'), {}, 400],
    ['a truncated gzip', gzipSync('{"event":"e"}').subarray(0, 24), { 'content-encoding': 'gzip' }, 400],
    ['garbage after a gzip', Buffer.concat([gzipSync('{"event":"e"}'), Buffer.from('garbage')]), { 'content-encoding': 'gzip' }, 400],
    ['another coding than named', brotliCompressSync('{"event":"e"}'), { 'content-encoding': 'gzip' }, 400], ['JSON that is named gzip', Buffer.from('{"event":"e"}'), { 'content-encoding': 'gzip' }, 400],
    ['an unknown coding', Buffer.from('{"event":"e"}'), { 'content-encoding': 'compress' }, 415], ['two codings', gzipSync(gzipSync('{"event":"e"}')), { 'content-encoding': 'gzip, gzip' }, 415],
    ['a form', Buffer.from('event=e'), { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a gzip bomb', gzipSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'gzip' }, 413], ['a brotli bomb', brotliCompressSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'br' }, 413],
    ['a zstd bomb', zstdCompressSync(Buffer.alloc(50_000_000, ' ')), { 'content-encoding': 'zstd' }, 413],
  ])('%s', async (_what, body, headers, status) => {
    const code = { 400: 'VALIDATION_ERROR', 413: 'PAYLOAD_TOO_LARGE', 415: 'UNSUPPORTED_MEDIA_TYPE' }[status];
    expect(await send(body, headers)).toMatchObject({ status, error: { code } });
  });
});

/** Keys in order: objects have none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, inner]) => [key, sorted(inner)]));
}
