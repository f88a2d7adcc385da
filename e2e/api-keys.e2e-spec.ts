import { randomUUID } from 'node:crypto';
import { acceptsApiKeys, type EndpointDefinition, isUnguarded } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { authEndpoints, type NewApiKey } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, platform, world } from './platform.js';

let ann: Person;
let shop: Site;
let office: Site;

beforeAll(async () => {
  ann = await world.newAdmin();
  [shop, office] = [await world.newSite(ann, 'Shop'), await world.newSite(ann, 'Office')];
});

const newKey = async (permissions: string[], more: { site_id?: string; expires_at?: string } = {}, owner = ann): Promise<NewApiKey & { key: string }> => {
  const { body } = await api.call(authEndpoints.createApiKey, { token: owner.token, body: { name: 'CI', permissions, ...more } });
  if (body.key === null) throw new Error('The key was not shown.');
  return { ...body, key: body.key };
};
const paramsOf = (endpoint: EndpointDefinition) =>
  Object.fromEntries([...endpoint.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => [name, name === 'role_id' ? '3' : randomUUID()]));
const pictureOf = (siteId: string) => ({ site_id: siteId, filename: 'a.png', content_type: 'image/png' as const, size: png.length, sha256: '0'.repeat(64) });
const hour = 3_600_000;
const dayAround = () => ({ from: new Date(Date.now() - hour).toISOString(), to: new Date(Date.now() + hour).toISOString() });

describe('an API key', () => {
  it('works at every service, within its permissions, until it is deleted: then it is dead everywhere within 5 s', async () => {
    const { id, key } = await newKey(['sites.read', 'assets.read', 'assets.create', 'events.read', 'events.write']);
    const event = `Built ${randomUUID()}`;
    const uses: Record<string, () => Promise<string>> = {
      auth: () => api.verdict(authEndpoints.me, { token: key }),
      users: () => api.verdict(usersEndpoints.listSites, { headers: { 'x-api-key': key } }),
      gallery: () => api.verdict(galleryEndpoints.createUpload, { token: key, body: pictureOf(shop.id) }),
      events: () => api.verdict(eventsEndpoints.countEvents, { token: key, query: { event, ...dayAround() } }),
      ingest: async () => {
        const url = `${platform.gateway}/api/v1/events?site_id=${shop.id}`;
        const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
        return String((await fetch(url, { method: 'POST', headers, body: JSON.stringify({ event, user_id: 'ci', properties: {} }) })).status);
      },
    };
    const verdicts = async () => Object.fromEntries(await Promise.all(Object.entries(uses).map(async ([name, use]) => [name, await use()] as const)));
    expect(await verdicts()).toEqual({ auth: '200', users: '200', gallery: '201', events: '200', ingest: '202' });
    await expect.poll(() => world.countEvents(ann, event), { timeout: 10_000 }).toBe(1);
    await until('the last use', async () => (await api.call(authEndpoints.listApiKeys, { token: ann.token })).body.data.find((one) => one.id === id)?.last_used_at ?? undefined);

    await api.call(authEndpoints.deleteApiKey, { token: ann.token, params: { id } });
    await until('the key to be dead everywhere', async () => Object.values(await verdicts()).every((verdict) => verdict.startsWith('401')), { seconds: 5 });
    expect(await api.verdict(authEndpoints.deleteApiKey, { token: ann.token, params: { id } })).toBe('404 NOT_FOUND');
  });

  it('is refused by a service itself, in a query, and in place of an exchange from outside', async () => {
    const { key } = await newKey(['sites.read']);
    expect(await api.verdict(usersEndpoints.listSites, { token: key })).toBe('200');
    for (const service of ['auth', 'users', 'gallery', 'events'] as const) {
      const path = { auth: '/auth/me', users: '/sites', gallery: '/gallery/assets', events: '/events/sources' }[service];
      for (const headers of [{ authorization: `Bearer ${key}` }, { 'x-api-key': key }]) {
        expect((await fetch(`http://127.0.0.1:${platform.ports[service]}/api/v1${path}`, { headers })).status).toBe(401);
      }
    }
    for (const name of ['api_key', 'access_token', 'key']) expect((await fetch(`${platform.gateway}/api/v1/sites?${name}=${key}`)).status).toBe(401);
    const exchange = await fetch(`${platform.gateway}/internal/api-keys/exchange`, { method: 'POST', body: JSON.stringify({ key }) });
    expect(exchange.status).toBe(404);
  });

  it('is shown once: not in lists, and not in the replay of an idempotent request', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const request = { token: ann.token, headers, body: { name: 'Once', permissions: ['sites.read'] } };
    const first = (await api.call(authEndpoints.createApiKey, request)).body;
    const second = (await api.call(authEndpoints.createApiKey, request)).body;
    expect(second).toEqual({ ...first, key: null });
    const { body } = await api.call(authEndpoints.listApiKeys, { token: ann.token, query: { page_size: 100 } });
    expect(body.data.filter(({ id }) => id === first.id)).toHaveLength(1);
    expect(JSON.stringify(body)).not.toContain(first.key);
  });

  it('is dead once it expires', async () => {
    const { key } = await newKey(['sites.read'], { expires_at: new Date(Date.now() + 3_000).toISOString() });
    expect(await api.verdict(usersEndpoints.listSites, { token: key })).toBe('200');
    await until('the end of the key', async () => (await api.verdict(usersEndpoints.listSites, { token: key })) === '401 UNAUTHENTICATED', { seconds: 8 });
  });
});

describe('an API key of one site', () => {
  it('works there, and sees nothing of another', async () => {
    const everything = [...systemRoles.site_admin.permissions];
    const { key: token } = await newKey(everything, { site_id: shop.id });
    const officeAsset = await world.upload(ann, office.id, png);
    const officeSource = await world.newSource(ann, office.id);
    expect(await api.verdict(galleryEndpoints.createUpload, { token, body: pictureOf(shop.id) })).toBe('201');
    expect((await api.call(usersEndpoints.listSites, { token })).body.data.map(({ name }) => name)).toEqual(['Shop']);
    const verdicts = await Promise.all([
      api.verdict(usersEndpoints.getSite, { token, params: { id: office.id } }),
      api.verdict(galleryEndpoints.getAsset, { token, params: { id: officeAsset } }),
      api.verdict(galleryEndpoints.createUpload, { token, body: pictureOf(office.id) }),
      api.verdict(eventsEndpoints.rotateSource, { token, params: { id: officeSource.id } }),
      api.verdict(eventsEndpoints.createSource, { token, body: { name: 'x', site_id: office.id } }),
      api.verdict(usersEndpoints.inviteUser, { token, body: { email: world.newAddress(), role_id: 3, site_id: office.id } }),
    ]);
    expect(new Set(verdicts)).toEqual(new Set(['404 NOT_FOUND']));
    expect(await api.verdict(usersEndpoints.createSite, { token, body: { name: 'x' } })).toBe('403 FORBIDDEN');
    expect(await api.verdict(eventsEndpoints.queryBySql, { token, body: { query: 'SELECT 1' } })).toBe('403 FORBIDDEN');
  });
});

describe('the rights of an API key', () => {
  it('are none where it was given none: every endpoint with a permission or for people alone refuses it', async () => {
    const { key: token } = await newKey(['sites.read']);
    const closed = allEndpoints.filter(
      (endpoint) => !isUnguarded(endpoint.access) && endpoint.access.kind !== 'write-key' && endpoint !== authEndpoints.me &&
        !(endpoint.access.kind === 'permission' && endpoint.access.permission === 'sites.read'),
    );
    expect(closed.length).toBeGreaterThan(40);
    for (const endpoint of closed) {
      const request = { token, params: paramsOf(endpoint), body: {}, headers: { 'if-match': '"1"' } };
      expect(`${endpoint.operationId} ${await api.verdict(endpoint, endpoint.method === 'GET' ? { token, params: request.params } : request)}`).toBe(`${endpoint.operationId} 403 FORBIDDEN`);
    }
  });

  it('never reach what a person may by being that person, whatever it was given', async () => {
    const { key: token } = await newKey(ann.claims.permissions);
    const personal = allEndpoints.filter((endpoint) => !isUnguarded(endpoint.access) && !acceptsApiKeys(endpoint));
    expect(personal.map(({ operationId }) => operationId)).toEqual(expect.arrayContaining(['auth.createApiKey', 'auth.deleteApiKey', 'auth.logoutAll', 'auth.changePassword', 'auth.switchOrganization', 'users.leaveEverywhere']));
    for (const endpoint of personal) {
      const request = endpoint.method === 'GET' ? { token, params: paramsOf(endpoint) } : { token, params: paramsOf(endpoint), body: {} };
      expect(`${endpoint.operationId} ${await api.verdict(endpoint, request)}`).toBe(`${endpoint.operationId} 403 FORBIDDEN`);
    }
    expect(await api.verdict(authEndpoints.me, { token: ann.token })).toBe('200');
  });

  it('are not given beyond what its maker holds', async () => {
    const editor = await world.newMember(ann, 'editor', shop.id);
    const make = (body: { permissions: string[]; site_id?: string }) => api.verdict(authEndpoints.createApiKey, { token: editor.token, body: { name: 'x', ...body } });
    expect(await make({ permissions: ['assets.update'], site_id: shop.id })).toBe('201');
    expect(await make({ permissions: ['orgs.delete'], site_id: shop.id })).toBe('403 FORBIDDEN');
    expect(await make({ permissions: ['assets.update'] })).toBe('403 FORBIDDEN');
    expect(await make({ permissions: ['assets.update'], site_id: office.id })).toBe('404 NOT_FOUND');
    expect(await make({ permissions: ['assets.eat'], site_id: shop.id })).toBe('400 VALIDATION_ERROR');
  });

  it('do not grow by granting', async () => {
    const { key: token } = await newKey(['roles.assign', 'roles.manage', 'users.create', 'users.read', 'users.update', 'sites.read']);
    const bob = await world.newMember(ann, 'viewer');
    for (const role_id of [systemRoles.org_admin.id, systemRoles.editor.id, systemRoles.viewer.id]) {
      expect(await api.verdict(usersEndpoints.assignRole, { token, params: { id: ann.id }, body: { role_id, site_id: shop.id } })).toBe('403 FORBIDDEN');
      expect(await api.verdict(usersEndpoints.inviteUser, { token, body: { email: world.newAddress(), role_id } })).toBe('403 FORBIDDEN');
    }
    expect(await api.verdict(usersEndpoints.createRole, { token, body: { name: 'Backdoor', permissions: ['orgs.delete'] } })).toBe('403 FORBIDDEN');
    expect(await api.verdict(usersEndpoints.removeRole, { token, params: { id: bob.id, role_id: systemRoles.viewer.id } })).toBe('403 FORBIDDEN');
  });

  it('shrink with those of its owner, and end with the membership, within 5 s', async () => {
    const bob = await world.newMember(ann, 'editor');
    const { key } = await newKey(['assets.read', 'users.read'], {}, bob);
    const list = () => api.verdict(usersEndpoints.listUsers, { token: key });
    const assets = () => api.verdict(galleryEndpoints.listAssets, { token: key });
    expect([await list(), await assets()]).toEqual(['200', '200']);
    await api.call(usersEndpoints.assignRole, { token: ann.token, params: { id: bob.id }, body: { role_id: systemRoles.viewer.id } });
    await api.call(usersEndpoints.removeRole, { token: ann.token, params: { id: bob.id, role_id: systemRoles.editor.id } });
    await until('the loss of users.read', async () => (await list()) === '403 FORBIDDEN', { seconds: 5 });
    expect(await assets()).toBe('200');
    await api.call(usersEndpoints.disableUser, { token: ann.token, params: { id: bob.id } });
    await until('the end of the key', async () => (await assets()) === '401 UNAUTHENTICATED', { seconds: 5 });
  });
});
