import { z } from 'zod';
import type { ServiceName } from './endpoint.js';
import { isoDateTime, uuid } from './primitives.js';
import type { QueueDefinition } from './queue.js';

/**
 * A fact that one service tells others. `version` rises with an incompatible change of `data`; a consumer that doesn't
 * know a version leaves the message for the dead-letter queue instead of guessing.
 */
export interface DomainEventDefinition<Data extends z.ZodType = z.ZodType> {
  /** `noun.past_verb`. */
  readonly type: string;
  readonly version: number;
  /** `any` for what every service tells. */
  readonly publisher: ServiceName | 'any';
  readonly subscribers: readonly ServiceName[];
  /** Queues besides the subscribers' inboxes, whose consumers take the event in bulk. */
  readonly streams?: readonly QueueDefinition[];
  /** Fields of `data` for the subscribers alone: secrets, and personal data that nobody needs elsewhere. Streams don't get them. */
  readonly confined?: readonly string[];
  readonly data: Data;
}

export const domainEvent = <const D extends DomainEventDefinition>(definition: D): D => definition;

/** What travels on the queue. `id` is the inbox key: a message seen twice has one effect. */
export const domainEventEnvelope = z.object({
  id: uuid,
  type: z.string(),
  version: z.int().positive(),
  occurred_at: isoDateTime,
  org_id: uuid.nullable(),
  request_id: z.string(),
  /** W3C trace context of the request that caused the event. */
  traceparent: z.string().optional(),
  data: z.unknown(),
});
export type DomainEventEnvelope = z.output<typeof domainEventEnvelope>;

export type DataOf<D extends DomainEventDefinition> = z.output<D['data']>;
