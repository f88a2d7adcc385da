import { randomUUID } from 'node:crypto';
import { Database } from '@atrium/platform/database';
import { HealthRegistry } from '@atrium/platform/http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UploadExpiry } from '../src/expiry/upload-expiry.js';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';

const member: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'member' };
let gallery: Gallery;
let siteId: string;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  siteId = await gallery.addSite(member.orgId);
});
afterAll(() => gallery.stop());

const makeOverdue = (assetId: string): Promise<unknown> =>
  gallery.api.get(Database).inTenant(member.orgId, ({ manager }) =>
    manager.query(`update gallery.assets set expires_at = now() - interval '1 second' where id = $1`, [assetId]),
  );
const sweep = () => gallery.worker.get(UploadExpiry).sweep();

describe('completing an upload', () => {
  it('has it verified without any notification of S3', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    await send(upload, png);
    const completed = await gallery.complete(member, upload.asset_id);
    expect(completed).toMatchObject({ status: 202, body: { id: upload.asset_id, status: 'verifying' } });
    expect((await gallery.settled(member, upload.asset_id)).status).toBe('ready');
    expect(await gallery.complete(member, upload.asset_id)).toMatchObject({ status: 202, body: { status: 'ready' } });
  });

  it('too early costs nothing: the bytes come, it is completed again, and is ready', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    expect((await gallery.complete(member, upload.asset_id)).body.status).toBe('verifying');
    expect((await gallery.complete(member, upload.asset_id)).body.status).toBe('verifying');
    await send(upload, png);
    await gallery.complete(member, upload.asset_id);
    expect((await gallery.settled(member, upload.asset_id)).status).toBe('ready');
  });

  it('while S3 is down is remembered, and uses up no delivery of its message', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    await send(upload, png);
    await gallery.engines.withoutS3(async () => {
      await gallery.complete(member, upload.asset_id);
      await expect.poll(() => gallery.logged('A dependency is down'), { timeout: 10_000 }).toBe(true);
      expect(await gallery.worker.get(HealthRegistry).down()).toEqual(['object-storage']);
    });
    expect((await gallery.settled(member, upload.asset_id)).status).toBe('ready');
    expect(gallery.logged('it will be delivered again')).toBe(false);
  });
});

describe('the expiry of uploads', () => {
  it('rejects what never came', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    await makeOverdue(upload.asset_id);
    await sweep();
    const asset = await gallery.settled(member, upload.asset_id);
    expect(asset).toMatchObject({ status: 'rejected', rejection_reason: expect.stringMatching(/^upload_expired: /) });
  });

  it('leaves alone what still has time', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    await sweep();
    expect((await gallery.asset(member, upload.asset_id)).body.status).toBe('pending');
  });

  it('verifies what came although nobody said so', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    await send(upload, png);
    await makeOverdue(upload.asset_id);
    await sweep();
    expect((await gallery.settled(member, upload.asset_id)).status).toBe('ready');
  });
});
