import type { DeclaredMigration } from '@atrium/platform/database';
import type { MigrationInterface } from 'typeorm';
import { ClickHouseHistory } from './clickhouse-findings.js';
import type { Finding } from './finding.js';
import { PostgresHistory } from './postgres-findings.js';
import { recordStatements } from './record-statements.js';
import { type Releases, settled } from './releases.js';

/** One schema of PostgreSQL, or ClickHouse. */
export type MigrationStore =
  | { readonly kind: 'postgres'; readonly name: string; readonly migrations: readonly (new () => MigrationInterface & DeclaredMigration)[] }
  | { readonly kind: 'clickhouse'; readonly name: string; readonly migrations: readonly (DeclaredMigration & { readonly name: string; readonly up: readonly string[] })[] };

/** The code that runs on a store, its migrations left out. */
export interface Sources {
  readonly now: string;
  /** Of a release; undefined where the repository at hand doesn't hold it. */
  readonly of: (version: string) => string | undefined;
}

/**
 * Holds the migrations that are newer than the last release to expand and contract.
 *
 * @returns problems, each a line
 */
export async function lintMigrations(store: MigrationStore, releases: Releases, sources: Sources): Promise<string[]> {
  const judged = await judge(store);
  const begin = settled(store.name, judged.map(({ name }) => name), releases);
  return judged.slice(begin).flatMap(({ name, declared, findings }) =>
    [...problemsOf(findings, declared), ...claims(findings, declared, releases, sources)].map((problem) => `${store.name}: ${name}: ${problem}`),
  );
}

interface Judged {
  readonly name: string;
  readonly declared: DeclaredMigration;
  readonly findings: readonly Finding[];
}

async function judge(store: MigrationStore): Promise<Judged[]> {
  if (store.kind === 'clickhouse') {
    const history = new ClickHouseHistory();
    return store.migrations.map((migration) => ({ name: migration.name, declared: migration, findings: history.next(migration.up) }));
  }
  const history = new PostgresHistory(store.name);
  const judged: Judged[] = [];
  for (const Migration of store.migrations) {
    const declared = new Migration();
    judged.push({ name: Migration.name, declared, findings: await findingsOf(declared, history) });
  }
  return judged;
}

async function findingsOf(migration: MigrationInterface, history: PostgresHistory): Promise<Finding[]> {
  try {
    return await history.next(await recordStatements(migration));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return [{ kind: 'unreadable', object: 'migration', why: error.message }];
  }
}

function problemsOf(findings: readonly Finding[], { contracts, locks = {} }: DeclaredMigration): string[] {
  return findings.flatMap(({ kind, object, why }) => {
    if (kind === 'contraction' && contracts?.objects.includes(object)) return [];
    if (kind === 'lock' && locks[object]?.trim()) return [];
    const way = { contraction: ' (say in `contracts` since which release the code does without)', lock: ' (or say in `locks` why that is short)', unreadable: '' };
    return [`${object} ${why}${way[kind]}`];
  });
}

/** What a migration says of itself must be so. */
function claims(findings: readonly Finding[], { contracts, locks = {} }: DeclaredMigration, { releases }: Releases, sources: Sources): string[] {
  const found = (kind: Finding['kind'], object: string) => findings.some((finding) => finding.kind === kind && finding.object === object);
  const said: string[] = [];
  if (contracts && !releases.some(({ version }) => version === contracts.unusedSince)) {
    said.push(`contracts.unusedSince: ${contracts.unusedSince} was not released, says releases.yml: what a release uses can go with the one after it`);
  }
  for (const object of contracts?.objects ?? []) {
    if (!found('contraction', object)) said.push(`contracts: nothing happens to ${object}`);
    // A column's name alone would be found in other meanings; a table's or function's has its schema before it.
    const name = object.replace(/\(.*$/, '');
    if (!contracts || name.split('.').length !== 2) continue;
    const named = new RegExp(`(?<![\\w.])${name.replaceAll('.', '\\.')}(?![\\w.])`);
    if (named.test(sources.now)) said.push(`contracts: the code still names ${name}`);
    if (named.test(sources.of(contracts.unusedSince) ?? '')) said.push(`contracts: the code of ${contracts.unusedSince} names ${name}`);
  }
  for (const table of Object.keys(locks)) if (!found('lock', table)) said.push(`locks: nothing locks ${table}`);
  return said;
}
