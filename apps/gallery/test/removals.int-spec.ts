import { randomUUID } from 'node:crypto';
import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DomainEventDefinition } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts';
import { organizationChanged, siteChanged } from '@atrium/contracts/domain-events';
import { newId } from '@atrium/platform/database';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removedTables } from '../src/removals/removal.repository.js';
import { TenantRemoval } from '../src/removals/tenant-removal.js';
import { prefixesOf, quarantineKeyOf, readyKeyOf } from '../src/storage/object-key.js';
import { StoredObjects } from '../src/storage/stored-objects.js';
import { buckets, region } from './engines.js';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';
import { multipartsOf } from './multiparts.js';
import { auditOf, eventsOf, recordTold } from './told.js';

let gallery: Gallery;
let sqs: SQSClient;
let s3: S3Client;
let objects: StoredObjects;

beforeAll(async () => {
  gallery = await Gallery.start(undefined, { UPLOAD_SWEEP_SECONDS: '3600', RECONCILE_SECONDS: '86400' });
  await recordTold(gallery);
  [sqs, s3] = [new SQSClient({ region }), new S3Client({ region, forcePathStyle: true })];
  objects = gallery.worker.get(StoredObjects);
});
afterAll(async () => {
  sqs?.destroy();
  s3?.destroy();
  await gallery?.stop();
});

/** As users tells it; resolves once it is heard of. */
async function tell(definition: DomainEventDefinition, orgId: string, data: object): Promise<void> {
  const envelope = { id: randomUUID(), type: definition.type, version: definition.version, occurred_at: new Date().toISOString(), org_id: orgId, request_id: randomUUID(), data };
  await sqs.send(new SendMessageCommand({ QueueUrl: gallery.engines.queueUrlBase + queues.galleryInbox.name, MessageBody: JSON.stringify(envelope) }));
  await until('the message to be heard', async () => (await query('select 1 from gallery.inbox where message_id = $1', [envelope.id])).length === 1);
}
const query = async (sql: string, values: unknown[]): Promise<object[]> => (await gallery.engines.database.superuser.query<object>(sql, values)).rows;
const sweep = () => gallery.worker.get(TenantRemoval).sweep();
const passDays = (orgId: string, days: number) =>
  query('update gallery.removals set due_at = due_at - make_interval(days => $2) where org_id = $1', [orgId, days]);

async function readyFile(member: Member, siteId: string): Promise<{ id: string; key: string }> {
  const upload = await gallery.requestUpload(member, siteId, png);
  await send(upload, png);
  await gallery.settled(member, upload.asset_id);
  return { id: upload.asset_id, key: readyKeyOf({ orgId: member.orgId, siteId, assetId: upload.asset_id }) };
}
const newAdmin = (): Member => ({ userId: newId(), orgId: newId(), role: 'org_admin' });

it('every table with an org_id is one that the removal of organizations knows', async () => {
  const rows = await query(
    `select c.table_name as name from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where c.table_schema = 'gallery' and c.column_name = 'org_id' and t.table_type = 'BASE TABLE' order by 1`,
    [],
  );
  expect(rows).toEqual([...removedTables].toSorted().map((name) => ({ name })));
});

describe('a deleted organization', () => {
  it('leaves nothing after 30 days: no row, no object, no part; others keep theirs', async () => {
    const [ended, other] = [newAdmin(), newAdmin()];
    const [siteId, otherSite] = [await gallery.addSite(ended.orgId), await gallery.addSite(other.orgId)];
    const [file, kept] = [await readyFile(ended, siteId), await readyFile(other, otherSite)];
    const { asset_id: open } = await gallery.requestUpload(ended, siteId, png);
    await s3.send(new CreateMultipartUploadCommand({ Bucket: buckets.quarantine, Key: quarantineKeyOf({ orgId: ended.orgId, siteId, assetId: open }) }));
    await s3.send(new PutObjectCommand({ Bucket: buckets.ready, Key: readyKeyOf({ orgId: ended.orgId, siteId, assetId: randomUUID() }), Body: 'left' }));
    await tell(organizationChanged, ended.orgId, { org_id: ended.orgId, name: 'Ended', version: 2, deleted: true });
    await tell(siteChanged, ended.orgId, { org_id: ended.orgId, site_id: siteId, name: 'Gone', deleted: true, version: 2 });

    await passDays(ended.orgId, 29);
    expect(await sweep()).toEqual([]);
    expect(await objects.has('ready', file.key)).toBe(true);
    await passDays(ended.orgId, 1);
    const reaped = await sweep();
    expect(reaped.reduce((sum, { count }) => sum + count, 0)).toBe(2);
    for (const table of removedTables.filter((name) => name !== 'removals')) {
      expect([table, await query(`select 1 from gallery.${table} where org_id = $1`, [ended.orgId])]).toEqual([table, []]);
    }
    for (const [bucket, prefix] of prefixesOf(ended.orgId)) expect((await objects.page(bucket, { prefix })).objects).toEqual([]);
    expect(await multipartsOf(gallery, `quarantine/${ended.orgId}/`)).toEqual([]);
    expect([(await eventsOf(gallery, file.id)).at(-1), (await eventsOf(gallery, open)).at(-1)]).toEqual(['asset.purged', 'asset.purged']);
    expect(await auditOf(gallery, ended.orgId)).toEqual(['organization.files_removed']);
    expect([(await gallery.asset(other, kept.id)).status, await objects.has('ready', kept.key)]).toEqual([200, true]);
  });

  it('is looked at again until nothing of before can come any more, and then forgotten', async () => {
    const ended = newAdmin();
    await tell(organizationChanged, ended.orgId, { org_id: ended.orgId, name: 'Ended', version: 2, deleted: true });
    const runs = [];
    for (let run = 0; run < 4; run += 1) {
      await passDays(ended.orgId, 30);
      runs.push((await sweep()).length);
      // A message that was long on its way.
      await tell(siteChanged, ended.orgId, { org_id: ended.orgId, site_id: randomUUID(), name: 'Late', deleted: false, version: 1 });
    }
    expect(runs).toEqual([1, 1, 1, 0]);
    expect(await query('select 1 from gallery.removals where org_id = $1', [ended.orgId])).toEqual([]);
    expect(await auditOf(gallery, ended.orgId)).toEqual(['organization.files_removed']);
  });
});

describe('a deleted site', () => {
  it('takes no upload any more, and leaves no file after 30 days; its organization keeps the others', async () => {
    const admin = newAdmin();
    const [gone, stays] = [await gallery.addSite(admin.orgId), await gallery.addSite(admin.orgId)];
    const [file, kept] = [await readyFile(admin, gone), await readyFile(admin, stays)];
    const message = { org_id: admin.orgId, site_id: gone, name: 'Gone', deleted: true, version: 2 };
    await tell(siteChanged, admin.orgId, message);
    await tell(siteChanged, admin.orgId, message);
    await expect(gallery.requestUpload(admin, gone, png)).rejects.toThrow('NOT_FOUND');
    expect((await gallery.download(admin, file.id)).status).toBe(200);
    await passDays(admin.orgId, 30);
    expect(await sweep()).toEqual([{ kind: 'site', count: 1, bytes: png.length }]);
    expect([(await gallery.asset(admin, file.id)).status, await objects.has('ready', file.key)]).toEqual([404, false]);
    expect([(await gallery.asset(admin, kept.id)).status, (await auditOf(gallery, gone)).at(-1)]).toEqual([200, 'site.files_removed']);
    expect((await gallery.call<{ files: { used: number } }>(admin, 'GET', '/usage')).body.files.used).toBe(1);
    expect(await sweep()).toEqual([]);
  });
});
