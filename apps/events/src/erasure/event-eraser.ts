import { Inject, Injectable } from '@nestjs/common';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import { deleteRows } from '../clickhouse/mutations.js';
import type { Erasure } from './erasure.repository.js';

const ofOrganization = 'org_id = {org:UUID}';
const before = 'fromUnixTimestamp64Milli({until:Int64})';
const ofPerson = `${ofOrganization} AND received_at <= ${before}`;
/** The quarantine keeps events as they came. */
const tables = {
  events: `${ofPerson} AND user_id = {user:String}`,
  events_quarantine: `${ofPerson} AND JSONExtractString(raw, 'user_id') = {user:String}`,
  domain_events: `${ofOrganization} AND occurred_at <= ${before} AND user_id = toUUIDOrZero({user:String})`,
} as const;

/** Deletes a person's events for good. */
@Injectable()
export class EventEraser {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  /** @returns how many rows there were, copies that aren't merged yet included; resolves when they are gone */
  async erase({ org_id, user_id, until }: Pick<Erasure, 'org_id' | 'user_id' | 'until'>): Promise<number> {
    const parameters = { org: org_id, user: user_id, until: until.getTime() };
    let erased = 0;
    for (const [table, condition] of Object.entries(tables)) erased += await deleteRows(this.clickHouse, table, condition, parameters);
    return erased;
  }
}
