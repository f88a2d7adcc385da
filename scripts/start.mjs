// `npm start`: the whole platform on embedded engines, from a bare clone.
import { spawn } from 'node:child_process';
import { build, environment, install, node, requireNode, root, stopWith } from './lib/setup.mjs';

requireNode();
install();
console.log('Building …');
if (!build()) stopWith('The build failed: the compiler says why above.');
console.log('Starting …');

const supervisor = spawn(node, [`${root}libs/local/dist/supervisor/main.js`], {
  cwd: root,
  env: environment(),
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
});
supervisor.on('exit', (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
// Ctrl-C reaches the supervisor by itself; other signals, and a shell or npm that is gone, must be passed on.
process.on('SIGINT', () => undefined);
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => supervisor.kill('SIGTERM'));
const parent = process.ppid;
setInterval(() => process.ppid !== parent && supervisor.kill('SIGTERM'), 500).unref();
