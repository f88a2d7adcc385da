import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An issuer with its key set over HTTP, which signs anything, valid or not. */
export class TokenIssuer {
  readonly keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** Requests other than for the key set: nothing may ask for them. */
  readonly strayRequests: string[] = [];
  private readonly server: Server = createServer((request, response) => {
    if (request.url !== '/.well-known/jwks.json') this.strayRequests.push(request.url ?? '');
    const key = { ...this.keys.publicKey.export({ format: 'jwk' }), kid: 'key-1', use: 'sig', alg: 'ES256' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [key] }));
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  claims(overrides: Record<string, unknown> = {}): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: this.url, aud: 'atrium', sub: randomUUID(), sid: randomUUID(), jti: randomUUID(), iat: now, exp: now + 900,
      org_id: randomUUID(), site_ids: [], roles: [], permissions: [], site_permissions: {}, mv: 1, ...overrides,
    };
  }

  token(claims: Record<string, unknown> = {}, header: Record<string, unknown> = {}): string {
    const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'key-1', ...header })}.${encode(this.claims(claims))}`;
    const signature = sign('sha256', Buffer.from(signed), { key: this.keys.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${signed}.${signature.toString('base64url')}`;
  }
}
