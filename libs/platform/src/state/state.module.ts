import { type DynamicModule, Global, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { SECRETS_PROVIDER, type SecretsProvider } from '../secrets/index.js';
import { connectState } from './connect-state.js';
import { SHARED_STATE, type SharedState } from './shared-state.js';

/** Shape of the shared state's secret. */
const stateSecret = z.object({ url: z.string() });

/** Readiness doesn't depend on it: without it tokens still verify and limits are counted by each instance alone. */
@Global()
@Module({})
export class StateModule implements OnApplicationShutdown {
  constructor(@Inject(SHARED_STATE) private readonly state: SharedState) {}

  static forRoot(secretId: string): DynamicModule {
    const provider = {
      provide: SHARED_STATE,
      inject: [SECRETS_PROVIDER],
      useFactory: async (secrets: SecretsProvider) => {
        const currentUrl = async () => (await secrets.getJson(secretId, stateSecret, { refresh: true })).url;
        return connectState(await currentUrl(), { currentUrl });
      },
    };
    return { module: StateModule, providers: [provider], exports: [SHARED_STATE] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.state.close();
  }
}
