/** A token that must not be accepted any more, though its signature holds. */
export interface Revocation {
  /** From {@link sessionSubject} or {@link membershipSubject}. */
  readonly subject: string;
  /** Membership versions below it are dead; null for a session, which is dead as a whole. */
  readonly minVersion: number | null;
  /** Seconds since the epoch, by when every token concerned has expired. */
  readonly until: number;
}

export interface RevocationChanges {
  readonly revocations: readonly Revocation[];
  /** For the next question; the store's own clock, so that the instances' clocks don't matter. */
  readonly cursor: number;
}

export interface RevocationStore {
  add(revocation: Revocation): Promise<void>;
  /**
   * Everything that changed since the cursor, and again what changed in the {@link overlapMs} before it: a change may
   * become visible later than its timestamp says. A cursor of 0 gives everything.
   */
  changedSince(cursor: number): Promise<RevocationChanges>;
  /** Removes what has been over for five minutes by the store's clock. */
  removeExpired(): Promise<void>;
}

/** Longer than any write may take from its timestamp to its commit (statements time out earlier). */
export const overlapMs = 10_000;

export const sessionSubject = (sessionId: string): string => `session ${sessionId}`;
export const membershipSubject = (userId: string, orgId: string): string => `membership ${userId} ${orgId}`;
