import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { BoundedQueue } from './bounded-queue.js';
import { type HashCost, hashingBounds, missingWork } from './hash-work.js';
import { normalizedPassword } from './normalized-password.js';

/** Nobody's: its hash is thrown away. */
const missingWorkPassword = 'work';

/** Argon2id (the library's default) hashes as PHC strings, on a bounded share of the machine. */
export class PasswordHashing {
  private readonly parameters;
  private readonly queue: BoundedQueue;
  private decoy: Promise<string> | undefined;

  /** `refusal` is for whoever comes when too many wait. */
  constructor(cost: HashCost, refusal: string) {
    this.parameters = { ...cost, parallelism: 1 };
    const { atOnce, waiting } = hashingBounds(cost, availableParallelism());
    this.queue = new BoundedQueue(atOnce, waiting, refusal);
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

  /** Made ahead, or else the first unknown account would take longer. */
  protected decoyHash(): Promise<string> {
    this.decoy ??= this.hash(randomBytes(32).toString('base64url')).catch((error: unknown) => {
      this.decoy = undefined;
      throw error;
    });
    return this.decoy;
  }

  private async refuse(passwordHash: string): Promise<false> {
    const missing = missingWork(parseOptions(passwordHash), this.parameters);
    if (missing) await hash(missingWorkPassword, { ...missing, parallelism: 1 });
    return false;
  }
}
