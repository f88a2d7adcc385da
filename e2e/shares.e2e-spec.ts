import { randomBytes } from 'node:crypto';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, usersEndpoints } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, world } from './platform.js';

let ann: Person;
let site: Site;
let assetId: string;
const { createShare, viewShare } = galleryEndpoints;
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

async function readyAt(person: Person, siteId: string): Promise<string> {
  const id = await world.upload(person, siteId, png);
  await world.settled(person, id);
  return id;
}
const share = async (person: Person, what: { asset_id?: string; album_id?: string; password?: string; expires_at?: string }) =>
  (await api.call(createShare, { token: person.token, body: { expires_at: inAnHour(), ...what } })).body;
const verdict = (token: string, headers: Record<string, string> = {}) => api.verdict(viewShare, { params: { token }, headers });

beforeAll(async () => {
  ann = await world.newAdmin();
  site = await world.newSite(ann);
  assetId = await readyAt(ann, site.id);
});

describe('a share', () => {
  it('leads anybody from its link to the bytes, by no credentials but its own', async () => {
    const { url, token } = await share(ann, { asset_id: assetId });
    const page = await fetch(url, { headers: { authorization: 'Bearer of bad tokens' } });
    expect(page.status).toBe(200);
    expect(Object.fromEntries(page.headers)).toMatchObject({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' });
    const { body } = await api.call(viewShare, { params: { token } });
    const file = await fetch(body.data[0]?.url ?? '');
    expect(Buffer.from(await file.arrayBuffer())).toEqual(png);
    expect(JSON.stringify({ ...body, data: [] })).not.toContain(ann.orgId);
  });

  it('of an album opens with its password, and shows the album in its order', async () => {
    const { body: album } = await api.call(galleryEndpoints.createAlbum, { token: ann.token, body: { site_id: site.id, name: 'Summer' } });
    const params = { id: album.id };
    const [second, third] = [await readyAt(ann, site.id), await readyAt(ann, site.id)];
    await api.call(galleryEndpoints.addAlbumItems, { token: ann.token, params, body: { asset_ids: [assetId, second, third] } });
    await api.call(galleryEndpoints.orderAlbumItems, { token: ann.token, params, body: { asset_ids: [third], after: null } });
    const { token } = await share(ann, { album_id: album.id, password: 'open sesame' });
    expect(await verdict(token)).toBe('401 SHARE_PASSWORD_REQUIRED');
    expect(await verdict(token, { 'x-share-password': 'open says me' })).toBe('401 SHARE_PASSWORD_REQUIRED');
    const { body } = await api.call(viewShare, { params: { token }, headers: { 'x-share-password': 'open sesame' } });
    expect([body.title, body.data.map(({ id }) => id)]).toEqual(['Summer', [third, assetId, second]]);
    await expect
      .poll(async () => (await api.call(galleryEndpoints.listShares, { token: ann.token, query: { album_id: album.id } })).body.data[0]?.views, { timeout: 15_000 })
      .toBe(1);
    await api.call(galleryEndpoints.removeAlbumItems, { token: ann.token, params, body: { asset_ids: [assetId, third] } });
    const left = await api.call(viewShare, { params: { token }, headers: { 'x-share-password': 'open sesame' } });
    expect(left.body.data.map(({ id }) => id)).toEqual([second]);
  });

  it('is over when it is ended, and is not found by guessing', async () => {
    const { id, token } = await share(ann, { asset_id: assetId });
    expect(await verdict(token)).toBe('200');
    await api.call(galleryEndpoints.deleteShare, { token: ann.token, params: { id } });
    expect(await verdict(token)).toBe('404 NOT_FOUND');
    for (const guess of [token.slice(1), `${token}A`, token.toLowerCase(), id, randomBytes(32).toString('base64url'), '..%2f..', "' or 1=1 --"]) {
      expect(await verdict(guess), guess).toMatch(/^404 NOT_FOUND|^400 VALIDATION_ERROR/);
    }
    const actions = async () => (await api.call(usersEndpoints.listAuditLogs, { token: ann.token, query: { resource: `share:${id}` } })).body.data.map(({ action }) => action);
    await expect.poll(actions, { timeout: 10_000 }).toEqual(['share.deleted', 'share.created']);
  });

  it('ends with its site, and with its organization', async () => {
    const bob = await world.newAdmin();
    const [shop, office] = [await world.newSite(bob, 'Shop'), await world.newSite(bob, 'Office')];
    const [ofShop, ofOffice] = [await share(bob, { asset_id: await readyAt(bob, shop.id) }), await share(bob, { asset_id: await readyAt(bob, office.id) })];
    expect([await verdict(ofShop.token), await verdict(ofOffice.token)]).toEqual(['200', '200']);
    await api.call(usersEndpoints.deleteSite, { token: bob.token, params: { id: shop.id } });
    await expect.poll(() => verdict(ofShop.token), { timeout: 5_000 }).toBe('404 NOT_FOUND');
    expect(await verdict(ofOffice.token)).toBe('200');
    await api.call(usersEndpoints.deleteOrganization, { token: bob.token, params: { id: bob.orgId } });
    await expect.poll(() => verdict(ofOffice.token), { timeout: 5_000 }).toBe('404 NOT_FOUND');
  });
});
