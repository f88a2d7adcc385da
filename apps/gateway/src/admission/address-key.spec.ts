import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressKey } from './address-key.js';

describe('the key of an address', () => {
  it.each([
    ['203.0.113.9', '203.0.113.9'],
    ['::ffff:203.0.113.9', '203.0.113.9'],
    ['0:0:0:0:0:ffff:203.0.113.9', '203.0.113.9'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['', ''],
    ['nonsense', 'nonsense'],
  ])('of %s is %s', (address, key) => {
    expect(addressKey(address)).toBe(key);
  });

  it('is one for all of a /64, in every way to write it', () => {
    const groups = fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(groups, (numbers) => {
        const hex = numbers.map((number) => number.toString(16));
        const long = [...hex.slice(0, 4), ...hex.slice(4, 8)].join(':');
        const padded = [...hex.slice(0, 4).map((group) => group.padStart(4, '0').toUpperCase()), ...hex.slice(8, 12)].join(':');
        expect(addressKey(padded)).toBe(addressKey(long));
      }),
    );
  });
});
