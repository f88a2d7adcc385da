import { createHash, randomUUID } from 'node:crypto';
import { invitationChanged, memberErased, membershipChanged, organizationChanged } from '@atrium/contracts/domain-events';
import { Database, migrate } from '@atrium/platform/database';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateIdentities1790000013000 } from '../src/migrations/1790000013000-create-identities.js';
import { authMigrations } from '../src/migrations/index.js';
import { InvitationRepository } from '../src/memberships/invitation.repository.js';
import { MembershipRepository } from '../src/memberships/membership.repository.js';
import { RetentionJob } from '../src/retention/retention.job.js';
import { AuthBench } from './auth-bench.js';
import { tokensOf } from './people.js';

let auth: AuthBench;
let database: Database;

beforeAll(async () => {
  auth = await AuthBench.start();
  database = auth.app.get(Database);
});
afterAll(() => auth?.stop());

const role = (name: string) => ({ name, site_id: null, permissions: [] });
const membershipOf = async (orgId: string, userId: string) => {
  const { rows } = await auth.engines.superuser.query<{ version: number; active: boolean; roles: { name: string }[] }>(
    'select version, active, roles from auth.memberships where org_id = $1 and user_id = $2',
    [orgId, userId],
  );
  return rows[0];
};

describe('memberships', () => {
  it('keep the newest version, in whatever order events come and however often', async () => {
    const [orgId, userId] = [randomUUID(), randomUUID()];
    await auth.people.change(userId, orgId, 5, [role('editor')]);
    for (const version of [3, 5, 1, 4]) {
      await auth.queues.publish(membershipChanged, { org_id: orgId, user_id: userId, version, active: true, roles: [role(`old-${version}`)] }, orgId);
    }
    await auth.people.change(userId, orgId, 6, [role('viewer')]);
    await until('all that was told', async () => ((await auth.engines.superuser.query('select 1 from auth.inbox')).rowCount ?? 0) >= 6);
    expect(await membershipOf(orgId, userId)).toMatchObject({ version: 6, active: true, roles: [{ name: 'viewer' }] });
  });

  it('end with the last role', async () => {
    const [orgId, userId] = [randomUUID(), randomUUID()];
    await auth.people.change(userId, orgId, 1, [role('editor')]);
    await auth.people.change(userId, orgId, 2, []);
    expect(await membershipOf(orgId, userId)).toMatchObject({ active: false });
  });

  it('go when the organization forgets the person, with the past invitations to them, and come again with a new one', async () => {
    const { id, orgId, email } = await auth.people.member();
    const invite = (status: 'pending' | 'accepted', version: number) => {
      const invitation = { invitation_id: randomUUID(), email, token_hash: createHash('sha256').update(randomUUID()).digest('hex') };
      return auth.queues.publish(invitationChanged, { ...invitation, status, version, expires_at: new Date().toISOString() }, orgId);
    };
    await invite('accepted', 2);
    await invite('pending', 1);
    const invitations = async () => (await auth.engines.superuser.query(`select status from auth.invitations where email = $1`, [email])).rows;
    await until('the invitations', async () => (await invitations()).length === 2);
    await auth.people.change(id, orgId, 7, []);
    await auth.queues.publish(memberErased, { org_id: orgId, user_id: id, version: 8 }, orgId);
    await until('the erasure', async () => (await membershipOf(orgId, id)) === undefined);
    expect(await invitations()).toEqual([{ status: 'pending' }]);
    await auth.people.change(id, orgId, 1, [role('viewer')]);
    expect(await membershipOf(orgId, id)).toMatchObject({ version: 1, active: true });
  });

  it('give no new token once the organization is deleted', async () => {
    const { id, orgId } = await auth.people.member();
    const other = await auth.people.member();
    await auth.queues.publish(organizationChanged, { org_id: orgId, name: 'Gone', version: 2, deleted: true }, orgId);
    await until('the end of the membership', async () => (await membershipOf(orgId, id))?.active === false);
    expect(await membershipOf(other.orgId, other.id)).toMatchObject({ active: true });
  });

  it('demand their version of older tokens in the shared state, but nothing for a first one', async () => {
    const { id, orgId } = await auth.people.member();
    const demanded = () => auth.engines.superuser.query(`select min_version from state.revocations where subject = $1`, [`membership ${id} ${orgId}`]);
    expect((await demanded()).rows).toEqual([]);
    await auth.people.change(id, orgId, 4, [role('viewer')]);
    await until('the demanded version', async () => (await demanded()).rows.length > 0);
    expect((await demanded()).rows).toEqual([{ min_version: 4 }]);
  });
});

describe('isolation', () => {
  it("shows an organization's rows inside it alone, by row-level security without a filter", async () => {
    const [one, other] = [await auth.people.member(), await auth.people.member()];
    for (const table of ['memberships', 'organizations']) {
      const seen = await database.inTenant(one.orgId, ({ manager }) => manager.query<{ org_id: string }[]>(`select org_id from auth.${table}`));
      expect(new Set(seen.map((row) => row.org_id))).toEqual(new Set([one.orgId]));
      const none = await database.withoutTenant(({ manager }) => manager.query<unknown[]>(`select 1 from auth.${table}`));
      expect(none).toEqual([]);
    }
    expect(other.orgId).not.toBe(one.orgId);
  });

  it('shows a person their own memberships and the names of those organizations, and nothing of others', async () => {
    const [one, other] = [await auth.people.member(), await auth.people.member()];
    const seen = await database.asUser(one.id, async ({ manager }) => ({
      memberships: await manager.query<unknown[]>('select org_id from auth.memberships'),
      organizations: await manager.query<unknown[]>('select org_id from auth.organizations'),
    }));
    expect(seen).toEqual({ memberships: [{ org_id: one.orgId }], organizations: [{ org_id: one.orgId }] });
    const repository = auth.app.get(MembershipRepository);
    expect(await database.asUser(one.id, (tx) => repository.listOfPerson(tx, other.id))).toEqual([]);
  });

  it('lets nobody write a row of another organization, nor read an invitation without its token', async () => {
    const [orgId, foreign] = [randomUUID(), randomUUID()];
    const hash = createHash('sha256').update('token').digest();
    const invitation = [foreign, randomUUID(), 'ann@example.com', hash.toString('hex')];
    const insert = `insert into auth.invitations (org_id, invitation_id, email, token_hash, status, expires_at, version)
      values ($1, $2, $3, $4, 'pending', now() + interval '1 day', 1)`;
    await expect(database.inTenant(orgId, ({ manager }) => manager.query(insert, invitation))).rejects.toThrow(/row-level security/);
    await database.inTenant(foreign, ({ manager }) => manager.query(insert, invitation));
    expect(await database.inTenant(orgId, ({ manager }) => manager.query<unknown[]>('select 1 from auth.invitations'))).toEqual([]);
    const found = await database.withoutTenant((tx) => auth.app.get(InvitationRepository).findByTokenHash(tx, hash));
    expect(found).toMatchObject({ invitation_id: invitation[1], email: 'ann@example.com' });
  });
});

describe('retention', () => {
  it('forgets sessions and mailed tokens a day after their end, one instance at a time', async () => {
    const person = await auth.people.member();
    const [over, live] = [tokensOf(await auth.people.login(person.email)), tokensOf(await auth.people.login(person.email))];
    await auth.request('POST', '/logout', { token: over.access });
    await auth.engines.superuser.query(`update auth.sessions set ended_at = now() - interval '25 hours' where ended_at is not null`);
    await auth.engines.superuser.query(`update auth.email_tokens set used_at = now() - interval '25 hours' where account_id = $1`, [person.id]);
    const job = auth.app.get(RetentionJob);
    expect((await Promise.all([job.run(), job.run()])).filter(Boolean).length).toBeGreaterThanOrEqual(1);
    const left = async (table: string) =>
      (await auth.engines.superuser.query(`select 1 from auth.${table} where account_id = $1`, [person.id])).rowCount;
    expect([await left('sessions'), await left('email_tokens')]).toEqual([1, 0]);
    expect((await auth.people.refresh(live.refresh)).status).toBe(200);
  });
});

it('accounts without a password survive the way back to a release that knows none, and no password opens them', async () => {
  const { ownerDataSource, superuser } = auth.engines;
  const { id, email } = await auth.people.verified();
  await superuser.query('update auth.accounts set password_hash = null where id = $1', [id]);
  await auth.restart(async () => {
    const dataSource = await (await ownerDataSource()).initialize();
    const later = authMigrations.length - authMigrations.indexOf(CreateIdentities1790000013000);
    for (let done = 0; done < later; done += 1) await dataSource.undoLastMigration();
    await dataSource.destroy();
    await migrate(await ownerDataSource());
  });
  const { rows } = await superuser.query('select password_hash from auth.accounts where id = $1', [id]);
  expect(rows).toEqual([{ password_hash: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/) }]);
  expect((await auth.people.login(email)).status).toBe(401);
});

it('migrations run up, down and up again', async () => {
  const { ownerDataSource, superuser } = auth.engines;
  await auth.restart(async () => {
    const dataSource = await ownerDataSource();
    await dataSource.initialize();
    const count = dataSource.migrations.length;
    for (const _ of dataSource.migrations) await dataSource.undoLastMigration();
    const tables = `select relname from pg_class where relnamespace = 'auth'::regnamespace and relkind = 'r' and relname <> 'migrations'`;
    expect((await superuser.query(tables)).rows).toEqual([]);
    await dataSource.destroy();
    expect(await migrate(await ownerDataSource())).toHaveLength(count);
  });
});
