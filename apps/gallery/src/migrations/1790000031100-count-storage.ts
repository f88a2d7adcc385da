import { bootstrapFunctionSql, bootstrapReadsSql, currentOrgSql, tenantTableSql, unforced } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

const noSite = '00000000-0000-0000-0000-000000000000';

// Every upload updates two rows here: free space on their pages keeps that from touching the index.
const usageSql = `
  create table gallery.usage (
    org_id uuid not null,
    site_id uuid not null,
    bytes_used bigint not null default 0,
    bytes_reserved bigint not null default 0,
    files_used bigint not null default 0,
    files_reserved bigint not null default 0,
    bytes_allowed bigint check (bytes_allowed >= 0),
    files_allowed bigint check (files_allowed >= 0),
    primary key (org_id, site_id)
  ) with (fillfactor = 50);
  comment on table gallery.usage is 'What files take: a row for each site and, as the site ${noSite}, one for the organization';
  comment on column gallery.usage.bytes_used is 'Of files that are ready, in the trash too; as declared, without what is derived from them';
  comment on column gallery.usage.bytes_reserved is 'Of uploads that are awaited or judged';
  comment on column gallery.usage.bytes_allowed is 'Null is the default. An organization''s is set by the operator alone, a site''s by its admins';
  ${tenantTableSql('gallery', 'usage', { grants: 'select' })}
  ${bootstrapReadsSql('gallery', 'usage')}
  grant insert (org_id, site_id, bytes_used, bytes_reserved, files_used, files_reserved),
    update (bytes_used, bytes_reserved, files_used, files_reserved) on gallery.usage to gallery_app;`;

// The service can't change an organization's own limits, whatever it is made to run. The owner, whose command does, is a
// member of the bootstrap role: its policies hold for the owner as well, unless they say who acts.
const ofSites = `(current_user <> 'gallery_bootstrap' or site_id <> '${noSite}')`;
const siteQuotaSql = `
  create policy bootstrap_adds on gallery.usage as restrictive for insert to gallery_bootstrap with check ${ofSites};
  create policy bootstrap_changes on gallery.usage as restrictive for update to gallery_bootstrap using ${ofSites} with check ${ofSites};
  grant insert (org_id, site_id, bytes_allowed, files_allowed), update (bytes_allowed, files_allowed) on gallery.usage to gallery_bootstrap;
  create function gallery.set_site_quota(site uuid, bytes bigint, files bigint) returns void
  language sql volatile security definer set search_path = pg_catalog, pg_temp as $$
    insert into gallery.usage (org_id, site_id, bytes_allowed, files_allowed) values (${currentOrgSql}, site, bytes, files)
    on conflict (org_id, site_id) do update set bytes_allowed = excluded.bytes_allowed, files_allowed = excluded.files_allowed
  $$;
  ${bootstrapFunctionSql('gallery', 'set_site_quota(uuid, bigint, bigint)')}`;

const organizationsSql = `
  create function gallery.organizations_with_files(after uuid, max integer) returns setof uuid
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select u.org_id from gallery.usage u where u.site_id = '${noSite}' and u.org_id > after order by u.org_id limit max
  $$;
  ${bootstrapFunctionSql('gallery', 'organizations_with_files(uuid, integer)')}`;

const countSql = `
  insert into gallery.usage (org_id, site_id, bytes_used, bytes_reserved, files_used, files_reserved)
  select org_id, coalesce(site_id, '${noSite}'),
    coalesce(sum(size) filter (where status in ('ready', 'trashed')), 0),
    coalesce(sum(size) filter (where status in ('pending', 'verifying')), 0),
    count(*) filter (where status in ('ready', 'trashed')), count(*) filter (where status in ('pending', 'verifying'))
  from gallery.assets group by grouping sets ((org_id, site_id), (org_id))`;

/** How much organizations and sites store, what is reserved for uploads, and how much they may. */
export class CountStorage1790000031100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${usageSql} ${siteQuotaSql} ${organizationsSql}`);
    await unforced(runner, 'gallery', ['assets', 'usage'], async () => {
      await runner.query(countSql);
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function gallery.organizations_with_files(uuid, integer);
      drop function gallery.set_site_quota(uuid, bigint, bigint);
      drop table gallery.usage;`);
  }
}
