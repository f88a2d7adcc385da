import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { type Site, usersEndpoints } from '@atrium/contracts/users';
import { openCredentials, readSettings, serviceEnvironment } from '@atrium/local';
import { type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { png } from './files.js';
import { api, platform, world } from './platform.js';

const reason = 'The contract of spring';

/** As the platform itself gives it to the gallery's worker. */
function galleryEnvironment(): Record<string, string> {
  const ports = Object.entries(platform.ports).map(([name, port]) => [`ATRIUM_PORT_${name.toUpperCase()}`, String(port)]);
  const settings = readSettings('/', { ATRIUM_DATA: platform.dataDir, ...Object.fromEntries(ports) });
  return serviceEnvironment('gallery', platform.ports.gallery_worker, settings, openCredentials(platform.dataDir));
}

function command(name: 'quota' | 'reap', ...words: string[]): Promise<{ code: number | null; output: string; log: string }> {
  const program = fileURLToPath(new URL(`../apps/gallery/dist/${name}.js`, import.meta.url));
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, ...galleryEnvironment() } });
  const texts = { output: '', log: '' };
  child.stdout.on('data', (chunk: Buffer) => (texts.output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (texts.log += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, ...texts })));
}

describe('the quota of an organization', () => {
  let ann: Person;
  let site: Site;
  const ask = (size: number) =>
    api.verdict(galleryEndpoints.createUpload, {
      token: ann.token,
      body: { site_id: site.id, filename: 'a.png', content_type: 'image/png', size, sha256: '0'.repeat(64) },
    });

  beforeAll(async () => {
    ann = await world.newAdmin();
    site = await world.newSite(ann);
  });

  it("is set by the operator's command alone, for a reason that the organization reads", async () => {
    expect(await command('quota', '--org', ann.orgId, '--bytes', '3')).toMatchObject({ code: 1, log: expect.stringMatching(/^--reason is missing/) });
    expect(await command('quota', '--org', 'x')).toMatchObject({ code: 1, log: expect.stringMatching(/^--org is missing or wrong/) });
    const stranger = '0198c0de-0000-7000-8000-000000000001';
    expect(await command('quota', '--org', stranger, '--bytes', '3', '--reason', reason)).toMatchObject({ code: 1, log: 'No site of such an organization is known.\n' });
    const set = await until('the site to be known', async () => {
      const result = await command('quota', '--org', ann.orgId, '--bytes', '1000', '--reason', reason);
      return result.log.startsWith('No site') ? undefined : result;
    });
    expect(set).toMatchObject({ code: 0, output: `${ann.orgId}\tbytes: 1000\tfiles: default\n` });
    expect((await command('quota', '--org', ann.orgId)).output).toContain('bytes: 1000');
    const entry = await until('storage.quota_changed', async () =>
      (await api.call(usersEndpoints.listAuditLogs, { token: ann.token, query: { action: 'storage.quota_changed' } })).body.data[0]);
    expect(entry).toMatchObject({ actor: { kind: 'system' }, details: { reason }, before: { bytes: null }, after: { bytes: 1000 } });
  });

  it('33: holds when twenty uploads ask at once for the end of it', async () => {
    const sizes = Array.from({ length: 20 }, (_, i) => 100 + i);
    const verdicts = await Promise.all(sizes.map(ask));
    const taken = sizes.filter((_, i) => verdicts[i] === '201').reduce((sum, size) => sum + size, 0);
    expect(new Set(verdicts)).toEqual(new Set(['201', '409 QUOTA_EXCEEDED']));
    const { body } = await api.call(galleryEndpoints.galleryUsage, { token: ann.token });
    expect(body.bytes).toEqual({ used: 0, reserved: taken, allowed: 1000 });
    expect(taken).toBeLessThanOrEqual(1000);
    expect(taken).toBeGreaterThan(1000 - 119);
  });
});

describe("the operator's report of what would be reaped", () => {
  it('changes nothing, goes through everything, and knows its words', async () => {
    const ann = await world.newAdmin();
    const site = await world.newSite(ann);
    const id = await world.upload(ann, site.id, png);
    await world.settled(ann, id);
    const report = await until('the worker to be done', async () => {
      const { code, output, log } = await command('reap', '--dry-run');
      if (log.includes('The worker is at it')) return undefined;
      expect([code, log]).toEqual([0, expect.anything()]);
      return output;
    });
    expect(report).toMatch(/^There is nothing to reap\.\n$|^kind\tcount\tbytes\twould be removed \(or mended\)\n/);
    expect(await api.verdict(galleryEndpoints.downloadAsset, { token: ann.token, params: { id } })).toBe('200');
    expect(await command('reap', '--everything')).toMatchObject({ code: 1, log: expect.stringMatching(/^Usage: reap/) });
  });
});
