import { endpoint, isoDateTime, isoDateTimeWithOffset, line, pageOf, pageQuery, permissionName, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

// Where no permission is demanded API keys are refused: no key makes, sees or deletes keys.
const shared = { service: 'auth', access: { kind: 'member' } } as const;

const fields = {
  id: uuid,
  prefix: z.string().meta({ description: 'The first letters of the key, to know it again by.' }),
  name: z.string(),
  user_id: uuid.meta({ description: 'Whose key it is: it never may more than they do.' }),
  permissions: z.array(z.string()),
  site_id: uuid.nullable().meta({ description: 'Null where it is for the whole organization.' }),
  expires_at: isoDateTime,
  created_at: isoDateTime,
  last_used_at: isoDateTime.nullable().meta({ description: 'To the minute.' }),
};

export const apiKey = z.object(fields).meta({ id: 'ApiKey' });
export type ApiKey = z.output<typeof apiKey>;

export const newApiKey = z
  .object({
    ...fields,
    key: z.string().nullable().meta({ description: 'Shown this once and kept nowhere: null when the answer is replayed for an Idempotency-Key.' }),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKey = z.output<typeof newApiKey>;

export const createApiKey = endpoint({
  ...shared,
  operationId: 'auth.createApiKey',
  method: 'POST',
  path: '/api/v1/auth/api-keys',
  summary: 'Make an API key for a program',
  description:
    'Sent as `Authorization: Bearer` or `X-Api-Key`. It may what it was given and its owner still may, whichever is less: in the organization of the token, or at one site. Without `expires_at` it lives 90 days; a year is the most. Asks for a sign-in of the last ten minutes.',
  idempotent: true,
  body: z
    .strictObject({
      name: line(120),
      permissions: z.array(permissionName).min(1).max(100),
      site_id: uuid.optional(),
      expires_at: isoDateTimeWithOffset.optional(),
    })
    .meta({ id: 'NewApiKeyRequest' }),
  success: { status: 201, description: 'The key, shown once', schema: newApiKey, shownOnce: ['key'] },
  errors: ['FORBIDDEN', 'REAUTHENTICATION_REQUIRED', 'NOT_FOUND', 'CONFLICT'],
});

export const listApiKeys = endpoint({
  ...shared,
  operationId: 'auth.listApiKeys',
  method: 'GET',
  path: '/api/v1/auth/api-keys',
  summary: 'API keys, newest first',
  description: "One's own in the organization; with `api_keys.read` everybody's. Expired ones are shown for 30 days.",
  query: pageQuery,
  success: { status: 200, description: 'A page of keys', schema: pageOf(apiKey) },
  errors: [],
});

export const deleteApiKey = endpoint({
  ...shared,
  operationId: 'auth.deleteApiKey',
  method: 'DELETE',
  path: '/api/v1/auth/api-keys/{id}',
  summary: 'Delete an API key',
  description: "One's own; with `api_keys.manage` anybody's.",
  params: z.object({ id: uuid }),
  success: { status: 204, description: 'The key is dead everywhere within 5 seconds' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
