import {
  BatchEntryIdsNotDistinct,
  ChangeMessageVisibilityBatchCommand,
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  EmptyBatchRequest,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  InvalidBatchEntryId,
  ListQueuesCommand,
  PurgeQueueCommand,
  QueueDoesNotExist,
  SendMessageBatchCommand,
  SendMessageCommand,
  SetQueueAttributesCommand,
  TooManyEntriesInBatchRequest,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { startFauxqs } from 'fauxqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSqs } from '../src/sqs/index.js';
import { createQueue, createQueueWithDeadLetter, queueAttribute, receive, receiveOne, refusal, send, sqsClient, startTestPostgres } from './sqs-fixture.js';

interface Subject {
  endpoint: string;
  stop(): Promise<void>;
}

async function startLocal(): Promise<Subject> {
  const postgres = await startTestPostgres();
  const sqs = await startSqs({ databaseUrl: postgres.server.url, port: 0 });
  return { endpoint: sqs.endpoint, stop: () => sqs.stop().then(() => postgres.stop()) };
}

async function startIndependent(): Promise<Subject> {
  const server = await startFauxqs({ port: 0, logger: false, host: '127.0.0.1' });
  return { endpoint: server.address, stop: () => server.stop() };
}

const subjects = [
  { name: 'the local SQS', start: startLocal },
  { name: 'fauxqs, an independent implementation', start: startIndependent },
];

// What AWS documents and both keep. Where fauxqs differs from AWS, sqs.int-spec.ts has the case and says so.
describe.each(subjects)('$name', ({ start }) => {
  let subject: Subject;
  let client: SQSClient;

  beforeAll(async () => {
    subject = await start();
    client = sqsClient(subject.endpoint);
  });
  afterAll(async () => {
    client.destroy();
    await subject.stop();
  });

  describe('queues', () => {
    it('are created once however often the same one is asked for', async () => {
      const create = new CreateQueueCommand({ QueueName: 'orders', Attributes: { VisibilityTimeout: '45' } });
      const first = await client.send(create);
      const second = await client.send(create);
      const found = await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
      expect(second.QueueUrl).toBe(first.QueueUrl);
      expect(found.QueueUrl).toBe(first.QueueUrl);
      expect(await queueAttribute(client, first.QueueUrl ?? '', 'VisibilityTimeout')).toBe('45');
    });

    it('refuse a second creation with other attributes', async () => {
      await client.send(new CreateQueueCommand({ QueueName: 'taken', Attributes: { DelaySeconds: '1' } }));
      const again = client.send(new CreateQueueCommand({ QueueName: 'taken', Attributes: { DelaySeconds: '2' } }));
      expect(await refusal(again)).toMatch(/QueueNameExists|QueueAlreadyExists/);
    });

    it('are listed by prefix, page by page', async () => {
      for (const QueueName of ['list-a', 'list-b', 'list-c']) await client.send(new CreateQueueCommand({ QueueName }));
      const first = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'list-', MaxResults: 2 }));
      const second = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'list-', MaxResults: 2, NextToken: first.NextToken }));
      const names = [...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])].map((url) => url.split('/').at(-1));
      expect(names).toEqual(['list-a', 'list-b', 'list-c']);
      expect(second.NextToken).toBeUndefined();
    });

    it('answer QueueDoesNotExist once deleted', async () => {
      const url = await createQueue(client);
      await client.send(new DeleteQueueCommand({ QueueUrl: url }));
      await expect(send(client, url, 'too late')).rejects.toBeInstanceOf(QueueDoesNotExist);
      await expect(client.send(new GetQueueUrlCommand({ QueueName: 'never-was' }))).rejects.toBeInstanceOf(QueueDoesNotExist);
    });

    it('give their attributes and counts', async () => {
      const url = await createQueue(client, { VisibilityTimeout: '60' });
      for (const body of ['a', 'b', 'c']) await send(client, url, body);
      await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'later', DelaySeconds: 900 }));
      await receive(client, url, { MaxNumberOfMessages: 1 });
      const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl: url, AttributeNames: ['All'] }));
      expect(Attributes).toMatchObject({
        ApproximateNumberOfMessages: '2',
        ApproximateNumberOfMessagesNotVisible: '1',
        ApproximateNumberOfMessagesDelayed: '1',
        VisibilityTimeout: '60',
        MaximumMessageSize: '1048576',
        MessageRetentionPeriod: '345600',
        DelaySeconds: '0',
        ReceiveMessageWaitTimeSeconds: '0',
      });
      expect(Attributes?.['QueueArn']).toMatch(/^arn:aws:sqs:us-east-1:000000000000:queue-\d+$/);
      expect(Number(Attributes?.['CreatedTimestamp'])).toBeCloseTo(Date.now() / 1000, -2);
    });

    it('take new attributes and refuse values out of range', async () => {
      const url = await createQueue(client);
      await client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { VisibilityTimeout: '77' } }));
      expect(await queueAttribute(client, url, 'VisibilityTimeout')).toBe('77');
      const wrong = client.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { VisibilityTimeout: '43201' } }));
      expect(await refusal(wrong)).toContain('InvalidAttributeValue');
    });

    it('are empty after a purge', async () => {
      const url = await createQueue(client);
      await send(client, url, 'gone');
      await client.send(new PurgeQueueCommand({ QueueUrl: url }));
      expect(await receive(client, url)).toEqual([]);
    });
  });

  describe('messages', () => {
    it('arrive with the body and attributes that were sent, under digests that the SDK accepts', async () => {
      const url = await createQueue(client);
      const MessageAttributes = {
        text: { DataType: 'String', StringValue: 'Grüße' },
        count: { DataType: 'Number.int', StringValue: '42' },
        bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255, 128]) },
      };
      const sent = await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'line\n"quoted" ü\\', MessageAttributes }));
      const got = await receiveOne(client, url, { MessageAttributeNames: ['All'] });
      expect(got).toMatchObject({ MessageId: sent.MessageId, Body: 'line\n"quoted" ü\\', MessageAttributes });
      expect(got.MD5OfMessageAttributes).toBe(sent.MD5OfMessageAttributes);
    });

    it('carry the system attributes that were asked for', async () => {
      const url = await createQueue(client, { VisibilityTimeout: '0' });
      const before = Date.now();
      await send(client, url, 'counted');
      await receive(client, url);
      const { Attributes } = await receiveOne(client, url, { MessageSystemAttributeNames: ['All'] });
      expect(Attributes).toMatchObject({ ApproximateReceiveCount: '2', SenderId: '000000000000' });
      expect(Number(Attributes?.SentTimestamp)).toBeGreaterThanOrEqual(before - 5);
      expect(Number(Attributes?.ApproximateFirstReceiveTimestamp)).toBeGreaterThanOrEqual(Number(Attributes?.SentTimestamp));
    });

    it('of 1 MiB pass and larger ones are refused', async () => {
      const url = await createQueue(client);
      const largest = 'x'.repeat(1_048_576);
      await send(client, url, largest);
      expect((await receiveOne(client, url)).Body).toBe(largest);
      expect(await refusal(send(client, url, `${largest}x`))).toContain('InvalidParameterValue');
    });

    it('with characters outside XML 1.0 are refused', async () => {
      const url = await createQueue(client);
      expect(await refusal(send(client, url, 'null \u0000'))).toContain('InvalidMessageContents');
      expect(await refusal(send(client, url, 'escape \u001b'))).toContain('InvalidMessageContents');
    });

    it('stay hidden while delayed', async () => {
      const url = await createQueue(client, { DelaySeconds: '1' });
      await send(client, url, 'slow');
      expect(await receive(client, url)).toEqual([]);
      expect(await receive(client, url, { WaitTimeSeconds: 5 })).toHaveLength(1);
    });

    it('are gone once deleted, and a second delete is no error', async () => {
      const url = await createQueue(client);
      await send(client, url, 'once');
      const { ReceiptHandle } = await receiveOne(client, url, { VisibilityTimeout: 30 });
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      expect(await queueAttribute(client, url, 'ApproximateNumberOfMessagesNotVisible')).toBe('0');
    });

    it('come back under a new handle when the visibility timeout is set to zero', async () => {
      const url = await createQueue(client);
      const id = await send(client, url, 'retry');
      const first = await receiveOne(client, url);
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle: first.ReceiptHandle, VisibilityTimeout: 0 }));
      const second = await receiveOne(client, url);
      expect(second.MessageId).toBe(id);
      expect(second.ReceiptHandle).not.toBe(first.ReceiptHandle);
    });

    it('are deleted by a handle whose timeout has passed, as long as nobody has received them since', async () => {
      const url = await createQueue(client);
      await send(client, url, 'late');
      const { ReceiptHandle } = await receiveOne(client, url, { VisibilityTimeout: 0 });
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      expect(await receive(client, url)).toEqual([]);
    });

    it('are kept when an outdated handle deletes them', async () => {
      const url = await createQueue(client, { VisibilityTimeout: '0' });
      await send(client, url, 'kept');
      const outdated = await receiveOne(client, url);
      await receiveOne(client, url, { VisibilityTimeout: 1 });
      await client.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: outdated.ReceiptHandle }));
      expect(await receive(client, url, { WaitTimeSeconds: 5 })).toHaveLength(1);
    });
  });

  describe('batches', () => {
    const entry = (Id: string, MessageBody = 'body') => ({ Id, MessageBody });
    const sendBatch = (QueueUrl: string, Entries: { Id: string; MessageBody: string }[]) =>
      client.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

    it('store the good entries and report the bad ones', async () => {
      const url = await createQueue(client);
      const { Successful, Failed } = await sendBatch(url, [entry('good'), entry('bad', '\u0001')]);
      expect(Successful?.map(({ Id }) => Id)).toEqual(['good']);
      expect(Failed).toMatchObject([{ Id: 'bad', SenderFault: true, Code: 'InvalidMessageContents' }]);
      expect(await receive(client, url)).toHaveLength(1);
    });

    it('are refused when empty, too many, repeated or badly named', async () => {
      const url = await createQueue(client);
      const eleven = Array.from({ length: 11 }, (_, index) => entry(`e${index}`));
      await expect(sendBatch(url, [])).rejects.toBeInstanceOf(EmptyBatchRequest);
      await expect(sendBatch(url, eleven)).rejects.toBeInstanceOf(TooManyEntriesInBatchRequest);
      await expect(sendBatch(url, [entry('a'), entry('a')])).rejects.toBeInstanceOf(BatchEntryIdsNotDistinct);
      await expect(sendBatch(url, [entry('no spaces')])).rejects.toBeInstanceOf(InvalidBatchEntryId);
      expect(await receive(client, url)).toEqual([]);
    });

    it('over 1 MiB in total are refused whole', async () => {
      const url = await createQueue(client);
      const half = 'x'.repeat(524_289);
      expect(await refusal(sendBatch(url, [entry('a', half), entry('b', half)]))).toContain('BatchRequestTooLong');
      expect(await receive(client, url)).toEqual([]);
    });

    it('delete and change visibility entry by entry', async () => {
      const url = await createQueue(client);
      await sendBatch(url, ['a', 'b', 'c', 'd'].map((id) => entry(id, id)));
      const received = [...(await receive(client, url)), ...(await receive(client, url))];
      const entries = received.map(({ ReceiptHandle }, index) => ({ Id: `e${index}`, ReceiptHandle }));
      const deleted = await client.send(new DeleteMessageBatchCommand({ QueueUrl: url, Entries: entries.slice(0, 3) }));
      expect(deleted.Successful).toHaveLength(3);
      const shown = await client.send(
        new ChangeMessageVisibilityBatchCommand({ QueueUrl: url, Entries: entries.slice(3).map((e) => ({ ...e, VisibilityTimeout: 0 })) }),
      );
      expect(shown.Successful).toHaveLength(1);
      expect((await receive(client, url)).map(({ Body }) => Body)).toEqual([received[3]?.Body]);
    });
  });

  describe('receiving', () => {
    it('refuses numbers out of range', async () => {
      const url = await createQueue(client);
      expect(await refusal(receive(client, url, { MaxNumberOfMessages: 11 }))).toContain('InvalidParameterValue');
      expect(await refusal(receive(client, url, { WaitTimeSeconds: 21 }))).toContain('InvalidParameterValue');
      expect(await refusal(receive(client, url, { VisibilityTimeout: -1 }))).toContain('InvalidParameterValue');
    });

    it('waits for a message that is sent during a long poll', async () => {
      const url = await createQueue(client);
      const polling = receive(client, url, { WaitTimeSeconds: 20 });
      await send(client, url, 'awaited');
      expect(await polling).toHaveLength(1);
    });

    it('ends a long poll empty when its time is over', async () => {
      const url = await createQueue(client, { ReceiveMessageWaitTimeSeconds: '1' });
      const started = performance.now();
      expect(await receive(client, url)).toEqual([]);
      expect(performance.now() - started).toBeGreaterThan(900);
    });
  });

  it('moves a message to the dead-letter queue, id and attributes kept, after maxReceiveCount receives', async () => {
    const { url, deadLetterUrl } = await createQueueWithDeadLetter(client, 2);
    const MessageAttributes = { kind: { DataType: 'String', StringValue: 'poison' } };
    const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'poison', MessageAttributes }));
    for (const _ of [1, 2]) await receiveOne(client, url, { VisibilityTimeout: 0 });
    expect(await receive(client, url)).toEqual([]);
    const dead = await receiveOne(client, deadLetterUrl, { MessageAttributeNames: ['All'] });
    expect(dead).toMatchObject({ MessageId, Body: 'poison', MessageAttributes });
  });
});
