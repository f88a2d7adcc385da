import { SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { MAILER_CONFIG, type MailerConfig } from '../config.js';

const perHour = 20;
const hour = 3_600;
/** Seconds for which an event's tries count as one. */
const day = 86_400;

/** Nobody's mailbox is flooded through us: 20 mails an hour to one address. */
@Injectable()
export class RecipientLimit {
  constructor(
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'limits'>,
    @Inject(MAILER_CONFIG) private readonly config: Pick<MailerConfig, 'LIMIT_SCALE'>,
  ) {}

  /** Counts each event once, however often its mail is tried. */
  async allows(address: string, eventId: string): Promise<boolean> {
    const firstTry = await this.state.limits.consume(`mail event ${eventId}`, { requests: 1, windowSeconds: day });
    if (!firstTry.allowed) return true;
    const limit = { requests: Math.ceil(perHour * this.config.LIMIT_SCALE), windowSeconds: hour };
    return (await this.state.limits.consume(`mail ${address}`, limit)).allowed;
  }
}
