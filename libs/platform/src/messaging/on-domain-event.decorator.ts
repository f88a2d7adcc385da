import type { DataOf, DomainEventDefinition, DomainEventEnvelope } from '@atrium/contract-kit';
import { SetMetadata } from '@nestjs/common';
import type { Transaction } from '../database/index.js';

/** Method metadata that the messaging module looks for. */
export const DOMAIN_EVENT_METADATA = 'atrium:domain-event';

type Handler<D extends DomainEventDefinition> = (
  data: DataOf<D>,
  tx: Transaction,
  envelope: DomainEventEnvelope,
) => Promise<void>;

/**
 * Makes a provider's method hear a domain event. It runs in the transaction that also records the event as seen, inside
 * the event's organization; units of work that it opens join it. Events come at least once and in any order.
 */
export function OnDomainEvent<const D extends DomainEventDefinition>(definition: D) {
  return <H extends Handler<D>>(target: object, key: string | symbol, descriptor: TypedPropertyDescriptor<H>): void => {
    SetMetadata(DOMAIN_EVENT_METADATA, definition)(target, key, descriptor);
  };
}
