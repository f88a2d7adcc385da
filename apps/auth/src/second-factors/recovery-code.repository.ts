import type { Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

@Injectable()
export class RecoveryCodeRepository {
  /** Earlier ones die, used or not. */
  async replace(tx: Transaction, accountId: string, hashes: readonly Buffer[]): Promise<void> {
    await this.discard(tx, accountId);
    await tx.manager.query(`insert into auth.recovery_codes (account_id, hash) select $1, unnest($2::bytea[])`, [accountId, hashes]);
  }

  /** Uses the code up. @returns true for one caller only */
  async use(tx: Transaction, accountId: string, hash: Buffer): Promise<boolean> {
    const [, count] = await tx.manager.query<[unknown[], number]>(
      `update auth.recovery_codes set used_at = now() where account_id = $1 and hash = $2 and used_at is null`,
      [accountId, hash],
    );
    return count > 0;
  }

  async countLeft(tx: Transaction, accountId: string): Promise<number> {
    const [row] = await tx.manager.query<{ left: number }[]>(
      `select count(*)::int as left from auth.recovery_codes where account_id = $1 and used_at is null`,
      [accountId],
    );
    return row?.left ?? 0;
  }

  async discard(tx: Transaction, accountId: string): Promise<void> {
    await tx.manager.query(`delete from auth.recovery_codes where account_id = $1`, [accountId]);
  }
}
