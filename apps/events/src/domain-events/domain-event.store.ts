import type { DomainEventDefinition, DomainEventEnvelope } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import { insertEntries, nobody } from '../entries/insert-entries.js';

export interface ToldEvent {
  readonly envelope: DomainEventEnvelope;
  readonly publisher: DomainEventDefinition['publisher'];
}

const id = z.uuid().optional().catch(undefined);
/** Whom and what an event is about, as far as its data says. */
const subject = z.object({ org_id: id, user_id: id, site_id: id }).catch({ org_id: undefined, user_id: undefined, site_id: undefined });

/** Writes domain events to ClickHouse. The same event twice is one row once merged, and under FINAL at once. */
@Injectable()
export class DomainEventStore {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  insert(events: readonly ToldEvent[]): Promise<void> {
    return insertEntries(this.clickHouse, 'domain_events', events.map(rowOf));
  }
}

const rowOf = ({ envelope, publisher }: ToldEvent) => {
  const { org_id, user_id, site_id } = subject.parse(envelope.data);
  return {
    org_id: envelope.org_id ?? org_id ?? nobody,
    id: envelope.id,
    type: envelope.type,
    version: envelope.version,
    publisher,
    occurred_at: envelope.occurred_at,
    user_id: user_id ?? null,
    site_id: site_id ?? null,
    payload: JSON.stringify(envelope.data),
    request_id: envelope.request_id,
    traceparent: envelope.traceparent ?? '',
  };
};
