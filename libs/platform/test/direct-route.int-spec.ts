import 'reflect-metadata';
import { endpoint, type EndpointDefinition, type InputOf } from '@atrium/contract-kit';
import { DomainError } from '@atrium/platform/errors';
import { createServiceApp, Endpoint, HealthRegistry, Input, serveDirectly } from '@atrium/platform/http';
import { createLogger } from '@atrium/platform/logging';
import { EnvironmentSecretsProvider } from '@atrium/platform/secrets';
import { createMetrics } from '@atrium/platform/telemetry';
import { Controller, Header, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { InjectOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const shared = { service: 'auth', method: 'POST', access: { kind: 'public' }, errors: [], summary: 'Echo' } as const;
const body = z.strictObject({ text: z.string().max(100) });
const success = { status: 200, description: 'The same', schema: z.object({ text: z.string(), agent: z.string() }) } as const;
const direct = endpoint({ ...shared, operationId: 'probe.direct', path: '/direct', body, success });
const usual = endpoint({ ...shared, operationId: 'probe.usual', path: '/usual', body, success });
type Echo = InputOf<typeof direct>;

async function echo({ body: { text }, client }: Echo) {
  if (text === 'busy') throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { retryAfterSeconds: 1.2, detail: 'inner detail' });
  if (text === 'wrong') throw new DomainError('INVALID_CREDENTIALS');
  if (text === 'unforeseen') throw new Error('inner text');
  return { text, agent: client.userAgent ?? '' };
}

@Controller()
class UsualController {
  @Endpoint(usual)
  @Header('cache-control', 'no-store')
  usual(@Input() input: InputOf<typeof usual>) {
    return echo(input);
  }
}

@Module({ controllers: [UsualController] })
class ProbeModule {}

const logs: string[] = [];
const logger = createLogger({ service: 'probe', level: 'debug', destination: { write: (line) => void logs.push(line) } });
const never = (): Promise<never> => Promise.reject(new Error('handled'));
const route = (definition: typeof direct) => ({ definition, handle: echo, headers: { 'cache-control': 'no-store' } });
let app: NestFastifyApplication;

beforeAll(async () => {
  const runtime = { logger, metrics: createMetrics('probe'), secrets: new EnvironmentSecretsProvider({}), health: new HealthRegistry() };
  app = await createServiceApp(ProbeModule, runtime, { trustedProxies: [] });
  serveDirectly(app.getHttpAdapter().getInstance(), route(direct), logger);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app?.close());

const json = { 'content-type': 'application/json', 'x-request-id': 'request-1', 'user-agent': 'probe' };

/** All that a client sees, and what the log says of it. */
async function seen(url: string, request: Omit<InjectOptions, 'url'>) {
  logs.length = 0;
  const { statusCode, headers, body: text } = await app.inject({ method: 'POST', headers: json, ...request, url });
  const { date: _, ...others } = headers;
  const lines = logs.map((line) => line.replace(/"time":"[^"]*"|"(trace|span)_id":"\w*"|"stack":"[^"]*"/g, ''));
  return { statusCode, headers: others, text: text.replace(url, '/'), lines };
}

describe('an endpoint that is served directly', () => {
  it.each<[string, Omit<InjectOptions, 'url'>, number]>([
    ['a right request', { payload: '{"text":"hello"}' }, 200],
    ['a field that it does not know', { payload: '{"text":"hello","more":1}' }, 400],
    ['a field of another type', { payload: '{"text":1}' }, 400],
    ['a text that can not be stored', { payload: '{"text":"\\u0000"}' }, 400],
    ['no JSON', { payload: '{"text":' }, 400],
    ['a prototype', { payload: '{"text":"hello","__proto__":{}}' }, 400],
    ['no body', {}, 400],
    ['another media type', { payload: 'text=hello', headers: { ...json, 'content-type': 'application/x-www-form-urlencoded' } }, 415],
    ['too much', { payload: JSON.stringify({ text: 'x'.repeat(5_000_000) }) }, 413],
    ['what the rules refuse', { payload: '{"text":"wrong"}' }, 401],
    ['what can not be done now', { payload: '{"text":"busy"}' }, 503],
    ['what nobody foresaw', { payload: '{"text":"unforeseen"}' }, 500],
    ['another method', { method: 'GET' }, 404],
  ])('answers %s as any other', async (_, request, status) => {
    const answer = await seen('/direct', request);
    expect(answer.statusCode).toBe(status);
    expect(answer).toEqual(await seen('/usual', request));
  });

  it.each<[string, Partial<EndpointDefinition>]>([
    ['a guard', { access: { kind: 'signed-in' } }],
    ['an Idempotency-Key', { idempotent: true }],
    ['a version', { ifMatch: true }],
    ['an ETag', { success: { ...success, etag: true } }],
    ['another status', { success: { ...success, status: 204 } }],
  ])('demands no more than validation: not %s', (_, more) => {
    const server = app.getHttpAdapter().getInstance();
    const demanding: EndpointDefinition = { ...direct, path: '/never', ...more };
    expect(() => serveDirectly(server, { definition: demanding, handle: never, headers: {} }, logger)).toThrow(/can't be served directly/);
  });
});
