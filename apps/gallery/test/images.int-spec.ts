import { createHash, randomUUID } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import type { Asset, GallerySettings } from '@atrium/contracts/gallery';
import { Database } from '@atrium/platform/database';
import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DerivativeBacklogJob } from '../src/derivatives/derivative-backlog.job.js';
import { DerivativeRepository } from '../src/derivatives/derivative.repository.js';
import { AssetObjects } from '../src/storage/asset-objects.js';
import { derivativeKeyOf, readyKeyOf } from '../src/storage/object-key.js';
import { Gallery, send } from './gallery.js';
import { photo, picture, pixelBomb, secrets, withSegment } from './images.js';
import type { Member } from './member.js';

let gallery: Gallery;
let admin: Member;
let siteId: string;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: true }, { IMAGE_MAX_BYTES: '900000' });
});
afterAll(() => gallery.stop());
beforeEach(async () => {
  admin = { userId: randomUUID(), orgId: randomUUID(), role: 'org_admin' };
  siteId = await gallery.addSite(admin.orgId);
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const objects = (): AssetObjects => gallery.worker.get(AssetObjects);
const ownerOf = (asset: Asset) => ({ orgId: admin.orgId, siteId, assetId: asset.id });
const copyOf = async (asset: Asset, width: 320 | 640 | 1280): Promise<Buffer> => buffer(await objects().openReady(derivativeKeyOf(ownerOf(asset), width)));
const jpegType = { content_type: 'image/jpeg', filename: 'photo.jpg' };

async function choose(change: Partial<GallerySettings>, member = admin) {
  const { headers, body } = await gallery.call<GallerySettings>(member, 'GET', '/settings');
  const { updated_at: _, ...settings } = { ...body, ...change };
  return gallery.call<GallerySettings>(member, 'PUT', '/settings', settings, { 'if-match': String(headers['etag']) });
}

async function downloaded(asset: Asset): Promise<Buffer> {
  const { url } = (await gallery.download(admin, asset.id)).body;
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

describe('an image that was uploaded', () => {
  it('is ready with its copies, its size as it is shown, and what to show until it is loaded', async () => {
    const bytes = await photo('jpeg', { width: 900, height: 700, orientation: 6 });
    const asset = await gallery.upload(admin, siteId, bytes, jpegType);
    expect(asset).toMatchObject({ status: 'ready', width: 700, height: 900, frames: 1, derivatives: [320, 640] });
    expect(asset).toMatchObject({ size: bytes.length, stored_size: bytes.length, sha256: sha256(bytes), stored_sha256: sha256(bytes) });
    expect(asset.dominant_color).toMatch(/^#[0-9a-f]{6}$/);
    expect(Buffer.from(asset.placeholder ?? '', 'base64').length).toBeGreaterThan(4);
    const copy = await copyOf(asset, 640);
    expect(await sharp(copy).metadata()).toMatchObject({ format: 'webp', width: 640, height: 823 });
    for (const secret of secrets) expect(copy.includes(secret)).toBe(false);
    await expect(copyOf(asset, 1280)).rejects.toThrow();
    expect((await downloaded(asset)).equals(bytes)).toBe(true);
  });

  it('keeps its metadata in the original alone, unless the organization wants it gone there too', async () => {
    const bytes = withSegment(await photo('jpeg', { orientation: 8 }), 0xfe, 'SecretComment');
    const kept = await gallery.upload(admin, siteId, bytes, jpegType);
    expect((await downloaded(kept)).includes('SecretCamera')).toBe(true);
    expect((await choose({ strip_original_metadata: true })).status).toBe(200);
    const asset = await gallery.upload(admin, siteId, bytes, jpegType);
    const stored = await downloaded(asset);
    for (const secret of secrets) expect(stored.includes(secret)).toBe(false);
    const { orientation, width, exif } = await sharp(stored).metadata();
    expect({ orientation, width }).toEqual({ orientation: 8, width: 400 });
    expect(exif?.length).toBeLessThan(40);
    expect(asset).toMatchObject({ width: 300, height: 400, size: bytes.length, sha256: sha256(bytes), stored_size: stored.length, stored_sha256: sha256(stored) });
  });

  it('loses its copies with itself', async () => {
    const asset = await gallery.upload(admin, siteId, await photo('jpeg'), jpegType);
    expect((await copyOf(asset, 320)).length).toBeGreaterThan(0);
    await objects().removeReady(readyKeyOf(ownerOf(asset)));
    await expect(copyOf(asset, 320)).rejects.toThrow();
  });

  it.each([
    ['image_damaged', async () => (await photo('jpeg')).subarray(0, 900), jpegType],
    ['trailing_data', async () => Buffer.concat([await photo('png'), Buffer.from('<script>alert(1)</script>')]), {}],
    ['embedded_markup', async () => withSegment(await photo('jpeg'), 0xfe, '<script>alert(1)</script>'), jpegType],
    ['too_many_pixels', async () => pixelBomb(50_000, 50_000, 1), {}],
    ['image_too_large', async () => sharp({ create: { width: 560, height: 560, channels: 3, background: '#000', noise: { type: 'gaussian', mean: 128, sigma: 99 } } }).png({ compressionLevel: 0 }).toBuffer(), {}],
  ])('is rejected as %s, and nothing of it is kept', async (code, make, overrides) => {
    const asset = await gallery.upload(admin, siteId, await make(), overrides);
    expect(asset.rejection_reason).toMatch(new RegExp(`^${code}: `));
    expect(asset).toMatchObject({ status: 'rejected', width: null, derivatives: [], stored_size: null });
    await expect(copyOf(asset, 320)).rejects.toThrow();
    await expect(objects().openReady(readyKeyOf(ownerOf(asset)))).rejects.toThrow();
  });

  it('leaves nothing of an attempt that was cut short, when the next one rejects it', async () => {
    const upload = await gallery.requestUpload(admin, siteId, Buffer.from('<html>'));
    const owner = { orgId: admin.orgId, siteId, assetId: upload.asset_id };
    await objects().store(readyKeyOf(owner), Buffer.from('copied'), 'image/png');
    await objects().store(derivativeKeyOf(owner, 320), Buffer.from('made'), 'image/webp');
    await send(upload, Buffer.from('<html>'));
    expect((await gallery.settled(admin, upload.asset_id)).status).toBe('rejected');
    await expect.poll(() => objects().openReady(readyKeyOf(owner)).then(() => 'there', () => 'gone')).toBe('gone');
    await expect.poll(() => objects().openReady(derivativeKeyOf(owner, 320)).then(() => 'there', () => 'gone')).toBe('gone');
  });

  it('that is no image has no size in pixels and no copies', async () => {
    const pdf = Buffer.from('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
    const asset = await gallery.upload(admin, siteId, pdf, { content_type: 'application/pdf', filename: 'a.pdf' });
    expect(asset).toMatchObject({ status: 'ready', width: null, height: null, frames: null, placeholder: null, derivatives: [], stored_size: pdf.length });
  });
});

describe('what an organization takes', () => {
  it('is everything that is known, until it chooses', async () => {
    const { body, headers } = await gallery.call<GallerySettings>(admin, 'GET', '/settings');
    expect(body).toMatchObject({ strip_original_metadata: false, updated_at: null });
    expect(body.allowed_content_types).toContain('application/zip');
    expect(headers['etag']).toBe('"0"');
  });

  it('is asked about before the upload, and again before the verdict', async () => {
    const bytes = await picture().png().toBuffer();
    const requested = await gallery.requestUpload(admin, siteId, bytes);
    expect((await choose({ allowed_content_types: ['image/jpeg'] })).body.allowed_content_types).toEqual(['image/jpeg']);
    const intent = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size: 1, sha256: 'ab'.repeat(32) };
    const refused = await gallery.call(admin, 'POST', '/uploads', intent);
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR', details: [{ field: 'content_type', message: expect.stringContaining('image/jpeg') }] } } });
    await send(requested, bytes);
    expect((await gallery.settled(admin, requested.asset_id)).rejection_reason).toMatch(/^type_not_allowed: /);
    const stranger: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'org_admin' };
    expect((await gallery.call<GallerySettings>(stranger, 'GET', '/settings')).body.allowed_content_types.length).toBeGreaterThan(1);
  });

  it('changes by its admins alone, and by one at a time', async () => {
    const change = { allowed_content_types: ['image/png'], strip_original_metadata: true };
    for (const version of ['"0"', '"1"']) {
      const replace = () => gallery.call(admin, 'PUT', '/settings', change, { 'if-match': version });
      const both = await Promise.all([replace(), replace()]);
      expect(both.map(({ status }) => status).sort()).toEqual([200, 412]);
    }
    expect((await gallery.call(admin, 'PUT', '/settings', change)).status).toBe(428);
    const editor: Member = { ...admin, role: 'editor' };
    expect((await choose({ strip_original_metadata: false }, editor)).status).toBe(403);
    for (const wrong of [[], ['text/html'], ['image/png', 'image/png']]) {
      const body = { ...change, allowed_content_types: wrong };
      expect((await gallery.call(admin, 'PUT', '/settings', body, { 'if-match': '"1"' })).status).toBe(400);
    }
  });
});

describe('the backlog of copies', () => {
  const tenant = (sql: string, ...values: readonly unknown[]): Promise<unknown> =>
    gallery.api.get(Database).inTenant(admin.orgId, ({ manager }) => manager.query(sql, [...values]));
  const forget = (id: string): Promise<unknown> =>
    tenant(`update gallery.assets set derivatives = null, width = null, placeholder = null where id = $1`, id);
  const run = (): Promise<void> => gallery.worker.get(DerivativeBacklogJob).run();
  const count = () => gallery.worker.get(Database).withoutTenant((tx) => gallery.worker.get(DerivativeRepository).count(tx));

  it('is worked off: an image that has none gets them, with all that is known of it', async () => {
    const before = await gallery.upload(admin, siteId, await photo('jpeg', { width: 700 }), jpegType);
    await forget(before.id);
    expect(await count()).toEqual({ waiting: 1, givenUp: 0 });
    await run();
    const { body } = await gallery.asset(admin, before.id);
    expect(body).toMatchObject({ status: 'ready', width: 700, placeholder: before.placeholder, derivatives: [320, 640] });
    expect(await count()).toEqual({ waiting: 0, givenUp: 0 });
  });

  it('gives an image up after three tries, says so, and keeps the file', async () => {
    const asset = await gallery.upload(admin, siteId, await photo('jpeg'), jpegType);
    await forget(asset.id);
    await objects().store(readyKeyOf(ownerOf(asset)), Buffer.from('no image'), 'image/jpeg');
    for (let time = 0; time < 4; time += 1) await run();
    expect(await count()).toEqual({ waiting: 0, givenUp: 1 });
    expect(gallery.logged('Images are without their copies.')).toBe(true);
    expect((await gallery.asset(admin, asset.id)).body).toMatchObject({ status: 'ready', derivatives: [] });
    await tenant(`update gallery.assets set derivatives = '{}' where id = $1`, asset.id);
  });
});
