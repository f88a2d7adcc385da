import { bootstrapFunctionSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// What each organization holds goes first, by an event of its own.
const closureSql = `
  alter table users.accounts add column closed_at timestamptz;
  create index accounts_closed on users.accounts (closed_at) where closed_at is not null;
  create function users.overdue_closures(days integer, max_accounts integer) returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.user_id from users.accounts a
    where a.closed_at < now() - make_interval(days => days)
      and not exists (select from users.members m where m.user_id = a.user_id)
    order by a.closed_at limit max_accounts
  $$;`;

// Across organizations the policy allows what is over, and nothing else. Accepted ones go with the member.
const over = (alias: string): string => `${alias}status <> 'accepted' and ${alias}expires_at < now() - interval '30 days'`;
const invitationsSql = `
  create index invitations_by_end on users.invitations (expires_at) where status <> 'accepted';
  create policy bootstrap_forgets on users.invitations for delete to users_bootstrap using (${over('')});
  grant delete on users.invitations to users_bootstrap;
  create function users.forget_invitations(max_invitations integer) returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp as $$
    with forgotten as (
      delete from users.invitations i where (i.org_id, i.id) in
        (select o.org_id, o.id from users.invitations o where ${over('o.')} limit max_invitations)
      returning 1
    )
    select count(*) from forgotten
  $$;`;

/** People close their accounts, which are deleted in time; invitations that are long over are forgotten. */
export class CloseAccounts1790000015000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${closureSql} ${invitationsSql}`);
    await runner.query(bootstrapFunctionSql('users', 'overdue_closures(integer, integer)'));
    await runner.query(bootstrapFunctionSql('users', 'forget_invitations(integer)'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function users.forget_invitations(integer);
      revoke delete on users.invitations from users_bootstrap;
      drop policy bootstrap_forgets on users.invitations;
      drop index users.invitations_by_end;
      drop function users.overdue_closures(integer, integer);
      drop index users.accounts_closed;
      alter table users.accounts drop column closed_at;`);
  }
}
