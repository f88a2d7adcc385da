import { isIP } from 'node:net';
import type { Client, EndpointDefinition, ErrorDetail, InputOf, Principal } from '@atrium/contract-kit';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { DomainError, detailsOfZodError, invalidField } from '../errors/index.js';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';
import { cookiesOf } from './cookies.js';
import { deviceTokensOf } from './device-tokens.js';
import { unstorableTexts } from './storable-text.js';

/** A request after the guard: `principal` is set unless the endpoint is public. */
export type AuthorizedRequest = FastifyRequest & { principal?: Principal };

/** A proxy may be trusted and still say something that is no address; an IPv6 zone means nothing to anybody else. */
function addressOf({ ip, socket }: FastifyRequest): string {
  return isIP(ip) !== 0 && !ip.includes('%') ? ip : (socket.remoteAddress ?? '0.0.0.0');
}

/** Where the request comes from; also for handlers outside of the framework's own. */
export const clientOf = (request: FastifyRequest): Client => ({
  address: addressOf(request),
  userAgent: request.headers['user-agent'],
  deviceTokens: deviceTokensOf(request.headers),
});

/** What a version column holds at most; no resource ever gets there, so that a larger tag just matches none. */
const maxVersion = 2_147_483_647;

/** `"7"` → 7. Weak tags are refused: the version identifies the exact state (RFC 9110 §13.1.1). */
function versionOfIfMatch(header: string | undefined, need: true | 'optional'): number | undefined {
  if (header === undefined && need === 'optional') return undefined;
  if (header === undefined) throw new DomainError('PRECONDITION_REQUIRED');
  const version = /^"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (version === undefined) throw invalidField('If-Match', 'must be one strong ETag as it was read');
  return Math.min(Number(version), maxVersion);
}

/** Of a length that ids have; a client's own words for it mean nothing. */
const lastEventIdOf = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && header.length > 0 && header.length <= 256 ? header : undefined;

/** Header fields are of one line; whatever comes twice is taken as none. */
const sharePasswordOf = (header: string | string[] | undefined): string | undefined => (typeof header === 'string' ? header : undefined);

function parsePart(schema: z.ZodType, value: unknown, problems: ErrorDetail[]): unknown {
  const result = schema.safeParse(value);
  if (!result.success) {
    problems.push(...detailsOfZodError(result.error));
    return undefined;
  }
  // After the schema, which bounds what there is to look at.
  problems.push(...unstorableTexts(value));
  return result.data;
}

/** Parses what the endpoint's schemas name; all offending fields are reported together. */
export function inputOf<E extends EndpointDefinition>(definition: E, request: AuthorizedRequest): InputOf<E> {
  const problems: ErrorDetail[] = [];
  const input: Record<string, unknown> = { client: clientOf(request), principal: request.principal };
  if (definition.params) input['params'] = parsePart(definition.params, request.params, problems);
  if (definition.query) input['query'] = parsePart(definition.query, request.query, problems);
  if (definition.body) input['body'] = parsePart(definition.body, request.body ?? undefined, problems);
  if (problems.length > 0) throw new DomainError('VALIDATION_ERROR', undefined, { fields: problems });
  if (definition.cookies) input['cookies'] = cookiesOf(request.headers.cookie);
  if (definition.success.stream) input['lastEventId'] = lastEventIdOf(request.headers['last-event-id']);
  if (definition.sharePassword) input['sharePassword'] = sharePasswordOf(request.headers['x-share-password']);
  if (definition.ifMatch) input['ifMatch'] = versionOfIfMatch(request.headers['if-match'], definition.ifMatch);
  return input as InputOf<E>;
}

/** The parsed and authorised input of the endpoint that the handler is bound to. */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const definition = Reflect.getMetadata(ENDPOINT_METADATA, context.getHandler()) as EndpointDefinition | undefined;
  if (!definition) throw new Error(`${context.getHandler().name} takes @Input() but has no @Endpoint()`);
  return inputOf(definition, context.switchToHttp().getRequest<AuthorizedRequest>());
});
