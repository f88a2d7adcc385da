import type { Asset } from '@atrium/contracts/gallery';
import { Database, newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssetTrash } from '../src/assets/asset-trash.js';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';
import { auditOf, eventsOf, recordTold } from './told.js';

let gallery: Gallery;
let admin: Member;
let siteId: string;

beforeAll(async () => {
  gallery = await Gallery.start();
  await recordTold(gallery);
  admin = { userId: newId(), orgId: newId(), role: 'org_admin' };
  siteId = await gallery.addSite(admin.orgId);
});
afterAll(() => gallery?.stop());

async function newFile(overrides: object = {}): Promise<Asset> {
  const upload = await gallery.requestUpload(admin, siteId, png, overrides);
  await send(upload, png);
  return gallery.settled(admin, upload.asset_id);
}
const remove = async (id: string, member = admin, headers: Record<string, string> = {}) =>
  (await gallery.call(member, 'DELETE', `/assets/${id}`, undefined, headers)).status;
const restore = (id: string, member = admin) => gallery.call<Asset>(member, 'POST', `/assets/${id}/restore`);

describe('a deleted file', () => {
  it('is in the trash, cannot be downloaded, and comes back as it was', async () => {
    const { id } = await newFile();
    expect(await remove(id)).toBe(204);
    expect((await gallery.asset(admin, id)).body.status).toBe('trashed');
    expect((await gallery.download(admin, id)).status).toBe(409);
    const { status, headers, body } = await restore(id);
    expect([status, headers['etag'], body.status]).toEqual([200, '"5"', 'ready']);
    expect((await gallery.download(admin, id)).status).toBe(200);
  });

  it('is told once however often it is deleted and restored, at once too', async () => {
    const { id } = await newFile();
    expect(await Promise.all([remove(id), remove(id), remove(id)])).toEqual([204, 204, 204]);
    expect((await Promise.all([restore(id), restore(id)])).map(({ status }) => status)).toEqual([200, 200]);
    expect(await eventsOf(gallery, id)).toEqual(['asset.created', 'asset.verifying', 'asset.ready', 'asset.trashed', 'asset.restored']);
    expect((await auditOf(gallery, id)).slice(-2)).toEqual(['asset.trashed', 'asset.restored']);
  });

  it('that was rejected comes back rejected, with its reason', async () => {
    const { id, rejection_reason: reason } = await newFile({ content_type: 'image/jpeg' });
    await remove(id);
    expect((await restore(id)).body).toMatchObject({ status: 'rejected', rejection_reason: reason });
  });

  it('stays where it is with an ETag of before', async () => {
    const { id } = await newFile();
    expect([await remove(id, admin, { 'if-match': '"2"' }), (await gallery.asset(admin, id)).body.status]).toEqual([412, 'ready']);
    expect([await remove(id, admin, { 'if-match': 'W/"3"' }), await remove(id, admin, { 'if-match': '"3"' })]).toEqual([400, 204]);
  });

  it('is no upload under way, which is aborted instead', async () => {
    const { asset_id } = await gallery.requestUpload(admin, siteId, png);
    expect([await remove(asset_id), (await gallery.asset(admin, asset_id)).body.status]).toEqual([409, 'pending']);
    expect((await restore(asset_id)).body.status).toBe('pending');
  });

  it('is deleted and restored by those who may delete at its site, and is hidden from others', async () => {
    const { id } = await newFile();
    const other = await gallery.addSite(admin.orgId);
    const at = (site: string, role: 'viewer' | 'editor'): Member => ({ userId: newId(), orgId: admin.orgId, siteRoles: { [site]: role } });
    const statuses = [];
    for (const member of [at(siteId, 'viewer'), at(other, 'editor'), { ...admin, orgId: newId() }]) {
      statuses.push(await remove(id, member), (await restore(id, member)).status);
    }
    expect(statuses).toEqual([403, 403, 404, 404, 404, 404]);
    expect([await remove(id, at(siteId, 'editor')), (await restore(id, at(siteId, 'editor'))).status]).toEqual([204, 200]);
  });

  it('is one of many in a batch, each told by itself, and those that cannot go are left', async () => {
    const files = [await newFile(), await newFile()];
    const { asset_id: open } = await gallery.requestUpload(admin, siteId, png);
    const ids = [...files.map(({ id }) => id), open];
    const moved = await gallery.api.get(Database).inTenant(admin.orgId, (tx) =>
      gallery.api.get(AssetTrash).trashAll(tx, ids.map((id) => ({ id, siteId }))),
    );
    expect([...moved].toSorted()).toEqual(files.map(({ id }) => id).toSorted());
    for (const { id } of files) expect((await eventsOf(gallery, id)).at(-1)).toBe('asset.trashed');
    expect(await eventsOf(gallery, open)).toEqual(['asset.created']);
  });
});
