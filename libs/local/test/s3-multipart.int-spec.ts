import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketName as Bucket, startFixture, type S3Fixture } from './s3-fixture.js';

const MEBIBYTE = 1024 ** 2;
const first = Buffer.alloc(5 * MEBIBYTE, 'a');
const last = Buffer.from('the end');

let s3: S3Fixture;
const events: string[] = [];
beforeAll(async () => {
  const notify = { events: ['s3:ObjectCreated:CompleteMultipartUpload'], send: (message: { Records: readonly { eventName: string }[] }) => Promise.resolve(void events.push(message.Records[0]?.eventName ?? '')) };
  s3 = await startFixture({ buckets: [{ name: Bucket, notify }] });
});
afterAll(() => s3.dispose());

const client = () => s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
const create = async (Key: string, input: object = {}) => {
  const { UploadId } = await client().send(new CreateMultipartUploadCommand({ Bucket, Key, ...input }));
  return { Bucket, Key, UploadId };
};
const putPart = async (upload: { Bucket: string; Key: string; UploadId: string | undefined }, PartNumber: number, Body: Buffer) => {
  const { ETag, ChecksumSHA256 } = await client().send(new UploadPartCommand({ ...upload, PartNumber, Body }));
  return { PartNumber, ETag, ChecksumSHA256 };
};

describe('multipart upload', () => {
  it('puts presigned parts together, over a restart', async () => {
    const upload = await create('big', { ContentType: 'video/mp4', Metadata: { a: '1' } });
    const sign = (PartNumber: number) => getSignedUrl(client(), new UploadPartCommand({ ...upload, PartNumber }), { expiresIn: 60 });
    const one = await fetch(await sign(1), { method: 'PUT', body: first });
    await s3.restart();
    const two = await fetch(await sign(2), { method: 'PUT', body: last });
    const Parts = [one, two].map((answer, i) => ({ PartNumber: i + 1, ETag: answer.headers.get('etag') ?? '' }));
    const listed = await client().send(new ListPartsCommand(upload));
    expect(listed.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([[1, first.length], [2, last.length]]);
    const { ETag } = await client().send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    const md5 = (data: Buffer) => createHash('md5').update(data).digest();
    expect(ETag).toBe(`"${md5(Buffer.concat([md5(first), md5(last)])).toString('hex')}-2"`);
    const got = await client().send(new GetObjectCommand({ Bucket, Key: 'big' }));
    expect(got).toMatchObject({ ContentType: 'video/mp4', Metadata: { a: '1' }, ContentLength: first.length + last.length });
    expect(Buffer.concat([first, last]).equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
    expect(events).toEqual(['ObjectCreated:CompleteMultipartUpload']);
    expect(await readdir(join(s3.dataDir, 'uploads'))).toEqual([]);
  });

  it('composes the checksum of its parts’ checksums', async () => {
    const upload = await create('sums', { ChecksumAlgorithm: 'SHA256' });
    const parts = [await putPart(upload, 1, first), await putPart(upload, 2, last)];
    await client().send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: parts } }));
    const sha = (data: Buffer) => createHash('sha256').update(data).digest();
    const head = await client().send(new HeadObjectCommand({ Bucket, Key: 'sums', ChecksumMode: 'ENABLED' }));
    expect(head).toMatchObject({ ChecksumSHA256: `${sha(Buffer.concat([sha(first), sha(last)])).toString('base64')}-2`, ChecksumType: 'COMPOSITE' });
  });

  it('refuses parts that are too small, unknown, out of order, or changed', async () => {
    const upload = await create('wrong');
    const [one, two] = [await putPart(upload, 1, last), await putPart(upload, 2, last)];
    const complete = (Parts: object[]) => client().send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    await expect(complete([one, two])).rejects.toMatchObject({ name: 'EntityTooSmall' });
    await expect(complete([two, one])).rejects.toMatchObject({ name: 'InvalidPartOrder' });
    await expect(complete([{ ...one, ETag: '"0"' }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await expect(complete([{ ...one, PartNumber: 9 }])).rejects.toMatchObject({ name: 'InvalidPart' });
    await putPart(upload, 1, Buffer.from('changed'));
    await expect(complete([one])).rejects.toMatchObject({ name: 'InvalidPart' });
  });

  it('aborts, and knows the upload no more', async () => {
    const upload = await create('aborted');
    await putPart(upload, 1, last);
    const open = async () => (await client().send(new ListMultipartUploadsCommand({ Bucket, Prefix: 'aborted' }))).Uploads?.map(({ UploadId }) => UploadId);
    expect(await open()).toEqual([upload.UploadId]);
    await client().send(new AbortMultipartUploadCommand(upload));
    expect(await open()).toBeUndefined();
    await expect(putPart(upload, 2, last)).rejects.toMatchObject({ name: 'NoSuchUpload', $metadata: { httpStatusCode: 404 } });
  });

  it('keeps an upload to its own key', async () => {
    const upload = await create('mine');
    await expect(putPart({ ...upload, Key: 'yours' }, 1, last)).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  it('takes parts from another object, by ranges and only of the version that is named', async () => {
    const whole = Buffer.concat([first, last]);
    const { ETag = '' } = await client().send(new PutObjectCommand({ Bucket, Key: 'source', Body: whole }));
    const upload = await create('assembled');
    const copy = (PartNumber: number, CopySourceRange: string, CopySourceIfMatch = ETag) =>
      client().send(new UploadPartCopyCommand({ ...upload, PartNumber, CopySource: `${Bucket}/source`, CopySourceIfMatch, CopySourceRange }));
    const Parts = [];
    for (const [i, range] of [`bytes=0-${first.length - 1}`, `bytes=${first.length}-${whole.length - 1}`].entries()) {
      Parts.push({ PartNumber: i + 1, ETag: (await copy(i + 1, range)).CopyPartResult?.ETag });
    }
    await expect(copy(3, 'bytes=0-1', '"other"')).rejects.toMatchObject({ name: 'PreconditionFailed' });
    for (const range of [`bytes=0-${whole.length}`, 'bytes=5-', 'bytes=2-1', 'bytes=-1']) {
      await expect(copy(3, range)).rejects.toMatchObject({ name: 'InvalidArgument' });
    }
    await client().send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }));
    const got = await client().send(new GetObjectCommand({ Bucket, Key: 'assembled' }));
    expect(whole.equals((await got.Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(true);
  });

  it('does not overwrite under If-None-Match: *', async () => {
    for (const [i, expected] of ['fulfilled', 'rejected'].entries()) {
      const upload = await create('only-once');
      const part = await putPart(upload, 1, Buffer.from(`${i}`));
      const [result] = await Promise.allSettled([client().send(new CompleteMultipartUploadCommand({ ...upload, IfNoneMatch: '*', MultipartUpload: { Parts: [part] } }))]);
      expect(result.status).toBe(expected);
    }
  });
});
