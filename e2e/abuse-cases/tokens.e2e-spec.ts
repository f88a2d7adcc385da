import { createHmac, randomUUID } from 'node:crypto';
import { createServer, request } from 'node:http';
import { authEndpoints } from '@atrium/contracts/auth';
import { usersEndpoints } from '@atrium/contracts/users';
import { type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { logsOf } from '../logs.js';
import { api, platform, world } from '../platform.js';
import { encode, keyIdOf, partsOf, platformsKey, refresh, refreshVerdict, sign, strangersKey, verdictOn } from './forgery.js';

const refused = '401 UNAUTHENTICATED';
let ann: Person;

beforeAll(async () => {
  ann = await world.newAdmin();
});

const strangersToken = (header: Record<string, unknown>): Promise<string> => sign(strangersKey.privateKey, header, ann.claims);

it('the real token works, and so does one signed the same way here', async () => {
  expect(await verdictOn(ann.token)).toBe('200');
  const { kid, key } = await platformsKey();
  expect(await verdictOn(await sign(key, { kid }, { ...ann.claims, jti: randomUUID() }))).toBe('200');
});

describe('1: alg none, algorithm confusion, jku, x5u, embedded jwk', () => {
  it('are refused, whatever stands in the place of the signature', async () => {
    const [, payload, signature] = partsOf(ann.token);
    for (const alg of ['none', 'None', 'NONE']) {
      const header = encode({ alg, typ: 'at+jwt', kid: keyIdOf(ann.token) });
      expect(await verdictOn(`${header}.${payload}.`)).toBe(refused);
      expect(await verdictOn(`${header}.${payload}.${signature}`)).toBe(refused);
    }
  });

  it('are refused when the public key was used as an HMAC secret', async () => {
    const { body } = await api.call(authEndpoints.jwks, {});
    const [, payload] = partsOf(ann.token);
    for (const [alg, digest] of [['HS256', 'sha256'], ['HS512', 'sha512']] as const) {
      const header = encode({ alg, typ: 'at+jwt', kid: keyIdOf(ann.token) });
      for (const secret of [JSON.stringify(body.keys[0]), body.keys[0]?.x ?? '']) {
        const signature = createHmac(digest, secret).update(`${header}.${payload}`).digest('base64url');
        expect(await verdictOn(`${header}.${payload}.${signature}`)).toBe(refused);
      }
    }
  });

  it('are refused with keys of their own, and nobody goes to fetch one', async () => {
    let fetched = 0;
    const server = createServer((_, response) => {
      fetched += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/keys.json`;
    const jwk = strangersKey.publicKey.export({ format: 'jwk' });
    const kid = keyIdOf(ann.token);
    const headers = [{ kid, jku: url }, { kid, x5u: url }, { kid, jwk: { ...jwk, kid } }, { jku: url, kid: 'mine' }];
    for (const header of headers) expect(await verdictOn(await strangersToken(header))).toBe(refused);
    await new Promise((resolve) => server.close(resolve));
    expect(fetched).toBe(0);
  });
});

it('2: a kid that is a path or SQL is refused', async () => {
  for (const kid of ['../../etc/passwd', '/dev/null', "x' OR '1'='1", 'x"; DROP TABLE keys; --', '', 'a'.repeat(5000)]) {
    expect(await verdictOn(await strangersToken({ kid }))).toMatch(/^4(01 UNAUTHENTICATED|31)/);
  }
});

it('3: an ID token, a refresh token or a key where an access token belongs is refused', async () => {
  for (const token of [ann.refreshToken, platform.demo.write_key, ann.id, randomUUID()]) expect(await verdictOn(token)).toBe(refused);
  const key = (await api.call(authEndpoints.createApiKey, { token: ann.token, body: { name: 'Machine', permissions: ['sites.read'] } })).body.key ?? '';
  const atUsers = await fetch(`http://127.0.0.1:${platform.ports.users}/api/v1/sites`, { headers: { authorization: `Bearer ${key}` } });
  expect(atUsers.status).toBe(401);
  const signing = await platformsKey();
  for (const typ of ['JWT', 'id_token', 'rt+jwt', undefined]) {
    expect(await verdictOn(await sign(signing.key, { kid: signing.kid, typ }, ann.claims)), String(typ)).toBe(refused);
  }
});

describe('4: a wrong audience, issuer, type or time', () => {
  const now = Math.floor(Date.now() / 1000);

  it.each([
    ['another audience', { aud: 'other' }],
    ['no audience', { aud: [] }],
    ['another issuer', { iss: 'http://evil.example' }],
    ['an end that has passed', { iat: now - 2000, exp: now - 61 }],
    ['a begin beyond 60 s', { nbf: now + 120 }],
    ['no organization claim', { org_id: undefined }],
    ['a subject that is none', { sub: 'admin' }],
  ])('is refused in a token that is signed by the right key: %s', async (_, claims) => {
    const { kid, key } = await platformsKey();
    expect(await verdictOn(await sign(key, { kid }, { ...ann.claims, ...claims }))).toBe(refused);
  });

  it('is refused by the service itself, not by the gateway alone', async () => {
    const { kid, key } = await platformsKey();
    const token = await sign(key, { kid }, { ...ann.claims, aud: 'other' });
    for (const port of [platform.ports.users, platform.ports.gallery, platform.ports.events, platform.ports.auth]) {
      const path = port === platform.ports.users ? '/api/v1/sites' : port === platform.ports.gallery ? '/api/v1/gallery/assets' : port === platform.ports.events ? '/api/v1/events/sources' : '/api/v1/auth/me';
      const ask = (bearer: string) => fetch(`http://127.0.0.1:${port}${path}`, { headers: { authorization: `Bearer ${bearer}` } });
      expect([(await ask(token)).status, (await ask(await strangersToken({ kid }))).status, (await ask(ann.token)).status]).toEqual([401, 401, 200]);
    }
  });
});

describe('5: a truncated, huge or binary Authorization', () => {
  const raw = (authorization: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(platform.gateway);
      const options = { host: '127.0.0.1', port, path: '/api/v1/sites', headers: { authorization } };
      const sent = request(options, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      // The server may hang up before all of a megabyte is written; its answer comes first.
      sent.on('error', reject).end();
    });

  it('is 401 or 431, and named in no answer', async () => {
    const cut = ann.token.slice(0, -3);
    const refusal = await api.refusal(usersEndpoints.listSites, { token: cut });
    expect([refusal.status, JSON.stringify(refusal.body).includes(cut.slice(0, 20))]).toEqual([401, false]);
    const [header, payload, signature] = partsOf(ann.token);
    const changed = encode({ ...ann.claims, org_id: platform.demo.organization_id });
    for (const token of [`${header}.${payload}`, `${header}..${signature}`, '..', 'a.b.c', `${header}.${changed}.${signature}`]) {
      expect(await verdictOn(token), token).toBe(refused);
    }
    for (const value of ['Bearer', 'Bearer ', 'Basic', `Bearer ${'\u00ff\u00fe\u0080'.repeat(9)}`, `Bearer ${'a'.repeat(100_000)}`]) {
      expect([400, 401, 431], value.slice(0, 20)).toContain(await raw(value));
    }
    expect([401, 431]).toContain(await raw(`Bearer ${'a'.repeat(1_000_000)}`).catch((error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 431 : 0)));
    expect(await verdictOn(ann.token)).toBe('200');
  });
});

/** A session whose first refresh token was followed by two others. */
async function usedSession() {
  const person = await world.newAdmin();
  const second = await refresh(person.refreshToken);
  const third = await refresh(second);
  return { person, third };
}

async function expectDead({ person, third }: Awaited<ReturnType<typeof usedSession>>): Promise<void> {
  expect(await refreshVerdict(person.refreshToken)).toBe('401 INVALID_CREDENTIALS');
  expect(await refreshVerdict(third)).toBe('401 INVALID_CREDENTIALS');
  await until('the end of the access token', async () => (await verdictOn(person.token)) === refused, { seconds: 5 });
  await until('the alarm', () =>
    Promise.resolve(logsOf(platform.dataDir).split('\n').find((line) => line.includes('session.reuse_detected') && line.includes(person.claims.sid))),
  );
}

it('6: an old refresh token ends its whole family, with an alarm', async () => {
  await expectDead(await usedSession());
});

it('7: the same after a restart of the service', async () => {
  const session = await usedSession();
  process.kill(platform.pids['auth'] ?? 0, 'SIGKILL');
  await until('auth to be down', async () => !(await fetch(`http://127.0.0.1:${platform.ports.auth}/health/live`).then(({ ok }) => ok, () => false)));
  await until('auth behind the gateway again', async () => (await api.verdict(authEndpoints.jwks, {})) === '200', { seconds: 30 });
  await expectDead(session);
});

it("8: another session's refresh token ends or opens nothing but its own", async () => {
  const [bob, eve] = await Promise.all([world.newAdmin(), world.newAdmin()]);
  // Eve ends her session and names Bob's token in it: his goes on.
  await api.call(authEndpoints.logout, { token: eve.token, body: { refresh_token: bob.refreshToken } });
  const { body } = await api.call(authEndpoints.refresh, { body: { refresh_token: bob.refreshToken }, token: eve.token } as never);
  expect(body.user.id).toBe(bob.id);
  expect(await refreshVerdict(eve.refreshToken)).toBe('401 INVALID_CREDENTIALS');
  expect(await refreshVerdict(`${bob.refreshToken}x`)).toBe('401 INVALID_CREDENTIALS');
});
