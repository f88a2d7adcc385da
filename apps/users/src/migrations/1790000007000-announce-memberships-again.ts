import { systemRoles } from '@atrium/contracts/users';
import { bootstrapFunctionSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { announceHolders } from './system-permissions.js';

/** When a migration changes a role of the platform, the other services must hear of who holds it. */
export class AnnounceMembershipsAgain1790000007000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table users.members add column announce_again boolean not null default false;
      create index members_to_announce on users.members (org_id, user_id) where announce_again;
      create function users.members_to_announce(max_members integer) returns table (org_id uuid, user_id uuid)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select m.org_id, m.user_id from users.members m where m.announce_again order by m.org_id, m.user_id limit max_members
      $$;`);
    await runner.query(bootstrapFunctionSql('users', 'members_to_announce(integer)'));
    await announceHolders(runner, [systemRoles.admin.id, systemRoles.org_admin.id]);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function users.members_to_announce(integer);
      drop index users.members_to_announce;
      alter table users.members drop column announce_again;`);
  }
}
