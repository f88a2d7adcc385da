import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketName as Bucket, startFixture, type S3Fixture } from './s3-fixture.js';

const origin = 'http://localhost:5173';
let s3: S3Fixture;
beforeAll(async () => {
  s3 = await startFixture({ buckets: [{ name: Bucket, cors: { origins: [origin, 'https://*.example.com'] } }, { name: 'ready' }] });
});
afterAll(() => s3.dispose());

const preflight = (bucket: string, headers: Record<string, string>) => fetch(`${s3.running.endpoint}/${bucket}/key`, { method: 'OPTIONS', headers });

describe('CORS', () => {
  it.each([origin, 'https://app.example.com'])('allows a PUT from %s with the headers it asks for', async (allowed) => {
    const answer = await preflight(Bucket, { origin: allowed, 'access-control-request-method': 'PUT', 'access-control-request-headers': 'content-type,x-amz-checksum-sha256' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(allowed);
    expect(answer.headers.get('access-control-allow-headers')).toBe('content-type,x-amz-checksum-sha256');
    expect(answer.headers.get('access-control-allow-methods')).toContain('PUT');
    expect(answer.headers.get('access-control-max-age')).toBe('3000');
    expect(answer.headers.get('vary')).toContain('Origin');
  });

  it.each([
    ['another origin', Bucket, { origin: 'http://evil.example', 'access-control-request-method': 'PUT' }, 403],
    ['an origin that only ends alike', Bucket, { origin: 'http://localhost:5173.evil.example', 'access-control-request-method': 'PUT' }, 403],
    ['another method', Bucket, { origin, 'access-control-request-method': 'PATCH' }, 403],
    ['a bucket without a rule', 'ready', { origin, 'access-control-request-method': 'PUT' }, 403],
    ['a request without an origin', Bucket, { 'access-control-request-method': 'PUT' }, 400],
  ])('refuses %s', async (_name, bucket, headers: Record<string, string>, status) => {
    const answer = await preflight(bucket, headers);
    expect(answer.status).toBe(status);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('lets the page read the ETag of its upload, and errors too', async () => {
    const url = await getSignedUrl(s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }), new PutObjectCommand({ Bucket, Key: 'cors' }), { expiresIn: 60 });
    const put = await fetch(url, { method: 'PUT', body: 'x', headers: { origin } });
    expect(put.status).toBe(200);
    expect(put.headers.get('access-control-allow-origin')).toBe(origin);
    expect(put.headers.get('access-control-expose-headers')).toContain('ETag');
    const refused = await fetch(`${url}x`, { method: 'PUT', body: 'x', headers: { origin } });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.headers.get('access-control-allow-origin')).toBe(origin);
  });

  it('does not reflect an origin that is not allowed', async () => {
    const url = await getSignedUrl(s3.client(), new GetObjectCommand({ Bucket, Key: 'cors' }), { expiresIn: 60 });
    const answer = await fetch(url, { headers: { origin: 'http://evil.example' } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});
