import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const keySetPath = '/.well-known/jwks.json';
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const newSigningKey = (kid: string): SigningKey => ({ kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });

export const publicJwk = ({ kid, publicKey }: SigningKey): Record<string, unknown> => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'ES256',
});

/** An issuer of access tokens with its key set over HTTP, which can sign anything, valid or not. */
export class TokenIssuer {
  readonly audience = 'atrium';
  readonly key = newSigningKey('key-1');
  /** The key set as it is served. */
  published: unknown[] = [publicJwk(this.key)];
  /** Whether the key set is answered with 503. */
  failing = false;
  /** How often the key set was asked for. */
  requests = 0;
  /** Paths that were asked for besides; they are answered with 404. */
  readonly strayRequests: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    if (request.url !== keySetPath) {
      this.strayRequests.push(request.url ?? '');
      response.writeHead(404).end();
      return;
    }
    this.requests += 1;
    response.writeHead(this.failing ? 503 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ keys: this.published }));
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** The `iss` of its tokens. */
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get jwksUrl(): string {
    return `${this.url}${keySetPath}`;
  }

  /** Claims of a valid token of somebody who may nothing, with these over them. */
  claims(overrides: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.url,
      aud: this.audience,
      sub: randomUUID(),
      sid: randomUUID(),
      jti: randomUUID(),
      iat: now,
      exp: now + 900,
      org_id: randomUUID(),
      site_ids: [],
      roles: [],
      permissions: [],
      site_permissions: {},
      mv: 1,
      ...overrides,
    };
  }

  /** Signs these claims as they are. */
  sign(claims: unknown, header: Readonly<Record<string, unknown>> = {}, key: SigningKey = this.key): string {
    const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  /** An access token with {@link claims}. */
  token(claims: Readonly<Record<string, unknown>> = {}, header: Readonly<Record<string, unknown>> = {}): string {
    return this.sign(this.claims(claims), header);
  }
}
