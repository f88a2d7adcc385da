import { createHash } from 'node:crypto';
import { invitationChanged, invitationMailRequested, membershipChanged } from '@atrium/contracts/domain-events';
import type { Invitation } from '@atrium/contracts/users';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nthVersion, type Person, randomEmail, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;
let stranger: Person;
let siteA: string;
let siteB: string;
let adminA: Person;

beforeAll(async () => {
  users = await UsersApp.start();
  [admin, stranger] = [await users.founder(), await users.founder()];
  [siteA, siteB] = [await users.site(admin), await users.site(admin)];
  adminA = await users.member(admin, 'site_admin', siteA);
});
afterAll(() => users?.stop());

const invite = async (by: Person, body: Record<string, unknown>, path = '/invitations') =>
  users.call(await users.tokenOf(by), 'POST', path, { body });
const accept = (userId: string, token: string) =>
  users.call(users.tokenWithoutOrganization(userId), 'POST', '/invitations/accept', { body: { token } });
const mailedToken = async (orgId: string, id: unknown): Promise<string> => {
  const mails = await users.published(invitationMailRequested, orgId);
  return String(mails.find((mail) => mail['invitation_id'] === id)?.['token']);
};
const invited = async (email: string, body: Record<string, unknown> = { role_id: 2 }) => {
  const answer = await invite(admin, { email, ...body });
  return { id: String(answer.body['id']), token: await mailedToken(admin.orgId, answer.body['id']) };
};

describe('an invitation', () => {
  it.each(['/invitations', '/users'])('made at %s mails its token, of which only the hash is kept and told', async (path) => {
    const email = randomEmail();
    const answer = await invite(admin, { email, role_id: 2, site_id: siteA }, path);
    expect(answer).toMatchObject({ status: 201, body: { email, role_id: 2, role_name: 'editor', site_id: siteA, status: 'pending' } });
    const token = await mailedToken(admin.orgId, answer.body['id']);
    expect(Buffer.from(token, 'base64url')).toHaveLength(32);
    const token_hash = createHash('sha256').update(token).digest('hex');
    const told = (await users.published(invitationChanged, admin.orgId)).filter((event) => event['invitation_id'] === answer.body['id']);
    expect(told).toMatchObject([{ email, token_hash, status: 'pending', version: 1 }]);
    const { rows } = await users.store.superuser.query<{ row: string }>(`select i::text as row from users.invitations i where id = $1`, [answer.body['id']]);
    expect(rows[0]?.row).toContain(token_hash);
    expect(rows[0]?.row).not.toContain(token);
    expect(JSON.stringify([answer.body, users.log])).not.toContain(token);
  });

  it('lasts seven days', async () => {
    const { body } = await invite(admin, { email: randomEmail(), role_id: 3 });
    expect(Date.parse(String(body['expires_at'])) - Date.parse(String(body['created_at']))).toBe(7 * 86_400_000);
  });

  it('replaces an earlier one for the same e-mail, role and site, whose token dies', async () => {
    const email = randomEmail();
    const first = await invited(email);
    const second = await invited(email.toUpperCase());
    const other = await invited(email, { role_id: 3 });
    const { userId } = await users.register({ email });
    expect((await accept(userId, first.token)).status).toBe(400);
    expect((await accept(userId, second.token)).status).toBe(200);
    expect((await accept(userId, other.token)).status).toBe(200);
  });

  it('is one however many are made at once', async () => {
    const email = randomEmail();
    const answers = await Promise.all([1, 2, 3, 4].map(() => invite(admin, { email, role_id: 3 })));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    const { rows } = await users.store.superuser.query(`select 1 from users.invitations where email = $1 and status = 'pending'`, [email]);
    expect(rows).toHaveLength(1);
  });

  it('is not made for a member, an unknown role, or a site that is not there', async () => {
    expect((await invite(admin, { email: adminA.email, role_id: 3 })).status).toBe(409);
    expect((await invite(admin, { email: adminA.email.toUpperCase(), role_id: 3 })).status).toBe(409);
    expect((await invite(admin, { email: randomEmail(), role_id: 999 })).status).toBe(404);
    expect((await invite(admin, { email: randomEmail(), role_id: 3, site_id: newId() })).status).toBe(404);
    expect((await invite(stranger, { email: randomEmail(), role_id: 3, site_id: siteA })).status).toBe(404);
    expect((await invite(admin, { email: 'nobody', role_id: 3 })).status).toBe(400);
  });

  it('promises no more than the inviter holds', async () => {
    expect((await invite(adminA, { email: randomEmail(), role_id: 5, site_id: siteA })).status).toBe(201);
    expect((await invite(adminA, { email: randomEmail(), role_id: 3 })).status).toBe(403);
    expect((await invite(adminA, { email: randomEmail(), role_id: 4, site_id: siteA })).status).toBe(403);
    expect((await invite(adminA, { email: randomEmail(), role_id: 3, site_id: siteB })).status).toBe(404);
    expect((await invite(adminA, { email: randomEmail(), role_id: 4 }, '/users')).status).toBe(403);
  });
});

describe('accepting', () => {
  it('is answered alike when it comes twice under one key, which stands for that token alone', async () => {
    const { userId, email } = await users.register();
    const [first, other] = [await invited(email), await invited(email, { role_id: 3 })];
    const headers = { 'idempotency-key': newId() };
    const send = (token: string) =>
      users.call(users.tokenWithoutOrganization(userId), 'POST', '/invitations/accept', { body: { token }, headers });
    const answers = [await send(first.token), await send(first.token)];
    expect(answers.map(({ status, body }) => [status, body])).toEqual(Array(2).fill([200, { org_id: admin.orgId }]));
    expect((await send(other.token)).status).toBe(422);
  });

  it('joins once, gives the promised role and tells the membership', async () => {
    const email = randomEmail();
    const { token } = await invited(email, { role_id: 6, site_id: siteB });
    const { userId } = await users.register({ email });
    const answers = await Promise.all([1, 2, 3].map(() => accept(userId, token)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400]);
    expect(answers.find(({ status }) => status === 200)?.body).toEqual({ org_id: admin.orgId });
    const told = (await users.published(membershipChanged, admin.orgId)).filter((membership) => membership['user_id'] === userId);
    expect(told).toMatchObject([{ version: nthVersion(1), active: true, roles: [{ name: 'member', site_id: siteB }] }]);
    expect((await users.call(users.tokenWithoutOrganization(userId), 'GET', '/orgs')).body['data']).toHaveLength(2);
  });

  it('fails alike for a wrong, revoked, expired, used or somebody else’s token, and for an unknown account', async () => {
    const email = randomEmail();
    const { userId } = await users.register({ email });
    const [revoked, expired, foreign, unheard] = await Promise.all([
      invited(email, { role_id: 2 }),
      invited(email, { role_id: 3 }),
      invited(randomEmail()),
      invited(randomEmail()),
    ]);
    await users.call(await users.tokenOf(admin), 'DELETE', `/invitations/${revoked.id}`);
    await users.store.superuser.query(`update users.invitations set expires_at = now() where id = $1`, [expired.id]);
    const answers = await Promise.all([
      accept(userId, 'A'.repeat(43)),
      accept(userId, revoked.token),
      accept(userId, expired.token),
      accept(userId, foreign.token),
      accept(newId(), unheard.token),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400, 400]);
    expect(new Set(answers.map(({ body }) => JSON.stringify({ ...(body['error'] as object), request_id: '' }))).size).toBe(1);
  });

  it('is a conflict for a role that is held already', async () => {
    const email = randomEmail();
    const { token } = await invited(email, { role_id: 3 });
    const { userId } = await users.register({ email });
    await users.store.superuser.query(`insert into users.members (org_id, user_id, email) values ($1, $2, $3)`, [admin.orgId, userId, email]);
    await users.store.superuser.query(`insert into users.role_assignments (org_id, user_id, role_id) values ($1, $2, 3)`, [admin.orgId, userId]);
    expect((await accept(userId, token)).status).toBe(409);
  });

  it('is refused to somebody whom the organization disabled', async () => {
    const person = await users.member(admin, 'viewer');
    await users.call(await users.tokenOf(admin), 'DELETE', `/users/${person.userId}/roles/3`);
    await users.store.superuser.query(`update users.members set status = 'disabled' where user_id = $1`, [person.userId]);
    const { token } = await invited(person.email);
    expect((await accept(person.userId, token)).status).toBe(400);
  });
});

describe('the list of invitations', () => {
  const listed = async (by: Person) => (await users.call(await users.tokenOf(by), 'GET', '/invitations')).body['data'] as Invitation[];

  it('shows an expired one as expired, and nothing of other organizations', async () => {
    const { id } = await invited(randomEmail());
    await users.store.superuser.query(`update users.invitations set expires_at = now() where id = $1`, [id]);
    expect((await listed(admin)).find((invitation) => invitation.id === id)?.status).toBe('expired');
    expect(await listed(stranger)).toEqual([]);
  });

  it('ends at the sites where one may invite, and so does taking one back', async () => {
    const here = await invited(randomEmail(), { role_id: 3, site_id: siteA });
    const there = await invited(randomEmail(), { role_id: 3, site_id: siteB });
    const everywhere = await invited(randomEmail(), { role_id: 3 });
    const seen = await listed(adminA);
    expect(seen.every(({ site_id }) => site_id === siteA)).toBe(true);
    expect(seen.map(({ id }) => id)).toContain(here.id);
    const revoke = async (by: Person, id: string) => (await users.call(await users.tokenOf(by), 'DELETE', `/invitations/${id}`)).status;
    expect(await revoke(adminA, there.id)).toBe(404);
    expect(await revoke(adminA, everywhere.id)).toBe(404);
    expect(await revoke(stranger, here.id)).toBe(404);
    expect(await revoke(adminA, here.id)).toBe(204);
    expect(await revoke(adminA, here.id)).toBe(409);
    expect(await revoke(admin, newId())).toBe(404);
  });

  it('holds the newest 200', async () => {
    const crowd = await users.founder();
    await users.store.superuser.query(
      `insert into users.invitations (org_id, id, email, role_id, token_hash, invited_by, created_at, expires_at)
       select $1, gen_random_uuid(), 'n' || n || '@example.com', 3, encode(sha256(n::text::bytea), 'hex'), $2, now() - n * interval '1 s', now() + interval '1 day'
       from generate_series(1, 250) n`,
      [crowd.orgId, crowd.userId],
    );
    const list = await listed(crowd);
    expect(list).toHaveLength(200);
    expect(list[0]?.email).toBe('n1@example.com');
  });
});
