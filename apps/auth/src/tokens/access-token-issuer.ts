import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { type JWTPayload, SignJWT } from 'jose';
import { AUTH_CONFIG, type AuthConfig } from '../config.js';
import type { Membership } from '../memberships/membership.js';
import { KeyRing } from '../signing-keys/key-ring.js';
import { claimsOf, type MembershipClaims } from './token-claims.js';

export interface AccessTokenSubject {
  readonly accountId: string;
  readonly sessionId: string;
  readonly membership: Membership | undefined;
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
  issue({ accountId, sessionId, membership }: AccessTokenSubject): Promise<string> {
    return this.sign(accountId, { ...claimsOf(membership), sid: sessionId }, this.seconds);
  }

  /** As {@link issue}, and the token says what it is: nothing that a person may by being that person is for it. */
  issueForApiKey({ accountId, keyId, claims, seconds }: ApiKeySubject): Promise<string> {
    return this.sign(accountId, { ...claims, sid: keyId, kind: 'api_key' }, seconds);
  }

  private sign(accountId: string, claims: MembershipClaims & JWTPayload, seconds: number): Promise<string> {
    const { kid, key } = this.keys.current();
    const issuedAt = Math.floor(Date.now() / 1000);
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .setIssuer(this.config.TOKEN_ISSUER)
      .setAudience(this.config.TOKEN_AUDIENCE)
      .setSubject(accountId)
      .setJti(randomUUID())
      .setIssuedAt(issuedAt)
      .setExpirationTime(issuedAt + seconds)
      .sign(key);
  }
}
