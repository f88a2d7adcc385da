import { expect, it } from 'vitest';
import { anonymiseAddress } from './anonymise-address.js';

it.each([
  ['203.0.113.77', '203.0.113.0'], ['::ffff:203.0.113.77', '203.0.113.0'], ['2001:db8:1234:5678::1', '2001:db8:1234::'], ['2001:db8::1', '2001:db8:0::'],
  ['::1', '0:0:0::'], ['fe80::1%eth0', 'fe80:0:0::'], ['unix:', ''], ['', ''], ['1.2.3', ''],
])('of %s no more than %s is kept', (address, network) => {
  expect(anonymiseAddress(address)).toBe(network);
});
