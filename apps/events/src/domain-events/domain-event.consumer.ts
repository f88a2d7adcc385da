import type { SQSClient } from '@aws-sdk/client-sqs';
import { type DomainEventDefinition, domainEventEnvelope } from '@atrium/contract-kit';
import { domainEvents } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { LOGGER, METRICS } from '@atrium/platform/context';
import { detailsOfZodError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { PoisonMessageError, QUEUE_URL_OF, QueueConsumer, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { z } from 'zod';
import { isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { DomainEventStore, type ToldEvent } from './domain-event.store.js';

const named = ({ type, version }: Pick<DomainEventDefinition, 'type' | 'version'>): string => `${type}@${version}`;
const definitions: ReadonlyMap<string, DomainEventDefinition> = new Map(
  domainEvents.filter(({ streams }) => streams?.includes(queues.eventsDomain)).map((definition) => [named(definition), definition]),
);
const told = domainEventEnvelope.extend({ data: z.record(z.string(), z.json()) });

/** Fields that are confined to an event's subscribers are not stored, should a publisher ever send them along. */
const open = (data: Readonly<Record<string, unknown>>, confined: readonly string[] = []) =>
  Object.fromEntries(Object.entries(data).filter(([field]) => !confined.includes(field)));

function parseMessage(body: string): ToldEvent {
  const parsed = told.safeParse(JSON.parse(body));
  if (!parsed.success) {
    const problems = detailsOfZodError(parsed.error).map(({ field, message }) => `${field} ${message}`);
    throw new PoisonMessageError(`not a domain event: ${problems.join('; ')}`);
  }
  const definition = definitions.get(named(parsed.data));
  if (!definition) throw new PoisonMessageError(`no domain event ${named(parsed.data)} is streamed`);
  return { envelope: { ...parsed.data, data: open(parsed.data.data, definition.confined) }, publisher: definition.publisher };
}

/** Brings domain events to ClickHouse, ten an insert, one insert at a time in each worker. */
@Injectable()
export class DomainEventConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: QueueConsumer<ToldEvent>;

  constructor(
    @Inject(SQS) sqs: SQSClient,
    @Inject(QUEUE_URL_OF) queueUrl: QueueUrlOf,
    @Inject(LOGGER) logger: Logger,
    @Inject(METRICS) metrics: Metrics,
    @Inject(DomainEventStore) store: DomainEventStore,
  ) {
    this.consumer = new QueueConsumer({
      queue: queues.eventsDomain,
      sqs,
      queueUrl,
      logger,
      metrics,
      parse: parseMessage,
      handler: {
        async handleBatch(messages) {
          await store.insert(messages.map(({ body }) => body));
          return messages.map(() => ({ kind: 'done' as const }));
        },
      },
      isTransient: isTransientFailure,
    });
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
  }
}
