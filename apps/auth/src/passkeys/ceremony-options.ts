import type { PasskeyCreationOptions, PasskeyRequestOptions } from '@atrium/contracts/auth';
import { COSEALG } from '@simplewebauthn/server/helpers';
import type { Account } from '../accounts/account.repository.js';
import type { AuthConfig } from '../config.js';
import { challengeSeconds } from './passkey-challenge.repository.js';
import type { Passkey } from './passkey.repository.js';

/** In the order of preference; all that browsers' own authenticators use. */
export const algorithms = [COSEALG.ES256, COSEALG.EdDSA, COSEALG.RS256];

type RelyingParty = Pick<AuthConfig, 'PASSKEY_RP_ID' | 'PASSKEY_RP_NAME'>;
const timeout = challengeSeconds * 1_000;

const descriptorOf = (passkey: Passkey) => ({
  type: 'public-key' as const,
  id: passkey.credential_id.toString('base64url'),
  transports: [...passkey.transports],
});

/** Discoverable, verified and unattested: no maker of authenticators is trusted more than another. */
export const creationOptions = (
  { PASSKEY_RP_ID: id, PASSKEY_RP_NAME: name }: RelyingParty,
  person: { readonly account: Pick<Account, 'email'>; readonly handle: Buffer; readonly passkeys: readonly Passkey[] },
  challenge: string,
): PasskeyCreationOptions => ({
  rp: { id, name },
  user: { id: person.handle.toString('base64url'), name: person.account.email, displayName: person.account.email },
  challenge,
  pubKeyCredParams: algorithms.map((alg) => ({ type: 'public-key', alg })),
  timeout,
  excludeCredentials: person.passkeys.map(descriptorOf),
  authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
  attestation: 'none',
});

/** Without `allowed` the authenticator offers whatever passkeys it holds. */
export const requestOptions = (
  { PASSKEY_RP_ID: rpId }: RelyingParty,
  challenge: string,
  allowed: readonly Passkey[] = [],
): PasskeyRequestOptions => ({
  rpId,
  challenge,
  timeout,
  allowCredentials: allowed.map(descriptorOf),
  userVerification: 'required',
});
