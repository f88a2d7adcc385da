import { LRUCache } from 'lru-cache';
import type { LimitPolicies } from './limit-policy.js';
import { LimitReachedError, type Limiter } from './limiter.js';

/** Milliseconds for which an accepted key needs no further proof. */
const provenMs = 5 * 60_000;
const maxRemembered = 20_000;

/**
 * Keeps made-up keys (write keys and API keys, by their hashes) from getting a fresh limit each: keys that were refused
 * count against the address, and an address past that limit gets through with proven keys alone, so that it doesn't hurt
 * its neighbours behind the same address.
 */
export class KeyReputation {
  private readonly proven = new LRUCache<string, true>({ max: maxRemembered, ttl: provenMs });
  private readonly blocked = new LRUCache<string, LimitReachedError>({ max: maxRemembered, ttl: provenMs });

  constructor(
    private readonly limiter: Limiter,
    private readonly policies: LimitPolicies,
  ) {}

  /** Throws RATE_LIMITED for an unproven key of an address that sent too many refused ones. */
  admit(keyHash: string, addressKey: string): void {
    const blocked = this.blocked.get(addressKey);
    if (blocked && !this.proven.has(keyHash)) throw blocked;
  }

  /** Learns from the status that the service answered. Never rejects. */
  async learn(status: number, keyHash: string, addressKey: string): Promise<void> {
    if (status < 300) this.accepted(keyHash);
    if (status === 401) await this.refused(keyHash, addressKey);
  }

  accepted(keyHash: string): void {
    this.proven.set(keyHash, true);
  }

  /** Never rejects. */
  async refused(keyHash: string, addressKey: string): Promise<void> {
    this.proven.delete(keyHash);
    try {
      await this.limiter.count([this.policies.ofRefusedKeys(addressKey)]);
    } catch (error) {
      if (error instanceof LimitReachedError) this.block(addressKey, error);
    }
  }

  private block(addressKey: string, error: LimitReachedError): void {
    const seconds = error.retryAfterSeconds ?? 1;
    this.blocked.set(addressKey, error, { ttl: Math.min(seconds * 1000, provenMs) });
  }
}
