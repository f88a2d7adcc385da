import type { FastifyInstance } from 'fastify';
import { onLoopback } from './loopback-only.js';
import { portProblem } from './ports.js';

/** Listens, on 127.0.0.1 where nothing else is said, and gives the URL. Throws LocalStackError when the port is in use. */
export async function listenLocally(server: FastifyInstance, port: number, name: string, { host } = onLoopback): Promise<string> {
  try {
    return await server.listen({ host, port });
  } catch (error) {
    await server.close();
    throw portProblem(error, port, name) ?? error;
  }
}
