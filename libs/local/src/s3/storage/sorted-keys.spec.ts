import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SortedKeys } from './sorted-keys.js';

it('gives the keys from a start on, in the byte order of UTF-8', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'grapheme' })), fc.string({ unit: 'grapheme' }), (keys, start) => {
      const sorted = new SortedKeys();
      for (const key of [...keys, 'removed']) sorted.add(key);
      sorted.delete('removed');
      const bytes = (text: string) => Buffer.from(text);
      const expected = keys
        .filter((key) => key !== 'removed' && Buffer.compare(bytes(key), bytes(start)) >= 0)
        .sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
      expect([...sorted.from(start)]).toEqual(expected);
    }),
  );
});
