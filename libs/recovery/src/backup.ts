import { mkdir } from 'node:fs/promises';
import { backupClickHouse, type ClickHouseBackup } from './clickhouse/backup-clickhouse.js';
import { type Manifest, writeManifest } from './manifest.js';
import { dumpPostgres } from './postgres/dump-postgres.js';
import type { Stores } from './settings.js';
import type { Stopwatch } from './stopwatch.js';

export interface BackupRequest {
  /** A new folder, which the backup makes; it will hold personal data and password hashes. */
  readonly folder: string;
  readonly stores: Stores;
  /** Needed where ClickHouse is among the stores. */
  readonly clickHouse: ClickHouseBackup | undefined;
  /** Brings into the folder what a server wrote elsewhere. */
  readonly collect?: () => void;
}

/**
 * Backs up PostgreSQL, then ClickHouse. In this order ClickHouse knows everything that PostgreSQL had told by its snapshot:
 * what an outbox had sent is there, and what it had not is in the backup and will be sent again.
 */
export async function backUp({ folder, stores, clickHouse, collect }: BackupRequest, watch: Stopwatch): Promise<Manifest> {
  await mkdir(folder, { mode: 0o700 });
  const manifest: Manifest = {
    version: 1,
    postgres: stores.postgresUrl === undefined ? undefined : await dumpPostgres(stores.postgresUrl, folder, watch),
    clickHouse: stores.clickHouse && clickHouse && (await backupClickHouse(stores.clickHouse, clickHouse, watch)),
  };
  collect?.();
  writeManifest(folder, manifest);
  return manifest;
}
