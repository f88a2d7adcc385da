import type { IncomingMessage } from 'node:http';
import { all, compile } from '@fastify/proxy-addr';

/** Dependency-injection token of a {@link ClientAddress}. */
export const CLIENT_ADDRESS = Symbol('ClientAddress');
export type ClientAddress = (request: IncomingMessage) => string;

/**
 * The client's address of requests that don't reach Fastify, as its `request.ip` gives it: of the nearest hop that is not
 * trusted, by `X-Forwarded-For` as far as trusted proxies wrote it.
 */
export function clientAddresses(trustedProxies: readonly string[]): ClientAddress {
  const isTrusted = compile([...trustedProxies]);
  return (request) => {
    const nearest = request.socket.remoteAddress ?? '';
    if (trustedProxies.length === 0 || request.headers['x-forwarded-for'] === undefined) return nearest;
    return all(request, isTrusted).at(-1) ?? nearest;
  };
}
