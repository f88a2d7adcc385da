import { isDeepStrictEqual } from 'node:util';
import type { SchemaValidateFunction } from 'ajv';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { wellFormedText } from '../ingest/json-columns.js';
import { LinearPattern } from './linear-pattern.js';
import { requireBoundedSchema } from './require-bounded-schema.js';
import { dotted, SchemaFault } from './schema-fault.js';
import { schemaFormats } from './schema-formats.js';

export interface Violation {
  /** From the event's root: `properties.items.0.price`. */
  readonly path: string;
  /** Says what the schema wants, and nothing of the value. */
  readonly message: string;
}

/** The first thing about an event's properties that the schema doesn't allow. */
export type SchemaValidator = (properties: object) => Violation | undefined;

/** Looks a value up among those of an `enum`, where Ajv would compare with one after the other. */
function memberOf(values: readonly unknown[]): SchemaValidateFunction {
  const scalars = new Set(values);
  const objects = values.filter((value) => typeof value === 'object' && value !== null);
  const validate: SchemaValidateFunction = (value: unknown) => {
    if (scalars.has(value) || objects.some((one) => isDeepStrictEqual(one, value))) return true;
    validate.errors = [{ keyword: 'enum', message: `must be one of ${JSON.stringify(values)}` }];
    return false;
  };
  return validate;
}

const linear = Object.assign((pattern: string) => new LinearPattern(pattern), { code: 'linearPattern' });

function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    allowUnionTypes: true,
    addUsedSchema: false,
    inlineRefs: false,
    // Done before, for the path of the fault.
    validateSchema: false,
    ownProperties: true,
    // Of 0.1 + 0.2 and the like.
    multipleOfPrecision: 9,
    formats: schemaFormats,
    logger: false,
    // Optimized code is no faster here, and takes half as long again to make.
    code: { regExp: linear, optimize: false },
  });
  ajv.removeKeyword('enum');
  ajv.addKeyword({ keyword: 'enum', schemaType: 'array', compile: memberOf, errors: true });
  return ajv;
}

let shared: Ajv2020 | undefined;

const longest = 200;
const shortened = (text: string): string => wellFormedText(text.length > longest ? `${text.slice(0, longest)}…` : text);

/** With `if` it was the branch that failed; with choices no branch is the one that was meant. */
const decisive = (errors: readonly ErrorObject[]): ErrorObject | undefined => (errors.at(-1)?.keyword === 'if' ? errors[0] : errors.at(-1));

function violationOf(error: ErrorObject | undefined): Violation {
  const place = ['properties', dotted(error?.instancePath ?? '')].filter(Boolean).join('.');
  const params: Readonly<Record<string, unknown>> = error?.params ?? {};
  const { missingProperty, additionalProperty, unevaluatedProperty } = params;
  if (typeof missingProperty === 'string') return { path: shortened(`${place}.${missingProperty}`), message: 'is required' };
  const surplus = additionalProperty ?? unevaluatedProperty;
  if (typeof surplus === 'string') return { path: shortened(`${place}.${surplus}`), message: 'is not allowed' };
  return { path: shortened(place), message: shortened(error?.message ?? 'is not valid') };
}

/** Throws {@link SchemaFault} for what is no schema of draft 2020-12, or more than may be asked of every event. */
export function compileSchema(schema: Readonly<Record<string, unknown>>): SchemaValidator {
  requireBoundedSchema(schema);
  shared ??= createAjv();
  if (shared.validateSchema(schema) !== true) {
    const [error] = shared.errors ?? [];
    throw new SchemaFault(dotted(error?.instancePath ?? ''), error?.message ?? 'is not valid');
  }
  const validate = compile(shared, schema);
  return (properties) => (validate(properties) ? undefined : violationOf(decisive(validate.errors ?? [])));
}

function compile(ajv: Ajv2020, schema: Readonly<Record<string, unknown>>): ValidateFunction {
  try {
    return ajv.compile(schema);
  } catch (error) {
    throw new SchemaFault('', error instanceof Error ? error.message.replace(/^strict mode: /, '') : 'is not valid');
  } finally {
    // Held by the cache of validators, which forgets; Ajv's own would not.
    ajv.removeSchema(schema);
  }
}
