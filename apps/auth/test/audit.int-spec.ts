import { randomUUID } from 'node:crypto';
import { type AuditEntry, auditEntry } from '@atrium/contract-kit';
import { auditRecorded, passwordResetRequested } from '@atrium/contracts/domain-events';
import { until } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthBench } from './auth-bench.js';
import { password, tokensOf } from './people.js';

let auth: AuthBench;

beforeAll(async () => {
  // With the limits of sign-in as they are.
  auth = await AuthBench.start({});
});
afterAll(() => auth?.stop());

const fresh = 'a sentence nobody has used before';
const wrong = { password: 'not the one that it is' };

interface Told {
  readonly orgId: string | null;
  readonly requestId: string;
  readonly entry: AuditEntry;
}

/** The first entry of the action about the person, once it is told. */
const told = (userId: string, action: string): Promise<Told> =>
  until(`${action} of ${userId}`, async () => {
    const envelopes = await auth.queues.envelopesOf(auditRecorded);
    const all = envelopes.map(({ org_id: orgId, request_id: requestId, data }) => ({ orgId, requestId, entry: auditEntry.parse(data) }));
    return all.find(({ entry }) => entry.action === action && entry.resource?.id === userId);
  });

const signIn = async () => {
  const person = await auth.people.member();
  const tokens = tokensOf(await auth.people.login(person.email));
  return { ...person, ...tokens, sessionId: String(decodeJwt(tokens.access)['sid']) };
};

describe('the audit log', () => {
  it('knows who registered and proved their address, which is of no organization', async () => {
    const { id } = await auth.people.verified();
    for (const action of ['user.registered', 'email.verified']) {
      expect(await told(id, action)).toMatchObject({ orgId: null, entry: { outcome: 'success', actor: { kind: 'user', id } } });
    }
  });

  it('knows sign-ins by the session that they opened, in its organization', async () => {
    const person = await signIn();
    expect(await told(person.id, 'session.opened')).toMatchObject({
      orgId: person.orgId, entry: { actor: { kind: 'user', id: person.id, session_id: person.sessionId }, details: { methods: ['pwd'] } },
    });
  });

  it('knows failed sign-ins of people it knows, where they were last, by nobody', async () => {
    const person = await signIn();
    const headers = { 'x-request-id': `request-${randomUUID()}` };
    await auth.request('POST', '/login', { body: { email: person.email, ...wrong }, headers });
    expect(await told(person.id, 'user.sign_in_failed')).toMatchObject({
      orgId: person.orgId, requestId: headers['x-request-id'], entry: { outcome: 'failure', actor: { kind: 'anonymous', id: null }, details: { reason: 'wrong password' } },
    });
    const unverified = await auth.people.register(`${randomUUID()}@example.com`);
    const { id, email } = unverified.json as { id: string; email: string };
    await auth.people.login(email);
    expect(await told(id, 'user.sign_in_failed')).toMatchObject({ orgId: null, entry: { details: { reason: 'e-mail not verified' } } });
  });

  it('tells a flood of guesses in a few entries, and that it was stopped', async () => {
    const person = await signIn();
    for (let attempt = 0; attempt < 8; attempt += 1) await auth.people.login(person.email, wrong, '198.51.100.7');
    expect(await told(person.id, 'user.sign_in_throttled')).toMatchObject({ orgId: person.orgId, entry: { outcome: 'denied', actor: { kind: 'anonymous' } } });
    const envelopes = await auth.queues.envelopesOf(auditRecorded);
    const failures = envelopes.map(({ data }) => auditEntry.parse(data)).filter(({ action, resource }) => action === 'user.sign_in_failed' && resource?.id === person.id);
    expect(failures).toHaveLength(1);
  });

  it('shows no organization what happens to a person who has left it', async () => {
    const person = await signIn();
    await auth.people.change(person.id, person.orgId, 2, []);
    await auth.people.login(person.email, wrong);
    expect((await told(person.id, 'user.sign_in_failed')).orgId).toBeNull();
  });

  it('knows changed and reset passwords, and who asked', async () => {
    const person = await signIn();
    const change = (current: string) => auth.request('POST', '/password/change', { token: person.access, body: { current_password: current, password: fresh, password_confirm: fresh } });
    expect((await change('not the one')).status).toBe(401);
    expect((await change(password)).status).toBe(204);
    const actor = { kind: 'user', id: person.id, session_id: person.sessionId };
    expect(await told(person.id, 'password.refused')).toMatchObject({ orgId: person.orgId, entry: { outcome: 'failure', actor } });
    expect(await told(person.id, 'password.changed')).toMatchObject({ orgId: person.orgId, entry: { actor, details: { sessions_ended: 0 } } });
    await auth.request('POST', '/password/forgot', { body: { email: person.email } });
    const { token } = await auth.queues.hear(passwordResetRequested, ({ user_id }) => user_id === person.id);
    await auth.request('POST', '/password/reset', { body: { token, password, password_confirm: password } });
    expect(await told(person.id, 'password.reset_requested')).toMatchObject({ orgId: person.orgId, entry: { actor: { kind: 'anonymous' } } });
    expect(await told(person.id, 'password.reset')).toMatchObject({ orgId: person.orgId, entry: { actor: { kind: 'user', id: person.id, session_id: null }, details: { sessions_ended: 1 } } });
  });

  it('knows the end of sessions and how it came', async () => {
    const person = await signIn();
    await auth.request('POST', '/logout', { token: person.access, body: {} });
    expect(await told(person.id, 'session.ended')).toMatchObject({ orgId: person.orgId, entry: { details: { reason: 'logout', sessions_ended: 1 } } });
  });

  it('raises a used refresh token that comes again', async () => {
    const person = await signIn();
    const second = tokensOf(await auth.people.refresh(person.refresh));
    await auth.people.refresh(second.refresh);
    expect((await auth.people.refresh(person.refresh)).status).toBe(401);
    expect(await told(person.id, 'session.reuse_detected')).toMatchObject({
      orgId: person.orgId, entry: { outcome: 'denied', actor: { kind: 'anonymous' }, details: { session_id: person.sessionId } },
    });
  });

  it('tells an organization that a person entered it, not from where', async () => {
    const person = await signIn();
    const other = await auth.people.join(person.id, 'viewer');
    expect((await auth.request('POST', '/switch-org', { token: person.access, body: { org_id: other } })).status).toBe(200);
    const { orgId, entry } = await told(person.id, 'session.organization_switched');
    expect(orgId).toBe(other);
    expect(JSON.stringify(entry)).not.toContain(person.orgId);
  });

  it('holds no address, password or token', async () => {
    const text = JSON.stringify(await auth.queues.envelopesOf(auditRecorded));
    expect(text).not.toMatch(/@example|correct horse|nobody has used|not the one|eyJ|\$argon2/);
  });
});
