import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** What opens an account by itself, a row each. A second factor doesn't; whatever else comes to do so belongs here. */
const waysSql = `
  select 'password' as way from auth.accounts where id = $1 and password_hash is not null
  union all
  select 'identity' from auth.identities where account_id = $1 and id is distinct from $2`;

/** Keeps people from locking themselves out. */
@Injectable()
export class WaysIn {
  /** Whether the account can still be entered without the identity. The account must be locked. */
  async existsWithout(tx: Transaction, accountId: string, identityId: string): Promise<boolean> {
    const rows = await tx.manager.query<unknown[]>(`${waysSql} limit 1`, [accountId, identityId]);
    return rows.length > 0;
  }
}
