import { describe, expect, it } from 'vitest';
import { startChecksum } from './checksum-algorithm.js';

describe('the check value of "123456789"', () => {
  // Catalogue of parametrised CRC algorithms: ISO-HDLC, ISCSI, NVME.
  it.each([
    ['crc32', 'cbf43926'],
    ['crc32c', 'e3069283'],
    ['crc64nvme', 'ae8b14860a799888'],
    ['sha1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['sha256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const)('is right for %s, in however many pieces', (algorithm, hex) => {
    const checksum = startChecksum(algorithm);
    for (const piece of ['1', '2345', '', '6789']) checksum.update(Buffer.from(piece));
    expect(Buffer.from(checksum.digest(), 'base64').toString('hex')).toBe(hex);
  });
});
