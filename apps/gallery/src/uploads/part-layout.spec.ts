import { maxObjectBytes, maxPutBytes } from '@atrium/contracts/gallery';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { partLayoutOf, sizeOfPart } from './part-layout.js';

const size = fc.oneof(fc.integer({ min: 1, max: 100_000_000 }), fc.integer({ min: 1, max: maxObjectBytes }), fc.constant(maxObjectBytes));

describe('the parts of a file', () => {
  it('are what S3 takes, for every size that it takes', () => {
    fc.assert(
      fc.property(size, (bytes) => {
        const { partSize, partCount } = partLayoutOf(bytes);
        expect(partCount).toBeLessThanOrEqual(10_000);
        expect(partSize).toBeGreaterThanOrEqual(5 * 1024 ** 2);
        expect(partSize).toBeLessThanOrEqual(maxPutBytes);
      }),
      { numRuns: 2_000 },
    );
  });

  it('make up the file exactly, and there are no others', () => {
    fc.assert(
      fc.property(size, (bytes) => {
        const { partSize, partCount } = partLayoutOf(bytes);
        const file = { size: bytes, partSize };
        const last = sizeOfPart(file, partCount) ?? 0;
        expect(last).toBeGreaterThan(0);
        expect((partCount - 1) * partSize + last).toBe(bytes);
        if (partCount > 1) expect(sizeOfPart(file, 1)).toBe(partSize);
        expect([sizeOfPart(file, 0), sizeOfPart(file, partCount + 1)]).toEqual([undefined, undefined]);
      }),
      { numRuns: 2_000 },
    );
  });

  it('of 5 TiB are of 525 MiB', () => {
    expect(partLayoutOf(maxObjectBytes)).toEqual({ partSize: 525 * 1024 ** 2, partCount: 9_987 });
  });
});
