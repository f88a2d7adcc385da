import { findRow, rowsOf, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** What auth told of a person so far. */
export interface Account {
  readonly user_id: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly last_login_at: Date | null;
}

/** Facts about people, whatever comes first. The transaction must be the person's own (`Database.asUser`). */
@Injectable()
export class AccountRepository {
  /** Undefined until the registration is known, and once the account is closed. Locked, so that facts which come meanwhile reach the copies made of it. */
  findRegistered(tx: Transaction, userId: string): Promise<Account | undefined> {
    return findRow<Account>(
      tx,
      `select user_id, email, email_verified_at is not null as email_verified, last_login_at
       from users.accounts where user_id = $1 and registered_at is not null and closed_at is null for share`,
      [userId],
    );
  }

  /** @returns when; undefined when it was closed before. Known for good, even where the registration is yet to come. */
  async close(tx: Transaction, userId: string): Promise<Date | undefined> {
    const row = await findRow<{ closed_at: Date }>(
      tx,
      `insert into users.accounts as held (user_id, closed_at) values ($1, clock_timestamp())
       on conflict (user_id) do update set closed_at = excluded.closed_at where held.closed_at is null
       returning closed_at`,
      [userId],
    );
    return row?.closed_at;
  }

  /** @returns when; undefined for an account that is not closed, or unknown */
  async reopen(tx: Transaction, userId: string): Promise<Date | undefined> {
    const row = await findRow<{ reopened_at: Date }>(
      tx,
      `update users.accounts set closed_at = null where user_id = $1 and closed_at is not null
       returning clock_timestamp() as reopened_at`,
      [userId],
    );
    return row?.reopened_at;
  }

  /** Without a lock, for those who hold an organization's: closing takes the account's first, and then each organization's. */
  async isClosed(tx: Transaction, userId: string): Promise<boolean> {
    const row = await findRow(tx, `select 1 as closed from users.accounts where user_id = $1 and closed_at is not null`, [userId]);
    return row !== undefined;
  }

  /** False when it was reopened meanwhile. */
  async erase(tx: Transaction, userId: string, days: number): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `delete from users.accounts where user_id = $1 and closed_at < now() - make_interval(days => $2) returning user_id`,
      [userId, days],
    );
    return rows.length > 0;
  }

  /** False when the registration was known already. */
  async register(tx: Transaction, account: { userId: string; email: string; registeredAt: string }): Promise<boolean> {
    const added = await rowsOf(
      tx,
      `insert into users.accounts as held (user_id, email, registered_at) values ($1, $2, $3)
       on conflict (user_id) do update set email = excluded.email, registered_at = excluded.registered_at
         where held.registered_at is null
       returning user_id`,
      [account.userId, account.email, account.registeredAt],
    );
    return added.length > 0;
  }

  async verifyEmail(tx: Transaction, userId: string, at: string): Promise<void> {
    await rowsOf(
      tx,
      `insert into users.accounts as held (user_id, email_verified_at) values ($1, $2)
       on conflict (user_id) do update set email_verified_at = least(held.email_verified_at, excluded.email_verified_at)`,
      [userId, at],
    );
  }

  async logIn(tx: Transaction, userId: string, at: string): Promise<void> {
    await rowsOf(
      tx,
      `insert into users.accounts as held (user_id, last_login_at) values ($1, $2)
       on conflict (user_id) do update set last_login_at = greatest(held.last_login_at, excluded.last_login_at)`,
      [userId, at],
    );
  }
}
