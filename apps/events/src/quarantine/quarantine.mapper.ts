import type { QuarantinedEvent } from '@atrium/contracts/events';
import type { QuarantineRow } from './quarantine.repository.js';

/** Stands for "no source" in the table. */
const nobody = '00000000-0000-0000-0000-000000000000';

export const toQuarantinedEvent = (row: QuarantineRow): QuarantinedEvent => ({
  id: row.id,
  status: row.status,
  code: row.code,
  message: row.reason,
  path: row.path,
  event: row.event_name,
  event_id: row.event_id,
  site_id: row.site_id,
  source_id: row.source_id === nobody ? null : row.source_id,
  schema_version: row.schema_version === 0 ? null : row.schema_version,
  raw: row.raw,
  received_at: new Date(row.received).toISOString(),
  quarantined_at: new Date(row.quarantined).toISOString(),
});
