import type { Transaction } from '@atrium/platform/database';
import { DomainError } from '@atrium/platform/errors';
import { Injectable } from '@nestjs/common';

/** What opens an account by itself, a row each. A second factor doesn't; whatever else comes to do so belongs here. */
const waysSql = `
  select 'password' as way from auth.accounts where id = $1 and password_hash is not null
  union all
  select 'identity' from auth.identities where account_id = $1
  union all
  select 'passkey' from auth.passkeys where account_id = $1`;

/** Keeps people from locking themselves out. */
@Injectable()
export class WaysIn {
  /**
   * Called after one was taken off, in the same transaction, which must hold the account's lock. Throws CONFLICT, so that
   * nothing is taken off, when none is left.
   */
  async requireOne(tx: Transaction, accountId: string): Promise<void> {
    const rows = await tx.manager.query<unknown[]>(`${waysSql} limit 1`, [accountId]);
    if (rows.length === 0) throw new DomainError('CONFLICT', 'This is the only way into the account: set a password first.');
  }
}
