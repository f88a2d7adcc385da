/** Does a piece of work and tells how long it took. */
export interface Stopwatch {
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export type Print = (line: string) => void;

const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Prints each step with its time, also one that fails. */
export function printingStopwatch(print: Print): Stopwatch & { readonly total: () => string } {
  const begin = performance.now();
  return {
    async step(name, work) {
      const start = performance.now();
      try {
        return await work();
      } finally {
        print(`${seconds(start).padStart(9)}  ${name}`);
      }
    },
    total: () => seconds(begin),
  };
}
