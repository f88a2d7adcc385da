// `npm run lint`: ESLint with the module boundaries, which read Nx's project graph and are skipped silently without it,
// cycles between files, and migrations.
import { spawnSync } from 'node:child_process';

const env = { ...process.env, NX_DAEMON: 'false' };
const run = (command, args) => {
  const { status } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env });
  if (status !== 0) process.exit(status ?? 1);
};

const graph = spawnSync('nx', ['show', 'projects'], { env, encoding: 'utf8' });
if (graph.status !== 0) {
  console.error(graph.stderr || 'The project graph could not be made.');
  process.exit(1);
}
run('eslint', ['.', '--max-warnings', '0', ...process.argv.slice(2)]);
run('depcruise', ['--config', '.dependency-cruiser.mjs', 'libs', 'apps', 'infra']);
run(process.execPath, ['scripts/lint-migrations.mjs']);
