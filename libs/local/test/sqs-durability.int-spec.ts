import { DeleteMessageCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startSqs } from '../src/sqs/index.js';
import { createQueue, queueAttribute, receive, receiveOne, send, sqsClient, startTestPostgres, type TestPostgres } from './sqs-fixture.js';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

it('what was acknowledged survives a kill of the database and a fresh server', async () => {
  const before = await startSqs({ databaseUrl: postgres.server.url, port: 0, onError: () => undefined });
  const sender = sqsClient(before.endpoint);
  const url = await createQueue(sender, { VisibilityTimeout: '2', DelaySeconds: '0' });
  const Entries = Array.from({ length: 10 }, (_, index) => ({ Id: `e${index}`, MessageBody: `message ${index}` }));
  await sender.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  const large = 'y'.repeat(900_000);
  await send(sender, url, large);
  const inFlight = await receive(sender, url, { MaxNumberOfMessages: 3 });
  const deleted = await receiveOne(sender, url);
  await sender.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: deleted.ReceiptHandle }));

  const { url: databaseUrl } = await postgres.crashAndRestart();
  sender.destroy();
  await before.stop();

  const after = await startSqs({ databaseUrl, port: 0 });
  const receiver = sqsClient(after.endpoint);
  const freshUrl = url.replace(before.endpoint, after.endpoint);
  expect(await queueAttribute(receiver, freshUrl, 'VisibilityTimeout')).toBe('2');
  const bodies = new Set<string | undefined>();
  while (bodies.size < 10) {
    const messages = await receive(receiver, freshUrl, { WaitTimeSeconds: 5, VisibilityTimeout: 60 });
    if (messages.length === 0) break;
    for (const { Body } of messages) bodies.add(Body);
  }
  const expected = [large, ...Entries.map(({ MessageBody }) => MessageBody)].filter((body) => body !== deleted.Body);
  expect([...bodies].sort()).toEqual(expected.sort());
  expect(inFlight.every(({ Body }) => bodies.has(Body))).toBe(true);
  receiver.destroy();
  await after.stop();
});

it('a send that the database can no longer keep is not acknowledged', async () => {
  const errors: Error[] = [];
  const sqs = await startSqs({ databaseUrl: postgres.server.url, port: 0, onError: (error) => errors.push(error) });
  const client = sqsClient(sqs.endpoint);
  const url = await createQueue(client);
  await postgres.crashAndRestart();
  const outcome = await send(client, url, 'perhaps').then(
    () => 'acknowledged',
    () => 'refused',
  );
  expect(outcome).toBe('refused');
  expect(errors.length).toBeGreaterThan(0);
  client.destroy();
  await sqs.stop();
});
