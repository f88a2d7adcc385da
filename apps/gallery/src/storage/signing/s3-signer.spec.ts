import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import * as fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type BucketAddress, resolveBucketAddress } from './bucket-address.js';
import type { RequestToSign } from './presigned-url.js';
import { S3Signer } from './s3-signer.js';
import type { AwsCredentials } from './signing-credentials.js';

const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
// A key that is a relative path is resolved by the SDK's URL parser; ours are never.
const key = fc.oneof(text, fc.uuid(), fc.array(text, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/')));
const headerValue = fc.string({ unit: fc.constantFrom(...'abcXYZ019 -_=;"/+*.,'), minLength: 1, maxLength: 40 }).filter((value) => value.trim() !== '');
const base64 = fc.uint8Array({ minLength: 16, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64'));

const place = fc
  .record({
    region: fc.constantFrom('eu-central-1', 'us-east-1', 'cn-north-1', 'us-gov-west-1'),
    bucket: fc.constantFrom('quarantine', 'my-bucket-42', 'with.dots.example'),
    publicEndpoint: fc.constantFrom(undefined, 'http://127.0.0.1:9000', 'https://s3.example.com', 'https://s3.example.com:8443', 'http://localhost'),
    forcePathStyle: fc.boolean(),
  })
  // An address before which no name can stand.
  .filter(({ bucket, publicEndpoint, forcePathStyle }) => forcePathStyle || !(publicEndpoint?.includes('127.') && bucket.includes('.')));
const credentials = fc.record({
  accessKeyId: fc.string({ unit: fc.constantFrom(...'AKIASTUVWXYZ234567'), minLength: 16, maxLength: 20 }),
  secretAccessKey: fc.string({ unit: fc.constantFrom(...'abcXYZ019+/'), minLength: 40, maxLength: 40 }),
  sessionToken: fc.option(base64, { nil: undefined }),
});
/** Milliseconds; years of four digits. */
const moment = fc.integer({ min: 946_684_800_000, max: 4_102_444_800_000 });
const seconds = fc.integer({ min: 1, max: 604_800 });

type SdkOptions = NonNullable<Parameters<typeof getSignedUrl>[2]>;
interface Case {
  readonly request: Omit<RequestToSign, 'address'>;
  readonly bySdk: (client: S3Client, Bucket: string, options: SdkOptions) => Promise<string>;
}
const commandCase: fc.Arbitrary<Case> = fc
  .record({ key, type: headerValue, disposition: text, size: fc.integer({ min: 1, max: 2 ** 52 }), sum: base64, uploadId: text, part: fc.integer({ min: 1, max: 10_000 }) })
  .chain(({ key: Key, type, disposition, size, sum, uploadId, part }) =>
    fc.constantFrom<Case>(
      {
        request: {
          method: 'PUT', key: Key, query: { 'x-id': 'PutObject' },
          headers: { 'content-type': type, 'content-length': `${size}`, 'x-amz-checksum-sha256': sum, 'if-none-match': '*' },
        },
        bySdk: (client, Bucket, options) => getSignedUrl(client, new PutObjectCommand({ Bucket, Key, ContentType: type, ContentLength: size, ChecksumSHA256: sum, IfNoneMatch: '*' }), options),
      },
      {
        request: { method: 'GET', key: Key, query: { 'response-content-type': type, 'response-content-disposition': disposition, 'x-id': 'GetObject' } },
        bySdk: (client, Bucket, options) => getSignedUrl(client, new GetObjectCommand({ Bucket, Key, ResponseContentType: type, ResponseContentDisposition: disposition }), options),
      },
      {
        request: {
          method: 'PUT', key: Key, query: { partNumber: `${part}`, uploadId, 'x-id': 'UploadPart' },
          headers: { 'content-length': `${size}`, 'content-md5': sum },
        },
        bySdk: (client, Bucket, options) => getSignedUrl(client, new UploadPartCommand({ Bucket, Key, UploadId: uploadId, PartNumber: part, ContentLength: size, ContentMD5: sum }), options),
      },
      {
        request: { method: 'GET', key: Key, query: { uploadId, 'x-id': 'ListParts' } },
        bySdk: (client, Bucket, options) => getSignedUrl(client, new ListPartsCommand({ Bucket, Key, UploadId: uploadId }), options),
      },
      {
        request: { method: 'POST', key: Key, query: { uploadId }, headers: { 'if-none-match': '*' } },
        bySdk: (client, Bucket, options) => getSignedUrl(client, new CompleteMultipartUploadCommand({ Bucket, Key, UploadId: uploadId, IfNoneMatch: '*' }), options),
      },
      {
        request: { method: 'DELETE', key: Key, query: { uploadId, 'x-id': 'AbortMultipartUpload' } },
        bySdk: (client, Bucket, options) => getSignedUrl(client, new AbortMultipartUploadCommand({ Bucket, Key, UploadId: uploadId }), options),
      },
    ),
  );

type Place = typeof place extends fc.Arbitrary<infer P> ? P : never;
const clientOf = ({ region, publicEndpoint, forcePathStyle }: Place, identity: AwsCredentials): S3Client =>
  new S3Client({
    region, forcePathStyle, credentials: identity,
    requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED',
    ...(publicEndpoint === undefined ? {} : { endpoint: publicEndpoint }),
  });
const addresses = new Map<string, Promise<BucketAddress>>();
/** Each place is resolved once, as by the service. */
function addressOf(where: Place): Promise<BucketAddress> {
  const name = JSON.stringify(where);
  const known = addresses.get(name) ?? resolveBucketAddress(where.bucket, where);
  addresses.set(name, known);
  return known;
}
const signerOf = ({ region }: Place, identity: AwsCredentials, at: number): S3Signer =>
  new S3Signer({ region, credentials: () => Promise.resolve(identity) }, () => at);

afterEach(() => vi.useRealTimers());

describe('signing', () => {
  it('makes the URLs that the SDK makes, whatever is signed', async () => {
    await fc.assert(
      fc.asyncProperty(place, credentials, commandCase, moment, seconds, async (where, identity, { request, bySdk }, at, expiresIn) => {
        const address = await addressOf(where);
        const { url } = (await signerOf(where, identity, at).session(expiresIn)).url({ ...request, address });
        const theirs = await bySdk(clientOf(where, identity), where.bucket, {
          expiresIn,
          signingDate: new Date(at),
          // Beside type and length of a PUT, which the SDK signs only when told to.
          ...(request.headers?.['content-type'] === undefined ? {} : { signableHeaders: new Set(['content-type']) }),
          unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
        });
        expect(url).toBe(theirs);
      }),
      { numRuns: 2_000 },
    );
  }, 120_000);

  it('makes the forms that the SDK makes, whatever is signed', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const form = fc.record({ key: key.filter((name) => !name.endsWith('${filename}')), type: headerValue, size: fc.integer({ min: 1, max: 2 ** 33 }), sum: base64 });
    await fc.assert(
      fc.asyncProperty(place, credentials, form, moment, seconds, async (where, identity, { key: Key, type, size, sum }, at, Expires) => {
        vi.setSystemTime(at);
        const fields = { 'Content-Type': type, 'x-amz-checksum-sha256': sum };
        const address = await addressOf(where);
        const ours = (await signerOf(where, identity, at).session(Expires)).form(address, { key: Key, fields, size });
        const Conditions = [['content-length-range' as const, size, size] as ['content-length-range', number, number]];
        const theirs = await createPresignedPost(clientOf(where, identity), { Bucket: where.bucket, Key, Conditions, Fields: fields, Expires });
        expect({ url: ours.url, fields: ours.fields }).toEqual(theirs);
        expect(Object.keys(ours.fields)).toEqual(Object.keys(theirs.fields));
      }),
      { numRuns: 1_000 },
    );
  }, 120_000);
});
