import { checkClickHouse } from './clickhouse/check-clickhouse.js';
import { restoreClickHouse, resumeMerges } from './clickhouse/restore-clickhouse.js';
import { readManifest } from './manifest.js';
import { checkPostgres, type PostgresCheck, type Verdict } from './postgres/check-postgres.js';
import { restorePostgres } from './postgres/restore-postgres.js';
import type { Stores } from './settings.js';
import type { Stopwatch } from './stopwatch.js';

export interface Verdicts {
  readonly postgres: Verdict | undefined;
  readonly clickHouse: Verdict | undefined;
}

/** Restores what the stores and the backup have in common into fresh servers, and compares each with the manifest. */
export async function restore(folder: string, stores: Stores, watch: Stopwatch): Promise<Verdicts> {
  const { postgres, clickHouse } = readManifest(folder);
  if (postgres && stores.postgresUrl !== undefined) await restorePostgres(stores.postgresUrl, folder, postgres, watch);
  try {
    if (clickHouse && stores.clickHouse) await restoreClickHouse(stores.clickHouse, clickHouse, watch);
    return await check(folder, stores, watch);
  } finally {
    if (clickHouse && stores.clickHouse) await resumeMerges(stores.clickHouse);
  }
}

/** Compares servers with the backup's manifest, however they were restored. */
export async function check(folder: string, stores: Stores, watch: Stopwatch, { asOwners }: PostgresCheck = { asOwners: false }): Promise<Verdicts> {
  const manifest = readManifest(folder);
  return {
    postgres: manifest.postgres && stores.postgresUrl !== undefined ? await checkPostgres(stores.postgresUrl, manifest.postgres, { asOwners }, watch) : undefined,
    clickHouse: manifest.clickHouse && stores.clickHouse ? await checkClickHouse(stores.clickHouse, manifest.clickHouse, watch) : undefined,
  };
}

/** The verdicts as text; false where something differs, or nothing was compared. Rows of another moment are told, not counted against it. */
export function report(verdicts: Verdicts, { otherMoment }: { readonly otherMoment: boolean }, print: (line: string) => void): boolean {
  let same = true;
  let compared = 0;
  for (const [name, verdict] of [['PostgreSQL', verdicts.postgres], ['ClickHouse', verdicts.clickHouse]] as const) {
    if (!verdict) {
      print(`${name}: not compared`);
      continue;
    }
    compared += 1;
    const wrong = [...verdict.differences, ...(otherMoment ? [] : verdict.ofRows)];
    if (otherMoment) for (const line of verdict.ofRows) print(`${name}, of another moment: ${line}`);
    for (const line of wrong) print(`${name}: ${line}`);
    print(`${name}: ${verdict.tables} tables (${verdict.confined} confined to organizations), ${verdict.rows} rows, ${wrong.length === 0 ? 'nothing differs' : `${wrong.length} differences`}`);
    same &&= wrong.length === 0;
  }
  return same && compared > 0;
}
