import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// An entry that is delivered again has the same key and so falls into the same partition: the copies collapse. Entries
// of no organization have the nil UUID there. No view leads here: whoever may ask SQL of events may not read this.
const table = `
  CREATE TABLE IF NOT EXISTS atrium.audit_log (
    org_id UUID,
    id UUID,
    occurred_at DateTime64(3, 'UTC'),
    action LowCardinality(String),
    outcome LowCardinality(String),
    actor_kind LowCardinality(String),
    actor_id Nullable(UUID),
    session_id Nullable(UUID),
    resource_type LowCardinality(String),
    resource_id String,
    site_id Nullable(UUID),
    before String,
    after String,
    details String,
    request_id String,
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3)
  )
  ENGINE = ReplacingMergeTree(inserted_at)
  PARTITION BY toYYYYMM(occurred_at)
  ORDER BY (org_id, toDate(occurred_at), action, id)
  TTL toDateTime(occurred_at) + INTERVAL 1 YEAR`;

export const createAuditLog: ClickHouseMigration = {
  name: '1790000002000-create-audit-log',
  up: [table],
  down: ['DROP TABLE IF EXISTS atrium.audit_log'],
};
