import type { IncomingHttpHeaders } from 'node:http';
import { createGzip, type Gzip } from 'node:zlib';

/** Bytes below which compression costs more than it saves. */
const worthwhileBytes = 1024;

const acceptsGzip = /(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+)?\s*(?:,|$)/i;
const jsonType = /^application\/(?:[\w.+-]+\+)?json\b/i;

/**
 * Whether the gateway compresses the service's answer: JSON of a size, not yet encoded, for a client that takes gzip.
 * Answers with an ETag stay as they are, since an encoded form needs another one (RFC 9110 §8.8.3.3) and `If-Match`
 * is to be sent the service's own. Event streams and files are no JSON.
 */
export function isCompressible(request: IncomingHttpHeaders, response: IncomingHttpHeaders): boolean {
  const type = response['content-type'];
  if (type === undefined || !jsonType.test(type)) return false;
  if (response['content-encoding'] !== undefined || response.etag !== undefined) return false;
  if (Number(response['content-length'] ?? worthwhileBytes) < worthwhileBytes) return false;
  if (response['cache-control']?.includes('no-transform') === true) return false;
  const accepted = request['accept-encoding'];
  return accepted !== undefined && acceptsGzip.test(String(accepted));
}

/** Level 4 costs half of the default's time for a few per cent more bytes. */
export const jsonGzip = (): Gzip => createGzip({ level: 4 });
