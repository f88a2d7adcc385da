import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Milliseconds between two looks for connections whose last request has been answered. */
const sweepMs = 50;

/**
 * Closes connections that never brought a request when the server closes. Node counts such a one as busy for a minute
 * (`headersTimeout`), and closing would wait for it; clients with a pool open some in advance. And closes those whose
 * answer was under way then: Node looks for idle ones once, and the client keeps such a one as long as it likes.
 */
export function registerUnusedConnections(fastify: FastifyInstance): void {
  const unused = new Set<Socket>();
  fastify.server.on('connection', (socket: Socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  fastify.server.on('request', ({ socket }) => void unused.delete(socket));
  fastify.addHook('preClose', (done) => {
    for (const socket of unused) socket.destroy();
    const sweep = setInterval(() => fastify.server.closeIdleConnections(), sweepMs);
    fastify.server.once('close', () => clearInterval(sweep));
    done();
  });
}
