import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import type { Membership } from '../memberships/membership.js';
import { KeyRing } from '../signing-keys/key-ring.js';
import { signCompactJws } from './compact-jws.js';
import { claimsOf, type MembershipClaims } from './token-claims.js';

export interface AccessTokenSubject {
  readonly accountId: string;
  readonly sessionId: string;
  readonly membership: Membership | undefined;
  readonly seconds: number;
}

export interface ApiKeySubject {
  /** Of the key's owner. */
  readonly accountId: string;
  readonly keyId: string;
  readonly claims: MembershipClaims;
  readonly seconds: number;
}

/** Signs access tokens (RFC 9068) with the current key. */
@Injectable()
export class AccessTokenIssuer {
  constructor(
    private readonly keys: KeyRing,
    @Inject(AUTH_CONFIG) private readonly config: Pick<AuthConfig, 'TOKEN_ISSUER' | 'TOKEN_AUDIENCE' | 'ACCESS_TOKEN_SECONDS'>,
  ) {}

  /** How long a token lives. */
  get seconds(): number {
    return this.config.ACCESS_TOKEN_SECONDS;
  }

  /** Everything in the token comes from our own records, nothing from the request. */
  issue({ accountId, sessionId, membership, seconds }: AccessTokenSubject): string {
    return this.sign(accountId, { ...claimsOf(membership), sid: sessionId }, seconds);
  }

  /** As {@link issue}, and the token says what it is: nothing that a person may by being that person is for it. */
  issueForApiKey({ accountId, keyId, claims, seconds }: ApiKeySubject): string {
    return this.sign(accountId, { ...claims, sid: keyId, kind: 'api_key' }, seconds);
  }

  private sign(sub: string, claims: MembershipClaims & { readonly sid: string; readonly kind?: 'api_key' }, seconds: number): string {
    const { kid, key } = this.keys.current();
    const { TOKEN_ISSUER: iss, TOKEN_AUDIENCE: aud } = this.config;
    const iat = Math.floor(Date.now() / 1000);
    return signCompactJws({ typ: 'at+jwt', kid }, { ...claims, iss, aud, sub, jti: randomUUID(), iat, exp: iat + seconds }, key);
  }
}
