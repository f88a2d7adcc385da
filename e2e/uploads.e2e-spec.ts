import { createHash } from 'node:crypto';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import type { Site } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, world } from './platform.js';

let ann: Person;
let site: Site;

beforeAll(async () => {
  ann = await world.newAdmin();
  site = await world.newSite(ann);
});

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function intend(bytes: Buffer, filename = 'a.png') {
  const { body } = await api.call(galleryEndpoints.createUpload, {
    token: ann.token,
    body: { site_id: site.id, filename, content_type: 'image/png', size: bytes.length, sha256: sha256(bytes) },
  });
  if (body.method !== 'PUT') throw new Error(`${body.method} was not asked for`);
  return body;
}

const put = (url: string, headers: Record<string, string>, bytes: Buffer, method = 'PUT'): Promise<Response> =>
  fetch(url, { method, headers, body: method === 'GET' ? null : new Uint8Array(bytes) });

const download = async (id: string): Promise<Response> => {
  const { body } = await api.call(galleryEndpoints.downloadAsset, { token: ann.token, params: { id } });
  return fetch(body.url);
};

describe('an uploaded file', () => {
  it('is verified without a word from the client, once S3 has told of it', async () => {
    const { url, headers, asset_id } = await intend(png);
    await put(url, headers, png);
    expect((await world.settled(ann, asset_id)).status).toBe('ready');
    expect(Buffer.from(await (await download(asset_id)).arrayBuffer()).equals(png)).toBe(true);
  });

  it('that is not what it says is rejected with a reason and never comes down', async () => {
    const html = Buffer.from('<html><script>alert(1)</script></html>');
    const { url, headers, asset_id } = await intend(html, 'innocent.png');
    expect((await put(url, headers, html)).status).toBe(200);
    const asset = await world.settled(ann, asset_id);
    expect(asset.status).toBe('rejected');
    expect(asset.rejection_reason).toBeTruthy();
    expect(await api.verdict(galleryEndpoints.downloadAsset, { token: ann.token, params: { id: asset_id } })).toBe('409 CONFLICT');
  });
});
