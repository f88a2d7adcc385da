import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

/** Date (YYYYMMDD), region and service that a key is derived for. */
export interface CredentialScope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

/** Hex HMAC over the string to sign of a request. `timestamp` is YYYYMMDDTHHMMSSZ. */
export function signCanonicalRequest(
  canonical: string,
  timestamp: string,
  scope: CredentialScope,
  secretAccessKey: string,
): string {
  // Header bytes reach us as latin1 and are hashed as the bytes that were sent.
  const hash = createHash('sha256').update(canonical, 'latin1').digest('hex');
  const scopeText = `${scope.date}/${scope.region}/${scope.service}/aws4_request`;
  return signText([ALGORITHM, timestamp, scopeText, hash].join('\n'), scope, secretAccessKey);
}

/** Hex HMAC over any text with the derived key: a string to sign, or a POST policy's base64. */
export function signText(text: string, scope: CredentialScope, secretAccessKey: string): string {
  const key = [scope.date, scope.region, scope.service, 'aws4_request'].reduce<Buffer>(
    (secret, part) => hmac(secret, part),
    Buffer.from(`AWS4${secretAccessKey}`),
  );
  return hmac(key, text).toString('hex');
}

/** Compares two texts in time that depends on their lengths only. */
export function equalInConstantTime(actual: string, expected: string): boolean {
  const a = Buffer.from(actual);
  const b = Buffer.from(expected);
  return a.length === b.length && timingSafeEqual(a, b);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
