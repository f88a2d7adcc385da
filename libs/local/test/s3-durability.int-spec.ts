import { GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { S3EventNotification } from '../src/s3/index.js';
import { bucketName as Bucket, newClient, startFixture, type S3Fixture } from './s3-fixture.js';

let s3: S3Fixture;
afterEach(() => s3.dispose());

const filesIn = async (...folders: string[]): Promise<string[]> => (await Promise.all(folders.map((folder) => readdir(join(s3.dataDir, folder))))).flat();
const notifying = (send: (message: S3EventNotification) => Promise<void>) => [{ name: Bucket, notify: { events: ['s3:ObjectCreated:*'], prefix: 'in/', send } }];

describe('what was acknowledged', () => {
  it('is there after a restart, with its metadata', async () => {
    s3 = await startFixture();
    await s3.client().send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'bytes', ContentType: 'a/b', Metadata: { m: '1' } }));
    await s3.restart();
    const got = await s3.client().send(new GetObjectCommand({ Bucket, Key: 'kept' }));
    expect(await got.Body?.transformToString()).toBe('bytes');
    expect(got).toMatchObject({ ContentType: 'a/b', Metadata: { m: '1' } });
  });

  it('is kept from the other users of the machine', async () => {
    s3 = await startFixture();
    const dataDir = join(s3.dataDir, 'new');
    await s3.restart({ dataDir });
    expect(((await stat(dataDir)).mode & 0o077).toString(8)).toBe('0');
  });

  it('sweeps at start what a kill left unfinished', async () => {
    s3 = await startFixture();
    await s3.client().send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'bytes' }));
    await s3.running.stop();
    await writeFile(join(s3.dataDir, 'tmp', 'half'), 'x');
    await writeFile(join(s3.dataDir, 'buckets', Bucket, 'blobs', 'orphan'), 'x');
    await s3.restart();
    expect(await filesIn('tmp', `buckets/${Bucket}/blobs`)).toHaveLength(1);
  });

  it('says which file is damaged instead of starting', async () => {
    s3 = await startFixture();
    await s3.client().send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'bytes' }));
    const folder = join(s3.dataDir, 'buckets', Bucket, 'objects');
    const [file = ''] = await readdir(folder);
    for (const damage of ['{', '{"key":"kept"}']) {
      await writeFile(join(folder, file), damage);
      await expect(s3.restart()).rejects.toThrow(file);
    }
  });
});

describe('an upload that ends early', () => {
  it('leaves nothing', async () => {
    s3 = await startFixture();
    const url = new URL(await getSignedUrl(s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }), new PutObjectCommand({ Bucket, Key: 'cut' }), { expiresIn: 60 }));
    const socket = connect(Number(url.port), url.hostname);
    await once(socket, 'connect');
    socket.write(`PUT ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nContent-Length: 1000\r\n\r\nonly this`);
    await vi.waitFor(async () => expect(await filesIn('tmp')).toHaveLength(1));
    socket.destroy();
    await vi.waitFor(async () => expect(await filesIn('tmp', `buckets/${Bucket}/blobs`)).toEqual([]));
    await expect(s3.client().send(new HeadObjectCommand({ Bucket, Key: 'cut' }))).rejects.toMatchObject({ name: 'NotFound' });
  });

  it('is refused before its body is asked for, when the signature is wrong', async () => {
    s3 = await startFixture();
    const { hostname, port } = new URL(s3.running.endpoint);
    const answerTo = async (target: string): Promise<string> => {
      const socket = connect(Number(port), hostname);
      socket.write(`PUT ${target} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      socket.destroy();
      return answer.toString().split('\r\n')[0] ?? '';
    };
    const url = new URL(await getSignedUrl(s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }), new PutObjectCommand({ Bucket, Key: 'asked' }), { expiresIn: 60 }));
    expect(await answerTo(`${url.pathname}${url.search}`)).toBe('HTTP/1.1 100 Continue');
    expect(await answerTo(`${url.pathname}x${url.search}`)).toBe('HTTP/1.1 403 Forbidden');
  });

  it('is refused without a Content-Length', async () => {
    s3 = await startFixture();
    const url = await getSignedUrl(s3.client({ requestChecksumCalculation: 'WHEN_REQUIRED' }), new PutObjectCommand({ Bucket, Key: 'chunked' }), { expiresIn: 60 });
    const answer = await fetch(url, { method: 'PUT', body: Readable.toWeb(Readable.from(['a', 'b'])) as ReadableStream<Uint8Array>, duplex: 'half' } as RequestInit);
    expect(answer.status).toBe(411);
  });
});

describe('notifications', () => {
  it('are written as S3 writes them', async () => {
    const messages: S3EventNotification[] = [];
    s3 = await startFixture({ buckets: notifying((message) => Promise.resolve(void messages.push(message))) });
    const put = await s3.client().send(new PutObjectCommand({ Bucket, Key: 'in/ü b+c/~*.png', Body: '12345' }));
    await s3.client().send(new PutObjectCommand({ Bucket, Key: 'elsewhere', Body: '1' }));
    await vi.waitFor(() => expect(messages).toHaveLength(1));
    expect(messages[0]?.Records[0]).toMatchObject({
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      awsRegion: 'eu-central-1',
      eventName: 'ObjectCreated:Put',
      requestParameters: { sourceIPAddress: '127.0.0.1' },
      s3: {
        s3SchemaVersion: '1.0',
        bucket: { name: Bucket, arn: `arn:aws:s3:::${Bucket}` },
        object: { key: 'in/%C3%BC+b%2Bc/%7E*.png', size: 5, eTag: put.ETag?.replaceAll('"', ''), sequencer: expect.stringMatching(/^[0-9A-F]{18}$/) },
      },
    });
  });

  it('are tried until sent, over restarts', async () => {
    s3 = await startFixture({ buckets: notifying(() => Promise.reject(new Error('queue away'))) });
    await s3.client().send(new PutObjectCommand({ Bucket, Key: 'in/a', Body: '1' }));
    expect(await filesIn('notifications')).toHaveLength(1);
    let tries = 0;
    const messages: S3EventNotification[] = [];
    await s3.restart({
      buckets: notifying((message) => {
        if (++tries < 3) return Promise.reject(new Error('queue away'));
        messages.push(message);
        return Promise.resolve();
      }),
    });
    await vi.waitFor(async () => expect(await filesIn('notifications')).toEqual([]), { timeout: 5000 });
    expect(messages.map((message) => message.Records[0]?.s3.object.key)).toEqual(['in/a']);
  });
});

describe('kill -9', () => {
  it('loses no object that was acknowledged and no notification of one', async () => {
    s3 = await startFixture();
    await s3.running.stop();
    const child = fork(join(import.meta.dirname, 's3-kill-child.mjs'), [s3.dataDir], { execArgv: ['--experimental-transform-types', '--no-warnings'] });
    const [endpoint] = (await once(child, 'message')) as [string];
    const client = newClient(endpoint);
    const acknowledged: string[] = [];
    const upload = async (worker: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const Key = `in/${worker}-${i}`;
        await client.send(new PutObjectCommand({ Bucket, Key, Body: Key.repeat(50) }));
        acknowledged.push(Key);
        if (acknowledged.length === 40) child.kill('SIGKILL');
      }
    };
    await Promise.allSettled([0, 1, 2, 3].map(upload));
    const notified = new Set<string>();
    await s3.restart({ buckets: notifying((message) => Promise.resolve(void notified.add(message.Records[0]?.s3.object.key ?? ''))) });
    for (const Key of acknowledged) {
      const got = await s3.client().send(new GetObjectCommand({ Bucket, Key }));
      expect(await got.Body?.transformToString()).toBe(Key.repeat(50));
    }
    await vi.waitFor(() => expect(acknowledged.filter((key) => !notified.has(key))).toEqual([]));
    expect(acknowledged.length).toBeGreaterThanOrEqual(40);
  });
});
