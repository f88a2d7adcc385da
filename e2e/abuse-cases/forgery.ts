import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { authEndpoints } from '@atrium/contracts/auth';
import { usersEndpoints } from '@atrium/contracts/users';
import { type JWTPayload, SignJWT } from 'jose';
import { z } from 'zod';
import { api, platform } from '../platform.js';

export const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

export const partsOf = (token: string): [string, string, string] => {
  const [header = '', payload = '', signature = ''] = token.split('.');
  return [header, payload, signature];
};

export const keyIdOf = (token: string): string =>
  z.object({ kid: z.string() }).parse(JSON.parse(Buffer.from(partsOf(token)[0], 'base64url').toString())).kid;

/** The verdict of a service behind the gateway on a bearer token. */
export const verdictOn = (token: string): Promise<string> => api.verdict(usersEndpoints.listSites, { token });

/** A key that nobody knows. */
export const strangersKey = generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const sign = (key: KeyObject, header: Record<string, unknown>, claims: JWTPayload): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', ...header }).sign(key);

const jwk = z.object({ kty: z.literal('EC'), crv: z.string(), x: z.string(), y: z.string(), d: z.string(), kid: z.string() });

/** The platform's own signing key, out of the local Secrets Manager: whatever it signs is false in its claims alone. */
export async function platformsKey(): Promise<{ readonly kid: string; readonly key: KeyObject }> {
  const response = await fetch(`http://127.0.0.1:${platform.ports.secrets}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'secretsmanager.GetSecretValue' },
    body: JSON.stringify({ SecretId: 'atrium/auth/signing-keys' }),
  });
  const { SecretString } = z.object({ SecretString: z.string() }).parse(await response.json());
  const key = jwk.parse(JSON.parse(SecretString));
  return { kid: key.kid, key: createPrivateKey({ key, format: 'jwk' }) };
}

export const refreshVerdict = (token: string): Promise<string> =>
  api.verdict(authEndpoints.refresh, { body: { refresh_token: token } });

export const refresh = async (token: string): Promise<string> =>
  (await api.call(authEndpoints.refresh, { body: { refresh_token: token } })).body.refresh_token;
