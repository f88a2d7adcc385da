import type { Principal } from '@atrium/contract-kit';
import type { Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';
import { SessionRepository } from './session.repository.js';

const freshSeconds = 600;

/** What changes how an account is entered asks for a recent proof, so that a stolen access token isn't enough. */
@Injectable()
export class StepUp {
  constructor(private readonly sessions: SessionRepository) {}

  /** Throws REAUTHENTICATION_REQUIRED unless the person proved within ten minutes, in this session, who they are. */
  async require(tx: Transaction, { sessionId }: Principal): Promise<void> {
    if (!(await this.sessions.isFresh(tx, sessionId, freshSeconds))) throw new DomainError('REAUTHENTICATION_REQUIRED');
  }
}
