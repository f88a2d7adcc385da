import { unforced } from '@atrium/platform/database';
import type { QueryRunner } from 'typeorm';

/** What a new version of the platform's permissions and roles adds. */
export interface SystemPermissions {
  /** Descriptions by name. */
  readonly permissions: Readonly<Record<string, string>>;
  /** Ids of the platform's roles that hold them all. */
  readonly holders: readonly number[];
}

/** Marks who holds one of the roles: the other services are told anew what they may. */
export async function announceHolders(runner: QueryRunner, roleIds: readonly number[]): Promise<void> {
  await unforced(runner, 'users', ['members', 'member_counts', 'role_assignments'], async () => {
    await runner.query(
      `update users.members m set announce_again = true
       where exists (select from users.role_assignments a where a.org_id = m.org_id and a.user_id = m.user_id and a.role_id = any ($1))`,
      [roleIds],
    );
  });
}

/**
 * Gives a database that was made before what newer ones are seeded with. A permission of an organization's own with a new
 * name goes: it was given for something else.
 */
export async function addSystemPermissions(runner: QueryRunner, { permissions, holders }: SystemPermissions): Promise<void> {
  const names = Object.keys(permissions);
  await unforced(runner, 'users', ['permissions', 'role_permissions'], async () => {
    await runner.query(`delete from users.role_permissions where permission = any ($1) and permission_owner_id = org_id`, [names]);
    await runner.query(`delete from users.permissions where name = any ($1) and org_id is not null`, [names]);
    await runner.query(
      `insert into users.permissions (name, description) select * from unnest($1::text[], $2::text[]) on conflict do nothing`,
      [names, Object.values(permissions)],
    );
    await runner.query(
      `insert into users.role_permissions (role_id, permission)
       select role_id, name from unnest($1::integer[]) role_id, unnest($2::text[]) name on conflict do nothing`,
      [holders, names],
    );
  });
  await announceHolders(runner, holders);
}

export async function removeSystemPermissions(runner: QueryRunner, { permissions }: SystemPermissions): Promise<void> {
  const names = Object.keys(permissions);
  await unforced(runner, 'users', ['permissions', 'role_permissions'], async () => {
    await runner.query(`delete from users.role_permissions where permission = any ($1)`, [names]);
    await runner.query(`delete from users.permissions where name = any ($1) and org_id is null`, [names]);
  });
}
