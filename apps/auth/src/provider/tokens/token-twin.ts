import type { AccessToken, AdapterPayload, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider';

/** No opaque token of the library has a colon in it: a twin is reached by its signed token alone. */
const prefix = 'twin:';

/**
 * A signed access token has a twin in the library's storage. The library doesn't introspect, revoke or take at userinfo
 * what it doesn't store; through the twin, client apps need to know one kind of token.
 */
export const twinId = (jti: string): string => `${prefix}${jti}`;

export const isTwinId = (token: string): boolean => token.startsWith(prefix);

/** With the scopes of OpenID Connect that were asked for and granted, and without an audience: userinfo takes it. */
export function twinOf(ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials, iat: number, exp: number): AdapterPayload {
  const shared = { kind: token.kind, iat, exp, clientId: token.clientId };
  if (token.kind === 'ClientCredentials') return { ...shared, scope: token.scope };
  const { Grant: grant, RefreshToken: refreshToken, AuthorizationCode: code } = ctx.oidc.entities;
  const asked = ctx.oidc.params?.['scope'] ?? refreshToken?.scope ?? code?.scope;
  const openid = grant?.getOIDCScopeFiltered(new Set(typeof asked === 'string' ? asked.split(' ') : [])) ?? '';
  const scope = [openid, token.scope ?? ''].filter(Boolean).join(' ');
  return { ...shared, accountId: token.accountId, grantId: token.grantId, gty: token.gty, scope };
}
