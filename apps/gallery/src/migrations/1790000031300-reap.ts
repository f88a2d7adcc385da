import { bootstrapFunctionSql, bootstrapReadsSql, currentOrgSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const noSite = '00000000-0000-0000-0000-000000000000';

const removalsSql = `
  create table gallery.removals (
    org_id uuid not null,
    site_id uuid not null,
    due_at timestamptz not null,
    runs integer not null default 0,
    primary key (org_id, site_id)
  );
  comment on table gallery.removals is 'Sites and, as the site ${noSite}, organizations that were deleted, with what is to go of them';
  ${tenantTableSql('gallery', 'removals')}
  ${bootstrapReadsSql('gallery', 'removals')}
  create function gallery.due_removals(max integer) returns table (org_id uuid, site_id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select r.org_id, r.site_id from gallery.removals r where r.due_at <= now() order by r.due_at limit max
  $$;
  ${bootstrapFunctionSql('gallery', 'due_removals(integer)')}`;

const erased = `exists (
      select from gallery.erasures e
      where e.org_id = assets.org_id and e.user_id = assets.created_by and assets.created_at <= e.until)`;
const ended = (orgId: string, siteId: string): string => `exists (
      select from gallery.removals r
      where r.org_id = ${orgId} and r.site_id in ('${noSite}', ${siteId}) and r.due_at <= now())`;

const policySql = (alsoEnded: boolean): string => `
  drop policy bootstrap_purges on gallery.assets;
  create policy bootstrap_purges on gallery.assets as restrictive for delete to gallery_bootstrap using (
    purging_since is not null or ${erased} ${alsoEnded ? `or ${ended('assets.org_id', 'assets.site_id')}` : ''});`;

const forgettingSql = `
  create policy bootstrap_forgets_ended on gallery.usage as restrictive for delete to gallery_bootstrap using (
    ${ended('usage.org_id', 'usage.site_id')});
  grant delete on gallery.usage to gallery_bootstrap;
  create function gallery.forget_usage() returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    delete from gallery.usage u where u.org_id = ${currentOrgSql}
  $$;
  ${bootstrapFunctionSql('gallery', 'forget_usage()')}
  grant delete on gallery.sites to gallery_app;`;

const sweepsSql = `
  create table gallery.sweeps (
    name text primary key,
    position text not null,
    moved_at timestamptz not null default now()
  );
  comment on table gallery.sweeps is 'How far passes over buckets and tables have come; without a row they begin anew';
  grant select, insert, update, delete on gallery.sweeps to gallery_app;
  create function gallery.states_of(orgs uuid[], ids uuid[]) returns table (org_id uuid, id uuid, status text, ready_key text)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.org_id, a.id, a.status, a.ready_key
    from unnest(orgs, ids) as asked (org_id, id) join gallery.assets a on a.org_id = asked.org_id and a.id = asked.id
  $$;
  ${bootstrapFunctionSql('gallery', 'states_of(uuid[], uuid[])')}
  create function gallery.ready_assets(after_org uuid, after_id uuid, max integer)
  returns table (org_id uuid, id uuid, ready_key text, size bigint, updated_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.org_id, a.id, case a.status when 'ready' then a.ready_key end, a.size, a.updated_at
    from gallery.assets a where (a.org_id, a.id) > (after_org, after_id) order by a.org_id, a.id limit max
  $$;
  ${bootstrapFunctionSql('gallery', 'ready_assets(uuid, uuid, integer)')}
  create function gallery.reaper_backlog(trash_days integer) returns table (kind text, files bigint, bytes bigint)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select 'expired_upload', count(*), coalesce(sum(a.size), 0)::bigint from gallery.assets a
    where a.status in ('pending', 'verifying') and a.expires_at < now()
    union all select 'trash', count(*), coalesce(sum(a.size), 0)::bigint from gallery.assets a
    where a.status = 'trashed' and (a.purging_since is not null or a.trashed_at < now() - make_interval(days => trash_days))
    union all select 'person', count(*), coalesce(sum(a.size), 0)::bigint from gallery.erasures e
    join gallery.assets a on a.org_id = e.org_id and a.created_by = e.user_id and a.created_at <= e.until
    union all select case r.site_id when '${noSite}' then 'organization' else 'site' end, count(a.id), coalesce(sum(a.size), 0)::bigint
    from gallery.removals r join gallery.assets a on a.org_id = r.org_id and r.site_id in ('${noSite}', a.site_id)
    where r.due_at <= now() group by 1
  $$;
  ${bootstrapFunctionSql('gallery', 'reaper_backlog(integer)')}`;

/** What the reaper removes: deleted sites and organizations, and what buckets and tables hold of no use. */
export class Reap1790000031300 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${removalsSql} ${policySql(true)} ${forgettingSql} ${sweepsSql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function gallery.reaper_backlog(integer);
      drop function gallery.ready_assets(uuid, uuid, integer);
      drop function gallery.states_of(uuid[], uuid[]);
      drop table gallery.sweeps;
      revoke delete on gallery.sites from gallery_app;
      drop function gallery.forget_usage();
      revoke delete on gallery.usage from gallery_bootstrap;
      drop policy bootstrap_forgets_ended on gallery.usage;
      ${policySql(false)}
      drop function gallery.due_removals(integer);
      drop table gallery.removals;`);
  }
}
