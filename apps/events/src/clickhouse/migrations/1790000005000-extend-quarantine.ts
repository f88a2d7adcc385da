import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// Rows of before come from the worker: their columns are read out of the event. A row is found by one id, whoever
// quarantined it: the worker's have the place in their pack, the catalog's a batch of their own.
// The hash as a UUID version 8 (RFC 9562 §5.8).
const ofPlace = String.raw`toUUID(replaceRegexpOne(lower(hex(sipHash128(batch_id, row))), '^(.{8})(.{4}).(.{3}).(.{3})(.{12})$', '\\1-\\2-8\\3-8\\4-\\5'))`;
const columns = [
  `id UUID DEFAULT if(row = 0, batch_id, ${ofPlace})`,
  `status LowCardinality(String) DEFAULT 'quarantined'`,
  `code LowCardinality(String) DEFAULT 'UNREADABLE'`,
  `event_name LowCardinality(String) DEFAULT JSONExtractString(raw, 'event_name')`,
  `event_id UUID DEFAULT toUUIDOrZero(JSONExtractString(raw, 'event_id'))`,
  `source_id UUID DEFAULT toUUIDOrZero(JSONExtractString(raw, 'source_id'))`,
  `schema_version UInt32`,
];

export const extendQuarantine: ClickHouseMigration = {
  name: '1790000005000-extend-quarantine',
  up: columns.map((column) => `ALTER TABLE atrium.events_quarantine ADD COLUMN IF NOT EXISTS ${column}`),
  down: ['source_id', 'event_id', 'event_name', 'schema_version', 'code', 'status', 'id'].map(
    (column) => `ALTER TABLE atrium.events_quarantine DROP COLUMN IF EXISTS ${column}`,
  ),
};
