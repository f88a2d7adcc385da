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
