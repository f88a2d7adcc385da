// Leaves of the sources what npm installs from, every package.json, and of these what an image needs:
// `node manifests.mjs compile`: the compiler and types besides; `node manifests.mjs run <app>`: one app, nothing that is for development.
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

const [purpose, app] = process.argv.slice(2);
const isNeeded = (name) => purpose === 'compile' && (name === 'typescript7' || name.startsWith('@types/'));

for (const path of globSync(['{apps,libs}/*/*'])) {
  if (!path.endsWith('/package.json')) rmSync(path, { recursive: true });
}
for (const path of ['package.json', ...globSync(['{apps,libs}/*/package.json'])]) {
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  manifest.devDependencies = Object.fromEntries(Object.entries(manifest.devDependencies ?? {}).filter(([name]) => isNeeded(name)));
  if (path === 'package.json') {
    // The image brings Node itself.
    delete manifest.dependencies;
    manifest.workspaces = ['libs/*', `apps/${app ?? '*'}`];
  }
  writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
}
