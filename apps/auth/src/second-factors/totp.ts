import { randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** RFC 6238 with what every authenticator app understands. */
const parameters = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
/** Steps to either side: clocks differ, and typing takes time (RFC 6238 §5.2). */
const window = 1;
/** RFC 4226 §4 recommends 160 bits. */
const secretBytes = 20;
const issuer = 'Atrium';

const secretOf = (bytes: Uint8Array): Secret => new Secret({ buffer: Uint8Array.from(bytes).buffer });

export const newTotpSecret = (): Buffer => randomBytes(secretBytes);

export const isTotpCode = (code: string): boolean => /^\d{6}$/.test(code);

/** Base32, as people type it. */
export const totpSecretText = (secret: Uint8Array): string => secretOf(secret).base32;

/** `otpauth://totp/Atrium:ann%40example.com?…`, for a QR code. */
export const otpauthUrl = (secret: Uint8Array, label: string): string =>
  new TOTP({ ...parameters, issuer, label, secret: secretOf(secret) }).toString();

/**
 * The time step that the code is of, among those near `now` (milliseconds since the epoch); undefined for a wrong code.
 * The caller sees to it that no step counts twice.
 */
export function stepOf(secret: Uint8Array, code: string, now = Date.now()): number | undefined {
  const delta = TOTP.validate({ ...parameters, token: code, secret: secretOf(secret), timestamp: now, window });
  return delta === null ? undefined : TOTP.counter({ period: parameters.period, timestamp: now }) + delta;
}
