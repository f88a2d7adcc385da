import { DomainError } from '@atrium/platform/errors';
import { SHARED_STATE, type SharedState } from '@atrium/platform/state';
import { Inject, Injectable } from '@nestjs/common';
import { errors } from 'oidc-provider';
import { AUTH_CONFIG, type AuthConfig } from '../../config.js';

const perClient = 3_000;
const windowSeconds = 60;

/** Limits what one client app gets; counted once it has proven who it is, so that strangers can't use its limit up. */
@Injectable()
export class TokenLimit {
  constructor(
    @Inject(SHARED_STATE) private readonly state: Pick<SharedState, 'limits'>,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'LIMIT_SCALE'>,
  ) {}

  /** Throws an OAuth error that answers 429. */
  async consume(clientId: string): Promise<void> {
    const limit = { requests: Math.max(1, Math.ceil(perClient * this.config.LIMIT_SCALE)), windowSeconds };
    const decision = await this.state.limits.consume(`oauth-client ${clientId}`, limit);
    if (decision.allowed) return;
    const error = new errors.CustomOIDCProviderError('temporarily_unavailable', 'too many requests of this client');
    throw Object.assign(error, { status: 429, statusCode: 429, cause: new DomainError('RATE_LIMITED') });
  }
}
