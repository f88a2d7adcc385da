import { randomUUID } from 'node:crypto';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayFixture, type RunningGateway } from './gateway-fixture.js';
import { answerJson } from './upstream-server.js';

const fixture = new GatewayFixture();
/** A tenth of the real limits; the balancer before it says whom it speaks for, so that each test has its own address. */
const environment = { LIMIT_SCALE: '0.1', TRUSTED_PROXIES: '127.0.0.1' };
let first: RunningGateway;
let second: RunningGateway;
let address = '';
let tests = 0;

beforeAll(async () => {
  await fixture.start();
  first = await fixture.gateway(environment);
  second = await fixture.gateway(environment);
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  await fixture.reset();
  address = `203.0.113.${(tests += 1)}`;
});

type Headers = Record<string, string>;
const send = async (path: string, headers: Headers = {}, gateway = first, method: 'GET' | 'POST' = 'GET') => {
  const answer = await request(`${gateway.url}${path}`, {
    method, headers: { 'x-forwarded-for': address, ...headers }, ...(method === 'POST' ? { body: '{}' } : {}),
  });
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers as Headers, code: /"code":"(\w+)"/.exec(text)?.[1] };
};
const times = async (count: number, once: () => Promise<{ status: number }>): Promise<number[]> => {
  const statuses = [];
  for (let index = 0; index < count; index += 1) statuses.push((await once()).status);
  return statuses;
};

describe('limits', () => {
  it('are told on every answer, in the old and in the new fields', async () => {
    const { headers } = await send('/api/v1/auth/me', fixture.bearer());
    expect(headers).toMatchObject({ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '99', 'ratelimit-policy': '"user";q=100;w=3600' });
    expect(Number(headers['x-ratelimit-reset'])).toBeGreaterThan(0);
    expect(Number(headers['x-ratelimit-reset'])).toBeLessThanOrEqual(3600);
    expect(headers['ratelimit']).toBe(`"user";r=99;t=${headers['x-ratelimit-reset']}`);
    expect(headers).not.toHaveProperty('retry-after');
  });

  it('hold a person at 1000 an hour times the scale, whatever token or address', async () => {
    const sub = randomUUID();
    const statuses = await times(101, () => send('/api/v1/auth/me', { ...fixture.bearer({ sub }), 'x-forwarded-for': randomAddress() }));
    expect(statuses.filter((status) => status === 200)).toHaveLength(100);
    const refused = await send('/api/v1/auth/me', fixture.bearer({ sub }));
    expect(refused).toMatchObject({ status: 429, code: 'RATE_LIMITED', headers: { 'x-ratelimit-remaining': '0' } });
    expect(refused.headers['retry-after']).toBe(refused.headers['x-ratelimit-reset']);
    expect((await send('/api/v1/auth/me', fixture.bearer())).status).toBe(200);
  });

  it('hold an anonymous address at 100 an hour times the scale, refused tokens included', async () => {
    const statuses = [
      ...(await times(5, () => send('/api/v1/auth/login', {}, first, 'POST'))),
      ...(await times(3, () => send('/api/v1/auth/me', { authorization: 'Bearer x' }))),
      ...(await times(3, () => send('/api/v1/auth/me'))),
    ];
    expect(statuses).toEqual([200, 200, 200, 200, 200, 401, 401, 401, 401, 401, 429]);
    expect((await send('/api/v1/auth/me', fixture.bearer())).status).toBe(200);
  });

  it('take the /64 of an IPv6 address for one', async () => {
    const prefix = `2001:db8:${tests}:1`;
    const statuses = await times(11, () => send('/api/v1/auth/login', { 'x-forwarded-for': `${prefix}:${randomGroup()}::${randomGroup()}` }, first, 'POST'));
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.at(-1)).toBe(429);
  });

  it('of a route count beside, and the tightest is told', async () => {
    const gateway = await fixture.gateway({ ...environment, LIMIT_SCALE: '1' });
    const register = () => send('/api/v1/auth/register', {}, gateway, 'POST');
    expect((await register()).headers['ratelimit-policy']).toBe('"route";q=3;w=3600');
    expect(await times(3, register)).toEqual([200, 200, 429]);
    expect((await send('/api/v1/auth/login', {}, gateway, 'POST')).headers).toMatchObject({ 'x-ratelimit-limit': '100', 'x-ratelimit-remaining': '95' });
  });

  it('are shared by two gateways', async () => {
    const sub = randomUUID();
    const bearer = fixture.bearer({ sub });
    for (let index = 0; index < 40; index += 1) await send('/api/v1/auth/me', bearer, first);
    await expect.poll(async () => Number((await send('/api/v1/auth/me', bearer, second)).headers['x-ratelimit-remaining'])).toBeLessThan(60);
    for (let index = 0; index < 100; index += 1) await send('/api/v1/auth/me', bearer, second);
    await expect.poll(async () => (await send('/api/v1/auth/me', bearer, first)).status).toBe(429);
  });

  it('do not count health, documentation, or the public keys', async () => {
    const statuses = await times(12, () => send('/.well-known/jwks.json'));
    expect(new Set([...statuses, ...(await times(12, () => send('/health/live'))), ...(await times(12, () => send('/openapi.json')))])).toEqual(new Set([200]));
  });

  it('of an untrusted peer ignore what it says about its address', async () => {
    const open = await fixture.gateway({ LIMIT_SCALE: '0.05' });
    const statuses = await times(6, () => send('/api/v1/auth/login', { 'x-forwarded-for': randomAddress() }, open, 'POST'));
    expect(statuses).toEqual([200, 200, 200, 200, 200, 429]);
    expect(fixture.upstream.seen[0]?.headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('tell the service the address that a trusted peer named, and no other', async () => {
    await send('/api/v1/auth/login', { 'x-forwarded-for': `6.6.6.6, ${address}` }, first, 'POST');
    expect(fixture.upstream.seen[0]?.headers['x-forwarded-for']).toBe(address);
  });
});

describe('write keys', () => {
  const ingest = (key: string) => send('/api/v1/events', { 'x-write-key': key }, first, 'POST');
  const acceptOnly = (good: string): void => {
    fixture.upstream.handler = (incoming, response) => {
      incoming.resume();
      answerJson(response, {}, {}, incoming.headers['x-write-key'] === good ? 202 : 401);
    };
  };

  it('have a limit of their own, not the address\'s', async () => {
    acceptOnly('good');
    const statuses = await times(30, () => ingest('good'));
    expect(new Set(statuses)).toEqual(new Set([202]));
    expect((await ingest('good')).headers['ratelimit-policy']).toBe('"route";q=10000;w=60');
  });

  it('that are made up run into a limit of the address, and leave proven keys alone', async () => {
    acceptOnly('good');
    expect((await ingest('good')).status).toBe(202);
    const statuses = await times(103, () => ingest(randomUUID()));
    expect(statuses.slice(0, 100).every((status) => status === 401)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    expect((await ingest('good')).status).toBe(202);
    const heard = fixture.upstream.seen.length;
    await times(5, () => ingest(randomUUID()));
    expect(fixture.upstream.seen).toHaveLength(heard);
  });
});

const randomGroup = (): string => Math.floor(Math.random() * 0xffff).toString(16);
function randomAddress(): string {
  return `198.51.100.${Math.floor(Math.random() * 255)}`;
}
