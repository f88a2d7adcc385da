import { providerId } from '@atrium/contracts/auth';
import { z } from 'zod';
import { isPlainLoopback } from './plain-loopback.js';

/** An issuer as configured. Its URL comes from here alone: nobody outside chooses what auth calls. */
export interface OauthProvider {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly client_secret: string;
  readonly scopes: readonly string[];
}

const client = { client_id: z.string().min(1), client_secret: z.string().min(1) };
const scope = z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/);

/** Issuers whose settings are known. */
const presets = {
  google: { id: 'google', name: 'Google', issuer: 'https://accounts.google.com' },
} as const;

const ofPreset = z
  .strictObject({ preset: z.enum(['google']), ...client })
  .transform(({ preset, ...credentials }) => ({ ...presets[preset], ...credentials, scopes: ['openid', 'email'] }));

const ofIssuer = z.strictObject({
  id: providerId,
  name: z.string().trim().min(1).max(64),
  issuer: z.url({ protocol: /^https?$/ }),
  ...client,
  scopes: z
    .array(scope)
    .max(20)
    .default(['email'])
    .transform((scopes) => [...new Set(['openid', ...scopes])]),
});

/** The secret: `{"providers": [{"preset": "google", client_id, client_secret}, {id, name, issuer, client_id, client_secret, scopes?}]}`. */
export const providersSecret = z.object({ providers: z.array(z.unknown()).max(50) });

/** One entry of the secret. Throws with what is wrong and no value. `plainLoopback`: whether http is allowed on this machine. */
export function parseProvider(entry: unknown, plainLoopback: boolean): OauthProvider {
  const provider = z.union([ofPreset, ofIssuer]).safeParse(entry);
  if (!provider.success) {
    const schema = typeof entry === 'object' && entry !== null && 'preset' in entry ? ofPreset : ofIssuer;
    const paths = schema.safeParse(entry).error?.issues.map(({ path, code }) => (path.length > 0 ? path.join('.') : code));
    throw new Error(`not valid: ${[...new Set(paths)].join(', ')}`);
  }
  const { issuer } = provider.data;
  const isSafe = new URL(issuer).protocol === 'https:' || (plainLoopback && isPlainLoopback(issuer));
  if (!isSafe) throw new Error('the issuer must be an https URL');
  return provider.data;
}
