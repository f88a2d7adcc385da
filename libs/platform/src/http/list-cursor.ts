import { createHash } from 'node:crypto';
import { isoDateTime, uuid } from '@atrium/contract-kit';
import { invalidField } from '../errors/index.js';
import { z } from 'zod';

/** The last row of a page. Times are exact to the millisecond, in the database too. */
export interface ListPosition {
  readonly at: Date;
  readonly id: string;
}

/** The last row of a page in a list that is sorted by `key`, and by the id where keys are the same. */
export interface KeyPosition<Key> {
  readonly key: Key;
  readonly id: string;
}

/**
 * Names one list: an organization with its filters and order. A cursor holds a position only, so that a forged one shows
 * nothing which the list itself does not; the name keeps it from being used on another list by mistake.
 */
export const listNameOf = (orgId: string, query: Readonly<Record<string, string | undefined>>): string => {
  const present = Object.entries(query).filter(([, value]) => value !== undefined);
  const canonical = JSON.stringify([orgId, present.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 22);
};

export const encodeCursor = (list: string, { at, id }: ListPosition): string => encode({ list, at: at.toISOString(), id });

/** @throws DomainError VALIDATION_ERROR when the cursor is not one, or of another list */
export function decodeCursor(list: string, cursor: string): ListPosition {
  const { at, id } = decode(list, z.strictObject({ list: z.string(), at: isoDateTime, id: uuid }), cursor);
  return { at: new Date(at), id };
}

/** As {@link encodeCursor}, of a list in another order. Keys are those that JSON has. */
export const encodeKeyCursor = (list: string, { key, id }: KeyPosition<unknown>): string => encode({ list, key, id });

/** @throws DomainError VALIDATION_ERROR when the cursor is not one, its key is not of the schema, or it is of another list */
export function decodeKeyCursor<Key>(list: string, keySchema: z.ZodType<Key>, cursor: string): KeyPosition<Key> {
  const { key, id } = decode(list, z.strictObject({ list: z.string(), key: keySchema, id: uuid }), cursor);
  return { key, id };
}

const encode = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');

function decode<Content extends { list: string }>(list: string, shape: z.ZodType<Content>, cursor: string): Content {
  const parsed = shape.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) throw invalidField('cursor', 'must be a next_cursor as it was given');
  if (parsed.data.list !== list) throw invalidField('cursor', 'belongs to another list');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
