import type { AssetSort } from '@atrium/contracts/gallery';
import { binderAfter, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { AssetEntity } from './asset.entity.js';
import { type AssetFilter, type AssetTerms, conditionsOf, querySql } from './asset-filter.js';
import { afterSql, type AssetPosition, orderSql } from './asset-order.js';
import { AssetRepository } from './asset.repository.js';

export interface AssetPage {
  readonly sort: AssetSort;
  readonly after: AssetPosition | undefined;
  readonly limit: number;
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

  async page(tx: TenantTransaction, filter: AssetFilter, page: AssetPage, looks = usualLooks): Promise<AssetEntity[]> {
    if (filter.sites !== 'all' && filter.sites.length === 0) return [];
    const { terms } = filter;
    const ids = terms === undefined ? await this.inOrder(tx, filter, page) : await this.found(tx, { ...filter, terms }, page, looks);
    const assets = await this.assets.findAll(tx, ids);
    const byId = new Map(assets.map((asset) => [asset.id, asset]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  }

  private async found(tx: TenantTransaction, filter: Searched, page: AssetPage, { first, second, promising }: Looks): Promise<string[]> {
    const near = await this.readingOn(tx, filter, page, first);
    if (near.length === page.limit) return near;
    const further = near.length < promising ? near : await this.readingOn(tx, filter, page, second);
    return further.length === page.limit ? further : this.byIndex(tx, filter, page);
  }

  /** Without terms. Of several sites each has its own part of an index: a page is the first of what each begins with. */
  private inOrder(tx: TenantTransaction, filter: AssetFilter, { sort, after, limit }: AssetPage): Promise<string[]> {
    const { values, bind } = binderAfter([tx.orgId]);
    const conditions = ['a.org_id = $1', ...conditionsOf(filter, bind), ...(after ? [afterSql(sort, after, bind)] : [])];
    const order = `order by ${orderSql(sort)} limit ${bind(limit)}`;
    const part = (more: string): string => `select a.* from gallery.assets a where ${[...conditions, more].join(' and ')} ${order}`;
    const all =
      filter.sites === 'all'
        ? `(${part('true')}) a`
        : `unnest(${bind(filter.sites)}::uuid[]) site cross join lateral (${part('a.site_id = site')}) a`;
    return idsOf(tx, `select a.id from ${all} ${order}`, values);
  }

  /** Reads `atMost` so many assets in order, past those that don't have the terms. */
  private readingOn(tx: TenantTransaction, filter: Searched, { sort, after, limit }: AssetPage, atMost: number): Promise<string[]> {
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
    return idsOf(tx, `select a.id from (${read}) a where ${wanted.join(' and ')} order by ${orderSql(sort)} limit ${bind(limit)}`, values);
  }

  private byIndex(tx: TenantTransaction, filter: Searched, { sort, after, limit }: AssetPage): Promise<string[]> {
    const { values, bind } = binderAfter([tx.orgId]);
    const conditions = [...conditionsOf(filter, bind), ...(after ? [afterSql(sort, after, bind)] : [])];
    if (filter.sites !== 'all') conditions.push(`a.site_id = any (${bind(filter.sites)}::uuid[])`);
    const matching = `gallery.matching_assets(${querySql(filter.terms, bind)}) a`;
    return idsOf(tx, `select a.id from ${matching} where ${conditions.join(' and ')} order by ${orderSql(sort)} limit ${bind(limit)}`, values);
  }
}

async function idsOf(tx: TenantTransaction, sql: string, values: readonly unknown[]): Promise<string[]> {
  return (await rowsOf<{ readonly id: string }>(tx, sql, values)).map(({ id }) => id);
}
