import type { Pool } from 'pg';

// Rows live for seconds, so dead ones are vacuumed by number, not by share of the table, and without pauses.
const AUTOVACUUM = `
  autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0,
  autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000,
  toast.autovacuum_vacuum_scale_factor = 0, toast.autovacuum_vacuum_threshold = 2000, toast.autovacuum_vacuum_cost_delay = 0`;

// A receive rewrites the row but not a body kept out of line; EXTERNAL also saves compressing bodies that mostly are already.
const SCHEMA = `
CREATE SCHEMA IF NOT EXISTS local_sqs;

CREATE TABLE IF NOT EXISTS local_sqs.queues (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  attributes jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  modified_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE IF NOT EXISTS local_sqs.messages (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  queue_id integer NOT NULL REFERENCES local_sqs.queues ON DELETE CASCADE,
  id uuid NOT NULL,
  body text STORAGE EXTERNAL NOT NULL,
  body_md5 text NOT NULL,
  attributes json,
  system_attributes json,
  source_queue_arn text,
  sent_at timestamptz NOT NULL DEFAULT now(),
  visible_at timestamptz NOT NULL,
  receive_count integer NOT NULL DEFAULT 0,
  receipt uuid,
  first_received_at timestamptz
) WITH (${AUTOVACUUM});

CREATE INDEX IF NOT EXISTS messages_queue_id_visible_at ON local_sqs.messages (queue_id, visible_at);

CREATE TABLE IF NOT EXISTS local_sqs.move_tasks (
  id uuid PRIMARY KEY,
  source_arn text NOT NULL,
  destination_arn text,
  max_per_second integer,
  moved integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS move_tasks_source_arn ON local_sqs.move_tasks (source_arn, started_at);
`;

// Any constant of our own: two servers that start together must not both create the schema.
const SCHEMA_LOCK = 7_305_921;

export async function createSchema(pool: Pool): Promise<void> {
  await pool.query(`BEGIN; SELECT pg_advisory_xact_lock(${SCHEMA_LOCK}); ${SCHEMA} COMMIT`);
}
