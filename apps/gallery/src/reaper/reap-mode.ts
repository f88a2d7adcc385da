/** What is removed, as reports, logs and metrics name it. */
export type ReapKind =
  | 'expired_upload'
  | 'trash'
  | 'person'
  | 'site'
  | 'organization'
  | 'multipart'
  | 'unknown_object'
  | 'lost_object'
  | 'usage_drift'
  /** In our buckets, but not by a key of ours: never touched. */
  | 'foreign_object';

/** What was removed, or would be. */
export interface Reaped {
  readonly kind: ReapKind;
  readonly count: number;
  readonly bytes: number;
}

export interface ReapMode {
  /** Nothing is changed. */
  readonly dryRun: boolean;
  /** Everything, from the beginning to the end, instead of a bounded piece that goes on where the last one ended. */
  readonly whole: boolean;
  /** More is removed than is usual: an operator has looked at the report. */
  readonly evenUnusual: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export const pieceByPiece = (): ReapMode => ({ dryRun: false, whole: false, evenUnusual: false, now: Date.now() });

/**
 * Milliseconds that an object without a row, or a row without its object, is left alone: an intent may be under way, or a
 * message on its way.
 */
export const grace = 86_400_000;

/** The most objects without rows, or rows without objects, that a pass takes for the leavings of crashes. */
export const usualMost = 100;
/** So few are usual even where they are most of what there is. */
const usualFew = 5;

/**
 * Whether there are more than crashes leave. It is rather the sign of a database that was restored to an earlier time, or
 * of the wrong bucket: nothing is removed then until an operator says so.
 */
export const isUnusual = (found: number, looked: number, { dryRun, evenUnusual }: ReapMode): boolean =>
  !dryRun && !evenUnusual && (found > usualMost || (found > usualFew && found * 2 > looked));

/** Adds up what is of one kind. */
export function summed(pieces: readonly Reaped[]): Reaped[] {
  const sums = new Map<ReapKind, Reaped>();
  for (const { kind, count, bytes } of pieces) {
    const before = sums.get(kind) ?? { count: 0, bytes: 0 };
    sums.set(kind, { kind, count: before.count + count, bytes: before.bytes + bytes });
  }
  return [...sums.values()];
}
