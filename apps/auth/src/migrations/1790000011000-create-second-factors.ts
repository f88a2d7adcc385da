import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Second factors belong to people, as accounts do: no organization, no row-level security. */
export class CreateSecondFactors1790000011000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.totp_factors (
        id uuid primary key,
        account_id uuid not null unique references auth.accounts (id) on delete cascade,
        secret bytea not null,
        secret_key_id text not null,
        created_at timestamptz not null default now(),
        confirmed_at timestamptz,
        last_step bigint not null default 0
      );
      create index totp_factors_unconfirmed on auth.totp_factors (created_at) where confirmed_at is null;
      grant select, insert, update, delete on auth.totp_factors to auth_app;

      create table auth.recovery_codes (
        account_id uuid not null references auth.accounts (id) on delete cascade,
        hash bytea not null check (octet_length(hash) = 32),
        created_at timestamptz not null default now(),
        used_at timestamptz,
        primary key (account_id, hash)
      );
      grant select, insert, update, delete on auth.recovery_codes to auth_app;

      create table auth.mfa_tokens (
        hash bytea primary key check (octet_length(hash) = 32),
        account_id uuid not null references auth.accounts (id) on delete cascade,
        password_version integer not null,
        methods text[] not null check (cardinality(methods) > 0),
        requested_org_id uuid,
        tries integer not null default 0 check (tries >= 0),
        created_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at),
        used_at timestamptz
      );
      create index mfa_tokens_by_account on auth.mfa_tokens (account_id);
      create index mfa_tokens_by_end on auth.mfa_tokens (expires_at);
      grant select, insert, update, delete on auth.mfa_tokens to auth_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table auth.mfa_tokens; drop table auth.recovery_codes; drop table auth.totp_factors;`);
  }
}
