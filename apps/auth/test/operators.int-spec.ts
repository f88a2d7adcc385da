import { type AuditEntry, auditEntry } from '@atrium/contract-kit';
import { auditRecorded, organizationChanged } from '@atrium/contracts/domain-events';
import { permissionCatalog } from '@atrium/contracts/users';
import { AuditTrail } from '@atrium/platform/audit';
import { Database } from '@atrium/platform/database';
import { Outbox } from '@atrium/platform/messaging';
import { until } from '@atrium/testing';
import { decodeJwt } from 'jose';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorRights } from '../src/operators/operator-rights.js';
import { AuthBench } from './auth-bench.js';
import { codeOf, Factors } from './factors.js';
import { tokensOf } from './people.js';

let auth: AuthBench;
let factors: Factors;
let rights: OperatorRights;
let owner: DataSource;

beforeAll(async () => {
  auth = await AuthBench.start();
  factors = new Factors(auth);
  owner = await (await auth.engines.ownerDataSource()).initialize();
  // As the command does: with the rights of the schema's owner.
  rights = new OperatorRights(new Database(owner), new AuditTrail(new Outbox('auth'), auditRecorded));
});
afterAll(async () => {
  await owner?.destroy();
  await auth?.stop();
});

const reason = 'The last admin lost their phone';
const plain = { withoutSecondFactor: false };
const enter = (token: string, orgId: string, body: Record<string, unknown> = { reason }) =>
  auth.request('POST', '/switch-org', { token, body: { org_id: orgId, ...body } });
const codeOfError = ({ json }: { json: Record<string, unknown> }) => (json['error'] as Record<string, unknown> | undefined)?.['code'];
const claimsOf = (token: string) => decodeJwt<{ org_id: string; roles: string[]; permissions: string[]; sid: string }>(token);
const sql = (text: string, values: unknown[]) => auth.engines.superuser.query(text, values);

interface Told {
  readonly orgId: string | null;
  readonly entry: AuditEntry;
}
const told = (action: string, matches: (entry: Told) => boolean): Promise<Told> =>
  until(action, async () => {
    const all = (await auth.queues.envelopesOf(auditRecorded)).map(({ org_id: orgId, data }) => ({ orgId, entry: auditEntry.parse(data) }));
    return all.findLast((one) => one.entry.action === action && matches(one));
  });

/** Signed in with an authenticator app, moments ago. */
async function operator() {
  const person = await factors.enrolled();
  await rights.grant(person.email, plain);
  const tokens = tokensOf(await factors.login(person.email, codeOf(person.secret, 1)));
  return { ...person, ...tokens, sid: claimsOf(tokens.access).sid };
}

describe('the right to operate the platform', () => {
  it('is given to accounts that are active, verified and hold a second factor, and to others only where that is said', async () => {
    const { id, email } = await auth.people.member();
    await expect(rights.grant(email, plain)).rejects.toThrow(/neither an authenticator app nor a passkey/);
    expect(await rights.grant(email.toUpperCase(), { withoutSecondFactor: true })).toBe(true);
    expect(await rights.grant(id, { withoutSecondFactor: true })).toBe(false);
    expect((await rights.list()).filter(({ account_id }) => account_id === id)).toMatchObject([{ email, without_second_factor: true }]);
    await rights.revoke(id);
    expect((await rights.list()).map(({ account_id }) => account_id)).not.toContain(id);
    await sql(`update auth.accounts set email_verified_at = null where id = $1`, [id]);
    await expect(rights.grant(id, { withoutSecondFactor: true })).rejects.toThrow(/not verified/);
    await sql(`update auth.accounts set email_verified_at = now(), status = 'disabled' where id = $1`, [id]);
    await expect(rights.grant(id, { withoutSecondFactor: true })).rejects.toThrow(/disabled/);
    await expect(rights.grant('nobody@example.com', plain)).rejects.toThrow(/no such account/);
    await expect(rights.revoke(id)).rejects.toThrow(/no operator/);
  });

  it('is in the audit log, where no organization sees it', async () => {
    const { id } = await operator();
    expect(await told('operator.granted', ({ entry }) => entry.resource?.id === id)).toMatchObject({ orgId: null, entry: { actor: { kind: 'system' } } });
    await rights.revoke(id);
    expect(await told('operator.revoked', ({ entry }) => entry.resource?.id === id)).toMatchObject({ orgId: null });
  });

  it('cannot be written by the service itself', async () => {
    const { id } = await auth.people.verified();
    const attempt = auth.app.get(Database).withoutTenant(({ manager }) =>
      manager.query(`insert into auth.operators (account_id, without_second_factor) values ($1, true)`, [id]));
    await expect(attempt).rejects.toThrow(/permission denied/);
  });
});

describe('an operator', () => {
  it('enters an organization with every permission there, its own among them, and its audit log says why', async () => {
    const person = await operator();
    const { id: adminId, orgId } = await auth.people.member();
    await auth.people.change(adminId, orgId, 2, [{ name: 'org_admin', site_id: null, permissions: ['users.read', 'invoices.pay'] }]);
    const answer = await enter(person.access, orgId);
    expect(answer).toMatchObject({ status: 200, json: { expires_in: 300, user: { roles: ['admin'] } } });
    const { access } = tokensOf(answer);
    expect(claimsOf(access)).toMatchObject({ org_id: orgId, roles: ['admin'], site_ids: [], site_permissions: {}, sid: person.sid });
    expect(new Set(claimsOf(access).permissions)).toEqual(new Set([...Object.keys(permissionCatalog), 'invoices.pay']));
    const { json: me } = await auth.request('GET', '/me', { token: access });
    expect(me).toMatchObject({ org_id: orgId, roles: ['admin'], operator_until: expect.any(String), organizations: [{ id: person.orgId }] });
    expect((await auth.request('GET', '/me', { token: person.access })).json['operator_until']).toBeNull();
    expect(await told('operator.entered', (one) => one.orgId === orgId)).toMatchObject({
      entry: { actor: { kind: 'user', id: person.id, session_id: person.sid }, resource: { type: 'organization', id: orgId }, details: { reason, until: me['operator_until'] } },
    });
  });

  it('leaves by switching back, which is told, and signs in to their own organizations alone', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    const { access } = tokensOf(await enter(person.access, orgId));
    expect(claimsOf(tokensOf(await enter(access, person.orgId, {})).access)).toMatchObject({ org_id: person.orgId, roles: ['org_admin'] });
    expect(await told('operator.left', (one) => one.orgId === orgId)).toMatchObject({ entry: { actor: { id: person.id }, details: { reason: 'switched' } } });
    await enter(access, orgId);
    await factors.passTime(person.id);
    expect(claimsOf(tokensOf(await factors.login(person.email, codeOf(person.secret))).access).org_id).toBe(person.orgId);
    await factors.passTime(person.id);
    expect(codeOfError(await factors.login(person.email, codeOf(person.secret), { org_id: orgId }))).toBe('INVALID_CREDENTIALS');
  });

  it('says why, and proves who they are by a second factor', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    for (const body of [{}, { reason: ' ' }, { reason: 'x'.repeat(201) }]) expect(codeOfError(await enter(person.access, orgId, body))).toBe('VALIDATION_ERROR');
    await factors.age(person.id, 11);
    expect(await enter(person.access, orgId)).toMatchObject({ json: { error: { code: 'REAUTHENTICATION_REQUIRED', details: [{ field: 'code' }] } } });
    await factors.passTime(person.id);
    expect((await factors.reauthenticate(person.access, { code: codeOf(person.secret) })).status).toBeLessThan(300);
    expect((await enter(person.access, orgId)).status).toBe(200);
  });

  it('does not enter by a password alone once the second factor is gone, unless the command said so', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    await sql('delete from auth.totp_factors where account_id = $1', [person.id]);
    const { access } = tokensOf(await auth.people.login(person.email));
    expect(codeOfError(await enter(access, orgId))).toBe('REAUTHENTICATION_REQUIRED');
    await rights.grant(person.id, { withoutSecondFactor: true });
    expect((await enter(access, orgId)).status).toBe(200);
  });

  it('stays while the session refreshes, for an hour at most, and falls back to their own organization', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    const entered = tokensOf(await enter(person.access, orgId));
    const stayed = await auth.people.refresh(entered.refresh);
    expect(claimsOf(tokensOf(stayed).access)).toMatchObject({ org_id: orgId, roles: ['admin'] });
    await sql(`update auth.sessions set operator_until = now() + interval '90 seconds' where id = $1`, [person.sid]);
    const last = await auth.people.refresh(tokensOf(stayed).refresh);
    expect(Number(last.json['expires_in'])).toBeLessThanOrEqual(90);
    await sql(`update auth.sessions set operator_until = now() where id = $1`, [person.sid]);
    expect(claimsOf(tokensOf(await auth.people.refresh(tokensOf(last).refresh)).access)).toMatchObject({ org_id: person.orgId, roles: ['org_admin'] });
    expect(await told('operator.left', (one) => one.orgId === orgId)).toMatchObject({ entry: { details: { reason: 'over' } } });
  });

  it('is out everywhere once the right is revoked, and not elsewhere', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    await factors.passTime(person.id);
    const other = tokensOf(await factors.login(person.email, codeOf(person.secret)));
    const entered = tokensOf(await enter(person.access, orgId));
    expect(await rights.revoke(person.email)).toEqual([person.sid]);
    expect((await auth.people.refresh(entered.refresh)).status).toBe(401);
    expect(codeOfError(await enter(other.access, orgId))).toBe('NOT_FOUND');
    expect((await auth.people.refresh(other.refresh)).status).toBe(200);
    expect(await told('operator.left', (one) => one.orgId === orgId)).toMatchObject({ entry: { actor: { kind: 'system' }, details: { reason: 'no_longer_allowed', operator_id: person.id } } });
    // Once more, should the announcement have failed.
    expect(await rights.revoke(person.email)).toEqual([person.sid]);
  });

  it('never stays inside when the right is revoked at the moment of entering', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    for (let turn = 0; turn < 8; turn += 1) {
      await rights.grant(person.id, plain);
      await factors.passTime(person.id);
      const { access } = tokensOf(await factors.login(person.email, codeOf(person.secret)));
      const [entered, ended] = await Promise.all([enter(access, orgId), rights.revoke(person.id)]);
      const sid = claimsOf(access).sid;
      if (entered.status === 200) expect(ended).toContain(sid);
      else expect([entered.status, ended.includes(sid)]).toEqual([404, false]);
    }
  });

  it('is led out by the next refresh where the right is gone by other means', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    const { refresh } = tokensOf(await enter(person.access, orgId));
    await sql('delete from auth.operators where account_id = $1', [person.id]);
    expect(claimsOf(tokensOf(await auth.people.refresh(refresh)).access).org_id).toBe(person.orgId);
  });

  it('never enters an organization that is deleted or was never there, and is out of one that gets deleted', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    expect((await enter(person.access, person.id)).status).toBe(404);
    const { access } = tokensOf(await enter(person.access, orgId));
    await auth.queues.publish(organizationChanged, { org_id: orgId, name: 'Gone', version: 2, deleted: true }, orgId);
    await until('the end of the visit', async () => (await auth.request('GET', '/me', { token: access })).status === 401);
    await factors.passTime(person.id);
    const again = tokensOf(await factors.login(person.email, codeOf(person.secret)));
    expect((await enter(again.access, orgId)).status).toBe(404);
  });

  it('makes nothing there that outlives the visit: no API key, no client app', async () => {
    const person = await operator();
    const { orgId } = await auth.people.member();
    const { access: token } = tokensOf(await enter(person.access, orgId));
    const client = { name: 'App', grant_types: ['client_credentials'], token_endpoint_auth_method: 'client_secret_post' };
    const attempts = [
      await auth.request('POST', '/api-keys', { token, body: { name: 'Key', permissions: ['assets.read'] } }),
      await auth.request('POST', '/oauth-clients', { token, body: client }),
    ];
    expect(attempts.map(codeOfError)).toEqual(['FORBIDDEN', 'FORBIDDEN']);
  });
});

describe('whoever is no operator', () => {
  it('enters no other organization, with a reason or without, whatever their role', async () => {
    const { access } = await factors.signedIn();
    const { orgId } = await auth.people.member();
    for (const body of [{}, { reason }]) expect(codeOfError(await enter(access, orgId, body))).toBe('NOT_FOUND');
  });
});
