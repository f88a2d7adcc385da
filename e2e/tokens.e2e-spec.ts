import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { authEndpoints } from '@atrium/contracts/auth';
import { usersEndpoints } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, platform, world } from './platform.js';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const partsOf = (token: string): [string, string, string] => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
};
const headerOf = (token: string): Record<string, unknown> => JSON.parse(Buffer.from(partsOf(token)[0], 'base64url').toString());

/** The verdict of a service behind the gateway, and of auth itself. */
const verdictOn = (token: string): Promise<string> => api.verdict(usersEndpoints.listSites, { token });

describe('a forged or misused token', () => {
  let ann: Person;
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  beforeAll(async () => {
    ann = await world.newAdmin();
  });

  const signedByStranger = (header: Record<string, unknown>, claims: Record<string, unknown> = {}): Promise<string> =>
    new SignJWT({ ...ann.claims, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header })
      .sign(stranger.privateKey);

  it('is told from the real one, which works', async () => {
    expect(await verdictOn(ann.token)).toBe('200');
  });

  it('is refused when its algorithm is none', async () => {
    const [, payload, signature] = partsOf(ann.token);
    const header = encode({ alg: 'none', typ: 'at+jwt', kid: headerOf(ann.token)['kid'] });
    expect(await verdictOn(`${header}.${payload}.`)).toBe('401 UNAUTHENTICATED');
    expect(await verdictOn(`${header}.${payload}.${signature}`)).toBe('401 UNAUTHENTICATED');
  });

  it('is refused when the public key was used as an HMAC secret', async () => {
    const { body } = await api.call(authEndpoints.jwks, {});
    const [, payload] = partsOf(ann.token);
    const header = encode({ alg: 'HS256', typ: 'at+jwt', kid: headerOf(ann.token)['kid'] });
    for (const secret of [JSON.stringify(body.keys[0]), body.keys[0]?.x ?? '']) {
      const signature = createHmac('sha256', secret).update(`${header}.${payload}`).digest('base64url');
      expect(await verdictOn(`${header}.${payload}.${signature}`)).toBe('401 UNAUTHENTICATED');
    }
  });

  it('is refused when it brings its own key, and nobody goes to fetch it', async () => {
    let fetched = 0;
    const server = createServer((_, response) => {
      fetched += 1;
      response.end('{}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/keys.json`;
    const jwk = stranger.publicKey.export({ format: 'jwk' });
    const kid = headerOf(ann.token)['kid'];
    const headers = [{ kid, jku: url }, { kid, x5u: url }, { kid, jwk: { ...jwk, kid } }, { jku: url, kid: 'mine' }];
    for (const header of headers) expect(await verdictOn(await signedByStranger(header))).toBe('401 UNAUTHENTICATED');
    await new Promise((resolve) => server.close(resolve));
    expect(fetched).toBe(0);
  });

  it('is refused when its key id is a path or SQL', async () => {
    for (const kid of ['../../etc/passwd', '/dev/null', "x' OR '1'='1", '', 'a'.repeat(5000)]) {
      expect(await verdictOn(await signedByStranger({ kid }))).toMatch(/^4(01 UNAUTHENTICATED|31)/);
    }
  });

  it('is refused when it is a refresh token, a write key or an id', async () => {
    for (const token of [ann.refreshToken, platform.demo.write_key, ann.id, randomUUID()]) {
      expect(await verdictOn(token)).toBe('401 UNAUTHENTICATED');
    }
  });

  it('is refused when its payload was changed', async () => {
    const [header, , signature] = partsOf(ann.token);
    const payload = encode({ ...ann.claims, org_id: platform.demo.organization_id });
    expect(await verdictOn(`${header}.${payload}.${signature}`)).toBe('401 UNAUTHENTICATED');
  });

  it('is refused when another signed it, whatever it claims', async () => {
    const kid = headerOf(ann.token)['kid'];
    for (const claims of [{}, { aud: 'other' }, { iss: 'http://evil.example' }, { exp: 1 }]) {
      expect(await verdictOn(await signedByStranger({ kid }, claims))).toBe('401 UNAUTHENTICATED');
    }
    expect(await verdictOn(await signedByStranger({ kid, typ: 'JWT' }))).toBe('401 UNAUTHENTICATED');
  });

  it('is refused when cut, and named in no answer', async () => {
    const cut = ann.token.slice(0, -3);
    const refusal = await api.refusal(usersEndpoints.listSites, { token: cut });
    expect(refusal.status).toBe(401);
    expect(JSON.stringify(refusal.body)).not.toContain(cut.slice(0, 20));
  });

  it('is refused by the service itself, not by the gateway alone', async () => {
    const response = await fetch(`http://127.0.0.1:${platform.ports.users}/api/v1/sites`, {
      headers: { authorization: `Bearer ${await signedByStranger({ kid: headerOf(ann.token)['kid'] })}` },
    });
    expect(response.status).toBe(401);
  });
});

describe('a session', () => {
  it('dies everywhere within 5 s of its end', async () => {
    const ann = await world.newAdmin();
    await api.call(authEndpoints.logout, { token: ann.token, body: { refresh_token: ann.refreshToken } });
    const begin = Date.now();
    const services = [platform.ports.gateway, platform.ports.users].map((port) => `http://127.0.0.1:${port}/api/v1/sites`);
    const dead = new Set<string>();
    while (dead.size < services.length && Date.now() - begin < 5_000) {
      for (const url of services) {
        const { status } = await fetch(url, { headers: { authorization: `Bearer ${ann.token}` } });
        if (status === 401) dead.add(url);
      }
    }
    expect([...dead].sort()).toEqual([...services].sort());
    expect(await api.verdict(authEndpoints.refresh, { body: { refresh_token: ann.refreshToken } })).toBe('401 INVALID_CREDENTIALS');
  });

  it('goes on by its refresh token, and ends when an old one is used again', async () => {
    const ann = await world.newAdmin();
    const refresh = async (token: string) =>
      (await api.call(authEndpoints.refresh, { body: { refresh_token: token } })).body.refresh_token;
    const second = await refresh(ann.refreshToken);
    expect(await refresh(ann.refreshToken)).toBe(second);
    const third = await refresh(second);
    expect(await api.verdict(authEndpoints.refresh, { body: { refresh_token: ann.refreshToken } })).toBe('401 INVALID_CREDENTIALS');
    expect(await api.verdict(authEndpoints.refresh, { body: { refresh_token: third } })).toBe('401 INVALID_CREDENTIALS');
  });
});
