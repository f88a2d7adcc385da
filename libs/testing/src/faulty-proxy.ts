import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * What becomes of a request: `pass`; `refuse` closes the connection before the target hears of it; `lose` lets the target
 * carry it out, and closes the connection instead of answering, `afterMs` later; `delay` passes on the answer so much later;
 * `answer` is the proxy's own.
 */
export type Fault =
  | { readonly kind: 'pass' }
  | { readonly kind: 'refuse' }
  | { readonly kind: 'lose'; readonly afterMs?: number }
  | { readonly kind: 'delay'; readonly afterMs: number }
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export const pass: Fault = { kind: 'pass' };

/** An HTTP proxy that does to requests what it is told, in front of a real engine. */
export class FaultyProxy {
  /** Chosen for each request. */
  fault: (url: URL) => Fault = () => pass;
  /** Told when the target has carried out a request whose answer is lost, before the connection ends. */
  onLost: () => void = () => undefined;

  private constructor(
    private readonly server: Server,
    private readonly target: string,
  ) {
    server.on('request', (incoming, outgoing) => void this.handle(incoming, outgoing).catch(() => incoming.destroy()));
  }

  static async start(target: string): Promise<FaultyProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FaultyProxy(server, target);
  }

  get url(): string {
    const { port } = this.server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await readAll(incoming);
    const fault = this.fault(new URL(incoming.url ?? '/', this.target));
    if (fault.kind === 'refuse') return void incoming.socket.destroy();
    if (fault.kind === 'answer') return void outgoing.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    const answer = await this.forward(incoming, body);
    if (fault.kind === 'delay') await delay(fault.afterMs);
    if (fault.kind !== 'lose') return void outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    this.onLost();
    setTimeout(() => incoming.socket.destroy(), fault.afterMs ?? 0);
  }

  private forward({ method, url, headers }: IncomingMessage, body: Buffer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = request(new URL(url ?? '/', this.target), { method, headers, agent: false }, (response) => {
        const { statusCode: status = 502, headers: told } = response;
        readAll(response).then((answered) => resolve({ status, headers: withoutFraming(told), body: answered }), reject);
      });
      sent.once('error', reject);
      sent.end(body);
    });
  }
}

/** The body is sent on in one piece. */
function withoutFraming({ 'transfer-encoding': _encoding, connection: _connection, 'keep-alive': _alive, ...headers }: IncomingMessage['headers']) {
  return headers;
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
