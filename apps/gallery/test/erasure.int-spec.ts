import { randomUUID } from 'node:crypto';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { DomainEventEnvelope } from '@atrium/contract-kit';
import { queues } from '@atrium/contracts';
import { memberErased } from '@atrium/contracts/domain-events';
import { Database, newId } from '@atrium/platform/database';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { PersonErasure } from '../src/erasure/person-erasure.js';
import { StoredObjects } from '../src/storage/stored-objects.js';
import { region } from './engines.js';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';

let gallery: Gallery;
let sqs: SQSClient;

beforeAll(async () => {
  gallery = await Gallery.start();
  sqs = new SQSClient({ region });
});
afterAll(async () => {
  sqs?.destroy();
  await gallery?.stop();
});

const memberOf = (orgId: string, userId: string = newId()): Member => ({ userId, orgId, role: 'org_admin' });
const erasedAt = ({ orgId, userId }: Member, at = new Date()): DomainEventEnvelope => ({
  id: randomUUID(),
  type: memberErased.type,
  version: memberErased.version,
  occurred_at: at.toISOString(),
  org_id: orgId,
  request_id: randomUUID(),
  data: { org_id: orgId, user_id: userId, version: 3 },
});

/** As users tells it; resolves once it is heard of. */
async function tell(envelope: DomainEventEnvelope): Promise<void> {
  await sqs.send(new SendMessageCommand({ QueueUrl: gallery.engines.queueUrlBase + queues.galleryInbox.name, MessageBody: JSON.stringify(envelope) }));
  await until('the message to be heard', async () => {
    const { rowCount } = await gallery.engines.database.superuser.query('select 1 from gallery.inbox where message_id = $1', [envelope.id]);
    return rowCount === 1;
  });
}
const sweep = () => gallery.worker.get(PersonErasure).sweep();
const left = async (table: string, { orgId }: Member): Promise<number> =>
  (await gallery.engines.database.superuser.query(`select 1 from gallery.${table} where org_id = $1`, [orgId])).rowCount ?? 0;

async function readyFile(member: Member, siteId: string): Promise<{ id: string; url: string }> {
  const upload = await gallery.requestUpload(member, siteId, png);
  await send(upload, png);
  await gallery.settled(member, upload.asset_id);
  return { id: upload.asset_id, url: (await gallery.download(member, upload.asset_id)).body.url };
}

describe('when a member is erased', () => {
  it('their files go even while those of another, who comes first, cannot be deleted', async () => {
    const [stuck, person] = [memberOf(newId()), memberOf(newId())];
    for (const one of [stuck, person]) await gallery.requestUpload(one, await gallery.addSite(one.orgId), png);
    for (const one of [stuck, person]) await tell(erasedAt(one));
    const objects = gallery.worker.get(StoredObjects);
    const remove = objects.remove.bind(objects);
    const spy = vi.spyOn(objects, 'remove').mockImplementation(async (bucket, keys) => {
      if (keys.some((key) => key.includes(stuck.orgId))) throw new Error('the object is locked');
      await remove(bucket, keys);
    });
    await expect(sweep()).rejects.toThrow('1 people');
    expect([await left('assets', stuck), await left('assets', person)]).toEqual([1, 0]);
    spy.mockRestore();
    await sweep();
    expect(await left('assets', stuck)).toBe(0);
  });

  it('their files go, bytes and rows, and those of others stay', async () => {
    const person = memberOf(newId());
    const colleague = memberOf(person.orgId);
    const siteId = await gallery.addSite(person.orgId);
    const [mine, theirs] = [await readyFile(person, siteId), await readyFile(colleague, siteId)];
    const open = await gallery.requestUpload(person, siteId, png);
    await tell(erasedAt(person));
    await sweep();
    expect((await fetch(mine.url)).status).toBe(404);
    expect((await fetch(theirs.url)).status).toBe(200);
    expect([(await gallery.asset(colleague, mine.id)).status, (await gallery.asset(colleague, open.asset_id)).status]).toEqual([404, 404]);
    expect((await gallery.asset(colleague, theirs.id)).status).toBe(200);
    expect(await left('erasures', person)).toBe(0);
    const { rows } = await gallery.engines.database.superuser.query<{ payload: { data: object } }>(
      `select payload from gallery.outbox where payload->'data'->>'action' = 'files.erased' and payload->>'org_id' = $1`,
      [person.orgId],
    );
    for (const { payload } of rows) expect(payload.data).toMatchObject({ resource: { type: 'user', id: person.userId }, details: { files: 2 } });
  });

  it('their files in another organization stay', async () => {
    const person = memberOf(newId());
    const elsewhere = memberOf(newId(), person.userId);
    const file = await readyFile(elsewhere, await gallery.addSite(elsewhere.orgId));
    await tell(erasedAt(person));
    await sweep();
    expect((await fetch(file.url)).status).toBe(200);
    expect((await gallery.asset(elsewhere, file.id)).status).toBe(200);
  });

  it('what they upload as a member of later stays, though the message comes late and twice', async () => {
    const person = memberOf(newId());
    const siteId = await gallery.addSite(person.orgId);
    const old = await readyFile(person, siteId);
    const message = erasedAt(person);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const later = await readyFile(person, siteId);
    await tell(message);
    await tell({ ...message, id: randomUUID() });
    await sweep();
    await tell(erasedAt(person, new Date(Date.parse(message.occurred_at) - 86_400_000)));
    await sweep();
    expect([(await gallery.asset(person, old.id)).status, (await gallery.asset(person, later.id)).status]).toEqual([404, 200]);
    expect((await fetch(later.url)).status).toBe(200);
  });

  it('nothing is forgotten while S3 is away, and all is done when it is back', async () => {
    const person = memberOf(newId());
    const file = await readyFile(person, await gallery.addSite(person.orgId));
    await tell(erasedAt(person));
    await gallery.engines.withoutS3(async () => {
      await expect(sweep()).rejects.toThrow();
    });
    expect([await left('assets', person), await left('erasures', person)]).toEqual([1, 1]);
    await sweep();
    expect([await left('assets', person), await left('erasures', person)]).toEqual([0, 0]);
    expect((await fetch(file.url)).status).toBe(404);
  });
});

it('a person’s own files show to them across organizations, and to nobody else', async () => {
  const person = memberOf(newId());
  const elsewhere = memberOf(newId(), person.userId);
  for (const member of [person, elsewhere, memberOf(person.orgId)]) {
    await gallery.requestUpload(member, await gallery.addSite(member.orgId), png);
  }
  const database = gallery.api.get(Database);
  const seenBy = (userId: string) =>
    database.asUser(userId, ({ manager }) => manager.query<{ org_id: string }[]>('select org_id from gallery.own_assets(null, null, 10)'));
  expect((await seenBy(person.userId)).map(({ org_id }) => org_id).toSorted()).toEqual([person.orgId, elsewhere.orgId].toSorted());
  expect(await seenBy(newId())).toEqual([]);
  expect(await database.asUser(person.userId, ({ manager }) => manager.query('select id from gallery.assets'))).toEqual([]);
  const writing = database.asUser(person.userId, ({ manager }) =>
    manager.query<[unknown[], number]>(`update gallery.assets set filename = 'x' where created_by = $1`, [person.userId]),
  );
  expect((await writing)[1]).toBe(0);
});

it('no asset is deleted that no erasure covers', async () => {
  const person = memberOf(newId());
  const stranger = memberOf(newId());
  const { asset_id } = await gallery.requestUpload(person, await gallery.addSite(person.orgId), png);
  const database = gallery.api.get(Database);
  const tryDelete = (orgId: string) =>
    database.inTenant(orgId, ({ manager }) => manager.query('select gallery.purge_assets($1)', [[asset_id]]));
  await tryDelete(person.orgId);
  await gallery.engines.database.superuser.query(`insert into gallery.erasures values ($1, $2, now())`, [person.orgId, person.userId]);
  await tryDelete(stranger.orgId);
  expect((await gallery.asset(person, asset_id)).status).toBe(200);
  await tryDelete(person.orgId);
  expect((await gallery.asset(person, asset_id)).status).toBe(404);
});
