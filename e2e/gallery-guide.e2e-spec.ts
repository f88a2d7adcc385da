import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { blackPng } from './hostile-images.js';
import { platform, world } from './platform.js';

const guide = readFileSync(new URL('../docs/gallery.md', import.meta.url), 'utf8');
const codeOf = (language: string): string[] => [...guide.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms'))].map(([, code = '']) => code);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'atrium-guide-'));
  writeFileSync(join(folder, 'holiday.png'), blackPng(400, 300));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In one shell, one after the other, until one fails. */
function runInBash(script: string, variables: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', script], { cwd: folder, env: { ...process.env, ...variables } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

it('the recipe for Uppy in docs/gallery.md is the code that uppy.e2e-spec.ts runs', () => {
  expect(codeOf('ts')).toEqual([readFileSync(new URL('uppy/atrium-uppy.ts', import.meta.url), 'utf8')]);
});

it('the examples in docs/gallery.md work, from the first to the last', async () => {
  const ann = await world.newAdmin();
  const site = await world.newSite(ann);
  const field = `field() { node -p "JSON.parse(fs.readFileSync(0, 'utf8'))$1"; }`;
  const variables = { api: `${platform.gateway}/api/v1`, json: 'content-type: application/json', auth: `authorization: Bearer ${ann.token}`, site: site.id };
  const { code, output } = await runInBash([field, ...codeOf('sh'), 'echo "and that is all"'].join('\n'), variables);
  expect(code, output).toBe(0);
  expect(output.trimEnd()).toMatch(/and that is all$/);
  expect(output).toContain('"title":"Summer"');
});
