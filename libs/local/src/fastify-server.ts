import type { FastifyInstance } from 'fastify';
import { portProblem } from './ports.js';

/** Listens on 127.0.0.1 and gives the URL. Throws LocalStackError when the port is in use. */
export async function listenLocally(server: FastifyInstance, port: number, name: string): Promise<string> {
  try {
    return await server.listen({ host: '127.0.0.1', port });
  } catch (error) {
    await server.close();
    throw portProblem(error, port, name) ?? error;
  }
}
