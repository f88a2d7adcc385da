import { bootstrapFunctionSql, bootstrapReadsSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// A connection names a user and no organization: the account does. Its password has 192 random bits, so that its hash
// needs no salt and no work factor.
export class CreateAnalysts1790000022500 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table events.analysts (
        org_id uuid not null,
        id uuid not null,
        site_id uuid,
        name text not null check (length(name) between 1 and 120),
        username text not null check (username ~ '^analyst_[a-z0-9]{20}$'),
        password_sha256 text not null check (password_sha256 ~ '^[0-9a-f]{64}$'),
        created_at timestamptz not null default now(),
        rotated_at timestamptz,
        primary key (org_id, id)
      );
      create unique index analysts_username on events.analysts (username);
      ${tenantTableSql('events', 'analysts')}
      ${bootstrapReadsSql('events', 'analysts')}
      create function events.find_analyst(wanted text)
      returns table (org_id uuid, id uuid, site_id uuid, password_sha256 text)
      language sql stable security definer set search_path = pg_catalog, pg_temp as $$
        select a.org_id, a.id, a.site_id, a.password_sha256
        from events.analysts a
        left join events.sites s on s.org_id = a.org_id and s.site_id = a.site_id
        where a.username = wanted and not coalesce(s.deleted, false)
      $$;
      ${bootstrapFunctionSql('events', 'find_analyst(text)')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop function events.find_analyst(text); drop table events.analysts;`);
  }
}
