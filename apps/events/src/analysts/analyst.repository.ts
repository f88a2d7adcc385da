import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

export interface AnalystRow {
  readonly id: string;
  readonly site_id: string | null;
  readonly name: string;
  readonly username: string;
  readonly created_at: Date;
  readonly rotated_at: Date | null;
}

/** What a user name stands for. */
export interface AnalystAccount {
  readonly org_id: string;
  readonly id: string;
  readonly site_id: string | null;
  readonly password_sha256: string;
}

export interface NewAnalystRow {
  readonly id: string;
  readonly siteId: string | null;
  readonly name: string;
  readonly username: string;
  readonly passwordSha256: string;
}

const columns = 'id, site_id, name, username, created_at, rotated_at';

@Injectable()
export class AnalystRepository {
  list(tx: TenantTransaction): Promise<AnalystRow[]> {
    return rowsOf<AnalystRow>(tx, `select ${columns} from events.analysts where org_id = $1 order by lower(name), id`, [tx.orgId]);
  }

  async add(tx: TenantTransaction, { id, siteId, name, username, passwordSha256 }: NewAnalystRow): Promise<AnalystRow> {
    const sql = `insert into events.analysts (org_id, id, site_id, name, username, password_sha256) values ($1, $2, $3, $4, $5, $6) returning ${columns}`;
    const row = await findRow<AnalystRow>(tx, sql, [tx.orgId, id, siteId, name, username, passwordSha256]);
    if (!row) throw new Error('The account was not stored.');
    return row;
  }

  /** Of two requests at once, the second waits: the limit holds. */
  async count(tx: TenantTransaction): Promise<number> {
    await rowsOf(tx, `select pg_advisory_xact_lock(hashtextextended('events.analysts' || $1::text, 0))`, [tx.orgId]);
    const row = await findRow<{ n: number }>(tx, `select count(*)::int as n from events.analysts where org_id = $1`, [tx.orgId]);
    return row?.n ?? 0;
  }

  rotate(tx: TenantTransaction, id: string, passwordSha256: string): Promise<AnalystRow | undefined> {
    const sql = `update events.analysts set password_sha256 = $3, rotated_at = now() where org_id = $1 and id = $2 returning ${columns}`;
    return findRow<AnalystRow>(tx, sql, [tx.orgId, id, passwordSha256]);
  }

  delete(tx: TenantTransaction, id: string): Promise<AnalystRow | undefined> {
    return findRow<AnalystRow>(tx, `delete from events.analysts where org_id = $1 and id = $2 returning ${columns}`, [tx.orgId, id]);
  }

  async deleteAll(tx: TenantTransaction): Promise<string[]> {
    const rows = await rowsOf<{ username: string }>(tx, `delete from events.analysts where org_id = $1 returning username`, [tx.orgId]);
    return rows.map(({ username }) => username);
  }

  /** Across organizations: a connection names none. */
  find(tx: Transaction, username: string): Promise<AnalystAccount | undefined> {
    return findRow<AnalystAccount>(tx, `select org_id, id, site_id, password_sha256 from events.find_analyst($1)`, [username]);
  }
}
