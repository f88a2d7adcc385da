import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { authEndpoints } from '@atrium/contracts/auth';
import { usersEndpoints } from '@atrium/contracts/users';
import { authenticate, decline, password, until } from '@atrium/testing';
import { describe, expect, inject, it } from 'vitest';
import { codeOf, Guest, linkIdentity, newIssuerAccount, startUrl } from './guest.js';
import { api, platform, world } from './platform.js';

const signInPage = `${platform.gateway}/sign-in`;
const landed = ({ url }: { readonly url: URL }) => `${url.origin}${url.pathname}`;
const refresh = (token: string) => api.call(authEndpoints.refresh, { body: { refresh_token: token } });

describe('signing in with another issuer, through the gateway', () => {
  it('is offered to anyone', async () => {
    expect((await api.call(authEndpoints.listOauthProviders, {})).body.data).toEqual([{ id: 'acme', name: 'Acme' }]);
  });

  it('founds an organization for who is new, which they may run at once', async () => {
    const account = newIssuerAccount();
    const guest = new Guest();
    const page = await guest.goThrough(account);
    expect([page.status, landed(page)]).toEqual([200, signInPage]);
    const answer = await guest.redeem(codeOf(page));
    expect(answer.status).toBe(200);
    const signedIn = JSON.parse(answer.text) as { refresh_token: string; user: { email: string } };
    expect(signedIn.user.email).toBe(account.email);
    let refreshToken = signedIn.refresh_token;
    const token = await until('the organization', async () => {
      const { body } = await refresh(refreshToken);
      refreshToken = body.refresh_token;
      return 'user' in body && body.user.roles.includes('org_admin') ? body.access_token : undefined;
    });
    const users = await api.call(usersEndpoints.listUsers, { token });
    expect(users.body.data).toEqual([expect.objectContaining({ email: account.email, email_verified: true })]);
  });

  it('opens the account of the verified address, and tells the person by mail', async () => {
    const ann = await world.newAdmin();
    const guest = new Guest();
    const page = await guest.goThrough(newIssuerAccount(ann.email));
    expect(JSON.parse((await guest.redeem(codeOf(page))).text)).toMatchObject({ user: { id: ann.id, roles: ['org_admin'] } });
    const notice = await world.mailTo(ann.email, /sign in with Acme/);
    expect(notice.text).not.toMatch(/token|https?:\/\/\S+\?/);
  });

  it('sets a cookie that scripts and other sites cannot use', async () => {
    const guest = new Guest();
    const answer = await guest.browser.request(startUrl);
    expect([answer.status, new URL(answer.headers.get('location') ?? '').origin]).toEqual([302, inject('issuer')]);
    expect(guest.browser.attributesOf(platform.gateway, 'atrium-oauth')).toBe('Max-Age=600; Path=/; HttpOnly; SameSite=Lax');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
  });
});

describe('an attacker', () => {
  it("cannot sign a victim's browser in as somebody else by a callback URL, nor by the code after it", async () => {
    const attacker = new Guest();
    const callback = await authenticate(attacker.browser, startUrl, newIssuerAccount());
    const victim = new Guest();
    await victim.browser.request(startUrl);
    expect((await victim.browser.follow(callback)).url.href).toBe(`${signInPage}?error=invalid_flow`);
    const code = codeOf(await attacker.browser.follow(callback));
    expect(code).not.toBeNull();
    expect((await victim.redeem(code)).status).toBe(401);
    expect((await attacker.redeem(code)).status).toBe(401);
  });

  it('cannot use state or code again', async () => {
    const guest = new Guest();
    const callback = await authenticate(guest.browser, startUrl, newIssuerAccount());
    const code = codeOf(await guest.browser.follow(callback));
    expect((await guest.browser.follow(callback)).url.searchParams.get('error')).toBe('invalid_flow');
    expect([(await guest.redeem(code)).status, (await guest.redeem(code)).status]).toEqual([200, 401]);
  });

  it.each([false, 'true', undefined, null])('16: gets no account by an address whose email_verified is %j', async (email_verified) => {
    const ann = await world.newAdmin();
    const page = await new Guest().goThrough({ ...newIssuerAccount(ann.email), email_verified });
    expect(page.url.href).toBe(`${signInPage}?error=email_not_verified`);
    expect((await api.call(authEndpoints.listIdentities, { token: ann.token })).body.data).toEqual([]);
  });

  it('who registered the address beforehand loses the password', async () => {
    const email = await world.register();
    const guest = new Guest();
    expect((await guest.redeem(codeOf(await guest.goThrough(newIssuerAccount(email))))).status).toBe(200);
    expect(await api.verdict(authEndpoints.login, { body: { email, password } })).toBe('401 INVALID_CREDENTIALS');
    expect((await world.mailTo(email, /sign in with Acme/)).text).toContain('does not work any more');
  });

  it.each(['https://evil.example/sign-in', `${platform.gateway}.evil.example/sign-in`, `${signInPage}/../evil`])('cannot have the browser sent to %s', async (uri) => {
    const query = { redirect_uri: uri };
    expect(await api.verdict(authEndpoints.startOauth, { params: { provider: 'acme' }, query })).toBe('400 VALIDATION_ERROR');
    const callback = await new Guest().browser.follow(`${startUrl.replace('/start', '/callback')}?error=x&redirect_uri=${encodeURIComponent(uri)}`);
    expect(callback.url.href).toBe(`${signInPage}?error=invalid_flow`);
  });

  it('who names another issuer in the answer is refused', async () => {
    const guest = new Guest();
    const callback = await authenticate(guest.browser, startUrl, newIssuerAccount());
    callback.searchParams.set('iss', 'https://evil.example');
    expect((await guest.browser.follow(callback)).url.href).toBe(`${signInPage}?error=invalid_response`);
  });

  it("cannot add an identity in another person's name", async () => {
    const [ann, eve] = await Promise.all([world.newAdmin(), world.newAdmin()]);
    const link = await api.call(authEndpoints.linkIdentity, { token: eve.token, params: { provider: 'acme' } });
    const victim = new Guest();
    const code = codeOf(await victim.goThrough(newIssuerAccount(), link.body.authorization_url)) ?? '';
    const headers = { cookie: victim.browser.cookieHeader(startUrl) };
    expect(await api.verdict(authEndpoints.addIdentity, { token: ann.token, body: { code }, headers })).toBe('400 VALIDATION_ERROR');
    const account = newIssuerAccount();
    await linkIdentity(ann, account);
    await expect(linkIdentity(eve, account)).rejects.toThrow('409');
  });
});

describe('a person', () => {
  it('who declines at the issuer is told, and nothing else happens', async () => {
    const { browser } = new Guest();
    const callback = await decline(browser, startUrl);
    expect((await browser.follow(callback)).url.href).toBe(`${signInPage}?error=access_denied`);
  });

  it('adds an identity and takes it off again', async () => {
    const ann = await world.newAdmin();
    const account = newIssuerAccount();
    const { id } = await linkIdentity(ann, account);
    const guest = new Guest();
    expect(JSON.parse((await guest.redeem(codeOf(await guest.goThrough(account)))).text)).toMatchObject({ user: { id: ann.id } });
    expect(await api.verdict(authEndpoints.removeIdentity, { token: ann.token, params: { id } })).toBe('204');
    expect((await api.call(authEndpoints.listIdentities, { token: ann.token })).body.data).toEqual([]);
  });
});

it('no log holds a code, a state or a cookie of a sign-in', async () => {
  const guest = new Guest();
  const callback = await authenticate(guest.browser, startUrl, newIssuerAccount());
  const page = await guest.browser.follow(callback);
  await guest.redeem(codeOf(page));
  const logs = readdirSync(join(platform.dataDir, 'logs')).map((file) => readFileSync(join(platform.dataDir, 'logs', file), 'utf8')).join('');
  const cookie = guest.browser.cookieHeader(startUrl).split('=')[1] ?? '';
  for (const secret of [callback.searchParams.get('code'), callback.searchParams.get('state'), codeOf(page), cookie]) {
    expect(secret).toMatch(/\S{20}/);
    expect(logs).not.toContain(secret);
  }
});
