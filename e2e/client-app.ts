import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authEndpoints, type OAuthClientWithSecret } from '@atrium/contracts/auth';
import type { Person } from '@atrium/testing';
import { ApiClient, password } from '@atrium/testing';
import * as oidc from 'openid-client';
import type { z } from 'zod';

export type ClientSettings = Partial<z.input<typeof authEndpoints.createOAuthClient.body>>;
export type Verifier = string;

/** A web site of its own origin, which shows a page wherever a browser arrives. */
export async function startSite() {
  const server = createServer((_request, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<title>The app</title>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, stop: () => server.close() };
}

/** A client app that an admin registered, with a library that knows nothing of Atrium. */
export class ClientApp {
  private constructor(
    readonly client: OAuthClientWithSecret,
    readonly config: oidc.Configuration,
  ) {}

  static async register(gateway: string, admin: Person, settings: ClientSettings = {}): Promise<ClientApp> {
    const body = {
      name: 'Invoices',
      redirect_uris: ['http://127.0.0.1:1/callback'],
      grant_types: ['authorization_code' as const, 'refresh_token' as const],
      token_endpoint_auth_method: 'client_secret_basic' as const,
      permissions: ['sites.read'],
      ...settings,
    };
    const { body: client } = await new ApiClient(gateway).call(authEndpoints.createOAuthClient, { token: admin.token, body });
    const options = { execute: [oidc.allowInsecureRequests] };
    const proof = client.client_secret === null ? oidc.None() : oidc.ClientSecretBasic(client.client_secret);
    return new ClientApp(client, await oidc.discovery(new URL(gateway), client.id, undefined, proof, options));
  }

  get redirectUri(): string {
    return this.client.redirect_uris[0] ?? '';
  }

  async authorizationUrl(verifier: Verifier, more: Record<string, string> = {}): Promise<URL> {
    return oidc.buildAuthorizationUrl(this.config, {
      redirect_uri: this.redirectUri,
      scope: 'openid email sites.read',
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...more,
    });
  }

  /** What came back to the app's address for tokens. */
  tokens(callback: URL, verifier: Verifier, checks: oidc.AuthorizationCodeGrantChecks = {}) {
    return oidc.authorizationCodeGrant(this.config, callback, { pkceCodeVerifier: verifier, ...checks });
  }
}

/** A browser without a screen: follows redirects at the gateway with its cookies, and sends the forms that it is shown. */
export class FormBrowser {
  private readonly cookies = new Map<string, { readonly name: string; readonly value: string; readonly path: string }>();

  constructor(private readonly gateway: string) {}

  /** Signs in and says yes; gives the address of the app that it ends at. */
  async authorize(url: URL, person: Person): Promise<URL> {
    let answer = await this.request(url);
    for (;;) {
      const location = answer.headers.get('location');
      if (location !== null) {
        const next = new URL(location, this.gateway);
        if (next.origin !== new URL(this.gateway).origin) return next;
        answer = await this.request(next);
        continue;
      }
      const page = await answer.text();
      const action = /action="([^"]+)"/.exec(page)?.[1];
      if (answer.status !== 200 || action === undefined) throw new Error(`A page without a form: ${answer.status} ${page}`);
      const form: Record<string, string> = page.includes('name="password"') ? { email: person.email, password } : { decision: 'allow' };
      answer = await this.request(new URL(action, this.gateway), form);
    }
  }

  async request(url: URL, form?: Record<string, string>): Promise<Response> {
    const cookie = [...this.cookies.values()].filter(({ path }) => url.pathname.startsWith(path)).map(({ name, value }) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'text/html', cookie },
      ...(form ? { method: 'POST', body: new URLSearchParams(form) } : {}),
    });
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      const path = /path=([^;]+)/i.exec(line)?.[1] ?? '/';
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.delete(`${name} ${path}`);
      else this.cookies.set(`${name} ${path}`, { name, value, path });
    }
    return answer;
  }
}
