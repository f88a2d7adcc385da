import { endpoint, isoDateTime } from '@atrium/contract-kit';
import { z } from 'zod';
import { givenPassword, maxCredentialsBytes } from './credentials.js';
import { signedIn } from './signed-in.js';

// None of these is idempotent: what is kept for a replay would hold secrets and codes, and outlive their single use.
const shared = { service: 'auth', method: 'POST' } as const;

/** Six digits of the authenticator app, or a recovery code; blanks and hyphens don't count. */
export const factorCode = z.string().min(6).max(40);

const recoveryCodes = z
  .object({ recovery_codes: z.array(z.string()).length(10).meta({ description: 'Shown this once. Each works once.' }) })
  .meta({ id: 'RecoveryCodes' });

export const secondFactors = z
  .object({
    totp: z.object({ enabled_at: isoDateTime }).nullable(),
    recovery_codes_left: z.int().min(0),
    passkeys: z.int().min(0).meta({ description: 'How many the person has. Each counts as both factors.' }),
  })
  .meta({ id: 'SecondFactors' });
export type SecondFactors = z.output<typeof secondFactors>;

export const loginSecondFactor = endpoint({
  ...shared,
  operationId: 'auth.loginSecondFactor',
  path: '/api/v1/auth/login/mfa',
  summary: 'Finish signing in with a second factor',
  description:
    'Takes the `mfa_token` that signing in answered and a code: six digits of the authenticator app, or a recovery code. A token stands for one sign-in, for five minutes and five tries.',
  access: { kind: 'public' },
  device: true,
  body: z.strictObject({ mfa_token: z.string().min(20).max(512), code: factorCode }),
  success: { status: 200, description: 'A new session', schema: signedIn },
  errors: ['INVALID_CREDENTIALS', 'ACCOUNT_DISABLED'],
});

export const reauthenticate = endpoint({
  ...shared,
  operationId: 'auth.reauthenticate',
  path: '/api/v1/auth/reauthenticate',
  summary: 'Prove again, in this session, who you are',
  description:
    'By the password, or by a code where the account has a second factor: then the password alone is not enough. For ten minutes the session may change how the account is entered.',
  access: { kind: 'signed-in' },
  body: z
    .strictObject({ password: givenPassword.optional(), code: factorCode.optional() })
    .refine(({ password, code }) => (password === undefined) !== (code === undefined), {
      path: ['code'],
      message: 'send either a password or a code',
    }),
  maxBodyBytes: maxCredentialsBytes,
  success: { status: 204, description: 'The session counts as just authenticated' },
  errors: ['INVALID_CREDENTIALS', 'REAUTHENTICATION_REQUIRED'],
});

export const getSecondFactors = endpoint({
  operationId: 'auth.getSecondFactors',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/mfa',
  summary: 'Which second factors the own account has',
  access: { kind: 'signed-in' },
  success: { status: 200, description: 'Confirmed factors, and how many recovery codes and passkeys there are', schema: secondFactors },
  errors: [],
});

export const enrollTotp = endpoint({
  ...shared,
  operationId: 'auth.enrollTotp',
  path: '/api/v1/auth/mfa/totp/enroll',
  summary: 'Begin to use an authenticator app',
  description:
    'The secret is shown this once and counts when a code of it is confirmed, within fifteen minutes. An earlier enrolment that was not confirmed ends.',
  access: { kind: 'signed-in' },
  success: {
    status: 200,
    description: 'What the app needs (RFC 6238: SHA-1, six digits, 30 seconds)',
    schema: z
      .object({
        secret: z.string().meta({ description: 'Base32, for typing in.' }),
        otpauth_url: z.string().meta({ description: 'For a QR code.' }),
      })
      .meta({ id: 'TotpEnrolment' }),
  },
  errors: ['REAUTHENTICATION_REQUIRED', 'CONFLICT'],
});

export const confirmTotp = endpoint({
  ...shared,
  operationId: 'auth.confirmTotp',
  path: '/api/v1/auth/mfa/totp/confirm',
  summary: 'Confirm the authenticator app with its first code',
  description: 'From now on signing in asks for a code.',
  access: { kind: 'signed-in' },
  body: z.strictObject({ code: factorCode }),
  success: { status: 200, description: 'Ten recovery codes', schema: recoveryCodes },
  errors: ['INVALID_CREDENTIALS', 'CONFLICT'],
});

export const removeTotp = endpoint({
  operationId: 'auth.removeTotp',
  service: 'auth',
  method: 'DELETE',
  path: '/api/v1/auth/mfa/totp',
  summary: 'Stop using the authenticator app',
  description: 'Recovery codes die with it. The person is told by mail.',
  access: { kind: 'signed-in' },
  success: { status: 204, description: 'Signing in asks for no code any more' },
  errors: ['REAUTHENTICATION_REQUIRED', 'NOT_FOUND'],
});

export const replaceRecoveryCodes = endpoint({
  ...shared,
  operationId: 'auth.replaceRecoveryCodes',
  path: '/api/v1/auth/mfa/recovery-codes',
  summary: 'Get ten new recovery codes',
  description: 'Earlier ones die.',
  access: { kind: 'signed-in' },
  success: { status: 200, description: 'Ten recovery codes', schema: recoveryCodes },
  errors: ['REAUTHENTICATION_REQUIRED', 'NOT_FOUND'],
});
