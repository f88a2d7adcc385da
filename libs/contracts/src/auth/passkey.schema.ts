import { isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** Bytes as WebAuthn's JSON writes them: base64url without padding (RFC 4648 §5). `max` counts bytes. */
const bytes = (max: number) =>
  z
    .string()
    .min(1)
    .max(Math.ceil((max * 4) / 3))
    .regex(/^[A-Za-z0-9_-]+$/, 'must be base64url without padding');

/** At most 1,023 bytes (WebAuthn L3 §4, Credential ID). */
const credentialId = bytes(1_023);
/** How an authenticator is reached. Open-ended: what isn't known yet is kept, and given back to the browser. */
const transport = z.string().regex(/^[a-z-]{1,32}$/);
const transports = z.array(transport).max(10);

export const passkeyName = line(64);

// Browsers add members to these with each level of WebAuthn: unknown ones are dropped, not refused.
const credential = { id: credentialId, rawId: credentialId, type: z.literal('public-key') };

/** What `PublicKeyCredential.toJSON()` gives after `navigator.credentials.create` (WebAuthn L3 §5.1.8). */
export const passkeyRegistration = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: bytes(4_096),
      attestationObject: bytes(16_384),
      transports: transports.optional(),
    }),
  })
  .meta({ id: 'PasskeyRegistration' });
export type PasskeyRegistration = z.output<typeof passkeyRegistration>;

/** What `PublicKeyCredential.toJSON()` gives after `navigator.credentials.get` (WebAuthn L3 §5.1.8). */
export const passkeyAssertion = z
  .object({
    ...credential,
    response: z.object({
      clientDataJSON: bytes(4_096),
      authenticatorData: bytes(4_096),
      signature: bytes(1_024),
      userHandle: bytes(64).nullish(),
    }),
  })
  .meta({ id: 'PasskeyAssertion' });
export type PasskeyAssertion = z.output<typeof passkeyAssertion>;

const descriptor = z.object({ type: z.literal('public-key'), id: z.string(), transports: z.array(z.string()) });

/** For `PublicKeyCredential.parseCreationOptionsFromJSON` (WebAuthn L3 §5.4). `timeout` in milliseconds. */
export const passkeyCreationOptions = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ type: z.literal('public-key'), alg: z.int() })),
    timeout: z.int(),
    excludeCredentials: z.array(descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal('required'),
      requireResidentKey: z.literal(true),
      userVerification: z.literal('required'),
    }),
    attestation: z.literal('none'),
  })
  .meta({ id: 'PasskeyCreationOptions' });
export type PasskeyCreationOptions = z.output<typeof passkeyCreationOptions>;

/** For `PublicKeyCredential.parseRequestOptionsFromJSON` (WebAuthn L3 §5.5). `timeout` in milliseconds. */
export const passkeyRequestOptions = z
  .object({
    rpId: z.string(),
    challenge: z.string(),
    timeout: z.int(),
    allowCredentials: z.array(descriptor),
    userVerification: z.literal('required'),
  })
  .meta({ id: 'PasskeyRequestOptions' });
export type PasskeyRequestOptions = z.output<typeof passkeyRequestOptions>;

export const passkey = z
  .object({
    id: uuid,
    name: z.string(),
    created_at: isoDateTime,
    last_used_at: isoDateTime.nullable(),
    backed_up: z.boolean().meta({ description: 'Whether a copy exists elsewhere, as its last use told.' }),
    transports: z.array(z.string()),
  })
  .meta({ id: 'Passkey' });
export type Passkey = z.output<typeof passkey>;
