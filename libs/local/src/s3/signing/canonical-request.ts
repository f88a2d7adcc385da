import type { S3Request } from '../protocol/s3-request.js';
import { encodeUriComponent, encodeUriPath } from '../protocol/uri-encoding.js';

/**
 * SigV4's canonical request (IAM user guide, "Create a signed AWS API request", step 1) in S3's variant: the path is
 * encoded once and never normalised. Path and query are re-encoded from their decoded form, so a client's choice of
 * escapes doesn't matter and its meaning does.
 */
export function canonicalRequest(request: S3Request, signedHeaders: readonly string[], payloadHash: string): string {
  return [
    request.method,
    encodeUriPath(request.path),
    canonicalQuery(request),
    ...signedHeaders.map((name) => `${name}:${canonicalHeaderValue(request.headers.get(name) ?? '')}`),
    '',
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
}

function canonicalQuery(request: S3Request): string {
  return request.query
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [encodeUriComponent(name), encodeUriComponent(value)] as const)
    .sort(([nameA, valueA], [nameB, valueB]) => compareAscii(nameA, nameB) || compareAscii(valueA, valueB))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function canonicalHeaderValue(value: string): string {
  return value.trim().replace(/ +/g, ' ');
}

function compareAscii(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
