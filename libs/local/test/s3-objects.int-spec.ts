import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketName as Bucket, startFixture, type S3Fixture } from './s3-fixture.js';

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('base64');

let s3: S3Fixture;
beforeAll(async () => {
  s3 = await startFixture();
});
afterAll(() => s3.dispose());

describe.each(['WHEN_SUPPORTED', 'WHEN_REQUIRED'] as const)('objects, with the SDK calculating checksums %s', (mode) => {
  const client = () => s3.client({ requestChecksumCalculation: mode });

  it('gives back bytes, type and metadata as they were put', async () => {
    const Key = `${mode}/über uns/a+b %41.txt`;
    const put = await client().send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ContentType: 'text/plain', CacheControl: 'no-store', Metadata: { asset: '42' } }));
    const got = await client().send(new GetObjectCommand({ Bucket, Key }));
    expect(await got.Body?.transformToString()).toBe('hello');
    expect(got).toMatchObject({ ContentType: 'text/plain', CacheControl: 'no-store', Metadata: { asset: '42' }, ETag: put.ETag, ContentLength: 5 });
    expect(put.ETag).toBe(`"${createHash('md5').update('hello').digest('hex')}"`);
  });

  it('takes a stream whose length is known', async () => {
    const Body = Readable.from([Buffer.alloc(300_000, 'a'), Buffer.alloc(300_000, 'b')]);
    await client().send(new PutObjectCommand({ Bucket, Key: `${mode}/stream`, Body, ContentLength: 600_000 }));
    const got = await client().send(new GetObjectCommand({ Bucket, Key: `${mode}/stream` }));
    const bytes = await got.Body?.transformToByteArray();
    expect(bytes?.length).toBe(600_000);
    expect(got.ContentEncoding).toBeUndefined();
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)('keeps a %s checksum and shows it on request', async (ChecksumAlgorithm) => {
    const Key = `${mode}/${ChecksumAlgorithm}`;
    const Body = Readable.from([Buffer.from('check'), Buffer.from('sum')]);
    await client().send(new PutObjectCommand({ Bucket, Key, Body, ContentLength: 8, ChecksumAlgorithm }));
    const head = await client().send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head[`Checksum${ChecksumAlgorithm}`]).toBeTypeOf('string');
    const got = await client().send(new GetObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(await got.Body?.transformToString()).toBe('checksum');
  });
});

describe('checks of a body', () => {
  const folders = async (): Promise<string[]> => [
    ...(await readdir(join(s3.dataDir, 'tmp'))),
    ...(await readdir(join(s3.dataDir, 'buckets', Bucket, 'blobs'))),
  ];

  it.each([
    ['ChecksumSHA256', { ChecksumSHA256: sha256('other') }, 'BadDigest'],
    ['ContentMD5', { ContentMD5: createHash('md5').update('other').digest('base64') }, 'BadDigest'],
    ['ContentMD5 that is none', { ContentMD5: 'bm9uZQ==' }, 'InvalidDigest'],
    ['ChecksumSHA256 that is none', { ChecksumSHA256: 'bm9uZQ==' }, 'InvalidRequest'],
  ])('refuses a wrong %s and stores nothing', async (_name, input, code) => {
    const before = await folders();
    const client = s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'wrong', Body: 'body', ...input }))).rejects.toMatchObject({ name: code, $metadata: { httpStatusCode: 400 } });
    await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'wrong' }))).rejects.toMatchObject({ name: 'NotFound' });
    expect(await folders()).toEqual(before);
  });

  it('creates once only under If-None-Match: *', async () => {
    const put = (Body: string) => s3.client().send(new PutObjectCommand({ Bucket, Key: 'once', Body, IfNoneMatch: '*' }));
    const results = await Promise.allSettled([put('a'), put('b'), put('c')]);
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1);
    await expect(put('d')).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
  });

  it('replaces only the version that If-Match names', async () => {
    const client = s3.client();
    const first = await client.send(new PutObjectCommand({ Bucket, Key: 'versioned', Body: '1' }));
    await client.send(new PutObjectCommand({ Bucket, Key: 'versioned', Body: '2', IfMatch: first.ETag }));
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'versioned', Body: '3', IfMatch: first.ETag }))).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });
});

describe('reading', () => {
  beforeAll(() => s3.client().send(new PutObjectCommand({ Bucket, Key: 'digits', Body: '0123456789', ContentType: 'text/plain' })));

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ])('answers %s with that part', async (Range, text, ContentRange) => {
    const got = await s3.client().send(new GetObjectCommand({ Bucket, Key: 'digits', Range }));
    expect(await got.Body?.transformToString()).toBe(text);
    expect(got).toMatchObject({ ContentRange, $metadata: { httpStatusCode: 206 } });
  });

  it('answers a range beyond the end with 416', async () => {
    await expect(s3.client().send(new GetObjectCommand({ Bucket, Key: 'digits', Range: 'bytes=10-' }))).rejects.toMatchObject({ name: 'InvalidRange', $metadata: { httpStatusCode: 416 } });
  });

  it('answers 304 to a fresh copy and 412 to another version', async () => {
    const { ETag, LastModified } = await s3.client().send(new HeadObjectCommand({ Bucket, Key: 'digits' }));
    const get = (input: object) => s3.client().send(new GetObjectCommand({ Bucket, Key: 'digits', ...input }));
    await expect(get({ IfNoneMatch: ETag })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get({ IfModifiedSince: LastModified })).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
    await expect(get({ IfMatch: '"0"' })).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  });

  it('names what is missing', async () => {
    await expect(s3.client().send(new GetObjectCommand({ Bucket, Key: 'no' }))).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
    await expect(s3.client().send(new GetObjectCommand({ Bucket: 'no-bucket', Key: 'no' }))).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

describe('copying', () => {
  it('keeps checksum, type and metadata, and holds to the source version', async () => {
    const client = s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    const Key = 'from/ä b+c.txt';
    const put = await client.send(new PutObjectCommand({ Bucket, Key, Body: 'copy me', ContentType: 'text/x', Metadata: { a: '1' }, ChecksumSHA256: sha256('copy me') }));
    const copy = { Bucket: 'ready', Key: 'to', CopySource: `${Bucket}/${encodeURIComponent(Key)}` };
    await expect(client.send(new CopyObjectCommand({ ...copy, CopySourceIfMatch: '"other"' }))).rejects.toMatchObject({ name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } });
    const copied = await client.send(new CopyObjectCommand({ ...copy, CopySourceIfMatch: put.ETag }));
    expect(copied.CopyObjectResult).toMatchObject({ ETag: put.ETag, ChecksumSHA256: sha256('copy me') });
    expect(await client.send(new HeadObjectCommand({ Bucket: 'ready', Key: 'to', ChecksumMode: 'ENABLED' }))).toMatchObject({ ContentType: 'text/x', Metadata: { a: '1' }, ChecksumSHA256: sha256('copy me') });
  });

  it('replaces the metadata on itself when told', async () => {
    const client = s3.client();
    await client.send(new PutObjectCommand({ Bucket, Key: 'self', Body: 'x', Metadata: { a: '1' } }));
    const copy = { Bucket, Key: 'self', CopySource: `${Bucket}/self` };
    await expect(client.send(new CopyObjectCommand(copy))).rejects.toMatchObject({ name: 'InvalidRequest' });
    await client.send(new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE', Metadata: { b: '2' }, ContentType: 'image/png' }));
    expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'self' }))).toMatchObject({ Metadata: { b: '2' }, ContentType: 'image/png' });
  });
});

describe('listing and deleting', () => {
  const list = { Bucket: 'listed' };
  const keys = ['a/1', 'a/2', 'a/b/3', 'a<&>.txt', 'b', '\u{e000}', '\u{10000}'];
  beforeAll(async () => {
    await s3.client().send(new CreateBucketCommand(list));
    for (const Key of [...keys].reverse()) await s3.client().send(new PutObjectCommand({ ...list, Key, Body: Key }));
  });

  it('lists in UTF-8 order, page by page', async () => {
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.client().send(new ListObjectsV2Command({ ...list, MaxKeys: 2, ContinuationToken }));
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken);
    expect(seen).toEqual(keys);
  });

  it('rolls keys up at the delimiter, over pages too', async () => {
    const page = await s3.client().send(new ListObjectsV2Command({ ...list, Delimiter: '/', MaxKeys: 1 }));
    expect(page).toMatchObject({ CommonPrefixes: [{ Prefix: 'a/' }], KeyCount: 1, IsTruncated: true });
    const next = await s3.client().send(new ListObjectsV2Command({ ...list, Delimiter: '/', ContinuationToken: page.NextContinuationToken }));
    expect(next.Contents?.map(({ Key }) => Key)).toEqual(keys.slice(3));
    const inner = await s3.client().send(new ListObjectsV2Command({ ...list, Delimiter: '/', Prefix: 'a/' }));
    expect(inner).toMatchObject({ Contents: [{ Key: 'a/1' }, { Key: 'a/2' }], CommonPrefixes: [{ Prefix: 'a/b/' }] });
  });

  it('deletes one, many, and what is not there', async () => {
    await s3.client().send(new DeleteObjectCommand({ ...list, Key: 'b' }));
    await s3.client().send(new DeleteObjectCommand({ ...list, Key: 'b' }));
    const deleted = await s3.client().send(new DeleteObjectsCommand({ ...list, Delete: { Objects: [{ Key: 'a<&>.txt' }, { Key: 'a/1' }, { Key: 'none' }] } }));
    expect(deleted.Deleted?.map(({ Key }) => Key)).toEqual(['a<&>.txt', 'a/1', 'none']);
    const left = await s3.client().send(new ListObjectsV2Command(list));
    expect(left.Contents?.map(({ Key }) => Key)).toEqual(['a/2', 'a/b/3', '\u{e000}', '\u{10000}']);
  });

  it('knows which buckets exist', async () => {
    await s3.client().send(new HeadBucketCommand(list));
    await expect(s3.client().send(new HeadBucketCommand({ Bucket: 'nowhere' }))).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    await expect(s3.client().send(new CreateBucketCommand(list))).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou' });
  });
});
