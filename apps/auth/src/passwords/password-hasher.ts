import { PasswordHashing } from '@atrium/platform/passwords';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';

/** Hashes of accounts' passwords. */
@Injectable()
export class PasswordHasher extends PasswordHashing implements OnApplicationBootstrap {
  constructor(@Inject(AUTH_CONFIG) config: Pick<AuthConfig, 'PASSWORD_HASH_MEMORY_KIB' | 'PASSWORD_HASH_PASSES'>) {
    super({ memoryCost: config.PASSWORD_HASH_MEMORY_KIB, timeCost: config.PASSWORD_HASH_PASSES }, 'Too many sign-ins at once.');
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.decoyHash();
  }
}
