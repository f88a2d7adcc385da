import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient, UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { findFreePort, startSecretsManager, type RunningSecretsManager } from '@atrium/local';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { SecretsManagerProvider } from '@atrium/platform/secrets';

const schema = z.object({ password: z.string() });
const json = (password: string): string => JSON.stringify({ password });

describe('SecretsManagerProvider', () => {
  let dataDir: string;
  let port: number;
  let manager: RunningSecretsManager;
  let writer: SecretsManagerClient;
  let provider: SecretsManagerProvider;
  let now = Date.now();
  let id = '';
  let count = 0;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'atrium-secrets-'));
    port = await findFreePort();
    manager = await startSecretsManager({ port, dataDir });
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    writer = new SecretsManagerClient({ region: 'eu-central-1' });
  });
  afterAll(async () => {
    writer.destroy();
    await manager.stop();
    vi.unstubAllEnvs();
    await rm(dataDir, { recursive: true, force: true });
  });
  beforeEach(async () => {
    count += 1;
    id = `atrium/test/${count}`;
    await writer.send(new CreateSecretCommand({ Name: id, SecretString: json('first') }));
    provider = new SecretsManagerProvider({ region: 'eu-central-1', now: () => now });
  });

  const put = (password: string, stage = 'AWSCURRENT') =>
    writer.send(new PutSecretValueCommand({ SecretId: id, SecretString: json(password), VersionStages: [stage] }));

  it('reads the current version and serves it from memory for a minute', async () => {
    expect(await provider.getJson(id, schema)).toEqual({ password: 'first' });
    await put('second');
    expect(await provider.getJson(id, schema)).toEqual({ password: 'first' });
    now += 60_000;
    expect(await provider.getJson(id, schema)).toEqual({ password: 'second' });
  });

  it('reads past the cache when told to', async () => {
    await provider.getJson(id, schema);
    await put('second');
    expect(await provider.getJson(id, schema, { refresh: true })).toEqual({ password: 'second' });
    expect(await provider.getJson(id, schema)).toEqual({ password: 'second' });
  });

  it('follows the stages of a rotation', async () => {
    const pending = await put('second', 'AWSPENDING');
    expect(await provider.getJson(id, schema, { stage: 'AWSPENDING' })).toEqual({ password: 'second' });
    const versions = await provider.listVersions(id);
    const current = versions.find(({ stages }) => stages.includes('AWSCURRENT'));
    expect(versions.find(({ versionId }) => versionId === pending.VersionId)?.stages).toEqual(['AWSPENDING']);
    await writer.send(new UpdateSecretVersionStageCommand({
      SecretId: id, VersionStage: 'AWSCURRENT', MoveToVersionId: pending.VersionId, RemoveFromVersionId: current?.versionId,
    }));
    expect(await provider.getJson(id, schema)).toEqual({ password: 'second' });
    expect(await provider.getJson(id, schema, { stage: 'AWSPREVIOUS' })).toEqual({ password: 'first' });
    expect(await provider.getVersion(id, current?.versionId ?? '', schema)).toEqual({ password: 'first' });
  });

  it('names a missing secret and an offending field, never a value', async () => {
    await expect(provider.getJson('atrium/nowhere', schema)).rejects.toMatchObject({ reason: 'missing' });
    const other = z.object({ user: z.string() });
    await expect(provider.getJson(id, other)).rejects.toMatchObject({ reason: 'invalid', message: expect.stringContaining('user') });
  });

  it('serves the last known value while the store is down, and the new one afterwards', async () => {
    await provider.getJson(id, schema);
    await manager.stop();
    now += 3_600_000;
    expect(await provider.getJson(id, schema)).toEqual({ password: 'first' });
    await expect(provider.getJson(id, schema, { refresh: true })).rejects.toMatchObject({ reason: 'unavailable' });
    await expect(provider.getJson('atrium/never-read', schema)).rejects.toMatchObject({ reason: 'unavailable' });
    manager = await startSecretsManager({ port, dataDir });
    await put('second');
    now += 5_000;
    expect(await provider.getJson(id, schema)).toEqual({ password: 'second' });
  });
});
