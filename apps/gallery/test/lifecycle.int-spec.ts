import type { GalleryUsage } from '@atrium/contracts/gallery';
import { DeleteObjectsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Database, newId } from '@atrium/platform/database';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mayFollow } from '../src/assets/asset.state.js';
import { PersonErasure } from '../src/erasure/person-erasure.js';
import { UploadExpiry } from '../src/expiry/upload-expiry.js';
import { UsageRepository } from '../src/quotas/usage.repository.js';
import { TrashPurge } from '../src/reaper/trash-purge.js';
import { quarantineKeyOf, readyKeyOf } from '../src/storage/object-key.js';
import { StoredObjects } from '../src/storage/stored-objects.js';
import { UploadConsumer } from '../src/verification/upload-consumer.js';
import { VerificationService } from '../src/verification/verification.service.js';
import { buckets, region } from './engines.js';
import { Gallery, png, send, type Upload } from './gallery.js';
import { AssetModel } from './lifecycle-model.js';
import type { Member } from './member.js';
import { eventsOf, recordTold } from './told.js';

let gallery: Gallery;
let s3: S3Client;
beforeAll(async () => {
  // Whether and when a signal comes is the test's to say: nothing is announced by S3, and no message is heard.
  gallery = await Gallery.start({ notifications: false }, { UPLOAD_SWEEP_SECONDS: '3600', RECONCILE_SECONDS: '86400' });
  await gallery.worker.get(UploadConsumer).beforeApplicationShutdown();
  await gallery.engines.database.superuser.query('create table public.moves (id uuid, was text, became text)');
  await gallery.engines.database.superuser.query(`
    create function public.record_move() returns trigger language plpgsql security definer as $$
      begin if old.status <> new.status then insert into public.moves values (old.id, old.status, new.status); end if; return new; end $$;
    create trigger record_move after update on gallery.assets for each row execute function public.record_move();`);
  await recordTold(gallery);
  s3 = new S3Client({ region, forcePathStyle: true });
});
afterAll(async () => {
  s3?.destroy();
  await gallery?.stop();
});

const other = Buffer.from(png.map((byte) => byte ^ 1));
const sql = (text: string, values: unknown[]) => gallery.engines.database.superuser.query(text, values);

const signals = ['put', 'put other', 'announce', 'announce twice at once', 'complete', 'expire', 'trash', 'restore', 'purge', 'erase'] as const;
type Signal = (typeof signals)[number];
interface Step {
  readonly asset: number;
  readonly signal: Signal;
}

/** One organization with some uploads, and what its model says of each. */
class Run {
  private constructor(
    readonly admin: Member,
    readonly siteId: string,
    readonly uploads: readonly { upload: Upload; by: Member; model: AssetModel }[],
  ) {}

  static async begin(count: number): Promise<Run> {
    const admin: Member = { userId: newId(), orgId: newId(), role: 'org_admin' };
    const siteId = await gallery.addSite(admin.orgId);
    const uploads = [];
    for (let i = 0; i < count; i += 1) {
      // Each by a person of its own, so that an erasure means one.
      const by = { ...admin, userId: newId() };
      uploads.push({ upload: await gallery.requestUpload(by, siteId, png), by, model: new AssetModel() });
    }
    return new Run(admin, siteId, uploads);
  }

  async take({ asset, signal }: Step): Promise<void> {
    const { upload, by, model } = this.uploads[asset % this.uploads.length]!;
    const { orgId } = this.admin;
    const { asset_id: id } = upload;
    const notice = { orgId, assetId: id };
    const verification = gallery.worker.get(VerificationService);
    switch (signal) {
      case 'put':
      case 'put other': {
        // What S3 holds afterwards is what was there first; another checksum than the signed one it takes only from us.
        if (signal === 'put') await send(upload, png);
        else await this.plant(id);
        // After the row is gone an object is nobody's: the reaper's, whose tests are elsewhere.
        if (model.isGone) await this.clear(id);
        else model.put(signal === 'put' ? 'declared' : 'other');
        return;
      }
      case 'announce':
        await verification.verify(notice);
        return model.announce();
      case 'announce twice at once':
        await Promise.allSettled([verification.verify(notice), verification.verify(notice)]);
        await verification.verify(notice);
        return model.announce();
      case 'complete':
        await gallery.complete(by, id);
        return model.complete();
      case 'expire':
        await sql(`update gallery.assets set expires_at = now() - interval '1 second' where id = $1`, [id]);
        await gallery.worker.get(UploadExpiry).sweep();
        return model.expire();
      case 'trash':
        await Promise.all([gallery.call(this.admin, 'DELETE', `/assets/${id}`), gallery.call(this.admin, 'DELETE', `/assets/${id}`)]);
        return model.trash();
      case 'restore':
        await gallery.call(this.admin, 'POST', `/assets/${id}/restore`);
        return model.restore();
      case 'purge':
        await sql(`update gallery.assets set trashed_at = now() - interval '31 days' where id = $1 and status = 'trashed'`, [id]);
        await gallery.worker.get(TrashPurge).sweep();
        return model.purgeTrash();
      case 'erase':
        await sql('insert into gallery.erasures values ($1, $2, now()) on conflict do nothing', [orgId, by.userId]);
        await Promise.all([gallery.worker.get(PersonErasure).sweep(), gallery.worker.get(PersonErasure).sweep()].map((sweep) => sweep.catch(() => undefined)));
        await gallery.worker.get(PersonErasure).sweep();
        return model.erase();
    }
  }

  async verify(): Promise<void> {
    for (const { upload, model } of this.uploads) {
      const { asset_id: id } = upload;
      const owner = { orgId: this.admin.orgId, siteId: this.siteId, assetId: id };
      const { status, body } = await gallery.asset(this.admin, id);
      expect(status === 404 ? undefined : body.status).toBe(model.status);
      expect(await eventsOf(gallery, id)).toEqual(model.told);
      const objects = gallery.worker.get(StoredObjects);
      expect(await objects.has('ready', readyKeyOf(owner))).toBe(model.isVerified);
      if (model.isGone) expect(await objects.has('quarantine', quarantineKeyOf(owner))).toBe(false);
      const { rows } = await sql('select was, became from public.moves where id = $1', [id]);
      for (const { was, became } of rows) expect([was, became, mayFollow(was, became)]).toEqual([was, became, true]);
    }
    const open = this.uploads.filter(({ model }) => model.status === 'pending' || model.status === 'verifying').length;
    const used = this.uploads.filter(({ model }) => model.isVerified).length;
    const { body } = await gallery.call<GalleryUsage>(this.admin, 'GET', '/usage');
    expect(body).toMatchObject({ files: { used, reserved: open }, bytes: { used: used * png.length, reserved: open * png.length } });
    const drift = await gallery.api.get(Database).inTenant(this.admin.orgId, (tx) => gallery.api.get(UsageRepository).drift(tx));
    expect(drift).toEqual([]);
  }

  /** As a client would who gets round what is signed. */
  private async plant(id: string): Promise<void> {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const Key = quarantineKeyOf({ orgId: this.admin.orgId, siteId: this.siteId, assetId: id });
    await s3.send(new PutObjectCommand({ Bucket: buckets.quarantine, Key, Body: other, IfNoneMatch: '*', ChecksumAlgorithm: 'SHA256' })).catch(() => undefined);
  }

  private async clear(id: string): Promise<void> {
    const Key = quarantineKeyOf({ orgId: this.admin.orgId, siteId: this.siteId, assetId: id });
    await s3.send(new DeleteObjectsCommand({ Bucket: buckets.quarantine, Delete: { Objects: [{ Key }] } }));
  }
}

describe('an asset', () => {
  it('follows the model through any order of signals, doubled and lost ones too, and counters follow the rows', async () => {
    const step = fc.record({ asset: fc.nat({ max: 2 }), signal: fc.constantFrom(...signals) });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 14 }), async (steps) => {
        const run = await Run.begin(2);
        for (const one of steps) await run.take(one);
        await run.verify();
      }),
      { numRuns: 30 },
    );
  }, 180_000);

  it('ends with every row and object in order when all signals come at once', async () => {
    const step = fc.record({ asset: fc.nat({ max: 3 }), signal: fc.constantFrom<Signal>('put', 'announce', 'complete', 'expire', 'trash', 'restore', 'purge', 'erase') });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), async (steps) => {
        const run = await Run.begin(3);
        for (const { upload } of run.uploads) await send(upload, png);
        await Promise.allSettled(steps.map((one) => run.take(one)));
        const { orgId } = run.admin;
        const { rows } = await sql('select id, status, ready_key from gallery.assets where org_id = $1', [orgId]);
        const stored = await s3.send(new ListObjectsV2Command({ Bucket: buckets.ready, Prefix: `${orgId}/` }));
        const keys = (stored.Contents ?? []).map(({ Key }) => Key).toSorted();
        expect(rows.flatMap(({ ready_key: key }) => key ?? []).toSorted()).toEqual(keys);
        for (const { upload } of run.uploads) {
          const told = await eventsOf(gallery, upload.asset_id);
          const moves = await sql('select was, became from public.moves where id = $1', [upload.asset_id]);
          for (const { was, became } of moves.rows) expect(mayFollow(was, became)).toBe(true);
          const isGone = !rows.some(({ id }) => id === upload.asset_id);
          expect(told).toHaveLength(1 + moves.rows.length + (isGone ? 1 : 0));
        }
        expect(await gallery.api.get(Database).inTenant(orgId, (tx) => gallery.api.get(UsageRepository).drift(tx))).toEqual([]);
      }),
      { numRuns: 15 },
    );
  }, 180_000);
});
