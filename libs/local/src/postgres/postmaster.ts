import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { LocalStackError } from '../local-stack-error.js';
import { exitOf, within } from '../process-exit.js';
import { serverEnvironment, type Cluster } from './cluster.js';
import { launch } from './unprivileged.js';

// Small memory, full durability: fsync and synchronous_commit keep their defaults (on).
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '96MB',
  work_mem: '4MB',
  maintenance_work_mem: '32MB',
  max_wal_size: '512MB',
  jit: 'off',
  io_method: 'sync',
  timezone: 'UTC',
  log_timezone: 'UTC',
};
const maxLogBytes = 10 * 1024 * 1024;

/** What postmaster.pid says: process id on its first line, state on its eighth. */
export function readPostmasterFile(folder: string): { pid: number; ready: boolean } | undefined {
  const file = join(folder, 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 1 ? { pid, ready: lines[7]?.trim() === 'ready' } : undefined;
}

function describeProcess(pid: number): { parent: number; command: string } | undefined {
  try {
    const line = execFileSync('ps', ['-ww', '-o', 'ppid=,command=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
    const [parent, ...command] = line.split(/\s+/);
    return { parent: Number(parent), command: command.join(' ') };
  } catch {
    return undefined;
  }
}

const isRunning = (pid: number, folder: string): boolean => describeProcess(pid)?.command.includes(folder) ?? false;

/**
 * Clears the way after a supervisor that was killed: ends its orphaned server and removes a lock
 * file whose process id now belongs to somebody else. The lock file of a dead server stays: by it the next one sees
 * whether sessions of the dead one still work on the data. Throws when a living supervisor owns the server.
 */
export async function recoverOrphan({ folder }: Cluster, recordedOwner: number | undefined): Promise<void> {
  const left = readPostmasterFile(folder);
  if (!left) return;
  const running = describeProcess(left.pid);
  if (!running) return;
  if (!running.command.includes(folder)) {
    rmSync(join(folder, 'postmaster.pid'), { force: true });
    return;
  }
  if (running.parent === recordedOwner) {
    throw new LocalStackError(
      `PostgreSQL already runs on ${folder}, started by process ${recordedOwner}: stop that one first or choose another data folder`,
    );
  }
  for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (isRunning(left.pid, folder)) process.kill(left.pid, signal);
    if (await within(5_000, () => !isRunning(left.pid, folder))) return;
  }
  throw new LocalStackError(`The orphaned PostgreSQL process ${left.pid} does not end: kill it and start again`);
}

/** The command line that serves `cluster` on `port`. */
export function postmasterCommand(cluster: Cluster, postgres: string, port: number): ReturnType<typeof launch> {
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return launch(cluster.launcher, postgres, ['-D', cluster.folder, '-p', String(port), ...options]);
}

const sessionsLeft = /pre-existing shared memory block/;

/**
 * Starts the server and waits until it takes connections; for a while also until the sessions of one that was killed
 * are over. Throws LocalStackError with the log's last words.
 */
export async function startPostmaster(cluster: Cluster, postgres: string, port: number): Promise<ChildProcess> {
  let server: ChildProcess | undefined;
  let problem: unknown;
  await within(10_000, async () => {
    try {
      server = await tryPostmaster(cluster, postgres, port);
      return true;
    } catch (error) {
      problem = error;
      return !(error instanceof Error && sessionsLeft.test(error.message));
    }
  });
  if (!server) throw problem;
  return server;
}

async function tryPostmaster(cluster: Cluster, postgres: string, port: number): Promise<ChildProcess> {
  if (existsSync(cluster.logFile) && statSync(cluster.logFile).size > maxLogBytes) truncateSync(cluster.logFile);
  const log = openSync(cluster.logFile, 'a', 0o600);
  const { command, args, identity } = postmasterCommand(cluster, postgres, port);
  // Detached: Ctrl-C reaches the whole foreground group, and the services must drain before their database goes.
  const child = spawn(command, args, { ...identity, env: serverEnvironment, stdio: ['ignore', log, log], detached: true });
  closeSync(log);
  let failure: Error | undefined;
  child.once('error', (error) => (failure = error));
  const gone = () => failure !== undefined || child.exitCode !== null || child.signalCode !== null;
  const serving = () => {
    const state = readPostmasterFile(cluster.folder);
    return state?.pid === child.pid && state?.ready === true;
  };
  const answered = await within(60_000, () => gone() || serving());
  if (answered && !gone()) return child;
  child.kill('SIGQUIT');
  const fatal =
    readFileSync(cluster.logFile, 'utf8')
      .split('\n')
      .filter((line) => /FATAL|PANIC/.test(line))
      .at(-1) ??
    failure?.message ??
    '';
  throw new LocalStackError(
    `PostgreSQL did not start on ${cluster.folder}: ${fatal.replace(/^.*?(FATAL|PANIC):\s*/, '')} (see ${cluster.logFile})`,
  );
}

/** Ends the server as "fast shutdown": sessions are cut, the WAL is checkpointed; without a checkpoint if that takes long. */
export async function stopPostmaster(child: ChildProcess): Promise<void> {
  const exited = exitOf(child);
  child.kill('SIGINT');
  const patience = setTimeout(() => child.kill('SIGQUIT'), 2_500);
  await exited;
  clearTimeout(patience);
}
