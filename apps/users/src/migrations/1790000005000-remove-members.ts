import { bootstrapFunctionSql, bootstrapReadsSql, unforced } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const membersSql = `
  alter table users.members drop constraint members_status_check;
  alter table users.members
    add column removed_at timestamptz,
    add column status_before_removal text check (status_before_removal in ('active', 'disabled')),
    add constraint members_status_check check (status in ('active', 'disabled', 'removed')),
    add constraint members_removal_check
      check ((status = 'removed') = (removed_at is not null) and (removed_at is null) = (status_before_removal is null));
  create index members_removed on users.members (removed_at) where status = 'removed';
  create index invitations_to on users.invitations (email);`;

const lookupsSql = `
  create function users.overdue_removals(days integer, max_members integer) returns table (org_id uuid, user_id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select overdue.org_id, overdue.user_id from (
      select m.org_id, m.user_id from users.members m
      where m.status = 'removed' and m.removed_at < now() - make_interval(days => days)
      order by m.removed_at limit max_members
    ) overdue order by overdue.org_id, overdue.user_id
  $$;
  create function users.organizations_inviting_me() returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select distinct i.org_id from users.invitations i join users.accounts a on a.email = i.email
    where a.user_id = nullif(current_setting('app.user_id', true), '')::uuid and a.email_verified_at is not null
  $$;`;

/** People can be removed from an organization: kept for a while, then deleted. */
export class RemoveMembers1790000005000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${membersSql} ${lookupsSql}`);
    await runner.query(bootstrapFunctionSql('users', 'overdue_removals(integer, integer)'));
    await runner.query(bootstrapFunctionSql('users', 'organizations_inviting_me()'));
    await runner.query(bootstrapReadsSql('users', 'accounts'));
  }

  /** Removed people become disabled ones: going back gives nobody access. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop policy bootstrap on users.accounts;
      revoke select on users.accounts from users_bootstrap;
      drop function users.organizations_inviting_me();
      drop function users.overdue_removals(integer, integer);
      drop index users.invitations_to;
      drop index users.members_removed;
      alter table users.members drop constraint members_removal_check;`);
    await unforced(runner, 'users', ['members', 'member_counts'], async () => {
      await runner.query(`update users.members set status = 'disabled' where status = 'removed'`);
    });
    await runner.query(`
      alter table users.members
        drop column removed_at,
        drop column status_before_removal,
        drop constraint members_status_check,
        add constraint members_status_check check (status in ('active', 'disabled'));`);
  }
}
