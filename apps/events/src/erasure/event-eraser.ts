import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import type { Erasure } from './erasure.repository.js';

/** Milliseconds: ClickHouse writes every part anew that holds such an event. */
const patience = 600_000;

const ofOrganization = 'org_id = {org:UUID}';
const before = 'fromUnixTimestamp64Milli({until:Int64})';
const ofPerson = `${ofOrganization} AND received_at <= ${before}`;
/** The quarantine keeps events as they came. */
const tables = {
  events: `${ofPerson} AND user_id = {user:String}`,
  events_quarantine: `${ofPerson} AND JSONExtractString(raw, 'user_id') = {user:String}`,
  domain_events: `${ofOrganization} AND occurred_at <= ${before} AND user_id = toUUIDOrZero({user:String})`,
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
    for (const [table, condition] of Object.entries(tables)) erased += await this.delete(table, condition, parameters);
    return erased;
  }

  private async delete(table: string, condition: string, parameters: Readonly<Record<string, string | number>>): Promise<number> {
    const query = `SELECT count() AS n FROM atrium.${table} WHERE ${condition}`;
    const [{ n }] = counted.parse(await this.clickHouse.rows({ query, parameters }));
    if (n === 0) return 0;
    const mutation = `ALTER TABLE atrium.${table} DELETE WHERE ${condition}`;
    await this.clickHouse.run({ query: mutation, parameters, settings: { mutations_sync: 1 }, timeoutMs: patience });
    return n;
  }
}
