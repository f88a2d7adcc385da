import { accountClosed, accountErased, accountReopened, invitationMailRequested, memberErased, organizationChanged } from '@atrium/contracts/domain-events';
import type { DomainEventDefinition } from '@atrium/contract-kit';
import { newId } from '@atrium/platform/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccountClosure } from '../src/accounts/account-closure.js';
import { MemberErasureJob } from '../src/people/member-erasure.job.js';
import { RetentionJob } from '../src/retention/retention.job.js';
import { type Person, type PublishedEvent, UsersApp } from './users-app.js';

let users: UsersApp;
let admin: Person;

beforeAll(async () => {
  users = await UsersApp.start();
  admin = await users.founder();
});
afterAll(() => users?.stop());

const close = (userId: string) => users.call(users.tokenWithoutOrganization(userId), 'DELETE', '/users/me');
async function told(definition: DomainEventDefinition, userId: string): Promise<PublishedEvent['data'][]> {
  const { rows } = await users.store.superuser.query<{ payload: PublishedEvent }>(
    `select payload from users.outbox where payload->>'type' = $1 and payload->'data'->>'user_id' = $2 order by id`,
    [definition.type, userId],
  );
  return rows.map(({ payload }) => payload.data);
}
const accountOf = async (userId: string) =>
  (await users.store.superuser.query<{ closed: boolean }>(`select closed_at is not null as closed from users.accounts where user_id = $1`, [userId])).rows[0];
/** As if everything of the person had happened so much earlier. */
async function age(userId: string, interval: string): Promise<void> {
  await users.store.superuser.query(`update users.accounts set closed_at = closed_at - $2::interval where user_id = $1`, [userId, interval]);
  await users.store.superuser.query(`update users.members set removed_at = removed_at - $2::interval where user_id = $1`, [userId, interval]);
}

describe('closing one’s account', () => {
  it('tells auth, once, and ends every membership', async () => {
    const person = await users.member(admin, 'editor');
    expect((await close(person.userId)).status).toBe(204);
    expect((await close(person.userId)).status).toBe(204);
    expect(await told(accountClosed, person.userId)).toEqual([{ user_id: person.userId, at: expect.any(String) }]);
    const { rows } = await users.store.superuser.query(`select status from users.members where user_id = $1`, [person.userId]);
    expect(rows).toEqual([{ status: 'removed' }]);
  });

  it('is undone when one is the last org_admin of others', async () => {
    const founder = await users.founder();
    await users.member(founder, 'viewer');
    expect((await close(founder.userId)).status).toBe(409);
    expect(await told(accountClosed, founder.userId)).toEqual([]);
    expect(await accountOf(founder.userId)).toEqual({ closed: false });
  });

  it('ends the organization of whoever is alone in it', async () => {
    const founder = await users.founder();
    expect((await close(founder.userId)).status).toBe(204);
    expect((await users.published(organizationChanged, founder.orgId)).at(-1)).toMatchObject({ deleted: true });
  });

  it('leaves a token of before nothing to found or join an organization with', async () => {
    const person = await users.member(admin, 'viewer');
    const invitation = await users.call(await users.tokenOf(admin), 'POST', '/users', { body: { email: person.email, role_id: 2 } });
    const mails = await users.published(invitationMailRequested, admin.orgId);
    const token = mails.find((mail) => mail['invitation_id'] === invitation.body['id'])?.['token'];
    await close(person.userId);
    const own = users.tokenWithoutOrganization(person.userId);
    expect((await users.call(own, 'POST', '/invitations/accept', { body: { token } })).status).toBe(400);
    expect((await users.call(own, 'POST', '/orgs', { body: { name: 'Mine' } })).status).toBeGreaterThanOrEqual(400);
  });

  it('keeps an organization from restoring the person, until an operator reopens the account', async () => {
    const person = await users.member(admin, 'editor');
    await close(person.userId);
    const restore = async () => users.call(await users.tokenOf(admin), 'POST', `/users/${person.userId}/restore`);
    expect((await restore()).status).toBe(409);
    const closure = users.get(AccountClosure);
    expect([await closure.reopen(person.userId), await closure.reopen(person.userId), await closure.reopen(newId())]).toEqual([true, false, false]);
    const [closed, reopened] = [(await told(accountClosed, person.userId))[0], (await told(accountReopened, person.userId))[0]];
    expect(Date.parse(String(reopened?.['at']))).toBeGreaterThanOrEqual(Date.parse(String(closed?.['at'])));
    expect((await restore()).status).toBe(200);
  });

  it('never leaves a member behind when a restoration comes at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const person = await users.member(admin, 'editor');
      await users.call(await users.tokenOf(admin), 'DELETE', `/users/${person.userId}`);
      const restore = users.call(await users.tokenOf(admin), 'POST', `/users/${person.userId}/restore`);
      const answers = await Promise.all([close(person.userId), restore]);
      expect(answers.every(({ status }) => status < 500)).toBe(true);
      const { rows } = await users.store.superuser.query(`select status from users.members where user_id = $1`, [person.userId]);
      expect(rows).toEqual([{ status: 'removed' }]);
    }
  });
});

describe('a closed account', () => {
  it('is deleted after 30 days, once each organization has deleted what it held, and auth is told', async () => {
    const person = await users.member(admin, 'editor');
    await close(person.userId);
    const [members, retention] = [users.get(MemberErasureJob), users.get(RetentionJob)];
    await age(person.userId, '29 days 23 hours');
    await members.run();
    await retention.run();
    expect(await accountOf(person.userId)).toEqual({ closed: true });
    await age(person.userId, '2 hours');
    await retention.run();
    expect(await accountOf(person.userId)).toEqual({ closed: true });
    await members.run();
    expect(await retention.run()).toBeGreaterThanOrEqual(1);
    expect(await accountOf(person.userId)).toBeUndefined();
    expect(await told(memberErased, person.userId)).toHaveLength(1);
    expect(await told(accountErased, person.userId)).toEqual([{ user_id: person.userId }]);
    expect(await retention.run()).toBe(0);
  });

  it('is kept whose last organization erased them, when they never closed it', async () => {
    const person = await users.member(admin, 'editor');
    await users.call(await users.tokenOf(admin), 'DELETE', `/users/${person.userId}`);
    await age(person.userId, '31 days');
    await users.get(MemberErasureJob).run();
    await users.get(RetentionJob).run();
    expect(await told(memberErased, person.userId)).toHaveLength(1);
    expect(await accountOf(person.userId)).toEqual({ closed: false });
  });
});

describe('an account that auth let expire', () => {
  it('leaves its own organization and those that invited it, whoever else administers them', async () => {
    const founder = await users.founder();
    const invited = await users.member(admin, 'viewer');
    const alone = await users.founder();
    await users.member(alone, 'viewer');
    for (const { userId } of [founder, invited, alone]) await users.events.expired({ user_id: userId });
    const { rows } = await users.store.superuser.query<{ status: string }>(
      `select status from users.members where user_id = any ($1)`,
      [[founder.userId, invited.userId, alone.userId]],
    );
    expect(rows.map(({ status }) => status)).toEqual(['removed', 'removed', 'removed']);
    expect((await users.published(organizationChanged, founder.orgId)).at(-1)).toMatchObject({ deleted: true });
    expect(await told(accountClosed, founder.userId)).toEqual([]);
    expect(users.log).toContainEqual(expect.objectContaining({ event: 'organization_without_admin', org_id: alone.orgId }));
  });

  it('founds nothing when its registration is heard of afterwards', async () => {
    const userId = newId();
    await users.events.expired({ user_id: userId });
    await users.register({ user_id: userId });
    expect(await users.organizationOf(userId)).toBe('');
  });
});

describe('invitations that are over', () => {
  it('are forgotten a month later, but those that were accepted, and those of others that are not over', async () => {
    const member = await users.member(admin, 'viewer');
    const invite = async (email: string) =>
      users.call(await users.tokenOf(admin), 'POST', '/users', { body: { email, role_id: 3 } });
    const addresses = ['a', 'b', 'c'].map((name) => `${name}-${newId()}@example.com`);
    for (const email of addresses) await invite(email);
    const expire = (email: string | undefined, interval: string) =>
      users.store.superuser.query(`update users.invitations set expires_at = now() - $2::interval where email = $1`, [email, interval]);
    await expire(addresses[0], '30 days 1 minute');
    await expire(addresses[1], '29 days');
    await expire(member.email, '60 days');
    await users.get(RetentionJob).run();
    const { rows } = await users.store.superuser.query<{ email: string }>(`select email from users.invitations where email = any ($1)`, [
      [...addresses, member.email],
    ]);
    expect(rows.map(({ email }) => email).toSorted()).toEqual([addresses[1], addresses[2], member.email].toSorted());
  });
});
