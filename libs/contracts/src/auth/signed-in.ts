import { uuid } from '@atrium/contract-kit';
import { z } from 'zod';

export const signedIn = z
  .object({
    access_token: z.string(),
    refresh_token: z.string(),
    token_type: z.literal('Bearer'),
    /** Seconds. */
    expires_in: z.int(),
    user: z.object({ id: uuid, email: z.string(), roles: z.array(z.string()) }),
  })
  .meta({ id: 'SignedIn' });
export type SignedIn = z.output<typeof signedIn>;

export const secondFactorMethod = z.enum(['totp', 'recovery_code']);
export type SecondFactorMethod = z.output<typeof secondFactorMethod>;

/** The first factor was right; the second is to come. */
export const mfaRequired = z
  .object({
    mfa_required: z.literal(true),
    mfa_token: z.string().meta({ description: 'For `POST /api/v1/auth/login/mfa`. Opens nothing by itself.' }),
    methods: z.array(secondFactorMethod),
    /** Seconds. */
    expires_in: z.int(),
  })
  .meta({ id: 'MfaRequired' });
export type MfaRequired = z.output<typeof mfaRequired>;

/** What a right first factor gets. */
export const signInAnswer = z.union([signedIn, mfaRequired]).meta({ id: 'SignInAnswer' });
export type SignInAnswer = z.output<typeof signInAnswer>;

export const isSignedIn = (answer: SignInAnswer): answer is SignedIn => 'access_token' in answer;
