/** Memory in KiB, and passes over it. */
export interface HashCost {
  readonly memoryCost: number;
  readonly timeCost: number;
}

/** KiB that hashes hold at once, waiting ones none: a quarter of a task of 1 GiB, and four hashes of 64 MiB. */
export const hashMemoryKib = 262_144;

/** Of OWASP's least, some 10 ms each: the last of them waits less than a second and a half on a slow core. */
const waitingPerCore = 64;
const owasp: HashCost = { memoryCost: 19_456, timeCost: 2 };

const workOf = ({ memoryCost, timeCost }: HashCost): number => memoryCost * timeCost;

/** How many hashes run at once, as many as there are cores and memory, and how many wait: for as long as ever, whatever one costs. */
export function hashingBounds(cost: HashCost, cores: number): { readonly atOnce: number; readonly waiting: number } {
  const atOnce = Math.max(1, Math.min(cores, Math.floor(hashMemoryKib / cost.memoryCost)));
  return { atOnce, waiting: Math.max(1, Math.floor((waitingPerCore * workOf(owasp)) / workOf(cost))) * atOnce };
}

/** What a hash would have cost more with today's parameters; undefined where it is no weaker. Time follows memory times passes closely. */
export function missingWork(made: HashCost, today: HashCost): HashCost | undefined {
  const memoryCost = Math.round((workOf(today) - workOf(made)) / today.timeCost);
  // Argon2 takes 8 KiB a lane at least (RFC 9106 section 3.1).
  return memoryCost < 8 ? undefined : { memoryCost, timeCost: today.timeCost };
}
