import { randomUUID } from 'node:crypto';
import { Database } from '@atrium/platform/database';
import type { Asset } from '@atrium/contracts/gallery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AssetRepository } from '../src/assets/asset.repository.js';
import { VerificationService } from '../src/verification/verification.service.js';
import { Gallery, png, send } from './gallery.js';
import type { Member } from './member.js';

const orgId = randomUUID();
const person = (rest: Partial<Member> = {}): Member => ({ userId: randomUUID(), orgId, ...rest });
interface Page {
  readonly data: readonly Asset[];
  readonly next_cursor: string | null;
}

let gallery: Gallery;
let siteA: string;
let siteB: string;
let atA: Member;
let atB: Member;
let ofA: string;
const editor = person({ role: 'editor' });
const viewer = person({ role: 'viewer' });
const stranger: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'org_admin' };

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  siteA = await gallery.addSite(orgId);
  siteB = await gallery.addSite(orgId);
  atA = person({ siteRoles: { [siteA]: 'member' } });
  atB = person({ siteRoles: { [siteB]: 'member' } });
  ofA = (await gallery.requestUpload(atA, siteA, png)).asset_id;
});
afterAll(() => gallery.stop());

const intent = (siteId: string) => ({
  site_id: siteId, filename: 'a.png', content_type: 'image/png', size: 1, sha256: 'ab'.repeat(32),
});

describe('an asset', () => {
  it.each(['another organization', 'another site'])('is not there for people of %s', async (whose) => {
    const other = whose === 'another site' ? atB : stranger;
    expect((await gallery.asset(other, ofA)).status).toBe(404);
    expect((await gallery.download(other, ofA)).status).toBe(404);
    expect((await gallery.complete(other, ofA)).status).toBe(404);
    expect((await gallery.call(other, 'GET', `/assets?site_id=${siteA}`)).status).toBe(404);
    expect((await gallery.call(other, 'POST', '/uploads', intent(siteA))).status).toBe(404);
    expect((await gallery.call<Page>(other, 'GET', '/assets')).body.data).toEqual([]);
  });

  it('is completed by its uploader or an editor, not by a colleague', async () => {
    expect((await gallery.complete(person({ siteRoles: { [siteA]: 'member' } }), ofA)).status).toBe(404);
    expect((await gallery.complete(editor, ofA)).status).toBe(202);
    expect((await gallery.complete(atA, ofA)).status).toBe(202);
  });

  it('is seen by viewers, who upload and complete nothing', async () => {
    expect((await gallery.asset(viewer, ofA)).status).toBe(200);
    expect((await gallery.call(viewer, 'POST', '/uploads', intent(siteA))).status).toBe(403);
    expect((await gallery.complete(viewer, ofA)).status).toBe(403);
  });

  it('of a site that nobody knows cannot be made', async () => {
    expect((await gallery.call(editor, 'POST', '/uploads', intent(randomUUID()))).status).toBe(404);
  });

  it('is invisible to the repository and to plain SQL in another organization, and outside of any', async () => {
    const { api } = gallery;
    const found = await api.get(Database).inTenant(stranger.orgId, (tx) => api.get(AssetRepository).find(tx, ofA));
    expect(found).toBeUndefined();
    const { dataSource: plain } = await gallery.engines.database.openApp();
    const rowsAs = (org: string): Promise<unknown[]> =>
      plain.transaction(async (manager) => {
        await manager.query(`select set_config('app.org_id', $1, true)`, [org]);
        return manager.query('select id from gallery.assets where id = $1', [ofA]);
      });
    expect(await rowsAs(orgId)).toHaveLength(1);
    expect(await rowsAs(stranger.orgId)).toEqual([]);
    expect(await rowsAs('')).toEqual([]);
  });

  it('is not verified in the name of another organization', async () => {
    const upload = await gallery.requestUpload(atA, siteA, png);
    await send(upload, png);
    await gallery.worker.get(VerificationService).verify({ orgId: stranger.orgId, assetId: upload.asset_id });
    expect((await gallery.asset(atA, upload.asset_id)).body.status).toBe('pending');
  });
});

describe('the list of assets', () => {
  it('pages through everything once, in both orders, while sites stay apart', async () => {
    for (let count = 0; count < 5; count += 1) await gallery.requestUpload(atB, siteB, png);
    for (const sort of ['created_at', '-created_at']) {
      const seen: Asset[] = [];
      let cursor: string | null = '';
      while (cursor !== null) {
        const path: string = `/assets?limit=2&sort=${sort}${cursor === '' ? '' : `&cursor=${cursor}`}`;
        const { body }: { body: Page } = await gallery.call<Page>(atB, 'GET', path);
        seen.push(...body.data);
        cursor = body.next_cursor;
      }
      expect(seen).toHaveLength(5);
      expect(new Set(seen.map(({ id }) => id)).size).toBe(5);
      expect(seen.every(({ site_id }) => site_id === siteB)).toBe(true);
      const times = seen.map(({ created_at }) => created_at);
      expect(times).toEqual(sort === 'created_at' ? times.toSorted() : times.toSorted().reverse());
    }
  });

  it('filters by site, type and status', async () => {
    const list = async (query: string) => (await gallery.call<Page>(editor, 'GET', `/assets?${query}`)).body.data;
    expect((await list(`site_id=${siteB}`)).every(({ site_id }) => site_id === siteB)).toBe(true);
    expect(await list('type=application/pdf')).toEqual([]);
    expect(await list('status=ready')).toEqual([]);
  });

  it('refuses cursors of another organization or query, wild limits and unknown orders', async () => {
    const { body } = await gallery.call<Page>(editor, 'GET', '/assets?limit=1');
    const cursor = body.next_cursor ?? '';
    expect(cursor).not.toBe('');
    const refused = async (member: Member, query: string) => (await gallery.call(member, 'GET', `/assets?${query}`)).status;
    expect(await refused(editor, `limit=1&cursor=${cursor}`)).toBe(200);
    expect(await refused(stranger, `limit=1&cursor=${cursor}`)).toBe(400);
    expect(await refused(editor, `limit=1&sort=created_at&cursor=${cursor}`)).toBe(400);
    expect(await refused(editor, 'cursor=AAAA')).toBe(400);
    expect(await refused(editor, 'limit=1000000000')).toBe(400);
    expect(await refused(editor, 'sort=quarantine_key')).toBe(400);
  });
});
