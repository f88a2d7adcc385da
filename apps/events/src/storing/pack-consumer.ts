import type { SQSClient } from '@aws-sdk/client-sqs';
import type { QueueDefinition } from '@atrium/contract-kit';
import { LOGGER, METRICS } from '@atrium/platform/context';
import { detailsOfZodError } from '@atrium/platform/errors';
import type { Logger } from '@atrium/platform/logging';
import { PoisonMessageError, QUEUE_URL_OF, QueueConsumer, type QueueMessage, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { isTransientFailure } from '../clickhouse/clickhouse-error.js';
import { type PackMessage, packMessage } from '../packs/pack-message.js';
import { QueueWatch } from '../stats/queue-watch.js';
import { PackWriter } from './pack-writer.js';
import { receivePack } from './received-pack.js';

export interface PackConsumerSettings {
  readonly queue: QueueDefinition;
  /** Parallel receivers. */
  readonly pollers: number;
  /** Packs that each has at hand at most. */
  readonly batchSize: number;
}
export const PACK_CONSUMER_SETTINGS = Symbol('PackConsumerSettings');

function parsePack(body: string): PackMessage {
  const parsed = packMessage.safeParse(JSON.parse(body));
  if (parsed.success) return parsed.data;
  const problems = detailsOfZodError(parsed.error).map(({ field, message }) => `${field} ${message}`);
  throw new PoisonMessageError(`not a pack of events: ${problems.join('; ')}`);
}

/** Takes packs off the queue; each is deleted once it is stored. */
@Injectable()
export class PackConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly consumer: QueueConsumer<PackMessage>;

  constructor(
    @Inject(SQS) sqs: SQSClient,
    @Inject(QUEUE_URL_OF) queueUrl: QueueUrlOf,
    @Inject(LOGGER) logger: Logger,
    @Inject(METRICS) metrics: Metrics,
    @Inject(PACK_CONSUMER_SETTINGS) settings: PackConsumerSettings,
    @Inject(PackWriter) private readonly writer: PackWriter,
    @Inject(QueueWatch) watch: QueueWatch,
  ) {
    this.consumer = new QueueConsumer({
      queue: settings.queue,
      sqs,
      queueUrl,
      logger,
      metrics,
      pollers: settings.pollers,
      batchSize: settings.batchSize,
      parse: (body, message) => {
        watch.received(settings.queue, message);
        return parsePack(body);
      },
      handler: { handle: (message) => this.store(message) },
      isTransient: isTransientFailure,
      beforeReceive: (stopping) => writer.ready(stopping),
    });
  }

  onApplicationBootstrap(): void {
    this.consumer.start();
  }

  /** What is at hand is stored at once, or given back when ClickHouse is away. */
  async beforeApplicationShutdown(): Promise<void> {
    this.writer.close();
    await this.consumer.stop();
  }

  private store({ body, receiveCount }: QueueMessage<PackMessage>): Promise<void> {
    return this.writer.write(receivePack(body, receiveCount));
  }
}
