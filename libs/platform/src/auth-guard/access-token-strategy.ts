import type { KeyObject } from 'node:crypto';
import type { Principal } from '@atrium/contract-kit';
import { Strategy } from 'passport-jwt';
import type { JwksCache } from './jwks-cache.js';
import { principalOfClaims } from './principal-of-claims.js';
import { parseTokenHeader } from './token-header.js';

export interface AccessTokenRules {
  readonly jwks: JwksCache;
  readonly issuer: string;
  readonly audience: string;
  /** 60 where unset. */
  readonly clockToleranceSeconds?: number;
}

/** What passport-jwt asks of a request here; a Fastify and an Express request both have it. */
interface TokenRequest {
  readonly headers: { readonly authorization?: string };
}

/** What jsonwebtoken takes as a key, of which passport-jwt's types know strings and buffers alone. */
type GiveKey = (error: unknown, key?: KeyObject) => void;

/** One run of a strategy, with the outcomes that passport adds to it. */
interface StrategyRun {
  authenticate(request: TokenRequest): void;
  success(principal: Principal): void;
  fail(reason: unknown): void;
  error(reason: unknown): void;
}

/** passport-jwt's strategy bound to access tokens: the key comes from the key set alone, the algorithm is ES256. */
export class AccessTokenStrategy {
  private readonly strategy: Strategy;

  constructor({ jwks, issuer, audience, clockToleranceSeconds = 60 }: AccessTokenRules) {
    this.strategy = new Strategy(
      {
        jwtFromRequest: (request: TokenRequest) => request.headers.authorization ?? null,
        secretOrKeyProvider: (_request: TokenRequest, rawToken: string, done) => {
          // Its own throw (a payload that no check expects) must settle the run as well.
          signingKeyOf(jwks, rawToken).then((key) => (done as GiveKey)(null, key)).catch(done);
        },
        algorithms: ['ES256'],
        issuer,
        audience,
        jsonWebTokenOptions: { clockTolerance: clockToleranceSeconds },
      },
      (payload: unknown, done: (error: unknown, principal?: Principal) => void) => {
        done(null, principalOfClaims(payload));
      },
    );
  }

  /** Runs the strategy as passport does, on a copy that carries the outcomes. Rejects with the reason. */
  authenticate(rawToken: string): Promise<Principal> {
    return new Promise((resolve, reject) => {
      const run = Object.create(this.strategy) as StrategyRun;
      run.success = resolve;
      run.fail = reject;
      run.error = reject;
      run.authenticate({ headers: { authorization: rawToken } });
    });
  }
}

async function signingKeyOf(jwks: JwksCache, rawToken: string): Promise<KeyObject> {
  const { kid } = parseTokenHeader(rawToken);
  const key = await jwks.findKey(kid);
  if (key === undefined) throw new Error('token header: kid is not in the key set');
  return key;
}
