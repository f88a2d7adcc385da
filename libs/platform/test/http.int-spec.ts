import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { endpoint, errorEnvelope, type InputOf, type OutputOf } from '@atrium/contract-kit';
import { Database, DatabaseModule } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { createServiceApp, Endpoint, HealthRegistry, Input } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { createMetrics } from '@atrium/platform/telemetry';
import { startServiceDatabase, type ServiceDatabase, until } from '@atrium/testing';
import { Controller, Inject, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CreateNotes1790000000000 } from './probe-service.js';

const note = z.object({ id: z.string(), text: z.string() });
const shared = { service: 'users', access: { kind: 'public' }, errors: [] } as const;
const orgId = randomUUID();

const createNote = endpoint({
  ...shared,
  operationId: 'probe.createNote',
  method: 'POST',
  path: '/notes',
  summary: 'Write a note',
  idempotent: true,
  body: z.strictObject({ text: z.string().min(3), tags: z.array(z.string()).optional() }),
  success: { status: 201, description: 'Written', schema: note },
});
const updateNote = endpoint({
  ...shared,
  operationId: 'probe.updateNote',
  method: 'PUT',
  path: '/notes/{id}',
  summary: 'Change a note',
  ifMatch: true,
  params: z.object({ id: z.uuid() }),
  query: z.strictObject({ page: z.coerce.number().int().default(1) }),
  body: z.strictObject({ text: z.string() }),
  success: { status: 200, description: 'Changed', schema: note, etag: true },
});
const failing = endpoint({
  ...shared,
  operationId: 'probe.fail',
  method: 'POST',
  path: '/fail/{how}',
  summary: 'Fail',
  params: z.object({ how: z.string() }),
  success: { status: 204, description: 'Never' },
});

let gate: Promise<void> = Promise.resolve();

@Controller()
class NotesController {
  constructor(@Inject(Database) private readonly database: Database) {}

  @Endpoint(createNote)
  create(@Input() { body }: InputOf<typeof createNote>): Promise<OutputOf<typeof createNote>> {
    return this.database.inTenant(orgId, async ({ manager }) => {
      await gate;
      if (body.text === 'refused') throw new DomainError('CONFLICT');
      const [row] = await manager.query<{ id: string }[]>('insert into notes (org_id, text) values ($1, $2) returning id', [orgId, body.text]);
      return { id: row?.id ?? '', text: body.text };
    });
  }

  @Endpoint(updateNote)
  async update(@Input() { params, body, ifMatch }: InputOf<typeof updateNote>): Promise<OutputOf<typeof updateNote>> {
    return { version: ifMatch + 1, body: { id: params.id, text: body.text } };
  }

  @Endpoint(failing)
  async fail(@Input() { params }: InputOf<typeof failing>): Promise<void> {
    if (params.how === 'sql') await this.database.dataSource.query('select secret_column from nowhere');
    if (params.how === 'busy') throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { retryAfterSeconds: 1.2, detail: 'inner detail' });
    throw new Error('inner text with a /path and a hunter2');
  }
}

@Module({ controllers: [NotesController] })
class NotesModule {}

describe('a service', () => {
  let probe: ServiceDatabase;
  let app: NestFastifyApplication;
  const health = new HealthRegistry();

  beforeAll(async () => {
    probe = await startServiceDatabase({ service: 'probe', migrations: [CreateNotes1790000000000] });
    const data = DatabaseModule.forRoot({ service: 'probe', secretId: 'atrium/probe/database', poolSize: 4, tls: 'off' });
    const module = { module: NotesModule, imports: [data] };
    const runtime = { logger: createLogger({ service: 'probe', level: 'silent' }), metrics: createMetrics('probe'), secrets: probe.secrets, health };
    app = await createServiceApp(module, runtime, { trustedProxies: [] });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(async () => {
    await app.close();
    await probe.stop();
  });

  const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, headers: { 'content-type': 'application/json', ...headers }, payload: JSON.stringify(payload) });
  const errorOf = (response: { payload: string }) => errorEnvelope.parse(JSON.parse(response.payload)).error;
  const countOf = async (text: string): Promise<number> =>
    Number((await probe.superuser.query('select count(*) as n from probe.notes where text = $1', [text])).rows[0].n);

  it('names every offending field and unknown field at once', async () => {
    const response = await post('/notes', { text: 'x', tags: [1], admin: true });
    expect(response.statusCode).toBe(400);
    expect(errorOf(response).details.map(({ field }) => field).sort()).toEqual(['admin', 'tags.0', 'text']);
  });

  it('parses parameters, query and If-Match, and shows the version as ETag', async () => {
    const id = randomUUID();
    const request = { method: 'PUT', url: `/notes/${id}?page=2`, payload: { text: 'new' } } as const;
    expect(errorOf(await app.inject(request)).code).toBe('PRECONDITION_REQUIRED');
    expect(errorOf(await app.inject({ ...request, headers: { 'if-match': 'W/"7"' } })).code).toBe('VALIDATION_ERROR');
    const response = await app.inject({ ...request, headers: { 'if-match': '"7"' } });
    expect(response.headers['etag']).toBe('"8"');
    expect(response.json()).toEqual({ id, text: 'new' });
  });

  it('says nothing of what went wrong inside, but for a request id', async () => {
    for (const how of ['sql', 'error']) {
      const response = await post(`/fail/${how}`, {}, { 'x-request-id': 'request-12345' });
      expect(response.statusCode).toBe(500);
      expect(errorOf(response)).toEqual({ code: 'INTERNAL', message: 'Something went wrong on our side.', details: [], request_id: 'request-12345' });
      expect(response.payload).not.toMatch(/secret_column|hunter2|path/);
    }
  });

  it('says when to come back', async () => {
    const response = await post('/fail/busy', {});
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '2']);
    expect(response.payload).not.toContain('inner detail');
  });

  it.each([
    ['broken JSON', '{"a":', 'application/json', 400, 'VALIDATION_ERROR'],
    ['a prototype in JSON', '{"__proto__":{"admin":true}}', 'application/json', 400, 'VALIDATION_ERROR'],
    ['another content type', '<a/>', 'application/xml', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['a form', 'text=abc', 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['five megabytes', JSON.stringify({ text: 'a'.repeat(5_000_000) }), 'application/json', 413, 'PAYLOAD_TOO_LARGE'],
  ])('answers %s with the envelope', async (_, payload, type, status, code) => {
    const response = await app.inject({ method: 'POST', url: '/notes', headers: { 'content-type': type }, payload });
    expect([response.statusCode, errorOf(response).code]).toEqual([status, code]);
  });

  it('takes an empty JSON body as none', async () => {
    const response = await app.inject({ method: 'POST', url: '/fail/busy', headers: { 'content-type': 'application/json' } });
    expect(errorOf(response).code).toBe('UPSTREAM_UNAVAILABLE');
  });

  it('answers an unknown route with the envelope', async () => {
    expect(errorOf(await app.inject({ method: 'GET', url: '/nothing' })).code).toBe('NOT_FOUND');
  });

  it('keeps a harmless request id and replaces another', async () => {
    const idOf = async (given: string) => (await app.inject({ method: 'GET', url: '/health/live', headers: { 'x-request-id': given } })).headers['x-request-id'];
    expect(await idOf('abcdefgh-1')).toBe('abcdefgh-1');
    expect(await idOf('no spaces please')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('has one effect for an Idempotency-Key and replays its answer', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await post('/notes', { text: 'once only' }, headers);
    const second = await post('/notes', { text: 'once only' }, headers);
    expect([first.statusCode, second.statusCode]).toEqual([201, 201]);
    expect(second.json()).toEqual(first.json());
    expect(await countOf('once only')).toBe(1);
    expect(errorOf(await post('/notes', { text: 'another' }, headers)).code).toBe('IDEMPOTENCY_MISMATCH');
  });

  it('answers a twin that comes while the first is under way with a conflict', async () => {
    let open = (): void => undefined;
    gate = new Promise((resolve) => (open = resolve));
    const headers = { 'idempotency-key': randomUUID() };
    const first = post('/notes', { text: 'in flight' }, headers);
    await until('the first to hold the key', async () => (await probe.superuser.query(`select from pg_locks where locktype = 'advisory'`)).rowCount);
    expect(errorOf(await post('/notes', { text: 'in flight' }, headers)).code).toBe('IDEMPOTENCY_IN_FLIGHT');
    open();
    expect((await first).statusCode).toBe(201);
    gate = Promise.resolve();
    expect(await countOf('in flight')).toBe(1);
  });

  it('forgets the key of a refused request, so that it may be tried again', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    expect((await post('/notes', { text: 'refused' }, headers)).statusCode).toBe(409);
    expect((await post('/notes', { text: 'accepted' }, headers)).statusCode).toBe(201);
  });

  it('forgets a key after a day', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const first = await post('/notes', { text: 'yesterday' }, headers);
    await probe.superuser.query(`update probe.idempotency_keys set created_at = now() - interval '25 hours' where key = $1`, [headers['idempotency-key']]);
    const second = await post('/notes', { text: 'yesterday' }, headers);
    expect(second.json()).not.toEqual(first.json());
  });

  it('says what it cannot reach, and that it is draining', async () => {
    const ready = async () => (await app.inject({ method: 'GET', url: '/health/ready' })).json();
    expect(await ready()).toEqual({ status: 'ok', down: [] });
    health.add('queue', () => Promise.reject(new Error('gone')));
    expect(await ready()).toEqual({ status: 'unavailable', down: ['queue'] });
    expect((await app.inject({ method: 'GET', url: '/health/live' })).statusCode).toBe(200);
    health.startDraining();
    expect(await ready()).toEqual({ status: 'unavailable', down: ['draining'] });
  });

  it('answers 503 and not 500 while its database is away', async () => {
    await probe.stopServer();
    const response = await post('/notes', { text: 'nobody home' });
    expect([response.statusCode, response.headers['retry-after']]).toEqual([503, '2']);
  });
});
