import { CopyObjectCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bucketName as Bucket, credentials, startFixture, type S3Fixture } from './s3-fixture.js';

let s3: S3Fixture;
let now: number | undefined;
beforeAll(async () => {
  s3 = await startFixture({ now: () => now ?? Date.now() });
});
afterAll(() => s3.dispose());

interface SentRequest {
  method: string;
  /** Path and query, sent as they are. */
  target: string;
  headers: Record<string, string>;
  body: string;
}

function send({ method, target, headers, body }: SentRequest): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(s3.running.endpoint);
    const outgoing: OutgoingHttpHeaders = { host: `${hostname}:${port}`, 'content-length': Buffer.byteLength(body), ...headers };
    const sent = httpRequest({ hostname, port, method, path: target, headers: outgoing, setHost: false, agent: false }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const sha256 = (body: string): string => createHash('sha256').update(body).digest('base64');

/** What the gallery asks a client to send: type, length, checksum and no overwriting, all signed. */
async function signPut(put: { key: string; contentType: string; body: string; expiresIn: number }, signingDate?: Date): Promise<SentRequest> {
  const headers = {
    'content-type': put.contentType,
    'content-length': `${Buffer.byteLength(put.body)}`,
    'x-amz-checksum-sha256': sha256(put.body),
    'if-none-match': '*',
  };
  const command = new PutObjectCommand({
    Bucket,
    Key: put.key,
    ContentType: put.contentType,
    ContentLength: Buffer.byteLength(put.body),
    ChecksumSHA256: headers['x-amz-checksum-sha256'],
    IfNoneMatch: '*',
  });
  const url = await getSignedUrl(s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }), command, {
    expiresIn: put.expiresIn,
    signableHeaders: new Set(['content-type', 'content-length', 'host', 'if-none-match', 'x-amz-checksum-sha256']),
    unhoistableHeaders: new Set(['x-amz-checksum-sha256']),
    signingDate,
  });
  return { method: 'PUT', target: url.slice(s3.running.endpoint.length), headers, body: put.body };
}

// A new folder for each run, since If-None-Match lets a key be created once.
let runs = 0;
const keys = fc
  .array(fc.oneof(fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }), fc.constantFrom(' ', '+', '%', '%2F', '%20', '/', '//', '..', '?', '#', '&', '=', "'()*!", '~', 'ü', '\u{1f600}')), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''));
const puts = fc.record({
  key: keys,
  contentType: fc.constantFrom('image/png', 'text/plain; charset=utf-8', 'application/vnd.a+json;  profile="x  y"', 'image/svg+xml'),
  body: fc.string({ maxLength: 200 }),
  expiresIn: fc.integer({ min: 60, max: 604_800 }),
});
const uniquely = (put: { key: string; contentType: string; body: string; expiresIn: number }) => ({ ...put, key: `run-${runs++}/${put.key}` });

/** One character of a text changed for another that means something else. */
function mutateText(value: string, position: number): string {
  const index = position % value.length;
  const old = value.charAt(index);
  const replacement = /[0-9]/.test(old) ? String((Number(old) + 1) % 10) : old === 'x' ? 'y' : 'x';
  return value.slice(0, index) + replacement + value.slice(index + 1);
}

const mutations: Record<string, (sent: SentRequest, position: number) => SentRequest> = {
  method: (sent, position) => ({ ...sent, method: ['GET', 'POST', 'DELETE', 'HEAD', 'PATCH'][position % 5] ?? 'GET' }),
  'path or query character': (sent, position) => ({ ...sent, target: `/${mutateText(sent.target.slice(1), position)}` }),
  'added query parameter': (sent) => ({ ...sent, target: `${sent.target}&x=1` }),
  'repeated query parameter': (sent) => ({ ...sent, target: `${sent.target}&X-Amz-Expires=604800` }),
  'removed query parameter': (sent, position) => {
    const [path, query = ''] = sent.target.split('?');
    const pairs = query.split('&').filter((pair) => !pair.startsWith('x-id='));
    pairs.splice(position % pairs.length, 1);
    return { ...sent, target: `${path}?${pairs.join('&')}` };
  },
  'signed header character': (sent, position) => {
    const names = Object.keys(sent.headers).filter((name) => name !== 'content-length');
    const name = names[position % names.length] ?? '';
    return { ...sent, headers: { ...sent.headers, [name]: mutateText(sent.headers[name] ?? '', position) } };
  },
  'removed signed header': (sent, position) => {
    const names = Object.keys(sent.headers).filter((name) => name !== 'content-length');
    const { [names[position % names.length] ?? '']: _removed, ...headers } = sent.headers;
    return { ...sent, headers };
  },
  'added x-amz header': (sent) => ({ ...sent, headers: { ...sent.headers, 'x-amz-meta-added': '1' } }),
  'another host': (sent) => ({ ...sent, headers: { ...sent.headers, host: 'elsewhere.example' } }),
  'longer body': (sent) => ({ ...sent, body: `${sent.body}x`, headers: { ...sent.headers, 'content-length': `${Buffer.byteLength(sent.body) + 1}` } }),
  'other body of that length': (sent) => {
    const body = sent.body === '' ? 'x' : mutateText(sent.body.replace(/[^ -~]/g, '?'), 0);
    const length = Buffer.byteLength(sent.body);
    return { ...sent, body: body.slice(0, 1).padEnd(length, body), headers: { ...sent.headers, 'content-length': `${Math.max(length, 1)}` } };
  },
};

describe('presigned PUT', () => {
  it('is accepted untouched, whatever the key, type, body and time to live', async () => {
    await fc.assert(
      fc.asyncProperty(puts, async (put) => {
        const unique = uniquely(put);
        expect(await send(await signPut(unique))).toMatchObject({ status: 200 });
        const got = await s3.client().send(new GetObjectCommand({ Bucket, Key: unique.key }));
        expect(await got.Body?.transformToString()).toBe(put.body);
      }),
      { numRuns: 150 },
    );
  });

  it.each(Object.keys(mutations))('is refused with one thing changed: %s', async (name) => {
    const mutate = mutations[name];
    await fc.assert(
      fc.asyncProperty(puts, fc.nat(5000), async (put, position) => {
        const unique = uniquely(put);
        const signed = await signPut(unique);
        const answer = await send(mutate?.(signed, position) ?? signed);
        expect([400, 403]).toContain(answer.status);
        await expect(s3.client().send(new GetObjectCommand({ Bucket, Key: unique.key }))).rejects.toMatchObject({ name: 'NoSuchKey' });
      }),
      { numRuns: 60 },
    );
  });

  const put = () => uniquely({ key: 'x', contentType: 'text/plain', body: 'x', expiresIn: 60 });

  it('is refused after it has expired, and before its time', async () => {
    const signed = await signPut(put());
    try {
      now = Date.now() + 62_000;
      const late = await send(signed);
      expect(late).toMatchObject({ status: 403 });
      expect(late.body).toContain('<Code>AccessDenied</Code><Message>Request has expired</Message>');
      now = Date.now() - 16 * 60_000;
      expect(await send(signed)).toMatchObject({ status: 403 });
    } finally {
      now = undefined;
    }
  });

  it('answers S3’s words for a wrong signature, and for a header that was not signed', async () => {
    const signed = await signPut(put());
    expect((await send({ ...signed, method: 'DELETE' })).body).toContain('<Code>SignatureDoesNotMatch</Code>');
    const added = await send({ ...signed, headers: { ...signed.headers, 'x-amz-acl': 'public-read' } });
    expect(added.body).toContain('<HeadersNotSigned>x-amz-acl</HeadersNotSigned>');
  });

  it('can’t write twice', async () => {
    const signed = await signPut(put());
    expect((await send(signed)).status).toBe(200);
    expect((await send(signed)).status).toBe(412);
  });

  it('is refused when made with other credentials or for another region', async () => {
    const command = new GetObjectCommand({ Bucket, Key: 'x' });
    const sign = (config: object) => getSignedUrl(s3.client(config), command, { expiresIn: 60 });
    const status = async (url: string) => (await fetch(url)).status;
    expect(await status(await sign({ credentials: { ...credentials, secretAccessKey: 'guess' } }))).toBe(403);
    expect(await status(await sign({ credentials: { ...credentials, accessKeyId: 'OTHER' } }))).toBe(403);
    expect(await status(await sign({ credentials: { ...credentials, sessionToken: 'forged' } }))).toBe(400);
    expect(await status(await sign({ region: 'us-west-2' }))).toBe(400);
  });
});

describe('presigned GET', () => {
  it('may set the answer’s type and disposition, which nobody may change', async () => {
    const Key = 'download';
    await s3.client().send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    const command = new GetObjectCommand({ Bucket, Key, ResponseContentType: 'image/png', ResponseContentDisposition: 'attachment; filename="ü b.png"', ResponseCacheControl: 'no-store' });
    const url = await getSignedUrl(s3.client(), command, { expiresIn: 60 });
    const answer = await fetch(url);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Buffer.from(answer.headers.get('content-disposition') ?? '', 'latin1').toString()).toContain('ü b.png');
    expect((await fetch(url.replace('image%2Fpng', 'text%2Fhtml'))).status).toBe(403);
  });
});

describe('presigned COPY', () => {
  it('holds to the source version although the condition is in the query', async () => {
    await s3.client().send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'x' }));
    const copy = { Bucket, Key: 'copy', CopySource: `${Bucket}/source` };
    const url = await getSignedUrl(s3.client(), new CopyObjectCommand({ ...copy, CopySourceIfMatch: '"other"' }), { expiresIn: 60 });
    expect((await fetch(url, { method: 'PUT' })).status).toBe(412);
    const plain = await getSignedUrl(s3.client(), new CopyObjectCommand(copy), { expiresIn: 60 });
    expect((await fetch(plain, { method: 'PUT' })).status).toBe(200);
  });
});

describe('presigned PUT with metadata in the query', () => {
  it('keeps it, and refuses what could not be a header', async () => {
    const sign = (note: string) => getSignedUrl(s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }), new PutObjectCommand({ Bucket, Key: 'noted', Metadata: { note } }), { expiresIn: 60 });
    expect((await fetch(await sign('a\r\nset-cookie: x'), { method: 'PUT', body: 'x' })).status).toBe(400);
    expect((await fetch(await sign('über'), { method: 'PUT', body: 'x' })).status).toBe(200);
    const got = await s3.client().send(new GetObjectCommand({ Bucket, Key: 'noted' }));
    expect(Buffer.from(got.Metadata?.['note'] ?? '', 'latin1').toString()).toBe('über');
  });
});

describe('unsigned and header-signed requests', () => {
  it('refuses a request without a signature', async () => {
    expect((await fetch(`${s3.running.endpoint}/${Bucket}/x`)).status).toBe(403);
  });

  it('refuses a clock that is off by more than 15 minutes', async () => {
    try {
      now = Date.now() + 16 * 60_000;
      await expect(s3.client().send(new GetObjectCommand({ Bucket, Key: 'x' }))).rejects.toMatchObject({ name: 'RequestTimeTooSkewed' });
    } finally {
      now = undefined;
    }
  });

  it('refuses a body other than the one whose hash was signed', async () => {
    const client = s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' });
    // After signing, right before the request leaves.
    client.middlewareStack.add(
      (next) => (args) => {
        if (typeof args.request === 'object' && args.request && 'body' in args.request) args.request.body = 'evil';
        return next(args);
      },
      { step: 'deserialize', priority: 'low' },
    );
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'tampered', Body: 'good' }))).rejects.toMatchObject({ name: 'XAmzContentSHA256Mismatch' });
  });
});
