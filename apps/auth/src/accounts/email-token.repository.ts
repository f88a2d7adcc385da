import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export type EmailTokenPurpose = 'verify_email';

@Injectable()
export class EmailTokenRepository {
  /** Earlier unused tokens of the purpose die. */
  async replace(
    tx: Transaction,
    token: { readonly accountId: string; readonly purpose: EmailTokenPurpose; readonly hash: Buffer; readonly expiresAt: Date },
  ): Promise<void> {
    await tx.manager.query(`delete from auth.email_tokens where account_id = $1 and purpose = $2 and used_at is null`, [
      token.accountId,
      token.purpose,
    ]);
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
}
