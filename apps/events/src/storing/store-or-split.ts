export interface Splitting<T> {
  /** Stores them together or not at all. */
  readonly store: (items: readonly T[], first: number) => Promise<void>;
  /** Whether a part of them may pass where all together did not; anything else is thrown. */
  readonly splits: (error: unknown, items: readonly T[]) => boolean;
  /** Place of the item that the error is probably about; only a hint, which saves tries. */
  readonly suspect: (error: unknown, items: readonly T[]) => number | undefined;
  /** Told of an item that was refused alone. */
  readonly refused: (item: T, index: number, error: unknown) => Promise<void> | void;
}

/**
 * Stores items in as few parts as it can, in order. Where a part is refused it is divided, until what is refused stands
 * alone: nothing is refused on suspicion.
 */
export async function storeOrSplit<T>(items: readonly T[], splitting: Splitting<T>, first = 0): Promise<void> {
  const [only] = items;
  if (only === undefined) return;
  try {
    await splitting.store(items, first);
  } catch (error) {
    if (!splitting.splits(error, items)) throw error;
    if (items.length === 1) return splitting.refused(only, first, error);
    for (const [from, to] of partsOf(items.length, splitting.suspect(error, items))) {
      await storeOrSplit(items.slice(from, to), splitting, first + from);
    }
  }
}

/** What comes before the suspect, it alone, and what comes behind; halves without one. */
function partsOf(length: number, suspect: number | undefined): [from: number, to: number][] {
  if (suspect !== undefined && suspect >= 0 && suspect < length) return [[0, suspect], [suspect, suspect + 1], [suspect + 1, length]];
  const half = Math.ceil(length / 2);
  return [[0, half], [half, length]];
}
