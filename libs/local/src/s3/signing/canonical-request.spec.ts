import { describe, expect, it } from 'vitest';
import type { S3Request } from '../protocol/s3-request.js';
import { canonicalRequest } from './canonical-request.js';
import { signCanonicalRequest } from './signing-key.js';

// The examples of the S3 API reference: "Signature calculations for the Authorization header" and "… query parameters".
const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const timestamp = '20130524T000000Z';
const scope = { date: '20130524', region: 'us-east-1', service: 's3' };
const host = 'examplebucket.s3.amazonaws.com';
const emptyHash = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

function signatureOf(request: Partial<S3Request>, headers: Record<string, string>, payloadHash = emptyHash): string {
  const full: S3Request = {
    method: 'GET',
    path: '/',
    bucket: undefined,
    key: undefined,
    query: [],
    ...request,
    headers: new Map(Object.entries(headers)),
  };
  return signCanonicalRequest(canonicalRequest(full, Object.keys(headers).sort(), payloadHash), timestamp, scope, secret);
}

const signed = { host, 'x-amz-content-sha256': emptyHash, 'x-amz-date': timestamp };

describe('the signature of AWS’s own example', () => {
  it('GET Object', () => {
    expect(signatureOf({ path: '/test.txt' }, { ...signed, range: 'bytes=0-9' })).toBe(
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    );
  });

  it('PUT Object', () => {
    const hash = '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072';
    const headers = {
      ...signed,
      'x-amz-content-sha256': hash,
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    };
    expect(signatureOf({ method: 'PUT', path: '/test$file.text' }, headers, hash)).toBe(
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    );
  });

  it('GET Bucket lifecycle', () => {
    expect(signatureOf({ query: [['lifecycle', '']] }, signed)).toBe('fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543');
  });

  it('GET Bucket (list objects)', () => {
    expect(
      signatureOf(
        {
          query: [
            ['prefix', 'J'],
            ['max-keys', '2'],
          ],
        },
        signed,
      ),
    ).toBe('34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7');
  });

  it('presigned GET', () => {
    const query: S3Request['query'] = [
      ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
      ['X-Amz-Credential', 'AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request'],
      ['X-Amz-Date', timestamp],
      ['X-Amz-Expires', '86400'],
      ['X-Amz-SignedHeaders', 'host'],
      ['X-Amz-Signature', 'left out of what is signed'],
    ];
    expect(signatureOf({ path: '/test.txt', query }, { host }, 'UNSIGNED-PAYLOAD')).toBe(
      'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
    );
  });
});
