import { describe, expect, it } from 'vitest';
import { presentedApiKey } from './presented-api-key.js';

describe('the API key of a request', () => {
  it('is a bearer token or a header', () => {
    expect(presentedApiKey({ authorization: 'bearer atr_live_1' })).toBe('atr_live_1');
    expect(presentedApiKey({ 'x-api-key': ' atr_live_1 ' })).toBe('atr_live_1');
    expect(presentedApiKey({ 'x-api-key': 'anything' })).toBe('anything');
  });

  it('is none of the other credentials', () => {
    for (const headers of [{}, { authorization: 'Bearer eyJ.e.x' }, { authorization: 'Basic atr_live_1' }, { authorization: 'atr_live_1' }]) {
      expect(presentedApiKey(headers)).toBeUndefined();
    }
  });

  it('stands beside no other credential', () => {
    expect(() => presentedApiKey({ authorization: 'Bearer eyJ.e.x', 'x-api-key': 'atr_live_1' })).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
  });
});
