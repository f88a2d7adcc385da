import type { FastifyInstance } from 'fastify';

const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/** Where a server listens, and by which names of its machine it may be asked besides those of the loopback. */
export interface Listening {
  readonly host: string;
  readonly names: readonly string[];
}

export const onLoopback: Listening = { host: '127.0.0.1', names: [] };

/**
 * Refuses requests whose Host is not this machine: a web page that points its own name
 * at 127.0.0.1 (DNS rebinding) would otherwise be of the same origin as this server.
 */
export function refuseForeignHosts(server: FastifyInstance, { names }: Listening = onLoopback): void {
  server.addHook('onRequest', async (request, reply) => {
    const host = request.headers.host ?? '';
    if (!loopbackHost.test(host) && !names.includes(host.replace(/:\d+$/, ''))) {
      await reply.code(421).send({ message: 'Ask for this server as localhost or 127.0.0.1' });
    }
  });
}
