import { DomainError } from '@atrium/platform/errors';
import { type Limit, type RequestLimits, SHARED_STATE } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import { isTotpCode } from './totp.js';

/**
 * The wait grows with the wrong codes in a row: five cost up to five minutes, twenty an hour, fifty a day. Three codes
 * of a million are right at a time, so a day of guessing finds one with a chance of 1 in 6,000.
 */
const totpLimits: readonly Limit[] = [
  { requests: 5, windowSeconds: 300 },
  { requests: 20, windowSeconds: 3_600 },
  { requests: 50, windowSeconds: 86_400 },
];
/** Nobody guesses 80 bits: this spares work alone, and must not let a stranger lock the owner out. */
const recoveryLimit: Limit = { requests: 5, windowSeconds: 60 };

const totpKey = (accountId: string, { windowSeconds }: Limit): string => `totp ${accountId} ${windowSeconds}`;
const recoveryKey = (accountId: string, address: string): string => `recovery ${accountId} ${address}`;

/**
 * Limits guesses at second factors, apart from those at passwords: by account, wherever they come from and whichever
 * sign-in or session they are for. Whoever knows the password can use the codes' limit up; the owner's recovery codes
 * have one by address.
 */
@Injectable()
export class CodeThrottle {
  constructor(
    @Inject(SHARED_STATE) private readonly state: { readonly limits: Pick<RequestLimits, 'consume' | 'reset'> },
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'LIMIT_SCALE'>,
  ) {}

  /**
   * Throws RATE_LIMITED. What a shorter window refuses does not count in a longer one.
   * @returns whether it was the last guess for now
   */
  async consume(accountId: string, code: string, address: string): Promise<boolean> {
    if (!isTotpCode(code)) return this.take(recoveryKey(accountId, address), recoveryLimit);
    let isLast = false;
    for (const limit of totpLimits) isLast = (await this.take(totpKey(accountId, limit), limit)) || isLast;
    return isLast;
  }

  /** After a right code, which the owner alone has. */
  async forgive(accountId: string): Promise<void> {
    await Promise.all(totpLimits.map((limit) => this.state.limits.reset(totpKey(accountId, limit))));
  }

  private async take(key: string, { requests, windowSeconds }: Limit): Promise<boolean> {
    const limit = { requests: Math.ceil(requests * this.config.LIMIT_SCALE), windowSeconds };
    const { allowed, remaining, resetSeconds } = await this.state.limits.consume(key, limit);
    if (!allowed) throw new DomainError('RATE_LIMITED', 'Too many wrong codes.', { retryAfterSeconds: resetSeconds });
    return remaining === 0;
  }
}
