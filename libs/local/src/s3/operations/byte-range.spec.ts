import { describe, expect, it } from 'vitest';
import { parseRange } from './byte-range.js';

describe('a Range header on ten bytes', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=0-', { start: 0, end: 9 }],
    ['bytes=-20', { start: 0, end: 9 }],
    ['bytes=9-9', { start: 9, end: 9 }],
  ])('%s is a part', (header, range) => {
    expect(parseRange(header, 10)).toEqual(range);
  });

  it.each([undefined, 'bytes=-', 'bytes=3-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b'])('%s is ignored', (header) => {
    expect(parseRange(header, 10)).toBeUndefined();
  });

  it.each(['bytes=10-', 'bytes=-0', 'bytes=99-100'])('%s can’t be satisfied', (header) => {
    expect(() => parseRange(header, 10)).toThrow(expect.objectContaining({ code: 'InvalidRange' }));
  });
});
