// `npm run backup -- …`, `npm run restore -- …`: libs/recovery, built and run by the pinned Node.
import { spawnSync } from 'node:child_process';
import { environment, install, node, requireNode, root } from './lib/setup.mjs';

requireNode();
await install();
const run = (args) => {
  const { status } = spawnSync(node, args, { stdio: 'inherit', env: environment() });
  if (status !== 0) process.exit(status ?? 1);
};
run([`${root}node_modules/typescript7/bin/tsc`, '-b', `${root}libs/recovery`]);
run([`${root}libs/recovery/dist/main.js`, ...process.argv.slice(2)]);
