import type { ClickHouse } from '@atrium/events/clickhouse';
import { z } from 'zod';
import type { Figures } from '../manifest.js';
import { longWork } from './connection.js';

const columns = z.array(z.object({ table: z.string(), engine: z.string(), column: z.string(), type: z.string() }));

const columnsSql = `
  SELECT t.name AS table, t.engine AS engine, c.name AS column, c.type AS type
  FROM system.tables t JOIN system.columns c ON c.database = t.database AND c.table = t.name
  WHERE t.database = 'atrium' AND t.engine LIKE '%MergeTree' AND c.default_kind NOT IN ('ALIAS', 'EPHEMERAL')
  ORDER BY t.name, c.position`;

const quoted = (name: string): string => `\`${name.replaceAll(/[\\`]/g, String.raw`\$&`)}\``;

export interface Table {
  readonly name: string;
  /** Quoted, for SQL. */
  readonly sql: string;
  /** Whether copies that are not merged yet must be counted once. */
  readonly replacing: boolean;
  /** Expressions that make up a row. */
  readonly values: readonly string[];
}

/** Open types (JSON) have no hash of their own; their text has. One NULL would make the whole hash NULL. */
function hashable(column: string, type: string): string {
  if (type.includes('Nullable')) return `isNull(${column}), ifNull(toString(${column}), '')`;
  return /JSON|Dynamic|Variant/.test(type) ? `toString(${column})` : column;
}

export async function listTables(clickHouse: ClickHouse): Promise<Table[]> {
  const all = columns.parse(await clickHouse.rows({ query: columnsSql }));
  return [...new Set(all.map(({ table }) => table))].map((table) => {
    const of = all.filter((column) => column.table === table);
    return {
      name: `atrium.${table}`,
      sql: `atrium.${quoted(table)}`,
      replacing: of.some(({ engine }) => engine.includes('Replacing')),
      values: of.map(({ column, type }) => hashable(quoted(column), type)),
    };
  });
}

const counted = z.array(z.object({ partition: z.string(), rows: z.coerce.number(), checksum: z.string() }));

/** What each partition of each table holds, by `<table>/<partition>`. Copies that are not merged yet count once. */
export async function measureTables(clickHouse: ClickHouse): Promise<Record<string, Figures>> {
  const figures: Record<string, Figures> = {};
  for (const { name, sql, replacing, values } of await listTables(clickHouse)) {
    const checksum = `toString(sum(toUInt128(cityHash64(${values.join(', ')}))))`;
    const query = `SELECT _partition_id AS partition, count() AS rows, ${checksum} AS checksum FROM ${sql} ${replacing ? 'FINAL' : ''} GROUP BY partition`;
    const settings = { max_execution_time: longWork / 1000 };
    const partitions = counted.parse(await clickHouse.rows({ query, settings, timeoutMs: longWork }));
    for (const { partition, rows, checksum } of partitions) figures[`${name}/${partition}`] = { rows, checksum };
  }
  return figures;
}
