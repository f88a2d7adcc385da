import { randomUUID } from 'node:crypto';
import { accessTokenClaims } from '@atrium/contract-kit';
import { authEndpoints } from '@atrium/contracts/auth';
import { organizationChanged } from '@atrium/contracts/domain-events';
import { AuditTrail } from '@atrium/platform/audit';
import { until } from '@atrium/testing';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { AuthBench } from './auth-bench.js';
import { Browser } from './browser.js';
import { tokensOf } from './people.js';
import { type Admin, newAdmin, register, RelyingParty, webApp } from './relying-party.js';

let auth: AuthBench;
let admin: Admin;

beforeAll(async () => {
  auth = await AuthBench.start();
  admin = await newAdmin(auth);
});
afterAll(() => auth?.stop());

const post = (body: unknown, token = admin.token, headers = {}) => auth.request('POST', '/oauth-clients', { token, body, headers });
const machine = { grant_types: ['client_credentials' as const], redirect_uris: [], name: 'Nightly job' };
const credentials = z.object({ access_token: z.string(), scope: z.string(), expires_in: z.literal(900) });

describe('registering a client app', () => {
  it('tells its secret once, and shows it from then on without', async () => {
    const audit = vi.spyOn(auth.app.get(AuditTrail), 'record');
    const created = await register(auth, admin);
    expect(created).toMatchObject({ name: 'Invoices', token_endpoint_auth_method: 'client_secret_basic' });
    expect(created.client_secret).toMatch(/^acs_[\w-]{43}$/);
    const shown = await auth.request('GET', `/oauth-clients/${created.id}`, { token: admin.token });
    expect(authEndpoints.getOAuthClient.success.schema.parse(shown.json)).toEqual(shown.json);
    expect(shown.text).not.toContain('secret"');
    const listed = await auth.request('GET', '/oauth-clients', { token: admin.token });
    expect(authEndpoints.listOAuthClients.success.schema.parse(listed.json).data.map(({ id }) => id)).toContain(created.id);
    const [call] = audit.mock.calls;
    expect(call?.[1]).toMatchObject({ action: 'oauth_client.created', resource: { type: 'oauth_client', id: created.id }, before: null });
    expect(JSON.stringify(audit.mock.calls.map(([, entry]) => entry))).not.toContain(created.client_secret);
    audit.mockRestore();
  });

  it('with an Idempotency-Key has one effect, and the repetition doesn’t tell the secret again', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const [first, second] = [await post({ ...webApp, name: 'Once' }, admin.token, headers), await post({ ...webApp, name: 'Once' }, admin.token, headers)];
    expect(second.status).toBe(201);
    expect(second.json).toEqual({ ...first.json, client_secret: null });
    const { rows } = await auth.engines.superuser.query<{ answer: string }>(`select answer::text from auth.idempotency_keys`);
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.map(({ answer }) => answer).join()).not.toContain('acs_');
  });

  it.each([
    ['http', 'http://app.example/cb'],
    ['a wildcard', 'https://*.app.example/cb'],
    ['a wildcard in the path', 'https://app.example/*'],
    ['a fragment', 'https://app.example/cb#x'],
    ['a user part', 'https://user:pw@app.example/cb'],
    ['dot segments', 'https://app.example/a/../cb'],
    ['a script', 'javascript:alert(1)'],
    ['an app’s own scheme', 'myapp://cb'],
    ['no address', 'callback'],
    ['upper-case letters in its host', 'https://App.example/cb'],
    ['a loopback look-alike', 'http://localhost.evil.example/cb'],
  ])('refuses a redirect URI with %s', async (_, uri) => {
    const answer = await post({ ...webApp, redirect_uris: [uri] });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('redirect_uris.0');
  });

  it('takes https, and http on the person’s own machine', async () => {
    const redirect_uris = ['https://app.example:8443/cb?x=1', 'http://127.0.0.1:3000/cb', 'http://localhost:3000/cb', 'http://[::1]:3000/cb'];
    expect((await register(auth, admin, { redirect_uris })).redirect_uris).toEqual(redirect_uris);
  });

  it('refuses settings that don’t go together', async () => {
    for (const settings of [
      { redirect_uris: [] },
      { grant_types: ['refresh_token'] },
      { grant_types: ['client_credentials'], token_endpoint_auth_method: 'none' },
      { grant_types: ['password'] },
      { grant_types: [] },
      { token_endpoint_auth_method: 'private_key_jwt' },
      { org_id: randomUUID() },
      { client_secret: 'mine' },
    ]) {
      expect((await post({ ...webApp, ...settings })).status, JSON.stringify(settings)).toBe(400);
    }
  });

  it('gives no permission that the registrar lacks, nor one that only people may hold', async () => {
    expect((await post({ ...webApp, permissions: ['events.sql'] })).status).toBe(403);
    expect((await post({ ...webApp, permissions: ['oauth_clients.manage'] })).status).toBe(400);
  });

  it('needs the permission', async () => {
    const member = await auth.people.member('member');
    const token = tokensOf(await auth.people.login(member.email)).access;
    expect((await post(webApp, token)).status).toBe(403);
    expect((await auth.request('GET', '/oauth-clients', { token })).status).toBe(403);
  });

  it('asks for a recent proof, as does to change one or its secret', async () => {
    const other = await newAdmin(auth);
    const client = await register(auth, other);
    await auth.engines.superuser.query(`update auth.sessions set authenticated_at = now() - interval '11 minutes' where account_id = $1`, [other.id]);
    const body = { redirect_uris: ['https://evil.example/cb'] };
    for (const answer of [
      await post(webApp, other.token),
      await auth.request('PATCH', `/oauth-clients/${client.id}`, { token: other.token, body }),
      await auth.request('POST', `/oauth-clients/${client.id}/rotate-secret`, { token: other.token }),
    ]) {
      expect([answer.status, answer.json['error']]).toMatchObject([403, { code: 'REAUTHENTICATION_REQUIRED' }]);
    }
  });

  it('is not for API keys, whatever they were given: a client app would outlive them', async () => {
    const made = await auth.request('POST', '/api-keys', { token: admin.token, body: { name: 'CI', permissions: ['oauth_clients.manage', 'sites.read'] } });
    const exchanged = await auth.app.inject({ method: 'POST', url: '/internal/api-keys/exchange', payload: { key: made.json['key'] } });
    const token = String(exchanged.json<Record<string, unknown>>()['access_token']);
    expect((await auth.request('GET', '/oauth-clients', { token })).status).toBe(200);
    const answer = await post({ ...webApp, ...machine }, token);
    expect([answer.status, answer.json['error']]).toMatchObject([403, { code: 'FORBIDDEN' }]);
  });

  it('ends at a hundred of them', async () => {
    const other = await newAdmin(auth);
    await auth.engines.superuser.query(
      `insert into auth.oauth_clients (org_id, id, name, redirect_uris, post_logout_redirect_uris, grant_types, token_endpoint_auth_method, permissions, token_session_id, created_by)
       select $1, gen_random_uuid(), 'App ' || n, '{}', '{}', '{}', 'none', '{}', gen_random_uuid(), $2 from generate_series(1, 99) n`,
      [other.orgId, other.id],
    );
    const answers = await Promise.all([post(webApp, other.token), post(webApp, other.token)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
  });
});

describe('another organization', () => {
  it('neither sees nor changes a client app', async () => {
    const { id } = await register(auth, admin);
    const eve = await newAdmin(auth);
    const requests = [
      ['GET', `/oauth-clients/${id}`, undefined],
      ['PATCH', `/oauth-clients/${id}`, { name: 'Taken' }],
      ['POST', `/oauth-clients/${id}/rotate-secret`, undefined],
      ['DELETE', `/oauth-clients/${id}`, undefined],
    ] as const;
    for (const [method, url, body] of requests) expect((await auth.request(method, url, { token: eve.token, body })).status, method).toBe(404);
    expect((await auth.request('GET', '/oauth-clients', { token: eve.token })).json).toEqual({ data: [] });
    expect((await auth.request('GET', `/oauth-clients/${id}`, { token: admin.token })).json).toMatchObject({ name: 'Invoices' });
  });
});

describe('a client app for itself', () => {
  it('gets what it is registered for, in its organization, until its secret changes', async () => {
    const client = await register(auth, admin, machine);
    const job = new RelyingParty(auth, client);
    const issued = credentials.parse((await job.token({ grant_type: 'client_credentials' })).json);
    expect(issued.scope).toBe('invoices.read sites.read');
    const claims = accessTokenClaims.parse(decodeJwt(issued.access_token));
    expect(claims).toMatchObject({ sub: client.id, client_id: client.id, org_id: admin.orgId, permissions: ['invoices.read', 'sites.read'], roles: [] });
    const less = credentials.parse((await job.token({ grant_type: 'client_credentials', scope: 'sites.read events.sql' })).json);
    expect(accessTokenClaims.parse(decodeJwt(less.access_token)).permissions).toEqual(['sites.read']);
    expect((await job.form('/oidc/token/introspection', { token: issued.access_token })).json).toMatchObject({ active: true, client_id: client.id });

    const rotated = authEndpoints.rotateOAuthClientSecret.success.schema.parse(
      (await auth.request('POST', `/oauth-clients/${client.id}/rotate-secret`, { token: admin.token })).json,
    );
    expect((await job.token({ grant_type: 'client_credentials' })).status).toBe(401);
    await until('the old token is dead', async () => (await auth.request('GET', '/me', { token: issued.access_token })).status === 401);
    const renewed = credentials.parse((await new RelyingParty(auth, rotated).token({ grant_type: 'client_credentials' })).json);
    expect((await auth.request('GET', '/me', { token: renewed.access_token })).status).toBe(403);
  });

  it('gets no ID token and no refresh token, and is nobody at userinfo', async () => {
    const job = new RelyingParty(auth, await register(auth, admin, machine));
    const { json } = await job.token({ grant_type: 'client_credentials', scope: 'openid sites.read' });
    expect(Object.keys(json).sort()).toEqual(['access_token', 'expires_in', 'scope', 'token_type']);
    expect((await job.userinfo(String(json['access_token']))).status).toBe(401);
  });
});

describe('the client apps of a deleted organization', () => {
  it('are gone with it', async () => {
    const founder = await newAdmin(auth);
    const job = new RelyingParty(auth, await register(auth, founder, machine));
    const issued = credentials.parse((await job.token({ grant_type: 'client_credentials' })).json);
    await auth.queues.publish(organizationChanged, { org_id: founder.orgId, name: 'Gone', version: 2, deleted: true }, founder.orgId);
    await until('the token is dead', async () => (await auth.request('GET', '/me', { token: issued.access_token })).status === 401);
    expect((await job.token({ grant_type: 'client_credentials' })).status).toBe(401);
  });
});

describe('changing a client app', () => {
  const granted = async () => {
    const client = await register(auth, admin);
    const app = new RelyingParty(auth, client);
    const code = await app.code(new Browser(auth), admin.email);
    const tokens = z.object({ access_token: z.string(), refresh_token: z.string() }).parse((await app.exchange(code)).json);
    return { client, app, ...tokens };
  };
  const isDead = (token: string) => until('the token is dead', async () => (await auth.request('GET', '/oauth-clients', { token })).status === 401);

  it('leaves what people granted as it is, where nothing is taken away', async () => {
    const { client, app, refresh_token } = await granted();
    const answer = await auth.request('PATCH', `/oauth-clients/${client.id}`, { token: admin.token, body: { name: 'New name', permissions: ['sites.read', 'invoices.read', 'users.read'] } });
    expect(answer.json).toMatchObject({ name: 'New name' });
    expect((await app.refresh(refresh_token)).status).toBe(200);
  });

  it('ends what people granted, where permissions are taken away', async () => {
    const { client, app, access_token, refresh_token } = await granted();
    await auth.request('PATCH', `/oauth-clients/${client.id}`, { token: admin.token, body: { permissions: ['invoices.read'] } });
    expect((await app.refresh(refresh_token)).json).toMatchObject({ error: 'invalid_grant' });
    await isDead(access_token);
  });

  it('so that it is gone ends everything', async () => {
    const { client, app, access_token, refresh_token } = await granted();
    expect((await auth.request('DELETE', `/oauth-clients/${client.id}`, { token: admin.token })).status).toBe(204);
    expect((await app.refresh(refresh_token)).json).toMatchObject({ error: 'invalid_client' });
    await isDead(access_token);
    const { rows } = await auth.engines.superuser.query('select 1 from auth.oidc_payloads where client_id = $1 and grant_id is not null', [client.id]);
    expect(rows).toEqual([]);
  });
});
