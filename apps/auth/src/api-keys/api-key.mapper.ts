import type { ApiKey } from '@atrium/contracts/auth';
import type { ApiKeyRow } from './api-key.repository.js';

export const toApiKey = (row: ApiKeyRow): ApiKey => ({
  id: row.id,
  prefix: row.prefix,
  name: row.name,
  user_id: row.user_id,
  permissions: [...row.permissions],
  site_id: row.site_id,
  expires_at: row.expires_at.toISOString(),
  created_at: row.created_at.toISOString(),
  last_used_at: row.last_used_at?.toISOString() ?? null,
});
