import { createHash } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PackMessage } from '../src/packs/pack-message.js';
import { PackSender } from '../src/packs/pack-sender.js';

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly message: string;
}
interface Answer {
  readonly status?: number;
  readonly md5?: string;
  readonly body?: string;
}

const pack: PackMessage = { version: 1, batch_id: '01890f00-0000-7000-8000-000000000000', codec: 'zstd', rows: 1, data: 'AAEC' };
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

let server: Server;
let sender: PackSender;
let calls: Call[];
let answer: (call: number) => Answer | undefined;
let detours: number;
let credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string; expiration?: Date };

beforeEach(async () => {
  calls = [];
  detours = 0;
  answer = () => ({});
  credentials = { accessKeyId: 'FIRST', secretAccessKey: 'secret' };
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { MessageBody } = JSON.parse(Buffer.concat(chunks).toString()) as { MessageBody: string };
      calls.push({ headers: request.headers, message: MessageBody });
      const given = answer(calls.length);
      if (!given) return request.socket.destroy();
      const body = given.body ?? JSON.stringify({ MessageId: 'm', MD5OfMessageBody: given.md5 ?? md5(MessageBody) });
      return response.writeHead(given.status ?? 200, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sqs = new SQSClient({ region: 'eu-central-1', endpoint, credentials: async () => credentials });
  sender = new PackSender({ sqs, queueUrl: `${endpoint}/000000000000/ingest`, onDetour: () => (detours += 1) });
});
afterEach(async () => {
  await sender.close();
  server.closeAllConnections();
  server.close();
});

describe('a pack', () => {
  it('is sent with one call when the queue takes it', async () => {
    await sender.send(pack);
    expect(calls.map(({ message }) => JSON.parse(message))).toEqual([pack]);
    expect(detours).toBe(0);
  });

  it.each([
    ['a server error', { status: 503, body: '{}' }],
    ['throttling', { status: 400, body: '{"__type":"com.amazonaws.sqs#ThrottlingException"}' }],
    ['a broken connection', undefined],
    ['an answer that is no acknowledgement', { body: '{}' }],
    ['an answer that is no JSON', { body: 'hello' }],
    ['the checksum of something else', { md5: md5('something else') }],
  ])('is repeated by the SDK, the same, after %s', async (_what, first) => {
    answer = (call) => (call === 1 ? first : {});
    await sender.send(pack);
    expect(calls.map(({ message }) => JSON.parse(message))).toEqual([pack, pack]);
    expect(detours).toBe(1);
  });

  it('that the queue never takes is refused, so that nobody is told that it was stored', async () => {
    answer = () => ({ status: 500, body: '{}' });
    await expect(sender.send(pack)).rejects.toMatchObject({ code: 'UPSTREAM_UNAVAILABLE', retryAfterSeconds: 2 });
    answer = () => ({});
    await sender.send(pack);
  });
});

it('credentials that change are followed, session tokens too', async () => {
  const soon = () => new Date(Date.now() + 1_000);
  credentials = { ...credentials, sessionToken: 'token-1', expiration: soon() };
  await sender.send(pack);
  credentials = { accessKeyId: 'SECOND', secretAccessKey: 'other', sessionToken: 'token-2', expiration: soon() };
  await sender.send(pack);
  credentials = { accessKeyId: 'THIRD', secretAccessKey: 'third' };
  await sender.send(pack);
  const seen = calls.map(({ headers }) => [/Credential=(\w+)/.exec(headers.authorization ?? '')?.[1], headers['x-amz-security-token']]);
  expect(seen).toEqual([['FIRST', 'token-1'], ['SECOND', 'token-2'], ['THIRD', undefined]]);
  expect(calls[2]?.headers.authorization).not.toContain('x-amz-security-token');
  expect(detours).toBe(0);
});
