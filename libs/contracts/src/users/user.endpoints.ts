import { cursorPageOf, cursorQuery, endpoint, isoDateTime, pageOf, pageQuery, uuid, email } from '@atrium/contract-kit';
import { z } from 'zod';
import { invitation } from './invitation.endpoints.js';
import { profileInput, user, userStatus } from './user.schema.js';

const byId = z.object({ id: uuid });
const roleId = z.int().min(1).max(2_147_483_647);

export const userSort = z.enum(['created_at', '-created_at', 'email', '-email', 'last_login', '-last_login']);

/** Without defaults, which would hide which of the two is meant. */
const paging = {
  page: pageQuery.shape.page.unwrap().optional(),
  page_size: pageQuery.shape.page_size.unwrap().optional(),
  limit: cursorQuery.shape.limit.unwrap().optional(),
  cursor: cursorQuery.shape.cursor,
};

export const listUsers = endpoint({
  operationId: 'users.listUsers',
  service: 'users',
  method: 'GET',
  path: '/api/v1/users',
  summary: 'People of the organization',
  description:
    'By `page` (1 where unset) and `page_size` (20), counted; or by `limit` (50) and `cursor`, which is as fast at the end ' +
    'of a long list as at its start and shows nobody twice. `total_count` is exact for the whole organization, also by `status`; of a list that is narrowed ' +
    'otherwise it counts up to 10,000, and pages end there: go on by `cursor`. ' +
    'People whose right to see is of a site see the people who hold a role at that site.',
  access: { kind: 'permission', permission: 'users.read', scope: 'site' },
  query: z
    .strictObject({
      ...paging,
      search: z.string().trim().min(1).max(100).optional(),
      role: z.string().max(64).optional(),
      site_id: uuid.optional(),
      status: userStatus.optional(),
      sort: userSort.default('-created_at'),
    })
    .refine(({ page, page_size, limit, cursor }) => (page ?? page_size) === undefined || (limit ?? cursor) === undefined, {
      path: ['cursor'],
      message: 'and limit do not go with page and page_size',
    }),
  success: { status: 200, description: 'A page of people', schema: z.union([pageOf(user), cursorPageOf(user)]) },
  errors: ['FORBIDDEN'],
});

export const inviteUser = endpoint({
  operationId: 'users.inviteUser',
  service: 'users',
  method: 'POST',
  path: '/api/v1/users',
  summary: 'Invite a person by e-mail',
  access: { kind: 'permission', permission: 'users.create', scope: 'site' },
  idempotent: true,
  body: z.strictObject({ email, role_id: roleId, site_id: uuid.optional(), profile: profileInput.optional() }),
  success: { status: 201, description: 'The invitation; its token goes by mail alone', schema: invitation },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const getUser = endpoint({
  operationId: 'users.getUser',
  service: 'users',
  method: 'GET',
  path: '/api/v1/users/{id}',
  summary: 'One person: oneself, or with users.read',
  access: { kind: 'member' },
  apiKeys: { permission: 'users.read' },
  params: byId,
  success: { status: 200, description: 'The person', schema: user, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const updateUser = endpoint({
  operationId: 'users.updateUser',
  service: 'users',
  method: 'PUT',
  path: '/api/v1/users/{id}',
  summary: "Change a person's profile: one's own, or with users.update",
  access: { kind: 'member' },
  apiKeys: { permission: 'users.update' },
  ifMatch: true,
  params: byId,
  body: z.strictObject({ profile: profileInput }),
  success: { status: 200, description: 'The changed person', schema: user, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const assignRole = endpoint({
  operationId: 'users.assignRole',
  service: 'users',
  method: 'POST',
  path: '/api/v1/users/{id}/roles',
  summary: 'Give a person a role, for the organization or for one site',
  access: { kind: 'permission', permission: 'roles.assign', scope: 'site' },
  idempotent: true,
  params: byId,
  body: z.strictObject({ role_id: roleId, site_id: uuid.optional() }),
  success: {
    status: 201,
    description: 'The role is given',
    schema: z
      .object({
        user_id: uuid,
        role_id: z.int(),
        role_name: z.string(),
        site_id: uuid.nullable(),
        assigned_at: isoDateTime,
      })
      .meta({ id: 'RoleAssignment' }),
  },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const removeRole = endpoint({
  operationId: 'users.removeRole',
  service: 'users',
  method: 'DELETE',
  path: '/api/v1/users/{id}/roles/{role_id}',
  summary: 'Take a role from a person',
  access: { kind: 'permission', permission: 'roles.assign', scope: 'site' },
  params: z.object({ id: uuid, role_id: z.coerce.number().pipe(roleId) }),
  query: z.strictObject({ site_id: uuid.optional() }),
  success: { status: 204, description: 'The role is taken' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
