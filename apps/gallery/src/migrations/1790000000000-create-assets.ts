import { bootstrapFunctionSql, bootstrapReadsSql, idempotencySchemaSql, tenantTableSql } from '@atrium/platform/database';
import { dropInboxSql, dropOutboxSql, inboxSchemaSql, outboxSchemaSql } from '@atrium/platform/messaging';
import { dropSiteDirectorySql, siteDirectorySql } from '@atrium/site-directory';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * No foreign key leads to sites: an upload may be for a site that this service has not heard of yet. Times of creation
 * are kept to the millisecond, which is what cursors hold.
 */
const assetsSql = `
  create table gallery.assets (
    org_id uuid not null,
    id uuid not null,
    site_id uuid not null,
    filename text not null check (octet_length(filename) between 1 and 255),
    content_type text not null check (content_type ~ '^[a-z]+/[a-z0-9.+-]+$'),
    size bigint not null check (size > 0),
    sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
    status text not null check (status in ('pending', 'verifying', 'ready', 'rejected', 'trashed')),
    rejection_reason text check ((status = 'rejected') = (rejection_reason is not null)),
    quarantine_key text not null,
    ready_key text,
    verified_etag text,
    created_by uuid not null,
    expires_at timestamptz not null,
    version integer not null default 1,
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    primary key (org_id, id),
    constraint assets_ready_is_verified check (
      status not in ('ready', 'trashed') or (ready_key is not null and verified_etag is not null)
    ),
    constraint assets_unverified_is_not_ready check (status in ('ready', 'trashed') or ready_key is null)
  );
  create unique index assets_by_quarantine_key on gallery.assets (org_id, quarantine_key);
  create index assets_by_time on gallery.assets (org_id, created_at, id);
  create index assets_by_site_and_time on gallery.assets (org_id, site_id, created_at, id);
  -- For the sweep across organizations; small, since it holds open uploads alone.
  create index assets_open_by_expiry on gallery.assets (expires_at) where status in ('pending', 'verifying');
  ${tenantTableSql('gallery', 'assets', { grants: 'select, insert, update' })}

  create function gallery.overdue_uploads(max integer) returns table (org_id uuid, id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.org_id, a.id from gallery.assets a
    where a.status in ('pending', 'verifying') and a.expires_at < now()
    order by a.expires_at limit max
  $$;
  ${bootstrapReadsSql('gallery', 'assets')}
  ${bootstrapFunctionSql('gallery', 'overdue_uploads(integer)')}`;

export class CreateAssets1790000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(idempotencySchemaSql('gallery'));
    await runner.query(outboxSchemaSql('gallery'));
    await runner.query(inboxSchemaSql('gallery'));
    await runner.query(siteDirectorySql('gallery'));
    await runner.query(assetsSql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function gallery.overdue_uploads(integer)');
    await runner.query('drop table gallery.assets');
    await runner.query(dropSiteDirectorySql('gallery'));
    await runner.query(dropInboxSql('gallery'));
    await runner.query(dropOutboxSql('gallery'));
    await runner.query('drop table gallery.idempotency_keys');
  }
}
