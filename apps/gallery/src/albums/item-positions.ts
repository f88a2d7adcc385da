import { generateNKeysBetween } from 'fractional-indexing';

/** Characters of the longest position. Whoever keeps moving files to one place gets there after some hundred moves. */
export const longestPosition = 64;

/** What new positions lie between; null is the beginning, or the end. */
export interface Gap {
  readonly lower: string | null;
  readonly upper: string | null;
}

/**
 * `count` positions in the gap, in their order; they sort as bytes do. Undefined where one would be too long: then the
 * album's positions are to be spread anew.
 */
export function positionsIn({ lower, upper }: Gap, count: number): readonly string[] | undefined {
  const positions = generateNKeysBetween(lower, upper, count);
  return positions.every(({ length }) => length <= longestPosition) ? positions : undefined;
}

/** Short positions for a whole album. */
export const spreadPositions = (count: number): readonly string[] => generateNKeysBetween(null, null, count);
