import type { DomainEventDefinition } from '@atrium/contract-kit';
import type { Counter } from 'prom-client';
import { z } from 'zod';
import { runInContext } from '../context/index.js';
import type { Database, TenantTransaction, Transaction } from '../database/index.js';
import { SpanKind, withSpan } from '../telemetry/index.js';
import { type BoundEvent, type DomainEventHandler, DomainEventHandlers } from './domain-event-handlers.js';
import { QueueConsumer, type QueueConsumerOptions } from './queue-consumer.js';
import { checkedSchema } from './service-schema.js';

export interface DomainEventConsumerOptions extends Omit<QueueConsumerOptions<BoundEvent>, 'parse' | 'handler'> {
  readonly database: Database;
  /** The service's schema, which holds the inbox. */
  readonly schema: string;
}

const hour = 3_600_000;
/** Longer than a message can live in a queue and then in its dead-letter queue (14 days each). */
const inboxMemory = '30 days';

/**
 * Hears domain events: each has one effect, however often and in whatever order it comes. The event's id and the
 * handler's effect commit in one transaction, inside the event's organization. Handlers compare versions or times where
 * order matters: newest wins.
 */
export class DomainEventConsumer {
  private readonly handlers = new DomainEventHandlers();
  private readonly consumer: QueueConsumer<BoundEvent>;
  private readonly remember: string;
  private readonly duplicates: Counter | undefined;
  private forgetting: NodeJS.Timeout | undefined;

  constructor(private readonly options: DomainEventConsumerOptions) {
    const schema = checkedSchema(options.schema);
    this.remember = `insert into ${schema}.inbox (message_id, consumer) values ($1, $2) on conflict do nothing returning 1 as added`;
    this.duplicates = options.metrics?.counter({ name: 'inbox_duplicates_total', help: 'Events seen before.', labels: ['queue'] });
    this.consumer = new QueueConsumer({
      ...options,
      parse: (body) => this.handlers.bind(body),
      handler: { handle: ({ body }) => this.handle(body) },
    });
  }

  /** The transaction is inside the event's organization, or outside of any when the event names none. */
  on<Data extends z.ZodType>(definition: DomainEventDefinition<Data>, handler: DomainEventHandler<Data>): this {
    this.handlers.on(definition, handler);
    return this;
  }

  /** As {@link on}, for events that always name an organization; one that doesn't becomes a dead letter. */
  onInTenant<Data extends z.ZodType>(
    definition: DomainEventDefinition<Data>,
    handler: DomainEventHandler<Data, TenantTransaction>,
  ): this {
    this.handlers.onInTenant(definition, handler);
    return this;
  }

  start(): void {
    this.consumer.start();
    this.forgetting = setInterval(() => void this.forget(), hour).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.forgetting);
    await this.consumer.stop();
  }

  private handle(event: BoundEvent): Promise<void> {
    const { envelope } = event;
    const context = { requestId: envelope.request_id, ...(event.orgId !== null && { orgId: event.orgId }) };
    const span = {
      kind: SpanKind.CONSUMER,
      parent: { traceparent: envelope.traceparent },
      attributes: { 'messaging.message.id': envelope.id },
    };
    return runInContext(context, () => withSpan(`${envelope.type} process`, span, () => this.runOnce(event)));
  }

  private runOnce(event: BoundEvent): Promise<void> {
    const { database } = this.options;
    if (event.orgId === null) {
      return database.withoutTenant(async (tx) => {
        if (await this.isNew(tx, event.envelope.id)) await event.run(tx);
      });
    }
    return database.inTenant(event.orgId, async (tx) => {
      if (await this.isNew(tx, event.envelope.id)) await event.run(tx);
    });
  }

  /** A twin in another transaction makes this wait for its end: of the two, one runs the handler. */
  private async isNew(tx: Transaction, id: string): Promise<boolean> {
    const added: unknown = await tx.manager.query(this.remember, [id, this.options.queue.name]);
    if (z.array(z.unknown()).parse(added).length > 0) return true;
    this.duplicates?.inc({ queue: this.options.queue.name });
    return false;
  }

  private async forget(): Promise<void> {
    const forget = `select ${this.options.schema}.inbox_forget($1)`;
    await this.options.database.dataSource.query(forget, [inboxMemory]).catch((error: unknown) => {
      this.options.logger.warn({ err: error }, 'Old inbox rows could not be deleted; trying again in an hour.');
    });
  }
}
