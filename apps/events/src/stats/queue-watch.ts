import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { QueueDefinition } from '@atrium/contract-kit';
import { LOGGER, METRICS } from '@atrium/platform/context';
import type { Logger } from '@atrium/platform/logging';
import { QUEUE_URL_OF, type QueueUrlOf, SQS } from '@atrium/platform/messaging';
import type { Metrics } from '@atrium/platform/telemetry';
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { deadLetterDepth, packQueues, queueDepth } from './queue-depths.js';
import { QueueProgress } from './queue-progress.js';

const intervalMs = 10_000;
const ages = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200];

/**
 * Watches the queues of packs from the worker's side. SQS tells no age of the oldest message; but what was sent before
 * the newest message that was received has been received too, but for SQS's loose order and for retries.
 */
@Injectable()
export class QueueWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly receivedUntil = new Map<string, number>();
  private readonly messages;
  private readonly deadLetters;
  private readonly oldest;
  private readonly age;
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> | undefined;
  private failing = false;

  constructor(
    @Inject(SQS) private readonly sqs: SQSClient,
    @Inject(QUEUE_URL_OF) private readonly queueUrl: QueueUrlOf,
    @Inject(QueueProgress) private readonly progress: QueueProgress,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(METRICS) metrics: Metrics,
  ) {
    this.messages = metrics.gauge({ name: 'queue_messages', help: 'Messages on the queue, approximately.', labels: ['queue', 'state'] });
    this.deadLetters = metrics.gauge({ name: 'queue_dead_letters', help: 'Messages on the dead-letter queue.', labels: ['queue'] });
    this.oldest = metrics.gauge({
      name: 'queue_oldest_message_seconds',
      help: 'How long the oldest waiting message has waited at most; 0 when none waits.',
      labels: ['queue'],
    });
    this.age = metrics.histogram({
      name: 'queue_message_age_seconds',
      help: 'Time from sending a message to receiving it.',
      labels: ['queue'],
      buckets: ages,
    });
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), intervalMs).unref();
    void this.look();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  received({ name }: QueueDefinition, { Attributes }: Message): void {
    const sentAt = Number(Attributes?.SentTimestamp);
    if (!Number.isFinite(sentAt)) return;
    this.age.observe({ queue: name }, Math.max(0, Date.now() - sentAt) / 1_000);
    this.advance(name, sentAt);
  }

  /** Never rejects. */
  look(): Promise<void> {
    this.looking ??= this.observe()
      .then(() => void (this.failing = false))
      .catch((error: unknown) => {
        // Once per outage.
        if (!this.failing) this.logger.warn({ err: error }, 'The queues could not be watched; trying again.');
        this.failing = true;
      })
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async observe(): Promise<void> {
    for (const { name } of packQueues) await this.observeQueue(name);
    const told = [...this.receivedUntil].map(([queue, received_until]) => ({ queue, received_until }));
    if (told.length > 0) await this.progress.write(told);
  }

  private async observeQueue(queue: string): Promise<void> {
    const askedAt = Date.now();
    const { visible, inFlight } = await queueDepth(this.sqs, this.queueUrl(queue));
    this.messages.set({ queue, state: 'visible' }, visible);
    this.messages.set({ queue, state: 'in_flight' }, inFlight);
    if (visible === 0) this.advance(queue, askedAt);
    const until = this.receivedUntil.get(queue);
    if (until !== undefined) this.oldest.set({ queue }, visible === 0 ? 0 : (Date.now() - until) / 1_000);
    this.deadLetters.set({ queue }, await deadLetterDepth(this.sqs, this.queueUrl, queue));
  }

  private advance(queue: string, until: number): void {
    this.receivedUntil.set(queue, Math.max(until, this.receivedUntil.get(queue) ?? 0));
  }
}
