import type { DomainEventDefinition, DomainEventEnvelope } from '@atrium/contract-kit';
import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ClickHouse, Settings } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';

export interface ToldEvent {
  readonly envelope: DomainEventEnvelope;
  readonly publisher: DomainEventDefinition['publisher'];
}

/** Stands for "no organization" in the key. */
const nobody = '00000000-0000-0000-0000-000000000000';

// The server gathers the rows of all workers for a moment and answers when they are stored: few parts, nothing lost.
const settings: Settings = { async_insert: 1, wait_for_async_insert: 1, date_time_input_format: 'best_effort' };

const id = z.uuid().optional().catch(undefined);
/** Whom and what an event is about, as far as its data says. */
const subject = z.object({ org_id: id, user_id: id, site_id: id }).catch({ org_id: undefined, user_id: undefined, site_id: undefined });

/** Writes domain events to ClickHouse. The same event twice is one row once merged, and under FINAL at once. */
@Injectable()
export class DomainEventStore {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  async insert(events: readonly ToldEvent[]): Promise<void> {
    const data = Buffer.from(events.map((event) => JSON.stringify(rowOf(event))).join('\n'));
    await this.clickHouse.run({ query: 'INSERT INTO atrium.domain_events FORMAT JSONEachRow', data, settings });
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
