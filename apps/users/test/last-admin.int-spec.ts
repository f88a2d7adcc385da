import { systemRoles } from '@atrium/contracts/users';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, UsersApp } from './users-app.js';

let users: UsersApp;

beforeAll(async () => {
  users = await UsersApp.start();
});
afterAll(() => users?.stop());

/** A founder and 49 more org_admins, with a viewer: whoever is left alone may end the organization. */
async function fiftyAdmins(): Promise<Person[]> {
  const founder = await users.founder();
  await users.member(founder, 'viewer');
  const { rows } = await users.store.superuser.query<{ user_id: string; email: string }>(
    `with people as (insert into users.members (org_id, user_id, email)
       select $1, uuidv7(), 'admin' || n || '@example.com' from generate_series(1, 49) n returning user_id, email),
     given as (insert into users.role_assignments (org_id, user_id, role_id) select $1, user_id, $2 from people)
     select user_id, email from people`,
    [founder.orgId, systemRoles.org_admin.id],
  );
  return [founder, ...rows.map(({ user_id, email }) => ({ userId: user_id, email, orgId: founder.orgId }))];
}

async function activeAdmins(orgId: string): Promise<number> {
  const { rows } = await users.store.superuser.query<{ admins: number }>(
    `select count(*)::int as admins from users.members m join users.role_assignments a using (org_id, user_id)
     where m.org_id = $1 and m.status = 'active' and a.role_id = $2 and a.site_id is null`,
    [orgId, systemRoles.org_admin.id],
  );
  return rows[0]?.admins ?? 0;
}

type Way = (by: string, target: Person) => Promise<{ status: number }>;
const ways: Record<string, Way> = {
  demoting: (by, { userId }) => users.call(by, 'DELETE', `/users/${userId}/roles/${systemRoles.org_admin.id}`),
  disabling: (by, { userId }) => users.call(by, 'POST', `/users/${userId}/disable`),
  removing: (by, { userId }) => users.call(by, 'DELETE', `/users/${userId}`),
  leaving: (_, { userId }) => users.call(users.tokenWithoutOrganization(userId), 'DELETE', '/users/me'),
};

/** 503 is a refusal, too: a busy machine may not get through all fifty in the time that a request waits for its turn. */
const refusals = [403, 404, 409, 503];

describe('an org_admin whose address is not verified', () => {
  const verify = ({ userId }: Person) => users.events.emailVerified({ user_id: userId, verified_at: new Date().toISOString() });

  it.each(Object.keys(ways))('stands in for nobody: %s is refused until they have verified it', async (name) => {
    const founder = await users.founder();
    await verify(founder);
    const second = await users.member(founder, 'org_admin');
    // Who asks, where nobody asks for themselves: the second one, as if they had got a token.
    const ask = async () => ways[name]?.(await users.tokenOf(second), founder);
    expect((await ask())?.status).toBe(409);
    await verify(second);
    expect((await ask())?.status).toBeLessThan(300);
  });

  it('keeps nobody else from being removed', async () => {
    const founder = await users.founder();
    const member = await users.member(founder, 'viewer');
    await verify(member);
    expect((await users.call(await users.tokenOf(founder), 'DELETE', `/users/${member.userId}`)).status).toBe(204);
  });
});

describe('of fifty org_admins', () => {
  it.each(Object.keys(ways))('one stays when %s is asked of all of them at once, each by the next', async (name) => {
    const admins = await fiftyAdmins();
    const tokens = await Promise.all(admins.map((person) => users.tokenOf(person)));
    const answers = await Promise.all(admins.map((target, i) => ways[name]?.(tokens[(i + 1) % tokens.length] ?? '', target)));
    const statuses = answers.map((answer) => answer?.status ?? 0);
    const refused = statuses.filter((status) => status !== 200 && status !== 204);
    expect(refused.filter((status) => !refusals.includes(status))).toEqual([]);
    const left = await activeAdmins(admins[0]?.orgId ?? '');
    expect(left).toBeGreaterThanOrEqual(1);
    expect(left).toBe(refused.length);
  });

  it('one stays when all the ways are taken at once', async () => {
    const admins = await fiftyAdmins();
    const tokens = await Promise.all(admins.map((person) => users.tokenOf(person)));
    const asked = admins.flatMap((target, i) => Object.values(ways).map((way) => way(tokens[i] ?? '', target)));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status !== 200 && status !== 204 && !refusals.includes(status))).toEqual([]);
    expect(await activeAdmins(admins[0]?.orgId ?? '')).toBeGreaterThanOrEqual(1);
  });
});
