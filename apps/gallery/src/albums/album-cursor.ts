import { invalidField } from '@atrium/platform/errors';
import { z } from 'zod';
import { longestPosition } from './item-positions.js';

const cursorShape = z.strictObject({ list: z.string(), position: z.string().min(1).max(longestPosition) });

/** As `encodeCursor` of the platform, of a list in an album's order. */
export const encodeAlbumCursor = (list: string, position: string): string => Buffer.from(JSON.stringify({ list, position })).toString('base64url');

/** @throws DomainError VALIDATION_ERROR when the cursor is not one, or of another list */
export function decodeAlbumCursor(list: string, cursor: string): string {
  const parsed = cursorShape.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (!parsed.success) throw invalidField('cursor', 'must be a next_cursor as it was given');
  if (parsed.data.list !== list) throw invalidField('cursor', 'belongs to another list');
  return parsed.data.position;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
