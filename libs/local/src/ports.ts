import { createServer, type AddressInfo } from 'node:net';
import { LocalStackError } from './local-stack-error.js';

const listenOnce = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });

/** The line that tells a person what holds the port back and what to do, or undefined for another failure. */
export function portProblem(error: unknown, port: number, name: string): LocalStackError | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new LocalStackError(`Port ${port} for ${name} is in use: stop the program that holds it or choose another port`);
  }
  if (code === 'EACCES') {
    return new LocalStackError(`Port ${port} for ${name} may not be opened by this user: choose a port above 1023`);
  }
  return undefined;
}

/** Throws LocalStackError when nothing can listen on 127.0.0.1:`port`. */
export async function assertPortFree(port: number, name: string): Promise<void> {
  try {
    await listenOnce(port);
  } catch (error) {
    throw portProblem(error, port, name) ?? error;
  }
}

/** A port that was free a moment ago, for engines that cannot be told to listen on port 0. */
export const findFreePort = (): Promise<number> => listenOnce(0);
