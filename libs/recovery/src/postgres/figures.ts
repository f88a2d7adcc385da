import type pg from 'pg';
import type { Figures } from '../manifest.js';
import { listTables } from './tables.js';

// Sixty bits of a row's MD5, summed up: a row that is missing, changed or there twice shows, whatever the order. Not a
// defence against somebody who forges rows; the store of backups is.
const hash = `('x' || left(md5(t::text), 15))::bit(60)::bigint`;

/** What each table holds. The session must see all rows, in one snapshot, with plain texts. `asOwners`: it is nothing but their owners' member. */
export async function measureTables(client: pg.ClientBase, { asOwners = false } = {}): Promise<Record<string, Figures>> {
  const figures: Record<string, Figures> = {};
  for (const { name, sql, owner } of await listTables(client)) {
    if (asOwners) await client.query(`set local role ${owner}`);
    const { rows } = await client.query<{ rows: string; checksum: string }>(
      `select count(*)::text as rows, coalesce(sum(${hash}), 0)::text as checksum from ${sql} t`,
    );
    const [row] = rows;
    if (row) figures[name] = { rows: Number(row.rows), checksum: row.checksum };
  }
  return figures;
}
