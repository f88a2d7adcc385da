import { endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { login } from './session.endpoints.js';

/** Name of an issuer in paths, as it is configured. */
export const providerId = z.string().regex(/^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$/);

const byProvider = z.object({ provider: providerId });
const opaque = z.string().min(20).max(512);
/** BASE64URL(SHA-256(verifier)) (RFC 7636 §4.2). */
const codeChallenge = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** RFC 7636 §4.1. */
const codeVerifier = z.string().regex(/^[A-Za-z0-9._~-]{43,128}$/);

const returning = { redirect_uri: z.string().max(2_048).optional(), code_challenge: codeChallenge.optional() };

export const listOauthProviders = endpoint({
  operationId: 'auth.listOauthProviders',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/oauth',
  summary: 'Other issuers that people can sign in with',
  access: { kind: 'public' },
  success: {
    status: 200,
    description: 'In the order of the configuration',
    schema: z.object({ data: z.array(z.object({ id: providerId, name: z.string() }).meta({ id: 'OauthProvider' })) }),
  },
  errors: [],
});

export const startOauth = endpoint({
  operationId: 'auth.startOauth',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/oauth/{provider}/start',
  summary: 'Send the browser to an issuer, to sign in there',
  description:
    'For a browser to go to. `redirect_uri` must be one of those that are configured, the first of them where unset; there the browser ends with `?code=` for POST /auth/oauth/token, or with `?error=` and one of `access_denied`, `provider_error`, `provider_unavailable`, `invalid_flow`, `invalid_response`, `email_not_verified`, `account_disabled`, `already_linked`, `identity_removed`. With `code_challenge` (S256) the code works with its verifier alone; without one, in the same browser alone.',
  access: { kind: 'public' },
  limit: { requests: 60, windowSeconds: 60, per: 'address' },
  params: byProvider,
  query: z
    .strictObject({ ...returning, ticket: opaque.optional() })
    .refine(({ ticket, redirect_uri, code_challenge }) => ticket === undefined || (redirect_uri ?? code_challenge) === undefined, {
      path: ['ticket'],
      message: 'brings its own redirect_uri and code_challenge',
    }),
  success: { status: 302, description: "To the issuer's authorization endpoint; sets a cookie that binds the sign-in to this browser" },
  errors: ['NOT_FOUND'],
});

export const finishOauth = endpoint({
  operationId: 'auth.finishOauth',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/oauth/{provider}/callback',
  summary: 'Where an issuer sends the browser back to',
  access: { kind: 'public' },
  cookies: true,
  params: byProvider,
  // Whatever else the issuer says is ignored (RFC 6749 §4.1.2).
  query: z.looseObject({ state: z.string().max(512).optional() }),
  success: { status: 302, description: "To the application's redirect_uri, with a code or an error" },
  errors: ['NOT_FOUND'],
});

export const redeemOauthCode = endpoint({
  operationId: 'auth.redeemOauthCode',
  device: true,
  service: 'auth',
  method: 'POST',
  path: '/api/v1/auth/oauth/token',
  summary: 'Trade the code of a sign-in with another issuer for tokens',
  description: 'The code works once, for a minute. The answer is as that of a sign-in with a password.',
  access: { kind: 'public' },
  cookies: true,
  limit: { requests: 60, windowSeconds: 60, per: 'address' },
  body: z.strictObject({ code: opaque, code_verifier: codeVerifier.optional(), org_id: uuid.optional() }),
  success: login.success,
  errors: login.errors,
});

export const linkIdentity = endpoint({
  operationId: 'auth.linkIdentity',
  service: 'auth',
  method: 'POST',
  path: '/api/v1/auth/oauth/{provider}/link',
  summary: 'Begin to add an identity of an issuer to the own account',
  description:
    'The browser goes to `authorization_url` within 10 minutes and comes back to `redirect_uri` with a code for POST /auth/identities.',
  access: { kind: 'signed-in' },
  params: byProvider,
  body: z.strictObject(returning).optional(),
  success: {
    status: 200,
    description: 'Where the browser goes, once',
    schema: z.object({ authorization_url: z.string() }).meta({ id: 'IdentityLink' }),
  },
  errors: ['NOT_FOUND', 'REAUTHENTICATION_REQUIRED'],
});

export const identity = z
  .object({
    id: uuid,
    provider: z.string(),
    issuer: z.string(),
    email: z.string().nullable().meta({ description: 'As the issuer said at the last use.' }),
    linked_at: isoDateTime,
    last_used_at: isoDateTime,
  })
  .meta({ id: 'Identity' });
export type Identity = z.output<typeof identity>;

export const listIdentities = endpoint({
  operationId: 'auth.listIdentities',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/identities',
  summary: 'Identities of other issuers that open the own account',
  access: { kind: 'signed-in' },
  success: { status: 200, description: 'Oldest first', schema: z.object({ data: z.array(identity) }) },
  errors: [],
});

export const addIdentity = endpoint({
  operationId: 'auth.addIdentity',
  service: 'auth',
  method: 'POST',
  path: '/api/v1/auth/identities',
  summary: 'Add the identity that the browser came back with to the own account',
  description: 'In the session that began it, within a minute. CONFLICT when the identity opens an account already.',
  access: { kind: 'signed-in' },
  cookies: true,
  idempotent: true,
  body: z.strictObject({ code: opaque, code_verifier: codeVerifier.optional() }),
  success: { status: 201, description: 'The identity', schema: identity },
  errors: ['CONFLICT'],
});

export const removeIdentity = endpoint({
  operationId: 'auth.removeIdentity',
  service: 'auth',
  method: 'DELETE',
  path: '/api/v1/auth/identities/{id}',
  summary: 'Take an identity off the own account',
  description: 'CONFLICT when it is the only way in.',
  access: { kind: 'signed-in' },
  params: z.object({ id: uuid }),
  success: { status: 204, description: 'It opens the account no longer' },
  errors: ['NOT_FOUND', 'CONFLICT', 'REAUTHENTICATION_REQUIRED'],
});
