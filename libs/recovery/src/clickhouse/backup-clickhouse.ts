import { z } from 'zod';
import type { ClickHouseLocation, ClickHouseManifest } from '../manifest.js';
import type { Stopwatch } from '../stopwatch.js';
import { figureDifferences } from '../compare.js';
import { type ClickHouseTarget, connect, databases, longWork } from './connection.js';
import { measureTables } from './figures.js';
import { readStructure } from './structure.js';

const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, String.raw`\$&`)}'`;

/** As BACKUP and RESTORE take it. On S3 the server uses its machine's role, or what its configuration gives for that address. */
export const locationSql = (location: ClickHouseLocation): string =>
  location.kind === 'file' ? `File(${quoted(location.name)})` : `S3(${quoted(location.url)})`;

const moments = z.object({ version: z.string(), moment: z.string() });

export interface ClickHouseBackup {
  readonly location: ClickHouseLocation;
  /** An earlier backup: parts that it has are not written again, and it must be kept as long. */
  readonly base: ClickHouseLocation | undefined;
  /** Seconds after which an insert that began is over: what came later is in the backup, but not counted. */
  readonly settledSeconds: number;
}

/**
 * Lets the server write its own backup, and gives what a restore must find. Rows go on coming meanwhile, so those that
 * were settled are counted, before and after: it throws where an erasure or an end of retention fell between.
 */
export async function backupClickHouse(target: ClickHouseTarget, { location, base, settledSeconds }: ClickHouseBackup, watch: Stopwatch): Promise<ClickHouseManifest> {
  const clickHouse = connect(target);
  const [row] = await clickHouse.rows({ query: `SELECT version() AS version, toString(now64(3, 'UTC') - ${settledSeconds}) AS moment` });
  const { version: serverVersion, moment } = moments.parse(row);
  const settledUntil = new Date(`${moment.replace(' ', 'T')}Z`).toISOString();
  const measure = () => measureTables(clickHouse, settledUntil);
  const tables = await watch.step('ClickHouse: counts and checksums', measure);
  const settings = base ? ` SETTINGS base_backup = ${locationSql(base)}` : '';
  const query = `BACKUP ${databases.map((name) => `DATABASE ${name}`).join(', ')} TO ${locationSql(location)}${settings}`;
  await watch.step('ClickHouse: its own backup', () => clickHouse.run({ query, timeoutMs: longWork }));
  const changed = figureDifferences(tables, await watch.step('ClickHouse: counts again', measure));
  if (changed.length > 0) throw new Error(`Rows were erased while ClickHouse was backed up; begin again:\n${changed.join('\n')}`);
  return { settledUntil, serverVersion, location, tables, structure: await readStructure(clickHouse) };
}
