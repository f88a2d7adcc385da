import type { Figures, FiguresRange, Structure } from './manifest.js';

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

/** What a backup holds that was taken between two measurements: exactly what both agree on. */
export function rangeOf(before: Readonly<Record<string, Figures>>, after: Readonly<Record<string, Figures>>): Record<string, FiguresRange> {
  const none: Figures = { rows: 0, checksum: '' };
  return Object.fromEntries(
    [...new Set([...Object.keys(before), ...Object.keys(after)])].map((name) => {
      const [then, now] = [before[name] ?? none, after[name] ?? none];
      const checksum = then.rows === now.rows && then.checksum === now.checksum ? then.checksum : null;
      return [name, { least: Math.min(then.rows, now.rows), most: Math.max(then.rows, now.rows), checksum }];
    }),
  );
}

/** Partitions whose rows can't be those of the backup, a line each. */
export function rangeDifferences(expected: Readonly<Record<string, FiguresRange>>, found: Readonly<Record<string, Figures>>): string[] {
  return [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort().flatMap((name) => {
    const { least, most, checksum } = expected[name] ?? { least: 0, most: 0, checksum: null };
    const { rows, checksum: here } = found[name] ?? { rows: 0, checksum: checksum };
    if (rows < least || rows > most) return [`${name}: ${least === most ? least : `${least} to ${most}`} rows in the backup, ${rows} here`];
    return checksum === null || checksum === here ? [] : [`${name}: as many rows, of another content`];
  });
}
