import { systemRoles } from '@atrium/contracts/users';
import { unforced } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const permissions = {
  'events.manage': 'Change how long events are kept',
  'events.erase': "Erase a person's events",
  'analysts.manage': 'Give tools direct access to events',
};
const names = Object.keys(permissions);
const holders = [systemRoles.admin.id, systemRoles.org_admin.id];

/** A permission of an organization's own with a new name goes: it was given for something else. */
async function clearNames(runner: QueryRunner): Promise<void> {
  await runner.query(`delete from users.role_permissions where permission = any ($1) and permission_owner_id = org_id`, [names]);
  await runner.query(`delete from users.permissions where name = any ($1) and org_id is not null`, [names]);
}

/** Databases that were made before get what newer ones are seeded with. */
export class PermissionsOfEvents1790000022500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await unforced(runner, 'users', ['permissions', 'role_permissions', 'members', 'member_counts', 'role_assignments'], async () => {
      await clearNames(runner);
      await runner.query(
        `insert into users.permissions (name, description) select * from unnest($1::text[], $2::text[]) on conflict do nothing`,
        [names, Object.values(permissions)],
      );
      const added: unknown[] = await runner.query(
        `insert into users.role_permissions (role_id, permission) select role_id, name from unnest($1::integer[]) role_id, unnest($2::text[]) name
         on conflict do nothing returning role_id`,
        [holders, names],
      );
      if (added.length === 0) return;
      await runner.query(
        `update users.members m set announce_again = true
         where exists (select from users.role_assignments a where a.org_id = m.org_id and a.user_id = m.user_id and a.role_id = any ($1))`,
        [holders],
      );
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await unforced(runner, 'users', ['permissions', 'role_permissions'], async () => {
      await runner.query(`delete from users.role_permissions where permission = any ($1)`, [names]);
      await runner.query(`delete from users.permissions where name = any ($1) and org_id is null`, [names]);
    });
  }
}
