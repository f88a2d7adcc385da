import { randomUUID } from 'node:crypto';
import { authEndpoints } from '@atrium/contracts/auth';
import { systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { password, type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, platform, world } from './platform.js';

let ann: Person;

beforeAll(async () => {
  ann = await world.newAdmin();
});

describe('a text that no database takes', () => {
  const register = (more: object) => {
    const body = { email: world.newAddress(), password, password_confirm: password, ...more };
    return api.verdict(authEndpoints.register, { body });
  };

  it.each(['Acme\0', 'Acme \ud800', 'Acme\nBcc: x'])('is refused as the name of a new organization: %j', async (name) => {
    expect(await register({ organization_name: name })).toBe('400 VALIDATION_ERROR');
  });

  it('is refused as a password before any hashing', async () => {
    expect(await register({ password: `${password}\0`, password_confirm: `${password}\0` })).toBe('400 VALIDATION_ERROR');
  });

  it.each(['search', 'role'])('is refused in the query, in %s', async (field) => {
    expect(await api.verdict(usersEndpoints.listUsers, { token: ann.token, query: { [field]: 'a\0b' } })).toBe('400 VALIDATION_ERROR');
  });

  it.each([{ first_name: 'x\udfff' }, { avatar_url: 'http://example.com/\0' }])('is refused deep in a body: %j', async (profile) => {
    const body = { email: world.newAddress(), role_id: systemRoles.viewer.id, profile };
    expect(await api.verdict(usersEndpoints.inviteUser, { token: ann.token, body })).toBe('400 VALIDATION_ERROR');
  });
});

it('an If-Match larger than any version matches nothing', async () => {
  const site = await world.newSite(ann);
  const headers = { 'if-match': '"999999999999999"' };
  const request = { token: ann.token, params: { id: site.id }, body: { name: 'New' }, headers };
  expect(await api.verdict(usersEndpoints.updateSite, request)).toBe('412 PRECONDITION_FAILED');
});

it.each(['nonsense', '192.0.2.1:80', 'fe80::1%eth0'])('an X-Forwarded-For of %s breaks no sign-in, even from a trusted proxy', async (address) => {
  const response = await fetch(`http://127.0.0.1:${platform.ports.auth}${authEndpoints.login.path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
    body: JSON.stringify({ email: ann.email, password }),
  });
  expect(response.status).toBe(200);
});

describe('an answer stored under an Idempotency-Key', () => {
  const createSite = (token: string, headers: Record<string, string>) =>
    api.call(usersEndpoints.createSite, { token, body: { name: 'Once' }, headers });

  it('is not replayed to the same person in another organization', async () => {
    const bob = await world.newAdmin();
    await api.call(usersEndpoints.inviteUser, { token: ann.token, body: { email: bob.email, role_id: systemRoles.org_admin.id } });
    const token = await world.mailedToken(bob.email, /invit/i);
    await api.call(usersEndpoints.acceptInvitation, { token: bob.token, body: { token } });
    const bobAtAnns = await world.signIn(bob.email, ann.orgId);
    const key = { 'idempotency-key': randomUUID() };
    const atAnns = await createSite(bobAtAnns.token, key);
    const atHome = await createSite(bob.token, key);
    expect(atHome.body.id).not.toBe(atAnns.body.id);
  });

  it('is not replayed to somebody whose roles have changed since', async () => {
    const [shop, office] = [await world.newSite(ann), await world.newSite(ann)];
    const carl = await world.newMember(ann, 'site_admin', shop.id);
    await api.call(usersEndpoints.assignRole, { token: ann.token, params: { id: carl.id }, body: { role_id: systemRoles.site_admin.id, site_id: office.id } });
    const invite = (token: string, headers: Record<string, string>) =>
      api.verdict(usersEndpoints.inviteUser, { token, body: { email: `guest@${shop.id}.example.com`, role_id: systemRoles.viewer.id, site_id: shop.id }, headers });
    const key = { 'idempotency-key': randomUUID() };
    const both = await signInWhen(carl, (sites) => sites.includes(office.id));
    expect(await invite(both.token, key)).toBe('201');
    expect(await invite(both.token, key)).toBe('201');
    await api.call(usersEndpoints.removeRole, { token: ann.token, params: { id: carl.id, role_id: systemRoles.site_admin.id }, query: { site_id: shop.id } });
    const { token: demoted } = await signInWhen(carl, (sites) => !sites.includes(shop.id));
    expect(await invite(demoted, key)).toBe('422 IDEMPOTENCY_MISMATCH');
  });
});

/** Signs in once the person's sites are so: roles travel by events. */
const signInWhen = (person: Person, holds: (siteIds: readonly string[]) => boolean): Promise<Person> =>
  until(`the sites of ${person.email}`, async () => {
    const signedIn = await world.signIn(person.email);
    return holds(signedIn.claims.site_ids) ? signedIn : undefined;
  });
