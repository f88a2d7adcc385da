import type { MigrationInterface, QueryRunner } from 'typeorm';

const wholeOrganization = '00000000-0000-0000-0000-000000000000';
/** PostgreSQL's largest: an allowance that nothing reaches. */
const unlimited = '9223372036854775807';

const limitOf = (whose: string, what: string): string => `coalesce((limits -> '${whose}' ->> '${what}')::bigint, ${unlimited})`;
const allowed = (what: string): string =>
  `case u.site_id when '${wholeOrganization}' then ${limitOf('organization', what)} else ${limitOf('site', what)} end`;

/**
 * One statement, so that no other request comes between the question and the answer. Rows are locked in one order by
 * everybody, the organization's first; a row that lacks room, or would begin without, is left out of the answer.
 */
const reserveSql = `
          with taken as (
            insert into gallery.usage as u (org_id, site_id, bytes_reserved, files_reserved)
            select org, room.site_id, bytes, 1
            from (values ('${wholeOrganization}'::uuid, ${limitOf('organization', 'bytes')}, ${limitOf('organization', 'files')}),
              (site, ${limitOf('site', 'bytes')}, ${limitOf('site', 'files')})) room (site_id, allowed_bytes, allowed_files)
            left join gallery.usage known on known.org_id = org and known.site_id = room.site_id
            where bytes <= coalesce(known.bytes_allowed, room.allowed_bytes) and 1 <= coalesce(known.files_allowed, room.allowed_files)
            order by room.site_id
            on conflict (org_id, site_id) do update
              set bytes_reserved = u.bytes_reserved + excluded.bytes_reserved, files_reserved = u.files_reserved + excluded.files_reserved
              where u.bytes_used + u.bytes_reserved + excluded.bytes_reserved <= coalesce(u.bytes_allowed, ${allowed('bytes')})
                and u.files_used + u.files_reserved + excluded.files_reserved <= coalesce(u.files_allowed, ${allowed('files')})
            returning u.site_id
          ) select coalesce(array_agg(taken.site_id), '{}') into with_room from taken;`;

/**
 * The beginning of an upload in one round trip. Runs with the caller's rights, so that row-level security holds; the
 * tenant is the one that the row names, which the caller takes from the token. The payloads of messages travel as texts:
 * jsonb would refuse some.
 */
export class BeginUploadsInOneStep1790000035000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function gallery.begin_upload(asset json, messages json, limits json, site_vouched boolean) returns text
      language plpgsql security invoker set search_path = pg_catalog, pg_temp
      as $$
      declare
        org uuid := (asset ->> 'org_id')::uuid;
        scope text := set_config('app.org_id', org::text, true);
        site uuid := (asset ->> 'site_id')::uuid;
        bytes bigint := (asset ->> 'size')::bigint;
        site_deleted boolean;
        allowed_types text[];
        with_room uuid[];
      begin
        select s.deleted into site_deleted from gallery.sites s
          where s.org_id = org and s.site_id = site;
        if site_deleted then return 'site_deleted'; end if;
        if site_deleted is null and not site_vouched then return 'site_unknown'; end if;
        select s.allowed_content_types into allowed_types from gallery.settings s where s.org_id = org;
        if not (asset ->> 'content_type' = any (allowed_types)) then return 'type_not_allowed'; end if;
        -- A block of its own, so that what the organization took is given back where the site has no room.
        begin
          ${reserveSql}
          if cardinality(with_room) < 2 then raise exception using errcode = 'AT001'; end if;
        exception when sqlstate 'AT001' then
          return case when '${wholeOrganization}' = any (with_room) then 'no_room_in_site' else 'no_room_in_organization' end;
        end;
        insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, quarantine_key,
            upload_method, upload_id, part_size, created_by, expires_at)
          select a.org_id, a.id, a.site_id, a.filename, a.content_type, a.size, a.sha256, 'pending', a.quarantine_key,
            a.upload_method, a.upload_id, a.part_size, a.created_by, a.expires_at
          from json_to_record(asset) as a (org_id uuid, id uuid, site_id uuid, filename text, content_type text, size bigint,
            sha256 text, quarantine_key text, upload_method text, upload_id text, part_size bigint, created_by uuid, expires_at timestamptz);
        insert into gallery.outbox (id, destinations, payload)
          select m.id, m.destinations, m.payload::json
          from json_to_recordset(messages) as m (id uuid, destinations text[], payload text);
        return 'begun';
      end $$;
      revoke all on function gallery.begin_upload(json, json, json, boolean) from public;
      grant execute on function gallery.begin_upload(json, json, json, boolean) to gallery_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function gallery.begin_upload(json, json, json, boolean)');
  }
}
