import { email, endpoint } from '@atrium/contract-kit';
import { z } from 'zod';
import { changePasswordBody, givenPassword, maxCredentialsBytes, resetPasswordBody } from './credentials.js';

// None of these is idempotent: what is kept for a replay includes a plain hash of the body, and so of a password.
const shared = { service: 'auth', method: 'POST' } as const;

export const passwordStrength = z
  .object({
    score: z.int().min(0).max(4).meta({ description: 'From 0, guessed at once, to 4, very unlikely to be guessed.' }),
    acceptable: z.boolean().meta({ description: 'Whether the policy takes the password.' }),
    warning: z.string().nullable(),
    suggestions: z.array(z.string()),
  })
  .meta({ id: 'PasswordStrength' });
export type PasswordStrength = z.output<typeof passwordStrength>;

export const measurePassword = endpoint({
  ...shared,
  operationId: 'auth.measurePassword',
  path: '/api/v1/auth/password/strength',
  summary: 'How strong a password would be',
  description: 'Keeps nothing. `email` lets it refuse a password that is made of the address.',
  access: { kind: 'public' },
  limit: { requests: 30, windowSeconds: 60, per: 'address', alone: true },
  body: z.strictObject({ password: givenPassword, email: email.optional() }),
  success: { status: 200, description: 'An estimate and what would improve it', schema: passwordStrength },
  errors: ['UPSTREAM_UNAVAILABLE'],
});

export const forgotPassword = endpoint({
  ...shared,
  operationId: 'auth.forgotPassword',
  path: '/api/v1/auth/password/forgot',
  summary: 'Ask for a mail that lets a forgotten password be replaced',
  description: 'Answers the same whether or not the address is known. Five such mails an hour go to one address at most.',
  access: { kind: 'public' },
  body: z.strictObject({ email }),
  success: { status: 202, description: 'If the address has an account, a mail is on its way' },
  errors: [],
});

export const resetPassword = endpoint({
  ...shared,
  operationId: 'auth.resetPassword',
  path: '/api/v1/auth/password/reset',
  summary: 'Set a new password with the mailed token',
  description:
    'The token works once, for an hour. All sessions of the person end and all known devices but this one are forgotten; the address counts as verified, since the token came to its mailbox. Sets the cookie `atrium_device`.',
  access: { kind: 'public' },
  device: true,
  body: resetPasswordBody,
  maxBodyBytes: maxCredentialsBytes,
  success: { status: 204, description: 'The password is set; the old one and all sessions are dead' },
  errors: [],
});

export const changePassword = endpoint({
  ...shared,
  operationId: 'auth.changePassword',
  path: '/api/v1/auth/password/change',
  summary: 'Change the own password',
  description: 'All other sessions of the person end; this one goes on.',
  access: { kind: 'signed-in' },
  body: changePasswordBody,
  maxBodyBytes: maxCredentialsBytes,
  success: { status: 204, description: 'The password is changed' },
  errors: ['INVALID_CREDENTIALS'],
});
