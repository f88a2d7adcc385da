// Auth in a process of its own, its engines, and people who have signed in there before.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queues as allQueues } from '@atrium/contracts/queues';
import { findFreePort, startSecretsManager } from '@atrium/local';
import { startServiceDatabase } from '@atrium/testing';
import { ensureEncryptionKey } from '../../apps/auth/dist/encryption/key-provision.js';
import { authMigrations } from '../../apps/auth/dist/migrations/index.js';
import { ensureSigningKey } from '../../apps/auth/dist/signing-keys/key-rotation.js';
import { measureCpu, parentOf } from './cpu-times.mjs';
import { hashEnvironment, madeHash, password } from './password.mjs';
import { startProcess } from '../lib/processes.mjs';

const require = createRequire(new URL('../../apps/auth/package.json', import.meta.url));
const { CreateSecretCommand, SecretsManagerClient } = require('@aws-sdk/client-secrets-manager');
const { CreateQueueCommand, SQSClient } = require('@aws-sdk/client-sqs');

const region = 'eu-central-1';
const signingKeys = 'atrium/auth/signing-keys';
const encryptionKeys = 'atrium/auth/encryption-keys';
export { password };

async function startEngines() {
  const folder = mkdtempSync(join(tmpdir(), 'atrium-bench-auth-'));
  const database = await startServiceDatabase({ service: 'auth', migrations: authMigrations });
  const sqs = await startProcess(new URL('./queue.mjs', import.meta.url), { QUEUE_DATABASE_URL: database.url });
  const secrets = await startSecretsManager({ port: await findFreePort(), dataDir: folder });
  const environment = {
    AWS_REGION: region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local',
    AWS_ENDPOINT_URL_SQS: sqs.endpoint, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint,
  };
  Object.assign(process.env, environment);
  const client = new SecretsManagerClient({ region });
  for (const [Name, document] of Object.entries(database.secretDocuments)) {
    await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify(document) }));
  }
  await ensureSigningKey(client, signingKeys);
  await ensureEncryptionKey(client, encryptionKeys);
  client.destroy();
  const queues = new SQSClient({ region, endpoint: sqs.endpoint });
  for (const { name } of Object.values(allQueues)) {
    for (const QueueName of [name, `${name}-dlq`]) await queues.send(new CreateQueueCommand({ QueueName }));
  }
  queues.destroy();
  return {
    database, sqs, environment,
    stop: async () => {
      await secrets.stop();
      await sqs.stop();
      await database.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Verified people with one membership each. */
async function makePeople(superuser, count) {
  const hash = await madeHash();
  const people = Array.from({ length: count }, () => ({ id: randomUUID(), email: `${randomUUID()}@example.com`, orgId: randomUUID() }));
  const roles = JSON.stringify([{ name: 'org_admin', site_id: null, permissions: ['users.read', 'sites.read', 'assets.read'] }]);
  for (const { id, email, orgId } of people) {
    await superuser.query(
      `insert into auth.accounts (id, email, password_hash, email_verified_at, last_org_id) values ($1, $2, $3, now(), $4)`,
      [id, email, hash, orgId],
    );
    await superuser.query(`insert into auth.memberships (org_id, user_id, version, active, roles) values ($1, $2, 1, true, $3)`, [orgId, id, roles]);
  }
  return people;
}

/** Auth listening on `port`, with `people` and the device cookie of each. */
export async function startAuthStack(peopleCount) {
  const engines = await startEngines();
  const service = await startProcess(new URL('./ours.mjs', import.meta.url), {
    ...engines.environment, ...hashEnvironment,
    PORT: '0', LOG_LEVEL: 'error', LIMIT_SCALE: '100000000', JWKS_URL: 'http://auth.bench/jwks.json', TOKEN_ISSUER: 'http://auth.bench', PASSKEY_RP_ID: 'localhost', PASSKEY_ORIGINS: 'http://localhost',
    USERS_URL: 'http://127.0.0.1:9', PUBLIC_URL: 'http://gateway.test', APP_URL: 'http://gateway.test', ENCRYPTION_KEYS_SECRET_ID: encryptionKeys,
    STATE_SECRET_ID: 'atrium/state', DATABASE_SECRET_ID: 'atrium/auth/database', SIGNING_KEYS_SECRET_ID: signingKeys,
    QUEUE_URL_BASE: `${engines.sqs.endpoint}/000000000000/`,
  });
  const { superuser } = engines.database;
  const people = await makePeople(superuser, peopleCount);
  for (const person of people) {
    const answer = await fetch(`http://127.0.0.1:${service.port}/api/v1/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: person.email, password }),
    });
    if (answer.status !== 200) throw new Error(`The first sign-in answered ${answer.status} ${await answer.text()}`);
    person.cookie = answer.headers.getSetCookie()[0].split(';')[0];
    person.refreshToken = (await answer.json()).refresh_token;
  }
  const { rows: [{ pid }] } = await superuser.query('select pg_backend_pid() as pid');
  const postmaster = parentOf(pid);
  return {
    port: service.port,
    pid: service.pid,
    people,
    database: engines.database,
    /** What `work` does then shows what a sign-in costs beside its hash, or warms the service quickly. */
    withoutHashes: async (work) => {
      await service.tell({ withoutHash: true });
      await work();
      await service.tell({ withoutHash: Boolean(process.env.BENCH_WITHOUT_HASH) });
    },
    startCpuTimer: () => measureCpu({ auth: { pid: service.pid }, PostgreSQL: { pid: postmaster, family: true }, SQS: { pid: engines.sqs.pid } }),
    stop: async () => {
      await service.stop();
      await engines.stop();
    },
  };
}

/** A whole HTTP/1.1 request. */
export function post(path, body, headers = '') {
  const text = JSON.stringify(body);
  return Buffer.from(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n${headers}\r\n${text}`);
}
