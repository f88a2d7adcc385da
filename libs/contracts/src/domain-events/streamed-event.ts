import { domainEvent, type DomainEventDefinition } from '@atrium/contract-kit';
import { queues } from '../queues.js';

type Streamed<D extends DomainEventDefinition> = D & { readonly streams: readonly [typeof queues.eventsDomain] };

/** A domain event that also goes to ClickHouse, without what is `confined` to its subscribers. */
export const streamedEvent = <const D extends DomainEventDefinition>(definition: D): Streamed<D> =>
  domainEvent({ ...definition, streams: [queues.eventsDomain] as const });
