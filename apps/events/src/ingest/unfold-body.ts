import { promisify } from 'node:util';
import { brotliDecompress, constants, gunzip, inflate, zstdDecompress } from 'node:zlib';
import { DomainError } from '@atrium/platform/errors';
import { ingestLimits } from '@atrium/contracts/events';

// Unfolding ends at the limit, so that a bomb costs no more than an honest body of that size.
const limit = { maxOutputLength: ingestLimits.bodyBytes } as const;

type Unfold = (body: Buffer) => Promise<Buffer>;
const unzipGzip = promisify<Buffer, object, Buffer>(gunzip);
const unzipDeflate = promisify<Buffer, object, Buffer>(inflate);
const unzipBrotli = promisify<Buffer, object, Buffer>(brotliDecompress);
const unzipZstd = promisify<Buffer, object, Buffer>(zstdDecompress);

const identity = 'identity';
const codings: Readonly<Record<string, Unfold | undefined>> = {
  gzip: (body) => unzipGzip(body, limit),
  'x-gzip': (body) => unzipGzip(body, limit),
  deflate: (body) => unzipDeflate(body, limit),
  br: (body) => unzipBrotli(body, limit),
  // A frame may ask for a window of gigabytes; 8 MiB is what RFC 8878 §3.1.1.1.2 recommends to support.
  zstd: (body) => unzipZstd(body, { ...limit, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
};

const tooLarge = () =>
  new DomainError('PAYLOAD_TOO_LARGE', `A body holds ${ingestLimits.bodyBytes} bytes at most, measured uncompressed.`);

async function unfolded(unfold: Unfold, body: Buffer): Promise<Buffer> {
  return withinLimit(
    await unfold(body).catch((cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
      throw new DomainError('VALIDATION_ERROR', 'The body is not compressed as Content-Encoding says.', { cause });
    }),
  );
}

function withinLimit(body: Buffer): Buffer {
  if (body.length > ingestLimits.bodyBytes) throw tooLarge();
  return body;
}

/**
 * The body without its content coding (RFC 9110 §8.4), at once where it has none. Throws UNSUPPORTED_MEDIA_TYPE for a
 * coding other than gzip, br, zstd and deflate, PAYLOAD_TOO_LARGE and VALIDATION_ERROR.
 */
export function unfoldBody(body: Buffer, contentEncoding: string | undefined): Buffer | Promise<Buffer> {
  const coding = (contentEncoding ?? identity).trim().toLowerCase();
  if (coding === identity) return withinLimit(body);
  const unfold = codings[coding];
  if (!unfold) throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Content-Encoding must be gzip, br, zstd, deflate or identity.');
  return unfolded(unfold, body);
}
