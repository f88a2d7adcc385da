import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { PostgresManifest } from '../manifest.js';
import type { Stopwatch } from '../stopwatch.js';
import { measureTables } from './figures.js';
import { listPartitions } from './partitions.js';
import { readStructure } from './structure.js';
import { listTables, plainTexts, readSequences, requireSightOfAllRows } from './tables.js';

export const tableFile = (folder: string, table: string): string => join(folder, 'postgres', `${table}.copy.zst`);

/**
 * Writes every table of the services into `folder`, and gives what a restore must find. Rows, counts and checksums are of
 * one snapshot; nobody is kept from writing meanwhile.
 */
export async function dumpPostgres(url: string, folder: string, watch: Stopwatch): Promise<PostgresManifest> {
  await mkdir(join(folder, 'postgres'), { mode: 0o700 });
  const client = new pg.Client({ connectionString: url, application_name: 'atrium-backup' });
  await client.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    await client.query(plainTexts);
    await requireSightOfAllRows(client);
    const { rows } = await client.query<{ takenAt: Date; walPosition: string; serverVersion: string }>(
      `select now() as "takenAt", pg_current_wal_lsn()::text as "walPosition", current_setting('server_version') as "serverVersion"`,
    );
    const [moment] = rows;
    if (!moment) throw new Error('PostgreSQL does not say what time it is');
    const structure = await watch.step('PostgreSQL: structure', () => readStructure(client));
    const partitions = await listPartitions(client);
    const tables = await watch.step('PostgreSQL: counts and checksums', () => measureTables(client));
    await watch.step('PostgreSQL: rows', async () => {
      for (const { name, sql, columns } of await listTables(client)) {
        const rowsOfTable = client.query(copyTo(`copy (select ${columns} from ${sql}) to stdout`));
        await pipeline(rowsOfTable, createZstdCompress(), createWriteStream(tableFile(folder, name), { mode: 0o600, flags: 'wx' }));
      }
    });
    // Sequences know no snapshot; read last, they are never behind the rows.
    const sequences = await readSequences(client);
    return { ...moment, takenAt: moment.takenAt.toISOString(), tables, sequences, partitions, structure };
  } finally {
    await client.end();
  }
}
