import 'reflect-metadata';
import { createLogger } from '@atrium/platform/logging';
import { EnvironmentSecretsProvider } from '@atrium/platform/secrets';
import { createMetrics, startTelemetry } from '@atrium/platform/telemetry';
import { createGateway, gatewayConfig, type GatewayApp } from '../src/index.js';
import type { AddressInfo } from 'node:net';
import { startStateStore, type StateStore } from './state-store.js';
import { TokenIssuer } from './token-issuer.js';
import { UpstreamServer } from './upstream-server.js';

export interface RunningGateway {
  readonly app: GatewayApp;
  readonly url: string;
  readonly port: number;
  /** Lines of its log. */
  readonly log: string[];
}

/** Everything around a gateway: an issuer, shared state on PostgreSQL, one server that plays all four services. */
export class GatewayFixture {
  readonly issuer = new TokenIssuer();
  readonly upstream = new UpstreamServer();
  private readonly running: RunningGateway[] = [];
  private store: StateStore | undefined;

  async start(): Promise<this> {
    startTelemetry({ service: 'gateway' });
    this.store = await startStateStore();
    await this.issuer.start();
    await this.upstream.start();
    return this;
  }

  async gateway(environment: Record<string, string> = {}): Promise<RunningGateway> {
    const config = gatewayConfig.parse({
      PORT: '0', JWKS_URL: `${this.issuer.url}/.well-known/jwks.json`, TOKEN_ISSUER: this.issuer.url, STATE_SECRET_ID: 'atrium/state',
      PUBLIC_URL: 'http://localhost:8000', APP_URL: 'https://app.example.com', AUTH_URL: this.upstream.url, USERS_URL: this.upstream.url,
      GALLERY_URL: this.upstream.url, EVENTS_URL: this.upstream.url, LIMIT_SCALE: '1000', ...environment,
    });
    const log: string[] = [];
    const app = await createGateway(config, {
      logger: createLogger({ service: 'gateway', level: 'info', destination: { write: (line) => void log.push(line) } }),
      metrics: createMetrics('gateway', { processMetrics: false }),
      secrets: new EnvironmentSecretsProvider({ ATRIUM_SECRET_STATE: JSON.stringify({ url: this.stateUrl }) }),
    });
    await app.listen();
    const { port } = app.server.server.address() as AddressInfo;
    const gateway = { app, url: `http://127.0.0.1:${port}`, port, log };
    this.running.push(gateway);
    return gateway;
  }

  get stateUrl(): string {
    if (!this.store) throw new Error('start the fixture first');
    return this.store.url;
  }

  bearer(claims: Record<string, unknown> = {}): { authorization: string } {
    return { authorization: `Bearer ${this.issuer.token(claims)}` };
  }

  async reset(): Promise<void> {
    this.upstream.reset();
    await this.store?.clear();
  }

  async stop(): Promise<void> {
    await Promise.all(this.running.map(({ app }) => app.stop()));
    await this.upstream.stop();
    this.issuer.stop();
    await this.store?.stop();
  }
}
