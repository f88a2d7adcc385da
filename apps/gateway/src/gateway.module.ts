import { type DynamicModule, Global, Module } from '@nestjs/common';
import { LOGGER, METRICS } from '@atrium/platform/context';
import { SECRETS_PROVIDER } from '@atrium/platform/secrets';
import { guardModules } from '@atrium/platform/service';
import type { GatewayConfig } from './config.js';
import type { GatewayRuntime } from './gateway-app.js';

@Global()
@Module({})
class RuntimeModule {
  static of({ logger, metrics, secrets }: GatewayRuntime): DynamicModule {
    const providers = [
      { provide: LOGGER, useValue: logger },
      { provide: METRICS, useValue: metrics },
      { provide: SECRETS_PROVIDER, useValue: secrets },
    ];
    return { module: RuntimeModule, providers, exports: providers.map(({ provide }) => provide) };
  }
}

/** Token verification and shared state. The HTTP side is plain Fastify: its every microsecond is on every request. */
@Module({})
export class GatewayModule {
  static forRoot(config: GatewayConfig, runtime: GatewayRuntime): DynamicModule {
    return { module: GatewayModule, imports: [RuntimeModule.of(runtime), ...guardModules(config)] };
  }
}
