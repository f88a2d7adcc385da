import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueOf } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts';
import { findFreePort, type RunningS3, startPostgres, startS3, startSqs } from '@atrium/local';
import { migrate, provisionDatabase, provisionService } from '@atrium/platform/database';
import { stateSchemaSql } from '@atrium/platform/state';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { galleryMigrations } from '../src/migrations/index.js';

export const buckets = { quarantine: 'test-quarantine', ready: 'test-ready' };
export const region = 'eu-central-1';
const credentials = { accessKeyId: 'test-key', secretAccessKey: 'test-secret' };
const passwords = { owner: 'owner-password', app: 'app-password' };

export interface Engines {
  readonly databasePort: number;
  readonly superuserUrl: string;
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
}

const connection = (port: number, role: 'owner' | 'app') => ({
  host: '127.0.0.1',
  port,
  dbname: 'postgres',
  username: `gallery_${role}`,
  password: passwords[role],
});

export const databaseSecretOf = ({ databasePort }: Pick<Engines, 'databasePort'>): string =>
  JSON.stringify(connection(databasePort, 'app'));

/** A data source as one of the service's roles, without the service around it. */
export function dataSourceAs(port: number, role: 'owner' | 'app'): DataSource {
  const { username, password, dbname: database } = connection(port, role);
  return new DataSource({
    type: 'postgres', host: '127.0.0.1', port, database, username, password, schema: 'gallery',
    migrations: galleryMigrations, migrationsTableName: 'migrations', migrationsTransactionMode: 'each',
  });
}

async function prepareDatabase(url: string, port: number): Promise<void> {
  const administrator = new pg.Client({ connectionString: url });
  await administrator.connect();
  await provisionDatabase(administrator);
  await provisionService(administrator, 'gallery', passwords);
  await administrator.query(stateSchemaSql);
  await administrator.end();
  await migrate(dataSourceAs(port, 'owner'));
}

async function createQueues(sqs: SQSClient): Promise<string> {
  const names = [queues.galleryUploads, queues.galleryInbox].flatMap(({ name }) => [name, deadLetterQueueOf(name)]);
  let url = '';
  for (const QueueName of names) url = (await sqs.send(new CreateQueueCommand({ QueueName }))).QueueUrl ?? '';
  return url.slice(0, url.lastIndexOf('/') + 1);
}

/** PostgreSQL, SQS and S3 of their own, with what the gallery needs in them; the AWS SDK of this process points there. */
export async function startEngines({ notifications }: EngineSettings): Promise<Engines> {
  const folder = mkdtempSync(join(tmpdir(), 'gallery-'));
  const databasePort = await findFreePort();
  const postgres = await startPostgres({ dataDir: join(folder, 'pg'), port: databasePort, superuserPassword: 'postgres' });
  await prepareDatabase(postgres.url, databasePort);
  const sqsServer = await startSqs({ databaseUrl: postgres.url, port: 0, region });
  const sqs = new SQSClient({ region, credentials, endpoint: sqsServer.endpoint });
  const queueUrlBase = await createQueues(sqs);
  const announce = async (body: unknown): Promise<void> => {
    await sqs.send(new SendMessageCommand({ QueueUrl: queueUrlBase + queues.galleryUploads.name, MessageBody: JSON.stringify(body) }));
  };
  const notify = { events: ['s3:ObjectCreated:*'], prefix: 'quarantine/', send: announce };
  let ahead = 0;
  const startStorage = (port: number): Promise<RunningS3> =>
    startS3({
      dataDir: join(folder, 's3'), port, credentials, region, now: () => Date.now() + ahead,
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
    databasePort,
    superuserUrl: postgres.url,
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
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
