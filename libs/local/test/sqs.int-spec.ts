import { request } from 'node:http';
import {
  BatchRequestTooLong,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  InvalidMessageContents,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  MessageNotInflight,
  QueueNameExists,
  ReceiptHandleIsInvalid,
  SendMessageBatchCommand,
  SendMessageCommand,
  StartMessageMoveTaskCommand,
  UnsupportedOperation,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startSqs } from '../src/sqs/index.js';
import { createQueue, createQueueWithDeadLetter, queueAttribute, receive, receiveOne, refusal, send, sqsClient, startTestSqs, type TestSqs } from './sqs-fixture.js';

let local: TestSqs;
let postgres: TestSqs['postgres'];
let sqs: TestSqs['sqs'];
let client: TestSqs['client'];

beforeAll(async () => {
  local = await startTestSqs();
  ({ postgres, sqs, client } = local);
});
afterAll(() => local?.stop());

describe('what AWS documents and fauxqs does otherwise', () => {
  it('characters beyond the basic plane are allowed (fauxqs refuses them)', async () => {
    const url = await createQueue(client);
    await send(client, url, 'emoji 🎉');
    expect((await receiveOne(client, url)).Body).toBe('emoji 🎉');
  });

  it('message attributes come only when asked for, under a digest of those alone (fauxqs always gives all)', async () => {
    const url = await createQueue(client, { VisibilityTimeout: '0' });
    const value = { DataType: 'String', StringValue: 'x' };
    const sent = await client.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: 'm', MessageAttributes: { 'a.one': value, 'a.two': value, b: value } }),
    );
    expect((await receiveOne(client, url)).MessageAttributes).toBeUndefined();
    const some = await receiveOne(client, url, { MessageAttributeNames: ['a.*'] });
    expect(Object.keys(some.MessageAttributes ?? {}).sort()).toEqual(['a.one', 'a.two']);
    expect(some.MD5OfMessageAttributes).not.toBe(sent.MD5OfMessageAttributes);
  });

  it('a text that never was a receipt handle is refused (fauxqs accepts it)', async () => {
    const url = await createQueue(client);
    const remove = client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'made-up' }));
    await expect(remove).rejects.toBeInstanceOf(ReceiptHandleIsInvalid);
  });

  it('changing the visibility of a visible message is MessageNotInflight, of a deleted one InvalidParameterValue (fauxqs changes the first and calls the second not in flight)', async () => {
    const url = await createQueue(client);
    await send(client, url, 'seen');
    const { ReceiptHandle } = await receiveOne(client, url, { VisibilityTimeout: 0 });
    const change = new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 9 });
    await expect(client.send(change)).rejects.toBeInstanceOf(MessageNotInflight);
    await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
    expect(await refusal(client.send(change))).toBe('InvalidParameterValue');
  });

  it('errors carry the exact query-protocol codes (fauxqs puts AWS.SimpleQueueService before each)', async () => {
    const url = await createQueue(client);
    const Entries = ['a', 'b'].map((Id) => ({ Id, MessageBody: 'x'.repeat(600_000) }));
    await expect(client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }))).rejects.toBeInstanceOf(BatchRequestTooLong);
    await client.send(new CreateQueueCommand({ QueueName: 'taken', Attributes: { DelaySeconds: '1' } }));
    const again = client.send(new CreateQueueCommand({ QueueName: 'taken', Attributes: { DelaySeconds: '2' } }));
    await expect(again).rejects.toBeInstanceOf(QueueNameExists);
    await expect(send(client, url, '\u0000')).rejects.toBeInstanceOf(InvalidMessageContents);
    const response = await fetch(sqs.endpoint, {
      method: 'POST',
      headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.GetQueueUrl', authorization: 'any' },
      body: JSON.stringify({ QueueName: 'never-was' }),
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('x-amzn-query-error')).toBe('AWS.SimpleQueueService.NonExistentQueue;Sender');
    expect(await response.json()).toEqual({ __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'The specified queue does not exist.' });
  });

  it('a redrive policy names a dead-letter queue that exists (fauxqs takes any)', async () => {
    const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: 'arn:aws:sqs:us-east-1:000000000000:never-was', maxReceiveCount: 1 });
    expect(await refusal(createQueue(client, { RedrivePolicy }))).toBe('InvalidParameterValue');
  });
});

describe('refusals', () => {
  it('of one entry leave the rest of a visibility batch alone', async () => {
    const url = await createQueue(client);
    await send(client, url, 'm');
    const { ReceiptHandle } = await receiveOne(client, url);
    const { Successful, Failed } = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'ok', ReceiptHandle, VisibilityTimeout: 0 },
          { Id: 'range', ReceiptHandle, VisibilityTimeout: 43_201 },
          { Id: 'handle', ReceiptHandle: 'made-up', VisibilityTimeout: 1 },
        ],
      }),
    );
    expect(Successful).toEqual([{ Id: 'ok' }]);
    expect(Failed?.map(({ Id, Code }) => [Id, Code])).toEqual([
      ['range', 'InvalidParameterValue'],
      ['handle', 'ReceiptHandleIsInvalid'],
    ]);
  });

  it('say that FIFO queues are not there', async () => {
    const fifo = client.send(new CreateQueueCommand({ QueueName: 'orders.fifo', Attributes: { FifoQueue: 'true' } }));
    await expect(fifo).rejects.toBeInstanceOf(UnsupportedOperation);
    await expect(fifo).rejects.toThrow(/FIFO queues are not supported/);
  });

  it('meet a start on a port in use', async () => {
    const port = Number(new URL(sqs.endpoint).port);
    await expect(startSqs({ databaseUrl: postgres.server.url, port })).rejects.toThrow(/Port \d+ for SQS is in use/);
  });

  it('meet callers without an Authorization header, other hosts and unknown actions', async () => {
    const call = (headers: Record<string, string>) => fetch(sqs.endpoint, { method: 'POST', headers, body: '{}' });
    const type = { 'content-type': 'application/x-amz-json-1.0' };
    expect((await call({ ...type, 'x-amz-target': 'AmazonSQS.ListQueues' })).status).toBe(403);
    const unknown = await call({ ...type, authorization: 'any', 'x-amz-target': 'AmazonSQS.Nonsense' });
    expect(await unknown.json()).toMatchObject({ __type: 'com.amazonaws.sqs#UnsupportedOperation' });
    expect(await statusForHost('evil.example')).toBe(421);
  });

  it('meet message attributes without a value, of an unknown type or with a reserved name', async () => {
    const url = await createQueue(client);
    const attempt = (name: string, DataType: string, StringValue: string) =>
      refusal(client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'm', MessageAttributes: { [name]: { DataType, StringValue } } })));
    expect(await attempt('a', 'String', '')).toBe('InvalidParameterValue');
    expect(await attempt('a', 'Number', 'seven')).toBe('InvalidParameterValue');
    expect(await attempt('a', 'Date', 'x')).toBe('InvalidParameterValue');
    expect(await attempt('AWS.a', 'String', 'x')).toBe('InvalidParameterValue');
    expect(await attempt('a', 'String', '\u0000')).toBe('InvalidParameterValue');
  });
});

/** fetch does not let a caller choose its Host. */
async function statusForHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const outgoing = request(sqs.endpoint, { method: 'POST', headers: { host } }, (response) => resolve(response.resume().statusCode));
    outgoing.on('error', reject).end('{}');
  });
}

describe('concurrent receivers', () => {
  it('never hold the same message inside its visibility window, and together get every message', async () => {
    const receivers = Array.from({ length: 4 }, () => sqsClient(sqs.endpoint));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 10 }), async (count, MaxNumberOfMessages) => {
        const url = await createQueue(client, { VisibilityTimeout: '300' });
        const sent = await Promise.all(Array.from({ length: count }, (_, index) => send(client, url, String(index))));
        const drain = async (receiver: SQSClient): Promise<(string | undefined)[]> => {
          const ids = [];
          for (;;) {
            const messages = await receive(receiver, url, { MaxNumberOfMessages });
            if (messages.length === 0) return ids;
            ids.push(...messages.map(({ MessageId }) => MessageId));
          }
        };
        const seen = (await Promise.all(receivers.map(drain))).flat();
        // A receiver may find rows locked by another and leave early; it must not have taken one twice.
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen.sort()).toEqual(sent.sort());
      }),
      { numRuns: 15 },
    );
    for (const receiver of receivers) receiver.destroy();
  });
});

describe('dead-letter queues', () => {
  it('list their sources and give messages back as new ones', async () => {
    const { url, deadLetterUrl, deadLetterArn } = await createQueueWithDeadLetter(client, 1);
    const id = await send(client, url, 'poison');
    await receiveOne(client, url, { VisibilityTimeout: 0 });
    expect(await receive(client, url)).toEqual([]);
    const sources = await client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl: deadLetterUrl }));
    expect(sources.queueUrls).toEqual([url]);
    await client.send(new StartMessageMoveTaskCommand({ SourceArn: deadLetterArn }));
    const tasks = await client.send(new ListMessageMoveTasksCommand({ SourceArn: deadLetterArn }));
    expect(tasks.Results).toMatchObject([{ Status: 'COMPLETED', ApproximateNumberOfMessagesMoved: 1 }]);
    const again = await receiveOne(client, url, { MessageSystemAttributeNames: ['ApproximateReceiveCount'] });
    expect(again).toMatchObject({ Body: 'poison', Attributes: { ApproximateReceiveCount: '1' } });
    expect(again.MessageId).not.toBe(id);
  });

  it('keep the enqueue time and name the source of a message', async () => {
    const { url, deadLetterUrl } = await createQueueWithDeadLetter(client, 1);
    await send(client, url, 'poison');
    const before = await receiveOne(client, url, { VisibilityTimeout: 0, MessageSystemAttributeNames: ['All'] });
    await receive(client, url);
    const after = await receiveOne(client, deadLetterUrl, { MessageSystemAttributeNames: ['All'] });
    expect(after.Attributes?.SentTimestamp).toBe(before.Attributes?.SentTimestamp);
    expect(after.Attributes?.DeadLetterQueueSourceArn).toBe(await queueAttribute(client, url, 'QueueArn'));
  });
});

it('messages past the retention period are deleted', async () => {
  const sweeper = await startSqs({ databaseUrl: postgres.server.url, port: 0, retentionSweepMs: 50 });
  const url = await createQueue(client, { MessageRetentionPeriod: '60' });
  const old = await send(client, url, 'old');
  await send(client, url, 'young');
  await postgres.query(`UPDATE local_sqs.messages SET sent_at = now() - interval '61 s' WHERE id = $1`, [old]);
  await vi.waitFor(async () => expect(await queueAttribute(client, url, 'ApproximateNumberOfMessages')).toBe('1'), 5000);
  expect((await receiveOne(client, url)).Body).toBe('young');
  await sweeper.stop();
});
