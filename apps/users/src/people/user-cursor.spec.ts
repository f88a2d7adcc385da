import { encodeKeyCursor as encodeCursor, listNameOf } from '@atrium/platform/http';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor } from './user-cursor.js';

const id = '0190b6a4-0000-7000-8000-000000000001';
const list = listNameOf('org', { sort: 'email' });

describe('a cursor of people', () => {
  it('leads back to the position that it was made from', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 254 }), fc.uuid(), (key, person) => {
        expect(decodeCursor(list, 'email', encodeCursor(list, { key, id: person }))).toEqual({ key, id: person });
      }),
    );
    const exact = { key: '2026-11-20T10:00:00.123456Z', id };
    expect(decodeCursor(list, '-last_login', encodeCursor(list, exact))).toEqual(exact);
    expect(decodeCursor(list, 'last_login', encodeCursor(list, { key: null, id }))).toEqual({ key: null, id });
  });

  it('is refused on another list, organization or order, and when it is no cursor', () => {
    const cursor = encodeCursor(list, { key: 'a@example.com', id });
    expect(() => decodeCursor(listNameOf('other', { sort: 'email' }), 'email', cursor)).toThrow();
    expect(() => decodeCursor(listNameOf('org', { sort: 'email', role: 'editor' }), 'email', cursor)).toThrow();
    expect(() => decodeCursor(list, 'created_at', cursor)).toThrow();
    for (const forged of ['', 'x', 'bnVsbA', ...[{ key: null, id }, { key: 'a', id: 'b' }, { key: 'a\0', id }].map((at) => encodeCursor(list, at))]) {
      expect(() => decodeCursor(list, 'email', forged)).toThrow();
    }
  });

  it('is refused with a time that no column holds', () => {
    for (const key of ['0000-01-01T00:00:00.000000Z', '2026-02-30T00:00:00.000000Z', '2026-11-20T10:00:00Z', 'infinity']) {
      expect(() => decodeCursor(list, 'created_at', encodeCursor(list, { key, id })), key).toThrow();
    }
  });

  it('names a list by what narrows it, in whatever sequence it is asked', () => {
    expect(listNameOf('o', { a: '1', b: undefined, c: '2' })).toBe(listNameOf('o', { c: '2', a: '1' }));
    expect(listNameOf('o', { a: '1' })).not.toBe(listNameOf('o', { b: '1' }));
  });
});
