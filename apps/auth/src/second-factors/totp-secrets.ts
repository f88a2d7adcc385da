import { Injectable } from '@nestjs/common';
import { Encryption } from '../encryption/encryption.js';
import type { Sealed } from '../encryption/sealed-box.js';
import type { TotpFactor } from './totp-factor.repository.js';

const contextOf = (accountId: string): string => `totp secret of ${accountId}`;

/** Secrets of authenticator apps as they rest: encrypted, each for its account alone. */
@Injectable()
export class TotpSecrets {
  constructor(private readonly encryption: Encryption) {}

  seal(accountId: string, secret: Uint8Array): Promise<Sealed> {
    return this.encryption.seal(secret, contextOf(accountId));
  }

  unseal({ accountId, secret }: TotpFactor): Promise<Buffer> {
    return this.encryption.unseal(secret, contextOf(accountId));
  }

  currentKeyId(): Promise<string> {
    return this.encryption.currentKeyId();
  }
}
