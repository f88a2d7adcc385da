import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalStackError } from '../local-stack-error.js';

export interface DataLock {
  /** Whether an earlier supervisor ended without a goodbye, so that its children may be dying still. */
  readonly stale: boolean;
  release(): void;
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Of a process that runs Atrium: a pid alone may have been given to another program since. */
const runsAtrium = (pid: number): boolean => {
  const commandLine = `/proc/${pid}/cmdline`;
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return false;
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('supervisor');
};

const isCode = (error: unknown, code: string): boolean => error instanceof Error && 'code' in error && error.code === code;

/** A link is made or refused in one step, with its content: of two starts at once, one gets it. */
function tryLink(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
}

const pidIn = (file: string): number | undefined => {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
};

/** Takes a dead supervisor's lock away; false when another start was faster and what lay there was its own. */
function removeStale(file: string, own: string, dead: number): boolean {
  const taken = `${own}.stale`;
  try {
    renameSync(file, taken);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return true;
    throw error;
  }
  const isDead = pidIn(taken) === dead;
  if (!isDead) tryLink(taken, file);
  rmSync(taken, { force: true });
  return isDead;
}

function acquire(dataDir: string, file: string, own: string): boolean {
  let stale = false;
  while (!tryLink(own, file)) {
    const holder = pidIn(file);
    if (holder === undefined) continue;
    stale = true;
    if (runsAtrium(holder) || !removeStale(file, own, holder)) {
      throw new LocalStackError(
        `Atrium runs on ${dataDir} already (process ${pidIn(file) ?? holder}): stop it, or set ATRIUM_DATA to another folder`,
      );
    }
  }
  return stale;
}

/** One supervisor a data folder. Throws LocalStackError while another one has it. */
export function lockDataFolder(dataDir: string): DataLock {
  const file = join(dataDir, 'supervisor.pid');
  const own = `${file}.${process.pid}`;
  writeFileSync(own, String(process.pid), { mode: 0o600 });
  try {
    return { stale: acquire(dataDir, file, own), release: () => rmSync(file, { force: true }) };
  } finally {
    rmSync(own, { force: true });
  }
}
