import type { SQSClient } from '@aws-sdk/client-sqs';
import type { QueueDefinition } from '@atrium/contract-kit';
import { LOGGER, METRICS } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { QUEUE_URL_OF, QueueConsumer, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import type { BeforeApplicationShutdown, FactoryProvider, OnApplicationBootstrap, Type } from '@nestjs/common';
import { isTransientFailure } from '../clickhouse/clickhouse-error.js';

export interface EntryStore<Entry> {
  /** Resolves when they are stored; the same again are one. */
  insert(entries: readonly Entry[]): Promise<void>;
}

export interface EntryQueue<Entry> {
  readonly queue: QueueDefinition;
  /** Throws PoisonMessageError for what is no entry. */
  readonly parse: (body: string) => Entry;
  readonly store: Type<EntryStore<Entry>>;
}

/** Brings what services tell to a table of its own, ten an insert, one insert at a time in each worker. */
export class EntryConsumer<Entry> implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly consumer: QueueConsumer<Entry>) {}

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.consumer.stop();
  }
}

type Tools = [SQSClient, QueueUrlOf, Logger, Metrics];

/** The consumer of a queue whose messages become rows. */
export const entryConsumer = <Entry>({ queue, parse, store }: EntryQueue<Entry>): FactoryProvider<EntryConsumer<Entry>> => ({
  provide: Symbol(`EntryConsumer of ${queue.name}`),
  inject: [store, SQS, QUEUE_URL_OF, LOGGER, METRICS],
  useFactory: (rows: EntryStore<Entry>, ...[sqs, queueUrl, logger, metrics]: Tools) =>
    new EntryConsumer(
      new QueueConsumer({
        queue,
        sqs,
        queueUrl,
        logger,
        metrics,
        parse,
        handler: {
          async handleBatch(messages) {
            await rows.insert(messages.map(({ body }) => body));
            return messages.map(() => ({ kind: 'done' as const }));
          },
        },
        isTransient: isTransientFailure,
      }),
    ),
});
