import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { BoundedQueue } from './bounded-queue.js';
import { normalizedPassword } from './normalized-password.js';

/** OWASP Password Storage Cheat Sheet: Argon2id (the library's default) with 19 MiB, two passes, one lane. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

const concurrency = availableParallelism();
/** At about 25 ms a hash, the last one in the queue waits a second and a half. */
const maxWaiting = 64 * concurrency;

/** Argon2id hashes as PHC strings, on a bounded share of the machine. */
@Injectable()
export class PasswordHasher implements OnApplicationBootstrap {
  private readonly queue = new BoundedQueue(concurrency, maxWaiting);
  private decoy: Promise<string> | undefined;

  hash(password: string): Promise<string> {
    return this.queue.run(() => hash(normalizedPassword(password), parameters));
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
    return made.memoryCost < parameters.memoryCost || made.timeCost < parameters.timeCost;
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
