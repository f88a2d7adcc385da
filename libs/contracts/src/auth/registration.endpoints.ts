import { email, endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { mailedToken, maxCredentialsBytes, registerBody } from './credentials.js';

export const registeredAccount = z
  .object({ id: uuid, email: z.string(), email_verified: z.boolean(), created_at: isoDateTime })
  .meta({ id: 'RegisteredAccount' });
export type RegisteredAccount = z.output<typeof registeredAccount>;

export const register = endpoint({
  operationId: 'auth.register',
  service: 'auth',
  method: 'POST',
  path: '/api/v1/auth/register',
  summary: 'Register a person',
  description:
    'Without an invitation the person gets a new organization and is its org_admin; with one, its role in the inviting organization. A verification mail is sent either way.',
  access: { kind: 'public' },
  limit: { requests: 3, windowSeconds: 3600, per: 'address' },
  idempotent: true,
  body: registerBody,
  maxBodyBytes: maxCredentialsBytes,
  success: { status: 201, description: 'The account, not yet verified', schema: registeredAccount },
  errors: ['EMAIL_TAKEN'],
});

export const verifyEmail = endpoint({
  operationId: 'auth.verifyEmail',
  service: 'auth',
  method: 'POST',
  path: '/api/v1/auth/verify-email',
  summary: 'Verify an e-mail address with the mailed token',
  access: { kind: 'public' },
  idempotent: true,
  body: z.strictObject({ token: mailedToken }),
  success: { status: 204, description: 'Verified' },
  errors: [],
});

export const resendVerification = endpoint({
  operationId: 'auth.resendVerification',
  service: 'auth',
  method: 'POST',
  path: '/api/v1/auth/verify-email/resend',
  summary: 'Send the verification mail again',
  description: 'Answers the same whether or not the address is known.',
  access: { kind: 'public' },
  body: z.strictObject({ email }),
  success: { status: 202, description: 'If the address waits for verification, a mail is on its way' },
  errors: [],
});
