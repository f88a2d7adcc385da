import { endpoint, isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

export const organization = z
  .object({ id: uuid, name: z.string(), created_at: isoDateTime, updated_at: isoDateTime })
  .meta({ id: 'Organization' });
export type Organization = z.output<typeof organization>;

const byId = z.object({ id: uuid });
const nameBody = z.strictObject({ name: line(120) });

export const listOrganizations = endpoint({
  operationId: 'users.listOrganizations',
  service: 'users',
  method: 'GET',
  path: '/api/v1/orgs',
  summary: 'Organizations that this person belongs to',
  access: { kind: 'signed-in' },
  success: { status: 200, description: 'By name', schema: z.object({ data: z.array(organization) }) },
  errors: [],
});

export const createOrganization = endpoint({
  operationId: 'users.createOrganization',
  service: 'users',
  method: 'POST',
  path: '/api/v1/orgs',
  summary: 'Found another organization and be its org_admin',
  access: { kind: 'signed-in' },
  limit: { requests: 10, windowSeconds: 3600, per: 'principal' },
  idempotent: true,
  body: nameBody,
  success: { status: 201, description: 'The organization', schema: organization },
  errors: ['CONFLICT'],
});

export const getOrganization = endpoint({
  operationId: 'users.getOrganization',
  service: 'users',
  method: 'GET',
  path: '/api/v1/orgs/{id}',
  summary: 'The organization of the token',
  access: { kind: 'member' },
  apiKeys: { permission: 'orgs.read' },
  params: byId,
  success: { status: 200, description: 'The organization', schema: organization, etag: true },
  errors: ['NOT_FOUND'],
});

export const updateOrganization = endpoint({
  operationId: 'users.updateOrganization',
  service: 'users',
  method: 'PATCH',
  path: '/api/v1/orgs/{id}',
  summary: 'Rename the organization',
  access: { kind: 'permission', permission: 'orgs.update', scope: 'org' },
  ifMatch: true,
  params: byId,
  body: nameBody,
  success: { status: 200, description: 'The renamed organization', schema: organization, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const deleteOrganization = endpoint({
  operationId: 'users.deleteOrganization',
  service: 'users',
  method: 'DELETE',
  path: '/api/v1/orgs/{id}',
  summary: 'Delete the organization',
  description: 'Everybody loses access at once, pending invitations are revoked, and what is held of its people is deleted after 30 days.',
  access: { kind: 'permission', permission: 'orgs.delete', scope: 'org' },
  params: byId,
  success: { status: 204, description: 'Nobody belongs to the organization any more' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
