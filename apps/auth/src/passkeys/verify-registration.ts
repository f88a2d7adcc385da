import type { PasskeyRegistration } from '@atrium/contracts/auth';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { decodeAttestationObject } from '@simplewebauthn/server/helpers';
import type { AuthConfig } from '../config.js';
import { algorithms } from './ceremony-options.js';
import type { NewPasskey } from './passkey.repository.js';

/** Several times an RSA key of 4,096 bits. */
const maxPublicKeyBytes = 2_048;

type Credential = Omit<NewPasskey, 'id' | 'account_id' | 'name'>;

/**
 * We ask for no attestation, so what comes is none or a self-made one (WebAuthn L3 §5.1.3). Certificates are refused
 * before anybody reads them: the library would look for revocation lists at addresses that they name.
 */
function requireNoCertificates(attestationObject: string): void {
  const decoded = decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url')));
  const format = decoded.get('fmt');
  const isSelfMade = format === 'packed' && decoded.get('attStmt').get('x5c') === undefined;
  if (format !== 'none' && !isSelfMade) throw new Error('an attestation that nobody asked for');
}

/** WebAuthn L3 §7.1. Throws, saying why in words for the log, when the response proves no new credential. */
export async function verifyRegistration(
  response: PasskeyRegistration,
  challenge: string,
  config: Pick<AuthConfig, 'PASSKEY_RP_ID' | 'PASSKEY_ORIGINS'>,
): Promise<Credential> {
  requireNoCertificates(response.response.attestationObject);
  const { registrationInfo } = await verifyRegistrationResponse({
    response: { ...response, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: [...config.PASSKEY_ORIGINS],
    expectedRPID: config.PASSKEY_RP_ID,
    requireUserVerification: true,
    supportedAlgorithmIDs: algorithms,
  });
  if (!registrationInfo) throw new Error('the attestation is not signed by its key');
  const { credential, credentialDeviceType, credentialBackedUp } = registrationInfo;
  if (credential.id !== response.id) throw new Error('the id is not the one that was attested');
  if (credential.publicKey.length > maxPublicKeyBytes) throw new Error('the public key is too large');
  return {
    credential_id: Buffer.from(credential.id, 'base64url'),
    public_key: Buffer.from(credential.publicKey),
    sign_count: credential.counter,
    transports: response.response.transports ?? [],
    backup_eligible: credentialDeviceType === 'multiDevice',
    backed_up: credentialBackedUp,
  };
}
