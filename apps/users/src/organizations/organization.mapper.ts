import type { Versioned } from '@atrium/contract-kit';
import type { Organization } from '@atrium/contracts/users';
import type { OrganizationRow } from './organization.repository.js';

export const organizationOf = (row: OrganizationRow): Organization => ({
  id: row.org_id,
  name: row.name,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

export const versionedOrganizationOf = (row: OrganizationRow): Versioned<Organization> => ({
  version: row.version,
  body: organizationOf(row),
});
