import type { AllClientMetadata } from 'oidc-provider';
import type { OAuthClientRow } from './oauth-client.repository.js';

/** Metadata of ours that the library carries along. */
export const organizationKey = 'atrium_org_id';
export const permissionsKey = 'atrium_permissions';

/**
 * A client as the library knows it. What it takes for the secret is the secret's hash, and comparing is overridden. No
 * algorithm that is keyed by the secret is enabled. `web`, so that loopback ports are compared as well.
 */
export const clientMetadataOf = (client: OAuthClientRow): AllClientMetadata => ({
  client_id: client.id,
  client_name: client.name,
  application_type: 'web',
  redirect_uris: client.redirect_uris,
  post_logout_redirect_uris: client.post_logout_redirect_uris,
  grant_types: client.grant_types,
  response_types: client.grant_types.includes('authorization_code') ? ['code'] : [],
  token_endpoint_auth_method: client.token_endpoint_auth_method,
  ...(client.secret_hash ? { client_secret: client.secret_hash.toString('base64url') } : {}),
  [organizationKey]: client.org_id,
  [permissionsKey]: client.permissions.join(' '),
});
