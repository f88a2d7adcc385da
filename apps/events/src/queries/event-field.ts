import { textColumns, timeColumns } from '@atrium/contracts/events';

const columnOf: Readonly<Record<string, string>> = { event: 'event_name', timestamp: 'ts' };
/** Columns of another type that are looked at as texts. */
const otherColumns: ReadonlySet<string> = new Set(['site_id', 'source_id', 'event_id', 'browser_version', 'is_bot']);

/** Where a name of a question is to be found, as SQL of each type that it may have. */
export type EventField =
  | { readonly kind: 'text'; readonly sql: string }
  | { readonly kind: 'time'; readonly sql: string }
  | {
      readonly kind: 'property';
      /** Null where the property is absent or of another type. */
      readonly text: string;
      readonly number: string;
      readonly bool: string;
      readonly any: string;
      /** Holds what is below, where it is an object. */
      readonly object: string;
    };

/** ClickHouse reads backslashes in a quoted name as in a text. */
const quotedName = (key: string): string => `\`${key.replace(/[\\`]/g, (character) => `\\${character}`)}\``;

function propertyAt(column: 'properties' | 'context', path: string): EventField {
  const quoted = path.split('.').map(quotedName).join('.');
  const at = `${column}.${quoted}`;
  const number = `coalesce(toFloat64(${at}.:Int64), ${at}.:Float64, toFloat64(${at}.:UInt64))`;
  return { kind: 'property', any: at, text: `${at}.:String`, bool: `${at}.:Bool`, number, object: `${column}.^${quoted}` };
}

/** The field of that name: a column, or else a property; `properties.` or `context.` in front make it one in any case. */
export function fieldOf(name: string): EventField {
  const column = columnOf[name] ?? name;
  if (timeColumns.some((one) => one === name)) return { kind: 'time', sql: column };
  if (textColumns.some((one) => one === name)) return { kind: 'text', sql: otherColumns.has(name) ? `toString(${column})` : column };
  const [first, ...rest] = name.split('.');
  if (rest.length > 0 && (first === 'properties' || first === 'context')) return propertyAt(first, rest.join('.'));
  return propertyAt('properties', name);
}
