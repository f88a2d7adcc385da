import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RequestContext, runInContext } from '../context/index.js';
import { deviceTokensOf, sendDeviceTokens } from './device-tokens.js';

const tokenOf = (letter: string): string => letter.repeat(43);
const [a, b] = [tokenOf('a'), tokenOf('b')];

describe('device tokens', () => {
  it('come in the cookie, or in a header where there is none', () => {
    expect(deviceTokensOf({ cookie: `x=1; atrium_device=${a}.${b}; y=2` })).toEqual([a, b]);
    expect(deviceTokensOf({ 'x-device-token': a, cookie: `atrium_device=${b}` })).toEqual([a]);
    expect(deviceTokensOf({ cookie: `not_atrium_device=${a}` })).toEqual([]);
    expect(deviceTokensOf({})).toEqual([]);
  });

  it('are five well-formed ones at most, whatever is sent', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(20), (noise, count) => {
        const tokens = deviceTokensOf({ cookie: `${noise}; atrium_device=${Array(count).fill(a).join('.')}.${noise}` });
        expect(tokens.length).toBeLessThanOrEqual(5);
        for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
      }),
    );
  });

  it('leave as one cookie that comes back as it was, the own one first and once', () => {
    const context: RequestContext = { requestId: 'r' };
    runInContext(context, () => sendDeviceTokens(a, [b, a, tokenOf('c'), tokenOf('d'), tokenOf('e'), tokenOf('f')], { secure: true }));
    expect(context.cookies).toHaveLength(1);
    const [pair = '', ...attributes] = context.cookies?.[0]?.split('; ') ?? [];
    expect(deviceTokensOf({ cookie: pair })).toEqual(['a', 'b', 'c', 'd', 'e'].map(tokenOf));
    expect(attributes).toEqual(['Path=/', 'Max-Age=34560000', 'HttpOnly', 'SameSite=Strict', 'Secure']);
  });
});
