/** What is known of a presented refresh token, while its session is locked. */
export interface RefreshTokenState {
  readonly rotated: boolean;
  /** Rotated no longer ago than the grace period. */
  readonly withinGrace: boolean;
  /** Null where the successor can't be derived from this token (any more). */
  readonly successorSalt: Buffer | null;
  /** A later token of the session was rotated itself: its holder has moved on. */
  readonly successorUsed: boolean;
}

/**
 * - `rotate`: the live token; it gets a successor.
 * - `repeat`: the immediate predecessor within the grace period (a lost answer, several tabs); the same successor again.
 * - `refuse`: it lost a race against a switch of the organization a moment ago; nothing is wrong, and nothing is given.
 * - `reuse`: anything older. Somebody else holds a copy, and nobody can tell who is who: the session ends
 *   (RFC 9700 §4.14.2).
 */
export type RefreshDecision =
  | { readonly kind: 'rotate' }
  | { readonly kind: 'repeat'; readonly salt: Buffer }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'reuse' };

export function decideRefresh(token: RefreshTokenState): RefreshDecision {
  if (!token.rotated) return { kind: 'rotate' };
  if (!token.withinGrace || token.successorUsed) return { kind: 'reuse' };
  return token.successorSalt ? { kind: 'repeat', salt: token.successorSalt } : { kind: 'refuse' };
}
