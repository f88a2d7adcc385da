import type { AssetStatus } from '@atrium/contracts/gallery';
import type { Bind } from '@atrium/platform/database';

/** Which assets are in a list. */
export interface AssetFilter {
  /** The only sites that count. */
  readonly sites: 'all' | readonly string[];
  /** What a search finds; undefined is everything. */
  readonly terms?: AssetTerms | undefined;
  /** Everything but the trash where it is left out. */
  readonly status?: AssetStatus | undefined;
  /** Of creation, included. */
  readonly from?: Date | undefined;
  /** Of creation, not included. */
  readonly to?: Date | undefined;
  /** Bytes, included. */
  readonly minSize?: number | undefined;
  readonly maxSize?: number | undefined;
}

/** What few assets may have among many: found by the index of the search. */
export interface AssetTerms {
  /** As a person types them; each begins a word. */
  readonly words?: string | undefined;
  readonly tag?: string | undefined;
  readonly contentType?: string | undefined;
}

/** The terms where any is set. */
export const termsOf = (terms: AssetTerms): AssetTerms | undefined =>
  Object.values(terms).some((value) => value !== undefined) ? terms : undefined;

/** The terms, a `tsquery` each; `$1` is the organization. */
export const querySql = ({ words, tag, contentType }: AssetTerms, bind: Bind): string =>
  `gallery.search_query($1, ${bind(words ?? null)}, ${bind(tag ?? null)}, ${bind(contentType ?? null)})`;

/** Everything but the sites and terms, over `a`. The trash is told apart in words that partial indexes are made of. */
export function conditionsOf({ status, from, to, minSize, maxSize }: AssetFilter, bind: Bind): string[] {
  const conditions = [status === 'trashed' ? `a.status = 'trashed'` : `a.status <> 'trashed'`];
  if (status !== undefined && status !== 'trashed') conditions.push(`a.status = ${bind(status)}`);
  if (from !== undefined) conditions.push(`a.created_at >= ${bind(from)}::timestamptz`);
  if (to !== undefined) conditions.push(`a.created_at < ${bind(to)}::timestamptz`);
  if (minSize !== undefined) conditions.push(`a.size >= ${bind(minSize)}::bigint`);
  if (maxSize !== undefined) conditions.push(`a.size <= ${bind(maxSize)}::bigint`);
  return conditions;
}
