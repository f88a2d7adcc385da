import { createHash, randomUUID } from 'node:crypto';
import { ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import type { Asset, SignedUploadRequest } from '@atrium/contracts/gallery';
import { Database } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssetObjects } from '../src/storage/asset-objects.js';
import { MultipartUploads } from '../src/storage/multipart-uploads.js';
import { quarantineKeyOf } from '../src/storage/object-key.js';
import { buckets } from './engines.js';
import { Gallery } from './gallery.js';
import type { Member } from './member.js';

const mebibyte = 1024 ** 2;
/** Two parts and a piece; a PDF by its first bytes. */
const large = Buffer.concat([Buffer.from('%PDF-1.7\n'), Buffer.alloc(16 * mebibyte, 'x')]);
const member: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'member' };
let gallery: Gallery;
let siteId: string;
let s3: S3Client;

interface Part {
  readonly part_number: number;
  readonly size: number;
  readonly url: string;
  readonly headers: Record<string, string>;
}
interface Begun {
  readonly asset_id: string;
  readonly method: string;
  readonly part_size: number;
  readonly part_count: number;
  readonly parts: Part[];
}
type Refusal = { error: { code: string; message: string } };

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: true, maxUploadBytes: 1024 ** 4 });
  siteId = await gallery.addSite(member.orgId);
  s3 = new S3Client({ region: 'eu-central-1', forcePathStyle: true });
});
afterAll(async () => {
  s3.destroy();
  await gallery.stop();
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
async function begin(bytes = large, overrides: object = {}, who = member): Promise<Begun> {
  const intent = { site_id: siteId, filename: 'a.pdf', content_type: 'application/pdf', size: bytes.length, sha256: sha256(bytes), method: 'multipart', ...overrides };
  const { status, body } = await gallery.call<Begun>(who, 'POST', '/uploads', intent);
  expect({ status, body }).toMatchObject({ status: 201 });
  return body;
}
const pieceOf = (bytes: Buffer, begun: Begun, number: number): Buffer => bytes.subarray((number - 1) * begun.part_size, number * begun.part_size);
const sendPart = (part: Part, bytes: Buffer): Promise<Response> => fetch(part.url, { method: 'PUT', headers: part.headers, body: new Uint8Array(bytes) });
async function sendAll(begun: Begun, bytes = large): Promise<void> {
  for (const part of begun.parts) expect((await sendPart(part, pieceOf(bytes, begun, part.part_number))).status).toBe(200);
}
const parts = (id: string, who = member) =>
  gallery.call<{ part_size: number; part_count: number; parts: { part_number: number; size: number; etag: string }[] }>(who, 'GET', `/uploads/${id}/parts`);
const complete = (id: string, body: object = {}, who = member) => gallery.call<Asset & Refusal>(who, 'POST', `/uploads/${id}/complete`, body);
const openAtS3 = async (assetId: string): Promise<number> => {
  const Prefix = quarantineKeyOf({ orgId: member.orgId, siteId, assetId });
  return (await s3.send(new ListMultipartUploadsCommand({ Bucket: buckets.quarantine, Prefix }))).Uploads?.length ?? 0;
};

describe('an upload in parts', () => {
  it('goes up, is put together, verified by reading it whole, and comes down equal', async () => {
    const begun = await begin();
    expect(begun).toMatchObject({ method: 'MULTIPART', part_size: 8 * mebibyte, part_count: 3 });
    expect(JSON.stringify(begun)).not.toMatch(/upload_id/);
    await sendAll(begun);
    const completed = await complete(begun.asset_id);
    expect(completed).toMatchObject({ status: 202, body: { status: 'verifying' } });
    expect(await gallery.settled(member, begun.asset_id)).toMatchObject({ status: 'ready', sha256: sha256(large) });
    const { url } = (await gallery.download(member, begun.asset_id)).body;
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(large)).toBe(true);
    const range = await fetch(url, { headers: { range: 'bytes=-3' } });
    expect([range.status, await range.text()]).toEqual([206, 'xxx']);
    expect(await complete(begun.asset_id)).toMatchObject({ status: 202, body: { status: 'ready' } });
  });

  it('of other bytes than declared is rejected, though every part was taken', async () => {
    const begun = await begin();
    const other = Buffer.from(large);
    other.write('EVIL', large.length - 4);
    await sendAll(begun, other);
    expect((await complete(begun.asset_id)).status).toBe(202);
    expect((await gallery.settled(member, begun.asset_id)).rejection_reason).toMatch(/^checksum_mismatch: /);
  });

  it('goes on after an interruption with what S3 says is missing', async () => {
    const begun = await begin();
    const [first, ...rest] = begun.parts;
    if (!first) throw new Error('no part was signed');
    await sendPart(first, pieceOf(large, begun, 1));
    const { body } = await parts(begun.asset_id);
    expect(body).toMatchObject({ part_size: begun.part_size, part_count: 3, parts: [{ part_number: 1, size: first.size }] });
    expect(await complete(begun.asset_id)).toMatchObject({ status: 409, body: { error: { message: '2 of 3 parts are missing: 2, 3.' } } });
    const asked = { parts: rest.map(({ part_number }) => ({ part_number })) };
    const signed = (await gallery.call<{ parts: Part[] }>(member, 'POST', `/uploads/${begun.asset_id}/parts`, asked)).body.parts;
    expect(signed.map(({ size }) => size)).toEqual(rest.map(({ size }) => size));
    for (const part of signed) await sendPart(part, pieceOf(large, begun, part.part_number));
    expect((await complete(begun.asset_id)).status).toBe(202);
    expect((await gallery.settled(member, begun.asset_id)).status).toBe('ready');
  });

  it('refuses a part of another length, or that its MD5 does not fit', async () => {
    const begun = await begin();
    const [first] = begun.parts;
    if (!first) throw new Error('no part was signed');
    expect((await sendPart(first, Buffer.alloc(first.size + 1))).status).toBe(403);
    expect((await sendPart(first, Buffer.alloc(first.size - 1))).status).toBe(403);
    const md5 = createHash('md5').update('other').digest('base64');
    const signed = await gallery.call<{ parts: Part[] }>(member, 'POST', `/uploads/${begun.asset_id}/parts`, { parts: [{ part_number: 1, md5 }] });
    const [guarded] = signed.body.parts;
    expect(guarded?.headers).toEqual({ 'content-md5': md5 });
    expect((await sendPart(guarded ?? first, Buffer.alloc(first.size))).status).toBe(400);
  });

  it('holds what the client believes against what is there', async () => {
    const begun = await begin();
    await sendAll(begun);
    const named = (await parts(begun.asset_id)).body.parts.map(({ part_number, etag }) => ({ part_number, etag }));
    const other = named.map((part) => (part.part_number === 2 ? { ...part, etag: '"0"' } : part));
    expect(await complete(begun.asset_id, { parts: other })).toMatchObject({ status: 409, body: { error: { code: 'CONFLICT' } } });
    expect((await complete(begun.asset_id, { parts: named })).status).toBe(202);
  });

  it('completed twice at once is completed once', async () => {
    const begun = await begin();
    await sendAll(begun);
    const answers = await Promise.all([complete(begun.asset_id), complete(begun.asset_id), complete(begun.asset_id)]);
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect((await gallery.settled(member, begun.asset_id)).status).toBe('ready');
  });

  it('is steered by requests to S3 alone, as Uppy does, and verified without a word', async () => {
    const begun = await begin();
    await sendAll(begun);
    const sign = async (body: object) => (await gallery.call<SignedUploadRequest>(member, 'POST', `/uploads/${begun.asset_id}/requests`, body)).body;
    const again = await sign({ method: 'PUT', part_number: 3 });
    expect((await fetch(again.url, { method: 'PUT', body: new Uint8Array(pieceOf(large, begun, 3)) })).status).toBe(200);
    const listed = await (await fetch((await sign({ method: 'GET' })).url)).text();
    const etags = [...listed.matchAll(/<ETag>(.*?)<\/ETag>/g)].map(([, etag]) => etag);
    expect(etags).toHaveLength(3);
    const document = `<CompleteMultipartUpload>${etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`).join('')}</CompleteMultipartUpload>`;
    const { url, headers = {} } = await sign({ method: 'POST' });
    expect((await fetch(url, { method: 'POST', headers, body: document })).status).toBe(200);
    expect((await gallery.settled(member, begun.asset_id)).status).toBe('ready');
  });

  it('that is given up is aborted at S3, and can be given up again but not completed', async () => {
    const begun = await begin();
    await sendAll(begun);
    expect(await openAtS3(begun.asset_id)).toBe(1);
    const abort = () => gallery.call(member, 'DELETE', `/uploads/${begun.asset_id}`);
    expect((await abort()).status).toBe(204);
    expect((await abort()).status).toBe(204);
    expect(await openAtS3(begun.asset_id)).toBe(0);
    expect((await gallery.asset(member, begun.asset_id)).body.rejection_reason).toMatch(/^upload_aborted: /);
    expect((await complete(begun.asset_id)).body.status).toBe('rejected');
    expect((await parts(begun.asset_id)).status).toBe(409);
    for (const part of begun.parts) expect((await sendPart(part, pieceOf(large, begun, part.part_number))).status).toBe(404);
  });

  it('leaves no row when S3 is down, and nothing at S3 when the row is refused', async () => {
    const count = () => gallery.api.get(Database).inTenant(member.orgId, ({ manager }) => manager.query('select count(*) from gallery.assets'));
    const before = await count();
    const intent = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size: 1, sha256: 'ab'.repeat(32), method: 'multipart' };
    await gallery.engines.withoutS3(async () => {
      expect(await gallery.call(member, 'POST', '/uploads', intent)).toMatchObject({ status: 503, body: { error: { code: 'UPSTREAM_UNAVAILABLE' } } });
    });
    expect(await count()).toEqual(before);
    const all = async () => (await s3.send(new ListMultipartUploadsCommand({ Bucket: buckets.quarantine }))).Uploads?.length ?? 0;
    const open = await all();
    expect((await gallery.call(member, 'POST', '/uploads', { ...intent, site_id: randomUUID() })).status).toBe(404);
    expect(await all()).toBe(open);
  });

  it('is of its uploader: another’s, and another’s parts, are not there', async () => {
    const begun = await begin();
    const stranger: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'member' };
    const colleague: Member = { userId: randomUUID(), orgId: member.orgId, role: 'member' };
    for (const who of [stranger, colleague]) {
      const path = `/uploads/${begun.asset_id}`;
      const statuses = [
        (await complete(begun.asset_id, {}, who)).status,
        (await parts(begun.asset_id, who)).status,
        (await gallery.call(who, 'POST', `${path}/parts`, { parts: [{ part_number: 1 }] })).status,
        (await gallery.call(who, 'POST', `${path}/requests`, { method: 'POST' })).status,
        (await gallery.call(who, 'DELETE', path)).status,
      ];
      expect(statuses).toEqual([404, 404, 404, 404, 404]);
    }
    expect(await openAtS3(begun.asset_id)).toBe(1);
  });

  it.each([
    ['a part that the file does not have', 'parts', { parts: [{ part_number: 4 }] }],
    ['no part', 'parts', { parts: [] }],
    ['an upload id', 'parts', { parts: [{ part_number: 1 }], upload_id: 'x' }],
    ['an MD5 that is none', 'parts', { parts: [{ part_number: 1, md5: 'x' }] }],
    ['the whole file at once', 'requests', { method: 'PUT' }],
    ['the number of a part to complete', 'requests', { method: 'POST', part_number: 1 }],
  ])('signs nothing for %s', async (_, path, body) => {
    const begun = await begin();
    expect((await gallery.call(member, 'POST', `/uploads/${begun.asset_id}/${path}`, body)).status).toBe(400);
  });
});

describe('a large file', () => {
  it('may be declared in parts alone', async () => {
    const intent = { site_id: siteId, filename: 'a.mp4', content_type: 'video/mp4', size: 6 * 1024 ** 3, sha256: 'ab'.repeat(32) };
    expect((await gallery.call(member, 'POST', '/uploads', intent)).status).toBe(400);
    const { status, body } = await gallery.call<Begun>(member, 'POST', '/uploads', { ...intent, method: 'multipart' });
    expect({ status, parts: body.part_count, signed: body.parts.length }).toEqual({ status: 201, parts: 768, signed: 10 });
  });

  it('is read in pieces to be hashed', async () => {
    const begun = await begin();
    await sendAll(begun);
    const uploads = gallery.api.get(MultipartUploads);
    const key = quarantineKeyOf({ orgId: member.orgId, siteId, assetId: begun.asset_id });
    const objects = gallery.worker.get(AssetObjects);
    const [row] = await gallery.api.get(Database).inTenant(member.orgId, ({ manager }) =>
      manager.query<{ upload_id: string }[]>('select upload_id from gallery.assets where id = $1', [begun.asset_id]));
    expect(await uploads.complete(key, row?.upload_id ?? '', (await uploads.findParts(key, row?.upload_id ?? '')) ?? [])).toBe(true);
    const object = await objects.findUploaded(key);
    if (object) {
      expect(object.sha256).toBeUndefined();
      expect(await objects.sha256Of(key, object)).toBe(Buffer.from(sha256(large), 'hex').toString('base64'));
      await expect(objects.sha256Of(key, { ...object, etag: '"other"' })).rejects.toThrow();
    }
  });
});
