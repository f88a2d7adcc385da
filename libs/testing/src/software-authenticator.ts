import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import type { PasskeyAssertion, PasskeyCreationOptions, PasskeyRegistration, PasskeyRequestOptions } from '@atrium/contracts/auth';
import { type Cbor, encodeCbor } from './cbor.js';

/** Bits of authenticator data (WebAuthn L3 §6.1). */
export const authenticatorFlag = {
  userPresent: 0x01,
  userVerified: 0x04,
  backupEligible: 0x08,
  backedUp: 0x10,
  attested: 0x40,
} as const;

export interface Attestation {
  readonly fmt: string;
  readonly attStmt: ReadonlyMap<string, Cbor>;
}

/** What a hostile or broken browser or authenticator does otherwise. */
export interface Deviation {
  readonly origin?: string;
  readonly rpId?: string;
  readonly challenge?: string;
  readonly type?: string;
  readonly crossOrigin?: boolean;
  readonly flags?: number;
  readonly signCount?: number;
  readonly userHandle?: string | null;
  readonly credentialId?: Buffer;
  /** `self` is signed by the passkey's own key (WebAuthn L3 §6.5.3); none where unset. */
  readonly attestation?: 'self' | Attestation;
}

const base64url = (bytes: Buffer): string => bytes.toString('base64url');
const sha256 = (bytes: string | Buffer): Buffer => createHash('sha256').update(bytes).digest();

/** ES256 over P-256 as a COSE_Key (RFC 9053 §7.1). */
function coseKeyOf(publicKey: KeyObject): Buffer {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const [kty, alg, crv] = [1, 3, -1];
  return encodeCbor(
    new Map<number, Cbor>([
      [kty, 2],
      [alg, -7],
      [crv, 1],
      [-2, Buffer.from(x, 'base64url')],
      [-3, Buffer.from(y, 'base64url')],
    ]),
  );
}

/** A browser with an authenticator in it that holds one passkey: its signatures are real, and it does what it is told. */
export class SoftwareAuthenticator {
  readonly credentialId = randomBytes(32);
  private readonly key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  private userHandle: string | undefined;
  private signCount = 0;

  /** `counts`: whether it counts its uses, which those of synced passkeys don't. */
  constructor(
    private readonly origin: string,
    private readonly flags: number = authenticatorFlag.userPresent | authenticatorFlag.userVerified,
    private readonly counts = true,
  ) {}

  create(options: PasskeyCreationOptions, deviation: Deviation = {}): PasskeyRegistration {
    this.userHandle = options.user.id;
    const clientData = this.clientData('webauthn.create', options.challenge, deviation);
    const credentialId = deviation.credentialId ?? this.credentialId;
    const length = Buffer.alloc(2);
    length.writeUInt16BE(credentialId.length);
    const attested = [Buffer.alloc(16), length, credentialId, coseKeyOf(this.key.publicKey)];
    const authData = Buffer.concat([this.authenticatorData(options.rp.id, authenticatorFlag.attested, deviation), ...attested]);
    const { fmt, attStmt } = this.attestation(deviation, authData, clientData);
    const attestationObject = encodeCbor(new Map<string, Cbor>([['fmt', fmt], ['attStmt', attStmt], ['authData', authData]]));
    const id = base64url(credentialId);
    const response = { clientDataJSON: base64url(clientData), attestationObject: base64url(attestationObject), transports: ['internal', 'hybrid'] };
    return { id, rawId: id, type: 'public-key', response };
  }

  get(options: PasskeyRequestOptions, deviation: Deviation = {}): PasskeyAssertion {
    const clientData = this.clientData('webauthn.get', options.challenge, deviation);
    if (this.counts) this.signCount += 1;
    const authData = this.authenticatorData(options.rpId, 0, deviation);
    const id = base64url(deviation.credentialId ?? this.credentialId);
    const response = {
      clientDataJSON: base64url(clientData),
      authenticatorData: base64url(authData),
      signature: base64url(this.sign(authData, clientData)),
      userHandle: deviation.userHandle === undefined ? this.userHandle : deviation.userHandle,
    };
    return { id, rawId: id, type: 'public-key', response };
  }

  private sign(authData: Buffer, clientData: Buffer): Buffer {
    return sign('sha256', Buffer.concat([authData, sha256(clientData)]), this.key.privateKey);
  }

  private attestation({ attestation }: Deviation, authData: Buffer, clientData: Buffer): Attestation {
    if (attestation === undefined) return { fmt: 'none', attStmt: new Map() };
    if (attestation !== 'self') return attestation;
    return { fmt: 'packed', attStmt: new Map<string, Cbor>([['alg', -7], ['sig', this.sign(authData, clientData)]]) };
  }

  private clientData(type: string, challenge: string, deviation: Deviation): Buffer {
    const { origin = this.origin, crossOrigin = false } = deviation;
    return Buffer.from(JSON.stringify({ type: deviation.type ?? type, challenge: deviation.challenge ?? challenge, origin, crossOrigin }));
  }

  private authenticatorData(rpId: string, more: number, deviation: Deviation): Buffer {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(deviation.signCount ?? this.signCount);
    const flags = Buffer.from([(deviation.flags ?? this.flags) | more]);
    return Buffer.concat([sha256(deviation.rpId ?? rpId), flags, count]);
  }
}
