import { createHash } from 'node:crypto';
import { galleryEndpoints, type PresignedUpload } from '@atrium/contracts/gallery';
import type { Site } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from '../files.js';
import { api, world } from '../platform.js';

let ann: Person;
let site: Site;

beforeAll(async () => {
  ann = await world.newAdmin();
  site = await world.newSite(ann);
});

const bodyOf = (filename: string, method: 'put' | 'post' | 'multipart' = 'put') => ({
  site_id: site.id,
  filename,
  content_type: 'image/png' as const,
  size: png.length,
  sha256: createHash('sha256').update(png).digest('hex'),
  method,
});
const begin = async (filename: string, method?: 'put' | 'post' | 'multipart'): Promise<PresignedUpload> =>
  (await api.call(galleryEndpoints.createUpload, { token: ann.token, body: bodyOf(filename, method) })).body;

/** Where S3 puts the bytes: bucket and key. */
function targetOf(upload: PresignedUpload): string {
  if (upload.method === 'PUT') return new URL(upload.url).pathname;
  if (upload.method === 'POST') return `${new URL(upload.url).pathname}/${upload.fields['key']}`;
  return new URL(upload.parts[0]?.url ?? '').pathname;
}

/** RFC 6266 §4.1: nothing but a type, a quoted or plain name in ASCII, and the name as RFC 8187 has it. */
const safeDisposition = /^(?<type>attachment|inline); filename=(?:"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\[\x20-\x7e])*"|[\w!#$%&'*+.^`|~-]+)(?:; filename\*=UTF-8''(?<name>(?:[\w!#$&+.^`|~-]|%[\dA-F]{2})+))?$/;

describe('28: a file whose name', () => {
  it.each([
    ['is a path', '../../../etc/passwd.png', 'passwd.png'],
    ['is a path of Windows', '..\\..\\C:\\boot.png', 'boot.png'],
    ['is an encoded path', '..%2f..%2fpasswd.png', '..%2f..%2fpasswd.png'],
    ['begins another parameter', 'a"; filename="evil.html.png', 'a"; filename="evil.html.png'],
    ['ends with a backslash before a quote', 'a\\".png', '".png'],
    ['reads from the right', 'photo\u202Egnp.exe\u2066\u200F', 'photognp.exe'],
    ['is of other letters', 'Grüße 你好 🎉.png', 'Grüße 你好 🎉.png'],
    ['has 255 bytes', `${'ü'.repeat(125)}n.png`, `${'ü'.repeat(125)}n.png`],
  ])('%s is in no key, and comes down by a safe header', async (_, filename, kept) => {
    const upload = await begin(filename);
    if (upload.method !== 'PUT') throw new Error(`${upload.method} was not asked for`);
    expect(targetOf(upload)).toBe(`/atrium-quarantine/quarantine/${ann.orgId}/${site.id}/${upload.asset_id}`);
    expect((await fetch(upload.url, { method: 'PUT', headers: upload.headers, body: new Uint8Array(png) })).status).toBe(200);
    const asset = await world.settled(ann, upload.asset_id);
    expect(asset).toMatchObject({ status: 'ready', filename: kept });
    for (const disposition of ['attachment', 'inline'] as const) {
      const { body } = await api.call(galleryEndpoints.downloadAsset, { token: ann.token, params: { id: asset.id }, query: { disposition } });
      expect(new URL(body.url).pathname).toBe(`/atrium-ready/${ann.orgId}/${site.id}/${asset.id}`);
      const { headers } = await fetch(body.url);
      const { type, name } = safeDisposition.exec(headers.get('content-disposition') ?? '')?.groups ?? {};
      expect(type).toBe(disposition);
      if (name !== undefined) expect(decodeURIComponent(name)).toBe(kept);
      expect(headers.get('content-type')).toBe('image/png');
    }
  });

  it.each(['put', 'post', 'multipart'] as const)('is anything at all is in no key of an upload by %s', async (method) => {
    const upload = await begin('../${filename}/%00/./x.png', method);
    expect(targetOf(upload)).toBe(`/atrium-quarantine/quarantine/${ann.orgId}/${site.id}/${upload.asset_id}`);
    expect(JSON.stringify(upload)).not.toMatch(/\$\{|x\.png/);
  });

  it.each([
    ['holds a NUL', 'a\u0000.png'],
    ['holds a line break', 'a\r\nX-Evil: 1.png'],
    ['holds a control character', 'a\u0085.png'],
    ['holds half a character', 'a\ud800.png'],
    ['has 4 KB', `${'n'.repeat(4096)}.png`],
    ['has 256 bytes', 'ü'.repeat(128)],
    ['grows beyond 255 bytes when it is normalised', '\u{1d160}'.repeat(63)],
    ['is nothing', ''],
    ['is nothing but what turns the reading direction', '\u202e\u2066'],
    ['is the folder above', 'a/..'],
  ])('%s is refused', async (_, filename) => {
    expect(await api.verdict(galleryEndpoints.createUpload, { token: ann.token, body: bodyOf(filename) })).toBe('400 VALIDATION_ERROR');
  });
});
