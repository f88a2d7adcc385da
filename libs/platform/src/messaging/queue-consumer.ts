import type { Message, SQSClient } from '@aws-sdk/client-sqs';
import type { QueueDefinition } from '@atrium/contract-kit';
import { isUnavailable } from '../http/unavailable.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../telemetry/index.js';
import { describeMessage, type MessageOutcome, type QueueMessage } from './message-outcome.js';
import { MessageSettler } from './message-settler.js';
import { PoisonMessageError } from './poison-message.error.js';
import type { QueueUrlOf } from './queue-names.js';
import { QueuePoller } from './queue-poller.js';
import { retryInPlace } from './retry-in-place.js';

/** One message at a time: it is done when the promise resolves, and fails alone. */
export interface MessageHandler<Body> {
  readonly handle: (message: QueueMessage<Body>) => Promise<void>;
}

/** A batch of at most ten at a time; one outcome a message, in their order. A rejection is the outcome of all. */
export interface BatchHandler<Body> {
  readonly handleBatch: (messages: readonly QueueMessage<Body>[]) => Promise<readonly MessageOutcome[]>;
}

export interface QueueConsumerOptions<Body> {
  readonly queue: QueueDefinition;
  readonly sqs: SQSClient;
  readonly queueUrl: QueueUrlOf;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Whatever it throws makes the message a dead letter; the reason is that of a `PoisonMessageError`. */
  readonly parse: (body: string, message: Message) => Body;
  readonly handler: MessageHandler<Body> | BatchHandler<Body>;
  /** Messages per receive and so at work at once per poller, 1 to 10; 10. */
  readonly batchSize?: number;
  /** Parallel receivers; 1. */
  readonly pollers?: number;
  /** Length of a long poll, 1 to 20; 20. */
  readonly waitTimeSeconds?: number;
  /** How long `stop` lets the messages at hand finish; 20 s. */
  readonly stopGraceMs?: number;
  /** Receives wait for it, so that an outage uses up no deliveries; must not reject, and resolve when `stopping`. */
  readonly beforeReceive?: (stopping: AbortSignal) => Promise<void>;
  /** Errors of a dependency that is down: the message is kept and tried again here. Database and network by default. */
  readonly isTransient?: (error: unknown) => boolean;
  /** Seconds until the next delivery of a message that failed; 2, 4, 8, … up to 300 by default. */
  readonly retryDelaySeconds?: (receiveCount: number) => number;
}

/**
 * Takes messages off a queue: long polling, a heartbeat that keeps them invisible, batched deletes, growing delays after
 * failures, and a dead-letter queue with the reason for what nobody can handle.
 */
export class QueueConsumer<Body> {
  private readonly pollers: readonly QueuePoller[];
  private readonly settler: MessageSettler;
  private readonly log: Logger;

  constructor(private readonly options: QueueConsumerOptions<Body>) {
    this.log = options.logger.child({ queue: options.queue.name });
    this.settler = new MessageSettler({ ...options, logger: this.log });
    this.pollers = Array.from({ length: options.pollers ?? 1 }, () => this.createPoller());
  }

  start(): void {
    for (const poller of this.pollers) poller.start();
  }

  /** Ends polling, lets the messages at hand finish for a bounded time and gives back the rest. */
  async stop(): Promise<void> {
    await Promise.all(this.pollers.map((poller) => poller.stop(this.options.stopGraceMs ?? 20_000)));
  }

  private createPoller(): QueuePoller {
    const { sqs, queue, queueUrl } = this.options;
    return new QueuePoller({
      sqs,
      queueUrl: queueUrl(queue.name),
      visibilityTimeoutSeconds: queue.visibilityTimeoutSeconds,
      batchSize: this.options.batchSize ?? 10,
      waitTimeSeconds: this.options.waitTimeSeconds ?? 20,
      beforeReceive: this.options.beforeReceive,
      handle: (messages, stopping) => this.handleBatch(messages, stopping),
      onError: (error) => this.log.error({ err: error }, 'The queue could not be reached; trying again.'),
    });
  }

  private async handleBatch(messages: readonly Message[], stopping: AbortSignal): Promise<Message[]> {
    const outcomes = new Map<Message, MessageOutcome>();
    const parsed: { message: Message; described: QueueMessage<Body> }[] = [];
    for (const message of messages) {
      try {
        parsed.push({ message, described: describeMessage(message, this.options.parse(message.Body ?? '', message)) });
      } catch (error) {
        outcomes.set(message, { kind: 'dead', reason: error instanceof Error ? error.message : String(error) });
      }
    }
    const handled = await this.runHandler(parsed.map(({ described }) => described), stopping);
    parsed.forEach(({ message }, index) => outcomes.set(message, handled[index] ?? missingOutcome));
    return this.settler.settle(outcomes, stopping);
  }

  private async runHandler(messages: readonly QueueMessage<Body>[], stopping: AbortSignal): Promise<readonly MessageOutcome[]> {
    const { handler } = this.options;
    if (messages.length === 0) return [];
    if ('handle' in handler) {
      const one = async (message: QueueMessage<Body>): Promise<MessageOutcome[]> => {
        await handler.handle(message);
        return [{ kind: 'done' }];
      };
      return (await Promise.all(messages.map((message) => this.attempt(1, () => one(message), stopping)))).flat();
    }
    return this.attempt(messages.length, () => handler.handleBatch(messages), stopping);
  }

  private async attempt(
    count: number,
    work: () => Promise<readonly MessageOutcome[]>,
    stopping: AbortSignal,
  ): Promise<readonly MessageOutcome[]> {
    const measured = this.settler.startTimer();
    try {
      return await retryInPlace(work, {
        isTransient: this.options.isTransient ?? isUnavailable,
        stopping,
        onOutage: (error) => this.log.warn({ err: error }, 'A dependency is down; messages are kept and tried again.'),
      });
    } catch (error) {
      const outcome: MessageOutcome =
        error instanceof PoisonMessageError ? { kind: 'dead', reason: error.reason } : { kind: 'retry', error };
      return Array.from({ length: count }, () => outcome);
    } finally {
      measured();
    }
  }
}

const missingOutcome: MessageOutcome = { kind: 'retry', error: new Error('The batch handler gave no outcome for the message.') };
