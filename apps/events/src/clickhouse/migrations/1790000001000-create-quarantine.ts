import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// The place in its pack identifies a row, so that a redelivery quarantines it once.
const table = `
  CREATE TABLE IF NOT EXISTS atrium.events_quarantine (
    org_id UUID,
    site_id UUID,
    batch_id UUID,
    row UInt32,
    reason String,
    raw String,
    received_at DateTime64(3, 'UTC'),
    quarantined_at DateTime64(3, 'UTC') DEFAULT now64(3)
  )
  ENGINE = ReplacingMergeTree(quarantined_at)
  PARTITION BY toYYYYMM(received_at)
  ORDER BY (org_id, toDate(received_at), batch_id, row)
  TTL toDateTime(received_at) + toIntervalDay(90)
  SETTINGS non_replicated_deduplication_window = 1000`;

export const createQuarantine: ClickHouseMigration = {
  name: '1790000001000-create-quarantine',
  up: [table],
  down: ['DROP TABLE IF EXISTS atrium.events_quarantine'],
};
