import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { LOGGER } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AnalystDirectory } from './analyst-directory.js';
import { AnalystQueries } from './analyst-queries.js';
import { credentialsOf, queryOf, settingsIn, ToolError } from './tool-request.js';
import { toolErrorOf } from './tool-error.js';

/** Dependency-injection token of the port; undefined where tools can't connect. */
export const ANALYSTS_PORT = Symbol('AnalystsPort');
export interface DoorAddress {
  readonly host: string;
  readonly port: number;
}

/** Headers of ClickHouse's answer that drivers read; its host name stays inside. */
const shown = ['content-type', 'x-clickhouse-format', 'x-clickhouse-timezone', 'x-clickhouse-summary', 'x-clickhouse-query-id'];

/**
 * ClickHouse's HTTP interface for tools, on a port of its own: drivers speak to it as to a server. Each account is bound
 * to an organization (and a site), for which the query runs as the service's reader. ClickHouse itself is not reached:
 * it would let whoever is signed in there lift every limit (ADR 0033).
 */
@Injectable()
export class AnalystDoor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private server: Server | undefined;

  constructor(
    @Inject(AnalystDirectory) private readonly directory: AnalystDirectory,
    @Inject(AnalystQueries) private readonly queries: AnalystQueries,
    @Inject(ANALYSTS_PORT) private readonly address: DoorAddress | undefined,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    if (!this.address) return;
    const server = createServer({ headersTimeout: 10_000, requestTimeout: 20_000, maxHeaderSize: 65_536 }, (request, response) => void this.answer(request, response));
    server.maxConnections = 1_000;
    this.server = server;
    const { host, port } = this.address;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.closeIdleConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Where it listens; port 0 takes any. */
  get port(): number {
    const address = this.server?.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.handle(request, response);
    } catch (error) {
      const { status, code, message } = toolErrorOf(error);
      if (status >= 500) this.logger.warn({ err: error }, 'A tool’s query failed.');
      if (response.headersSent) return void response.destroy();
      const challenge = status === 401 ? { 'www-authenticate': 'Basic realm="Atrium events"' } : {};
      // Whatever of the body was not read must not be taken for the next request.
      response.writeHead(status, { 'content-type': 'text/plain; charset=UTF-8', 'x-clickhouse-exception-code': String(code), connection: 'close', ...challenge });
      response.end(`Code: ${code}. DB::Exception: ${message}.\n`);
    }
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://door');
    if (pathname === '/ping') return void response.end('Ok.\n');
    if (pathname !== '/') throw new ToolError(404, 0, 'There is no handler here; the path is /');
    if (request.method !== 'GET' && request.method !== 'POST') throw new ToolError(405, 0, 'Only GET and POST are taken');
    const credentials = credentialsOf(request, searchParams);
    const account = credentials && (await this.directory.signIn(credentials.username, credentials.password));
    if (!account) throw new ToolError(401, 516, 'Authentication failed: password is incorrect, or there is no user with such name');
    const { aborter, end } = this.directory.begin(credentials.username);
    // The tool's cancel button closes the connection; ClickHouse then ends the query.
    response.once('close', () => aborter.abort());
    try {
      const query = await queryOf(request, searchParams);
      await this.queries.run({ account, username: credentials.username, query, ...settingsIn(searchParams) }, aborter.signal, async (answer) => {
        for (const name of shown) {
          const value = answer.headers.get(name);
          if (value !== null) response.setHeader(name, value);
        }
        if (answer.body) await pipeline(Readable.fromWeb(answer.body), response);
        else response.end();
      });
    } finally {
      end();
    }
  }
}
