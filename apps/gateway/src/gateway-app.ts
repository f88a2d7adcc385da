import type { EndpointDefinition, ServiceName } from '@atrium/contract-kit';
import { allEndpoints } from '@atrium/contracts';
import { ACCESS_LOG, type AccessLog, AccessTokenVerifier, REVOCATIONS, type Revocations } from '@atrium/platform/auth-guard';
import { type Logger, NestLogger } from '@atrium/platform/logging';
import type { SecretsProvider } from '@atrium/platform/secrets';
import { SHARED_STATE, type SharedState } from '@atrium/platform/state';
import type { Metrics } from '@atrium/platform/telemetry';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { Admission } from './admission/admission.js';
import { ApiKeyAuthenticator } from './admission/api-key-authenticator.js';
import { exchangeAtAuth } from './admission/api-key-exchange.js';
import { ApiKeyTokens } from './admission/api-key-tokens.js';
import { Authenticator } from './admission/authenticator.js';
import { KeyReputation } from './admission/key-reputation.js';
import { LimitPolicies } from './admission/limit-policy.js';
import { Limiter } from './admission/limiter.js';
import { CorsPolicy } from './answers/cors.js';
import type { GatewayConfig } from './config.js';
import { registerDocs } from './docs/docs.routes.js';
import { GatewayModule } from './gateway.module.js';
import { registerHealthRoutes } from './health/health.routes.js';
import { UpstreamHealth } from './health/upstream-health.js';
import { ServiceMinutes } from './observability/service-minutes.js';
import { Traffic } from './observability/traffic.js';
import { registerPages } from './pages/pages.routes.js';
import { Gateway } from './proxy/gateway.js';
import { Upstream } from './proxy/upstream.js';
import { registerEndpoints } from './routing/register-endpoints.js';
import { routeTable, servicesOf } from './routing/route-table.js';
import { createServer, registerOwnHeaders } from './server.js';
import { drain } from './shutdown/drain.js';

export interface GatewayRuntime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly secrets: SecretsProvider;
}

export interface GatewayApp {
  readonly server: FastifyInstance;
  /** Resolves with the address it listens on. */
  listen(): Promise<string>;
  /** Not ready any more, then closed to new connections, then, when all is answered or the time is up, gone. */
  stop(): Promise<void>;
}

function upstreamsOf(endpoints: readonly EndpointDefinition[], config: GatewayConfig): Map<ServiceName, Upstream> {
  const urls: Partial<Record<ServiceName, string>> = {
    auth: config.AUTH_URL,
    users: config.USERS_URL,
    gallery: config.GALLERY_URL,
    events: config.EVENTS_URL,
  };
  const settings = {
    connectTimeout: config.UPSTREAM_CONNECT_TIMEOUT_MS,
    headersTimeout: config.UPSTREAM_TIMEOUT_MS,
    idleTimeout: config.UPSTREAM_IDLE_TIMEOUT_MS,
    maxInFlight: config.UPSTREAM_MAX_IN_FLIGHT,
  };
  const entries = servicesOf(endpoints).map((service): [ServiceName, Upstream] => {
    const url = urls[service];
    if (url === undefined) throw new Error(`The gateway has no address for the service ${service}`);
    return [service, new Upstream(service, url, settings)];
  });
  return new Map(entries);
}

function admissionOf(context: INestApplicationContext, config: GatewayConfig): { admission: Admission; keys: KeyReputation } {
  const policies = new LimitPolicies(config.LIMIT_SCALE);
  const limiter = new Limiter(context.get<SharedState>(SHARED_STATE).counters);
  const keys = new KeyReputation(limiter, policies);
  const verifier = context.get(AccessTokenVerifier);
  const revocations = context.get<Revocations>(REVOCATIONS);
  const accessLog = context.get<AccessLog>(ACCESS_LOG);
  const authenticator = new Authenticator(verifier, revocations, accessLog);
  const tokens = new ApiKeyTokens(exchangeAtAuth(config.AUTH_URL));
  const apiKeys = new ApiKeyAuthenticator({ tokens, reputation: keys, verifier, revocations, accessLog });
  return { admission: new Admission({ authenticator, apiKeys, limiter, policies, keys }), keys };
}

/** The gateway over the endpoints of the contract (or others, in tests); it doesn't listen yet. */
export async function createGateway(
  config: GatewayConfig,
  runtime: GatewayRuntime,
  endpoints: readonly EndpointDefinition[] = allEndpoints,
): Promise<GatewayApp> {
  const { logger, metrics } = runtime;
  const context = await NestFactory.createApplicationContext(GatewayModule.forRoot(config, runtime), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
  const upstreams = upstreamsOf(endpoints, config);
  const cors = new CorsPolicy(config.CORS_ORIGINS);
  const minutes = new ServiceMinutes(logger);
  const traffic = new Traffic(metrics, logger, minutes);
  const gateway = new Gateway({ ...admissionOf(context, config), cors, traffic, logger, upstreams });
  const server = createServer(config, logger);
  let draining = false;
  registerEndpoints(server, routeTable(endpoints), gateway, cors);
  await server.register(async (own) => {
    registerOwnHeaders(own);
    registerHealthRoutes(own, { upstreams: new UpstreamHealth([...upstreams.values()]), metrics, isDraining: () => draining });
    registerDocs(own, config.PUBLIC_URL);
    registerPages(own);
  });
  return {
    server,
    listen: () => server.listen({ port: config.PORT, host: config.HOST }),
    stop: async () => {
      draining = true;
      await drain(server, { delayMs: config.DRAIN_DELAY_MS, timeoutMs: config.DRAIN_TIMEOUT_MS });
      minutes.stop();
      for (const upstream of upstreams.values()) upstream.close();
      await context.close();
    },
  };
}
