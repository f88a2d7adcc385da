import { bootstrapFunctionSql, bootstrapReadsSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const functions = ['find_api_key(bytea)', 'api_keys_deleted_since(timestamptz)', 'overdue_api_keys(integer)'];

/** Keys by which programs act for a person in one organization. Deleted ones stay a while: their use is worth telling. */
export class CreateApiKeys1790000014000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table auth.api_keys (
        org_id uuid not null,
        id uuid not null,
        user_id uuid not null references auth.accounts (id) on delete cascade,
        prefix text not null check (prefix ~ '^atr_[a-z]+_[0-9A-Za-z]{6}$'),
        hash bytea not null unique check (octet_length(hash) = 32),
        name text not null check (length(name) between 1 and 120),
        permissions text[] not null check (cardinality(permissions) between 1 and 100),
        site_id uuid,
        created_at timestamptz not null default now(),
        expires_at timestamptz not null check (expires_at > created_at),
        last_used_at timestamptz,
        refused_at timestamptz,
        deleted_at timestamptz,
        primary key (org_id, id)
      );
      create index api_keys_of_org on auth.api_keys (org_id, created_at, id) where deleted_at is null;
      create index api_keys_of_person on auth.api_keys (org_id, user_id, created_at, id);
      -- Across organizations: an account that goes takes its keys with it; what is over is looked for.
      create index api_keys_by_account on auth.api_keys (user_id);
      create index api_keys_by_expiry on auth.api_keys (expires_at);
      create index api_keys_by_deletion on auth.api_keys (deleted_at) where deleted_at is not null;
      ${tenantTableSql('auth', 'api_keys')}
      ${bootstrapReadsSql('auth', 'api_keys')}

      create function auth.find_api_key(wanted_hash bytea)
      returns table (org_id uuid, id uuid, user_id uuid, permissions text[], site_id uuid, expires_at timestamptz, deleted_at timestamptz)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select k.org_id, k.id, k.user_id, k.permissions, k.site_id, k.expires_at, k.deleted_at
        from auth.api_keys k where k.hash = wanted_hash
      $$;

      -- For revocations that a crash may have kept from the shared state.
      create function auth.api_keys_deleted_since(since timestamptz) returns setof uuid
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select k.id from auth.api_keys k where k.deleted_at > since
      $$;

      create function auth.overdue_api_keys(max_keys integer) returns table (org_id uuid, id uuid)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select k.org_id, k.id from auth.api_keys k
        where k.deleted_at < now() - interval '30 days' or k.expires_at < now() - interval '30 days' limit max_keys
      $$;
      ${functions.map((signature) => bootstrapFunctionSql('auth', signature)).join('\n')}
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const signature of functions) await runner.query(`drop function auth.${signature}`);
    await runner.query(`drop table auth.api_keys`);
  }
}
