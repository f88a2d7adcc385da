// `npm run backup -- …` and `npm run restore -- …`.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { backUp } from './backup.js';
import { backUpLocalPlatform, startLocalTarget } from './local-platform.js';
import type { ClickHouseLocation } from './manifest.js';
import { check, report, restore, type Verdicts } from './restore.js';
import { storesOfEnvironment, storesOfLocalPlatform } from './settings.js';
import { printingStopwatch } from './stopwatch.js';

const usage = `Usage:
  npm run backup -- --to FOLDER --data .atrium                       of the local platform, while it runs
  npm run backup -- --to FOLDER [--clickhouse-to https://BUCKET.s3.REGION.amazonaws.com/NAME [--base …]]
                                                                     of the servers in POSTGRES_URL, CLICKHOUSE_URL
  npm run restore -- --from FOLDER --data NEW_FOLDER                 as a local platform
  npm run restore -- --from FOLDER                                   into the fresh servers in POSTGRES_URL, CLICKHOUSE_URL
  npm run restore -- --check --from FOLDER [--data .atrium] [--other-moment] [--as-owners]
                                                                     only compares; with the last, as an administrator who is no
                                                                     superuser, and locking every table meanwhile`;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    to: { type: 'string' },
    from: { type: 'string' },
    data: { type: 'string' },
    check: { type: 'boolean', default: false },
    'clickhouse-to': { type: 'string' },
    base: { type: 'string' },
    'other-moment': { type: 'boolean', default: false },
    'as-owners': { type: 'boolean', default: false },
  },
});

const dataDir = values.data === undefined ? undefined : resolve(values.data);
const s3 = (url: string): ClickHouseLocation => ({ kind: 's3', url });

async function runBackup(folder: string): Promise<boolean> {
  const watch = printingStopwatch(print);
  if (dataDir !== undefined) {
    await backUpLocalPlatform(folder, dataDir, process.env, watch);
  } else {
    const stores = storesOfEnvironment(process.env);
    const to = values['clickhouse-to'];
    if (stores.clickHouse && to === undefined) throw new Error('CLICKHOUSE_URL is set: --clickhouse-to says where its backup goes');
    const base = values.base === undefined ? undefined : s3(values.base);
    await backUp({ folder, stores, clickHouse: to === undefined ? undefined : { location: s3(to), base } }, watch);
  }
  print(`${watch.total().padStart(9)}  in all: ${folder}`);
  return true;
}

async function runRestore(folder: string): Promise<boolean> {
  const watch = printingStopwatch(print);
  let verdicts: Verdicts;
  if (dataDir !== undefined && !values.check) {
    const target = await watch.step('fresh engines', () => startLocalTarget(dataDir, folder));
    try {
      verdicts = await restore(folder, target, watch);
    } finally {
      await target.stop();
    }
  } else {
    const stores = dataDir === undefined ? storesOfEnvironment(process.env) : storesOfLocalPlatform(dataDir, process.env);
    verdicts = values.check ? await check(folder, stores, watch, { asOwners: values['as-owners'] }) : await restore(folder, stores, watch);
  }
  const same = report(verdicts, { otherMoment: values['other-moment'] }, print);
  print(`${watch.total().padStart(9)}  in all: ${same ? 'as it was backed up' : 'NOT as it was backed up'}${values['other-moment'] ? ', but for rows' : ''}`);
  return same;
}

async function run(): Promise<boolean> {
  const [command] = positionals;
  if (command === 'backup' && values.to !== undefined) return runBackup(resolve(values.to));
  if (command === 'restore' && values.from !== undefined) return runRestore(resolve(values.from));
  print(usage);
  return false;
}

try {
  process.exit((await run()) ? 0 : 1);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
