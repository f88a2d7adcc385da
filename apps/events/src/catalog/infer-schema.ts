type Json = Record<string, unknown>;

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const formats: readonly (readonly [name: string, holds: (text: string) => boolean])[] = [
  ['uuid', (text) => uuid.test(text)],
  ['date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text))],
  ['date', (text) => /^\d{4}-\d\d-\d\d$/.test(text)],
  ['email', (text) => text.length <= 254 && /^[\w.+-]+@[\w-]+\.[\w.-]+$/.test(text)],
  ['uri', (text) => text.length <= 2_048 && /^https?:\/\/[^\s]+$/.test(text)],
];

/** Distinct texts that may be all there are, seen this many times as often. */
const fewValues = 8;
const longValue = 64;
const timesSeen = 10;
/** Properties of one object that are named; beyond, the names are data themselves. */
const maxProperties = 200;
const maxDepth = 8;

const typeOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
};
const isObject = (value: unknown): value is Json => typeOf(value) === 'object';

function typesOf(values: readonly unknown[]): string[] {
  const types = new Set(values.map(typeOf));
  if (types.has('number')) types.delete('integer');
  return [...types].toSorted();
}

function aboutTexts(texts: readonly string[]): Json {
  if (texts.length === 0) return {};
  const format = formats.find(([, holds]) => texts.every(holds))?.[0];
  if (format !== undefined) return { format };
  const distinct = [...new Set(texts)];
  const few = distinct.length <= fewValues && texts.length >= distinct.length * timesSeen;
  return few && distinct.every(({ length }) => length <= longValue) ? { enum: distinct.toSorted() } : {};
}

function aboutObjects(objects: readonly Json[], depth: number): Json {
  if (objects.length === 0 || depth > maxDepth) return {};
  const byName = new Map<string, unknown[]>();
  for (const [name, value] of objects.flatMap((one) => Object.entries(one))) {
    const known = byName.get(name);
    if (known) known.push(value);
    else byName.set(name, [value]);
  }
  if (byName.size === 0 || byName.size > maxProperties) return {};
  const names = [...byName.keys()].toSorted();
  const required = names.filter((name) => byName.get(name)?.length === objects.length);
  const properties = Object.fromEntries(names.map((name) => [name, schemaOf(byName.get(name) ?? [], depth + 1)]));
  return { properties, ...(required.length > 0 ? { required } : {}) };
}

function schemaOf(values: readonly unknown[], depth: number): Json {
  const types = typesOf(values);
  const items = values.filter(Array.isArray).flat();
  return {
    ...(types.length > 0 ? { type: types.length === 1 ? types[0] : types } : {}),
    // A list of values binds whatever the type is, so that it says all only where texts are all there are.
    ...(types.length === 1 ? aboutTexts(values.filter((value) => typeof value === 'string')) : {}),
    ...aboutObjects(values.filter(isObject), depth),
    ...(items.length > 0 && depth <= maxDepth ? { items: schemaOf(items, depth + 1) } : {}),
  };
}

/** A schema that every one of these objects satisfies: types, what is always there, few values, formats. */
export const inferSchema = (objects: readonly Json[]): Json => ({ ...schemaOf(objects, 1), type: 'object' });
