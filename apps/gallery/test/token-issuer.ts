import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { systemRoles, type SystemRoleName } from '@atrium/contracts/users';

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Who a token is for: a role in the whole organization, or roles at single sites. */
export interface Member {
  readonly userId: string;
  readonly orgId: string;
  readonly role?: SystemRoleName;
  readonly siteRoles?: Readonly<Record<string, SystemRoleName>>;
}

export interface TokenIssuer {
  readonly url: string;
  readonly jwksUrl: string;
  tokenOf(member: Member): string;
  stop(): void;
}

/** Signs access tokens with a key of its own, published over HTTP; knows nothing else, so no site either. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'ES256' };
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/jwks.json' ? 200 : 404;
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    jwksUrl: `${url}/jwks.json`,
    tokenOf(member) {
      const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'test' })}.${encode(claimsOf(url, member))}`;
      const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' });
      return `${signed}.${signature.toString('base64url')}`;
    },
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function claimsOf(issuer: string, { userId, orgId, role, siteRoles = {} }: Member): Record<string, unknown> {
  const now = Math.floor(Date.now() / 1000);
  const permissionsAt = Object.entries(siteRoles).map(([site, name]) => [site, systemRoles[name].permissions] as const);
  return {
    iss: issuer,
    aud: 'atrium',
    sub: userId,
    sid: randomUUID(),
    jti: randomUUID(),
    iat: now,
    exp: now + 900,
    org_id: orgId,
    site_ids: Object.keys(siteRoles),
    roles: [role, ...Object.values(siteRoles)].filter(Boolean),
    permissions: role ? systemRoles[role].permissions : [],
    site_permissions: Object.fromEntries(permissionsAt),
    mv: 1,
  };
}
