import { createEvents } from './1790000000000-create-events.js';
import { createQuarantine } from './1790000001000-create-quarantine.js';
import { createAuditLog } from './1790000002000-create-audit-log.js';
import { enrichEvents } from './1790000003000-enrich-events.js';
import { addQuarantinePath } from './1790000004000-add-quarantine-path.js';
import { flushInserts } from './1790000004100-flush-inserts.js';

/** In order. */
export const clickHouseMigrations = [
  createEvents,
  createQuarantine,
  createAuditLog,
  enrichEvents,
  addQuarantinePath,
  flushInserts,
];
