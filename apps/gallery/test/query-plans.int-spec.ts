import 'reflect-metadata';
import { Database, newId, type TenantTransaction } from '@atrium/platform/database';
import type { AssetSort } from '@atrium/contracts/gallery';
import { plansWithin, type QueryPlan, watched } from '@atrium/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AssetFilter } from '../src/assets/asset-filter.js';
import { AssetListRepository } from '../src/assets/asset-list.repository.js';
import { AssetRepository } from '../src/assets/asset.repository.js';
import { Gallery } from './gallery.js';

const orgId = newId();
const sites = [newId(), newId()];
const assets = 15_000;
const lists = new AssetListRepository(new AssetRepository());
let gallery: Gallery;

const fillSql = `
  insert into gallery.assets (org_id, id, site_id, filename, content_type, size, sha256, status, rejection_reason, quarantine_key, ready_key, verified_etag,
    created_by, expires_at, created_at, tags)
  select case when n % 3 = 0 then uuidv7() else '${orgId}' end, uuidv7(), ('{${sites.join(',')}}'::uuid[])[1 + n % 2], 'Photo ' || n || '.png',
    'image/png', n, repeat('ab', 32), case when n % 10 = 5 then 'rejected' else 'ready' end, case when n % 10 = 5 then 'type: why' end,
    n::text, case when n % 10 <> 5 then n::text end, 'etag', uuidv7(), now(), now() - make_interval(secs => n),
    case when n % 6000 = 1 then '{Rare}'::text[] else '{}' end
  from generate_series(1, ${assets}) n;
  analyze gallery.assets;`;

beforeAll(async () => {
  gallery = await Gallery.start({ notifications: false });
  await gallery.engines.database.superuser.query(fillSql);
}, 60_000);
afterAll(() => gallery.stop());

const inTenant = <T>(work: (tx: TenantTransaction) => Promise<T>): Promise<T> => gallery.api.get(Database).inTenant(orgId, work);

async function plansOf(work: (tx: TenantTransaction) => Promise<unknown>): Promise<QueryPlan[]> {
  const plans: QueryPlan[] = [];
  await inTenant((tx) => work(watched(tx, plans)));
  return plans;
}

const indexesOf = (plans: readonly QueryPlan[]): string[] => plans.flatMap(({ indexes }) => indexes);

function expectIndex(plans: readonly QueryPlan[], index: string): void {
  expect(plans.flatMap(({ scanned }) => scanned)).not.toContain('assets');
  expect(indexesOf(plans)).toContain(index);
}

const orders: readonly [AssetSort, string][] = [
  ['created_at', 'time'], ['-created_at', 'time'], ['name', 'name'], ['-name', 'name'], ['size', 'size'], ['-size', 'size'],
];
const everything: AssetFilter = { sites: 'all' };

describe(`among ${assets} assets no list reads the table from end to end`, () => {
  it.each(orders)('a page in the order of %s is a part of its index, of one site too', async (sort, index) => {
    const page = { sort, after: undefined, limit: 20 };
    expectIndex(await plansOf((tx) => lists.page(tx, everything, page)), `assets_by_${index}`);
    expectIndex(await plansOf((tx) => lists.page(tx, { sites }, page)), `assets_by_site_and_${index}`);
  });

  it.each(orders)('the page after a cursor in the order of %s begins at its place', async (sort, index) => {
    const { next } = await inTenant((tx) => lists.page(tx, everything, { sort, after: undefined, limit: 1 }));
    expect(next).toBeDefined();
    const page = { sort, after: next, limit: 20 };
    expectIndex(await plansOf((tx) => lists.page(tx, everything, page)), `assets_by_${index}`);
  });

  it('what is not ready is found by its status', async () => {
    const page = { sort: '-created_at', after: undefined, limit: 20 } as const;
    expectIndex(await plansOf((tx) => lists.page(tx, { sites: 'all', status: 'rejected' }, page)), 'assets_not_ready');
  });

  it('a frequent word is found by reading on in the order that was asked for', async () => {
    const plans = await plansOf((tx) => lists.page(tx, { sites: 'all', terms: { words: 'phot' } }, { sort: 'size', after: undefined, limit: 20 }));
    expect(plans).toHaveLength(1);
    expectIndex(plans, 'assets_by_size');
  });

  it.each([
    ['a rare word', 'nothing', null, 'assets_search'],
    ['a rare tag', null, 'RARE', 'assets_search'],
    ['a frequent word with a rare one', 'phot 12345', null, 'assets_search'],
  ] as const)('%s is found by the index of the search, past what other organizations have', async (_, words, tag, index) => {
    const sql = 'select id from gallery.matching_assets(gallery.search_query($1, $2, $3, null))';
    const plans = await plansWithin(gallery.engines.database.superuser, sql, [orgId, words, tag], { 'app.org_id': orgId });
    expectIndex(plans, index);
  });
});

describe('the index of the search', () => {
  it('tells of no other organization, whatever is asked and whoever asks', async () => {
    const { dataSource: plain } = await gallery.engines.database.openApp(1);
    const foundAs = (org: string): Promise<unknown[]> =>
      plain.transaction(async (manager) => {
        await manager.query(`select set_config('app.org_id', $1, true)`, [org]);
        return manager.query(`select id from gallery.matching_assets(gallery.search_query($1, null, 'rare', null))`, [orgId]);
      });
    expect(await foundAs(orgId)).toHaveLength(3);
    expect(await foundAs(newId())).toEqual([]);
    expect(await foundAs('')).toEqual([]);
  });
});
