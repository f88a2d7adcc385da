import { randomUUID } from 'node:crypto';
import { errorEnvelope, isUnguarded } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { usersEndpoints } from '@atrium/contracts/users';
import { password, type Person, signedIn, until } from '@atrium/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { logsOf } from './logs.js';
import { api, platform, world } from './platform.js';

let ann: Person;
beforeAll(async () => {
  ann = await world.newAdmin();
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> => fetch(`${platform.gateway}${path}`, { headers, redirect: 'manual' });

describe('the gateway', () => {
  it('shows the whole contract and its documentation', async () => {
    const document = (await (await get('/openapi.json')).json()) as { paths: Record<string, unknown> };
    expect(Object.keys(document.paths).sort()).toEqual([...new Set(allEndpoints.map(({ path }) => path))].sort());
    const docs = await fetch(`${platform.gateway}/docs`);
    expect(docs.status).toBe(200);
    expect(docs.headers.get('content-type')).toContain('text/html');
  });

  it.each([
    ['an unknown path', 'GET', '/api/v1/nothing', undefined, 404, 'NOT_FOUND'],
    ['a known path by another method', 'DELETE', '/api/v1/auth/login', undefined, 405, 'METHOD_NOT_ALLOWED'],
    ['no token', 'GET', '/api/v1/users', undefined, 401, 'UNAUTHENTICATED'],
    ['JSON that is none', 'POST', '/api/v1/auth/login', '{"email":', 400, 'VALIDATION_ERROR'],
    ['a body that is too large', 'POST', '/api/v1/auth/login', JSON.stringify({ email: 'a'.repeat(3_000_000) }), 413, 'PAYLOAD_TOO_LARGE'],
  ])('answers %s with the error envelope', async (_, method, path, body, status, code) => {
    const response = await fetch(`${platform.gateway}${path}`, { method, headers: body ? { 'content-type': 'application/json' } : {}, ...(body ? { body } : {}) });
    expect(response.status).toBe(status);
    const { error } = errorEnvelope.parse(await response.json());
    expect(error.code).toBe(code);
    expect(error.request_id).toBe(response.headers.get('x-request-id'));
  });

  it('names every offending field at once', async () => {
    const refusal = await api.refusal(authEndpoints.register, { body: { email: 'nope', password: 'short', surprise: 1 } });
    const fields = refusal.body.details.map(({ field }) => field).sort();
    expect(fields).toEqual(['email', 'password', 'password_confirm', 'surprise']);
  });

  it('keeps a request id through every service, and makes one of a bad one', async () => {
    const id = `trace-${randomUUID()}`;
    const response = await get('/api/v1/sites', { authorization: `Bearer ${ann.token}`, 'x-request-id': id });
    expect(response.headers.get('x-request-id')).toBe(id);
    const bad = await get('/api/v1/sites', { 'x-request-id': 'a b' });
    expect(bad.headers.get('x-request-id')).toMatch(/^[\w-]{8,}$/);
  });

  it('carries the trace and the id of a request into the row of its event', async () => {
    const event = `Traced ${randomUUID()}`;
    const traceId = randomUUID().replaceAll('-', '');
    const requestId = `trace-${randomUUID()}`;
    const response = await fetch(`${platform.gateway}/api/v1/events`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-write-key': platform.demo.write_key,
        'x-request-id': requestId,
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
      },
      body: JSON.stringify({ event, user_id: 'u' }),
    });
    expect(response.status).toBe(202);
    const { email, password: demoPassword } = platform.demo;
    const { access_token: token } = signedIn((await api.call(authEndpoints.login, { body: { email, password: demoPassword } })).body);
    const row = await until('the row', async () => {
      const query = 'SELECT trace_id, request_id FROM events WHERE event_name = {e:String}';
      return (await api.call(eventsEndpoints.queryBySql, { token, body: { query, params: { e: event } } })).body.data[0];
    });
    expect(row).toEqual({ trace_id: traceId, request_id: requestId });
  });

  it('announces its limits', async () => {
    const { headers } = await get('/api/v1/auth/me', { authorization: `Bearer ${ann.token}` });
    for (const name of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset', 'ratelimit', 'ratelimit-policy']) {
      expect(headers.get(name), name).toBeTruthy();
    }
  });

  it.each(allEndpoints.map((endpoint) => [endpoint.operationId, endpoint] as const))('finds %s at its service, which checks the token itself', async (_, endpoint) => {
    const path = endpoint.path.replace('{provider}', 'acme').replaceAll(/\{\w+\}/g, '1');
    const answer = await fetch(`http://127.0.0.1:${platform.ports[endpoint.service]}${path}`, {
      method: endpoint.method,
      redirect: 'manual',
      ...(endpoint.method === 'GET' ? {} : { headers: { 'content-type': 'application/json' }, body: '{}' }),
    });
    const { status, headers } = answer;
    if (endpoint.operationId === 'gallery.viewShare') {
      // No token opens a share but its own: the service's 404, and not that of an unknown path.
      expect(await answer.json()).toMatchObject({ error: { code: 'NOT_FOUND', message: 'There is no such share.' } });
      return;
    }
    if (path.startsWith('/oidc/')) {
      // The provider's own refusals and pages: a path that nobody knows would be answered with the envelope.
      expect([200, 400, 401, 404]).toContain(status);
      expect(status === 404 ? headers.get('content-type') : 'text/html').toContain('text/html');
      return;
    }
    const expected = !isUnguarded(endpoint.access) ? 401 : endpoint.body ? 400 : endpoint.success.status;
    expect(status).toBe(expected);
  });

  it('is live and ready, and so is every service', async () => {
    const { gateway, auth, users, gallery, events, mailer, gallery_worker, events_worker } = platform.ports;
    for (const port of [gateway, auth, users, gallery, events, mailer, gallery_worker, events_worker]) {
      for (const path of ['/health/live', '/health/ready', '/metrics']) {
        expect((await fetch(`http://127.0.0.1:${port}${path}`)).status, `${port}${path}`).toBe(200);
      }
    }
  });
});

describe('an idempotency key', () => {
  const headers = { 'idempotency-key': randomUUID() };

  it('makes two equal requests one effect', async () => {
    const body = { name: `Once ${randomUUID()}` };
    const request = { token: ann.token, body, headers };
    const first = await api.call(usersEndpoints.createSite, request);
    const second = await api.call(usersEndpoints.createSite, request);
    expect(second.body).toEqual(first.body);
    const { body: sites } = await api.call(usersEndpoints.listSites, { token: ann.token });
    expect(sites.data.filter(({ name }) => name === body.name)).toHaveLength(1);
  });

  it('is refused with another body', async () => {
    const request = { token: ann.token, body: { name: 'Another' }, headers };
    expect(await api.verdict(usersEndpoints.createSite, request)).toBe('422 IDEMPOTENCY_MISMATCH');
  });
});

describe('what the platform says and writes down', () => {
  it('holds no password, token or whole e-mail in its logs', async () => {
    const logs = logsOf(platform.dataDir);
    expect(logs).toContain('started');
    expect(logs).not.toContain(password);
    expect(logs).not.toContain(ann.token);
    expect(logs).not.toContain(ann.refreshToken);
    expect(logs).not.toContain(ann.email);
    expect(logs).not.toContain(platform.demo.password);
  });

  it('shows no stack, path or SQL when a request makes a service stumble', async () => {
    const odd = ['/api/v1/users/%00', '/api/v1/users/..%2f..%2fetc', "/api/v1/users/'; select 1", '/api/v1/gallery/assets?cursor=%ff', '/api/v1/events/query/count?from=x&to=y', '/api/v1/roles/99999999999999'];
    for (const path of odd) {
      const response = await get(path, { authorization: `Bearer ${ann.token}` });
      const text = await response.text();
      expect(response.status, path).toBeGreaterThanOrEqual(400);
      expect(response.status, path).toBeLessThan(500);
      expect(text, path).not.toMatch(/at \w+ \(|node_modules|select .* from|\/work\/|TypeORM|QueryFailed/i);
    }
  });
});
