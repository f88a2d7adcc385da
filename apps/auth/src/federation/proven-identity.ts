import { z } from 'zod';

/** Who somebody is, as an issuer has just said. */
export const provenIdentity = z.object({
  provider: z.string(),
  issuer: z.string().max(2_048),
  /** Unique at the issuer and never given to another person (OpenID Connect Core 1.0 §2: 255 ASCII characters at most). */
  subject: z.string().regex(/^[\x20-\x7e]{1,255}$/),
  /** Lower-case; null where the issuer says none, or none that is an address. */
  email: z.string().nullable(),
  /** True for `email_verified: true` alone: some issuers say it of any address, as a text, or not at all. */
  emailVerified: z.boolean(),
});
export type ProvenIdentity = z.output<typeof provenIdentity>;
