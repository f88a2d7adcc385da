import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { BoundedQueue } from './bounded-queue.js';
import { hashingBounds, missingWork } from './hash-work.js';
import { normalizedPassword } from './normalized-password.js';

/** Nobody's: its hash is thrown away. */
const missingWorkPassword = 'work';

/** Argon2id (the library's default) hashes as PHC strings, on a bounded share of the machine. */
@Injectable()
export class PasswordHasher implements OnApplicationBootstrap {
  private readonly parameters;
  private readonly queue;
  private decoy: Promise<string> | undefined;

  constructor(@Inject(AUTH_CONFIG) config: Pick<AuthConfig, 'PASSWORD_HASH_MEMORY_KIB' | 'PASSWORD_HASH_PASSES'>) {
    this.parameters = { memoryCost: config.PASSWORD_HASH_MEMORY_KIB, timeCost: config.PASSWORD_HASH_PASSES, parallelism: 1 };
    const { atOnce, waiting } = hashingBounds(this.parameters, availableParallelism());
    this.queue = new BoundedQueue(atOnce, waiting);
  }

  hash(password: string): Promise<string> {
    return this.queue.run(() => hash(normalizedPassword(password), this.parameters));
  }

  /**
   * Without a hash the same work is done against a decoy, so that an unknown account takes as long as a known one; so it
   * does where a known one's hash is weaker than today's, for whoever doesn't know its password.
   */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    const against = passwordHash ?? (await this.decoyHash());
    const matches = await this.queue.run(async () => (await verify(against, normalizedPassword(password))) || this.refuse(against));
    return matches && passwordHash !== undefined;
  }

  /** Whether the hash was made with weaker parameters than today's. */
  needsRehash(passwordHash: string): boolean {
    const made = parseOptions(passwordHash);
    return made.memoryCost < this.parameters.memoryCost || made.timeCost < this.parameters.timeCost;
  }

  private async refuse(passwordHash: string): Promise<false> {
    const missing = missingWork(parseOptions(passwordHash), this.parameters);
    if (missing) await hash(missingWorkPassword, { ...missing, parallelism: 1 });
    return false;
  }

  /** The decoy is made at start, or else the first unknown address would take longer. */
  async onApplicationBootstrap(): Promise<void> {
    await this.decoyHash();
  }

  private decoyHash(): Promise<string> {
    this.decoy ??= this.hash(randomBytes(32).toString('base64url')).catch((error: unknown) => {
      this.decoy = undefined;
      throw error;
    });
    return this.decoy;
  }
}
