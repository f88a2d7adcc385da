import { type Dispatcher, Pool } from 'undici';
import type { SignedRequest } from './send-request.js';

/** Milliseconds. */
const connectTimeout = 1_000;
/** Milliseconds an idle connection is kept; SQS closes them later. */
const keepAliveTimeout = 15_000;
/** Characters of an answer to SendMessage, generously. */
const maxAnswer = 16 * 1024;

/** Text of an answer with status 200; undefined for any other. */
class AnswerHandler implements Dispatcher.DispatchHandler {
  private text = '';
  private status = 0;

  constructor(
    private readonly resolve: (text: string | undefined) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  /** The client demands to be able to say that a request begins. */
  onRequestStart(): void {
    this.text = '';
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.status = status;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.text += chunk.toString('latin1');
    if (this.text.length > maxAnswer) controller.abort(new Error('The answer is too long.'));
  }

  onResponseEnd(): void {
    this.resolve(this.status === 200 ? this.text : undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.reject(error);
  }
}

/** Connections to the queue's endpoint that are kept open. */
export class QueueConnection {
  private readonly pool: Pool;
  private readonly path: string;

  constructor({ protocol, hostname, port, path }: SignedRequest, timeoutMs: number) {
    this.path = path;
    this.pool = new Pool(`${protocol}//${hostname}${port === undefined ? '' : `:${port}`}`, {
      connect: { timeout: connectTimeout },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      keepAliveTimeout,
      pipelining: 1,
    });
  }

  /** The answer's text when its status is 200, else undefined; rejects when none came. */
  post(headers: Record<string, string>, body: Uint8Array): Promise<string | undefined> {
    return new Promise((resolve, reject) => {
      this.pool.dispatch({ path: this.path, method: 'POST', headers, body }, new AnswerHandler(resolve, reject));
    });
  }

  /** Cuts what is still under way. */
  close(): Promise<void> {
    return this.pool.destroy();
  }
}
