// `npm run synth -- --env prod --output DIR`: a stage's CloudFormation templates, with neither network nor credentials.
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { env: { type: 'string' }, output: { type: 'string' } } });
if (!values.env) {
  console.error('Usage: npm run synth -- --env dev|stage|prod [--output DIR]');
  process.exit(2);
}
const output = resolve(values.output ?? `cdk.out/${values.env}`);
const run = (args, env = {}) => {
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...env } });
  if (status !== 0) process.exit(status ?? 1);
};
run(['node_modules/typescript7/bin/tsc', '-b', 'infra']);
run(['infra/dist/bin/app.js'], { CDK_OUTDIR: output, CDK_CONTEXT_JSON: JSON.stringify({ env: values.env }) });
console.log(`Templates of ${values.env}: ${output}`);
