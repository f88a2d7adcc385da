import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileDurably } from '../data-folder.js';
import { LocalStackError } from '../local-stack-error.js';

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
  if (!isAlive(pid)) return false;
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('supervisor');
};

/**
 * One supervisor a data folder.
 *
 * @returns `stale`: whether an earlier one ended without a goodbye, so that its children may be dying still
 */
export function lockDataFolder(dataDir: string): { readonly stale: boolean; release(): void } {
  const file = join(dataDir, 'supervisor.pid');
  const stale = existsSync(file);
  if (stale) {
    const pid = Number(readFileSync(file, 'utf8'));
    if (pid !== process.pid && runsAtrium(pid)) {
      throw new LocalStackError(`Atrium runs on ${dataDir} already (process ${pid}): stop it, or set ATRIUM_DATA to another folder`);
    }
  }
  writeFileDurably(file, String(process.pid));
  return { stale, release: () => rmSync(file, { force: true }) };
}
