import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// New events are looked for every second: only granules of the last seconds are read. Parts from before the migration get
// the index when they are merged.
export const indexInsertedAt: ClickHouseMigration = {
  name: '1790000006000-index-inserted-at',
  up: ['ALTER TABLE atrium.events ADD INDEX IF NOT EXISTS by_inserted_at inserted_at TYPE minmax GRANULARITY 1'],
  down: ['ALTER TABLE atrium.events DROP INDEX IF EXISTS by_inserted_at'],
};
