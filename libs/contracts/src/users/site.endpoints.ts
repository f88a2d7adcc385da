import { endpoint, isoDateTime, line, uuid } from '@atrium/contract-kit';
import { z } from 'zod';

export const site = z
  .object({ id: uuid, name: z.string(), created_at: isoDateTime, updated_at: isoDateTime })
  .meta({ id: 'Site' });
export type Site = z.output<typeof site>;

const byId = z.object({ id: uuid });
const nameBody = z.strictObject({ name: line(120) });

export const listSites = endpoint({
  operationId: 'users.listSites',
  service: 'users',
  method: 'GET',
  path: '/api/v1/sites',
  summary: 'Sites that this person may see',
  access: { kind: 'permission', permission: 'sites.read', scope: 'site' },
  success: { status: 200, description: 'By name', schema: z.object({ data: z.array(site) }) },
  errors: ['FORBIDDEN'],
});

export const createSite = endpoint({
  operationId: 'users.createSite',
  service: 'users',
  method: 'POST',
  path: '/api/v1/sites',
  summary: 'Create a site',
  access: { kind: 'permission', permission: 'sites.create', scope: 'org' },
  idempotent: true,
  body: nameBody,
  success: { status: 201, description: 'The site', schema: site },
  errors: ['FORBIDDEN', 'CONFLICT'],
});

export const getSite = endpoint({
  operationId: 'users.getSite',
  service: 'users',
  method: 'GET',
  path: '/api/v1/sites/{id}',
  summary: 'One site',
  access: { kind: 'permission', permission: 'sites.read', scope: 'site' },
  params: byId,
  success: { status: 200, description: 'The site', schema: site, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});

export const updateSite = endpoint({
  operationId: 'users.updateSite',
  service: 'users',
  method: 'PATCH',
  path: '/api/v1/sites/{id}',
  summary: 'Rename a site',
  access: { kind: 'permission', permission: 'sites.update', scope: 'site' },
  ifMatch: true,
  params: byId,
  body: nameBody,
  success: { status: 200, description: 'The renamed site', schema: site, etag: true },
  errors: ['FORBIDDEN', 'NOT_FOUND', 'CONFLICT', 'PRECONDITION_FAILED', 'PRECONDITION_REQUIRED'],
});

export const deleteSite = endpoint({
  operationId: 'users.deleteSite',
  service: 'users',
  method: 'DELETE',
  path: '/api/v1/sites/{id}',
  summary: 'Delete a site',
  access: { kind: 'permission', permission: 'sites.delete', scope: 'org' },
  params: byId,
  success: { status: 204, description: 'The site is gone from every list; its write keys stop working' },
  errors: ['FORBIDDEN', 'NOT_FOUND'],
});
