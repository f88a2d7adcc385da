import { readFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, organizationRowFilter, type RunningClickHouse, startClickHouse, untrustedQueryLimits } from '@atrium/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { twoPasswords } from '../src/clickhouse/rotate-passwords.js';
import { ClickHouse } from '../src/index.js';

const script = readFileSync(new URL('../src/clickhouse/users.sql', import.meta.url), 'utf8');
const statements = script.replaceAll(/^ *--.*$/gm, '').split(';').map((statement) => statement.trim()).filter(Boolean);

let root: string;
let server: RunningClickHouse;
let clickHouse: ClickHouse;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'atrium-users-'));
  server = await startClickHouse({ dataDir: join(root, 'data'), port: await findFreePort(), users: { admin: { password: 'secret' } } });
  clickHouse = new ClickHouse(async () => ({ url: server.url, database: 'default', username: 'admin', password: 'secret' }));
});
afterAll(async () => {
  await server?.stop();
  rmSync(root, { recursive: true, force: true });
});

// The embedded engine keeps no users that SQL makes (514). It says so after it has read names, types and constraints of
// all settings, and checked the administrator's rights: a misspelt setting is another error.
const nowhereToKeep = /^Code: (514|511|192)\./;

describe('users.sql', () => {
  it.each(statements.map((statement) => [statement.replaceAll(/\s+/g, ' ').slice(0, 60), statement]))('%s… is a statement that ClickHouse knows', async (_, query) => {
    const formatted = await clickHouse.run({ query: 'SELECT formatQuerySingleLine({q:String}) FORMAT TSVRaw', parameters: { q: query } });
    expect(formatted.trim().length).toBeGreaterThan(20);
    const verdict = await clickHouse.run({ query }).then(() => 'done', String);
    expect(verdict.replace(/^\w+: /, '')).toMatch(/^CREATE DATABASE/.test(query) ? /^done$/ : nowhereToKeep);
  });

  it('knows users with two passwords, which rotation gives them', async () => {
    const query = twoPasswords('writer', 'present', 'next');
    const formatted = await clickHouse.run({ query: 'SELECT formatQuerySingleLine({q:String}) FORMAT TSVRaw', parameters: { q: query } });
    expect(formatted.match(/sha256_password/g)).toHaveLength(2);
    await expect(clickHouse.run({ query })).rejects.toThrow(nowhereToKeep);
    await expect(clickHouse.run({ query: query.replace(', sha', ' sha') })).rejects.toThrow(/SYNTAX_ERROR/);
  });

  it('is refused where a setting is misspelt, so that the above says something', async () => {
    await expect(clickHouse.run({ query: "CREATE USER x IDENTIFIED WITH sha256_password BY 'y' SETTINGS max_memory_usages = 1" })).rejects.toThrow(/UNKNOWN_SETTING/);
  });

  it("has the local platform's row filter and the same limits by name", () => {
    const flat = script.replaceAll(/\s+/g, ' ');
    expect(flat).toContain(`USING ${organizationRowFilter} TO tenant_rows`);
    const reader = statements.find((statement) => statement.includes('USER IF NOT EXISTS reader')) ?? '';
    for (const name of Object.keys(untrustedQueryLimits)) expect(reader).toContain(` ${name} = `);
  });
});
