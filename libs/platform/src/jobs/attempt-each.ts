/**
 * Does the work for one after another; one that fails holds up no others.
 *
 * @returns what the work gave. Throws when all are through, where any failed: `failure` says how many did, the cause is the first
 */
export async function attemptEach<T, R>(items: Iterable<T>, work: (item: T) => Promise<R>, failure: (failed: number) => string): Promise<R[]> {
  const done: R[] = [];
  const errors: unknown[] = [];
  for (const item of items) {
    try {
      done.push(await work(item));
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new Error(failure(errors.length), { cause: errors[0] });
  return done;
}
