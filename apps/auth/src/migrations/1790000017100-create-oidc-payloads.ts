import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What the OpenID Connect provider remembers: sign-ins of browsers, grants, codes, tokens. Ids are hashed, since to know
 * one is to hold it. A browser's sign-in and a grant each have a session, and are over with it.
 */
export class CreateOidcPayloads1790000017100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.oidc_payloads (
        model text not null check (length(model) <= 40),
        id bytea not null check (octet_length(id) = 32),
        payload jsonb not null check (pg_column_size(payload) <= 32768),
        grant_id bytea check (octet_length(grant_id) = 32),
        uid bytea check (octet_length(uid) = 32),
        client_id text check (length(client_id) <= 64),
        session_id uuid references auth.sessions (id) on delete cascade,
        expires_at timestamptz not null,
        consumed_at timestamptz,
        primary key (model, id)
      );
      create index oidc_payloads_of_grant on auth.oidc_payloads (grant_id) where grant_id is not null;
      create index oidc_payloads_by_uid on auth.oidc_payloads (uid) where uid is not null;
      create index oidc_payloads_of_client on auth.oidc_payloads (client_id) where model = 'Grant';
      create index oidc_payloads_of_session on auth.oidc_payloads (session_id) where session_id is not null;
      create index oidc_payloads_by_expiry on auth.oidc_payloads (expires_at);
      grant select, insert, update, delete on auth.oidc_payloads to auth_app;

      create table auth.oidc_sign_ins (
        uid bytea primary key check (octet_length(uid) = 32),
        session_id uuid not null references auth.sessions (id) on delete cascade
      );
      create index oidc_sign_ins_of_session on auth.oidc_sign_ins (session_id);
      grant select, insert, update, delete on auth.oidc_sign_ins to auth_app;
      ${reasonsSql(`${reasonsBefore}, 'grant_revoked'`)}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table auth.oidc_sign_ins; drop table auth.oidc_payloads;
      update auth.sessions set end_reason = 'revoked' where end_reason = 'grant_revoked';
      ${reasonsSql(reasonsBefore)}
    `);
  }
}

const reasonsBefore = `'logout', 'logout_all', 'revoked', 'reuse_detected', 'password_reset', 'password_changed'`;
function reasonsSql(reasons: string): string {
  return `
    alter table auth.sessions drop constraint sessions_end_reason_check;
    alter table auth.sessions add constraint sessions_end_reason_check check (end_reason in (${reasons}));`;
}
