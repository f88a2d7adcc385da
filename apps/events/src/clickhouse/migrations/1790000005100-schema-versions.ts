import type { ClickHouseMigration } from '../migrate-clickhouse.js';
import { enrichedView } from './1790000003000-enrich-events.js';

/** The version of the catalog's schema that an event was judged by; 0 where it wasn't. */
export const schemaVersions: ClickHouseMigration = {
  name: '1790000005100-schema-versions',
  up: ['ALTER TABLE atrium.events ADD COLUMN IF NOT EXISTS schema_version UInt32', enrichedView('schema_version')],
  down: [enrichedView(), 'ALTER TABLE atrium.events DROP COLUMN IF EXISTS schema_version'],
};
