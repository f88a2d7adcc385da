import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VerificationService } from '../src/verification/verification.service.js';
import { AssetObjects } from '../src/storage/asset-objects.js';
import { quarantineKeyOf } from '../src/storage/object-key.js';
import { Gallery, png, send, type Upload } from './gallery.js';
import type { Member } from './member.js';

const member: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'member' };
const html = Buffer.from('<!doctype html><script>alert(document.domain)</script>');
let gallery: Gallery;
let siteId: string;

beforeAll(async () => {
  gallery = await Gallery.start();
  siteId = await gallery.addSite(member.orgId);
});
afterAll(() => gallery.stop());

const keyOf = (assetId: string): string => quarantineKeyOf({ orgId: member.orgId, siteId, assetId });
const verify = (assetId: string): Promise<void> =>
  gallery.worker.get(VerificationService).verify({ orgId: member.orgId, assetId });
const inQuarantine = (assetId: string) => gallery.worker.get(AssetObjects).findUploaded(keyOf(assetId));

describe('an upload', () => {
  it('goes up by its presigned URL, is verified on the notification alone, and comes down equal', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    expect(upload.method).toBe('PUT');
    expect(Date.parse(upload.expires_at) - Date.now()).toBeGreaterThan(14 * 60_000);
    expect((await gallery.asset(member, upload.asset_id)).body.status).toBe('pending');
    expect((await send(upload, png)).status).toBe(200);
    const asset = await gallery.settled(member, upload.asset_id);
    expect(asset).toMatchObject({ status: 'ready', filename: 'dot é.png', size: png.length, rejection_reason: null });

    const { status, body } = await gallery.download(member, upload.asset_id);
    expect(status).toBe(200);
    const file = await fetch(body.url);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(png);
    expect(file.headers.get('content-type')).toBe('image/png');
    expect(file.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8''dot%20%C3%A9\.png/);
    expect(await inQuarantine(upload.asset_id)).toBeUndefined();
  });

  it('signs type, length and checksum as headers', async () => {
    const { url, headers } = await gallery.requestUpload(member, siteId, png);
    const signed = new URL(url).searchParams.get('X-Amz-SignedHeaders')?.split(';');
    expect(signed).toEqual(expect.arrayContaining(['content-type', 'content-length', 'x-amz-checksum-sha256', 'if-none-match']));
    expect(Object.keys(headers).sort()).toEqual(['content-type', 'if-none-match', 'x-amz-checksum-sha256']);
    expect(url).not.toContain('dot');
  });

  it('of another type, length or checksum is refused by S3', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    const longer = Buffer.concat([png, Buffer.from('x')]);
    const changed = Buffer.from(png);
    changed.writeUInt8(png.readUInt8(60) ^ 0xff, 60);
    expect((await send(upload, png, { 'content-type': 'text/html' })).status).toBe(403);
    expect((await send(upload, longer)).status).toBe(403);
    expect((await send(upload, changed)).status).toBe(400);
    const other = createHash('sha256').update(changed).digest('base64');
    expect((await send(upload, changed, { 'x-amz-checksum-sha256': other })).status).toBe(403);
    expect(await inQuarantine(upload.asset_id)).toBeUndefined();
  });

  it('by a tampered or method-swapped URL is refused by S3', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    const tampered = upload.url.replace(/X-Amz-Signature=.{4}/, 'X-Amz-Signature=0000');
    expect((await send(upload, png, {}, tampered)).status).toBe(403);
    expect((await send(upload, png, {}, upload.url.replace(siteId, randomUUID()))).status).toBe(403);
    expect((await send({ ...upload, method: 'POST' }, png)).status).toBe(403);
    expect((await fetch(upload.url)).status).toBe(403);
  });

  it('by an expired URL is refused by S3, and so is a download', async () => {
    const late = await gallery.requestUpload(member, siteId, png);
    const inTime = await gallery.requestUpload(member, siteId, png);
    await send(inTime, png);
    await gallery.settled(member, inTime.asset_id);
    const { url } = (await gallery.download(member, inTime.asset_id)).body;
    const statuses = await gallery.engines.withS3Ahead(15 * 60_000 + 2_000, async () => [
      (await send(late, png)).status,
      (await fetch(url)).status,
    ]);
    expect(statuses).toEqual([403, 403]);
  });

  it('of HTML that is named and typed as PNG is rejected with a reason and removed', async () => {
    const upload = await gallery.requestUpload(member, siteId, html);
    expect((await send(upload, html)).status).toBe(200);
    const asset = await gallery.settled(member, upload.asset_id);
    expect(asset.status).toBe('rejected');
    expect(asset.rejection_reason).toMatch(/^type_mismatch: /);
    expect((await gallery.download(member, upload.asset_id)).status).toBe(409);
    await expect.poll(() => inQuarantine(upload.asset_id)).toBeUndefined();
  });

  it('cannot replace bytes that wait for verification', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    const statuses = await Promise.all([send(upload, png), send(upload, png)]);
    expect(statuses.map(({ status }) => status)).toContain(200);
    expect(statuses.every(({ status }) => [200, 409, 412].includes(status))).toBe(true);
    expect((await gallery.settled(member, upload.asset_id)).status).toBe('ready');
  });

  it('replayed after verification leaves the ready file and its version as they were', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    await send(upload, png);
    await gallery.settled(member, upload.asset_id);
    const before = await gallery.asset(member, upload.asset_id);
    await expect.poll(() => inQuarantine(upload.asset_id)).toBeUndefined();
    expect((await send(upload, png)).status).toBe(200);
    await expect.poll(() => inQuarantine(upload.asset_id)).toBeUndefined();
    const after = await gallery.asset(member, upload.asset_id);
    expect(after).toMatchObject({ status: 200, body: before.body });
    expect(after.headers['etag']).toBe(before.headers['etag']);
    const { url } = (await gallery.download(member, upload.asset_id)).body;
    expect(Buffer.from(await (await fetch(url)).arrayBuffer())).toEqual(png);
  });

  it('is verified once, however often, late and at once it is announced', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    await verify(upload.asset_id);
    expect((await gallery.asset(member, upload.asset_id)).body.status).toBe('pending');
    await send(upload, png);
    await gallery.settled(member, upload.asset_id);
    const { headers } = await gallery.asset(member, upload.asset_id);
    await Promise.all(Array.from({ length: 5 }, () => verify(upload.asset_id)));
    await gallery.engines.announce({ Records: [record(keyOf(upload.asset_id)), record(keyOf(randomUUID()))] });
    expect((await gallery.complete(member, upload.asset_id)).body.status).toBe('ready');
    expect((await gallery.asset(member, upload.asset_id)).headers['etag']).toBe(headers['etag']);
    // pending → verifying → ready.
    expect(headers['etag']).toBe('"3"');
  });

  it('is requested once per Idempotency-Key', async () => {
    const intent = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size: 1, sha256: 'ab'.repeat(32) };
    const key = { 'idempotency-key': randomUUID() };
    const first = await gallery.call<Upload>(member, 'POST', '/uploads', intent, key);
    const second = await gallery.call<Upload>(member, 'POST', '/uploads', intent, key);
    expect(first.status).toBe(201);
    expect(second).toMatchObject({ status: 201, body: first.body });
    expect((await gallery.call(member, 'POST', '/uploads', { ...intent, size: 2 }, key)).status).toBe(422);
  });

  it('takes names of any kind, and puts none into a key', async () => {
    const upload = await gallery.requestUpload(member, siteId, png, { filename: '../../\u202egnp.exe "q" \u{1f600}.png' });
    expect(new URL(upload.url).pathname).toBe(`/test-quarantine/${keyOf(upload.asset_id)}`);
    await send(upload, png);
    expect((await gallery.settled(member, upload.asset_id)).filename).toBe('gnp.exe "q" \u{1f600}.png');
    const { url } = (await gallery.download(member, upload.asset_id, '?disposition=inline')).body;
    expect((await fetch(url)).headers.get('content-disposition')).toMatch(/^inline; /);
  });

  it.each([
    ['filename', { filename: 'a\u0000.png' }],
    ['filename', { filename: 'x'.repeat(256) }],
    ['content_type', { content_type: 'text/html' }],
    ['content_type', { content_type: 'image/svg+xml' }],
    ['size', { size: 1_000_001 }],
    ['size', { size: 0 }],
    ['sha256', { sha256: 'AA' }],
    ['status', { status: 'ready' }],
  ])('is refused before anything is signed when its %s is wrong', async (field, overrides) => {
    const intent = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size: 1, sha256: 'ab'.repeat(32), ...overrides };
    const { status, body } = await gallery.call(member, 'POST', '/uploads', intent);
    expect({ status, body }).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR', details: [{ field }] } } });
  });
});

const record = (key: string) => ({
  eventName: 'ObjectCreated:Put',
  s3: { bucket: { name: 'test-quarantine' }, object: { key, size: 1 } },
});
