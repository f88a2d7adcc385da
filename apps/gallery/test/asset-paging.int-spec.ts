import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { type AssetSort, assetSort } from '@atrium/contracts/gallery';
import { Database, newId } from '@atrium/platform/database';
import { encodeKeyCursor } from '@atrium/platform/http';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AssetFilter, termsOf } from '../src/assets/asset-filter.js';
import { AssetListRepository } from '../src/assets/asset-list.repository.js';
import { decodePosition } from '../src/assets/asset-order.js';
import { AssetRepository } from '../src/assets/asset.repository.js';
import type { AssetEntity } from '../src/assets/asset.entity.js';
import { addAssets, type AssetRow } from './asset-rows.js';
import { Gallery } from './gallery.js';

const sites = [newId(), newId(), newId()];
const lists = new AssetListRepository(new AssetRepository());
/** So few that all ways of looking are taken. */
const looks = { first: 4, second: 12, promising: 1 };
let gallery: Gallery;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
});
afterAll(() => gallery?.stop());

/** Few values of each, so that many assets are the same in what they are sorted by. */
const row: fc.Arbitrary<AssetRow & { readonly site: number }> = fc.record({
  site: fc.integer({ min: 0, max: 2 }),
  filename: fc.constantFrom('Foto a', 'foto A', 'Äpfel', 'apfel', 'z'),
  size: fc.integer({ min: 1, max: 3 }),
  tags: fc.subarray(['Meer', 'Sommer Ferien']),
  contentType: fc.constantFrom('image/png', 'image/gif'),
  status: fc.constantFrom('ready', 'ready', 'rejected', 'trashed'),
  createdAt: fc.integer({ min: 0, max: 3 }).map((day) => new Date(Date.UTC(2026, 0, 1 + day))),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

const filter = fc.record({
  sites: fc.oneof(fc.constant('all' as const), fc.subarray([0, 1, 2])),
  words: fc.option(fc.constantFrom('fot', 'apfel', 'meer'), { nil: undefined }),
  tag: fc.option(fc.constantFrom('meer', 'SOMMER ferien'), { nil: undefined }),
  contentType: fc.option(fc.constantFrom('image/png', 'image/gif'), { nil: undefined }),
  status: fc.option(fc.constantFrom('ready', 'rejected', 'trashed'), { nil: undefined }),
  minSize: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  to: fc.option(fc.constant(new Date(Date.UTC(2026, 0, 3))), { nil: undefined }),
});
type Filter = typeof filter extends fc.Arbitrary<infer F> ? F : never;

const folded = (text: string): string => text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
const wordsOf = ({ filename = '', tags = [] }: Row): string[] => [filename, ...tags].flatMap((text) => folded(text).split(/[^\p{L}\p{N}]+/u));

/** The same, told without SQL. */
const isIn = (row: Row, asked: Filter): boolean =>
  (asked.sites === 'all' || asked.sites.includes(row.site)) &&
  (asked.words === undefined || wordsOf(row).some((word) => word.startsWith(asked.words ?? ''))) &&
  (asked.tag === undefined || (row.tags ?? []).some((tag) => tag.toLowerCase() === asked.tag?.toLowerCase())) &&
  (asked.contentType === undefined || row.contentType === asked.contentType) &&
  (asked.status === undefined ? row.status !== 'trashed' : row.status === asked.status) &&
  (asked.minSize === undefined || (row.size ?? 0) >= asked.minSize) &&
  (asked.to === undefined || (row.createdAt ?? new Date()) < asked.to);

const keyOf: Record<string, (asset: AssetEntity) => string | number> = {
  created_at: ({ createdAt }) => createdAt.getTime(),
  name: ({ filename }) => folded(filename),
  size: ({ size }) => size,
};
function inOrder(sort: AssetSort, assets: readonly AssetEntity[]): boolean {
  const key = keyOf[sort.replace('-', '')] ?? (() => 0);
  const sign = sort.startsWith('-') ? -1 : 1;
  const compare = (a: AssetEntity, b: AssetEntity): number => sign * (key(a) < key(b) || (key(a) === key(b) && a.id < b.id) ? -1 : 1);
  return assets.every((asset, i) => i === 0 || compare(assets[i - 1] ?? asset, asset) < 0);
}

it('paging by any order and filter visits every asset once, in order, while others are added', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 40 }), fc.array(row, { maxLength: 10 }), filter, fc.constantFrom(...assetSort.options), fc.integer({ min: 1, max: 7 }),
      async (rows, later, asked, sort, limit) => {
        const orgId = randomUUID();
        const add = async (some: readonly Row[]): Promise<string[]> => {
          const ids = await Promise.all(sites.map((site, n) => addAssets(gallery.engines.database.superuser, orgId, site, some.filter((one) => one.site === n))));
          return sites.flatMap((_, n) => some.filter((one) => one.site === n).flatMap((one, i) => (isIn(one, asked) ? (ids[n]?.[i] ?? '') : [])));
        };
        const expected = await add(rows);
        const { words, tag, contentType, sites: at, ...rest } = asked;
        const wanted: AssetFilter = { ...rest, sites: at === 'all' ? at : at.map((n) => sites[n] ?? ''), terms: termsOf({ words, tag, contentType }) };
        const seen: AssetEntity[] = [];
        const added = [...later];
        for (let cursor: string | undefined; ; ) {
          const after = cursor === undefined ? undefined : decodePosition('list', sort, cursor);
          const { assets, next } = await gallery.api.get(Database).inTenant(orgId, (tx) => lists.page(tx, wanted, { sort, after, limit }, looks));
          seen.push(...assets);
          if (!next) break;
          cursor = encodeKeyCursor('list', next);
          await add(added.splice(0, 2));
        }
        expect(inOrder(sort, seen)).toBe(true);
        const ids = seen.map(({ id }) => id);
        expect(new Set(ids).size).toBe(ids.length);
        expect(expected.filter((id) => !ids.includes(id))).toEqual([]);
        const strangers = ids.filter((id) => !expected.includes(id));
        expect(strangers.length).toBeLessThanOrEqual(later.filter((one) => isIn(one, asked)).length);
      },
    ),
    { numRuns: 60 },
  );
}, 120_000);
