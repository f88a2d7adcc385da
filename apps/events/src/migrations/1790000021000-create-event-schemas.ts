import { bootstrapFunctionSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// A name that is deleted keeps its row, so that a version never stands for two schemas. The limits hold in the service.
const catalogSql = `
  create table events.schemas (
    org_id uuid not null,
    name text not null check (length(name) between 1 and 256),
    version integer not null check (version > 0),
    description text check (length(description) <= 500),
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    deleted_at timestamptz,
    primary key (org_id, name)
  );
  create table events.schema_versions (
    org_id uuid not null,
    name text not null,
    version integer not null,
    schema jsonb not null,
    created_at timestamptz not null default now(),
    primary key (org_id, name, version),
    foreign key (org_id, name) references events.schemas (org_id, name)
  );
  ${tenantTableSql('events', 'schemas', { grants: 'select, insert, update' })}
  ${tenantTableSql('events', 'schema_versions', { grants: 'select, insert, delete' })}`;

const judgingSql = `
  alter table events.sources
    add column schema_mode text not null default 'off' check (schema_mode in ('off', 'observe', 'enforce')),
    add column unknown_events text not null default 'allow' check (unknown_events in ('allow', 'quarantine'))`;

const findByWriteKeySql = (columns: string, values: string) => `
  drop function events.find_source_by_write_key(text);
  create function events.find_source_by_write_key(key text)
  returns table (org_id uuid, site_id uuid, source_id uuid${columns})
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.org_id, s.site_id, s.id${values}
    from events.sources s
    left join events.sites d on d.org_id = s.org_id and d.site_id = s.site_id
    where s.write_key = key and s.enabled and s.deleted_at is null and not coalesce(d.deleted, false)
  $$;
  ${bootstrapFunctionSql('events', 'find_source_by_write_key(text)')}`;

/** The event catalog, and what each source makes of it. */
export class CreateEventSchemas1790000021000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${catalogSql} ${judgingSql};
      ${findByWriteKeySql(', schema_mode text, unknown_events text', ', s.schema_mode, s.unknown_events')}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`${findByWriteKeySql('', '')}
      alter table events.sources drop column schema_mode, drop column unknown_events;
      drop table events.schema_versions;
      drop table events.schemas;`);
  }
}
