import type { SignedIn } from '@atrium/contracts/auth';
import { Injectable } from '@nestjs/common';
import type { Account } from '../accounts/account.repository.js';
import type { Membership } from '../memberships/membership.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { claimsOf } from '../tokens/token-claims.js';

export interface SessionTokens {
  readonly account: Pick<Account, 'id' | 'email'>;
  readonly sessionId: string;
  readonly membership: Membership | undefined;
  readonly refreshToken: string;
  /** How long the access token lives, where that is less than usual. */
  readonly seconds?: number;
}

/** Makes the answer that carries tokens. */
@Injectable()
export class SignedInAnswer {
  constructor(private readonly issuer: AccessTokenIssuer) {}

  of({ account, sessionId, membership, refreshToken, seconds = this.issuer.seconds }: SessionTokens): SignedIn {
    return {
      access_token: this.issuer.issue({ accountId: account.id, sessionId, membership, seconds }),
      refresh_token: refreshToken,
      token_type: 'Bearer',
      expires_in: seconds,
      user: { id: account.id, email: account.email, roles: claimsOf(membership).roles },
    };
  }
}
