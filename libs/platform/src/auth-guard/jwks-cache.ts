import type { KeyObject } from 'node:crypto';
import { Logger } from '@nestjs/common';
import { DomainError } from '../errors/index.js';
import { publicKeysOf } from './json-web-keys.js';

export interface JwksCacheOptions {
  readonly url: string;
  readonly fetch?: typeof fetch;
  /** Age at which keys are read again in the background; 300 where unset. */
  readonly maxAgeSeconds?: number | undefined;
  /** Least time between two requests to the issuer; 10 where unset. */
  readonly cooldownSeconds?: number;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Cooldown while no key is known yet: a service may start before the issuer does. */
const firstLoadCooldownMs = 500;

/**
 * The issuer's public keys. An unknown key id asks the issuer again, at most once per cooldown, so that made-up ids
 * can't be turned into load. Known keys keep serving while the issuer is down.
 */
export class JwksCache {
  private readonly logger = new Logger(JwksCache.name);
  private readonly fetch: typeof fetch;
  private readonly maxAgeMs: number;
  private readonly cooldownMs: number;
  private readonly now: () => number;
  private keys: ReadonlyMap<string, KeyObject> = new Map();
  private loadedAt = -Infinity;
  private triedAt = -Infinity;
  private refreshing: Promise<void> | undefined;

  constructor(private readonly options: JwksCacheOptions) {
    this.fetch = options.fetch ?? fetch;
    this.maxAgeMs = (options.maxAgeSeconds ?? 300) * 1000;
    this.cooldownMs = (options.cooldownSeconds ?? 10) * 1000;
    this.now = options.now ?? Date.now;
  }

  /** Whether any key was ever read. */
  get loaded(): boolean {
    return this.keys.size > 0;
  }

  /** Whether the key is in the set as last read; begins a background refresh when the set is old. */
  has(kid: string): boolean {
    if (this.now() - this.loadedAt >= this.maxAgeMs && this.mayAsk()) void this.refresh();
    return this.keys.has(kid);
  }

  /** The key, or undefined. Throws UPSTREAM_UNAVAILABLE when no key could be read at all yet. */
  async findKey(kid: string): Promise<KeyObject | undefined> {
    if (!this.has(kid) && (this.refreshing || this.mayAsk())) await this.refresh();
    if (this.keys.size === 0) {
      throw new DomainError('UPSTREAM_UNAVAILABLE', undefined, { detail: 'no signing key read yet', retryAfterSeconds: 1 });
    }
    return this.keys.get(kid);
  }

  /** Reads the keys now; concurrent calls share one request. Never rejects: a failure is logged and old keys stay. */
  refresh(): Promise<void> {
    this.refreshing ??= this.load().finally(() => {
      this.refreshing = undefined;
    });
    return this.refreshing;
  }

  private mayAsk(): boolean {
    return this.now() - this.triedAt >= (this.keys.size === 0 ? firstLoadCooldownMs : this.cooldownMs);
  }

  private async load(): Promise<void> {
    this.triedAt = this.now();
    try {
      const answer = await this.fetch(this.options.url, {
        redirect: 'error',
        signal: AbortSignal.timeout(3_000),
        headers: { accept: 'application/json' },
      });
      if (!answer.ok) throw new Error(`The issuer answered ${answer.status}.`);
      this.keys = publicKeysOf(await answer.json());
      this.loadedAt = this.now();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.warn({ event: 'jwks_refresh_failed', reason });
    }
  }
}
