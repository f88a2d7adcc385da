import { createHash } from 'node:crypto';
import { uuid } from '@atrium/contract-kit';
import { invalidField } from '@atrium/platform/errors';
import { z } from 'zod';
import type { UserOrder, UserPosition } from './user-order.js';

/** What PostgreSQL reads without an error: no NUL, and no year 0. */
const keys = {
  email: z.string().max(254).regex(/^[^\0]*$/),
  time: z.iso.datetime({ precision: 6 }).regex(/^(?!0000)/).nullable(),
};
const cursorShape = (order: UserOrder) =>
  z.strictObject({ list: z.string(), key: order.endsWith('email') ? keys.email : keys.time, id: uuid });

/**
 * Names one list: an organization with its filters and order. A cursor holds a position only, so that a forged one shows
 * nothing which the list itself does not; the name keeps it from being used on another list by mistake.
 */
export function listNameOf(orgId: string, query: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(query).filter(([, value]) => value !== undefined);
  const canonical = JSON.stringify([orgId, present.sort(([a], [b]) => (a < b ? -1 : 1))]);
  return createHash('sha256').update(canonical).digest('base64url').slice(0, 22);
}

export const encodeCursor = (list: string, { key, id }: UserPosition): string =>
  Buffer.from(JSON.stringify({ list, key, id })).toString('base64url');

/** @throws DomainError VALIDATION_ERROR when the cursor is not one, or of another list */
export function decodeCursor(list: string, order: UserOrder, cursor: string): UserPosition {
  const parsed = cursorShape(order).safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success || parsed.data.list !== list) throw invalidField('cursor', 'must be a next_cursor of this list');
  return { key: parsed.data.key, id: parsed.data.id };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
