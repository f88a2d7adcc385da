import type { SQSClient } from '@aws-sdk/client-sqs';
import { createSqsClient } from '@atrium/platform/aws';
import { HealthRegistry } from '@atrium/platform/http';
import { QUEUE_URL_OF, SQS } from '@atrium/platform/messaging';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { AuditLogConsumer } from './audit/audit-log.consumer.js';
import { AuditLogStore } from './audit/audit-log.store.js';
import { clickHouseWriter } from './clickhouse/clickhouse.providers.js';
import type { EventsWorkerConfig } from './config.js';
import { DomainEventConsumer } from './domain-events/domain-event.consumer.js';
import { DomainEventStore } from './domain-events/domain-event.store.js';
import { EventStore } from './storing/event-store.js';
import { PACK_CONSUMER_SETTINGS, PackConsumer } from './storing/pack-consumer.js';
import { PackLines } from './storing/pack-lines.js';
import { PackStorage } from './storing/pack-storage.js';
import { PACK_WRITER_SETTINGS, PackWriter } from './storing/pack-writer.js';
import { StoreGate } from './storing/store-gate.js';

/** The worker: brings packs of events, the audit log and domain events from their queues to ClickHouse. It needs neither PostgreSQL nor tokens. */
@Module({})
export class EventsWorkerModule implements OnApplicationShutdown {
  constructor(
    @Inject(EventStore) store: EventStore,
    @Inject(HealthRegistry) health: HealthRegistry,
    @Inject(SQS) private readonly sqs: SQSClient,
  ) {
    health.add('clickhouse', () => store.ping());
  }

  static forRoot(config: EventsWorkerConfig): DynamicModule {
    return {
      module: EventsWorkerModule,
      providers: [
        clickHouseWriter(config.CLICKHOUSE_SECRET_ID),
        { provide: SQS, useFactory: () => createSqsClient({ region: config.AWS_REGION }) },
        { provide: QUEUE_URL_OF, useValue: (queue: string) => `${config.QUEUE_URL_BASE}${queue}` },
        {
          provide: PACK_CONSUMER_SETTINGS,
          useValue: {
            pollers: config.EVENTS_WORKER_POLLERS,
            batchSize: config.EVENTS_WORKER_BATCH,
            visibilityTimeoutSeconds: config.EVENTS_WORKER_VISIBILITY_SECONDS,
          },
        },
        {
          provide: PACK_WRITER_SETTINGS,
          useValue: {
            capacity: config.EVENTS_WORKER_POLLERS * config.EVENTS_WORKER_BATCH,
            spacingMs: config.EVENTS_WORKER_SPACING_MS,
          },
        },
        EventStore,
        StoreGate,
        PackLines,
        PackStorage,
        PackWriter,
        PackConsumer,
        AuditLogStore,
        AuditLogConsumer,
        DomainEventStore,
        DomainEventConsumer,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.sqs.destroy();
  }
}
