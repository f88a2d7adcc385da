import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cookiesOf } from './cookies.js';

describe('the cookies of a request', () => {
  it.each([undefined, '', ';', '=value', 'name', ' ; = ; '])('are none in %j', (header) => {
    expect(cookiesOf(header).size).toBe(0);
  });

  it('keep the first of two with one name, and everything after the first equals sign', () => {
    expect([...cookiesOf('a=1; b=x=y==; a=2')]).toEqual([
      ['a', '1'],
      ['b', 'x=y=='],
    ]);
  });

  it('are found by name whatever stands around them', () => {
    const octets = fc.stringMatching(/^[\w.~-]{1,20}$/);
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(octets, octets), { selector: ([name]) => name }), (pairs) => {
        const header = pairs.map(([name, value]) => `${name}=${value}`).join('; ');
        expect([...cookiesOf(header)]).toEqual(pairs);
      }),
    );
  });
});
