import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inwardHeaders, passesInward } from './request-headers.js';

const facts = { requestId: 'req-12345', traceparent: '00-a-b-01', address: '203.0.113.9', authorization: true };
const valuesOf = (list: string[], name: string): string[] => list.filter((_, index) => index % 2 === 1 && list[index - 1] === name);
const names = (list: string[]): string[] => list.filter((_, index) => index % 2 === 0);

const token = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/);
const spoofedName = fc
  .tuple(fc.constantFrom('x-user', 'x-org', 'x-principal', 'x-forwarded', 'x-real', 'x-auth', 'x-original'), token)
  .map(([prefix, rest]) => `${prefix}-${rest}`);

describe('the headers that reach a service', () => {
  it('never hold a name that claims an identity, however it is separated', () => {
    fc.assert(
      fc.property(spoofedName, fc.boolean(), (name, underscores) => {
        expect(passesInward(underscores ? name.replaceAll('-', '_') : name)).toBe(false);
      }),
    );
  });

  it('hold exactly one address, request id and trace of the gateway, whatever the client sends', () => {
    const claims = fc.dictionary(fc.oneof(token, fc.constantFrom('x-forwarded-for', 'x-request-id', 'traceparent', 'connection')), fc.string());
    fc.assert(
      fc.property(claims, (headers) => {
        const list = inwardHeaders(headers, facts);
        expect(valuesOf(list, 'x-forwarded-for')).toEqual(['203.0.113.9']);
        expect(valuesOf(list, 'x-request-id')).toEqual(['req-12345']);
        expect(valuesOf(list, 'traceparent')).toEqual(['00-a-b-01']);
        expect(names(list)).not.toContain('connection');
        expect(list.length % 2).toBe(0);
      }),
    );
  });

  it('lose whatever Connection names, and keep the rest as it came', () => {
    fc.assert(
      fc.property(fc.uniqueArray(token, { minLength: 2, maxLength: 6 }), (given) => {
        const passing = given.map((name) => `app-${name}`);
        const [dropped = '', ...kept] = passing;
        const headers = Object.fromEntries(passing.map((name) => [name, `value of ${name}`]));
        const list = inwardHeaders({ ...headers, connection: `keep-alive, ${dropped.toUpperCase()}` }, facts);
        expect(names(list)).not.toContain(dropped);
        for (const name of kept) expect(valuesOf(list, name)).toEqual([`value of ${name}`]);
      }),
    );
  });

  it('cannot be made to lose what the gateway says by naming it in Connection', () => {
    const list = inwardHeaders({ connection: 'x-forwarded-for, x-request-id, content-length' }, facts);
    expect(names(list)).toEqual(['x-request-id', 'traceparent', 'x-forwarded-for']);
  });

  it('hold the token that stands for an API key, and never the key', () => {
    for (const headers of [{ authorization: 'Bearer atr_live_1' }, { 'x-api-key': 'atr_live_1' }, { x_api_key: 'atr_live_1', 'x-api-key': 'atr_live_1' }]) {
      const list = inwardHeaders(headers, { ...facts, accessToken: 'a.b.c' });
      expect(valuesOf(list, 'authorization')).toEqual(['Bearer a.b.c']);
      expect(list.join()).not.toContain('atr_live');
    }
  });

  it('hold no framing, no Host and no Authorization where it means nothing', () => {
    const list = inwardHeaders(
      { host: 'a', 'content-length': '5', 'transfer-encoding': 'chunked', expect: '100-continue', upgrade: 'h2c', authorization: 'Bearer x', cookie: 'a=b' },
      { ...facts, authorization: false },
    );
    expect(names(list)).toEqual(['cookie', 'x-request-id', 'traceparent', 'x-forwarded-for']);
  });
});
