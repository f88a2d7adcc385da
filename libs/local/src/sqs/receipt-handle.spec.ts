import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeReceiptHandle, encodeReceiptHandle } from './receipt-handle.js';

it('a receipt handle gives back what it was made of', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), fc.uuid(), (seq, receipt) => {
      const made = { seq: String(seq), receipt };
      expect(decodeReceiptHandle(encodeReceiptHandle(made))).toEqual(made);
    }),
  );
});

it('any other text is refused', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => decodeReceiptHandle(text)).toThrow(/not a valid receipt handle/);
    }),
  );
});
