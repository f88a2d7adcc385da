import { type ClickHouseUsers, organizationRowFilter, untrustedQueryLimits, untrustedQueryQuota } from '../clickhouse/index.js';
import type { Credentials } from './credentials.js';

/**
 * `admin` migrates, `writer` inserts, deletes what is erased and shortens what is kept, `reader` answers queries through the view `analytics.events`, which runs as
 * `tenant_rows`: nobody signs in as it, and its row policy shows the one organization that the service names, whatever
 * the SQL says. A policy on the reader itself would not do: `mergeTreeIndex()` walks around it.
 */
export const clickHouseUsers = ({ clickhouse }: Credentials): ClickHouseUsers => ({
  admin: { password: clickhouse.admin },
  writer: { password: clickhouse.writer, grants: ['GRANT SELECT, INSERT, ALTER DELETE, ALTER UPDATE ON atrium.*', 'GRANT SELECT ON system.parts'] },
  tenant_rows: {
    password: null,
    grants: ['GRANT SELECT ON atrium.events'],
    rowPolicies: [{ database: 'atrium', table: 'events', filter: organizationRowFilter }],
  },
  reader: { password: clickhouse.reader, grants: ['GRANT SELECT ON analytics.*'], settings: untrustedQueryLimits, quotas: untrustedQueryQuota },
});
