import { type DomainEventDefinition, domainEventEnvelope } from '@atrium/contract-kit';
import { domainEvents } from '@atrium/contracts/domain-events';
import { queues } from '@atrium/contracts/queues';
import { detailsOfZodError } from '@atrium/platform/errors';
import { PoisonMessageError } from '@atrium/platform/messaging';
import { z } from 'zod';
import { entryConsumer } from '../entries/entry-consumer.js';
import { DomainEventStore, type ToldEvent } from './domain-event.store.js';

const named = ({ type, version }: Pick<DomainEventDefinition, 'type' | 'version'>): string => `${type}@${version}`;
const definitions: ReadonlyMap<string, DomainEventDefinition> = new Map(
  domainEvents.filter(({ streams }) => streams?.includes(queues.eventsDomain)).map((definition) => [named(definition), definition]),
);
const told = domainEventEnvelope.extend({ data: z.record(z.string(), z.json()) });

/** Fields that are confined to an event's subscribers are not stored, should a publisher ever send them along. */
const open = (data: Readonly<Record<string, unknown>>, confined: readonly string[] = []) =>
  Object.fromEntries(Object.entries(data).filter(([field]) => !confined.includes(field)));

function parseMessage(body: string): ToldEvent {
  const parsed = told.safeParse(JSON.parse(body));
  if (!parsed.success) {
    const problems = detailsOfZodError(parsed.error).map(({ field, message }) => `${field} ${message}`);
    throw new PoisonMessageError(`not a domain event: ${problems.join('; ')}`);
  }
  const definition = definitions.get(named(parsed.data));
  if (!definition) throw new PoisonMessageError(`no domain event ${named(parsed.data)} is streamed`);
  return { envelope: { ...parsed.data, data: open(parsed.data.data, definition.confined) }, publisher: definition.publisher };
}

/** Brings domain events to ClickHouse. */
export const domainEventConsumer = entryConsumer({ queue: queues.eventsDomain, parse: parseMessage, store: DomainEventStore });
