import { bootstrapFunctionSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const closureSql = `
  alter table auth.accounts
    add column closed_at timestamptz,
    add column closure_told_at timestamptz,
    add constraint accounts_closed_is_disabled check (closed_at is null or status = 'disabled');
  comment on column auth.accounts.closure_told_at is 'Of what was last heard of its closing or reopening: the latest counts';
  create index accounts_unverified on auth.accounts (created_at) where email_verified_at is null;
  grant delete on auth.accounts to auth_app;`;

// Across organizations the policy allows what is over, and nothing else.
const invitationsSql = `
  create index invitations_by_end on auth.invitations (expires_at);
  create policy bootstrap_forgets on auth.invitations for delete to auth_bootstrap
    using (expires_at < now() - interval '30 days');
  grant delete on auth.invitations to auth_bootstrap;
  create function auth.forget_invitations(max_invitations integer) returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp as $$
    with forgotten as (
      delete from auth.invitations i where (i.org_id, i.invitation_id) in
        (select o.org_id, o.invitation_id from auth.invitations o where o.expires_at < now() - interval '30 days' limit max_invitations)
      returning 1
    )
    select count(*) from forgotten
  $$;`;

/** Accounts are closed, and deleted in time; those that nobody verifies go, and invitations that are long over. */
export class CloseAccounts1790000015000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(closureSql);
    await runner.query(invitationsSql);
    await runner.query(bootstrapFunctionSql('auth', 'forget_invitations(integer)'));
  }

  /** Closed accounts stay disabled: going back lets nobody in. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function auth.forget_invitations(integer);
      revoke delete on auth.invitations from auth_bootstrap;
      drop policy bootstrap_forgets on auth.invitations;
      drop index auth.invitations_by_end;
      revoke delete on auth.accounts from auth_app;
      drop index auth.accounts_unverified;
      alter table auth.accounts
        drop constraint accounts_closed_is_disabled,
        drop column closure_told_at,
        drop column closed_at;`);
  }
}
