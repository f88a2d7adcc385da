import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { type Limit, SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { AccountAudit } from '../audit/account-audit.js';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';

const perPair = 5;
const perAccount = 20;
const windowSeconds = 60;

const pairKey = (email: string, address: string): string => `login ${email} ${address}`;
const accountKey = (email: string): string => `login ${email}`;

/**
 * Limits guesses: 5 a minute per account and address, 20 a minute per account from all addresses together. From an
 * address where the person is signed in only the first counts, so that strangers can't lock them out.
 */
@Injectable()
export class LoginThrottle {
  constructor(
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'limits'>,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'LIMIT_SCALE'>,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly audit: AccountAudit,
  ) {}

  /** Throws RATE_LIMITED; counts by e-mail, whether or not an account has it. */
  async consume(email: string, address: string, isKnownAddress: () => Promise<boolean>): Promise<void> {
    await this.take(email, pairKey(email, address), perPair, async () => false);
    await this.take(email, accountKey(email), perAccount, isKnownAddress);
  }

  /** After a right password. */
  async forgive(email: string, address: string): Promise<void> {
    await this.state.limits.reset(pairKey(email, address)).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'The count of sign-in attempts could not be reset.');
    });
  }

  private async take(email: string, key: string, requests: number, isExempt: () => Promise<boolean>): Promise<void> {
    const limit: Limit = { requests: Math.ceil(requests * this.config.LIMIT_SCALE), windowSeconds };
    const decision = await this.state.limits.consume(key, limit);
    if (decision.allowed || (await isExempt())) return;
    this.audit.throttled(email);
    throw new DomainError('RATE_LIMITED', 'Too many attempts to sign in.', { retryAfterSeconds: decision.resetSeconds });
  }
}
