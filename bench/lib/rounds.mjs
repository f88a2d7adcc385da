// Machines are noisy: contenders take turns, and medians are compared.

export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/**
 * Runs each contender once a round, in changing order, after one round to warm up.
 * `contenders`: name → async () => {perSecond, …}. Gives name → {median, spread, rounds}.
 */
export async function interleave({ rounds, contenders, onRound = () => undefined }) {
  const names = Object.keys(contenders);
  const results = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round += 1) {
    const order = round % 2 === 0 ? names : [...names].reverse();
    for (const name of order) {
      const result = await contenders[name]();
      if (round === 0) continue;
      results[name].push(result);
      onRound(round, name, result);
    }
  }
  return Object.fromEntries(
    names.map((name) => {
      const figures = results[name].map(({ perSecond }) => perSecond);
      return [name, { median: median(figures), min: Math.min(...figures), max: Math.max(...figures), rounds: results[name] }];
    }),
  );
}

/** Prints each contender's figures and its ratio to `ours` (ours / baseline). */
export function report(title, results, ours, write = (text) => process.stdout.write(text)) {
  write(`\n${title}\n`);
  for (const [name, { median: middle, min, max, rounds }] of Object.entries(results)) {
    const p50 = median(rounds.map((round) => round.p50 ?? 0));
    const p99 = median(rounds.map((round) => round.p99 ?? 0));
    const cpu = rounds.every((round) => round.cpuMicroseconds !== undefined)
      ? `  ${median(rounds.map((round) => round.cpuMicroseconds)).toFixed(0)} µs CPU each`
      : '';
    const ratio = name === ours ? '' : `  ours/this = ${(results[ours].median / middle).toFixed(2)}`;
    write(
      `  ${name.padEnd(24)} ${Math.round(middle).toString().padStart(8)}/s  (${Math.round(min)}–${Math.round(max)})` +
        `  p50 ${p50.toFixed(2)} ms  p99 ${p99.toFixed(2)} ms${cpu}${ratio}\n`,
    );
  }
}
