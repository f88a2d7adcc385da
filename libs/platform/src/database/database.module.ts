import { type DynamicModule, Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import { HealthRegistry } from '../http/health.js';
import { SECRETS_PROVIDER, type SecretsProvider } from '../secrets/index.js';
import { createDataSource, type DataSourceSettings } from './data-source.js';
import { Database } from './database.js';
import { IdempotencyRetention } from './idempotency-retention.js';
import { IdempotencyInterceptor } from './idempotency.interceptor.js';
import { SingleEffects } from './single-effects.js';

/** The service's own schema, as its app role. */
@Global()
@Module({})
export class DatabaseModule implements OnApplicationShutdown {
  constructor(private readonly database: Database) {}

  static forRoot(settings: DataSourceSettings): DynamicModule {
    return {
      module: DatabaseModule,
      providers: [
        {
          provide: Database,
          inject: [SECRETS_PROVIDER, HealthRegistry],
          useFactory: async (secrets: SecretsProvider, health: HealthRegistry) => {
            const dataSource = await createDataSource(secrets, settings);
            await dataSource.initialize();
            health.add('database', () => dataSource.query('select 1'));
            return new Database(dataSource);
          },
        },
        SingleEffects,
        { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
        IdempotencyRetention,
      ],
      exports: [Database, SingleEffects],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.database.dataSource.destroy();
  }
}
