import { type DynamicModule, Global, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { LOGGER, METRICS } from '../context/index.js';
import { NestLogger } from '../logging/index.js';
import { SECRETS_PROVIDER, type SecretsProvider } from '../secrets/index.js';
import type { Metrics } from '../telemetry/index.js';
import { CLIENT_ADDRESS, clientAddresses } from './client-address.js';
import { ErrorFilter } from './error.filter.js';
import { FileInterceptor } from './file.interceptor.js';
import { HealthRegistry, registerHealthRoutes } from './health.js';
import { registerRequestContext, registerTracing, requestIdOf } from './request-hooks.js';
import { RedirectInterceptor } from './redirect.interceptor.js';
import { registerUnusedConnections } from './unused-connections.js';
import { VersionedInterceptor } from './versioned.interceptor.js';

/** Everything that a process has before its own modules start. */
export interface ServiceRuntime {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly secrets: SecretsProvider;
  readonly health: HealthRegistry;
}

export interface ServiceAppSettings {
  readonly trustedProxies: readonly string[];
}

/** Bytes: the most that any endpoint takes. The gateway holds each endpoint to its own, lower limit. */
const bodyLimit = 4 * 1024 * 1024;
const maxParamLength = 512;
/** Milliseconds for the whole request, headers and body: slow senders don't hold connections. */
const requestTimeout = 30_000;

@Module({})
class ServiceRoot {}

@Global()
@Module({})
class RuntimeModule {
  static of(runtime: ServiceRuntime, { trustedProxies }: ServiceAppSettings): DynamicModule {
    const providers = [
      { provide: LOGGER, useValue: runtime.logger },
      { provide: METRICS, useValue: runtime.metrics },
      { provide: SECRETS_PROVIDER, useValue: runtime.secrets },
      { provide: HealthRegistry, useValue: runtime.health },
      { provide: CLIENT_ADDRESS, useValue: clientAddresses(trustedProxies) },
    ];
    return { module: RuntimeModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}

/** JSON alone, without a prototype in it; an empty body is no body, as of a POST that has nothing to say. */
function acceptJsonAlone(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  const parseJson = server.getDefaultJsonParser('error', 'error');
  server.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parseJson(request, body, done);
  });
}

function prepareServer(server: FastifyInstance, { health, metrics }: ServiceRuntime): void {
  acceptJsonAlone(server);
  registerRequestContext(server);
  registerTracing(server);
  registerHealthRoutes(server, health, metrics);
  registerUnusedConnections(server);
}

/**
 * A service's HTTP application: request ids and trace context, the error envelope, health and metrics, the rules of the
 * contract. It doesn't listen yet.
 */
export async function createServiceApp(
  module: Type | DynamicModule,
  runtime: ServiceRuntime,
  settings: ServiceAppSettings,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    bodyLimit,
    requestTimeout,
    routerOptions: { maxParamLength, ignoreTrailingSlash: false },
    trustProxy: settings.trustedProxies.length > 0 ? [...settings.trustedProxies] : false,
    genReqId: requestIdOf,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    logger: false,
  });
  prepareServer(adapter.getInstance<FastifyInstance>(), runtime);
  const root: DynamicModule = { module: ServiceRoot, imports: [RuntimeModule.of(runtime, settings), module] };
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: new NestLogger(runtime.logger),
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalFilters(new ErrorFilter(runtime.logger));
  app.useGlobalInterceptors(new VersionedInterceptor(), new FileInterceptor(runtime.logger), new RedirectInterceptor());
  return app;
}

