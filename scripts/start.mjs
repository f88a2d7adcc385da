// `npm start`: the whole platform on embedded engines, from a bare clone.
import { spawn } from 'node:child_process';
import { build, environment, install, node, requireNode, root, stopWith } from './lib/setup.mjs';

// Who started this may be gone by the time that the build ends.
const parent = process.ppid;

requireNode();
await install();
console.log('Building …');
if (!(await build())) stopWith('The build failed: the compiler says why above.');
console.log('Starting …');

const supervisor = spawn(node, ['--max-semi-space-size=2', `${root}libs/local/dist/supervisor/main.js`], {
  cwd: root,
  env: environment(),
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
supervisor.on('error', (error) => stopWith(`The platform could not be started: ${error.message}`));
supervisor.on('exit', (code, signal) => {
  // Ctrl-C before the supervisor had begun to listen for it.
  if (signal === 'SIGINT') process.exit(130);
  if (signal) stopWith(`The platform was killed (${signal}): the same command starts it again on the same data.`);
  process.exit(code);
});
// Ctrl-C reaches the supervisor by itself; other signals, and a shell or npm that is gone, must be passed on.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => supervisor.kill('SIGTERM'));
setInterval(() => process.ppid !== parent && supervisor.kill('SIGTERM'), 500).unref();
