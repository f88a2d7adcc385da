import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import type { Erasure } from './erasure.repository.js';

/** Milliseconds: ClickHouse writes every part anew that holds such an event. */
const patience = 600_000;

const ofPerson = 'org_id = {org:UUID} AND received_at <= fromUnixTimestamp64Milli({until:Int64})';
/** The quarantine keeps events as they came. */
const tables = {
  events: `${ofPerson} AND user_id = {user:String}`,
  events_quarantine: `${ofPerson} AND JSONExtractString(raw, 'user_id') = {user:String}`,
} as const;

const counted = z.tuple([z.object({ n: z.coerce.number() })]);

/** Deletes a person's events for good: a mutation, not a lightweight delete, which would only hide them for a while. */
@Injectable()
export class EventEraser {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  /** @returns how many rows there were, copies that aren't merged yet included; resolves when they are gone */
  async erase({ org_id, user_id, until }: Pick<Erasure, 'org_id' | 'user_id' | 'until'>): Promise<number> {
    const parameters = { org: org_id, user: user_id, until: until.getTime() };
    let erased = 0;
    for (const [table, condition] of Object.entries(tables)) {
      const [{ n }] = counted.parse(
        await this.clickHouse.rows({ query: `SELECT count() AS n FROM atrium.${table} WHERE ${condition}`, parameters }),
      );
      if (n > 0) {
        const query = `ALTER TABLE atrium.${table} DELETE WHERE ${condition}`;
        await this.clickHouse.run({ query, parameters, settings: { mutations_sync: 1 }, timeoutMs: patience });
      }
      erased += n;
    }
    return erased;
  }
}
