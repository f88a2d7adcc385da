import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Asset } from '@atrium/contracts/gallery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAssets, type AssetRow } from './asset-rows.js';
import { Gallery } from './gallery.js';
import type { Member } from './member.js';
import { recordTold } from './told.js';

const orgId = randomUUID();
const person = (rest: Partial<Member>): Member => ({ userId: randomUUID(), orgId, ...rest });
const editor = person({ role: 'editor' });
let gallery: Gallery;
let siteId: string;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  await recordTold(gallery);
  siteId = await gallery.addSite(orgId);
});
afterAll(() => gallery.stop());

const add = async (row: AssetRow = {}): Promise<string> => (await addAssets(gallery.engines.database.superuser, orgId, siteId, [row]))[0] ?? '';
const change = (member: Member, id: string, body: object, version = '"1"') =>
  gallery.call<Asset>(member, 'PATCH', `/assets/${id}`, body, { 'if-match': version });
const codeOf = ({ status, body }: { status: number; body: unknown }): string => `${status} ${(body as { error: { code: string } }).error.code}`;

/** What the audit log is told of an asset: actions, and which fields. */
async function auditOf(id: string): Promise<{ action: string; details: unknown }[]> {
  const sql = `select payload->'data'->>'action' as action, payload->'data'->'details' as details from public.told
    where payload->>'type' = 'audit.recorded' and payload->'data'->'resource'->>'id' = $1 order by at`;
  return (await gallery.engines.database.superuser.query<{ action: string; details: unknown }>(sql, [id])).rows;
}

describe('a change of an asset', () => {
  it('replaces name, tags and metadata, leaves the rest, and is told without the values', async () => {
    const id = await add({ filename: 'alt.png', tags: ['Meer'] });
    const first = await change(editor, id, { filename: '../neu.png', metadata: { camera: 'X100', iso: 200, flash: false, lens: null } });
    expect(first).toMatchObject({ status: 200, headers: { etag: '"2"' } });
    expect(first.body).toMatchObject({ filename: 'neu.png', tags: ['Meer'], metadata: { camera: 'X100', iso: 200, flash: false, lens: null } });
    const second = await change(editor, id, { tags: [' Sommer '], metadata: {} }, '"2"');
    expect(second.body).toMatchObject({ filename: 'neu.png', tags: ['Sommer'], metadata: {} });
    expect((await gallery.asset(editor, id)).body).toEqual(second.body);
    expect(await auditOf(id)).toEqual([
      { action: 'asset.updated', details: { fields: ['filename', 'metadata'] } },
      { action: 'asset.updated', details: { fields: ['tags', 'metadata'] } },
    ]);
  });

  it('that changes nothing makes no version', async () => {
    const id = await add({ filename: 'a.png' });
    for (const body of [{}, { filename: 'a.png' }, { tags: [], metadata: {} }]) {
      expect((await change(editor, id, body)).headers['etag']).toBe('"1"');
    }
    expect(await auditOf(id)).toEqual([]);
  });

  it('asks for the version, and is refused with an old one', async () => {
    const id = await add();
    expect(codeOf(await gallery.call(editor, 'PATCH', `/assets/${id}`, { tags: ['a'] }))).toBe('428 PRECONDITION_REQUIRED');
    expect((await change(editor, id, { tags: ['a'] })).status).toBe(200);
    expect(codeOf(await change(editor, id, { tags: ['b'] }))).toBe('412 PRECONDITION_FAILED');
    expect((await gallery.asset(editor, id)).body.tags).toEqual(['a']);
  });

  it('made twice at once with one version happens once', async () => {
    const id = await add();
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((tag) => change(editor, id, { tags: [tag] })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412]);
  });

  it('is for those who hold assets.update at its site', async () => {
    const id = await add();
    expect(codeOf(await change(person({ role: 'viewer' }), id, { tags: ['x'] }))).toBe('403 FORBIDDEN');
    expect(codeOf(await change(person({ siteRoles: { [randomUUID()]: 'editor' } }), id, { tags: ['x'] }))).toBe('404 NOT_FOUND');
    expect(codeOf(await change({ userId: randomUUID(), orgId: randomUUID(), role: 'org_admin' }, id, { tags: ['x'] }))).toBe('404 NOT_FOUND');
    expect((await change(person({ siteRoles: { [siteId]: 'editor' } }), id, { tags: ['x'] })).status).toBe(200);
  });

  it('is refused in the trash', async () => {
    expect(codeOf(await change(editor, await add({ status: 'trashed' }), { tags: ['x'] }))).toBe('409 CONFLICT');
  });

  it('takes no other fields, no nested metadata and no name with control characters', async () => {
    const id = await add();
    for (const body of [{ status: 'ready' }, { site_id: siteId }, { metadata: { a: { b: 1 } } }, { metadata: null }, { filename: 'a\u0000b' }, { filename: '..' }, { tags: ['a', 'A'] }]) {
      expect(codeOf(await change(editor, id, body)), JSON.stringify(body)).toBe('400 VALIDATION_ERROR');
    }
    expect((await gallery.asset(editor, id)).headers['etag']).toBe('"1"');
  });

  it('is found by the search at once', async () => {
    const id = await add({ filename: 'before.png' });
    await change(editor, id, { filename: 'Änderung.png', tags: ['Neue Welle'] });
    const found = async (query: string): Promise<string[]> =>
      (await gallery.call<{ data: Asset[] }>(editor, 'GET', `/assets?${query}`)).body.data.map((asset) => asset.id);
    expect(await found('q=anderung%20wel')).toEqual([id]);
    expect(await found('tag=neue%20welle')).toEqual([id]);
    expect(await found('q=before')).toEqual([]);
  });
});
