import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// A resent event has the same key and so falls into the same partition: the copies collapse, the newest stays.
// The deduplication window counts inserts; what is redelivered later than that collapses by key.
const table = `
  CREATE TABLE IF NOT EXISTS atrium.events (
    org_id UUID,
    site_id UUID,
    source_id UUID,
    event_id UUID,
    type LowCardinality(String),
    event_name LowCardinality(String),
    user_id String,
    anonymous_id String,
    session_id String,
    ts DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC'),
    inserted_at DateTime64(3, 'UTC') DEFAULT now64(3),
    properties JSON(max_dynamic_paths = 64),
    context JSON(max_dynamic_paths = 64),
    ip String,
    user_agent String,
    request_id String,
    trace_id String,
    retention_days UInt16
  )
  ENGINE = ReplacingMergeTree(received_at)
  PARTITION BY toYYYYMM(ts)
  ORDER BY (org_id, site_id, toDate(ts), event_name, cityHash64(user_id), event_id)
  TTL toDateTime(ts) + toIntervalDay(retention_days)
  SETTINGS non_replicated_deduplication_window = 20000`;

// Runs with the rights of tenant_rows, whose row policy shows the organization that the query is for. FINAL, because
// copies that are not merged yet must not be counted.
const view = `
  CREATE OR REPLACE VIEW analytics.events DEFINER = tenant_rows SQL SECURITY DEFINER AS
  SELECT org_id, site_id, source_id, event_id, type, event_name, user_id, anonymous_id, session_id, ts, received_at,
    inserted_at, properties, context, ip, user_agent, request_id, trace_id
  FROM atrium.events FINAL`;

export const createEvents: ClickHouseMigration = {
  name: '1790000000000-create-events',
  up: [table, 'CREATE DATABASE IF NOT EXISTS analytics', view],
  down: ['DROP VIEW IF EXISTS analytics.events', 'DROP DATABASE IF EXISTS analytics', 'DROP TABLE IF EXISTS atrium.events'],
};
