import { bootstrapFunctionSql, bootstrapReadsSql, currentUserSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// Across organizations the policy allows what is long over, and nothing else.
const over = `expires_at < now() - interval '30 days'`;
const retentionSql = `
  create index shares_by_end on gallery.shares (expires_at);
  create policy bootstrap_forgets on gallery.shares for delete to gallery_bootstrap using (${over});
  grant delete on gallery.shares to gallery_bootstrap;
  create function gallery.forget_shares(max integer) returns bigint
  language sql security definer set search_path = pg_catalog, pg_temp as $$
    with forgotten as (
      delete from gallery.shares s where (s.org_id, s.id) in (select o.org_id, o.id from gallery.shares o where o.${over} limit max) returning 1
    )
    select count(*) from forgotten
  $$;
  ${bootstrapFunctionSql('gallery', 'forget_shares(integer)')}`;

const sharesSql = `
  create table gallery.shares (
    org_id uuid not null,
    id uuid not null,
    site_id uuid not null,
    asset_id uuid,
    album_id uuid,
    token_hash bytea not null check (octet_length(token_hash) = 32),
    password_hash text check (password_hash like '$argon2id$%'),
    expires_at timestamptz(3) not null,
    views bigint not null default 0,
    last_viewed_at timestamptz(3),
    created_by uuid not null,
    created_at timestamptz(3) not null default now(),
    primary key (org_id, id),
    constraint shares_are_of_one_thing check (num_nonnulls(asset_id, album_id) = 1),
    constraint shares_of_asset foreign key (org_id, site_id, asset_id)
      references gallery.assets (org_id, site_id, id) on delete cascade,
    constraint shares_of_album foreign key (org_id, site_id, album_id)
      references gallery.albums (org_id, site_id, id) on delete cascade
  );
  comment on column gallery.shares.token_hash is 'SHA-256 of 256 random bits';
  -- Across organizations: whoever brings a token doesn't say whose it is.
  create unique index shares_token on gallery.shares (token_hash);
  create index shares_by_time on gallery.shares (org_id, created_at, id);
  create index shares_by_asset on gallery.shares (org_id, asset_id) where asset_id is not null;
  create index shares_by_album on gallery.shares (org_id, album_id) where album_id is not null;
  create index shares_by_creator on gallery.shares (created_by, created_at, id);
  ${tenantTableSql('gallery', 'shares', { alsoVisible: `created_by = ${currentUserSql}` })}
  ${bootstrapReadsSql('gallery', 'shares')}
  create function gallery.find_share(hash bytea) returns table (org_id uuid, id uuid)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.org_id, s.id from gallery.shares s where s.token_hash = hash
  $$;
  ${bootstrapFunctionSql('gallery', 'find_share(bytea)')}`;

/** Links by which anyone may see a file or an album. */
export class CreateShares1790000034100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${sharesSql} ${retentionSql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function gallery.forget_shares(integer); drop function gallery.find_share(bytea); drop table gallery.shares;');
  }
}
