import { createHash } from 'node:crypto';
import { findRow, rowsOf, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** A grant that is about to end. */
export interface EndingGrant {
  /** Stands for the grant; not the id that tokens know. */
  readonly hash: Buffer;
  readonly account_id: string;
  readonly client_id: string;
  readonly session_id: string | null;
}

const columns = `id as hash, payload ->> 'accountId' as account_id, client_id, session_id`;

export const hashOfGrant = (grantId: string): Buffer => createHash('sha256').update(grantId).digest();

@Injectable()
export class GrantRepository {
  /** Locked: whoever issues a token of the grant has either done so, or will find it gone. */
  lock(tx: Transaction, hash: Buffer): Promise<EndingGrant | undefined> {
    return findRow<EndingGrant>(tx, `select ${columns} from auth.oidc_payloads where model = 'Grant' and id = $1 for update`, [hash]);
  }

  lockOfClient(tx: Transaction, clientId: string): Promise<EndingGrant[]> {
    const sql = `select ${columns} from auth.oidc_payloads where model = 'Grant' and client_id = $1 order by id for update`;
    return rowsOf<EndingGrant>(tx, sql, [clientId]);
  }

  /** With every code and token of it. */
  async delete(tx: Transaction, hashes: readonly Buffer[]): Promise<void> {
    await rowsOf(tx, `delete from auth.oidc_payloads where grant_id = any ($1)`, [hashes]);
    await rowsOf(tx, `delete from auth.oidc_payloads where model = 'Grant' and id = any ($1)`, [hashes]);
  }
}
