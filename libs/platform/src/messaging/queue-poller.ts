import { ChangeMessageVisibilityBatchCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import { Consumer } from 'sqs-consumer';
import { setTimeout as sleep } from 'node:timers/promises';
import { retryDelay } from './retry-delay.js';

export interface QueuePollerOptions {
  readonly sqs: SQSClient;
  readonly queueUrl: string;
  readonly visibilityTimeoutSeconds: number;
  readonly batchSize: number;
  readonly waitTimeSeconds: number;
  /** Receives wait for it; must not reject, and resolve when `stopping`. */
  readonly beforeReceive?: ((stopping: AbortSignal) => Promise<void>) | undefined;
  /** Handles a batch and gives back what to delete; must not reject. */
  readonly handle: (messages: readonly Message[], stopping: AbortSignal) => Promise<Message[]>;
  readonly onError: (error: Error) => void;
}

const receiveBackoff = { baseMs: 250, maxMs: 30_000 };

/** One long-polling receiver: a batch at a time, kept invisible by a heartbeat while it is handled. */
export class QueuePoller {
  private readonly consumer: Consumer;
  private readonly stopping = new AbortController();
  private inFlight: readonly Message[] | undefined;
  private idle: (() => void) | undefined;
  private receiveFailures = 0;

  constructor(private readonly options: QueuePollerOptions) {
    this.consumer = Consumer.create({
      sqs: options.sqs,
      queueUrl: options.queueUrl,
      batchSize: options.batchSize,
      waitTimeSeconds: options.waitTimeSeconds,
      visibilityTimeout: options.visibilityTimeoutSeconds,
      heartbeatInterval: options.visibilityTimeoutSeconds / 3,
      // Backing off is done below, for every kind of failure.
      authenticationErrorTimeout: 0,
      messageAttributeNames: ['All'],
      messageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      preReceiveMessageCallback: () => this.waitToReceive(),
      postReceiveMessageCallback: async () => void (this.receiveFailures = 0),
      handleMessageBatch: (messages) => this.handleBatch(messages),
    });
    this.consumer.on('response_processed', () => this.becomeIdle());
    this.consumer.on('error', (error, messages) => this.failed(error, messages !== undefined));
  }

  start(): void {
    this.consumer.start();
  }

  /** Ends polling; the batch at hand has `graceMs` to finish, and is given back then. */
  async stop(graceMs: number): Promise<void> {
    this.stopping.abort();
    // Aborting ends the long poll, but would also fail the deletes of a batch at hand.
    this.consumer.stop({ abort: this.inFlight === undefined });
    if (this.inFlight === undefined) return;
    const finished = new Promise<'finished'>((resolve) => (this.idle = () => resolve('finished')));
    const timeout = new AbortController();
    const outcome = await Promise.race([finished, sleep(graceMs, 'timeout', { signal: timeout.signal })]);
    timeout.abort();
    if (outcome === 'finished' || this.inFlight === undefined) return;
    // Ends the heartbeat's and the late deletes' effect on messages that others may have by now.
    this.consumer.abortController.abort();
    await this.giveBack(this.inFlight);
  }

  private async handleBatch(messages: Message[]): Promise<Message[]> {
    // Received while stopping: others can have them at once.
    if (this.stopping.signal.aborted) {
      await this.giveBack(messages);
      return [];
    }
    this.inFlight = messages;
    return this.options.handle(messages, this.stopping.signal);
  }

  private becomeIdle(): void {
    this.inFlight = undefined;
    this.idle?.();
  }

  private async giveBack(messages: readonly Message[]): Promise<void> {
    const Entries = messages.map((message, index) => ({ Id: String(index), ReceiptHandle: message.ReceiptHandle, VisibilityTimeout: 0 }));
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.options.queueUrl, Entries });
    await this.options.sqs.send(command).catch((error: unknown) => this.report(error));
  }

  private async waitToReceive(): Promise<void> {
    const { signal } = this.stopping;
    if (this.receiveFailures > 0) {
      await sleep(retryDelay(this.receiveFailures, receiveBackoff), undefined, { signal }).catch(() => undefined);
    }
    await this.options.beforeReceive?.(signal);
  }

  private failed(error: Error, whileHandling: boolean): void {
    if (this.stopping.signal.aborted && !whileHandling) return;
    // Once per outage, for receives.
    if (whileHandling || this.receiveFailures++ === 0) this.options.onError(error);
  }

  private report(error: unknown): void {
    this.options.onError(error instanceof Error ? error : new Error(String(error)));
  }
}
