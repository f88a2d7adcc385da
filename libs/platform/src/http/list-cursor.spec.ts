import { randomUUID } from 'node:crypto';
import { DomainError } from '../errors/index.js';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, listNameOf } from './list-cursor.js';

const orgId = randomUUID();
const query = { sort: '-created_at', site_id: undefined, type: 'image/png' };
const position = { at: new Date('2026-11-20T10:00:00.123Z'), id: randomUUID() };

describe('a list cursor', () => {
  it('comes back as the position that it was made of', () => {
    const list = listNameOf(orgId, query);
    expect(decodeCursor(list, encodeCursor(list, position))).toEqual(position);
  });

  it('is refused by another organization, filter or order', () => {
    const cursor = encodeCursor(listNameOf(orgId, query), position);
    const others = [
      listNameOf(randomUUID(), query),
      listNameOf(orgId, { ...query, sort: 'created_at' }),
      listNameOf(orgId, { ...query, type: undefined }),
      listNameOf(orgId, { ...query, site_id: randomUUID() }),
    ];
    for (const list of others) expect(() => decodeCursor(list, cursor)).toThrow(DomainError);
  });

  it('names the same list whatever the order of its filters', () => {
    expect(listNameOf(orgId, { a: '1', b: '2' })).toBe(listNameOf(orgId, { b: '2', a: '1' }));
  });

  it('refuses anything that it did not make, with a validation error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json().map((json) => Buffer.from(json).toString('base64url'))), (text) => {
        expect(() => decodeCursor(listNameOf(orgId, query), text)).toThrow(
          expect.objectContaining({ code: 'VALIDATION_ERROR' }),
        );
      }),
    );
  });
});
