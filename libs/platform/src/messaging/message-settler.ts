import { ChangeMessageVisibilityBatchCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueDefinition } from '@atrium/contract-kit';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counter, Histogram } from 'prom-client';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../telemetry/index.js';
import { deadLetter } from './dead-letter.js';
import { type MessageOutcome, receiveCountOf } from './message-outcome.js';
import type { QueueUrlOf } from './queue-names.js';
import { retryDelay } from './retry-delay.js';

export interface MessageSettlerOptions {
  readonly queue: QueueDefinition;
  readonly sqs: SQSClient;
  readonly queueUrl: QueueUrlOf;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly retryDelaySeconds?: (receiveCount: number) => number;
}

/** SQS's longest visibility timeout. */
const maxVisibilitySeconds = 43_200;
/**
 * Milliseconds until the queue has noticed that this process's polls have ended. A message given back before goes to a poll
 * that nobody hears, and is hidden for its visibility timeout. Amazon's may take longer; such a message is only late.
 */
const pollsEndMs = 100;

const defaultDelay = (receiveCount: number): number =>
  Math.ceil(retryDelay(receiveCount, { baseMs: 2_000, maxMs: 300_000 }) / 1_000);

/** Carries out what handlers decided about messages. */
export class MessageSettler {
  private readonly messages: Counter | undefined;
  private readonly duration: Histogram | undefined;

  constructor(private readonly options: MessageSettlerOptions) {
    this.messages = options.metrics?.counter({
      name: 'queue_messages_total',
      help: 'Messages by what became of them: handled, failed (delivered again), dead_lettered.',
      labels: ['queue', 'outcome'],
    });
    this.duration = options.metrics?.histogram({
      name: 'queue_handling_seconds',
      help: 'Time to handle a message, or a batch where batches are handled.',
      labels: ['queue'],
    });
  }

  startTimer(): () => void {
    const end = this.duration?.startTimer({ queue: this.options.queue.name });
    return () => void end?.();
  }

  /** Moves dead letters, delays retries, and gives back the messages to delete. Never rejects. */
  async settle(outcomes: ReadonlyMap<Message, MessageOutcome>, stopping: AbortSignal): Promise<Message[]> {
    const finished: Message[] = [];
    const again: Message[] = [];
    await Promise.all(
      [...outcomes].map(async ([message, outcome]) => {
        if (await this.isFinished(message, outcome)) finished.push(message);
        else again.push(message);
      }),
    );
    if (again.length > 0) await this.delay(again, stopping.aborted);
    return finished;
  }

  private async isFinished(message: Message, outcome: MessageOutcome): Promise<boolean> {
    if (outcome.kind === 'done') {
      this.count('handled');
      return true;
    }
    if (outcome.kind === 'dead') return this.moveToDeadLetters(message, outcome.reason);
    this.count('failed');
    const attempt = { message_id: message.MessageId, receive_count: receiveCountOf(message) };
    this.options.logger.warn({ ...attempt, err: outcome.error }, 'A message failed; it will be delivered again.');
    return false;
  }

  private async moveToDeadLetters(message: Message, reason: string): Promise<boolean> {
    const { sqs, queueUrl, queue, logger } = this.options;
    try {
      await deadLetter(sqs, queueUrl, queue.name, message, reason);
      this.count('dead_lettered');
      logger.error({ message_id: message.MessageId, reason }, 'A message went to the dead-letter queue.');
      return true;
    } catch (error) {
      logger.error({ message_id: message.MessageId, reason, err: error }, 'A message could not be moved to the dead-letter queue.');
      return false;
    }
  }

  /** A message that failed while the process ends is due at once, elsewhere. */
  private async delay(messages: readonly Message[], stopping: boolean): Promise<void> {
    const seconds = this.options.retryDelaySeconds ?? defaultDelay;
    const Entries = messages.map((message, index) => ({
      Id: String(index),
      ReceiptHandle: message.ReceiptHandle,
      VisibilityTimeout: stopping ? 0 : Math.min(seconds(receiveCountOf(message)), maxVisibilitySeconds),
    }));
    const QueueUrl = this.options.queueUrl(this.options.queue.name);
    if (stopping) await sleep(pollsEndMs);
    // Without the delay the visibility timeout decides when the message comes back.
    await this.options.sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries })).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'The delay of failed messages could not be set.');
    });
  }

  private count(outcome: 'handled' | 'failed' | 'dead_lettered'): void {
    this.messages?.inc({ queue: this.options.queue.name, outcome });
  }
}
