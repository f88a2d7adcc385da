import type { EndpointDefinition, InputOf, OutputOf } from '@atrium/contract-kit';
import { HttpCode, RequestMapping, RequestMethod, SetMetadata } from '@nestjs/common';
import { ENDPOINT_METADATA } from '../auth-guard/endpoint-metadata.js';

const methods = {
  GET: RequestMethod.GET,
  POST: RequestMethod.POST,
  PUT: RequestMethod.PUT,
  PATCH: RequestMethod.PATCH,
  DELETE: RequestMethod.DELETE,
} as const;

type Handler<E extends EndpointDefinition> = (input: InputOf<E>) => Promise<OutputOf<E>>;

/**
 * Binds a controller's method to an endpoint of the contract: route, status, validation, permission and ETag all come
 * from the definition, and a handler whose input or answer differs from the contract doesn't compile.
 */
export function Endpoint<const E extends EndpointDefinition>(definition: E) {
  const path = definition.path.replaceAll(/\{(\w+)\}/g, ':$1');
  return <H extends Handler<E>>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<H>): void => {
    RequestMapping({ path, method: methods[definition.method] })(target, key, descriptor);
    HttpCode(definition.success.status)(target, key, descriptor);
    SetMetadata(ENDPOINT_METADATA, definition)(target, key, descriptor);
  };
}
