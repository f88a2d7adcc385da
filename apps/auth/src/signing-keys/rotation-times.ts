import { z } from 'zod';

/** Access tokens live 15 minutes; what tells of revocations relies on it. */
export const longestTokenSeconds = 900;

/** What the service and the command read of signing keys. */
export const signingKeyEnvironment = {
  /** Secret whose versions are one private signing key each; made by `rotate-signing-key ensure`. */
  SIGNING_KEYS_SECRET_ID: z.string(),
  /** For so long a key is published beside the current one before it signs, and the one before goes on being published. */
  SIGNING_KEY_WAIT_SECONDS: z.coerce.number().int().min(1).default(1_800),
} as const;

/** What the service alone reads. */
export const rotationEnvironment = {
  ...signingKeyEnvironment,
  /** How old a signing key gets before the next one takes its place; 30 days. */
  SIGNING_KEY_SECONDS: z.coerce.number().int().min(1).default(2_592_000),
  /** How often each instance reads the signing keys again, and looks whether one is due. */
  SIGNING_KEYS_RELOAD_SECONDS: z.coerce.number().int().min(1).max(300).default(30),
  ACCESS_TOKEN_SECONDS: z.coerce.number().int().min(5).max(longestTokenSeconds).default(longestTokenSeconds),
} as const;

type RotationTimes = z.output<z.ZodObject<typeof rotationEnvironment>> & { readonly JWKS_MAX_AGE_SECONDS: number };

/** Each problem that a rotation would have: with services' caches before the key signs, with tokens after it did. */
export function rotationProblems(config: RotationTimes): string[] {
  const { SIGNING_KEY_WAIT_SECONDS: wait, SIGNING_KEYS_RELOAD_SECONDS: reload } = config;
  const least = Math.max(config.JWKS_MAX_AGE_SECONDS, config.ACCESS_TOKEN_SECONDS) + 2 * reload;
  return [
    ...(wait < least ? [`SIGNING_KEY_WAIT_SECONDS must be ${least} at least, for caches and tokens to keep up`] : []),
    ...(config.SIGNING_KEY_SECONDS < wait ? ['SIGNING_KEY_SECONDS must be as long as SIGNING_KEY_WAIT_SECONDS at least'] : []),
  ];
}
