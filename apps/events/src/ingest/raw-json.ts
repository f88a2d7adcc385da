/** A number by its digits (JSON.parse source text access, ECMA-262): JSON.stringify writes them as they are. */
export interface RawJson {
  readonly rawJSON: string;
}

declare global {
  interface JSON {
    rawJSON(text: string): RawJson;
    isRawJSON(value: unknown): boolean;
  }
}

export const rawJson = (digits: string): RawJson => JSON.rawJSON(digits);
export const isRawJson = (value: object): value is RawJson => JSON.isRawJSON(value);

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return isRawJson(value) ? Number(value.rawJSON) : withPlainNumbers(value);
}

/** The object with numbers as JavaScript has them, for whoever looks at values and not at digits; itself where it has no others. */
export function withPlainNumbers(value: object): object {
  const before = Object.entries(value);
  const after = before.map(([key, inner]): [string, unknown] => [key, plain(inner)]);
  if (after.every(([, inner], index) => inner === before[index]?.[1])) return value;
  return Array.isArray(value) ? after.map(([, inner]) => inner) : Object.fromEntries(after);
}
