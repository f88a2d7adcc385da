import pg from 'pg';
import { figureDifferences, structureDifferences } from '../compare.js';
import type { PostgresManifest } from '../manifest.js';
import type { Stopwatch } from '../stopwatch.js';
import { measureTables } from './figures.js';
import { forcedTables, openPartitions, readStructure } from './structure.js';
import { liftForcing, plainTexts, requireSightOfAllRows } from './tables.js';

export interface Verdict {
  /** What makes it another database than the one that was backed up. */
  readonly differences: readonly string[];
  /** Rows that another moment may explain. */
  readonly ofRows: readonly string[];
  /** Tables whose rows are confined to an organization: by forced row-level security, or by a row policy. */
  readonly confined: number;
  readonly tables: number;
  readonly rows: number;
}

export interface PostgresCheck {
  /** The administrator does not see all rows: count as the tables' owners, with every table locked. For an instance that serves nobody yet. */
  readonly asOwners: boolean;
}

/** Compares a database with the manifest, however it was restored: roles, rights, policies, definitions; counts and checksums of rows. */
export async function checkPostgres(url: string, manifest: PostgresManifest, { asOwners }: PostgresCheck, watch: Stopwatch): Promise<Verdict> {
  const client = new pg.Client({ connectionString: url, application_name: 'atrium-check' });
  await client.connect();
  try {
    await client.query(`begin isolation level repeatable read ${asOwners ? '' : 'read only'}`);
    await client.query(plainTexts);
    if (!asOwners) await requireSightOfAllRows(client);
    const structure = await watch.step('PostgreSQL: check of roles, rights, policies, definitions', () => readStructure(client));
    const open = await openPartitions(client);
    const figures = await watch.step('PostgreSQL: check of counts and checksums', async () => {
      if (asOwners) await liftForcing(client);
      return measureTables(client, { asOwners });
    });
    await client.query('rollback');
    return {
      differences: [
        ...open.map((name) => `${name} does not force row-level security`),
        ...structureDifferences(manifest.structure, structure),
      ],
      ofRows: figureDifferences(manifest.tables, figures),
      confined: forcedTables(structure),
      tables: Object.keys(figures).length,
      rows: Object.values(figures).reduce((sum, { rows }) => sum + rows, 0),
    };
  } finally {
    await client.end();
  }
}
