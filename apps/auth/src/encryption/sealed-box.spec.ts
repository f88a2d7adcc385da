import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encryptionKeys, withNewKey } from './encryption-keys.js';
import { seal, unseal, UnsealError } from './sealed-box.js';

const before = withNewKey();
const keys = encryptionKeys.parse(before);
const rotated = encryptionKeys.parse(withNewKey(before));
const bytes = fc.uint8Array({ minLength: 0, maxLength: 64 });

describe('what is sealed', () => {
  it('opens to the same bytes for the same context, also after the keys were rotated', () => {
    fc.assert(
      fc.property(bytes, fc.string(), (plaintext, context) => {
        const sealed = seal(keys, plaintext, context);
        expect(unseal(keys, sealed, context)).toEqual(Buffer.from(plaintext));
        expect(unseal(rotated, sealed, context)).toEqual(Buffer.from(plaintext));
      }),
    );
  });

  it('opens for no other context', () => {
    fc.assert(
      fc.property(bytes, fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 2 }), (plaintext, [mine = '', other = '']) => {
        expect(() => unseal(keys, seal(keys, plaintext, mine), other)).toThrow(UnsealError);
      }),
    );
  });

  it('opens no more once any bit of it was changed', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (plaintext, position) => {
        const { keyId, box } = seal(keys, plaintext, 'ann');
        const bit = position % (box.length * 8);
        box[bit >> 3]! ^= 1 << (bit & 7);
        expect(() => unseal(keys, { keyId, box }, 'ann')).toThrow(UnsealError);
      }),
    );
  });

  it('opens no more once it was cut', () => {
    const { keyId, box } = seal(keys, Buffer.from('secret'), 'ann');
    for (let length = 0; length < box.length; length += 1) {
      expect(() => unseal(keys, { keyId, box: box.subarray(0, length) }, 'ann')).toThrow(UnsealError);
    }
  });

  it('opens with no other key, and with none that is gone', () => {
    const { box } = seal(keys, Buffer.from('secret'), 'ann');
    expect(() => unseal(rotated, { keyId: rotated.current, box }, 'ann')).toThrow(UnsealError);
    expect(() => unseal(keys, { keyId: rotated.current, box }, 'ann')).toThrow(/there is no key/);
    expect(() => unseal(keys, { keyId: '__proto__', box }, 'ann')).toThrow(/there is no key/);
  });

  it('differs each time and shows nothing of its content', () => {
    const plaintext = Buffer.from('twenty bytes of this');
    const boxes = Array.from({ length: 50 }, () => seal(keys, plaintext, 'ann').box);
    expect(new Set(boxes.map((box) => box.toString('hex'))).size).toBe(50);
    for (const box of boxes) expect(box.includes(plaintext)).toBe(false);
  });
});

describe('the keys', () => {
  it('name the new one as current and keep the others when they are rotated', () => {
    expect(Object.keys(rotated.keys)).toContain(keys.current);
    expect(rotated.current).not.toBe(keys.current);
  });

  it.each([
    ['without the current one', { ...before, current: 'other' }],
    ['that are too short', { current: 'a', keys: { a: 'short' } }],
    ['whose current one is a property of every object', { current: 'constructor', keys: before.keys }],
    ['that are none', { current: 'a', keys: {} }],
  ])('%s are refused', (_, document) => {
    expect(encryptionKeys.safeParse(document).success).toBe(false);
  });
});
