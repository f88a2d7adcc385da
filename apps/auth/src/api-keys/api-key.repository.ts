import { rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';

/** What a key may, and where. */
export interface ApiKeyGrant {
  readonly permissions: readonly string[];
  /** Null for the whole organization. */
  readonly site_id: string | null;
}

export interface ApiKeyRow extends ApiKeyGrant {
  readonly id: string;
  readonly user_id: string;
  readonly prefix: string;
  readonly name: string;
  readonly expires_at: Date;
  readonly created_at: Date;
  readonly last_used_at: Date | null;
}

export type NewApiKeyRow = Pick<ApiKeyRow, 'id' | 'user_id' | 'prefix' | 'name' | 'permissions' | 'site_id' | 'expires_at'> & {
  readonly hash: Buffer;
};

/** A key as its holder presents it, deleted and expired ones included. */
export interface PresentedApiKey extends ApiKeyGrant {
  readonly org_id: string;
  readonly id: string;
  readonly user_id: string;
  readonly expires_at: Date;
  readonly deleted_at: Date | null;
}

const columns = 'id, user_id, prefix, name, permissions, site_id, expires_at, created_at, last_used_at';

@Injectable()
export class ApiKeyRepository {
  /** Across organizations: the key is all that its holder shows. */
  async findByHash(tx: Transaction, hash: Buffer): Promise<PresentedApiKey | undefined> {
    const [row] = await rowsOf<PresentedApiKey>(tx, `select * from auth.find_api_key($1)`, [hash]);
    return row;
  }

  async insert(tx: TenantTransaction, key: NewApiKeyRow): Promise<ApiKeyRow | undefined> {
    const [row] = await rowsOf<ApiKeyRow>(
      tx,
      `insert into auth.api_keys (org_id, id, user_id, prefix, hash, name, permissions, site_id, expires_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning ${columns}`,
      [tx.orgId, key.id, key.user_id, key.prefix, key.hash, key.name, key.permissions, key.site_id, key.expires_at],
    );
    return row;
  }

  /** Keys of the person in the organization that work. */
  async countLive(tx: TenantTransaction, userId: string): Promise<number> {
    const [row] = await rowsOf<{ count: number }>(
      tx,
      `select count(*)::int as count from auth.api_keys
       where org_id = $1 and user_id = $2 and deleted_at is null and expires_at > now()`,
      [tx.orgId, userId],
    );
    return row?.count ?? 0;
  }

  /** Newest first; everybody's where `userId` is null. */
  page(tx: TenantTransaction, userId: string | null, limit: number, offset: number): Promise<ApiKeyRow[]> {
    return rowsOf<ApiKeyRow>(
      tx,
      `select ${columns} from auth.api_keys where org_id = $1 and ($2::uuid is null or user_id = $2) and deleted_at is null
       order by created_at desc, id desc limit $3 offset $4`,
      [tx.orgId, userId, limit, offset],
    );
  }

  async count(tx: TenantTransaction, userId: string | null): Promise<number> {
    const [row] = await rowsOf<{ count: number }>(
      tx,
      `select count(*)::int as count from auth.api_keys where org_id = $1 and ($2::uuid is null or user_id = $2) and deleted_at is null`,
      [tx.orgId, userId],
    );
    return row?.count ?? 0;
  }

  /** One that isn't deleted, locked until the transaction ends. */
  async lock(tx: TenantTransaction, id: string): Promise<ApiKeyRow | undefined> {
    const [row] = await rowsOf<ApiKeyRow>(
      tx,
      `select ${columns} from auth.api_keys where org_id = $1 and id = $2 and deleted_at is null for update`,
      [tx.orgId, id],
    );
    return row;
  }

  async markDeleted(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `update auth.api_keys set deleted_at = now() where org_id = $1 and id = $2`, [tx.orgId, id]);
  }

  async markUsed(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(
      tx,
      `update auth.api_keys set last_used_at = date_trunc('minute', now())
       where org_id = $1 and id = $2 and (last_used_at is null or last_used_at < date_trunc('minute', now()))`,
      [tx.orgId, id],
    );
  }

  /** @returns whether it is the first time within an hour */
  async markRefused(tx: TenantTransaction, id: string): Promise<boolean> {
    const rows = await rowsOf(
      tx,
      `update auth.api_keys set refused_at = now()
       where org_id = $1 and id = $2 and (refused_at is null or refused_at < now() - interval '1 hour') returning id`,
      [tx.orgId, id],
    );
    return rows.length > 0;
  }

  async eraseOf(tx: TenantTransaction, userId: string): Promise<void> {
    await rowsOf(tx, `delete from auth.api_keys where org_id = $1 and user_id = $2`, [tx.orgId, userId]);
  }

  async remove(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `delete from auth.api_keys where org_id = $1 and id = $2`, [tx.orgId, id]);
  }

  /** Across organizations, for whoever announces revocations again. */
  async deletedSince(tx: Transaction, since: Date): Promise<string[]> {
    const rows = await rowsOf<{ id: string }>(tx, `select id from auth.api_keys_deleted_since($1) as id`, [since]);
    return rows.map(({ id }) => id);
  }

  /** Across organizations: deleted or expired 30 days ago. */
  listOverdue(tx: Transaction, limit: number): Promise<{ readonly org_id: string; readonly id: string }[]> {
    return rowsOf(tx, `select org_id, id from auth.overdue_api_keys($1)`, [limit]);
  }
}
