import { randomUUID } from 'node:crypto';
import { CreateMultipartUploadCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Asset } from '@atrium/contracts/gallery';
import { newId } from '@atrium/platform/database';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { grace, pieceByPiece, type Reaped, type ReapMode, usualMost } from '../src/reaper/reap-mode.js';
import { Reaper } from '../src/reaper/reaper.js';
import { TrashPurge } from '../src/reaper/trash-purge.js';
import { derivativeKeysOf, quarantineKeyOf, readyKeyOf } from '../src/storage/object-key.js';
import { type BucketName, StoredObjects } from '../src/storage/stored-objects.js';
import { buckets, region } from './engines.js';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';
import { multipartsOf } from './multiparts.js';
import { auditOf, eventsOf, recordTold } from './told.js';

let gallery: Gallery;
let admin: Member;
let siteId: string;
let s3: S3Client;
let objects: StoredObjects;
let reaper: Reaper;

beforeAll(async () => {
  gallery = await Gallery.start(undefined, { UPLOAD_SWEEP_SECONDS: '3600', RECONCILE_SECONDS: '86400' });
  await recordTold(gallery);
  admin = { userId: newId(), orgId: newId(), role: 'org_admin' };
  siteId = await gallery.addSite(admin.orgId);
  s3 = new S3Client({ region, forcePathStyle: true });
  objects = gallery.worker.get(StoredObjects);
  reaper = gallery.worker.get(Reaper);
});
afterAll(async () => {
  s3?.destroy();
  await gallery?.stop();
});

/** A day and more from now, so that what was just made is old enough. */
const later = (more: Partial<ReapMode> = {}): ReapMode => ({ ...pieceByPiece(), now: Date.now() + 2 * grace, ...more });
/** Once the worker's own, which it begins with, is done. */
const reconcile = (mode: ReapMode): Promise<{ reaped: readonly Reaped[]; failures: readonly Error[] }> => until('the sweep', () => reaper.reconcile(mode));
const put = (bucket: BucketName, Key: string) => s3.send(new PutObjectCommand({ Bucket: buckets[bucket], Key, Body: 'leftover' }));
const newOwner = () => ({ orgId: admin.orgId, siteId, assetId: randomUUID() });

async function readyFile(): Promise<Asset & { key: string }> {
  const upload = await gallery.requestUpload(admin, siteId, png);
  await send(upload, png);
  const asset = await gallery.settled(admin, upload.asset_id);
  return { ...asset, key: readyKeyOf({ orgId: admin.orgId, siteId, assetId: asset.id }) };
}

describe('objects without rows', () => {
  it('go from both buckets when they are a day old, derivatives too, and what is wanted stays', async () => {
    const [file, open] = [await readyFile(), await gallery.requestUpload(admin, siteId, png)];
    const openKey = quarantineKeyOf({ orgId: admin.orgId, siteId, assetId: open.asset_id });
    const derivative = derivativeKeysOf(file.key)[0]!;
    const owner = newOwner();
    const orphans = [['quarantine', quarantineKeyOf(owner)], ['ready', readyKeyOf(owner)], ['ready', derivativeKeysOf(readyKeyOf(owner))[0]!]] as const;
    for (const [bucket, key] of [...orphans, ['ready', derivative] as const]) await put(bucket, key);

    expect((await reconcile(later({ now: Date.now() }))).reaped).toEqual([]);
    for (const [bucket, key] of orphans) expect(await objects.has(bucket, key)).toBe(true);
    expect((await reconcile(later({ dryRun: true, whole: true }))).reaped).toEqual([{ kind: 'unknown_object', count: 3, bytes: 24 }]);
    for (const [bucket, key] of orphans) expect(await objects.has(bucket, key)).toBe(true);
    expect((await reconcile(later())).reaped).toEqual([{ kind: 'unknown_object', count: 3, bytes: 24 }]);
    for (const [bucket, key] of orphans) expect(await objects.has(bucket, key)).toBe(false);
    expect([await objects.has('ready', file.key), await objects.has('ready', derivative)]).toEqual([true, true]);
    await send(open, png);
    await gallery.settled(admin, open.asset_id);
    // The verdict is told before the object goes.
    await expect.poll(() => objects.has('quarantine', openKey)).toBe(false);
  });

  it('that are not ours by their key are reported and never touched', async () => {
    await put('ready', 'readme.txt');
    expect((await reconcile(later({ evenUnusual: true, whole: true }))).reaped).toEqual([{ kind: 'foreign_object', count: 1, bytes: 8 }]);
    expect(await objects.has('ready', 'readme.txt')).toBe(true);
    await objects.remove('ready', ['readme.txt']);
  });

  it('stay when there are more than crashes leave, until an operator says so', async () => {
    const keys = Array.from({ length: usualMost + 1 }, () => readyKeyOf(newOwner()));
    for (const key of keys) await put('ready', key);
    const refused = await reconcile(later());
    expect([refused.reaped, refused.failures.map(({ name }) => name)]).toEqual([[], ['UnusualError']]);
    expect(await objects.has('ready', keys[0]!)).toBe(true);
    const { reaped, failures } = await reconcile(later({ evenUnusual: true, whole: true }));
    expect([reaped, failures]).toEqual([[{ kind: 'unknown_object', count: keys.length, bytes: 8 * keys.length }], []]);
  });
});

describe('a ready file whose object is gone', () => {
  it('is rejected with a reason, told, logged, and takes no room any more', async () => {
    const file = await readyFile();
    await objects.remove('ready', [file.key]);
    expect((await reconcile(later({ now: Date.now() }))).reaped).toEqual([]);
    expect((await reconcile(later())).reaped).toEqual([{ kind: 'lost_object', count: 1, bytes: png.length }]);
    const { body } = await gallery.asset(admin, file.id);
    expect([body.status, body.rejection_reason]).toEqual(['rejected', expect.stringMatching(/^object_missing: /)]);
    expect([(await eventsOf(gallery, file.id)).at(-1), (await auditOf(gallery, file.id)).at(-1)]).toEqual(['asset.lost', 'asset.lost']);
    expect(gallery.logged('object_missing')).toBe(true);
    expect((await reconcile(later({ dryRun: true, whole: true }))).reaped).toEqual([]);
  });
});

describe('multipart uploads', () => {
  it('are aborted when a day old and no row awaits them', async () => {
    const { asset_id: assetId } = await gallery.requestUpload(admin, siteId, png);
    const begin = (Key: string) => s3.send(new CreateMultipartUploadCommand({ Bucket: buckets.quarantine, Key }));
    await begin(quarantineKeyOf({ orgId: admin.orgId, siteId, assetId }));
    await begin(quarantineKeyOf(newOwner()));
    const count = async () => (await multipartsOf(gallery)).length;
    await reconcile(later({ now: Date.now() }));
    expect(await count()).toBe(2);
    expect((await reconcile(later())).reaped).toEqual([{ kind: 'multipart', count: 1, bytes: 0 }]);
    expect(await count()).toBe(1);
  });
});

describe('the trash', () => {
  const age = (id: string, days: number) =>
    gallery.engines.database.superuser.query(`update gallery.assets set trashed_at = now() - make_interval(days => $2) where id = $1`, [id, days]);

  it('is purged after 30 days, objects and rows, told once, and its room is free', async () => {
    const [young, old] = [await readyFile(), await readyFile()];
    await put('ready', derivativeKeysOf(old.key)[0]!);
    for (const { id } of [young, old]) await gallery.call(admin, 'DELETE', `/assets/${id}`);
    await age(young.id, 29);
    await age(old.id, 31);
    const usedBefore = (await gallery.call<{ files: { used: number } }>(admin, 'GET', '/usage')).body.files.used;
    expect((await reaper.backlog()).find(({ kind }) => kind === 'trash')).toEqual({ kind: 'trash', count: 1, bytes: png.length });
    expect((await reaper.reapDue())?.reaped).toEqual([{ kind: 'trash', count: 1, bytes: png.length }]);
    expect([(await gallery.asset(admin, old.id)).status, (await gallery.asset(admin, young.id)).status]).toEqual([404, 200]);
    expect([await objects.has('ready', old.key), await objects.has('ready', derivativeKeysOf(old.key)[0]!)]).toEqual([false, false]);
    expect((await eventsOf(gallery, old.id)).slice(-2)).toEqual(['asset.trashed', 'asset.purged']);
    expect((await gallery.call<{ files: { used: number } }>(admin, 'GET', '/usage')).body.files.used).toBe(usedBefore - 1);
    expect((await gallery.call(admin, 'POST', `/assets/${young.id}/restore`)).status).toBe(200);
  });

  it('that is being purged is not restored, and is purged when S3 is back', async () => {
    const file = await readyFile();
    await gallery.call(admin, 'DELETE', `/assets/${file.id}`);
    await age(file.id, 31);
    await gallery.engines.withoutS3(async () => {
      await expect(gallery.worker.get(TrashPurge).sweep()).rejects.toThrow('1 organizations');
      expect((await gallery.call(admin, 'POST', `/assets/${file.id}/restore`)).status).toBe(409);
    });
    await age(file.id, 1);
    expect(await gallery.worker.get(TrashPurge).sweep()).toEqual([{ kind: 'trash', count: 1, bytes: png.length }]);
    expect((await gallery.asset(admin, file.id)).status).toBe(404);
  });
});

it('counters that were damaged are counted anew, and the metrics say what was reaped', async () => {
  await gallery.engines.database.superuser.query('update gallery.usage set bytes_used = bytes_used + 5, files_reserved = 0 where org_id = $1', [admin.orgId]);
  const { reaped } = await reconcile(later());
  expect(reaped).toEqual([{ kind: 'usage_drift', count: 2, bytes: expect.any(Number) }]);
  expect((await reconcile(later({ dryRun: true, whole: true }))).reaped).toEqual([]);
  const metrics = (await gallery.worker.inject({ method: 'GET', url: '/metrics' })).body;
  expect(metrics).toMatch(/gallery_reaped_total\{kind="usage_drift",service="gallery-worker"\} 2/);
  expect(metrics).toMatch(/gallery_reaper_backlog_files\{kind="trash",service="gallery-worker"\} 0/);
});
