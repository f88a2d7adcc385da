import type { MigrationInterface, QueryRunner } from 'typeorm';

const wholeOrganization = '00000000-0000-0000-0000-000000000000';
/** PostgreSQL's largest: an allowance that nothing reaches. */
const unlimited = '9223372036854775807';

const defaultOf = (what: 'bytes' | 'files'): string =>
  `(limits -> case place.id when '${wholeOrganization}' then 'organization' else 'site' end ->> '${what}')::bigint`;
const leftOf = (what: 'bytes' | 'files'): string =>
  `coalesce(u.${what}_allowed, ${defaultOf(what)}, ${unlimited}) - coalesce(u.${what}_used + u.${what}_reserved, 0)`;

/** Of the organization as the first, then of the sites that are named. */
const roomSql = `
        select array_agg(room.id), array_agg(room.bytes), array_agg(room.files) into places, bytes_left, files_left
        from (
          select place.id, ${leftOf('bytes')} as bytes, ${leftOf('files')} as files
          from (select '${wholeOrganization}'::uuid union select a.site_id from json_to_recordset(uploads) as a (site_id uuid)) place (id)
          left join gallery.usage u on u.org_id = org and u.site_id = place.id
          order by place.id
        ) room;`;

const judgeSql = `
        for upload in
          select a.site_id, a.size, s.deleted or (s.deleted is null and not a.site_vouched) as no_site, s.deleted,
            a.content_type = any (t.allowed_content_types) as type_allowed
          from rows from (json_to_recordset(uploads) as (site_id uuid, size bigint, content_type text, site_vouched boolean))
            with ordinality as a (site_id, size, content_type, site_vouched, number)
          left join gallery.sites s on s.org_id = org and s.site_id = a.site_id
          left join gallery.settings t on t.org_id = org
          order by a.number
        loop
          place := array_position(places, upload.site_id);
          verdict := case
            when upload.no_site then case when upload.deleted then 'site_deleted' else 'site_unknown' end
            when not upload.type_allowed then 'type_not_allowed'
            when upload.size > bytes_left[1] or files_left[1] < 1 then 'no_room_in_organization'
            when upload.size > bytes_left[place] or files_left[place] < 1 then 'no_room_in_site'
            else 'begun' end;
          verdicts := verdicts || verdict;
          if verdict = 'begun' then
            bytes_left[1] := bytes_left[1] - upload.size;
            files_left[1] := files_left[1] - 1;
            bytes_left[place] := bytes_left[place] - upload.size;
            files_left[place] := files_left[place] - 1;
          end if;
        end loop;`;

const writeSql = `
        insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, quarantine_key,
            upload_method, upload_id, part_size, created_by, expires_at)
          select org, a.id, a.site_id, a.filename, a.content_type, a.size, a.sha256, 'pending', a.quarantine_key,
            a.upload_method, a.upload_id, a.part_size, a.created_by, a.expires_at
          from rows from (json_to_recordset(uploads) as (id uuid, site_id uuid, filename text, content_type text, size bigint,
              sha256 text, quarantine_key text, upload_method text, upload_id text, part_size bigint, created_by uuid, expires_at timestamptz))
            with ordinality as a (id, site_id, filename, content_type, size, sha256, quarantine_key, upload_method, upload_id,
              part_size, created_by, expires_at, number)
          where verdicts[a.number] = 'begun';
        insert into gallery.usage as u (org_id, site_id, bytes_reserved, files_reserved)
          select org, took.place, took.bytes, took.files
          from unnest(places, bytes_before, bytes_left, files_before, files_left)
            as room (place, bytes_before, bytes_left, files_before, files_left),
            lateral (select room.place, room.bytes_before - room.bytes_left, room.files_before - room.files_left) took (place, bytes, files)
          where took.files > 0
          order by took.place
          on conflict (org_id, site_id) do update
            set bytes_reserved = u.bytes_reserved + excluded.bytes_reserved, files_reserved = u.files_reserved + excluded.files_reserved;
        insert into gallery.outbox (id, destinations, payload)
          select m.id, m.destinations, m.payload::json
          from json_to_recordset(messages) as m (upload integer, id uuid, destinations text[], payload text)
          where verdicts[m.upload] = 'begun';`;

/**
 * The beginnings of any number of uploads of one organization in one round trip and one transaction, judged in their order.
 * It runs with the caller's rights, so that row-level security holds; the organization is the caller's to take from the
 * token. `upload` of a message is the number of its upload, from 1. Payloads travel as texts: jsonb would refuse some.
 *
 * Whoever counts locks the organization's row first. Behind that lock room is read once, and written once, for all of them.
 * `gallery.begin_upload` stays for the version that runs meanwhile.
 */
export class BeginUploadsTogether1790000035200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function gallery.begin_uploads(org uuid, uploads json, messages json, limits json) returns text[]
      language plpgsql security invoker set search_path = pg_catalog, pg_temp
      as $$
      declare
        scope constant text := set_config('app.org_id', org::text, true);
        places uuid[];
        bytes_left bigint[];
        files_left bigint[];
        bytes_before bigint[];
        files_before bigint[];
        upload record;
        place integer;
        verdict text;
        verdicts text[] := '{}';
      begin
        perform from gallery.usage u where u.org_id = org and u.site_id = '${wholeOrganization}' for update;
        if not found then
          insert into gallery.usage (org_id, site_id) values (org, '${wholeOrganization}') on conflict (org_id, site_id) do nothing;
          perform from gallery.usage u where u.org_id = org and u.site_id = '${wholeOrganization}' for update;
        end if;
        ${roomSql}
        bytes_before := bytes_left;
        files_before := files_left;
        ${judgeSql}
        ${writeSql}
        return verdicts;
      end $$;
      revoke all on function gallery.begin_uploads(uuid, json, json, json) from public;
      grant execute on function gallery.begin_uploads(uuid, json, json, json) to gallery_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function gallery.begin_uploads(uuid, json, json, json)');
  }
}
