import { randomUUID } from 'node:crypto';
import type { EndpointDefinition } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { authEndpoints } from '@atrium/contracts/auth';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { password, type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from '../files.js';
import { logsOf } from '../logs.js';
import { api, platform, world } from '../platform.js';

let ann: Person;
let eve: Person;
let site: Site;

beforeAll(async () => {
  [ann, eve] = await Promise.all([world.newAdmin(), world.newAdmin()]);
  site = await world.newSite(ann);
});

describe("18: another organization's id", () => {
  // By path, for every endpoint that names a thing: isolation.e2e-spec.ts.
  it('in a query or a filter shows nothing of it', async () => {
    const asset = await world.upload(ann, site.id, png);
    await world.settled(ann, asset);
    for (const endpoint of [usersEndpoints.listUsers, galleryEndpoints.listAssets]) {
      for (const query of [['site_id', site.id], ['org_id', ann.orgId], ['search', ann.email]] as [string, string][]) {
        const response = await fetch(`${platform.gateway}${endpoint.path}?${new URLSearchParams([query]).toString()}`, {
          headers: { authorization: `Bearer ${eve.token}` },
        });
        const text = await response.text();
        expect([200, 400, 404]).toContain(response.status);
        for (const secret of [ann.id, asset, site.name]) expect(text).not.toContain(secret);
      }
    }
  });

  it('in a header is ignored', async () => {
    const headers = { 'x-org-id': ann.orgId, 'x-user-id': ann.id, 'x-tenant-id': ann.orgId, 'x-atrium-org': ann.orgId };
    const { body } = await api.call(usersEndpoints.listUsers, { token: eve.token, headers });
    expect(body.data.map(({ id }) => id)).toEqual([eve.id]);
  });

  it('in a body is a 404', async () => {
    const upload = { site_id: site.id, filename: 'a.png', content_type: 'image/png', size: 1, sha256: '0'.repeat(64) };
    expect(await api.verdict(galleryEndpoints.createUpload, { token: eve.token, body: upload })).toBe('404 NOT_FOUND');
    expect(await api.verdict(authEndpoints.switchOrganization, { token: eve.token, body: { org_id: ann.orgId } })).toBe('404 NOT_FOUND');
    // At sign-in nothing tells it from an organization that doesn't exist.
    const signIn = (orgId: string) => api.verdict(authEndpoints.login, { body: { email: eve.email, password, org_id: orgId } });
    expect(await signIn(ann.orgId)).toBe('401 INVALID_CREDENTIALS');
    expect(await signIn(randomUUID())).toBe('401 INVALID_CREDENTIALS');
  });
});

it('19: role, org_id, is_admin and email_verified in a body are refused, and nothing changes', async () => {
  const account = { email: world.newAddress(), password: 'a long enough password', password_confirm: 'a long enough password' };
  const smuggled = [{ role: 'admin' }, { roles: ['admin'] }, { org_id: ann.orgId }, { is_admin: true }, { email_verified: true }, { id: ann.id }];
  for (const extra of smuggled) {
    const refusal = await api.refusal(authEndpoints.register, { body: { ...account, ...extra } });
    expect(refusal.body).toMatchObject({ code: 'VALIDATION_ERROR', details: [{ field: Object.keys(extra)[0] }] });
    const headers = { 'if-match': '"1"' };
    const request = { token: ann.token, params: { id: ann.id }, headers, body: { profile: {}, ...extra } };
    expect(await api.verdict(usersEndpoints.updateUser, request)).toBe('400 VALIDATION_ERROR');
    expect(await api.verdict(usersEndpoints.createSite, { token: ann.token, body: { name: 'x', ...extra } })).toBe('400 VALIDATION_ERROR');
  }
  const { body } = await api.call(usersEndpoints.getUser, { token: ann.token, params: { id: ann.id } });
  expect(body.roles.map(({ name }) => name)).toEqual(['org_admin']);
});

it('20: granting what one lacks, and changing someone above, is a 403', async () => {
  const token = (await world.newMember(ann, 'site_admin', site.id)).token;
  for (const role of ['org_admin', 'admin'] as const) {
    const body = { email: world.newAddress(), role_id: systemRoles[role].id, site_id: site.id };
    expect(await api.verdict(usersEndpoints.inviteUser, { token, body })).toBe('403 FORBIDDEN');
  }
  // Whom they can't even see is a 404; whom they see and who is above them a 403.
  const request = { token, params: { id: ann.id }, headers: { 'if-match': '"1"' } };
  expect(await api.verdict(usersEndpoints.updateUser, { ...request, body: { profile: { first_name: 'X' } } })).toMatch(/^40[34] /);
  const deputy = await world.newMember(ann, 'site_admin');
  const body = { role_id: systemRoles.org_admin.id };
  expect(await api.verdict(usersEndpoints.assignRole, { token: deputy.token, params: { id: deputy.id }, body })).toBe('403 FORBIDDEN');
  const params = { id: ann.id, role_id: systemRoles.org_admin.id };
  expect(await api.verdict(usersEndpoints.removeRole, { token: deputy.token, params })).toBe('403 FORBIDDEN');
  const operator = { role_id: systemRoles.admin.id };
  expect(await api.verdict(usersEndpoints.assignRole, { token: ann.token, params: { id: deputy.id }, body: operator })).toBe('403 FORBIDDEN');
});

it('21: removing, demoting, disabling and deleting the last org_admin is a 409', async () => {
  const params = { id: ann.id, role_id: systemRoles.org_admin.id };
  expect(await api.verdict(usersEndpoints.removeRole, { token: ann.token, params })).toBe('409 CONFLICT');
  expect(await api.verdict(usersEndpoints.removeUser, { token: ann.token, params: { id: ann.id } })).toMatch(/^409 CONFLICT|^403 FORBIDDEN/);
  expect(await api.verdict(usersEndpoints.disableUser, { token: ann.token, params: { id: ann.id } })).toMatch(/^409 CONFLICT|^403 FORBIDDEN/);
  expect(await api.verdict(usersEndpoints.leaveEverywhere, { token: ann.token })).toBe('409 CONFLICT');
  // Of two, both at once: one stays. Not of those whom the cases below need: whoever loses has no rights left.
  const yan = await world.newAdmin();
  const zoe = await world.newMember(yan, 'org_admin');
  const demote = (by: Person, whom: Person) =>
    api.verdict(usersEndpoints.removeRole, { token: by.token, params: { id: whom.id, role_id: systemRoles.org_admin.id } });
  const verdicts = await Promise.all([demote(yan, zoe), demote(zoe, yan)]);
  expect(verdicts.filter((verdict) => verdict === '204')).toHaveLength(1);
});

describe('22: a viewer at an endpoint that changes state', () => {
  let viewer: Person;
  beforeAll(async () => {
    viewer = await world.newMember(eve, 'viewer');
  });

  const paramsOf = (endpoint: EndpointDefinition) =>
    Object.fromEntries([...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, name === 'role_id' ? '3' : randomUUID()]));
  const changing = allEndpoints.filter(({ method, access }) => method !== 'GET' && access.kind === 'permission');

  it.each(changing.map((endpoint) => [endpoint.operationId, endpoint] as const))('gets a 403 that is logged: %s', async (operation, endpoint) => {
    const request = { token: viewer.token, params: paramsOf(endpoint), body: {}, headers: { 'if-match': '"1"' } };
    const refusal = await api.refusal(endpoint, request);
    expect([refusal.status, refusal.body.code]).toEqual([403, 'FORBIDDEN']);
    const line = await until('the line of the denial', () =>
      Promise.resolve(logsOf(platform.dataDir).split('\n').find((one) => one.includes(refusal.body.request_id) && one.includes('access_denied'))),
    );
    expect(JSON.parse(line)).toMatchObject({ operation, code: 'FORBIDDEN', user_id: viewer.id, org_id: viewer.orgId });
  });

  it("changes nobody else's profile", async () => {
    const request = { token: viewer.token, params: { id: eve.id }, body: { profile: { first_name: 'X' } }, headers: { 'if-match': '"1"' } };
    expect(await api.verdict(usersEndpoints.updateUser, request)).toMatch(/^40[34] /);
  });
});

// 23: sites.e2e-spec.ts.
it.each([
  ['page_size=1e9', usersEndpoints.listUsers, { page_size: 1e9 }],
  ['page=-1', usersEndpoints.listUsers, { page: -1 }],
  ['sort=password_hash', usersEndpoints.listUsers, { sort: 'password_hash' }],
  ['an unknown filter', usersEndpoints.listUsers, { org_id: randomUUID() }],
  ['limit=1e9', galleryEndpoints.listAssets, { limit: 1e9 }],
  ['a made-up cursor', galleryEndpoints.listAssets, { cursor: 'eyJpZCI6MX0' }],
  ['a binary cursor', galleryEndpoints.listAssets, { cursor: '\u0000\uffff' }],
] as const)('24: %s is a 400', async (_, endpoint, query) => {
  expect(await api.verdict(endpoint, { token: ann.token, query })).toBe('400 VALIDATION_ERROR');
});

it("24: a cursor of another list or another organization is a 400", async () => {
  const evesSite = await world.newSite(eve);
  for (const name of ['one.png', 'two.png']) await world.upload(eve, evesSite.id, png, { filename: name });
  const { body } = await api.call(galleryEndpoints.listAssets, { token: eve.token, query: { limit: 1 } });
  expect(body.next_cursor).not.toBeNull();
  const query = { limit: 1, cursor: body.next_cursor };
  expect(await api.verdict(galleryEndpoints.listAssets, { token: ann.token, query })).toBe('400 VALIDATION_ERROR');
});

describe('25: rights that end', () => {
  /** Every service verifies tokens itself: the old one must be dead at each, within 5 s of the answer. */
  const dies = async (who: string, token: string): Promise<void> => {
    const { gateway, auth, users, gallery, events } = platform.ports;
    const places = [
      `${gateway}/api/v1/auth/me`, `${auth}/api/v1/auth/me`, `${users}/api/v1/sites`, `${gallery}/api/v1/gallery/assets`, `${events}/api/v1/events/sources`,
    ];
    await Promise.all(
      places.map((place) =>
        until(`the token of ${who} to die at ${place}`, async () => {
          const { status } = await fetch(`http://127.0.0.1:${place}`, { headers: { authorization: `Bearer ${token}` } });
          return status === 401;
        }, { seconds: 5 }),
      ),
    );
  };

  it('with the session', async () => {
    const bob = await world.newMember(eve, 'editor');
    await api.call(authEndpoints.logout, { token: bob.token, body: { refresh_token: bob.refreshToken } });
    await dies('whoever signed out', bob.token);
    expect(await api.verdict(authEndpoints.refresh, { body: { refresh_token: bob.refreshToken } })).toBe('401 INVALID_CREDENTIALS');
  });

  it('with the role that is taken', async () => {
    const bob = await world.newMember(eve, 'editor');
    const params = { id: bob.id, role_id: systemRoles.editor.id };
    await api.call(usersEndpoints.assignRole, { token: eve.token, params: { id: bob.id }, body: { role_id: systemRoles.viewer.id } });
    await api.call(usersEndpoints.removeRole, { token: eve.token, params });
    await dies('the demoted', bob.token);
    expect((await world.signIn(bob.email)).claims.roles).toEqual(['viewer']);
  });

  it('with a role that changes', async () => {
    const role = (await api.call(usersEndpoints.createRole, { token: eve.token, body: { name: 'Visitor', permissions: ['sites.read'] } })).body;
    const bob = await world.newMember(eve, 'viewer');
    await api.call(usersEndpoints.assignRole, { token: eve.token, params: { id: bob.id }, body: { role_id: role.id } });
    const again = await world.signIn(bob.email);
    await api.call(usersEndpoints.setRolePermissions, { token: eve.token, params: { id: role.id }, body: { permissions: [] }, headers: { 'if-match': '"1"' } });
    await dies('the holder', again.token);
  });

  it.each([['disabled', usersEndpoints.disableUser], ['removed', usersEndpoints.removeUser]] as const)('with a person who is %s', async (what, endpoint) => {
    const bob = await world.newMember(eve, 'viewer');
    await api.call(endpoint, { token: eve.token, params: { id: bob.id } });
    await dies(`the ${what}`, bob.token);
  });

  it('with the organization', async () => {
    const owner = await world.newAdmin();
    const bob = await world.newMember(owner, 'editor');
    await api.call(usersEndpoints.deleteOrganization, { token: owner.token, params: { id: owner.orgId } });
    for (const { token } of [owner, bob]) await dies('a former member', token);
  });
});
