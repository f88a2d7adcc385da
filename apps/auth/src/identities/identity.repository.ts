import { newId, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { ProvenIdentity } from '../federation/proven-identity.js';

export interface Identity {
  readonly id: string;
  readonly account_id: string;
  readonly provider: string;
  readonly issuer: string;
  readonly subject: string;
  readonly email: string | null;
  readonly linked_at: Date;
  readonly last_used_at: Date;
}

const columns = 'id, account_id, provider, issuer, subject, email, linked_at, last_used_at';

/** Who somebody is at another issuer: issuer and subject together, never the address, which may pass to another person. */
@Injectable()
export class IdentityRepository {
  async findBySubject(tx: Transaction, { issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): Promise<Identity | undefined> {
    const [row] = await tx.manager.query<Identity[]>(
      `select ${columns} from auth.identities where issuer = $1 and subject = $2`,
      [issuer, subject],
    );
    return row;
  }

  async findById(tx: Transaction, id: string): Promise<Identity | undefined> {
    const [row] = await tx.manager.query<Identity[]>(`select ${columns} from auth.identities where id = $1`, [id]);
    return row;
  }

  /** Oldest first. */
  list(tx: Transaction, accountId: string): Promise<Identity[]> {
    return tx.manager.query<Identity[]>(
      `select ${columns} from auth.identities where account_id = $1 order by linked_at, id`,
      [accountId],
    );
  }

  /** @returns undefined when the identity opens an account already */
  async insert(tx: Transaction, accountId: string, proven: ProvenIdentity): Promise<Identity | undefined> {
    const { provider, issuer, subject, email } = proven;
    const [row] = await tx.manager.query<Identity[]>(
      `insert into auth.identities (id, account_id, provider, issuer, subject, email) values ($1, $2, $3, $4, $5, $6)
       on conflict (issuer, subject) do nothing returning ${columns}`,
      [newId(), accountId, provider, issuer, subject, email],
    );
    return row;
  }

  async markUsed(tx: Transaction, id: string, { provider, email }: Pick<ProvenIdentity, 'provider' | 'email'>): Promise<void> {
    await tx.manager.query(
      `update auth.identities set last_used_at = now(), provider = $2, email = coalesce($3, email) where id = $1`,
      [id, provider, email],
    );
  }

  /** That it was taken off is remembered: its address, however verified, doesn't link it again. */
  async remove(tx: Transaction, id: string): Promise<void> {
    await tx.manager.query(
      `with gone as (delete from auth.identities where id = $1 returning account_id, issuer, subject)
       insert into auth.removed_identities (account_id, issuer, subject) select account_id, issuer, subject from gone
       on conflict do nothing`,
      [id],
    );
  }

  async wasRemoved(tx: Transaction, accountId: string, { issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): Promise<boolean> {
    const rows = await tx.manager.query<unknown[]>(
      `select 1 from auth.removed_identities where account_id = $1 and issuer = $2 and subject = $3`,
      [accountId, issuer, subject],
    );
    return rows.length > 0;
  }

  /** For a person who adds it again. */
  async forgetRemoval(tx: Transaction, accountId: string, { issuer, subject }: Pick<Identity, 'issuer' | 'subject'>): Promise<void> {
    await tx.manager.query(`delete from auth.removed_identities where account_id = $1 and issuer = $2 and subject = $3`, [
      accountId,
      issuer,
      subject,
    ]);
  }
}
