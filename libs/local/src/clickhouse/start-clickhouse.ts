import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDataFolder, writeFileDurably } from '../data-folder.js';
import { LocalStackError } from '../local-stack-error.js';
import { assertPortFree } from '../ports.js';
import { exitOf, within } from '../process-exit.js';
import { renderServerConfig, renderUsersConfig } from './config-xml.js';
import { locateEngine } from './engine-library.js';
import { usersSchema, type ClickHouseUsers } from './users.js';

export interface ClickHouseOptions {
  /** Folder of the data, configuration and log; made when absent. */
  dataDir: string;
  /** HTTP port on 127.0.0.1. */
  port: number;
  /** Read at start; a change needs a restart. */
  users: ClickHouseUsers;
  /** Where `BACKUP … TO File('name')` writes; `backups` in the data folder where unset. */
  backupsDir?: string;
}

export interface RunningClickHouse {
  url: string;
  port: number;
  pid: number;
  /** Resolves when the server has ended, for whatever reason. */
  exited: Promise<void>;
  stop(): Promise<void>;
}

// Listening lasts as long as the query that started it, so the second one never ends. Other people's queries may fill
// all of the server's memory: this one neither aggregates, which would look at that, nor reports its few bytes.
const serveForever =
  'SYSTEM START LISTEN HTTP; SELECT sleepEachRow(3) FROM system.numbers SETTINGS max_block_size = 1, max_untracked_memory = 1099511627776 FORMAT Null';
const program = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './engine-process.ts' : './engine-process.js', import.meta.url));

function startEngine(dataDir: string, port: number, outputFile: string): ChildProcess {
  const library = locateEngine();
  const argv = [
    'clickhouse',
    `--path=${join(dataDir, 'store')}`,
    '--listen_host=127.0.0.1',
    `--http_port=${port}`,
    `--config-file=${join(dataDir, 'config.xml')}`,
    '--query',
    serveForever,
  ];
  const output = openSync(outputFile, 'w', 0o600);
  // Detached: Ctrl-C reaches the whole foreground group, and the services must drain before their database goes.
  const child = fork(program, [], {
    stdio: ['ignore', output, output, 'ipc'],
    detached: true,
    execArgv: [],
    env: { TZ: 'UTC' },
    cwd: dataDir,
  });
  closeSync(output);
  child.on('error', () => undefined);
  child.send({ library, argv });
  return child;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/ping`, { signal: AbortSignal.timeout(1_000) })).ok;
  } catch {
    return false;
  }
}

function explainFailure(dataDir: string, outputFile: string): LocalStackError {
  const logs = [outputFile, join(dataDir, 'clickhouse.log')].filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
  const said = logs.join('\n');
  if (/Another server instance|Cannot lock file/i.test(said)) {
    return new LocalStackError(`ClickHouse already runs on ${dataDir}: stop that one first or choose another data folder`);
  }
  const reason = said.split('\n').filter((line) => /Exception|error/i.test(line)).at(-1) ?? 'it ended without a word';
  return new LocalStackError(
    `ClickHouse could not open ${dataDir}: ${reason.slice(0, 300)}; ` +
      `if the folder is damaged, move it away to start empty (see ${outputFile})`,
  );
}

/**
 * Runs ClickHouse on 127.0.0.1 out of its shared library. What an insert acknowledged survives a kill.
 * Ends with this process, however that ends. Throws LocalStackError for a port in use, a missing platform
 * package, a broken data folder or one that is already served.
 *
 * One difference from a server: the scalar function `file('/path')` needs no grant here and reads what this
 * process may read. Whoever runs SQL written by others must refuse that word before it gets here.
 */
export async function startClickHouse(options: ClickHouseOptions): Promise<RunningClickHouse> {
  const { dataDir, port } = options;
  const users = usersSchema.parse(options.users);
  openDataFolder(dataDir, 'ClickHouse');
  openDataFolder(join(dataDir, 'store'), 'ClickHouse');
  const backupsDir = join(options.backupsDir ?? join(dataDir, 'backups'), '/');
  openDataFolder(backupsDir, 'ClickHouse');
  await assertPortFree(port, 'ClickHouse');
  const usersFile = join(dataDir, 'users.xml');
  const logFile = join(dataDir, 'clickhouse.log');
  writeFileDurably(usersFile, renderUsersConfig(users));
  writeFileDurably(join(dataDir, 'config.xml'), renderServerConfig({ usersFile, logFile, backupsDir, users: Object.keys(users) }));
  // One file per start: a start that is refused must not cut the log of the server that holds the folder.
  const outputFile = join(dataDir, `engine-${process.pid}-${port}.log`);
  const child = startEngine(dataDir, port, outputFile);
  const url = `http://127.0.0.1:${port}`;
  const gone = () => child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
  const ready = await within(60_000, async () => gone() || (await answers(url)));
  if (!ready || gone()) {
    child.kill('SIGKILL');
    throw explainFailure(dataDir, outputFile);
  }
  const exited = exitOf(child);
  void exited.then(() => rmSync(outputFile, { force: true }));
  const stop = async () => {
    // It ignores SIGTERM. Acknowledged inserts are in files already; merges are made to be cut off.
    child.kill('SIGKILL');
    await exited;
  };
  return { url, port, pid: child.pid ?? 0, exited, stop };
}
