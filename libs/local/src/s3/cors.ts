import { S3Error } from './protocol/s3-error.js';

/** Who may call a bucket from a browser. An origin may hold one `*`. */
export interface CorsRule {
  readonly origins: readonly string[];
}

const METHODS = ['GET', 'PUT', 'POST', 'HEAD', 'DELETE'];
const EXPOSED_HEADERS = ['ETag', 'x-amz-request-id', 'x-amz-checksum-sha256', 'Content-Range', 'Accept-Ranges'];
const MAX_AGE_SECONDS = 3000;
const VARY = 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method';

/** Headers that a browser needs to let a page read an answer; none when the origin isn't allowed. */
export function corsHeaders(rule: CorsRule | undefined, origin: string | undefined, method: string): Record<string, string> {
  if (!rule || origin === undefined || !METHODS.includes(method)) return {};
  const match = rule.origins.find((pattern) => originMatches(pattern, origin));
  if (match === undefined) return {};
  return {
    'Access-Control-Allow-Origin': match === '*' ? '*' : origin,
    ...(match === '*' ? {} : { 'Access-Control-Allow-Credentials': 'true' }),
    'Access-Control-Allow-Methods': METHODS.join(', '),
    'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', '),
    'Access-Control-Max-Age': `${MAX_AGE_SECONDS}`,
    Vary: VARY,
  };
}

/**
 * Answers a preflight request (Fetch standard, "CORS-preflight request"), which carries no signature.
 *
 * @throws S3Error `BadRequest` when it isn't one, `AccessForbidden` when the bucket doesn't allow it
 */
export function preflightHeaders(rule: CorsRule | undefined, headers: ReadonlyMap<string, string>): Record<string, string> {
  const origin = headers.get('origin');
  const method = headers.get('access-control-request-method');
  if (origin === undefined) throw new S3Error('BadRequest', 'Insufficient information. Origin request header needed.');
  if (method === undefined) throw new S3Error('BadRequest', 'Invalid Access-Control-Request-Method: null');
  const allowed = corsHeaders(rule, origin, method);
  if (Object.keys(allowed).length === 0) {
    throw new S3Error(
      'AccessForbidden',
      rule ? 'CORSResponse: This CORS request is not allowed.' : 'CORSResponse: CORS is not enabled for this bucket.',
    );
  }
  const requested = headers.get('access-control-request-headers');
  return requested === undefined ? allowed : { ...allowed, 'Access-Control-Allow-Headers': requested };
}

function originMatches(pattern: string, origin: string): boolean {
  const star = pattern.indexOf('*');
  if (star === -1) return pattern === origin;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return origin.length >= before.length + after.length && origin.startsWith(before) && origin.endsWith(after);
}
