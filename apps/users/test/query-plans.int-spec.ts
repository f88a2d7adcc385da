import 'reflect-metadata';
import { systemRoles } from '@atrium/contracts/users';
import { type Database, newId, type TenantTransaction } from '@atrium/platform/database';
import { plansWithin, type QueryPlan, type ServiceDatabase, startServiceDatabase, watched } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InvitationRepository } from '../src/invitations/invitation.repository.js';
import { MemberRepository } from '../src/memberships/member.repository.js';
import { RoleAssignmentRepository } from '../src/memberships/role-assignment.repository.js';
import { usersMigrations } from '../src/migrations/index.js';
import { containsPattern } from '../src/people/user-filter.js';
import type { UserOrder } from '../src/people/user-order.js';
import { UserRepository } from '../src/people/user.repository.js';

const orgId = newId();
const siteId = newId();
const people = 100_000;
const big = ['members', 'role_assignments', 'invitations', 'outbox', 'inbox'];

let store: ServiceDatabase;
let database: Database;
let someone: string;

// Without triggers and foreign keys, which nothing here is about.
const fillSql = `
  set local session_replication_role = replica;
  insert into users.organizations (org_id, name) values ('${orgId}', 'Large');
  insert into users.sites (org_id, id, name) values ('${orgId}', '${siteId}', 'Shop');
  insert into users.members (org_id, user_id, email, first_name, last_name, created_at, last_login)
    select '${orgId}', uuidv7(), 'person' || n || '@' || md5(n::text) || '.example', md5('f' || n), md5('l' || n),
      now() - make_interval(secs => n), case when n % 3 > 0 then now() - make_interval(mins => n % 5000) end
    from generate_series(1, ${people}) n;
  insert into users.role_assignments (org_id, user_id, role_id, site_id)
    select org_id, user_id, case when substr(email, 7, 2) = '77' then ${systemRoles.editor.id} else ${systemRoles.viewer.id} end,
      case when substr(email, 7, 2) = '77' then '${siteId}'::uuid end
    from users.members;
  insert into users.invitations (org_id, id, email, role_id, token_hash, invited_by, expires_at, status)
    select '${orgId}', uuidv7(), 'guest' || n || '@example.com', ${systemRoles.viewer.id}, encode(sha256(n::text::bytea), 'hex'),
      uuidv7(), now() + interval '7 days', case when n % 50 = 0 then 'pending' else 'revoked' end
    from generate_series(1, ${people}) n;
  insert into users.outbox (id, destinations, payload) select uuidv7(), '{auth-inbox}', '{}' from generate_series(1, 20000);
  insert into users.inbox (message_id, consumer) select uuidv7(), 'users-inbox' from generate_series(1, ${people});
  analyze users.organizations, users.members, users.role_assignments, users.invitations, users.outbox, users.inbox, users.sites;`;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'users', migrations: usersMigrations });
  database = await store.openApp(2);
  await store.superuser.query(fillSql);
  const { rows } = await store.superuser.query<{ user_id: string }>(`select user_id from users.members where email like 'person50000@%'`);
  someone = rows[0]?.user_id ?? '';
}, 60_000);
afterAll(() => store?.stop());

async function plansOf(work: (tx: TenantTransaction) => Promise<unknown>): Promise<QueryPlan[]> {
  const plans: QueryPlan[] = [];
  await database.inTenant(orgId, (tx) => work(watched(tx, plans)));
  return plans;
}

const indexesOf = (plans: readonly QueryPlan[]): string[] => plans.flatMap(({ indexes }) => indexes);

function expectNoScan(plans: readonly QueryPlan[]): void {
  expect(plans.length).toBeGreaterThan(0);
  expect(plans.flatMap(({ scanned }) => scanned).filter((table) => big.includes(table))).toEqual([]);
}

const users = new UserRepository();
const everybody = { scope: 'all' } as const;
const lists: readonly [UserOrder, string][] = [
  ['created_at', 'members_by_age'],
  ['-created_at', 'members_by_age'],
  ['email', 'members_by_email'],
  ['-email', 'members_by_email'],
  ['last_login', 'members_by_login'],
  ['-last_login', 'members_by_login'],
];

describe(`among ${people} people no hot query reads a table from end to end`, () => {
  it.each(lists)('a page in the order of %s reads %s', async (order, index) => {
    const plans = await plansOf((tx) => users.page(tx, everybody, { order, limit: 20, offset: 1_000 }));
    expectNoScan(plans);
    expect(indexesOf(plans)).toContain(index);
  });

  it.each(lists)('the page after a cursor in the order of %s reads %s, from the place itself', async (order, index) => {
    const [last] = await database.inTenant(orgId, (tx) => users.page(tx, everybody, { order, limit: 1, offset: people - 5_000 }));
    const after = { key: last?.position_key ?? null, id: last?.user_id ?? '' };
    const plans = await plansOf((tx) => users.page(tx, everybody, { order, limit: 20, after }));
    expectNoScan(plans);
    expect(indexesOf(plans)).toContain(index);
  });

  it('the search finds by trigrams, whoever asks', async () => {
    const within = await plansWithin(
      store.superuser,
      `select id from users.search_members($1, $2) id`,
      [containsPattern('person5000'), 1_001],
      { 'app.org_id': orgId },
    );
    expectNoScan(within);
    expect(indexesOf(within)).toContain('members_search');
  });

  it('a text that many people have is found by reading on, in the organization’s own part of the table', async () => {
    const settings = { 'app.org_id': orgId };
    const within = await plansWithin(store.superuser, `select id from users.search_members($1, $2) id`, [containsPattern('person'), 1_001], settings);
    const plans = await plansOf((tx) => users.page(tx, { scope: 'all', text: { kind: 'pattern', pattern: containsPattern('person') } }, { order: 'email', limit: 20 }));
    expectNoScan([...within, ...plans]);
    expect(indexesOf(within)).not.toContain('members_search');
    expect(indexesOf(plans)).toContain('members_by_email');
  });

  it('a page of what was found reads by an index', async () => {
    const ids = [someone, ...Array.from({ length: 900 }, newId)];
    const plans = await plansOf((tx) => users.page(tx, { scope: 'all', text: { kind: 'ids', ids } }, { order: 'email', limit: 20, offset: 0 }));
    expectNoScan(plans);
    expect(indexesOf(plans)).not.toEqual([]);
  });

  it('a narrowed list is counted and its page read in one look, by indexes', async () => {
    const few = { scope: 'all', text: { kind: 'ids', ids: [someone, newId()] } } as const;
    const page = { order: 'email', limit: 20 } as const;
    expectNoScan(await plansOf((tx) => users.countWithPage(tx, few, page, 10_000)));
    expectNoScan(await plansOf((tx) => users.countWithPage(tx, { scope: 'all', roleIds: [systemRoles.editor.id] }, page, 10_000)));
    const found = await database.inTenant(orgId, (tx) => users.countWithPage(tx, few, page, 10_000));
    expect({ ...found, people: found.people?.map(({ user_id }) => user_id) }).toEqual({ total: 1, people: [someone] });
  });

  it('a list longer than is counted tells where counting ended, and leaves its page to be read in order', async () => {
    const many = { scope: 'all', text: { kind: 'pattern', pattern: containsPattern('person') } } as const;
    expect(await database.inTenant(orgId, (tx) => users.countWithPage(tx, many, { order: 'email', limit: 20 }, 1_000))).toEqual({ total: 1_000 });
  });

  it('who holds a role, or one at a site, is found by the index of roles and of sites', async () => {
    const byRole = await plansOf((tx) => users.findFewHolders(tx, { scope: 'all', roleIds: [systemRoles.editor.id] }));
    const bySite = await plansOf((tx) => users.findFewHolders(tx, { scope: [siteId] }));
    expectNoScan([...byRole, ...bySite]);
    expect(indexesOf(byRole)).toContain('role_assignments_by_role');
    expect(indexesOf(bySite)).toContain('role_assignments_by_site');
  });

  it('a person, their roles and the organizations that they are in are found by their keys', async () => {
    const member = await plansOf((tx) => new MemberRepository().find(tx, someone));
    const held = await plansOf((tx) => new RoleAssignmentRepository().heldBy(tx, [someone]));
    const own: QueryPlan[] = [];
    await database.asUser(someone, (tx) => new MemberRepository().organizationsOf(watched(tx, own), someone));
    expectNoScan([...member, ...held, ...own]);
    // Most people are in one organization: by either key it is one row.
    expect(['members_pkey', 'members_of_user']).toContain(indexesOf(member)[0]);
    expect(indexesOf(held)[0]).toMatch(/^role_assignments_(once|of_user)$/);
    expect(indexesOf(own)).toContain('members_of_user');
  });

  it('an invitation is found by the hash of its token, and those to an address by it', async () => {
    const within = await plansWithin(store.superuser, `select * from users.invitation_by_token($1)`, ['0'.repeat(64)]);
    expectNoScan(within);
    expect(indexesOf(within)).toContain('invitations_token');
    expectNoScan(await plansOf((tx) => new InvitationRepository().listTo(tx, 'guest77@example.com')));
  });

  it('the relay claims what is due by its index, and the inbox knows a message by its key', async () => {
    const claim = await plansWithin(store.superuser, `select * from users.outbox_claim(10, '10 seconds')`, []);
    expectNoScan(claim);
    expect(indexesOf(claim)).toContain('outbox_due');
    const plans: QueryPlan[] = [];
    const known = `select 1 from users.inbox where message_id = $1 and consumer = 'users-inbox'`;
    await database.withoutTenant((tx) => watched(tx, plans).manager.query(known, [newId()]));
    expect(indexesOf(plans)).toEqual(['inbox_pkey']);
  });
});
