// Part of `npm run lint`: migrations since the last release leave what its code uses (docs/migrations.md). With `--last`
// it prints the last migration of each store, as an entry of releases.yml has them.
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { migrationStores } from './lib/migration-stores.mjs';

const { status } = spawnSync(process.execPath, ['node_modules/typescript7/bin/tsc', '-b'], { stdio: ['ignore', 'inherit', 'inherit'] });
if (status !== 0) process.exit(status ?? 1);
const { lintMigrations, releases } = await import('@atrium/testing');

const stores = await migrationStores();
if (process.argv.includes('--last')) {
  for (const { name, migrations } of stores) console.log(`      ${name}: ${migrations.at(-1).name}`);
  process.exit(0);
}

const said = releases.parse(parse(readFileSync('releases.yml', 'utf8')));
const isCode = (path) => !path.includes('/migrations/') && !path.endsWith('.spec.ts');
const git = (...args) => spawnSync('git', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });

/** The service's code as it is, and as a release's tag has it; a clone without tags knows only the former. */
const sourcesOf = (app) => ({
  now: globSync(`apps/${app}/src/**/*.ts`).filter(isCode).map((path) => readFileSync(path, 'utf8')).join('\n'),
  of: (version) => {
    const { status, stdout } = git('grep', '-hI', '', `v${version}`, '--', `apps/${app}/src/*.ts`, ':!*/migrations/*', ':!*.spec.ts');
    return status === 0 ? stdout : undefined;
  },
});

const problems = [];
for (const store of stores) problems.push(...(await lintMigrations(store, said, sourcesOf(store.app))));
for (const problem of problems) console.error(problem);
if (problems.length > 0) console.error('\nOld and new code run side by side while a release is deployed: see docs/migrations.md.');
process.exit(problems.length > 0 ? 1 : 0);
