import type { QueueDefinition } from '@atrium/contract-kit';
import type { SQSClient } from '@aws-sdk/client-sqs';
import { queues } from '@atrium/contracts/queues';
import { createSqsClient } from '@atrium/platform/aws';
import { LOGGER, METRICS } from '@atrium/platform/context';
import { HealthRegistry } from '@atrium/platform/http';
import type { Logger } from '@atrium/platform/logging';
import { QUEUE_URL_OF, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { type DynamicModule, type FactoryProvider, Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { auditLogConsumer } from './audit/audit-log.consumer.js';
import { AuditLogStore } from './audit/audit-log.store.js';
import { clickHouseWriter } from './clickhouse/clickhouse.providers.js';
import type { EventsWorkerConfig } from './config.js';
import { domainEventConsumer } from './domain-events/domain-event.consumer.js';
import { DomainEventStore } from './domain-events/domain-event.store.js';
import { EventStore } from './storing/event-store.js';
import { QueueProgress } from './stats/queue-progress.js';
import { QueueWatch } from './stats/queue-watch.js';
import { PACK_CONSUMER_SETTINGS, PackConsumer, type PackConsumerSettings } from './storing/pack-consumer.js';
import { PackLines } from './storing/pack-lines.js';
import { PackStorage } from './storing/pack-storage.js';
import { PACK_WRITER_SETTINGS, PackWriter, type PackWriterSettings } from './storing/pack-writer.js';
import { StoreGate } from './storing/store-gate.js';

const BULK_PACK_CONSUMER = Symbol('BulkPackConsumer');
type PackConsumerParts = [SQSClient, QueueUrlOf, Logger, Metrics, PackStorage, StoreGate, QueueWatch];

/** With pollers and inserts of its own: whatever waits on its queue, the others' packs don't wait behind it. */
const bulkPackConsumer = (config: EventsWorkerConfig): FactoryProvider<PackConsumer> => ({
  provide: BULK_PACK_CONSUMER,
  inject: [SQS, QUEUE_URL_OF, LOGGER, METRICS, PackStorage, StoreGate, QueueWatch],
  useFactory: (...[sqs, queueUrl, logger, metrics, storage, gate, watch]: PackConsumerParts) => {
    const writer = new PackWriter(storage, gate, writerSettings(config, config.EVENTS_WORKER_BULK_POLLERS));
    const settings = consumerSettings(config, queues.eventsBulk, config.EVENTS_WORKER_BULK_POLLERS);
    return new PackConsumer(sqs, queueUrl, logger, metrics, settings, writer, watch);
  },
});

const consumerSettings = (config: EventsWorkerConfig, queue: QueueDefinition, pollers: number): PackConsumerSettings => ({
  queue: { ...queue, visibilityTimeoutSeconds: config.EVENTS_WORKER_VISIBILITY_SECONDS },
  pollers,
  batchSize: config.EVENTS_WORKER_BATCH,
});

const writerSettings = (config: EventsWorkerConfig, pollers: number): PackWriterSettings => ({
  capacity: pollers * config.EVENTS_WORKER_BATCH,
  spacingMs: config.EVENTS_WORKER_SPACING_MS,
});

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
        { provide: PACK_CONSUMER_SETTINGS, useValue: consumerSettings(config, queues.eventsIngest, config.EVENTS_WORKER_POLLERS) },
        { provide: PACK_WRITER_SETTINGS, useValue: writerSettings(config, config.EVENTS_WORKER_POLLERS) },
        bulkPackConsumer(config),
        QueueProgress,
        QueueWatch,
        EventStore,
        StoreGate,
        PackLines,
        PackStorage,
        PackWriter,
        PackConsumer,
        AuditLogStore,
        auditLogConsumer,
        DomainEventStore,
        domainEventConsumer,
      ],
    };
  }

  onApplicationShutdown(): void {
    this.sqs.destroy();
  }
}
