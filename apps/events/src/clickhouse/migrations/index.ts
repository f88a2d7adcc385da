import { createEvents } from './1790000000000-create-events.js';
import { createQuarantine } from './1790000001000-create-quarantine.js';
import { createAuditLog } from './1790000002000-create-audit-log.js';
import { enrichEvents } from './1790000003000-enrich-events.js';
import { addQuarantinePath } from './1790000004000-add-quarantine-path.js';
import { flushInserts } from './1790000004100-flush-inserts.js';
import { extendQuarantine } from './1790000005000-extend-quarantine.js';
import { schemaVersions } from './1790000005100-schema-versions.js';
import { createDomainEvents } from './1790000005200-create-domain-events.js';
import { indexInsertedAt } from './1790000006000-index-inserted-at.js';
import { mergeQuietMonths } from './1790000006100-merge-quiet-months.js';
import { createQueueProgress } from './1790000007000-create-queue-progress.js';
import { writeInsertsCompactly } from './1790000007100-write-inserts-compactly.js';

/** In order. */
export const clickHouseMigrations = [
  createEvents,
  createQuarantine,
  createAuditLog,
  enrichEvents,
  addQuarantinePath,
  flushInserts,
  extendQuarantine,
  schemaVersions,
  createDomainEvents,
  indexInsertedAt,
  mergeQuietMonths,
  createQueueProgress,
  writeInsertsCompactly,
];
