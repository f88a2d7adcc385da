import type { AssetSort } from '@atrium/contracts/gallery';
import { isoDateTime } from '@atrium/contract-kit';
import type { Bind } from '@atrium/platform/database';
import { decodeKeyCursor, type KeyPosition } from '@atrium/platform/http';
import { z } from 'zod';

type Field = 'created_at' | 'name' | 'size';
/** What is sorted by, as JSON has it. */
export type AssetPosition = KeyPosition<string | number>;

/** Each is an index of `gallery.assets`, and one that leads with the site, read forwards or backwards. */
const fields = {
  created_at: {
    column: 'created_at',
    type: 'timestamptz',
    // PostgreSQL knows no year 0.
    key: isoDateTime.regex(/^(?!0000)/),
    keyOf: (value: Date | string): string => new Date(value).toISOString(),
  },
  name: { column: 'name_key', type: 'text', key: z.string().max(200).regex(/^[^\0]*$/), keyOf: String },
  size: { column: 'size', type: 'bigint', key: z.int().min(0), keyOf: Number },
} as const;

const fieldOf = (sort: AssetSort): Field => (sort.startsWith('-') ? sort.slice(1) : sort) as Field;
const isDescending = (sort: AssetSort): boolean => sort.startsWith('-');

/** Over any rows with these columns. */
export function orderSql(sort: AssetSort): string {
  const direction = isDescending(sort) ? 'desc' : 'asc';
  return `a.${fields[fieldOf(sort)].column} ${direction}, a.id ${direction}`;
}

/** What comes after the position, in one reach of the index. */
export function afterSql(sort: AssetSort, { key, id }: AssetPosition, bind: Bind): string {
  const { column, type } = fields[fieldOf(sort)];
  return `(a.${column}, a.id) ${isDescending(sort) ? '<' : '>'} (${bind(key)}::${type}, ${bind(id)}::uuid)`;
}

/** An asset's place in a list, as PostgreSQL gives it. */
export interface Placed {
  readonly id: string;
  /** What is sorted by. */
  readonly key: Date | string;
}

/** Columns of {@link Placed}. */
export const placedSql = (sort: AssetSort): string => `a.id, a.${fields[fieldOf(sort)].column} as key`;

export const positionOf = (sort: AssetSort, { id, key }: Placed): AssetPosition => ({ id, key: fields[fieldOf(sort)].keyOf(key) });

/** @throws DomainError VALIDATION_ERROR when the cursor is not one, or of another list */
export const decodePosition = (list: string, sort: AssetSort, cursor: string): AssetPosition =>
  decodeKeyCursor<string | number>(list, fields[fieldOf(sort)].key, cursor);
