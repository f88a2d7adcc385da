// `npm run bench -- <name>`: one program per path, each with its baseline in the same run.
import { readdirSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const names = readdirSync(here)
  .filter((name) => name.endsWith('.mjs') && name !== 'run.mjs')
  .map((name) => name.slice(0, -'.mjs'.length));
const [name] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  process.stderr.write(`Usage: npm run bench -- <${names.join('|')}>\n`);
  process.exit(1);
}
await import(new URL(`${name}.mjs`, here).href);
