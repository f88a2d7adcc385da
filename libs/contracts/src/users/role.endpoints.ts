import { endpoint, line, permissionName } from '@atrium/contract-kit';
import { z } from 'zod';

export const role = z
  .object({ id: z.int(), name: z.string(), rank: z.int(), system: z.boolean(), permissions: z.array(z.string()) })
  .meta({ id: 'Role' });
export type Role = z.output<typeof role>;

export const permission = z.object({ name: z.string(), description: z.string() }).meta({ id: 'Permission' });
export type Permission = z.output<typeof permission>;

const byId = z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) });
const rank = z.int().min(1).max(100);
const permissions = z.array(permissionName).max(200);
const manage = { kind: 'permission', permission: 'roles.manage', scope: 'org' } as const;
const access = { kind: 'permission', permission: 'roles.read', scope: 'site' } as const;

export const listRoles = endpoint({
  operationId: 'users.listRoles',
  service: 'users',
  method: 'GET',
  path: '/api/v1/roles',
  summary: 'Roles that can be given',
  access,
  success: { status: 200, description: 'Highest first', schema: z.object({ data: z.array(role) }) },
  errors: ['FORBIDDEN'],
});

export const getRole = endpoint({
  operationId: 'users.getRole',
  service: 'users',
  method: 'GET',
  path: '/api/v1/roles/{id}',
  summary: 'One role',
  access,
  params: byId,
  success: { status: 200, description: 'The role', schema: role, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const listPermissions = endpoint({
  operationId: 'users.listPermissions',
  service: 'users',
  method: 'GET',
  path: '/api/v1/permissions',
  summary: 'Permissions that roles are made of',
  access,
  success: {
    status: 200,
    description: 'By name',
    schema: z.object({ data: z.array(permission) }),
  },
  errors: ['FORBIDDEN'],
});

export const createRole = endpoint({
  operationId: 'users.createRole',
  service: 'users',
  method: 'POST',
  path: '/api/v1/roles',
  summary: 'Make a role of the organization',
  description: "Its rank is below one's own highest, 1 where it is left out; its permissions are among one's own.",
  access: manage,
  idempotent: true,
  body: z.strictObject({ name: line(64), rank: rank.optional(), permissions }),
  success: { status: 201, description: 'The role', schema: role },
  errors: ['FORBIDDEN', 'CONFLICT'],
});

export const updateRole = endpoint({
  operationId: 'users.updateRole',
  service: 'users',
  method: 'PUT',
  path: '/api/v1/roles/{id}',
  summary: 'Rename a role of the organization, or change its rank',
  access: manage,
  ifMatch: true,
  params: byId,
  body: z.strictObject({ name: line(64), rank: rank.optional() }),
  success: { status: 200, description: 'The changed role', schema: role, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const deleteRole = endpoint({
  operationId: 'users.deleteRole',
  service: 'users',
  method: 'DELETE',
  path: '/api/v1/roles/{id}',
  summary: 'Delete a role that nobody holds',
  access: manage,
  params: byId,
  success: { status: 204, description: 'The role is gone; pending invitations that promise it are revoked' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const setRolePermissions = endpoint({
  operationId: 'users.setRolePermissions',
  service: 'users',
  method: 'PUT',
  path: '/api/v1/roles/{id}/permissions',
  summary: 'Replace the permissions of a role; who holds it gets new tokens',
  access: manage,
  ifMatch: true,
  params: byId,
  body: z.strictObject({ permissions }),
  success: { status: 200, description: 'The changed role', schema: role, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const createPermission = endpoint({
  operationId: 'users.createPermission',
  service: 'users',
  method: 'POST',
  path: '/api/v1/permissions',
  summary: "Name a permission of the organization's own",
  description: 'Atrium checks none of these: they travel in tokens, for applications. Every org_admin holds them.',
  access: manage,
  idempotent: true,
  body: z.strictObject({ name: permissionName, description: line(200) }),
  success: { status: 201, description: 'The permission', schema: permission },
  errors: ['FORBIDDEN', 'CONFLICT'],
});
