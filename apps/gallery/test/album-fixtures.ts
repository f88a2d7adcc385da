import { Database, newId } from '@atrium/platform/database';
import type { Gallery } from './gallery.js';
import type { Member } from './member.js';

/** Files as they are once verified, without bytes in any bucket; in the order of their ids. */
export async function addReadyAssets(gallery: Gallery, { orgId, userId }: Member, siteId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, newId);
  await gallery.api.get(Database).inTenant(orgId, ({ manager }) =>
    manager.query(
      `insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, quarantine_key, ready_key, verified_etag, created_by, expires_at)
       select $1::uuid, id, $2, id || '.png', 'image/png', 1, repeat('ab', 32), 'ready', 'q/' || id, $1::uuid || '/' || id, 'etag', $3, now() from unnest($4::uuid[]) id`,
      [orgId, siteId, userId, ids],
    ),
  );
  return ids;
}

export const setStatus = (gallery: Gallery, { orgId }: Pick<Member, 'orgId'>, assetId: string, status: 'ready' | 'trashed'): Promise<unknown> =>
  gallery.api.get(Database).inTenant(orgId, ({ manager }) => manager.query(`update gallery.assets set status = $2, trashed_at = case when $2 = 'trashed' then now() end where id = $1`, [assetId, status]));

/** As the purge does it, past the rules of who may. */
export const purge = (gallery: Gallery, assetId: string): Promise<unknown> =>
  gallery.engines.database.superuser.query('delete from gallery.assets where id = $1', [assetId]);

export async function newAlbum(gallery: Gallery, member: Member, siteId: string, assetIds: readonly string[] = []): Promise<string> {
  const { status, body } = await gallery.call<{ id: string }>(member, 'POST', '/albums', { site_id: siteId, name: 'Summer' });
  if (status !== 201) throw new Error(`the album was refused: ${JSON.stringify(body)}`);
  for (let start = 0; start < assetIds.length; start += 1_000) {
    await gallery.call(member, 'POST', `/albums/${body.id}/items`, { asset_ids: assetIds.slice(start, start + 1_000) });
  }
  return body.id;
}

/** Ids of an album's files in its order, page by page. */
export async function shownIn(gallery: Gallery, member: Member, albumId: string, limit = 100): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const path: string = `/assets?album_id=${albumId}&limit=${limit}${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const { status, body }: { status: number; body: { data: { id: string }[]; next_cursor: string | null } } = await gallery.call(member, 'GET', path);
    if (status !== 200) throw new Error(`the album was not listed: ${JSON.stringify(body)}`);
    ids.push(...body.data.map(({ id }) => id));
    cursor = body.next_cursor;
  }
  return ids;
}
