import { systemRoles } from '@atrium/contracts/users';
import { unforced } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const permission = 'orgs.delete';

/** A permission of an organization's own with the new name goes: it was given for something else. */
async function addPermission(runner: QueryRunner): Promise<void> {
  await runner.query(`delete from users.role_permissions where permission = $1 and permission_owner_id = org_id`, [permission]);
  await runner.query(`delete from users.permissions where name = $1 and org_id is not null`, [permission]);
  await runner.query(`insert into users.permissions (name, description) values ($1, 'Delete the organization') on conflict do nothing`, [
    permission,
  ]);
  await runner.query(
    `insert into users.role_permissions (role_id, permission) select unnest($1::int[]), $2 on conflict do nothing`,
    [[systemRoles.admin.id, systemRoles.org_admin.id], permission],
  );
}

/** Organizations can be deleted, by whoever holds the permission to. A new database is seeded with it already. */
export class DeleteOrganizations1790000006000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`alter table users.organizations add column deleted_at timestamptz`);
    await unforced(runner, 'users', ['permissions', 'role_permissions'], () => addPermission(runner));
  }

  async down(runner: QueryRunner): Promise<void> {
    await unforced(runner, 'users', ['permissions', 'role_permissions'], async () => {
      await runner.query(`delete from users.role_permissions where permission = $1`, [permission]);
      await runner.query(`delete from users.permissions where name = $1`, [permission]);
    });
    await runner.query(`alter table users.organizations drop column deleted_at`);
  }
}
