import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const kid = 'test-key';

export interface TokenIssuer {
  readonly issuer: string;
  readonly jwksUrl: string;
  /** A valid access token with these claims over harmless ones. */
  token(claims?: Record<string, unknown>): string;
  stop(): void;
}

/** Signs access tokens, and serves the key set over HTTP. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwks = JSON.stringify({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' }] });
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(jwks);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const claims = () => {
    const now = Math.floor(Date.now() / 1000);
    const ids = { sub: randomUUID(), sid: randomUUID(), jti: randomUUID(), org_id: randomUUID() };
    const rights = { site_ids: [], roles: [], permissions: [], site_permissions: {}, mv: 1 };
    return { iss: issuer, aud: 'atrium', iat: now, exp: now + 900, ...ids, ...rights };
  };
  return {
    issuer,
    jwksUrl: `${issuer}/.well-known/jwks.json`,
    token(overrides = {}) {
      const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid })}.${encode({ ...claims(), ...overrides })}`;
      return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
