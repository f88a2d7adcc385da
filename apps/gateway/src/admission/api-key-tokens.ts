import { DomainError } from '@atrium/platform/errors';
import { LRUCache } from 'lru-cache';
import type { ExchangeApiKey } from './api-key-exchange.js';

/** Milliseconds after which auth is asked again. */
const freshMs = 60_000;
/** Milliseconds for which a refused key is refused without asking: a flood with it costs auth one question each. */
const refusedMs = 5_000;
/** Milliseconds until auth is asked again after it could not be. */
const retryMs = 5_000;
const maxRemembered = 10_000;

interface KnownToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly freshUntil: number;
  readonly expiresAt: number;
}

/**
 * The access tokens that stand for API keys, by the keys' hashes: asked for once a minute, however many requests come at
 * once. While auth is down a token serves until it expires. Whether it was revoked is the caller's to check, each time.
 */
export class ApiKeyTokens {
  private readonly known = new LRUCache<string, KnownToken>({ max: maxRemembered });
  private readonly refused = new LRUCache<string, number>({ max: maxRemembered });
  private readonly asking = new Map<string, Promise<string | undefined>>();

  constructor(
    private readonly exchange: ExchangeApiKey,
    private readonly now: () => number = Date.now,
  ) {}

  /** The token at hand if auth needn't be asked; undefined if it must. */
  fresh(keyHash: string): string | undefined {
    const known = this.known.get(keyHash);
    return known && known.freshUntil > this.now() ? known.token : undefined;
  }

  /** Undefined for a key that auth refuses. Rejects with UPSTREAM_UNAVAILABLE when it can't be asked. */
  async of(key: string, keyHash: string): Promise<string | undefined> {
    if ((this.refused.get(keyHash) ?? 0) > this.now()) return undefined;
    const fresh = this.fresh(keyHash);
    if (fresh !== undefined) return fresh;
    return this.asking.get(keyHash) ?? this.ask(key, keyHash);
  }

  /** The token is dead, so the next question goes to auth. */
  forget(keyHash: string, token: string): void {
    if (this.known.peek(keyHash)?.token === token) this.known.delete(keyHash);
  }

  private ask(key: string, keyHash: string): Promise<string | undefined> {
    const asking = this.askAuth(key, keyHash).finally(() => this.asking.delete(keyHash));
    this.asking.set(keyHash, asking);
    return asking;
  }

  private async askAuth(key: string, keyHash: string): Promise<string | undefined> {
    try {
      const answer = await this.exchange(key);
      if (answer) return this.remember(keyHash, answer.access_token, answer.expires_in * 1000);
    } catch (error) {
      const held = this.known.get(keyHash);
      if (!(error instanceof DomainError) || !held || held.expiresAt <= this.now()) throw error;
      this.known.set(keyHash, { ...held, freshUntil: Math.min(this.now() + retryMs, held.expiresAt) });
      return held.token;
    }
    this.known.delete(keyHash);
    this.refused.set(keyHash, this.now() + refusedMs);
    return undefined;
  }

  private remember(keyHash: string, token: string, lifeMs: number): string {
    const expiresAt = this.now() + lifeMs;
    this.known.set(keyHash, { token, expiresAt, freshUntil: Math.min(this.now() + freshMs, expiresAt) });
    return token;
  }
}
