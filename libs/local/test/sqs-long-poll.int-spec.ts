import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startSqs } from '../src/sqs/index.js';
import { createQueue, createQueueWithDeadLetter, queueAttribute, receive, receiveOne, send, sqsClient, startTestSqs, type TestSqs } from './sqs-fixture.js';

let local: TestSqs;
let postgres: TestSqs['postgres'];
let sqs: TestSqs['sqs'];
let client: TestSqs['client'];

beforeAll(async () => {
  local = await startTestSqs();
  ({ postgres, sqs, client } = local);
});
afterAll(() => local?.stop());

describe('a long poll', () => {
  it('ends within 100 ms of a send', async () => {
    const url = await createQueue(client);
    const sender = sqsClient(sqs.endpoint);
    const latencies: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      let receivedAt = 0;
      const since = new Date();
      const polling = receive(client, url, { WaitTimeSeconds: 20 }).then((messages) => {
        receivedAt = performance.now();
        return messages;
      });
      await pollIsAsleep(since);
      const sentAt = performance.now();
      await send(sender, url, 'wake up');
      expect(await polling).toHaveLength(1);
      latencies.push(receivedAt - sentAt);
    }
    sender.destroy();
    expect(latencies.sort((a, b) => a - b)[2]).toBeLessThan(100);
  });

  it('that its caller has left takes no message', async () => {
    const url = await createQueue(client);
    const leaving = new AbortController();
    const since = new Date();
    const left = receiveAborted(url, leaving.signal);
    await pollIsAsleep(since);
    leaving.abort();
    await left;
    // Answered after the server has seen the connection close.
    await queueAttribute(client, url, 'ApproximateNumberOfMessages');
    await send(client, url, 'for another');
    expect(await receive(client, url, { WaitTimeSeconds: 5 })).toHaveLength(1);
  });

  it('that its caller leaves while it looks hides no message from others', async () => {
    const url = await createQueue(client, { VisibilityTimeout: '300' });
    await send(client, url, 'for another');
    const leaving = new AbortController();
    // More than the server has connections to its database: some look, the rest wait for their turn to look.
    const polls = 10;
    await postgres.whileLocked('local_sqs.messages', async () => {
      const left = Promise.all(Array.from({ length: polls }, () => receiveAborted(url, leaving.signal)));
      await vi.waitFor(async () => expect(await looking()).toBe(6), { interval: 10, timeout: 10_000 });
      leaving.abort();
      await left;
      // Answered, without a look at the messages, after the server has seen the connections close.
      await client.send(new GetQueueUrlCommand({ QueueName: url.split('/').at(-1) }));
    });
    expect(await receive(client, url, { WaitTimeSeconds: 5 })).toHaveLength(1);
  });

  it('whose caller leaves as soon as it has asked takes no message', async () => {
    const url = await createQueue(client, { VisibilityTimeout: '300' });
    for (let round = 0; round < 20; round += 1) {
      const connections = await Promise.all(Array.from({ length: 20 }, connected));
      for (const connection of connections) connection.write(pollOf(url));
      for (const connection of connections) connection.destroy();
      await send(client, url, 'for another');
      expect(await receive(client, url, { WaitTimeSeconds: 10 })).toHaveLength(1);
    }
  });

  it('is answered when the server stops', async () => {
    const other = await startSqs({ databaseUrl: postgres.server.url, port: 0 });
    const poller = sqsClient(other.endpoint);
    const url = await createQueue(poller);
    const since = new Date();
    const polling = receive(poller, url, { WaitTimeSeconds: 20 });
    await pollIsAsleep(since);
    await other.stop();
    expect(await polling).toEqual([]);
    poller.destroy();
  });

  it('on a dead-letter queue ends when a message is moved there', async () => {
    const { url, deadLetterUrl } = await createQueueWithDeadLetter(client, 1);
    await send(client, url, 'poison');
    await receiveOne(client, url, { VisibilityTimeout: 0 });
    const since = new Date();
    const polling = receive(client, deadLetterUrl, { WaitTimeSeconds: 20 });
    await pollIsAsleep(since);
    const started = performance.now();
    await receive(client, url);
    expect(await polling).toHaveLength(1);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

async function receiveAborted(QueueUrl: string, signal: AbortSignal): Promise<void> {
  const body = JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 });
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.ReceiveMessage', authorization: 'any' };
  await expect(fetch(sqs.endpoint, { method: 'POST', headers, body, signal })).rejects.toThrow();
}

async function connected(): Promise<Socket> {
  const socket = connect(Number(new URL(sqs.endpoint).port), '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** A whole HTTP/1.1 request. */
function pollOf(QueueUrl: string): string {
  const body = JSON.stringify({ QueueUrl, WaitTimeSeconds: 20 });
  const headers = ['Host: 127.0.0.1', 'Authorization: any', 'Content-Type: application/x-amz-json-1.0', 'X-Amz-Target: AmazonSQS.ReceiveMessage', `Content-Length: ${body.length}`];
  return `POST / HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`;
}

/** A poll that found nothing asks when to look again, last of all; `since` leaves earlier polls out. */
async function pollIsAsleep(since: Date): Promise<void> {
  await vi.waitFor(async () => {
    const asleep = await postgres.query(
      `SELECT FROM pg_stat_activity WHERE application_name = 'local-sqs' AND state = 'idle' AND query LIKE '%AS ms%' AND query_start >= $1`,
      [since],
    );
    expect(asleep).not.toHaveLength(0);
  }, { interval: 10, timeout: 10_000 });
}

/** The polls that wait for a lock in the database. */
async function looking(): Promise<number> {
  return (await postgres.query(`SELECT FROM pg_stat_activity WHERE application_name = 'local-sqs' AND wait_event_type = 'Lock'`)).length;
}
