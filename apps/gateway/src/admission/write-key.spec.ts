import { describe, expect, it } from 'vitest';
import { writeKeyHash } from './write-key.js';

const basic = (user: string): string => `Basic ${Buffer.from(`${user}:`).toString('base64')}`;

describe('the write key of a request', () => {
  it('is the same in either header, and never kept in clear', () => {
    const hash = writeKeyHash({ 'x-write-key': 'wk_live_1' });
    expect(writeKeyHash({ authorization: basic('wk_live_1') })).toBe(hash);
    expect(writeKeyHash({ authorization: basic('wk_live_1').replace('Basic', 'bASIC') })).toBe(hash);
    expect(hash).not.toContain('wk_live_1');
    expect(writeKeyHash({ 'x-write-key': 'wk_live_2' })).not.toBe(hash);
  });

  it('is none where there is none', () => {
    for (const headers of [{}, { 'x-write-key': '' }, { authorization: 'Bearer x' }, { authorization: 'Basic ' }, { authorization: basic('') }]) {
      expect(writeKeyHash(headers)).toBeUndefined();
    }
  });
});
