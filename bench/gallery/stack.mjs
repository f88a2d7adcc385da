// The gallery's API in a process of its own, its engines, and a member with a site. S3 is never asked: signing is local.
import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { queues as allQueues } from '@atrium/contracts/queues';
import { systemRoles } from '@atrium/contracts/users';
import { secretVariable } from '@atrium/platform/secrets';
import { startServiceDatabase, TokenIssuer } from '@atrium/testing';
import { galleryMigrations } from '../../apps/gallery/dist/migrations/index.js';
import { measureCpu, parentOf } from '../auth/cpu-times.mjs';
import { startProcess } from '../lib/processes.mjs';

const { CreateQueueCommand, SQSClient } = createRequire(new URL('../../apps/gallery/package.json', import.meta.url))('@aws-sdk/client-sqs');
const region = 'eu-central-1';

export async function startGalleryStack() {
  const database = await startServiceDatabase({ service: 'gallery', migrations: galleryMigrations });
  const issuer = await new TokenIssuer().start();
  const sqs = await startProcess(new URL('../auth/queue.mjs', import.meta.url), { QUEUE_DATABASE_URL: database.url });
  const aws = { AWS_REGION: region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_ENDPOINT_URL_SQS: sqs.endpoint };
  Object.assign(process.env, aws);
  const client = new SQSClient({ region, endpoint: sqs.endpoint });
  for (const { name } of Object.values(allQueues)) {
    for (const QueueName of [name, `${name}-dlq`]) await client.send(new CreateQueueCommand({ QueueName }));
  }
  client.destroy();
  const secrets = Object.entries(database.secretDocuments).map(([name, document]) => [secretVariable(name), JSON.stringify(document)]);
  const service = await startProcess(new URL('./ours.mjs', import.meta.url), {
    ...aws,
    ...Object.fromEntries(secrets),
    PORT: '0', LOG_LEVEL: 'error', JWKS_URL: issuer.jwksUrl, TOKEN_ISSUER: issuer.url, USERS_URL: issuer.url, PUBLIC_URL: 'https://atrium.example',
    STATE_SECRET_ID: 'atrium/state', DATABASE_SECRET_ID: 'atrium/gallery/database', QUEUE_URL_BASE: `${sqs.endpoint}/000000000000/`,
    QUARANTINE_BUCKET: 'bench-quarantine', READY_BUCKET: 'bench-ready', S3_FORCE_PATH_STYLE: 'true', S3_PUBLIC_ENDPOINT: 'http://127.0.0.1:9',
  });
  const orgId = randomUUID();
  const siteId = randomUUID();
  await database.superuser.query(`insert into gallery.sites values ($1, $2, 'A site', false, 1)`, [orgId, siteId]);
  const { rows: [{ pid }] } = await database.superuser.query('select pg_backend_pid() as pid');
  // At once: a connection that rests is closed.
  const postmaster = parentOf(pid);
  return {
    port: service.port,
    siteId,
    token: issuer.token({ sub: randomUUID(), org_id: orgId, site_ids: [], roles: ['member'], permissions: systemRoles.member.permissions, site_permissions: {} }),
    startCpuTimer: () =>
      measureCpu({ gallery: { pid: service.pid }, PostgreSQL: { pid: postmaster, family: true }, SQS: { pid: sqs.pid } }),
    stop: async () => {
      await service.stop();
      await sqs.stop();
      issuer.stop();
      await database.stop();
    },
  };
}
