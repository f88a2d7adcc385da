import { randomUUID } from 'node:crypto';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { type AuditLogEntry, type Site, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { password, type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, world } from './platform.js';

let ann: Person;
let bob: Person;
let site: Site;

beforeAll(async () => {
  ann = await world.newAdmin();
  site = await world.newSite(ann);
  bob = await world.newMember(ann, 'viewer');
});

type Query = { actor?: string; action?: string; resource?: string };

const search = async (query: Query, token = ann.token): Promise<AuditLogEntry[]> =>
  (await api.call(usersEndpoints.listAuditLogs, { token, query: { ...query, limit: 100 } })).body.data;

/** The newest entry that matches, once it has come. */
const found = (query: Query): Promise<AuditLogEntry> => until(`an entry ${JSON.stringify(query)}`, async () => (await search(query))[0]);
const requestId = (): Record<string, string> => ({ 'x-request-id': `audit-${randomUUID()}` });

describe('the audit log tells', () => {
  it('who gave whom which role, under the id of the request', async () => {
    const headers = requestId();
    const body = { role_id: systemRoles.member.id, site_id: site.id };
    await api.call(usersEndpoints.assignRole, { token: ann.token, params: { id: bob.id }, body, headers });
    expect(await found({ action: 'role.assigned', resource: `user:${bob.id}` })).toMatchObject({
      outcome: 'success',
      actor: { kind: 'user', id: ann.id, session_id: ann.claims.sid, email: ann.email },
      site_id: site.id,
      before: null,
      after: { role_id: systemRoles.member.id, role_name: 'member' },
      request_id: headers['x-request-id'],
    });
  });

  it.each([
    ['users', usersEndpoints.createSite, { name: 'Mine' }, 'sites.create'],
    ['events', eventsEndpoints.queryBySql, { query: 'SELECT 1' }, 'events.sql'],
  ] as const)('what was denied to whom, by %s', async (_, endpoint, body, permission) => {
    const person = await world.newMember(ann, 'viewer');
    const headers = requestId();
    expect(await api.verdict(endpoint, { token: person.token, body, headers })).toBe('403 FORBIDDEN');
    expect(await found({ action: 'access.denied', actor: person.id, resource: `operation:${endpoint.operationId}` })).toMatchObject({
      outcome: 'denied', actor: { kind: 'user', session_id: person.claims.sid }, details: { code: 'FORBIDDEN', permission }, request_id: headers['x-request-id'],
    });
  });

  it('sign-ins that succeeded and failed, and changed passwords', async () => {
    const carl = await world.newMember(ann, 'viewer');
    const headers = { failed: requestId(), opened: requestId(), changed: requestId() };
    const login = (given: string, of: Record<string, string>) => api.verdict(authEndpoints.login, { body: { email: carl.email, password: given }, headers: of });
    expect(await login('not the one that it is', headers.failed)).toBe('401 INVALID_CREDENTIALS');
    expect(await login(password, headers.opened)).toBe('200');
    const body = { current_password: password, password: 'a sentence nobody has used before', password_confirm: 'a sentence nobody has used before' };
    await api.call(authEndpoints.changePassword, { token: carl.token, body, headers: headers.changed });
    const resource = `user:${carl.id}`;
    expect(await found({ action: 'user.sign_in_failed', resource })).toMatchObject({
      outcome: 'failure', actor: { kind: 'anonymous', id: null, email: null }, request_id: headers.failed['x-request-id'],
    });
    await until('the sign-in', async () => (await search({ action: 'session.opened', resource })).find(({ request_id }) => request_id === headers.opened['x-request-id']));
    expect(await found({ action: 'password.changed', actor: carl.id })).toMatchObject({ details: { sessions_ended: expect.any(Number) }, request_id: headers.changed['x-request-id'] });
  });

  it('what became of files and sources', async () => {
    const assetId = await world.upload(ann, site.id, png, { filename: 'secret name.png' });
    await world.settled(ann, assetId);
    const resource = `asset:${assetId}`;
    expect(await found({ action: 'asset.verified', resource })).toMatchObject({ actor: { kind: 'system' }, site_id: site.id });
    expect(await found({ action: 'asset.upload_requested', resource })).toMatchObject({ actor: { id: ann.id }, after: { content_type: 'image/png', size: png.length } });
    const source = await world.newSource(ann, site.id);
    await api.call(eventsEndpoints.deleteSource, { token: ann.token, params: { id: source.id } });
    expect(await found({ action: 'source.deleted' })).toMatchObject({ resource: { type: 'source', id: source.id }, before: { name: 'Web', enabled: true } });
  });

  it('no password, token, key, address or name of a file', async () => {
    const { body } = await api.call(usersEndpoints.listAuditLogs, { token: ann.token, query: { limit: 100 } });
    const stored = body.data.map(({ actor: { email: _, ...actor }, ...entry }) => ({ ...entry, actor }));
    expect(stored.length).toBeGreaterThan(15);
    expect(JSON.stringify(stored)).not.toMatch(/@example|correct horse|nobody has used|not the one|secret name|eyJ|wk_|\$argon2/);
  });

  it('members without the right nothing', async () => {
    const person = await world.newMember(ann, 'editor');
    expect(await api.verdict(usersEndpoints.listAuditLogs, { token: person.token })).toBe('403 FORBIDDEN');
  });
});
