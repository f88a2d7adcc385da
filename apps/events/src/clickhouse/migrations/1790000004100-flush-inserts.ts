import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// The worker deletes a pack from the queue when its rows are stored: by then they must be on the disk, not in the memory
// of a machine that may lose power. Merged parts needn't be: what they were made of is kept for a while.
const settings = { fsync_after_insert: 1, fsync_part_directory: 1 } as const;
const tables = ['atrium.events', 'atrium.events_quarantine'] as const;

const assignments = Object.entries(settings).map(([name, value]) => `${name} = ${value}`).join(', ');
const names = Object.keys(settings).join(', ');

export const flushInserts: ClickHouseMigration = {
  name: '1790000004100-flush-inserts',
  up: tables.map((table) => `ALTER TABLE ${table} MODIFY SETTING ${assignments}`),
  down: tables.map((table) => `ALTER TABLE ${table} RESET SETTING ${names}`),
};
