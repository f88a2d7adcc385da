import type { OAuthClient } from '@atrium/contracts/auth';
import type { OAuthClientRow } from './oauth-client.repository.js';

export const toOAuthClient = (row: OAuthClientRow): OAuthClient => ({
  id: row.id,
  name: row.name,
  redirect_uris: row.redirect_uris,
  post_logout_redirect_uris: row.post_logout_redirect_uris,
  grant_types: row.grant_types,
  token_endpoint_auth_method: row.token_endpoint_auth_method,
  permissions: row.permissions,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});
