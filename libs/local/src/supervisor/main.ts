import { existsSync, statfsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { LocalStackError } from '../local-stack-error.js';
import { publicUrls } from './service-environment.js';
import { type LocalSettings, readSettings } from './settings.js';
import { type Platform, Supervisor } from './supervise.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** Milliseconds after which a stop that hangs is cut short. */
const stopLimit = 9_500;

function printAddresses(settings: LocalSettings, { demo }: Platform): void {
  const { gateway, mail, s3 } = publicUrls(settings);
  const { ports } = settings;
  const rows = [
    ['API', `${gateway}/api/v1`],
    ['Documentation', `${gateway}/docs`],
    ['Mail inbox', mail],
    ['ClickHouse', `http://localhost:${ports.clickhouse}`],
    ['PostgreSQL', `localhost:${ports.postgres}`],
    ['S3', s3],
    ['Data and logs', settings.dataDir],
    ['Demo organization', `${demo.organization} (${demo.organization_id})`],
    ['Demo admin', demo.email],
    ['Demo password', demo.password],
    ['Demo write key', demo.write_key],
  ];
  print('');
  for (const [name = '', value = ''] of rows) print(`  ${name.padEnd(18)} ${value}`);
  print('');
  print(`Atrium is ready on ${gateway}`);
}

const diskProblems: Readonly<Record<string, string>> = {
  ENOSPC: 'is full: make room, or set ATRIUM_DATA to a folder elsewhere',
  EDQUOT: 'is over its quota: make room, or set ATRIUM_DATA to a folder elsewhere',
  EROFS: 'is read-only: set ATRIUM_DATA to a folder that can be written',
  EACCES: 'has files that this user may not use: mend their owner, or set ATRIUM_DATA to another folder',
};

function lineOf(error: unknown, dataDir: string | undefined): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof LocalStackError) return error.message;
  const problem = 'code' in error && typeof error.code === 'string' ? diskProblems[error.code] : undefined;
  return problem && dataDir ? `The data folder ${dataDir} ${problem} (${error.message})` : (error.stack ?? error.message);
}

/** On a disk as full as this, whatever failed says little of it: a log that could not be written least. */
const hardlyAnySpace = 64 * 1024 * 1024;

function spaceProblem(dataDir: string | undefined): string {
  if (!dataDir || !existsSync(dataDir)) return '';
  const { bavail, bsize } = statfsSync(dataDir);
  const free = bavail * bsize;
  return free < hardlyAnySpace ? ` The disk of ${dataDir} has ${Math.floor(free / 1024 / 1024)} MB left: make room.` : '';
}

function end(title: string, error: unknown, dataDir?: string): never {
  process.stderr.write(`\n${title} ${lineOf(error, dataDir)}${spaceProblem(dataDir)}\n`);
  process.exit(1);
}

/** Ends the platform once, whoever asks first. */
class Ending {
  private begun = false;

  constructor(
    private readonly supervisor: () => Supervisor,
    private readonly dataDir: string,
  ) {}

  get hasBegun(): boolean {
    return this.begun;
  }

  readonly asked = (): void => this.begin('Stopping …', () => print('Everything is stopped.'));

  readonly lost = (error: LocalStackError): void =>
    this.begin(`Stopping: ${error.message}`, () => end('Atrium had to stop.', error, this.dataDir));

  private begin(line: string, last: () => void): void {
    if (this.begun) return;
    this.begun = true;
    print(`\n${line}`);
    setTimeout(() => process.exit(1), stopLimit).unref();
    this.supervisor()
      .stop()
      .then(last, (error: unknown) => end('Atrium could not stop in order.', error))
      .then(() => process.exit(0));
  }
}

async function run(): Promise<void> {
  // The terminal, or the program that reads what is printed, may go first.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const settings = readSettings(root, process.env);
  const ending: Ending = new Ending(() => supervisor, settings.dataDir);
  const supervisor = new Supervisor(root, settings, {
    report: (line) => print(`  ✓ ${line}`),
    warn: (line) => print(`  ! ${line}`),
    lost: ending.lost,
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ending.asked);
  // Started by another process over a channel (a test, `npm start`): ends with it.
  if (process.channel) process.once('disconnect', ending.asked);
  try {
    const platform = await supervisor.start();
    printAddresses(settings, platform);
    // Who has started it by a channel may ask for the process ids again: what ends unasked gets others.
    process.on('message', (message) => {
      if (message === 'pids') process.send?.({ pids: platform.pids() });
    });
    process.send?.({ ready: true, demo: platform.demo, pids: platform.pids() });
  } catch (error) {
    if (!ending.hasBegun) end('Atrium could not start.', error, settings.dataDir);
  }
}

await run().catch((error: unknown) => end('Atrium could not start.', error));
