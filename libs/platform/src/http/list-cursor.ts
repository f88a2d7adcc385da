import { createHash } from 'node:crypto';
import { isoDateTime, uuid } from '@atrium/contract-kit';
import { invalidField } from '../errors/index.js';
import { z } from 'zod';

/** The last row of a page. Times are exact to the millisecond, in the database too. */
export interface ListPosition {
  readonly at: Date;
  readonly id: string;
}

const cursorShape = z.strictObject({ list: z.string(), at: isoDateTime, id: uuid });

/**
 * Names one list: an organization with its filters and order. A cursor holds a position only, so that a forged one shows
 * nothing which the list itself does not; the name keeps it from being used on another list by mistake.
 */
export const listNameOf = (orgId: string, query: Readonly<Record<string, string | undefined>>): string => {
  const present = Object.entries(query).filter(([, value]) => value !== undefined);
  const canonical = JSON.stringify([orgId, present.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 22);
};

export const encodeCursor = (list: string, { at, id }: ListPosition): string =>
  Buffer.from(JSON.stringify({ list, at: at.toISOString(), id })).toString('base64url');

/** @throws DomainError VALIDATION_ERROR when the cursor is not one, or of another list */
export function decodeCursor(list: string, cursor: string): ListPosition {
  const parsed = cursorShape.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) throw invalidField('cursor', 'must be a next_cursor as it was given');
  if (parsed.data.list !== list) throw invalidField('cursor', 'belongs to another list');
  return { at: new Date(parsed.data.at), id: parsed.data.id };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
