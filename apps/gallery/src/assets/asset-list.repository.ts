import type { AssetSort } from '@atrium/contracts/gallery';
import { binderAfter, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from './asset.entity.js';
import { type AssetFilter, type AssetTerms, conditionsOf, querySql } from './asset-filter.js';
import { afterSql, type AssetPosition, orderSql, type Placed, placedSql, positionOf } from './asset-order.js';
import { AssetRepository } from './asset.repository.js';

/** A part of a list: from after a position on. */
export interface AssetPage {
  readonly sort: AssetSort;
  readonly after: AssetPosition | undefined;
  readonly limit: number;
}

/** `next` is where the following page begins; undefined on the last. */
export interface ListedAssets {
  readonly assets: AssetEntity[];
  readonly next: AssetPosition | undefined;
}

/** How terms are looked for, in numbers of assets. */
export interface Looks {
  /** Are read first, in order, before the index of the search is asked; */
  readonly first: number;
  /** and so many where the first look found `promising`: that is faster than sorting everything that has the terms. */
  readonly second: number;
  readonly promising: number;
}
const usualLooks: Looks = { first: 1_000, second: 30_000, promising: 3 };

type Searched = AssetFilter & { readonly terms: AssetTerms };

/**
 * Lists of assets, in organizations of millions. Everything is read in the order of an index, but for what few assets have
 * among many: that is found by the index of the search, and sorted.
 */
@Injectable()
export class AssetListRepository {
  constructor(private readonly assets: AssetRepository) {}

  async page(tx: TenantTransaction, filter: AssetFilter, page: AssetPage, looks = usualLooks): Promise<ListedAssets> {
    if (filter.sites !== 'all' && filter.sites.length === 0) return { assets: [], next: undefined };
    // One more than asked for tells whether there is a next page.
    const wanted = { ...page, limit: page.limit + 1 };
    const { terms } = filter;
    const placed = terms === undefined ? await this.inOrder(tx, filter, wanted) : await this.found(tx, { ...filter, terms }, wanted, looks);
    const shown = placed.slice(0, page.limit);
    const assets = await this.assets.findAll(tx, shown.map(({ id }) => id));
    const byId = new Map(assets.map((asset) => [asset.id, asset]));
    // The place as it was found: the asset may have another name by now, or be gone.
    const last = placed.length > page.limit ? shown.at(-1) : undefined;
    return { assets: shown.flatMap(({ id }) => byId.get(id) ?? []), next: last && positionOf(page.sort, last) };
  }

  private async found(tx: TenantTransaction, filter: Searched, page: AssetPage, { first, second, promising }: Looks): Promise<Placed[]> {
    const near = await this.readingOn(tx, filter, page, first);
    if (near.length === page.limit) return near;
    const further = near.length < promising ? near : await this.readingOn(tx, filter, page, second);
    return further.length === page.limit ? further : this.byIndex(tx, filter, page);
  }

  /** Without terms. Of several sites each has its own part of an index: a page is the first of what each begins with. */
  private inOrder(tx: TenantTransaction, filter: AssetFilter, { sort, after, limit }: AssetPage): Promise<Placed[]> {
    const { values, bind } = binderAfter([tx.orgId]);
    const conditions = ['a.org_id = $1', ...conditionsOf(filter, bind), ...(after ? [afterSql(sort, after, bind)] : [])];
    const order = `order by ${orderSql(sort)} limit ${bind(limit)}`;
    const part = (more: string): string => `select a.* from gallery.assets a where ${[...conditions, more].join(' and ')} ${order}`;
    const all =
      filter.sites === 'all'
        ? `(${part('true')}) a`
        : `unnest(${bind(filter.sites)}::uuid[]) site cross join lateral (${part('a.site_id = site')}) a`;
    return placedIn(tx, `select ${placedSql(sort)} from ${all} ${order}`, values);
  }

  /** Reads `atMost` so many assets in order, past those that don't have the terms. */
  private readingOn(tx: TenantTransaction, filter: Searched, { sort, after, limit }: AssetPage, atMost: number): Promise<Placed[]> {
    const { values, bind } = binderAfter([tx.orgId]);
    const conditions = ['a.org_id = $1', ...conditionsOf(filter, bind), ...(after ? [afterSql(sort, after, bind)] : [])];
    const wanted = [`a.search @@ all (${querySql(filter.terms, bind)})`];
    if (filter.sites !== 'all') {
      // One site has its part of an index; several are picked out of the organization's.
      const [only, ...others] = filter.sites;
      if (others.length === 0) conditions.push(`a.site_id = ${bind(only)}`);
      else wanted.push(`a.site_id = any (${bind(filter.sites)}::uuid[])`);
    }
    const read = `select a.* from gallery.assets a where ${conditions.join(' and ')} order by ${orderSql(sort)} limit ${bind(atMost)}`;
    return placedIn(tx, `select ${placedSql(sort)} from (${read}) a where ${wanted.join(' and ')} order by ${orderSql(sort)} limit ${bind(limit)}`, values);
  }

  private byIndex(tx: TenantTransaction, filter: Searched, { sort, after, limit }: AssetPage): Promise<Placed[]> {
    const { values, bind } = binderAfter([tx.orgId]);
    const conditions = [...conditionsOf(filter, bind), ...(after ? [afterSql(sort, after, bind)] : [])];
    if (filter.sites !== 'all') conditions.push(`a.site_id = any (${bind(filter.sites)}::uuid[])`);
    const matching = `gallery.matching_assets(${querySql(filter.terms, bind)}) a`;
    return placedIn(tx, `select ${placedSql(sort)} from ${matching} where ${conditions.join(' and ')} order by ${orderSql(sort)} limit ${bind(limit)}`, values);
  }
}

const placedIn = (tx: TenantTransaction, sql: string, values: readonly unknown[]): Promise<Placed[]> => rowsOf<Placed>(tx, sql, values);
