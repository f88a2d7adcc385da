import type { SQSClient } from '@aws-sdk/client-sqs';
import type { DomainEventDefinition, DomainEventEnvelope, QueueDefinition } from '@atrium/contract-kit';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Global,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { createSqsClient } from '../aws/index.js';
import { LOGGER, METRICS } from '../context/index.js';
import { Database, type Transaction } from '../database/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../telemetry/index.js';
import { DomainEventConsumer } from './domain-event-consumer.js';
import { DOMAIN_EVENT_METADATA } from './on-domain-event.decorator.js';
import { Outbox } from './outbox.js';
import { OutboxRelay } from './outbox-relay.js';
import type { QueueUrlOf } from './queue-names.js';

export interface MessagingSettings {
  /** The service's schema, which holds outbox and inbox. */
  readonly service: string;
  readonly region: string;
  /** Queue URLs are this plus the queue's name. */
  readonly queueUrlBase: string;
  /** Where the service hears domain events; unset in processes that hear none. */
  readonly inbox?: QueueDefinition;
}

/** Dependency-injection token of the process's SQS client. */
export const SQS = Symbol('SQSClient');
/** Dependency-injection token of {@link QueueUrlOf}. */
export const QUEUE_URL_OF = Symbol('QueueUrlOf');
const SETTINGS = Symbol('MessagingSettings');

type Method = (data: unknown, tx: Transaction, envelope: DomainEventEnvelope) => Promise<void>;
interface Listener {
  readonly definition: DomainEventDefinition;
  readonly run: Method;
}

/** Sends what the service's outbox holds, and hears the domain events that its providers have `@OnDomainEvent` for. */
@Global()
@Module({})
export class MessagingModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private relay: OutboxRelay | undefined;
  private consumer: DomainEventConsumer | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: MessagingSettings,
    @Inject(SQS) private readonly sqs: SQSClient,
    @Inject(QUEUE_URL_OF) private readonly queueUrl: QueueUrlOf,
    private readonly database: Database,
    private readonly discovery: DiscoveryService,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) private readonly metrics: Metrics,
  ) {}

  static forRoot(settings: MessagingSettings): DynamicModule {
    const providers = [
      { provide: SETTINGS, useValue: settings },
      { provide: SQS, useFactory: () => createSqsClient({ region: settings.region }) },
      { provide: QUEUE_URL_OF, useValue: (queue: string) => `${settings.queueUrlBase}${queue}` },
      { provide: Outbox, useValue: new Outbox(settings.service) },
    ];
    return { module: MessagingModule, imports: [DiscoveryModule], providers, exports: [SQS, QUEUE_URL_OF, Outbox] };
  }

  onApplicationBootstrap(): void {
    const { database, sqs, queueUrl, logger, metrics } = this;
    const shared = { database, sqs, queueUrl, logger, metrics, schema: this.settings.service };
    this.relay = new OutboxRelay(shared);
    this.relay.start();
    if (!this.settings.inbox) return;
    this.consumer = new DomainEventConsumer({ ...shared, queue: this.settings.inbox });
    for (const { definition, run } of this.listeners()) {
      this.consumer.on(definition, (tx, data, envelope) => run(data, tx, envelope));
    }
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer?.stop();
    await this.relay?.stop();
    this.sqs.destroy();
  }

  private listeners(): Listener[] {
    const scanner = new MetadataScanner();
    return this.discovery.getProviders().flatMap(({ instance }: { instance: unknown }) => {
      if (typeof instance !== 'object' || instance === null) return [];
      const prototype: object | null = Object.getPrototypeOf(instance);
      if (prototype === null) return [];
      return scanner.getAllMethodNames(prototype).flatMap((name) => {
        const method: unknown = Reflect.get(instance, name);
        if (typeof method !== 'function') return [];
        const definition = Reflect.getMetadata(DOMAIN_EVENT_METADATA, method) as DomainEventDefinition | undefined;
        return definition ? [{ definition, run: method.bind(instance) as Method }] : [];
      });
    });
  }
}
