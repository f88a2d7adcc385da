import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDataFolder } from '../data-folder.js';
import { LocalStackError } from '../local-stack-error.js';
import type { PostgresBinaries } from './binaries.js';
import { findLauncher, launch, type Launcher } from './unprivileged.js';

const supportedMajor = '18';

/** A cluster on disk that can be started. */
export interface Cluster {
  /** PostgreSQL's PGDATA. */
  folder: string;
  logFile: string;
  launcher: Launcher;
}

/** PostgreSQL's programs see nothing of this process's environment: PGDATA, PGPORT and the like would mislead them. */
export const serverEnvironment = { PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin', LC_ALL: 'C', TZ: 'UTC' };

function assertVersion(folder: string): void {
  const file = join(folder, 'PG_VERSION');
  const version = existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
  if (version === supportedMajor) return;
  const found = version ? `belongs to PostgreSQL ${version}, not ${supportedMajor}` : 'holds no PostgreSQL cluster (PG_VERSION is missing)';
  throw new LocalStackError(`The data folder ${folder} ${found}: move it away to start with an empty database`);
}

/** As root: a folder that another user's start made stays theirs, or they could not start on it any more. */
function assertOwner(folder: string, uid: number): void {
  const owner = statSync(folder, { throwIfNoEntry: false })?.uid ?? uid;
  if (owner === uid || owner === 0) return;
  throw new LocalStackError(
    `The data folder ${folder} belongs to the user with id ${owner}: start as that user, or choose another data folder`,
  );
}

function initialise(folder: string, binaries: PostgresBinaries, launcher: Launcher, dataDir: string, password: string): void {
  // initdb works beside the final folder, so that an interrupted run leaves no half-made cluster.
  const unfinished = `${folder}.new`;
  const passwordFile = join(dataDir, 'superuser-password.new');
  rmSync(unfinished, { recursive: true, force: true });
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    if (launcher.account) chownSync(passwordFile, launcher.account.uid, launcher.account.gid);
    const { command, args, identity } = launch(launcher, binaries.initdb, [
      '-D', unfinished, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256',
      '--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--no-instructions',
    ]);
    const run = spawnSync(command, args, { ...identity, env: serverEnvironment, encoding: 'utf8' });
    if (run.status !== 0) {
      throw new LocalStackError(`PostgreSQL could not make a cluster in ${folder}: ${(run.stderr || String(run.error)).trim()}`);
    }
    renameSync(unfinished, folder);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Opens the cluster under `dataDir`, making it when there is none. Throws LocalStackError for a broken folder. */
export function openCluster(dataDir: string, binaries: PostgresBinaries, superuserPassword: string): Cluster {
  openDataFolder(dataDir, 'PostgreSQL');
  const folder = join(dataDir, 'cluster');
  const launcher = findLauncher(folder, binaries.initdb);
  if (launcher.account) assertOwner(folder, launcher.account.uid);
  if (launcher.account) chownSync(dataDir, launcher.account.uid, launcher.account.gid);
  chmodSync(dataDir, 0o700);
  // The account owns dataDir itself, so only the folders above it had to be passable.
  if (existsSync(folder)) assertVersion(folder);
  else initialise(folder, binaries, launcher, dataDir, superuserPassword);
  return { folder, logFile: join(dataDir, 'postgres.log'), launcher };
}
