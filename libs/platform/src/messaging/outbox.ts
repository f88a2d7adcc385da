import type { DomainEventDefinition, DomainEventEnvelope, QueueDefinition } from '@atrium/contract-kit';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { currentContext } from '../context/index.js';
import type { Transaction } from '../database/index.js';
import { injectTraceContext } from '../telemetry/index.js';
import { serializeMessage } from './message-body.js';
import { inboxQueueOf } from './queue-names.js';
import { checkedSchema } from './service-schema.js';

export interface PublishOptions {
  readonly orgId: string | null;
  /** Now where unset. */
  readonly occurredAt?: Date;
}

/** Messages that leave if, and only if, the transaction commits that they were written in. */
export class Outbox {
  private readonly insert: string;

  constructor(schema: string) {
    this.insert = `insert into ${checkedSchema(schema)}.outbox (id, destinations, payload) values ($1, $2, $3)`;
  }

  /**
   * Tells the definition's subscribers about a fact. Fields that the definition doesn't know are left out.
   * @throws ZodError when the data does not match the definition: a bug of the caller, which fails its transaction.
   */
  async publish<Data extends z.ZodType>(
    tx: Transaction,
    definition: DomainEventDefinition<Data>,
    data: z.input<Data>,
    { orgId, occurredAt }: PublishOptions,
  ): Promise<void> {
    const id = uuidv7();
    const envelope: DomainEventEnvelope = {
      id,
      type: definition.type,
      version: definition.version,
      occurred_at: (occurredAt ?? new Date()).toISOString(),
      org_id: orgId,
      request_id: currentContext()?.requestId ?? id,
      ...injectTraceContext(),
      data: definition.data.parse(data),
    };
    const streams = definition.streams ?? [];
    await this.write(tx, id, [...definition.subscribers.map(inboxQueueOf), ...streams.map(({ name }) => name)], envelope);
  }

  /** Puts a piece of work that is no domain event on one queue; the body travels as JSON. */
  async send(tx: Transaction, queue: QueueDefinition, body: unknown): Promise<void> {
    await this.write(tx, uuidv7(), [queue.name], body);
  }

  private async write(tx: Transaction, id: string, queues: readonly string[], payload: unknown): Promise<void> {
    if (queues.length > 0) await tx.manager.query(this.insert, [id, queues, serializeMessage(payload)]);
  }
}
