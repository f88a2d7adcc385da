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
  /** Undefined until the registration is known. Locked, so that facts which come meanwhile reach the copies made of it. */
  findRegistered(tx: Transaction, userId: string): Promise<Account | undefined> {
    return findRow<Account>(
      tx,
      `select user_id, email, email_verified_at is not null as email_verified, last_login_at
       from users.accounts where user_id = $1 and registered_at is not null for share`,
      [userId],
    );
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
