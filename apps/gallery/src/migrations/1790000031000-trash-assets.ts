import { bootstrapFunctionSql, currentOrgSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// What was rejected may be put in the trash as well, and comes back as what it was.
const assetsSql = `
  alter table gallery.assets
    add column trashed_at timestamptz,
    add column purging_since timestamptz,
    drop constraint assets_check,
    drop constraint assets_ready_is_verified,
    add constraint assets_rejected_has_reason check (
      case status when 'rejected' then rejection_reason is not null when 'trashed' then true else rejection_reason is null end),
    add constraint assets_ready_is_verified check (
      case status when 'ready' then ready_key is not null and verified_etag is not null
        when 'trashed' then (ready_key is not null and verified_etag is not null) <> (rejection_reason is not null) else true end),
    add constraint assets_trashed_since check ((status = 'trashed') = (trashed_at is not null)),
    add constraint assets_purged_from_trash check (purging_since is null or status = 'trashed');
  comment on column gallery.assets.purging_since is 'Its objects are being removed: it does not come back';
  create index assets_trashed on gallery.assets (trashed_at) where status = 'trashed';
  create index assets_purging on gallery.assets (org_id, id) where purging_since is not null;`;

// The service itself deletes no asset: the function does, and a policy keeps it to what is purged or erased.
const deletionSql = `
  drop policy bootstrap_erases on gallery.assets;
  create policy bootstrap_purges on gallery.assets as restrictive for delete to gallery_bootstrap using (
    purging_since is not null or exists (
      select from gallery.erasures e
      where e.org_id = assets.org_id and e.user_id = assets.created_by and assets.created_at <= e.until));
  drop function gallery.delete_erased_assets(uuid[]);
  create function gallery.purge_assets(ids uuid[]) returns setof gallery.assets
  language sql security definer set search_path = pg_catalog, pg_temp as $$
    delete from gallery.assets a where a.org_id = ${currentOrgSql} and a.id = any (ids) returning a.*
  $$;
  ${bootstrapFunctionSql('gallery', 'purge_assets(uuid[])')}`;

const dueSql = `
  create function gallery.organizations_with_overdue_trash(days integer, max integer) returns table (org_id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.org_id from gallery.assets a where a.status = 'trashed' and a.trashed_at < now() - make_interval(days => days)
    union select a.org_id from gallery.assets a where a.purging_since is not null
    limit max
  $$;
  ${bootstrapFunctionSql('gallery', 'organizations_with_overdue_trash(integer, integer)')}`;

/** Assets go to the trash, come back from it, and are purged in time. */
export class TrashAssets1790000031000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${assetsSql} ${deletionSql} ${dueSql}`);
  }

  /** What was rejected and is in the trash has no place in the older table: it must have been purged before. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function gallery.organizations_with_overdue_trash(integer, integer);
      drop function gallery.purge_assets(uuid[]);
      drop policy bootstrap_purges on gallery.assets;
      create policy bootstrap_erases on gallery.assets as restrictive for delete to gallery_bootstrap using (exists (
        select from gallery.erasures e
        where e.org_id = assets.org_id and e.user_id = assets.created_by and assets.created_at <= e.until));
      create function gallery.delete_erased_assets(ids uuid[]) returns void
      language sql security definer set search_path = pg_catalog, pg_temp as $$
        delete from gallery.assets a where a.org_id = ${currentOrgSql} and a.id = any (ids)
      $$;
      ${bootstrapFunctionSql('gallery', 'delete_erased_assets(uuid[])')}
      drop index gallery.assets_trashed, gallery.assets_purging;
      alter table gallery.assets
        drop constraint assets_purged_from_trash, drop constraint assets_trashed_since,
        drop constraint assets_ready_is_verified, drop constraint assets_rejected_has_reason,
        add constraint assets_check check ((status = 'rejected') = (rejection_reason is not null)),
        add constraint assets_ready_is_verified check (
          status not in ('ready', 'trashed') or (ready_key is not null and verified_etag is not null)),
        drop column purging_since, drop column trashed_at;`);
  }
}
