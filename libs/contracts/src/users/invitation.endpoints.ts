import { email, endpoint, isoDateTime, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

export const invitation = z
  .object({
    id: uuid,
    email: z.string(),
    role_id: z.int(),
    role_name: z.string(),
    site_id: uuid.nullable(),
    status: z.enum(['pending', 'accepted', 'revoked', 'expired']),
    created_at: isoDateTime,
    expires_at: isoDateTime,
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.output<typeof invitation>;

export const listInvitations = endpoint({
  operationId: 'users.listInvitations',
  service: 'users',
  method: 'GET',
  path: '/api/v1/invitations',
  summary: 'Invitations of the organization',
  access: { kind: 'permission', permission: 'users.create', scope: 'site' },
  success: { status: 200, description: 'Newest first, 200 at most', schema: z.object({ data: z.array(invitation) }) },
  errors: ['FORBIDDEN'],
});

export const createInvitation = endpoint({
  operationId: 'users.createInvitation',
  service: 'users',
  method: 'POST',
  path: '/api/v1/invitations',
  summary: 'Invite a person by e-mail',
  access: { kind: 'permission', permission: 'users.create', scope: 'site' },
  idempotent: true,
  body: z.strictObject({ email, role_id: z.int().min(1).max(2_147_483_647), site_id: uuid.optional() }),
  success: { status: 201, description: 'The invitation; its token goes by mail alone', schema: invitation },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const revokeInvitation = endpoint({
  operationId: 'users.revokeInvitation',
  service: 'users',
  method: 'DELETE',
  path: '/api/v1/invitations/{id}',
  summary: 'Take an invitation back',
  access: { kind: 'permission', permission: 'users.create', scope: 'site' },
  params: z.object({ id: uuid }),
  success: { status: 204, description: 'The mailed token no longer works' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const acceptInvitation = endpoint({
  operationId: 'users.acceptInvitation',
  service: 'users',
  method: 'POST',
  path: '/api/v1/invitations/accept',
  summary: 'Join the inviting organization with an existing account',
  access: { kind: 'signed-in' },
  idempotent: true,
  body: z.strictObject({ token: z.string().min(20).max(512) }),
  success: {
    status: 200,
    description: 'Joined; switch to the organization to use it',
    schema: z.object({ org_id: uuid }),
  },
  errors: ['CONFLICT'],
});
