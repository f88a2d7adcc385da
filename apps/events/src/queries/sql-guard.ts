import { invalidField } from '@atrium/platform/errors';

/**
 * What is refused before ClickHouse runs it, on the text as ClickHouse itself formats it: there, whatever way a name was
 * escaped, commented or quoted, it stands as it is. Rights and the row policy are what isolates; this gives clear
 * answers, and closes the scalar function `file`, which the embedded engine does not guard.
 */
const refusals: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/^(?!\(*\s*(?:SELECT|WITH)\b)/i, 'must be one SELECT'],
  [/(?<![.\w`])`?file`?(?!\w)/i, 'must not use the name file'],
  [/\bINTO\s+OUTFILE\b/i, 'must not write files'],
  [/\bFORMAT\s+\w+\s*$/i, 'must not name a FORMAT: the answer is JSON'],
  [/\bSETTINGS\b/i, 'must not change settings'],
];

const withoutTexts = (formatted: string): string => formatted.replace(/'(?:[^'\\]|\\.|'')*'/gs, "''");

/** Throws VALIDATION_ERROR. `formatted` is what formatQuerySingleLine made of the query. */
export function requireHarmless(formatted: string): void {
  const names = withoutTexts(formatted);
  for (const [pattern, message] of refusals) {
    if (pattern.test(names)) throw invalidField('query', message);
  }
}

/** Parameters of type Identifier put names into the query after it was looked at. Throws VALIDATION_ERROR. */
export function requireHarmlessParameters(parameters: Readonly<Record<string, string | number | boolean>>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (/^\W*file\W*$/i.test(String(value))) throw invalidField(`params.${name}`, 'must not be the name file');
  }
}
