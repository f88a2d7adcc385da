import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type AuditLogEntry, systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { openCredentials, readSettings, serviceEnvironment } from '@atrium/local';
import { claimsOf, type Person, until } from '@atrium/testing';
import { Secret, TOTP } from 'otpauth';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, platform, world } from './platform.js';

const program = fileURLToPath(new URL('../apps/auth/dist/operator.js', import.meta.url));
const reason = 'The last admin lost their phone';

/** As the platform itself gives it to auth. */
function authEnvironment(): Record<string, string> {
  const ports = Object.entries(platform.ports).map(([name, port]) => [`ATRIUM_PORT_${name.toUpperCase()}`, String(port)]);
  const settings = readSettings('/', { ATRIUM_DATA: platform.dataDir, ...Object.fromEntries(ports) });
  return serviceEnvironment('auth', platform.ports.auth, settings, openCredentials(platform.dataDir));
}

function command(...words: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, ...authEnvironment() } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

let ann: Person;
let olga: Person;
let token: string;

const enter = (by: string, orgId: string) => ({ token: by, body: { org_id: orgId, reason } });
const entry = (action: string): Promise<AuditLogEntry> =>
  until(action, async () => (await api.call(usersEndpoints.listAuditLogs, { token: ann.token, query: { action } })).body.data[0]);

beforeAll(async () => {
  [ann, olga] = [await world.newAdmin(), await world.newAdmin()];
});

describe('the operator of the platform', () => {
  it('is made by a command alone, with a second factor', async () => {
    expect(await command('grant', olga.email)).toMatchObject({ code: 1, output: expect.stringMatching(/neither an authenticator app nor a passkey/) });
    expect(await command('grant', 'nobody@example.com')).toMatchObject({ code: 1, output: 'There is no such account.\n' });
    expect(await command('grant')).toMatchObject({ code: 1, output: expect.stringMatching(/^Usage: operator/) });
    expect(await api.verdict(authEndpoints.switchOrganization, enter(olga.token, ann.orgId))).toBe('404 NOT_FOUND');
    const { secret } = (await api.call(authEndpoints.enrollTotp, { token: olga.token })).body;
    const code = TOTP.generate({ secret: Secret.fromBase32(secret) });
    await api.call(authEndpoints.confirmTotp, { token: olga.token, body: { code } });
    expect(await command('grant', olga.email)).toMatchObject({ code: 0 });
    expect((await command('list')).output).toContain(`${olga.id}\t${olga.email}`);
    const next = TOTP.generate({ secret: Secret.fromBase32(secret), timestamp: Date.now() + 30_000 });
    await api.call(authEndpoints.reauthenticate, { token: olga.token, body: { code: next } });
  });

  it('enters an organization for a reason, which its admins read', async () => {
    const refused = { token: olga.token, body: { org_id: ann.orgId } };
    expect(await api.verdict(authEndpoints.switchOrganization, refused)).toBe('400 VALIDATION_ERROR');
    token = (await api.call(authEndpoints.switchOrganization, enter(olga.token, ann.orgId))).body.access_token;
    expect(claimsOf(token)).toMatchObject({ org_id: ann.orgId, roles: ['admin'] });
    expect((await api.call(authEndpoints.me, { token })).body).toMatchObject({ org_id: ann.orgId, operator_until: expect.any(String), organizations: [{ id: olga.orgId }] });
    expect(await entry('operator.entered')).toMatchObject({ actor: { kind: 'user', id: olga.id, email: null }, details: { reason } });
  });

  it('does there what its people need, in every service, under their own id', async () => {
    const site = (await api.call(usersEndpoints.createSite, { token, body: { name: 'Rescue' } })).body;
    const bob = await world.newMember(ann, 'viewer');
    const body = { role_id: systemRoles.org_admin.id };
    await api.call(usersEndpoints.assignRole, { token, params: { id: bob.id }, body });
    expect(await entry('role.assigned')).toMatchObject({ actor: { id: olga.id }, resource: { id: bob.id } });
    expect(await api.verdict(galleryEndpoints.listAssets, { token })).toBe('200');
    expect(await api.verdict(eventsEndpoints.createSource, { token, body: { name: 'Web', site_id: site.id } })).toBe('201');
    const people = (await api.call(usersEndpoints.listUsers, { token })).body.data;
    expect(people.map(({ id }) => id).sort()).toEqual([ann.id, bob.id].sort());
  });

  it('neither makes other operators nor keys, and reaches no third organization by that token', async () => {
    const eve = await world.newAdmin();
    const invitation = { email: world.newAddress(), role_id: systemRoles.admin.id };
    expect(await api.verdict(usersEndpoints.inviteUser, { token, body: invitation })).toBe('403 FORBIDDEN');
    expect(await api.verdict(authEndpoints.createApiKey, { token, body: { name: 'Key', permissions: ['assets.read'] } })).toBe('403 FORBIDDEN');
    expect(await api.verdict(usersEndpoints.getUser, { token, params: { id: eve.id } })).toBe('404 NOT_FOUND');
    expect(await api.verdict(authEndpoints.switchOrganization, enter(ann.token, eve.orgId))).toBe('404 NOT_FOUND');
  });

  it('is out of it everywhere within 5 seconds of the command that revokes the right', async () => {
    expect(await command('revoke', olga.id)).toMatchObject({ code: 0, output: expect.stringContaining('sessions ended: 1') });
    const revokedAt = performance.now();
    for (const endpoint of [usersEndpoints.listSites, galleryEndpoints.listAssets, eventsEndpoints.listSources, authEndpoints.me]) {
      await until(`the end of the token at ${endpoint.operationId}`, async () => (await api.verdict(endpoint, { token })) === '401 UNAUTHENTICATED');
    }
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
    expect(await entry('operator.left')).toMatchObject({ actor: { kind: 'system' }, details: { operator_id: olga.id } });
    expect((await command('list')).output).not.toContain(olga.id);
    expect(await command('revoke', ann.id)).toMatchObject({ code: 1, output: 'This account is no operator.\n' });
  });
});
