import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import type { Asset, BatchVerdict } from '@atrium/contracts/gallery';
import { until } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAssets, type AssetRow } from './asset-rows.js';
import { Gallery } from './gallery.js';
import type { Member } from './member.js';
import { recordTold } from './told.js';

const orgId = randomUUID();
const person = (rest: Partial<Member>): Member => ({ userId: randomUUID(), orgId, ...rest });
const editor = person({ role: 'editor' });
let gallery: Gallery;
let here: string;
let there: string;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  await recordTold(gallery);
  here = await gallery.addSite(orgId);
  there = await gallery.addSite(orgId);
});
afterAll(() => gallery.stop());

const addTo = (siteId: string, rows: readonly AssetRow[]): Promise<string[]> => addAssets(gallery.engines.database.superuser, orgId, siteId, rows);
const batch = (member: Member, operations: readonly object[], items: readonly object[], headers = {}) =>
  gallery.call<{ data: BatchVerdict[] }>(member, 'POST', '/assets/batch', { operations, items }, headers);
const addTag = { op: 'add_tags', tags: ['Neu'] };
const brief = (verdicts: readonly BatchVerdict[]): string[] => verdicts.map(({ status, code }) => [status, code].filter(Boolean).join(' '));
const assetOf = async (id: string): Promise<Asset> => (await gallery.asset(editor, id)).body;
const count = async (sql: string, values: unknown[]): Promise<number> =>
  (await gallery.engines.database.superuser.query<{ n: number }>(`select count(*)::int as n from public.told where ${sql}`, values)).rows[0]?.n ?? -1;

describe('a batch', () => {
  it('judges each item by itself, in the order in which they came', async () => {
    const full = Array.from({ length: 50 }, (_, n) => `t${n}`);
    const [plain = '', stale = '', fullOne = '', trashed = ''] = await addTo(here, [{ tags: ['alt'] }, {}, { tags: full }, { status: 'trashed' }]);
    const missing = randomUUID();
    const items = [{ id: missing }, { id: stale, version: 7 }, { id: fullOne }, { id: trashed }, { id: plain.toUpperCase(), version: 1 }];
    const { status, body } = await batch(editor, [addTag, { op: 'remove_tags', tags: ['ALT'] }, { op: 'set_metadata', metadata: { a: 1 } }], items);
    expect(status).toBe(200);
    expect(brief(body.data)).toEqual(['not_found NOT_FOUND', 'conflict PRECONDITION_FAILED', 'refused VALIDATION_ERROR', 'conflict CONFLICT', 'done']);
    expect(body.data.map(({ id }) => id)).toEqual([missing, stale, fullOne, trashed, plain]);
    expect(await assetOf(plain)).toMatchObject({ tags: ['Neu'], metadata: { a: 1 } });
    expect((await gallery.asset(editor, plain)).headers['etag']).toBe('"2"');
    for (const id of [stale, fullOne, trashed]) expect((await gallery.asset(editor, id)).headers['etag']).toBe('"1"');
    expect((await assetOf(fullOne)).metadata).toEqual({});
  });

  it('decides by the site of each item, and logs what it denied', async () => {
    const [mine = ''] = await addTo(here, [{}]);
    const [seen = ''] = await addTo(there, [{}]);
    const someone = person({ siteRoles: { [here]: 'editor', [there]: 'viewer' } });
    const items = [{ id: mine }, { id: seen }];
    expect(brief((await batch(someone, [addTag], items)).body.data)).toEqual(['done', 'refused FORBIDDEN']);
    const blind = person({ siteRoles: { [here]: 'editor' } });
    expect(brief((await batch(blind, [{ op: 'trash' }], [{ id: seen }])).body.data)).toEqual(['not_found NOT_FOUND']);
    const stranger: Member = { userId: randomUUID(), orgId: randomUUID(), role: 'org_admin' };
    expect(brief((await batch(stranger, [addTag], items)).body.data)).toEqual(['not_found NOT_FOUND', 'not_found NOT_FOUND']);
    expect((await assetOf(seen)).tags).toEqual([]);
    for (const { userId } of [someone, blind]) expect(gallery.logged(userId)).toBe(true);
    const denials = `payload->'data'->>'action' = 'access.denied' and payload->'data'->'actor'->>'id' = $1`;
    for (const { userId } of [someone, blind]) await until('the entry', async () => (await count(denials, [userId])) === 1);
  });

  it('trashes and restores, each as if asked for alone, and again without effect', async () => {
    const [ready = '', rejected = '', pending = ''] = await addTo(here, [{}, { status: 'rejected' }, { status: 'pending' }]);
    const items = [ready, rejected, pending].map((id) => ({ id }));
    for (const _ of ['once', 'again']) expect(brief((await batch(editor, [{ op: 'trash' }], items)).body.data)).toEqual(['done', 'done', 'conflict CONFLICT']);
    expect((await assetOf(ready)).status).toBe('trashed');
    const told = `payload->>'type' = $1 and payload->'data'->>'asset_id' = $2`;
    expect(await count(told, ['asset.trashed', ready])).toBe(1);
    for (const _ of ['once', 'again']) expect(brief((await batch(editor, [{ op: 'restore' }], items)).body.data)).toEqual(['done', 'done', 'conflict CONFLICT']);
    expect((await assetOf(ready)).status).toBe('ready');
    expect((await assetOf(rejected)).status).toBe('rejected');
    expect(await count(told, ['asset.restored', ready])).toBe(1);
    const elsewhere = person({ siteRoles: { [there]: 'editor', [here]: 'viewer' } });
    expect(brief((await batch(elsewhere, [{ op: 'trash' }], items)).body.data)).toEqual(Array(3).fill('refused FORBIDDEN'));
    expect((await batch(person({ role: 'member' }), [{ op: 'trash' }], items)).status).toBe(403);
  });

  it('of a thousand is done, with one entry in the audit log for each site', async () => {
    const ids = [...(await addTo(here, Array(600).fill({}))), ...(await addTo(there, Array(400).fill({})))];
    const before = await count(`payload->'data'->>'action' = 'asset.batch_updated'`, []);
    const { body } = await batch(editor, [addTag], ids.map((id) => ({ id })));
    expect(new Set(brief(body.data))).toEqual(new Set(['done']));
    expect((await assetOf(ids[999] ?? '')).tags).toEqual(['Neu']);
    expect(await count(`payload->'data'->>'action' = 'asset.batch_updated'`, [])).toBe(before + 2);
    expect((await batch(editor, [addTag], Array.from({ length: 1_001 }, () => ({ id: randomUUID() })))).status).toBe(400);
  });

  it('with an Idempotency-Key happens once', async () => {
    const [id = ''] = await addTo(here, [{}]);
    const key = { 'idempotency-key': randomUUID() };
    const operations = [{ op: 'set_metadata', metadata: { n: 1 } }];
    const first = await batch(editor, operations, [{ id, version: 1 }], key);
    expect((await batch(editor, operations, [{ id, version: 1 }], key)).body).toEqual(first.body);
    expect((await gallery.asset(editor, id)).headers['etag']).toBe('"2"');
    expect((await batch(editor, operations, [{ id }], key)).status).toBe(422);
  });

  it('at once with others over the same files, in another order, ends', async () => {
    const ids = await addTo(here, Array(50).fill({}));
    const tags = ['a', 'b', 'c', 'd'];
    const answers = await Promise.all(
      tags.map((tag, n) => batch(editor, [{ op: 'add_tags', tags: [tag] }], (n % 2 === 0 ? ids : ids.toReversed()).map((id) => ({ id })))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const id of [ids[0] ?? '', ids[49] ?? '']) expect((await assetOf(id)).tags.toSorted()).toEqual(tags);
  });
});
