import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Sessions and their refresh tokens. A session is a person's, its organization only the one that its tokens are for at
 * the moment. At most one refresh token of a session is not rotated: the database holds it so.
 */
export class CreateSessions1790000000100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.sessions (
        id uuid primary key,
        account_id uuid not null references auth.accounts (id) on delete cascade,
        org_id uuid,
        user_agent text check (length(user_agent) <= 512),
        address inet,
        created_at timestamptz not null default now(),
        last_used_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at),
        ended_at timestamptz,
        end_reason text check (end_reason in ('logout', 'logout_all', 'revoked', 'reuse_detected')),
        check ((ended_at is null) = (end_reason is null))
      );
      create index sessions_by_account on auth.sessions (account_id, created_at);
      create index sessions_by_end on auth.sessions (ended_at) where ended_at is not null;
      create index sessions_by_expiry on auth.sessions (expires_at);
      grant select, insert, update, delete on auth.sessions to auth_app;

      create table auth.refresh_tokens (
        hash bytea primary key check (octet_length(hash) = 32),
        session_id uuid not null references auth.sessions (id) on delete cascade,
        generation integer not null check (generation >= 1),
        created_at timestamptz not null default now(),
        rotated_at timestamptz,
        successor_salt bytea check (octet_length(successor_salt) = 32),
        unique (session_id, generation),
        check (successor_salt is null or rotated_at is not null)
      );
      create unique index refresh_tokens_live on auth.refresh_tokens (session_id) where rotated_at is null;
      create index refresh_tokens_with_salt on auth.refresh_tokens (rotated_at) where successor_salt is not null;
      grant select, insert, update, delete on auth.refresh_tokens to auth_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table auth.refresh_tokens; drop table auth.sessions;`);
  }
}
