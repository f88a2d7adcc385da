import { describe, expect, it } from 'vitest';
import type { BucketAddress } from './bucket-address.js';
import { S3Signer } from './s3-signer.js';
import type { AwsCredentials, CredentialsProvider } from './signing-credentials.js';

const begin = Date.parse('2026-11-20T23:50:00Z');
const minute = 60_000;
const address: BucketAddress = { bucket: 'b', origin: 'https://b.example', host: 'b.example', pathPrefix: '/' };
const role = (name: string, endsInMinutes?: number): AwsCredentials => ({
  accessKeyId: `AKIA${name}`,
  secretAccessKey: `secret of ${name}`,
  sessionToken: `token of ${name}`,
  ...(endsInMinutes === undefined ? {} : { expiration: new Date(begin + endsInMinutes * minute) }),
});

/** A signer whose clock and credentials the test sets. */
function stage(first: AwsCredentials) {
  const state = { minutes: 0, asked: 0, provider: (async () => first) as CredentialsProvider };
  const provider: CredentialsProvider = () => {
    state.asked += 1;
    return state.provider();
  };
  const signer = new S3Signer({ region: 'eu-central-1', credentials: provider }, () => begin + state.minutes * minute);
  const sign = async () => {
    const { url, expiresAt } = (await signer.session(900)).url({ method: 'GET', address, key: 'k' });
    const query = new URL(url).searchParams;
    const minutes = (expiresAt.getTime() - begin) / minute;
    return { credential: query.get('X-Amz-Credential'), token: query.get('X-Amz-Security-Token'), seconds: Number(query.get('X-Amz-Expires')), minutes };
  };
  return { state, signer, sign };
}

describe('credentials of a task’s role', () => {
  it('are used without waiting while they last', async () => {
    const { state, signer, sign } = stage(role('one', 60));
    await sign();
    expect(signer.session(900)).not.toBeInstanceOf(Promise);
    expect(state.asked).toBe(1);
  });

  it('are followed when they are renewed, secret and session token', async () => {
    const { state, sign } = stage(role('one', 60));
    expect(await sign()).toMatchObject({ credential: expect.stringContaining('AKIAone/'), token: 'token of one', seconds: 900 });
    state.provider = async () => role('two', 360);
    state.minutes = 56;
    expect(await sign()).toMatchObject({ credential: expect.stringContaining('AKIAtwo/'), token: 'token of two', seconds: 900 });
  });

  it('sign nothing that outlives them', async () => {
    const { state, sign } = stage(role('one', 60));
    state.minutes = 50;
    expect(await sign()).toMatchObject({ seconds: 600, minutes: 60 });
    state.minutes = 58;
    expect(await sign()).toMatchObject({ seconds: 120, minutes: 60 });
  });

  it('are used to their end while new ones cannot be had, and no longer', async () => {
    const { state, sign } = stage(role('one', 60));
    await sign();
    state.provider = () => Promise.reject(new Error('no answer'));
    state.minutes = 59;
    expect(await sign()).toMatchObject({ credential: expect.stringContaining('AKIAone/'), seconds: 60 });
    state.minutes = 60;
    await expect(sign()).rejects.toThrow('no answer');
  });

  it('that are given although they have ended sign nothing', async () => {
    const { state, sign } = stage(role('one', 60));
    state.minutes = 61;
    await expect(sign()).rejects.toThrow('have ended');
  });

  it('are asked for once, however many wait for them', async () => {
    const { state, sign } = stage(role('one', 60));
    await Promise.all([sign(), sign(), sign()]);
    expect(state.asked).toBe(1);
  });

  it('without an end last, and the day is followed', async () => {
    const { state, sign } = stage(role('one'));
    expect((await sign()).credential).toContain('/20261120/');
    state.minutes = 11;
    expect((await sign()).credential).toContain('/20261121/');
    expect(state.asked).toBe(1);
  });
});
