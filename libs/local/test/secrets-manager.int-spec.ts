import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand, DeleteSecretCommand, DescribeSecretCommand, GetSecretValueCommand, ListSecretsCommand, ListSecretVersionIdsCommand,
  PutSecretValueCommand, RestoreSecretCommand, SecretsManagerClient, UpdateSecretCommand, UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSecretsManager, type RunningSecretsManager } from '../src/secrets-manager/index.js';

let dataDir: string;
let manager: RunningSecretsManager;
let client: SecretsManagerClient;

async function start(): Promise<void> {
  manager = await startSecretsManager({ port: 0, dataDir });
  client = new SecretsManagerClient({ endpoint: manager.endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
}
async function stop(): Promise<void> {
  client.destroy();
  await manager.stop();
}
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'atrium-secrets-'));
  await start();
});
afterEach(async () => {
  await stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const SecretId = 'atrium/jwt';
const create = (SecretString = 'one') => client.send(new CreateSecretCommand({ Name: SecretId, SecretString }));
const get = (input: { VersionId?: string; VersionStage?: string } = {}) => client.send(new GetSecretValueCommand({ SecretId, ...input }));
const put = (SecretString: string, more: { ClientRequestToken?: string; VersionStages?: string[] } = {}) => client.send(new PutSecretValueCommand({ SecretId, SecretString, ...more }));

describe('the local secrets manager, through the AWS SDK', () => {
  it('gives the current value by name and by ARN, string and binary', async () => {
    const { ARN, VersionId } = await create();
    expect(await client.send(new GetSecretValueCommand({ SecretId: ARN }))).toMatchObject({ Name: SecretId, ARN, SecretString: 'one', VersionId, VersionStages: ['AWSCURRENT'], CreatedDate: expect.any(Date) });
    await client.send(new CreateSecretCommand({ Name: 'binary', SecretBinary: Buffer.from([0, 255, 1]) }));
    expect([...((await client.send(new GetSecretValueCommand({ SecretId: 'binary' }))).SecretBinary ?? [])]).toEqual([0, 255, 1]);
  });

  it('makes the former current version the previous one at each put', async () => {
    await create();
    await put('two');
    await put('three');
    expect((await get()).SecretString).toBe('three');
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('two');
    const { Versions } = await client.send(new ListSecretVersionIdsCommand({ SecretId, IncludeDeprecated: true }));
    expect(Versions).toHaveLength(3);
    expect((await client.send(new ListSecretVersionIdsCommand({ SecretId }))).Versions).toHaveLength(2);
  });

  it('rotates as Lambda rotations do: AWSPENDING beside the current version, then moved to it', async () => {
    const first = await create();
    const pending = randomUUID();
    await put('next', { ClientRequestToken: pending, VersionStages: ['AWSPENDING'] });
    expect((await get()).SecretString).toBe('one');
    expect((await get({ VersionId: pending, VersionStage: 'AWSPENDING' })).SecretString).toBe('next');
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: pending, RemoveFromVersionId: first.VersionId }));
    await client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSPENDING', RemoveFromVersionId: pending }));
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId }));
    expect(VersionIdsToStages).toEqual({ [pending]: ['AWSCURRENT'], [first.VersionId ?? '']: ['AWSPREVIOUS'] });
  });

  it('takes the same request token once, and refuses it with another value', async () => {
    await create();
    const ClientRequestToken = randomUUID();
    const first = await put('two', { ClientRequestToken });
    await put('three');
    expect((await put('two', { ClientRequestToken })).VersionId).toBe(first.VersionId);
    expect((await get()).SecretString).toBe('three');
    await expect(put('other', { ClientRequestToken })).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('updates description and value', async () => {
    await create();
    await client.send(new UpdateSecretCommand({ SecretId, Description: 'signing keys', SecretString: 'two' }));
    expect(await client.send(new DescribeSecretCommand({ SecretId }))).toMatchObject({ Description: 'signing keys', CreatedDate: expect.any(Date) });
    expect((await get()).SecretString).toBe('two');
  });

  it('lists by name prefix, page by page', async () => {
    for (const Name of ['a/1', 'a/2', 'b/1']) await client.send(new CreateSecretCommand({ Name, SecretString: 'x' }));
    const Filters = [{ Key: 'name' as const, Values: ['a/'] }];
    const first = await client.send(new ListSecretsCommand({ Filters, MaxResults: 1 }));
    const second = await client.send(new ListSecretsCommand({ Filters, MaxResults: 1, NextToken: first.NextToken }));
    expect([...(first.SecretList ?? []), ...(second.SecretList ?? [])].map(({ Name }) => Name)).toEqual(['a/1', 'a/2']);
    expect(second.NextToken).toBeUndefined();
  });

  it('hides a deleted secret until it is restored, and forgets one deleted by force', async () => {
    await create();
    await client.send(new DeleteSecretCommand({ SecretId }));
    await expect(get()).rejects.toMatchObject({ name: 'InvalidRequestException' });
    expect((await client.send(new ListSecretsCommand({}))).SecretList).toEqual([]);
    await expect(create()).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await client.send(new RestoreSecretCommand({ SecretId }));
    expect((await get()).SecretString).toBe('one');
    await client.send(new DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }));
    await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await create('anew');
  });

  it("names its errors as AWS does", async () => {
    await expect(get()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    const { VersionId } = await create();
    await expect(create()).rejects.toMatchObject({ name: 'ResourceExistsException' });
    await expect(get({ VersionStage: 'AWSPENDING' })).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(get({ VersionId, VersionStage: 'AWSPENDING' })).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(put('x', { ClientRequestToken: 'short' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await expect(client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', RemoveFromVersionId: VersionId }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
    await put('two');
    await expect(client.send(new UpdateSecretVersionStageCommand({ SecretId, VersionStage: 'AWSCURRENT', MoveToVersionId: VersionId }))).rejects.toMatchObject({ name: 'InvalidParameterException' });
  });

  it('has every acknowledged version after a restart, in a file that only its owner reads', async () => {
    await create();
    await put('two');
    await stop();
    await start();
    expect((await get()).SecretString).toBe('two');
    expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('one');
    expect(statSync(join(dataDir, 'secrets.json')).mode & 0o777).toBe(0o600);
  });

  it('is not shaken by an unfinished write, and says what to do about a damaged file', async () => {
    await create();
    writeFileSync(join(dataDir, 'secrets.json.new'), '{"secrets":[');
    await stop();
    await start();
    expect((await get()).SecretString).toBe('one');
    const other = mkdtempSync(join(tmpdir(), 'atrium-secrets-'));
    writeFileSync(join(other, 'secrets.json'), 'damaged');
    await expect(startSecretsManager({ port: 0, dataDir: other })).rejects.toThrow(/restore the file or move it away/);
    rmSync(other, { recursive: true, force: true });
  });

  it('answers no web page: a foreign host, and a form of a browser, are refused', async () => {
    expect((await fetch(manager.endpoint, { method: 'POST', headers: { 'content-type': 'text/plain', 'x-amz-target': 'secretsmanager.ListSecrets' }, body: '{}' })).status).toBeGreaterThanOrEqual(400);
    expect((await fetch(manager.endpoint, { method: 'OPTIONS', headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' } })).headers.get('access-control-allow-origin')).toBeNull();
  });

  it('names the port that is in use', async () => {
    await expect(startSecretsManager({ port: Number(new URL(manager.endpoint).port), dataDir })).rejects.toThrow(/for the secrets manager is in use/);
  });
});
