import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { eventsEndpoints, type Source } from '@atrium/contracts/events';
import { usersEndpoints } from '@atrium/contracts/users';
import { openCredentials, readSettings, serviceEnvironment } from '@atrium/local';
import { type Person, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { api, platform, world } from './platform.js';

const program = fileURLToPath(new URL('../apps/events/dist/quota.js', import.meta.url));
const reason = 'The contract of spring';

/** As the platform itself gives it to events. */
function eventsEnvironment(): Record<string, string> {
  const ports = Object.entries(platform.ports).map(([name, port]) => [`ATRIUM_PORT_${name.toUpperCase()}`, String(port)]);
  const settings = readSettings('/', { ATRIUM_DATA: platform.dataDir, ...Object.fromEntries(ports) });
  return serviceEnvironment('events', platform.ports.events, settings, openCredentials(platform.dataDir));
}

function command(...words: string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [program, ...words], { env: { ...process.env, ...eventsEnvironment() } });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

async function send(source: Source, count: number): Promise<Response> {
  const batch = Array.from({ length: count }, () => ({ event: 'Counted' }));
  const headers = { 'content-type': 'application/json', 'x-write-key': source.write_key };
  return fetch(`${platform.gateway}/api/v1/events`, { method: 'POST', headers, body: JSON.stringify({ batch }) });
}

const usage = async (person: Person) => (await api.call(eventsEndpoints.eventUsage, { token: person.token })).body;

describe('the quota of an organization', () => {
  let ann: Person;
  let eve: Person;
  let anns: Source;
  let eves: Source;

  beforeAll(async () => {
    [ann, eve] = await Promise.all([world.newAdmin(), world.newAdmin()]);
    anns = await world.newSource(ann, (await world.newSite(ann)).id);
    eves = await world.newSource(eve, (await world.newSite(eve)).id);
  });

  it('is set by the operator\'s command alone, for a reason that the organization reads', async () => {
    expect(await command('--org', ann.orgId, '--per-month', '3')).toMatchObject({ code: 1, output: expect.stringMatching(/^--reason is missing/) });
    expect(await command('--org', 'x')).toMatchObject({ code: 1, output: expect.stringMatching(/^--org is missing or wrong/) });
    expect(await command('--org', ann.orgId, '--per-second', '5', '--reason', reason)).toMatchObject({ code: 1, output: expect.stringMatching(/^--per-second/) });
    expect(await command('--org', '0198c0de-0000-7000-8000-000000000001', '--per-month', '3', '--reason', reason)).toMatchObject({ code: 1, output: 'No site of such an organization is known.\n' });
    expect(await command('--org', ann.orgId, '--per-month', '3', '--reason', reason)).toEqual({ code: 0, output: `${ann.orgId}\tper month: 3\tper second: default\n` });
    expect((await command('--org', ann.orgId)).output).toContain('per month: 3');
    const entry = await until('events.quota_changed', async () =>
      (await api.call(usersEndpoints.listAuditLogs, { token: ann.token, query: { action: 'events.quota_changed' } })).body.data[0]);
    expect(entry).toMatchObject({ actor: { kind: 'system' }, details: { reason }, before: { events_per_month: null }, after: { events_per_month: 3 } });
  });

  it('refuses what goes beyond it as a whole, with the time when it begins anew, and nobody else\'s events', async () => {
    expect((await send(anns, 2)).status).toBe(202);
    const refused = await send(anns, 2);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED', message: expect.stringMatching(/quota of 3 events per month has room for 1 more until \d{4}-\d\d-01T00:00:00\.000Z/) } });
    expect((await send(anns, 1)).status).toBe(202);
    expect((await send(eves, 2)).status).toBe(202);
    expect(await usage(ann)).toMatchObject({ accepted: 3, allowed: 3 });
    expect(await usage(eve)).toMatchObject({ accepted: 2 });
    const stats = (await api.call(eventsEndpoints.eventStats, { token: eve.token })).body;
    expect(stats).toMatchObject({ accepted: 2, rejected: 0, rejected_by_code: {} });
  });

  it('is no stranger\'s to read, and is everybody\'s again when it is taken back', async () => {
    expect(await api.verdict(eventsEndpoints.eventUsage, {})).toBe('401 UNAUTHENTICATED');
    expect(await command('--org', ann.orgId, '--per-month', 'default', '--reason', reason)).toMatchObject({ code: 0 });
    await until('room for more', async () => (await send(anns, 2)).status === 202);
  });
});
