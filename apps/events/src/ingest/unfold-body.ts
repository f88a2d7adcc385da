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

const codings: Readonly<Record<string, Unfold | undefined>> = {
  identity: (body) => Promise.resolve(body),
  gzip: (body) => unzipGzip(body, limit),
  'x-gzip': (body) => unzipGzip(body, limit),
  deflate: (body) => unzipDeflate(body, limit),
  br: (body) => unzipBrotli(body, limit),
  // A frame may ask for a window of gigabytes; 8 MiB is what RFC 8878 §3.1.1.1.2 recommends to support.
  zstd: (body) => unzipZstd(body, { ...limit, params: { [constants.ZSTD_d_windowLogMax]: 23 } }),
};

const tooLarge = () =>
  new DomainError('PAYLOAD_TOO_LARGE', `A body holds ${ingestLimits.bodyBytes} bytes at most, measured uncompressed.`);

/**
 * The body without its content coding (RFC 9110 §8.4). Throws UNSUPPORTED_MEDIA_TYPE for a coding other than gzip, br,
 * zstd and deflate, PAYLOAD_TOO_LARGE and VALIDATION_ERROR.
 */
export async function unfoldBody(body: Buffer, contentEncoding: string | undefined): Promise<Buffer> {
  const unfold = codings[(contentEncoding ?? 'identity').trim().toLowerCase()];
  if (!unfold) throw new DomainError('UNSUPPORTED_MEDIA_TYPE', 'Content-Encoding must be gzip, br, zstd, deflate or identity.');
  const unfolded = await unfold(body).catch((cause: unknown) => {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge();
    throw new DomainError('VALIDATION_ERROR', 'The body is not compressed as Content-Encoding says.', { cause });
  });
  if (unfolded.length > ingestLimits.bodyBytes) throw tooLarge();
  return unfolded;
}
