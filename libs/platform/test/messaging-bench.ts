import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { deadLetterQueueOf, type QueueDefinition } from '@atrium/contract-kit';
import { findFreePort, startSqs } from '@atrium/local';
import { addServiceSchema, type DatabaseServer, startDatabaseServer } from '@atrium/testing';
import { startFauxqs } from 'fauxqs';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import type { Database } from '../src/database/index.js';
import { createLogger, type Logger } from '../src/logging/index.js';
import { inboxSchemaSql, outboxSchemaSql } from '../src/messaging/index.js';

/** PostgreSQL and SQS for the messaging tests, with the schemas of two services in them. */
export interface MessagingBench {
  readonly sqs: SQSClient;
  readonly queueUrl: (name: string) => string;
  /** A service's database as its `_app` role sees it. */
  readonly database: (service: 'auth' | 'users') => Database;
  /** The superuser's view, for looking at what is really there. */
  readonly superuser: DatabaseServer['superuser'];
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

const effects = 'create table users.effects (message_id uuid, org_id uuid, note text); grant select, insert on users.effects to users_app;';

/** Outbox and inbox of a service, and a table for what its handlers do. */
const messagingSchemaOf = (service: string) =>
  class CreateMessaging1790000000000 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      await runner.query(outboxSchemaSql(service));
      await runner.query(inboxSchemaSql(service));
      if (service === 'users') await runner.query(effects);
    }

    async down(): Promise<void> {
      throw new Error('The bench is thrown away whole.');
    }
  };

export async function startMessagingBench(engine: keyof typeof engines = 'local'): Promise<MessagingBench> {
  const server = await startDatabaseServer();
  const open = async (service: string) => {
    const schema = await addServiceSchema(server, { service, migrations: [messagingSchemaOf(service)] });
    return { close: schema.close, database: await schema.openApp(12) };
  };
  const schemas = { auth: await open('auth'), users: await open('users') };
  const sqsPort = await findFreePort();
  let sqsServer = await engines[engine](server.url, sqsPort);
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const sqs = new SQSClient({ endpoint: sqsServer.endpoint, region: 'us-east-1', credentials });
  const log: string[] = [];
  return {
    ...queueTools(sqs, sqsServer.endpoint),
    sqs,
    superuser: server.superuser,
    log,
    logger: createLogger({ service: 'test', level: 'debug', destination: { write: (line: string) => void log.push(line) } }),
    database: (service) => schemas[service].database,
    interruptSqs: async () => {
      await sqsServer.stop();
      return async () => void (sqsServer = await engines[engine](server.url, sqsPort));
    },
    stop: async () => {
      await Promise.all(Object.values(schemas).map(({ close }) => close()));
      sqs.destroy();
      await sqsServer.stop();
      await server.stop();
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
