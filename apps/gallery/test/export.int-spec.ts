import { Database, newId } from '@atrium/platform/database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addReadyAssets, newAlbum } from './album-fixtures.js';
import { Gallery, png } from './gallery.js';
import type { Member } from './member.js';
import { newShare } from './share-fixtures.js';

let gallery: Gallery;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
});
afterAll(() => gallery?.stop());

const memberOf = (orgId: string, userId: string = newId()): Member => ({ userId, orgId, role: 'org_admin' });
async function exported(member: Member): Promise<Record<string, unknown>[]> {
  const answer = await gallery.raw(member, '/me/export');
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/x-ndjson');
  return answer.text.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('a person exports what they uploaded in every organization, and nothing of others', async () => {
  const person = memberOf(newId());
  const elsewhere = memberOf(newId(), person.userId);
  const colleague = memberOf(person.orgId);
  const ids: string[] = [];
  for (const member of [person, elsewhere]) ids.push((await gallery.requestUpload(member, await gallery.addSite(member.orgId), png)).asset_id);
  await gallery.requestUpload(colleague, await gallery.addSite(person.orgId), png);
  const lines = await exported(person);
  expect(lines.map(({ kind, id, org_id }) => [kind, id, org_id])).toEqual([['asset', ids[0], person.orgId], ['asset', ids[1], elsewhere.orgId]]);
  expect(lines.every((line) => !JSON.stringify(line).includes('quarantine'))).toBe(true);
  expect(await exported(memberOf(person.orgId))).toEqual([]);
});

it('a person exports the albums they made and what they shared, without what opens it', async () => {
  const person = memberOf(newId());
  const colleague = memberOf(person.orgId);
  const siteId = await gallery.addSite(person.orgId);
  const [assetId = ''] = await addReadyAssets(gallery, colleague, siteId, 1);
  const album = await newAlbum(gallery, person, siteId, [assetId]);
  await newAlbum(gallery, colleague, siteId);
  const share = await newShare(gallery, person, { asset_id: assetId, password: 'open sesame' });
  await newShare(gallery, colleague, { album_id: album });
  const lines = await exported(person);
  expect(lines.map(({ kind, id, org_id }) => [kind, id, org_id])).toEqual([['album', album, person.orgId], ['share', share.id, person.orgId]]);
  expect(lines[0]).toMatchObject({ name: 'Summer', created_by: person.userId });
  expect(lines[1]).toMatchObject({ asset_id: assetId, has_password: true });
  for (const secret of [share.token, 'argon2', 'hash']) expect(JSON.stringify(lines)).not.toContain(secret);
});

it('more files than are read at a time are each exported once', async () => {
  const person = memberOf(newId());
  await gallery.api.get(Database).inTenant(person.orgId, ({ manager }) =>
    manager.query(
      `insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, rejection_reason, quarantine_key, created_by, expires_at, created_at)
       select $1, uuidv7(), uuidv7(), 'a.png', 'image/png', 1, repeat('ab', 32), 'rejected', 'no: no', n::text, $2, now(), now() - make_interval(secs => n / 7)
       from generate_series(1, 1203) n`,
      [person.orgId, person.userId],
    ),
  );
  const ids = (await exported(person)).map(({ id }) => id);
  expect(ids).toHaveLength(1203);
  expect(new Set(ids).size).toBe(1203);
});
