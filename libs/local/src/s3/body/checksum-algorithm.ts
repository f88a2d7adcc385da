import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { crc32c, crc64nvme } from './crc-tables.js';

/** Length in bytes of each checksum that S3 knows. */
const DIGEST_BYTES = { crc32: 4, crc32c: 4, crc64nvme: 8, sha1: 20, sha256: 32 } as const;

export type ChecksumAlgorithm = keyof typeof DIGEST_BYTES;
export const CHECKSUM_ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const satisfies ChecksumAlgorithm[];

export interface RunningChecksum {
  update(chunk: Buffer): void;
  /** Base64, as S3 writes checksums. */
  digest(): string;
}

/** @returns the algorithm that `SHA256`, `CRC32` … names. */
export function parseChecksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toLowerCase());
}

/** Whether a text is base64 of the right number of bytes. */
export function isChecksumOf(algorithm: ChecksumAlgorithm, base64: string): boolean {
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === base64;
}

export function startChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  switch (algorithm) {
    case 'crc32':
      return startCrc32((chunk, state) => crc32(chunk, state));
    case 'crc32c':
      return startCrc32(crc32c);
    case 'crc64nvme':
      return startCrc64();
    default: {
      const hash = createHash(algorithm);
      return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest('base64') };
    }
  }
}

function startCrc32(next: (chunk: Buffer, state: number) => number): RunningChecksum {
  let state = 0;
  return {
    update: (chunk) => void (state = next(chunk, state)),
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(state);
      return bytes.toString('base64');
    },
  };
}

function startCrc64(): RunningChecksum {
  let state = 0n;
  return {
    update: (chunk) => void (state = crc64nvme(chunk, state)),
    digest: () => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64BE(state);
      return bytes.toString('base64');
    },
  };
}
