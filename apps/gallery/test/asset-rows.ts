import { randomUUID } from 'node:crypto';
import type pg from 'pg';

/** What a test says of an asset; the rest is the same for all. */
export interface AssetRow {
  readonly filename?: string;
  readonly tags?: readonly string[];
  readonly contentType?: string;
  readonly size?: number;
  readonly status?: 'pending' | 'verifying' | 'ready' | 'rejected' | 'trashed';
  readonly createdAt?: Date;
}

const insertSql = `
  insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, rejection_reason, quarantine_key,
    ready_key, verified_etag, created_by, expires_at, created_at, trashed_at, tags)
  select $1, r.id, $2, r.filename, r.content_type, r.size, repeat('ab', 32), r.status, case when r.status = 'rejected' then 'type: why' end,
    r.id::text, case when r.status in ('ready', 'trashed') then r.id::text end, case when r.status in ('ready', 'trashed') then 'etag' end,
    gen_random_uuid(), now(), r.created_at, case when r.status = 'trashed' then now() end, r.tags
  from jsonb_to_recordset($3::jsonb) as r (id uuid, filename text, content_type text, size bigint, status text, created_at timestamptz, tags text[])`;

/** Assets that have come through everything before; their ids. Without objects, so they can't be downloaded. */
export async function addAssets(superuser: pg.Pool, orgId: string, siteId: string, rows: readonly AssetRow[]): Promise<string[]> {
  const whole = rows.map(({ filename = 'a.png', tags = [], contentType = 'image/png', size = 1, status = 'ready', createdAt = new Date() }) => ({
    id: randomUUID(), filename, tags, content_type: contentType, size, status, created_at: createdAt.toISOString(),
  }));
  await superuser.query(insertSql, [orgId, siteId, JSON.stringify(whole)]);
  return whole.map(({ id }) => id);
}
