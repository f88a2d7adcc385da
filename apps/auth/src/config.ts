import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { hashMemoryKib } from '@atrium/platform/passwords';
import { z } from 'zod';
import { isPlainLoopback } from './federation/plain-loopback.js';

const redirectUris = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()).filter(Boolean))
  .pipe(z.array(z.string().refine((uri) => isReturnable(uri), 'must be https, or http on localhost, without a fragment')).min(1));

const isReturnable = (uri: string): boolean =>
  URL.canParse(uri) && !uri.includes('#') && (new URL(uri).protocol === 'https:' || isPlainLoopback(uri));
import { rotationEnvironment, rotationProblems, signingKeyEnvironment } from './signing-keys/rotation-times.js';

const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  error: 'must be an origin, as https://app.example.com',
  abort: true,
});
const origins = z
  .string()
  .transform((list) => list.split(',').map((item) => item.trim()).filter(Boolean))
  .pipe(z.array(origin).min(1));

/** Browsers demand the same (WebAuthn L3 §5.1.3, §13.4.9): anything else could never work, or only for somebody else. */
const isOriginOf = (rpId: string, origin: string): boolean => {
  const { protocol, hostname } = new URL(origin);
  const isSecure = protocol === 'https:' || (protocol === 'http:' && hostname === 'localhost');
  return isSecure && (hostname === rpId || hostname.endsWith(`.${rpId}`));
};

export const authConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  /** Base URL of the users service, which knows the organization's sites. */
  USERS_URL: z.url(),
  /** Secret with the keys that encrypt secrets of second factors; made by `rotate-encryption-key ensure`. */
  ENCRYPTION_KEYS_SECRET_ID: z.string(),
  /** Base URL under which browsers reach the gateway: issuers send them back to it. */
  PUBLIC_URL: z.url(),
  /** Base URL of the web app. */
  APP_URL: z.url(),
  /** Secret with the issuers that people may sign in with; none where unset. */
  OAUTH_PROVIDERS_SECRET_ID: z.string().optional(),
  /** Comma-separated URIs to which a browser may return from such a sign-in, the default first; the web app's `/sign-in` where unset. */
  OAUTH_REDIRECT_URIS: redirectUris.optional(),
  ...rotationEnvironment,
  /** Multiplies every limit of sign-in; 1 in production. */
  LIMIT_SCALE: z.coerce.number().positive().default(1),
  /**
   * Memory of an Argon2id hash in KiB, and passes over it: by default RFC 9106's second recommendation, at least OWASP's.
   * Raised, hashes are made anew as their people sign in. What both cost: docs/adr/0034-stronger-password-hashes.md.
   */
  PASSWORD_HASH_MEMORY_KIB: z.coerce.number().int().min(19_456).max(hashMemoryKib).default(65_536),
  PASSWORD_HASH_PASSES: z.coerce.number().int().min(2).max(10).default(3),
  /** The domain that passkeys belong to, e.g. `example.com`. Another one makes all that exist useless. */
  PASSKEY_RP_ID: z.hostname(),
  /** The name that browsers show with a passkey. */
  PASSKEY_RP_NAME: z.string().min(1).max(64).default('Atrium'),
  /** Comma-separated origins whose pages may use passkeys; each of the domain PASSKEY_RP_ID. */
  PASSKEY_ORIGINS: origins,
}).superRefine(({ PASSKEY_RP_ID, PASSKEY_ORIGINS }, context) => {
  if (PASSKEY_ORIGINS.every((origin) => isOriginOf(PASSKEY_RP_ID, origin))) return;
  const message = 'must each be https (or http://localhost) and of the domain PASSKEY_RP_ID';
  context.addIssue({ code: 'custom', path: ['PASSKEY_ORIGINS'], message });
}).superRefine((config, context) => {
  for (const message of rotationProblems(config)) context.addIssue({ code: 'custom', message });
});
export type AuthConfig = z.output<typeof authConfig>;

/** Dependency-injection token of the {@link AuthConfig}. */
export const AUTH_CONFIG = Symbol('AuthConfig');

export const rotationConfig = z.object({
  AWS_REGION: processEnvironment.AWS_REGION,
  ...signingKeyEnvironment,
});

export const encryptionRotationConfig = z.object({
  AWS_REGION: processEnvironment.AWS_REGION,
  ENCRYPTION_KEYS_SECRET_ID: z.string(),
});
