import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';
import { beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Rules broken by a file of this text at this place. */
async function brokenRules(path: string, text: string): Promise<(string | null)[]> {
  const [result] = await new ESLint({ cwd: root }).lintText(text, { filePath: join(root, path) });
  return (result?.messages ?? []).filter((message) => message.severity === 2).map((message) => message.ruleId);
}

const forbidden = '@nx/enforce-module-boundaries';

describe('module boundaries', () => {
  beforeAll(() => {
    // The rule reads the project graph from its cache and passes everything without one.
    execFileSync('npx', ['nx', 'show', 'projects'], { cwd: root, env: { ...process.env, NX_DAEMON: 'false' } });
  });

  it.each([
    ['an app imports another app', 'apps/auth/src/probe.ts', '@atrium/users'],
    ['an app imports the embedded engines', 'apps/auth/src/probe.ts', '@atrium/local'],
    ['the platform imports contracts', 'libs/platform/src/probe.ts', '@atrium/contracts'],
    ['contracts import the platform', 'libs/contracts/src/probe.ts', '@atrium/platform/http'],
    ['the contract kit imports contracts', 'libs/contract-kit/src/probe.ts', '@atrium/contracts'],
    ['a library imports an app', 'libs/site-directory/src/probe.ts', '@atrium/users'],
  ])('fail when %s', async (_, path, imported) => {
    expect(await brokenRules(path, `import * as probe from '${imported}';\nexport default probe;\n`)).toContain(forbidden);
  });

  it('fail when contracts import anything but zod and the contract kit', async () => {
    const text = `import * as probe from 'node:fs';\nexport default probe;\n`;
    expect(await brokenRules('libs/contracts/src/probe.ts', text)).toContain('no-restricted-imports');
  });

  it.each([
    ['an app its contracts and the platform', 'apps/auth/src/probe.ts', ['@atrium/contracts/auth', '@atrium/platform/http']],
    ['a test the embedded engines', 'apps/auth/test/probe.int-spec.ts', ['@atrium/local']],
  ])('let %s be imported', async (_, path, imported) => {
    const text = imported.map((name, i) => `import * as probe${i} from '${name}';\nexport const use${i} = probe${i};`).join('\n');
    expect(await brokenRules(path, `${text}\n`)).toEqual([]);
  });

  it('fail when two files import each other', () => {
    const folder = mkdtempSync(join(root, 'libs/testing/test/cycle-'));
    try {
      writeFileSync(join(folder, 'a.ts'), `import { b } from './b.js';\nexport const a = (): number => b();\n`);
      writeFileSync(join(folder, 'b.ts'), `import { a } from './a.js';\nexport const b = (): number => a();\n`);
      const arguments_ = ['depcruise', '--config', '.dependency-cruiser.mjs', folder];
      expect(spawnSync('npx', arguments_, { cwd: root, encoding: 'utf8' })).toMatchObject({
        stdout: expect.stringContaining('no-cycles'),
        status: expect.not.toSatisfy((status: number) => status === 0),
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
