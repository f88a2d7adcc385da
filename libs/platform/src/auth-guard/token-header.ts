import { z } from 'zod';
import { keyId } from './json-web-keys.js';

/**
 * The only header fields that count (RFC 8725 §3.1, §3.10, §3.11): keys that a token brings or points at are never
 * looked at. `crit` demands extensions, and none is supported (RFC 7515 §4.1.11).
 */
const tokenHeader = z.object({
  alg: z.literal('ES256'),
  typ: z.literal('at+jwt'),
  kid: keyId,
  crit: z.undefined().optional(),
});
export type TokenHeader = z.output<typeof tokenHeader>;

/** Parses the header of an access token; throws an Error that says which field is wrong. */
export function parseTokenHeader(rawToken: string): TokenHeader {
  const parsed = tokenHeader.safeParse(decodeSegment(rawToken.slice(0, rawToken.indexOf('.'))));
  if (parsed.success) return parsed.data;
  throw new Error(`token header: ${parsed.error.issues.map((issue) => issue.path.join('.') || 'shape').join(', ')} refused`);
}

function decodeSegment(segment: string): unknown {
  try {
    return JSON.parse(Buffer.from(segment, 'base64url').toString('utf8'));
  } catch {
    throw new Error('token header: not JSON');
  }
}
