import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { createHash, createHmac } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketName as Bucket, credentials, region, startFixture, type S3Fixture } from './s3-fixture.js';

let s3: S3Fixture;
beforeAll(async () => {
  s3 = await startFixture();
});
afterAll(() => s3.dispose());

/** Signs a policy by the steps of the S3 API reference, apart from the code under test. */
function signForm(conditions: unknown[], fields: Record<string, string>, expiresInMs = 60_000): Record<string, string> {
  const timestamp = new Date().toISOString().replace(/[:-]|\.\d+/g, '');
  const date = timestamp.slice(0, 8);
  const signed = { 'x-amz-algorithm': 'AWS4-HMAC-SHA256', 'x-amz-credential': `${credentials.accessKeyId}/${date}/${region}/s3/aws4_request`, 'x-amz-date': timestamp };
  const all = [...conditions, { bucket: Bucket }, ...Object.entries(signed).map(([name, value]) => ({ [name]: value }))];
  const policy = Buffer.from(JSON.stringify({ expiration: new Date(Date.now() + expiresInMs).toISOString(), conditions: all })).toString('base64');
  const hmac = (key: Buffer | string, value: string) => createHmac('sha256', key).update(value).digest();
  const key = [date, region, 's3', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${credentials.secretAccessKey}`);
  return { ...fields, ...signed, policy, 'x-amz-signature': hmac(key, policy).toString('hex') };
}

async function post(fields: Record<string, string>, content = 'image', filename = 'photo ü.png'): Promise<{ status: number; body: string; headers: Headers }> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([content], { type: 'image/png' }), filename);
  const answer = await fetch(`${s3.running.endpoint}/${Bucket}`, { method: 'POST', body: form, redirect: 'manual' });
  return { status: answer.status, body: await answer.text(), headers: answer.headers };
}

const conditions = [['starts-with', '$key', 'in/'], ['eq', '$Content-Type', 'image/png'], ['content-length-range', 2, 10]];
const fields = { key: 'in/form', 'Content-Type': 'image/png' };
const head = (Key: string) => s3.client().send(new HeadObjectCommand({ Bucket, Key }));

describe('POST policy upload', () => {
  it('stores the file that the policy allows', async () => {
    expect(await post(signForm(conditions, fields))).toMatchObject({ status: 204 });
    expect(await head('in/form')).toMatchObject({ ContentType: 'image/png', ContentLength: 5 });
  });

  it('expands the file’s name in the key and answers as the form wants', async () => {
    const wants = { success_action_status: '201' };
    const answer = await post(signForm([...conditions, wants], { ...fields, key: 'in/${filename}', ...wants }));
    expect(answer).toMatchObject({ status: 201, body: expect.stringContaining('<Key>in/photo ü.png</Key>') });
    const redirect = { success_action_redirect: 'http://localhost/done?a=1' };
    const redirected = await post(signForm([...conditions, redirect], { ...fields, ...redirect }));
    expect(redirected.status).toBe(303);
    expect(redirected.headers.get('location')).toContain('http://localhost/done?a=1&bucket=quarantine&key=in%2Fform&etag=');
  });

  it('goes on after a refused form that ends within its file', async () => {
    const boundary = 'the-boundary';
    const part = (head: string, content: string) => `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}`;
    const parts = Object.entries(fields).map(([name, value]) => part(`name="${name}"`, `${value}\r\n`));
    const body = [...parts, part('name="file"; filename="a.png"', 'x'.repeat(100_000))].join('');
    for (let time = 0; time < 5; time++) {
      const answer = await fetch(`${s3.running.endpoint}/${Bucket}`, { method: 'POST', headers: { 'content-type': `multipart/form-data; boundary=${boundary}` }, body });
      expect([400, 403]).toContain(answer.status);
    }
    expect(await post(signForm(conditions, fields))).toMatchObject({ status: 204 });
  });

  const refusals: Array<[string, () => Record<string, string>, string, string?]> = [
    ['a key outside the policy', () => signForm(conditions, { ...fields, key: 'out/form' }), 'Policy Condition failed'],
    ['a type outside the policy', () => signForm(conditions, { ...fields, 'Content-Type': 'text/html' }), 'Policy Condition failed'],
    ['a field that the policy does not name', () => signForm(conditions, { ...fields, acl: 'public-read' }), 'Extra input fields'],
    ['an expired policy', () => signForm(conditions, fields, -1000), 'Policy expired'],
    ['another policy under the signature', () => ({ ...signForm(conditions, fields), policy: signForm([], fields)['policy'] ?? '' }), 'SignatureDoesNotMatch'],
    ['another signature', () => ({ ...signForm(conditions, fields), 'x-amz-signature': createHash('sha256').digest('hex') }), 'SignatureDoesNotMatch'],
    ['a form without a policy', () => fields, 'AccessDenied'],
    ['a file that is too large', () => signForm(conditions, fields), 'EntityTooLarge', 'x'.repeat(2_000_000)],
    ['a file that is too small', () => signForm(conditions, fields), 'EntityTooSmall', 'x'],
    ['a wrong checksum', () => {
      const checksum = { 'x-amz-checksum-sha256': createHash('sha256').update('other').digest('base64') };
      return signForm([...conditions, checksum], { ...fields, ...checksum });
    }, 'BadDigest'],
  ];

  it.each(refusals)('refuses %s and stores nothing', async (_name, form, reason, content) => {
    const folder = join(s3.dataDir, 'buckets', Bucket, 'blobs');
    const before = await readdir(folder);
    const answer = await post(form(), content);
    expect([400, 403]).toContain(answer.status);
    expect(answer.body).toContain(reason);
    expect(await readdir(folder)).toEqual(before);
    expect(await readdir(join(s3.dataDir, 'tmp'))).toEqual([]);
  });
});
