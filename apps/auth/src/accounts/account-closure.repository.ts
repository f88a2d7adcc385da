import { findRow, rowsOf, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** Days that a registration waits for its address to be verified. */
export const unverifiedDays = 7;

/** The end of accounts. What hangs on one (sessions, tokens, factors) goes with its row. */
@Injectable()
export class AccountClosureRepository {
  /** @returns false for an account that isn't there, or when something later is known */
  async close(tx: Transaction, id: string, at: string): Promise<boolean> {
    const row = await findRow(
      tx,
      `update auth.accounts set status = 'disabled', closed_at = $2, closure_told_at = $2, updated_at = now()
       where id = $1 and (closure_told_at is null or closure_told_at < $2) returning id`,
      [id, at],
    );
    return row !== undefined;
  }

  /** As {@link close}. An account that is disabled for another reason stays so. */
  async reopen(tx: Transaction, id: string, at: string): Promise<boolean> {
    const row = await findRow(
      tx,
      `update auth.accounts set status = case when closed_at is null then status else 'active' end, closed_at = null,
         closure_told_at = $2, updated_at = now()
       where id = $1 and (closure_told_at is null or closure_told_at < $2) returning id`,
      [id, at],
    );
    return row !== undefined;
  }

  /** @returns ids of the sessions that it had */
  async erase(tx: Transaction, id: string): Promise<string[]> {
    const sessions = await rowsOf<{ id: string }>(tx, `select id from auth.sessions where account_id = $1`, [id]);
    await rowsOf(tx, `delete from auth.accounts where id = $1`, [id]);
    return sessions.map((session) => session.id);
  }

  /** Deletes some whose address nobody verified in time; one that is being verified just now is left alone. */
  async expireUnverified(tx: Transaction, limit: number): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(
      tx,
      `delete from auth.accounts where id in (
         select id from auth.accounts where email_verified_at is null and created_at < now() - make_interval(days => $1)
         order by created_at limit $2 for update skip locked)
       returning id`,
      [unverifiedDays, limit],
    );
    return rows.map(({ id }) => id);
  }
}
