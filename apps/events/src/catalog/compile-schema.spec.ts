import { schemaLimits } from '@atrium/contracts/events';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileSchema } from './compile-schema.js';
import { inferSchema } from './infer-schema.js';
import { SchemaFault } from './schema-fault.js';

type Json = Record<string, unknown>;

/** Path and message of what is wrong with a schema. */
function faultOf(schema: Json): [path: string, message: string] {
  try {
    compileSchema(schema);
  } catch (error) {
    if (error instanceof SchemaFault) return [error.path, error.message];
    throw error;
  }
  return ['', 'none'];
}
const order = {
  type: 'object',
  properties: {
    price: { type: 'number', minimum: 0, multipleOf: 0.01 },
    currency: { enum: ['EUR', 'USD'] },
    items: { type: 'array', items: { $ref: '#/$defs/item' } },
    contact: { type: 'string', format: 'email' },
    coupon: { type: ['string', 'null'], pattern: '^[A-Z]{3}-\\d+$' },
  },
  required: ['price'],
  additionalProperties: false,
  $defs: { item: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } } },
};

describe('an event', () => {
  const validate = compileSchema(order);

  it('that satisfies its schema has no violation', () => {
    expect(validate({ price: 19.99, currency: 'EUR', items: [{ sku: 'a' }], contact: 'a@b.de', coupon: 'ABC-1' })).toBeUndefined();
    expect(validate({ price: 0, coupon: null })).toBeUndefined();
  });

  it.each<[Json, string, string]>([
    [{}, 'properties.price', 'is required'],
    [{ price: '1' }, 'properties.price', 'must be number'],
    [{ price: 1, currency: 'GBP' }, 'properties.currency', 'must be one of ["EUR","USD"]'],
    [{ price: 1, items: [{ sku: 'a' }, {}] }, 'properties.items.1.sku', 'is required'],
    [{ price: 1, items: [{ sku: 'a' }, { sku: 7 }] }, 'properties.items.1.sku', 'must be string'],
    [{ price: 1, contact: 'nobody' }, 'properties.contact', 'must match format "email"'],
    [{ price: 1, coupon: 'abc-1' }, 'properties.coupon', 'must match pattern "^[A-Z]{3}-\\d+$"'],
    [{ price: 1, 'a/b~c': 1 }, 'properties.a/b~c', 'is not allowed'],
    [{ price: 1, toString: 1 }, 'properties.toString', 'is not allowed'],
  ])('%j fails at the path that is wrong', (properties, path, message) => {
    expect(validate(properties)).toEqual({ path, message });
  });

  it('is not held to satisfy a requirement by what every object inherits', () => {
    expect(compileSchema({ required: ['constructor'] })({})).toMatchObject({ path: 'properties.constructor' });
  });

  it("may have any of an enum's values, whatever their type", () => {
    const values = ['a', 1, null, { b: [1] }];
    const check = compileSchema({ properties: { x: { enum: values } } });
    for (const x of values) expect(check({ x })).toBeUndefined();
    for (const x of ['b', 2, { b: [2] }, []]) expect(check({ x })).toBeDefined();
  });

  it('with a text that is longer than patterns look at does not match', () => {
    const check = compileSchema({ properties: { x: { pattern: '^a+$' } } });
    expect(check({ x: 'a'.repeat(schemaLimits.matchedText) })).toBeUndefined();
    expect(check({ x: 'a'.repeat(schemaLimits.matchedText + 1) })).toBeDefined();
  });

  it('is judged by each pattern of its schema, not by the first one', () => {
    const check = compileSchema({ properties: { a: { pattern: '^a$' }, b: { pattern: '^b$' } }, patternProperties: { '^x': { type: 'string' } } });
    expect(check({ a: 'a', b: 'b', xs: '' })).toBeUndefined();
    expect([check({ b: 'a' })?.path, check({ a: 'b' })?.path, check({ xs: 1 })?.path]).toEqual(['properties.b', 'properties.a', 'properties.xs']);
  });
});

describe('a schema is refused, with the path of the fault,', () => {
  const thirty = (schema: Json) => Array.from({ length: 30 }, () => schema);
  const deep = (levels: number): Json => (levels === 0 ? {} : { properties: { a: deep(levels - 1) } });

  it.each<[string, Json, string, RegExp]>([
    ['of an unknown type', { properties: { a: { type: 'text' } } }, 'properties.a.type', /allowed|must be|one of/],
    ['with a misspelt keyword', { properties: { a: { requird: ['b'] } } }, 'properties.a.requird', /keyword/],
    ['with a keyword of the wrong shape', { properties: { a: { required: 'b' } } }, 'properties.a.required', /must be array/],
    ['that is no schema inside', { properties: { a: 7 } }, 'properties.a', /must be a schema/],
    ['with a remote reference', { properties: { a: { $ref: 'https://example.com/a.json' } } }, 'properties.a.$ref', /#\/\$defs/],
    ['with a reference to a file', { $ref: 'file:///etc/passwd' }, '$ref', /#\/\$defs/],
    ['with a reference to nowhere', { $ref: '#/$defs/a' }, '$ref', /#\/\$defs/],
    ['with a reference to what objects inherit', { $ref: '#/$defs/constructor', $defs: {} }, '$ref', /#\/\$defs/],
    ['that refers to itself', { $defs: { a: { properties: { b: { $ref: '#/$defs/a' } } } } }, '$defs.a.properties.b.$ref.properties.b.$ref', /circle/],
    ['with an id of its own', { $id: 'https://example.com/x' }, '$id', /keyword/],
    ['of another dialect', { $schema: 'http://json-schema.org/draft-07/schema#' }, '$schema', /2020-12/],
    ['with a pattern that looks ahead', { properties: { a: { pattern: '(?=a)b' } } }, 'properties.a.pattern', /RE2/],
    ['with a pattern that refers back', { patternProperties: { '(a)\\1': {} } }, 'patternProperties.(a)\\1', /RE2/],
    ['with patterns too large', { properties: { a: { pattern: 'a{900}' }, b: { pattern: 'b{900}' }, c: { pattern: 'c{900}' } } }, 'properties.c.pattern', /too large/],
    ['with an unknown format', { properties: { a: { format: 'regex' } } }, 'properties.a.format', /one of/],
    ['that compares long lists', { properties: { a: { uniqueItems: true, maxItems: 257 } } }, 'properties.a.uniqueItems', /maxItems/],
    ['that is too deep', deep(schemaLimits.depth), Array.from({ length: schemaLimits.depth }, () => 'properties.a').join('.'), /nested/],
    ['that unfolds into too much', { allOf: thirty({ $ref: '#/$defs/b' }), $defs: { b: { allOf: thirty({}) } } }, 'allOf.15.$ref.allOf.17', /subschemas/],
    ['that is too large', { description: 'x'.repeat(schemaLimits.bytes) }, '', /bytes/],
    ['that is asynchronous', { $async: true }, '$async', /keyword/],
  ])('%s', (_what, schema, path, message) => {
    const [at, said] = faultOf(schema);
    expect(said).toMatch(message);
    expect(at).toBe(path);
  });

  it('unless it is within all limits', () => {
    expect(faultOf({ $schema: 'https://json-schema.org/draft/2020-12/schema', ...order })).toEqual(['', 'none']);
    expect(faultOf(deep(schemaLimits.depth - 1))).toEqual(['', 'none']);
    expect(faultOf({ properties: { a: { type: 'array', uniqueItems: true, maxItems: 256 } } })).toEqual(['', 'none']);
  });
});

it('a schema whose patterns would hang a backtracking engine judges the longest text at once', () => {
  const check = compileSchema({ properties: { a: { pattern: '^(a+)+$' }, b: { pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' } } });
  const text = `${'a'.repeat(schemaLimits.matchedText - 1)}!`;
  expect([check({ a: text })?.path, check({ b: text })?.path]).toEqual(['properties.a', 'properties.b']);
});

it('an inferred schema is sound, and everything satisfies it that it was inferred from', () => {
  const name = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.string({ maxLength: 6 })).filter((text) => text !== '__proto__');
  const text = fc.oneof(fc.string({ maxLength: 12 }), fc.uuid(), fc.emailAddress(), fc.webUrl(), fc.date({ noInvalidDate: true }).map((date) => date.toISOString()), fc.constantFrom('x', 'y'));
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null), text, fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(name, tie('value'), { maxKeys: 3 })),
  }));
  const objects = fc.array(fc.dictionary(name, value, { maxKeys: 4 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(objects, (seen) => {
      const plain = JSON.parse(JSON.stringify(seen)) as Json[];
      const validate = compileSchema(inferSchema(plain));
      for (const one of plain) expect(validate(one)).toBeUndefined();
    }),
    { numRuns: 100 },
  );
});
