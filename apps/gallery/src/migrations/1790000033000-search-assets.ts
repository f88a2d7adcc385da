import { bootstrapFunctionSql, currentOrgSql, currentUserSql } from '@atrium/platform/database';
import type { MigrationInterface, QueryRunner } from 'typeorm';

// Without case and accents, by PostgreSQL's own tables of Unicode: the same on every machine, and without an extension.
// Letters that only look as if they were made of two don't decompose, and are named.
const foldedSql = `
  create function gallery.folded(value text) returns text language sql immutable strict parallel safe
  return translate(
    replace(replace(regexp_replace(
      casefold(normalize(value, nfkd) collate "pg_unicode_fast"),
      '[\\u0300-\\u036f]', '', 'g'), 'æ', 'ae'), 'œ', 'oe'),
    'øłđðħıŧ', 'olddhit');

  create function gallery.words_of(value text) returns setof text language sql immutable strict parallel safe
  begin atomic
    select distinct left(word, 60) from regexp_split_to_table(gallery.folded(value) collate "pg_unicode_fast", '[^[:alnum:]]+') word
    where word <> '';
  end;

  create function gallery.tag_term(tag text) returns text language sql immutable strict parallel safe
  return '#' || lower(normalize(tag, nfc) collate "pg_unicode_fast");

  create function gallery.type_term(content_type text) returns text language sql immutable strict parallel safe
  return '=' || content_type;`;

// Each term begins with a part of the organization's id: what others have is read past by the index, not by the query.
const termsSql = `
  create function gallery.own_prefix(org_id uuid) returns text language sql immutable strict parallel safe
  return right(org_id::text, 8);

  create function gallery.search_terms(org_id uuid, filename text, tags text[], content_type text) returns tsvector
  language sql immutable strict parallel safe
  return array_to_tsvector(array(
    select gallery.own_prefix(org_id) || term from (
      select gallery.words_of(filename) as term
      union select gallery.words_of(tag) from unnest(tags) tag
      union select gallery.tag_term(tag) from unnest(tags) tag
      union select gallery.type_term(content_type)) terms));

  create function gallery.search_query(org_id uuid, words text, tag text, content_type text) returns tsquery[]
  language sql immutable parallel safe
  return array(
    select ('''' || replace(replace(gallery.own_prefix(org_id) || term, '\\', '\\\\'), '''', '''''') || '''' || matching)::tsquery
    from (
      select gallery.words_of(words) as term, ':*' as matching
      -- Nothing has this term, so that what has no letter finds nothing instead of everything.
      union all select '?', '' where words is not null and not exists (select from gallery.words_of(words))
      union all select gallery.tag_term(tag), '' where tag is not null
      union all select gallery.type_term(content_type), '' where content_type is not null) terms);`;

const columnsSql = `
  alter table gallery.assets
    add column tags text[] not null default '{}' check (cardinality(tags) <= 50),
    add column metadata jsonb not null default '{}' check (jsonb_typeof(metadata) = 'object'),
    -- As far as it sorts: an entry of an index holds 2,700 bytes at most.
    add column name_key text collate "C" not null generated always as (left(gallery.folded(filename), 100)) stored,
    add column search tsvector not null generated always as (gallery.search_terms(org_id, filename, tags, content_type)) stored;`;

// Lists leave the trash out, unless they show it alone.
const indexesSql = `
  drop index gallery.assets_by_time;
  drop index gallery.assets_by_site_and_time;
  create index assets_by_time on gallery.assets (org_id, created_at, id) where status <> 'trashed';
  create index assets_by_name on gallery.assets (org_id, name_key, id) where status <> 'trashed';
  create index assets_by_size on gallery.assets (org_id, size, id) where status <> 'trashed';
  create index assets_by_site_and_time on gallery.assets (org_id, site_id, created_at, id) where status <> 'trashed';
  create index assets_by_site_and_name on gallery.assets (org_id, site_id, name_key, id) where status <> 'trashed';
  create index assets_by_site_and_size on gallery.assets (org_id, site_id, size, id) where status <> 'trashed';
  create index assets_not_ready on gallery.assets (org_id, status, created_at, id) where status <> 'ready';
  -- Without a list of what is yet to be sorted in, which every search would read.
  create index assets_search on gallery.assets using gin (search) with (fastupdate = off);`;

// Under a policy no operator of text search is served from an index, for it isn't leakproof. Of several terms the index is
// asked for one: it would gather everything that begins with each of them. Which one, the newest assets tell.
const matchingSql = `
  create function gallery.matching_assets(terms tsquery[])
  returns table (id uuid, site_id uuid, status text, size bigint, created_at timestamptz, name_key text)
  language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
  declare
    org constant uuid := ${currentOrgSql};
    rarest tsquery := terms[1];
  begin
    if cardinality(terms) > 1 then
      with newest as materialized (
        select a.search from gallery.assets a where a.org_id = org and a.status <> 'trashed' order by a.created_at desc, a.id desc limit 1000)
      select term into rarest from unnest(terms) term
      order by (select count(*) from newest where newest.search @@ term), length(term::text) desc limit 1;
    end if;
    return query execute 'select a.id, a.site_id, a.status, a.size, a.created_at, a.name_key
      from (select * from gallery.assets where org_id = $1 and search @@ $2 offset 0) a where a.search @@ all ($3)'
      using org, rarest, terms;
  end $$;
  ${bootstrapFunctionSql('gallery', 'matching_assets(tsquery[])')}`;

// One policy more, and PostgreSQL compares the organization of every row instead of once, reads the table for what an index
// has, and takes the organization for small. A person's own files in all organizations are told by a function instead.
const ownSql = `
  drop policy also_visible on gallery.assets;
  create function gallery.own_assets(after_time timestamptz, after_id uuid, max integer) returns table (org_id uuid, id uuid, created_at timestamptz)
  language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select a.org_id, a.id, a.created_at from gallery.assets a
    where a.created_by = ${currentUserSql} and (a.created_at, a.id) > (coalesce(after_time, '-infinity'), coalesce(after_id, '00000000-0000-0000-0000-000000000000'))
    order by a.created_at, a.id limit max
  $$;
  ${bootstrapFunctionSql('gallery', 'own_assets(timestamptz, uuid, integer)')}`;

/** Tags, metadata, search and orders of assets. */
export class SearchAssets1790000033000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`${foldedSql} ${termsSql} ${columnsSql} ${indexesSql} ${matchingSql} ${ownSql}`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      drop function gallery.own_assets(timestamptz, uuid, integer);
      create policy also_visible on gallery.assets for select using (created_by = ${currentUserSql});
      drop function gallery.matching_assets(tsquery[]);
      drop index gallery.assets_by_time;
      drop index gallery.assets_by_site_and_time;
      drop index gallery.assets_not_ready;
      alter table gallery.assets drop column search, drop column name_key, drop column metadata, drop column tags;
      drop function gallery.search_query(uuid, text, text, text);
      drop function gallery.search_terms(uuid, text, text[], text);
      drop function gallery.own_prefix(uuid);
      drop function gallery.type_term(text);
      drop function gallery.tag_term(text);
      drop function gallery.words_of(text);
      drop function gallery.folded(text);
      create index assets_by_time on gallery.assets (org_id, created_at, id);
      create index assets_by_site_and_time on gallery.assets (org_id, site_id, created_at, id);`);
  }
}
