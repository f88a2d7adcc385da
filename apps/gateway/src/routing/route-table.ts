import type { EndpointDefinition, ServiceName } from '@atrium/contract-kit';

/** Methods that the router knows; any other is unknown everywhere. */
export const routedMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
export type RoutedMethod = (typeof routedMethods)[number];

/** All endpoints of one path. */
export interface RoutedPath {
  /** In the router's form: `/api/v1/users/:id`. */
  readonly url: string;
  readonly byMethod: ReadonlyMap<RoutedMethod, EndpointDefinition>;
  /** Value of the `Allow` header. */
  readonly allow: string;
}

/** The paths of the contract; GET brings HEAD (RFC 9110 §9.3.2). Throws where two endpoints share path and method. */
export function routeTable(endpoints: readonly EndpointDefinition[]): RoutedPath[] {
  const paths = new Map<string, Map<RoutedMethod, EndpointDefinition>>();
  const targets = endpoints.flatMap((endpoint) => [endpoint.path, ...(endpoint.aliases ?? [])].map((path) => ({ endpoint, path })));
  for (const { endpoint, path } of targets) {
    // Names of parameters don't tell paths apart: they are left to the service.
    const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
    const byMethod = paths.get(url) ?? new Map<RoutedMethod, EndpointDefinition>();
    if (byMethod.has(endpoint.method)) throw new Error(`${endpoint.method} ${path} is defined twice`);
    byMethod.set(endpoint.method, endpoint);
    if (endpoint.method === 'GET') byMethod.set('HEAD', endpoint);
    paths.set(url, byMethod);
  }
  return [...paths].map(([url, byMethod]) => ({ url, byMethod, allow: [...byMethod.keys(), 'OPTIONS'].join(', ') }));
}

/** The services that the endpoints belong to. */
export const servicesOf = (endpoints: readonly EndpointDefinition[]): ServiceName[] => [
  ...new Set(endpoints.map(({ service }) => service)),
];
