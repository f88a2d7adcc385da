// Leaves of the sources what npm installs from, every package.json, and of these what an image needs:
// `node manifests.mjs compile`: the compiler and types besides;
// `node manifests.mjs run [app]`: nothing that is for development; one app and the libs that it is made of.
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const [purpose, app] = process.argv.slice(2);
const isNeeded = (name) => purpose === 'compile' && (name === 'typescript7' || name.startsWith('@types/'));
const read = (path) => JSON.parse(readFileSync(path, 'utf8'));
const foldersOf = ({ dependencies = {} }) => Object.keys(dependencies).flatMap((name) => (name.startsWith('@atrium/') ? [`libs/${name.slice(8)}`] : []));

/** A folder and those of all libs that it depends on. */
function closure(folder, found = new Set()) {
  if (found.has(folder)) return found;
  found.add(folder);
  for (const lib of foldersOf(read(`${folder}/package.json`))) closure(lib, found);
  return found;
}

const workspaces = app ? [...closure(`apps/${app}`)] : globSync('{apps,libs}/*');
for (const folder of globSync('{apps,libs}/*')) if (!workspaces.includes(folder)) rmSync(folder, { recursive: true });
for (const path of globSync('{apps,libs}/*/*')) if (!path.endsWith('/package.json')) rmSync(path, { recursive: true });
for (const path of ['package.json', ...workspaces.map((folder) => `${folder}/package.json`)]) {
  const manifest = read(path);
  manifest.devDependencies = Object.fromEntries(Object.entries(manifest.devDependencies ?? {}).filter(([name]) => isNeeded(name)));
  // The image brings Node itself.
  if (path === 'package.json') Object.assign(manifest, { dependencies: {}, workspaces });
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
