import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { Sealed } from '../encryption/sealed-box.js';

export interface TotpFactor {
  /** Another one for each enrolment. */
  readonly id: string;
  readonly accountId: string;
  readonly secret: Sealed;
}

interface FactorRow {
  readonly id: string;
  readonly account_id: string;
  readonly secret: Buffer;
  readonly secret_key_id: string;
}

const columns = 'id, account_id, secret, secret_key_id';
/** Whoever finds an enrolment that was left behind can't finish it. */
const pending = `confirmed_at is null and created_at > now() - interval '15 minutes'`;

const toFactor = (row: FactorRow): TotpFactor => ({
  id: row.id,
  accountId: row.account_id,
  secret: { keyId: row.secret_key_id, box: row.secret },
});

/** The authenticator app of an account, at most one: enrolled, then confirmed. */
@Injectable()
export class TotpFactorRepository {
  /** In the place of an earlier enrolment. @returns false when a confirmed one is there */
  async enroll(tx: Transaction, { id, accountId, secret }: TotpFactor): Promise<boolean> {
    const rows = await tx.manager.query<unknown[]>(
      `insert into auth.totp_factors (id, account_id, secret, secret_key_id) values ($1, $2, $3, $4)
       on conflict (account_id) do update
         set id = excluded.id, secret = excluded.secret, secret_key_id = excluded.secret_key_id, created_at = now()
         where totp_factors.confirmed_at is null
       returning id`,
      [id, accountId, secret.box, secret.keyId],
    );
    return rows.length > 0;
  }

  async findPending(tx: Transaction, accountId: string): Promise<TotpFactor | undefined> {
    const [row] = await tx.manager.query<FactorRow[]>(
      `select ${columns} from auth.totp_factors where account_id = $1 and ${pending}`,
      [accountId],
    );
    return row && toFactor(row);
  }

  /** By the code of a step, which counts as used. @returns whether it was still to be confirmed */
  async confirm(tx: Transaction, id: string, step: number): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `update auth.totp_factors set confirmed_at = now(), last_step = $2 where id = $1 and ${pending}`,
      [id, step],
    );
    return count > 0;
  }

  async findConfirmed(tx: Transaction, accountId: string): Promise<TotpFactor | undefined> {
    const [row] = await tx.manager.query<FactorRow[]>(
      `select ${columns} from auth.totp_factors where account_id = $1 and confirmed_at is not null`,
      [accountId],
    );
    return row && toFactor(row);
  }

  /** @returns null for an account without one */
  async confirmedAt(tx: Transaction, accountId: string): Promise<Date | null> {
    const [row] = await tx.manager.query<{ confirmed_at: Date | null }[]>(
      `select confirmed_at from auth.totp_factors where account_id = $1`,
      [accountId],
    );
    return row?.confirmed_at ?? null;
  }

  /** Uses the step up, and with it every earlier one (RFC 6238 §5.2). @returns true for one caller only */
  async useStep(tx: Transaction, id: string, step: number): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `update auth.totp_factors set last_step = $2 where id = $1 and confirmed_at is not null and last_step < $2`,
      [id, step],
    );
    return count > 0;
  }

  /** @returns whether there was a confirmed one */
  async remove(tx: Transaction, accountId: string): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `delete from auth.totp_factors where account_id = $1 and confirmed_at is not null`,
      [accountId],
    );
    return count > 0;
  }

  /** Some that are encrypted with another key than `keyId`. */
  async listOfOtherKeys(tx: Transaction, keyId: string, limit: number): Promise<TotpFactor[]> {
    const rows = await tx.manager.query<FactorRow[]>(
      `select ${columns} from auth.totp_factors where secret_key_id <> $1 order by id limit $2 for update skip locked`,
      [keyId, limit],
    );
    return rows.map(toFactor);
  }

  async replaceSecret(tx: Transaction, id: string, secret: Sealed): Promise<void> {
    await tx.manager.query(`update auth.totp_factors set secret = $2, secret_key_id = $3 where id = $1`, [id, secret.box, secret.keyId]);
  }
}
