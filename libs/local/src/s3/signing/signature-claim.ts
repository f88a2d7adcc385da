import { S3Error, type S3ErrorCode } from '../protocol/s3-error.js';
import type { CredentialScope } from './signing-key.js';

/** How far a client's clock may be from this one. */
export const MAX_CLOCK_SKEW_MS = 15 * 60 * 1000;

/** What a request says about its own signature, before anything of it is believed. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  readonly scope: CredentialScope;
  /** YYYYMMDDTHHMMSSZ */
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Hex SHA-256 of the body, or one of SigV4's words such as UNSIGNED-PAYLOAD. */
  readonly payloadHash: string;
  readonly sessionToken: string | undefined;
}

type MalformedCode = Extract<S3ErrorCode, 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError'>;

/** Parses `AKID/20260101/region/s3/aws4_request`. An access key id may not contain a slash. */
export function parseCredential(text: string, code: MalformedCode): Pick<SignatureClaim, 'accessKeyId' | 'scope'> {
  const [accessKeyId, date, region, service, terminator, ...rest] = text.split('/');
  if (!accessKeyId || !date || !region || !service || terminator !== 'aws4_request' || rest.length > 0) {
    throw new S3Error(code, 'The Credential must be of the form "<AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".');
  }
  return { accessKeyId, scope: { date, region, service } };
}

/** Signed header names must be lower-case, sorted, unique, and must name the host. */
export function parseSignedHeaders(text: string, code: MalformedCode): string[] {
  const names = text.split(';');
  const sorted = names.every((name, i) => i === 0 || (names[i - 1] ?? '') < name);
  if (!sorted || names.some((name) => name === '' || name !== name.toLowerCase())) {
    throw new S3Error(code, 'SignedHeaders must be lower-case, sorted and unique.');
  }
  if (!names.includes('host')) throw new S3Error('AccessDenied', 'The host header must be signed.');
  return names;
}

export function parseSignature(text: string, code: MalformedCode): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new S3Error(code, 'The Signature must be 64 lower-case hexadecimal digits.');
  return text;
}

/** @returns milliseconds since the epoch, or undefined when the text isn't YYYYMMDDTHHMMSSZ. */
export function parseTimestamp(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  if (!parts) return undefined;
  const [, year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}
