import { DomainError } from '@atrium/platform/errors';
import { type AttemptRule, SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { SHARE_SETTINGS, type ShareSettings } from './share-settings.js';

const perAddress = 5;
const perShare = 20;
/** 1, 2, 4 … 60 minutes, and 120 guesses a day of everybody together: six characters outlast any share. */
const pauses = { firstPauseSeconds: 60, longestPauseSeconds: 3_600, memorySeconds: 86_400 } as const;

const addressKey = (shareId: string, address: string): string => `share ${shareId} ${address}`;
const shareKey = (shareId: string): string => `share ${shareId}`;

/**
 * Limits guesses at a share's password, in all instances together: 5 from one address and 20 from everybody, then a pause
 * that doubles each time. Counted before the password is looked at, so that many at once get no further.
 */
@Injectable()
export class SharePasswordThrottle {
  constructor(
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'attempts'>,
    @Inject(SHARE_SETTINGS) private readonly settings: Pick<ShareSettings, 'limitScale'>,
  ) {}

  /** @throws RATE_LIMITED */
  async take(shareId: string, address: string): Promise<void> {
    await this.takeOne(addressKey(shareId, address), perAddress);
    try {
      await this.takeOne(shareKey(shareId), perShare);
    } catch (error) {
      await this.state.attempts.giveBack(addressKey(shareId, address));
      throw error;
    }
  }

  /** After a right password: its address begins anew, and of the share's count it is taken off. */
  async forgive(shareId: string, address: string): Promise<void> {
    await Promise.all([this.state.attempts.forget(addressKey(shareId, address)), this.state.attempts.giveBack(shareKey(shareId))]);
  }

  private async takeOne(key: string, attempts: number): Promise<void> {
    const rule: AttemptRule = { attempts: Math.ceil(attempts * this.settings.limitScale), ...pauses };
    const { allowed, pauseMs } = await this.state.attempts.take(key, rule);
    if (allowed) return;
    throw new DomainError('RATE_LIMITED', 'Too many wrong passwords for this share.', { retryAfterSeconds: Math.ceil(pauseMs / 1000) });
  }
}
