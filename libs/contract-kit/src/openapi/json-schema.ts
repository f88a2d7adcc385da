import { z } from 'zod';

export type JsonSchema = { [key: string]: unknown };

/** Named schemas met on the way; they become `components.schemas`. */
export type Components = Map<string, JsonSchema>;

const isObject = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** zod points into the schema at hand; OpenAPI points into the document. */
function withDocumentRefs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withDocumentRefs);
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) =>
    key === '$ref' && typeof inner === 'string'
      ? [key, inner.replace('#/definitions/', '#/components/schemas/')]
      : [key, withDocumentRefs(inner)],
  );
  return Object.fromEntries(entries);
}

/** What a reader needs no telling: a format's own pattern, JavaScript's integer range. */
function simplify(schema: JsonSchema, io: 'input' | 'output'): void {
  if ('format' in schema) delete schema['pattern'];
  if (schema['maximum'] === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
  if (schema['minimum'] === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  // Answers may gain fields within a version; clients must not refuse them.
  if (io === 'output' && schema['additionalProperties'] === false) delete schema['additionalProperties'];
}

/** `nullable` says something beside a `type` alone (OpenAPI 3.0.3, Schema Object): of alternatives, each is. And one example is all there can be. */
function inDialect(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inDialect);
  if (!isObject(value)) return value;
  // A property may have either name; its schema is neither `true` nor a list.
  const entries = Object.entries(value).filter(([key, inner]) => !(key === 'nullable' && inner === true) && !(key === 'examples' && Array.isArray(inner)));
  const schema = Object.fromEntries(entries.map(([key, inner]) => [key, inDialect(inner)]));
  if (Array.isArray(value['examples'])) schema['example'] = value['examples'][0];
  if (value['nullable'] !== true) return schema;
  const { anyOf } = schema;
  if ('type' in schema || !Array.isArray(anyOf)) return { ...schema, nullable: true };
  return { ...schema, anyOf: anyOf.map((one: unknown) => (isObject(one) && 'type' in one ? { ...one, nullable: true } : one)) };
}

/** The schema in OpenAPI 3.0's dialect; `input` describes what may be sent, `output` what is answered. */
export function toOpenApiSchema(schema: z.ZodType, io: 'input' | 'output', components: Components): JsonSchema {
  const { definitions, ...own } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => simplify(jsonSchema as JsonSchema, io),
  }) as JsonSchema;
  for (const [name, definition] of Object.entries(isObject(definitions) ? definitions : {})) {
    components.set(name, inDialect(withDocumentRefs(definition)) as JsonSchema);
  }
  return inDialect(withDocumentRefs(own)) as JsonSchema;
}
