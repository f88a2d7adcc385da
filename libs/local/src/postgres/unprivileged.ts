import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { LocalStackError } from '../local-stack-error.js';

/** How to run a program so that PostgreSQL accepts it: it refuses to run as root. */
export interface Launcher {
  /** Words put before the program, such as setpriv and its options. */
  prefix: string[];
  /** The account to run as; absent when this process is not root. */
  account?: { uid: number; gid: number };
  /** Whether the operating system switches the account (spawn's uid and gid), not the prefix. */
  switchBySpawn: boolean;
}

const accountName = 'postgres';
// Reading and traversing is all that is needed above the cluster's own folder. Containers often
// withhold the narrower right and keep the wider one.
const capabilities = ['dac_read_search', 'dac_override'];

function findAccount(): { uid: number; gid: number } | undefined {
  const uid = spawnSync('id', ['-u', accountName], { encoding: 'utf8' });
  const gid = spawnSync('id', ['-g', accountName], { encoding: 'utf8' });
  return uid.status === 0 && gid.status === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}

function findOrCreateAccount(): { uid: number; gid: number } {
  const existing = findAccount();
  if (existing) return existing;
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/bin/false', accountName], { stdio: 'ignore' });
  } catch (error) {
    throw new LocalStackError(
      `PostgreSQL does not run as root and the account "${accountName}" could not be made: ` +
        `create it (useradd --system ${accountName}) or run as another user`,
      { cause: error },
    );
  }
  const created = findAccount();
  if (!created) throw new LocalStackError(`The account "${accountName}" was made but cannot be found: run as another user than root`);
  return created;
}

/** Whether anybody may pass through every folder above `path`. */
function isTraversable(path: string): boolean {
  for (let folder = dirname(resolve(path)); ; folder = dirname(folder)) {
    if ((statSync(folder).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function setprivPrefix({ uid, gid }: { uid: number; gid: number }, capability: string): string[] {
  // no_setuid_fixup keeps the capability for access(2), with which initdb checks its binaries.
  const only = `-all,+${capability}`;
  return [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--securebits=+no_setuid_fixup',
    `--inh-caps=${only}`,
    `--ambient-caps=${only}`,
  ];
}

const runs = (command: string[]): SpawnSyncReturns<Buffer> => spawnSync(command[0] ?? '', command.slice(1), { stdio: 'ignore' });

/**
 * As root, a launcher for the account `postgres`. Where that account may not pass the folders above
 * the data or the programs (a project under /root), it is lent the right to read and traverse;
 * no folder's permissions are changed. Throws LocalStackError when none of it is possible.
 */
export function findLauncher(dataDir: string, initdb: string): Launcher {
  if (process.getuid?.() !== 0) return { prefix: [], switchBySpawn: false };
  const account = findOrCreateAccount();
  if (isTraversable(dataDir) && isTraversable(initdb)) return { prefix: [], account, switchBySpawn: true };
  for (const capability of capabilities) {
    const prefix = setprivPrefix(account, capability);
    if (runs([...prefix, initdb, '--version']).status === 0) return { prefix, account, switchBySpawn: false };
  }
  throw new LocalStackError(
    `The account "${accountName}" may not enter the folders above ${dataDir} or ${initdb}: ` +
      `move the project out of a private folder, or run as another user than root`,
  );
}

/** The command and spawn options that run `program` through `launcher`. */
export function launch(
  launcher: Launcher,
  program: string,
  args: string[],
): { command: string; args: string[]; identity: { uid?: number; gid?: number } } {
  const [command = program, ...rest] = [...launcher.prefix, program, ...args];
  return { command, args: rest, identity: launcher.switchBySpawn ? { ...launcher.account } : {} };
}
