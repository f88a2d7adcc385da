// Signs access tokens and publishes its key.
import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

export async function startIssuer() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', use: 'sig', alg: 'ES256' };
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${server.address().port}`;
  const token = () => {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: url, aud: 'atrium', sub: randomUUID(), sid: randomUUID(), jti: randomUUID(), iat: now, exp: now + 900, org_id: randomUUID(),
      site_ids: [], roles: ['org_admin'], permissions: ['users.read', 'assets.read'], site_permissions: {}, mv: 1,
    };
    const signed = `${encode({ alg: 'ES256', typ: 'at+jwt', kid: 'bench' })}.${encode(claims)}`;
    return `${signed}.${sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  };
  return { url, token, stop: () => server.close() };
}
