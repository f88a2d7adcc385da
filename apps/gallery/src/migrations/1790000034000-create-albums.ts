import { currentUserSql, tenantTableSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lets foreign keys demand that a file is of the same site. */
const assetsOfSiteSql = `alter table gallery.assets add constraint assets_of_site unique (org_id, site_id, id);`;

// No foreign key leads to sites, as with assets.
const albumsSql = `
  create table gallery.albums (
    org_id uuid not null,
    id uuid not null,
    site_id uuid not null,
    name text not null check (length(name) between 1 and 120),
    description text not null default '' check (length(description) <= 2000),
    cover_asset_id uuid,
    created_by uuid,
    version integer not null default 1,
    created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(),
    primary key (org_id, id),
    constraint albums_of_site unique (org_id, site_id, id)
  );
  comment on column gallery.albums.created_by is 'Null once the person has been erased';
  create index albums_by_time on gallery.albums (org_id, created_at, id);
  create index albums_by_site_and_time on gallery.albums (org_id, site_id, created_at, id);
  create index albums_by_creator on gallery.albums (created_by, created_at, id);
  ${tenantTableSql('gallery', 'albums', { alsoVisible: `created_by = ${currentUserSql}` })}`;

/*
 * Positions are compared byte by byte, whatever the database's language. They are unique at the end of a statement, so
 * that one statement may hand them round. A purged asset takes its items along; one in the trash keeps its place.
 */
const itemsSql = `
  create table gallery.album_items (
    org_id uuid not null,
    album_id uuid not null,
    asset_id uuid not null,
    site_id uuid not null,
    position text collate "C" not null check (length(position) between 1 and 64),
    primary key (org_id, album_id, asset_id),
    constraint album_items_in_order unique (org_id, album_id, position) deferrable initially immediate,
    constraint album_items_of_album foreign key (org_id, site_id, album_id)
      references gallery.albums (org_id, site_id, id) on delete cascade,
    constraint album_items_of_asset foreign key (org_id, site_id, asset_id)
      references gallery.assets (org_id, site_id, id) on delete cascade
  );
  create index album_items_by_asset on gallery.album_items (org_id, site_id, asset_id);
  ${tenantTableSql('gallery', 'album_items')}
  alter table gallery.albums add constraint albums_cover_is_item foreign key (org_id, id, cover_asset_id)
    references gallery.album_items (org_id, album_id, asset_id) on delete set null (cover_asset_id);`;

/** Albums of a site's files, each in an order of its own. */
export class CreateAlbums1790000034000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${assetsOfSiteSql} ${albumsSql} ${itemsSql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      alter table gallery.albums drop constraint albums_cover_is_item;
      drop table gallery.album_items;
      drop table gallery.albums;
      alter table gallery.assets drop constraint assets_of_site;`);
  }
}
