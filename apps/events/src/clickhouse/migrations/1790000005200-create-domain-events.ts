import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// An event that is delivered again has the same key and so falls into the same partition: the copies collapse. Events of
// no organization have the nil UUID there. No view leads here: who may ask SQL of product events may not read this.
const table = `
  CREATE TABLE IF NOT EXISTS atrium.domain_events (
    org_id UUID,
    id UUID,
    type LowCardinality(String),
    version UInt16,
    publisher LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    user_id Nullable(UUID),
    site_id Nullable(UUID),
    payload String,
    request_id String,
    traceparent String,
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3)
  )
  ENGINE = ReplacingMergeTree(inserted_at)
  PARTITION BY toYYYYMM(occurred_at)
  ORDER BY (org_id, toDate(occurred_at), type, id)
  TTL toDateTime(occurred_at) + INTERVAL 1 YEAR`;

export const createDomainEvents: ClickHouseMigration = {
  name: '1790000005200-create-domain-events',
  up: [table],
  down: ['DROP TABLE IF EXISTS atrium.domain_events'],
};
