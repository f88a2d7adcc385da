import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// A partition that is one part holds no copies, and FINAL reads it like any table: several times as fast. So a month into
// which nothing has come for a day is merged into one part, up to the size that merges have anyway.
const settings = {
  min_age_to_force_merge_seconds: 86_400,
  min_age_to_force_merge_on_partition_only: 1,
  enable_max_bytes_limit_for_min_age_to_force_merge: 1,
} as const;

export const mergeQuietMonths: ClickHouseMigration = {
  name: '1790000006100-merge-quiet-months',
  up: [`ALTER TABLE atrium.events MODIFY SETTING ${Object.entries(settings).map(([name, value]) => `${name} = ${value}`).join(', ')}`],
  down: [`ALTER TABLE atrium.events RESET SETTING ${Object.keys(settings).join(', ')}`],
};
