import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export type EmailTokenPurpose = 'verify_email' | 'reset_password';

@Injectable()
export class EmailTokenRepository {
  /** Earlier unused tokens of the purpose die. */
  async replace(
    tx: Transaction,
    token: { readonly accountId: string; readonly purpose: EmailTokenPurpose; readonly hash: Buffer; readonly expiresAt: Date },
  ): Promise<void> {
    await this.discard(tx, token.accountId, [token.purpose]);
    await tx.manager.query(
      `insert into auth.email_tokens (hash, account_id, purpose, expires_at) values ($1, $2, $3, $4)`,
      [token.hash, token.accountId, token.purpose, token.expiresAt],
    );
  }

  /** Uses the token up. @returns its account, for one caller only; undefined for a token that is no good */
  async use(tx: Transaction, purpose: EmailTokenPurpose, hash: Buffer): Promise<string | undefined> {
    const [[row]] = await tx.manager.query<[{ account_id: string }[], number]>(
      `update auth.email_tokens set used_at = now()
       where hash = $1 and purpose = $2 and used_at is null and expires_at > now() returning account_id`,
      [hash, purpose],
    );
    return row?.account_id;
  }

  /** Whose token it is as long as it is good; it stays so. */
  async find(tx: Transaction, purpose: EmailTokenPurpose, hash: Buffer): Promise<string | undefined> {
    const [row] = await tx.manager.query<{ account_id: string }[]>(
      `select account_id from auth.email_tokens
       where hash = $1 and purpose = $2 and used_at is null and expires_at > now()`,
      [hash, purpose],
    );
    return row?.account_id;
  }

  /** Unused tokens of the purposes die. */
  async discard(tx: Transaction, accountId: string, purposes: readonly EmailTokenPurpose[]): Promise<void> {
    await tx.manager.query(`delete from auth.email_tokens where account_id = $1 and purpose = any ($2) and used_at is null`, [
      accountId,
      purposes,
    ]);
  }
}
