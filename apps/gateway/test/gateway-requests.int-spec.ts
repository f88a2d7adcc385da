import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { request } from 'undici';
import { GatewayFixture, type RunningGateway } from './gateway-fixture.js';
import { answerJson } from './upstream-server.js';
import { sendRaw } from './raw-http.js';

const fixture = new GatewayFixture();
let gateway: RunningGateway;

beforeAll(async () => {
  await fixture.start();
  gateway = await fixture.gateway();
});
afterAll(() => fixture.stop());
beforeEach(() => fixture.reset());

const call = async (path: string, options: Parameters<typeof request>[1] = {}) => {
  const answer = await request(`${gateway.url}${path}`, options);
  const text = await answer.body.text();
  return { status: answer.statusCode, headers: answer.headers, text, code: /"code":"(\w+)"/.exec(text)?.[1] };
};

describe('a request through the gateway', () => {
  it('reaches the service with method, path, query and body unchanged', async () => {
    const bodies: string[] = [];
    fixture.upstream.handler = (incoming, response) => {
      incoming.on('data', (chunk: Buffer) => bodies.push(chunk.toString()));
      incoming.on('end', () => answerJson(response, { id: 1 }, { etag: '"7"', server: 'secret', 'x-powered-by': 'secret' }, 201));
    };
    const answer = await call('/api/v1/sites?a=%20b&c', {
      method: 'POST', headers: { ...fixture.bearer(), 'content-type': 'application/json' }, body: '{"name":"x"}',
    });
    expect(answer).toMatchObject({ status: 201, text: '{"id":1}', headers: { etag: '"7"' } });
    expect(answer.headers).not.toHaveProperty('server');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(fixture.upstream.seen).toMatchObject([{ method: 'POST', url: '/api/v1/sites?a=%20b&c' }]);
    expect(bodies.join('')).toBe('{"name":"x"}');
  });

  it('carries security headers, a request id and no-store', async () => {
    const { headers } = await call('/api/v1/auth/me', { headers: { ...fixture.bearer(), 'x-request-id': 'client-id-1' } });
    expect(headers).toMatchObject({
      'x-request-id': 'client-id-1', 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY', 'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'", 'cache-control': 'no-store',
    });
    expect(fixture.upstream.seen[0]?.headers['x-request-id']).toBe('client-id-1');
    const other = await call('/api/v1/auth/me', { headers: { ...fixture.bearer(), 'x-request-id': 'a b{}' } });
    expect(other.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('continues the caller\'s trace, or begins one', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    await call('/api/v1/auth/me', { headers: { ...fixture.bearer(), traceparent: `00-${trace}-b7ad6b7169203331-01` } });
    await call('/api/v1/auth/me', { headers: { ...fixture.bearer(), traceparent: 'nonsense' } });
    const [continued, begun] = fixture.upstream.seen.map(({ headers }) => String(headers['traceparent']));
    expect(continued).toMatch(new RegExp(`^00-${trace}-(?!b7ad6b7169203331)[0-9a-f]{16}-`));
    expect(begun).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-/);
  });

  it('of a client app brings its own credentials to the provider, and cookies go both ways', async () => {
    fixture.upstream.handler = (_incoming, response) => answerJson(response, {}, { 'set-cookie': ['a=1; Path=/oidc', 'b=2; Path=/oidc'] });
    const headers = { authorization: 'Basic YTpi', cookie: 'atrium_sso=x', 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await call('/oidc/token', { method: 'POST', headers, body: 'grant_type=client_credentials' });
    expect(answer.headers['set-cookie']).toEqual(['a=1; Path=/oidc', 'b=2; Path=/oidc']);
    expect(fixture.upstream.seen[0]?.headers).toMatchObject(headers);
    await call('/oidc/auth?client_id=x', { headers: { authorization: 'Basic YTpi' } });
    expect(fixture.upstream.seen[1]?.headers).not.toHaveProperty('authorization');
  });

  it('of a client app is refused in the form of OAuth', async () => {
    fixture.upstream.handler = (_incoming, response) => void response.destroy();
    const answer = await call('/oidc/token', { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: 'a=b' });
    expect(answer.status).toBeGreaterThanOrEqual(502);
    expect(JSON.parse(answer.text)).toEqual({ error: 'temporarily_unavailable', error_description: expect.any(String) });
  });

  it('loses every header that claims who is asking', async () => {
    const spoofed = {
      'x-user-id': '1', 'X-User-Roles': 'admin', 'x-org-id': '1', 'x-principal': '{}', x_user_id: '1', 'x-forwarded-for': '6.6.6.6',
      'x-forwarded-host': 'evil', forwarded: 'for=6.6.6.6', 'x-real-ip': '6.6.6.6', 'x-original-url': '/admin', via: '1.1 evil',
      'x-http-method-override': 'DELETE', 'proxy-authorization': 'Basic eDp5', te: 'trailers',
    };
    await call('/api/v1/auth/me', { headers: { ...fixture.bearer(), ...spoofed, accept: 'application/json' } });
    const seen = fixture.upstream.seen[0]?.headers ?? {};
    for (const name of Object.keys(spoofed)) if (name !== 'x-forwarded-for') expect(seen).not.toHaveProperty(name.toLowerCase());
    expect(seen).toMatchObject({ accept: 'application/json', 'x-forwarded-for': '127.0.0.1' });
  });

  it('loses what Connection names', async () => {
    const raw = await sendRaw(gateway.port, 'GET /.well-known/jwks.json HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret\r\nX-Secret: 1\r\nX-Kept: 2\r\n\r\n');
    expect(raw).toContain('HTTP/1.1 200');
    expect(fixture.upstream.seen[0]?.headers).toMatchObject({ 'x-kept': '2' });
    expect(fixture.upstream.seen[0]?.headers).not.toHaveProperty('x-secret');
    expect(fixture.upstream.seen[0]?.headers.host).not.toBe('a');
  });

  it('sends no Authorization to public endpoints', async () => {
    expect((await call('/.well-known/jwks.json', { headers: { authorization: 'Bearer nonsense' } })).status).toBe(200);
    expect(fixture.upstream.seen[0]?.headers).not.toHaveProperty('authorization');
  });

  it('answers HEAD where GET is', async () => {
    const answer = await call('/api/v1/auth/me', { method: 'HEAD', headers: fixture.bearer() });
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(fixture.upstream.seen[0]?.method).toBe('HEAD');
  });

  it('gets 404 for an unknown path and 405 with Allow for an unknown method', async () => {
    expect(await call('/api/v1/nothing')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await call('/internal/state')).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    const wrong = await call('/api/v1/auth/login', { method: 'DELETE' });
    expect(wrong).toMatchObject({ status: 405, code: 'METHOD_NOT_ALLOWED', headers: { allow: 'POST, OPTIONS' } });
    expect(fixture.upstream.seen).toEqual([]);
  });

  it.each(['/api/v1/users/..%2Fadmin', '/api/v1/users/%2e%2e', '/api/v1/users/a%00b', '/api/v1/users/a%5Cb', '/api/v1/users/%252e', '/api/v1/users/.'])(
    'is refused when its path reads in two ways: %s',
    async (path) => {
      const raw = await sendRaw(gateway.port, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: ${fixture.bearer().authorization}\r\n\r\n`);
      expect(raw).toMatch(/^HTTP\/1\.1 400 /);
      expect(fixture.upstream.seen).toEqual([]);
    },
  );

  it('gets an envelope for a path that is no valid encoding', async () => {
    expect(await sendRaw(gateway.port, 'GET /api/v1/users/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 [^]*"code":"VALIDATION_ERROR"/);
  });

  it('gets large JSON compressed when it may, and with an ETag as it is', async () => {
    const rows = Array.from({ length: 500 }, (_, index) => ({ index, name: 'row' }));
    fixture.upstream.handler = (_request, response) => answerJson(response, { data: rows });
    const plain = await call('/api/v1/users', { headers: fixture.bearer() });
    const packed = await fetch(`${gateway.url}/api/v1/users`, { headers: { ...fixture.bearer(), 'accept-encoding': 'gzip' } });
    expect(plain.headers).not.toHaveProperty('content-encoding');
    expect(packed.headers.get('content-encoding')).toBe('gzip');
    expect(await packed.json()).toEqual({ data: rows });
    expect(packed.headers.get('vary')).toContain('Accept-Encoding');
    fixture.upstream.handler = (_request, response) => answerJson(response, { data: rows }, { etag: '"1"' });
    const tagged = await call('/api/v1/users', { headers: { ...fixture.bearer(), 'accept-encoding': 'gzip' } });
    expect(tagged.headers).not.toHaveProperty('content-encoding');
  });
});

describe('cross-origin requests', () => {
  it('preflight without a token, for the web app alone', async () => {
    const preflight = (origin: string, path = '/api/v1/users') =>
      call(path, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': path.endsWith('events') ? 'POST' : 'GET' } });
    const ours = await preflight('https://app.example.com');
    expect(ours).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': 'https://app.example.com' } });
    expect((await preflight('https://evil.example')).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await preflight('https://evil.example', '/api/v1/events')).headers['access-control-allow-origin']).toBe('*');
    expect(ours.headers).not.toHaveProperty('access-control-allow-credentials');
  });

  it('see the headers that scripts need, on errors too', async () => {
    const answer = await call('/api/v1/users', { headers: { origin: 'https://app.example.com' } });
    expect(answer.status).toBe(401);
    expect(answer.headers['access-control-allow-origin']).toBe('https://app.example.com');
    expect(answer.headers['access-control-expose-headers']).toContain('Retry-After');
    expect(answer.headers['vary']).toContain('Origin');
  });
});

describe("the gateway's own pages", () => {
  it('serve the API document and Swagger UI without inline scripts', async () => {
    const document = await call('/openapi.json');
    expect(JSON.parse(document.text)).toMatchObject({ openapi: '3.0.3', servers: [{ url: 'http://localhost:8000' }] });
    expect((await call('/openapi.json', { headers: { 'if-none-match': String(document.headers['etag']) } })).status).toBe(304);
    const docs = await call('/docs');
    expect(docs.headers['content-security-policy']).toContain("script-src 'self'");
    const sources = [...docs.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, source]) => source ?? '');
    expect(sources.length).toBeGreaterThan(3);
    for (const source of sources) expect((await call(source)).status).toBe(200);
    expect(docs.text).not.toMatch(/<script>|onclick=|https?:\/\//);
  });

  it.each(['/verify-email', '/invitation', '/reset-password', '/sign-in'])('%s changes nothing by being opened, and loads its parts from here', async (path) => {
    const page = await call(`${path}?token=abcdefghijklmnopqrstuvwxyz`);
    expect(page).toMatchObject({ status: 200, headers: { 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' } });
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    for (const [, source] of page.text.matchAll(/(?:src|href)="(\/pages[^"]+)"/g)) expect((await call(source ?? '')).status).toBe(200);
    expect(fixture.upstream.seen).toEqual([]);
  });

  it('shows metrics to scrapers, not through a balancer', async () => {
    await call('/api/v1/auth/me', { headers: fixture.bearer() });
    expect((await call('/metrics')).text).toContain('gateway_request_duration_seconds_count{service="gateway",operation="auth.getMe",method="GET",status="200"');
    expect((await call('/metrics', { headers: { 'x-forwarded-for': '1.2.3.4' } })).status).toBe(404);
  });
});
