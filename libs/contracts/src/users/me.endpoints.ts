import { endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { invitation } from './invitation.endpoints.js';
import { user } from './user.schema.js';

/** What the users service holds of a person: `users.json` of the archive. */
export const personExport = z
  .object({
    exported_at: isoDateTime,
    user_id: uuid,
    account: z
      .object({ email: z.string(), email_verified: z.boolean(), last_login: isoDateTime.nullable() })
      .nullable(),
    memberships: z.array(z.object({ org_id: uuid, organization_name: z.string(), person: user })),
    invitations: z.array(z.object({ org_id: uuid, invitation })),
  })
  .meta({ id: 'PersonExport' });
export type PersonExport = z.output<typeof personExport>;

export const exportMe = endpoint({
  operationId: 'users.exportMe',
  service: 'users',
  method: 'GET',
  path: '/api/v1/users/me/export',
  summary: 'Everything that Atrium holds of oneself, from every service, as one ZIP archive',
  description:
    'manifest.json says what is in it: users.json, auth.json, files.ndjson and events.ndjson. Invitations to the e-mail ' +
    'address are in it once the address is verified; files are listed, and downloaded by themselves. Whole or not at all: ' +
    'where a service fails later than with 503, the connection breaks, and what has come is no readable archive.',
  access: { kind: 'signed-in' },
  limit: { requests: 5, windowSeconds: 3600, per: 'principal' },
  success: { status: 200, description: 'The archive', file: { type: 'application/zip', name: 'atrium-export.zip' } },
  errors: [],
});

export const leaveEverywhere = endpoint({
  operationId: 'users.leaveEverywhere',
  service: 'users',
  method: 'DELETE',
  path: '/api/v1/users/me',
  summary: 'Close the account: leave every organization and have all that is held of oneself deleted',
  description:
    'Sessions end at once, and nobody signs in any more. After 30 days the account, its files and its events are deleted ' +
    'and the address is free again; until then an operator can reopen the account. Refused to the last org_admin of an ' +
    'organization with other members.',
  access: { kind: 'signed-in' },
  success: { status: 204, description: 'The account is closed' },
  errors: ['CONFLICT'],
});
