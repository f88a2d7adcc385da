import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface Account {
  readonly id: string;
  /** Lower-case. */
  readonly email: string;
  /** Null for who has no password and enters by another issuer alone. */
  readonly password_hash: string | null;
  /** Rises when the password is replaced or removed, not when its hash is strengthened. */
  readonly password_version: number;
  readonly email_verified_at: Date | null;
  readonly status: 'active' | 'disabled';
  readonly last_org_id: string | null;
  readonly first_signed_in_at: Date | null;
  readonly created_at: Date;
}

export const accountColumns = 'id, email, password_hash, password_version, email_verified_at, status, last_org_id, first_signed_in_at, created_at';

@Injectable()
export class AccountRepository {
  async findByEmail(tx: Transaction, email: string): Promise<Account | undefined> {
    const [row] = await tx.manager.query<Account[]>(`select ${accountColumns} from auth.accounts where email = $1`, [email]);
    return row;
  }

  async findById(tx: Transaction, id: string): Promise<Account | undefined> {
    const [row] = await tx.manager.query<Account[]>(`select ${accountColumns} from auth.accounts where id = $1`, [id]);
    return row;
  }

  /** @returns undefined when the address has an account already */
  async insert(tx: Transaction, account: Pick<Account, 'id' | 'email' | 'password_hash'>): Promise<Account | undefined> {
    const [row] = await tx.manager.query<Account[]>(
      `insert into auth.accounts (id, email, password_hash) values ($1, $2, $3)
       on conflict (email) do nothing returning ${accountColumns}`,
      [account.id, account.email, account.password_hash],
    );
    return row;
  }

  /** @returns when it was verified now; undefined when it had been before */
  async markVerified(tx: Transaction, id: string): Promise<Date | undefined> {
    const [[row]] = await tx.manager.query<[{ email_verified_at: Date }[], number]>(
      `update auth.accounts set email_verified_at = now(), updated_at = now()
       where id = $1 and email_verified_at is null returning email_verified_at`,
      [id],
    );
    return row?.email_verified_at;
  }

  /**
   * The account as it is now, held still until the transaction ends, so that nobody disables it or replaces its password
   * under a sign-in. Taken before locks on the person's sessions, always. @returns undefined when it isn't active
   */
  async lockActive(tx: Transaction, id: string): Promise<Account | undefined> {
    const [row] = await tx.manager.query<Account[]>(
      `select ${accountColumns} from auth.accounts where id = $1 and status = 'active' for no key update`,
      [id],
    );
    return row;
  }

  /** As {@link lockActive}, whatever its state. */
  async lock(tx: Transaction, id: string): Promise<void> {
    await tx.manager.query(`select id from auth.accounts where id = $1 for no key update`, [id]);
  }

  async setPassword(tx: Transaction, id: string, passwordHash: string): Promise<void> {
    await tx.manager.query(
      `update auth.accounts set password_hash = $2, password_version = password_version + 1, updated_at = now() where id = $1`,
      [id, passwordHash],
    );
  }

  async removePassword(tx: Transaction, id: string): Promise<void> {
    await tx.manager.query(
      `update auth.accounts set password_hash = null, password_version = password_version + 1, updated_at = now() where id = $1`,
      [id],
    );
  }

  async rememberOrganization(tx: Transaction, id: string, orgId: string): Promise<void> {
    await tx.manager.query(`update auth.accounts set last_org_id = $2 where id = $1 and last_org_id is distinct from $2`, [id, orgId]);
  }

  async markSignedIn(tx: Transaction, id: string): Promise<void> {
    await tx.manager.query(`update auth.accounts set first_signed_in_at = now() where id = $1`, [id]);
  }

  /** Replaces the hash that was just verified; another one, set meanwhile, stays. */
  async replaceHash(tx: Transaction, id: string, verified: string, stronger: string): Promise<void> {
    await tx.manager.query(
      `update auth.accounts set password_hash = $3, updated_at = now() where id = $1 and password_hash = $2`,
      [id, verified, stronger],
    );
  }
}
