import { authEndpoints } from '@atrium/contracts/auth';
import { eventsEndpoints } from '@atrium/contracts/events';
import { galleryEndpoints } from '@atrium/contracts/gallery';
import { systemRoles, usersEndpoints } from '@atrium/contracts/users';
import { claimsOf, password, until, type Person } from '@atrium/testing';
import * as oidc from 'openid-client';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserProgram, startBrowser } from './browser.js';
import { ClientApp, FormBrowser, startSite } from './client-app.js';
import { api, platform, world } from './platform.js';

let ann: Person;
let app: ClientApp;

beforeAll(async () => {
  ann = await world.newAdmin();
  await world.newSite(ann, 'Shop');
  app = await ClientApp.register(platform.gateway, ann);
});

const sitesVerdict = (token: string): Promise<string> => api.verdict(usersEndpoints.listSites, { token });

async function signedIn(client = app, person = ann, browser = new FormBrowser(platform.gateway), more: Record<string, string> = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const callback = await browser.authorize(await client.authorizationUrl(verifier, more), person);
  return { callback, verifier, browser, tokens: () => client.tokens(callback, verifier) };
}

/** All within 5 s, everywhere. */
const isDeadEverywhere = async (token: string): Promise<void> => {
  const begin = Date.now();
  const urls = [platform.ports.gateway, platform.ports.users].map((port) => `http://127.0.0.1:${port}/api/v1/sites`);
  for (const url of urls) {
    await until(`401 of ${url}`, async () => (await fetch(url, { headers: { authorization: `Bearer ${token}` } })).status === 401);
  }
  expect(Date.now() - begin).toBeLessThan(5_000);
};

describe('a client app with a certified library', () => {
  it('finds the provider, signs a person in, and calls the platform on their behalf', async () => {
    expect(app.config.serverMetadata().issuer).toBe(platform.gateway);
    const { tokens } = await signedIn();
    const issued = await tokens();
    expect(issued.claims()).toMatchObject({ sub: ann.id, email: ann.email, email_verified: true, org_id: ann.orgId });
    expect(await oidc.fetchUserInfo(app.config, issued.access_token, ann.id)).toMatchObject({ sub: ann.id, email: ann.email });
    const { body } = await api.call(usersEndpoints.listSites, { token: issued.access_token });
    expect(body.data.map(({ name }) => name)).toEqual(['Shop']);
    const refused = await api.refusal(usersEndpoints.createSite, { token: issued.access_token, body: { name: 'Not asked for' } });
    expect(refused.body.code).toBe('FORBIDDEN');
  });

  it('refreshes, introspects and revokes', async () => {
    const issued = await (await signedIn()).tokens();
    const refreshed = await oidc.refreshTokenGrant(app.config, issued.refresh_token ?? '');
    expect(await sitesVerdict(refreshed.access_token)).toBe('200');
    expect(await oidc.tokenIntrospection(app.config, refreshed.access_token)).toMatchObject({ active: true, client_id: app.client.id, sub: ann.id });
    await oidc.tokenRevocation(app.config, refreshed.refresh_token ?? '');
    expect(await oidc.tokenIntrospection(app.config, refreshed.access_token)).toEqual({ active: false });
    await expect(oidc.refreshTokenGrant(app.config, refreshed.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    await isDeadEverywhere(refreshed.access_token);
  });

  it('works for itself with client credentials, in its organization and with its permissions alone', async () => {
    const job = await ClientApp.register(platform.gateway, ann, { grant_types: ['client_credentials'], redirect_uris: [], name: 'Nightly', permissions: ['sites.read', 'sites.create', 'sources.create', 'sources.read', 'assets.read'] });
    const { access_token: token, scope } = await oidc.clientCredentialsGrant(job.config);
    expect(scope).toBe('assets.read sites.create sites.read sources.create sources.read');
    const { body } = await api.call(usersEndpoints.listSites, { token });
    expect(body.data.map(({ name }) => name)).toEqual(['Shop']);
    const { body: site } = await api.call(usersEndpoints.createSite, { token, body: { name: 'Made by a job' } });
    await api.call(eventsEndpoints.createSource, { token, body: { name: 'Job', site_id: site.id } });
    await api.call(galleryEndpoints.listAssets, { token });
    expect(await api.verdict(usersEndpoints.listUsers, { token })).toBe('403 FORBIDDEN');
    expect(await api.verdict(usersEndpoints.exportMe, { token })).toBe('403 FORBIDDEN');
    await api.call(authEndpoints.deleteOAuthClient, { token: ann.token, params: { id: job.client.id } });
    await isDeadEverywhere(token);
    await expect(oidc.clientCredentialsGrant(job.config)).rejects.toMatchObject({ status: 401 });
  });

  it('without a secret signs in from a script of its own origin', async () => {
    const spa = await ClientApp.register(platform.gateway, ann, { token_endpoint_auth_method: 'none', name: 'In the browser' });
    expect((await (await signedIn(spa)).tokens()).claims()?.sub).toBe(ann.id);
    const headers = { origin: 'https://app.example', 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
    const preflight = await fetch(`${platform.gateway}/oidc/token`, { method: 'OPTIONS', headers });
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('learns of refusals in OAuth’s own form, also from the gateway', async () => {
    const answer = await fetch(`${platform.gateway}/oidc/token`, { method: 'POST', body: new URLSearchParams({ grant_type: 'authorization_code' }) });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: 'invalid_request' });
    const large = await fetch(`${platform.gateway}/oidc/token`, { method: 'POST', body: new URLSearchParams({ code: 'x'.repeat(70_000) }) });
    expect(large.status).toBe(413);
    expect(await large.json()).toMatchObject({ error: 'invalid_request' });
    const json = await fetch(`${platform.gateway}/oidc/token`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    expect(await json.json()).toMatchObject({ error: 'invalid_request' });
  });
});

describe('9: an authorization code', () => {
  it('used twice is refused, and the tokens from it die everywhere', async () => {
    const { callback, verifier, tokens } = await signedIn();
    const issued = await tokens();
    expect(await sitesVerdict(issued.access_token)).toBe('200');
    await expect(app.tokens(callback, verifier)).rejects.toMatchObject({ error: 'invalid_grant' });
    await isDeadEverywhere(issued.access_token);
    await expect(oidc.refreshTokenGrant(app.config, issued.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('is of no use to another client, without its verifier, or by a downgraded challenge', async () => {
    const other = await ClientApp.register(platform.gateway, ann, { name: 'Other' });
    const { callback, verifier, tokens } = await signedIn();
    await expect(other.tokens(callback, verifier)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(app.tokens(callback, oidc.randomPKCECodeVerifier())).rejects.toMatchObject({ error: 'invalid_grant' });
    await tokens();
    const downgrades: Record<string, string>[] = [{ code_challenge_method: 'plain' }, { code_challenge: '', code_challenge_method: '' }];
    for (const downgrade of downgrades) {
      const url = await app.authorizationUrl(verifier, downgrade);
      const answer = await new FormBrowser(platform.gateway).request(url);
      expect(answer.headers.get('location')).toMatch(/^http:\/\/127\.0\.0\.1:1\/callback\?error=invalid_request/);
    }
  });

  it('is sent to no address that is nearly the registered one', async () => {
    const near = ['/', '?a=b', '/../evil', '%2f', 'x'].map((suffix) => `${app.redirectUri}${suffix}`);
    for (const redirect_uri of [...near, app.redirectUri.replace(':1/', ':2/'), app.redirectUri.replace('callback', 'Callback'), 'https://evil.example/callback']) {
      const answer = await new FormBrowser(platform.gateway).request(await app.authorizationUrl(oidc.randomPKCECodeVerifier(), { redirect_uri }));
      expect(answer.status, redirect_uri).toBe(400);
      expect(answer.headers.get('location')).toBeNull();
    }
  });
});

describe('a stolen token', () => {
  it('for refreshing that comes twice ends everything of its grant', async () => {
    const issued = await (await signedIn()).tokens();
    const rightful = await oidc.refreshTokenGrant(app.config, issued.refresh_token ?? '');
    await expect(oidc.refreshTokenGrant(app.config, issued.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
    await isDeadEverywhere(rightful.access_token);
    await expect(oidc.refreshTokenGrant(app.config, rightful.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('3: of another kind opens nothing: an ID token, or a refresh token', async () => {
    const issued = await (await signedIn()).tokens();
    for (const token of [issued.id_token ?? '', issued.refresh_token ?? '']) expect(await sitesVerdict(token)).toBe('401 UNAUTHENTICATED');
  });

  it('is no way to a session of the person', async () => {
    const { access_token: token } = await (await signedIn()).tokens();
    expect(await api.verdict(authEndpoints.switchOrganization, { token, body: { org_id: ann.orgId } })).toBe('403 FORBIDDEN');
    expect(await api.verdict(authEndpoints.listSessions, { token })).toBe('403 FORBIDDEN');
    expect(await api.verdict(authEndpoints.beginPasskeyRegistration, { token })).toBe('403 FORBIDDEN');
    expect(await api.verdict(usersEndpoints.updateUser, { token, params: { id: ann.id }, body: { profile: { first_name: 'X' } }, headers: { 'if-match': '"1"' } })).toBe('403 FORBIDDEN');
  });
});

describe('what a person granted', () => {
  it('ends with its session, which is in the person’s list, within 5 s', async () => {
    const issued = await (await signedIn()).tokens();
    const { sid } = claimsOf(issued.access_token);
    const { body } = await api.call(authEndpoints.listSessions, { token: ann.token });
    expect(body.data.find(({ id }) => id === sid)?.user_agent).toBe('App: Invoices');
    await api.call(authEndpoints.revokeSession, { token: ann.token, params: { id: sid } });
    await isDeadEverywhere(issued.access_token);
    await expect(oidc.refreshTokenGrant(app.config, issued.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('ends when the person is disabled', async () => {
    const member = await world.newMember(ann, 'viewer');
    const issued = await (await signedIn(app, member)).tokens();
    expect(await sitesVerdict(issued.access_token)).toBe('200');
    await api.call(usersEndpoints.disableUser, { token: ann.token, params: { id: member.id } });
    await isDeadEverywhere(issued.access_token);
    await expect(oidc.refreshTokenGrant(app.config, issued.refresh_token ?? '')).rejects.toMatchObject({ error: 'invalid_grant' });
  });

  it('is never more than the person may', async () => {
    const wide = await ClientApp.register(platform.gateway, ann, { name: 'Wide', permissions: ['sites.read', 'sites.create', 'users.read'] });
    const viewer = await world.newMember(ann, 'viewer');
    const { tokens } = await signedIn(wide, viewer, undefined, { scope: 'openid sites.read sites.create users.read roles.assign' });
    const { access_token: token } = await tokens();
    expect(claimsOf(token).permissions).toEqual(['sites.read']);
    const body = { role_id: systemRoles.org_admin.id };
    expect(await api.verdict(usersEndpoints.assignRole, { token, params: { id: viewer.id }, body })).toBe('403 FORBIDDEN');
  });
});

describe.skipIf(browserProgram === undefined)('a real browser', () => {
  let browser: Browser;
  let site: Awaited<ReturnType<typeof startSite>>;
  beforeAll(async () => {
    [browser, site] = await Promise.all([startBrowser(), startSite()]);
  });
  afterAll(async () => {
    await browser?.close();
    site?.stop();
  });

  it('signs in, consents, comes back to the app, and signs out again', async () => {
    const urls = { redirect_uris: [`${site.origin}/callback`], post_logout_redirect_uris: [`${site.origin}/bye`] };
    const client = await ClientApp.register(platform.gateway, ann, { ...urls, name: 'Real <b>app</b>' });
    const page = await browser.newPage();
    const verifier = oidc.randomPKCECodeVerifier();
    await page.goto((await client.authorizationUrl(verifier)).href);
    expect(await page.getByRole('heading').innerText()).toBe('Sign in');
    await page.getByLabel('E-mail').fill(ann.email);
    await page.getByLabel('Password').fill('not my password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    expect(await page.getByRole('alert').innerText()).toContain('not right');
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Let Real <b>app</b> in?' }).waitFor();
    await page.getByRole('button', { name: 'Allow' }).click();
    await page.waitForURL(`${site.origin}/callback?*`);
    const issued = await client.tokens(new URL(page.url()), verifier);
    expect(await sitesVerdict(issued.access_token)).toBe('200');

    await page.goto(oidc.buildEndSessionUrl(client.config, { post_logout_redirect_uri: `${site.origin}/bye`, id_token_hint: issued.id_token ?? '' }).href);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL(`${site.origin}/bye`);
    await isDeadEverywhere(issued.access_token);
    await page.goto((await client.authorizationUrl(oidc.randomPKCECodeVerifier())).href);
    expect(await page.getByRole('heading').innerText()).toBe('Sign in');
  });
});
