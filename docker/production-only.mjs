// Takes what is for development out of every package.json, so that npm installs what runs. `--keep-root` keeps the root's:
// the compiler and the types of Node.
import { globSync, readFileSync, writeFileSync } from 'node:fs';

const keepRoot = process.argv.includes('--keep-root');
const isType = (name) => name.startsWith('@types/');

for (const path of ['package.json', ...globSync(['apps/*/package.json', 'libs/*/package.json', 'infra/package.json'])]) {
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  if (path !== 'package.json' || !keepRoot) {
    const types = Object.entries(manifest.devDependencies ?? {}).filter(([name]) => keepRoot && isType(name));
    manifest.devDependencies = Object.fromEntries(types);
  }
  // The image brings Node itself; nothing of the infrastructure runs in it.
  if (path === 'package.json') delete manifest.dependencies?.node;
  if (path.startsWith('infra')) delete manifest.dependencies;
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
