import {
  CreateSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { deadLetterQueueOf, type QueueDefinition } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts/queues';
import { provisionDatabase, provisionService } from '@atrium/platform/database';
import { stateGrantsSql, stateSchemaSql } from '@atrium/platform/state';
import pg from 'pg';
import { type Credentials, databaseServices } from './credentials.js';
import { databaseName } from './secret-values.js';
import { accountId, queuePrefix, region } from './service-environment.js';

const fourteenDaysInSeconds = 14 * 24 * 3600;

const awsClientOptions = (endpoint: string, credentials: Credentials) => ({ region, endpoint, credentials: credentials.aws });

/** Database, roles and schemas: what the bootstrap task does in AWS. Safe to repeat. */
export async function provisionPostgres(superuserUrl: string, credentials: Credentials): Promise<void> {
  const server = new pg.Client({ connectionString: superuserUrl });
  await server.connect();
  try {
    const { rowCount } = await server.query('select from pg_database where datname = $1', [databaseName]);
    if (rowCount === 0) await server.query(`create database ${databaseName}`);
  } finally {
    await server.end();
  }
  const administrator = new pg.Client({ connectionString: databaseUrl(superuserUrl) });
  await administrator.connect();
  try {
    await provisionDatabase(administrator);
    for (const service of databaseServices) {
      await provisionService(administrator, service, {
        owner: credentials.owner[service] ?? '',
        app: credentials.app[service] ?? '',
      });
    }
    await provisionState(administrator, credentials.state);
  } finally {
    await administrator.end();
  }
}

async function provisionState(administrator: pg.Client, password: string): Promise<void> {
  await administrator.query(`
    do $$ begin
      if not exists (select from pg_roles where rolname = 'state_app') then create role state_app; end if;
    end $$;
    alter role state_app login nosuperuser nobypassrls password ${pg.escapeLiteral(password)};
    ${stateSchemaSql}
    ${stateGrantsSql('state_app')}`);
}

function databaseUrl(superuserUrl: string): string {
  const url = new URL(superuserUrl);
  url.pathname = `/${databaseName}`;
  return url.href;
}

/** Gives secrets these values; the local values may have moved to other ports since. */
export async function provisionSecrets(endpoint: string, values: Readonly<Record<string, unknown>>, credentials: Credentials): Promise<void> {
  const client = new SecretsManagerClient(awsClientOptions(endpoint, credentials));
  await Promise.all(Object.entries(values).map(([id, value]) => putSecret(client, id, JSON.stringify(value))));
  client.destroy();
}

async function putSecret(client: SecretsManagerClient, Name: string, SecretString: string): Promise<void> {
  try {
    await client.send(new CreateSecretCommand({ Name, SecretString }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: Name, SecretString }));
  }
}

/** Every queue of the contracts with its dead-letter queue. */
export async function provisionQueues(endpoint: string, credentials: Credentials): Promise<void> {
  const client = new SQSClient(awsClientOptions(endpoint, credentials));
  await Promise.all(Object.values(queues).map((queue) => createQueue(client, queue)));
  client.destroy();
}

async function createQueue(client: SQSClient, queue: QueueDefinition): Promise<void> {
  const name = (plain: string) => `${queuePrefix}${plain}`;
  const deadLetters = deadLetterQueueOf(queue.name);
  const MessageRetentionPeriod = String(fourteenDaysInSeconds);
  const MaximumMessageSize = String(1024 * 1024);
  await client.send(
    new CreateQueueCommand({ QueueName: name(deadLetters), Attributes: { MessageRetentionPeriod, MaximumMessageSize } }),
  );
  const deadLetterTargetArn = `arn:aws:sqs:${region}:${accountId}:${name(deadLetters)}`;
  const Attributes = {
    MessageRetentionPeriod,
    MaximumMessageSize,
    VisibilityTimeout: String(queue.visibilityTimeoutSeconds),
    RedrivePolicy: JSON.stringify({ deadLetterTargetArn, maxReceiveCount: queue.maxReceiveCount }),
  };
  await client.send(new CreateQueueCommand({ QueueName: name(queue.name), Attributes }));
}
