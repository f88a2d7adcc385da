import { hash } from 'node:crypto';
import type { Principal } from '@atrium/contract-kit';
import { LRUCache } from 'lru-cache';
import { DomainError } from '../errors/index.js';
import { AccessTokenStrategy, type AccessTokenRules } from './access-token-strategy.js';
import { parseTokenHeader } from './token-header.js';

export interface AccessTokenVerifierOptions extends AccessTokenRules {
  /** Verified tokens held in memory; 10,000 where unset. */
  readonly maxCachedTokens?: number;
  /** Milliseconds since the epoch, for the cache. */
  readonly now?: () => number;
}

interface VerifiedToken {
  readonly principal: Principal;
  readonly kid: string;
}

/** Longer ones are refused before any work; Atrium's own stay far below. */
const maxTokenLength = 8 * 1024;

/**
 * Verifies access tokens: ES256 by a key of the issuer's set, `typ`, `iss`, `aud`, `exp` and `nbf` within the clock
 * tolerance, claims of the agreed shape. Verified tokens are remembered by their hash until they expire or their key
 * leaves the set.
 */
export class AccessTokenVerifier {
  private readonly strategy: AccessTokenStrategy;
  private readonly verified: LRUCache<string, VerifiedToken>;
  private readonly now: () => number;

  constructor(private readonly options: AccessTokenVerifierOptions) {
    this.strategy = new AccessTokenStrategy(options);
    this.verified = new LRUCache({ max: options.maxCachedTokens ?? 10_000 });
    this.now = options.now ?? Date.now;
  }

  /**
   * Throws UNAUTHENTICATED with the reason in `detail` alone, or UPSTREAM_UNAVAILABLE while the issuer's keys were
   * never read.
   */
  async verify(rawToken: string): Promise<Principal> {
    if (rawToken.length > maxTokenLength) throw unauthenticated('token is too long');
    const tokenHash = hash('sha256', rawToken, 'base64');
    const known = this.verified.get(tokenHash);
    if (known && known.principal.expiresAt * 1000 > this.now() && this.options.jwks.has(known.kid)) return known.principal;
    const principal = await this.strategy.authenticate(rawToken).catch((reason: unknown) => {
      throw reason instanceof DomainError ? reason : unauthenticated(reasonOf(reason), reason);
    });
    this.verified.set(tokenHash, { principal, kid: parseTokenHeader(rawToken).kid });
    return principal;
  }
}

const unauthenticated = (detail: string, cause?: unknown): DomainError =>
  new DomainError('UNAUTHENTICATED', undefined, { detail, cause });

const reasonOf = (reason: unknown): string => (reason instanceof Error ? reason.message : 'token refused');
