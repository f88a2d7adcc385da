/** So many attempts, then a pause; after as many again a pause twice as long, and so on. */
export interface AttemptRule {
  /** Whole, at least 1. */
  readonly attempts: number;
  readonly firstPauseSeconds: number;
  readonly longestPauseSeconds: number;
  /** Without an attempt for so long after the last pause, the count begins anew. */
  readonly memorySeconds: number;
}

/** What is held of a key. */
export interface AttemptState {
  /** Attempts since the count began. */
  readonly count: number;
  /** Milliseconds since the epoch; 0 where no pause was due. */
  readonly pausedUntil: number;
  /** Milliseconds since the epoch: from then on nothing is held. */
  readonly expiresAt: number;
}

export interface AttemptDecision {
  readonly allowed: boolean;
  /** Of an attempt that was refused, what is left; of one that was the last of its round, what follows; else 0. */
  readonly pauseMs: number;
}

/** Rounds beyond which no pause grows: it bounds the arithmetic, not the pause. */
export const mostDoublings = 20;

/** One attempt by the rule. The stores do the same in their own languages. */
export function takeAttempt(
  held: AttemptState | undefined,
  rule: AttemptRule,
  now: number,
): { readonly state: AttemptState; readonly decision: AttemptDecision } {
  if (held && held.pausedUntil > now) return { state: held, decision: { allowed: false, pauseMs: held.pausedUntil - now } };
  const count = held && held.expiresAt > now ? held.count + 1 : 1;
  const pauseMs = count % rule.attempts === 0 ? pauseAfter(count / rule.attempts, rule) : 0;
  const pausedUntil = pauseMs > 0 ? now + pauseMs : 0;
  const expiresAt = now + pauseMs + rule.memorySeconds * 1000;
  return { state: { count, pausedUntil, expiresAt }, decision: { allowed: true, pauseMs } };
}

/** As if the last attempt had not been. */
export const giveBackAttempt = (held: AttemptState): AttemptState => ({ ...held, count: Math.max(0, held.count - 1), pausedUntil: 0 });

const pauseAfter = (rounds: number, { firstPauseSeconds, longestPauseSeconds }: AttemptRule): number =>
  Math.min(firstPauseSeconds * 2 ** Math.min(rounds - 1, mostDoublings), longestPauseSeconds) * 1000;
