import { schemaLimits } from '@atrium/contracts/events';
import { LinearPattern } from './linear-pattern.js';
import { SchemaFault } from './schema-fault.js';
import { formatNames } from './schema-formats.js';

const dialect = 'https://json-schema.org/draft/2020-12/schema';

const plain = new Set([
  ...['$schema', '$ref', '$comment', 'title', 'description', 'default', 'deprecated', 'readOnly', 'writeOnly', 'examples'],
  ...['type', 'enum', 'const', 'multipleOf', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum'],
  ...['maxLength', 'minLength', 'pattern', 'format', 'maxItems', 'minItems', 'uniqueItems', 'maxContains', 'minContains'],
  ...['maxProperties', 'minProperties', 'required', 'dependentRequired'],
]);
const ofSchema = new Set([
  ...['additionalProperties', 'propertyNames', 'items', 'contains', 'not', 'if', 'then', 'else'],
  ...['unevaluatedItems', 'unevaluatedProperties'],
]);
const ofList = new Set(['allOf', 'anyOf', 'oneOf', 'prefixItems']);
const ofMap = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs']);

type Schema = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);
const below = (path: string, part: string | number): string => (path === '' ? String(part) : `${path}.${part}`);

/** Goes through a schema as judging an event may go through it: into what it refers to, each time that it does. */
class Walk {
  private subschemas = 0;
  private patternSize = 0;
  private readonly following = new Set<string>();

  constructor(private readonly root: Schema) {}

  visit(schema: unknown, path: string, depth: number): void {
    if (typeof schema === 'boolean') return;
    if (!isObject(schema)) throw new SchemaFault(path, 'must be a schema: an object, true or false');
    if (depth > schemaLimits.depth) throw new SchemaFault(path, `must not be nested deeper than ${schemaLimits.depth} levels`);
    this.subschemas += 1;
    if (this.subschemas > schemaLimits.subschemas) {
      throw new SchemaFault(path, `makes more than ${schemaLimits.subschemas} subschemas, each reference counted anew`);
    }
    for (const [keyword, value] of Object.entries(schema)) this.visitKeyword(schema, keyword, value, below(path, keyword), depth);
  }

  private visitKeyword(schema: Schema, keyword: string, value: unknown, path: string, depth: number): void {
    if (ofSchema.has(keyword)) return this.visit(value, path, depth + 1);
    if (ofList.has(keyword)) return this.visitList(value, path, depth);
    if (ofMap.has(keyword)) return this.visitMap(keyword, value, path, depth);
    if (!plain.has(keyword)) throw new SchemaFault(path, 'is not a keyword that schemas may use here');
    if (keyword === '$schema') this.requireDialect(schema, value, path);
    if (keyword === '$ref') this.follow(value, path, depth);
    if (keyword === 'pattern') this.compile(value, path);
    if (keyword === 'format' && !formatNames.has(String(value))) throw new SchemaFault(path, `must be one of ${[...formatNames].join(', ')}`);
    if (keyword === 'uniqueItems' && value === true) this.requireFewItems(schema, path);
  }

  private visitList(value: unknown, path: string, depth: number): void {
    if (!Array.isArray(value)) throw new SchemaFault(path, 'must be a list of schemas');
    value.forEach((one, index) => this.visit(one, below(path, index), depth + 1));
  }

  private visitMap(keyword: string, value: unknown, path: string, depth: number): void {
    if (!isObject(value)) throw new SchemaFault(path, 'must be an object of schemas');
    for (const [name, one] of Object.entries(value)) {
      if (keyword === 'patternProperties') this.compile(name, below(path, name));
      this.visit(one, below(path, name), depth + 1);
    }
  }

  private requireDialect(schema: Schema, value: unknown, path: string): void {
    if (schema !== this.root || value !== dialect) throw new SchemaFault(path, `must be ${dialect}, at the root alone`);
  }

  private follow(reference: unknown, path: string, depth: number): void {
    const name = typeof reference === 'string' ? /^#\/\$defs\/([^/%~]+)$/.exec(reference)?.[1] : undefined;
    const definitions = this.root['$defs'];
    if (name === undefined || !isObject(definitions) || !Object.hasOwn(definitions, name)) {
      throw new SchemaFault(path, 'must be #/$defs/… and lead to a definition of this schema');
    }
    if (this.following.has(name)) throw new SchemaFault(path, 'must not lead round in a circle');
    this.following.add(name);
    this.visit(definitions[name], path, depth + 1);
    this.following.delete(name);
  }

  private compile(pattern: unknown, path: string): void {
    if (typeof pattern !== 'string') throw new SchemaFault(path, 'must be a text');
    try {
      this.patternSize += new LinearPattern(pattern).size;
    } catch (error) {
      const said = error instanceof Error ? error.message.slice(0, 200) : '';
      throw new SchemaFault(path, `is not a pattern in RE2 syntax, which knows neither look-around nor back-references: ${said}`);
    }
    if (this.patternSize > schemaLimits.patternSize) throw new SchemaFault(path, 'makes the patterns of this schema too large together');
  }

  private requireFewItems({ maxItems }: Schema, path: string): void {
    if (typeof maxItems === 'number' && maxItems <= schemaLimits.uniqueItems) return;
    throw new SchemaFault(path, `goes with maxItems of ${schemaLimits.uniqueItems} at most`);
  }
}

/** Objects and lists inside one another: of schemas every second one, and what they give as values besides. */
const maxNesting = 3 * schemaLimits.depth;

/** Without recursion: the depth is the sender's choice. */
function requireShallow(schema: Schema): void {
  let level: unknown[] = [schema];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > maxNesting) throw new SchemaFault('', `must not be nested deeper than ${maxNesting} objects and lists`);
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []));
  }
}

/**
 * What Ajv doesn't see to: that judging by the schema takes bounded time whatever the event looks like, and that the
 * schema needs nothing from outside. Throws {@link SchemaFault}.
 */
export function requireBoundedSchema(schema: Schema): void {
  requireShallow(schema);
  if (Buffer.byteLength(JSON.stringify(schema)) > schemaLimits.bytes) throw new SchemaFault('', `must hold ${schemaLimits.bytes} bytes at most`);
  new Walk(schema).visit(schema, '', 1);
}
