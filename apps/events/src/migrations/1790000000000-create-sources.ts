import { bootstrapFunctionSql, bootstrapReadsSql, tenantTableSql } from '@atrium/platform/database';
import { dropSiteDirectorySql, siteDirectorySql } from '@atrium/site-directory';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// Write keys are publishable (they ship in web pages), so they are kept in clear and shown to whoever may read sources.
const sourcesSql = `
  create table events.sources (
    org_id uuid not null,
    id uuid not null,
    site_id uuid not null,
    name text not null check (length(name) between 1 and 120),
    write_key text not null check (write_key ~ '^wk_[A-Za-z0-9_-]{32}$'),
    enabled boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (org_id, id)
  );
  create unique index sources_write_key on events.sources (write_key);
  create index sources_of_site on events.sources (org_id, site_id) where deleted_at is null;
  ${tenantTableSql('events', 'sources', { grants: 'select, insert, update' })}
  ${bootstrapReadsSql('events', 'sources')}
  ${bootstrapReadsSql('events', 'sites')}`;

// A request with a write key names no organization: the key does.
const findByWriteKeySql = `
  create function events.find_source_by_write_key(key text)
  returns table (org_id uuid, site_id uuid, source_id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.org_id, s.site_id, s.id
    from events.sources s
    left join events.sites d on d.org_id = s.org_id and d.site_id = s.site_id
    where s.write_key = key and s.enabled and s.deleted_at is null and not coalesce(d.deleted, false)
  $$;
  ${bootstrapFunctionSql('events', 'find_source_by_write_key(text)')}`;

export class CreateSources1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${siteDirectorySql('events')} ${sourcesSql} ${findByWriteKeySql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function events.find_source_by_write_key(text);
      drop table events.sources;
      ${dropSiteDirectorySql('events')}`);
  }
}
