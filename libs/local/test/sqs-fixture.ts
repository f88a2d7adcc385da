import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
  type QueueAttributeName,
  type ReceiveMessageCommandInput,
} from '@aws-sdk/client-sqs';
import pg from 'pg';
import { findFreePort } from '../src/ports.js';
import { startPostgres, type RunningPostgres } from '../src/postgres/index.js';
import { startSqs, type SqsServer } from '../src/sqs/index.js';

export interface TestPostgres {
  server: RunningPostgres;
  /** Kills the database at once, as a power cut would, and starts it again on the same data. */
  crashAndRestart(): Promise<RunningPostgres>;
  query(text: string, values?: unknown[]): Promise<unknown[]>;
  /** Nobody else reads or writes the table until the work is done. */
  whileLocked(table: string, work: () => Promise<void>): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestPostgres(): Promise<TestPostgres> {
  const root = mkdtempSync(join(tmpdir(), 'local-sqs-'));
  const start = async (): Promise<RunningPostgres> =>
    startPostgres({ dataDir: join(root, 'data'), port: await findFreePort(), superuserPassword: 'postgres' });
  const connected = async <T>(work: (connection: pg.Client) => Promise<T>): Promise<T> => {
    const connection = new pg.Client({ connectionString: fixture.server.url });
    await connection.connect();
    try {
      return await work(connection);
    } finally {
      await connection.end();
    }
  };
  const fixture: TestPostgres = {
    server: await start(),
    async crashAndRestart() {
      process.kill(fixture.server.pid, 'SIGKILL');
      await fixture.server.exited;
      fixture.server = await start();
      return fixture.server;
    },
    query: (text, values) => connected((connection) => connection.query(text, values).then(({ rows }) => rows)),
    whileLocked: (table, work) =>
      connected(async (connection) => {
        await connection.query(`BEGIN; LOCK TABLE ${table}`);
        await work();
      }),
    async stop() {
      await fixture.server.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return fixture;
}

export function sqsClient(endpoint: string): SQSClient {
  return new SQSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
}

export interface TestSqs {
  readonly postgres: TestPostgres;
  readonly sqs: SqsServer;
  readonly client: SQSClient;
  stop(): Promise<void>;
}

/** The local SQS over a database of its own. */
export async function startTestSqs(): Promise<TestSqs> {
  const postgres = await startTestPostgres();
  const sqs = await startSqs({ databaseUrl: postgres.server.url, port: 0 });
  const client = sqsClient(sqs.endpoint);
  return {
    postgres,
    sqs,
    client,
    async stop() {
      client.destroy();
      await sqs.stop();
      await postgres.stop();
    },
  };
}

let queueNumber = 0;

export async function createQueue(client: SQSClient, attributes: Partial<Record<QueueAttributeName, string>> = {}): Promise<string> {
  queueNumber += 1;
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: `queue-${queueNumber}`, Attributes: attributes }));
  if (QueueUrl === undefined) throw new Error('CreateQueue gave no QueueUrl');
  return QueueUrl;
}

export async function queueAttribute(client: SQSClient, QueueUrl: string, name: QueueAttributeName): Promise<string> {
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [name] }));
  return Attributes?.[name] ?? '';
}

/** A queue that dead-letters to another. */
export async function createQueueWithDeadLetter(client: SQSClient, maxReceiveCount: number): Promise<{ url: string; deadLetterUrl: string; deadLetterArn: string }> {
  const deadLetterUrl = await createQueue(client);
  const deadLetterArn = await queueAttribute(client, deadLetterUrl, 'QueueArn');
  const url = await createQueue(client, {
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount }),
  });
  return { url, deadLetterUrl, deadLetterArn };
}

export async function send(client: SQSClient, QueueUrl: string, MessageBody: string): Promise<string> {
  const { MessageId } = await client.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  return MessageId ?? '';
}

export async function receive(client: SQSClient, QueueUrl: string, options: Omit<ReceiveMessageCommandInput, 'QueueUrl'> = {}): Promise<Message[]> {
  const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...options }));
  return Messages ?? [];
}

export async function receiveOne(client: SQSClient, QueueUrl: string, options: Omit<ReceiveMessageCommandInput, 'QueueUrl'> = {}): Promise<Message> {
  const [message] = await receive(client, QueueUrl, { MaxNumberOfMessages: 1, ...options });
  if (message === undefined) throw new Error('no message was received');
  return message;
}

/** The code that the SDK gives a refused call. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
  return 'accepted';
}
