import type { FastifyInstance } from 'fastify';

const loopbackHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i;

/**
 * Refuses requests whose Host is not this machine: a web page that points its own name
 * at 127.0.0.1 (DNS rebinding) would otherwise be of the same origin as this server.
 */
export function refuseForeignHosts(server: FastifyInstance): void {
  server.addHook('onRequest', async (request, reply) => {
    if (!loopbackHost.test(request.headers.host ?? '')) {
      await reply.code(421).send({ message: 'Ask for this server as localhost or 127.0.0.1' });
    }
  });
}
