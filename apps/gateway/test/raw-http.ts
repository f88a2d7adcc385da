import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Sends bytes as they are and gives everything that comes back until the other side closes. */
export async function sendRaw(port: number, text: string | Buffer): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.write(text);
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('latin1');
}

export async function openSocket(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** Waits until the bytes received satisfy the condition. */
export function readUntil(socket: Socket, satisfied: (text: string) => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (satisfied(text)) resolve(text);
    });
    socket.once('close', () => reject(new Error(`closed after: ${text}`)));
  });
}

/** The head of a request, to be sent as it is. */
export const head = (line: string, ...headers: string[]): string => `${[line, 'Host: a', ...headers].join('\r\n')}\r\n\r\n`;
