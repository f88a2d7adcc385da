import { schemaLimits } from '@atrium/contracts/events';
import type { Format } from 'ajv';
import { fullFormats } from 'ajv-formats/dist/formats.js';

const names = [
  'date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uri-reference', 'uuid', 'json-pointer',
] as const;
export const formatNames: ReadonlySet<string> = new Set(names);

// Some of their expressions take time in the square of the length.
const short = (holds: (text: string) => boolean) => (text: string) => text.length <= schemaLimits.matchedText / 2 && holds(text);

function bounded(format: Format): Format {
  if (format instanceof RegExp) return short((text) => format.test(text));
  if (typeof format === 'function') return short(format);
  if (typeof format !== 'object' || !('validate' in format)) throw new Error('A format of an unforeseen kind.');
  const { validate } = format;
  if (validate instanceof RegExp) return short((text) => validate.test(text));
  return short((text) => Boolean((validate as (text: string) => unknown)(text)));
}

/** The formats of draft 2020-12 that schemas may name, on texts of bounded length. */
export const schemaFormats: Readonly<Record<string, Format>> = Object.fromEntries(
  names.map((name) => [name, bounded(fullFormats[name])]),
);
