import { systemRoles } from '@atrium/contracts/users';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Person, UsersApp } from './users-app.js';

let users: UsersApp;

beforeAll(async () => {
  users = await UsersApp.start();
});
afterAll(() => users?.stop());

const who = fc.nat({ max: 2 });
const role_id = fc.constantFrom(systemRoles.org_admin.id, systemRoles.viewer.id);
const operation = fc.oneof(
  fc.record({ kind: fc.constant('give' as const), by: who, to: who, role_id }),
  fc.record({ kind: fc.constant('take' as const), by: who, to: who, role_id }),
  fc.record({ kind: fc.constantFrom('remove', 'restore', 'leave', 'disable', 'enable'), by: who, to: who }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

async function perform(people: readonly Person[], op: Operation): Promise<number> {
  const [by, to] = [people[op.by], people[op.to]];
  if (!by || !to) throw new Error('There is no such person.');
  if (op.kind === 'leave') return (await users.call(users.tokenWithoutOrganization(to.userId), 'DELETE', '/users/me')).status;
  const path = `/users/${to.userId}`;
  const token = await users.tokenOf(by);
  if (op.kind === 'give') return (await users.call(token, 'POST', `${path}/roles`, { body: { role_id: op.role_id } })).status;
  if (op.kind === 'take') return (await users.call(token, 'DELETE', `${path}/roles/${op.role_id}`)).status;
  if (op.kind === 'remove') return (await users.call(token, 'DELETE', path)).status;
  return (await users.call(token, 'POST', `${path}/${op.kind}`)).status;
}

async function activeAdmins(orgId: string): Promise<{ admins: number; members: number }> {
  const { rows } = await users.store.superuser.query<{ admins: number; members: number }>(
    `select count(*)::int as members, count(*) filter (where exists (select from users.role_assignments a
       where a.org_id = m.org_id and a.user_id = m.user_id and a.role_id = 4 and a.site_id is null))::int as admins
     from users.members m where m.org_id = $1 and m.status = 'active'`,
    [orgId],
  );
  return rows[0] ?? { admins: 0, members: 0 };
}

it('the last org_admin never disappears while anybody is left, whatever is asked in whatever order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { minLength: 4, maxLength: 12 }), async (operations) => {
      const founder = await users.founder();
      const people = [founder, await users.member(founder, 'org_admin'), await users.member(founder, 'viewer')];
      for (const op of operations) {
        expect(await perform(people, op)).toBeLessThan(500);
        const { admins, members } = await activeAdmins(founder.orgId);
        expect(admins > 0 || members === 0).toBe(true);
      }
    }),
    { numRuns: 12 },
  );
}, 60_000);
