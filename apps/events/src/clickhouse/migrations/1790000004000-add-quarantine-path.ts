import type { ClickHouseMigration } from '../migrate-clickhouse.js';

/** What of a row could not be taken: a column, or a path inside one. */
export const addQuarantinePath: ClickHouseMigration = {
  name: '1790000004000-add-quarantine-path',
  up: [`ALTER TABLE atrium.events_quarantine ADD COLUMN IF NOT EXISTS path String AFTER reason`],
  down: ['ALTER TABLE atrium.events_quarantine DROP COLUMN IF EXISTS path'],
};
