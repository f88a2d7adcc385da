import { S3Error } from '../protocol/s3-error.js';
import { amzValue, queryValue, type S3Request } from '../protocol/s3-request.js';
import {
  MAX_CLOCK_SKEW_MS,
  parseCredential,
  parseSignature,
  parseSignedHeaders,
  parseTimestamp,
  type SignatureClaim,
} from './signature-claim.js';
import { ALGORITHM } from './signing-key.js';

const MAX_EXPIRES_SECONDS = 604_800;
const MALFORMED = 'AuthorizationQueryParametersError';
const REQUIRED = ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Date', 'X-Amz-Expires', 'X-Amz-SignedHeaders', 'X-Amz-Signature'];

export function isPresigned(request: S3Request): boolean {
  return REQUIRED.some((name) => queryValue(request, name) !== undefined);
}

/**
 * Reads the query form of SigV4 and checks its window of validity.
 *
 * @throws S3Error `AuthorizationQueryParametersError`; `AccessDenied` when it has expired or isn't valid yet
 */
export function readPresignedRequest(request: S3Request, now: number): SignatureClaim {
  const [algorithm, credential, timestamp, expires, signedHeaders, signature] = REQUIRED.map((name) => single(request, name));
  if (!algorithm || !credential || !timestamp || !expires || !signedHeaders || !signature) {
    throw malformed(`Query-string authentication version 4 requires the ${REQUIRED.join(', ')} parameters.`);
  }
  if (algorithm !== ALGORITHM) throw malformed(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  checkWindow(timestamp, expires, now);
  return {
    ...parseCredential(credential, MALFORMED),
    signedHeaders: parseSignedHeaders(signedHeaders, MALFORMED),
    signature: parseSignature(signature, MALFORMED),
    timestamp,
    payloadHash: amzValue(request, 'x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD',
    sessionToken: single(request, 'X-Amz-Security-Token'),
  };
}

function checkWindow(timestamp: string, expires: string, now: number): void {
  const start = parseTimestamp(timestamp);
  if (start === undefined) throw malformed('X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd\'T\'HHmmss\'Z\'"');
  if (!/^\d{1,9}$/.test(expires)) throw malformed('X-Amz-Expires should be a number');
  const seconds = Number(expires);
  if (seconds > MAX_EXPIRES_SECONDS) throw malformed('X-Amz-Expires must be less than a week (in seconds) and non-negative');
  if (start - now > MAX_CLOCK_SKEW_MS) throw new S3Error('AccessDenied', 'Request is not valid yet');
  const end = start + seconds * 1000;
  if (now > end) {
    throw new S3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': expires,
      Expires: new Date(end).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
}

/** Two values of one parameter would let the verified one differ from the obeyed one. */
function single(request: S3Request, name: string): string | undefined {
  const values = request.query.filter(([candidate]) => candidate === name);
  if (values.length > 1) throw malformed(`${name} may be given once only.`);
  return values[0]?.[1];
}

function malformed(message: string): S3Error {
  return new S3Error(MALFORMED, message);
}
