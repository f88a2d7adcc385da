import type { EndpointDefinition, Principal } from '@atrium/contract-kit';
import { describe, expect, it } from 'vitest';
import { LimitPolicies } from './limit-policy.js';

const endpoint = (overrides: Partial<EndpointDefinition> = {}): EndpointDefinition => ({
  operationId: 'test.get', service: 'auth', method: 'GET', path: '/api/v1/test', summary: 'Test', access: { kind: 'signed-in' },
  success: { status: 200, description: 'ok' }, errors: [], ...overrides,
});
const principal = { userId: 'u1' } as Principal;
const policies = new LimitPolicies(1);
const shown = (list: ReturnType<LimitPolicies['for']>) => list.map(({ name, key, limit }) => [name, key, limit.requests, limit.windowSeconds]);

describe('the limits of a request', () => {
  it('are a person\'s, whatever the address, or an address\'s', () => {
    expect(shown(policies.for(endpoint(), { addressKey: 'a', principal }))).toEqual([['user', 'user u1', 1000, 3600]]);
    expect(shown(policies.for(endpoint(), { addressKey: 'a' }))).toEqual([['address', 'address a', 100, 3600]]);
  });

  it('are an API key\'s own, beside those of its owner', () => {
    const key = { ...principal, sessionId: 'k1', kind: 'api_key' } as Principal;
    expect(shown(policies.for(endpoint(), { addressKey: 'a', principal: key }))).toEqual([['api-key', 'api-key k1', 1000, 3600]]);
    const perPrincipal = endpoint({ limit: { requests: 3, windowSeconds: 60, per: 'principal' } });
    expect(shown(policies.for(perPrincipal, { addressKey: 'a', principal: key })).at(-1)).toEqual(['route', 'route test.get api-key k1', 3, 60]);
  });

  it('are a client app\'s own for each person who lends it something, beside theirs', () => {
    const app = { ...principal, clientId: 'c1' } as Principal;
    expect(shown(policies.for(endpoint(), { addressKey: 'a', principal: app }))).toEqual([['client', 'client c1 u1', 1000, 3600]]);
    const perPrincipal = endpoint({ limit: { requests: 3, windowSeconds: 60, per: 'principal' } });
    expect(shown(policies.for(perPrincipal, { addressKey: 'a', principal: app })).at(-1)).toEqual(['route', 'route test.get client c1 u1', 3, 60]);
  });

  it('have the route\'s beside', () => {
    const register = endpoint({ limit: { requests: 3, windowSeconds: 60, per: 'address' } });
    expect(shown(policies.for(register, { addressKey: 'a' }))).toEqual([
      ['address', 'address a', 100, 3600],
      ['route', 'route test.get address a', 3, 60],
    ]);
    const perPrincipal = endpoint({ limit: { requests: 3, windowSeconds: 60, per: 'principal' } });
    expect(shown(policies.for(perPrincipal, { addressKey: 'a', principal })).at(-1)).toEqual(['route', 'route test.get user u1', 3, 60]);
  });

  it('are the route\'s alone where it says so', () => {
    const typed = endpoint({ limit: { requests: 30, windowSeconds: 60, per: 'address', alone: true } });
    expect(shown(policies.for(typed, { addressKey: 'a' }))).toEqual([['route', 'route test.get address a', 30, 60]]);
  });

  it('of a write key are its own alone', () => {
    const ingest = endpoint({ limit: { requests: 9, windowSeconds: 60, per: 'write-key' } });
    expect(shown(policies.for(ingest, { addressKey: 'a', writeKeyHash: 'k' }))).toEqual([['route', 'route test.get key k', 9, 60]]);
    expect(shown(policies.for(ingest, { addressKey: 'a', principal }))).toHaveLength(2);
    expect(shown(policies.for(endpoint(), { addressKey: 'a', writeKeyHash: 'k' }))).toEqual([['address', 'address a', 100, 3600]]);
  });

  it('are scaled, and never below one', () => {
    expect(shown(new LimitPolicies(10).for(endpoint(), { addressKey: 'a' }))[0]?.[2]).toBe(1000);
    expect(shown(new LimitPolicies(0.0001).for(endpoint(), { addressKey: 'a' }))[0]?.[2]).toBe(1);
  });

  it('spare discovery', () => {
    expect(policies.for(endpoint({ path: '/.well-known/jwks.json' }), { addressKey: 'a' })).toEqual([]);
  });
});
