import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

interface SigningKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const newSigningKey = (kid: string): SigningKey => ({ kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) });

export const publicJwk = ({ kid, publicKey }: SigningKey): Record<string, unknown> => ({
  ...publicKey.export({ format: 'jwk' }),
  kid,
  use: 'sig',
  alg: 'ES256',
});

/** An issuer with a real key set over HTTP, which can sign anything, valid or not. */
export class TokenIssuer {
  readonly audience = 'atrium';
  requests = 0;
  failing = false;
  published: unknown[];
  readonly key = newSigningKey('key-1');
  private readonly server: Server;

  constructor() {
    this.published = [publicJwk(this.key)];
    this.server = createServer((_request, response) => {
      this.requests += 1;
      response.writeHead(this.failing ? 503 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys: this.published }));
    });
  }

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  get jwksUrl(): string {
    return `${this.issuer}/.well-known/jwks.json`;
  }

  claims(overrides: Record<string, unknown> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.issuer,
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

  sign(claims: unknown, header: Record<string, unknown> = {}, key: SigningKey = this.key): string {
    const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header })}.${encode(claims)}`;
    const signature = sign('sha256', Buffer.from(signed), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }

  token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
    return this.sign(this.claims(claims), header);
  }
}
