import { Database, findRow, rowsOf, type TenantTransaction } from '@atrium/platform/database';
import { Inject, Injectable } from '@nestjs/common';
import type { IngestOutcome, LedgerBatch, LedgerStore, Usage } from './ledger-store.js';

interface UsageRow {
  readonly org_id: string;
  readonly month: string;
  /** bigint, as text. */
  readonly accepted: string;
  readonly events_per_month: string | null;
  readonly events_per_second: number | null;
}

const toUsage = (row: UsageRow): Usage => ({
  orgId: row.org_id,
  month: row.month,
  accepted: Number(row.accepted),
  eventsPerMonth: row.events_per_month === null ? undefined : Number(row.events_per_month),
  eventsPerSecond: row.events_per_second ?? undefined,
});

const columns = 'org_id, month::text, accepted, events_per_month, events_per_second';

export interface CountRow {
  readonly outcome: IngestOutcome;
  readonly code: string;
  /** Today, UTC. */
  readonly today: number;
  /** In the buckets that began within the last hour. */
  readonly last_hour: number;
}

/** Counts and quotas in PostgreSQL. Across organizations by the bootstrap functions alone. */
@Injectable()
export class UsageRepository implements LedgerStore {
  constructor(@Inject(Database) private readonly database: Database) {}

  async read(orgId: string, month: string): Promise<Usage> {
    const [row] = await this.database.statement<UsageRow>(`select ${columns} from events.read_usage($1, $2)`, [orgId, month]);
    if (!row) throw new Error('The usage of an organization was not returned.');
    return toUsage(row);
  }

  async record({ instanceId, number, counts }: LedgerBatch): Promise<Usage[]> {
    const rows = await this.database.statement<UsageRow>(
      `select ${columns} from events.record_ingest($1, $2, $3, array(select to_timestamp(b / 1000) from unnest($4::float8[]) with ordinality t (b, n) order by n), $5, $6, $7)`,
      [
        instanceId,
        number,
        counts.map(({ orgId }) => orgId),
        counts.map(({ bucket }) => bucket),
        counts.map(({ outcome }) => outcome),
        counts.map(({ code }) => code),
        counts.map(({ count }) => count),
      ],
    );
    return rows.map(toUsage);
  }

  async forget(): Promise<void> {
    await this.database.statement('select events.forget_ingest_counts()', []);
  }

  async usageOf(tx: TenantTransaction, month: string): Promise<Usage> {
    const row = await findRow<UsageRow>(
      tx,
      `select $1::uuid as org_id, $2::date::text as month, coalesce(u.accepted, 0)::text as accepted, q.events_per_month, q.events_per_second
       from (select) one
       left join events.usage u on u.org_id = $1 and u.month = $2
       left join events.quotas q on q.org_id = $1`,
      [tx.orgId, month],
    );
    if (!row) throw new Error('The usage of an organization was not returned.');
    return toUsage(row);
  }

  countsOf(tx: TenantTransaction): Promise<CountRow[]> {
    return rowsOf<CountRow>(
      tx,
      `select outcome, code, today::float8, last_hour::float8 from (
         select outcome, code,
           coalesce(sum(count) filter (where bucket >= date_trunc('day', now(), 'UTC')), 0) as today,
           coalesce(sum(count) filter (where bucket > now() - interval '1 hour'), 0) as last_hour
         from events.ingest_counts
         where org_id = $1 and bucket > least(date_trunc('day', now(), 'UTC') - interval '1 second', now() - interval '1 hour')
         group by outcome, code) counted
       order by today desc, code`,
      [tx.orgId],
    );
  }
}
