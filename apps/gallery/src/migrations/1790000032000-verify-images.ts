import { bootstrapFunctionSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * What is known of an image once it is decoded. `stored_*` differ from what was declared, and are null else. Images that
 * were ready before have no derivatives yet, and get them as the backlog does.
 */
const assetsSql = `
  alter table gallery.assets
    add column width integer check (width > 0),
    add column height integer check (height > 0),
    add column frames integer check (frames > 0),
    add column placeholder text check (length(placeholder) <= 64),
    add column dominant_color text check (dominant_color ~ '^#[0-9a-f]{6}$'),
    add column derivatives integer[],
    add column derivative_attempts smallint not null default 0,
    add column stored_size bigint check (stored_size > 0),
    add column stored_sha256 text check (stored_sha256 ~ '^[0-9a-f]{64}$');
  comment on column gallery.assets.derivatives is 'Widths of the copies that exist; null until they are made';
  -- Small: images of which something is missing.
  create index assets_without_derivatives on gallery.assets (derivative_attempts, updated_at)
    where status = 'ready' and derivatives is null and content_type like 'image/%';
  create function gallery.assets_without_derivatives(max_attempts integer, max integer)
  returns table (org_id uuid, id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.org_id, a.id from gallery.assets a
    where a.status = 'ready' and a.derivatives is null and a.content_type like 'image/%' and a.derivative_attempts < max_attempts
    order by a.derivative_attempts, a.updated_at limit max
  $$;
  create function gallery.count_without_derivatives(max_attempts integer) returns table (waiting bigint, given_up bigint)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select count(*) filter (where a.derivative_attempts < max_attempts), count(*) filter (where a.derivative_attempts >= max_attempts)
    from gallery.assets a where a.status = 'ready' and a.derivatives is null and a.content_type like 'image/%'
  $$;
  ${bootstrapFunctionSql('gallery', 'assets_without_derivatives(integer, integer)')}
  ${bootstrapFunctionSql('gallery', 'count_without_derivatives(integer)')}`;

/** A row per organization that chose something. */
const settingsSql = `
  create table gallery.settings (
    org_id uuid primary key,
    allowed_content_types text[] not null check (cardinality(allowed_content_types) > 0),
    strip_original_metadata boolean not null,
    version integer not null default 1,
    updated_at timestamptz not null default now()
  );
  ${tenantTableSql('gallery', 'settings')}`;

export class VerifyImages1790000032000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(assetsSql);
    await runner.query(settingsSql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop table gallery.settings;
      drop function gallery.count_without_derivatives(integer);
      drop function gallery.assets_without_derivatives(integer, integer);
      drop index gallery.assets_without_derivatives;
      alter table gallery.assets
        drop column width,
        drop column height,
        drop column frames,
        drop column placeholder,
        drop column dominant_color,
        drop column derivatives,
        drop column derivative_attempts,
        drop column stored_size,
        drop column stored_sha256;`);
  }
}
