import { endpoint } from '@atrium/contract-kit';
import { z } from 'zod';

/**
 * The OAuth 2.0 and OpenID Connect provider. Parameters and answers are those of the standards, which demand that unknown
 * parameters be ignored (RFC 6749 §3.1), so none has a schema here.
 */
const shared = { service: 'auth', maxBodyBytes: 65_536, errors: [] } as const;
const json = z.looseObject({});
const page = { status: 200, contentType: 'text/html', schema: z.string() } as const;
const minute = 60;
const perAddress = (requests: number) => ({ requests, windowSeconds: minute, per: 'address', alone: true }) as const;
/** Where passwords and codes are tried, the general limit of an address counts too, as at `auth.login`: here are no more tries. */
const guessed = { requests: 60, windowSeconds: minute, per: 'address' } as const;
const underWay = z.object({ uid: z.string().max(128) });

export const discovery = endpoint({
  ...shared,
  operationId: 'auth.getOpenidConfiguration',
  method: 'GET',
  path: '/.well-known/openid-configuration',
  summary: 'What the provider is and can do (OpenID Connect Discovery 1.0)',
  access: { kind: 'oauth' },
  success: { status: 200, description: 'Provider metadata', schema: json },
});

export const providerKeys = endpoint({
  ...shared,
  operationId: 'auth.getProviderKeys',
  method: 'GET',
  path: '/oidc/jwks',
  summary: 'Public keys that verify ID tokens; the same as /.well-known/jwks.json',
  access: { kind: 'oauth' },
  limit: perAddress(600),
  success: { status: 200, description: 'JSON Web Key Set', schema: json },
});

export const authorize = endpoint({
  ...shared,
  operationId: 'auth.authorize',
  method: 'GET',
  path: '/oidc/auth',
  summary: 'Where a client app sends the browser (RFC 6749 §3.1); code with PKCE S256 alone',
  access: { kind: 'public' },
  limit: perAddress(120),
  success: { status: 302, description: 'To the sign-in page, or back to the client app' },
});

export const resumeAuthorization = endpoint({
  ...shared,
  operationId: 'auth.resumeAuthorization',
  method: 'GET',
  path: '/oidc/auth/{uid}',
  summary: 'Goes on after sign-in or consent, in the same browser alone',
  access: { kind: 'public' },
  params: underWay,
  limit: perAddress(120),
  success: { status: 302, description: 'Back to the client app' },
});

export const interactionPage = endpoint({
  ...shared,
  operationId: 'auth.interactionPage',
  method: 'GET',
  path: '/oidc/interaction/{uid}',
  summary: 'The page that asks to sign in or to consent',
  access: { kind: 'public' },
  params: underWay,
  limit: perAddress(120),
  success: { ...page, description: 'The page' },
});

const form = { ...shared, method: 'POST', access: { kind: 'public' }, params: underWay } as const;

export const interactionLogin = endpoint({
  ...form,
  operationId: 'auth.interactionLogin',
  path: '/oidc/interaction/{uid}/login',
  summary: 'The form of the sign-in page',
  limit: guessed,
  success: { status: 302, description: 'To where the authorization goes on' },
});

export const interactionSecondFactor = endpoint({
  ...form,
  operationId: 'auth.interactionSecondFactor',
  path: '/oidc/interaction/{uid}/mfa',
  summary: 'The form that takes the code of a second factor',
  limit: guessed,
  success: { status: 302, description: 'To where the authorization goes on' },
});

export const interactionConsent = endpoint({
  ...form,
  operationId: 'auth.interactionConsent',
  path: '/oidc/interaction/{uid}/consent',
  summary: 'The form of the consent page',
  limit: perAddress(60),
  success: { status: 302, description: 'To where the authorization goes on' },
});

export const token = endpoint({
  ...shared,
  operationId: 'auth.token',
  method: 'POST',
  path: '/oidc/token',
  summary: 'Tokens for a code, a refresh token, or the client itself (RFC 6749 §3.2)',
  access: { kind: 'oauth' },
  limit: perAddress(600),
  success: { status: 200, description: 'Tokens', schema: json },
});

export const introspectToken = endpoint({
  ...shared,
  operationId: 'auth.introspectToken',
  method: 'POST',
  path: '/oidc/token/introspection',
  summary: 'Whether a token lives, and what it says (RFC 7662)',
  access: { kind: 'oauth' },
  limit: perAddress(600),
  success: { status: 200, description: 'The state of the token', schema: json },
});

export const revokeToken = endpoint({
  ...shared,
  operationId: 'auth.revokeToken',
  method: 'POST',
  path: '/oidc/token/revocation',
  summary: 'Ends a token and the grant that it came from (RFC 7009)',
  access: { kind: 'oauth' },
  limit: perAddress(600),
  success: { status: 200, description: 'It is dead, whatever it was', schema: z.string() },
});

export const userinfo = endpoint({
  ...shared,
  operationId: 'auth.getUserinfo',
  method: 'GET',
  path: '/oidc/me',
  summary: 'Who the person is (OpenID Connect Core 1.0 §5.3)',
  access: { kind: 'oauth' },
  limit: perAddress(600),
  success: { status: 200, description: 'Claims of the scopes that were granted', schema: json },
});

export const postUserinfo = endpoint({ ...userinfo, operationId: 'auth.postUserinfo', method: 'POST' });

export const endSession = endpoint({
  ...shared,
  operationId: 'auth.endSession',
  method: 'GET',
  path: '/oidc/session/end',
  summary: 'Where a client app sends the browser to sign out (OpenID Connect RP-Initiated Logout 1.0)',
  access: { kind: 'public' },
  limit: perAddress(60),
  success: { ...page, description: 'The page that asks' },
});

export const confirmEndSession = endpoint({
  ...shared,
  operationId: 'auth.confirmEndSession',
  method: 'POST',
  path: '/oidc/session/end/confirm',
  summary: 'The form of the sign-out page',
  access: { kind: 'public' },
  limit: perAddress(60),
  success: { status: 302, description: 'Back to the client app' },
});

export const sessionEnded = endpoint({
  ...shared,
  operationId: 'auth.sessionEnded',
  method: 'GET',
  path: '/oidc/session/end/success',
  summary: 'The page after signing out',
  access: { kind: 'public' },
  limit: perAddress(60),
  success: { ...page, description: 'The page' },
});

/** What the provider answers itself, without the interaction pages around it. */
export const providerEndpoints = [
  ...[discovery, providerKeys, authorize, resumeAuthorization, token, introspectToken, revokeToken],
  ...[userinfo, postUserinfo, endSession, confirmEndSession, sessionEnded],
] as const;
