import { findRow, newId, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** What is to go of the events that were accepted until then. */
export interface Removal {
  readonly org_id: string;
  readonly id: string;
  readonly kind: 'subject' | 'retention' | 'organization';
  readonly user_id: string | null;
  /** Those found so far that nobody else used. */
  readonly anonymous_ids: readonly string[];
  readonly shared_anonymous_ids: number;
  readonly retention_days: number | null;
  readonly until: Date;
  /** How often it was done. */
  readonly runs: number;
  readonly due_at: Date | null;
  readonly events: string;
  readonly quarantined: string;
  readonly completed_at: Date | null;
  readonly purged_at: Date | null;
}

/** What one run did. */
export interface RemovalOutcome {
  readonly events: number;
  readonly quarantined: number;
  readonly anonymousIds: readonly string[];
  readonly sharedAnonymousIds: number;
}

const [minute, hour, day] = [60, 3_600, 86_400];
/**
 * Seconds after each run until the next: soon for what was on its way, and then as long as a message lives, 14 days in
 * its queue and as long again in its dead-letter queue.
 */
export const removalPauses = [15, 5 * minute, hour, day, 15 * day, 15 * day] as const;
/** Seconds for which a removal is in force. */
export const removalSeconds = removalPauses.reduce((sum: number, pause) => sum + pause, 0);

/** Another instance takes a removal up again where the one at work was killed. */
const claimSeconds = 15 * minute;
const failureSeconds = 30;
const columns = `org_id, id, kind, user_id, anonymous_ids, shared_anonymous_ids, retention_days, until, runs, due_at, events, quarantined, completed_at, purged_at`;

@Injectable()
export class RemovalRepository {
  async requestSubject(tx: TenantTransaction, userId: string): Promise<string> {
    const id = newId();
    await rowsOf(tx, `insert into events.removals (org_id, id, kind, user_id, until, due_at) values ($1, $2, 'subject', $3, now(), now())`, [tx.orgId, id, userId]);
    return id;
  }

  /** The newest choice holds. */
  async requestRetention(tx: TenantTransaction, days: number): Promise<void> {
    await rowsOf(tx, `delete from events.removals where org_id = $1 and kind = 'retention' returning id`, [tx.orgId]);
    // Other instances take events under the old choice for some seconds yet.
    const sql = `insert into events.removals (org_id, id, kind, retention_days, until, due_at) values ($1, $2, 'retention', $3, now() + interval '1 minute', now())`;
    await rowsOf(tx, sql, [tx.orgId, newId(), days]);
  }

  /** Once, however often it is told. */
  async requestOrganization(tx: TenantTransaction, days: number): Promise<void> {
    const sql = `insert into events.removals (org_id, id, kind, until, due_at)
      select $1, $2, 'organization', 'infinity', now() + make_interval(days => $3)
      where not exists (select from events.removals where org_id = $1 and kind = 'organization')`;
    await rowsOf(tx, sql, [tx.orgId, newId(), days]);
  }

  findSubject(tx: TenantTransaction, id: string): Promise<Removal | undefined> {
    return findRow<Removal>(tx, `select ${columns} from events.removals where org_id = $1 and id = $2 and kind = 'subject'`, [tx.orgId, id]);
  }

  /** Across organizations. */
  due(tx: Transaction, limit: number): Promise<Pick<Removal, 'org_id' | 'id'>[]> {
    return rowsOf(tx, `select org_id, id from events.due_removals($1)`, [limit]);
  }

  /** Across organizations. */
  toPurge(tx: Transaction, limit: number): Promise<{ org_id: string; id: string; completed_at: Date }[]> {
    return rowsOf(tx, `select org_id, id, completed_at from events.removals_to_purge($1)`, [limit]);
  }

  /** For this instance alone, for a while; undefined where another was quicker. */
  claim(tx: TenantTransaction, id: string): Promise<Removal | undefined> {
    const sql = `update events.removals set due_at = now() + make_interval(secs => $3)
      where org_id = $1 and id = $2 and due_at <= now() returning ${columns}`;
    return findRow<Removal>(tx, sql, [tx.orgId, id, claimSeconds]);
  }

  /** Gives a claim back. */
  async failed(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `update events.removals set due_at = now() + make_interval(secs => $3) where org_id = $1 and id = $2`, [tx.orgId, id, failureSeconds]);
  }

  /** Counts what a run did, and puts the next one off; after the last one nothing says whose events they were. */
  async ran(tx: TenantTransaction, { id, runs }: Removal, { events, quarantined, anonymousIds, sharedAnonymousIds }: RemovalOutcome): Promise<void> {
    const pause = removalPauses[runs] ?? null;
    const sql = `update events.removals set runs = runs + 1, events = events + $3, quarantined = quarantined + $4,
        completed_at = coalesce(completed_at, clock_timestamp()), shared_anonymous_ids = greatest(shared_anonymous_ids, $6),
        due_at = now() + make_interval(secs => $7::integer), user_id = case when $7::integer is null then null else user_id end,
        anonymous_ids = case when $7::integer is null then array_fill(''::text, array[cardinality($5::text[])]) else $5::text[] end
      where org_id = $1 and id = $2`;
    await rowsOf(tx, sql, [tx.orgId, id, events, quarantined, anonymousIds, sharedAnonymousIds, pause]);
  }

  async purged(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `update events.removals set purged_at = clock_timestamp() where org_id = $1 and id = $2`, [tx.orgId, id]);
  }

  /** All but the organization's own, which goes on until none of its events can come any more. */
  async forgetOthers(tx: TenantTransaction): Promise<void> {
    await rowsOf(tx, `delete from events.removals where org_id = $1 and kind <> 'organization' returning id`, [tx.orgId]);
  }

  async forget(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `delete from events.removals where org_id = $1 and id = $2 returning id`, [tx.orgId, id]);
  }
}
