import type { ClickHouseMigration } from '../migrate-clickhouse.js';

// What an insert writes is one file, whatever its size, and not one for each column and path of properties: these cost more
// than the rows, each is flushed, and the first merge writes them anew anyway. Larger parts get files of their own there.
const settings = { min_level_for_wide_part: 1 } as const;

export const writeInsertsCompactly: ClickHouseMigration = {
  name: '1790000007100-write-inserts-compactly',
  up: [`ALTER TABLE atrium.events MODIFY SETTING ${Object.entries(settings).map(([name, value]) => `${name} = ${value}`).join(', ')}`],
  down: [`ALTER TABLE atrium.events RESET SETTING ${Object.keys(settings).join(', ')}`],
};
