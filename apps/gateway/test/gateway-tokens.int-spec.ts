import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { request } from 'undici';
import { connectState } from '@atrium/platform/state';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayFixture, type RunningGateway } from './gateway-fixture.js';

const fixture = new GatewayFixture();
let gateway: RunningGateway;

beforeAll(async () => {
  await fixture.start();
  gateway = await fixture.gateway();
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

const withToken = async (authorization: string, path = '/api/v1/auth/me') => {
  const answer = await request(`${gateway.url}${path}`, { headers: { authorization } });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
};
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1000);

describe('a token at the door', () => {
  it('that holds reaches the service with the request', async () => {
    const token = fixture.issuer.token();
    expect((await withToken(`Bearer ${token}`)).status).toBe(200);
    expect(fixture.upstream.seen[0]?.headers.authorization).toBe(`Bearer ${token}`);
  });

  it('that is missing, or of another scheme, is answered 401 with the envelope', async () => {
    for (const authorization of ['', 'Basic eDp5', 'Bearer', 'Bearer ']) {
      const answer = await withToken(authorization);
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } });
      expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'UNAUTHENTICATED', request_id: answer.headers['x-request-id'] } });
    }
    expect(fixture.upstream.seen).toEqual([]);
  });

  const attacker = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const embedded = attacker.publicKey.export({ format: 'jwk' });
  const forged: [string, () => string][] = [
    ['of no algorithm', () => `${encode({ alg: 'none', typ: 'at+jwt' })}.${encode(fixture.issuer.claims())}.`],
    ['turned symmetric', () => fixture.issuer.token({}, { alg: 'HS256' })],
    ['that points at keys', () => fixture.issuer.token({}, { kid: 'x', jku: `${fixture.issuer.url}/evil`, x5u: `${fixture.issuer.url}/evil` })],
    ['that brings its key', () => fixture.issuer.token({}, { kid: 'x', jwk: embedded })],
    ['whose key id is a path', () => fixture.issuer.token({}, { kid: '../../dev/null' })],
    ['whose key id is SQL', () => fixture.issuer.token({}, { kid: "' or 1=1 --" })],
    ['that is an ID token', () => fixture.issuer.token({}, { typ: 'JWT' })],
    ['that is an API key', () => 'atk_0123456789abcdef0123456789abcdef'],
    ['for another audience', () => fixture.issuer.token({ aud: 'other' })],
    ['of another issuer', () => fixture.issuer.token({ iss: 'https://evil.example' })],
    ['that expired', () => fixture.issuer.token({ exp: now() - 61 })],
    ['not yet valid', () => fixture.issuer.token({ nbf: now() + 120 })],
    ['cut off', () => fixture.issuer.token().slice(0, -10)],
    ['of eight thousand letters', () => 'a'.repeat(8_200)],
  ];
  it.each(forged)('%s is answered 401 and no service hears of it', async (_name, make) => {
    expect((await withToken(`Bearer ${make()}`)).status).toBe(401);
    expect(fixture.upstream.seen).toEqual([]);
    expect(fixture.issuer.strayRequests).toEqual([]);
  });

  it('of a revoked session dies here too, within seconds, and the denial is logged', async () => {
    const sid = randomUUID();
    const token = `Bearer ${fixture.issuer.token({ sid })}`;
    expect((await withToken(token)).status).toBe(200);
    const state = await connectState(fixture.stateUrl);
    await state.revocations.revokeSession(sid, now() + 900);
    await expect.poll(async () => (await withToken(token)).status, { timeout: 5_000 }).toBe(401);
    await state.close();
    expect(gateway.log.join('')).toMatch(/"event":"access_denied".*the token is revoked|the token is revoked.*access_denied/);
    expect(gateway.log.join('')).not.toContain(token.slice(7));
  });

  it('is refused before the body is read', async () => {
    const answer = await request(`${gateway.url}/api/v1/sites`, { method: 'POST', headers: { authorization: 'Bearer x' }, body: Buffer.alloc(500_000) });
    expect(answer.statusCode).toBe(401);
    await answer.body.dump();
  });

  it('is no matter at public endpoints, and write keys pass to the service', async () => {
    expect((await withToken('Bearer nonsense', '/.well-known/jwks.json')).status).toBe(200);
    const ingest = (headers: Record<string, string>) => request(`${gateway.url}/api/v1/events`, { method: 'POST', headers, body: '{}' });
    const statuses = [];
    const senders: Record<string, string>[] = [{ 'x-write-key': 'wk_1' }, { authorization: `Basic ${btoa('wk_1:')}` }, fixture.bearer(), { authorization: 'Bearer x' }, {}];
    for (const headers of senders) {
      const answer = await ingest(headers);
      statuses.push(answer.statusCode);
      await answer.body.dump();
    }
    expect(statuses).toEqual([200, 200, 200, 401, 401]);
    expect(fixture.upstream.seen.slice(1).map(({ headers }) => headers['x-write-key'] ?? headers.authorization?.slice(0, 6))).toEqual(['wk_1', 'Basic ', 'Bearer']);
  });
});
