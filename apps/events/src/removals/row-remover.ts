import { Inject, Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { ClickHouse } from '../clickhouse/clickhouse.js';
import { CLICKHOUSE_WRITER } from '../clickhouse/clickhouse.providers.js';
import { countBy, countRows, deleteRows, mutate, type Parameters } from '../clickhouse/mutations.js';
import type { Removal, RemovalOutcome } from './removal.repository.js';
import { type TenantTable, tenantTables } from './tenant-tables.js';

/** Anonymous ids of one person that are followed: they travel in a URL. */
const maxAnonymousIds = 1_000;

const subjectTables = tenantTables.filter(({ ofSubject }) => ofSubject).map(({ name }) => `'${name}'`).join(', ');
const ids = z.array(z.object({ id: z.string(), shared: z.coerce.boolean() }));

/** Milliseconds since the epoch; of "for ever" a time that no event can have. */
const endOf = ({ until }: Pick<Removal, 'until'>): number => (until instanceof Date ? until.getTime() : 4_102_444_800_000);
const literal = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`;

/** Removes rows for good. */
@Injectable()
export class RowRemover {
  constructor(@Inject(CLICKHOUSE_WRITER) private readonly clickHouse: ClickHouse) {}

  /** Resolves when nobody can read the rows any more. */
  async remove(removal: Removal): Promise<RemovalOutcome> {
    if (removal.kind === 'subject') return this.removeSubject(removal);
    if (removal.kind === 'retention') return this.shorten(removal);
    return this.removeAll(removal);
  }

  /** Whether all files are gone that a removal which ended then left behind, where events of people are. */
  async isPurged(completedAt: Date): Promise<boolean> {
    const query = `SELECT count() AS n FROM system.parts WHERE database = 'atrium' AND table IN (${subjectTables}) AND NOT active AND remove_time <= fromUnixTimestamp({at:Int64})`;
    return (await countBy(this.clickHouse, query, { at: Math.ceil(completedAt.getTime() / 1000) })) === 0;
  }

  private async removeSubject(removal: Removal): Promise<RemovalOutcome> {
    const linked = await this.anonymousIdsOf(removal);
    const own = [...new Set([...removal.anonymous_ids, ...linked.filter(({ shared }) => !shared).map(({ id }) => id)])];
    const parameters = {
      ...{ org: removal.org_id, until: endOf(removal), user: removal.user_id ?? '' },
      anonymous: `[${own.map(literal).join(',')}]`,
    };
    const removed = new Map<string, number>();
    for (const table of tenantTables) {
      if (table.ofSubject) removed.set(table.name, await this.delete(table, table.ofSubject, parameters));
    }
    const quarantined = removed.get('events_quarantine') ?? 0;
    const events = [...removed.values()].reduce((sum, n) => sum + n, 0) - quarantined;
    return { events, quarantined, anonymousIds: own, sharedAnonymousIds: linked.filter(({ shared }) => shared).length };
  }

  /** Anonymous ids that appear in events with the user id, and whether others used them too: then whose events they are is unknown. */
  private async anonymousIdsOf({ org_id, user_id }: Removal): Promise<z.output<typeof ids>> {
    const query = `SELECT anonymous_id AS id, toUInt8(uniqExact(user_id) > 1) AS shared FROM atrium.events
      WHERE org_id = {org:UUID} AND user_id != '' AND anonymous_id IN (
        SELECT DISTINCT anonymous_id FROM atrium.events WHERE org_id = {org:UUID} AND user_id = {user:String} AND anonymous_id != '' LIMIT ${maxAnonymousIds})
      GROUP BY anonymous_id`;
    const rows = await this.clickHouse.rows({ query, parameters: { org: org_id, user: user_id ?? '' } });
    return ids.parse(rows);
  }

  /**
   * Rows that are too old under the new choice go now, not at ClickHouse's next merge for their TTL. The others get the
   * new number, and their TTL with it.
   */
  private async shorten(removal: Removal): Promise<RemovalOutcome> {
    const [events] = tenantTables;
    const parameters = { org: removal.org_id, until: endOf(removal), days: removal.retention_days ?? 0 };
    const tooLong = 'retention_days > {days:UInt16}';
    const removed = events ? await this.delete(events, `${tooLong} AND ts < now64(3) - toIntervalDay({days:UInt16})`, parameters) : 0;
    const kept = `org_id = {org:UUID} AND received_at <= fromUnixTimestamp64Milli({until:Int64}) AND ${tooLong}`;
    if ((await countRows(this.clickHouse, 'events', kept, parameters)) > 0) {
      await mutate(this.clickHouse, `ALTER TABLE atrium.events UPDATE retention_days = {days:UInt16} WHERE ${kept}`, parameters);
    }
    return { events: removed, quarantined: 0, anonymousIds: [], sharedAnonymousIds: 0 };
  }

  private async removeAll(removal: Removal): Promise<RemovalOutcome> {
    const parameters = { org: removal.org_id, until: endOf(removal) };
    let events = 0;
    for (const table of tenantTables) events += await this.delete(table, '1', parameters);
    return { events, quarantined: 0, anonymousIds: [], sharedAnonymousIds: 0 };
  }

  private delete({ name, acceptedAt }: TenantTable, condition: string, parameters: Parameters): Promise<number> {
    const where = `org_id = {org:UUID} AND ${acceptedAt} <= fromUnixTimestamp64Milli({until:Int64}) AND ${condition}`;
    return deleteRows(this.clickHouse, name, where, parameters);
  }
}
