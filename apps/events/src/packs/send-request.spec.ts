import { createHash } from 'node:crypto';
import { SQSClient } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PackMessage } from './pack-message.js';
import { type Credentials, RequestSigner } from './request-signer.js';
import { bodyOfSend, md5OfText, requestOfSdk, textOfPack } from './send-request.js';

const queueUrl = 'https://sqs.eu-central-1.amazonaws.com/123456789012/events-ingest';
const clientWith = (credentials: Credentials) =>
  new SQSClient({ region: 'eu-central-1', credentials: { ...credentials, sessionToken: credentials.sessionToken as string } });

const packs: fc.Arbitrary<PackMessage> = fc.record(
  {
    version: fc.constant(1 as const),
    batch_id: fc.uuid(),
    codec: fc.constant('zstd' as const),
    rows: fc.integer({ min: 1, max: 100_000 }),
    target: fc.constantFrom('events' as const, 'quarantine' as const),
    traceparent: fc.string({ unit: 'binary' }),
    data: fc.uint8Array({ maxLength: 2_000 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  },
  { requiredKeys: ['version', 'batch_id', 'codec', 'rows', 'data'] },
);
const credentialsOf: fc.Arbitrary<Credentials> = fc.record(
  {
    accessKeyId: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
    secretAccessKey: fc.string({ unit: 'grapheme-ascii', minLength: 16 }),
    sessionToken: fc.stringMatching(/^[A-Za-z0-9+/=]{1,400}$/),
  },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);
const times = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

describe('our own SendMessage', () => {
  it('is the one of the SDK, byte for byte, for any pack, credentials and time', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(new Date('2026-01-01'));
    // One signer, so that its key is seen to follow credentials and days.
    const signer = new RequestSigner(await requestOfSdk(clientWith({ accessKeyId: 'A', secretAccessKey: 's' }), queueUrl, '-'));
    await fc.assert(
      fc.asyncProperty(packs, credentialsOf, times, fc.option(fc.uuid(), { nil: undefined }), async (pack, credentials, time, group) => {
        vi.setSystemTime(time);
        const text = textOfPack(pack);
        const message = `${text.before}${text.data}"}`;
        const body = bodyOfSend(queueUrl, text, group);
        const theirs = await requestOfSdk(clientWith(credentials), queueUrl, message, group);
        expect(JSON.parse(message)).toEqual(pack);
        expect(body.toString()).toBe(JSON.stringify({ QueueUrl: queueUrl, MessageBody: message, MessageGroupId: group }));
        expect(signer.headers(body, credentials, time.getTime(), theirs.headers['amz-sdk-invocation-id'])).toEqual(theirs.headers);
      }),
      { numRuns: 150 },
    );
  });

  it('is answered with the checksum that is expected of it', () => {
    fc.assert(
      fc.property(packs, (pack) => {
        const { before, data } = textOfPack(pack);
        expect(md5OfText({ before, data })).toBe(createHash('md5').update(`${before}${data}"}`).digest('hex'));
      }),
    );
  });

  it('goes where the SDK would send it: to the queue, or to the endpoint of the environment', async () => {
    const credentials = { accessKeyId: 'A', secretAccessKey: 's' };
    expect(await requestOfSdk(clientWith(credentials), queueUrl, '-')).toMatchObject({
      protocol: 'https:', hostname: 'sqs.eu-central-1.amazonaws.com', path: '/',
    });
    vi.stubEnv('AWS_ENDPOINT_URL_SQS', 'http://127.0.0.1:9324');
    const local = 'http://127.0.0.1:9324/000000000000/events-ingest';
    expect(await requestOfSdk(clientWith(credentials), local, '-')).toMatchObject({ protocol: 'http:', hostname: '127.0.0.1', port: 9324 });
  });

  it('is not guessed at where the SDK has no credentials', async () => {
    const client = new SQSClient({ region: 'eu-central-1', credentials: () => Promise.reject(new Error('no credentials')) });
    await expect(requestOfSdk(client, queueUrl, '-')).rejects.toThrow('no credentials');
  });
});
