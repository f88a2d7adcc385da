import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createZstdDecompress } from 'node:zlib';
import { migrate, provisionDatabase, provisionService } from '@atrium/platform/database';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DataSource } from 'typeorm';
import { structureDifferences } from '../compare.js';
import type { PostgresManifest } from '../manifest.js';
import { serviceMigrations } from '../services.js';
import type { Stopwatch } from '../stopwatch.js';
import { tableFile } from './dump-postgres.js';
import { addPartitions } from './partitions.js';
import { readStructure } from './structure.js';
import { listTables, plainTexts, quoteName, requireSightOfAllRows } from './tables.js';

/**
 * Brings up roles, schemas, policies and rights as a deployment does, and fills in the rows of the backup: all of them or
 * none. Throws where the database holds rows of an organization already, or where this release's schema is not the
 * backup's. Roles that are new have no password: the release task of each service sets it.
 */
export async function restorePostgres(url: string, folder: string, manifest: PostgresManifest, watch: Stopwatch): Promise<void> {
  const client = new pg.Client({ connectionString: url, application_name: 'atrium-restore' });
  await client.connect();
  try {
    await requireSightOfAllRows(client);
    // Before anything is changed, and again in the transaction that fills the tables.
    await requireNoOrganization(client);
    await watch.step('PostgreSQL: roles, schemas, migrations', () => bringUpSchemas(client, url));
    await client.query('begin');
    await requireNoOrganization(client);
    await requireSameSchema(client, manifest);
    await client.query(plainTexts);
    await addPartitions(client, manifest.partitions);
    await watch.step('PostgreSQL: rows', () => loadRows(client, folder, manifest));
    await client.query('commit');
    await watch.step('PostgreSQL: statistics', () => client.query('analyze'));
  } finally {
    await client.end();
  }
}

async function bringUpSchemas(administrator: pg.Client, url: string): Promise<void> {
  await provisionDatabase(administrator);
  for (const [service, migrations] of Object.entries(serviceMigrations)) {
    await provisionService(administrator, service, {});
    // As the owner, without its password: what is made belongs to it.
    const options = `-c role=${service}_owner -c search_path=${service},public`;
    await migrate(
      new DataSource({
        type: 'postgres', url, schema: service, migrations, migrationsTableName: 'migrations', migrationsTransactionMode: 'each',
        extra: { max: 2, options },
      }),
    );
  }
}

async function requireNoOrganization(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ sql: string }>(
    `select format('%I.%I', table_schema, table_name) as sql from information_schema.columns
     where column_name = 'org_id' and table_schema = any($1) order by 1`,
    [Object.keys(serviceMigrations)],
  );
  for (const { sql } of rows) {
    const { rowCount } = await client.query(`select from ${sql} where org_id is not null limit 1`);
    if (rowCount) throw new Error(`PostgreSQL holds rows of organizations already (${sql}): restore into a fresh database`);
  }
}

async function requireSameSchema(client: pg.Client, { structure }: PostgresManifest): Promise<void> {
  await client.query('savepoint looking');
  const differences = structureDifferences(structure, await readStructure(client));
  await client.query('rollback to savepoint looking');
  if (differences.length === 0) return;
  throw new Error(
    `This release's schema is not the backup's (${differences.length} differences): restore with the release that made it, then deploy the later one.\n` +
      differences.slice(0, 20).join('\n'),
  );
}

async function loadRows(client: pg.Client, folder: string, { sequences }: PostgresManifest): Promise<void> {
  const tables = await listTables(client);
  // Rows that refer to each other come in any order. They were consistent in their snapshot, and are compared with it.
  await client.query('set local session_replication_role = replica');
  await client.query(`truncate ${tables.map(({ sql }) => sql).join(', ')}`);
  for (const { name, sql, columns } of tables) {
    const rows = client.query(copyFrom(`copy ${sql} (${columns}) from stdin`));
    await pipeline(createReadStream(tableFile(folder, name)), createZstdDecompress(), rows);
  }
  for (const [name, position] of Object.entries(sequences)) {
    if (position !== null) await client.query('select setval($1::regclass, $2::bigint)', [quoteName(name), position]);
  }
}
