import { createHash } from 'node:crypto';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ShareRepository } from '../src/shares/share.repository.js';
import { ViewCounter } from '../src/shares/view-counter.js';
import { addReadyAssets, newAlbum, setStatus } from './album-fixtures.js';
import { Gallery, png } from './gallery.js';
import type { Member } from './member.js';
import { newShare, requestShare, sharesOf, uploadReady } from './share-fixtures.js';

let gallery: Gallery;
let siteId: string;
let editor: Member;
const stranger: Member = { userId: newId(), orgId: newId(), role: 'org_admin' };

beforeAll(async () => {
  gallery = await Gallery.start();
});
afterAll(() => gallery?.stop());
beforeEach(async () => {
  const orgId = newId();
  siteId = await gallery.addSite(orgId);
  editor = { userId: newId(), orgId, siteRoles: { [siteId]: 'editor' } };
});

const expiryOf = (url: string): number => {
  const { searchParams } = new URL(url);
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(searchParams.get('X-Amz-Date') ?? '') ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`) + Number(searchParams.get('X-Amz-Expires')) * 1000;
};

describe('a shared file', () => {
  it('is downloaded by whoever has the link, who learns nothing of people, organization or site but what is in the key of its bytes', async () => {
    const assetId = await uploadReady(gallery, editor, siteId);
    const share = await newShare(gallery, editor, { asset_id: assetId });
    expect(share.token).toMatch(/^[\w-]{43}$/);
    expect(share.url).toBe(`https://atrium.example/api/v1/gallery/shared/${share.token}`);
    const { status, headers, body } = await gallery.openShare(share.token);
    expect(status).toBe(200);
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    expect(body).toMatchObject({ kind: 'asset', title: 'dot é.png', description: '', expires_at: share.expires_at, next_cursor: null });
    expect(body.data).toEqual([
      {
        id: assetId, filename: 'dot é.png', content_type: 'image/png', size: png.length, url: expect.any(String), url_expires_at: expect.any(String),
        width: 1, height: 1, placeholder: expect.any(String), dominant_color: expect.stringMatching(/^#/), derivatives: [],
      },
    ]);
    const { url } = body.data[0] ?? { url: '' };
    const file = await fetch(url);
    expect(Buffer.from(await file.arrayBuffer())).toEqual(png);
    expect(file.headers.get('content-disposition')).toMatch(/^attachment;/);
    const inline = (await gallery.openShare(share.token, { query: '?disposition=inline' })).body.data[0]?.url ?? '';
    expect((await fetch(inline)).headers.get('content-disposition')).toMatch(/^inline;/);
    const said = JSON.stringify({ ...body, data: body.data.map((one) => ({ ...one, url: '' })) });
    for (const secret of [editor.userId, editor.orgId, siteId, share.id]) expect(said).not.toContain(secret);
  });

  it('has URLs that never outlive the share, and nothing in its last second', async () => {
    const [assetId = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const expiresAt = new Date(Date.now() + 20_500);
    const { token } = await newShare(gallery, editor, { asset_id: assetId, expires_at: expiresAt.toISOString() });
    const [asset] = (await gallery.openShare(token)).body.data;
    expect(expiryOf(asset?.url ?? '')).toBeLessThanOrEqual(expiresAt.getTime());
    expect(asset?.url_expires_at).toBe(new Date(expiryOf(asset?.url ?? '')).toISOString());
    const long = await newShare(gallery, editor, { asset_id: assetId });
    const [later] = (await gallery.openShare(long.token)).body.data;
    expect(expiryOf(later?.url ?? '') - Date.now()).toBeLessThanOrEqual(300_000);
  });

  it('is of the token alone, which is kept nowhere but as its hash', async () => {
    const [assetId = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const { token, id } = await newShare(gallery, editor, { asset_id: assetId, password: 'open sesame' });
    const { rows } = await gallery.engines.database.superuser.query<Record<string, unknown>>('select * from gallery.shares where id = $1', [id]);
    expect(rows[0]?.['token_hash']).toEqual(createHash('sha256').update(token).digest());
    const { rows: written } = await gallery.engines.database.superuser.query('select payload::text from gallery.outbox union all select answer::text from gallery.idempotency_keys');
    for (const text of [JSON.stringify(rows), JSON.stringify(written), JSON.stringify(await sharesOf(gallery, editor))]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain('open sesame');
    }
    expect(gallery.logged(token)).toBe(false);
  });

  it('cannot be asked for with a cursor, or fields that there are not', async () => {
    const [assetId = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const { token } = await newShare(gallery, editor, { asset_id: assetId });
    for (const query of ['?cursor=e30', '?org_id=x', '?limit=1000']) expect((await gallery.openShare(token, { query })).status).toBe(400);
  });
});

describe('a shared album', () => {
  it('shows its ready files in its order, page by page, as they come and go', async () => {
    const ids = await addReadyAssets(gallery, editor, siteId, 5);
    const albumId = await newAlbum(gallery, editor, siteId, ids.toReversed());
    await gallery.requestUpload(editor, siteId, png, { album_id: albumId });
    const { token } = await newShare(gallery, editor, { album_id: albumId });
    const first = await gallery.openShare(token, { query: '?limit=2' });
    expect(first.body).toMatchObject({ kind: 'album', title: 'Summer' });
    const rest = await gallery.openShare(token, { query: `?limit=10&cursor=${first.body.next_cursor}` });
    expect([...first.body.data, ...rest.body.data].map(({ id }) => id)).toEqual(ids.toReversed());
    expect(rest.body.next_cursor).toBeNull();
    await setStatus(gallery, editor, ids[2] ?? '', 'trashed');
    expect((await gallery.openShare(token)).body.data).toHaveLength(4);
    await gallery.call(editor, 'DELETE', `/albums/${albumId}/items`, { asset_ids: ids.slice(0, 1) });
    await gallery.call(editor, 'PATCH', `/albums/${albumId}`, { name: 'Autumn' }, { 'if-match': '"1"' });
    const now = (await gallery.openShare(token)).body;
    expect([now.title, now.data.length]).toEqual(['Autumn', 3]);
  });

  it('takes no cursor of another album', async () => {
    const ids = await addReadyAssets(gallery, editor, siteId, 3);
    const [one, two] = [await newAlbum(gallery, editor, siteId, ids), await newAlbum(gallery, editor, siteId, ids)];
    const [ofOne, ofTwo] = [await newShare(gallery, editor, { album_id: one }), await newShare(gallery, editor, { album_id: two })];
    const { next_cursor: cursor } = (await gallery.openShare(ofOne.token, { query: '?limit=1' })).body;
    expect((await gallery.openShare(ofTwo.token, { query: `?limit=1&cursor=${cursor}` })).status).toBe(400);
  });
});

describe('who shares', () => {
  it('holds the permission where the file is; others see neither file nor share', async () => {
    const [assetId = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const otherSite = await gallery.addSite(editor.orgId);
    const { id, token } = await newShare(gallery, editor, { asset_id: assetId });
    const elsewhere: Member = { userId: newId(), orgId: editor.orgId, siteRoles: { [otherSite]: 'site_admin' } };
    const person = (role: 'viewer' | 'member'): Member => ({ userId: newId(), orgId: editor.orgId, role });
    for (const [who, status] of [[person('viewer'), 403], [person('member'), 403], [elsewhere, 404], [stranger, 404]] as const) {
      expect((await requestShare(gallery, who, { asset_id: assetId })).status).toBe(status);
      expect((await gallery.call(who, 'DELETE', `/shares/${id}`)).status).toBe(status);
      const list = await gallery.call<{ data: unknown[] }>(who, 'GET', '/shares');
      expect(status === 403 ? list.status : list.body.data).toEqual(status === 403 ? 403 : []);
    }
    expect((await gallery.call(elsewhere, 'GET', `/shares?site_id=${siteId}`)).status).toBe(404);
    expect((await gallery.openShare(token)).status).toBe(200);
  });

  it('shares one thing of their own, until a time to come', async () => {
    const [assetId = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const albumId = await newAlbum(gallery, editor, siteId);
    const pending = (await gallery.requestUpload(editor, siteId, png)).asset_id;
    const statuses = [];
    for (const what of [{}, { asset_id: assetId, album_id: albumId }, { asset_id: assetId, expires_at: new Date().toISOString() }, { asset_id: assetId, expires_at: 'soon' }]) {
      statuses.push((await requestShare(gallery, editor, what)).status);
    }
    for (const password of ['short', ' padded ', 'schlüssel', 'x'.repeat(129)]) statuses.push((await requestShare(gallery, editor, { asset_id: assetId, password })).status);
    expect(statuses).toEqual([400, 400, 400, 400, 400, 400, 400, 400]);
    expect((await requestShare(gallery, editor, { asset_id: newId() })).status).toBe(404);
    expect((await requestShare(gallery, editor, { album_id: newId() })).status).toBe(404);
    expect((await requestShare(gallery, editor, { asset_id: pending })).status).toBe(409);
  });

  it('sees their shares, by file and album, newest first', async () => {
    const [assetId = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const albumId = await newAlbum(gallery, editor, siteId);
    const [one, two] = [await newShare(gallery, editor, { asset_id: assetId, password: 'open sesame' }), await newShare(gallery, editor, { album_id: albumId })];
    expect((await sharesOf(gallery, editor)).map(({ id }) => id)).toEqual([two.id, one.id]);
    expect(await sharesOf(gallery, editor, `?asset_id=${assetId}`)).toEqual([
      { id: one.id, site_id: siteId, asset_id: assetId, album_id: null, has_password: true, expires_at: one.expires_at, views: 0, last_viewed_at: null, created_by: editor.userId, created_at: one.created_at },
    ]);
    expect((await sharesOf(gallery, editor, `?album_id=${albumId}`)).map(({ id }) => id)).toEqual([two.id]);
    const first = await gallery.call<{ next_cursor: string }>(editor, 'GET', '/shares?limit=1');
    expect((await sharesOf(gallery, editor, `?limit=1&cursor=${first.body.next_cursor}`)).map(({ id }) => id)).toEqual([one.id]);
  });

  it('sees how often it was opened: a look at the first page counts, refusals and further pages do not', async () => {
    const ids = await addReadyAssets(gallery, editor, siteId, 3);
    const { token, id } = await newShare(gallery, editor, { album_id: await newAlbum(gallery, editor, siteId, ids), password: 'open sesame' });
    const password = 'open sesame';
    const before = Date.now();
    const { next_cursor: cursor } = (await gallery.openShare(token, { password, query: '?limit=1' })).body;
    await gallery.openShare(token, { password });
    await gallery.openShare(token, { password, query: `?limit=1&cursor=${cursor}` });
    await gallery.openShare(token);
    await gallery.openShare(token, { password: 'wrong one' });
    await gallery.api.get(ViewCounter).run();
    const [share] = await sharesOf(gallery, editor);
    expect(share).toMatchObject({ id, views: 2 });
    expect(Date.parse(share?.last_viewed_at ?? '')).toBeGreaterThanOrEqual(before);
    await gallery.openShare(token, { password });
    await gallery.api.get(ViewCounter).run();
    expect((await sharesOf(gallery, editor))[0]?.views).toBe(3);
  });

  it('loses no view while the database is away', async () => {
    const [assetId = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const { token } = await newShare(gallery, editor, { asset_id: assetId });
    const views = gallery.api.get(ViewCounter);
    const writing = vi.spyOn(gallery.api.get(ShareRepository), 'count').mockRejectedValue(new Error('away'));
    await Promise.all([gallery.openShare(token), gallery.openShare(token)]);
    await expect(views.run()).rejects.toThrow('not written down');
    writing.mockRestore();
    await gallery.openShare(token);
    await views.run();
    expect((await sharesOf(gallery, editor))[0]?.views).toBe(3);
  });
});
