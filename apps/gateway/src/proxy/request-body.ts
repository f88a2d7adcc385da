import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { DomainError } from '@atrium/platform/errors';

/** Bytes up to which a body is gathered before a connection to the service is taken: slow senders hold none. */
export const gatheredBytes = 64 * 1024;

export type OutgoingBody = Buffer | LimitedBody | null;

/** Bytes that the client announced; undefined for a chunked body, 0 for none. */
export function announcedBytes(request: IncomingMessage): number | undefined {
  if (request.headers['transfer-encoding'] !== undefined) return undefined;
  return Number(request.headers['content-length'] ?? 0);
}

const tooLarge = (maxBytes: number): DomainError =>
  new DomainError('PAYLOAD_TOO_LARGE', `The request body is larger than ${maxBytes} bytes.`);

const interrupted = (): Error => Object.assign(new Error('The client left before its body was complete.'), { code: 'CLIENT_GONE' });

/**
 * Whether the connection is gone: events of the request and of its answer may have passed by then, and an answer that waits
 * behind another one of its connection has none.
 */
export const hasLeft = ({ socket }: IncomingMessage): boolean => socket.destroyed;

/** Throws CLIENT_GONE. */
export function assertPresent(request: IncomingMessage): void {
  if (hasLeft(request)) throw interrupted();
}

/** Throws PAYLOAD_TOO_LARGE for what is announced to be larger. */
export function assertAnnouncedSize(request: IncomingMessage, maxBytes: number): void {
  if ((announcedBytes(request) ?? 0) > maxBytes) throw tooLarge(maxBytes);
}

/**
 * The client's body on its way to the service, with the service's back-pressure, failing with PAYLOAD_TOO_LARGE beyond
 * the limit. A wrapper, because the HTTP client destroys the body of a failed request, and the client's connection is
 * still needed for the answer.
 */
export class LimitedBody extends Readable {
  private bytes = 0;

  constructor(
    private readonly request: IncomingMessage,
    private readonly maxBytes: number,
  ) {
    super();
    request.on('data', this.onData).on('end', this.onEnd).on('close', this.onClose);
    request.pause();
  }

  override _read(): void {
    this.request.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.request.off('data', this.onData).off('end', this.onEnd).off('close', this.onClose);
    done(error);
  }

  private readonly onData = (chunk: Buffer): void => {
    this.bytes += chunk.length;
    if (this.bytes > this.maxBytes) this.destroy(tooLarge(this.maxBytes));
    else if (!this.push(chunk)) this.request.pause();
  };

  private readonly onEnd = (): void => {
    this.push(null);
  };

  private readonly onClose = (): void => {
    if (!this.request.readableEnded) this.destroy(interrupted());
  };
}

/** The body to send on: gathered when small, streamed otherwise. */
export async function outgoingBody(request: IncomingMessage, maxBytes: number): Promise<OutgoingBody> {
  const announced = announcedBytes(request);
  if (announced === 0) return null;
  if (announced === undefined || announced > gatheredBytes) return new LimitedBody(request, maxBytes);
  return gather(request);
}

/** Node itself holds the body to its Content-Length. Rejects with CLIENT_GONE. */
export function gather(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    // Every request closes: an error for each, whose stack nobody reads, would cost more than all else here.
    request.on('close', () => {
      if (!request.readableEnded) reject(interrupted());
    });
  });
}

/** Bytes of an unwanted body that are read and thrown away, so that the client gets to see the answer. */
const discardedBytes = 4 * 1024 * 1024;

/** Lets a refused request's body run into nothing; beyond the bound the connection ends. */
export function discardBody(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let left = discardedBytes;
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) request.destroy();
  });
  request.resume();
}
