import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { EnvironmentSecretsProvider, secretVariable } from './environment-secrets-provider.js';

const schema = z.object({ password: z.string() });
const provider = new EnvironmentSecretsProvider({
  ATRIUM_SECRET_AUTH_DATABASE: '{"password":"current"}',
  ATRIUM_SECRET_AUTH_DATABASE_AWSPENDING: '{"password":"pending"}',
  ATRIUM_SECRET_BROKEN: '{"password": topsecret',
  ATRIUM_SECRET_WRONG: '{"password": 12345678}',
});

describe('EnvironmentSecretsProvider', () => {
  it('names variables after secrets and stages', () => {
    expect(secretVariable('atrium/auth/database')).toBe('ATRIUM_SECRET_AUTH_DATABASE');
    expect(secretVariable('atrium/auth/signing-keys', 'AWSPREVIOUS')).toBe('ATRIUM_SECRET_AUTH_SIGNING_KEYS_AWSPREVIOUS');
  });

  it('gives the stage that is asked for', async () => {
    expect(await provider.getJson('atrium/auth/database', schema)).toEqual({ password: 'current' });
    expect(await provider.getJson('atrium/auth/database', schema, { stage: 'AWSPENDING' })).toEqual({ password: 'pending' });
    expect(await provider.getVersion('atrium/auth/database', 'AWSPENDING', schema)).toEqual({ password: 'pending' });
  });

  it('lists the versions that are set', async () => {
    const versions = await provider.listVersions('atrium/auth/database');
    expect(versions.map(({ versionId }) => versionId)).toEqual(['AWSCURRENT', 'AWSPENDING']);
  });

  it('says which variable is missing', async () => {
    await expect(provider.getJson('atrium/users/database', schema)).rejects.toMatchObject({
      reason: 'missing',
      message: 'Secret atrium/users/database: set ATRIUM_SECRET_USERS_DATABASE to its JSON',
    });
  });

  it('never shows a value in an error', async () => {
    const broken: unknown = await provider.getJson('atrium/broken', schema).catch((error: unknown) => error);
    const wrong: unknown = await provider.getJson('atrium/wrong', schema).catch((error: unknown) => error);
    expect(broken).toMatchObject({ reason: 'invalid' });
    expect(broken).not.toHaveProperty('cause');
    expect(String(broken)).not.toContain('topsecret');
    expect(String(wrong)).toBe('SecretError: Secret atrium/wrong: these fields are missing or not valid: password');
  });
});
