import { z } from 'zod';
import { rangeOf } from '../compare.js';
import type { ClickHouseLocation, ClickHouseManifest } from '../manifest.js';
import type { Stopwatch } from '../stopwatch.js';
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
}

/**
 * Lets the server write its own backup, and gives what a restore must find. Nobody is kept from writing meanwhile, so it
 * counts before and after: partitions that nothing came to (all but a few, which are months) must agree to the row.
 */
export async function backupClickHouse(target: ClickHouseTarget, { location, base }: ClickHouseBackup, watch: Stopwatch): Promise<ClickHouseManifest> {
  const clickHouse = connect(target);
  const [row] = await clickHouse.rows({ query: `SELECT version() AS version, toString(now64(3, 'UTC')) AS moment` });
  const { version: serverVersion, moment } = moments.parse(row);
  const before = await watch.step('ClickHouse: counts and checksums', () => measureTables(clickHouse));
  const settings = base ? ` SETTINGS base_backup = ${locationSql(base)}` : '';
  const query = `BACKUP ${databases.map((name) => `DATABASE ${name}`).join(', ')} TO ${locationSql(location)}${settings}`;
  await watch.step('ClickHouse: its own backup', () => clickHouse.run({ query, timeoutMs: longWork }));
  const after = await watch.step('ClickHouse: counts and checksums again', () => measureTables(clickHouse));
  const takenAt = new Date(`${moment.replace(' ', 'T')}Z`).toISOString();
  return { takenAt, serverVersion, location, tables: rangeOf(before, after), structure: await readStructure(clickHouse) };
}
