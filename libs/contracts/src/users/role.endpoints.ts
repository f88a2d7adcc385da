import { endpoint } from '@atrium/contract-kit';
import { z } from 'zod';

export const role = z
  .object({ id: z.int(), name: z.string(), rank: z.int(), system: z.boolean(), permissions: z.array(z.string()) })
  .meta({ id: 'Role' });
export type Role = z.output<typeof role>;

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
  params: z.object({ id: z.coerce.number().int().min(1).max(2_147_483_647) }),
  success: { status: 200, description: 'The role', schema: role },
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
    schema: z.object({ data: z.array(z.object({ name: z.string(), description: z.string() })) }),
  },
  errors: ['FORBIDDEN'],
});
