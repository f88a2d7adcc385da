import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, ListMultipartUploadsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type RunningS3, startS3 } from '@atrium/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyInParts } from '../src/storage/copy-in-parts.js';

const credentials = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'local-secret' };
const mebibyte = 1024 ** 2;
/** Three parts of which the last is short. */
const bytes = Buffer.concat([Buffer.alloc(5 * mebibyte, 'a'), Buffer.alloc(5 * mebibyte, 'b'), Buffer.from('the end')]);
const dataDir = mkdtempSync(join(tmpdir(), 'atrium-copy-'));
let s3: RunningS3;
let client: S3Client;

beforeAll(async () => {
  s3 = await startS3({ dataDir, port: 0, credentials, region: 'eu-central-1', buckets: [{ name: 'quarantine' }, { name: 'ready' }] });
  client = new S3Client({ endpoint: s3.endpoint, region: 'eu-central-1', credentials, forcePathStyle: true });
});
afterAll(async () => {
  client.destroy();
  await s3.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

const store = async (): Promise<string> => (await client.send(new PutObjectCommand({ Bucket: 'quarantine', Key: 'k', Body: bytes }))).ETag ?? '';
const copy = (etag: string) =>
  copyInParts(client, { source: 'quarantine/k', etag, size: bytes.length, bucket: 'ready', key: 'k', contentType: 'video/mp4' }, 5 * mebibyte);

describe('an object that is too large to be copied at once', () => {
  it('is copied in parts, with its type, and is saved by browsers', async () => {
    await copy(await store());
    const got = await client.send(new GetObjectCommand({ Bucket: 'ready', Key: 'k' }));
    expect(got).toMatchObject({ ContentType: 'video/mp4', ContentDisposition: 'attachment', ContentLength: bytes.length });
    expect(bytes.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  it('is not copied when it has changed, and no parts are left', async () => {
    await store();
    await expect(copy('"another"')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    expect((await client.send(new ListMultipartUploadsCommand({ Bucket: 'ready' }))).Uploads).toBeUndefined();
  });
});
