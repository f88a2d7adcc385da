/** Milliseconds that the two kinds took in one round. */
export type Pair = readonly [known: number, unknown: number];

const rounds = 40;
/** Of which all must say the same: chance alone says it in one of a thousand, and twice more in the same direction hardly ever. */
const repetitions = 3;
/** Two-sided, one in a thousand. */
const criticalZ = 3.29;
/** Milliseconds: less than this is beneath what any network lets through of a difference. */
const leastDifference = 1;

const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? 0) + (sorted[Math.floor(middle)] ?? 0)) / 2;
};

/** Mann–Whitney U as a z-score: positive where the first are larger. Without assumptions on how either is distributed. */
export function rankDifference(first: readonly number[], second: readonly number[]): number {
  let wins = 0;
  for (const a of first) for (const b of second) wins += a > b ? 1 : a === b ? 0.5 : 0;
  const [n, m] = [first.length, second.length];
  return (wins - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
}

/** One look at both kinds; undefined where nothing tells them apart, else which takes longer and by how much. */
async function look(measure: () => Promise<Pair>, leastMs: number): Promise<{ readonly slower: 'known' | 'unknown'; readonly byMs: number } | undefined> {
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round += 1) pairs.push(await measure());
  const [known, unknown] = [pairs.map(([one]) => one), pairs.map(([, other]) => other)];
  const z = rankDifference(known, unknown);
  const byMs = Math.abs(median(known) - median(unknown));
  return Math.abs(z) > criticalZ && byMs >= leastMs ? { slower: z > 0 ? 'known' : 'unknown', byMs } : undefined;
}

/**
 * Whether time tells known from unknown: what it says if it does, and says it again. A machine that is busy for a while
 * makes one of two interleaved kinds slower by chance, but not each time, and not the same one.
 */
export async function timeTells(measure: () => Promise<Pair>, leastMs = leastDifference): Promise<string | undefined> {
  let first: 'known' | 'unknown' | undefined;
  let byMs = 0;
  for (let repetition = 0; repetition < repetitions; repetition += 1) {
    const seen = await look(measure, leastMs);
    if (!seen || (first !== undefined && seen.slower !== first)) return undefined;
    first = seen.slower;
    byMs = seen.byMs;
  }
  return `${first} takes ${byMs.toFixed(1)} ms longer`;
}

/** Both kinds one after the other, whichever comes first. */
export async function inTurn(known: () => Promise<unknown>, unknown: () => Promise<unknown>): Promise<Pair> {
  const timed = async (work: () => Promise<unknown>): Promise<number> => {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
  };
  if (Math.random() < 0.5) return [await timed(known), await timed(unknown)];
  const second = await timed(unknown);
  return [await timed(known), second];
}
