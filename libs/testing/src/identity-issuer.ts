import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { type IssuerAccount, loginPath } from './issuer-login.js';

export interface IdentityIssuerOptions {
  /** Where browsers may be sent back to. */
  readonly redirectUris: readonly string[];
  /** Whether claims stand in the ID token; in user info alone where unset, as OpenID Connect Core 1.0 §5.4 has it. */
  readonly claimsInIdToken?: boolean;
}

/** An OpenID Connect issuer (the certified `oidc-provider`) at which anybody signs in as whomever they like. */
export class IdentityIssuer {
  readonly clientId = 'atrium';
  readonly clientSecret = `secret-${randomUUID()}`;
  /** Changes answers of the token endpoint on their way out. */
  tamper: ((answer: Record<string, unknown>) => Record<string, unknown>) | undefined;
  /** While set, every request is answered with 503. */
  isDown = false;
  /** Requests by path. */
  readonly requests = new Map<string, number>();
  private readonly accounts = new Map<string, IssuerAccount>();
  private readonly server: Server;
  private provider: Provider | undefined;

  private constructor(private readonly options: IdentityIssuerOptions) {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  static async start(options: IdentityIssuerOptions): Promise<IdentityIssuer> {
    const issuer = new IdentityIssuer(options);
    await new Promise<void>((resolve) => issuer.server.listen(0, '127.0.0.1', resolve));
    issuer.provider = issuer.makeProvider();
    return issuer;
  }

  get url(): string {
    return `http://localhost:${(this.server.address() as AddressInfo).port}`;
  }

  /** As an entry of the secret with the providers. */
  settings(id: string, name = id): Record<string, unknown> {
    return { id, name, issuer: this.url, client_id: this.clientId, client_secret: this.clientSecret };
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private makeProvider(): Provider {
    const provider = withoutWarnings(() => new Provider(this.url, this.configuration()));
    provider.use(async (context, next) => {
      await next();
      if (context.path === '/token' && context.status === 200 && this.tamper) {
        context.body = this.tamper(context.body as Record<string, unknown>);
      }
    });
    return provider;
  }

  private configuration(): Configuration {
    return {
      clients: [
        {
          client_id: this.clientId,
          client_secret: this.clientSecret,
          redirect_uris: [...this.options.redirectUris],
          grant_types: ['authorization_code'],
          response_types: ['code'],
        },
      ],
      cookies: { keys: [randomUUID()] },
      ttl: { AccessToken: 600, AuthorizationCode: 60, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: this.options.claimsInIdToken !== true,
      pkce: { required: () => true },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, { uid }) => `${loginPath}${uid}` },
      findAccount: (_context, sub) => {
        const account = this.accounts.get(sub);
        return account && { accountId: sub, claims: () => ({ ...account }) };
      },
      loadExistingGrant: (context) => this.consent(context),
    };
  }

  /** Everybody consents to everything. */
  private async consent({ oidc }: KoaContextWithOIDC) {
    const { provider } = this;
    if (!provider) throw new Error('not started');
    const grant = new provider.Grant({ clientId: oidc.client?.clientId, accountId: oidc.session?.accountId });
    grant.addOIDCScope('openid email');
    await grant.save();
    return grant;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '').split('?')[0] ?? '';
    this.requests.set(path, (this.requests.get(path) ?? 0) + 1);
    if (this.isDown || !this.provider) return void response.writeHead(503).end();
    if (!path.startsWith(loginPath)) return void this.provider.callback()(request, response);
    if (request.method !== 'POST') return void response.writeHead(200, { 'content-type': 'text/html' }).end(loginPage);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(chunks).toString());
    const { account, error } = JSON.parse(form.get('outcome') ?? '{}') as { account?: IssuerAccount; error?: string };
    if (account) this.accounts.set(account.sub, account);
    const result = account ? { login: { accountId: account.sub } } : { error: error ?? 'server_error' };
    await this.provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }
}

/** Takes `{"account": {…claims}}` or `{"error": "access_denied"}`. */
const loginPage = `<!doctype html><title>Issuer</title><form method="post"><input name="outcome"><button>Go on</button></form>`;

/** Its warnings are for who runs an issuer: keys of development, plain http, memory as storage. */
function withoutWarnings<T>(make: () => T): T {
  const { warn, info } = console;
  const nothing = (): void => undefined;
  Object.assign(console, { warn: nothing, info: nothing });
  try {
    return make();
  } finally {
    Object.assign(console, { warn, info });
  }
}
