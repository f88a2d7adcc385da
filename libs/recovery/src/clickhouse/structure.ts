import type { ClickHouse } from '@atrium/events/clickhouse';
import { z } from 'zod';
import type { Structure } from '../manifest.js';

/** Definitions of tables and views, and who may see which rows of them. Users themselves are not in a backup: provisioning makes them. */
const queries: Readonly<Record<string, string>> = {
  table: `SELECT database || '.' || name AS name, create_table_query AS definition FROM system.tables WHERE database IN ('atrium', 'analytics')`,
  policy: `
    SELECT database || '.' || table || ' for ' || arrayJoin(arraySort(apply_to_list)) AS name,
      concat(toString(select_filter), if(is_restrictive, ' restrictive', '')) AS definition FROM system.row_policies WHERE database IN ('atrium', 'analytics')`,
  rights: `
    SELECT user_name AS name, arrayStringConcat(arraySort(groupArray(concat(toString(access_type), ' on ', ifNull(database, '*'), '.', ifNull(table, '*')))), ', ') AS definition
    FROM system.grants WHERE user_name IN ('reader', 'writer', 'tenant_rows', 'migrator') GROUP BY user_name`,
};

const rows = z.array(z.object({ name: z.string(), definition: z.string() }));

export async function readStructure(clickHouse: ClickHouse): Promise<Structure> {
  const found: Record<string, string> = {};
  for (const [kind, query] of Object.entries(queries)) {
    for (const { name, definition } of rows.parse(await clickHouse.rows({ query }))) found[`${kind} ${name}`] = definition;
  }
  return found;
}

/** Ways past the view that shows one organization's rows alone, whatever a manifest says. */
export function isolationProblems(structure: Structure): string[] {
  const reader = structure['rights reader'];
  const problems = {
    'atrium.events has no row policy for tenant_rows': !structure['policy atrium.events for tenant_rows']?.includes('initialQueryID()'),
    'analytics.events does not run as tenant_rows': !/DEFINER = tenant_rows SQL SECURITY DEFINER/.test(structure['table analytics.events'] ?? ''),
    'there is no user reader: run the release task of events': reader === undefined,
    'reader has rights beyond the view': reader !== undefined && reader !== 'SELECT on analytics.*',
  };
  return Object.entries(problems).filter(([, there]) => there).map(([problem]) => problem);
}
