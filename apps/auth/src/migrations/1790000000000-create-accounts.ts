import type { MigrationInterface, QueryRunner } from 'typeorm';

/** People and the tokens that are mailed to them. A person belongs to no single organization: neither do these tables. */
export class CreateAccounts1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.accounts (
        id uuid primary key,
        email text not null unique check (email = lower(email) and length(email) between 3 and 254),
        password_hash text not null check (password_hash like '$argon2id$%'),
        email_verified_at timestamptz,
        status text not null default 'active' check (status in ('active', 'disabled')),
        last_org_id uuid,
        created_at timestamptz not null default now(),
        updated_at timestamptz not null default now()
      );
      grant select, insert, update on auth.accounts to auth_app;

      create table auth.email_tokens (
        hash bytea primary key check (octet_length(hash) = 32),
        account_id uuid not null references auth.accounts (id) on delete cascade,
        purpose text not null check (purpose in ('verify_email')),
        created_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at),
        used_at timestamptz
      );
      create index email_tokens_by_account on auth.email_tokens (account_id, purpose);
      create index email_tokens_by_end on auth.email_tokens (expires_at);
      grant select, insert, update, delete on auth.email_tokens to auth_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table auth.email_tokens; drop table auth.accounts;`);
  }
}
