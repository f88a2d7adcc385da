import type { z } from 'zod';
import { acceptsApiKeys, isUnguarded, type EndpointDefinition } from '../endpoint.js';
import { errorCodes, type ErrorCode } from '../error-codes.js';
import { errorEnvelope } from '../error-envelope.js';
import { type Components, type JsonSchema, toOpenApiSchema } from './json-schema.js';

export interface DocumentInfo {
  readonly title: string;
  readonly version: string;
  readonly description: string;
  /** Tag of each service, with what it is for. */
  readonly tags: Readonly<Record<string, string>>;
  readonly servers: readonly { readonly url: string; readonly description: string }[];
}

const securityOf: Record<EndpointDefinition['access']['kind'], readonly JsonSchema[]> = {
  public: [],
  'signed-in': [{ bearer: [] }],
  member: [{ bearer: [] }],
  permission: [{ bearer: [] }],
  'write-key': [{ writeKeyHeader: [] }, { writeKeyBasic: [] }, { bearer: [] }],
  oauth: [{ oauthClient: [] }, { bearer: [] }],
};

const securityFor = (definition: EndpointDefinition): readonly JsonSchema[] => [
  ...securityOf[definition.access.kind],
  ...(!isUnguarded(definition.access) && acceptsApiKeys(definition) ? [{ apiKeyHeader: [] }] : []),
];

/** Errors that an endpoint can answer besides those that it names itself. */
function allErrorsOf(definition: EndpointDefinition): ErrorCode[] {
  const codes = new Set<ErrorCode>(definition.errors);
  if (definition.params || definition.query || definition.body) codes.add('VALIDATION_ERROR');
  if (definition.body) codes.add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  if (definition.access.kind !== 'public') codes.add('UNAUTHENTICATED');
  // Where no permission is demanded, API keys are what is refused.
  if (definition.access.kind === 'permission' || (!isUnguarded(definition.access) && !acceptsApiKeys(definition))) codes.add('FORBIDDEN');
  if (definition.idempotent) codes.add('IDEMPOTENCY_IN_FLIGHT').add('IDEMPOTENCY_MISMATCH');
  codes.add('RATE_LIMITED').add('INTERNAL').add('UPSTREAM_UNAVAILABLE').add('UPSTREAM_TIMEOUT');
  return [...codes];
}

const header = (name: string, description: string, required: boolean): JsonSchema => ({
  name,
  in: 'header',
  required,
  description,
  schema: { type: 'string' },
});

function parametersIn(place: 'path' | 'query', schema: z.ZodType | undefined, components: Components): JsonSchema[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = toOpenApiSchema(schema, 'input', components) as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function parametersOf(definition: EndpointDefinition, components: Components): JsonSchema[] {
  return [
    ...parametersIn('path', definition.params, components),
    ...parametersIn('query', definition.query, components),
    ...(definition.idempotent
      ? [header('Idempotency-Key', 'Makes a retry safe: the effect happens once and the answer is replayed.', false)]
      : []),
    ...(definition.device
      ? [header('X-Device-Token', 'Value of the cookie `atrium_device`, for clients that keep no cookies. A known device is not held up by others\' attempts.', false)]
      : []),
    ...(definition.success.stream ? [header('Last-Event-ID', 'The id of the last message that was received, to go on from there.', false)] : []),
    ...(definition.sharePassword ? [header('X-Share-Password', 'The password of the share, where it has one.', false)] : []),
    ...(definition.ifMatch ? [header('If-Match', 'The ETag as it was read.', definition.ifMatch === true)] : []),
  ];
}

function errorResponses(definition: EndpointDefinition): Record<string, JsonSchema> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of allErrorsOf(definition)) {
    const { status } = errorCodes[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } };
  const entries = [...byStatus].sort(([a], [b]) => a - b);
  return Object.fromEntries(
    entries.map(([status, codes]) => [String(status), { description: codes.sort().join(', '), content }]),
  );
}

function successResponse({ success }: EndpointDefinition, components: Components): JsonSchema {
  return {
    description: success.description,
    ...(success.status === 302
      ? { headers: { Location: { description: 'Where the browser goes next', schema: { type: 'string' } } } }
      : {}),
    ...(success.etag
      ? { headers: { ETag: { description: 'Version of the resource, for If-Match', schema: { type: 'string' } } } }
      : {}),
    ...(success.file ? { content: { [success.file.type]: { schema: { type: 'string', format: 'binary' } } } } : {}),
    ...(success.stream ? { content: { [success.stream.type]: { schema: { type: 'string' } } } } : {}),
    ...(success.schema
      ? { content: { [success.contentType ?? 'application/json']: { schema: toOpenApiSchema(success.schema, 'output', components) } } }
      : {}),
  };
}

function bodyOf(definition: EndpointDefinition, components: Components): JsonSchema {
  if (!definition.body) return {};
  const required = !definition.body.safeParse(undefined).success;
  const schema = toOpenApiSchema(definition.body, 'input', components);
  return { requestBody: { required, content: { 'application/json': { schema } } } };
}

function descriptionOf({ description, aliases }: EndpointDefinition): JsonSchema {
  const also = aliases ? `Also at ${aliases.map((alias) => `\`${alias}\``).join(', ')}.` : undefined;
  const text = [description, also].filter((one) => one !== undefined).join('\n\n');
  return text === '' ? {} : { description: text };
}

function operationOf(definition: EndpointDefinition, components: Components): JsonSchema {
  const { access, limit } = definition;
  const parameters = parametersOf(definition, components);
  return {
    operationId: definition.operationId,
    tags: [definition.service],
    summary: definition.summary,
    ...descriptionOf(definition),
    ...(access.kind === 'permission' || access.kind === 'write-key' ? { 'x-permission': access.permission } : {}),
    ...(limit ? { 'x-rate-limit': { ...limit } } : {}),
    security: securityFor(definition),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...bodyOf(definition, components),
    responses: {
      [String(definition.success.status)]: successResponse(definition, components),
      ...errorResponses(definition),
    },
  };
}

const byName = <T>(entries: Iterable<[string, T]>): Record<string, T> =>
  Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));

const securitySchemes = {
  apiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-Api-Key', description: 'An API key; it may also stand in place of the bearer token' },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  oauthClient: { type: 'http', scheme: 'basic', description: 'Client id and secret (RFC 6749 §2.3.1)' },
  writeKeyBasic: { type: 'http', scheme: 'basic', description: 'The write key as user name, no password' },
  writeKeyHeader: { type: 'apiKey', in: 'header', name: 'X-Write-Key' },
};

/** The OpenAPI 3.0.3 document of the endpoints: paths and schemas sorted by name, so that a diff shows the change alone. */
export function openApiDocument(info: DocumentInfo, endpoints: readonly EndpointDefinition[]): JsonSchema {
  const components: Components = new Map();
  toOpenApiSchema(errorEnvelope, 'output', components);
  const paths = new Map<string, JsonSchema>();
  for (const definition of endpoints) {
    const operations = paths.get(definition.path) ?? {};
    operations[definition.method.toLowerCase()] = operationOf(definition, components);
    paths.set(definition.path, operations);
  }
  const tags = Object.entries(info.tags).map(([name, description]) => ({ name, description }));
  return {
    openapi: '3.0.3',
    info: { title: info.title, version: info.version, description: info.description },
    servers: info.servers,
    tags,
    paths: byName(paths),
    components: { schemas: byName(components), securitySchemes },
  };
}
