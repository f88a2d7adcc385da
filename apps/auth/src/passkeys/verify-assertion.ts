import type { PasskeyAssertion } from '@atrium/contracts/auth';
import { verifyAuthenticationResponse } from '@simplewebauthn/server';
import type { AuthConfig } from '../config.js';
import type { Passkey, PasskeyUse } from './passkey.repository.js';

/**
 * WebAuthn L3 §7.2, but for the counter, which is judged after the signature: whoever can't sign must raise no alarm.
 * Throws, saying why in words for the log, when the response doesn't prove that the passkey was used.
 */
export async function verifyAssertion(
  response: PasskeyAssertion,
  challenge: string,
  passkey: Passkey,
  config: Pick<AuthConfig, 'PASSKEY_RP_ID' | 'PASSKEY_ORIGINS'>,
): Promise<PasskeyUse> {
  const { userHandle, ...signed } = response.response;
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...response, response: { ...signed, userHandle: userHandle ?? undefined }, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: [...config.PASSKEY_ORIGINS],
    expectedRPID: config.PASSKEY_RP_ID,
    credential: { id: response.id, publicKey: new Uint8Array(passkey.public_key), counter: 0 },
    requireUserVerification: true,
  });
  if (!verified) throw new Error('the signature is not of its key');
  const isBackupEligible = authenticationInfo.credentialDeviceType === 'multiDevice';
  if (isBackupEligible !== passkey.backup_eligible) throw new Error('whether it may be copied has changed');
  return { sign_count: authenticationInfo.newCounter, backed_up: authenticationInfo.credentialBackedUp };
}
