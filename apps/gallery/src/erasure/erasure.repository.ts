import { rowsOf, type TenantTransaction, type Transaction } from '@atrium/platform/database';
import { Injectable } from '@nestjs/common';
import { type PurgeableAsset, purgeableColumns } from '../reaper/asset-purge.js';

/** What a person uploaded in an organization until then is to be deleted. */
export interface Erasure {
  readonly org_id: string;
  readonly user_id: string;
  readonly until: Date;
}

@Injectable()
export class ErasureRepository {
  /** The same is asked once; a later one reaches further. */
  async request(tx: TenantTransaction, userId: string, until: string): Promise<void> {
    await rowsOf(
      tx,
      `insert into gallery.erasures as held (org_id, user_id, until) values ($1, $2, $3)
       on conflict (org_id, user_id) do update set until = greatest(held.until, excluded.until)`,
      [tx.orgId, userId, until],
    );
  }

  /** Across organizations. */
  pending(tx: Transaction, limit: number): Promise<Erasure[]> {
    return rowsOf<Erasure>(tx, `select org_id, user_id, until from gallery.pending_erasures($1)`, [limit]);
  }

  assets(tx: TenantTransaction, { user_id, until }: Erasure, limit: number): Promise<PurgeableAsset[]> {
    return rowsOf<PurgeableAsset>(
      tx,
      `select ${purgeableColumns} from gallery.assets
       where org_id = $1 and created_by = $2 and created_at <= $3 order by created_at, id limit $4`,
      [tx.orgId, user_id, until, limit],
    );
  }

  /** Stays when it reaches further by now. */
  async finish(tx: TenantTransaction, { user_id, until }: Erasure): Promise<void> {
    await rowsOf(tx, `delete from gallery.erasures where org_id = $1 and user_id = $2 and until <= $3`, [tx.orgId, user_id, until]);
  }
}
