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

/** A row of the outbox, for whoever writes it together with other things in one statement. */
export interface OutboxMessage {
  readonly id: string;
  /** Names of queues; without any there is nothing to write. */
  readonly destinations: readonly string[];
  /** JSON. */
  readonly payload: string;
}

/**
 * A JSON array of `{id, destinations, payload}`, for `json_to_recordset(…) as (id uuid, destinations text[], payload text)`.
 * The payload is a text in it, which PostgreSQL takes as it is: of nested JSON it would refuse \u0000 and lone surrogates.
 */
export const outboxRows = (messages: readonly OutboxMessage[]): string => JSON.stringify(messages.filter(hasDestination));

/** Whether there is anything to write. */
export const hasDestination = ({ destinations }: OutboxMessage): boolean => destinations.length > 0;

/** Messages that leave if, and only if, the transaction commits that they were written in. */
export class Outbox {
  private readonly insert: string;
  private readonly insertAll: string;

  constructor(schema: string) {
    const into = `insert into ${checkedSchema(schema)}.outbox (id, destinations, payload)`;
    this.insert = `${into} values ($1, $2, $3)`;
    this.insertAll = `${into} select id, destinations, payload::json from json_to_recordset($1) as (id uuid, destinations text[], payload text)`;
  }

  /**
   * Tells the definition's subscribers about a fact. Fields that the definition doesn't know are left out.
   * @throws ZodError when the data does not match the definition: a bug of the caller, which fails its transaction.
   */
  async publish<Data extends z.ZodType>(
    tx: Transaction,
    definition: DomainEventDefinition<Data>,
    data: z.input<Data>,
    options: PublishOptions,
  ): Promise<void> {
    for (const message of this.messages(definition, data, options)) await this.write(tx, message);
  }

  /** What {@link publish} writes, as yet unwritten. @throws ZodError as it does */
  messages<Data extends z.ZodType>(definition: DomainEventDefinition<Data>, data: z.input<Data>, { orgId, occurredAt }: PublishOptions): OutboxMessage[] {
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
    const inboxes = definition.subscribers.map(inboxQueueOf);
    const streams = (definition.streams ?? []).map(({ name }) => name);
    if (!definition.confined) return [messageOf(id, [...inboxes, ...streams], envelope)];
    return [
      messageOf(id, inboxes, envelope),
      messageOf(uuidv7(), streams, { ...envelope, data: without(envelope.data, definition.confined) }),
    ];
  }

  /** Puts a piece of work that is no domain event on one queue; the body travels as JSON. */
  async send(tx: Transaction, queue: QueueDefinition, body: unknown): Promise<void> {
    await this.write(tx, messageOf(uuidv7(), [queue.name], body));
  }

  /** Writes one of what {@link messages} made. */
  async write(tx: Transaction, message: OutboxMessage): Promise<void> {
    if (hasDestination(message)) await tx.manager.query(this.insert, [message.id, message.destinations, message.payload]);
  }

  /** As {@link write}, any number of them in one statement. */
  async writeAll(tx: Transaction, messages: readonly OutboxMessage[]): Promise<void> {
    if (messages.some(hasDestination)) await tx.manager.query(this.insertAll, [outboxRows(messages)]);
  }
}

const messageOf = (id: string, destinations: readonly string[], body: unknown): OutboxMessage => ({ id, destinations, payload: serializeMessage(body) });

const without = (data: unknown, fields: readonly string[]): unknown =>
  Object.fromEntries(Object.entries(data ?? {}).filter(([name]) => !fields.includes(name)));
