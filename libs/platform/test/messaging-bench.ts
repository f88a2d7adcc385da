import { mkdtempSync, chmodSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { deadLetterQueueOf, type QueueDefinition } from '@atrium/contract-kit';
import { findFreePort, startPostgres, startSqs } from '@atrium/local';
import { startFauxqs } from 'fauxqs';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { Database, provisionService } from '../src/database/index.js';
import { createLogger, type Logger } from '../src/logging/index.js';
import { inboxSchemaSql, outboxSchemaSql } from '../src/messaging/index.js';

/** PostgreSQL and SQS for the messaging tests, with the schemas of two services in them. */
export interface MessagingBench {
  readonly sqs: SQSClient;
  readonly queueUrl: (name: string) => string;
  /** A service's database as its `_app` role sees it. */
  readonly database: (service: 'auth' | 'users') => Database;
  /** The administrator's view, for looking at what is really there. */
  readonly admin: pg.Client;
  /** A queue with its dead-letter queue, fit for a consumer. */
  readonly createQueue: (name: string, settings?: { visibility?: number; maxReceives?: number }) => Promise<QueueDefinition>;
  readonly send: (queue: string, ...bodies: string[]) => Promise<void>;
  /** Takes what can be received now. */
  readonly receive: (queue: string) => Promise<Message[]>;
  /** Messages in the queue: to be had now, and in flight. */
  readonly depth: (queue: string) => Promise<{ ready: number; inFlight: number }>;
  /** Everything logged, as text. */
  readonly log: string[];
  readonly logger: Logger;
  /** Takes SQS away and gives back the means to bring it up again, with everything in it. */
  readonly interruptSqs: () => Promise<() => Promise<void>>;
  stop(): Promise<void>;
}

interface SqsEngine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Two SQS of different makers: the local stack's, which is durable, and a well-known emulator in memory. */
const engines = {
  local: (databaseUrl: string, port: number): Promise<SqsEngine> => startSqs({ databaseUrl, port }),
  fauxqs: async (_databaseUrl: string, port: number): Promise<SqsEngine> => {
    const server = await startFauxqs({ port, logger: false });
    return { endpoint: server.address, stop: () => server.stop() };
  },
};

/** A promise to be resolved from outside. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve };
}

const services = ['auth', 'users'] as const;
const effects = `create table users.effects (message_id uuid, org_id uuid, note text);
  grant select, insert on users.effects to users_app; alter table users.effects owner to users_owner;`;

async function connect(port: number, user: string): Promise<DataSource> {
  const source = new DataSource({
    type: 'postgres',
    host: '127.0.0.1',
    port,
    database: 'postgres',
    username: user,
    password: 'test',
    extra: { max: 12, connectionTimeoutMillis: 1_000 },
  });
  return source.initialize();
}

async function prepare(admin: pg.Client, port: number): Promise<Map<string, DataSource>> {
  const sources = new Map<string, DataSource>();
  for (const service of services) {
    await provisionService(admin, service, { owner: 'test', app: 'test' });
    const owner = new pg.Client({ host: '127.0.0.1', port, database: 'postgres', user: `${service}_owner`, password: 'test' });
    await owner.connect();
    await owner.query(outboxSchemaSql(service));
    await owner.query(inboxSchemaSql(service));
    await owner.end();
    sources.set(service, await connect(port, `${service}_app`));
  }
  await admin.query(effects);
  return sources;
}

export async function startMessagingBench(engine: keyof typeof engines = 'local'): Promise<MessagingBench> {
  const dataDir = mkdtempSync(join(tmpdir(), 'atrium-messaging-'));
  chmodSync(dataDir, 0o755);
  const port = await findFreePort();
  const postgres = await startPostgres({ dataDir: join(dataDir, 'pg'), port, superuserPassword: 'test' });
  const admin = new pg.Client({ connectionString: postgres.url });
  admin.on('error', () => undefined);
  await admin.connect();
  const sources = await prepare(admin, port);
  const sqsPort = await findFreePort();
  let server = await engines[engine](postgres.url, sqsPort);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint: server.endpoint, region: 'us-east-1', credentials });
  const log: string[] = [];
  return {
    ...queueTools(sqs, server.endpoint),
    sqs,
    admin,
    log,
    logger: createLogger({ service: 'test', level: 'debug', destination: { write: (line: string) => void log.push(line) } }),
    database: (service) => {
      const source = sources.get(service);
      if (!source) throw new Error(`no database of ${service}`);
      return new Database(source);
    },
    interruptSqs: async () => {
      await server.stop();
      return async () => void (server = await engines[engine](postgres.url, sqsPort));
    },
    stop: async () => {
      await Promise.all([...sources.values()].map((source) => source.destroy()));
      await admin.end();
      sqs.destroy();
      await server.stop();
      await postgres.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function queueTools(sqs: SQSClient, endpoint: string): Pick<MessagingBench, 'queueUrl' | 'createQueue' | 'send' | 'receive' | 'depth'> {
  const queueUrl = (name: string) => `${endpoint}/000000000000/${name}`;
  const attributesOf = async (name: string) =>
    (await sqs.send(new GetQueueAttributesCommand({ QueueUrl: queueUrl(name), AttributeNames: ['All'] }))).Attributes ?? {};
  return {
    queueUrl,
    createQueue: async (name, { visibility = 30, maxReceives = 5 } = {}) => {
      await sqs.send(new CreateQueueCommand({ QueueName: deadLetterQueueOf(name) }));
      const deadLetterTargetArn = (await attributesOf(deadLetterQueueOf(name))).QueueArn;
      const RedrivePolicy = JSON.stringify({ deadLetterTargetArn, maxReceiveCount: maxReceives });
      await sqs.send(new CreateQueueCommand({ QueueName: name, Attributes: { VisibilityTimeout: String(visibility), RedrivePolicy } }));
      return { name, visibilityTimeoutSeconds: visibility, maxReceiveCount: maxReceives };
    },
    send: async (queue, ...bodies) => {
      for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(queue), MessageBody }));
    },
    receive: async (queue) => {
      const command = new ReceiveMessageCommand({ QueueUrl: queueUrl(queue), MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] });
      return (await sqs.send(command)).Messages ?? [];
    },
    depth: async (queue) => {
      const { ApproximateNumberOfMessages: ready, ApproximateNumberOfMessagesNotVisible: inFlight } = await attributesOf(queue);
      return { ready: Number(ready), inFlight: Number(inFlight) };
    },
  };
}
