import type { Versioned } from '@atrium/contract-kit';
import type { Site } from '@atrium/contracts/users';
import type { SiteRow } from './site.repository.js';

export const siteOf = (row: SiteRow): Site => ({
  id: row.id,
  name: row.name,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});

export const versionedSiteOf = (row: SiteRow): Versioned<Site> => ({ version: row.version, body: siteOf(row) });
