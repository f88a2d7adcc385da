import { LOGGER } from '@atrium/platform/context';
import { DomainError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { type AttemptRule, SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { AccountAudit } from '../audit/account-audit.js';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';

/** Whose password is tried, and from where. */
export interface PasswordAttempt {
  readonly email: string;
  /** Undefined where no account has the address. */
  readonly accountId: string | undefined;
  /** The person's device or session that proved itself, or else the address of a stranger. */
  readonly from: { readonly device: string } | { readonly session: string } | { readonly address: string };
}

/** The attempt was the last of its round. */
export interface Pause {
  readonly of: Count['of'];
  readonly seconds: number;
}

interface Count {
  readonly key: string;
  readonly of: 'device' | 'session' | 'pair' | 'account';
  readonly attempts: number;
}

const perOrigin = 5;
const perAccount = 20;
/** 1, 2, 4 … 60 minutes; slow guessing doesn't get by unseen, since the count is kept a day. */
const pauses = { firstPauseSeconds: 60, longestPauseSeconds: 3_600, memorySeconds: 86_400 } as const;

const accountCount = (email: string): Count => ({ key: `login ${email}`, of: 'account', attempts: perAccount });

/** Who proved to be the person's own falls under no count of strangers': they can't lock it out. */
function countsOf({ email, from }: PasswordAttempt): readonly Count[] {
  if ('device' in from) return [{ key: `login device ${from.device}`, of: 'device', attempts: perOrigin }];
  if ('session' in from) return [{ key: `login session ${from.session}`, of: 'session', attempts: perOrigin }];
  return [{ key: `login ${email} ${from.address}`, of: 'pair', attempts: perOrigin }, accountCount(email)];
}

/**
 * Limits guesses: 5 per account and address, 20 per account from all strangers together, 5 per known device or session;
 * then a pause that doubles each time. Counted by e-mail, whether or not an account has it.
 */
@Injectable()
export class LoginThrottle {
  constructor(
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'attempts'>,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'LIMIT_SCALE'>,
    @Inject(LOGGER) private readonly logger: Logger,
    private readonly audit: AccountAudit,
  ) {}

  /** Throws RATE_LIMITED; to be asked before the password is looked at. @returns pauses that begin with this attempt */
  async consume(attempt: PasswordAttempt): Promise<readonly Pause[]> {
    const taken: Count[] = [];
    const begun: Pause[] = [];
    for (const count of countsOf(attempt)) {
      const { allowed, pauseMs } = await this.state.attempts.take(count.key, this.ruleOf(count));
      if (!allowed) {
        await Promise.all(taken.map(({ key }) => this.state.attempts.giveBack(key)));
        this.audit.throttled(attempt.email);
        throw new DomainError('RATE_LIMITED', 'Too many attempts to sign in.', { retryAfterSeconds: Math.ceil(pauseMs / 1000) });
      }
      if (pauseMs > 0) begun.push({ of: count.of, seconds: pauseMs / 1000 });
      taken.push(count);
    }
    return begun;
  }

  /** After a wrong password, which makes the pauses stay. */
  note({ accountId }: PasswordAttempt, begun: readonly Pause[]): void {
    if (begun.length === 0) return;
    this.logger.warn({ event: 'sign_in.paused', account_id: accountId ?? null, pauses: begun }, 'Attempts to sign in pause');
  }

  /** After a right password: its origin begins anew, and of the account's count it is taken off. */
  async forgive(attempt: PasswordAttempt): Promise<void> {
    const counts = countsOf(attempt);
    await Promise.all(counts.map(({ key, of }) => (of === 'account' ? this.state.attempts.giveBack(key) : this.state.attempts.forget(key))));
  }

  private ruleOf({ attempts }: Count): AttemptRule {
    return { attempts: Math.ceil(attempts * this.config.LIMIT_SCALE), ...pauses };
  }
}
