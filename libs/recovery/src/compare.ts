import type { Figures, Structure } from './manifest.js';

/** What differs, a line each. */
export function structureDifferences(expected: Structure, found: Structure): string[] {
  const missing = Object.keys(expected).filter((name) => !(name in found)).map((name) => `missing: ${name}`);
  const more = Object.keys(found).filter((name) => !(name in expected)).map((name) => `not in the backup: ${name}`);
  const changed = Object.entries(expected)
    .filter(([name, definition]) => found[name] !== undefined && found[name] !== definition)
    .map(([name, definition]) => `differs: ${name}: ${definition} → ${found[name]}`);
  return [...missing, ...more, ...changed];
}

/** Tables whose rows are not those of the manifest, a line each. */
export function figureDifferences(expected: Readonly<Record<string, Figures>>, found: Readonly<Record<string, Figures>>): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort().flatMap((name) => {
    const [then, now] = [expected[name], found[name]];
    if (!then || !now) return [`${name}: ${then ? 'no such table' : 'a table that the backup does not have'}`];
    if (then.rows !== now.rows) return [`${name}: ${then.rows} rows in the backup, ${now.rows} here`];
    return then.checksum === now.checksum ? [] : [`${name}: as many rows, of another content`];
  });
}
