import { randomUUID } from 'node:crypto';
import { queues } from '@atrium/contracts';
import { siteChanged } from '@atrium/contracts/domain-events';
import { createDataSource, Database } from '@atrium/platform/database';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SourceRepository } from '../src/sources/source.repository.js';
import { clickHouseMigrations, migrateClickHouse, revertClickHouse } from '../src/index.js';
import { addOrganization, type EventsBench, startEventsBench } from './events-bench.js';

let bench: EventsBench;
let api: NestFastifyApplication;
beforeAll(async () => {
  bench = await startEventsBench();
  api = await bench.startApi();
});
afterAll(async () => {
  await api?.close();
  await bench?.stop();
});

describe('event sources', () => {
  it('are created, listed by name, renamed, rotated and deleted', async () => {
    const { call, siteId, source } = await addOrganization(bench, api);
    const created = await call('POST', '/events/sources', { name: 'Android', site_id: siteId });
    expect(created).toMatchObject({ status: 201, json: { name: 'Android', site_id: siteId, enabled: true, write_key: expect.stringMatching(/^wk_[\w-]{32}$/) } });
    const { id } = created.json;
    expect((await call('PATCH', `/events/sources/${id}`, { name: 'zebra', enabled: false })).json).toMatchObject({ name: 'zebra', enabled: false });
    expect((await call('GET', '/events/sources')).json.data.map(({ name }: { name: string }) => name)).toEqual(['web', 'zebra']);
    const rotated = await call('POST', `/events/sources/${id}/rotate`);
    expect(rotated.json.write_key).not.toBe(created.json.write_key);
    expect((await call('DELETE', `/events/sources/${id}`)).status).toBe(204);
    expect((await call('GET', '/events/sources')).json.data.map(({ id: each }: { id: string }) => each)).toEqual([source.id]);
    expect((await call('DELETE', `/events/sources/${id}`)).status).toBe(404);
  });

  it('of another organization do not exist', async () => {
    const ours = await addOrganization(bench, api);
    const theirs = await addOrganization(bench, api);
    for (const [method, path, body] of [['PATCH', '', { name: 'x' }], ['POST', '/rotate', undefined], ['DELETE', '', undefined]] as const) {
      expect((await ours.call(method, `/events/sources/${theirs.source.id}${path}`, body)).status).toBe(404);
    }
    expect((await theirs.call('GET', '/events/sources')).json.data).toEqual([theirs.source]);
    expect([404, 503]).toContain((await ours.call('POST', '/events/sources', { name: 'x', site_id: theirs.siteId })).status);
  });

  it('are guarded by permission and site', async () => {
    const { call, orgId, siteId, source } = await addOrganization(bench, api);
    const other = await bench.addSite(orgId);
    const at = (site: string, ...permissions: string[]) => bench.issuer.token({ org_id: orgId, site_permissions: { [site]: permissions } });
    expect((await call('PATCH', `/events/sources/${source.id}`, { name: 'x' }, at(other, 'sources.read', 'sources.update'))).status).toBe(404);
    const viewer = bench.issuer.token({ org_id: orgId, permissions: ['sources.read'] });
    for (const [method, path, body] of [['POST', '', { name: 'x', site_id: siteId }], ['PATCH', `/${source.id}`, { name: 'x' }], ['POST', `/${source.id}/rotate`, undefined], ['DELETE', `/${source.id}`, undefined]] as const) {
      expect((await call(method, `/events/sources${path}`, body, viewer)).status).toBe(403);
    }
    const mixed = bench.issuer.token({ org_id: orgId, permissions: ['sources.read'], site_permissions: { [other]: ['sources.update'] } });
    expect((await call('PATCH', `/events/sources/${source.id}`, { name: 'x' }, mixed)).status).toBe(403);
    expect((await call('POST', '/events/sources', { name: 'x', site_id: siteId }, at(siteId, 'sources.read', 'sources.create'))).status).toBe(201);
  });

  it('with an Idempotency-Key are created once', async () => {
    const { orgId, siteId, call } = await addOrganization(bench, api);
    const token = bench.issuer.token({ org_id: orgId, sub: randomUUID(), permissions: ['sources.read', 'sources.create'] });
    const create = () => api.inject({ method: 'POST', url: '/api/v1/events/sources', headers: { authorization: `Bearer ${token}`, 'idempotency-key': 'once' }, payload: { name: 'once', site_id: siteId } });
    const [first, second] = [await create(), await create()];
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual(first.json());
    expect((await call('GET', '/events/sources')).json.data).toHaveLength(2);
  });

  it('with unknown fields are refused', async () => {
    const { call, siteId } = await addOrganization(bench, api);
    expect((await call('POST', '/events/sources', { name: 'x', site_id: siteId, write_key: 'wk_mine', org_id: randomUUID() })).status).toBe(400);
  });
});

it('a site is known as soon as users has told of it', async () => {
  const [orgId, siteId] = [randomUUID(), randomUUID()];
  const tell = (version: number, deleted: boolean) =>
    bench.send(JSON.stringify({
      id: randomUUID(), type: siteChanged.type, version: siteChanged.version, occurred_at: new Date().toISOString(), org_id: orgId, request_id: 'test-request',
      data: { org_id: orgId, site_id: siteId, name: 'Site', deleted, version },
    }), queues.eventsInbox.name);
  const token = bench.issuer.token({ org_id: orgId, permissions: ['sources.read', 'sources.create'] });
  const create = async () => (await api.inject({ method: 'POST', url: '/api/v1/events/sources', headers: { authorization: `Bearer ${token}` }, payload: { name: 'x', site_id: siteId } })).statusCode;
  expect(await create()).toBe(503);
  await tell(1, false);
  await vi.waitFor(async () => expect(await create()).toBe(201), { timeout: 10_000, interval: 50 });
  await tell(3, true);
  await tell(2, false);
  await vi.waitFor(async () => expect(await create()).toBe(404), { timeout: 10_000, interval: 50 });
  await vi.waitFor(async () => expect(await bench.depth(queues.eventsInbox.name)).toBe(0), { timeout: 10_000, interval: 50 });
  expect(await create()).toBe(404);
});

describe('row-level security', () => {
  it('hides other organizations from a query without any filter, and everything without an organization', async () => {
    const ours = await addOrganization(bench, api);
    const theirs = await addOrganization(bench, api);
    const source = await createDataSource(bench.secrets, { service: 'events', secretId: 'events/database', poolSize: 2, tls: 'off' });
    const database = new Database(await source.initialize());
    const all = 'select org_id from events.sources';
    const seen = await database.inTenant(ours.orgId, (tx) => tx.manager.query<{ org_id: string }[]>(all));
    expect(new Set(seen.map(({ org_id }) => org_id))).toEqual(new Set([ours.orgId]));
    expect(await database.withoutTenant((tx) => tx.manager.query(all))).toEqual([]);
    const foreign = `insert into events.sources (org_id, id, site_id, name, write_key) values ('${theirs.orgId}', gen_random_uuid(), gen_random_uuid(), 'x', 'wk_${'x'.repeat(32)}')`;
    await expect(database.inTenant(ours.orgId, (tx) => tx.manager.query(foreign))).rejects.toThrow(/row-level security/);
    const repository = new SourceRepository();
    expect(await database.withoutTenant((tx) => repository.findByWriteKey(tx, theirs.writeKey))).toEqual({ org_id: theirs.orgId, site_id: theirs.siteId, source_id: theirs.source.id, schema_mode: 'off', unknown_events: 'allow' });
    await source.destroy();
  });

  it('a write key of a deleted site no longer works', async () => {
    const { orgId, siteId, writeKey } = await addOrganization(bench, api);
    await bench.admin.query(`begin; select set_config('app.org_id', '${orgId}', true); update events.sites set deleted = true where site_id = '${siteId}'; commit`);
    const answer = await api.inject({ method: 'POST', url: '/api/v1/events', headers: { 'x-write-key': writeKey }, payload: { event: 'e' } });
    expect(answer.statusCode).toBe(401);
  });
});

it('the migrations of PostgreSQL run down and up again', async () => {
  const source = await (await bench.ownerSource()).initialize();
  for (const _migration of source.migrations) await source.undoLastMigration();
  expect(await source.query(`select tablename from pg_tables where schemaname = 'events' and tablename <> 'migrations'`)).toEqual([]);
  await source.runMigrations();
  await source.destroy();
});

it('the migrations of ClickHouse run down and up again, and a second run does nothing', async () => {
  await revertClickHouse(bench.clickHouse, clickHouseMigrations);
  expect(await migrateClickHouse(bench.clickHouse, clickHouseMigrations)).toHaveLength(clickHouseMigrations.length);
  expect(await migrateClickHouse(bench.clickHouse, clickHouseMigrations)).toEqual([]);
  expect(await bench.number('SELECT count() FROM atrium.events')).toBe(0);
});
