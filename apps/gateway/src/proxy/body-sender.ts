import type { Socket } from 'node:net';
import type { Call } from './call.js';
import type { LimitedBody } from './request-body.js';

export interface SendingEvents {
  /** A piece went out. */
  sent(): void;
  /** All went out. */
  done(): void;
}

/** Bytes of a body up to which it is joined to its head: one plain write. */
const joinedBytes = 16 * 1024;

/** Writes a call's head and body; gives what stops it, or undefined where nothing is left to send. */
export function sendBody(socket: Socket, call: Call, events: SendingEvents): (() => void) | undefined {
  const { head, body } = call;
  if (body === null) {
    socket.write(head, 'latin1');
  } else if (Buffer.isBuffer(body)) {
    if (body.length <= joinedBytes) {
      socket.write(head + body.toString('latin1'), 'latin1');
    } else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    }
  } else {
    return sendStream(socket, head, body, events);
  }
  return undefined;
}

/**
 * No faster than the service takes it. The head goes with the first piece, so that the service hears nothing of a body
 * that is no valid HTTP from its beginning.
 */
function sendStream(socket: Socket, head: string, body: LimitedBody, events: SendingEvents): () => void {
  const isChunked = head.endsWith('\r\ntransfer-encoding: chunked\r\n\r\n');
  let unsent = head;
  const begin = (): void => {
    if (unsent !== '') socket.write(unsent, 'latin1');
    unsent = '';
  };
  const onDrain = (): void => void body.resume();
  const stop = (): void => {
    socket.off('drain', onDrain);
    body.off('data', onData).off('end', onEnd);
    body.destroy();
  };
  const onData = (piece: Buffer): void => {
    socket.cork();
    begin();
    if (isChunked) socket.write(`${piece.length.toString(16)}\r\n`, 'latin1');
    socket.write(piece);
    if (isChunked) socket.write('\r\n', 'latin1');
    socket.uncork();
    events.sent();
    if (socket.writableNeedDrain) body.pause();
  };
  const onEnd = (): void => {
    begin();
    if (isChunked) socket.write('0\r\n\r\n', 'latin1');
    events.sent();
    stop();
    events.done();
  };
  socket.on('drain', onDrain);
  body.on('end', onEnd).on('data', onData);
  return stop;
}
