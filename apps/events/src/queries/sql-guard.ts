import { invalidField } from '@atrium/platform/errors';

/**
 * What is refused before ClickHouse runs it, on the text as ClickHouse itself formats it: there, whatever way a name was
 * escaped, commented or quoted, it stands as it is. Rights and the row policy are what isolates; this gives clear
 * answers, and closes the scalar function `file`, which the embedded engine does not guard.
 */
const refusals: readonly (readonly [pattern: RegExp, message: string])[] = [
  [/^(?!\(*\s*(?:SELECT|WITH)\b)/i, 'must be one SELECT'],
  [/(?<![.\w`])`?file`?(?!\w)/i, 'must not use the name file'],
  // Keywords stand in capitals there. Of a subquery's settings ClickHouse itself checks none (ADR 0033).
  [/\bINTO\s+OUTFILE\b/, 'must not write files'],
  [/\bFORMAT\s+\w+\s*$/, 'must not name a FORMAT: the answer is JSON'],
  [/\bSETTINGS\b/, 'must not change settings'],
  [/(?<![.\w])`?(?:host_?name|fullHostName|FQDN|displayName|serverUUID|getMacro|tcpPort|getServerPort|getServerSetting|getOSKernelVersion|filesystem\w+)`?\s*\(/i, 'must not ask for the server itself'],
];

const quoted = /'(?:[^'\\]|\\.|'')*'|`(?:[^`\\]|\\.|``)*`|"(?:[^"\\]|\\.|"")*"/gs;

/** Without texts, and without names that need quotes: a quote in one of them must not hide what stands behind it. */
const withoutTexts = (formatted: string): string =>
  formatted.replace(quoted, (token) => (token.startsWith("'") ? "''" : /^.\w+.$/.test(token) ? `\`${token.slice(1, -1)}\`` : '``'));

/** What tools ask beside that, to show what there is; an answer's format is theirs to choose. */
const readingStatements = /^\(*\s*(?:SELECT|WITH|EXPLAIN|DESCRIBE|EXISTS|SHOW (?:FULL )?(?:TABLES|DATABASES|COLUMNS|FUNCTIONS))\b/i;
const forTools = refusals.filter(([, message]) => !/one SELECT|FORMAT/.test(message));

/** As {@link requireHarmless}, for tools that speak ClickHouse's own interface. */
export function requireReadOnly(formatted: string): void {
  if (!readingStatements.test(formatted)) throw invalidField('query', 'must be a SELECT, SHOW, DESCRIBE, EXISTS or EXPLAIN');
  requireNone(forTools, formatted);
}

/** Throws VALIDATION_ERROR. `formatted` is what formatQuerySingleLine made of the query. */
export function requireHarmless(formatted: string): void {
  requireNone(refusals, formatted);
}

function requireNone(rules: typeof refusals, formatted: string): void {
  const names = withoutTexts(formatted);
  for (const [pattern, message] of rules) {
    if (pattern.test(names)) throw invalidField('query', message);
  }
}

/** Parameters of type Identifier put names into the query after it was looked at. Throws VALIDATION_ERROR. */
export function requireHarmlessParameters(parameters: Readonly<Record<string, string | number | boolean>>): void {
  for (const [name, value] of Object.entries(parameters)) {
    if (/^\W*file\W*$/i.test(String(value))) throw invalidField(`params.${name}`, 'must not be the name file');
  }
}
