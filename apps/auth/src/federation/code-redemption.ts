import { timingSafeEqual } from 'node:crypto';
import { Database } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { hashOfToken } from '../tokens/opaque-token.js';
import { type Binding, CodeRepository, type Grant } from './code.repository.js';
import { FlowCookie } from './flow-cookie.js';

/** What comes with a code. */
export interface Redemption {
  readonly code: string;
  readonly code_verifier?: string | undefined;
}

/**
 * Takes the one-time code of a finished flow. A code alone is worth nothing, since it was in an address bar: it works with
 * the verifier of the challenge that the application gave at the start (RFC 7636 §4.6), or, where it gave none, in the
 * browser that holds the flow's cookie.
 */
@Injectable()
export class CodeRedemption {
  constructor(
    private readonly database: Database,
    private readonly codes: CodeRepository,
    private readonly cookie: FlowCookie,
  ) {}

  /** @returns what the code stands for; undefined for one that is unknown, used, over or somebody else's, and used up by that */
  async redeem({ code, code_verifier }: Redemption, cookies: ReadonlyMap<string, string>): Promise<Grant | undefined> {
    const taken = await this.database.withoutTenant((tx) => this.codes.take(tx, hashOfToken(code)));
    if (!taken) return undefined;
    return isBound(taken.binding, code_verifier, this.cookie.read(cookies)) ? taken.grant : undefined;
  }
}

function isBound({ browserHash, codeChallenge }: Binding, verifier: string | undefined, browserSecret: string | undefined): boolean {
  if (codeChallenge === null) return browserSecret !== undefined && timingSafeEqual(hashOfToken(browserSecret), browserHash);
  return verifier !== undefined && hashOfToken(verifier).toString('base64url') === codeChallenge;
}
