import type { ErrorDetail } from '@atrium/contract-kit';

/** PostgreSQL holds no U+0000 in texts, and a surrogate without its other half is no character (RFC 3629 §3). */
const unstorable = /[\0\p{Cs}]/u;

/**
 * One problem per text, key or value, that can't be stored, wherever it is in `input`. Such a text would pass every
 * schema that bounds lengths alone, and fail in the database or, worse, in whoever hears of it later. Without recursion:
 * the depth is the sender's choice.
 */
export function unstorableTexts(input: unknown): ErrorDetail[] {
  const problems: ErrorDetail[] = [];
  const left: { readonly path: readonly string[]; readonly value: unknown }[] = [{ path: [], value: input }];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const { path, value } = next;
    if (typeof value === 'string' && unstorable.test(value)) problems.push(problemAt(path));
    if (typeof value !== 'object' || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (unstorable.test(key)) problems.push(problemAt(path));
      else left.push({ path: [...path, key], value: inner });
    }
  }
  return problems;
}

const problemAt = (path: readonly string[]): ErrorDetail => ({
  field: path.join('.'),
  message: 'must not contain the character U+0000 or half a character',
});
