import { createHash, randomUUID } from 'node:crypto';
import type { SignedUploadRequest } from '@atrium/contracts/gallery';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';

const member: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'member' };
let gallery: Gallery;
let siteId: string;

beforeAll(async () => {
  gallery = await Gallery.start();
  siteId = await gallery.addSite(member.orgId);
});
afterAll(() => gallery.stop());

interface Form {
  readonly asset_id: string;
  readonly method: string;
  readonly url: string;
  readonly fields: Record<string, string>;
}
async function begin(): Promise<Form> {
  const sha256 = createHash('sha256').update(png).digest('hex');
  const intent = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size: png.length, sha256, method: 'post' };
  const { status, body } = await gallery.call<Form>(member, 'POST', '/uploads', intent);
  expect(status).toBe(201);
  return body;
}
async function sendForm({ url, fields }: Pick<Form, 'url' | 'fields'>, bytes = png): Promise<number> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new Blob([new Uint8Array(bytes)]), '../../evil.html');
  return (await fetch(url, { method: 'POST', body: form })).status;
}
const sign = (id: string, body: object) => gallery.call<SignedUploadRequest>(member, 'POST', `/uploads/${id}/requests`, body);

describe('an upload by form', () => {
  it('goes up, is verified on the notification alone, and is ready', async () => {
    const form = await begin();
    expect(form.method).toBe('POST');
    expect(await sendForm(form)).toBe(204);
    expect((await gallery.settled(member, form.asset_id)).status).toBe('ready');
  });

  it('of other bytes is refused by S3', async () => {
    const form = await begin();
    expect(await sendForm(form, Buffer.from(png.map((byte) => byte ^ 1)))).toBe(400);
    expect(await sendForm(form, Buffer.concat([png, png]))).toBe(400);
    expect(await sendForm({ ...form, fields: { ...form.fields, 'Content-Type': 'text/html' } })).toBe(403);
  });

  it('sent again after verification leaves the ready file as it was', async () => {
    const form = await begin();
    await sendForm(form);
    await gallery.settled(member, form.asset_id);
    const before = (await gallery.asset(member, form.asset_id)).headers['etag'];
    expect([204, 412]).toContain(await sendForm(form));
    await gallery.complete(member, form.asset_id);
    expect((await gallery.asset(member, form.asset_id)).headers['etag']).toBe(before);
  });

  it('is signed anew when asked, and has no parts', async () => {
    const { asset_id } = await begin();
    const { body } = await sign(asset_id, { method: 'PUT' });
    expect(await sendForm({ url: body.url, fields: body.fields ?? {} })).toBe(204);
    const other = await begin();
    expect((await sign(other.asset_id, { method: 'GET' })).status).toBe(409);
    expect((await gallery.call(member, 'GET', `/uploads/${other.asset_id}/parts`)).status).toBe(409);
  });
});

describe('an upload by PUT', () => {
  it('is signed anew when its URL has expired', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    const { body } = await sign(upload.asset_id, { method: 'PUT' });
    expect(body.headers).toEqual(upload.headers);
    expect((await send({ ...upload, url: body.url }, png)).status).toBe(200);
    expect((await gallery.settled(member, upload.asset_id)).status).toBe('ready');
    expect((await sign(upload.asset_id, { method: 'PUT' })).status).toBe(409);
  });

  it('that is given up never becomes a file, though its bytes still come', async () => {
    const upload = await gallery.requestUpload(member, siteId, png);
    expect((await gallery.call(member, 'DELETE', `/uploads/${upload.asset_id}`)).status).toBe(204);
    expect((await send(upload, png)).status).toBe(200);
    await gallery.complete(member, upload.asset_id);
    expect((await gallery.asset(member, upload.asset_id)).body.status).toBe('rejected');
    const ready = await gallery.requestUpload(member, siteId, png);
    await send(ready, png);
    await gallery.settled(member, ready.asset_id);
    expect((await gallery.call(member, 'DELETE', `/uploads/${ready.asset_id}`)).status).toBe(409);
  });
});

describe('a download', () => {
  it('of a derivative is of that copy, under a name that fits', async () => {
    const image = await sharp({ create: { width: 400, height: 300, channels: 3, background: 'red' } }).png().toBuffer();
    const upload = await gallery.requestUpload(member, siteId, image, { filename: 'dot é.png' });
    await send(upload, image);
    await gallery.settled(member, upload.asset_id);
    const { url } = (await gallery.download(member, upload.asset_id, '?derivative=320&disposition=inline')).body;
    const file = await fetch(url);
    expect(await sharp(await file.arrayBuffer()).metadata()).toMatchObject({ format: 'webp', width: 320, height: 240 });
    expect(file.headers.get('content-type')).toBe('image/webp');
    expect(file.headers.get('content-disposition')).toMatch(/^inline; .*filename\*=UTF-8''dot%20%C3%A9-320\.webp/);
    expect((await gallery.download(member, upload.asset_id, '?derivative=640')).status).toBe(404);
    expect((await gallery.download(member, upload.asset_id, '?derivative=321')).status).toBe(400);
  });
});
