import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Passkeys (WebAuthn credentials) of a person, and challenges under way. Neither belongs to an organization. */
export class CreatePasskeys1790000012000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.passkey_handles (
        account_id uuid primary key references auth.accounts (id) on delete cascade,
        handle bytea not null unique check (octet_length(handle) = 64)
      );
      grant select, insert, delete on auth.passkey_handles to auth_app;

      create table auth.passkeys (
        id uuid primary key,
        account_id uuid not null references auth.accounts (id) on delete cascade,
        credential_id bytea not null unique check (octet_length(credential_id) between 1 and 1023),
        public_key bytea not null check (octet_length(public_key) <= 2048),
        sign_count bigint not null check (sign_count between 0 and 4294967295),
        transports text[] not null,
        backup_eligible boolean not null,
        backed_up boolean not null,
        name text not null check (length(name) between 1 and 64),
        created_at timestamptz not null default now(),
        last_used_at timestamptz,
        check (backup_eligible or not backed_up)
      );
      create index passkeys_by_account on auth.passkeys (account_id, created_at);
      grant select, insert, update, delete on auth.passkeys to auth_app;

      create table auth.passkey_challenges (
        hash bytea primary key check (octet_length(hash) = 32),
        ceremony text not null check (ceremony in ('registration', 'login', 'reauthentication')),
        session_id uuid references auth.sessions (id) on delete cascade,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at),
        check ((ceremony = 'login') = (session_id is null))
      );
      create index passkey_challenges_by_end on auth.passkey_challenges (expires_at);
      create index passkey_challenges_by_session on auth.passkey_challenges (session_id) where session_id is not null;
      grant select, insert, delete on auth.passkey_challenges to auth_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop table auth.passkey_challenges; drop table auth.passkeys; drop table auth.passkey_handles;`);
  }
}
