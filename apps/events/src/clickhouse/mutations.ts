import { z } from 'zod';
import type { ClickHouse, ClickHouseRequest } from './clickhouse.js';

/** Milliseconds: ClickHouse writes every part anew that holds such a row. */
const patience = 600_000;

const counted = z.tuple([z.object({ n: z.coerce.number() })]);

export type Parameters = NonNullable<ClickHouseRequest['parameters']>;

/** The one number `n` that a query gives. */
export async function countBy(clickHouse: ClickHouse, query: string, parameters: Parameters): Promise<number> {
  const [{ n }] = counted.parse(await clickHouse.rows({ query, parameters }));
  return n;
}

/** Rows of a table of `atrium` that the condition holds for, copies that aren't merged yet included. */
export const countRows = (clickHouse: ClickHouse, table: string, where: string, parameters: Parameters): Promise<number> =>
  countBy(clickHouse, `SELECT count() AS n FROM atrium.${table} WHERE ${where}`, parameters);

/** `ALTER TABLE … DELETE` or `UPDATE`; resolves when it is done. */
export async function mutate(clickHouse: ClickHouse, query: string, parameters: Parameters): Promise<void> {
  // 2: on all replicas, where there are some.
  await clickHouse.run({ query, parameters, settings: { mutations_sync: 2 }, timeoutMs: patience });
}

/**
 * Deletes rows for good: a mutation, not a lightweight delete, which would only hide them for a while.
 *
 * @returns how many rows there were, as {@link countRows}; resolves when they are gone
 */
export async function deleteRows(clickHouse: ClickHouse, table: string, where: string, parameters: Parameters): Promise<number> {
  const rows = await countRows(clickHouse, table, where, parameters);
  if (rows > 0) await mutate(clickHouse, `ALTER TABLE atrium.${table} DELETE WHERE ${where}`, parameters);
  return rows;
}
