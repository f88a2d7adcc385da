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

function fail(error: unknown): never {
  const text = error instanceof LocalStackError ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`\nAtrium could not start. ${text}\n`);
  process.exit(1);
}

async function run(): Promise<void> {
  const settings = readSettings(root, process.env);
  const supervisor = new Supervisor(root, settings, (line) => print(`  ✓ ${line}`));
  const stop = once(async () => {
    print('\nStopping …');
    setTimeout(() => process.exit(1), stopLimit).unref();
    await supervisor.stop();
    print('Everything is stopped.');
    process.exit(0);
  });
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.on('SIGHUP', stop);
  // Started by another process over a channel (a test, `npm start`): ends with it.
  if (process.channel) process.once('disconnect', stop);
  const platform = await supervisor.start();
  printAddresses(settings, platform);
  process.send?.({ ready: true, demo: platform.demo, pids: platform.pids });
}

function once(work: () => Promise<void>): () => void {
  let begun = false;
  return () => {
    if (begun) return;
    begun = true;
    void work().catch(fail);
  };
}

await run().catch(fail);
