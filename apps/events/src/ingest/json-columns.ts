import { isRawJson, type RawJson, rawJson } from './raw-json.js';

// Half a surrogate pair is no character, and ClickHouse refuses it. JSON.stringify writes one as an escape; a text may
// hold the same letters, but hardly ever does, so that only few are looked at closely.
const mayHoldHalfPair = (json: string): boolean => json.includes('\\ud');
/** The text with each half of a surrogate pair replaced: such a half is no character. */
export const wellFormedText = (value: string): string => value.replace(/\p{Surrogate}/gu, '\ufffd');

/** A text as JSON that ClickHouse reads; half pairs become U+FFFD. */
export function jsonText(value: string): string {
  const json = JSON.stringify(value);
  return mayHoldHalfPair(json) ? JSON.stringify(wellFormedText(value)) : json;
}

interface Mapping {
  readonly text: (value: string) => string;
  readonly number: (value: number | RawJson) => unknown;
}

/** A copy with every text, key and number mapped. */
function mapped(value: unknown, mapping: Mapping): unknown {
  if (typeof value === 'string') return mapping.text(value);
  if (typeof value === 'number') return mapping.number(value);
  if (Array.isArray(value)) return value.map((inner) => mapped(inner, mapping));
  if (typeof value !== 'object' || value === null) return value;
  if (isRawJson(value)) return mapping.number(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [mapping.text(key), mapped(inner, mapping)]));
}

const same = <T>(value: T): T => value;

function objectText(value: object): string {
  const json = JSON.stringify(value);
  return mayHoldHalfPair(json) ? JSON.stringify(mapped(value, { text: wellFormedText, number: same })) : json;
}

// What ClickHouse's JSON type makes of values, as flags.
/** It reads back differently. Said of more than is so, where that is cheaper: it costs a copy of the text. */
const changes = 1;
/** An integer beyond 64 bits, which it can't read; as a float it can. */
const oversize = 2;

/** 1e21 is where JavaScript writes exponents by itself. */
const isOversize = (number: number): boolean => (number >= 2 ** 64 || number < -(2 ** 63)) && Math.abs(number) < 1e21;

const rawFlags = ({ rawJSON }: RawJson): number => {
  const exact = BigInt(rawJSON);
  return exact >= 2n ** 64n || exact < -(2n ** 63n) ? changes | oversize : 0;
};

function flagsOfMember(value: unknown): number {
  if (typeof value === 'number') return isOversize(value) ? changes | oversize : 0;
  if (value === null) return changes;
  return typeof value === 'object' ? flagsOf(value) : 0;
}

/** Lists get one type for all elements: those of one plain kind keep it. */
function flagsOfList(list: readonly unknown[]): number {
  const kind = typeof list[0];
  const isPlain = (kind === 'string' || kind === 'number') && list.every((one) => typeof one === kind);
  const first = isPlain || list.length === 0 ? 0 : changes;
  return list.reduce<number>((flags, one) => flags | flagsOfMember(one), first);
}

/** Nulls and empty objects vanish, dots in keys become levels. */
function flagsOf(value: object): number {
  if (Array.isArray(value)) return flagsOfList(value);
  if (isRawJson(value)) return rawFlags(value);
  let flags = 0;
  let isEmpty = true;
  for (const key in value) {
    isEmpty = false;
    flags |= flagsOfMember(value[key as keyof typeof value]) | (key.includes('.') ? changes : 0);
  }
  return isEmpty ? changes : flags;
}

const asFloat = (value: number | RawJson): unknown => {
  const number = typeof value === 'number' ? value : Number(value.rawJSON);
  const beyond = typeof value === 'number' ? isOversize(value) : rawFlags(value) !== 0;
  return beyond ? rawJson(number.toExponential()) : value;
};

const readable = (value: object, json: string, flags: number): string =>
  flags & oversize ? objectText(Object(mapped(value, { text: same, number: asFloat }))) : json;

/** `,"name":{…}` for a column of type JSON; nothing for nothing. */
export const jsonColumn = (name: string, value: object | undefined): string =>
  value === undefined ? '' : `,"${name}":${readable(value, objectText(value), flagsOf(value))}`;

/** The columns of properties: as JSON to query, and, where that would change something, as the text itself. */
export function propertiesColumns(properties: object | undefined): string {
  if (properties === undefined) return '';
  const json = objectText(properties);
  const flags = flagsOf(properties);
  return `,"properties":${readable(properties, json, flags)}${flags === 0 ? '' : `,"properties_raw":${JSON.stringify(json)}`}`;
}
