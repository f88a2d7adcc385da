// `npm run cost -- --env prod`: what a stage costs a month, from its templates and a table of prices.
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { env: { type: 'string' } } });
if (!values.env) {
  console.error('Usage: npm run cost -- --env dev|stage|prod');
  process.exit(2);
}
for (const args of [['node_modules/typescript7/bin/tsc', '-b', 'infra'], ['infra/dist/bin/cost.js', values.env]]) {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
