import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

export interface SocketEvents {
  connected(): void;
  /** Bytes that are overwritten after this returns. False: no more until the socket is resumed. */
  read(bytes: Buffer): boolean;
}

/**
 * What all plain connections are read into: nothing is kept beyond the callback, so that a piece costs no memory of its
 * own. Bytes; a large answer comes in pieces of that size.
 */
const inbox = Buffer.allocUnsafeSlow(64 * 1024);
/** Milliseconds without traffic after which the system asks whether the other side is still there. */
const keepAliveInitialDelay = 60_000;

/** Connects to the origin of `url`. */
export function openSocket(url: URL, events: SocketEvents): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isTls = url.protocol === 'https:';
  const port = Number(url.port || (isTls ? 443 : 80));
  const settings = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay };
  if (!isTls) {
    const callback = (length: number): boolean => events.read(inbox.subarray(0, length));
    return connectPlain({ ...settings, onread: { buffer: inbox, callback } }).once('connect', () => events.connected());
  }
  const socket = connectTls({ ...settings, ...(isIP(host) ? {} : { servername: host }) });
  return socket.once('secureConnect', () => events.connected()).on('data', (bytes: Buffer) => void events.read(bytes));
}
