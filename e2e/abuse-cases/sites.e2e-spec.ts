import type { EndpointDefinition } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints, type Source } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import type { Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from '../files.js';
import { api, world } from '../platform.js';

describe('23: a person of one site', () => {
  let ann: Person;
  let shop: Site;
  let office: Site;
  let editor: Person;
  /** Somebody of the office alone. */
  let clerk: Person;
  let officeAsset: string;
  let shopAsset: string;
  let officeSource: Source;
  let officeAlbum: string;
  let officeShare: string;
  const officeInvitation = async () => {
    const body = { email: world.newAddress(), role_id: systemRoles.viewer.id, site_id: office.id };
    return (await api.call(usersEndpoints.createInvitation, { token: ann.token, body })).body.id;
  };
  const officeKey = async () => {
    const body = { name: 'CI', permissions: ['assets.read'], site_id: office.id };
    return (await api.call(authEndpoints.createApiKey, { token: ann.token, body })).body.id;
  };

  beforeAll(async () => {
    ann = await world.newAdmin();
    [shop, office] = await Promise.all([world.newSite(ann, 'Shop'), world.newSite(ann, 'Office')]);
    [officeAsset, shopAsset] = await Promise.all([world.upload(ann, office.id, png), world.upload(ann, shop.id, png)]);
    await Promise.all([world.settled(ann, officeAsset), world.settled(ann, shopAsset)]);
    editor = await world.newMember(ann, 'site_admin', shop.id);
    clerk = await world.newMember(ann, 'viewer', office.id);
    officeSource = await world.newSource(ann, office.id);
    officeAlbum = (await api.call(galleryEndpoints.createAlbum, { token: ann.token, body: { site_id: office.id, name: 'Party' } })).body.id;
    const share = { asset_id: officeAsset, expires_at: new Date(Date.now() + 3_600_000).toISOString() };
    officeShare = (await api.call(galleryEndpoints.createShare, { token: ann.token, body: share })).body.id;
  });

  it("sees their site and not the others'", async () => {
    const { body } = await api.call(usersEndpoints.listSites, { token: editor.token });
    expect(body.data.map(({ name }) => name)).toEqual(['Shop']);
    expect(await api.verdict(usersEndpoints.getSite, { token: editor.token, params: { id: office.id } })).toBe('404 NOT_FOUND');
  });

  const officeThings = new Map<EndpointDefinition, () => Promise<{ params: Record<string, unknown>; body?: unknown; headers?: Record<string, string> }>>([
    [usersEndpoints.getSite, async () => ({ params: { id: office.id } })],
    [usersEndpoints.updateSite, async () => ({ params: { id: office.id }, body: { name: 'x' }, headers: { 'if-match': '"1"' } })],
    [usersEndpoints.getUser, async () => ({ params: { id: clerk.id } })],
    [usersEndpoints.updateUser, async () => ({ params: { id: clerk.id }, body: { profile: { first_name: 'x' } }, headers: { 'if-match': '"1"' } })],
    [usersEndpoints.assignRole, async () => ({ params: { id: clerk.id }, body: { role_id: systemRoles.viewer.id, site_id: shop.id } })],
    [usersEndpoints.removeRole, async () => ({ params: { id: clerk.id, role_id: systemRoles.viewer.id } })],
    [usersEndpoints.revokeInvitation, async () => ({ params: { id: await officeInvitation() } })],
    [authEndpoints.deleteApiKey, async () => ({ params: { id: await officeKey() } })],
    [galleryEndpoints.getAsset, async () => ({ params: { id: officeAsset } })],
    [galleryEndpoints.updateAsset, async () => ({ params: { id: officeAsset }, body: { tags: ['x'] }, headers: { 'if-match': '"1"' } })],
    [galleryEndpoints.downloadAsset, async () => ({ params: { id: officeAsset } })],
    [galleryEndpoints.deleteAsset, async () => ({ params: { id: officeAsset } })],
    [galleryEndpoints.restoreAsset, async () => ({ params: { id: officeAsset } })],
    [galleryEndpoints.completeUpload, async () => ({ params: { asset_id: officeAsset } })],
    [galleryEndpoints.signParts, async () => ({ params: { asset_id: officeAsset }, body: { parts: [{ part_number: 1 }] } })],
    [galleryEndpoints.listParts, async () => ({ params: { asset_id: officeAsset } })],
    [galleryEndpoints.signUploadRequest, async () => ({ params: { asset_id: officeAsset }, body: { method: 'PUT' } })],
    [galleryEndpoints.abortUpload, async () => ({ params: { asset_id: officeAsset } })],
    [galleryEndpoints.getAlbum, async () => ({ params: { id: officeAlbum } })],
    [galleryEndpoints.updateAlbum, async () => ({ params: { id: officeAlbum }, body: { name: 'x' }, headers: { 'if-match': '"1"' } })],
    [galleryEndpoints.deleteAlbum, async () => ({ params: { id: officeAlbum } })],
    [galleryEndpoints.addAlbumItems, async () => ({ params: { id: officeAlbum }, body: { asset_ids: [officeAsset] } })],
    [galleryEndpoints.removeAlbumItems, async () => ({ params: { id: officeAlbum }, body: { asset_ids: [officeAsset] } })],
    [galleryEndpoints.orderAlbumItems, async () => ({ params: { id: officeAlbum }, body: { asset_ids: [officeAsset], after: null } })],
    [galleryEndpoints.deleteShare, async () => ({ params: { id: officeShare } })],
    [eventsEndpoints.updateSource, async () => ({ params: { id: officeSource.id }, body: { enabled: false } })],
    [eventsEndpoints.rotateSource, async () => ({ params: { id: officeSource.id } })],
    [eventsEndpoints.deleteSource, async () => ({ params: { id: officeSource.id } })],
  ]);
  /** What belongs to the whole organization: roles and the catalog are seen by everybody, and organizations by their members. */
  const ofAllSites = new Set<EndpointDefinition>([usersEndpoints.getRole, usersEndpoints.getOrganization, eventsEndpoints.getSchema]);
  const ofSites = allEndpoints.filter(
    (endpoint) => endpoint.params && !ofAllSites.has(endpoint) && (endpoint.access.kind === 'member' || (endpoint.access.kind === 'permission' && endpoint.access.scope === 'site')),
  );

  it.each(ofSites.map((endpoint) => [endpoint.operationId, endpoint] as const))("gets a 404 for another site's thing at %s", async (operation, endpoint) => {
    const request = officeThings.get(endpoint);
    if (!request) throw new Error(`${operation} names a thing of a site and has no isolation test between sites`);
    expect(await api.verdict(endpoint, { token: editor.token, ...(await request()) })).toBe('404 NOT_FOUND');
  });

  it("gets a 404 for another site named in a body", async () => {
    const token = editor.token;
    const upload = { site_id: office.id, filename: 'a.png', content_type: 'image/png', size: 1, sha256: '0'.repeat(64) };
    expect(await api.verdict(galleryEndpoints.createUpload, { token, body: upload })).toBe('404 NOT_FOUND');
    expect(await api.verdict(eventsEndpoints.createSource, { token, body: { name: 'x', site_id: office.id } })).toBe('404 NOT_FOUND');
    expect(await api.verdict(galleryEndpoints.createAlbum, { token, body: { site_id: office.id, name: 'x' } })).toBe('404 NOT_FOUND');
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    expect(await api.verdict(galleryEndpoints.createShare, { token, body: { album_id: officeAlbum, expires_at } })).toBe('404 NOT_FOUND');
    expect(await api.verdict(galleryEndpoints.createUpload, { token, body: { ...upload, site_id: shop.id, album_id: officeAlbum } })).toBe('404 NOT_FOUND');
    const invitation = { email: world.newAddress(), role_id: systemRoles.viewer.id, site_id: office.id };
    expect(await api.verdict(usersEndpoints.inviteUser, { token, body: invitation })).toBe('404 NOT_FOUND');
    expect(await api.verdict(authEndpoints.createApiKey, { token, body: { name: 'x', permissions: ['assets.read'], site_id: office.id } })).toBe('404 NOT_FOUND');
  });

  it("finds another site's file neither in a batch nor by a search", async () => {
    const token = editor.token;
    const body = { operations: [{ op: 'trash' as const }], items: [{ id: officeAsset }] };
    expect((await api.call(galleryEndpoints.batchAssets, { token, body })).body.data).toEqual([expect.objectContaining({ status: 'not_found' })]);
    const { body: asset } = await api.call(galleryEndpoints.getAsset, { token: ann.token, params: { id: officeAsset } });
    expect(asset.status).toBe('ready');
    for (const query of [{ q: 'png' }, { type: 'image/png' as const }, { q: 'png', sort: 'name' as const }]) {
      const { body: found } = await api.call(galleryEndpoints.listAssets, { token, query });
      expect(found.data.map(({ id }) => id)).toEqual([shopAsset]);
    }
  });

  it('works at their own site', async () => {
    const { body } = await api.call(galleryEndpoints.listAssets, { token: editor.token });
    expect(body.data.map(({ id }) => id)).toEqual([shopAsset]);
    expect(await api.verdict(eventsEndpoints.createSource, { token: editor.token, body: { name: 'x', site_id: shop.id } })).toBe('201');
  });

  it('cannot act for the whole organization', async () => {
    const token = editor.token;
    expect(await api.verdict(usersEndpoints.createSite, { token, body: { name: 'x' } })).toBe('403 FORBIDDEN');
    expect(await api.verdict(eventsEndpoints.queryBySql, { token, body: { query: 'SELECT 1' } })).toBe('403 FORBIDDEN');
    const invitation = { email: world.newAddress(), role_id: systemRoles.viewer.id };
    expect(await api.verdict(usersEndpoints.inviteUser, { token, body: invitation })).toBe('403 FORBIDDEN');
    const above = { email: world.newAddress(), role_id: systemRoles.org_admin.id, site_id: shop.id };
    expect(await api.verdict(usersEndpoints.inviteUser, { token, body: above })).toBe('403 FORBIDDEN');
  });
});
