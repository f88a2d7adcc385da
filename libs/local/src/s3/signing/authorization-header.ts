import { S3Error } from '../protocol/s3-error.js';
import type { S3Request } from '../protocol/s3-request.js';
import {
  MAX_CLOCK_SKEW_MS,
  parseCredential,
  parseSignature,
  parseSignedHeaders,
  parseTimestamp,
  type SignatureClaim,
} from './signature-claim.js';
import { ALGORITHM } from './signing-key.js';

const MALFORMED = 'AuthorizationHeaderMalformed';

/**
 * Reads `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.
 *
 * @throws S3Error `AuthorizationHeaderMalformed`, `InvalidRequest`, `AccessDenied`, `RequestTimeTooSkewed`
 */
export function readAuthorizationHeader(request: S3Request, header: string, now: number): SignatureClaim {
  const fields = parseFields(header);
  const payloadHash = request.headers.get('x-amz-content-sha256');
  if (payloadHash === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  return {
    ...parseCredential(fields.Credential, MALFORMED),
    signedHeaders: parseSignedHeaders(fields.SignedHeaders, MALFORMED),
    signature: parseSignature(fields.Signature, MALFORMED),
    timestamp: readTimestamp(request, now),
    payloadHash,
    sessionToken: request.headers.get('x-amz-security-token'),
  };
}

function parseFields(header: string): Record<'Credential' | 'SignedHeaders' | 'Signature', string> {
  const space = header.indexOf(' ');
  if (header.slice(0, space) !== ALGORITHM) {
    throw new S3Error('InvalidRequest', `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`);
  }
  const fields = new Map<string, string>();
  for (const part of header.slice(space + 1).split(',')) {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals).trim();
    if (equals === -1 || fields.has(name)) throw malformed();
    fields.set(name, part.slice(equals + 1).trim());
  }
  const [Credential, SignedHeaders, Signature] = ['Credential', 'SignedHeaders', 'Signature'].map((n) => fields.get(n));
  if (!Credential || !SignedHeaders || !Signature || fields.size !== 3) throw malformed();
  return { Credential, SignedHeaders, Signature };
}

function readTimestamp(request: S3Request, now: number): string {
  const timestamp = request.headers.get('x-amz-date') ?? '';
  const time = parseTimestamp(timestamp);
  if (time === undefined) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  if (Math.abs(now - time) > MAX_CLOCK_SKEW_MS) {
    throw new S3Error(
      'RequestTimeTooSkewed',
      'The difference between the request time and the current time is too large.',
      { RequestTime: timestamp, ServerTime: new Date(now).toISOString(), MaxAllowedSkewMilliseconds: `${MAX_CLOCK_SKEW_MS}` },
    );
  }
  return timestamp;
}

function malformed(): S3Error {
  return new S3Error(MALFORMED, 'The authorization header is malformed.');
}
