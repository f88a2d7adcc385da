import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { EndpointDefinition } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { until, type Person } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, platform, world } from './platform.js';

let ann: Person;
let shop: Site;
let office: Site;

beforeAll(async () => {
  ann = await world.newAdmin();
  shop = await world.newSite(ann, 'Shop');
  office = await world.newSite(ann, 'Office');
});

const paramsOf = (endpoint: EndpointDefinition) =>
  Object.fromEntries([...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, name === 'role_id' ? '3' : randomUUID()]));

const logsOf = (folder: string): string =>
  readdirSync(join(folder, 'logs')).map((file) => readFileSync(join(folder, 'logs', file), 'utf8')).join('\n');

describe('a viewer', () => {
  let viewer: Person;
  beforeAll(async () => {
    viewer = await world.newMember(ann, 'viewer');
  });

  const changing = allEndpoints.filter(({ method, access }) => method !== 'GET' && access.kind === 'permission');

  it.each(changing.map((endpoint) => [endpoint.operationId, endpoint] as const))('is refused %s', async (_, endpoint) => {
    const request = { token: viewer.token, params: paramsOf(endpoint), body: {}, headers: { 'if-match': '"1"' } };
    expect(await api.verdict(endpoint, request)).toBe('403 FORBIDDEN');
  });

  it("changes nobody else's profile", async () => {
    const request = { token: viewer.token, params: { id: ann.id }, body: { profile: { first_name: 'X' } }, headers: { 'if-match': '"1"' } };
    expect(await api.verdict(usersEndpoints.updateUser, request)).toMatch(/^40[34] /);
  });

  it('leaves a line in the log for every denial, with who and what', async () => {
    const refusal = await api.refusal(usersEndpoints.createSite, { token: viewer.token, body: { name: 'Mine' } });
    const requestId = refusal.body.request_id;
    const line = await until('the line of the denial', () =>
      Promise.resolve(logsOf(platform.dataDir).split('\n').find((one) => one.includes(requestId) && one.includes('access_denied'))),
    );
    expect(JSON.parse(line)).toMatchObject({
      event: 'access_denied',
      code: 'FORBIDDEN',
      permission: 'sites.create',
      operation: 'users.createSite',
      user_id: viewer.id,
      org_id: ann.orgId,
    });
  });
});

describe('a person of one site', () => {
  let editor: Person;
  let officeAsset: string;
  let shopAsset: string;

  beforeAll(async () => {
    [officeAsset, shopAsset] = await Promise.all([world.upload(ann, office.id, png), world.upload(ann, shop.id, png)]);
    await Promise.all([world.settled(ann, officeAsset), world.settled(ann, shopAsset)]);
    editor = await world.newMember(ann, 'site_admin', shop.id);
  });

  it("sees their site and not the others'", async () => {
    const { body } = await api.call(usersEndpoints.listSites, { token: editor.token });
    expect(body.data.map(({ name }) => name)).toEqual(['Shop']);
    expect(await api.verdict(usersEndpoints.getSite, { token: editor.token, params: { id: office.id } })).toBe('404 NOT_FOUND');
  });

  it("gets a 404 for every object of another site", async () => {
    const token = editor.token;
    const officeSource = await world.newSource(ann, office.id);
    const upload = { site_id: office.id, filename: 'a.png', content_type: 'image/png', size: 1, sha256: '0'.repeat(64) };
    const verdicts = await Promise.all([
      api.verdict(galleryEndpoints.getAsset, { token, params: { id: officeAsset } }),
      api.verdict(galleryEndpoints.downloadAsset, { token, params: { id: officeAsset } }),
      api.verdict(galleryEndpoints.completeUpload, { token, params: { asset_id: officeAsset } }),
      api.verdict(galleryEndpoints.createUpload, { token, body: upload }),
      api.verdict(eventsEndpoints.createSource, { token, body: { name: 'x', site_id: office.id } }),
      api.verdict(eventsEndpoints.updateSource, { token, params: { id: officeSource.id }, body: { enabled: false } }),
      api.verdict(eventsEndpoints.rotateSource, { token, params: { id: officeSource.id } }),
      api.verdict(eventsEndpoints.deleteSource, { token, params: { id: officeSource.id } }),
      api.verdict(usersEndpoints.updateSite, { token, params: { id: office.id }, body: { name: 'x' }, headers: { 'if-match': '"1"' } }),
      api.verdict(usersEndpoints.inviteUser, { token, body: { email: world.newAddress(), role_id: 3, site_id: office.id } }),
    ]);
    expect(new Set(verdicts)).toEqual(new Set(['404 NOT_FOUND']));
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

describe('rights', () => {
  it('cannot be smuggled into a body', async () => {
    const account = { email: world.newAddress(), password: 'a long enough password', password_confirm: 'a long enough password' };
    for (const extra of [{ role: 'admin' }, { org_id: ann.orgId }, { is_admin: true }, { email_verified: true }, { id: ann.id }]) {
      const refusal = await api.refusal(authEndpoints.register, { body: { ...account, ...extra } });
      expect(refusal.body).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: Object.keys(extra)[0] }] });
    }
    const profile = { profile: { first_name: 'A', role: 'admin' } };
    const request = { token: ann.token, params: { id: ann.id }, headers: { 'if-match': '"1"' } };
    expect(await api.verdict(usersEndpoints.updateUser, { ...request, body: profile })).toBe('400 VALIDATION_ERROR');
    expect(await api.verdict(usersEndpoints.updateUser, { ...request, body: { profile: {}, org_id: ann.orgId } })).toBe('400 VALIDATION_ERROR');
  });

  it("of the platform's operator are not given by the API", async () => {
    const bob = await world.newMember(ann, 'member');
    const body = { role_id: systemRoles.admin.id };
    expect(await api.verdict(usersEndpoints.assignRole, { token: ann.token, params: { id: bob.id }, body })).toBe('403 FORBIDDEN');
    const invitation = { email: world.newAddress(), role_id: systemRoles.admin.id };
    expect(await api.verdict(usersEndpoints.inviteUser, { token: ann.token, body: invitation })).toBe('403 FORBIDDEN');
  });

  it('that are taken die with the old token within 5 s, at every service', async () => {
    const bob = await world.newMember(ann, 'editor');
    const params = { id: bob.id, role_id: systemRoles.editor.id };
    await api.call(usersEndpoints.assignRole, { token: ann.token, params: { id: bob.id }, body: { role_id: systemRoles.viewer.id } });
    await api.call(usersEndpoints.removeRole, { token: ann.token, params });
    const request = { token: bob.token };
    await until('the old token to die', async () => (await api.verdict(usersEndpoints.listSites, request)).startsWith('401'), { seconds: 5 });
    const again = await world.signIn(bob.email);
    expect(again.claims.roles).toEqual(['viewer']);
  });

  it('of a role that changes, of a disabled and of a removed person, die with the old token within 5 s', async () => {
    const role = (await api.call(usersEndpoints.createRole, { token: ann.token, body: { name: 'Visitor', permissions: ['sites.read'] } })).body;
    const [bob, carl, dora] = await Promise.all([1, 2, 3].map(() => world.newMember(ann, 'viewer')));
    if (!bob || !carl || !dora) throw new Error('Nobody joined.');
    await api.call(usersEndpoints.assignRole, { token: ann.token, params: { id: bob.id }, body: { role_id: role.id } });
    const again = await world.signIn(bob.email);
    const dies = (who: string, token: string) =>
      until(`the token of ${who} to die`, async () => (await api.verdict(usersEndpoints.listSites, { token })).startsWith('401'), { seconds: 5 });
    await api.call(usersEndpoints.setRolePermissions, { token: ann.token, params: { id: role.id }, body: { permissions: [] } });
    await dies('the holder', again.token);
    await api.call(usersEndpoints.disableUser, { token: ann.token, params: { id: carl.id } });
    await dies('the disabled', carl.token);
    await api.call(usersEndpoints.removeUser, { token: ann.token, params: { id: dora.id } });
    await dies('the removed', dora.token);
  });

  it('end with the organization, within 5 s', async () => {
    const eve = await world.newAdmin();
    const mallory = await world.newMember(eve, 'editor');
    await api.call(usersEndpoints.deleteOrganization, { token: eve.token, params: { id: eve.orgId } });
    for (const { token } of [eve, mallory]) {
      await until('the token to die', async () => (await api.verdict(usersEndpoints.listSites, { token })).startsWith('401'), { seconds: 5 });
    }
  });

  it('of the last org_admin cannot be taken', async () => {
    const params = { id: ann.id, role_id: systemRoles.org_admin.id };
    expect(await api.verdict(usersEndpoints.removeRole, { token: ann.token, params })).toBe('409 CONFLICT');
  });
});

describe('a page', () => {
  it.each([[{ page_size: 1e9 }], [{ page: -1 }], [{ sort: 'password_hash' }], [{ org_id: randomUUID() }]])('with %j is refused', async (query) => {
    expect(await api.verdict(usersEndpoints.listUsers, { token: ann.token, query })).toBe('400 VALIDATION_ERROR');
  });
});
