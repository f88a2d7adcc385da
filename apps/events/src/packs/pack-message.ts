import { constants, zstdCompress, zstdCompressSync, zstdDecompress } from 'node:zlib';
import { promisify } from 'node:util';
import { uuid } from '@atrium/contract-kit';
import { maxMessageBytes } from '@atrium/platform/messaging';
import { z } from 'zod';

/**
 * A pack of accepted events on the queue. `data` is base64 of the compressed JSONEachRow lines, which ClickHouse takes
 * as they are. `batch_id` is the insert's deduplication token, and never stands for other rows.
 */
export const packMessage = z.object({
  version: z.literal(1),
  batch_id: uuid,
  codec: z.literal('zstd'),
  rows: z.int().positive(),
  /** Table that the rows are of, `events` where unset; those of the quarantine name their own `batch_id` and `row`. */
  target: z.enum(['events', 'quarantine']).optional(),
  /** Requests whose events it holds are found by the events' own request ids; this is the first one's trace. */
  traceparent: z.string().optional(),
  data: z.base64(),
});
export type PackMessage = z.output<typeof packMessage>;

const compress = promisify<Uint8Array, object, Buffer>(zstdCompress);
const decompress = promisify(zstdDecompress);

/** Bytes of lines that are compressed sooner than handed to another thread. */
const fewBytes = 32 * 1024;

// Level 1: events are repetitive, and higher levels cost more time than they save bytes. A size known beforehand saves
// zstd the tables for more, and one chunk of output saves a change of threads for every 16 KiB.
const fast = (size: number) => ({
  params: { [constants.ZSTD_c_compressionLevel]: 1 },
  pledgedSrcSize: size,
  chunkSize: Math.max(1024, size >> 1),
});

export async function foldLines(lines: Uint8Array): Promise<Buffer> {
  return lines.length <= fewBytes ? zstdCompressSync(lines, fast(lines.length)) : compress(lines, fast(lines.length));
}

/** Bytes that the JSON around the data takes at most. */
const envelopeBytes = 512;
/** Bytes of compressed lines that fit into one message. */
export const maxFoldedBytes = Math.floor(((maxMessageBytes - envelopeBytes) * 3) / 4);
/** Bytes of lines of one pack; a bound on what a bad pack may unfold to. */
export const maxUnfoldedBytes = 16 * 1024 * 1024;

export async function unfoldLines(folded: Uint8Array): Promise<string[]> {
  const text = (await decompress(folded, { maxOutputLength: maxUnfoldedBytes })).toString('utf8');
  return text.split('\n').filter(Boolean);
}
