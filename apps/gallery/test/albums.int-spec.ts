import { randomUUID } from 'node:crypto';
import type { Album, AlbumItemResults } from '@atrium/contracts/gallery';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addReadyAssets, newAlbum, purge, setStatus, shownIn } from './album-fixtures.js';
import { Gallery, png } from './gallery.js';
import type { Member } from './member.js';

let gallery: Gallery;
let siteId: string;
let otherSite: string;
let editor: Member;
let viewer: Member;
let member: Member;
const stranger: Member = { userId: newId(), orgId: newId(), role: 'org_admin' };

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
});
afterAll(() => gallery?.stop());
beforeEach(async () => {
  const orgId = newId();
  siteId = await gallery.addSite(orgId);
  otherSite = await gallery.addSite(orgId);
  editor = { userId: newId(), orgId, siteRoles: { [siteId]: 'editor', [otherSite]: 'viewer' } };
  viewer = { userId: newId(), orgId, role: 'viewer' };
  member = { userId: newId(), orgId, role: 'member' };
});

const get = (who: Member, id: string) => gallery.call<Album>(who, 'GET', `/albums/${id}`);
const patch = (who: Member, id: string, change: object, version = '"1"') => gallery.call<Album>(who, 'PATCH', `/albums/${id}`, change, { 'if-match': version });
const add = async (id: string, ids: readonly string[]) => (await gallery.call<AlbumItemResults>(editor, 'POST', `/albums/${id}/items`, { asset_ids: ids })).body.results;
const remove = async (id: string, ids: readonly string[]) => (await gallery.call<AlbumItemResults>(editor, 'DELETE', `/albums/${id}/items`, { asset_ids: ids })).body.results;
const verdicts = (results: AlbumItemResults['results']) => results.map(({ verdict }) => verdict);

describe('an album', () => {
  it('is made, read, changed against its ETag, and deleted while its files stay', async () => {
    const [asset = ''] = await addReadyAssets(gallery, editor, siteId, 1);
    const id = await newAlbum(gallery, editor, siteId, [asset]);
    const read = await get(viewer, id);
    expect(read).toMatchObject({ status: 200, body: { id, site_id: siteId, name: 'Summer', description: '', cover_asset_id: null, created_by: editor.userId } });
    expect(read.headers['etag']).toBe('"1"');
    const changed = await patch(editor, id, { description: 'By the sea', cover_asset_id: asset });
    expect(changed).toMatchObject({ status: 200, body: { name: 'Summer', description: 'By the sea', cover_asset_id: asset } });
    expect(changed.headers['etag']).toBe('"2"');
    expect((await patch(editor, id, { name: 'Late' })).status).toBe(412);
    expect((await gallery.call(editor, 'PATCH', `/albums/${id}`, { name: 'x' })).status).toBe(428);
    expect((await patch(editor, id, {}, '"2"')).status).toBe(400);
    expect((await gallery.call(editor, 'DELETE', `/albums/${id}`)).status).toBe(204);
    expect((await get(editor, id)).status).toBe(404);
    expect((await gallery.asset(editor, asset)).status).toBe(200);
  });

  it('shows to whoever sees its site, and is changed by whoever may there', async () => {
    const id = await newAlbum(gallery, editor, siteId);
    const elsewhere: Member = { userId: newId(), orgId: editor.orgId, siteRoles: { [otherSite]: 'site_admin' } };
    const items = { asset_ids: [newId()] };
    for (const [who, status] of [[viewer, 403], [member, 403], [elsewhere, 404], [stranger, 404]] as const) {
      expect((await get(who, id)).status).toBe(status === 403 ? 200 : 404);
      expect((await patch(who, id, { name: 'x' })).status).toBe(status);
      expect((await gallery.call(who, 'POST', `/albums/${id}/items`, items)).status).toBe(status);
      expect((await gallery.call(who, 'DELETE', `/albums/${id}/items`, items)).status).toBe(status);
      expect((await gallery.call(who, 'PUT', `/albums/${id}/order`, { ...items, after: null })).status).toBe(status);
      expect((await gallery.call(who, 'DELETE', `/albums/${id}`)).status).toBe(status);
    }
    expect((await gallery.call(elsewhere, 'GET', `/assets?album_id=${id}`)).status).toBe(404);
    const create = (who: Member, site: string) => gallery.call(who, 'POST', '/albums', { site_id: site, name: 'x' });
    expect((await create(viewer, siteId)).status).toBe(403);
    expect((await create(editor, otherSite)).status).toBe(403);
    expect((await create(elsewhere, siteId)).status).toBe(404);
    expect((await create({ ...viewer, role: 'org_admin' }, randomUUID())).status).toBe(404);
  });

  it('is listed newest first, by site and page, to whoever sees the site', async () => {
    const ids = [];
    for (let count = 0; count < 3; count += 1) ids.unshift(await newAlbum(gallery, editor, siteId));
    const admin: Member = { userId: newId(), orgId: editor.orgId, role: 'org_admin' };
    const other = await newAlbum(gallery, admin, otherSite);
    const list = async (who: Member, query = '') => (await gallery.call<{ data: Album[]; next_cursor: string }>(who, 'GET', `/albums${query}`)).body;
    expect((await list(viewer)).data.map(({ id }) => id)).toEqual([other, ...ids]);
    expect((await list(viewer, `?site_id=${siteId}`)).data.map(({ id }) => id)).toEqual(ids);
    const first = await list(viewer, `?site_id=${siteId}&limit=2`);
    expect((await list(viewer, `?site_id=${siteId}&limit=2&cursor=${first.next_cursor}`)).data.map(({ id }) => id)).toEqual(ids.slice(2));
    expect((await gallery.call(viewer, 'GET', `/albums?limit=2&cursor=${first.next_cursor}`)).status).toBe(400);
    expect((await list({ userId: newId(), orgId: editor.orgId, siteRoles: { [otherSite]: 'viewer' } })).data.map(({ id }) => id)).toEqual([other]);
    expect((await list(stranger)).data).toEqual([]);
  });

  it('takes as its cover one of its own files alone, and none once that is out', async () => {
    const [inside = '', outside = ''] = await addReadyAssets(gallery, editor, siteId, 2);
    const id = await newAlbum(gallery, editor, siteId, [inside]);
    expect((await patch(editor, id, { cover_asset_id: outside })).status).toBe(400);
    await patch(editor, id, { cover_asset_id: inside });
    await setStatus(gallery, editor, inside, 'trashed');
    expect((await get(viewer, id)).body.cover_asset_id).toBeNull();
    await setStatus(gallery, editor, inside, 'ready');
    expect((await get(viewer, id)).body.cover_asset_id).toBe(inside);
    await remove(id, [inside]);
    await add(id, [inside]);
    expect((await get(viewer, id)).body.cover_asset_id).toBeNull();
  });
});

describe("an album's files", () => {
  it('are those of its site alone, each once, with a verdict for each', async () => {
    const [a = '', b = '', trashed = ''] = await addReadyAssets(gallery, editor, siteId, 3);
    const [ofOtherSite = ''] = await addReadyAssets(gallery, editor, otherSite, 1);
    const strangersSite = await gallery.addSite(stranger.orgId);
    const [ofStranger = ''] = await addReadyAssets(gallery, stranger, strangersSite, 1);
    await setStatus(gallery, editor, trashed, 'trashed');
    const id = await newAlbum(gallery, editor, siteId);
    const asked = [b, ofOtherSite, ofStranger, trashed, newId(), a];
    const results = await add(id, asked);
    expect(results.map(({ asset_id }) => asset_id)).toEqual(asked);
    expect(verdicts(results)).toEqual(['added', 'not_found', 'not_found', 'not_found', 'not_found', 'added']);
    expect(verdicts(await add(id, [a]))).toEqual(['already_there']);
    expect(await shownIn(gallery, viewer, id)).toEqual([b, a]);
    expect(verdicts(await remove(id, [a, ofOtherSite]))).toEqual(['removed', 'not_in_album']);
    expect(await shownIn(gallery, viewer, id)).toEqual([b]);
    expect((await gallery.call(editor, 'POST', `/albums/${id}/items`, { asset_ids: [a, a] })).status).toBe(400);
    expect((await gallery.call(editor, 'POST', `/albums/${id}/items`, { asset_ids: Array.from({ length: 1_001 }, newId) })).status).toBe(400);
  });

  it('leave with the trash and come back where they were, and go for good when purged', async () => {
    const [a = '', b = '', c = ''] = await addReadyAssets(gallery, editor, siteId, 3);
    const id = await newAlbum(gallery, editor, siteId, [a, b, c]);
    await setStatus(gallery, editor, b, 'trashed');
    expect(await shownIn(gallery, viewer, id)).toEqual([a, c]);
    await setStatus(gallery, editor, b, 'ready');
    expect(await shownIn(gallery, viewer, id)).toEqual([a, b, c]);
    await purge(gallery, b);
    expect(await shownIn(gallery, viewer, id)).toEqual([a, c]);
    expect(verdicts(await remove(id, [b]))).toEqual(['not_in_album']);
  });

  it('are ten thousand at most, and are listed a page at a time', async () => {
    const all = await addReadyAssets(gallery, editor, siteId, 10_001);
    const id = await newAlbum(gallery, editor, siteId, all.slice(0, 9_999));
    expect(verdicts(await add(id, all.slice(9_999)))).toEqual(['added', 'album_full']);
    expect(await shownIn(gallery, viewer, id)).toEqual(all.slice(0, 10_000));
    const upload = { site_id: siteId, filename: 'a.png', content_type: 'image/png', size: 1, sha256: 'ab'.repeat(32), album_id: id };
    expect((await gallery.call(editor, 'POST', '/uploads', upload)).status).toBe(409);
  });

  it('are uploaded into it by whoever may change it, of its own site', async () => {
    const id = await newAlbum(gallery, editor, siteId);
    const { asset_id } = await gallery.requestUpload(editor, siteId, png, { album_id: id });
    expect(await shownIn(gallery, viewer, id)).toEqual([asset_id]);
    const intent = (site: string) => ({ site_id: site, filename: 'a.png', content_type: 'image/png', size: 1, sha256: 'ab'.repeat(32), album_id: id });
    expect((await gallery.call(member, 'POST', '/uploads', intent(siteId))).status).toBe(403);
    expect((await gallery.call({ ...member, role: 'org_admin' }, 'POST', '/uploads', intent(otherSite))).status).toBe(404);
    expect(await shownIn(gallery, viewer, id)).toEqual([asset_id]);
    expect((await gallery.call<{ data: unknown[] }>(editor, 'GET', '/assets')).body.data).toHaveLength(1);
  });

  it('are listed by no other filter beside it, and by no cursor of another list', async () => {
    const ids = await addReadyAssets(gallery, editor, siteId, 3);
    const [one, two] = [await newAlbum(gallery, editor, siteId, ids), await newAlbum(gallery, editor, siteId, ids)];
    for (const filter of [`site_id=${siteId}`, 'type=image/png', 'status=ready', 'sort=created_at']) {
      expect((await gallery.call(editor, 'GET', `/assets?album_id=${one}&${filter}`)).status).toBe(400);
    }
    const { next_cursor: cursor } = (await gallery.call<{ next_cursor: string }>(editor, 'GET', `/assets?album_id=${one}&limit=1`)).body;
    expect((await gallery.call(editor, 'GET', `/assets?album_id=${two}&cursor=${cursor}`)).status).toBe(400);
    expect((await gallery.call(editor, 'GET', `/assets?cursor=${cursor}`)).status).toBe(400);
    expect((await gallery.call(editor, 'GET', `/assets?album_id=${one}&cursor=e30`)).status).toBe(400);
    expect(await shownIn(gallery, viewer, one, 1)).toEqual(ids);
  });
});

it('the database itself keeps files of other sites and organizations out of an album', async () => {
  const id = await newAlbum(gallery, editor, siteId);
  const [ofOtherSite = ''] = await addReadyAssets(gallery, editor, otherSite, 1);
  const insert = (site: string) =>
    gallery.engines.database.superuser.query(`insert into gallery.album_items values ($1, $2, $3, $4, 'a0')`, [editor.orgId, id, ofOtherSite, site]);
  await expect(insert(siteId)).rejects.toThrow(/album_items_of_asset/);
  await expect(insert(otherSite)).rejects.toThrow(/album_items_of_album/);
});
