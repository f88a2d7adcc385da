import type { Client, KoaContextWithOIDC, ResourceServer } from 'oidc-provider';
import { errors } from 'oidc-provider';
import { longestTokenSeconds as accessTokenSeconds } from '../signing-keys/rotation-times.js';
import { permissionsKey } from './clients/client-metadata.js';

/** Scopes of OpenID Connect itself; any other is a permission. */
export const openidScopes: ReadonlySet<string> = new Set(['openid', 'email', 'offline_access']);

/** The platform's API as an audience that client apps may name (RFC 8707). */
export const apiResource = (issuer: string): string => `${issuer}/api/v1`;

/** Whoever asks for permissions means the API, and a client for itself can mean nothing else. */
export function defaultResource(ctx: KoaContextWithOIDC, issuer: string): string | undefined {
  const { params, requestParamScopes } = ctx.oidc;
  const forItself = params?.['grant_type'] === 'client_credentials';
  return forItself || [...requestParamScopes].some((scope) => !openidScopes.has(scope)) ? apiResource(issuer) : undefined;
}

/** Throws `invalid_target` for any other resource. The scopes are what the client is registered for. */
export function resourceServer(client: Client, resource: string, { issuer, audience }: { readonly issuer: string; readonly audience: string }): ResourceServer {
  if (resource !== apiResource(issuer)) throw new errors.InvalidTarget();
  return {
    scope: String(client[permissionsKey] ?? ''),
    audience,
    accessTokenFormat: 'jwt',
    accessTokenTTL: accessTokenSeconds,
    jwt: { sign: { alg: 'ES256' } },
  };
}
