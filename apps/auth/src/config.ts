import { databaseEnvironment, messagingEnvironment, processEnvironment, tokenEnvironment } from '@atrium/platform/config';
import { z } from 'zod';

export const authConfig = z.object({
  ...processEnvironment,
  ...tokenEnvironment,
  ...databaseEnvironment,
  ...messagingEnvironment,
  /** Secret whose versions are one private signing key each; made by `rotate-signing-key ensure`. */
  SIGNING_KEYS_SECRET_ID: z.string(),
  /** Multiplies every limit of sign-in; 1 in production. */
  LIMIT_SCALE: z.coerce.number().positive().default(1),
});
export type AuthConfig = z.output<typeof authConfig>;

/** Dependency-injection token of the {@link AuthConfig}. */
export const AUTH_CONFIG = Symbol('AuthConfig');

export const rotationConfig = z.object({
  AWS_REGION: processEnvironment.AWS_REGION,
  SIGNING_KEYS_SECRET_ID: z.string(),
});
