import { findRow, rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import type { OAuthClient } from '@atrium/contracts/auth';

export interface OAuthClientRow {
  readonly org_id: string;
  readonly id: string;
  readonly name: string;
  readonly redirect_uris: string[];
  readonly post_logout_redirect_uris: string[];
  readonly grant_types: OAuthClient['grant_types'];
  readonly token_endpoint_auth_method: OAuthClient['token_endpoint_auth_method'];
  readonly permissions: string[];
  /** SHA-256; null for public clients. */
  readonly secret_hash: Buffer | null;
  /** The `sid` of tokens that the client has for itself: replacing it lets them be revoked, and no later one. */
  readonly token_session_id: string;
  readonly created_by: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export type NewOAuthClient = Omit<OAuthClientRow, 'org_id' | 'created_at' | 'updated_at'>;
export type OAuthClientChange = Partial<
  Pick<OAuthClientRow, 'name' | 'redirect_uris' | 'post_logout_redirect_uris' | 'grant_types' | 'permissions' | 'secret_hash' | 'token_session_id'>
>;

const settings = 'id, name, redirect_uris, post_logout_redirect_uris, grant_types, token_endpoint_auth_method, permissions, secret_hash, token_session_id, created_by';
const columns = `org_id, ${settings}, created_at, updated_at`;

@Injectable()
export class OAuthClientRepository {
  list(tx: TenantTransaction): Promise<OAuthClientRow[]> {
    return rowsOf<OAuthClientRow>(tx, `select ${columns} from auth.oauth_clients where org_id = $1 order by lower(name), id`, [tx.orgId]);
  }

  find(tx: TenantTransaction, id: string): Promise<OAuthClientRow | undefined> {
    return findRow<OAuthClientRow>(tx, `select ${columns} from auth.oauth_clients where org_id = $1 and id = $2`, [tx.orgId, id]);
  }

  /** Locked until the transaction ends. */
  lock(tx: TenantTransaction, id: string): Promise<OAuthClientRow | undefined> {
    return findRow<OAuthClientRow>(tx, `select ${columns} from auth.oauth_clients where org_id = $1 and id = $2 for update`, [tx.orgId, id]);
  }

  /** Across organizations, by the bootstrap function. */
  findAnywhere(tx: Transaction, id: string): Promise<OAuthClientRow | undefined> {
    return findRow<OAuthClientRow>(tx, `select ${columns} from auth.find_oauth_client($1)`, [id]);
  }

  /** Takes turns with others who add one to the organization, so that the count holds. */
  async countForInsert(tx: TenantTransaction): Promise<number> {
    await rowsOf(tx, `select pg_advisory_xact_lock(hashtextextended('oauth_clients ' || $1, 0))`, [tx.orgId]);
    const row = await findRow<{ count: number }>(tx, `select count(*)::int as count from auth.oauth_clients where org_id = $1`, [tx.orgId]);
    return row?.count ?? 0;
  }

  async insert(tx: TenantTransaction, client: NewOAuthClient): Promise<OAuthClientRow> {
    const row = await findRow<OAuthClientRow>(
      tx,
      `insert into auth.oauth_clients (org_id, ${settings}) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) returning ${columns}`,
      [
        ...[tx.orgId, client.id, client.name, client.redirect_uris, client.post_logout_redirect_uris, client.grant_types],
        ...[client.token_endpoint_auth_method, client.permissions, client.secret_hash, client.token_session_id, client.created_by],
      ],
    );
    if (!row) throw new Error('An inserted client was not returned.');
    return row;
  }

  async change(tx: TenantTransaction, id: string, change: OAuthClientChange): Promise<OAuthClientRow | undefined> {
    return findRow<OAuthClientRow>(
      tx,
      `update auth.oauth_clients set name = coalesce($3, name), redirect_uris = coalesce($4, redirect_uris),
         post_logout_redirect_uris = coalesce($5, post_logout_redirect_uris), grant_types = coalesce($6, grant_types),
         permissions = coalesce($7, permissions), secret_hash = coalesce($8, secret_hash),
         token_session_id = coalesce($9, token_session_id), updated_at = now()
       where org_id = $1 and id = $2 returning ${columns}`,
      [
        ...[tx.orgId, id, change.name ?? null, change.redirect_uris ?? null, change.post_logout_redirect_uris ?? null],
        ...[change.grant_types ?? null, change.permissions ?? null, change.secret_hash ?? null, change.token_session_id ?? null],
      ],
    );
  }

  async delete(tx: TenantTransaction, id: string): Promise<void> {
    await rowsOf(tx, `delete from auth.oauth_clients where org_id = $1 and id = $2`, [tx.orgId, id]);
  }
}
