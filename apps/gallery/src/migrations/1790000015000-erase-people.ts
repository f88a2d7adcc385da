import { bootstrapFunctionSql, bootstrapReadsSql, currentOrgSql, currentUserSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const erasuresSql = `
  create table gallery.erasures (
    org_id uuid not null,
    user_id uuid not null,
    until timestamptz not null,
    primary key (org_id, user_id)
  );
  comment on column gallery.erasures.until is 'What the person uploaded later belongs to a later membership, and stays';
  ${tenantTableSql('gallery', 'erasures')}
  ${bootstrapReadsSql('gallery', 'erasures')}
  create function gallery.pending_erasures(max integer) returns table (org_id uuid, user_id uuid, until timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select e.org_id, e.user_id, e.until from gallery.erasures e order by e.until limit max
  $$;
  ${bootstrapFunctionSql('gallery', 'pending_erasures(integer)')}`;

// A person sees their own across organizations, where the transaction is theirs.
const assetsSql = `
  create index assets_by_creator on gallery.assets (created_by, created_at, id);
  create policy also_visible on gallery.assets for select using (created_by = ${currentUserSql});`;

// The service itself deletes no asset: the function does, and a policy, restrictive beside the tenant's, keeps it to what an
// erasure covers.
const deletionSql = `
  create policy bootstrap_erases on gallery.assets as restrictive for delete to gallery_bootstrap using (exists (
    select from gallery.erasures e
    where e.org_id = assets.org_id and e.user_id = assets.created_by and assets.created_at <= e.until));
  grant delete on gallery.assets to gallery_bootstrap;
  create function gallery.delete_erased_assets(ids uuid[]) returns void
  language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from gallery.assets a where a.org_id = ${currentOrgSql} and a.id = any (ids)
  $$;
  ${bootstrapFunctionSql('gallery', 'delete_erased_assets(uuid[])')}`;

/** What people uploaded is deleted with them, and shown to them by the export. */
export class ErasePeople1790000015000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${erasuresSql} ${assetsSql} ${deletionSql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function gallery.delete_erased_assets(uuid[]);
      revoke delete on gallery.assets from gallery_bootstrap;
      drop policy bootstrap_erases on gallery.assets;
      drop policy also_visible on gallery.assets;
      drop index gallery.assets_by_creator;
      drop function gallery.pending_erasures(integer);
      drop table gallery.erasures;`);
  }
}
