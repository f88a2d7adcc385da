// `npm test`: every check there is, from a bare clone. The last line sums them up.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, environment, install, node, requireNode, root } from './lib/setup.mjs';

requireNode();
await install();

const results = mkdtempSync(join(tmpdir(), 'atrium-test-'));
const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

const title = (name) => console.log(`\n━━ ${name}`);
const run = (command, args) => spawnSync(command, args, { cwd: root, env: environment(), stdio: ['ignore', 'inherit', 'inherit'] }).status;

/** One check that passes or fails as a whole. */
async function check(name, passes) {
  title(name);
  const begin = Date.now();
  const ok = await passes();
  total[ok ? 'passed' : 'failed'] += 1;
  if (!ok) failures.push(name);
  console.log(`${ok ? '✓' : '✗'} ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
}

/** One Vitest project; each of its tests counts. */
function vitest(project) {
  title(project);
  const report = join(results, `${project}.json`);
  const status = run(node, [
    ...[`${root}node_modules/vitest/vitest.mjs`, 'run', '--project', project],
    ...['--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
  ]);
  const found = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined;
  const passed = found?.numPassedTests ?? 0;
  const failed = found?.numFailedTests ?? 0;
  total.passed += passed;
  // A suite that could not be loaded, or a run that found nothing, is a failure too.
  total.failed += failed > 0 ? failed : status === 0 && passed > 0 ? 0 : 1;
  total.skipped += (found?.numPendingTests ?? 0) + (found?.numTodoTests ?? 0);
  if (status !== 0 || passed === 0) failures.push(project);
}

if (spawnSync('redis-server', ['--version']).error) {
  console.log('\n!! redis-server is not on the PATH: what is tested on PostgreSQL is NOT also tested on Redis here (Debian: apt-get install redis-server).');
}
if (spawnSync('clamd', ['--version']).error) {
  console.log('\n!! clamd is not on the PATH: scanning is tested on its protocol, and NOT on clamd itself (Debian: apt-get install clamav-daemon).');
}
if (spawnSync('chromium', ['--version']).error) {
  console.log('\n!! chromium is not on the PATH: what only a real browser shows is NOT tested here (Debian: apt-get install chromium).');
}
if (spawnSync('radosgw', ['--version']).error) {
  console.log("\n!! radosgw is not on the PATH: presigned requests are NOT also tested on Ceph's S3 here (Debian: apt-get install radosgw ceph-mon ceph-osd).");
}

// `npm run test:images` takes minutes, for six images by one Dockerfile: who names images (IMAGES=auth,gallery) has them built here too.
const buildsImages = Boolean(process.env.IMAGES);
if (!buildsImages) console.log('\n!! Container images are NOT built and run here: `npm run test:images` does that (root, buildah, redis-server).');

await check('build', build);
await check('types of tests', () => run(node, [`${root}node_modules/typescript7/bin/tsc`, '-p', 'tsconfig.tests.json']) === 0);
await check('lint', () => run(node, ['scripts/lint.mjs']) === 0);
await check('contract drift', () => run(node, ['scripts/generate.mjs', '--check']) === 0);
await check('schema drift', () => run(node, ['scripts/schema.mjs', '--check']) === 0);
await check('contract lint', () => run('redocly', ['lint', 'api_specs.yml']) === 0);
for (const project of ['unit', 'integration', 'e2e', ...(buildsImages ? ['images'] : [])]) vitest(project);

rmSync(results, { recursive: true });
if (failures.length > 0) console.log(`\nFailed: ${failures.join(', ')}`);
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ''}`);
process.exit(failures.length > 0 ? 1 : 0);
