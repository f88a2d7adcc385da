import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// A row a queue stays; the TTL is of queues that are no more.
const table = `
  CREATE TABLE IF NOT EXISTS atrium.queue_progress (
    queue LowCardinality(String),
    received_until DateTime64(3, 'UTC'),
    observed_at DateTime64(3, 'UTC') DEFAULT now64(3)
  )
  ENGINE = ReplacingMergeTree(received_until)
  ORDER BY queue
  TTL toDateTime(observed_at) + toIntervalDay(30)`;

/** How far workers have got with each queue. */
export const createQueueProgress: ClickHouseMigration = {
  name: '1790000007000-create-queue-progress',
  up: [table],
  down: ['DROP TABLE IF EXISTS atrium.queue_progress'],
};
