import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { LocalStackError } from '../local-stack-error.js';
import { assertPortFree } from '../ports.js';
import { exitOf } from '../process-exit.js';
import { locatePostgres } from './binaries.js';
import { openCluster } from './cluster.js';
import { recoverOrphan, startPostmaster, stopPostmaster } from './postmaster.js';

export interface PostgresOptions {
  /** Folder of the cluster and its log; made when absent. */
  dataDir: string;
  port: number;
  /** Set when the cluster is made; a later start must give the same. */
  superuserPassword: string;
}

export interface RunningPostgres {
  /** The superuser's URL of the database "postgres". */
  url: string;
  port: number;
  pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<void>;
  stop(): Promise<void>;
}

const ownerFile = (dataDir: string): string => join(dataDir, 'owner.pid');

function readOwner(dataDir: string): number | undefined {
  return existsSync(ownerFile(dataDir)) ? Number(readFileSync(ownerFile(dataDir), 'utf8')) : undefined;
}

/** A shell that ends the server when this process does, however it ends: its input closes then. */
function endWithThisProcess(server: ChildProcess): ChildProcess {
  const watcher = spawn('sh', ['-c', 'read -r _; kill -INT "$1"', 'sh', String(server.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  watcher.stdin?.on('error', () => undefined);
  server.once('exit', () => watcher.kill('SIGKILL'));
  return watcher;
}

async function assertPassword(url: string, dataDir: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
  } catch (error) {
    throw new LocalStackError(
      `PostgreSQL on ${dataDir} refuses the superuser: ${error instanceof Error ? error.message : String(error)}; ` +
        `give the password that the cluster was made with`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Runs PostgreSQL 18 on 127.0.0.1. What a commit acknowledged survives a kill of the server or of this process.
 * Throws LocalStackError for a port in use, a missing platform package, or a broken data folder.
 */
export async function startPostgres({ dataDir, port, superuserPassword }: PostgresOptions): Promise<RunningPostgres> {
  const binaries = await locatePostgres();
  const cluster = openCluster(dataDir, binaries, superuserPassword);
  await recoverOrphan(cluster, readOwner(dataDir));
  await assertPortFree(port, 'PostgreSQL');
  writeFileSync(ownerFile(dataDir), String(process.pid));
  const server = await startPostmaster(cluster, binaries.postgres, port);
  endWithThisProcess(server);
  const stop = () => stopPostmaster(server);
  const url = `postgresql://postgres:${encodeURIComponent(superuserPassword)}@127.0.0.1:${port}/postgres`;
  try {
    await assertPassword(url, dataDir);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, port, pid: server.pid ?? 0, exited: exitOf(server), stop };
}
