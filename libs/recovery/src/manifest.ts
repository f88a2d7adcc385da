import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Definitions by the name of what they define, e.g. `policy users.sites.tenant`. */
export type Structure = Readonly<Record<string, string>>;

/** What a table holds: rows, and a sum over hashes of their content that no order of them changes. */
const figures = z.object({ rows: z.int(), checksum: z.string() });
export type Figures = z.output<typeof figures>;

const structure = z.record(z.string(), z.string());

const postgresManifest = z.object({
  /** The snapshot's moment, by the server's clock. Point-in-time recovery to it gives the same state, but for what was then being committed. */
  takenAt: z.iso.datetime(),
  walPosition: z.string(),
  serverVersion: z.string(),
  tables: z.record(z.string(), figures),
  /** `null`: never used. */
  sequences: z.record(z.string(), z.string().nullable()),
  partitions: z.array(z.object({ name: z.string(), parent: z.string(), bound: z.string() })),
  structure,
});
export type PostgresManifest = z.output<typeof postgresManifest>;

/** A partition that was written to while it was backed up holds a number of rows between two, and any content. */
const range = z.object({ least: z.int(), most: z.int(), checksum: z.string().nullable() });
export type FiguresRange = z.output<typeof range>;

const clickHouseManifest = z.object({
  /** By the server's clock, as the backup began. */
  takenAt: z.iso.datetime(),
  serverVersion: z.string(),
  /** Where the server put it, as RESTORE takes it. */
  location: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('file'), name: z.string() }),
    z.object({ kind: z.literal('s3'), url: z.url() }),
  ]),
  /** By table and partition: `atrium.events/202611`. */
  tables: z.record(z.string(), range),
  structure,
});
export type ClickHouseManifest = z.output<typeof clickHouseManifest>;
export type ClickHouseLocation = ClickHouseManifest['location'];

const manifest = z.object({
  version: z.literal(1),
  postgres: postgresManifest.optional(),
  clickHouse: clickHouseManifest.optional(),
});
export type Manifest = z.output<typeof manifest>;

const fileName = 'manifest.json';

/** Written last: a folder without it is not a backup. */
export const writeManifest = (folder: string, content: Manifest): void =>
  writeFileSync(join(folder, fileName), `${JSON.stringify(content, null, 1)}\n`, { mode: 0o600, flag: 'wx' });

/** Throws when the folder holds no backup that this version can read. */
export function readManifest(folder: string): Manifest {
  const file = join(folder, fileName);
  try {
    return manifest.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Error(`${file} can't be read: the backup was not finished, or is of another version`, { cause: error });
  }
}
