import { rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** Events of a person in an organization that were accepted until then are to be deleted. */
export interface Erasure {
  readonly org_id: string;
  readonly user_id: string;
  readonly until: Date;
  /** How often it was done. */
  readonly runs: number;
}

/**
 * Hours after each run until the next. A message lives 14 days in its queue and as long again in its dead-letter queue:
 * then nothing of before can come any more.
 */
const pauses = [1, 24, 15 * 24, 15 * 24] as const;

@Injectable()
export class ErasureRepository {
  /** Begins anew when it reaches further than one that is known. */
  async request(tx: TenantTransaction, userId: string, until: string): Promise<void> {
    await rowsOf(
      tx,
      `insert into events.erasures as held (org_id, user_id, until) values ($1, $2, $3)
       on conflict (org_id, user_id) do update set until = excluded.until, runs = 0, due_at = now()
         where held.until < excluded.until`,
      [tx.orgId, userId, until],
    );
  }

  /** Across organizations. */
  due(tx: Transaction, limit: number): Promise<Erasure[]> {
    return rowsOf<Erasure>(tx, `select org_id, user_id, until, runs from events.due_erasures($1)`, [limit]);
  }

  /** Puts off the next run; after the last one nothing is left of it. One that reaches further by now is left as it is. */
  async ran(tx: TenantTransaction, { user_id, until, runs }: Erasure): Promise<void> {
    const pause = pauses[runs];
    const same = 'org_id = $1 and user_id = $2 and until <= $3';
    if (pause === undefined) {
      await rowsOf(tx, `delete from events.erasures where ${same}`, [tx.orgId, user_id, until]);
      return;
    }
    const sql = `update events.erasures set runs = runs + 1, due_at = now() + make_interval(hours => $4) where ${same}`;
    await rowsOf(tx, sql, [tx.orgId, user_id, until, pause]);
  }
}
