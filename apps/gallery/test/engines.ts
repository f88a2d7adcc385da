import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts';
import { type RunningS3, startS3, startSqs } from '@atrium/local';
import { type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import { galleryMigrations } from '../src/migrations/index.js';

export const buckets = { quarantine: 'test-quarantine', ready: 'test-ready' };
export const region = 'eu-central-1';
const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };

export interface Engines {
  readonly database: ServiceDatabase;
  readonly s3Endpoint: string;
  readonly queueUrlBase: string;
  /** Puts a message on the queue of uploads. */
  announce(body: unknown): Promise<void>;
  /** Runs `work` while S3 does not answer. */
  withoutS3(work: () => Promise<void>): Promise<void>;
  /** Sets S3's clock, in milliseconds from now, while `work` runs. */
  withS3Ahead<T>(milliseconds: number, work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export interface EngineSettings {
  /** Whether S3 announces what is uploaded; else `announce` and `complete` alone do. */
  readonly notifications: boolean;
  /** Largest file that the gallery takes, in bytes; 1,000,000 where unset. */
  readonly maxUploadBytes?: number;
}

async function createQueues(sqs: SQSClient): Promise<string> {
  const names = [queues.galleryUploads, queues.galleryInbox, queues.usersAudit, queues.eventsAudit, queues.eventsDomain].flatMap(({ name }) => [name, deadLetterQueueOf(name)]);
  let url = '';
  for (const QueueName of names) url = (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  return url.slice(0, url.lastIndexOf('/') + 1);
}

/** PostgreSQL, SQS and S3 of their own, with what the gallery needs in them; the AWS SDK of this process points there. */
export async function startEngines({ notifications }: EngineSettings): Promise<Engines> {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-gallery-'));
  const database = await startServiceDatabase({ service: 'gallery', migrations: galleryMigrations });
  const sqsServer = await startSqs({ databaseUrl: database.url, port: 0, region });
  const sqs = new SQSClient({ region, credentials, endpoint: sqsServer.endpoint });
  const queueUrlBase = await createQueues(sqs);
  const announce = async (body: unknown): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrlBase + queues.galleryUploads.name, MessageBody: JSON.stringify(body) }));
  };
  const notify = { events: ['s3:ObjectCreated:*'], prefix: 'quarantine/', send: announce };
  let ahead = 0;
  const startStorage = (port: number): Promise<RunningS3> =>
    startS3({
      dataDir: folder, port, credentials, region, now: () => Date.now() + ahead,
      buckets: [{ name: buckets.quarantine, ...(notifications ? { notify } : {}) }, { name: buckets.ready }],
    });
  let s3 = await startStorage(0);
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_ENDPOINT_URL_SQS: sqsServer.endpoint,
  });
  return {
    database,
    s3Endpoint: s3.endpoint,
    queueUrlBase,
    announce,
    async withoutS3(work) {
      const port = Number(new URL(s3.endpoint).port);
      await s3.stop();
      await work();
      s3 = await startStorage(port);
    },
    async withS3Ahead(milliseconds, work) {
      ahead = milliseconds;
      return work().finally(() => (ahead = 0));
    },
    async stop() {
      sqs.destroy();
      await s3.stop();
      await sqsServer.stop();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
