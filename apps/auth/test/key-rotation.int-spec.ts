import { PutSecretValueCommand, UpdateSecretVersionStageCommand } from '@aws-sdk/client-secrets-manager';
import { decodeProtectedHeader } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authConfig } from '../src/config.js';
import { generateSigningKey } from '../src/signing-keys/signing-key.js';
import { KeyRing } from '../src/signing-keys/key-ring.js';
import { promoteSigningKey, signingKeyVersions, stageSigningKey } from '../src/signing-keys/key-rotation.js';
import { RotationJob } from '../src/signing-keys/rotation.job.js';
import { startAuthApp } from './auth-app.js';
import { AuthBench } from './auth-bench.js';
import { signingKeysSecret as secretId } from './auth-engines.js';
import { tokensOf } from './people.js';

const day = 86_400_000;
const wait = 1_800_000;

/** Finds each key old enough for a successor; the other instance keeps to thirty days. Neither looks by itself here. */
let auth: AuthBench;
let patient: Awaited<ReturnType<typeof startAuthApp>>;

beforeAll(async () => {
  const environment = { LIMIT_SCALE: '1000', SIGNING_KEYS_RELOAD_SECONDS: '300' };
  auth = await AuthBench.start({ ...environment, SIGNING_KEY_SECONDS: '1800' });
  patient = await startAuthApp(auth.engines, environment);
});
afterAll(async () => {
  await patient?.stop();
  await auth?.stop();
});

const versions = () => signingKeyVersions(auth.engines.secretsClient, secretId);
const run = (instance: Pick<AuthBench, 'app'>, now: number) => instance.app.get(RotationJob).run(now);
const published = () => auth.app.get(KeyRing).jwks().keys.map(({ kid }) => kid);
const signer = async (): Promise<string | undefined> => {
  const { email } = await auth.people.member();
  return decodeProtectedHeader(tokensOf(await auth.people.login(email)).access).kid;
};

describe('the signing key', () => {
  it('is left alone before its time', async () => {
    expect(await run(patient, Date.now())).toBe('nothing');
    expect(await run(patient, Date.now() + 30 * day - wait - 60_000)).toBe('nothing');
    expect((await versions()).pending).toBeUndefined();
  });

  it('gets one successor, also of two who look at once, which is published and signs nothing before the wait', async () => {
    const [before = ''] = published();
    expect((await Promise.all([run(auth, Date.now()), run(auth, Date.now())])).sort()).toEqual(['nothing', 'staged']);
    expect(await run(patient, Date.now() + wait - 60_000)).toBe('nothing');
    await auth.app.get(KeyRing).reload();
    expect(published()).toHaveLength(2);
    expect(published()).toContain(before);
    expect(await signer()).toBe(before);
  });

  it('is replaced after the wait, by whichever instance comes first, and goes on being published', async () => {
    const [{ pending }, now] = [await versions(), Date.now() + wait + 60_000];
    expect((await Promise.all([run(patient, now), run(patient, now)])).sort()).toEqual(['nothing', 'promoted']);
    expect(await versions()).toMatchObject({ pending: undefined, current: { id: pending?.id } });
    await auth.app.get(KeyRing).reload();
    expect(published()).toHaveLength(2);
  });

  it('is left to the instance that is at it', async () => {
    const other = await auth.engines.superuser.connect();
    try {
      await other.query(`begin; select pg_advisory_xact_lock(hashtextextended('auth.signing_key_rotation', 0))`);
      expect(await run(auth, Date.now())).toBe('nothing');
    } finally {
      await other.query('rollback');
      other.release();
    }
  });

  it('signs with the one before as long as a service may not know the new one', async () => {
    // As an operator may put it, past the commands.
    const ring = auth.app.get(KeyRing);
    const key = generateSigningKey();
    await auth.engines.secretsClient.send(new PutSecretValueCommand({ SecretId: secretId, SecretString: JSON.stringify(key) }));
    await ring.reload();
    expect(published()).toContain(key.kid);
    expect(await signer()).not.toBe(key.kid);
    expect(published()).toContain(await signer());
  });

  it('is promoted to the end by the next one when somebody died half way', async () => {
    await stageSigningKey(auth.engines.secretsClient, secretId);
    const { pending, current } = await versions();
    await auth.engines.secretsClient.send(
      new UpdateSecretVersionStageCommand({
        SecretId: secretId, VersionStage: 'AWSCURRENT', MoveToVersionId: pending?.id ?? '', RemoveFromVersionId: current?.id ?? '',
      }),
    );
    expect(await run(patient, Date.now() + wait + 60_000)).toBe('promoted');
    expect(await versions()).toMatchObject({ pending: undefined, current: { id: pending?.id } });
  });

  it('may be rotated by hand while the job is at it: one of them wins, and a key is there', async () => {
    const now = Date.now() + 31 * day;
    const results = await Promise.allSettled([run(patient, now), stageSigningKey(auth.engines.secretsClient, secretId)]);
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    const later = { waitSeconds: 1_800, now: () => now + wait };
    const promotions = await Promise.allSettled([run(patient, now + wait), promoteSigningKey(auth.engines.secretsClient, secretId, later)]);
    expect(promotions.some(({ status }) => status === 'fulfilled')).toBe(true);
    await auth.app.get(KeyRing).reload();
    expect(published()).toContain(await signer());
  });
});

describe('times of rotation', () => {
  const problemsOf = (times: Record<string, string>): string[] => {
    const result = authConfig.safeParse({
      PORT: '1', JWKS_URL: 'http://a', TOKEN_ISSUER: 'http://a', STATE_SECRET_ID: 's', DATABASE_SECRET_ID: 'd', QUEUE_URL_BASE: 'http://a',
      SIGNING_KEYS_SECRET_ID: 'k', PASSKEY_RP_ID: 'localhost', PASSKEY_ORIGINS: 'http://localhost',
      USERS_URL: 'http://a', PUBLIC_URL: 'http://a', APP_URL: 'http://a', ENCRYPTION_KEYS_SECRET_ID: 'e', ...times,
    });
    return result.success ? [] : result.error.issues.map(({ message }) => message);
  };

  it('are refused at the start where a service would not know a key yet, or a token would outlive its key', () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ SIGNING_KEY_WAIT_SECONDS: '900' })).toHaveLength(1);
    expect(problemsOf({ SIGNING_KEY_WAIT_SECONDS: '100', ACCESS_TOKEN_SECONDS: '60' })).toHaveLength(1);
    expect(problemsOf({ SIGNING_KEY_SECONDS: '60' })).toHaveLength(1);
    expect(problemsOf({ ACCESS_TOKEN_SECONDS: '901' })).toHaveLength(1);
  });
});
