import type { Source } from '@atrium/contracts/events';
import type { SourceRow } from './source.repository.js';

export const toSource = (row: SourceRow): Source => ({
  id: row.id,
  name: row.name,
  site_id: row.site_id,
  write_key: row.write_key,
  enabled: row.enabled,
  schema_mode: row.schema_mode,
  unknown_events: row.unknown_events,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
});
