import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Devices that somebody signed in from, each with a secret of its own that proves it. */
export class CreateDevices1790000016000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.devices (
        id uuid primary key,
        account_id uuid not null references auth.accounts (id) on delete cascade,
        token_hash bytea not null unique check (octet_length(token_hash) = 32),
        user_agent text check (length(user_agent) <= 512),
        created_at timestamptz not null default now(),
        last_used_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at)
      );
      create index devices_by_account on auth.devices (account_id, last_used_at);
      create index devices_by_expiry on auth.devices (expires_at);
      grant select, insert, update, delete on auth.devices to auth_app;

      alter table auth.sessions add column device_id uuid references auth.devices (id) on delete set null;
      create index sessions_by_device on auth.sessions (device_id) where device_id is not null;
      alter table auth.accounts add column first_signed_in_at timestamptz;
      update auth.accounts a set first_signed_in_at = created_at where exists (select from auth.sessions s where s.account_id = a.id);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table auth.accounts drop column first_signed_in_at;
      alter table auth.sessions drop column device_id;
      drop table auth.devices;
    `);
  }
}
