import { SECRETS_PROVIDER, type SecretsProvider } from '@atrium/platform/secrets';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { type EncryptionKeys, encryptionKeys } from './encryption-keys.js';
import { seal, type Sealed, unseal } from './sealed-box.js';

/** Encrypts what must be read again but not lie open in the database. The keys are in Secrets Manager alone. */
@Injectable()
export class Encryption implements OnModuleInit {
  constructor(
    @Inject(SECRETS_PROVIDER) private readonly secrets: SecretsProvider,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'ENCRYPTION_KEYS_SECRET_ID'>,
  ) {}

  /** Without keys the start fails, not the first person who needs them. */
  async onModuleInit(): Promise<void> {
    await this.keys();
  }

  /** `context` says what it is and whose: it opens for the same context alone. */
  async seal(plaintext: Uint8Array, context: string): Promise<Sealed> {
    return seal(await this.keys(), plaintext, context);
  }

  /** Throws UnsealError for what was changed or is another's, SecretError while the keys can't be had. */
  async unseal(sealed: Sealed, context: string): Promise<Buffer> {
    return unseal(await this.keysWith(sealed.keyId), sealed, context);
  }

  async currentKeyId(): Promise<string> {
    return (await this.keys()).current;
  }

  /** Another instance may know a newer key already: the secret is then read past the cache. */
  private async keysWith(id: string): Promise<EncryptionKeys> {
    const known = await this.keys();
    return Object.hasOwn(known.keys, id) ? known : this.keys({ refresh: true });
  }

  private keys(options: { readonly refresh?: boolean } = {}): Promise<EncryptionKeys> {
    return this.secrets.getJson(this.config.ENCRYPTION_KEYS_SECRET_ID, encryptionKeys, options);
  }
}
