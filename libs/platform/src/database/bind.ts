/** Adds a value to a statement's and gives the name of its parameter: `$3`. */
export type Bind = (value: unknown) => string;

/** Collects values after those that a statement has already. */
export function binderAfter(given: readonly unknown[]): { readonly values: unknown[]; readonly bind: Bind } {
  const values: unknown[] = [...given];
  return { values, bind: (value) => `$${values.push(value)}` };
}
