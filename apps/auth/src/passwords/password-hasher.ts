import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { BoundedQueue } from './bounded-queue.js';
import { normalizedPassword } from './normalized-password.js';

const concurrency = availableParallelism();
/** At about 25 ms a hash, the last one in the queue waits a second and a half. */
const maxWaiting = 64 * concurrency;

/** Argon2id (the library's default) hashes as PHC strings, on a bounded share of the machine. */
@Injectable()
export class PasswordHasher implements OnApplicationBootstrap {
  private readonly queue = new BoundedQueue(concurrency, maxWaiting);
  private readonly parameters;
  private decoy: Promise<string> | undefined;

  constructor(@Inject(AUTH_CONFIG) config: Pick<AuthConfig, 'PASSWORD_HASH_MEMORY_KIB' | 'PASSWORD_HASH_PASSES'>) {
    this.parameters = { memoryCost: config.PASSWORD_HASH_MEMORY_KIB, timeCost: config.PASSWORD_HASH_PASSES, parallelism: 1 };
  }

  hash(password: string): Promise<string> {
    return this.queue.run(() => hash(normalizedPassword(password), this.parameters));
  }

  /** Without a hash the same work is done against a decoy, so that an unknown account takes as long as a known one. */
  async verify(passwordHash: string | undefined, password: string): Promise<boolean> {
    const against = passwordHash ?? (await this.decoyHash());
    const matches = await this.queue.run(() => verify(against, normalizedPassword(password)));
    return matches && passwordHash !== undefined;
  }

  /** Whether the hash was made with weaker parameters than today's. */
  needsRehash(passwordHash: string): boolean {
    const made = parseOptions(passwordHash);
    return made.memoryCost < this.parameters.memoryCost || made.timeCost < this.parameters.timeCost;
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
