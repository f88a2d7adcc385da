import 'reflect-metadata';
import { catalogProblems, type ServiceDatabase, startServiceDatabase } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usersMigrations } from '../src/migrations/index.js';

let store: ServiceDatabase;

beforeAll(async () => {
  store = await startServiceDatabase({ service: 'users', migrations: usersMigrations, migrated: false });
});
afterAll(() => store.stop());

const names = async (sql: string): Promise<string[]> => (await store.superuser.query<{ name: string }>(sql)).rows.map((row) => row.name);

describe('the schema', () => {
  it('goes up, down and up again, leaving nothing behind', async () => {
    const dataSource = await (await store.ownerDataSource()).initialize();
    const count = (await dataSource.runMigrations()).length;
    for (let done = 0; done < count; done += 1) await dataSource.undoLastMigration();
    const objects = await names(`
      select c.relname as name from pg_class c where c.relnamespace = 'users'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
        and c.relname not in ('migrations', 'migrations_id_seq')
      union all select p.proname from pg_proc p where p.pronamespace = 'users'::regnamespace`);
    expect(objects).toEqual([]);
    expect(await dataSource.runMigrations()).toHaveLength(count);
    await dataSource.destroy();
  });

  it('gives an existing database the newer permissions, and takes none of an organization’s own for them', async () => {
    const dataSource = await (await store.ownerDataSource()).initialize();
    const known = () => names(`select name from users.permissions where name = 'orgs.delete'`);
    while ((await known()).length > 0) await dataSource.undoLastMigration();
    const org = '00000000-0000-4000-8000-0000000000ff';
    await store.superuser.query(`insert into users.organizations (org_id, name) values ($1, 'Old')`, [org]);
    await store.superuser.query(`insert into users.permissions (org_id, name, description) values ($1, 'orgs.delete', 'Their own')`, [org]);
    await store.superuser.query(
      `with role as (insert into users.roles (org_id, name, rank) values ($1, 'old', 5) returning id)
       insert into users.role_permissions (org_id, role_id, permission, permission_owner_id) select $1, id, 'orgs.delete', $1 from role`,
      [org],
    );
    await store.superuser.query(`insert into users.members (org_id, user_id, email) values ($1, $1, 'a@example.com'), ($1, uuidv7(), 'v@example.com')`, [org]);
    await store.superuser.query(`insert into users.role_assignments (org_id, user_id, role_id) select org_id, user_id, case email when 'a@example.com' then 4 else 3 end from users.members where org_id = $1`, [org]);
    await dataSource.runMigrations();
    await dataSource.destroy();
    expect(await names(`select email as name from users.members where announce_again`)).toEqual(['a@example.com']);
    expect(await names(`select name from users.permissions where name = 'orgs.delete'`)).toEqual(['orgs.delete']);
    const holders = `select role_id::text as name from users.role_permissions where permission = 'orgs.delete' order by role_id`;
    expect(await names(holders)).toEqual(['1', '4']);
    expect(await names(holders.replace('orgs.delete', 'oauth_clients.manage'))).toEqual(['1', '4']);
    await store.superuser.query(`delete from users.roles where org_id = $1`, [org]);
  });

  it('is closed between organizations in every table and function', async () => {
    expect(await catalogProblems(store.superuser, 'users')).toEqual([]);
  });

  it('has row-level security enabled, forced and with a policy on every table with an organization', async () => {
    const open = await names(`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
      where c.relnamespace = 'users'::regnamespace and c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity
        and exists (select from pg_policy p where p.polrelid = c.oid))`);
    const tenantTables = await names(`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
      where c.relnamespace = 'users'::regnamespace and c.relkind in ('r', 'p')`);
    expect(tenantTables.length).toBeGreaterThanOrEqual(9);
    expect(open).toEqual([]);
  });

  it('has an index that leads with the organization on every table with one', async () => {
    const without = await names(`
      select c.relname as name from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'org_id'
      where c.relnamespace = 'users'::regnamespace and c.relkind in ('r', 'p')
        and not exists (select from pg_index i where i.indrelid = c.oid and i.indkey[0] = a.attnum)`);
    expect(without).toEqual([]);
  });

  it('serves requests by a role that owns nothing and bypasses nothing', async () => {
    const owned = await names(`select relname as name from pg_class where relowner = 'users_app'::regrole`);
    const bypassing = await names(`select rolname as name from pg_roles where rolname like 'users%' and (rolbypassrls or rolsuper)`);
    expect([...owned, ...bypassing]).toEqual([]);
  });

  it('knows every permission and role of the catalog, and no other', async () => {
    const { permissionCatalog, systemRoles } = await import('@atrium/contracts/users');
    expect(await names('select name from users.permissions order by name')).toEqual(Object.keys(permissionCatalog).toSorted());
    for (const [name, { id, permissions }] of Object.entries(systemRoles)) {
      expect(await names(`select name from users.roles where id = ${id}`)).toEqual([name]);
      const held = await names(`select permission as name from users.role_permissions where role_id = ${id}`);
      expect(held.toSorted()).toEqual([...permissions].toSorted());
    }
  });

  it("refuses another organization's role, member or site in an assignment by its keys alone", async () => {
    const [a, b, user] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000c'];
    await store.superuser.query(`insert into users.organizations (org_id, name) values ($1, 'A'), ($2, 'B')`, [a, b]);
    await store.superuser.query(`insert into users.members (org_id, user_id, email) values ($1, $2, 'x@example.com')`, [a, user]);
    await store.superuser.query(`insert into users.sites (org_id, id, name) values ($1, $2, 'of B')`, [b, b]);
    const custom = await store.superuser.query<{ id: number }>(`insert into users.roles (org_id, name, rank) values ($1, 'custom', 5) returning id`, [b]);
    const assign = (org: string, role: number | undefined, site: string | null) =>
      store.superuser.query(`insert into users.role_assignments (org_id, user_id, role_id, site_id) values ($1, $2, $3, $4)`, [org, user, role, site]);
    await expect(assign(a, custom.rows[0]?.id, null)).rejects.toThrow(/foreign key/);
    await expect(assign(a, 3, b)).rejects.toThrow(/foreign key/);
    await expect(assign(b, 3, null)).rejects.toThrow(/foreign key/);
    await expect(assign(a, 3, null)).resolves.toBeDefined();
  });
});
