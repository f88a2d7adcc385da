import { rangeDifferences, structureDifferences } from '../compare.js';
import type { ClickHouseManifest } from '../manifest.js';
import type { Verdict } from '../postgres/check-postgres.js';
import type { Stopwatch } from '../stopwatch.js';
import { type ClickHouseTarget, connect } from './connection.js';
import { measureTables } from './figures.js';
import { isolationProblems, readStructure } from './structure.js';

/** Compares a server with the manifest: definitions, row policies and rights; counts and checksums of each partition. */
export async function checkClickHouse(target: ClickHouseTarget, manifest: ClickHouseManifest, watch: Stopwatch): Promise<Verdict> {
  const clickHouse = connect(target);
  const structure = await watch.step('ClickHouse: check of definitions, policies, rights', () => readStructure(clickHouse));
  const figures = await watch.step('ClickHouse: check of counts and checksums', () => measureTables(clickHouse));
  return {
    differences: [...isolationProblems(structure), ...structureDifferences(manifest.structure, structure)],
    ofRows: rangeDifferences(manifest.tables, figures),
    confined: Object.keys(structure).filter((name) => name.startsWith('policy ')).length,
    tables: new Set(Object.keys(figures).map((name) => name.split('/')[0])).size,
    rows: Object.values(figures).reduce((sum, { rows }) => sum + rows, 0),
  };
}
