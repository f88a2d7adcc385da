import { setTimeout as delay } from 'node:timers/promises';
import type { SQSClient } from '@aws-sdk/client-sqs';
import type { Database } from '../database/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../telemetry/index.js';
import { retryDelay } from './retry-delay.js';
import { dispatch, type Refusal } from './outbox-dispatch.js';
import { listenConfigOf, OutboxListener } from './outbox-listener.js';
import { outboxChannel } from './outbox-schema.js';
import { type OutboxRow, OutboxStore } from './outbox-store.js';
import type { QueueUrlOf } from './queue-names.js';
import { WakeSignal } from './wake-signal.js';

export interface OutboxRelayOptions {
  readonly database: Database;
  readonly schema: string;
  readonly sqs: SQSClient;
  readonly queueUrl: QueueUrlOf;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  /** Fallback for a lost notification; 1 s. */
  readonly pollIntervalMs?: number;
  /** The longest that messages wait for more of them while many come; 250 ms. */
  readonly gatherMs?: number;
  /** After this a row of a relay that died is claimed by another; longer than a send takes; 10 s. */
  readonly leaseMs?: number;
}

const maxRows = 100;
/** Milliseconds for each row of the last claim. Claims grow to the longest wait from 20 messages a second on, and shrink to one below. */
const gatherMsPerRow = 50;
const retry = { baseMs: 500, maxMs: 60_000 };

/**
 * How long after a claim the next may begin. A message that comes alone leaves at once; many that follow each other share a
 * claim, sends and a removal, which cost the same for ten as for one.
 */
export const gatheringMs = (claimed: number, longestMs: number): number => (claimed > 1 ? Math.min(claimed * gatherMsPerRow, longestMs) : 0);

/**
 * Sends outbox rows to their queues: at least once, in no promised order. Any number of relays may share an outbox. A row
 * is removed when all its destinations have acknowledged it; a refusal is retried for the destinations that refused, and
 * a row that SQS can never take is parked with the reason, in no one's way.
 */
export class OutboxRelay {
  private readonly store: OutboxStore;
  private readonly signal = new WakeSignal();
  private readonly listener: OutboxListener;
  private readonly pollIntervalMs: number;
  private readonly leaseMs: number;
  private readonly gatherMs: number;
  private failures = 0;
  private stopping = false;
  private running: Promise<void> | undefined;

  constructor(private readonly options: OutboxRelayOptions) {
    this.store = new OutboxStore(options.database, options.schema);
    this.listener = new OutboxListener(listenConfigOf(options.database.dataSource), outboxChannel(options.schema), this.signal.wake);
    this.pollIntervalMs = options.pollIntervalMs ?? 1_000;
    this.leaseMs = options.leaseMs ?? 10_000;
    this.gatherMs = options.gatherMs ?? 250;
    this.describe(options.metrics);
  }

  start(): void {
    if (this.running) return;
    this.running = this.run();
    void this.listener.start();
  }

  /** Ends after the batch at hand. */
  async stop(): Promise<void> {
    this.stopping = true;
    this.signal.wake();
    await Promise.all([this.running, this.listener.stop()]);
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      const begunAt = performance.now();
      const claimed = await this.relayOnce();
      if (claimed >= maxRows || this.stopping) continue;
      await this.signal.wait(this.waitMs());
      if (!this.stopping) await this.gather(begunAt + gatheringMs(claimed, this.gatherMs) - performance.now());
    }
  }

  private async gather(milliseconds: number): Promise<void> {
    if (milliseconds > 0) await delay(milliseconds);
  }

  /** Polling slows down while PostgreSQL doesn't answer. */
  private waitMs(): number {
    return Math.min(this.pollIntervalMs * 2 ** Math.min(this.failures, 5), 30_000);
  }

  private async relayOnce(): Promise<number> {
    try {
      const rows = await this.store.claim(maxRows, this.leaseMs);
      if (rows.length > 0) await this.send(rows);
      this.failures = 0;
      return rows.length;
    } catch (error) {
      // Once per outage; the rows stay, and the lease brings them back.
      if (this.failures++ === 0) this.options.logger.error({ err: error }, 'The outbox could not be relayed; trying again.');
      return 0;
    }
  }

  private async send(rows: readonly OutboxRow[]): Promise<void> {
    const refusals = await dispatch(this.options.sqs, this.options.queueUrl, rows);
    const sent = rows.filter((row) => !refusals.has(row.id));
    if (sent.length > 0) await this.store.done(sent.map((row) => row.id));
    for (const row of rows) {
      const refused = refusals.get(row.id);
      if (refused) await this.keep(row, refused);
    }
  }

  private async keep(row: OutboxRow, refused: readonly Refusal[]): Promise<void> {
    const remaining = refused.map((refusal) => refusal.queue);
    const reason = refused.map((refusal) => `${refusal.queue}: ${refusal.reason}`).join('; ');
    if (refused.every((refusal) => refusal.final)) {
      await this.store.park(row.id, remaining, reason);
      this.options.logger.error({ message_id: row.id, reason }, 'An outbox row was parked: it can never be sent.');
      return;
    }
    const delay = retryDelay(row.attempts, retry);
    await this.store.retry(row.id, remaining, delay);
    // A row knocks again and again during an outage; its first refusal says it all.
    if (row.attempts === 1) this.options.logger.warn({ message_id: row.id, reason }, 'An outbox row was refused; trying again.');
  }

  private describe(metrics: Metrics | undefined): void {
    for (const [field, name, help] of gauges) {
      metrics?.gauge({
        name,
        help,
        collect: async (gauge) => {
          const stats = await this.store.stats().catch(() => undefined);
          if (stats) gauge.set(stats[field]);
        },
      });
    }
  }
}

const gauges = [
  ['pending', 'outbox_pending', 'Outbox rows that wait to be sent.'],
  ['oldest_seconds', 'outbox_oldest_seconds', 'Age of the oldest outbox row that waits to be sent.'],
  ['parked', 'outbox_parked', 'Outbox rows that can never be sent.'],
] as const;
