import { SQSClient } from '@aws-sdk/client-sqs';
import { memberErased, organizationChanged, siteChanged } from '@atrium/contracts/domain-events';
import type { Album, CreatedShare } from '@atrium/contracts/gallery';
import { Database, newId } from '@atrium/platform/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { PersonErasure } from '../src/erasure/person-erasure.js';
import { ShareRetention } from '../src/shares/share-retention.js';
import { addReadyAssets, newAlbum, purge, setStatus, shownIn } from './album-fixtures.js';
import { region } from './engines.js';
import { Gallery } from './gallery.js';
import type { Member } from './member.js';
import { newShare, requestShare, sharesOf, tell } from './share-fixtures.js';

let gallery: Gallery;
let sqs: SQSClient;
let siteId: string;
let admin: Member;
let assetId: string;
let albumId: string;
let ofAsset: CreatedShare;
let ofAlbum: CreatedShare;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  sqs = new SQSClient({ region });
});
afterAll(async () => {
  sqs?.destroy();
  await gallery?.stop();
});
beforeEach(async () => {
  admin = { userId: newId(), orgId: newId(), role: 'org_admin' };
  siteId = await gallery.addSite(admin.orgId);
  [assetId = ''] = await addReadyAssets(gallery, admin, siteId, 1);
  albumId = await newAlbum(gallery, admin, siteId, [assetId]);
  [ofAsset, ofAlbum] = [await newShare(gallery, admin, { asset_id: assetId }), await newShare(gallery, admin, { album_id: albumId })];
});

const statuses = async () => [(await gallery.openShare(ofAsset.token)).status, (await gallery.openShare(ofAlbum.token)).status];

describe('a share opens nothing', () => {
  it('from the moment on when it is ended, once and for all', async () => {
    expect(await statuses()).toEqual([200, 200]);
    expect((await gallery.call(admin, 'DELETE', `/shares/${ofAsset.id}`)).status).toBe(204);
    expect(await statuses()).toEqual([404, 200]);
    expect((await gallery.call(admin, 'DELETE', `/shares/${ofAsset.id}`)).status).toBe(404);
  });

  it('when it has expired, or was never there, and says the same of both', async () => {
    await gallery.engines.database.superuser.query(`update gallery.shares set expires_at = now() where id = $1`, [ofAsset.id]);
    await gallery.call(admin, 'DELETE', `/shares/${ofAlbum.id}`);
    const answers = [];
    for (const token of [ofAsset.token, ofAlbum.token, 'A'.repeat(43), 'x', ofAsset.id, '%00', "'--"]) {
      const { status, body } = await gallery.openShare(token);
      answers.push(JSON.stringify({ status, ...body.error, request_id: undefined }));
    }
    // A token that can't be stored as a text is refused before anything is asked.
    expect(new Set(answers.filter((answer) => !answer.includes('VALIDATION_ERROR'))).size).toBe(1);
    expect(answers.filter((answer) => answer.includes('NOT_FOUND')).length).toBeGreaterThanOrEqual(6);
  });

  it('while its file is in the trash, and again when it is back, until the file is purged', async () => {
    await setStatus(gallery, admin, assetId, 'trashed');
    expect((await gallery.openShare(ofAsset.token)).status).toBe(404);
    expect((await gallery.openShare(ofAlbum.token)).body.data).toEqual([]);
    expect((await requestShare(gallery, admin, { asset_id: assetId })).status).toBe(409);
    await setStatus(gallery, admin, assetId, 'ready');
    expect(await statuses()).toEqual([200, 200]);
    await purge(gallery, assetId);
    expect(await statuses()).toEqual([404, 200]);
    expect((await sharesOf(gallery, admin)).map(({ id }) => id)).toEqual([ofAlbum.id]);
  });

  it('when its album is deleted', async () => {
    await gallery.call(admin, 'DELETE', `/albums/${albumId}`);
    expect(await statuses()).toEqual([200, 404]);
  });

  it('when its site is deleted', async () => {
    await tell(gallery, sqs, siteChanged, admin.orgId, { org_id: admin.orgId, site_id: siteId, name: 'A site', deleted: true, version: 2 });
    expect(await statuses()).toEqual([404, 404]);
    expect((await requestShare(gallery, admin, { asset_id: assetId })).status).toBe(404);
  });

  it('when its organization is deleted, whatever is told of its sites later', async () => {
    const changed = { org_id: admin.orgId, name: 'Acme', version: 2 };
    await tell(gallery, sqs, organizationChanged, admin.orgId, changed);
    expect(await statuses()).toEqual([200, 200]);
    await tell(gallery, sqs, organizationChanged, admin.orgId, { ...changed, version: 3, deleted: true });
    await tell(gallery, sqs, siteChanged, admin.orgId, { org_id: admin.orgId, site_id: siteId, name: 'Late', deleted: false, version: 9 });
    expect(await statuses()).toEqual([404, 404]);
  });
});

describe('when a person is erased', () => {
  it('what they shared until then ends, their albums no longer name them, and those of others stay', async () => {
    const colleague: Member = { ...admin, userId: newId() };
    const theirs = await newShare(gallery, colleague, { album_id: albumId });
    const told = { org_id: admin.orgId, user_id: admin.userId, version: 3 };
    await tell(gallery, sqs, memberErased, admin.orgId, told, new Date(Date.parse(ofAsset.created_at) - 1_000));
    expect(await statuses()).toEqual([200, 200]);
    await tell(gallery, sqs, memberErased, admin.orgId, told);
    expect(await statuses()).toEqual([404, 404]);
    expect((await gallery.openShare(theirs.token)).status).toBe(200);
    expect((await gallery.call<Album>(colleague, 'GET', `/albums/${albumId}`)).body).toMatchObject({ name: 'Summer', created_by: null });
  });

  it('their files leave the albums and shares of others with their rows', async () => {
    const colleague: Member = { ...admin, userId: newId() };
    const [own = ''] = await addReadyAssets(gallery, colleague, siteId, 1);
    const shared = await newAlbum(gallery, colleague, siteId, [assetId, own]);
    await gallery.call(colleague, 'PATCH', `/albums/${shared}`, { cover_asset_id: assetId }, { 'if-match': '"1"' });
    const theirs = await newShare(gallery, colleague, { asset_id: assetId });
    await tell(gallery, sqs, memberErased, admin.orgId, { org_id: admin.orgId, user_id: admin.userId, version: 3 });
    await gallery.worker.get(PersonErasure).sweep();
    expect(await shownIn(gallery, colleague, shared)).toEqual([own]);
    expect((await gallery.call<Album>(colleague, 'GET', `/albums/${shared}`)).body.cover_asset_id).toBeNull();
    expect((await gallery.openShare(theirs.token)).status).toBe(404);
    const left = await gallery.engines.database.superuser.query('select asset_id from gallery.album_items where org_id = $1 union all select asset_id from gallery.shares where org_id = $1', [admin.orgId]);
    expect(left.rows).toEqual([{ asset_id: own }]);
  });
});

it('shares are forgotten that have been over for a month, and no others', async () => {
  const expire = (id: string, days: number) => gallery.engines.database.superuser.query('update gallery.shares set expires_at = now() - make_interval(days => $2) where id = $1', [id, days]);
  await expire(ofAsset.id, 31);
  await expire(ofAlbum.id, 29);
  await gallery.api.get(ShareRetention).run();
  expect((await sharesOf(gallery, admin)).map(({ id }) => id)).toEqual([ofAlbum.id]);
});

it('a share is found by its token alone, and shows to no other organization', async () => {
  const { dataSource: plain } = await gallery.engines.database.openApp();
  const rowsAs = (orgId: string): Promise<unknown[]> =>
    plain.transaction(async (manager) => {
      await manager.query(`select set_config('app.org_id', $1, true)`, [orgId]);
      return manager.query('select id from gallery.shares where id = $1', [ofAsset.id]);
    });
  expect([(await rowsAs(admin.orgId)).length, (await rowsAs(newId())).length, (await rowsAs('')).length]).toEqual([1, 0, 0]);
  const found = await gallery.api.get(Database).withoutTenant(({ manager }) => manager.query<object[]>('select * from gallery.find_share($1)', [Buffer.alloc(32)]));
  expect(found).toEqual([]);
});
