// What `npm start` and `npm test` need before anything else, with Node's own modules alone: a fresh clone has no others.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The pinned runtime, a dependency like any other, so that every machine runs the same one. */
export const node = `${root}node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`;

export function stopWith(line) {
  console.error(`\n${line}`);
  process.exit(1);
}

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  stopWith(`Node ${process.versions.node} is too old to begin with: install Node 20.19 or newer.`);
}

/** npm notes what it installed; a lock file changed since then is not installed yet. */
function isInstalled() {
  const installed = `${root}node_modules/.package-lock.json`;
  if (!existsSync(installed) || !existsSync(node)) return false;
  return statSync(installed).mtimeMs >= statSync(`${root}package-lock.json`).mtimeMs;
}

/** Runs to its end without deafening this process to signals. Ctrl-C reaches it by itself; a plain SIGTERM is passed on. */
function runToEnd(command, args) {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' });
  const pass = () => child.kill('SIGTERM');
  for (const signal of ['SIGTERM', 'SIGHUP']) process.once(signal, pass);
  return new Promise((resolve) => {
    child.once('error', () => resolve(1));
    child.once('exit', (code, signal) => {
      for (const name of ['SIGTERM', 'SIGHUP']) process.off(name, pass);
      if (signal) process.exit(1);
      resolve(code);
    });
  });
}

/**
 * ClickHouse's library for this platform. Only Linux on x64 is in the lock file, since not every registry carries the
 * others; they are installed beside it.
 */
async function installClickHouse() {
  const platform = `${process.platform}-${process.arch}${process.platform === 'linux' ? '-gnu' : ''}`;
  const name = `@chdb/lib-${platform}`;
  if (existsSync(`${root}node_modules/${name}`)) return;
  const { optionalDependencies } = JSON.parse(readFileSync(`${root}libs/local/package.json`, 'utf8'));
  const version = optionalDependencies['@chdb/lib-linux-x64-gnu'];
  const npm = ['install', '--no-save', '--no-package-lock', '--no-audit', '--no-fund', '--loglevel=error', `${name}@${version}`];
  const status = await runToEnd('npm', npm);
  if (status !== 0) stopWith(`ClickHouse is not to be had for ${platform}: run on Linux (glibc, x64 or arm64) or macOS, with a registry that carries ${name}.`);
}

export async function install() {
  if (isInstalled()) return installClickHouse();
  console.log('Installing dependencies (the first time takes a minute or two) …');
  const status = await runToEnd('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  if (status !== 0) stopWith('The dependencies could not be installed: npm says why above.');
  if (!existsSync(node)) stopWith('The pinned Node was not installed: run `npm ci` without --ignore-scripts.');
  await installClickHouse();
}

const compiler = [`${root}node_modules/typescript7/bin/tsc`, '-b'];

/** Compiles what changed. */
export const build = async () => (await runToEnd(node, compiler)) === 0;

/** Programs of the workspace, run by the pinned Node. */
export const environment = () => ({ ...process.env, PATH: `${root}node_modules/node/bin:${root}node_modules/.bin:${process.env.PATH ?? ''}` });
