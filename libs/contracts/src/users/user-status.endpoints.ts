import { endpoint, uuid } from '@atrium/contract-kit';
import { z } from 'zod';
import { user } from './user.schema.js';

const byId = z.object({ id: uuid });

export const removeUser = endpoint({
  operationId: 'users.removeUser',
  service: 'users',
  method: 'DELETE',
  path: '/api/v1/users/{id}',
  summary: 'Remove a person from the organization',
  description: 'All their roles stop working at once. They can be restored for 30 days; then what is held of them is deleted.',
  access: { kind: 'permission', permission: 'users.delete', scope: 'org' },
  params: byId,
  success: { status: 204, description: 'The person is out of every list but that of removed people' },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const restoreUser = endpoint({
  operationId: 'users.restoreUser',
  service: 'users',
  method: 'POST',
  path: '/api/v1/users/{id}/restore',
  summary: 'Bring a removed person back, within 30 days',
  description: 'Of their former roles those come back that one may give oneself.',
  access: { kind: 'permission', permission: 'users.delete', scope: 'org' },
  idempotent: true,
  params: byId,
  success: { status: 200, description: 'The person', schema: user, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const disableUser = endpoint({
  operationId: 'users.disableUser',
  service: 'users',
  method: 'POST',
  path: '/api/v1/users/{id}/disable',
  summary: 'Keep a person out of the organization',
  access: { kind: 'permission', permission: 'users.update', scope: 'org' },
  idempotent: true,
  params: byId,
  success: { status: 200, description: 'Disabled: their tokens die within seconds; their roles wait', schema: user, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});

export const enableUser = endpoint({
  operationId: 'users.enableUser',
  service: 'users',
  method: 'POST',
  path: '/api/v1/users/{id}/enable',
  summary: 'Let a disabled person in again',
  access: { kind: 'permission', permission: 'users.update', scope: 'org' },
  idempotent: true,
  params: byId,
  success: { status: 200, description: 'Active again, with the roles of before', schema: user, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT'],
});
