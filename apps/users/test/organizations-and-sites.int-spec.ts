import { membershipChanged, organizationChanged, siteChanged } from '@atrium/contracts/domain-events';
import { IdempotencyRetention, newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nthVersion, type Person, UsersApp } from './users-app.js';

let users: UsersApp;
let ada: Person;
let bob: Person;

beforeAll(async () => {
  users = await UsersApp.start();
  [ada, bob] = [await users.founder(), await users.founder()];
});
afterAll(() => users?.stop());

describe('organizations', () => {
  it('are listed for their members alone, by name', async () => {
    const answer = await users.call(await users.tokenOf(ada), 'GET', '/orgs');
    expect(answer).toMatchObject({ status: 200, body: { data: [{ id: ada.orgId, name: 'Acme' }] } });
  });

  it('make their founder org_admin and are told to the others', async () => {
    const token = users.tokenWithoutOrganization(ada.userId);
    const answer = await users.call(token, 'POST', '/orgs', { body: { name: 'Second' } });
    expect(answer).toMatchObject({ status: 201, body: { name: 'Second' } });
    const orgId = String(answer.body['id']);
    expect(await users.published(organizationChanged, orgId)).toEqual([{ org_id: orgId, name: 'Second', version: 1 }]);
    expect(await users.published(membershipChanged, orgId)).toMatchObject([
      { user_id: ada.userId, version: nthVersion(1), active: true, roles: [{ name: 'org_admin', site_id: null }] },
    ]);
    const listed = await users.call(token, 'GET', '/orgs');
    expect(listed.body['data']).toMatchObject([{ name: 'Acme' }, { name: 'Second' }]);
  });

  it('have their Idempotency-Keys forgotten after a day, though nobody asks again', async () => {
    const founder = await users.founder();
    const token = await users.tokenOf(founder);
    const create = (key: string) =>
      users.call(token, 'POST', '/orgs', { body: { name: 'Keyed' }, headers: { 'idempotency-key': key } });
    for (const key of ['old', 'young']) expect((await create(key)).status).toBe(201);
    const keys = async () =>
      (await users.store.superuser.query<{ key: string }>(`select key from users.idempotency_keys where principal like $1 || '%' order by key`, [
        founder.userId,
      ])).rows.map(({ key }) => key);
    await users.store.superuser.query(`update users.idempotency_keys set created_at = now() - interval '24 hours 1 minute' where key = 'old'`);
    expect(await keys()).toEqual(['old', 'young']);
    await users.get(IdempotencyRetention).run();
    expect(await keys()).toEqual(['young']);
  });

  it('are founded once per Idempotency-Key, and the founding transaction goes back to its own tenant', async () => {
    const found = async (name: string) =>
      users.call(await users.tokenOf(bob), 'POST', '/orgs', { body: { name }, headers: { 'idempotency-key': 'found-once' } });
    const [first, again] = [await found('Once'), await found('Once')];
    expect(first.status).toBe(201);
    expect(again.body).toEqual(first.body);
    expect((await found('Other')).status).toBe(422);
  });

  it('need an account that is known', async () => {
    expect((await users.call(users.tokenWithoutOrganization(newId()), 'POST', '/orgs', { body: { name: 'X' } })).status).toBe(409);
  });

  it('are renamed with the version that was read, and with no other', async () => {
    const token = await users.tokenOf(ada);
    const path = `/orgs/${ada.orgId}`;
    const read = await users.call(token, 'GET', path);
    expect(read.etag).toBe('"1"');
    const rename = (ifMatch?: string) =>
      users.call(token, 'PATCH', path, { body: { name: 'Acme & Co' }, ...(ifMatch ? { headers: { 'if-match': ifMatch } } : {}) });
    expect((await rename()).status).toBe(428);
    expect(await rename('"1"')).toMatchObject({ status: 200, etag: '"2"', body: { name: 'Acme & Co' } });
    expect((await rename('"1"')).status).toBe(412);
    expect((await users.published(organizationChanged, ada.orgId)).at(-1)).toMatchObject({ name: 'Acme & Co', version: 2 });
  });

  it("are 404 for another organization's people, to read and to rename", async () => {
    const token = await users.tokenOf(bob);
    expect((await users.call(token, 'GET', `/orgs/${ada.orgId}`)).status).toBe(404);
    const renamed = await users.call(token, 'PATCH', `/orgs/${ada.orgId}`, { body: { name: 'Mine' }, headers: { 'if-match': '"2"' } });
    expect(renamed.status).toBe(404);
  });
});

describe('sites', () => {
  it('are created, read, renamed and deleted, each told to the others', async () => {
    const token = await users.tokenOf(ada);
    const created = await users.call(token, 'POST', '/sites', { body: { name: 'Berlin' } });
    expect(created).toMatchObject({ status: 201, body: { name: 'Berlin' } });
    const path = `/sites/${String(created.body['id'])}`;
    expect(await users.call(token, 'GET', path)).toMatchObject({ status: 200, etag: '"1"', body: { name: 'Berlin' } });
    const rename = (version: string) => users.call(token, 'PATCH', path, { body: { name: 'Potsdam' }, headers: { 'if-match': version } });
    expect(await rename('"1"')).toMatchObject({ status: 200, etag: '"2"' });
    expect((await rename('"1"')).status).toBe(412);
    expect((await users.call(token, 'DELETE', path)).status).toBe(204);
    expect((await users.call(token, 'GET', path)).status).toBe(404);
    expect((await users.call(token, 'DELETE', path)).status).toBe(404);
    expect((await rename('"3"')).status).toBe(404);
    const told = (await users.published(siteChanged, ada.orgId)).filter((site) => site['site_id'] === created.body['id']);
    expect(told.map(({ name, version, deleted }) => ({ name, version, deleted }))).toEqual([
      { name: 'Berlin', version: 1, deleted: false },
      { name: 'Potsdam', version: 2, deleted: false },
      { name: 'Potsdam', version: 3, deleted: true },
    ]);
  });

  it('have one name per organization, whatever its case, until they are deleted', async () => {
    const [token, other] = [await users.tokenOf(ada), await users.tokenOf(bob)];
    const create = (by: string, name: string) => users.call(by, 'POST', '/sites', { body: { name } });
    const first = await create(token, 'Rome');
    expect((await create(token, 'ROME')).status).toBe(409);
    expect((await create(other, 'Rome')).status).toBe(201);
    await users.call(token, 'DELETE', `/sites/${String(first.body['id'])}`);
    expect((await create(token, 'Rome')).status).toBe(201);
  });

  it('are invisible to people of other sites and of other organizations', async () => {
    const [a, b] = [await users.site(ada), await users.site(ada)];
    const viewer = await users.member(ada, 'viewer', a);
    const token = await users.tokenOf(viewer);
    const listed = await users.call(token, 'GET', '/sites');
    expect((listed.body['data'] as { id: string }[]).map(({ id }) => id)).toEqual([a]);
    expect((await users.call(token, 'GET', `/sites/${a}`)).status).toBe(200);
    expect((await users.call(token, 'GET', `/sites/${b}`)).status).toBe(404);
    const foreign = await users.tokenOf(bob);
    const headers = { 'if-match': '"1"' };
    expect((await users.call(foreign, 'GET', `/sites/${a}`)).status).toBe(404);
    expect((await users.call(foreign, 'PATCH', `/sites/${a}`, { body: { name: 'Mine' }, headers })).status).toBe(404);
    expect((await users.call(foreign, 'DELETE', `/sites/${a}`)).status).toBe(404);
  });

  it('are changed by a site_admin at their own site only, and created by none', async () => {
    const [a, b] = [await users.site(ada), await users.site(ada)];
    const token = await users.tokenOf(await users.member(ada, 'site_admin', a));
    const rename = (id: string) => users.call(token, 'PATCH', `/sites/${id}`, { body: { name: newId() }, headers: { 'if-match': '"1"' } });
    expect((await rename(a)).status).toBe(200);
    expect((await rename(b)).status).toBe(404);
    expect((await users.call(token, 'POST', '/sites', { body: { name: 'C' } })).status).toBe(403);
    expect((await users.call(token, 'DELETE', `/sites/${a}`)).status).toBe(403);
  });

  it('take their roles and pending invitations with them', async () => {
    const site = await users.site(ada);
    const viewer = await users.member(ada, 'viewer', site);
    const token = await users.tokenOf(ada);
    const invited = await users.call(token, 'POST', '/invitations', { body: { email: 'pending@example.com', role_id: 3, site_id: site } });
    await users.call(token, 'DELETE', `/sites/${site}`);
    const told = (await users.published(membershipChanged, ada.orgId)).filter((membership) => membership['user_id'] === viewer.userId);
    expect(told.at(-1)).toMatchObject({ version: nthVersion(2), active: false, roles: [] });
    const listed = await users.call(token, 'GET', '/invitations');
    expect(listed.body['data']).toContainEqual(expect.objectContaining({ id: invited.body['id'], status: 'revoked' }));
  });
});

describe('what is not allowed', () => {
  it('is refused to a viewer at every state-changing endpoint, and logged', async () => {
    const viewer = await users.member(ada, 'viewer');
    const site = await users.site(ada);
    const token = await users.tokenOf(viewer);
    const headers = { 'if-match': '"1"' };
    users.log.length = 0;
    const attempts = [
      users.call(token, 'PATCH', `/orgs/${ada.orgId}`, { body: { name: 'X' }, headers }),
      users.call(token, 'POST', '/sites', { body: { name: 'X' } }),
      users.call(token, 'PATCH', `/sites/${site}`, { body: { name: 'X' }, headers }),
      users.call(token, 'DELETE', `/sites/${site}`),
      users.call(token, 'POST', '/users', { body: { email: 'x@example.com', role_id: 3 } }),
      users.call(token, 'POST', '/invitations', { body: { email: 'x@example.com', role_id: 3 } }),
      users.call(token, 'DELETE', `/invitations/${newId()}`),
      users.call(token, 'POST', `/users/${viewer.userId}/roles`, { body: { role_id: 4 } }),
      users.call(token, 'DELETE', `/users/${ada.userId}/roles/4`),
      users.call(token, 'GET', '/users'),
    ];
    expect((await Promise.all(attempts)).map(({ status }) => status)).toEqual(attempts.map(() => 403));
    const denials = users.log.filter((line) => JSON.stringify(line).includes('access_denied'));
    expect(denials).toHaveLength(attempts.length);
  });

  it('is an unknown field in a body', async () => {
    const token = await users.tokenOf(ada);
    const smuggled = { name: 'X', org_id: bob.orgId };
    expect((await users.call(token, 'POST', '/sites', { body: smuggled })).status).toBe(400);
    expect((await users.call(token, 'POST', '/orgs', { body: smuggled })).status).toBe(400);
  });
});
