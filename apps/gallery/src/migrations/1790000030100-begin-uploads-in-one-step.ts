import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * The beginning of an upload in one round trip. Runs with the caller's rights, so that row-level security holds; the
 * tenant is the one that the row names, which the caller takes from the token. The payloads of messages travel as texts:
 * jsonb would refuse some.
 */
export class BeginUploadsInOneStep1790000030100 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create function gallery.begin_upload(asset json, messages json, site_vouched boolean) returns text
      language plpgsql security invoker set search_path = pg_catalog, pg_temp
      as $$
      declare
        org uuid := (asset ->> 'org_id')::uuid;
        scope text := set_config('app.org_id', org::text, true);
        site_deleted boolean;
      begin
        select s.deleted into site_deleted from gallery.sites s
          where s.org_id = org and s.site_id = (asset ->> 'site_id')::uuid;
        if site_deleted then return 'site_deleted'; end if;
        if site_deleted is null and not site_vouched then return 'site_unknown'; end if;
        -- What the upload may be refused for comes here, before anything is written.
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
      revoke all on function gallery.begin_upload(json, json, boolean) from public;
      grant execute on function gallery.begin_upload(json, json, boolean) to gallery_app;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop function gallery.begin_upload(json, json, boolean)');
  }
}
