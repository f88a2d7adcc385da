import { createHash } from 'node:crypto';
import { galleryEndpoints, type PresignedUpload } from '@atrium/contracts/gallery';
import type { Site } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, world } from './platform.js';

type Method = 'put' | 'post' | 'multipart';
const methods = ['put', 'post', 'multipart'] as const;

let ann: Person;
let colleague: Person;
let stranger: Person;
let site: Site;

beforeAll(async () => {
  [ann, stranger] = await Promise.all([world.newAdmin(), world.newAdmin()]);
  site = await world.newSite(ann);
  colleague = await world.newMember(ann, 'member', site.id);
});

const sum = (bytes: Buffer, algorithm: 'sha256' | 'md5' = 'sha256', encoding: 'hex' | 'base64' = 'hex'): string =>
  createHash(algorithm).update(bytes).digest(encoding);
const other = Buffer.from(png.map((byte, index) => (index === png.length - 1 ? byte ^ 1 : byte)));
const longer = Buffer.concat([png, Buffer.from('x')]);

async function begin(method: Method, bytes = png): Promise<PresignedUpload> {
  const body = { site_id: site.id, filename: 'a.png', content_type: 'image/png' as const, size: bytes.length, sha256: sum(bytes), method };
  return (await api.call(galleryEndpoints.createUpload, { token: ann.token, body })).body;
}

/** What is sent to S3: headers or fields by name, and the bytes. */
interface Shipment {
  readonly method: string;
  readonly url: string;
  readonly named: Record<string, string>;
  readonly form: boolean;
}

/** The one request of an upload that carries its bytes; of parts the first, guarded by its MD5. */
async function shipmentOf(upload: PresignedUpload): Promise<Shipment> {
  if (upload.method === 'PUT') return { method: 'PUT', url: upload.url, named: upload.headers, form: false };
  if (upload.method === 'POST') return { method: 'POST', url: upload.url, named: upload.fields, form: true };
  const body = { parts: [{ part_number: 1, md5: sum(png, 'md5', 'base64') }] };
  const [part] = (await api.call(galleryEndpoints.signParts, { token: ann.token, params: { asset_id: upload.asset_id }, body })).body.parts;
  return { method: 'PUT', url: part?.url ?? '', named: part?.headers ?? {}, form: false };
}

async function ship({ method, url, named, form }: Shipment, bytes = png): Promise<number> {
  if (!form) return (await fetch(url, { method, headers: named, body: ['GET', 'HEAD'].includes(method) ? null : new Uint8Array(bytes) })).status;
  const body = new FormData();
  for (const [name, value] of Object.entries(named)) body.append(name, value);
  body.append('file', new Blob([new Uint8Array(bytes)]), 'a.png');
  return (await fetch(url, { method, body })).status;
}
const renamed = (shipment: Shipment, names: RegExp, value: string): Shipment => ({
  ...shipment,
  named: Object.fromEntries(Object.entries(shipment.named).map(([name, given]) => [name, names.test(name) ? value : given])),
});
const complete = (upload: PresignedUpload, token = ann.token) =>
  api.verdict(galleryEndpoints.completeUpload, { token, params: { asset_id: upload.asset_id } });

describe.each(methods)('upload by %s', (method) => {
  it('goes up as it was signed, and becomes a file', async () => {
    const upload = await begin(method);
    expect([200, 204]).toContain(await ship(await shipmentOf(upload)));
    expect(await complete(upload)).toBe('202');
    expect((await world.settled(ann, upload.asset_id)).status).toBe('ready');
  });

  it('26: of another length or checksum is refused by S3', async () => {
    const shipment = await shipmentOf(await begin(method));
    expect(await ship(shipment, longer)).toBeGreaterThanOrEqual(400);
    expect(await ship(shipment, png.subarray(1))).toBeGreaterThanOrEqual(400);
    expect(await ship(shipment, other)).toBe(400);
    const checksum = method === 'multipart' ? sum(other, 'md5', 'base64') : sum(other, 'sha256', 'base64');
    expect(await ship(renamed(shipment, /checksum|md5/i, checksum), other)).toBe(403);
    expect(await ship(renamed(shipment, /checksum|md5/i, ''))).toBeGreaterThanOrEqual(400);
  });

  it('30: that was tampered with, sent elsewhere or by another method is refused by S3', async () => {
    const shipment = await shipmentOf(await begin(method));
    const victim = await begin('put');
    if (shipment.form) {
      expect(await ship(renamed(shipment, /signature/i, '0'.repeat(64)))).toBe(403);
      expect(await ship(renamed(shipment, /^key$/, (shipment.named['key'] ?? '').replace(/[^/]+$/, victim.asset_id)))).toBe(403);
      expect(await ship(renamed(shipment, /^X-Amz-Date$/, '20990101T000000Z'))).toBe(403);
      return;
    }
    const at = (from: RegExp | string, to: string): Shipment => ({ ...shipment, url: shipment.url.replace(from, to) });
    expect(await ship(at(/X-Amz-Signature=.{4}/, 'X-Amz-Signature=0000'))).toBe(403);
    expect(await ship(at(/X-Amz-Expires=\d+/, 'X-Amz-Expires=604800'))).toBe(403);
    expect(await ship(at(/[^/]+\?/, `${victim.asset_id}?`))).toBe(403);
    for (const swapped of ['GET', 'POST', 'DELETE']) expect(await ship({ ...shipment, method: swapped })).toBe(403);
  });

  it('29: sent again after verification leaves the verified bytes', async () => {
    const upload = await begin(method);
    const shipment = await shipmentOf(upload);
    await ship(shipment);
    await complete(upload);
    await world.settled(ann, upload.asset_id);
    expect([200, 204, 404, 412]).toContain(await ship(shipment));
    expect(await complete(upload)).toBe('202');
    const { body } = await api.call(galleryEndpoints.downloadAsset, { token: ann.token, params: { id: upload.asset_id } });
    expect(Buffer.from(await (await fetch(body.url)).arrayBuffer()).equals(png)).toBe(true);
    expect((await world.settled(ann, upload.asset_id)).status).toBe('ready');
  });

  it('31: is not there for anybody else, in or out of the organization', async () => {
    const upload = await begin(method);
    await ship(await shipmentOf(upload));
    const params = { asset_id: upload.asset_id };
    for (const { token } of [colleague, stranger]) {
      expect(await complete(upload, token)).toBe('404 NOT_FOUND');
      expect(await api.verdict(galleryEndpoints.signParts, { token, params, body: { parts: [{ part_number: 1 }] } })).toBe('404 NOT_FOUND');
      expect(await api.verdict(galleryEndpoints.listParts, { token, params })).toBe('404 NOT_FOUND');
      expect(await api.verdict(galleryEndpoints.signUploadRequest, { token, params, body: { method: 'PUT' } })).toBe('404 NOT_FOUND');
      expect(await api.verdict(galleryEndpoints.abortUpload, { token, params })).toBe('404 NOT_FOUND');
    }
    expect(await complete(upload)).toBe('202');
    expect((await world.settled(ann, upload.asset_id)).status).toBe('ready');
  });

  it('that was given up becomes no file', async () => {
    const upload = await begin(method);
    const shipment = await shipmentOf(upload);
    expect(await api.verdict(galleryEndpoints.abortUpload, { token: ann.token, params: { asset_id: upload.asset_id } })).toBe('204');
    await ship(shipment);
    await complete(upload);
    expect((await world.settled(ann, upload.asset_id)).rejection_reason).toMatch(/^upload_aborted: /);
  });
});

describe('S3 refuses', () => {
  // The type of what comes in parts is set when it is begun, by the gallery itself.
  it.each(['put', 'post'] as const)('26: another type than was signed, by %s', async (method) => {
    expect(await ship(renamed(await shipmentOf(await begin(method)), /content-type/i, 'text/html'))).toBe(403);
  });

  it('29: to overwrite what is there', async () => {
    const shipment = await shipmentOf(await begin('put'));
    const statuses = await Promise.all([ship(shipment), ship(shipment)]);
    expect(statuses).toContain(200);
    expect(statuses.every((status) => [200, 409, 412].includes(status))).toBe(true);
  });

  it("31: a part under another upload's id, though both are of one person", async () => {
    const [mine, hers] = [await begin('multipart'), await begin('multipart')];
    const [shipment, target] = [await shipmentOf(mine), await shipmentOf(hers)];
    const id = /uploadId=([^&]+)/.exec(target.url)?.[1] ?? '';
    expect(await ship({ ...shipment, url: shipment.url.replace(/uploadId=[^&]+/, `uploadId=${id}`) })).toBe(403);
  });

  it('26: a part of other bytes in the end: the whole is not what was declared', async () => {
    const upload = await begin('multipart');
    if (upload.method !== 'MULTIPART') throw new Error(`${upload.method} was not asked for`);
    const [part] = upload.parts;
    expect(await ship({ method: 'PUT', url: part?.url ?? '', named: part?.headers ?? {}, form: false }, other)).toBe(200);
    expect(await complete(upload)).toBe('202');
    expect((await world.settled(ann, upload.asset_id)).rejection_reason).toMatch(/^checksum_mismatch: /);
  });
});
