import type { Socket } from 'node:net';
import { type AnswerHead, type Framing, MalformedAnswerError, parseAnswerHead } from './answer-head.js';
import { sendBody } from './body-sender.js';
import type { Call } from './call.js';
import { ChunkedBody } from './chunked-body.js';
import { openSocket } from './open-socket.js';

/** Milliseconds that each state may last. */
export interface ConnectionTimes {
  readonly connect: number;
  /** Until an answer's head. */
  readonly answer: number;
  /** Between two pieces of an answer. */
  readonly piece: number;
  readonly idle: number;
}

export interface ConnectionEvents {
  /** It can take another call. */
  free(connection: Connection): void;
  closed(connection: Connection): void;
  /** What a call that waits too long fails with. */
  tooLate(): Error;
}

/** Bytes of an answer's head. */
const maxHead = 32 * 1024;
/** Milliseconds for which a client may take nothing of an answer that waits for it. */
const clientPatience = 300_000;
const headEnd = Buffer.from('\r\n\r\n');
const nothing = Buffer.alloc(0);

const broken = (message: string): Error => Object.assign(new Error(message), { code: 'ECONNRESET' });
const unreachable = (): Error => Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' });

/** One connection to a service, which carries one call at a time (RFC 9112; no pipelining: a broken call harms no other). */
export class Connection {
  private readonly socket: Socket;
  private call: Call | undefined;
  private connected = false;
  private closed = false;
  /** Of a head that has come in part. */
  private held: Buffer = nothing;
  private head: AnswerHead | undefined;
  /** Bytes still to come, where the length is known. */
  private left: Framing = 0;
  private chunks: ChunkedBody | undefined;
  /** Ends the sending of a body; undefined when all has been sent. */
  private stopSending: (() => void) | undefined;
  private isPaused = false;
  /** Milliseconds of the monotonic clock. */
  private deadline: number;

  constructor(
    url: URL,
    private readonly times: ConnectionTimes,
    private readonly events: ConnectionEvents,
  ) {
    this.socket = openSocket(url, { connected: this.onConnect, read: (bytes) => this.read(bytes) });
    this.socket.on('end', this.onEnd).on('error', (error) => this.fail(error)).on('close', () => this.fail(broken('the service closed the connection')));
    this.deadline = performance.now() + times.connect;
  }

  start(call: Call): void {
    this.call = call;
    call.connection = this;
    if (this.connected) this.watch(this.times.answer);
    this.stopSending = sendBody(this.socket, call, {
      sent: () => {
        // A body that is still coming from the client is no fault of the service.
        if (this.connected && this.head === undefined && this.call === call) this.watch(this.times.answer);
      },
      done: () => (this.stopSending = undefined),
    });
  }

  /** Ends it, and the call that it has. */
  fail(error: Error): void {
    if (this.closed) return;
    this.closed = true;
    this.socket.destroy();
    this.events.closed(this);
    this.leave()?.handler.onError(error);
  }

  resume(): void {
    if (!this.isPaused || this.closed) return;
    this.isPaused = false;
    this.watch(this.times.piece);
    this.socket.resume();
  }

  /** Looks whether its time is up. `now` is of the monotonic clock. */
  check(now: number): void {
    if (this.deadline > now) return;
    if (this.isPaused) this.fail(new Error('the client takes nothing of the answer'));
    else this.fail(this.connected ? this.events.tooLate() : unreachable());
  }

  private readonly onConnect = (): void => {
    this.connected = true;
    if (this.head === undefined) this.watch(this.call ? this.times.answer : this.times.idle);
  };

  private readonly onEnd = (): void => {
    if (this.head !== undefined && this.left === 'close') this.finish();
    this.fail(broken('the service closed the connection'));
  };

  private watch(milliseconds: number): void {
    this.deadline = performance.now() + milliseconds;
  }

  /** Gives false when no more is to be read for now. */
  private read(bytes: Buffer): boolean {
    try {
      this.take(bytes);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
    return !this.isPaused;
  }

  private take(bytes: Buffer): void {
    let rest = bytes;
    while (rest.length > 0 && !this.closed) {
      // Whoever was asked nothing has nothing to say: it would pass for the answer to what is asked next.
      if (!this.call) throw new MalformedAnswerError('Bytes came that nobody asked for.');
      rest = this.head === undefined ? this.takeHead(rest, this.call) : this.takeBody(rest, this.call);
    }
  }

  private takeHead(bytes: Buffer, call: Call): Buffer {
    const all = this.held.length === 0 ? bytes : Buffer.concat([this.held, bytes]);
    const end = all.indexOf(headEnd);
    if (end > maxHead || (end === -1 && all.length > maxHead)) throw new MalformedAnswerError('The head of the answer is too long.');
    this.held = end !== -1 ? nothing : all === bytes ? Buffer.from(bytes) : all;
    if (end === -1) return nothing;
    const head = parseAnswerHead(all.toString('latin1', 0, end), call.method);
    if (head.status === 101) throw new MalformedAnswerError('The service changed the protocol unasked.');
    const rest = all.subarray(end + headEnd.length);
    if (head.status < 200) return rest;
    this.head = head;
    this.left = head.framing;
    if (head.framing === 'chunked') this.chunks = new ChunkedBody();
    this.watch(this.times.piece);
    call.handler.onHead(head);
    if (head.framing === 0) this.finish();
    return rest;
  }

  private takeBody(bytes: Buffer, call: Call): Buffer {
    const { chunks } = this;
    if (chunks) {
      const read = chunks.read(bytes, (piece) => this.pass(piece, call));
      if (chunks.done) this.finish();
      return bytes.subarray(read);
    }
    if (this.left === 'close') this.pass(bytes, call);
    if (typeof this.left !== 'number') return nothing;
    const piece = bytes.length > this.left ? bytes.subarray(0, this.left) : bytes;
    this.left -= piece.length;
    this.pass(piece, call);
    if (this.left === 0) this.finish();
    return piece === bytes ? nothing : bytes.subarray(piece.length);
  }

  private pass(piece: Buffer, call: Call): void {
    // It may have been given up by the piece before.
    if (this.closed) return;
    const goOn = call.handler.onData(piece);
    if (goOn && !this.isPaused) return this.watch(this.times.piece);
    if (this.isPaused) return;
    this.isPaused = true;
    this.watch(clientPatience);
    this.socket.pause();
  }

  /** The answer is complete. */
  private finish(): void {
    if (this.closed) return;
    const isReusable = this.head?.keepsAlive === true && this.stopSending === undefined;
    const call = this.leave();
    if (this.isPaused) this.resume();
    this.watch(this.times.idle);
    if (isReusable) this.events.free(this);
    else this.fail(broken('not kept'));
    call?.handler.onEnd();
  }

  private leave(): Call | undefined {
    const { call } = this;
    this.stopSending?.();
    this.stopSending = undefined;
    this.call = this.head = this.chunks = undefined;
    this.held = nothing;
    if (!call) return undefined;
    call.connection = undefined;
    call.isOver = true;
    return call;
  }
}
