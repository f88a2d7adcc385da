import { DescribeSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { authEndpoints } from '@atrium/contracts/auth';
import { until } from '@atrium/testing';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyRing } from '../src/signing-keys/key-ring.js';
import { ensureSigningKey, promoteSigningKey, stageSigningKey } from '../src/signing-keys/key-rotation.js';
import { issuer } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { signingKeysSecret as secretId } from './auth-engines.js';
import { tokensOf } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  // Services would know a new key within a second here.
  auth = await AuthBench.start({ LIMIT_SCALE: '1000', JWKS_MAX_AGE_SECONDS: '1', SIGNING_KEYS_RELOAD_SECONDS: '1' });
});
afterAll(() => auth?.stop());

const keySet = async () => {
  const answer = await auth.request('GET', '/.well-known/jwks.json');
  return { answer, set: authEndpoints.jwks.success.schema.parse(answer.json) };
};
const waitSeconds = 1_800;
const me = (token: string) => auth.request('GET', '/me', { token });

describe('signing keys', () => {
  it('are rotated without a request that fails: next, current and previous are published at once', async () => {
    const { email } = await auth.people.member();
    const old = tokensOf(await auth.people.login(email)).access;
    await stageSigningKey(auth.engines.secretsClient, secretId);
    await auth.app.get(KeyRing).reload();
    expect((await keySet()).set.keys).toHaveLength(2);
    expect((await me(old)).status).toBe(200);

    await promoteSigningKey(auth.engines.secretsClient, secretId, { waitSeconds, evenIfNew: true });
    await stageSigningKey(auth.engines.secretsClient, secretId);
    await auth.app.get(KeyRing).reload();
    const fresh = await until('a token of the new key', async () => {
      await auth.app.get(KeyRing).reload();
      const { access } = tokensOf(await auth.people.login(email));
      return decodeProtectedHeader(access).kid !== decodeProtectedHeader(old).kid && access;
    });
    const { answer, set } = await keySet();
    expect(set.keys).toHaveLength(3);
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.text).not.toContain('"d"');
    expect(decodeProtectedHeader(fresh)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    for (const token of [old, fresh]) {
      expect((await me(token)).status).toBe(200);
      await jwtVerify(token, createLocalJWKSet(set as JSONWebKeySet), { issuer, audience: 'atrium', algorithms: ['ES256'] });
    }
  });

  it('are promoted only once every service can know them', async () => {
    await expect(promoteSigningKey(auth.engines.secretsClient, secretId, { waitSeconds })).rejects.toThrow(/too new to sign/);
    await promoteSigningKey(auth.engines.secretsClient, secretId, { waitSeconds, now: () => Date.now() + 1_801_000 });
    await expect(promoteSigningKey(auth.engines.secretsClient, secretId, { waitSeconds })).rejects.toThrow(/No next key/);
    const { VersionIdsToStages } = await auth.engines.secretsClient.send(new DescribeSecretCommand({ SecretId: secretId }));
    expect(Object.values(VersionIdsToStages ?? {}).flat().sort()).toEqual(['AWSCURRENT', 'AWSPREVIOUS']);
  });

  it('are staged one at a time', async () => {
    await stageSigningKey(auth.engines.secretsClient, secretId);
    await expect(stageSigningKey(auth.engines.secretsClient, secretId)).rejects.toThrow(/staged already/);
  });

  it('are made once where there are none, also by two at the same time, and beside a placeholder', async () => {
    const results = await Promise.all([1, 2].map(() => ensureSigningKey(auth.engines.secretsClient, 'atrium/auth/other-keys')));
    expect(results).toContain('created');
    expect(await ensureSigningKey(auth.engines.secretsClient, 'atrium/auth/other-keys')).toBe('present');
    await auth.engines.secretsClient.send(new PutSecretValueCommand({ SecretId: 'atrium/auth/other-keys', SecretString: 'generated-by-infrastructure' }));
    expect(await ensureSigningKey(auth.engines.secretsClient, 'atrium/auth/other-keys')).toBe('created');
  });

  it('that can no longer be read keep serving', async () => {
    const { email } = await auth.people.member();
    await auth.engines.secretsClient.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: '{"broken":true}' }));
    await expect(auth.app.get(KeyRing).reload()).rejects.toThrow();
    expect((await me(tokensOf(await auth.people.login(email)).access)).status).toBe(200);
  });
});
