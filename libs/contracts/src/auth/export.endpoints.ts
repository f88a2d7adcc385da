import { endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { apiKey } from './api-key.endpoints.js';
import { identity } from './oauth.endpoints.js';
import { passkey } from './passkey.schema.js';
import { secondFactors } from './second-factor.endpoints.js';

/** What auth holds of a person: `auth.json` of their archive. No secret is in it, hashed or not. */
export const accountExport = z
  .object({
    account: z.object({
      id: uuid,
      email: z.string(),
      email_verified_at: isoDateTime.nullable(),
      created_at: isoDateTime,
      updated_at: isoDateTime,
      last_org_id: uuid.nullable(),
    }),
    sessions: z.array(
      z.object({
        id: uuid,
        org_id: uuid.nullable(),
        user_agent: z.string().nullable(),
        address: z.string().nullable(),
        methods: z.array(z.string()),
        created_at: isoDateTime,
        authenticated_at: isoDateTime,
        last_used_at: isoDateTime,
        expires_at: isoDateTime,
        ended_at: isoDateTime.nullable(),
        end_reason: z.string().nullable(),
      }),
    ),
    identities: z.array(identity.extend({ subject: z.string() })),
    second_factors: secondFactors,
    passkeys: z.array(passkey),
    devices: z.array(
      z.object({ id: uuid, user_agent: z.string().nullable(), created_at: isoDateTime, last_used_at: isoDateTime, expires_at: isoDateTime }),
    ),
    api_keys: z.array(apiKey.extend({ org_id: uuid })),
    memberships: z.array(z.object({ org_id: uuid, organization_name: z.string(), roles: z.array(z.string()) })),
  })
  .meta({ id: 'AccountExport' });
export type AccountExport = z.output<typeof accountExport>;

export const exportAccount = endpoint({
  operationId: 'auth.exportAccount',
  service: 'auth',
  method: 'GET',
  path: '/api/v1/auth/me/export',
  summary: 'What auth holds of oneself: account, sessions of the last day, identities, factors, passkeys, devices, API keys, memberships',
  access: { kind: 'signed-in' },
  limit: { requests: 30, windowSeconds: 3600, per: 'principal' },
  success: { status: 200, description: 'The account', schema: accountExport },
  errors: [],
});
