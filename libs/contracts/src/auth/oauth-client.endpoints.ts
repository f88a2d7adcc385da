import { endpoint, isoDateTime, line, permissionName, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { redirectUri } from './redirect-uri.js';

const grantType = z.enum(['authorization_code', 'refresh_token', 'client_credentials']);
const authMethod = z.enum(['none', 'client_secret_basic', 'client_secret_post']);
const unique = <T extends z.ZodType>(item: T, max: number) =>
  z.array(item).max(max).refine((list) => new Set(list).size === list.length, 'must not repeat itself');

export const oauthClient = z
  .object({
    /** The `client_id`. */
    id: uuid,
    name: z.string(),
    redirect_uris: z.array(z.string()),
    post_logout_redirect_uris: z.array(z.string()),
    grant_types: z.array(grantType),
    token_endpoint_auth_method: authMethod,
    permissions: z.array(z.string()),
    created_at: isoDateTime,
    updated_at: isoDateTime,
  })
  .meta({ id: 'OAuthClient' });
export type OAuthClient = z.output<typeof oauthClient>;

export const oauthClientWithSecret = oauthClient
  .extend({
    /** Told once; null for public clients, and where an `Idempotency-Key` repeats the answer. */
    client_secret: z.string().nullable(),
  })
  .meta({ id: 'OAuthClientWithSecret' });
export type OAuthClientWithSecret = z.output<typeof oauthClientWithSecret>;

const settings = {
  name: line(120),
  redirect_uris: unique(redirectUri, 20),
  post_logout_redirect_uris: unique(redirectUri, 20),
  grant_types: unique(grantType, 3).min(1),
  /** What it may ask people for, and with `client_credentials` what it may itself. */
  permissions: unique(permissionName, 100),
};

const shared = { service: 'auth', access: { kind: 'permission', permission: 'oauth_clients.manage', scope: 'org' } } as const;
const byId = z.object({ id: uuid });

export const listOAuthClients = endpoint({
  ...shared,
  operationId: 'auth.listOAuthClients',
  method: 'GET',
  path: '/api/v1/auth/oauth-clients',
  summary: 'Client apps of the organization',
  success: { status: 200, description: 'By name; 100 at most', schema: z.object({ data: z.array(oauthClient) }) },
  errors: ['FORBIDDEN'],
});

export const createOAuthClient = endpoint({
  ...shared,
  operationId: 'auth.createOAuthClient',
  apiKeys: 'refused',
  method: 'POST',
  path: '/api/v1/auth/oauth-clients',
  summary: 'Register a client app',
  idempotent: true,
  body: z
    .strictObject({
      ...settings,
      post_logout_redirect_uris: settings.post_logout_redirect_uris.default([]),
      redirect_uris: settings.redirect_uris.default([]),
      permissions: settings.permissions.default([]),
      token_endpoint_auth_method: authMethod,
    })
    .meta({ id: 'OAuthClientRequest' }),
  success: { status: 201, description: 'The client with its secret, which is told once', schema: oauthClientWithSecret, shownOnce: ['client_secret'] },
  errors: ['FORBIDDEN', 'REAUTHENTICATION_REQUIRED', 'CONFLICT'],
});

export const getOAuthClient = endpoint({
  ...shared,
  operationId: 'auth.getOAuthClient',
  method: 'GET',
  path: '/api/v1/auth/oauth-clients/{id}',
  summary: 'One client app',
  params: byId,
  success: { status: 200, description: 'The client', schema: oauthClient },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const updateOAuthClient = endpoint({
  ...shared,
  operationId: 'auth.updateOAuthClient',
  apiKeys: 'refused',
  method: 'PATCH',
  path: '/api/v1/auth/oauth-clients/{id}',
  summary: 'Change a client app; taking permissions or grant types away ends what people granted it',
  params: byId,
  body: z
    .strictObject({
      name: settings.name.optional(),
      redirect_uris: settings.redirect_uris.optional(),
      post_logout_redirect_uris: settings.post_logout_redirect_uris.optional(),
      grant_types: settings.grant_types.optional(),
      permissions: settings.permissions.optional(),
    })
    .meta({ id: 'OAuthClientChange' }),
  success: { status: 200, description: 'The changed client', schema: oauthClient },
  errors: ['FORBIDDEN', 'REAUTHENTICATION_REQUIRED', 'NOT_FOUND'],
});

export const rotateOAuthClientSecret = endpoint({
  ...shared,
  operationId: 'auth.rotateOAuthClientSecret',
  apiKeys: 'refused',
  method: 'POST',
  path: '/api/v1/auth/oauth-clients/{id}/rotate-secret',
  summary: 'Give a client app a new secret; the old one and tokens of its own stop working',
  idempotent: true,
  params: byId,
  success: { status: 200, description: 'The client with its new secret, which is told once', schema: oauthClientWithSecret, shownOnce: ['client_secret'] },
  errors: ['FORBIDDEN', 'REAUTHENTICATION_REQUIRED', 'NOT_FOUND', 'CONFLICT'],
});

export const deleteOAuthClient = endpoint({
  ...shared,
  operationId: 'auth.deleteOAuthClient',
  method: 'DELETE',
  path: '/api/v1/auth/oauth-clients/{id}',
  summary: 'Delete a client app, with everything that people granted it',
  params: byId,
  success: { status: 204, description: 'Its tokens stop working' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
