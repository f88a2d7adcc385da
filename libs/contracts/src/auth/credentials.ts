import { email, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

/** Length comes first (NIST SP 800-63B §3.1.1.2); the maximum bounds the work of hashing. */
export const newPassword = z.string().min(12).max(256);

/**
 * Bytes. Above the general limit, so that a password of a megabyte, sent twice, is told what is wrong with it (a
 * VALIDATION_ERROR) rather than that the body is large.
 */
export const maxCredentialsBytes = 2_621_440;

/** A password as typed at sign-in: older policies may have been looser, so only its length is bounded. */
export const givenPassword = z.string().min(1).max(256);

/** An opaque single-use token that was mailed. */
export const mailedToken = z.string().min(20).max(512);

const matchingPasswords = {
  check: (value: { password: string; password_confirm: string }) => value.password === value.password_confirm,
  problem: { path: ['password_confirm'], message: 'does not match password' },
};

export const registerBody = z
  .strictObject({
    email,
    password: newPassword,
    password_confirm: z.string().max(256),
    organization_name: line(120).optional(),
    invitation_token: mailedToken.optional(),
  })
  .refine(matchingPasswords.check, matchingPasswords.problem)
  .meta({ id: 'RegisterRequest' });

export const loginBody = z
  .strictObject({ email, password: givenPassword, org_id: uuid.optional() })
  .meta({ id: 'LoginRequest' });

export const resetPasswordBody = z
  .strictObject({ token: mailedToken, password: newPassword, password_confirm: z.string().max(256) })
  .refine(matchingPasswords.check, matchingPasswords.problem)
  .meta({ id: 'ResetPasswordRequest' });

export const changePasswordBody = z
  .strictObject({ current_password: givenPassword, password: newPassword, password_confirm: z.string().max(256) })
  .refine(matchingPasswords.check, matchingPasswords.problem)
  .meta({ id: 'ChangePasswordRequest' });
