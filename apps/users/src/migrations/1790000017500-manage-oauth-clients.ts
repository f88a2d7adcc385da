import { systemRoles } from '@atrium/contracts/users';
import { unforced } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const permission = 'oauth_clients.manage';
const holders = [systemRoles.admin.id, systemRoles.org_admin.id];

/** A permission of an organization's own with the new name goes: it was given for something else. */
async function addPermission(runner: QueryRunner): Promise<void> {
  await runner.query(`delete from users.role_permissions where permission = $1 and permission_owner_id = org_id`, [permission]);
  await runner.query(`delete from users.permissions where name = $1 and org_id is not null`, [permission]);
  await runner.query(
    `insert into users.permissions (name, description) values ($1, 'Register and change client apps') on conflict do nothing`,
    [permission],
  );
  await runner.query(
    `insert into users.role_permissions (role_id, permission) select unnest($1::int[]), $2 on conflict do nothing`,
    [holders, permission],
  );
}

/** Client apps can be registered, by whoever holds the permission to; auth is told anew of those who do. */
export class ManageOAuthClients1790000017500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await unforced(runner, 'users', ['permissions', 'role_permissions'], () => addPermission(runner));
    await unforced(runner, 'users', ['members', 'member_counts', 'role_assignments'], async () => {
      await runner.query(
        `update users.members m set announce_again = true
         where exists (select from users.role_assignments a where a.org_id = m.org_id and a.user_id = m.user_id and a.role_id = any ($1))`,
        [holders],
      );
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await unforced(runner, 'users', ['permissions', 'role_permissions'], async () => {
      await runner.query(`delete from users.role_permissions where permission = $1`, [permission]);
      await runner.query(`delete from users.permissions where name = $1`, [permission]);
    });
  }
}
