import { endpoint, isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { loginBody, maxCredentialsBytes } from './credentials.js';
import { signedIn, signInAnswer } from './signed-in.js';

const refreshToken = z.string().min(20).max(512);

const shared = { service: 'auth', method: 'POST' } as const;

export const login = endpoint({
  ...shared,
  operationId: 'auth.login',
  path: '/api/v1/auth/login',
  summary: 'Sign in with e-mail and password',
  description:
    'The token is for `org_id`, or for the organization that the person used last. An account with a second factor gets an `mfa_token` instead, to go on with. A session sets the cookie `atrium_device`: whoever brings it back is not held up by the failed attempts of others, which pause an account for longer and longer (`Retry-After`).',
  access: { kind: 'public' },
  device: true,
  body: loginBody,
  maxBodyBytes: maxCredentialsBytes,
  success: { status: 200, description: 'A new session, or the question for a second factor', schema: signInAnswer },
  errors: ['INVALID_CREDENTIALS', 'EMAIL_NOT_VERIFIED', 'ACCOUNT_DISABLED'],
});

export const refresh = endpoint({
  ...shared,
  operationId: 'auth.refresh',
  path: '/api/v1/auth/refresh',
  summary: 'Trade a refresh token for new tokens',
  description:
    'The token is rotated. Its immediate predecessor gets the same successor again for 10 seconds (lost answers, several tabs); anything older ends the session.',
  access: { kind: 'public' },
  body: z.strictObject({ refresh_token: refreshToken }),
  success: { status: 200, description: 'New tokens of the same session', schema: signedIn },
  errors: ['INVALID_CREDENTIALS', 'ACCOUNT_DISABLED'],
});

export const logout = endpoint({
  ...shared,
  operationId: 'auth.logout',
  path: '/api/v1/auth/logout',
  summary: 'End this session',
  access: { kind: 'signed-in' },
  body: z.strictObject({ refresh_token: refreshToken.optional() }).optional(),
  success: { status: 204, description: 'The session is over; its tokens die everywhere within 5 seconds' },
  errors: [],
});

export const logoutAll = endpoint({
  ...shared,
  operationId: 'auth.logoutAll',
  path: '/api/v1/auth/logout-all',
  summary: 'End all sessions of this person',
  access: { kind: 'signed-in' },
  idempotent: true,
  success: { status: 204, description: 'All sessions are over' },
  errors: [],
});

export const switchOrganization = endpoint({
  ...shared,
  operationId: 'auth.switchOrganization',
  path: '/api/v1/auth/switch-org',
  summary: 'Get tokens for another organization of this person',
  description:
    "The platform's operator may enter any organization this way: with a reason, which its audit log shows, after a recent proof by a second factor, and for an hour at most; the session then falls back to an organization of their own.",
  access: { kind: 'signed-in' },
  body: z.strictObject({ org_id: uuid, reason: line(200).optional().meta({ description: "Required of the platform's operator; of no effect for members." }) }),
  success: { status: 200, description: 'New tokens of the same session', schema: signedIn },
  errors: ['NOT_FOUND', 'REAUTHENTICATION_REQUIRED'],
});

export const me = endpoint({
  operationId: 'auth.getMe',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/me',
  summary: 'Who am I, and in which organization',
  description: 'To an API key: whose it is, and what it may now.',
  access: { kind: 'signed-in' },
  apiKeys: 'accepted',
  success: {
    status: 200,
    description: 'The account and its organizations',
    schema: z
      .object({
        id: uuid,
        email: z.string(),
        email_verified: z.boolean(),
        created_at: isoDateTime,
        org_id: uuid.nullable(),
        operator_until: isoDateTime.nullable().meta({ description: "Until when this session acts as the platform's operator in `org_id`; null for members." }),
        roles: z.array(z.string()),
        permissions: z.array(z.string()),
        site_ids: z.array(uuid),
        organizations: z.array(z.object({ id: uuid, name: z.string(), roles: z.array(z.string()) })),
      })
      .meta({ id: 'Me' }),
  },
  errors: [],
});

export const session = z
  .object({
    id: uuid,
    current: z.boolean(),
    user_agent: z.string().nullable(),
    device: z.string().nullable().meta({ description: 'Roughly what the user agent says: "Firefox on Linux".' }),
    created_at: isoDateTime,
    last_used_at: isoDateTime,
    expires_at: isoDateTime,
  })
  .meta({ id: 'Session' });

export const listSessions = endpoint({
  operationId: 'auth.listSessions',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/sessions',
  summary: 'Live sessions of this person',
  access: { kind: 'signed-in' },
  success: { status: 200, description: 'Newest first', schema: z.object({ data: z.array(session) }) },
  errors: [],
});

export const revokeSession = endpoint({
  operationId: 'auth.revokeSession',
  service: 'auth',
  method: 'DELETE',
  path: '/api/v1/auth/sessions/{id}',
  summary: 'End one session of this person',
  access: { kind: 'signed-in' },
  params: z.object({ id: uuid }),
  success: { status: 204, description: 'The session is over' },
  errors: ['NOT_FOUND'],
});
