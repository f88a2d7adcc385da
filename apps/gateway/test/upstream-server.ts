import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a service saw of a request. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A real service in place of ours; each test says what it does. */
export class UpstreamServer {
  readonly seen: SeenRequest[] = [];
  handler: RequestListener = (_request, response) => answerJson(response, { ok: true });
  private readonly server: Server = createServer((request, response) => {
    if (request.url === '/health/ready') {
      response.writeHead(this.ready ? 200 : 503).end('{}');
      return;
    }
    this.seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers });
    this.handler(request, response);
  });
  ready = true;

  async start(port = 0): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  reset(): void {
    this.seen.length = 0;
    this.ready = true;
    this.handler = (_request, response) => answerJson(response, { ok: true });
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

export function answerJson(response: ServerResponse, body: unknown, headers: Record<string, string | string[]> = {}, status = 200): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers }).end(text);
}
