import { createHash, randomBytes } from 'node:crypto';
import { authEndpoints, oauthClientWithSecret, type OAuthClientWithSecret } from '@atrium/contracts/auth';
import { createLocalJWKSet } from 'jose';
import { z } from 'zod';
import type { Answer } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import type { Browser, Page } from './browser.js';
import { password, tokensOf } from './people.js';

export const redirectUri = 'https://app.example/callback';
export const permissions = ['oauth_clients.manage', 'sites.read', 'sites.create', 'users.read', 'invoices.read'];

type Settings = z.input<typeof authEndpoints.createOAuthClient.body>;
export type Admin = Awaited<ReturnType<typeof newAdmin>>;

/** Someone signed in who may register client apps. */
export async function newAdmin(auth: AuthBench) {
  const person = await auth.people.member();
  await auth.people.change(person.id, person.orgId, 2, [{ name: 'org_admin', site_id: null, permissions }]);
  return { ...person, token: tokensOf(await auth.people.login(person.email)).access };
}

export const webApp: Settings = {
  name: 'Invoices',
  redirect_uris: [redirectUri],
  post_logout_redirect_uris: ['https://app.example/bye'],
  grant_types: ['authorization_code', 'refresh_token'],
  token_endpoint_auth_method: 'client_secret_basic',
  permissions: ['sites.read', 'invoices.read'],
};

export async function register(auth: AuthBench, admin: Admin, settings: Partial<Settings> = {}): Promise<OAuthClientWithSecret> {
  const answer = await auth.request('POST', '/oauth-clients', { token: admin.token, body: { ...webApp, ...settings } });
  if (answer.status !== 201) throw new Error(`registering answered ${answer.status} ${answer.text}`);
  return oauthClientWithSecret.parse(answer.json);
}

export const issuedTokens = z.object({ access_token: z.string(), refresh_token: z.string(), id_token: z.string(), expires_in: z.number(), scope: z.string(), token_type: z.literal('Bearer') });

/** The keys that tokens are verified with, as they are published. */
export async function keySet(auth: AuthBench, path = '/.well-known/jwks.json') {
  const { keys } = authEndpoints.jwks.success.schema.parse((await auth.request('GET', path)).json);
  return createLocalJWKSet({ keys: [...keys] });
}

/** A client app, by hand: each of its requests can be made wrong. */
export class RelyingParty {
  readonly verifier = randomBytes(32).toString('base64url');

  constructor(
    private readonly auth: AuthBench,
    readonly client: Pick<OAuthClientWithSecret, 'id' | 'client_secret'>,
  ) {}

  authorizationUrl(more: Record<string, string | undefined> = {}): string {
    const parameters: Record<string, string | undefined> = {
      client_id: this.client.id,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: 'openid email sites.read',
      state: 'xyz',
      code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...more,
    };
    const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== undefined);
    return `/oidc/auth?${new URLSearchParams(given).toString()}`;
  }

  /** Signs in and says yes; gives the page that the browser is sent to in the end. */
  async authorize(browser: Browser, email: string, more: Record<string, string | undefined> = {}): Promise<Page> {
    let page = await browser.get(this.authorizationUrl(more));
    while (page.location.startsWith('/oidc/')) {
      if (!page.location.startsWith('/oidc/interaction/')) page = await browser.get(page.location);
      else {
        const { location } = page;
        const shown = await browser.get(location);
        page = shown.text.includes('name="password"')
          ? await browser.post(`${location}/login`, { email, password })
          : await browser.post(`${location}/consent`, { decision: 'allow' });
      }
    }
    return page;
  }

  async code(browser: Browser, email: string, more: Record<string, string | undefined> = {}): Promise<string> {
    const page = await this.authorize(browser, email, more);
    const code = new URL(page.location).searchParams.get('code');
    if (code === null) throw new Error(`no code: ${page.status} ${page.location} ${page.text}`);
    return code;
  }

  exchange(code: string, more: Record<string, string> = {}): Promise<Answer> {
    return this.token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: this.verifier, ...more });
  }

  async signIn(browser: Browser, email: string, more: Record<string, string | undefined> = {}): Promise<z.output<typeof issuedTokens>> {
    return issuedTokens.parse((await this.exchange(await this.code(browser, email, more))).json);
  }

  refresh(refreshToken: string, more: Record<string, string> = {}): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more });
  }

  token(form: Record<string, string>): Promise<Answer> {
    return this.form('/oidc/token', form);
  }

  /** With the client's own authentication, in the way that it has a secret. */
  async form(url: string, form: Record<string, string>): Promise<Answer> {
    const { id, client_secret: secret } = this.client;
    const basic = `Basic ${Buffer.from(`${id}:${secret ?? ''}`).toString('base64')}`;
    const answer = await this.auth.app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...(secret === null ? {} : { authorization: basic }) },
      payload: new URLSearchParams(secret === null ? { client_id: id, ...form } : form).toString(),
    });
    const json: unknown = answer.body.startsWith('{') ? JSON.parse(answer.body) : {};
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, json: json as Record<string, unknown> };
  }

  async userinfo(token: string): Promise<Answer> {
    const answer = await this.auth.app.inject({ method: 'GET', url: '/oidc/me', headers: { authorization: `Bearer ${token}` } });
    const json: unknown = answer.body.startsWith('{') ? JSON.parse(answer.body) : {};
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, json: json as Record<string, unknown> };
  }
}
