import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldLines } from './pack-message.js';
import { unfoldedSize } from './unfolded-size.js';

describe('unfoldedSize', () => {
  it.each([1, 255, 256, 257, 65_791, 65_792, 1_000_000])('reads what a pack of %i bytes unfolds to', async (size) => {
    expect(unfoldedSize(await foldLines(Buffer.alloc(size, 'x')))).toBe(size);
  });

  it('is undefined where the frame does not say', () => {
    // Not told the size beforehand, zstd writes it only when it gets all at once: a stream does not.
    const streamed = Buffer.from('28b52ffd0058', 'hex');
    expect(unfoldedSize(streamed)).toBeUndefined();
    expect(unfoldedSize(Buffer.alloc(0))).toBeUndefined();
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => void unfoldedSize(Buffer.from(bytes))));
    const frame = zstdCompressSync(Buffer.alloc(500));
    for (let length = 0; length < frame.length; length++) unfoldedSize(frame.subarray(0, length));
  });
});
