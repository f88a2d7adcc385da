import type { EndpointDefinition } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints, type Source } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { type Person, SoftwareAuthenticator, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { linkIdentity } from './guest.js';
import { api, platform, world } from './platform.js';

let ann: Person;
let site: Site;
let source: Source;
let assetId: string;
let invitationId: string;
let apiKeyId: string;
let albumId: string;
let shareId: string;
let roleId: number;
let passkeyId: string;
let clientId: string;
let identityId: string;
const schemaName = 'Order';
let eve: Person;
let evesSite: Site;
let analystId: string;
let erasureId: string;

beforeAll(async () => {
  [ann, eve] = await Promise.all([world.newAdmin(), world.newAdmin()]);
  site = await world.newSite(ann);
  evesSite = await world.newSite(eve);
  source = await world.newSource(ann, site.id);
  analystId = (await api.call(eventsEndpoints.createAnalyst, { token: ann.token, body: { name: 'Grafana' } })).body.id;
  erasureId = (await api.call(eventsEndpoints.eraseSubject, { token: ann.token, params: { user_id: 'nobody' } })).body.id;
  await api.call(eventsEndpoints.createSchema, { token: ann.token, body: { name: schemaName, schema: { type: 'object' } } });
  identityId = (await linkIdentity(ann)).id;
  assetId = await world.upload(ann, site.id, png);
  await world.settled(ann, assetId);
  albumId = (await api.call(galleryEndpoints.createAlbum, { token: ann.token, body: { site_id: site.id, name: 'Summer' } })).body.id;
  await api.call(galleryEndpoints.addAlbumItems, { token: ann.token, params: { id: albumId }, body: { asset_ids: [assetId] } });
  const expires_at = new Date(Date.now() + 3_600_000).toISOString();
  shareId = (await api.call(galleryEndpoints.createShare, { token: ann.token, body: { album_id: albumId, expires_at } })).body.id;
  const body = { email: world.newAddress(), role_id: systemRoles.viewer.id };
  invitationId = (await api.call(usersEndpoints.createInvitation, { token: ann.token, body })).body.id;
  apiKeyId = (await api.call(authEndpoints.createApiKey, { token: ann.token, body: { name: 'CI', permissions: ['assets.read'] } })).body.id;
  roleId = (await api.call(usersEndpoints.createRole, { token: ann.token, body: { name: 'Curator', permissions: [] } })).body.id;
  const client = { name: 'App', grant_types: ['client_credentials' as const], token_endpoint_auth_method: 'client_secret_post' as const };
  clientId = (await api.call(authEndpoints.createOAuthClient, { token: ann.token, body: client })).body.id;
  const { body: options } = await api.call(authEndpoints.beginPasskeyRegistration, { token: ann.token });
  const response = new SoftwareAuthenticator(platform.gateway).create(options);
  passkeyId = (await api.call(authEndpoints.finishPasskeyRegistration, { token: ann.token, body: { response } })).body.id;
});

/** What a sign-in by OAuth has in its path belongs to one browser, not to an organization; see the provider's own suites. */
const ofBrowsers = new Set<EndpointDefinition>([
  // A user_id is the client apps' own: whoever asks, it is looked for in their organization alone (see below).
  eventsEndpoints.eraseSubject,
  ...[authEndpoints.resumeAuthorization, authEndpoints.interactionPage, authEndpoints.interactionLogin],
  ...[authEndpoints.interactionSecondFactor, authEndpoints.interactionConsent],
]);

/** A write key in a path is no name: it is what pages show to everybody, and opens nothing but sending. */
const ofWriteKeys = new Set<EndpointDefinition>([eventsEndpoints.segmentSettings]);

/** Endpoints whose path names a thing of an organization: each must be in the table below. */
const namingEndpoints = allEndpoints.filter((endpoint) => endpoint.params && !ofBrowsers.has(endpoint) && !ofWriteKeys.has(endpoint));

/** Requests of Eve, who has every permission in her own organization, for Ann's things. */
function evesRequests(): Map<EndpointDefinition, { params: Record<string, unknown>; body?: unknown; headers?: Record<string, string> }> {
  const ifMatch = { 'if-match': '"1"' };
  return new Map<EndpointDefinition, { params: Record<string, unknown>; body?: unknown; headers?: Record<string, string> }>([
    [authEndpoints.renamePasskey, { params: { id: passkeyId }, body: { name: 'Taken' } }],
    [authEndpoints.removePasskey, { params: { id: passkeyId } }],
    [authEndpoints.getOAuthClient, { params: { id: clientId } }],
    [authEndpoints.updateOAuthClient, { params: { id: clientId }, body: { name: 'Taken' } }],
    [authEndpoints.rotateOAuthClientSecret, { params: { id: clientId } }],
    [authEndpoints.deleteOAuthClient, { params: { id: clientId } }],
    [authEndpoints.removeIdentity, { params: { id: identityId } }],
    // Issuers are nobody's: what is unknown is refused alike.
    [authEndpoints.startOauth, { params: { provider: 'unknown' } }],
    [authEndpoints.finishOauth, { params: { provider: 'unknown' } }],
    [authEndpoints.linkIdentity, { params: { provider: 'unknown' } }],
    [authEndpoints.revokeSession, { params: { id: ann.claims.sid } }],
    [authEndpoints.deleteApiKey, { params: { id: apiKeyId } }],
    [usersEndpoints.getUser, { params: { id: ann.id } }],
    [usersEndpoints.updateUser, { params: { id: ann.id }, body: { profile: { first_name: 'Eve' } }, headers: ifMatch }],
    [usersEndpoints.removeUser, { params: { id: ann.id } }],
    [usersEndpoints.restoreUser, { params: { id: ann.id } }],
    [usersEndpoints.disableUser, { params: { id: ann.id } }],
    [usersEndpoints.enableUser, { params: { id: ann.id } }],
    [usersEndpoints.assignRole, { params: { id: ann.id }, body: { role_id: systemRoles.viewer.id } }],
    [usersEndpoints.removeRole, { params: { id: ann.id, role_id: systemRoles.org_admin.id } }],
    [usersEndpoints.getRole, { params: { id: roleId } }],
    [usersEndpoints.updateRole, { params: { id: roleId }, body: { name: 'Taken' }, headers: ifMatch }],
    [usersEndpoints.setRolePermissions, { params: { id: roleId }, body: { permissions: ['assets.read'] }, headers: ifMatch }],
    [usersEndpoints.deleteRole, { params: { id: roleId } }],
    [usersEndpoints.getOrganization, { params: { id: ann.orgId } }],
    [usersEndpoints.updateOrganization, { params: { id: ann.orgId }, body: { name: 'Taken' }, headers: ifMatch }],
    [usersEndpoints.deleteOrganization, { params: { id: ann.orgId } }],
    [usersEndpoints.getSite, { params: { id: site.id } }],
    [usersEndpoints.updateSite, { params: { id: site.id }, body: { name: 'Taken' }, headers: ifMatch }],
    [usersEndpoints.deleteSite, { params: { id: site.id } }],
    [usersEndpoints.revokeInvitation, { params: { id: invitationId } }],
    [galleryEndpoints.completeUpload, { params: { asset_id: assetId } }],
    [galleryEndpoints.signParts, { params: { asset_id: assetId }, body: { parts: [{ part_number: 1 }] } }],
    [galleryEndpoints.listParts, { params: { asset_id: assetId } }],
    [galleryEndpoints.signUploadRequest, { params: { asset_id: assetId }, body: { method: 'PUT' } }],
    [galleryEndpoints.abortUpload, { params: { asset_id: assetId } }],
    [galleryEndpoints.getAsset, { params: { id: assetId } }],
    [galleryEndpoints.updateAsset, { params: { id: assetId }, body: { filename: 'taken.png' }, headers: ifMatch }],
    [galleryEndpoints.downloadAsset, { params: { id: assetId } }],
    [galleryEndpoints.deleteAsset, { params: { id: assetId } }],
    [galleryEndpoints.restoreAsset, { params: { id: assetId } }],
    [galleryEndpoints.setSiteQuota, { params: { site_id: site.id }, body: { bytes: 0, files: 0 } }],
    [galleryEndpoints.getAlbum, { params: { id: albumId } }],
    [galleryEndpoints.updateAlbum, { params: { id: albumId }, body: { name: 'Taken' }, headers: ifMatch }],
    [galleryEndpoints.deleteAlbum, { params: { id: albumId } }],
    [galleryEndpoints.addAlbumItems, { params: { id: albumId }, body: { asset_ids: [assetId] } }],
    [galleryEndpoints.removeAlbumItems, { params: { id: albumId }, body: { asset_ids: [assetId] } }],
    [galleryEndpoints.orderAlbumItems, { params: { id: albumId }, body: { asset_ids: [assetId], after: null } }],
    [galleryEndpoints.deleteShare, { params: { id: shareId } }],
    // Tokens are nobody's but of whoever has them: one that isn't right opens nothing.
    [galleryEndpoints.viewShare, { params: { token: shareId } }],
    [eventsEndpoints.updateSource, { params: { id: source.id }, body: { enabled: false } }],
    [eventsEndpoints.rotateSource, { params: { id: source.id } }],
    [eventsEndpoints.deleteSource, { params: { id: source.id } }],
    [eventsEndpoints.rotateAnalyst, { params: { id: analystId } }],
    [eventsEndpoints.deleteAnalyst, { params: { id: analystId } }],
    [eventsEndpoints.getErasure, { params: { id: erasureId } }],
    [eventsEndpoints.getSchema, { params: { name: schemaName } }],
    [eventsEndpoints.replaceSchema, { params: { name: schemaName }, body: { schema: {} }, headers: ifMatch }],
    [eventsEndpoints.deleteSchema, { params: { name: schemaName } }],
  ]);
}

describe("another organization's thing", () => {
  it.each(namingEndpoints.map((endpoint) => [endpoint.operationId, endpoint] as const))(
    'named in the path is a 404 for %s, and stays as it was',
    async (operation, endpoint) => {
      const request = evesRequests().get(endpoint);
      if (!request) throw new Error(`${operation} names a thing and has no isolation test`);
      expect(await api.verdict(endpoint, { token: eve.token, ...request })).toBe('404 NOT_FOUND');
    },
  );

  it('is untouched after all that', async () => {
    const user = await api.call(usersEndpoints.getUser, { token: ann.token, params: { id: ann.id } });
    expect(user.body.profile.first_name).toBeNull();
    expect(user.body.roles.map(({ name }) => name)).toEqual(['org_admin']);
    const role = await api.call(usersEndpoints.getRole, { token: ann.token, params: { id: roleId } });
    expect(role.body).toMatchObject({ name: 'Curator', permissions: [] });
    const passkeys = await api.call(authEndpoints.listPasskeys, { token: ann.token });
    expect(passkeys.body.data.map(({ name }) => name)).toEqual(['Passkey']);
    const sites = await api.call(usersEndpoints.listSites, { token: ann.token });
    expect(sites.body.data.map(({ name }) => name)).toEqual([site.name]);
    const sources = await api.call(eventsEndpoints.listSources, { token: ann.token });
    expect(sources.body.data).toEqual([expect.objectContaining({ write_key: source.write_key, enabled: true })]);
    const { body: kept } = await api.call(eventsEndpoints.getSchema, { token: ann.token, params: { name: schemaName } });
    expect(kept).toMatchObject({ version: 1, schema: { type: 'object' } });
    const { body: albums } = await api.call(galleryEndpoints.listAlbums, { token: ann.token });
    expect(albums.data).toEqual([expect.objectContaining({ id: albumId, name: 'Summer' })]);
    const { body: inAlbum } = await api.call(galleryEndpoints.listAssets, { token: ann.token, query: { album_id: albumId } });
    expect(inAlbum.data.map(({ id }) => id)).toEqual([assetId]);
    expect((await api.call(galleryEndpoints.listShares, { token: ann.token })).body.data.map(({ id }) => id)).toEqual([shareId]);
    const apiKeys = await api.call(authEndpoints.listApiKeys, { token: ann.token });
    expect(apiKeys.body.data.map(({ id }) => id)).toEqual([apiKeyId]);
    const invitations = await api.call(usersEndpoints.listInvitations, { token: ann.token });
    expect(invitations.body.data).toEqual([expect.objectContaining({ id: invitationId, status: 'pending' })]);
  });

  it('named in a body is a 404', async () => {
    const upload = { site_id: site.id, filename: 'a.png', content_type: 'image/png', size: 1, sha256: '0'.repeat(64) };
    expect(await api.verdict(galleryEndpoints.createUpload, { token: eve.token, body: upload })).toBe('404 NOT_FOUND');
    const token = eve.token;
    const expires_at = new Date(Date.now() + 3_600_000).toISOString();
    expect(await api.verdict(galleryEndpoints.createUpload, { token, body: { ...upload, site_id: evesSite.id, album_id: albumId } })).toBe('404 NOT_FOUND');
    expect(await api.verdict(galleryEndpoints.createAlbum, { token, body: { site_id: site.id, name: 'x' } })).toBe('404 NOT_FOUND');
    expect(await api.verdict(galleryEndpoints.createShare, { token, body: { album_id: albumId, expires_at } })).toBe('404 NOT_FOUND');
    expect(await api.verdict(galleryEndpoints.createShare, { token, body: { asset_id: assetId, expires_at } })).toBe('404 NOT_FOUND');
    const { id } = (await api.call(galleryEndpoints.createAlbum, { token, body: { site_id: evesSite.id, name: 'x' } })).body;
    const { body: put } = await api.call(galleryEndpoints.addAlbumItems, { token, params: { id }, body: { asset_ids: [assetId] } });
    expect(put.results).toEqual([{ asset_id: assetId, verdict: 'not_found' }]);
    expect(await api.verdict(galleryEndpoints.updateAlbum, { token, params: { id }, body: { cover_asset_id: assetId }, headers: { 'if-match': '"1"' } })).toBe('400 VALIDATION_ERROR');
    await api.call(galleryEndpoints.deleteAlbum, { token, params: { id } });
    const body = { name: 'x', site_id: site.id };
    expect(await api.verdict(eventsEndpoints.createSource, { token: eve.token, body })).toBe('404 NOT_FOUND');
    const invitation = { email: world.newAddress(), role_id: systemRoles.viewer.id, site_id: site.id };
    expect(await api.verdict(usersEndpoints.inviteUser, { token: eve.token, body: invitation })).toBe('404 NOT_FOUND');
    const apiKey = { name: 'x', permissions: ['assets.read'], site_id: site.id };
    expect(await api.verdict(authEndpoints.createApiKey, { token: eve.token, body: apiKey })).toBe('404 NOT_FOUND');
    expect(await api.verdict(authEndpoints.switchOrganization, { token: eve.token, body: { org_id: ann.orgId } })).toBe('404 NOT_FOUND');
  });

  it('named in a batch is not found, item by item', async () => {
    const body = { operations: [{ op: 'add_tags' as const, tags: ['taken'] }], items: [{ id: assetId }] };
    const { body: answer } = await api.call(galleryEndpoints.batchAssets, { token: eve.token, body });
    expect(answer.data).toEqual([expect.objectContaining({ id: assetId, status: 'not_found' })]);
    const { body: kept } = await api.call(galleryEndpoints.getAsset, { token: ann.token, params: { id: assetId } });
    expect(kept.tags).toEqual([]);
  });

  it('named in a filter shows nothing of it', async () => {
    const token = eve.token;
    const users = await api.verdict(usersEndpoints.listUsers, { token, query: { site_id: site.id } });
    expect(['200', '404 NOT_FOUND']).toContain(users);
    const { body } = await api.call(galleryEndpoints.listAssets, { token, query: { site_id: evesSite.id } });
    expect(body.data).toEqual([]);
    expect(['200', '404 NOT_FOUND']).toContain(await api.verdict(galleryEndpoints.listAssets, { token, query: { site_id: site.id } }));
    expect(await api.verdict(galleryEndpoints.listAssets, { token, query: { album_id: albumId } })).toBe('404 NOT_FOUND');
    expect((await api.call(galleryEndpoints.listShares, { token, query: { album_id: albumId } })).body.data).toEqual([]);
  });

  it('is counted in nobody else\'s usage and statistics', async () => {
    const other = await world.newAdmin();
    await api.call(eventsEndpoints.ingestEvents, { headers: { 'x-write-key': source.write_key }, body: { batch: [{ event: 'Counted' }] } });
    await until('the count', async () => (await api.call(eventsEndpoints.eventStats, { token: ann.token })).body.accepted > 0);
    expect((await api.call(eventsEndpoints.eventUsage, { token: ann.token })).body.accepted).toBeGreaterThan(0);
    expect((await api.call(eventsEndpoints.eventUsage, { token: other.token })).body.accepted).toBe(0);
    expect((await api.call(eventsEndpoints.eventStats, { token: other.token })).body).toMatchObject({ accepted: 0, rejected: 0, quarantined: 0, stored: 0 });
  });

  it('named in a header is ignored', async () => {
    const headers = { 'x-org-id': ann.orgId, 'x-user-id': ann.id, 'x-tenant-id': ann.orgId };
    const { body } = await api.call(usersEndpoints.listUsers, { token: eve.token, headers });
    expect(body.data.map(({ id }) => id)).toEqual([eve.id]);
  });

  it('is in no list', async () => {
    const token = eve.token;
    expect((await api.call(usersEndpoints.listUsers, { token })).body).toMatchObject({ pagination: { total_count: 1 } });
    expect((await api.call(usersEndpoints.listSites, { token })).body.data.map(({ id }) => id)).toEqual([evesSite.id]);
    expect((await api.call(usersEndpoints.listOrganizations, { token })).body.data.map(({ id }) => id)).toEqual([eve.orgId]);
    expect((await api.call(usersEndpoints.listInvitations, { token })).body.data).toEqual([]);
    expect((await api.call(authEndpoints.listApiKeys, { token })).body.data).toEqual([]);
    expect((await api.call(galleryEndpoints.listAssets, { token })).body.data).toEqual([]);
    expect((await api.call(galleryEndpoints.listAlbums, { token })).body.data).toEqual([]);
    expect((await api.call(galleryEndpoints.listShares, { token })).body.data).toEqual([]);
    expect((await api.call(eventsEndpoints.listSources, { token })).body.data).toEqual([]);
    expect((await api.call(eventsEndpoints.listSchemas, { token })).body.data).toEqual([]);
    const { body: log } = await api.call(usersEndpoints.listAuditLogs, { token, query: { limit: 100 } });
    expect(JSON.stringify(log)).not.toContain(ann.orgId);
    expect(JSON.stringify(log)).not.toContain(ann.id);
    for (const query of [{ actor: ann.id }, { resource: `organization:${ann.orgId}` }, { resource: `site:${site.id}` }]) {
      expect((await api.call(usersEndpoints.listAuditLogs, { token, query })).body).toEqual({ data: [], next_cursor: null });
    }
  });

  it("is not reached by another organization's cursor", async () => {
    for (let i = 0; i < 2; i += 1) await world.upload(ann, site.id, png, { filename: `${i}.png` });
    const page = await api.call(galleryEndpoints.listAssets, { token: ann.token, query: { limit: 1 } });
    const cursor = page.body.next_cursor;
    expect(cursor).not.toBeNull();
    const query = { limit: 1, cursor };
    expect(await api.verdict(galleryEndpoints.listAssets, { token: eve.token, query })).toBe('400 VALIDATION_ERROR');
    const log = await api.call(usersEndpoints.listAuditLogs, { token: ann.token, query: { limit: 1 } });
    const entries = { limit: 1, cursor: log.body.next_cursor };
    expect(entries.cursor).not.toBeNull();
    expect(await api.verdict(usersEndpoints.listAuditLogs, { token: eve.token, query: entries })).toBe('400 VALIDATION_ERROR');
    await world.newMember(ann, 'viewer');
    const people = await api.call(usersEndpoints.listUsers, { token: ann.token, query: { limit: 1 } });
    const next = { limit: 1, cursor: 'next_cursor' in people.body ? people.body.next_cursor : null };
    expect(next.cursor).not.toBeNull();
    expect(await api.verdict(usersEndpoints.listUsers, { token: eve.token, query: next })).toBe('400 VALIDATION_ERROR');
  });
});
