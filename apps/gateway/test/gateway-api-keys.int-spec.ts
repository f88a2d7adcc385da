import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { newApiKey } from '@atrium/platform/auth-guard';
import { connectState } from '@atrium/platform/state';
import { request } from 'undici';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GatewayFixture, type RunningGateway } from './gateway-fixture.js';
import { answerJson } from './upstream-server.js';

const fixture = new GatewayFixture();
const exchangePath = '/internal/api-keys/exchange';
let gateway: RunningGateway;
/** What auth knows: claims by key. */
const keys = new Map<string, Record<string, unknown>>();
let exchangeStatus = 200;

async function answerExchange(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = '';
  for await (const piece of incoming) text += String(piece);
  const claims = keys.get((JSON.parse(text) as { key: string }).key);
  if (exchangeStatus !== 200) return answerJson(response, {}, {}, exchangeStatus);
  if (!claims) return answerJson(response, { error: {} }, {}, 401);
  answerJson(response, { access_token: fixture.issuer.token({ kind: 'api_key', ...claims }), expires_in: 300 });
}

beforeAll(async () => {
  await fixture.start();
  gateway = await fixture.gateway({ TRUSTED_PROXIES: '127.0.0.1', LIMIT_SCALE: '0.1' });
});
afterAll(() => fixture.stop());
beforeEach(async () => {
  await fixture.reset();
  keys.clear();
  exchangeStatus = 200;
  fixture.upstream.handler = (incoming, response) => {
    if (incoming.url === exchangePath) return void answerExchange(incoming, response);
    incoming.resume();
    answerJson(response, { ok: true });
  };
});

function knownKey(claims: Record<string, unknown> = {}): { key: string; sid: string } {
  const [key, sid] = [newApiKey(), randomUUID()];
  keys.set(key, { sid, ...claims });
  return { key, sid };
}
let addresses = 0;
const newAddress = (): string => `203.0.113.${(addresses += 1)}`;
const send = async (headers: Record<string, string>, path = '/api/v1/sites', address = newAddress()) => {
  const answer = await request(`${gateway.url}${path}`, { headers: { 'x-forwarded-for': address, ...headers } });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
};
const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const exchanges = () => fixture.upstream.seen.filter(({ url }) => url === exchangePath);
const forwarded = () => fixture.upstream.seen.filter(({ url }) => url !== exchangePath);
const now = (): number => Math.floor(Date.now() / 1000);

describe('an API key at the door', () => {
  it('reaches the service as an access token, in either header, and nowhere in clear', async () => {
    const { key, sid } = knownKey();
    expect((await send(bearer(key))).status).toBe(200);
    expect((await send({ 'x-api-key': key })).status).toBe(200);
    for (const { headers } of forwarded()) {
      const claims = JSON.parse(Buffer.from(String(headers.authorization).split('.')[1] ?? '', 'base64url').toString()) as object;
      expect(claims).toMatchObject({ kind: 'api_key', sid });
      expect(JSON.stringify(headers)).not.toContain('atr_');
    }
    expect(forwarded()).toHaveLength(2);
    expect(gateway.log.join('')).not.toContain(key);
  });

  it('is exchanged once, however many requests come at once', async () => {
    const { key } = knownKey();
    const statuses = (await Promise.all(Array.from({ length: 20 }, () => send(bearer(key))))).map(({ status }) => status);
    expect(statuses).toEqual(Array(20).fill(200));
    expect(exchanges()).toHaveLength(1);
  });

  it('in the query is no credential', async () => {
    const { key } = knownKey();
    for (const name of ['api_key', 'key', 'access_token', 'x-api-key']) expect((await send({}, `/api/v1/sites?${name}=${key}`)).status).toBe(401);
    expect(fixture.upstream.seen).toEqual([]);
    expect(gateway.log.join('')).not.toContain(key);
  });

  it('beside another credential is refused', async () => {
    const { key } = knownKey();
    expect((await send({ 'x-api-key': key, ...fixture.bearer() })).status).toBe(401);
    expect(fixture.upstream.seen).toEqual([]);
  });

  it('that is misspelt is refused without asking auth', async () => {
    const { key } = knownKey();
    for (const wrong of [`${key}0`, key.slice(0, -1), 'atr_live_', 'atr_test_x', key.toUpperCase()]) {
      expect((await send({ 'x-api-key': wrong })).status).toBe(401);
    }
    expect(fixture.upstream.seen).toEqual([]);
  });

  it('that auth refuses is a 401, and auth is not asked again at once', async () => {
    const key = newApiKey();
    const answers = [await send(bearer(key)), await send(bearer(key)), await send(bearer(key))];
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401]);
    expect(answers[0]?.headers['www-authenticate']).toBe('Bearer');
    expect(JSON.parse(answers[0]?.text ?? '')).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
    expect(exchanges()).toHaveLength(1);
    expect(forwarded()).toEqual([]);
    expect(gateway.log.join('')).toContain('the API key is refused');
  });

  it('dies within seconds of its revocation, though its token is at hand', async () => {
    const { key, sid } = knownKey();
    expect((await send(bearer(key))).status).toBe(200);
    keys.delete(key);
    const state = await connectState(fixture.stateUrl);
    await state.revocations.revokeSession(sid, now() + 900);
    await expect.poll(async () => (await send(bearer(key))).status, { timeout: 5_000 }).toBe(401);
    await state.close();
  });

  it('goes on with a new token when the rights of its owner changed', async () => {
    const [sub, org_id] = [randomUUID(), randomUUID()];
    const { key, sid } = knownKey({ sub, org_id, mv: 1 });
    expect((await send(bearer(key))).status).toBe(200);
    keys.set(key, { sid, sub, org_id, mv: 2 });
    const state = await connectState(fixture.stateUrl);
    await state.revocations.requireMembershipVersion(sub, org_id, 2, now() + 900);
    await expect.poll(async () => {
      expect((await send(bearer(key))).status).toBe(200);
      return exchanges().length;
    }, { timeout: 5_000 }).toBe(2);
    await state.close();
  });

  it('is unavailable, not refused, while auth cannot be asked', async () => {
    const { key } = knownKey();
    exchangeStatus = 500;
    expect((await send(bearer(key))).status).toBe(503);
    exchangeStatus = 200;
    expect((await send(bearer(key))).status).toBe(200);
  });

  it('is no matter at public endpoints, and never gets to their service', async () => {
    const { key } = knownKey();
    expect((await send({ ...bearer(key) }, '/.well-known/jwks.json')).status).toBe(200);
    expect((await send({ 'x-api-key': key }, '/.well-known/jwks.json')).status).toBe(200);
    expect(JSON.stringify(fixture.upstream.seen)).not.toContain('atr_');
  });

  it('is exchanged by the gateway alone: the way to do it is no path of the public face', async () => {
    const { key } = knownKey();
    const answer = await request(`${gateway.url}${exchangePath}`, { method: 'POST', body: JSON.stringify({ key }) });
    expect(answer.statusCode).toBe(404);
    await answer.body.dump();
    expect(fixture.upstream.seen).toEqual([]);
  });
});

describe('limits of API keys', () => {
  it("are each key's own, whoever's it is", async () => {
    const sub = randomUUID();
    const [one, other] = [knownKey({ sub }), knownKey({ sub })];
    for (let index = 0; index < 100; index += 1) await send(bearer(one.key));
    const refused = await send(bearer(one.key));
    expect(refused).toMatchObject({ status: 429, headers: { 'ratelimit-policy': '"api-key";q=100;w=3600' } });
    expect((await send(bearer(other.key))).headers['x-ratelimit-remaining']).toBe('99');
    expect((await send(fixture.bearer({ sub }))).headers['x-ratelimit-remaining']).toBe('99');
  });

  it('of an address count what is refused, and leave proven keys alone', async () => {
    const { key } = knownKey();
    const address = newAddress();
    expect((await send(bearer(key), '/api/v1/sites', address)).status).toBe(200);
    const statuses: number[] = [];
    for (let index = 0; index < 103; index += 1) statuses.push((await send(bearer(newApiKey()), '/api/v1/sites', address)).status);
    expect(statuses.slice(0, 100).every((status) => status === 401)).toBe(true);
    expect(statuses.at(-1)).toBe(429);
    expect((await send(bearer(key), '/api/v1/sites', address)).status).toBe(200);
    const asked = exchanges().length;
    for (let index = 0; index < 5; index += 1) await send(bearer(newApiKey()), '/api/v1/sites', address);
    expect(exchanges()).toHaveLength(asked);
  });
});
