import { CreateSecretCommand, PutSecretValueCommand, ResourceExistsException } from '@aws-sdk/client-secrets-manager';
import { authenticate, Browser, type IssuerAccount } from '@atrium/testing';
import { type Answer, publicUrl } from './auth-app.js';
import type { AuthBench } from './auth-bench.js';
import { oauthProvidersSecret } from './auth-engines.js';

export const callbackOf = (provider: string): string => `${publicUrl}/api/v1/auth/oauth/${provider}/callback`;

/** Makes these the issuers that auth knows. */
export async function configureIssuers({ engines }: AuthBench, providers: readonly unknown[]): Promise<void> {
  const SecretString = JSON.stringify({ providers });
  try {
    await engines.secretsClient.send(new CreateSecretCommand({ Name: oauthProvidersSecret, SecretString }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await engines.secretsClient.send(new PutSecretValueCommand({ SecretId: oauthProvidersSecret, SecretString }));
  }
}

export const locationOf = ({ headers }: Answer): URL => new URL(String(headers['location']));
export const setCookieOf = ({ headers }: Answer): string => String(headers['set-cookie'] ?? '');

/** Somebody at a browser of their own, who signs in with an issuer. */
export class Visitor {
  readonly browser = new Browser();
  /** What auth set. */
  cookie: string | undefined;

  constructor(
    private readonly auth: AuthBench,
    private readonly provider = 'acme',
  ) {}

  /** @returns the issuer's URL */
  async start(query: Record<string, string> = {}): Promise<URL> {
    const answer = await this.auth.request('GET', `/oauth/${this.provider}/start?${new URLSearchParams(query).toString()}`);
    if (answer.status !== 302) throw new Error(`start answered ${answer.status} ${answer.text}`);
    this.cookie = setCookieOf(answer).split(';')[0];
    return locationOf(answer);
  }

  /** Comes back from the issuer. @returns where auth sends the browser next */
  async comeBack(callback: URL, cookie = this.cookie): Promise<URL> {
    const answer = await this.auth.request('GET', callback.pathname.replace('/api/v1/auth', '') + callback.search, {
      headers: cookie === undefined ? {} : { cookie },
    });
    if (answer.status !== 302) throw new Error(`callback answered ${answer.status} ${answer.text}`);
    return locationOf(answer);
  }

  /** The whole way: to the issuer, signed in there as the account, and back. */
  async goThrough(account: IssuerAccount, query: Record<string, string> = {}): Promise<URL> {
    return this.comeBack(await authenticate(this.browser, await this.start(query), account));
  }

  redeem(code: string | null, more: Record<string, unknown> = {}, cookie = this.cookie): Promise<Answer> {
    const headers: Record<string, string> = cookie === undefined ? {} : { cookie };
    return this.auth.request('POST', '/oauth/token', { body: { code, ...more }, headers });
  }

  /** Signed in, as the application sees it. */
  async signIn(account: IssuerAccount): Promise<Answer> {
    const back = await this.goThrough(account);
    return this.redeem(back.searchParams.get('code'));
  }
}
